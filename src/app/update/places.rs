//! Going to another deployment: nothing of the old one stays.

use super::answer::ask;
use crate::app::{
    Effect, Screen,
    data::Data,
    dialog::{Item, Picker},
    effect::Epoch,
    kept::Kept,
    layer::Purpose,
    start::{Choice, Label},
    state::State,
};

/// Regions that the services used here are in; any other can be typed after `:region`.
const REGIONS: [&str; 17] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "sa-east-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "eu-south-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "ap-northeast-2",
];

/// The regions to choose from.
pub(super) fn regions() -> &'static [&'static str] {
    &REGIONS
}

/// Goes to another deployment.
pub(super) fn switch(state: &mut State, choice: Choice) -> Vec<Effect> {
    if state.data.jobs.are_active() {
        state.hint("a job runs here: wait for it or stop it (x on the jobs page), then switch");
        return Vec::new();
    }
    let here = &state.data.label;
    // What is not said stays as it is: another region is looked at as the same caller.
    let region_alone = choice.context.is_none() && !choice.demo && choice.region.is_some();
    let choice = Choice {
        context: choice
            .context
            .or_else(|| (!choice.demo && !here.demo).then(|| here.context.clone())),
        profile: choice
            .profile
            .or_else(|| here.profile.clone().filter(|_| region_alone)),
        region: choice.region,
        demo: choice.demo,
    };
    let label = Label {
        context: if choice.demo {
            "demo".to_owned()
        } else {
            choice.context.clone().unwrap_or_default()
        },
        profile: choice.profile.clone(),
        region: choice.region.clone(),
        demo: choice.demo,
        // Until the place is known, nothing may be changed.
        read_only: true,
        ..Label::default()
    };
    let kept = Kept::of(state);
    state.epoch = Epoch(state.epoch.0 + 1);
    state.data = Data::new(label, state.data.declared.clone());
    state.layers.clear();
    state.prompt = None;
    state.pending.clear();
    state.principal = None;
    state.followed = None;
    // Who or what was asked about belongs to the old deployment.
    state.history.forget_questions();
    // Sorting and widths are the user's; a filter may name somebody of the old deployment.
    let mut lists = kept;
    for list in lists.lists.values_mut() {
        list.filter.clear();
    }
    lists.restore_lists(state);
    if state.screen() == Screen::Answers {
        state.nav.go(Screen::Overview);
    }
    vec![Effect::Switch(state.epoch, choice)]
}

/// Asks which context to go to.
pub(super) fn ask_for_context(state: &mut State) {
    let names = state.places.contexts.clone();
    let none = "no context is configured: `mlwarden init --name NAME` keeps this deployment as one";
    pick(state, "Context", &names, none, |name| Choice {
        context: Some(name),
        ..Choice::default()
    });
}

/// Asks which profile to use.
pub(super) fn ask_for_profile(state: &mut State) {
    let names = state.places.profiles.clone();
    let none = "there is no profile in the AWS config files: `aws configure sso` makes one";
    pick(state, "AWS profile", &names, none, |name| Choice {
        profile: Some(name),
        ..Choice::default()
    });
}

/// Asks which region to look in.
pub(super) fn ask_for_region(state: &mut State) {
    let names: Vec<String> = REGIONS.iter().map(|&name| name.to_owned()).collect();
    pick(state, "Region", &names, "", |name| Choice {
        region: Some(name),
        ..Choice::default()
    });
}

fn pick(
    state: &mut State,
    title: &str,
    names: &[String],
    none: &str,
    choice: fn(String) -> Choice,
) {
    if names.is_empty() {
        state.hint(none);
        return;
    }
    let label = &state.data.label;
    let current = match title {
        "Context" => Some(label.context.clone()),
        "Region" => state
            .data
            .deployment
            .region
            .as_ref()
            .map(|found| found.value.clone()),
        _ => label.profile.clone(),
    };
    let items = names
        .iter()
        .map(|name| Item::new(name.clone(), name.clone()))
        .collect();
    let mut picker = Picker::new(title, items);
    if let Some(current) = current {
        picker = picker.current(&current);
    }
    ask(state, picker, Purpose::Place(choice));
}
