//! Several who go on with one plan, and plans that were taken back.

use mlwarden::{
    aws::cognito::GroupSettings,
    domain::ErrorClass,
    plan::{Item, Journal, Plan, Standing, Step, offboard::Leaving},
};

use crate::stage::{Cut, Stage, TWO, two};

#[tokio::test]
async fn of_two_who_go_on_with_the_same_plan_one_is_refused() {
    let stage = Stage::new().await;
    let journal = stage.journal();
    let record = journal.plan(stage.onboarding(&two()).await).unwrap();
    assert!(stage.cut_off(journal, &record, (1, 0), Cut::Made).await);
    // Both have looked, and both see a plan that nobody works on.
    let (one, other) = (stage.journal(), stage.journal());
    let id = record.plan.id.to_string();
    let (first, second) = (one.find_plan(&id).unwrap(), other.find_plan(&id).unwrap());
    assert_eq!(second.standing(), Standing::Unfinished);
    let ended = futures::join!(stage.run(one, &first), stage.run(other, &second));
    let (Ok((outcome, failures)), Err(refused)) = ended else {
        panic!("{ended:?}");
    };
    assert!(outcome.is_complete(), "{failures:?}");
    assert_eq!(refused.class, ErrorClass::Conflict, "{refused}");
    stage.assert_told(&TWO).await;
    assert_eq!(stage.found(&record).standing(), Standing::Done);
}

#[tokio::test]
async fn who_looked_before_another_finished_does_nothing_again() {
    let stage = Stage::new().await;
    let journal = stage.journal();
    let record = journal.plan(stage.onboarding(&two()).await).unwrap();
    assert!(stage.cut_off(journal, &record, (0, 0), Cut::Before).await);
    let late = stage.journal();
    let looked_up = late.find_plan(&record.plan.id.to_string()).unwrap();
    let (outcome, _) = stage.resume(&record).await;
    assert!(outcome.is_complete());
    let calls = || stage.calls("AdminCreateUser") + stage.calls("AdminSetUserPassword");
    let before = calls();
    let (outcome, _) = stage.run(late, &looked_up).await.unwrap();
    assert!(outcome.is_complete());
    assert_eq!(calls(), before);
    stage.assert_told(&TWO).await;
}

#[tokio::test]
async fn what_was_taken_back_is_not_gone_on_with() {
    let stage = Stage::new().await;
    let before = stage.snapshot().await;
    let journal = stage.journal();
    let record = journal.plan(stage.onboarding(&two()[..1]).await).unwrap();
    assert!(stage.cut_off(journal, &record, (0, 3), Cut::Made).await);
    let id = record.plan.id.to_string();
    let looked_up = stage.journal().find_plan(&id).unwrap();
    let (back, _) = looked_up.inverse();
    // It is on its way back: what is half taken back cannot be gone on with either.
    let journal = stage.journal();
    let back = journal.plan(back).unwrap();
    assert!(stage.cut_off(journal, &back, (0, 0), Cut::Made).await);
    assert_eq!(refused(&stage, &id).await, ErrorClass::Conflict);
    let (outcome, failures) = stage.resume(&back).await;
    assert!(outcome.is_complete(), "{failures:?}");
    assert_eq!(stage.found(&record).standing(), Standing::Undone);
    assert_eq!(refused(&stage, &id).await, ErrorClass::Conflict);
    // The step that was cut off is not known to be made; it goes with the user.
    assert_eq!(stage.snapshot().await, before);
}

#[tokio::test]
async fn a_group_whose_deletion_was_cut_off_comes_back_with_its_members() {
    let stage = Stage::new().await;
    let before = stage.snapshot().await;
    let survey = stage.survey().await;
    let readers = survey.groups.iter().find(|group| group.name == "readers");
    let in_it = |user: &String| survey.groups_of(user).contains(&"readers".to_owned());
    let names = survey.users.iter().map(|user| user.username.clone());
    let step = Step::DeleteGroup {
        before: GroupSettings::of(readers.unwrap()),
        members: names.filter(in_it).collect(),
    };
    let item = Item::new("readers", vec![step]);
    let journal = stage.journal();
    let plan = Plan::new("delete a group".to_owned(), stage.place(), vec![item]);
    let record = journal.plan(plan).unwrap();
    assert!(stage.cut_off(journal, &record, (0, 0), Cut::Made).await);
    let (outcome, failures) = stage.resume(&record).await;
    assert!(outcome.is_complete(), "{failures:?}");
    assert_ne!(stage.snapshot().await, before);
    stage.complete(stage.found(&record).inverse().0).await;
    assert_eq!(stage.snapshot().await, before);
}

#[tokio::test]
async fn taking_back_names_what_may_have_been_made() {
    let stage = Stage::new().await;
    let journal = stage.journal();
    let record = journal.plan(stage.onboarding(&two()[..1]).await).unwrap();
    assert!(stage.cut_off(journal, &record, (0, 0), Cut::Made).await);
    let (back, kept) = stage.found(&record).inverse();
    assert_eq!(back.steps(), 0);
    let [kept] = <[String; 1]>::try_from(kept).unwrap();
    assert!(
        kept.contains(TWO[0]) && kept.contains("go on with the plan first"),
        "{kept}"
    );
}

async fn refused(stage: &Stage, id: &str) -> ErrorClass {
    let journal = Journal::open(stage.state.path()).unwrap();
    let record = journal.find_plan(id).unwrap();
    stage.run(journal, &record).await.unwrap_err().class
}

#[tokio::test]
async fn what_is_made_again_after_it_was_taken_back_counts_as_made() {
    let stage = Stage::new().await;
    let before = stage.snapshot().await;
    let first = stage.complete(stage.onboarding(&two()).await).await;
    let made = stage.snapshot().await;
    let leaving = stage.offboarding(&TWO, Leaving::default());
    let left = stage.complete(leaving.await).await;
    let back = stage.complete(left.inverse().0).await;
    assert_eq!(stage.found(&left).standing(), Standing::Undone);
    assert_eq!(stage.snapshot().await, made);
    // And back again: they have left after all.
    stage.complete(back.inverse().0).await;
    assert_eq!(stage.found(&left).standing(), Standing::Done);
    assert_eq!(stage.found(&back).standing(), Standing::Undone);
    stage.complete(first.inverse().0).await;
    assert_eq!(stage.snapshot().await, before);
}
