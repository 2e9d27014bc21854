//! Who can do something in a pool of 100,000 users: 100 groups, some 2,000 combinations of them,
//! memberships loaded. The budget is 100 ms a question.

mod sample;

use std::{collections::BTreeSet, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use mlwarden::{
    access::{
        Catalog, Contract, Matrix, Pick,
        audit::{Authorizer, House, KnownRole, Resident, What},
        explain::explain,
    },
    app::lists::Memberships,
    domain::{
        Attributes, ExecutionRole, PolicySource, Principal, Profile, Role, RolePolicy, User,
        UserStatus,
    },
};

const USERS: usize = 100_000;
const GROUPS: usize = 100;
const COMBINATIONS: usize = 2_000;
const ROLES: usize = 200;
/// One user in so many has a Studio profile.
const WITH_PROFILE: usize = 10;

fn user(at: usize) -> User {
    User {
        username: format!("{at:08x}-0000-4000-8000-000000000000"),
        email: Some(format!("person-{at}@example.com")),
        status: UserStatus::Confirmed,
        enabled: !at.is_multiple_of(50),
        created_at: None,
        modified_at: None,
        attributes: Attributes::default(),
    }
}

/// Groups that are like the sample's three, in turn.
fn contract(groups: &[String], rule: Pick) -> Contract {
    let sample = Contract::sample();
    let like = ["readers", "model-approvers", "readers", "readers", "admins"];
    Contract {
        rule,
        groups: groups
            .iter()
            .enumerate()
            .filter_map(|(at, name)| {
                let mut rules = sample.group(like.get(at % like.len())?)?.clone();
                rules.name.clone_from(name);
                Some(rules)
            })
            .collect(),
        ..sample
    }
}

/// Who is in which groups, as the console keeps it.
fn memberships(users: &[User], groups: &[String]) -> Memberships {
    let mut members: Vec<Vec<String>> = vec![Vec::new(); groups.len()];
    for (at, user) in users.iter().enumerate() {
        let of = at % COMBINATIONS;
        let places: BTreeSet<usize> = [of, of * 7 + of / GROUPS, of * 13 + 5]
            .iter()
            .map(|place| place % GROUPS)
            .collect();
        for place in places {
            if let Some(members) = members.get_mut(place) {
                members.push(user.username.clone());
            }
        }
    }
    let pairs = groups
        .iter()
        .map(String::as_str)
        .zip(members.iter().map(Vec::as_slice));
    Memberships::of(pairs, true)
}

fn roles() -> Vec<(ExecutionRole, Role)> {
    let role = |at: usize| {
        let name = format!("role-{at}");
        let arn = format!("arn:aws:iam::123456789012:role/{name}");
        let ends = if at.is_multiple_of(5) { "*/*" } else { "GET/*" };
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5/*/{ends}"}}]}}"#
        );
        let found = ExecutionRole {
            name: name.clone(),
            arn: arn.clone(),
            profiles: Vec::new(),
        };
        let role = Role {
            name,
            arn,
            trust: "{}".to_owned(),
            policies: vec![RolePolicy {
                source: PolicySource::Inline("restApi".to_owned()),
                document,
            }],
        };
        (found, role)
    };
    (0..ROLES).map(role).collect()
}

fn profiles(roles: &[(ExecutionRole, Role)]) -> Vec<Profile> {
    roles
        .iter()
        .map(|(role, _)| Profile {
            domain_id: "d-1".to_owned(),
            name: format!("profile-of-{}", role.name),
            arn: None,
            status: "InService".to_owned(),
            execution_role: Some(role.arn.clone()),
            role_from_domain: false,
            created_at: None,
            modified_at: None,
        })
        .collect()
}

fn who_can(criterion: &mut Criterion) {
    let groups: Vec<String> = (0..GROUPS).map(|at| format!("group-{at:02}")).collect();
    let users: Vec<User> = (0..USERS).map(user).collect();
    let memberships = memberships(&users, &groups);
    let roles = roles();
    let profiles = profiles(&roles);
    let api = sample::api();
    let catalog = Catalog::for_version("3.17.2");
    let mut group = criterion.benchmark_group("who can, of 100,000 users");
    group.sample_size(20);
    for rule in [Pick::FirstMatch, Pick::Union] {
        let contract = contract(&groups, rule);
        let house = House {
            api: &api,
            catalog: &catalog,
            authorizer: Authorizer::by(&contract),
            groups: &groups,
            roles: KnownRole::all(roles.iter().map(|(found, role)| (found, Some(role)))),
            profiles: &profiles,
            at: Timestamp::UNIX_EPOCH,
        };
        for what in [
            "registered-models:register",
            "POST /ajax-api/2.0/mlflow/runs/create",
            "runs:*",
        ] {
            let name = format!("{} {what}", rule.as_str());
            let what: What = match what.parse() {
                Ok(what) => what,
                Err(error) => panic!("{error}"),
            };
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    let residents = users.iter().enumerate().map(|(at, user)| Resident {
                        user,
                        groups: memberships.groups(&user.username),
                        profile: (at % WITH_PROFILE == 0)
                            .then(|| profiles.get(at % ROLES))
                            .flatten(),
                    });
                    let answer = house.who_can(black_box(&what), residents, &[]);
                    assert_eq!(answer.users, USERS);
                    answer.count_users()
                });
            });
        }
    }
    group.finish();
}

fn why(criterion: &mut Criterion) {
    let contract = Contract::sample();
    let catalog = Catalog::for_version("3.17.2");
    let matrix = Matrix::sample();
    let groups = ["admins", "model-approvers", "readers"].map(str::to_owned);
    let api = sample::api();
    let house = House {
        api: &api,
        catalog: &catalog,
        authorizer: Authorizer::by(&contract),
        groups: &groups,
        roles: Vec::new(),
        profiles: &[],
        at: Timestamp::UNIX_EPOCH,
    };
    let trapped = Principal::Group("readers model-approvers".to_owned());
    let (Some(subject), Some(route)) = (
        house.subject(&trapped),
        catalog
            .routes()
            .iter()
            .find(|route| route.path == "/ajax-api/2.0/mlflow/registered-models/create"),
    ) else {
        panic!("the sample has no such group or route");
    };
    criterion.bench_function("why, with everything that would flip it", |bencher| {
        bencher.iter(|| explain(&house, &matrix, black_box(&subject), route));
    });
}

criterion_group!(benches, who_can, why);
criterion_main!(benches);
