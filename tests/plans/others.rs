//! Somebody else works on the same people meanwhile.

use indexmap::IndexMap;
use jiff::SignedDuration;
use mlwarden::{
    aws::{
        cognito::{Invitation, NewUser},
        sagemaker::NewProfile,
    },
    domain::ErrorClass,
    plan::PlanRecord,
    sandbox::world::POOL_ID,
};
use rstest::rstest;
use secrecy::SecretString;

use crate::stage::{Cut, Stage, TWO, two};

const THEIRS: &str = "Theirs-Al0ne!";

/// Less than what signatures are good for.
const WHILE: SignedDuration = SignedDuration::from_mins(10);

/// What somebody else makes while nobody works on the plan.
#[derive(Clone, Copy, Debug)]
enum Other {
    /// A user that was given a password already.
    SetUp,
    /// One who is to be called otherwise.
    Otherwise,
    /// The very same, but long after the run was cut off, and before it is gone on with.
    Later,
}

impl Other {
    async fn makes_it(self, stage: &Stage) {
        let (cognito, writes) = (&stage.cloud.cognito, Stage::writes());
        let clock = &stage.sandbox.world().clock;
        if matches!(self, Self::Later) {
            stage.let_pass(SignedDuration::from_hours(1));
            clock.advance(-WHILE);
        }
        let name = match self {
            Self::Otherwise => "Rear Admiral".to_owned(),
            _ => format!("Name of {}", TWO[0]),
        };
        let new = NewUser {
            username: TWO[0].to_owned(),
            attributes: IndexMap::from([
                ("email".to_owned(), TWO[0].to_owned()),
                ("email_verified".to_owned(), "true".to_owned()),
                ("name".to_owned(), name),
            ]),
            temporary_password: Some(THEIRS.into()),
            invitation: Invitation::Suppress,
        };
        cognito.create_user(&writes, POOL_ID, &new).await.unwrap();
        if matches!(self, Self::Later) {
            clock.advance(WHILE);
        }
        if matches!(self, Self::SetUp) {
            let password = SecretString::from(THEIRS);
            let set = cognito.set_password(&writes, POOL_ID, TWO[0], &password, true);
            set.await.unwrap();
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_user_that_somebody_else_made_is_not_touched(
    #[values(Other::SetUp, Other::Otherwise, Other::Later)] other: Other,
    #[values(Cut::Before, Cut::Announced)] cut: Cut,
) {
    let stage = Stage::new().await;
    let journal = stage.journal();
    let record = journal.plan(stage.onboarding(&two()).await).unwrap();
    assert!(stage.cut_off(journal, &record, (0, 0), cut).await);
    other.makes_it(&stage).await;
    let before = stage.snapshot().await.users[TWO[0]].clone();

    let (outcome, failures) = stage.resume(&record).await;
    assert_eq!((outcome.done, outcome.failed, outcome.left), (1, 1, 0));
    let failure = &failures[TWO[0]];
    assert_eq!(failure.class, ErrorClass::Conflict, "{failure}");
    assert!(failure.next_step().contains("plan again"), "{failure:?}");
    assert_eq!(stage.password(TWO[0]).await, THEIRS);
    let after = stage.snapshot().await;
    assert_eq!(after.users[TWO[0]], before);
    assert!(!after.profiles.contains_key("grace-hopper"));

    // Nor is it taken back with the plan.
    taken_back(&stage, &record).await;
    assert_eq!(stage.password(TWO[0]).await, THEIRS);
    assert_eq!(stage.snapshot().await.users[TWO[0]], before);
    assert!(!stage.snapshot().await.users.contains_key(TWO[1]));
}

#[tokio::test]
async fn what_the_plan_itself_made_long_ago_is_known_again() {
    let stage = Stage::new().await;
    let clock = &stage.sandbox.world().clock;
    let journal = stage.journal();
    clock.advance(-WHILE);
    let record = journal.plan(stage.onboarding(&two()).await).unwrap();
    assert!(stage.cut_off(journal, &record, (0, 0), Cut::Made).await);
    clock.advance(WHILE);
    stage.let_pass(WHILE);
    let (outcome, failures) = stage.resume(&record).await;
    assert!(outcome.is_complete(), "{failures:?}");
    stage.assert_told(&TWO).await;
    assert!(stage.found(&record).step(0, 0).unwrap().ours);
}

async fn taken_back(stage: &Stage, record: &PlanRecord) {
    let (back, _) = stage.found(record).inverse();
    stage.complete(back).await;
}

#[tokio::test]
async fn a_user_that_was_made_between_plan_and_run_is_not_touched() {
    let stage = Stage::new().await;
    let plan = stage.onboarding(&two()).await;
    Other::Otherwise.makes_it(&stage).await;
    let journal = stage.journal();
    let record = journal.plan(plan).unwrap();
    let (outcome, failures) = stage.run(journal, &record).await.unwrap();
    assert_eq!((outcome.done, outcome.failed), (1, 1));
    assert_eq!(failures[TWO[0]].class, ErrorClass::Conflict);
    assert_eq!(stage.password(TWO[0]).await, THEIRS);
}

#[tokio::test]
async fn a_profile_that_somebody_else_made_with_another_role_is_not_taken_over() {
    let stage = Stage::new().await;
    let plan = stage.onboarding(&two()).await;
    let journal = stage.journal();
    let record = journal.plan(plan).unwrap();
    assert!(
        stage
            .cut_off(journal, &record, (0, 4), Cut::Announced)
            .await
    );
    // It gets the domain's default role.
    let new = NewProfile {
        name: "grace-hopper".to_owned(),
        ..NewProfile::default()
    };
    let domain = stage.place().domain_id.unwrap();
    let studio = &stage.cloud.sagemaker;
    let writes = Stage::writes();
    let made = studio.create_profile(&writes, &domain, &new);
    made.await.unwrap();
    let before = stage.snapshot().await.profiles["grace-hopper"].clone();
    let (outcome, failures) = stage.resume(&record).await;
    assert_eq!((outcome.done, outcome.failed), (1, 1), "{failures:?}");
    assert_eq!(failures[TWO[0]].class, ErrorClass::Conflict);
    taken_back(&stage, &record).await;
    assert_eq!(stage.snapshot().await.profiles["grace-hopper"], before);
}

#[tokio::test]
async fn users_who_are_gone_meanwhile_do_not_hold_up_the_others() {
    let stage = Stage::new().await;
    let plan = stage.onboarding(&two()).await;
    let journal = stage.journal();
    let record = journal.plan(plan).unwrap();
    assert!(stage.cut_off(journal, &record, (0, 2), Cut::Before).await);
    let cognito = &stage.cloud.cognito;
    let writes = Stage::writes();
    let deleted = cognito.delete_user(&writes, POOL_ID, TWO[0]);
    deleted.await.unwrap();
    let (outcome, failures) = stage.resume(&record).await;
    assert_eq!((outcome.done, outcome.failed), (1, 1));
    assert_eq!(failures[TWO[0]].class, ErrorClass::NotFound);
    assert!(!stage.snapshot().await.users.contains_key(TWO[0]));
}
