//! What an admin should act on, as far as the lists of people and groups tell it.

use std::sync::Arc;

use jiff::Timestamp;

use super::{lists::Memberships, table::Rows};
use crate::{
    access::{Contract, Finding, Matrix, finding},
    domain::{ExecutionRole, Group, MatchRule, Person, User, person::join},
    plan::survey::StudioSurvey,
};

/// For how many days Cognito keeps a temporary password where the pool says nothing else.
const INVITATION_DAYS: u16 = 7;

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
            finding::judge_roles(&mut people, &self.matrix, &Contract::sample(), &self.roles);
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
        let contract = Contract::sample();
        let users = || self.users.iter().map(AsRef::as_ref);
        let groups = |user: &User| self.memberships.groups(&user.username);
        let mut findings: Vec<Finding> = users()
            .filter_map(|user| finding::several_groups(user, groups(user), &contract))
            .collect();
        findings.extend(finding::groupless(
            users().map(|user| (user, groups(user))),
            &contract,
        ));
        findings.extend(finding::unconfirmed(users()));
        findings.extend(finding::expired_invitations(
            users(),
            self.at,
            INVITATION_DAYS,
        ));
        findings.extend(finding::authorizer_order(&contract, &self.groups));
        findings.extend(finding::unknown_groups(&contract, &self.groups));
        if self.studio.is_some() {
            let people = self.put_together();
            findings.extend(finding::without_counterpart(&people));
            findings.extend(people.iter().filter_map(|person| {
                let groups = person.user.is_some().then_some(person.groups.as_slice());
                let profile = person.profile.as_ref()?;
                finding::profile_role(profile, groups, &self.matrix, &contract, &self.roles)
            }));
        }
        finding::sort(&mut findings);
        findings
    }
}
