//! MLflow's pages: what is asked for, what is heard, what is opened.

mod answers;
mod changes;
mod newer;
mod query;
mod requests;
mod sight;
mod whom;
mod windows;

pub(super) use answers::{answered, hear};
pub(super) use changes::ask_for_offers;
pub(super) use newer::third;
pub(super) use query::{ask_for_columns, ask_for_query};
pub(super) use requests::{exchanged, python, replay};
use sight::looked;
pub(super) use whom::{ask_for_whom, before, chosen, principals, round};
pub(super) use windows::look_closer;
pub(super) use windows::{ask_to_download, chart, compare, fold};
use windows::{history, previewed};

use super::enter;
use crate::{
    app::{
        Effect, Screen,
        effect::Ask,
        lists::{ArtifactRow, Chosen, ExperimentRow, Section},
        mlflow::{Becoming, Look, Mlflow, Page, Paging},
        state::State,
        table::{Listing, Standing},
    },
    domain::Span,
    mlflow::SearchRuns,
};

/// A page of MLflow's is in sight: asks whom to be, or for what it shows.
pub(super) fn seen(state: &mut State) -> Vec<Effect> {
    let screen = state.screen();
    if !Mlflow::has(screen) {
        return Vec::new();
    }
    if state.data.mlflow.principal.is_none() {
        if matches!(state.data.mlflow.becoming, Becoming::Nobody) && state.layers.is_empty() {
            ask_for_whom(state, false);
        }
        return Vec::new();
    }
    let idle = state
        .data
        .mlflow
        .listing(screen)
        .is_some_and(|listing| listing.standing() == Standing::Idle);
    if idle { load(state) } else { Vec::new() }
}

/// Asks for what the page shows.
pub(super) fn load(state: &mut State) -> Vec<Effect> {
    match page(state, state.screen()) {
        Some(page) => ask_for(state, page),
        None => Vec::new(),
    }
}

/// Asks for a page, or for a part of it, as whom one is. Before one is somebody nothing is asked
/// for: as soon as one is, the page is.
fn ask_for(state: &mut State, page: Page) -> Vec<Effect> {
    let screen = state.screen();
    let principal = state.data.mlflow.principal.clone();
    let (Some(principal), Some(_)) = (principal, state.data.mlflow.who()) else {
        return Vec::new();
    };
    let ticket = state.data.next_ticket();
    if let Some(list) = state.data.mlflow.page_mut(screen) {
        list.begin(ticket);
    }
    let look = Box::new(Look { principal, page });
    let beside = state.data.mlflow.beside.clone();
    vec![Effect::Ask(
        state.epoch,
        Ask::Look(ticket, screen, look, beside),
    )]
}

/// Looks again; where one could not become somebody, tries that again.
pub(super) fn refresh(state: &mut State) -> Vec<Effect> {
    match (
        &state.data.mlflow.becoming,
        state.data.mlflow.principal.clone(),
    ) {
        (Becoming::Failed(_), Some(principal)) => {
            let name = principal.to_string();
            chosen(state, &name, false)
        }
        (_, None) => {
            ask_for_whom(state, false);
            Vec::new()
        }
        _ => load(state),
    }
}

/// What a page asks for; none where nothing is chosen that it could show.
fn page(state: &State, screen: Screen) -> Option<Page> {
    let mlflow = &state.data.mlflow;
    let paging = mlflow.paging.get(&screen).cloned().unwrap_or_default();
    let experiments = || -> Option<Vec<String>> {
        let ids: Vec<String> = mlflow
            .at_experiments
            .iter()
            .map(|(id, _)| id.clone())
            .collect();
        (!ids.is_empty()).then_some(ids)
    };
    Some(match screen {
        Screen::Experiments => Page::Experiments(paging.view, paging.search()),
        Screen::Runs => Page::Runs(SearchRuns {
            experiment_ids: experiments()?,
            view: paging.view,
            search: paging.search(),
        }),
        Screen::Run => Page::Run(mlflow.at_run_id.clone()?),
        Screen::Artifacts => {
            let mut folders: Vec<String> = mlflow.open_folders.iter().cloned().collect();
            folders.push(String::new());
            folders.sort();
            Page::Artifacts {
                run: mlflow.at_run_id.clone()?,
                folders,
            }
        }
        Screen::Models => Page::Models(paging.search()),
        Screen::Versions => Page::Versions(mlflow.at_model.clone()?, paging.search()),
        Screen::LoggedModels => Page::LoggedModels(experiments()?, paging.search()),
        Screen::Traces => Page::Traces(experiments()?, paging.search()),
        Screen::Trace => Page::Trace(mlflow.at_trace_id.clone()?),
        Screen::Datasets => Page::Datasets(experiments()?, paging.search()),
        Screen::Records => Page::Records(mlflow.at_dataset_id.clone()?, paging.search()),
        _ => return None,
    })
}

/// Something of MLflow was changed: what is shown is read again, the other lists when they are
/// next in sight.
pub(super) fn changed(state: &mut State) -> Vec<Effect> {
    let screen = state.screen();
    let mlflow = &mut state.data.mlflow;
    let others: Vec<Screen> = [
        Screen::Experiments,
        Screen::Runs,
        Screen::Run,
        Screen::Models,
        Screen::Versions,
        Screen::LoggedModels,
    ]
    .into_iter()
    .filter(|other| *other != screen)
    .collect();
    mlflow.clear(&others);
    if Mlflow::has(screen) {
        return load(state);
    }
    Vec::new()
}

/// Opens what is under the cursor, where that leads to another page; false where it is to be
/// shown in words.
pub(super) fn open(state: &mut State) -> Option<Vec<Effect>> {
    match state.screen() {
        Screen::Experiments => open_experiments(state, Screen::Runs),
        Screen::Runs => {
            let run = state.data.mlflow.runs.current()?.run.info.run_id.clone();
            Some(go_to_run(state, run, Screen::Run))
        }
        Screen::Artifacts => {
            let row = state.data.mlflow.artifacts.current()?.clone();
            if !row.artifact.is_dir {
                return Some(windows::look_at(state, row.artifact.clone()));
            }
            Some(fold_folder(state, &row))
        }
        Screen::Run => {
            let part = state.data.mlflow.run.current()?;
            (part.section == Section::Metric).then(|| chart(state))
        }
        Screen::Models => {
            let name = state.data.mlflow.models.current()?.model.name.clone();
            let mlflow = &mut state.data.mlflow;
            if mlflow.at_model.as_ref() != Some(&name) {
                mlflow.versions.clear();
                mlflow.paging_mut(Screen::Versions).to_start();
                mlflow.at_model = Some(name);
            }
            Some(enter(state, Screen::Versions))
        }
        _ => newer::open(state),
    }
}

/// Shows something of the marked experiments, else of the one under the cursor.
fn open_experiments(state: &mut State, screen: Screen) -> Option<Vec<Effect>> {
    let table = &state.data.mlflow.experiments;
    let chosen: Vec<(String, String)> = table
        .targets()
        .iter()
        .filter_map(|id| table.find(id))
        .map(|row| name_of(row))
        .collect();
    if chosen.is_empty() {
        return None;
    }
    let mlflow = &mut state.data.mlflow;
    if mlflow.at_experiments != chosen {
        mlflow.at_experiments = chosen;
        if !mlflow.columns_chosen {
            // Other experiments recorded other things.
            mlflow.runs.set_context(Chosen::default());
        }
        let of_them = [
            Screen::Runs,
            Screen::LoggedModels,
            Screen::Traces,
            Screen::Datasets,
        ];
        mlflow.clear(&of_them);
        for screen in of_them {
            mlflow.paging_mut(screen).to_start();
        }
    }
    Some(enter(state, screen))
}

fn name_of(row: &ExperimentRow) -> (String, String) {
    let experiment = &row.experiment;
    (experiment.experiment_id.clone(), experiment.name.clone())
}

/// Goes to a run, or to its artifacts.
fn go_to_run(state: &mut State, run: String, screen: Screen) -> Vec<Effect> {
    let mlflow = &mut state.data.mlflow;
    if mlflow.at_run_id.as_ref() != Some(&run) {
        mlflow.clear(&[Screen::Run, Screen::Artifacts]);
        mlflow.folders.clear();
        mlflow.folders_beside.clear();
        mlflow.open_folders.clear();
        mlflow.at_run = None;
        mlflow.at_run_id = Some(run);
    }
    enter(state, screen)
}

/// Opens or closes a folder of artifacts; what it holds is asked for once.
fn fold_folder(state: &mut State, row: &ArtifactRow) -> Vec<Effect> {
    let mlflow = &mut state.data.mlflow;
    let path = &row.artifact.path;
    let opens = !mlflow.open_folders.remove(path);
    if opens {
        mlflow.open_folders.insert(path.clone());
    }
    if opens
        && !mlflow.folders.contains_key(path)
        && let Some(run) = mlflow.at_run_id.clone()
    {
        let folders = vec![path.clone()];
        return ask_for(state, Page::Artifacts { run, folders });
    }
    sight::lay_out(state);
    Vec::new()
}

/// The run that the row under the cursor is, or came from.
fn run_under_cursor(state: &State) -> Option<String> {
    let mlflow = &state.data.mlflow;
    let run = match state.screen() {
        Screen::Runs => mlflow.runs.current()?.run.info.run_id.clone(),
        Screen::Run | Screen::Artifacts => mlflow.at_run_id.clone()?,
        Screen::Versions => mlflow.versions.current()?.version.run_id.clone(),
        Screen::LoggedModels => mlflow
            .logged_models
            .current()?
            .model
            .info
            .source_run_id
            .clone(),
        _ => return None,
    };
    (!run.is_empty()).then_some(run)
}

/// Shows the artifacts of the run under the cursor, or the run itself.
pub(super) fn go_to(state: &mut State, screen: Screen) -> Vec<Effect> {
    let Some(run) = run_under_cursor(state) else {
        state.hint("there is no run here");
        return Vec::new();
    };
    go_to_run(state, run, screen)
}

/// Lets somebody else look beside, or ends that.
pub(super) fn beside(state: &mut State) -> Vec<Effect> {
    if state.data.mlflow.beside.take().is_some() {
        return load(state);
    }
    ask_for_whom(state, true);
    Vec::new()
}

/// The next page, or the one before.
pub(super) fn turn(state: &mut State, forward: bool) -> Vec<Effect> {
    let screen = state.screen();
    let paging = state.data.mlflow.paging_mut(screen);
    let turned = if forward {
        paging.forward()
    } else {
        paging.backward()
    };
    if !turned {
        state.hint(if forward {
            "this is the last page"
        } else {
            "this is the first page"
        });
        return Vec::new();
    }
    // Another page of the same list is another question.
    state.data.mlflow.clear(&[screen]);
    load(state)
}

/// The living, the deleted, or both.
pub(super) fn view(state: &mut State) -> Vec<Effect> {
    let screen = state.screen();
    if !matches!(screen, Screen::Experiments | Screen::Runs) {
        state.hint("only experiments and runs can be deleted and still be there");
        return Vec::new();
    }
    let paging = state.data.mlflow.paging_mut(screen);
    paging.view = paging.view.next();
    paging.to_start();
    state.data.mlflow.clear(&[screen]);
    load(state)
}

/// What is said above the rows: as whom, of what, which page.
pub(super) fn words(state: &mut State) {
    let screen = state.screen();
    if !Mlflow::has(screen) {
        return;
    }
    let mlflow = &state.data.mlflow;
    let mut parts = vec![identity(state)];
    if let Some(beside) = &mlflow.beside {
        parts.push(format!("beside {beside}"));
    }
    let names: Vec<&str> = mlflow
        .at_experiments
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    match screen {
        Screen::Runs | Screen::LoggedModels | Screen::Traces | Screen::Datasets
            if !names.is_empty() =>
        {
            parts.push(format!("in {}", names.join(", ")));
        }
        Screen::Run | Screen::Artifacts => {
            let name = mlflow.at_run.as_ref().map(|run| run.info.run_name.as_str());
            if let Some(run) = name.or(mlflow.at_run_id.as_deref()) {
                parts.push(format!("run {run}"));
            }
        }
        Screen::Versions => parts.extend(mlflow.at_model.as_ref().map(|name| format!("of {name}"))),
        Screen::Trace | Screen::Records => parts.extend(newer::of_what(mlflow, screen)),
        _ => {}
    }
    let paging = mlflow.paging.get(&screen).map(Paging::words);
    parts.extend(paging.filter(|words| !words.is_empty()));
    parts.extend(
        mlflow
            .version
            .as_ref()
            .map(|version| format!("MLflow {version}")),
    );
    state.data.words.insert(screen, parts.join(" · "));
}

/// As whom: principal, scheme, groups, what is left of the token.
fn identity(state: &State) -> String {
    let mlflow = &state.data.mlflow;
    let Some(principal) = &mlflow.principal else {
        return "as nobody yet: a chooses".to_owned();
    };
    let mut text = format!("as {principal}");
    match &mlflow.becoming {
        Becoming::Running(_) => text.push_str(", signing in…"),
        Becoming::Failed(_) => text.push_str(", not signed in"),
        Becoming::Nobody => {}
        Becoming::Become(who) => {
            let scheme = who.scheme.map_or("no credential", |scheme| scheme.as_str());
            text = format!("{text}, {scheme}");
            let groups = who.groups.as_deref().map(|groups| match groups {
                [] => "in no group".to_owned(),
                groups => groups.join(" + "),
            });
            for more in [groups, who.role.clone()].into_iter().flatten() {
                if more != principal.name() {
                    text = format!("{text}, {more}");
                }
            }
            if let Some(at) = who.expires_at {
                let left = if at <= state.now {
                    "token run out (renewed when needed)".to_owned()
                } else {
                    format!("{} left", Span::between(state.now, at).rough())
                };
                text = format!("{text}, {left}");
            }
        }
    }
    text
}
