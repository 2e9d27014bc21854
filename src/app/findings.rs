//! What an admin should act on, as far as the lists of people and groups tell it.

use std::sync::Arc;

use jiff::Timestamp;

use super::{lists::Memberships, rules::Rules, table::Rows};
use crate::{
    access::{Finding, Matrix, finding},
    domain::{ExecutionRole, Group, MatchRule, Person, User, person::join},
    plan::survey::StudioSurvey,
    probe::audit::{
        INVITATION_DAYS,
        judge::{self, Crowd},
    },
};

/// Everybody, as of one moment: to be judged off the UI task, since there may be many.
#[derive(Clone, Debug)]
pub struct People {
    /// The users.
    pub users: Rows<User>,
    /// Who is in which groups.
    pub memberships: Arc<Memberships>,
    /// The groups.
    pub groups: Vec<Group>,
    /// What Studio has, where that is known.
    pub studio: Option<Arc<StudioSurvey>>,
    /// By what users and profiles belong together.
    pub rule: MatchRule,
    /// Which role belongs to which group.
    pub matrix: Matrix,
    /// The execution roles.
    pub roles: Vec<ExecutionRole>,
    /// MLflow's version, where it is known.
    pub version: Option<String>,
    /// What the authorizer goes by.
    pub rules: Rules,
    /// When.
    pub at: Timestamp,
}

impl People {
    /// One person, one row.
    pub fn put_together(&self) -> Vec<Person> {
        let studio = self.studio.as_deref().map(StudioSurvey::all);
        let known = studio.is_some();
        let mut people = join(
            self.users.iter().cloned(),
            |user| self.memberships.groups(user),
            studio.unwrap_or_default(),
            &self.rule,
        );
        if known {
            let contract = self.rules.contract();
            finding::judge_roles(&mut people, &self.matrix, contract, &self.roles);
        } else {
            // Nobody has looked into Studio: that somebody has no profile is not known.
            for person in &mut people {
                person.mismatches.clear();
            }
        }
        people
    }

    /// The findings about them.
    pub fn findings(&self) -> Vec<Finding> {
        let contract = self.rules.contract();
        let groups = |user: &User| self.memberships.groups(&user.username);
        let crowd = Crowd {
            users: self
                .users
                .iter()
                .map(|user| (user.as_ref(), groups(user)))
                .collect(),
            groups: &self.groups,
            invitation_days: INVITATION_DAYS,
        };
        let mut findings = judge::crowd(&crowd, contract, self.at);
        findings.extend(judge::rules(contract, self.version.as_deref()));
        if self.studio.is_some() {
            let people = self.put_together();
            findings.extend(judge::persons(&people, &self.matrix, contract, &self.roles));
        }
        finding::sort(&mut findings);
        findings
    }
}
