//! What each action does.

use tui_input::Input;

use super::{
    adopt, answer, apply, apps, cleanup, copy, detail,
    enabled::job,
    enter, explain, findings, groups, jobs, leave, matrix, mlflow, movement, people, places,
    profiles, prompt, publish, refresh, review, roles, seen, stories, user_forms,
    users::{self, Change},
    windows,
};
use crate::{
    app::{
        Effect, Screen,
        actions::{Action, Context, TABLE},
        detail::Part,
        dialog::{Message, Text},
        effect::{Ask, Terminal},
        layer::{Layer, Purpose},
        log::Level,
        matrix::Line,
        palette::{Item, Palette},
        start::Choice,
        state::{Prompt, State},
        table::{Marking, Motion},
        tone::Tone,
    },
    probe::publish::Wanted,
};

/// How much wider or narrower a column gets at a time.
const WIDTH_STEP: u16 = 4;

/// Does an action. Whether it can be done was asked before.
#[expect(
    clippy::too_many_lines,
    reason = "one line a case, which belong together"
)]
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if matches!(state.layers.last(), Some(Layer::Detail { .. })) && detail::answers(action) {
        return detail::act(state, action);
    }
    if windows::answers(state, action) {
        return windows::act(state, action);
    }
    match action {
        Action::Quit => return quit(state),
        Action::Help => state.push(Layer::Help { scroll: 0 }),
        Action::Palette => palette(state),
        Action::Command => {
            state.prompt = Some(Prompt::Command {
                input: Input::default(),
                chosen: None,
            });
        }
        Action::Refresh => return refresh(state),
        Action::Back => back(state),
        Action::Go(screen) => return enter(state, screen),
        Action::NextTab => return enter(state, beside(state.screen(), 1)),
        Action::PreviousTab => return enter(state, beside(state.screen(), Screen::ALL.len() - 1)),
        Action::PreviousView => {
            state.nav.back();
            return seen(state);
        }
        Action::NextView => {
            state.nav.forward();
            return seen(state);
        }
        Action::Down => movement::go(state, Motion::Down),
        Action::Up => movement::go(state, Motion::Up),
        Action::PageDown => movement::go(state, Motion::PageDown),
        Action::PageUp => movement::go(state, Motion::PageUp),
        Action::Top => movement::go(state, Motion::Top),
        Action::Bottom => movement::go(state, Motion::Bottom),
        Action::Left => movement::sideways(state, false),
        Action::Right => movement::sideways(state, true),
        Action::Filter | Action::FilterMatrix => prompt::filter(state),
        Action::FilterSave => answer::ask_to_name_filter(state),
        Action::FilterPick => answer::ask_for_filter(state),
        Action::Open => {
            return match mlflow::open(state) {
                Some(effects) => effects,
                None => describe(state, Part::Describe),
            };
        }
        Action::Describe => return describe(state, Part::Describe),
        Action::Json => return describe(state, Part::Json),
        Action::OpenCell => return open_cell(state),
        Action::GroupMembers => return groups::show_members(state),
        Action::ProfileApps => return profiles::show_apps(state),
        Action::CleanupDestroy => return cleanup::destroy(state),
        Action::FindingPlan => return findings::plan(state),
        Action::FindingSuppress => return findings::suppress(state),
        Action::JobCancel => return jobs::cancel(state),
        Action::JobRetry => return jobs::retry(state),
        Action::JobUndo => return jobs::undo(state),
        Action::Verify => {
            if state.data.matrix.live.is_some() {
                answer::ask_to_stop(state, false);
            } else {
                answer::ask_to_verify(state);
            }
        }
        Action::MatrixChange => return matrix::toggle(state),
        Action::MatrixUndo => return matrix::undo(state),
        Action::MatrixMeaning => matrix::show_meaning(state),
        Action::MatrixSave => matrix::ask_to_save(state),
        Action::MatrixPublish => return publish::look(state, Wanted::Declared),
        Action::MatrixRollback => return publish::look_back(state),
        Action::MatrixApply => return apply::look(state),
        Action::MatrixAdopt => return adopt::look(state),
        Action::Review => review::ask_for(state),
        Action::Story => return stories::look(state, None),
        Action::Toggle => toggle(state),
        Action::ToggleAll => toggle_all(state),
        Action::Problems => {
            state.data.matrix.problems_only = !state.data.matrix.problems_only;
            movement::keep(&mut state.data);
        }
        Action::Disagreements => {
            state.data.matrix.disagreements_only = !state.data.matrix.disagreements_only;
            movement::keep(&mut state.data);
        }
        Action::Equivalent => equivalent(state),
        Action::Copy => return copy_name(state),
        Action::Save => {
            let proposed = format!("{}.csv", state.screen().name());
            answer::ask_for_file(state, "Save the list", &proposed, Purpose::Save);
        }
        Action::Picture => {
            let proposed = format!("{}.svg", state.screen().name());
            answer::ask_for_file(state, "Save a picture", &proposed, Purpose::Picture);
        }
        Action::OpenBrowser => {
            if let Some(url) = state.data.deployment.ui_url.as_ref() {
                return vec![Effect::Terminal(Terminal::Open(url.value.clone()))];
            }
        }
        Action::Errors => newest_error(state),
        Action::Theme => answer::ask_for_theme(state),
        Action::Context => places::ask_for_context(state),
        Action::Profile => places::ask_for_profile(state),
        Action::Region => places::ask_for_region(state),
        Action::Demo => {
            let demo = Choice {
                demo: true,
                ..Choice::default()
            };
            return places::switch(state, demo);
        }
        Action::Redraw => return vec![Effect::Terminal(Terminal::Redraw)],
        Action::Suspend => return vec![Effect::Terminal(Terminal::Suspend)],
        action => return on_mlflow(state, action),
    }
    Vec::new()
}

/// What is asked of MLflow's pages.
fn on_mlflow(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::MlflowAs => mlflow::ask_for_whom(state, false),
        Action::MlflowAsBefore => return mlflow::before(state),
        Action::MlflowAsNext => return mlflow::round(state),
        Action::MlflowBeside => return mlflow::beside(state),
        Action::MlflowView => return mlflow::view(state),
        Action::MlflowQuery => mlflow::ask_for_query(state),
        Action::MlflowNext => return mlflow::turn(state, true),
        Action::MlflowPrevious => return mlflow::turn(state, false),
        Action::MlflowColumns => mlflow::ask_for_columns(state),
        Action::MlflowChart => return mlflow::chart(state),
        Action::MlflowCompare => mlflow::compare(state),
        Action::MlflowFold => return mlflow::fold(state),
        Action::MlflowDownload => mlflow::ask_to_download(state),
        Action::MlflowChange => return mlflow::ask_for_offers(state),
        Action::MlflowArtifacts => return mlflow::go_to(state, Screen::Artifacts),
        Action::MlflowRun => return mlflow::go_to(state, Screen::Run),
        Action::MlflowLoggedModels => return mlflow::third(state, Screen::LoggedModels),
        Action::MlflowTraces => return mlflow::third(state, Screen::Traces),
        Action::MlflowDatasets => return mlflow::third(state, Screen::Datasets),
        Action::RequestReplay => mlflow::replay(state),
        Action::RequestPython => return mlflow::python(state),
        action => on_people(state, action),
    }
    Vec::new()
}

/// What is asked about users, people and groups.
fn on_people(state: &mut State, action: Action) {
    match action {
        Action::UserCreate => user_forms::create(state),
        Action::UserEnable => users::change(state, Change::Enable),
        Action::UserDisable => users::change(state, Change::Disable),
        Action::UserSignOut => users::change(state, Change::SignOut),
        Action::UserConfirm => users::change(state, Change::Confirm),
        Action::UserInvite => users::change(state, Change::Invite),
        Action::UserResetPassword => users::change(state, Change::ResetPassword),
        Action::UserVerifyEmail => users::change(state, Change::VerifyEmail),
        Action::UserDelete => users::change(state, Change::Delete),
        Action::UserAddToGroups => users::choose_groups(state, true),
        Action::UserRemoveFromGroups => users::choose_groups(state, false),
        Action::UserSetPassword => user_forms::set_password(state),
        Action::UserAttributes => user_forms::edit_attributes(state),
        Action::UserMfa => user_forms::edit_mfa(state),
        Action::Onboard => people::ask_to_onboard(state),
        Action::Offboard => people::ask_to_offboard(state),
        Action::GroupCreate => groups::create(state),
        Action::GroupEdit => groups::edit(state),
        Action::GroupDelete => groups::delete(state),
        Action::GroupAdd => groups::choose_members(state, true),
        Action::GroupRemove => groups::choose_members(state, false),
        action => on_studio(state, action),
    }
}

/// What is asked about Studio.
fn on_studio(state: &mut State, action: Action) {
    match action {
        Action::ProfileCreate => profiles::create(state),
        Action::ProfileRole => profiles::choose_role(state),
        Action::ProfileDelete => profiles::delete(state),
        Action::AppDelete => apps::delete(state),
        Action::SpaceDelete => apps::delete_spaces(state),
        Action::CleanupRun => cleanup::run(state),
        Action::CleanupRule => cleanup::choose_rule(state),
        Action::RolePolicy => roles::policy(state),
        Action::RoleProve => roles::ask_to_prove(state),
        action => on_rows(state, action),
    }
}

/// What is done to the rows of a list, their order and their columns. What belongs to the
/// window that shows one thing does nothing here.
fn on_rows(state: &mut State, action: Action) {
    match action {
        Action::Mark => {
            mark(state, Marking::Toggle);
            movement::go(state, Motion::Down);
        }
        Action::MarkAll => mark(state, Marking::All),
        Action::MarkRange => mark(state, Marking::Range),
        Action::MarkInvert => mark(state, Marking::Invert),
        Action::MarkNone => mark(state, Marking::Clear),
        Action::SortBy(column) => {
            if let Some(listing) = state.data.listing_mut(state.nav.screen()) {
                listing.sort_by(column);
            }
        }
        Action::SortNext => sort_next(state),
        Action::SortReverse => {
            if let Some(listing) = state.data.listing_mut(state.nav.screen()) {
                listing.turn_sort();
            }
        }
        Action::SortDefault => {
            if let Some(listing) = state.data.listing_mut(state.nav.screen()) {
                listing.set_sort(None);
            }
        }
        Action::Widen => resize(state, true),
        Action::Narrow => resize(state, false),
        _ => {}
    }
}

pub(super) fn quit(state: &mut State) -> Vec<Effect> {
    if state.data.jobs.are_active() && !state.leaving {
        if !matches!(
            state.layers.last(),
            Some(Layer::Dialog(_, Purpose::Stop { .. }))
        ) {
            answer::ask_to_stop(state, true);
        }
        return Vec::new();
    }
    leave(state)
}

fn beside(screen: Screen, step: usize) -> Screen {
    let at = Screen::ALL
        .iter()
        .position(|other| *other == screen)
        .unwrap_or(0);
    Screen::ALL
        .get((at + step) % Screen::ALL.len())
        .copied()
        .unwrap_or_default()
}

/// Clears the filter, then the marks; on a page without either goes where one was before.
fn back(state: &mut State) {
    if !state.filter().is_empty() {
        state.set_filter("");
    } else if let Some(listing) = state.data.listing_mut(state.nav.screen())
        && listing.marked().count > 0
    {
        listing.mark(Marking::Clear);
    } else if state.data.matrix.live.is_some() && state.screen() == Screen::Matrix {
        answer::ask_to_stop(state, false);
    }
}

fn palette(state: &mut State) {
    let contexts = Context::of(state.screen());
    let mut items: Vec<Item> = TABLE
        .iter()
        .filter(|entry| contexts.contains(&entry.context) && entry.action != Action::Palette)
        .map(|entry| Item {
            action: entry.action,
            name: entry.name.to_owned(),
            doc: entry.doc.to_owned(),
            keys: state.keymap.keys(entry.action, contexts).join(" "),
            disabled: super::enabled(state, entry.action).err(),
        })
        .collect();
    // What was used last stands first.
    items.sort_by_key(|item| {
        state
            .recent
            .iter()
            .position(|name| *name == item.name)
            .unwrap_or(usize::MAX)
    });
    state.push(Layer::Palette(Palette::new(items)));
}

fn describe(state: &mut State, part: Part) -> Vec<Effect> {
    let Some(mut layer) = explain::under_cursor(state) else {
        return Vec::new();
    };
    if let Layer::Detail { detail, .. } = &mut layer
        && detail.part() != part
    {
        detail.toggle_part();
    }
    state.followed = job(state).map(|job| job.id);
    state.push(layer);
    // What only a look at this one user tells comes in while it is read.
    let account =
        explain::user_under_cursor(state).map(|name| Effect::Ask(state.epoch, Ask::Account(name)));
    let of_cell = matches!(state.screen(), Screen::Matrix | Screen::Answers);
    let roles = of_cell.then(|| roles::read(state)).flatten();
    account.into_iter().chain(roles).collect()
}

fn open_cell(state: &mut State) -> Vec<Effect> {
    match state.data.matrix_line {
        Some(Line::Operation(..)) => match explain::under_cursor(state) {
            Some(layer) => {
                state.push(layer);
                // What would turn it around is in the roles' policies.
                return roles::read(state).into_iter().collect();
            }
            None => state.hint("this principal has no such route"),
        },
        Some(Line::Permission(_)) => toggle(state),
        None => {}
    }
    Vec::new()
}

fn toggle(state: &mut State) {
    let data = &mut state.data;
    let Some(Line::Permission(at) | Line::Operation(at, _)) = data.matrix_line else {
        return;
    };
    let Some(name) = data.matrix.permissions.get(at).map(|row| row.name.clone()) else {
        return;
    };
    if data.matrix.expanded.remove(&name) {
        data.matrix_line = Some(Line::Permission(at));
    } else {
        data.matrix.expanded.insert(name);
    }
    movement::keep(data);
}

fn toggle_all(state: &mut State) {
    let matrix = &mut state.data.matrix;
    if matrix.expanded.is_empty() {
        matrix.expanded = matrix
            .permissions
            .iter()
            .map(|row| row.name.clone())
            .collect();
    } else {
        matrix.expanded.clear();
    }
    movement::keep(&mut state.data);
}

fn mark(state: &mut State, marking: Marking) {
    let screen = state.screen();
    if let Some(listing) = state.data.listing_mut(screen) {
        listing.mark(marking);
    }
}

fn sort_next(state: &mut State) {
    if let Some(listing) = state.data.listing_mut(state.nav.screen()) {
        let columns = listing.heads().len().max(1);
        let next = listing.sort().map_or(0, |sort| (sort.column + 1) % columns);
        listing.set_sort(None);
        listing.sort_by(next);
    }
}

/// Gives the first column in sight another width.
fn resize(state: &mut State, wider: bool) {
    let Some(listing) = state.data.listing_mut(state.nav.screen()) else {
        return;
    };
    let column = listing.first_column();
    let Some(head) = listing.heads().get(column).cloned() else {
        return;
    };
    let width = head.set.unwrap_or(head.width.ideal);
    let width = if wider {
        width.saturating_add(WIDTH_STEP).min(120)
    } else {
        width.saturating_sub(WIDTH_STEP).max(4)
    };
    listing.set_width(column, Some(width));
}

fn equivalent(state: &mut State) {
    let Some(command) = explain::equivalent(state) else {
        state.hint("no command shows this");
        return;
    };
    let message = Message::new(
        "The same as a command",
        Tone::Accent,
        vec![Text::from(command)],
    );
    answer::ask(state, message, Purpose::Told);
}

fn copy_name(state: &mut State) -> Vec<Effect> {
    let name = state.data.listing(state.screen()).and_then(|listing| {
        let row = listing.row(listing.cursor()?)?;
        Some(row.cells.first()?.text.to_string())
    });
    match name {
        Some(name) => copy(state, &name.clone(), name),
        None => match explain::equivalent(state) {
            Some(command) => copy(state, "the command", command),
            None => Vec::new(),
        },
    }
}

/// The newest error, whole, with what to do about it.
fn newest_error(state: &mut State) {
    let newest = state
        .data
        .log
        .entries()
        .rev()
        .find(|entry| entry.level == Level::Error)
        .cloned();
    let Some(entry) = newest else { return };
    state.data.log.read();
    let mut texts = vec![Text::new(Tone::Danger, entry.text)];
    if let Some(next) = entry.next_step {
        texts.push(Text::new(Tone::Accent, format!("Next: {next}")));
    }
    if let Some(id) = entry.request_id {
        texts.push(Text::new(Tone::Dim, format!("Request id: {id}")));
    }
    texts.push(Text::new(
        Tone::Dim,
        format!(
            "{} UTC; the log (9) has them all",
            entry.at.strftime("%H:%M:%S")
        ),
    ));
    answer::ask(
        state,
        Message::new("Error", Tone::Danger, texts),
        Purpose::Told,
    );
}
