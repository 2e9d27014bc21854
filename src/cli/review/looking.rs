//! The people that a pack is made of, read from the deployment. What cannot be looked at is told, and does not take the rest down.

use crate::{
    access::{Contract, Matrix, finding},
    cli::session::Session,
    domain::{ExecutionRole, Failure, Person},
    plan::{
        Place,
        survey::{Extent, StudioSurvey, Survey},
    },
};

/// Everybody, as of now.
pub(super) struct Look {
    /// One person, one row.
    pub people: Vec<Person>,
    /// What could not be looked at.
    pub lost: Vec<String>,
}

impl Look {
    /// Reads everybody.
    ///
    /// # Errors
    /// The pool cannot be read: without users there is no review.
    pub async fn take(
        session: &Session,
        matrix: &Matrix,
        contract: &Contract,
    ) -> Result<Self, Failure> {
        let place = Place::of(&session.deployment);
        let (cloud, rule) = (&session.cloud, &session.effective.rule);
        let mut survey = Survey::everybody(cloud, &place, Extent::Pool, rule).await?;
        let mut lost = Vec::new();
        let studio = match session.domain() {
            Ok(domain) => StudioSurvey::read(cloud, domain, rule, |_| {}).await,
            Err(failure) => Err(failure),
        };
        let has_studio = studio.is_ok();
        match studio {
            Ok(studio) => survey.studio = studio,
            Err(failure) => lost.push(format!("Studio was not looked at: {failure}")),
        }
        let mut people = survey.people(rule);
        if has_studio {
            finding::judge_roles(&mut people, matrix, contract, roles(session));
        } else {
            // Nobody has looked into Studio: that somebody has no profile is not known.
            for person in &mut people {
                person.mismatches.clear();
            }
        }
        Ok(Self { people, lost })
    }
}

/// The execution roles that were found.
pub(super) fn roles(session: &Session) -> &[ExecutionRole] {
    let found = session.deployment.execution_roles.as_ref();
    found
        .map(|found| found.value.as_slice())
        .unwrap_or_default()
}
