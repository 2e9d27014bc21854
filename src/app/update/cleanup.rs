//! Forgotten apps: by which rule, what is saved, and their end.

use super::{
    answer::ask,
    apps::{self, known_apps},
    plans,
    users::propose,
};
use crate::{
    access::Finding,
    app::{
        Effect, Screen,
        dialog::{Field, Form, Severity, Text, Values},
        layer::Purpose,
        lists::CandidateRow,
        remote::Remote,
        state::State,
        tone::Tone,
    },
    domain::{App, Span},
    plan::cleanup::{self, Inventory, Rule, Selection},
    probe::audit::{Terms, judge},
};

/// The rules in effect: the one chosen on the page, else the config file's, else the sample's
/// kernels.
pub(super) fn rules(state: &State) -> Vec<Rule> {
    let data = &state.data;
    if let Some(rule) = &data.cleanup_rule {
        return vec![rule.clone()];
    }
    if data.label.cleanup.is_empty() {
        return vec![Rule::default()];
    }
    data.label.cleanup.clone()
}

/// Brings the forgotten apps up to date.
pub(super) fn settle(state: &mut State) {
    let Some(apps) = state.data.apps.remote().complete() else {
        return;
    };
    let apps: Vec<App> = apps.iter().map(|row| row.app.clone()).collect();
    let prices = super::studio::prices(state);
    let now = state.now;
    let rules = rules(state);
    let selection = cleanup::select(&apps, &rules, &prices, now);
    state
        .data
        .words
        .insert(Screen::Cleanup, words(&selection, &rules));
    // Of what is forgotten, only what the admin has asked for is a finding.
    let terms = Terms {
        prices,
        policies: state.data.label.cleanup.clone(),
        ..Terms::default()
    };
    let studio = state.data.studio.complete();
    let rest = studio.map(|studio| (studio.spaces.as_slice(), studio.profiles.as_slice()));
    let found = judge::apps(&apps, rest, &terms, now);
    let others = |finding: &Finding| !judge::OF_APPS.contains(&finding.id.as_str());
    state.data.studio_findings.retain(others);
    state.data.studio_findings.extend(found);
    super::findings::settle(state);
    let rows = selection
        .chosen
        .into_iter()
        .map(CandidateRow::from)
        .collect();
    let at = state.data.apps.remote().at().unwrap_or(now);
    let ticket = state.data.next_ticket();
    let list = &mut state.data.candidates;
    list.begin(ticket);
    list.part(ticket, rows);
    list.done(ticket, at);
}

/// What is saved, by which rules, and what is left alone.
fn words(selection: &Selection, rules: &[Rule]) -> String {
    let rules: Vec<String> = rules.iter().map(Rule::text).collect();
    let rules = rules.join("; or ");
    let mut words = if selection.chosen.is_empty() {
        format!("by {rules}")
    } else {
        format!("save {} a month · by {rules}", selection.saved())
    };
    let left = selection.left();
    if !left.is_empty() {
        words = format!("{words} · left alone: {}", left.join(", "));
    }
    words
}

/// Asks whether to delete the marked apps, else all that are shown.
pub(super) fn run(state: &mut State) {
    let Some(listing) = state.data.listing(Screen::Cleanup) else {
        return;
    };
    let shown = || (0..listing.shown()).filter_map(|place| listing.id(place).map(str::to_owned));
    let wanted: Vec<String> = if listing.marked().count > 0 {
        listing.targets()
    } else {
        shown().collect()
    };
    let selection = Selection {
        chosen: wanted
            .iter()
            .filter_map(|id| state.data.candidates.find(id))
            .map(|row| row.candidate.clone())
            .collect(),
        passed: Vec::new(),
    };
    let plan = cleanup::plan(&selection, plans::place(state));
    if plan.steps() == 0 {
        state.hint("nothing is forgotten by this rule");
        return;
    }
    let saved = Text::new(Tone::Good, format!("saves {} a month", selection.saved()));
    propose(
        state,
        plan.title,
        "delete",
        Severity::YesNo,
        plan.items,
        vec![saved],
    );
}

/// Asks which apps count as forgotten.
pub(super) fn choose_rule(state: &mut State) {
    let rule = rules(state).into_iter().next().unwrap_or_default();
    let span = |span: Option<Span>| span.map_or_else(String::new, |span| span.to_string());
    let is_span = |text: &str| {
        if text.trim().is_empty() {
            return Ok(());
        }
        text.trim().parse::<Span>().map(drop)
    };
    let types = if rule.types.is_empty() {
        cleanup::DEFAULT_TYPE.to_owned()
    } else {
        rule.types.join(" ")
    };
    let fields = vec![
        Field::text("types", "Types")
            .value(&types)
            .help("KernelGateway, JupyterLab, CodeEditor, … with spaces between them, or any"),
        Field::text("older", "There for")
            .value(&span(rule.older_than))
            .help("at least: 2d, 12h; empty for any age")
            .check(is_span),
        Field::text("idle", "Idle for")
            .value(&span(rule.idle))
            .help("at least: 4h; an app of which that is not known stays then")
            .check(is_span),
        Field::text("owner", "Owner")
            .value(rule.owner.as_deref().unwrap_or_default())
            .help("a profile or a space; empty for everybody's"),
    ];
    let form = Form::new("Forgotten apps", fields)
        .note("For this session; [[cleanup]] in the config file keeps a rule.")
        .verb("Show");
    ask(state, form, Purpose::CleanupRule);
}

/// The form of [`choose_rule`] was sent.
pub(super) fn chose_rule(state: &mut State, values: &Values) {
    let text = |name: &str| values.text(name).trim().to_owned();
    let span = |name: &str| text(name).parse().ok();
    state.data.cleanup_rule = Some(Rule {
        name: String::new(),
        types: text("types")
            .split_whitespace()
            .map(|kind| kind.trim_matches(',').to_owned())
            .collect(),
        older_than: span("older"),
        idle: span("idle"),
        owner: Some(text("owner")).filter(|owner| !owner.is_empty()),
    });
    settle(state);
}

/// Asks whether to empty the domain; reads first what it has, where that is not known.
pub(super) fn destroy(state: &mut State) -> Vec<Effect> {
    let Some(domain) = state.data.deployment.domain_id.clone() else {
        state.hint("no Studio domain was found: the overview says why");
        return Vec::new();
    };
    if matches!(state.data.studio, Remote::Idle) {
        state.hint("reading the domain first: press the key again when it is read");
        return vec![super::load_studio(state)];
    }
    let Some(apps) = known_apps(state) else {
        return Vec::new();
    };
    let data = &state.data;
    let (Some(spaces), Some(profiles)) = (
        data.spaces.remote().complete(),
        data.profiles.remote().complete(),
    ) else {
        state.hint("the domain is not all read yet: try again in a moment");
        return Vec::new();
    };
    let inventory = Inventory {
        apps,
        spaces: spaces.iter().map(|space| (**space).clone()).collect(),
        profiles: profiles.iter().map(|row| row.profile.clone()).collect(),
    };
    let plan = inventory.for_destroy(&domain.value, plans::place(state));
    if plan.steps() == 0 {
        state.tell(format!(
            "safe to destroy: nothing of Studio blocks deleting the domain {}",
            domain.value
        ));
        return Vec::new();
    }
    apps::ask(state, plan, Severity::TypeName(domain.value));
    Vec::new()
}
