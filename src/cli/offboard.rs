//! `mlwarden offboard`: people are stopped at once, then lose what was chosen, as one plan.

use jiff::{SignedDuration, Timestamp};

use super::{
    args::{Global, Offboard},
    carry_out, onboard, output,
    session::Session,
    users,
};
use crate::{
    domain::{ErrorClass, Failure, Person, email},
    plan::{
        Place, Refused,
        offboard::{Leaving, offboard},
        survey::{Extent, Survey},
    },
};

/// Plans, shows, asks, runs.
pub(super) async fn run(global: &Global, arguments: Offboard) -> Result<u8, Failure> {
    let (names, refused) = match &arguments.file {
        Some(file) => {
            let (people, refused) = onboard::from_file(file)?;
            (people.into_iter().map(|one| one.email).collect(), refused)
        }
        None => (arguments.people.clone(), Vec::new()),
    };
    let leaving = if arguments.everything {
        Leaving::EVERYTHING
    } else {
        Leaving {
            groups: arguments.groups,
            apps: arguments.apps,
            spaces: arguments.spaces,
            profile: arguments.studio_profile,
            user: arguments.user,
        }
    };
    let session = Session::open(global).await?;
    session.pool()?;
    let place = Place::of(&session.deployment);
    let (cloud, rule) = (&session.cloud, &session.effective.rule);
    let contract = session.contract().await;
    let survey = Survey::of(cloud, &place, &names, Extent::Studio, rule, contract).await?;
    let everybody = survey.people(rule);
    let (leavers, unknown) = choose(&everybody, &names);
    if leavers.is_empty() {
        return Err(Failure::new(
            ErrorClass::NotFound,
            "offboarding",
            format!("nobody is called {}", names.join(", ")),
        )
        .advise("give a user name, an address, or the name of a Studio profile"));
    }
    let plan = offboard(leavers.iter().copied(), leaving, place);
    let complete = leavers
        .iter()
        .map(|person| person.label().to_owned())
        .filter(|label| plan.items.iter().all(|item| item.subject != *label))
        .collect();
    let mut proposal = users::with_consequences(&session, &survey, plan, complete).await;
    proposal.refused = refused;
    proposal.refused.extend(unknown);
    proposal.results = arguments.results;
    if leavers.iter().any(|person| person.user.is_some()) {
        proposal.notes.push(tokens_last(&session).await);
    }
    carry_out::propose(global, &session, proposal).await
}

/// The people that the names mean, and the names that mean nobody.
fn choose<'a>(everybody: &'a [Person], names: &[String]) -> (Vec<&'a Person>, Vec<Refused>) {
    let (mut chosen, mut unknown): (Vec<&Person>, _) = (Vec::new(), Vec::new());
    for name in names {
        match everybody.iter().find(|person| is_called(person, name)) {
            Some(person) if chosen.iter().all(|other| other.key != person.key) => {
                chosen.push(person);
            }
            Some(_) => {}
            None => unknown.push(Refused {
                subject: name.clone(),
                line: 0,
                why: "no user and no Studio profile is called so".to_owned(),
            }),
        }
    }
    (chosen, unknown)
}

/// Whether a name is that of a person's user, address or profile.
fn is_called(person: &Person, name: &str) -> bool {
    let user = person
        .user
        .as_ref()
        .is_some_and(|user| user.username == name || email::key(user.label()) == email::key(name));
    let profile = person.profile.as_ref();
    user || profile.is_some_and(|profile| profile.name.eq_ignore_ascii_case(name))
}

/// Until when somebody who signed in a moment ago gets through all the same.
async fn tokens_last(session: &Session) -> String {
    let seconds = match (session.pool(), &session.deployment.client_id) {
        (Ok(pool), Some(client)) => session
            .cloud
            .cognito
            .describe_client(pool, &client.value)
            .await
            .map(|client| client.id_token_seconds),
        _ => Ok(3_600),
    };
    // Cognito's own default, where nobody may say.
    let seconds = seconds.unwrap_or(3_600);
    let last = i64::try_from(seconds).unwrap_or(3_600);
    let until = Timestamp::now()
        .checked_add(SignedDuration::from_secs(last))
        .map_or_else(|_| "later".to_owned(), output::time);
    format!(
        "an ID token that is out already works until it expires, at the latest {until}: the \
         authorizer looks at its signature and its time only"
    )
}
