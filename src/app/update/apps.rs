//! Apps and spaces: deleted, as plans.

use super::{plans, users::propose};
use crate::{
    app::{dialog::Severity, lists::AppRow, state::State},
    domain::{App, Space},
    plan::{
        Plan,
        removal::{self, Holdings},
    },
};

/// The rows that an action is about, by identity.
fn targets(state: &State) -> Vec<String> {
    state
        .data
        .listing(state.screen())
        .map_or_else(Vec::new, crate::app::table::Listing::targets)
}

/// Asks whether to delete the marked apps.
pub(super) fn delete(state: &mut State) {
    let apps: Vec<App> = targets(state)
        .iter()
        .filter_map(|id| state.data.apps.find(id))
        .map(|row| row.app.clone())
        .collect();
    let plan = removal::apps(&apps, plans::place(state));
    if plan.steps() == 0 {
        state.hint("deleted or failed already: nothing is left of it but the line");
        return;
    }
    ask(state, plan, Severity::YesNo);
}

/// Asks whether to delete the marked spaces with their apps.
pub(super) fn delete_spaces(state: &mut State) {
    let Some(apps) = known_apps(state) else {
        return;
    };
    let spaces: Vec<Space> = targets(state)
        .iter()
        .filter_map(|id| state.data.spaces.find(id))
        .map(|space| Space::clone(space))
        .collect();
    let holdings = Holdings {
        apps: &apps,
        spaces: &[],
    };
    let plan = removal::spaces(&spaces, holdings, plans::place(state));
    let severity = typed(&plan, "spaces");
    ask(state, plan, severity);
}

/// The domain's apps, where all of them are known: what is not seen would be in the way.
pub(super) fn known_apps(state: &mut State) -> Option<Vec<App>> {
    let apps = state.data.apps.remote().complete().map(|rows| {
        let rows: &[std::sync::Arc<AppRow>] = rows;
        rows.iter().map(|row| row.app.clone()).collect()
    });
    if apps.is_none() {
        state.hint("the apps are not all read yet: try again in a moment");
    }
    apps
}

/// What has to be typed: the name of the one, or how many there are.
pub(super) fn typed(plan: &Plan, nouns: &str) -> Severity {
    match plan.items.as_slice() {
        [one] => Severity::TypeName(one.subject.clone()),
        several => Severity::TypeName(format!("delete {} {nouns}", several.len())),
    }
}

/// Puts a plan before the user.
pub(super) fn ask(state: &mut State, plan: Plan, severity: Severity) {
    propose(
        state,
        plan.title,
        "delete",
        severity,
        plan.items,
        Vec::new(),
    );
}
