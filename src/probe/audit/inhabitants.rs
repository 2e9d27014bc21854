//! Who and what is there: users with their groups, and what Studio has, each part for itself.

use super::{Terms, Unseen};
use crate::{
    aws::Cloud,
    domain::{Deployment, Failure, MatchRule, Person},
    plan::{
        Place,
        cleanup::Rule,
        survey::{Extent, StudioSurvey, Survey},
    },
};

/// The part of Studio without which nobody can say who has a profile.
const PROFILES: &str = "profiles";

/// Users, groups and Studio, as read.
#[derive(Clone, Debug)]
pub struct Inhabitants {
    /// Users and groups, or why they cannot be read.
    pub pool: Result<Survey, Failure>,
    /// What Studio has, as far as it may be read; none where its domain is not known.
    pub studio: Option<StudioSurvey>,
    /// The parts of Studio that could not be looked at.
    pub unseen: Vec<Unseen>,
    has_profiles: bool,
}

impl Inhabitants {
    /// Reads them.
    pub(super) async fn read(cloud: &Cloud, deployment: &Deployment, terms: &Terms) -> Self {
        let mut read = Self {
            pool: Ok(Survey::default()),
            studio: None,
            unseen: Vec::new(),
            has_profiles: false,
        };
        let pool = Box::pin(pool(cloud, deployment));
        let studio = Box::pin(read.look_at_studio(cloud, deployment, terms));
        let (pool, ()) = futures::join!(pool, studio);
        read.pool = pool;
        read
    }

    /// What Studio has; when apps were last active only where a policy asks for it.
    async fn look_at_studio(&mut self, cloud: &Cloud, deployment: &Deployment, terms: &Terms) {
        let domain = match deployment.need("domain_id", deployment.domain_id.as_ref()) {
            Ok(domain) => domain,
            Err(failure) => return self.unseen.push(Unseen::new("Studio", failure)),
        };
        let (mut studio, failed) = StudioSurvey::read_parts(cloud, domain, &terms.rule).await;
        self.has_profiles = failed.iter().all(|(part, _)| *part != PROFILES);
        let failed = failed.into_iter();
        let failed = failed.map(|(part, failure)| Unseen::new(format!("Studio {part}"), failure));
        self.unseen.extend(failed);
        if terms.policies.iter().any(Rule::asks_for_idleness) {
            let known = studio.apps.clone();
            match cloud.sagemaker.with_activity(known).await {
                Ok(apps) => studio.apps = apps,
                Err(failure) => {
                    self.unseen
                        .push(Unseen::new("when apps were active", failure));
                }
            }
        }
        self.studio = Some(studio);
    }

    /// Whether the profiles were read: else that somebody has none is not known.
    pub fn has_profiles(&self) -> bool {
        self.has_profiles
    }

    /// One person, one row, with what does not fit together as far as it is known.
    ///
    /// # Errors
    /// What reading the pool said: without users nobody can be put together.
    pub fn people(&self, rule: &MatchRule) -> Result<Vec<Person>, Failure> {
        let mut survey = self.pool.clone()?;
        survey.studio = self.studio.clone().unwrap_or_default();
        let mut people = survey.people(rule);
        if !self.has_profiles {
            for person in &mut people {
                person.mismatches.clear();
            }
        }
        Ok(people)
    }
}

async fn pool(cloud: &Cloud, deployment: &Deployment) -> Result<Survey, Failure> {
    deployment.need("user_pool_id", deployment.user_pool_id.as_ref())?;
    let place = Place::of(deployment);
    Survey::everybody(cloud, &place, Extent::Pool, &MatchRule::default()).await
}
