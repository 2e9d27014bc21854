//! Onboarding: everything that a person gets, as one plan. Pure; a plan for people who have
//! everything already has no steps.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    Item, Place, Plan, Step,
    roster::{Newcomer, ProfileWish},
};
use crate::{
    access::{Contract, Matrix},
    domain::{
        ExecutionRole, MatchRule, Person, Principal, email, group::nearest, person::profile_name,
    },
};

/// How somebody new learns how to sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Welcome {
    /// Cognito writes an e-mail with a temporary password.
    #[default]
    Mail,
    /// A temporary password is made and told once, to be handed over.
    Shown,
    /// Nobody is told: an invitation or a password follows later.
    Silent,
}

/// What is known of the deployment that somebody joins.
#[derive(Clone, Debug)]
pub struct House<'a> {
    /// Where it is.
    pub place: Place,
    /// Everybody who is there already.
    pub people: &'a [Person],
    /// The names of the pool's groups.
    pub groups: &'a [String],
    /// The execution roles.
    pub roles: &'a [ExecutionRole],
    /// Which role belongs to which group.
    pub matrix: &'a Matrix,
    /// Which group decides for somebody in several.
    pub contract: &'a Contract,
    /// Which profile belongs to which user.
    pub rule: &'a MatchRule,
    /// Whether users are created by their address; else by the part before its `@`, since
    /// pools that have the address as an alias refuse it as a name.
    pub named_by_address: bool,
}

/// Somebody who cannot be planned for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Whom.
    pub subject: String,
    /// The line of the file, where there is one.
    pub line: u64,
    /// Why, and what to do.
    pub why: String,
}

/// A plan with what it leaves out.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The plan.
    pub plan: Plan,
    /// Who has everything already.
    pub complete: Vec<String>,
    /// Who cannot be planned for.
    pub refused: Vec<Refused>,
    /// What should be known beside the calls.
    pub notes: Vec<String>,
}

/// Plans for `newcomers` whatever they do not have yet.
pub fn onboard(newcomers: &[Newcomer], welcome: Welcome, house: &House<'_>) -> Draft {
    let known = Known::of(house.people);
    let mut items = Vec::new();
    let mut asked = HashMap::new();
    let mut draft = Draft {
        plan: Plan::new(String::new(), house.place.clone(), Vec::new()),
        complete: Vec::new(),
        refused: Vec::new(),
        notes: Vec::new(),
    };
    for newcomer in newcomers {
        let planned = Planning {
            newcomer,
            welcome,
            house,
            known: &known,
            asked: &mut asked,
            notes: &mut draft.notes,
        }
        .steps();
        match planned {
            Ok(steps) if steps.is_empty() => draft.complete.push(newcomer.email.clone()),
            Ok(steps) => items.push(Item::new(newcomer.email.clone(), steps)),
            Err(why) => draft.refused.push(Refused {
                subject: newcomer.email.clone(),
                line: newcomer.line,
                why,
            }),
        }
    }
    draft.plan.title = match items.as_slice() {
        [one] => format!("onboard {}", one.subject),
        several => format!("onboard {} people", several.len()),
    };
    draft.plan.items = items;
    draft
}

/// Who is there, by what they are looked for.
struct Known<'a> {
    by_address: HashMap<String, Vec<&'a Person>>,
    by_profile: HashMap<String, &'a Person>,
}

impl<'a> Known<'a> {
    fn of(people: &'a [Person]) -> Self {
        let mut known = Self {
            by_address: HashMap::new(),
            by_profile: HashMap::new(),
        };
        for person in people {
            if let Some(user) = &person.user {
                let address = email::key(user.label());
                known.by_address.entry(address).or_default().push(person);
            }
            if let Some(profile) = &person.profile {
                known.by_profile.insert(profile.name.to_lowercase(), person);
            }
        }
        known
    }
}

/// Planning for one person.
struct Planning<'a> {
    newcomer: &'a Newcomer,
    welcome: Welcome,
    house: &'a House<'a>,
    known: &'a Known<'a>,
    /// Who asks for each profile, by its name in lower case.
    asked: &'a mut HashMap<String, String>,
    notes: &'a mut Vec<String>,
}

impl Planning<'_> {
    fn steps(&mut self) -> Result<Vec<Step>, String> {
        let (newcomer, house) = (self.newcomer, self.house);
        for group in &newcomer.groups {
            if !house.groups.contains(group) {
                let names = house.groups.iter().map(String::as_str);
                return Err(match nearest(names, group) {
                    Some(other) => format!("the pool has no group {group}: did you mean {other}?"),
                    None => format!(
                        "the pool has no group {group}; it has {}",
                        house.groups.join(", ")
                    ),
                });
            }
        }
        let there = self.known.by_address.get(&email::key(&newcomer.email));
        let there = match there.map(Vec::as_slice) {
            None | Some([]) => None,
            Some([one]) => Some(*one),
            Some(several) => {
                return Err(format!(
                    "{} users have this address: change them one by one",
                    several.len()
                ));
            }
        };
        let mut steps = Vec::new();
        let user = match there.and_then(|person| person.user.as_ref()) {
            None => self.create(&mut steps),
            Some(user) => {
                if !user.enabled {
                    self.notes.push(format!(
                        "{} is disabled and stays so: enable the user to let them in",
                        newcomer.email
                    ));
                }
                let wanted = newcomer.attributes.iter();
                let wanted = wanted.map(|(name, value)| (name.clone(), Some(value.clone())));
                steps.extend(Step::attributes(user, &wanted.collect()));
                user.username.clone()
            }
        };
        let has: &[String] = there.map_or(&[], |person| &person.groups);
        let missing = newcomer.groups.iter().filter(|group| !has.contains(group));
        steps.extend(missing.map(|group| Step::AddToGroup {
            user: user.clone(),
            group: group.clone(),
        }));
        let mut groups = has.to_vec();
        groups.extend(newcomer.groups.iter().cloned());
        steps.extend(self.profile(there, &groups)?);
        Ok(steps)
    }

    /// Makes the user; returns the name that the steps after it go by.
    fn create(&self, steps: &mut Vec<Step>) -> String {
        let newcomer = self.newcomer;
        let user = if self.house.named_by_address {
            newcomer.email.clone()
        } else {
            let local = newcomer.email.split('@').next().unwrap_or_default();
            local.to_owned()
        };
        let mut attributes = IndexMap::from([
            ("email".to_owned(), newcomer.email.clone()),
            ("email_verified".to_owned(), "true".to_owned()),
        ]);
        for (name, value) in &newcomer.attributes {
            attributes.insert(name.clone(), value.clone());
        }
        steps.push(Step::CreateUser {
            user: user.clone(),
            attributes,
            invite: self.welcome == Welcome::Mail,
        });
        if self.welcome == Welcome::Shown {
            steps.push(Step::SetPassword {
                user: user.clone(),
                permanent: false,
            });
        }
        user
    }

    fn profile(
        &mut self,
        there: Option<&Person>,
        groups: &[String],
    ) -> Result<Option<Step>, String> {
        let (newcomer, house) = (self.newcomer, self.house);
        let name = match &newcomer.profile {
            None | Some(ProfileWish::None) => return Ok(None),
            Some(ProfileWish::Named(name)) => name.clone(),
            Some(ProfileWish::Derived) if *house.rule == MatchRule::UserName => {
                return Err(
                    "profiles are matched by user name here, which Cognito makes up: name the \
                     profile, or match by `email-local-part` or by a tag"
                        .to_owned(),
                );
            }
            Some(ProfileWish::Derived) => profile_name(&newcomer.email),
        };
        let Some(domain) = house.place.domain_id.clone() else {
            return Err("there is no Studio domain to make a profile in".to_owned());
        };
        let role = role_for(house, groups);
        if let Some(profile) = there.and_then(|person| person.profile.as_ref()) {
            if let (Ok(role), Some(has)) = (&role, &profile.execution_role)
                && role != has
            {
                self.notes.push(format!(
                    "{} has the profile {} already, with another role than the group's: \
                     `mlwarden profiles set-role` changes it",
                    newcomer.email, profile.name
                ));
            }
            return Ok(None);
        }
        let first = self
            .asked
            .entry(name.to_lowercase())
            .or_insert_with(|| newcomer.email.clone());
        if *first != newcomer.email {
            return Err(format!(
                "{first} is to have the profile {name} too: give one of them another name"
            ));
        }
        if let Some(other) = self.known.by_profile.get(&name.to_lowercase()) {
            return Err(match &other.user {
                Some(user) => format!("the profile {name} belongs to {}", user.label()),
                None => format!(
                    "there is a profile {name} that belongs to nobody: give another name, or \
                     delete it first"
                ),
            });
        }
        let tags = match house.rule {
            MatchRule::Tag(key) => IndexMap::from([(key.clone(), newcomer.email.clone())]),
            _ => IndexMap::new(),
        };
        Ok(Some(Step::CreateProfile {
            domain,
            name,
            role: Some(role?),
            tags,
        }))
    }
}

/// The ARN of the execution role that belongs to whoever is in these groups.
fn role_for(house: &House<'_>, groups: &[String]) -> Result<String, String> {
    let Some(group) = house.contract.acts_as(groups) else {
        return Err(
            "a profile needs a group that the authorizer knows: it says which execution role"
                .to_owned(),
        );
    };
    let level = |principal| house.matrix.row_of(&principal, &[]).map(|row| &row.name);
    let levels: Vec<&String> = house
        .contract
        .rules_for(groups)
        .into_iter()
        .filter_map(|rules| level(Principal::Group(rules.name.clone())))
        .collect();
    let mut fitting = house.roles.iter().filter(|role| {
        let own = level(Principal::Role(role.arn.clone()));
        own.is_some_and(|own| levels.contains(&own))
    });
    match (fitting.next(), fitting.next()) {
        (Some(role), None) => Ok(role.arn.clone()),
        (None, _) => Err(format!(
            "no execution role of this deployment belongs to {group}: say which in the matrix file"
        )),
        (Some(one), Some(other)) => Err(format!(
            "several execution roles belong to {group}, {} and {} among them: say which in the \
             matrix file",
            one.name, other.name
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{
        User, UserStatus,
        person::{Studio, join},
    };

    const READER: &str = "arn:aws:iam::1:role/Stack-sagemakermlflowreaderrole-1";
    const APPROVER: &str = "arn:aws:iam::1:role/Stack-sagemakermlflowmodelaprov-1";

    fn newcomer(email: &str, groups: &[&str]) -> Newcomer {
        Newcomer {
            line: 0,
            email: email.to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            profile: Some(ProfileWish::Derived),
            attributes: IndexMap::new(),
        }
    }

    /// Plans in a pool where ada is a reader without a profile.
    fn planned(newcomers: &[Newcomer], rule: &MatchRule) -> Draft {
        let ada = User {
            username: "1".into(),
            email: Some("Ada@example.com".into()),
            status: UserStatus::Confirmed,
            enabled: true,
            created_at: None,
            modified_at: None,
            attributes: [("name".to_owned(), "Ada".to_owned())]
                .into_iter()
                .collect(),
        };
        let readers = ["readers".to_owned()];
        let groups = |user: &str| {
            if user == "1" { readers.as_slice() } else { &[] }
        };
        let people = join([Arc::new(ada)], groups, Studio::default(), rule);
        let called = |arn: &str| ExecutionRole {
            name: arn.rsplit('/').next().unwrap().to_owned(),
            arn: arn.to_owned(),
            profiles: Vec::new(),
        };
        let names = ["admins", "readers", "model-approvers"].map(str::to_owned);
        let house = House {
            place: Place {
                domain_id: Some("d-1".into()),
                ..Place::default()
            },
            people: &people,
            groups: &names,
            roles: &[called(READER), called(APPROVER)],
            matrix: &Matrix::sample(),
            contract: &Contract::sample(),
            rule,
            named_by_address: true,
        };
        onboard(newcomers, Welcome::Shown, &house)
    }

    fn plan(newcomers: &[Newcomer]) -> Draft {
        planned(newcomers, &MatchRule::default())
    }

    #[test]
    fn somebody_new_gets_everything_and_the_role_of_the_group() {
        let draft = plan(&[newcomer("eve@example.com", &["model-approvers"])]);
        let steps = &draft.plan.items[0].steps;
        let calls: Vec<_> = steps.iter().map(Step::call).collect();
        assert_eq!(
            calls,
            [
                "cognito-idp:AdminCreateUser",
                "cognito-idp:AdminSetUserPassword",
                "cognito-idp:AdminAddUserToGroup",
                "sagemaker:CreateUserProfile"
            ]
        );
        assert!(matches!(&steps[3], Step::CreateProfile { name, role, .. }
                if name == "eve" && role.as_deref() == Some(APPROVER)));
    }

    #[test]
    fn who_is_there_gets_what_is_missing_and_nothing_else() {
        let mut ada = newcomer("ada@example.com", &["readers"]);
        ada.attributes.insert("name".into(), "Ada".into());
        let draft = plan(&[ada.clone()]);
        let calls: Vec<_> = draft.plan.items[0].steps.iter().map(Step::call).collect();
        assert_eq!(calls, ["sagemaker:CreateUserProfile"]);
        ada.profile = None;
        let draft = plan(&[ada]);
        assert_eq!((draft.plan.steps(), draft.complete.len()), (0, 1));
    }

    #[test]
    fn what_cannot_be_planned_says_why_and_keeps_nobody_else_from_it() {
        let draft = plan(&[
            newcomer("a@example.com", &["reader"]),
            newcomer("b@example.com", &[]),
            newcomer("eve@example.com", &["readers"]),
            newcomer("eve@example.org", &["readers"]),
        ]);
        let why: Vec<&str> = draft.refused.iter().map(|one| one.why.as_str()).collect();
        assert_eq!(why.len(), 3, "{why:?}");
        assert!(why[0].contains("did you mean readers?"), "{why:?}");
        assert!(why[1].contains("needs a group"), "{why:?}");
        assert!(
            why[2].contains("eve@example.com is to have the profile eve too"),
            "{why:?}"
        );
        assert_eq!(draft.plan.items.len(), 1);
    }

    #[test]
    fn a_profile_carries_the_tag_that_it_is_matched_by() {
        let rule = MatchRule::Tag("owner".into());
        let draft = planned(&[newcomer("eve@example.com", &["readers"])], &rule);
        let last = draft.plan.items[0].steps.last().unwrap();
        assert!(matches!(last, Step::CreateProfile { tags, .. }
            if tags.get("owner").map(String::as_str) == Some("eve@example.com")));
        let refused = planned(
            &[newcomer("eve@example.com", &["readers"])],
            &MatchRule::UserName,
        );
        assert!(refused.refused[0].why.contains("matched by user name"));
    }
}
