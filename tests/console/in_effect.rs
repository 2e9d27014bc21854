//! The matrix put into effect from its page: what is shown before, what is refused, and how an
//! end is told.

use crossterm::event::KeyCode;
use mlwarden::{
    access::{Catalog, Contract, Effect as Says, Matrix, contract_of},
    app::{
        Effect, Msg, Screen, State,
        actions::Action,
        draft::Draft,
        effect::{Ask, Terminal},
        enabled,
        job::{JobId, Stage},
        layer::{Layer, Purpose},
        message::{News, Packed},
        remote::Ticket,
        update,
    },
    config::MatrixFile,
    domain::{ErrorClass, Failure},
    probe::{
        adopt::Adoption,
        in_effect::{Ground, InEffect},
        publish::{Change, Ended, Named, Preview, RolledBack, Wanted, Worse},
    },
    ui::Theme,
};

use crate::{
    cells::{cells, observed},
    scene::{asks, denied, found, frame, hear, keys, people, predicted, press, report, start},
};

/// The matrix page of a deployment whose matrix stands in a file, with people known.
fn declared() -> State {
    let mut state = start(Screen::Matrix);
    let file = MatrixFile {
        file: Some("/etc/mlwarden/matrix.toml".into()),
        there: true,
        ..MatrixFile::default()
    };
    state.data.draft = Draft::new(Matrix::sample(), file);
    found(&mut state);
    // What the scene's caller may not read, this one may.
    state.data.deployment.authorizer_id = Some(mlwarden::domain::Found::new(
        "auth01".to_owned(),
        mlwarden::domain::Origin::Call("apigateway:GET".into()),
    ));
    predicted(&mut state);
    let mut wanted = keys(&mut state, "3");
    wanted.extend(keys(&mut state, "2"));
    people(&mut state, &wanted);
    keys(&mut state, "4");
    state
}

fn small(state: &mut State) -> String {
    frame(state, 80, 24, &Theme::plain())
}

fn large(state: &mut State) -> String {
    frame(state, 120, 40, &Theme::plain())
}

fn named(sha256: &str, version: Option<&str>, shape: &str) -> Named {
    Named {
        sha256: sha256.to_owned(),
        version: version.map(str::to_owned),
        shape: shape.to_owned(),
        at: None,
    }
}

/// What publishing the sample's matrix over the sample's authorizer changes.
fn preview() -> Box<Preview> {
    let change = |group: &str, may, loses: &[&str]| Change {
        group: group.to_owned(),
        may,
        gains: Vec::new(),
        loses: loses.iter().map(|&route| route.to_owned()).collect(),
    };
    Box::new(Preview {
        wanted: Wanted::Declared,
        function: "mlflow-authorizer".to_owned(),
        from: named(
            "q1w2e3r4t5y6u7i8",
            Some("3"),
            "a Python package of 14 files with the handler index.py",
        ),
        to: named("z9x8c7v6b5n4m3a2", None, "the drop-in authorizer"),
        groups: ["admins", "interns", "model-approvers", "readers"]
            .map(str::to_owned)
            .to_vec(),
        now: Contract::sample(),
        ground: Ground::Assumed,
        then: Some(contract_of(
            &Matrix::sample(),
            &Catalog::for_version("2.12.2"),
        )),
        changes: vec![
            change("admins", 61, &[]),
            change(
                "model-approvers",
                40,
                &[
                    "DELETE /ajax-api/2.0/mlflow/model-versions/delete",
                    "DELETE /ajax-api/2.0/mlflow/registered-models/delete",
                ],
            ),
            change("readers", 31, &["GET /ajax-api/2.0/mlflow/gateway-proxy"]),
        ],
        pairs: Vec::new(),
        warnings: vec![
            "the group interns stands in no row of the matrix: its members may do nothing"
                .to_owned(),
        ],
        calls: vec![
            (
                "cognito-idp:AdminCreateUser".to_owned(),
                "makes a probe user of readers; nobody is invited".to_owned(),
            ),
            (
                "lambda:UpdateFunctionCode".to_owned(),
                "replaces the package of the authorizer".to_owned(),
            ),
        ],
        is_there: false,
    })
}

/// The ticket of the look that is asked for.
fn foreseen(effects: &[Effect]) -> Ticket {
    asks(effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Foresee(ticket, _) | Ask::Packages(ticket) => Some(*ticket),
            _ => None,
        })
        .unwrap_or_else(|| panic!("nothing is looked at: {effects:?}"))
}

/// The job that a publication runs as, after it was agreed to.
fn agreed(state: &mut State) -> JobId {
    let ticket = foreseen(&keys(state, "mp"));
    hear(state, News::Foreseen(ticket, Ok(preview())));
    let effects = keys(state, "y");
    asks(&effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Publish(job, agreed) => {
                assert_eq!(**agreed, *preview(), "what was shown is what is done");
                Some(*job)
            }
            _ => None,
        })
        .unwrap_or_else(|| panic!("nothing is published: {effects:?}"))
}

#[test]
fn a_publication_says_what_changes_for_whom_before_it_is_agreed_to() {
    let mut state = declared();
    let ticket = foreseen(&keys(&mut state, "mp"));
    assert!(state.layers.is_empty(), "nothing to agree to yet");
    hear(&mut state, News::Foreseen(ticket, Ok(preview())));
    insta::assert_snapshot!("publish_preview_80x24", small(&mut state));
    insta::assert_snapshot!("publish_preview_120x40", large(&mut state));
    let page = large(&mut state);
    for text in [
        "version 3",
        "model-approvers: gains 0 routes and loses 2",
        "1 person",
    ] {
        assert!(page.contains(text), "{text} in\n{page}");
    }
    // A lone enter does nothing: No has the focus.
    assert!(asks(&keys(&mut state, "\n")).is_empty());
    assert!(state.data.jobs.all().is_empty());
}

#[test]
fn an_answer_that_nobody_waits_for_opens_nothing() {
    let mut state = declared();
    let first = foreseen(&keys(&mut state, "mp"));
    let second = foreseen(&keys(&mut state, "mp"));
    hear(&mut state, News::Foreseen(first, Ok(preview())));
    assert!(state.layers.is_empty());
    // Nor over a window that came meanwhile.
    keys(&mut state, "?");
    hear(&mut state, News::Foreseen(second, Ok(preview())));
    assert_eq!(state.layers.len(), 1);
    assert!(large(&mut state).contains("ask again"));
}

#[test]
fn where_nobody_is_left_to_do_everything_that_is_typed_out() {
    let mut state = declared();
    let ticket = foreseen(&keys(&mut state, "mp"));
    let mut preview = preview();
    if let Some(then) = &mut preview.then {
        then.groups.retain(|group| group.name != "admins");
    }
    hear(&mut state, News::Foreseen(ticket, Ok(preview)));
    assert!(asks(&keys(&mut state, "y")).is_empty());
    assert!(large(&mut state).contains("no administrator"));
}

#[test]
fn each_stage_is_told_and_the_proof_stands_in_the_matrix() {
    let mut state = declared();
    let job = agreed(&mut state);
    hear(
        &mut state,
        News::Stage(job, "asking the authorizer about every group".to_owned()),
    );
    assert!(small(&mut state).contains("asking the authorizer about every group"));
    hear(
        &mut state,
        News::Stage(job, "proving what it decides".to_owned()),
    );
    keys(&mut state, "8\n");
    insta::assert_snapshot!("publish_job_120x40", large(&mut state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "4");
    let mut proof: Vec<_> = cells().into_iter().map(observed).collect();
    for cell in &mut proof {
        // As declared, every one.
        let expected = cell.expected;
        if let Some(seen) = &mut cell.observed {
            seen.effect = expected;
        }
        cell.predicted = None;
        cell.judge("");
    }
    let ended = Ended::Proved {
        plan: uuid::Uuid::nil(),
        changes: preview().changes,
        report: report(proof),
    };
    let effects = hear(&mut state, News::Published(job, Ok(Box::new(ended))));
    let asked = asks(&effects);
    assert!(asked.iter().any(|ask| matches!(ask, Ask::Rules(_))));
    assert!(asked.iter().any(|ask| matches!(ask, Ask::Predict)));
    insta::assert_snapshot!("publish_proved_80x24", small(&mut state));
    press(&mut state, KeyCode::Enter);
    hear(&mut state, News::Predicted(Ok(report(cells()))));
    let count = state
        .data
        .matrix
        .count(mlwarden::app::matrix::Mark::OverGranted);
    assert_eq!(count, 0);
    let job = state.data.jobs.get(job).unwrap();
    assert_eq!((job.stage, job.rows.len()), (Stage::Done, 2), "{job:?}");
    // And it can be taken back, by the plan that did it.
    keys(&mut state, "8");
    let effects = keys(&mut state, "u");
    let back = asks(&effects)
        .into_iter()
        .any(|ask| matches!(ask, Ask::Foresee(_, Wanted::Before(plan)) if plan.is_nil()));
    assert!(back, "{effects:?}");
}

#[test]
fn a_rollback_by_itself_is_told_loudly() {
    let mut state = declared();
    let job = agreed(&mut state);
    // Keys that are typed for a window meanwhile do not close what is told.
    keys(&mut state, "?");
    let ended = Ended::RolledBack(Box::new(RolledBack {
        worse: vec![Worse {
            who: "group:readers".to_owned(),
            method: mlwarden::access::Method::Get,
            path: "/ajax-api/2.0/mlflow/experiments/get".to_owned(),
            why: "it was as declared, and is under-granted now".to_owned(),
        }],
        failure: None,
        not_back: None,
        report: *report(cells()),
    }));
    hear(&mut state, News::Published(job, Ok(Box::new(ended))));
    press(&mut state, KeyCode::Esc);
    insta::assert_snapshot!("publish_rolled_back_80x24", small(&mut state));
    assert_eq!(state.data.jobs.get(job).unwrap().stage, Stage::Failed);
}

#[test]
fn what_was_seen_before_is_no_proof_where_the_package_may_not_be_back() {
    let mut state = declared();
    let job = agreed(&mut state);
    let seen = cells().into_iter().map(observed).collect();
    let ended = Ended::RolledBack(Box::new(RolledBack {
        worse: Vec::new(),
        failure: None,
        not_back: Some(denied("lambda:UpdateFunctionCode", "putting it back")),
        report: *report(seen),
    }));
    hear(&mut state, News::Published(job, Ok(Box::new(ended))));
    assert!(large(&mut state).contains("NOT rolled back for certain"));
    let observed = state.data.matrix.cells.iter();
    assert_eq!(observed.filter(|cell| cell.observed.is_some()).count(), 0);
}

#[test]
fn what_is_otherwise_than_shown_is_asked_about_anew() {
    let mut state = declared();
    let job = agreed(&mut state);
    let mut real = preview();
    real.changes[2].loses.push("GET /get-artifact".to_owned());
    hear(
        &mut state,
        News::Published(job, Ok(Box::new(Ended::Unlike(real.clone())))),
    );
    assert_eq!(state.data.jobs.get(job).unwrap().stage, Stage::Cancelled);
    assert!(large(&mut state).contains("Nothing was changed"));
    let effects = keys(&mut state, "y");
    let published = asks(&effects)
        .into_iter()
        .any(|ask| matches!(ask, Ask::Publish(_, agreed) if *agreed == real));
    assert!(published, "{effects:?}");
}

#[test]
fn a_right_that_is_missing_half_way_is_named_and_nothing_else_happens() {
    let mut state = declared();
    let job = agreed(&mut state);
    let failure = denied("lambda:UpdateFunctionCode", "updating mlflow-authorizer");
    hear(&mut state, News::Published(job, Err(failure)));
    let page = small(&mut state);
    assert!(page.contains("missing lambda:UpdateFunctionCode"), "{page}");
}

/// Why an action cannot be done; panics where it can.
fn refused(state: &State, action: Action) -> String {
    enabled(state, action).unwrap_err()
}

#[test]
fn what_cannot_be_done_says_why_before_anything_is_asked() {
    const ALL: [Action; 4] = [
        Action::MatrixPublish,
        Action::MatrixRollback,
        Action::MatrixApply,
        Action::MatrixAdopt,
    ];
    let mut state = declared();
    for action in ALL {
        assert_eq!(enabled(&state, action), Ok(()), "{action:?}");
    }
    state.data.label.read_only = true;
    for action in ALL {
        assert!(refused(&state, action).contains("read-only"), "{action:?}");
    }
    assert_eq!(
        enabled(&state, Action::Review),
        Ok(()),
        "a pack can be made of predictions"
    );
    state.data.label.read_only = false;

    keys(&mut state, "le");
    for action in [Action::MatrixPublish, Action::MatrixApply] {
        let why = refused(&state, action);
        assert!(why.contains("1 change is not in the file"), "{why}");
    }
    keys(&mut state, "u");

    state.data.draft = Draft::new(Matrix::sample(), MatrixFile::default());
    for action in [Action::MatrixPublish, Action::MatrixApply] {
        let why = refused(&state, action);
        assert!(why.contains("there is no matrix file yet"), "{why}");
    }
    assert_eq!(enabled(&state, Action::MatrixSave), Ok(()));
}

#[test]
fn where_lambda_is_not_allowed_the_missing_action_is_named() {
    let mut state = declared();
    let effects = keys(&mut state, "r");
    let ticket = asks(&effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Rules(ticket) => Some(*ticket),
            _ => None,
        })
        .unwrap();
    let failure = denied(
        "lambda:GetFunctionConfiguration",
        "looking at function mlflow-authorizer",
    );
    let found = InEffect::unread(failure);
    hear(&mut state, News::Rules(ticket, Box::new(found)));
    let why = refused(&state, Action::MatrixPublish);
    assert!(
        why.contains("missing lambda:GetFunctionConfiguration"),
        "{why}"
    );
    // And wherever groups are told of, it is said by what.
    keys(&mut state, "3");
    insta::assert_snapshot!("groups_unread_rules_80x24", small(&mut state));
    keys(&mut state, "2");
    insta::assert_snapshot!("users_unread_rules_120x40", large(&mut state));
}

#[test]
fn what_is_said_of_groups_goes_by_what_is_published() {
    let mut state = declared();
    let effects = keys(&mut state, "r");
    let mut union = Matrix::sample();
    union.authorizer.rule = mlwarden::access::Pick::Union;
    let contract = contract_of(&union, &Catalog::for_version("2.12.2"));
    crate::scene::ruled(&mut state, &effects, contract);
    keys(&mut state, "2");
    let page = large(&mut state);
    assert!(page.contains("readers + model-appro"), "{page}");
    assert!(page.contains("403: in no known group"), "{page}");
    assert!(!page.contains("500"), "{page}");
    keys(&mut state, "3");
    let page = large(&mut state);
    assert!(
        page.contains("counts") && page.contains("unknown: 403"),
        "{page}"
    );
    // A plan's preview as well.
    keys(&mut state, "2");
    keys(&mut state, "/invited\n+");
    keys(&mut state, "model\n");
    let page = large(&mut state);
    assert!(page.contains("readers + model-approvers"), "{page}");
    assert!(!page.contains("alone"), "{page}");
}

#[test]
fn before_the_rules_are_read_nothing_is_said_of_what_groups_allow() {
    let mut state = start(Screen::Users);
    hear(&mut state, News::DiscoveryDone(crate::scene::moment()));
    let wanted = keys(&mut state, "r");
    people(&mut state, &wanted);
    let page = large(&mut state);
    assert!(!page.contains("500") && !page.contains("alone"), "{page}");
}

#[test]
fn a_package_to_put_back_is_picked_and_shown_like_any_other() {
    let mut state = declared();
    let ticket = foreseen(&keys(&mut state, "mr"));
    let past = |sha256: &str, versions: &[&str], deployed| mlwarden::probe::publish::Past {
        sha256: sha256.to_owned(),
        versions: versions.iter().map(|&version| version.to_owned()).collect(),
        kept: true,
        deployed,
        at: Some(crate::scene::moment()),
    };
    let all = vec![
        past("z9x8c7v6b5n4m3a2", &[], true),
        past("q1w2e3r4t5y6u7i8", &["1"], false),
    ];
    hear(&mut state, News::Packages(ticket, Ok(all)));
    insta::assert_snapshot!("rollback_packages_80x24", small(&mut state));
    let effects = keys(&mut state, "version 1\n");
    let wanted = asks(&effects).into_iter().any(|ask| {
        matches!(ask, Ask::Foresee(_, Wanted::Package(sha256)) if sha256 == "q1w2e3r4t5y6u7i8")
    });
    assert!(wanted, "{effects:?}");
}

#[test]
fn what_is_deployed_is_shown_as_a_change_of_the_file_and_written() {
    let mut state = declared();
    let effects = keys(&mut state, "md");
    let job = asks(&effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Adopt(job, _) => Some(*job),
            _ => None,
        })
        .unwrap();
    let mut adopted = Matrix::sample();
    let readers = adopted
        .rows
        .iter_mut()
        .find(|row| row.group.as_deref() == Some("readers"));
    readers.unwrap().allow.push("runs:write".to_owned());
    let mut text = mlwarden::access::matrix::MatrixText::parse(Matrix::sample_text(), "m").unwrap();
    text.adopt(&adopted).unwrap();
    let adoption = Adoption {
        text: text.text(),
        remarks: Vec::new(),
    };
    hear(&mut state, News::Adopted(job, Ok(Box::new(adoption))));
    insta::assert_snapshot!("adopt_preview_120x40", large(&mut state));
    assert_eq!(
        state.data.declared,
        Matrix::sample(),
        "nothing is declared yet"
    );
    let effects = keys(&mut state, "y");
    let written = effects.iter().find_map(|effect| match effect {
        Effect::Terminal(Terminal::SaveMatrix(file, text)) => Some((file.clone(), text.clone())),
        _ => None,
    });
    let (mut file, text) = written.unwrap();
    file.text.clone_from(&text);
    assert!(text.starts_with("# "), "comments stay");
    update(
        &mut state,
        Msg::MatrixWritten(file, Ok("wrote matrix.toml".to_owned())),
    );
    assert_eq!(state.data.draft.pending(), 0);
    let row = state.data.declared.rows.iter();
    let of_readers: Vec<_> = row
        .filter(|row| row.group.as_deref() == Some("readers"))
        .map(|row| row.effect("runs:write"))
        .collect();
    assert_eq!(of_readers, [Says::Allow]);
}

#[test]
fn an_authorizer_that_was_never_asked_is_asked_only_when_that_is_agreed_to() {
    let mut state = declared();
    let effects = keys(&mut state, "r");
    let ticket = asks(&effects).into_iter().find_map(|ask| match ask {
        Ask::Rules(ticket) => Some(*ticket),
        _ => None,
    });
    let found = InEffect {
        contract: Contract::sample(),
        ground: Ground::Assumed,
        doubt: None,
        failure: None,
    };
    hear(&mut state, News::Rules(ticket.unwrap(), Box::new(found)));
    assert!(asks(&keys(&mut state, "md")).is_empty());
    assert!(matches!(
        state.layers.last(),
        Some(Layer::Dialog(_, Purpose::Adopt))
    ));
    insta::assert_snapshot!("adopt_ask_80x24", small(&mut state));
    let effects = keys(&mut state, "y");
    assert!(
        asks(&effects)
            .iter()
            .any(|ask| matches!(ask, Ask::Adopt(..)))
    );
}

#[test]
fn a_review_pack_tells_its_folder_and_its_digest() {
    let mut state = declared();
    keys(&mut state, "mv");
    insta::assert_snapshot!("review_form_80x24", small(&mut state));
    crate::scene::ctrl(&mut state, 's');
    insta::assert_snapshot!("review_preview_80x24", small(&mut state));
    let effects = keys(&mut state, "y");
    let (job, wish) = asks(&effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Review(job, wish) => Some((*job, wish.clone())),
            _ => None,
        })
        .unwrap();
    assert!(wish.live && !wish.grant_trust);
    assert_eq!(wish.folder.to_str(), Some("review-2026-11-23"));
    let packed = Packed {
        folder: "/home/ops/review-2026-11-23".to_owned(),
        digest: "5d41402abc4b2a76b9719d911017c592".to_owned(),
        counts: [9, 4, 12, 7],
        lost: Vec::new(),
        live: true,
    };
    hear(&mut state, News::Reviewed(job, Ok(Box::new(packed))));
    insta::assert_snapshot!("review_written_80x24", small(&mut state));
}

#[test]
fn a_folder_that_holds_something_is_told() {
    let mut state = declared();
    keys(&mut state, "mv");
    crate::scene::ctrl(&mut state, 's');
    let effects = keys(&mut state, "y");
    let job = asks(&effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Review(job, _) => Some(*job),
            _ => None,
        })
        .unwrap();
    let failure = Failure::new(
        ErrorClass::Invalid,
        "writing review-2026-11-23",
        "it holds files already",
    );
    hear(&mut state, News::Reviewed(job, Err(failure)));
    assert!(small(&mut state).contains("it holds files already"));
}
