use rstest::rstest;
use serde_json::json;

use super::*;
use crate::plan::Step;

fn run() -> Thing {
    Thing::Run { id: "r1".into() }
}

fn experiment() -> Thing {
    Thing::Experiment { id: "7".into() }
}

fn model() -> Thing {
    Thing::Model {
        name: "churn".into(),
    }
}

fn version() -> Thing {
    Thing::Version {
        name: "churn".into(),
        version: "2".into(),
    }
}

fn tag(thing: Thing, after: Option<&str>, before: Option<&str>) -> Change {
    Change::Tag {
        thing,
        key: "team".into(),
        after: after.map(Into::into),
        before: before.map(Into::into),
        removable: true,
    }
}

fn rename(thing: Thing) -> Change {
    Change::Rename {
        thing,
        after: "new".into(),
        before: "churn".into(),
    }
}

fn alias(after: Option<&str>, before: Option<&str>) -> Change {
    Change::Alias {
        name: "churn".into(),
        alias: "champion".into(),
        after: after.map(Into::into),
        before: before.map(Into::into),
    }
}

fn origin() -> Origin {
    Origin {
        source: "mlflow-artifacts:/7/r1/artifacts/model".into(),
        run: "r1".into(),
    }
}

fn stage(archived: Option<&[&str]>) -> Change {
    Change::Stage {
        name: "churn".into(),
        version: "2".into(),
        after: "Production".into(),
        before: "Staging".into(),
        archived: archived.map(|all| all.iter().map(|one| (*one).to_owned()).collect()),
    }
}

fn delete(thing: Thing, deleted_runs: &[&str]) -> Change {
    Change::Delete {
        thing,
        deleted_runs: deleted_runs.iter().map(|id| (*id).to_owned()).collect(),
    }
}

fn step(change: Change) -> MlflowStep {
    MlflowStep {
        api: "https://a1.execute-api.us-west-2.amazonaws.com/prod/".into(),
        principal: Principal::Group("model-approvers".into()),
        change,
        seen: true,
    }
}

/// Every change that there is.
fn every() -> Vec<Change> {
    let mut all = vec![
        Change::CreateModel {
            name: "churn".into(),
            description: String::new(),
        },
        Change::CreateVersion {
            name: "churn".into(),
            origin: origin(),
        },
        stage(None),
        alias(Some("2"), None),
        alias(None, Some("2")),
        rename(experiment()),
        rename(run()),
        rename(model()),
        delete(experiment(), &[]),
        delete(run(), &[]),
        Change::Restore {
            thing: experiment(),
        },
        Change::Restore { thing: run() },
        Change::DeleteModel {
            name: "churn".into(),
            only_empty: false,
        },
        Change::DeleteVersion {
            name: "churn".into(),
            version: "2".into(),
            origin: None,
            own: false,
        },
    ];
    for thing in [experiment(), run(), model(), version()] {
        all.push(tag(thing.clone(), Some("a"), None));
        all.push(tag(thing.clone(), None, Some("a")));
        all.push(Change::describe(thing, "text".into(), None, true));
    }
    all
}

#[test]
fn the_call_that_is_shown_is_the_request_that_is_sent() {
    for change in every() {
        let request = change.request(Root::Ajax).request;
        let path = request.path.strip_prefix("/ajax-api/2.0/mlflow/").unwrap();
        assert_eq!(change.call(), format!("mlflow:{} {path}", request.method));
    }
}

#[test]
fn what_was_written_down_reads_back_as_it_was() {
    for change in every() {
        let step = Step::Mlflow(step(change));
        let text = serde_json::to_string(&step).unwrap();
        assert_eq!(serde_json::from_str::<Step>(&text).unwrap(), step, "{text}");
    }
}

#[rstest]
#[case::set_for_the_first_time(tag(run(), Some("a"), None))]
#[case::set_anew(tag(model(), Some("b"), Some("a")))]
#[case::removed(tag(version(), None, Some("a")))]
#[case::alias_moved(alias(Some("3"), Some("2")))]
#[case::alias_set(alias(Some("3"), None))]
#[case::run_renamed(rename(run()))]
#[case::model_renamed(rename(model()))]
#[case::deleted(delete(run(), &[]))]
#[case::stage(stage(None))]
#[case::described(Change::describe(version(), "new".into(), Some("old".into()), true))]
#[case::noted(Change::describe(experiment(), "new".into(), None, true))]
fn what_is_taken_back_twice_is_as_it_was(#[case] change: Change) {
    let [back] = <[Change; 1]>::try_from(change.inverse(None)).unwrap();
    assert_ne!(back, change);
    assert_eq!(back.inverse(None), [change]);
}

#[test]
fn versions_that_were_archived_come_back_after_the_one_that_took_their_place() {
    let back = stage(Some(&["1", "3"])).inverse(None);
    let says: Vec<String> = back.iter().map(Change::does).collect();
    assert_eq!(
        says,
        [
            r#"moves version 2 of "churn" from Production to Staging"#,
            r#"moves version 1 of "churn" from Archived to Production"#,
            r#"moves version 3 of "churn" from Archived to Production"#,
        ]
    );
}

#[test]
fn runs_that_were_deleted_before_their_experiment_stay_deleted() {
    let back = delete(experiment(), &["old"]).inverse(None);
    let says: Vec<String> = back.iter().map(Change::does).collect();
    assert_eq!(
        says,
        [
            "restores experiment 7",
            "deletes run old, which can be restored"
        ]
    );
}

#[test]
fn a_version_is_taken_back_by_the_number_that_it_was_given() {
    let create = step(Change::CreateVersion {
        name: "churn".into(),
        origin: origin(),
    });
    assert_eq!(
        create.undone_by(),
        Some("mlflow:DELETE model-versions/delete"),
        "the preview knows that it can be taken back"
    );
    assert_eq!(create.inverse(None), [], "not without its number");
    let back = create.inverse(Some("4"));
    assert_eq!(
        back[0].change.does(),
        r#"deletes version 4 of "churn", for good"#
    );
    assert_eq!(back[0].loses(), None, "it was not there before");
}

#[rstest]
#[case::model(Change::DeleteModel { name: "churn".into(), only_empty: false })]
#[case::version(Change::DeleteVersion { name: "churn".into(), version: "2".into(), origin: None, own: false })]
#[case::experiments_tag_on_mlflow_2(Change::Tag {
    thing: experiment(), key: "k".into(), after: Some("v".into()), before: None, removable: false,
})]
fn what_cannot_be_taken_back_says_what_is_lost(#[case] change: Change) {
    assert_eq!(change.inverse(None), []);
    assert!(change.loses().is_some());
}

#[test]
fn what_was_not_read_is_not_taken_back() {
    let blind = MlflowStep {
        seen: false,
        ..step(tag(run(), Some("a"), None))
    };
    assert_eq!(blind.inverse(None), []);
    assert_eq!(blind.undone_by(), None);
    assert!(blind.loses().unwrap().contains("could not be read"));
}

#[test]
fn the_command_is_made_as_the_principal_and_holds_no_secret() {
    let group = step(alias(Some("2"), None)).command("us-west-2").unwrap();
    assert_eq!(
        group,
        "curl -sS -i --globoff --path-as-is -X POST \
         -H \"Authorization: Bearer $MLWARDEN_TOKEN\" -H 'Content-Type: application/json' \
         --data-raw '{\"name\":\"churn\",\"alias\":\"champion\",\"version\":\"2\"}' \
         'https://a1.execute-api.us-west-2.amazonaws.com/prod/ajax-api/2.0/mlflow/registered-models/alias'"
    );
    let role = MlflowStep {
        principal: Principal::Role("sagemaker-mlflow-admin-role".into()),
        ..step(delete(run(), &[]))
    };
    let command = role.command("us-west-2").unwrap();
    assert!(command.contains("--aws-sigv4") && command.contains("/api/2.0/mlflow/runs/delete"));
}

#[test]
fn a_preview_says_what_is_called_as_whom_and_how_it_is_undone() {
    let planned = Step::Mlflow(step(stage(Some(&["1"])))).planned("");
    assert_eq!(
        json!(planned),
        json!({
            "call": "mlflow:POST model-versions/transition-stage",
            "on": "version 2 of \"churn\" as group:model-approvers",
            "does": "moves version 2 of \"churn\" from Staging to Production, and archives version 1",
            "undone_by": "mlflow:POST model-versions/transition-stage",
        })
    );
}
