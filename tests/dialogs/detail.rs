//! The detail pane.

use std::fmt::Write as _;

use mlwarden::app::{
    detail::{Detail, Part},
    dialog::Room,
    tone::Tone,
};
use serde_json::json;

use crate::harness::detail_text;

pub fn role() -> Detail {
    let fields = vec![
        ("Name".to_owned(), "reader-role".to_owned(), Tone::Text),
        ("State".to_owned(), "drifted".to_owned(), Tone::Warning),
        (
            "Trust".to_owned(),
            "only sagemaker.amazonaws.com may assume this role, and that from the account of the domain".to_owned(),
            Tone::Dim,
        ),
    ];
    let json = json!({
        "RoleName": "reader-role",
        "Tags": [{"Key": "team", "Value": "ml"}, {"Key": "cost centre", "Value": 12}],
        "Boundary": null,
        "Empty": [],
        "Policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["a:b", "c:d"]}]},
    });
    Detail::new("reader-role", fields, json)
}

fn raw(width: u16, height: u16) -> Detail {
    let mut detail = role();
    detail.resize(Room::new(width, height));
    detail.toggle_part();
    detail
}

#[test]
fn pictures() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut detail = role();
        detail.resize(Room::new(width, height));
        let shown = detail_text(&detail, width, height);
        insta::assert_snapshot!(format!("detail_described_{width}x{height}"), shown);
        let mut detail = raw(width, height);
        detail.search("key");
        let shown = detail_text(&detail, width, height);
        insta::assert_snapshot!(format!("detail_json_{width}x{height}"), shown);
        detail.fold_all();
        let shown = detail_text(&detail, width, height);
        insta::assert_snapshot!(format!("detail_folded_{width}x{height}"), shown);
    }
}

#[test]
fn a_long_text_is_wrapped_and_keeps_its_column() {
    let mut detail = role();
    detail.resize(Room::new(40, 12));
    let text = detail_text(&detail, 40, 12);
    assert!(text.contains("only sagemaker.amazonaws.com"), "{text}");
    assert!(text.contains("│        domain "), "{text}");
}

#[test]
fn folding_hides_what_is_inside_and_takes_the_cursor_along() {
    let mut detail = raw(80, 24);
    let whole = detail.count();
    detail.search("cost");
    assert_eq!(detail.path().unwrap(), ".Tags[1].Key");
    detail.fold();
    assert_eq!(detail.path().unwrap(), ".Tags[1]");
    assert_eq!(detail.count(), whole - 3);
    assert!(detail_text(&detail, 80, 24).contains("{ … 2 }"));
    detail.fold();
    assert_eq!(detail.count(), whole);
    detail.fold_all();
    assert_eq!(detail.path().unwrap(), ".Tags");
    detail.unfold_all();
    assert_eq!(detail.count(), whole);
}

#[test]
fn a_match_in_a_fold_is_unfolded() {
    let mut detail = raw(80, 24);
    detail.fold_all();
    detail.search("C:D");
    assert_eq!(detail.path().unwrap(), ".Policy.Statement[0].Action[1]");
    assert_eq!(detail.current_value().unwrap(), "c:d");
}

#[test]
fn the_search_goes_round() {
    let mut detail = raw(80, 24);
    detail.search("key");
    assert_eq!(detail.matched(), (Some(1), 2));
    detail.next();
    assert_eq!(detail.matched(), (Some(2), 2));
    detail.next();
    assert_eq!(detail.matched(), (Some(1), 2));
    detail.previous();
    assert_eq!(detail.path().unwrap(), ".Tags[1].Key");
    detail.search("nowhere");
    assert!(detail_text(&detail, 80, 24).contains("/nowhere no match"));
    detail.search("");
    assert_eq!(detail.matched(), (None, 0));
}

#[test]
fn the_description_is_searched_too() {
    let mut detail = role();
    detail.resize(Room::new(80, 24));
    detail.search("Sagemaker");
    assert_eq!(detail.matched(), (Some(1), 1));
    assert!(
        detail
            .current_value()
            .unwrap()
            .starts_with("only sagemaker")
    );
}

#[test]
fn paths_and_values_can_be_taken() {
    let mut detail = raw(80, 24);
    assert_eq!(detail.path().unwrap(), ".");
    detail.search("team");
    assert_eq!(detail.current_value().unwrap(), "team");
    detail.bottom();
    assert_eq!(detail.path().unwrap(), ".");
    detail.up();
    assert_eq!(detail.path().unwrap(), ".Policy");
    let policy: serde_json::Value = serde_json::from_str(&detail.current_value().unwrap()).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    let mut odd = Detail::new("odd", Vec::new(), json!({"a b": [1]}));
    odd.toggle_part();
    odd.search("1");
    assert_eq!(odd.path().unwrap(), ".[\"a b\"][0]");
}

#[test]
fn the_drawn_json_is_the_json() {
    let detail = raw(80, 40);
    let text = detail_text(&detail, 80, 40);
    let mut drawn = String::new();
    for line in text.lines() {
        let inner = line.trim_matches(['│', '╭', '╮', '╰', '╯']);
        if line.starts_with('│') {
            let _ = write!(drawn, "{}", inner.replace('▾', " "));
        }
    }
    let read: serde_json::Value = serde_json::from_str(&drawn).unwrap();
    assert_eq!(read["Tags"][1]["Value"], 12);
    assert_eq!(
        read,
        serde_json::from_str::<serde_json::Value>(&detail.whole()).unwrap()
    );
}

#[test]
fn newer_data_keeps_cursor_and_folds() {
    let mut detail = raw(80, 24);
    detail.search("cost");
    detail.fold();
    let changed = json!({
        "New": 1,
        "RoleName": "reader-role",
        "Tags": [{"Key": "team"}, {"Key": "cost centre", "Value": 13}],
    });
    detail.set(Vec::new(), changed);
    assert_eq!(detail.path().unwrap(), ".Tags[1]");
    assert!(detail_text(&detail, 80, 24).contains("{ … 2 }"));
}

#[test]
fn a_hundred_thousand_lines_show_a_window() {
    let many: Vec<_> = (0..50_000).map(|at| json!({"n": at})).collect();
    let mut detail = Detail::new("big", Vec::new(), json!(many));
    detail.resize(Room::new(80, 24));
    detail.toggle_part();
    assert_eq!(detail.count(), 150_002);
    detail.search("49999");
    let text = detail_text(&detail, 80, 24);
    assert!(text.contains("line 150000 of 150002"), "{text}");
    detail.fold_all();
    assert_eq!(detail.count(), 50_002);
    detail.top();
    detail.page_down();
    assert_eq!(detail.cursor(), 22);
}

#[test]
fn a_click_on_an_object_folds_it() {
    let mut detail = raw(80, 24);
    detail.click(2);
    assert_eq!(detail.path().unwrap(), ".Tags");
    assert!(detail_text(&detail, 80, 24).contains("[ … 2 ]"));
}

#[test]
fn long_lines_are_looked_at_sideways() {
    let mut detail = Detail::new("wide", Vec::new(), json!({"k": "x".repeat(60) + "END"}));
    detail.resize(Room::new(40, 12));
    detail.toggle_part();
    assert!(!detail_text(&detail, 40, 12).contains("END"));
    for _ in 0..20 {
        detail.right();
    }
    assert!(detail_text(&detail, 40, 12).contains("END"));
    for _ in 0..20 {
        detail.left();
    }
    assert_eq!((detail.column(), detail.part()), (0, Part::Json));
}
