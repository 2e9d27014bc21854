//! A small deployment to ask about: the sample's groups and roles, and a few people.

use jiff::Timestamp;
use serde_json::json;

use super::{Authorizer, House, KnownRole, Resident, Subject};
use crate::{
    access::{
        Api, Catalog, Contract, Method, Route,
        sample::{self, READS},
    },
    domain::{
        Attributes, ExecutionRole, PolicySource, Principal, Profile, Role, RolePolicy, User,
        UserStatus,
    },
};

/// Where the roles are.
const ROLES: &str = "arn:aws:iam::123456789012:role/";
/// Where the methods are.
const ARN: &str = "arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5/prod/";

/// A deployment that tests may change before they ask.
pub struct Town {
    pub api: Api,
    pub catalog: Catalog,
    pub contract: Contract,
    pub groups: Vec<String>,
    pub roles: Vec<ExecutionRole>,
    pub documents: Vec<Role>,
    pub profiles: Vec<Profile>,
    pub people: Vec<Citizen>,
}

/// A user, the groups, and the profile by name.
pub struct Citizen {
    pub user: User,
    pub groups: Vec<String>,
    pub profile: Option<String>,
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

pub fn user(email: &str) -> User {
    User {
        username: format!("id-{email}"),
        email: Some(email.to_owned()),
        status: UserStatus::Confirmed,
        enabled: true,
        created_at: None,
        modified_at: None,
        attributes: Attributes::default(),
    }
}

/// A policy with one statement on these methods: `POST/api/2.0/mlflow/runs/search`.
pub fn policy(source: PolicySource, effect: &str, methods: &[&str]) -> RolePolicy {
    let resources: Vec<String> = methods.iter().map(|end| format!("{ARN}{end}")).collect();
    let statement = json!({
        "Effect": effect, "Action": "execute-api:Invoke", "Resource": resources,
    });
    RolePolicy {
        source,
        document: json!({"Version": "2012-10-17", "Statement": [statement]}).to_string(),
    }
}

/// An inline policy.
pub fn inline(name: &str, effect: &str, methods: &[&str]) -> RolePolicy {
    policy(PolicySource::Inline(name.to_owned()), effect, methods)
}

impl Town {
    /// The sample's three groups, roles and profiles, each with a user; nobody else.
    pub fn sample() -> Self {
        let mut town = Self {
            api: sample::api(),
            catalog: Catalog::for_version("2.12.2"),
            contract: Contract::sample(),
            groups: names(&["admins", "model-approvers", "readers"]),
            roles: Vec::new(),
            documents: Vec::new(),
            profiles: Vec::new(),
            people: Vec::new(),
        };
        let promotes = [
            READS.as_slice(),
            &[
                "POST/api/2.0/mlflow/model-versions/*",
                "POST/api/2.0/mlflow/registered-models/*",
            ],
        ]
        .concat();
        town.employ("x-sagemakermlflowadminrole-y", "mlflow-admin", &["*/*"]);
        town.employ("x-sagemakermlflowreaderrole-y", "mlflow-reader", &READS);
        town.employ(
            "x-sagemakermlflowmodelaprov-y",
            "mlflow-model-approver",
            &promotes,
        );
        for (name, group) in [
            ("mlflow-admin", "admins"),
            ("mlflow-reader", "readers"),
            ("mlflow-model-approver", "model-approvers"),
        ] {
            town.settle(&format!("{name}@example.com"), &[group], Some(name));
        }
        town
    }

    /// A role, and a profile that uses it.
    fn employ(&mut self, role: &str, profile: &str, methods: &[&str]) {
        let arn = format!("{ROLES}{role}");
        self.roles.push(ExecutionRole {
            name: role.to_owned(),
            arn: arn.clone(),
            profiles: vec![profile.to_owned()],
        });
        self.documents.push(Role {
            name: role.to_owned(),
            arn: arn.clone(),
            trust: "{}".to_owned(),
            policies: vec![inline("restApi", "Allow", methods)],
        });
        self.profiles.push(Profile {
            domain_id: "d-1".into(),
            name: profile.to_owned(),
            arn: None,
            status: "InService".into(),
            execution_role: Some(arn),
            role_from_domain: false,
            created_at: None,
            modified_at: None,
        });
    }

    /// A user who can sign in.
    pub fn settle(&mut self, email: &str, groups: &[&str], profile: Option<&str>) -> &mut User {
        self.people.push(Citizen {
            user: user(email),
            groups: names(groups),
            profile: profile.map(ToOwned::to_owned),
        });
        &mut self.people.last_mut().unwrap().user
    }

    /// The documents of the role whose name has this in it.
    pub fn role_mut(&mut self, part: &str) -> &mut Role {
        let has = |role: &&mut Role| role.name.contains(part);
        self.documents.iter_mut().find(has).unwrap()
    }

    pub fn house(&self) -> House<'_> {
        House {
            api: &self.api,
            catalog: &self.catalog,
            authorizer: Authorizer::by(&self.contract),
            groups: &self.groups,
            roles: KnownRole::all(self.roles.iter().map(|role| {
                let documents = self.documents.iter().find(|one| one.arn == role.arn);
                (role, documents)
            })),
            profiles: &self.profiles,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    pub fn residents(&self) -> impl Iterator<Item = Resident<'_>> {
        self.people.iter().map(|citizen| Resident {
            user: &citizen.user,
            groups: &citizen.groups,
            profile: citizen
                .profile
                .as_ref()
                .and_then(|name| self.profiles.iter().find(|profile| profile.name == *name)),
        })
    }

    /// A principal, also a user by address.
    pub fn subject<'h>(&'h self, house: &'h House<'h>, principal: &str) -> Subject<'h> {
        let principal: Principal = principal.parse().unwrap();
        match &principal {
            Principal::User(name) => {
                let resident = self
                    .residents()
                    .find(|resident| resident.user.email.as_ref() == Some(name))
                    .unwrap();
                Subject::of_resident(house, principal, resident)
            }
            other => house.subject(other).unwrap(),
        }
    }

    /// A route by what it is called.
    pub fn route(&self, text: &str) -> &Route {
        let (method, path) = text.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        self.catalog.find(method, path).unwrap()
    }
}
