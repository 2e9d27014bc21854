//! What the README says is what the program does.

use std::{env, fs, path::Path};

use mlwarden::app::keymap::Keymap;

const BEGIN: &str = "<!-- keys -->\n";
const END: &str = "<!-- /keys -->";

#[test]
fn the_key_table_is_the_keymap() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (table, after) = rest.split_once(END).unwrap();
    let wanted = Keymap::embedded().to_markdown();
    if env::var_os("UPDATE_README").is_some() {
        fs::write(&file, format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
        return;
    }
    assert!(
        table == wanted,
        "the README's keys are old: `UPDATE_README=1 cargo test --test readme` writes them anew"
    );
}

#[test]
fn the_first_screen_holds_exactly_two_commands() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let first: Vec<&str> = text
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("    "))
        .collect();
    assert_eq!(first, ["cargo run -- demo", "cargo test"]);
}
