//! `mlwarden users`: Cognito users with their groups, and every change of them.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{
    args::{Global, Output, Password, Users, UsersCommand},
    ask, backup,
    carry_out::{self, Proposal},
    groups,
    joining::{checked_attributes, create},
    output::{self, Listing},
    session::Session,
};
use crate::{
    access::Catalog,
    aws::cognito::{MfaPreference, Pool},
    domain::{Failure, Mismatch, User},
    plan::{
        Attributes, Item, Passwords, Place, Plan, Refused, Step, consequence, password, roster,
        survey::{Extent, Survey, find_user},
    },
};

/// Runs one of them.
pub(super) async fn run(global: &Global, command: UsersCommand) -> Result<u8, Failure> {
    match command {
        UsersCommand::List { group } => list(global, group.as_deref()).await,
        UsersCommand::Show { user } => Box::pin(show(global, &user)).await,
        UsersCommand::Create {
            users,
            groups,
            attributes,
            welcome,
            password,
        } => {
            let attributes = attributes.into_iter().collect();
            Box::pin(create(global, users, groups, attributes, welcome, password)).await
        }
        UsersCommand::SetPassword {
            user,
            password,
            generate,
        } => Box::pin(set_password(global, user, password, generate)).await,
        UsersCommand::Set {
            users,
            attributes,
            remove,
        } => {
            if attributes.is_empty() && remove.is_empty() {
                return Err(
                    Failure::invalid("setting attributes", "no attribute is named")
                        .advise("add --attribute NAME=VALUE or --remove NAME"),
                );
            }
            let wanted: IndexMap<String, String> = attributes.into_iter().collect();
            checked_attributes("setting attributes", &wanted)?;
            kept_attributes(&remove)?;
            let mut after: Attributes = wanted
                .into_iter()
                .map(|(name, value)| (name, Some(value)))
                .collect();
            after.extend(remove.into_iter().map(|name| (name, None)));
            each(global, users.users, "change the attributes of", |user| {
                Step::attributes(user, &after).into_iter().collect()
            })
            .await
        }
        UsersCommand::VerifyEmail(Users { users }) => {
            let after = Attributes::from([("email_verified".to_owned(), Some("true".to_owned()))]);
            each(global, users, "verify the address of", |user| {
                Step::attributes(user, &after).into_iter().collect()
            })
            .await
        }
        UsersCommand::Mfa {
            users,
            software_token,
            sms,
            email,
        } => {
            let preference = MfaPreference {
                software_token,
                sms,
                email,
                preferred: None,
            };
            if preference == MfaPreference::default() {
                return Err(
                    Failure::invalid("setting second factors", "none of them is named")
                        .advise("add --software-token, --sms or --email with on or off"),
                );
            }
            each(global, users.users, "set the second factors of", |user| {
                vec![Step::SetMfa {
                    user: name(user),
                    preference,
                }]
            })
            .await
        }
        UsersCommand::Export { file } => backup::export(global, file.as_deref()).await,
        UsersCommand::Backup { file } => backup::write(global, file.as_deref()).await,
        UsersCommand::Restore { file, welcome } => backup::restore(global, &file, welcome).await,
        other => Box::pin(run_simple(global, other)).await,
    }
}

/// Changes that need nothing but the users.
async fn run_simple(global: &Global, command: UsersCommand) -> Result<u8, Failure> {
    match command {
        UsersCommand::ResetPassword(Users { users }) => {
            each(global, users, "reset the password of", |user| {
                vec![Step::ResetPassword { user: name(user) }]
            })
            .await
        }
        UsersCommand::ResendInvite(Users { users }) => Box::pin(invite_again(global, &users)).await,
        UsersCommand::Confirm(Users { users }) => {
            each(global, users, "confirm", |user| {
                vec![Step::ConfirmUser { user: name(user) }]
            })
            .await
        }
        UsersCommand::Enable(Users { users }) => {
            each(global, users, "enable", |user| {
                wanted(!user.enabled, Step::EnableUser { user: name(user) })
            })
            .await
        }
        UsersCommand::Disable(Users { users }) => {
            each(global, users, "disable", |user| {
                wanted(user.enabled, Step::DisableUser { user: name(user) })
            })
            .await
        }
        UsersCommand::SignOut(Users { users }) => {
            each(global, users, "sign out", |user| {
                vec![Step::SignOut { user: name(user) }]
            })
            .await
        }
        UsersCommand::Delete(Users { users }) => {
            each(global, users, "delete", |user| {
                vec![Step::DeleteUser { user: name(user) }]
            })
            .await
        }
        _ => Ok(super::OK),
    }
}

/// Refuses to take away what nobody could be found or sign in without.
fn kept_attributes(remove: &[String]) -> Result<(), Failure> {
    for name in remove {
        let why = match name.as_str() {
            "email" => "people are found, and sign in, by it",
            "sub" => "Cognito alone writes it",
            _ => continue,
        };
        return Err(
            Failure::invalid(format!("removing the attribute {name}"), why)
                .advise("leave it out of --remove"),
        );
    }
    Ok(())
}

fn name(user: &User) -> String {
    user.username.clone()
}

fn wanted(wanted: bool, step: Step) -> Vec<Step> {
    if wanted { vec![step] } else { Vec::new() }
}

/// Every user with the groups, by paging the pool and each group's members.
async fn list(global: &Global, group: Option<&str>) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let place = Place::of(&session.deployment);
    session.pool()?;
    let rule = &session.effective.rule;
    let survey = Survey::everybody(&session.cloud, &place, Extent::Pool, rule).await?;
    if let Some(group) = group
        && survey.groups.iter().all(|other| other.name != group)
    {
        return Err(groups::unknown("listing users", group, &survey.groups));
    }
    let mut users: Vec<&User> = survey
        .users
        .iter()
        .map(AsRef::as_ref)
        .filter(|user| {
            group.is_none_or(|group| {
                let groups = survey.groups_of(&user.username);
                groups.iter().any(|name| name == group)
            })
        })
        .collect();
    users.sort_by(|a, b| (a.label(), &a.username).cmp(&(b.label(), &b.username)));
    if global.output == Output::Csv {
        // The same as an export: what `onboard --file` reads.
        let rows = users.iter();
        let rows = rows.map(|&user| (user, survey.groups_of(&user.username)));
        backup::put(None, &roster::to_csv(rows)?)?;
        return Ok(super::OK);
    }
    Listing {
        noun: "users",
        context: session.context(),
        columns: &["user", "status", "enabled", "groups", "created"],
        rows: users
            .iter()
            .map(|user| {
                vec![
                    user.label().to_owned(),
                    user.status.as_str().to_owned(),
                    user.enabled.to_string(),
                    survey.groups_of(&user.username).join(", "),
                    user.created_at.map_or_else(String::new, output::time),
                ]
            })
            .collect(),
        values: users
            .iter()
            .map(|user| value(user, survey.groups_of(&user.username)))
            .collect::<Result<_, _>>()?,
    }
    .print(global.output)
}

/// One user with everything that is known of it.
async fn show(global: &Global, name: &str) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let pool = session.pool()?.to_owned();
    let place = Place::of(&session.deployment);
    let cognito = &session.cloud.cognito;
    let found = find_user(&session.cloud, &pool, name).await?;
    let account = cognito.account(&pool, &found.username).await?;
    let user = &account.user;
    let rule = &session.effective.rule;
    let names = [user.username.clone()];
    let contract = session.contract().await;
    let (survey, devices) = futures::join!(
        Survey::of(
            &session.cloud,
            &place,
            &names,
            Extent::Studio,
            rule,
            contract
        ),
        cognito.devices(&pool, &user.username),
    );
    let survey = survey?;
    let groups = survey.groups_of(&user.username);
    let mut shown = value(user, groups)?;
    shown["acts_as"] = json!(contract.acts_as(groups));
    shown["mfa"] = json!(account.mfa);
    shown["preferred_mfa"] = json!(account.preferred_mfa);
    shown["devices"] = match devices {
        Ok(devices) => json!(devices),
        Err(failure) => json!(failure.to_string()),
    };
    let people = survey.people(rule);
    if let Some(person) = people.iter().find(|person| {
        person
            .user
            .as_ref()
            .is_some_and(|other| other.username == user.username)
    }) {
        shown["profile"] = json!(person.profile.as_ref().map(|profile| &profile.name));
        shown["execution_role"] = json!(person.role);
        shown["spaces"] = json!(person.spaces);
        let apps = person.apps.iter();
        shown["apps"] = json!(
            apps.map(|app| format!("{} {}", app.app_type, app.name))
                .collect::<Vec<_>>()
        );
        let mismatches = person.mismatches.iter();
        shown["mismatches"] = json!(mismatches.map(Mismatch::text).collect::<Vec<_>>());
    }
    if let Some(client) = &session.deployment.client_id
        && let Ok(client) = cognito.describe_client(&pool, &client.value).await
    {
        shown["tokens_last"] = json!(format!(
            "{} minutes: for so long a change of groups, a disable or a sign-out is not in effect yet",
            client.id_token_seconds / 60
        ));
    }
    output::one(session.context(), "user", shown, global.output)
}

fn value(user: &User, groups: &[String]) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(user)
        .map_err(|error| Failure::invalid("writing JSON", error.to_string()))?;
    value["groups"] = json!(groups);
    Ok(value)
}

/// Makes the same change of each of these users.
async fn each(
    global: &Global,
    names: Vec<String>,
    verb: &str,
    steps: impl Fn(&User) -> Vec<Step>,
) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let change = Change::of(&session, &names).await?;
    let proposal = change.proposal(verb, steps).await;
    carry_out::propose(global, &session, proposal).await
}

/// Sends invitations again, and says for how long they are good.
async fn invite_again(global: &Global, names: &[String]) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let mut proposal = Change::of(&session, names)
        .await?
        .proposal("invite again", |user| {
            vec![Step::ResendInvite { user: name(user) }]
        })
        .await;
    let pool = session.cloud.cognito.describe_pool(session.pool()?).await;
    proposal
        .notes
        .extend(pool.ok().and_then(|pool| good_for(&pool)));
    carry_out::propose(global, &session, proposal).await
}

/// For how long a temporary password is good.
pub(super) fn good_for(pool: &Pool) -> Option<String> {
    let days = pool.password_policy.as_ref()?.temporary_days;
    Some(format!(
        "the temporary password is good for {days} days; after that only `mlwarden users \
         resend-invite` helps, forgot-password does not"
    ))
}

/// Users that are to be changed.
pub(super) struct Change<'a> {
    session: &'a Session,
    pub survey: Survey,
    users: Vec<User>,
}

impl<'a> Change<'a> {
    /// Looks the users up.
    ///
    /// # Errors
    /// `NotFound` where one of them is not there: nothing is changed for the others either.
    pub async fn of(session: &'a Session, names: &[String]) -> Result<Self, Failure> {
        session.pool()?;
        let place = Place::of(&session.deployment);
        let rule = &session.effective.rule;
        let contract = session.contract().await;
        let survey =
            Survey::of(&session.cloud, &place, names, Extent::Pool, rule, contract).await?;
        let mut users: Vec<User> = Vec::new();
        for name in names {
            let user = survey.user(name)?;
            if users.iter().all(|other| other.username != user.username) {
                users.push(user.clone());
            }
        }
        Ok(Self {
            session,
            survey,
            users,
        })
    }

    /// What is proposed: the steps of each user, with what follows from them.
    pub async fn proposal(&self, verb: &str, steps: impl Fn(&User) -> Vec<Step>) -> Proposal {
        let (mut items, mut complete, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for user in &self.users {
            let subject = user.label().to_owned();
            let steps = steps(user);
            if let Some(why) = steps.iter().find_map(|step| step.unfit(user)) {
                let line = 0;
                refused.push(Refused { subject, line, why });
            } else if steps.is_empty() {
                complete.push(subject);
            } else {
                items.push(Item::new(subject, steps));
            }
        }
        let title = match items.as_slice() {
            [one] => format!("{verb} {}", one.subject),
            several => format!("{verb} {} users", several.len()),
        };
        let plan = Plan::new(title, Place::of(&self.session.deployment), items);
        Proposal {
            refused,
            ..with_consequences(self.session, &self.survey, plan, complete).await
        }
    }
}

/// A proposal with what changes for whom and what must be typed out.
pub(super) async fn with_consequences(
    session: &Session,
    survey: &Survey,
    plan: Plan,
    complete: Vec<String>,
) -> Proposal {
    let deployment = &session.deployment;
    let caller = deployment.caller_arn.as_ref();
    let pool = survey.pool(caller.map(|arn| arn.value.as_str()));
    let contract = session.contract().await;
    let catalog = Catalog::of(deployment);
    Proposal {
        changes: consequence::access_changes(&plan, &pool, contract, &catalog),
        guards: consequence::guards(&plan, &pool, contract),
        plan: Some(plan),
        complete,
        ..Proposal::default()
    }
}

async fn set_password(
    global: &Global,
    user: String,
    wanted: Password,
    generate: bool,
) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let names = [user.clone()];
    let change = Change::of(&session, &names).await?;
    let mut proposal = change
        .proposal("set the password of", |user| {
            vec![Step::SetPassword {
                user: name(user),
                permanent: wanted.permanent,
            }]
        })
        .await;
    if !generate && !global.dry_run {
        let username = change.users.first().map(name).unwrap_or_default();
        proposal.passwords = given(&session, &user, username, wanted).await?;
    }
    carry_out::propose(global, &session, proposal).await
}

/// A password that was handed in, checked against the pool's policy before anything is called.
pub(super) async fn given(
    session: &Session,
    label: &str,
    username: String,
    wanted: Password,
) -> Result<Passwords, Failure> {
    let password = ask::password(label, wanted.password_stdin)?;
    let pool = session.cloud.cognito.describe_pool(session.pool()?).await?;
    if let Some(policy) = &pool.password_policy {
        password::check(policy, &password)?;
    }
    Ok(Passwords::from([(username, password)]))
}
