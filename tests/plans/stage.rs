//! A sandbox with an administrator who plans, runs, is cut off and goes on.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    fs,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Mutex,
};

use aws_credential_types::Credentials;
use futures::FutureExt;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use mlwarden::{
    access::{Contract, Matrix},
    aws::{Cloud, Quotas, Target, WriteAccess, discovery},
    domain::{Deployment, Failure, MatchRule},
    plan::{
        Event, Journal, Outcome, Passwords, Place, Plan, PlanRecord, Runner, Tools,
        offboard::{Leaving, offboard},
        onboard::{self, House, Welcome},
        roster::{Newcomer, ProfileWish},
        survey::{Extent, Survey},
    },
    sandbox::{Options, Sandbox, sagemaker::Pace, world::POOL_ID},
};
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Where a run is cut off, seen from one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Before the journal says that the step is about to be made.
    Before,
    /// The journal says so, and the call was not made.
    Announced,
    /// The call was made, and the journal does not say so.
    Made,
}

/// A step of a plan: the places of its item and of itself.
pub type At = (usize, usize);

/// What ends a run in the middle; no hook hears it.
struct Killed;

pub struct Stage {
    pub sandbox: Sandbox,
    pub state: TempDir,
    pub cloud: Cloud,
    pub deployment: Deployment,
    /// The passwords that were told last, by the address.
    pub told: Mutex<HashMap<String, SecretString>>,
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(Options {
            demo: true,
            ..Options::default()
        })
        .await
    }

    /// A sandbox where nothing takes its time and no quota holds anything up.
    pub async fn with(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        sandbox.world().sagemaker.lock().set_pace(Pace::AT_ONCE);
        let environment = sandbox.environment();
        let target = Target {
            region: Some(environment["AWS_REGION"].clone()),
            endpoint_url: Some(environment["AWS_ENDPOINT_URL"].clone()),
            quotas: plenty(),
            ..Target::default()
        };
        let administrator = Credentials::new(
            &environment["AWS_ACCESS_KEY_ID"],
            &environment["AWS_SECRET_ACCESS_KEY"],
            None,
            None,
            "test",
        );
        let cloud = Cloud::connect_as(&target, administrator).await.unwrap();
        let deployment = discovery::discover(&cloud, discovery::Known::default(), |_| {}).await;
        Self {
            sandbox,
            state: tempfile::tempdir().unwrap(),
            cloud,
            deployment,
            told: Mutex::default(),
        }
    }

    pub fn writes() -> WriteAccess {
        WriteAccess::unless_read_only(false).unwrap()
    }

    pub fn place(&self) -> Place {
        Place::of(&self.deployment)
    }

    pub async fn survey(&self) -> Survey {
        let rule = MatchRule::default();
        Survey::everybody(&self.cloud, &self.place(), Extent::Studio, &rule)
            .await
            .unwrap()
    }

    /// Plans that these people join, and are told their passwords.
    pub async fn onboarding(&self, newcomers: &[Newcomer]) -> Plan {
        let survey = self.survey().await;
        let rule = MatchRule::default();
        let (people, groups) = (survey.people(&rule), survey.group_names());
        let roles = self.deployment.execution_roles.clone().unwrap().value;
        let house = House {
            place: self.place(),
            people: &people,
            groups: &groups,
            roles: &roles,
            matrix: &Matrix::sample(),
            contract: &Contract::sample(),
            rule: &rule,
            named_by_address: true,
        };
        let draft = onboard::onboard(newcomers, Welcome::Shown, &house);
        assert_eq!(draft.refused, []);
        draft.plan
    }

    /// Plans that these people leave.
    pub async fn offboarding(&self, addresses: &[&str], leaving: Leaving) -> Plan {
        let people = self.survey().await.people(&MatchRule::default());
        let who = people
            .iter()
            .filter(|person| addresses.contains(&person.label()));
        offboard(who, leaving, self.place())
    }

    pub fn journal(&self) -> Journal {
        Journal::open(self.state.path()).unwrap()
    }

    pub fn runner(&self, journal: Journal) -> Runner {
        Runner {
            tools: Tools {
                cloud: self.cloud.clone(),
                writes: Self::writes(),
                pool: POOL_ID.to_owned(),
                policy: None,
                passwords: Passwords::default(),
                packages: journal.packages(),
                caller: None,
                cancel: CancellationToken::new(),
            },
            journal,
        }
    }

    /// Runs a plan to its end; failures of items by their subject.
    pub async fn run(
        &self,
        journal: Journal,
        record: &PlanRecord,
    ) -> Result<(Outcome, BTreeMap<String, Failure>), Failure> {
        let failures = Mutex::new(BTreeMap::new());
        let subject = |at: usize| record.plan.items[at].subject.clone();
        let outcome = self
            .runner(journal)
            .run(record, |event| match event {
                Event::Secret(at, secret) => {
                    self.told.lock().unwrap().insert(subject(at), secret);
                }
                Event::Item(at, Err(failure)) => {
                    failures.lock().unwrap().insert(subject(at), failure);
                }
                _ => {}
            })
            .await?;
        Ok((outcome, failures.into_inner().unwrap()))
    }

    /// Runs a new plan, and everything is made.
    pub async fn complete(&self, plan: Plan) -> PlanRecord {
        let journal = self.journal();
        let record = journal.plan(plan).unwrap();
        let (outcome, failures) = self.run(journal, &record).await.unwrap();
        assert!(outcome.is_complete(), "{failures:?}");
        self.found(&record)
    }

    /// Goes on with a plan as the next process does.
    pub async fn resume(&self, record: &PlanRecord) -> (Outcome, BTreeMap<String, Failure>) {
        let journal = self.journal();
        let found = journal.find_plan(&record.plan.id.to_string()).unwrap();
        self.run(journal, &found).await.unwrap()
    }

    /// The plan as the journal has it now.
    pub fn found(&self, record: &PlanRecord) -> PlanRecord {
        let id = record.plan.id.to_string();
        self.journal().find_plan(&id).unwrap()
    }

    /// Runs a plan until it is cut off at a step. True where it came to that.
    pub async fn cut_off(&self, journal: Journal, record: &PlanRecord, at: At, cut: Cut) -> bool {
        let last = record.plan.items[at.0].steps.len() - 1;
        let die = |event: &Event| match (cut, event) {
            (Cut::Before | Cut::Announced, Event::Step(item, step)) => (*item, *step) == at,
            (Cut::Made, Event::Step(item, step)) => {
                at.1 < last && (*item, *step) == (at.0, at.1 + 1)
            }
            (Cut::Made, Event::Item(item, Ok(()))) => at.1 == last && *item == at.0,
            _ => false,
        };
        let runner = self.runner(journal.clone());
        let run = runner.run(record, |event| {
            if die(&event) {
                resume_unwind(Box::new(Killed));
            }
            if let Event::Secret(item, secret) = event {
                let subject = record.plan.items[item].subject.clone();
                self.told.lock().unwrap().insert(subject, secret);
            }
        });
        let was_cut = match AssertUnwindSafe(run).catch_unwind().await {
            Ok(ended) => {
                ended.unwrap();
                false
            }
            Err(why) => {
                assert!(why.is::<Killed>(), "it failed by itself");
                true
            }
        };
        if was_cut {
            match cut {
                Cut::Before => {}
                Cut::Announced => {
                    journal.stepping(record, at.0, at.1).unwrap();
                }
                Cut::Made => self.forget_last_line(at),
            }
        }
        was_cut
    }

    /// Takes away the journal's last line, which says that a step was made.
    fn forget_last_line(&self, at: At) {
        let file = self.state.path().join("journal.jsonl");
        let text = fs::read_to_string(&file).unwrap();
        let (before, last) = text.trim_end().rsplit_once('\n').unwrap();
        let line: serde_json::Value = serde_json::from_str(last).unwrap();
        let made = &line["state"]["stepped"];
        assert_eq!(
            (made["item"].as_u64(), made["step"].as_u64()),
            (Some(at.0 as u64), Some(at.1 as u64)),
            "{last}"
        );
        fs::write(file, format!("{before}\n")).unwrap();
    }

    /// Dates the journal back, as if all of it had been written so much earlier.
    pub fn let_pass(&self, time: SignedDuration) {
        let file = self.state.path().join("journal.jsonl");
        let text = fs::read_to_string(&file).unwrap();
        let mut earlier = String::new();
        for line in text.lines() {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            let at: Timestamp = line["at"].as_str().unwrap().parse().unwrap();
            line["at"] = serde_json::json!(at - time);
            writeln!(earlier, "{line}").unwrap();
        }
        fs::write(file, earlier).unwrap();
    }

    /// Everything that plans change, by the names that people know.
    pub async fn snapshot(&self) -> Snapshot {
        let survey = self.survey().await;
        let mut snapshot = Snapshot::default();
        for user in &survey.users {
            let attributes = user.attributes.iter();
            let attributes = attributes.filter(|(name, _)| *name != "sub");
            let attributes = attributes.map(|(name, value)| format!("{name}={value}"));
            let mut facts: Vec<String> = attributes.collect();
            facts.sort();
            facts.push(format!("{} {}", user.status.as_str(), user.enabled));
            facts.extend(survey.groups_of(&user.username).iter().cloned());
            let users = snapshot.users.entry(user.label().to_owned()).or_default();
            users.push(facts);
        }
        for profile in &survey.studio.profiles {
            let facts = (profile.status.clone(), profile.execution_role.clone());
            snapshot.profiles.insert(profile.name.clone(), facts);
        }
        snapshot.groups = survey.group_names();
        let spaces = survey.studio.spaces.iter().map(|space| space.name.clone());
        snapshot.spaces = spaces.collect();
        snapshot.spaces.sort();
        let running = survey
            .studio
            .apps
            .iter()
            .filter(|app| app.status.as_str() == "InService");
        snapshot.apps = running.map(|app| format!("{:?}", app.id())).collect();
        snapshot.apps.sort();
        snapshot
    }

    /// The password in force of the user with this address.
    pub async fn password(&self, address: &str) -> String {
        let user = self.cloud.cognito.user(POOL_ID, address).await.unwrap();
        let held = self.sandbox.world().cognito.lock();
        held.password(POOL_ID, &user.username).unwrap()
    }

    /// Whoever was told a password can use it.
    pub async fn assert_told(&self, addresses: &[&str]) {
        for address in addresses {
            let told = self.told.lock().unwrap().get(*address).cloned();
            let told = told.unwrap_or_else(|| panic!("{address} was told no password"));
            assert_eq!(self.password(address).await, told.expose_secret());
        }
    }

    /// How often an operation was called.
    pub fn calls(&self, operation: &str) -> u64 {
        self.sandbox.world().traffic.lock().count(operation).calls
    }
}

/// Everything that plans change. Users of one address are listed together, so that one made
/// twice is seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub users: BTreeMap<String, Vec<Vec<String>>>,
    pub groups: Vec<String>,
    pub profiles: BTreeMap<String, (String, Option<String>)>,
    pub spaces: Vec<String>,
    pub apps: Vec<String>,
}

/// Every step of a plan.
pub fn steps_of(plan: &Plan) -> Vec<At> {
    let items = plan.items.iter().enumerate();
    items
        .flat_map(|(at, item)| (0..item.steps.len()).map(move |step| (at, step)))
        .collect()
}

pub fn newcomer(address: &str, groups: &[&str], profile: bool) -> Newcomer {
    Newcomer {
        line: 0,
        email: address.to_owned(),
        groups: groups.iter().map(ToString::to_string).collect(),
        profile: profile.then_some(ProfileWish::Derived),
        attributes: IndexMap::from([("name".to_owned(), format!("Name of {address}"))]),
    }
}

/// Two people with everything that one can get.
pub const TWO: [&str; 2] = ["grace.hopper@example.com", "edsger@example.com"];

pub fn two() -> Vec<Newcomer> {
    vec![
        newcomer(TWO[0], &["readers", "model-approvers"], true),
        newcomer(TWO[1], &["admins", "readers"], true),
    ]
}

fn plenty() -> Quotas {
    let many = std::num::NonZeroU32::new(10_000).unwrap();
    Quotas {
        user_list: many,
        user_read: many,
        user_update: many,
        user_creation: many,
        user_account_recovery: many,
        user_resource_read: many,
        user_pool_read: many,
        user_pool_resource_read: many,
        user_pool_resource_update: many,
        studio_read: many,
        studio_change: many,
        ..Quotas::default()
    }
}
