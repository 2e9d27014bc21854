//! What the questions are answered from, read from the deployment: nobody is signed in for it,
//! nobody is made for it, and nothing is sent to the protected API.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{output, session::Session, verify};
use crate::{
    access::{
        Api, Catalog, Contract, Matrix, Route,
        audit::{Authorizer, House, KnownRole, Resident, Subject},
        door::{self, Door, Site},
    },
    domain::{AuthScheme, ErrorClass, ExecutionRole, Failure, Person, Principal, Profile, Role},
    plan::{
        Place,
        survey::{Extent, StudioSurvey, Survey},
    },
    probe::in_effect::Ground,
};

/// What is known of the deployment.
pub(super) struct Known {
    pub api: Api,
    pub catalog: Catalog,
    contract: Contract,
    groups: Vec<String>,
    roles: Vec<ExecutionRole>,
    documents: HashMap<String, Role>,
    profiles: Vec<Profile>,
    people: Vec<Person>,
    at: Timestamp,
}

impl Known {
    async fn start(session: &Session) -> Self {
        if session.deployment.mlflow_version.is_none() {
            output::note(&format!(
                "· MLflow's version is not known: the routes of {} are taken; \
                 give it by --mlflow-version",
                Catalog::ASSUMED
            ));
        }
        let contract = session.contract().await.clone();
        let from = match session.in_effect().await.ground {
            Ground::Package => "the rules that are published",
            Ground::Answers { .. } => "the rules that the authorizer's answers told",
            Ground::Assumed => "the rules of the sample's authorizer",
        };
        output::note(&format!(
            "· tokens are decided by {from}, signatures by the roles' own policies; \
             nothing is sent to the protected API"
        ));
        Self {
            api: Api::of(&session.deployment, session.cloud.region()),
            catalog: Catalog::of(&session.deployment),
            contract,
            groups: Vec::new(),
            roles: Vec::new(),
            documents: HashMap::new(),
            profiles: Vec::new(),
            people: Vec::new(),
            at: Timestamp::now(),
        }
    }

    /// Everybody; or all but the users.
    pub async fn everybody(session: &Session, with_users: bool) -> Result<Self, Failure> {
        let mut known = Self::start(session).await;
        let survey = survey(session, with_users);
        let roles = documents(session, session.deployment.roles().to_vec());
        let (survey, (roles, documents)) = tokio::join!(survey, roles);
        let survey = survey?;
        known.groups = survey.group_names();
        known.profiles.clone_from(&survey.studio.profiles);
        known.people = survey.people(&session.effective.rule);
        known
            .people
            .sort_by(|one, other| one.label().cmp(other.label()));
        (known.roles, known.documents) = (roles, documents);
        Ok(known)
    }

    /// What an answer about one principal needs.
    pub async fn of(session: &Session, principal: &Principal) -> Result<Self, Failure> {
        let mut known = Self::start(session).await;
        if !matches!(principal, Principal::User(_)) {
            verify::known(session, std::slice::from_ref(principal)).await?;
        }
        match principal {
            Principal::User(name) => {
                let survey = of_user(session, name, &known.contract).await?;
                let rule = &session.effective.rule;
                let user = survey
                    .user(name)
                    .map_err(|failure| named(failure, principal))?;
                let is = |person: &Person| {
                    person
                        .user
                        .as_ref()
                        .is_some_and(|one| one.username == user.username)
                };
                known.people = survey
                    .people(rule)
                    .into_iter()
                    .filter(|one| is(one))
                    .collect();
                known.groups = survey.group_names();
                let profiles = known
                    .people
                    .iter()
                    .filter_map(|person| person.profile.clone());
                known.profiles = profiles.collect();
                known
                    .read_roles(session, session.deployment.roles().to_vec())
                    .await;
            }
            Principal::Group(_) => {
                if let Ok(pool) = session.pool()
                    && let Ok(groups) = session.cloud.cognito.groups(pool).await
                {
                    known.groups = groups.into_iter().map(|group| group.name).collect();
                }
            }
            Principal::Role(name) => {
                let role = role(session, name).await?;
                known.read_roles(session, vec![role]).await;
            }
            Principal::Profile(name) => {
                known.profiles = profile(session, name).await.into_iter().collect();
                known
                    .read_roles(session, session.deployment.roles().to_vec())
                    .await;
            }
            Principal::Anonymous => {}
        }
        Ok(known)
    }

    async fn read_roles(&mut self, session: &Session, roles: Vec<ExecutionRole>) {
        (self.roles, self.documents) = documents(session, roles).await;
    }

    /// The same, to be asked.
    pub fn house(&self) -> House<'_> {
        let roles = self.roles.iter();
        House {
            api: &self.api,
            catalog: &self.catalog,
            authorizer: Authorizer::by(&self.contract),
            groups: &self.groups,
            roles: KnownRole::all(roles.map(|role| (role, self.documents.get(&role.arn)))),
            profiles: &self.profiles,
            at: self.at,
        }
    }

    /// The users with what belongs to them.
    pub fn residents(&self) -> impl Iterator<Item = Resident<'_>> {
        self.people.iter().filter_map(|person| {
            Some(Resident {
                user: person.user.as_deref()?,
                groups: &person.groups,
                profile: person.profile.as_ref(),
            })
        })
    }

    /// Who is asked about.
    ///
    /// # Errors
    /// There is no such role or profile.
    pub fn subject<'h>(
        &'h self,
        house: &'h House<'h>,
        principal: &Principal,
        groups: Option<&[String]>,
    ) -> Result<Subject<'h>, Failure> {
        let subject = match principal {
            Principal::User(_) => self
                .residents()
                .next()
                .map(|resident| Subject::of_resident(house, principal.clone(), resident)),
            other => house.subject(other),
        };
        let subject = subject.ok_or_else(|| {
            Failure::new(
                ErrorClass::NotFound,
                format!("looking for the execution role of {principal}"),
                "no profile of this domain has this name, or its role is not known",
            )
            .advise("list the profiles with `mlwarden profiles list`")
        })?;
        Ok(match groups {
            Some(groups) => {
                let named = groups.iter().map(|group| group.trim().to_owned());
                subject.supposing(named.filter(|group| !group.is_empty()).collect())
            }
            None => subject,
        })
    }

    /// The side doors of the roles.
    pub fn side_doors(&self, session: &Session, matrix: &Matrix) -> Vec<Door> {
        let site = Site::of(&session.deployment, session.cloud.region());
        let read = self.roles.iter().filter_map(|role| {
            let documents = self.documents.get(&role.arn)?;
            Some((role.clone(), documents.clone()))
        });
        let house = door::House::new(site, read, matrix, &self.contract, &self.catalog);
        let of_each = house.residents.iter();
        of_each
            .flat_map(|resident| door::doors(&house, resident))
            .collect()
    }
}

/// Why a question about a route makes no sense for a subject, where it makes none.
pub(super) fn check_scheme(subject: &Subject<'_>, route: &Route) -> Result<(), Failure> {
    if subject.schemes().contains(&route.scheme()) {
        return Ok(());
    }
    let what = format!("{} {}", route.method, route.path);
    Err(no_route(&what).advise(match route.scheme() {
        AuthScheme::Bearer => "groups and users use /ajax-api/…; roles use /api/…",
        AuthScheme::SigV4 => "roles use /api/…; groups and users use /ajax-api/…",
    }))
}

/// There is no such permission or route.
pub(super) fn no_route(what: &str) -> Failure {
    Failure::new(
        ErrorClass::NotFound,
        format!("looking for {what}"),
        "no permission and no route of this MLflow version has this name",
    )
    .advise("list the permissions with `mlwarden matrix show`")
}

/// The pool's groups, its users where they are wanted, and what Studio has. What cannot be read
/// of users and Studio is left out and said so; without groups there is no answer.
async fn survey(session: &Session, with_users: bool) -> Result<Survey, Failure> {
    let place = Place::of(&session.deployment);
    let rule = &session.effective.rule;
    let pool = async {
        if with_users {
            match Survey::everybody(&session.cloud, &place, Extent::Pool, rule).await {
                Ok(survey) => return Ok(survey),
                Err(failure) => output::note(&format!("· users are left out: {failure}")),
            }
        }
        Ok::<_, Failure>(Survey {
            groups: match session.pool() {
                Ok(pool) => session.cloud.cognito.groups(pool).await?,
                Err(_) => Vec::new(),
            },
            ..Survey::default()
        })
    };
    let studio = async {
        let domain = session.domain().ok()?;
        let read = StudioSurvey::read(&session.cloud, domain, rule, |_| {}).await;
        match read {
            Ok(studio) => Some(studio),
            Err(failure) => {
                output::note(&format!("· Studio profiles are left out: {failure}"));
                None
            }
        }
    };
    let (pool, studio) = tokio::join!(pool, studio);
    let mut survey = pool?;
    survey.studio = studio.unwrap_or_default();
    Ok(survey)
}

/// One user with groups and profile.
async fn of_user(session: &Session, name: &str, contract: &Contract) -> Result<Survey, Failure> {
    let place = Place::of(&session.deployment);
    let (names, rule) = ([name.to_owned()], &session.effective.rule);
    let of = |extent| Survey::of(&session.cloud, &place, &names, extent, rule, contract);
    match of(Extent::Profiles).await {
        Err(failure) if failure.class != ErrorClass::NotFound => {
            let survey = of(Extent::Pool).await?;
            output::note(&format!("· the Studio profile is not known: {failure}"));
            Ok(survey)
        }
        other => other,
    }
}

/// A failure that says who was asked about.
fn named(mut failure: Failure, principal: &Principal) -> Failure {
    if failure.class == ErrorClass::NotFound {
        failure = failure.advise(format!(
            "there is no {principal}: look at `mlwarden users list`"
        ));
    }
    failure
}

/// The execution role that a name or an ARN means: one of those found, else as IAM has it.
async fn role(session: &Session, name: &str) -> Result<ExecutionRole, Failure> {
    let known = session
        .deployment
        .roles()
        .iter()
        .find(|role| role.arn == name || role.name == name);
    if let Some(role) = known {
        return Ok(role.clone());
    }
    let short = name.rsplit('/').next().unwrap_or(name);
    let role = session.cloud.iam.role(short).await?;
    Ok(ExecutionRole {
        name: role.name,
        arn: role.arn,
        profiles: Vec::new(),
    })
}

/// One profile, as it is described; none where it cannot be.
async fn profile(session: &Session, name: &str) -> Option<Profile> {
    let (studio, domain) = (&session.cloud.sagemaker, session.domain().ok()?);
    let settings = studio.describe_domain(domain).await.ok();
    studio
        .describe_profile(domain, name, settings.as_ref())
        .await
        .ok()
}

/// The roles with their documents, where those can be read.
async fn documents(
    session: &Session,
    roles: Vec<ExecutionRole>,
) -> (Vec<ExecutionRole>, HashMap<String, Role>) {
    let mut documents = HashMap::new();
    let mut known = Vec::new();
    for (found, role) in session.cloud.iam.documents(&roles).await {
        match role {
            Ok(role) => {
                documents.insert(found.arn.clone(), role);
            }
            Err(failure) => {
                output::note(&format!("· role:{} is not known: {failure}", found.name));
            }
        }
        known.push(found);
    }
    (known, documents)
}
