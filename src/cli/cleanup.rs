//! `mlwarden cleanup`: forgotten apps and what they cost; everything that blocks deleting the
//! domain. Without `--yes` it only shows.

use jiff::Timestamp;
use serde_json::json;

use super::{
    OK, PARTLY,
    args::{Cleanup, Global, Output},
    carry_out::{self, Carried, Proposal},
    output::{self, Listing},
    session::Session,
};
use crate::{
    domain::{ErrorClass, Failure},
    plan::{
        Place,
        cleanup::{Block, Inventory, Rule, Selection, plan, select},
    },
};

/// Finds, shows, and deletes where that is wanted.
pub(super) async fn run(global: &Global, arguments: Cleanup) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    if arguments.for_destroy {
        return Box::pin(for_destroy(global, &session)).await;
    }
    let rules = rules(&session, arguments)?;
    let studio = &session.cloud.sagemaker;
    let mut apps = studio.apps(session.domain()?).await?;
    apps.retain(|app| app.is_there() && rules.iter().any(|rule| rule.is_about(app)));
    let shows = !global.yes || global.dry_run;
    // How long nobody has done anything is worth knowing, even where no rule asks for it.
    if shows || rules.iter().any(Rule::asks_for_idleness) {
        apps = studio.with_activity(apps).await?;
    }
    let selection = select(&apps, &rules, &session.prices(), Timestamp::now());
    if shows {
        return show(global, &session, &rules, &selection);
    }
    let proposal = Proposal {
        plan: Some(plan(&selection, Place::of(&session.deployment))),
        notes: vec![sums(&selection)],
        ..Proposal::default()
    };
    carry_out::propose(global, &session, proposal).await
}

/// The rule of the arguments, or those of the config file that they name.
fn rules(session: &Session, arguments: Cleanup) -> Result<Vec<Rule>, Failure> {
    if arguments.policies.is_empty() {
        return Ok(vec![Rule {
            name: String::new(),
            types: arguments.types,
            older_than: arguments.older_than,
            idle: arguments.idle_over,
            owner: arguments.owner,
        }]);
    }
    let known = &session.effective.cleanup;
    let find = |name: &String| {
        known
            .iter()
            .find(|rule| rule.name == *name)
            .cloned()
            .ok_or_else(|| {
                let names: Vec<&str> = known.iter().map(|rule| rule.name.as_str()).collect();
                Failure::new(
                    ErrorClass::NotFound,
                    format!("looking for the clean-up policy {name}"),
                    match names.as_slice() {
                        [] => "the config file has no [[cleanup]]".to_owned(),
                        names => format!("the config file has: {}", names.join(", ")),
                    },
                )
                .advise("write it there: name, type, older_than, idle, owner")
            })
    };
    arguments.policies.iter().map(find).collect()
}

/// What is saved, and what is left alone, in one line.
fn sums(selection: &Selection) -> String {
    let mut text = format!("saves {} a month", selection.saved());
    let left = selection.left();
    if !left.is_empty() {
        text = format!("{text}; left alone: {}", left.join(", "));
    }
    text
}

/// The forgotten apps, and what deletes them.
fn show(
    global: &Global,
    session: &Session,
    rules: &[Rule],
    selection: &Selection,
) -> Result<u8, Failure> {
    let (prices, now) = (session.prices(), Timestamp::now());
    if global.output == Output::Json {
        let candidates: Result<Vec<_>, Failure> = selection
            .chosen
            .iter()
            .map(|one| {
                let mut value = super::apps::value(&one.app, &prices, now)?;
                value["why"] = json!(one.why);
                value["policy"] = json!(one.rule);
                Ok(value)
            })
            .collect();
        let left = selection.passed.iter();
        let left: Vec<_> = left
            .map(|(why, count)| json!({"why": why, "apps": count}))
            .collect();
        return output::objects(
            session.context(),
            [
                ("candidates", json!(candidates?)),
                ("saved_monthly_usd", json!(selection.saved().known)),
                ("of_unknown_price", json!(selection.saved().unknown)),
                ("left_alone", json!(left)),
            ],
        );
    }
    let texts: Vec<String> = rules.iter().map(Rule::text).collect();
    output::note(&format!("forgotten: {}", texts.join("; or ")));
    output::note(&sums(selection));
    if !selection.chosen.is_empty() {
        output::note("nothing was changed; add --yes to delete them");
    }
    let mut columns = super::apps::COLUMNS.to_vec();
    columns.push("why");
    Listing {
        noun: "candidates",
        context: session.context(),
        columns: &columns,
        rows: selection
            .chosen
            .iter()
            .map(|one| {
                let mut row = super::apps::row(&one.app, &prices, now);
                row.push(one.why.clone());
                row
            })
            .collect(),
        values: Vec::new(),
    }
    .print(global.output)
}

/// What the domain has.
async fn inventory(session: &Session) -> Result<Inventory, Failure> {
    let (studio, domain) = (&session.cloud.sagemaker, session.domain()?);
    let (apps, spaces, profiles) = futures::try_join!(
        studio.apps(domain),
        studio.spaces(domain),
        studio.profiles(domain)
    )?;
    Ok(Inventory {
        apps,
        spaces,
        profiles,
    })
}

/// Everything that blocks deleting the domain goes; then it is looked at again.
async fn for_destroy(global: &Global, session: &Session) -> Result<u8, Failure> {
    let domain = session.domain()?.to_owned();
    let found = Box::pin(inventory(session)).await?;
    let plan = found.for_destroy(&domain, Place::of(&session.deployment));
    if plan.steps() == 0 {
        return verdict(global, session, &domain, &found.blocks());
    }
    if !global.yes || global.dry_run {
        // Shown, and nothing else.
        let preview = Global {
            dry_run: true,
            ..global.clone()
        };
        let proposal = Proposal {
            plan: Some(plan),
            ..Proposal::default()
        };
        let code = carry_out::propose(&preview, session, proposal).await?;
        output::note(&format!(
            "nothing was changed; add --yes and --confirm {domain} to do it"
        ));
        return Ok(code);
    }
    let proposal = Proposal {
        plan: Some(plan),
        typed: vec![domain.clone()],
        // The verdict is the result.
        in_passing: true,
        ..Proposal::default()
    };
    let Carried { code, .. } = carry_out::carry(global, session, proposal).await?;
    if !matches!(code, OK | PARTLY) {
        return Ok(code);
    }
    let left = Box::pin(inventory(session)).await?.blocks();
    verdict(global, session, &domain, &left)
}

/// Whether the domain can be deleted now, else what still blocks.
fn verdict(
    global: &Global,
    session: &Session,
    domain: &str,
    blocks: &[Block],
) -> Result<u8, Failure> {
    if blocks.is_empty() {
        output::note(&format!(
            "safe to destroy: nothing of Studio blocks deleting the domain {domain}"
        ));
    } else {
        output::note(&format!(
            "not safe to destroy: {} things still block",
            blocks.len()
        ));
    }
    Listing {
        noun: "blocks",
        context: session.context(),
        columns: &["what", "status"],
        rows: blocks
            .iter()
            .map(|block| vec![block.what.clone(), block.status.clone()])
            .collect(),
        values: blocks.iter().map(|block| json!(block)).collect(),
    }
    .print(global.output)?;
    Ok(if blocks.is_empty() { OK } else { PARTLY })
}
