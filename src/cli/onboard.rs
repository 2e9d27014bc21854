//! `mlwarden onboard`: people get everything, as one plan, and then the proof of it.

use std::{fs, path::Path};

use super::{
    MISMATCH, OK, PARTLY, UNREACHED,
    args::{Global, Onboard},
    carry_out::{self, Carried},
    joining::{joining, named},
    output,
    session::Session,
    verify,
};
use crate::{
    domain::{
        Failure, Principal,
        person::{MAX_PROFILE, is_profile_name},
    },
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
        joining(global, &session, &newcomers, arguments.welcome, extent).await?;
    refused.append(&mut proposal.refused);
    refused.sort_by_key(|one| one.line);
    proposal.refused = refused;
    proposal.results = arguments.results.clone();
    let Carried { code, made } = carry_out::carry(global, &session, proposal).await?;
    if arguments.no_proof || made.is_empty() || !matches!(code, OK | PARTLY) {
        return Ok(code);
    }
    let proof = prove(global, &session, &made, &survey).await?;
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
        Some(name) if !is_profile_name(name) => {
            return Err(Failure::invalid(
                format!("onboarding with the Studio profile {name:?}"),
                "no profile can be called so",
            )
            .advise(format!(
                "give at most {MAX_PROFILE} of A-Z, a-z, 0-9 and -, a letter or a digit at both \
                 ends"
            )));
        }
        Some(name) => Some(ProfileWish::Named(name.to_owned())),
    };
    let wanted = Newcomer {
        line: 0,
        email: String::new(),
        groups: arguments.groups.clone(),
        profile,
        attributes: arguments.attributes.iter().cloned().collect(),
    };
    let people = named("onboarding", &arguments.people, &wanted)?;
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
    if roster.people.is_empty() && roster.problems.is_empty() {
        return Err(
            Failure::invalid(format!("reading {name}"), "nobody stands in it")
                .advise("write one person a line: email, groups, profile"),
        );
    }
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
    let contract = session.contract().await;
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
        if !contract.knows(&groups) {
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
        verify::Proof::Otherwise { .. } => MISMATCH,
        verify::Proof::NotTested => UNREACHED,
    })
}
