//! Every filter and every order that completion makes is one that real MLflow servers take.

use mlwarden::{
    app::mlflow::{
        Paging,
        filter::{Expects, Kind, Language, Seen, complete, complete_order},
    },
    domain::Failure,
    identity::Credential,
    mlflow::{
        Client, Root, Search, SearchRuns, View, experiments,
        models::{Metric, Pair, Run},
        newer, registry, runs,
    },
};

use crate::support::mlflow_server::MlflowServer;

const POPULATE: &str = include_str!("populate_mlflow.py");
const KINDS: [Kind; 7] = [
    Kind::Experiments,
    Kind::Runs,
    Kind::Models,
    Kind::Versions,
    Kind::LoggedModels,
    Kind::Traces,
    Kind::Datasets,
];

struct Api(Client);

impl Api {
    fn of(server: &MlflowServer) -> Self {
        let base = server.url.parse().unwrap();
        Self(Client::new(base, reqwest::Client::new(), "us-west-2"))
    }

    async fn call<T>(&self, call: mlwarden::mlflow::Call<T>) -> Result<T, Failure> {
        self.0.call(&call, &Credential::Anonymous).await
    }

    /// Whether MLflow takes a filter.
    async fn filter(&self, kind: Kind, filter: &str) -> Result<(), Failure> {
        let search = Search {
            filter: Some(filter.to_owned()),
            ..Search::default()
        };
        self.ask(kind, search).await
    }

    /// Whether MLflow takes an order, as the console sends it.
    async fn order(&self, kind: Kind, order: &str) -> Result<(), Failure> {
        let mut paging = Paging::default();
        paging.search_for("", order);
        self.ask(kind, paging.search()).await
    }

    async fn ask(&self, kind: Kind, search: Search) -> Result<(), Failure> {
        let search = Search {
            max_results: Some(1),
            ..search
        };
        let root = Root::Ajax;
        match kind {
            Kind::Experiments => {
                let call = experiments::search(root, View::All, &search);
                self.call(call).await.map(drop)
            }
            Kind::Runs => {
                let search = SearchRuns {
                    experiment_ids: searched(),
                    view: View::All,
                    search,
                };
                self.call(runs::search(root, &search)).await.map(drop)
            }
            Kind::Models => self
                .call(registry::search_models(root, &search))
                .await
                .map(drop),
            Kind::Versions => self
                .call(registry::search_versions(root, &search))
                .await
                .map(drop),
            Kind::LoggedModels => self
                .call(newer::search_logged_models(root, &searched(), &search))
                .await
                .map(drop),
            Kind::Traces => self
                .call(newer::search_traces(root, &searched(), &search))
                .await
                .map(drop),
            Kind::Datasets => self
                .call(newer::search_datasets(root, &searched(), &search))
                .await
                .map(drop),
        }
    }

    /// What the rows of a kind teach.
    async fn learn(&self, kind: Kind) -> Seen {
        let (root, search, mut seen) = (Root::Ajax, Search::default(), Seen::default());
        match kind {
            Kind::Experiments => {
                let page = self
                    .call(experiments::search(root, View::All, &search))
                    .await;
                page.unwrap()
                    .items
                    .iter()
                    .for_each(|item| seen.experiment(item));
            }
            Kind::Runs => {
                let search = SearchRuns {
                    experiment_ids: searched(),
                    ..SearchRuns::default()
                };
                let page = self.call(runs::search(root, &search)).await;
                page.unwrap().items.iter().for_each(|item| seen.run(item));
                seen.run(&odd());
            }
            Kind::Models => {
                let page = self.call(registry::search_models(root, &search)).await;
                page.unwrap().items.iter().for_each(|item| seen.model(item));
            }
            Kind::Versions => {
                let page = self.call(registry::search_versions(root, &search)).await;
                page.unwrap()
                    .items
                    .iter()
                    .for_each(|item| seen.version(item));
            }
            Kind::LoggedModels => {
                let call = newer::search_logged_models(root, &searched(), &search);
                let page = self.call(call).await;
                page.unwrap()
                    .items
                    .iter()
                    .for_each(|item| seen.logged_model(item));
            }
            Kind::Traces => {
                let call = newer::search_traces(root, &searched(), &search);
                let page = self.call(call).await;
                page.unwrap().items.iter().for_each(|item| seen.trace(item));
            }
            Kind::Datasets => {
                let call = newer::search_datasets(root, &searched(), &search);
                let page = self.call(call).await;
                let items = page.unwrap().items;
                for item in &items {
                    seen.dataset(item);
                }
            }
        }
        seen
    }
}

/// The experiments that are searched.
fn searched() -> Vec<String> {
    vec!["1".to_owned(), "2".to_owned()]
}

/// A run with keys and values that a filter has to be careful with.
fn odd() -> Run {
    let mut run = Run::default();
    for key in [
        "count", "order", "a b", "a-b/c.d", "日本", "1st", "select", "_x", "name",
    ] {
        run.data.metrics.push(Metric {
            key: key.to_owned(),
            ..Metric::default()
        });
        for value in ["it's", "say \"so\"", "100%_", "日本", "--", ";", "a and b"] {
            run.data.params.push(Pair {
                key: key.to_owned(),
                value: value.to_owned(),
            });
        }
    }
    run
}

/// Every clause that completion leads to, and each joined with the next.
fn filters(language: Language, seen: &Seen) -> Vec<String> {
    let mut clauses = Vec::new();
    let mut open = vec![String::new()];
    while let Some(text) = open.pop() {
        let completion = complete(language, seen, &text, text.len());
        let mut go_on = |text: String| open.push(text);
        match completion.expects {
            Expects::And => clauses.push(text),
            Expects::Nothing | Expects::By | Expects::Direction | Expects::Comma => {
                panic!("completion led to a filter that it cannot read: {text}")
            }
            Expects::Whole => go_on(format!("{text}12 ")),
            Expects::Number => {
                go_on(format!("{text}12 "));
                go_on(format!("{text}-1.5e-3 "));
            }
            Expects::List if completion.candidates.is_empty() => go_on(format!("{text}('x') ")),
            Expects::List => {
                go_on(format!("{text}("));
                go_on(completion.apply(&text, 0).unwrap().0);
            }
            Expects::Text if completion.candidates.is_empty() => go_on(format!("{text}'x' ")),
            Expects::Separator => {
                go_on(completion.apply(&text, 1).unwrap().0);
                // A list of two is as good as a longer one.
                if !text.contains("', ") {
                    go_on(completion.apply(&text, 0).unwrap().0);
                }
            }
            Expects::Field | Expects::Operator | Expects::Text => {
                for candidate in 0..completion.candidates.len() {
                    go_on(completion.apply(&text, candidate).unwrap().0);
                }
            }
        }
    }
    let joined: Vec<String> = clauses
        .windows(2)
        .step_by(7)
        .map(|pair| {
            let and = complete(language, seen, &pair[0], pair[0].len());
            format!("{}{}", and.apply(&pair[0], 0).unwrap().0, pair[1])
        })
        .collect();
    clauses.extend(joined);
    clauses
}

/// Every order by one field that completion leads to, and each joined with others.
fn orders(language: Language, seen: &Seen) -> Vec<String> {
    let at_end = |text: &str| complete_order(language, seen, text, text.len());
    let take = |text: &str, candidate| at_end(text).apply(text, candidate).unwrap().0;
    let mut orders = Vec::new();
    for field in 0..at_end("").candidates.len() {
        let plain = take("", field);
        for direction in 0..at_end(&plain).candidates.len() {
            let one = take(&plain, direction);
            if at_end(&one).candidates.is_empty() {
                orders.push(one);
                continue;
            }
            // The next and the last that are left, so that no field stands there twice.
            let comma = take(&one, 0);
            let others = at_end(&comma).candidates.len();
            for other in [0, others - 1] {
                orders.push(take(&take(&comma, other), direction));
            }
            orders.push(one);
        }
        orders.push(plain);
    }
    orders
}

async fn prove(version: &'static str) {
    let server = tokio::task::spawn_blocking(move || {
        let server = MlflowServer::start(version, 2);
        server.python(POPULATE, &[&server.url]);
        server
    })
    .await
    .unwrap();
    let api = Api::of(&server);
    let newer = version.starts_with('3');
    let mut refused = Vec::new();
    let (mut asked, mut ordered) = (0, 0);
    for kind in KINDS {
        if matches!(kind, Kind::LoggedModels | Kind::Traces | Kind::Datasets) && !newer {
            continue;
        }
        let seen = api.learn(kind).await;
        let language = Language { kind, newer };
        for filter in filters(language, &seen) {
            asked += 1;
            if let Err(failure) = api.filter(kind, &filter).await {
                refused.push(format!("{kind:?}: {filter}\n  {failure}"));
            }
        }
        for order in orders(language, &seen) {
            ordered += 1;
            if let Err(failure) = api.order(kind, &order).await {
                refused.push(format!("{kind:?}: by {order}\n  {failure}"));
            }
        }
    }
    assert!(asked > 300, "only {asked} filters were made");
    assert!(ordered > 150, "only {ordered} orders were made");
    assert!(
        refused.is_empty(),
        "MLflow {version} refuses {} of {asked} filters and {ordered} orders:\n{}",
        refused.len(),
        refused.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_mlflow_takes_every_completed_filter_and_order() {
    prove("2.12.2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_mlflow_takes_every_completed_filter_and_order() {
    prove("3.17.2").await;
}
