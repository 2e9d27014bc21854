//! `mlwarden apps`: Studio apps with what they cost, and deleting them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    args::{AppFilter, AppsCommand, Global, Output},
    carry_out::{self, Proposal},
    output::{self, Listing},
    session::Session,
};
use crate::{
    domain::{App, Bill, ErrorClass, Failure, Prices, Span},
    plan::{
        Place,
        cleanup::{EVERY_TYPE, Rule},
        removal,
    },
};

/// Runs one of them.
pub(super) async fn run(global: &Global, command: AppsCommand) -> Result<u8, Failure> {
    match command {
        AppsCommand::List { filter, all } => list(global, &filter, all).await,
        AppsCommand::Delete { apps, filter } => delete(global, &apps, &filter).await,
    }
}

/// How many apps are looked at for their users' last activity, a call each, where nothing
/// depends on it.
const LOOKED_AT: usize = 500;

/// Those that a filter leaves.
async fn chosen(session: &Session, filter: &AppFilter, all: bool) -> Result<Vec<App>, Failure> {
    let mut types = filter.types.clone();
    if types.is_empty() {
        types.push(EVERY_TYPE.to_owned());
    }
    let rule = Rule {
        types,
        owner: filter.owner.clone(),
        ..Rule::default()
    };
    let studio = &session.cloud.sagemaker;
    let mut apps = studio.apps(session.domain()?).await?;
    let now = Timestamp::now();
    let long = |at: Option<Timestamp>, wanted: Option<Span>| {
        wanted.is_none_or(|wanted| at.is_some_and(|at| Span::between(at, now) >= wanted))
    };
    apps.retain(|app| {
        let there = all || filter.status.is_some() || app.is_there();
        there
            && rule.is_about(app)
            && filter.takes(&app.status)
            && long(app.created_at, filter.older_than)
    });
    if filter.idle_over.is_some() {
        apps = studio.with_activity(apps).await?;
        apps.retain(|app| long(app.active_at, filter.idle_over));
    }
    apps.sort_by_key(id);
    Ok(apps)
}

/// What names an app on the command line: `OWNER/TYPE/NAME`.
fn id(app: &App) -> String {
    format!("{}/{}/{}", app.owner.name(), app.app_type, app.name)
}

/// The columns of apps in lists.
pub(super) const COLUMNS: [&str; 11] = [
    "app", "type", "owner", "status", "instance", "image", "age", "idle", "hour", "so far", "month",
];

/// An app as a row of [`COLUMNS`].
pub(super) fn row(app: &App, prices: &Prices, now: Timestamp) -> Vec<String> {
    let cost = prices.cost(app, now);
    let ago = |at: Option<Timestamp>| {
        at.map_or_else(|| "?".to_owned(), |at| Span::between(at, now).rough())
    };
    let idle = if app.is_there() {
        ago(app.active_at)
    } else {
        String::new()
    };
    let image = app.image.as_deref().unwrap_or_default();
    vec![
        app.name.clone(),
        app.app_type.clone(),
        app.owner.described(),
        app.status.as_str().to_owned(),
        app.instance_type.clone().unwrap_or_default(),
        image.rsplit('/').next().unwrap_or(image).to_owned(),
        ago(app.created_at),
        idle,
        money(cost.hourly),
        money(cost.so_far),
        money(cost.monthly()),
    ]
}

/// An amount, or that it is not known.
pub(super) fn money(amount: Option<crate::domain::Usd>) -> String {
    amount.map_or_else(|| "?".to_owned(), |amount| amount.to_string())
}

/// An app for a script.
pub(super) fn value(app: &App, prices: &Prices, now: Timestamp) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(app)
        .map_err(|error| Failure::invalid("writing JSON", error.to_string()))?;
    let cost = prices.cost(app, now);
    value["id"] = json!(id(app));
    value["owner"] = json!(app.owner.name());
    value["owner_kind"] = json!(app.owner.kind());
    value["hourly_usd"] = json!(cost.hourly);
    value["so_far_usd"] = json!(cost.so_far);
    value["monthly_usd"] = json!(cost.monthly());
    Ok(value)
}

async fn list(global: &Global, filter: &AppFilter, all: bool) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let mut apps = chosen(&session, filter, all).await?;
    if apps.len() > LOOKED_AT && filter.idle_over.is_none() {
        output::note(&format!(
            "! idle times are not looked up for so many as {}: filter them, or give --idle-over",
            apps.len()
        ));
    } else if filter.idle_over.is_none() {
        apps = session.cloud.sagemaker.with_activity(apps).await?;
    }
    let (prices, now) = (session.prices(), Timestamp::now());
    if global.output == Output::Table {
        tell_costs(&apps, &prices, now);
    }
    Listing {
        noun: "apps",
        context: session.context(),
        columns: &COLUMNS,
        rows: apps.iter().map(|app| row(app, &prices, now)).collect(),
        values: apps
            .iter()
            .map(|app| value(app, &prices, now))
            .collect::<Result<_, _>>()?,
    }
    .print(global.output)
}

/// What apps cost together, on standard error.
pub(super) fn tell_costs(apps: &[App], prices: &Prices, now: Timestamp) {
    let costs = || apps.iter().map(|app| prices.cost(app, now));
    let hourly: Bill = costs().map(|cost| cost.hourly).collect();
    let so_far: Bill = costs().map(|cost| cost.so_far).collect();
    let monthly: Bill = costs().map(crate::domain::Cost::monthly).collect();
    let as_of = prices.as_of.map_or_else(
        || "no prices are known for this region: [prices] in the config file tells them".to_owned(),
        |day| format!("prices as of {day}, without storage"),
    );
    output::note(&format!(
        "{hourly} an hour, {so_far} so far, {monthly} a month at this rate; {as_of}"
    ));
}

async fn delete(global: &Global, names: &[String], filter: &AppFilter) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let mut apps = chosen(&session, filter, false).await?;
    for name in names {
        if apps.iter().all(|app| id(app) != *name) {
            return Err(Failure::new(
                ErrorClass::NotFound,
                format!("looking for the app {name}"),
                "none of this owner, type and name is there",
            )
            .advise("`mlwarden apps list -o json` tells each app's id"));
        }
    }
    if !names.is_empty() {
        apps.retain(|app| names.contains(&id(app)));
    }
    let plan = removal::apps(&apps, Place::of(&session.deployment));
    let proposal = Proposal {
        plan: Some(plan),
        ..Proposal::default()
    };
    carry_out::propose(global, &session, proposal).await
}
