//! Packages of every shape.

use std::collections::BTreeSet;

use rstest::rstest;

use super::*;
use crate::{
    access::{Nobody, authorizer::GroupRules},
    aws::lambda::LastUpdate,
    domain::ErrorClass,
};

fn zip(files: &[(&str, &str)]) -> Bytes {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = SimpleFileOptions::default().unix_permissions(0o755);
        archive.start_file(*name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner().into()
}

fn function() -> Function {
    Function {
        name: "authorizer".into(),
        arn: "arn:aws:lambda:r:1:function:authorizer".into(),
        version: "$LATEST".into(),
        handler: Some("index.handler".into()),
        runtime: Some("python3.9".into()),
        package_type: "Zip".into(),
        code_sha256: String::new(),
        code_size: 0,
        revision: None,
        last_update: LastUpdate::Successful,
        last_update_reason: None,
        modified_at: None,
        environment: Some(ENVIRONMENT.iter().map(ToString::to_string).collect()),
        layers: Vec::new(),
    }
}

fn contract() -> Contract {
    Contract {
        schema: 1,
        nobody: Nobody::Deny,
        groups: vec![GroupRules {
            name: "readers".into(),
            allow: Vec::new(),
            deny: Vec::new(),
        }],
        ..Contract::default()
    }
}

const SAMPLE: [(&str, &str); 3] = [
    ("index.py", "def handler(event, context): ..."),
    ("jose/__init__.py", "jose"),
    ("bin/tool", "tool"),
];

/// Every file of a package: name, mode and text.
fn files(bytes: &[u8]) -> Vec<(String, Option<u32>, String)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut file = archive.by_index(at).unwrap();
            let (name, mode) = (file.name().unwrap().into_owned(), file.unix_mode());
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (name, mode.map(|mode| mode & 0o777), text)
        })
        .collect()
}

#[test]
fn only_the_handler_is_replaced_and_the_rules_stand_beside_it() {
    let package = Package::read(zip(&SAMPLE), &function()).unwrap();
    assert!(!package.is_drop_in());
    assert_eq!(package.contract(), None);
    let built = package.with_rules(&contract()).unwrap();
    let rules = contract().to_json().unwrap();
    assert_eq!(
        files(&built),
        [
            ("jose/__init__.py".into(), Some(0o755), "jose".into()),
            ("bin/tool".into(), Some(0o755), "tool".into()),
            ("index.py".into(), Some(0o644), HANDLER.into()),
            (RULES_FILE.into(), Some(0o644), rules),
        ]
    );
    let again = Package::read(built.clone(), &function()).unwrap();
    assert!(again.is_drop_in());
    assert_eq!(again.contract(), Some(contract()));
    assert_eq!(again.with_rules(&contract()).unwrap(), built);
    assert_eq!(sha256(&built), again.sha256());
}

#[test]
fn a_handler_in_a_folder_has_its_rules_there() {
    let mut function = function();
    function.handler = Some("auth.index.handler".into());
    let files_before = [
        ("auth/index.py", "mine"),
        ("auth/__pycache__/index.cpython-39.pyc", "compiled"),
        ("auth/index2.py", "other"),
        ("jwt/__init__.py", "jwt"),
    ];
    let package = Package::read(zip(&files_before), &function).unwrap();
    let built = package.with_rules(&contract()).unwrap();
    let names: Vec<String> = files(&built).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(
        names,
        [
            "auth/index2.py",
            "jwt/__init__.py",
            "auth/index.py",
            "auth/access-matrix.json"
        ]
    );
}

#[rstest]
#[case::no_module(&[("main.py", ""), ("jose/__init__.py", "")], "it has no index.py")]
#[case::no_library(&[("index.py", "")], "neither jose nor jwt")]
#[case::a_package_goes_first(
    &[("index.py", ""), ("index/__init__.py", ""), ("jose/__init__.py", "")],
    "Python takes before"
)]
#[case::compiled_goes_first(
    &[("index.py", ""), ("index.cpython-39-x86_64-linux-gnu.so", ""), ("jose/__init__.py", "")],
    "Python takes before"
)]
#[case::out_of_it(
    &[("index.py", ""), ("jose/__init__.py", ""), ("../evil.py", "")],
    "points out of it"
)]
#[case::absolute(&[("index.py", ""), ("jose/__init__.py", ""), ("/etc/x", "")], "points out of it")]
fn another_shape_is_refused_with_the_reason(#[case] files: &[(&str, &str)], #[case] why: &str) {
    let failure = Package::read(zip(files), &function()).unwrap_err();
    assert_eq!(failure.class, ErrorClass::Invalid);
    assert!(failure.message.contains(why), "{failure}");
}

#[rstest]
#[case::image(|function: &mut Function| function.package_type = "Image".into(), "image")]
#[case::node(|function: &mut Function| function.runtime = Some("nodejs20.x".into()), "nodejs20.x")]
#[case::python2(|function: &mut Function| function.runtime = Some("python2.7".into()), "python2.7")]
#[case::no_runtime(|function: &mut Function| function.runtime = None, "none")]
#[case::no_handler(|function: &mut Function| function.handler = None, "names no module")]
#[case::odd(|function: &mut Function| function.handler = Some("..x".into()), "names no module")]
#[case::other(
    |function: &mut Function| function.handler = Some("index.lambda_handler".into()),
    "another function"
)]
#[case::environment(|function: &mut Function| function.environment = Some(BTreeSet::new()), "APP_CLIENT_ID")]
fn another_function_is_refused_with_the_reason(
    #[case] change: fn(&mut Function),
    #[case] why: &str,
) {
    let mut function = function();
    change(&mut function);
    let failure = Package::read(zip(&SAMPLE), &function).unwrap_err();
    assert!(failure.message.contains(why), "{failure}");
}

#[test]
fn libraries_in_layers_are_said_to_be_there() {
    let mut function = function();
    function.layers = vec!["arn:aws:lambda:r:1:layer:jose:1".into()];
    let failure = Package::read(zip(&[("index.py", "")]), &function).unwrap_err();
    assert!(failure.message.contains("layers"), "{failure}");
}

#[test]
fn no_bytes_make_it_panic() {
    let whole = zip(&SAMPLE);
    for end in 0..whole.len() {
        let _ = Package::read(whole.slice(..end), &function());
        let mut odd = whole.to_vec();
        odd[end] ^= 0x55;
        if let Ok(package) = Package::read(odd.into(), &function()) {
            let _ = package.with_rules(&contract());
        }
    }
}
