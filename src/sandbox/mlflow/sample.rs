//! The sample data: what a small team has after some weeks of the labs.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::store::{Experiment, Lifecycle, Model, Point, Run, Store, Tags, Version};
use crate::sandbox::world::{BUCKET, Seed};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// One experiment of the sample: name, team, what its runs measure, and their models.
const EXPERIMENTS: [(&str, &str, &str, &[&str]); 3] = [
    (
        "california-housing",
        "pricing",
        "rmse",
        &[
            "random-forest",
            "gradient-boosting",
            "linear",
            "random-forest-tuned",
        ],
    ),
    (
        "churn-prediction",
        "growth",
        "auc",
        &["logistic", "xgboost", "xgboost-tuned", "mlp"],
    ),
    (
        "demand-forecast",
        "supply",
        "mape",
        &["arima", "prophet", "lightgbm", "lightgbm-daily"],
    ),
];

/// One registered model: name, description, experiment, run and stage of each version.
type SampleModel = (
    &'static str,
    &'static str,
    usize,
    &'static [(usize, &'static str)],
);

const MODELS: [SampleModel; 3] = [
    (
        "california-housing-rf",
        "Median house value by district",
        0,
        &[(0, "Archived"), (1, "Production"), (3, "Staging")],
    ),
    (
        "churn-classifier",
        "Who is about to leave",
        1,
        &[(1, "Production"), (2, "None")],
    ),
    (
        "demand-forecaster",
        "Units a store and day",
        2,
        &[(2, "Staging")],
    ),
];

impl Store {
    /// The sample data, the same for the same seed but for its times, which end at the start.
    pub fn sample(seed: &Seed) -> Self {
        let now = seed.now.as_millisecond();
        let mut store = Self::default();
        let default = experiment("0", "Default", now - 40 * DAY, Tags::new());
        store.experiments.insert(default.id.clone(), default);
        let mut numbers = Numbers(seed.seed);
        for (at, (name, team, metric, models)) in (1_i64..).zip(EXPERIMENTS) {
            let id = at.to_string();
            let tags = tags(&[("team", team), ("project", "sagemaker-studio")]);
            let made = experiment(&id, name, now - (40 - at) * DAY, tags);
            store.experiments.insert(id.clone(), made);
            for (number, model) in (1_i64..).zip(models) {
                let started = now - (30 - at * 4 - number * 2) * DAY - at * HOUR;
                let run = run(&id, model, metric, started, number, &mut numbers);
                add_artifacts(&mut store, &run, model);
                store.runs.insert(run.id.clone(), run);
            }
        }
        for (name, description, experiment, versions) in MODELS {
            let model = model(&store, name, description, experiment, versions, now);
            store.models.insert(name.to_owned(), model);
        }
        store
    }
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn experiment(id: &str, name: &str, created: i64, tags: Tags) -> Experiment {
    Experiment {
        id: id.to_owned(),
        name: name.to_owned(),
        lifecycle: Lifecycle::Active,
        artifact_location: format!("mlflow-artifacts:/{id}"),
        created,
        updated: created,
        tags,
    }
}

/// The id of a sample run, the same at every start.
fn run_id(experiment: &str, model: &str) -> String {
    let digest = Sha256::digest(format!("{experiment}/{model}"));
    hex::encode(digest).chars().take(32).collect()
}

fn run(
    experiment: &str,
    model: &str,
    metric: &str,
    started: i64,
    number: i64,
    numbers: &mut Numbers,
) -> Run {
    let id = run_id(experiment, model);
    let failed = model == "mlp";
    let user = if number % 2 == 0 {
        "mlflow-admin"
    } else {
        "sagemaker-user"
    };
    let mut loss = 1.0;
    let mut points = Vec::new();
    let mut losses = Vec::new();
    for step in 0..10_i64 {
        loss *= 0.72 + 0.1 * numbers.next();
        let timestamp = started + (step + 1) * 30_000;
        let value = if metric == "auc" {
            1.0 - loss * 0.45
        } else {
            loss + 0.21
        };
        losses.push(Point {
            value: loss,
            timestamp,
            step,
        });
        points.push(Point {
            value,
            timestamp,
            step,
        });
    }
    Run {
        artifact_uri: format!("mlflow-artifacts:/{experiment}/{id}/artifacts"),
        experiment: experiment.to_owned(),
        name: model.to_owned(),
        user: user.to_owned(),
        status: if failed { "FAILED" } else { "FINISHED" }.to_owned(),
        started,
        ended: Some(started + 6 * 60_000),
        lifecycle: Lifecycle::Active,
        metrics: [("loss".to_owned(), losses), (metric.to_owned(), points)].into(),
        params: tags(&[
            ("model", model),
            ("n_estimators", if number % 2 == 0 { "200" } else { "100" }),
            ("max_depth", "8"),
            ("seed", "42"),
        ]),
        tags: tags(&[
            ("mlflow.runName", model),
            ("mlflow.user", user),
            ("mlflow.source.name", "lab.ipynb"),
            ("mlflow.source.type", "NOTEBOOK"),
        ]),
        inputs: Vec::new(),
        id,
    }
}

fn add_artifacts(store: &mut Store, run: &Run, model: &str) {
    let folder = format!("{}/{}/artifacts", run.experiment, run.id);
    let description = format!(
        "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    python_version: 3.10.14\nmlflow_version: {}\nrun_id: {}\n",
        super::VERSION,
        run.id
    );
    let files = [
        ("model/MLmodel", description),
        (
            "model/requirements.txt",
            format!("mlflow=={}\nscikit-learn==1.4.2\n", super::VERSION),
        ),
        (
            "model/model.pkl",
            format!("no pickle, only the sandbox's stand-in for {model}\n"),
        ),
        ("metrics.json", format!("{{\"model\": \"{model}\"}}\n")),
    ];
    for (name, content) in files {
        store
            .artifacts
            .insert(format!("{folder}/{name}"), Bytes::from(content));
    }
}

fn model(
    store: &Store,
    name: &str,
    description: &str,
    experiment: usize,
    versions: &[(usize, &str)],
    now: i64,
) -> Model {
    let runs = EXPERIMENTS
        .get(experiment)
        .map_or(&[][..], |(_, _, _, runs)| *runs);
    let experiment = (experiment + 1).to_string();
    let mut made = Model {
        name: name.to_owned(),
        created: now - 12 * DAY,
        updated: now - 2 * DAY,
        description: description.to_owned(),
        tags: tags(&[("owner", "mlflow-model-approver")]),
        aliases: std::collections::BTreeMap::new(),
        versions: std::collections::BTreeMap::new(),
    };
    for (number, (run, stage)) in (1_u64..).zip(versions) {
        let Some(run) = runs
            .get(*run)
            .and_then(|model| store.runs.get(&run_id(&experiment, model)))
        else {
            continue;
        };
        let created = run.started + HOUR;
        // One version lives in the bucket, as the labs register it from a notebook.
        let source = if name == "demand-forecaster" {
            format!("s3://{BUCKET}/{experiment}/{}/artifacts/model", run.id)
        } else {
            format!("{}/model", run.artifact_uri)
        };
        if *stage == "Production" {
            made.aliases.insert("champion".to_owned(), number);
        }
        made.versions.insert(
            number,
            Version {
                name: name.to_owned(),
                number,
                created,
                updated: created,
                stage: (*stage).to_owned(),
                description: String::new(),
                source,
                run_id: run.id.clone(),
                run_link: String::new(),
                tags: Tags::new(),
            },
        );
    }
    made
}

/// A small generator (`SplitMix64`), so that the sample is the same at every start.
struct Numbers(u64);

impl Numbers {
    /// The next number, from 0 up to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let top = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or_default();
        f64::from(top) / (f64::from(u32::MAX) + 1.0)
    }
}
