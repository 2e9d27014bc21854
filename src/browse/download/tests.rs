//! What a path may name, and what a request for it looks like.

use std::path::Path;

use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case("model/MLmodel", Some("/out/model/MLmodel"))]
#[case("with space & more.bin", Some("/out/with space & more.bin"))]
#[case("中文/é.txt", Some("/out/中文/é.txt"))]
#[case("..a/b..", Some("/out/..a/b.."))]
#[case("", None)]
#[case("..", None)]
#[case("../x", None)]
#[case("a/../../x", None)]
#[case("a/./x", None)]
#[case("/etc/passwd", None)]
#[case("a//x", None)]
#[case("a/", None)]
#[case("C:/x", None)]
#[case("c:x", None)]
#[case("..\\x", None)]
#[case("a\0b", None)]
#[case("a\nb", None)]
#[case("a\u{1b}[31m", None)]
#[case("a\u{9b}31m", None)]
#[case(".mlwarden-0.part", None)]
fn a_path_stays_in_the_folder_or_is_refused(#[case] artifact: &str, #[case] file: Option<&str>) {
    let placed = place(Path::new("/out"), artifact);
    assert_eq!(placed.ok().as_deref(), file.map(Path::new));
}

fn wanted(root_uri: &str) -> Download {
    Download {
        run: "r1".into(),
        root_uri: root_uri.into(),
        folder: "/out".into(),
        overwrite: false,
        concurrency: 1,
    }
}

#[rstest]
#[case("mlflow-artifacts:/1/r1/artifacts")]
#[case("mlflow-artifacts://mlflow.internal:5000/1/r1/artifacts")]
fn a_signed_request_names_the_file_at_the_servers_own_store(#[case] root_uri: &str) {
    let request = request(Root::Api, &wanted(root_uri), "a b/c&d.bin").unwrap();
    assert_eq!(
        request.path,
        "/api/2.0/mlflow-artifacts/artifacts/1/r1/artifacts/a%20b/c%26d.bin"
    );
    let base = "https://x/prod/".parse().unwrap();
    request.url(&base).unwrap();
}

#[test]
fn what_is_elsewhere_can_be_read_with_a_token_only() {
    let bucket = wanted("s3://bucket/1/r1/artifacts");
    let refused = request(Root::Api, &bucket, "x").unwrap_err();
    assert!(refused.message.contains("s3://bucket"), "{refused}");
    assert!(refused.next_step().contains("token"), "{refused}");
    let read = request(Root::Ajax, &bucket, "x").unwrap();
    assert_eq!(read.path, "/get-artifact");
}

proptest! {
    #[test]
    fn no_path_whatever_leads_out_of_the_folder(
        parts in proptest::collection::vec("(\\.{0,3}|[a-zC:\\\\/\u{0}-\u{1f}]{0,4}|\\PC{0,3})", 0..6),
    ) {
        let artifact = parts.join("/");
        if let Ok(file) = place(Path::new("/out"), &artifact) {
            let inside = file.strip_prefix("/out").unwrap();
            prop_assert!(inside.components().count() > 0);
            prop_assert!(inside
                .components()
                .all(|part| matches!(part, std::path::Component::Normal(_))));
            prop_assert_eq!(inside.to_str().unwrap(), artifact);
        }
    }
}
