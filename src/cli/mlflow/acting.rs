//! Being somebody for as long as a command runs.

use std::sync::Arc;

use crate::{
    aws::Page,
    browse::{Exchange, Host, Listed, Paging},
    cli::{
        CANCELLED,
        args::{
            Global, Output,
            mlflow::{AsWhom, Experimental, Look},
        },
        ask, interrupt, output,
        session::Session,
        verify,
    },
    domain::{AuthScheme, ErrorClass, Failure, Principal},
    mlflow::{ApiRequest, Call, Root, Search, View, experiments},
    plan::PlannedCall,
    probe::{Stay, Verdict, VerifyOptions, plan::borrowings},
};

/// Somebody whom one has become.
pub(super) struct Acting {
    pub host: Host,
    pub stay: Arc<Stay>,
    pub root: Root,
    pub output: Output,
}

/// Becomes somebody, does `work`, and gives back what was borrowed for it; also where a signal
/// comes between. `writes` are calls that the work itself would change something with.
pub(super) async fn acting(
    global: &Global,
    whom: &AsWhom,
    writes: Vec<PlannedCall>,
    work: impl AsyncFnOnce(&Acting) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    if matches!(global.output, Output::Junit) {
        return Err(output::no_junit());
    }
    if matches!(global.output, Output::Sarif) {
        return Err(output::no_sarif());
    }
    let session = Box::pin(Session::open(global)).await?;
    let principals = [whom.principal.clone()];
    Box::pin(verify::known(&session, &principals)).await?;
    let verifier = verify::verifier(global, &session)?;
    let mut calls = Vec::new();
    if verifier.writes.is_some() {
        let options = VerifyOptions {
            grant_trust: whom.grant_trust,
            ..VerifyOptions::default()
        };
        calls = borrowings(&options, session.pool().unwrap_or("?"), &principals);
    }
    if global.dry_run {
        calls.extend(writes);
        return verify::preview(&session, global.output, &calls);
    }
    if !verify::may_borrow(global, &calls)? {
        return Ok(CANCELLED);
    }
    let host = Host::new(verifier, whom.grant_trust, |exchange| tell(&exchange))?;
    if let Principal::User(user) = &whom.principal {
        host.give_password(user, ask::password(user, whom.password_stdin)?);
    }
    // Boxed, since every command holds this future.
    Box::pin(until_stopped(host, &whom.principal, global.output, work)).await
}

/// Does the work unless it is stopped, and gives back what was borrowed in either case.
async fn until_stopped(
    host: Host,
    principal: &Principal,
    output: Output,
    work: impl AsyncFnOnce(&Acting) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    let stopped = interrupt::stopped()?;
    tokio::pin!(stopped);
    let became = {
        let becoming = host.become_principal(principal);
        tokio::pin!(becoming);
        tokio::select! {
            became = &mut becoming => Some(became),
            () = &mut stopped => {
                output::note(STOPPING);
                host.stop();
                // To its end, so that nothing stays borrowed.
                let _ = becoming.await;
                None
            }
        }
    };
    let stay = match became {
        Some(Ok(stay)) => stay,
        Some(Err(failure)) => return closed(&host, Err(failure)).await,
        None => return closed(&host, Ok(CANCELLED)).await,
    };
    let acting = Acting {
        root: Host::root(&stay),
        host,
        stay,
        output,
    };
    let ended = tokio::select! {
        ended = work(&acting) => ended,
        () = &mut stopped => {
            output::note(STOPPING);
            Ok(CANCELLED)
        }
    };
    let Acting { host, stay, .. } = acting;
    drop(stay);
    closed(&host, ended).await
}

const STOPPING: &str = "stopping: what was borrowed is given back first";

/// Gives back what was borrowed and tells what could not be.
async fn closed(host: &Host, ended: Result<u8, Failure>) -> Result<u8, Failure> {
    for failure in host.close().await {
        output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
    }
    ended
}

/// What a person should know of a request at once: that it was let through against the matrix.
fn tell(exchange: &Exchange) {
    tracing::debug!(
        number = exchange.number,
        method = %exchange.request.method,
        path = exchange.request.path,
        status = exchange.observed.status,
        latency_ms = exchange.latency().as_millis(),
        "MLflow"
    );
    if exchange.verdict == Verdict::OverGranted {
        output::note(&format!(
            "! {} {} was let through: the matrix denies {} to {}",
            exchange.request.method,
            exchange.request.path,
            exchange.permission.as_deref().unwrap_or("it"),
            exchange.principal,
        ));
    }
}

/// How somebody's requests are authenticated; none for nobody.
pub(super) fn scheme(principal: &Principal) -> Option<AuthScheme> {
    match principal {
        Principal::User(_) | Principal::Group(_) => Some(AuthScheme::Bearer),
        Principal::Role(_) | Principal::Profile(_) => Some(AuthScheme::SigV4),
        Principal::Anonymous => None,
    }
}

impl Acting {
    /// Refuses a request that this MLflow has no route for, before it is sent. Where its version
    /// cannot be learned, it is tried.
    pub async fn offered(&self, request: &ApiRequest, what: &str) -> Result<(), Failure> {
        self.host.version(&self.stay).await;
        self.host.lacks(request, what).map_or(Ok(()), Err)
    }

    /// What a search finds in the experiments that were named, where this MLflow has `what`.
    pub async fn found<T>(
        &self,
        arguments: &Experimental,
        what: &str,
        search: impl Fn(Root, &[String], &Search) -> Call<Page<T>>,
    ) -> Result<Listed<T>, Failure> {
        let look = &arguments.look;
        let call = search(self.root, &[], &look.page(1, None));
        self.offered(&call.request, what).await?;
        let experiments = self.experiments(&arguments.experiments).await?;
        let listed = self
            .host
            .list(&self.stay, Paging::small(look.max), |number, token| {
                search(self.root, &experiments, &look.page(number, token))
            })
            .await?;
        say_more(&listed);
        Ok(listed)
    }

    /// The experiments that were named, by their ids; all that are active where none was.
    pub async fn experiments(&self, named: &[String]) -> Result<Vec<String>, Failure> {
        if named.is_empty() {
            let all = self
                .host
                .list(&self.stay, Paging::of(EXPERIMENTS), |number, token| {
                    let search = search(None, &[], number, token);
                    experiments::search(self.root, View::Active, &search)
                })
                .await?;
            if all.more {
                output::note(&format!(
                    "· only the first {EXPERIMENTS} experiments are searched: name some by --experiment"
                ));
            }
            let ids = all.items.into_iter().map(|found| found.experiment_id);
            return Ok(ids.collect());
        }
        let mut ids = Vec::new();
        for name in named {
            ids.push(self.experiment(name).await?);
        }
        Ok(ids)
    }

    /// The id of an experiment that was named by id or name.
    async fn experiment(&self, named: &str) -> Result<String, Failure> {
        if named.bytes().all(|byte| byte.is_ascii_digit()) {
            let call = experiments::get(self.root, named);
            match self.host.call(&self.stay, &call).await.value {
                Ok(found) => return Ok(found.experiment_id),
                Err(failure) if failure.class == ErrorClass::NotFound => {}
                Err(failure) => return Err(failure),
            }
        }
        let call = experiments::by_name(self.root, named);
        let found = self.host.call(&self.stay, &call).await.value;
        found.map(|found| found.experiment_id)
    }
}

/// How many experiments are searched where none is named.
const EXPERIMENTS: usize = 1_000;

/// One page of a search.
pub(super) fn search(
    filter: Option<&str>,
    order_by: &[String],
    number: u32,
    token: Option<&str>,
) -> Search {
    Search {
        filter: filter.map(ToOwned::to_owned),
        order_by: order_by.to_vec(),
        max_results: Some(number),
        page_token: token.map(ToOwned::to_owned),
    }
}

impl Look {
    /// One page of it.
    pub(super) fn page(&self, number: u32, token: Option<&str>) -> Search {
        search(self.filter.as_deref(), &self.order_by, number, token)
    }
}

/// Says that there is more than was asked for.
pub(super) fn say_more<T>(listed: &Listed<T>) {
    if listed.more {
        output::note(&format!(
            "· there are more than these {}: raise --max",
            listed.items.len()
        ));
    }
}
