//! What the console knows of MLflow, as one identity sees it: the lists, where one is in them,
//! and as whom.

pub mod chart;
pub mod compare;
pub mod filter;
mod held;
mod look;
pub mod nesting;
mod paging;
pub mod preview;
mod seen;

use std::collections::{BTreeMap, HashSet};

use super::{
    Screen,
    lists::{
        ArtifactRow, DatasetRow, ExperimentRow, LoggedModelRow, ModelRow, RecordRow, RequestRow,
        RunPart, RunRow, SpanRow, TraceRow, VersionRow,
    },
    remote::Ticket,
    table::{Awaited, Listing, Table},
};
use crate::{
    browse::Who,
    domain::{Failure, Principal},
    mlflow::models::{Artifact, Artifacts, EvaluationDataset, Run, TraceInfo},
};

pub use held::Held;
pub use look::{Found, Look, Page, Sight};
pub use paging::{PAGE, Paging, Refused};
pub use seen::{Beside, Seen, joined};

/// Requests that are remembered.
const REMEMBERED: usize = 2_000;

/// How becoming somebody stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Becoming {
    /// Nobody was chosen yet.
    #[default]
    Nobody,
    /// Under way.
    Running(Ticket),
    /// One has become somebody.
    Become(Box<Who>),
    /// It did not work.
    Failed(Failure),
}

/// What is to be downloaded, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// As whom.
    pub principal: Principal,
    /// The run whose artifacts they are.
    pub run: String,
    /// Where the run's artifacts are.
    pub root_uri: String,
    /// The folder that they are written into.
    pub folder: std::path::PathBuf,
    /// The files.
    pub files: Vec<Artifact>,
}

/// What the console knows of MLflow.
#[derive(Debug, Default)]
pub struct Mlflow {
    /// Whom the pages are seen as.
    pub principal: Option<Principal>,
    /// How becoming that principal stands.
    pub becoming: Becoming,
    /// Whom one has been, the newest first.
    pub been: Vec<Principal>,
    /// Who else looks at the same, so that differences show.
    pub beside: Option<Principal>,
    /// The request that makes that one ready.
    pub becoming_beside: Option<Ticket>,
    /// MLflow's version, as far as it could be learned.
    pub version: Option<String>,
    /// Experiments.
    pub experiments: Table<ExperimentRow>,
    /// Runs of the experiments that were opened.
    pub runs: Table<RunRow>,
    /// One run: everything that it recorded.
    pub run: Table<RunPart>,
    /// The artifacts of that run.
    pub artifacts: Table<ArtifactRow>,
    /// Folders of the artifacts that are open.
    pub open_folders: HashSet<String>,
    /// Registered models.
    pub models: Table<ModelRow>,
    /// Versions of one registered model.
    pub versions: Table<VersionRow>,
    /// Logged models (MLflow 3).
    pub logged_models: Table<LoggedModelRow>,
    /// Traces (MLflow 3).
    pub traces: Table<TraceRow>,
    /// The spans of one trace (MLflow 3).
    pub trace: Table<SpanRow>,
    /// Evaluation datasets (MLflow 3).
    pub datasets: Table<DatasetRow>,
    /// The records of one evaluation dataset (MLflow 3).
    pub records: Table<RecordRow>,
    /// Every request that was sent, the newest first.
    pub requests: Table<RequestRow>,
    /// The requests as they came, the oldest first.
    pub log: Vec<std::sync::Arc<crate::browse::Exchange>>,
    /// Whether requests came since the list was last made.
    pub log_changed: bool,
    /// The experiments whose runs, logged models, traces and evaluation datasets are shown: ids
    /// with names.
    pub at_experiments: Vec<(String, String)>,
    /// The run that is shown.
    pub at_run: Option<Box<Run>>,
    /// The run that is asked for or shown, by id.
    pub at_run_id: Option<String>,
    /// What folders of that run's artifacts hold, by their paths; the root's is empty.
    pub folders: BTreeMap<String, Artifacts>,
    /// What the one beside sees of them.
    pub folders_beside: BTreeMap<String, Artifacts>,
    /// What a window that is about to open waits for.
    pub awaited: Option<Ticket>,
    /// Whether the columns of the runs were chosen by hand: then they stay.
    pub columns_chosen: bool,
    /// Which runs are folded.
    pub nesting: nesting::Nesting,
    /// The runs as they came: what is nested below a folded one is not among the rows.
    pub loaded_runs: Vec<(Run, Seen)>,
    /// The registered model whose versions are shown.
    pub at_model: Option<String>,
    /// The trace whose spans are shown.
    pub at_trace: Option<Box<TraceInfo>>,
    /// The trace that is asked for or shown, by id.
    pub at_trace_id: Option<String>,
    /// Which spans are folded.
    pub span_nesting: nesting::Nesting,
    /// The spans as they came: what is below a folded one is not among the rows.
    pub loaded_spans: Vec<SpanRow>,
    /// The evaluation dataset whose records are shown.
    pub at_dataset: Option<Box<EvaluationDataset>>,
    /// The evaluation dataset that is asked for or shown, by id.
    pub at_dataset_id: Option<String>,
    /// Where each list stands in what MLflow has.
    pub paging: BTreeMap<Screen, Paging>,
}

impl Mlflow {
    /// The pages that show what MLflow has.
    pub const PAGES: [Screen; 11] = [
        Screen::Experiments,
        Screen::Runs,
        Screen::Run,
        Screen::Artifacts,
        Screen::Models,
        Screen::Versions,
        Screen::LoggedModels,
        Screen::Traces,
        Screen::Trace,
        Screen::Datasets,
        Screen::Records,
    ];

    /// Whether a screen is one of them.
    pub fn has(screen: Screen) -> bool {
        Self::PAGES.contains(&screen)
    }

    /// Whether one has become whom the pages are to be seen as.
    pub fn who(&self) -> Option<&Who> {
        match &self.becoming {
            Becoming::Become(who) => Some(who),
            _ => None,
        }
    }

    /// The list of a page, as it is asked for.
    pub fn page(&self, screen: Screen) -> Option<&dyn Awaited> {
        Some(match screen {
            Screen::Experiments => &self.experiments,
            Screen::Runs => &self.runs,
            Screen::Run => &self.run,
            Screen::Artifacts => &self.artifacts,
            Screen::Models => &self.models,
            Screen::Versions => &self.versions,
            Screen::LoggedModels => &self.logged_models,
            Screen::Traces => &self.traces,
            Screen::Trace => &self.trace,
            Screen::Datasets => &self.datasets,
            Screen::Records => &self.records,
            _ => return None,
        })
    }

    /// The list of a page, to be asked for anew.
    pub fn page_mut(&mut self, screen: Screen) -> Option<&mut dyn Awaited> {
        Some(match screen {
            Screen::Experiments => &mut self.experiments,
            Screen::Runs => &mut self.runs,
            Screen::Run => &mut self.run,
            Screen::Artifacts => &mut self.artifacts,
            Screen::Models => &mut self.models,
            Screen::Versions => &mut self.versions,
            Screen::LoggedModels => &mut self.logged_models,
            Screen::Traces => &mut self.traces,
            Screen::Trace => &mut self.trace,
            Screen::Datasets => &mut self.datasets,
            Screen::Records => &mut self.records,
            _ => return None,
        })
    }

    /// The list of a screen.
    pub fn listing(&self, screen: Screen) -> Option<&dyn Listing> {
        match screen {
            Screen::Requests => Some(&self.requests),
            screen => Some(self.page(screen)?),
        }
    }

    /// The list of a screen, to be changed.
    pub fn listing_mut(&mut self, screen: Screen) -> Option<&mut dyn Listing> {
        match screen {
            Screen::Requests => Some(&mut self.requests),
            screen => Some(self.page_mut(screen)?),
        }
    }

    /// Forgets what pages show: what comes next is the answer to another question.
    pub fn clear(&mut self, pages: &[Screen]) {
        for screen in pages {
            if let Some(page) = self.page_mut(*screen) {
                page.clear();
            }
        }
    }

    /// When what a screen shows was complete.
    pub fn at(&self, screen: Screen) -> Option<jiff::Timestamp> {
        self.page(screen)?.at()
    }

    /// Whether something is under way.
    pub fn moves(&self) -> bool {
        let loads =
            |page: &dyn Awaited| matches!(page.standing(), super::table::Standing::Loading { .. });
        self.awaited.is_some()
            || matches!(self.becoming, Becoming::Running(_))
            || Self::PAGES
                .into_iter()
                .filter_map(|screen| self.page(screen))
                .any(loads)
    }

    /// Why a page has no rows, where that is known.
    pub fn why_nothing(&self, screen: Screen) -> Option<&'static str> {
        match (screen, &self.at_trace_id, &self.at_dataset_id) {
            (Screen::Trace, None, _) => Some("Open a trace on the page of traces."),
            (Screen::Records, _, None) => Some("Open a dataset on the page of datasets."),
            (Screen::Trace, Some(_), _) if self.trace.at().is_some() => {
                Some(self.at_trace.as_ref()?.why_no_spans())
            }
            _ => None,
        }
    }

    /// Where the artifacts of the run are, as MLflow said it.
    pub fn artifact_root(&self) -> String {
        let root = self.folders.get("");
        root.map_or_else(String::new, |root| root.root_uri.clone())
    }

    /// A request is over.
    pub fn hear(&mut self, exchange: std::sync::Arc<crate::browse::Exchange>) {
        if self.log.len() >= REMEMBERED {
            self.log.drain(..REMEMBERED / 10);
        }
        self.log.push(exchange);
        self.log_changed = true;
    }

    /// Where a list stands in what MLflow has.
    pub fn paging_mut(&mut self, screen: Screen) -> &mut Paging {
        self.paging.entry(screen).or_default()
    }

    /// Forgets what was seen as somebody else: nothing of it may be taken for what is seen now.
    pub fn forget_rows(&mut self) {
        self.clear(&Self::PAGES);
        self.folders.clear();
        self.at_run = None;
        self.at_trace = None;
        self.loaded_spans.clear();
        self.at_dataset = None;
        for paging in self.paging.values_mut() {
            paging.to_start();
        }
    }
}
