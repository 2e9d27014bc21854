//! `mlwarden onboard`: people get everything, as one plan, and then the proof of it.

use std::{fs, path::Path};

use super::{
    MISMATCH, OK, PARTLY, UNREACHED,
    args::{Global, Onboard},
    carry_out, output,
    session::Session,
    users, verify,
};
use crate::{
    access::Contract,
    domain::{Failure, Principal, email},
    plan::{
        Item, Step,
        onboard::Refused,
        roster::{self, Newcomer, ProfileWish},
        survey::{Extent, Survey},
    },
};

/// Plans, shows, asks, runs, proves.
pub(super) async fn run(global: &Global, arguments: Onboard) -> Result<u8, Failure> {
    let (newcomers, mut refused) = newcomers(&arguments)?;
    let session = Session::open(global).await?;
    let studio = newcomers
        .iter()
        .any(|newcomer| !matches!(newcomer.profile, None | Some(ProfileWish::None)));
    let extent = if studio {
        Extent::Profiles
    } else {
        Extent::Pool
    };
    let (mut proposal, survey) =
        users::joining(global, &session, &newcomers, arguments.welcome, extent).await?;
    refused.append(&mut proposal.refused);
    proposal.refused = refused;
    proposal.results = arguments.results.clone();
    let planned = proposal
        .plan
        .as_ref()
        .map(|plan| plan.items.clone())
        .unwrap_or_default();
    let code = carry_out::propose(global, &session, proposal).await?;
    if global.dry_run || arguments.no_proof || planned.is_empty() || !matches!(code, OK | PARTLY) {
        return Ok(code);
    }
    let proof = prove(global, &session, &planned, &survey).await?;
    Ok(if code == OK { proof } else { code })
}

/// The people: of the file, else of the arguments.
fn newcomers(arguments: &Onboard) -> Result<(Vec<Newcomer>, Vec<Refused>), Failure> {
    if let Some(file) = &arguments.file {
        return from_file(file);
    }
    let profile = match arguments.studio_profile.as_deref() {
        None => None,
        Some("") => Some(ProfileWish::Derived),
        Some(_) if arguments.people.len() > 1 => {
            return Err(
                Failure::invalid("onboarding", "one profile name for several people")
                    .advise("leave the name out: each profile is called after the address"),
            );
        }
        Some(name) => Some(ProfileWish::Named(name.to_owned())),
    };
    let mut people = Vec::new();
    for address in &arguments.people {
        email::check(address).map_err(|why| {
            Failure::invalid(format!("onboarding {address}"), why)
                .advise("write the address that the person signs in with")
        })?;
        people.push(Newcomer {
            line: 0,
            email: address.trim().to_owned(),
            groups: arguments.groups.clone(),
            profile: profile.clone(),
            attributes: arguments.attributes.iter().cloned().collect(),
        });
    }
    Ok((people, Vec::new()))
}

/// The people of a CSV file, and the lines that cannot be used.
pub(super) fn from_file(file: &Path) -> Result<(Vec<Newcomer>, Vec<Refused>), Failure> {
    let name = file.display().to_string();
    let bytes = fs::read(file).map_err(|error| {
        Failure::invalid(format!("reading {name}"), error.to_string())
            .advise("name a CSV file with the columns email, groups and profile")
    })?;
    let roster = roster::parse(&bytes, &name)?;
    let refused = roster
        .problems
        .into_iter()
        .map(|problem| Refused {
            subject: problem.value.clone().unwrap_or_default(),
            line: problem.line,
            why: match &problem.field {
                Some(field) => format!("{field}: {}", problem.message),
                None => problem.message,
            },
        })
        .collect();
    Ok((roster.people, refused))
}

/// Verifies live what the new people may do: as a probe user of the same groups.
async fn prove(
    global: &Global,
    session: &Session,
    items: &[Item],
    survey: &Survey,
) -> Result<u8, Failure> {
    let contract = Contract::sample();
    let mut principals: Vec<Principal> = Vec::new();
    for item in items {
        let mut groups: Vec<String> = survey
            .user(&item.subject)
            .map(|user| survey.groups_of(&user.username).to_vec())
            .unwrap_or_default();
        for step in &item.steps {
            if let Step::AddToGroup { group, .. } = step {
                groups.push(group.clone());
            }
        }
        groups.sort();
        groups.dedup();
        if contract.rules_for(&groups).is_none() {
            continue;
        }
        let principal = Principal::in_groups(&groups);
        if !principals.contains(&principal) {
            principals.push(principal);
        }
    }
    if principals.is_empty() {
        output::note("no proof: nobody is in a group that the authorizer knows");
        return Ok(OK);
    }
    output::note("proving what they may do, by requests that change nothing…");
    let summary = verify::prove(global, session, principals).await?;
    Ok(match summary {
        verify::Proof::AsDeclared => OK,
        verify::Proof::Otherwise => MISMATCH,
        verify::Proof::NotTested => UNREACHED,
    })
}
