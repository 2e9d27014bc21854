//! What plans about people are made from, read from the deployment: of a few people by a few
//! calls, of everybody page by page.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use futures::{StreamExt, TryStreamExt, stream};

use super::{
    Place,
    consequence::{self, Pool},
};
use crate::{
    access::Contract,
    aws::Cloud,
    domain::{
        ErrorClass, Failure, Group, MatchRule, Person, User, UserStatus, email,
        person::{join, profile_name},
    },
};

mod studio;

pub use studio::{StudioPart, StudioSurvey};

/// Calls that are under way at the same time; the adapters keep to the services' quotas.
const AT_ONCE: usize = 4;

/// What is known of people.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Users.
    pub users: Vec<Arc<User>>,
    /// The pool's groups.
    pub groups: Vec<Group>,
    /// The groups of each user, by user name, sorted.
    pub memberships: HashMap<String, Vec<String>>,
    /// What Studio has.
    pub studio: StudioSurvey,
}

/// What is to be known besides users and groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Nothing.
    Pool,
    /// The Studio profiles.
    Profiles,
    /// Profiles, spaces and apps.
    Studio,
}

impl Survey {
    /// Everybody.
    pub async fn everybody(
        cloud: &Cloud,
        place: &Place,
        extent: Extent,
        rule: &MatchRule,
    ) -> Result<Self, Failure> {
        Box::pin(Self::read_everybody(cloud, place, extent, rule)).await
    }

    async fn read_everybody(
        cloud: &Cloud,
        place: &Place,
        extent: Extent,
        rule: &MatchRule,
    ) -> Result<Self, Failure> {
        let pool = pool_of(place)?;
        let cognito = &cloud.cognito;
        let mut survey = Self::default();
        let mut parts = std::pin::pin!(cognito.memberships(pool));
        while let Some(part) = parts.next().await.transpose()? {
            survey.belong(&part.group.name, &part.users);
            if part.is_first {
                survey.groups.push(Group::clone(&part.group));
            }
        }
        survey
            .groups
            .sort_by(|one, other| one.name.cmp(&other.name));
        let mut pages = std::pin::pin!(cognito.users(pool));
        while let Some(page) = pages.next().await {
            survey.users.extend(page?.items.into_iter().map(Arc::new));
        }
        if extent != Extent::Pool
            && let Some(domain) = &place.domain_id
        {
            survey.studio = StudioSurvey::read(cloud, domain, rule, |_| {}).await?;
        }
        Ok(survey)
    }

    /// These people, by user name, e-mail address or profile name, and the members of the
    /// groups that may do everything by the `contract` in effect. Who is not there is not in it.
    pub async fn of(
        cloud: &Cloud,
        place: &Place,
        names: &[String],
        extent: Extent,
        rule: &MatchRule,
        contract: &Contract,
    ) -> Result<Self, Failure> {
        Box::pin(Self::read_some(cloud, place, names, extent, rule, contract)).await
    }

    async fn read_some(
        cloud: &Cloud,
        place: &Place,
        names: &[String],
        extent: Extent,
        rule: &MatchRule,
        contract: &Contract,
    ) -> Result<Self, Failure> {
        let pool = pool_of(place)?;
        let cognito = &cloud.cognito;
        let mut survey = Self {
            groups: cognito.groups(pool).await?,
            ..Self::default()
        };
        let found: Vec<Vec<(User, Vec<String>)>> = stream::iter(names.to_vec())
            .map(|name| async move {
                let mut found = Vec::new();
                for user in called(cloud, pool, &name).await? {
                    let groups = cognito.groups_of(pool, &user.username).await?;
                    let groups = groups.into_iter().map(|group| group.name).collect();
                    found.push((user, groups));
                }
                Ok::<_, Failure>(found)
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        for (user, mut groups) in found.into_iter().flatten() {
            groups.sort();
            survey.memberships.insert(user.username.clone(), groups);
            if survey
                .users
                .iter()
                .all(|other| other.username != user.username)
            {
                survey.users.push(Arc::new(user));
            }
        }
        let almighty: Vec<String> = consequence::almighty(contract)
            .filter(|name| survey.groups.iter().any(|group| group.name == **name))
            .map(ToOwned::to_owned)
            .collect();
        let asked = survey.users.clone();
        for (group, members) in members(cloud, pool, almighty).await? {
            survey.belong(&group, &members);
            let known = |user: &User| asked.iter().any(|other| other.username == user.username);
            let others = members.into_iter().filter(|user| !known(user));
            survey.users.extend(others.map(Arc::new));
        }
        if extent != Extent::Pool
            && let Some(domain) = &place.domain_id
        {
            survey.studio(cloud, domain, names, extent, rule).await?;
        }
        Ok(survey)
    }

    /// The profiles that may be those of `names`, and what is theirs.
    async fn studio(
        &mut self,
        cloud: &Cloud,
        domain: &str,
        names: &[String],
        extent: Extent,
        rule: &MatchRule,
    ) -> Result<(), Failure> {
        let studio = &cloud.sagemaker;
        let mut wanted: Vec<String> = if matches!(rule, MatchRule::Tag(_)) {
            // Only the tags themselves say whose a profile is.
            let all = studio.profiles(domain).await?;
            all.into_iter().map(|profile| profile.name).collect()
        } else {
            let of_users = self.users.iter().map(|user| match rule {
                MatchRule::UserName => profile_name(&user.username),
                _ => profile_name(user.label()),
            });
            names
                .iter()
                .map(|name| profile_name(name))
                .chain(of_users)
                .collect()
        };
        wanted.sort();
        wanted.dedup();
        let found = &mut self.studio;
        found.described(cloud, domain, wanted, rule).await?;
        if extent == Extent::Studio {
            found.spaces = studio.spaces(domain).await?;
            found.apps = studio.apps(domain).await?;
        }
        Ok(())
    }

    fn belong(&mut self, group: &str, members: &[User]) {
        for member in members {
            let groups = self.memberships.entry(member.username.clone()).or_default();
            if let Err(at) = groups.binary_search_by(|other| other.as_str().cmp(group)) {
                groups.insert(at, group.to_owned());
            }
        }
    }

    /// One person, one row.
    pub fn people(&self, rule: &MatchRule) -> Vec<Person> {
        join(
            self.users.iter().cloned(),
            |user| self.groups_of(user),
            self.studio.all(),
            rule,
        )
    }

    /// The user that a name means: the user name, or the address.
    ///
    /// # Errors
    /// `NotFound` where it is nobody's, `Invalid` where it is the address of several users.
    pub fn user(&self, name: &str) -> Result<&User, Failure> {
        let users = || self.users.iter().map(AsRef::as_ref);
        if let Some(user) = users().find(|user| user.username == name) {
            return Ok(user);
        }
        let address = email::key(name);
        only(
            name,
            users().filter(|user| email::key(user.label()) == address),
        )
    }

    /// The groups of a user.
    pub fn groups_of(&self, user: &str) -> &[String] {
        self.memberships
            .get(user)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The names of the groups.
    pub fn group_names(&self) -> Vec<String> {
        self.groups.iter().map(|group| group.name.clone()).collect()
    }

    /// Who is in which groups, for what follows from a plan.
    pub fn pool(&self, caller_arn: Option<&str>) -> Pool<'_> {
        Pool {
            groups: self
                .memberships
                .iter()
                .map(|(user, groups)| (user.as_str(), groups.as_slice()))
                .collect(),
            labels: self
                .users
                .iter()
                .map(|user| (user.username.as_str(), user.label()))
                .collect(),
            inactive: self
                .users
                .iter()
                .filter(|user| !user.enabled || user.status == UserStatus::Unconfirmed)
                .map(|user| user.username.as_str())
                .collect(),
            caller: caller_arn.and_then(|arn| self.caller(arn)),
        }
    }

    /// The user that the caller is: a session is usually called by whoever has it.
    fn caller(&self, arn: &str) -> Option<&User> {
        let session = arn.rsplit('/').next()?;
        self.users
            .iter()
            .map(AsRef::as_ref)
            .find(|user| consequence::is_caller(user, session))
    }
}

/// The one user that a name means.
///
/// # Errors
/// As of [`Survey::user`].
pub async fn find_user(cloud: &Cloud, pool: &str, name: &str) -> Result<User, Failure> {
    only(name, called(cloud, pool, name).await?)
}

/// The one of these users, who are all called so.
fn only<U: Borrow<User>>(name: &str, users: impl IntoIterator<Item = U>) -> Result<U, Failure> {
    let failed =
        |class, why: String| Failure::new(class, format!("looking for the user {name}"), why);
    let mut users: Vec<U> = users.into_iter().collect();
    match users.len() {
        0 => Err(failed(
            ErrorClass::NotFound,
            "the pool has none of this name or address".to_owned(),
        )
        .advise("`mlwarden users list` has them all")),
        1 => Ok(users.swap_remove(0)),
        several => {
            let names: Vec<&str> = users
                .iter()
                .map(|user| user.borrow().username.as_str())
                .collect();
            Err(failed(
                ErrorClass::Invalid,
                format!("{several} users have this address"),
            )
            .advise(format!("name one of them: {}", names.join(", "))))
        }
    }
}

/// Who is called so: by user name or alias, else by an address that is no alias, as it is with
/// those whom another identity provider signs in. Nobody where nobody can be called so.
async fn called(cloud: &Cloud, pool: &str, name: &str) -> Result<Vec<User>, Failure> {
    let absent =
        |failure: &Failure| matches!(failure.class, ErrorClass::NotFound | ErrorClass::Invalid);
    match cloud.cognito.user(pool, name).await {
        Ok(user) => Ok(vec![user]),
        Err(failure) if absent(&failure) && email::check(name).is_ok() => {
            cloud.cognito.users_with_address(pool, name).await
        }
        Err(failure) if absent(&failure) => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

/// The pool's id.
fn pool_of(place: &Place) -> Result<&str, Failure> {
    place.user_pool_id.as_deref().ok_or_else(|| {
        Failure::new(
            ErrorClass::NotFound,
            "looking for people",
            "the user pool is not known",
        )
        .advise("`mlwarden discover` says what is missing")
    })
}

async fn members(
    cloud: &Cloud,
    pool: &str,
    groups: Vec<String>,
) -> Result<BTreeMap<String, Vec<User>>, Failure> {
    stream::iter(groups)
        .map(|group| async move {
            let members = cloud.cognito.members(pool, &group).await?;
            Ok((group, members))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
