//! People who join a pool: from what was asked for to what is proposed. Nothing is changed here.

use indexmap::IndexMap;

use super::{
    args::{Global, Password, Welcome},
    carry_out::{self, Proposal},
    session::Session,
    users::{given, good_for, with_consequences},
};
use crate::{
    domain::{Failure, email},
    plan::{
        Place, Step,
        onboard::{self, House},
        roster::{self, Newcomer},
        survey::{Extent, Survey},
    },
};

/// People of these addresses, each once, who are all to have the same.
pub(super) fn named(
    doing: &str,
    addresses: &[String],
    wanted: &Newcomer,
) -> Result<Vec<Newcomer>, Failure> {
    checked_attributes(doing, &wanted.attributes)?;
    let mut people: Vec<Newcomer> = Vec::new();
    for address in addresses {
        let address = address.trim();
        email::check(address).map_err(|why| {
            Failure::invalid(format!("{doing} {address}"), why)
                .advise("write the address that the person signs in with")
        })?;
        if people
            .iter()
            .all(|one| email::key(&one.email) != email::key(address))
        {
            people.push(Newcomer {
                email: address.to_owned(),
                ..wanted.clone()
            });
        }
    }
    Ok(people)
}

/// Refuses attributes that Cognito does not take, before anything is asked.
pub(super) fn checked_attributes(
    doing: &str,
    attributes: &IndexMap<String, String>,
) -> Result<(), Failure> {
    for (name, value) in attributes {
        roster::check_attribute(name, value).map_err(|why| {
            Failure::invalid(format!("{doing} with {name}={value}"), why)
                .advise("correct --attribute NAME=VALUE")
        })?;
    }
    Ok(())
}

/// Makes users, with a password of the caller's where one is given.
pub(super) async fn create(
    global: &Global,
    users: Vec<String>,
    groups: Vec<String>,
    attributes: IndexMap<String, String>,
    welcome: Welcome,
    wanted: Password,
) -> Result<u8, Failure> {
    let by_hand = wanted.password_stdin || wanted.permanent;
    if by_hand && users.len() > 1 {
        return Err(Failure::invalid(
            "creating users",
            "one password for several users would be known to all of them",
        )
        .advise("create them one by one, or with --welcome shown: each gets its own"));
    }
    let wanted_of_all = Newcomer {
        line: 0,
        email: String::new(),
        groups,
        profile: None,
        attributes,
    };
    let newcomers = named("creating the user", &users, &wanted_of_all)?;
    let session = Session::open(global).await?;
    let welcome = if by_hand { Welcome::Silent } else { welcome };
    let (mut proposal, _) = joining(global, &session, &newcomers, welcome, Extent::Pool).await?;
    if by_hand && proposal.refused.is_empty() {
        let plan = proposal.plan.as_mut();
        let item = plan.and_then(|plan| plan.items.first_mut());
        let made = item.and_then(|item| match item.steps.first() {
            Some(Step::CreateUser { user, .. }) => Some((user.clone(), item)),
            _ => None,
        });
        // A password for somebody who is there would be left out without a word.
        let Some((user, item)) = made else {
            return Err(Failure::invalid(
                format!("creating the user {}", users.join(", ")),
                "the pool has a user of this address, and its password stays",
            )
            .advise("`mlwarden users set-password` gives it another"));
        };
        item.steps.insert(
            1,
            Step::SetPassword {
                user: user.clone(),
                permanent: wanted.permanent,
            },
        );
        if !global.dry_run {
            let label = item.subject.clone();
            proposal.passwords = given(&session, &label, user, wanted).await?;
        }
    }
    carry_out::propose(global, &session, proposal).await
}

/// What is proposed for people who join: only what they do not have yet.
pub(super) async fn joining(
    global: &Global,
    session: &Session,
    newcomers: &[Newcomer],
    welcome: Welcome,
    extent: Extent,
) -> Result<(Proposal, Survey), Failure> {
    /// For more people than this everybody is read page by page, which takes fewer calls.
    const FEW: usize = 30;
    let place = Place::of(&session.deployment);
    let (cloud, rule) = (&session.cloud, &session.effective.rule);
    let contract = session.contract().await;
    let survey = if newcomers.len() <= FEW {
        let names: Vec<String> = newcomers
            .iter()
            .map(|newcomer| newcomer.email.clone())
            .collect();
        Survey::of(cloud, &place, &names, extent, rule, contract).await?
    } else {
        Survey::everybody(cloud, &place, extent, rule).await?
    };
    let pool = cloud.cognito.describe_pool(session.pool()?).await?;
    let matrix = session.effective.matrix(global)?;
    let people = survey.people(rule);
    let groups = survey.group_names();
    let house = House {
        place,
        people: &people,
        groups: &groups,
        roles: session.deployment.roles(),
        matrix: &matrix,
        contract,
        rule,
        named_by_address: !pool.alias_attributes.iter().any(|alias| alias == "email"),
    };
    let welcome = match welcome {
        Welcome::Mail => onboard::Welcome::Mail,
        Welcome::Shown => onboard::Welcome::Shown,
        Welcome::Silent => onboard::Welcome::Silent,
    };
    let draft = onboard::onboard(newcomers, welcome, &house);
    let mut proposal = with_consequences(session, &survey, draft.plan, draft.complete).await;
    proposal.refused = draft.refused;
    proposal.notes = draft.notes;
    let steps = proposal.plan.iter().flat_map(|plan| &plan.items);
    let invites = steps.flat_map(|item| &item.steps).any(|step| {
        matches!(
            step,
            Step::CreateUser { invite: true, .. }
                | Step::SetPassword {
                    permanent: false,
                    ..
                }
        )
    });
    if invites {
        proposal.notes.extend(good_for(&pool));
    }
    Ok((proposal, survey))
}
