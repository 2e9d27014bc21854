//! `mlwarden profiles`: Studio profiles with their owners, roles and costs, and every change of
//! them.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    apps,
    args::{Global, ProfilesCommand},
    carry_out::{self, Proposal},
    output::{self, Listing},
    session::Session,
};
use crate::{
    access::{Api, Catalog, Matrix, finding, policy_set, role_policy},
    domain::{
        App, AppOwner, Bill, ErrorClass, Failure, Mismatch, Person, Principal, Profile, Space,
        person::{MAX_PROFILE, is_profile_name},
    },
    plan::{
        Item, Place, Plan, Step,
        removal::{self, Holdings},
        survey::{Extent, StudioSurvey, Survey},
    },
};

/// Runs one of them.
pub(super) async fn run(global: &Global, command: ProfilesCommand) -> Result<u8, Failure> {
    match command {
        ProfilesCommand::List => Box::pin(list(global)).await,
        ProfilesCommand::Show { profile } => Box::pin(show(global, &profile)).await,
        ProfilesCommand::Create {
            profile,
            role,
            tags,
        } => Box::pin(create(global, profile, role, tags.into_iter().collect())).await,
        ProfilesCommand::SetRole { profile, role } => {
            Box::pin(set_role(global, &profile, &role)).await
        }
        ProfilesCommand::Delete { profiles } => Box::pin(delete(global, &profiles)).await,
    }
}

/// Something of Studio that is not there.
pub(super) fn not_there(noun: &str, name: &str) -> Failure {
    Failure::new(
        ErrorClass::NotFound,
        format!("looking for the {noun} {name}"),
        format!("the domain has no {noun} of this name"),
    )
    .advise(format!("`mlwarden {noun}s list` has them all"))
}

/// What belongs to one profile.
struct Belongings<'a> {
    profile: &'a Profile,
    owner: Option<&'a Person>,
    level: Option<String>,
    apps: Vec<&'a App>,
    spaces: Vec<&'a Space>,
}

impl<'a> Belongings<'a> {
    fn of(
        profile: &'a Profile,
        people: &'a [Person],
        studio: &'a StudioSurvey,
        matrix: &Matrix,
    ) -> Self {
        let is_theirs = |person: &&Person| {
            let theirs = person.profile.as_ref();
            theirs.is_some_and(|theirs| theirs.name == profile.name)
        };
        let spaces: Vec<&Space> = studio
            .spaces
            .iter()
            .filter(|space| space.owner.as_ref() == Some(&profile.name))
            .collect();
        let runs = |app: &&App| {
            app.is_there()
                && match &app.owner {
                    AppOwner::Profile(name) => *name == profile.name,
                    AppOwner::Space(name) => spaces.iter().any(|space| space.name == *name),
                }
        };
        Self {
            owner: people.iter().find(is_theirs),
            level: level(matrix, profile.execution_role.as_deref()),
            apps: studio.apps.iter().filter(runs).collect(),
            profile,
            spaces,
        }
    }

    fn owner(&self) -> Option<&str> {
        Some(self.owner?.user.as_ref()?.label())
    }

    fn value(&self, monthly: &Bill) -> Value {
        let mut value = json!(self.profile);
        value["owner"] = json!(self.owner());
        value["level"] = json!(self.level);
        value["running_apps"] = json!(self.apps.len());
        value["spaces"] = json!(
            self.spaces
                .iter()
                .map(|space| &space.name)
                .collect::<Vec<_>>()
        );
        value["monthly_usd"] = json!(monthly.known);
        value["of_unknown_price"] = json!(monthly.unknown);
        let mismatches = self.owner.map(|person| &person.mismatches);
        let mismatches = mismatches.into_iter().flatten().map(Mismatch::text);
        value["mismatches"] = json!(mismatches.collect::<Vec<_>>());
        value
    }
}

/// The access level that the matrix has a role at.
fn level(matrix: &Matrix, arn: Option<&str>) -> Option<String> {
    let row = matrix.row_of(&Principal::Role(arn?.to_owned()), &[])?;
    Some(row.name.clone())
}

/// Everybody with what Studio has.
async fn everybody(session: &Session, matrix: &Matrix) -> Result<(Survey, Vec<Person>), Failure> {
    session.domain()?;
    let place = Place::of(&session.deployment);
    let (cloud, rule) = (&session.cloud, &session.effective.rule);
    let survey = Survey::everybody(cloud, &place, Extent::Studio, rule).await?;
    let mut people = survey.people(rule);
    let roles = session.deployment.roles();
    let contract = session.contract().await;
    finding::judge_roles(&mut people, matrix, contract, roles);
    Ok((survey, people))
}

async fn list(global: &Global) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let matrix = session.effective.matrix(global)?;
    let (survey, people) = everybody(&session, &matrix).await?;
    let (prices, now) = (session.prices(), Timestamp::now());
    let mut profiles: Vec<&Profile> = survey.studio.profiles.iter().collect();
    profiles.sort_by(|one, other| one.name.cmp(&other.name));
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for profile in profiles {
        let theirs = Belongings::of(profile, &people, &survey.studio, &matrix);
        let costs = theirs.apps.iter().map(|app| prices.cost(app, now));
        let monthly: Bill = costs.map(crate::domain::Cost::monthly).collect();
        rows.push(vec![
            profile.name.clone(),
            theirs.owner().unwrap_or("nobody").to_owned(),
            role_name(profile).to_owned(),
            if profile.role_from_domain {
                "domain"
            } else {
                "own"
            }
            .to_owned(),
            theirs.level.clone().unwrap_or_default(),
            profile.status.clone(),
            theirs.apps.len().to_string(),
            monthly.to_string(),
        ]);
        values.push(theirs.value(&monthly));
    }
    Listing {
        noun: "profiles",
        context: session.context(),
        columns: &[
            "profile", "owner", "role", "from", "level", "status", "apps", "month",
        ],
        rows,
        values,
    }
    .print(global.output)
}

/// The execution role's name.
fn role_name(profile: &Profile) -> &str {
    let arn = profile.execution_role.as_deref().unwrap_or_default();
    arn.rsplit('/').next().unwrap_or(arn)
}

async fn show(global: &Global, name: &str) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let matrix = session.effective.matrix(global)?;
    // Before everybody is read.
    find(&session, name).await?;
    let (survey, people) = everybody(&session, &matrix).await?;
    let profile = survey.studio.profiles.iter().find(|one| one.name == name);
    let profile = profile.ok_or_else(|| not_there("profile", name))?;
    let theirs = Belongings::of(profile, &people, &survey.studio, &matrix);
    let (prices, now) = (session.prices(), Timestamp::now());
    let costs = theirs.apps.iter().map(|app| prices.cost(app, now));
    let monthly: Bill = costs.map(crate::domain::Cost::monthly).collect();
    let mut value = theirs.value(&monthly);
    value["groups"] = json!(theirs.owner.map(|person| &person.groups));
    let apps: Result<Vec<Value>, Failure> = theirs
        .apps
        .iter()
        .map(|app| apps::value(app, &prices, now))
        .collect();
    value["apps"] = json!(apps?);
    output::one(session.context(), "profile", value, global.output)
}

/// A profile with the role that is its own.
async fn find(session: &Session, name: &str) -> Result<Profile, Failure> {
    let (studio, domain) = (&session.cloud.sagemaker, session.domain()?);
    let found = if is_profile_name(name) {
        studio.find_profile(domain, name).await?
    } else {
        None
    };
    found.ok_or_else(|| not_there("profile", name))
}

/// The ARN of a role that is given by name or ARN: one of those found, else any ARN.
fn role_arn(session: &Session, role: &str) -> Result<String, Failure> {
    let found = session
        .deployment
        .roles()
        .iter()
        .find(|one| one.arn == role || one.name == role);
    if let Some(found) = found {
        return Ok(found.arn.clone());
    }
    if role.starts_with("arn:") {
        return Ok(role.to_owned());
    }
    let names: Vec<&str> = session
        .deployment
        .roles()
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    Err(Failure::new(
        ErrorClass::NotFound,
        format!("looking for the execution role {role}"),
        format!("found are: {}", names.join(", ")),
    )
    .advise("give one of these, or the ARN of another"))
}

async fn create(
    global: &Global,
    name: String,
    role: Option<String>,
    tags: IndexMap<String, String>,
) -> Result<u8, Failure> {
    if !is_profile_name(&name) {
        return Err(Failure::invalid(
            format!("creating the profile {name:?}"),
            "no profile can be called so",
        )
        .advise(format!(
            "give at most {MAX_PROFILE} of A-Z, a-z, 0-9 and -, a letter or a digit at both ends"
        )));
    }
    let session = Session::open(global).await?;
    let domain = session.domain()?.to_owned();
    let role = match role {
        Some(role) => Some(role_arn(&session, &role)?),
        None => None,
    };
    if let Some(there) = session.cloud.sagemaker.find_profile(&domain, &name).await? {
        return Err(Failure::invalid(
            format!("creating the profile {name}"),
            format!("there is one of this name, {}", there.status),
        )
        .advise("`mlwarden profiles set-role` gives it another role"));
    }
    let step = Step::CreateProfile {
        domain,
        name: name.clone(),
        role,
        tags,
    };
    let plan = Plan::new(
        format!("create the profile {name}"),
        Place::of(&session.deployment),
        vec![Item::new(name, vec![step])],
    );
    let proposal = Proposal {
        plan: Some(plan),
        ..Proposal::default()
    };
    carry_out::propose(global, &session, proposal).await
}

async fn set_role(global: &Global, name: &str, role: &str) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let matrix = session.effective.matrix(global)?;
    let profile = find(&session, name).await?;
    let after = role_arn(&session, role)?;
    let before = profile.execution_role.clone();
    let mut proposal = Proposal::default();
    if before.as_ref() == Some(&after) {
        proposal.complete.push(name.to_owned());
        return carry_out::propose(global, &session, proposal).await;
    }
    let domain = session
        .cloud
        .sagemaker
        .describe_domain(&profile.domain_id)
        .await?;
    let in_effect = before.clone().or(domain.default_execution_role);
    let level = |arn: Option<&str>| {
        level(&matrix, arn).unwrap_or_else(|| "no row of the matrix".to_owned())
    };
    proposal.notes.push(format!(
        "{name} in MLflow: {} (was {})",
        level(Some(&after)),
        level(in_effect.as_deref())
    ));
    proposal
        .notes
        .extend(gains_and_losses(&session, in_effect.as_deref(), &after).await);
    proposal.notes.push(
        "apps that run keep the role they were started with: delete them to have it in effect"
            .to_owned(),
    );
    let step = Step::SetProfileRole {
        domain: profile.domain_id,
        name: name.to_owned(),
        after,
        before,
    };
    proposal.plan = Some(Plan::new(
        format!("give {name} another execution role"),
        Place::of(&session.deployment),
        vec![Item::new(name, vec![step])],
    ));
    carry_out::propose(global, &session, proposal).await
}

/// What the policies of the new role give more, and less, than those of the old one. Whoever may
/// not read them is told so.
async fn gains_and_losses(session: &Session, before: Option<&str>, after: &str) -> Vec<String> {
    let name = |arn: &str| arn.rsplit('/').next().unwrap_or(arn).to_owned();
    let iam = &session.cloud.iam;
    let read = async |arn: &str| Ok::<_, Failure>(policy_set(&iam.role(&name(arn)).await?));
    let old = match before {
        Some(before) => read(before).await.map(Some),
        None => Ok(None),
    };
    let (old, new) = match (old, read(after).await) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(failure), _) | (_, Err(failure)) => {
            return vec![format!("what that gives and takes is not known: {failure}")];
        }
    };
    let catalog = Catalog::of(&session.deployment);
    let api = Api::of(&session.deployment, session.cloud.region());
    let (gains, loses) = role_policy::compared(old.as_ref(), &new, &api, &catalog);
    [("gains", gains), ("loses", loses)]
        .into_iter()
        .filter(|(_, permissions)| !permissions.is_empty())
        .map(|(word, permissions)| format!("{word} {}", permissions.join(", ")))
        .collect()
}

async fn delete(global: &Global, names: &[String]) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let (studio, domain) = (&session.cloud.sagemaker, session.domain()?);
    let (mut profiles, spaces, apps) = futures::try_join!(
        studio.profiles(domain),
        studio.spaces(domain),
        studio.apps(domain)
    )?;
    for name in names {
        if profiles.iter().all(|profile| profile.name != *name) {
            return Err(not_there("profile", name));
        }
    }
    profiles.retain(|profile| names.contains(&profile.name));
    let holdings = Holdings {
        apps: &apps,
        spaces: &spaces,
    };
    let proposal = Proposal {
        plan: Some(removal::profiles(
            &profiles,
            holdings,
            Place::of(&session.deployment),
        )),
        ..Proposal::default()
    };
    carry_out::propose(global, &session, proposal).await
}
