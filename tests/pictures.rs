//! The pictures of the README show the program as it is: made anew, they are the same.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]

use std::{collections::BTreeSet, fs, path::Path, process::Command};

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn the_pictures_are_of_the_program_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (kept, made) = (root.join("assets/pictures"), tempfile::tempdir().unwrap());
    let run = Command::new(env!("CARGO_BIN_EXE_mlwarden"))
        .args(["snapshot", "--pictures"])
        .arg(made.path())
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    assert_eq!(names(&kept), names(made.path()));
    for name in names(&kept) {
        assert!(
            readme.contains(&format!("(assets/pictures/{name})")),
            "{name} is not shown in the README"
        );
        let read = |folder: &Path| fs::read_to_string(folder.join(&name)).unwrap();
        let (kept, made) = (read(&kept), read(made.path()));
        let differ = kept
            .lines()
            .zip(made.lines())
            .find(|(kept, made)| kept != made);
        assert!(
            kept == made,
            "{name} is out of date; make the pictures anew by\n\
             cargo run -- snapshot --pictures assets/pictures\n\
             and look at what has changed, first here: {differ:#?}"
        );
    }
}
