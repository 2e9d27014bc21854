//! MLflow as somebody: becoming them, looking at a page, sending a request again.

use std::sync::Arc;

use secrecy::SecretString;

use super::world::World;
use crate::{
    app::{
        Screen,
        job::JobId,
        message::News,
        mlflow::{
            Found, Held, Look, Page, Sight, Wanted,
            chart::{self, Series, Steps},
            preview::{self, Preview},
        },
        remote::Ticket,
    },
    browse::{Download, Host, Progress, Wish},
    domain::{ErrorClass, Failure, Principal},
    mlflow::{
        ApiRequest, Call, Root, Search, experiments,
        models::{Artifact, Artifacts, Metric},
        newer, registry, runs,
    },
    probe::Stay,
};

impl World {
    /// Becomes somebody for MLflow.
    pub fn become_principal(
        &mut self,
        ticket: Ticket,
        principal: Principal,
        grant_trust: bool,
        password: Option<SecretString>,
    ) {
        let who = principal.clone();
        self.with_host(
            move |result| News::Became(ticket, who, result),
            move |host| async move {
                if let (Principal::User(user), Some(password)) = (&principal, password) {
                    host.give_password(user, password);
                }
                let stay = host.become_trusted(&principal, grant_trust).await?;
                host.who(&stay).await.map(Box::new)
            },
        );
    }

    /// Asks the host for something off this task and tells what came of it; where there is no
    /// host, why.
    fn with_host<T, F>(
        &mut self,
        news: impl FnOnce(Result<T, Failure>) -> News + Send + 'static,
        work: impl FnOnce(Arc<Host>) -> F,
    ) where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let host = match self.host() {
            Ok(host) => host,
            Err(failure) => return self.tell(news(Err(failure))),
        };
        let tell = self.teller();
        let work = Box::pin(work(host));
        self.spawn(async move { tell(news(work.await)) });
    }

    /// Looks at a page of MLflow, and at the same as somebody else.
    pub fn look(&mut self, ticket: Ticket, screen: Screen, look: Look, beside: Option<Principal>) {
        let host = match self.host() {
            Ok(host) => host,
            Err(failure) => return self.tell(News::Looked(ticket, screen, Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let result = Box::pin(seen(&host, &look, beside.as_ref())).await;
            tell(News::Looked(ticket, screen, result.map(Box::new)));
            // Asked when the page is there, so that it comes within one round trip.
            let Ok(stay) = host.become_principal(&look.principal).await else {
                return;
            };
            if let Ok(who) = host.who(&stay).await {
                tell(News::Who(Box::new(who)));
            }
            if let Some(version) = host.version(&stay).await {
                tell(News::MlflowVersion(version));
            }
        });
    }

    /// Reads the history of a metric of some runs, thinned by the server.
    pub fn history(
        &mut self,
        ticket: Ticket,
        principal: Principal,
        of: Vec<(String, String)>,
        metric: String,
        steps: Option<Steps>,
    ) {
        let name = metric.clone();
        self.with_host(
            move |result| News::History(ticket, name, result),
            move |host| async move {
                let stay = host.become_principal(&principal).await?;
                let ids: Vec<String> = of.iter().map(|(id, _)| id.clone()).collect();
                let most = chart::points(ids.len());
                let call = runs::thinned_history(Host::root(&stay), &ids, &metric, steps, most);
                let points = host.call(&stay, &call).await.value?;
                let series = of.into_iter().map(|(id, name)| {
                    let own: Vec<Metric> = points
                        .iter()
                        .filter(|point| point.run_id == id)
                        .cloned()
                        .collect();
                    Series::of(id, name, &own)
                });
                Ok(series.collect())
            },
        );
    }

    /// Reads the beginning of a file and makes a preview of it.
    pub fn preview(
        &mut self,
        ticket: Ticket,
        principal: Principal,
        run: String,
        root: String,
        artifact: Artifact,
    ) {
        let size = u64::try_from(artifact.file_size).unwrap_or_default();
        let path = artifact.path.clone();
        self.with_host(
            move |result| News::Previewed(ticket, artifact, result),
            move |host| async move {
                let stay = host.become_principal(&principal).await?;
                let first = preview::wanted(&path, size);
                let bytes = host.peek(&stay, &run, &root, &path, first).await?;
                // A picture is decoded, which takes its time.
                let made = tokio::task::spawn_blocking(move || Preview::of(&path, &bytes, size));
                made.await.map(Box::new).map_err(|error| {
                    let doing = "making a preview";
                    Failure::new(ErrorClass::Unavailable, doing, error.to_string())
                })
            },
        );
    }

    /// Downloads files, as a job with a row for each.
    pub fn download(&mut self, job: JobId, wanted: Wanted) {
        let (cancel, tell) = (self.token(job), self.teller());
        let host = match self.host() {
            Ok(host) => host,
            Err(failure) => {
                tell(News::Step(job, wanted.run, Err(failure)));
                return tell(News::JobDone(job, false));
            }
        };
        self.spawn(async move {
            let Wanted {
                principal,
                run,
                root_uri,
                folder,
                files,
            } = wanted;
            let work = async {
                let stay = match host.become_principal(&principal).await {
                    Ok(stay) => stay,
                    Err(failure) => return tell(News::Step(job, run, Err(failure))),
                };
                let download = Download {
                    run,
                    root_uri,
                    folder,
                    overwrite: false,
                    concurrency: 4,
                };
                let progress = |progress: Progress<'_>| {
                    let of = progress
                        .size
                        .map_or_else(String::new, |size| format!(" of {size}"));
                    let does = format!("{}{of} bytes", progress.received);
                    tell(News::Doing(job, progress.path.to_owned(), does));
                };
                for outcome in host.download(&stay, &download, files, &progress).await {
                    let result = outcome.result.map(|_| ());
                    tell(News::Step(job, outcome.artifact.path, result));
                }
            };
            let work = Box::pin(work);
            let stopped = cancel.run_until_cancelled(work).await.is_none();
            tell(News::JobDone(job, stopped));
        });
    }

    /// Says what can be done with a thing.
    pub fn offers(&mut self, ticket: Ticket, principal: Principal, held: Held) {
        let thing = held.clone();
        self.with_host(
            move |result| News::Offered(ticket, held, result),
            move |host| async move {
                let stay = host.become_principal(&principal).await?;
                Ok(host.offers(&stay, &thing.seen()))
            },
        );
    }

    /// Plans a change. Only reads.
    pub fn plan_wish(&mut self, ticket: Ticket, principal: Principal, wish: Wish) {
        self.with_host(
            move |result| News::Wished(ticket, result),
            move |host| async move {
                let stay = host.become_principal(&principal).await?;
                host.plan(&stay, &wish).await.map(Box::new)
            },
        );
    }

    /// Sends a request again as somebody; the list of requests tells what came of it.
    pub fn replay(&mut self, principal: Principal, request: ApiRequest) {
        let host = match self.host() {
            Ok(host) => host,
            Err(failure) => {
                let ticket = Ticket::default();
                return self.tell(News::Became(ticket, principal, Err(failure)));
            }
        };
        let tell = self.teller();
        self.spawn(async move {
            match host.become_principal(&principal).await {
                Ok(stay) => {
                    let request = as_rooted(request, Host::root(&stay));
                    // What comes of it is heard as every other request.
                    let _ = host.send(&stay, &request).await;
                }
                Err(failure) => tell(News::Became(Ticket::default(), principal, Err(failure))),
            }
        });
    }

    pub(super) fn host(&mut self) -> Result<Arc<Host>, Failure> {
        if let Some(host) = &self.host {
            return Ok(host.clone());
        }
        let tell = self.teller();
        let hear = move |exchange| tell(News::Exchanged(exchange));
        let host = Host::new(self.verifier()?, false, hear)?.counting(&self.numbers);
        let host = Arc::new(host);
        self.host = Some(host.clone());
        Ok(host)
    }
}

/// The same request under the root of another scheme: who signs has another path than who has
/// a token.
fn as_rooted(mut request: ApiRequest, root: Root) -> ApiRequest {
    let (from, to) = match root {
        Root::Ajax => ("/api/", "/ajax-api/"),
        Root::Api => ("/ajax-api/", "/api/"),
    };
    if let Some(rest) = request.path.strip_prefix(from) {
        request.path = format!("{to}{rest}");
    }
    request
}

async fn seen(host: &Host, look: &Look, beside: Option<&Principal>) -> Result<Sight, Failure> {
    let stay = host.become_principal(&look.principal).await?;
    let here = found(host, &stay, &look.page);
    let there = async {
        let other = host.become_principal(beside?).await;
        Some(match other {
            Ok(other) => found(host, &other, &look.page)
                .await
                .map(|(found, _)| found),
            Err(failure) => Err(failure),
        })
    };
    let (here, beside) = futures::join!(here, there);
    let (found, next) = here?;
    Ok(Sight {
        found,
        next,
        beside,
    })
}

async fn found(host: &Host, stay: &Stay, page: &Page) -> Result<(Found, Option<String>), Failure> {
    let root = Host::root(stay);
    Ok(match page {
        Page::Experiments(view, search) => {
            let call = experiments::search(root, *view, search);
            let page = host.call(stay, &call).await.value?;
            (Found::Experiments(page.items), page.next)
        }
        Page::Runs(search) => {
            let page = host.call(stay, &runs::search(root, search)).await.value?;
            (Found::Runs(page.items), page.next)
        }
        Page::Run(id) => {
            let run = host.call(stay, &runs::get(root, id)).await.value?;
            (Found::Run(Box::new(run)), None)
        }
        Page::Artifacts { run, folders } => {
            let mut found = Vec::new();
            for folder in folders {
                let tree = host.tree(stay, run, folder, false).await?;
                let artifacts = Artifacts {
                    root_uri: tree.root_uri,
                    files: tree.artifacts,
                    next_page_token: None,
                };
                found.push((folder.clone(), artifacts));
            }
            (Found::Artifacts(found), None)
        }
        Page::Models(search) => {
            let call = registry::search_models(root, search);
            let page = host.call(stay, &call).await.value?;
            (Found::Models(page.items), page.next)
        }
        Page::Versions(name, search) => {
            let filter = Search::is("name", name);
            let search = Search {
                filter: Some(match &search.filter {
                    Some(more) => format!("{filter} AND {more}"),
                    None => filter,
                }),
                ..search.clone()
            };
            let (model, versions) = (
                registry::model(root, name),
                registry::search_versions(root, &search),
            );
            let (model, page) = futures::join!(host.call(stay, &model), host.call(stay, &versions));
            let page = page.value?;
            let model = model.value?;
            (Found::Versions(Box::new(model), page.items), page.next)
        }
        page => return newer(host, stay, page).await,
    })
}

/// The same of what only MLflow 3 has. Where this one is known not to, it is not asked.
async fn newer(host: &Host, stay: &Stay, page: &Page) -> Result<(Found, Option<String>), Failure> {
    let root = Host::root(stay);
    Ok(match page {
        Page::LoggedModels(experiments, search) => {
            let call = newer::search_logged_models(root, experiments, search);
            let page = asked(host, stay, &call, "logged models").await?;
            (Found::LoggedModels(page.items), page.next)
        }
        Page::Traces(experiments, search) => {
            let call = newer::search_traces(root, experiments, search);
            let page = asked(host, stay, &call, "traces").await?;
            (Found::Traces(page.items), page.next)
        }
        Page::Trace(id) => (Found::Trace(Box::new(host.trace(stay, id).await?)), None),
        Page::Datasets(experiments, search) => {
            let call = newer::search_datasets(root, experiments, search);
            let page = asked(host, stay, &call, "evaluation datasets").await?;
            (Found::Datasets(page.items), page.next)
        }
        Page::Records(id, search) => {
            let token = search.page_token.as_deref();
            let records = newer::dataset_records(root, id, search.max_results, token);
            let dataset = newer::dataset(root, id);
            let (dataset, page) = futures::join!(
                asked(host, stay, &dataset, "evaluation datasets"),
                asked(host, stay, &records, "evaluation datasets")
            );
            let (dataset, page) = (dataset?, page?);
            (Found::Records(Box::new(dataset), page.items), page.next)
        }
        _ => {
            return Err(Failure::invalid(
                "looking at MLflow",
                "there is no such page",
            ));
        }
    })
}

/// What MLflow answers, unless it is known to have nothing of the kind.
async fn asked<T>(host: &Host, stay: &Stay, call: &Call<T>, what: &str) -> Result<T, Failure> {
    match host.lacks(&call.request, what) {
        Some(failure) => Err(failure),
        None => host.call(stay, call).await.value,
    }
}
