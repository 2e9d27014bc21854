//! `--help`, `completions`, `man`: what the program says of itself.

use super::*;
use clap::CommandFactory;

#[tokio::test(flavor = "multi_thread")]
async fn the_help_is_as_it_was() {
    let bench = Bench::start().await;
    let help = bench.run(&["--help"]).await.ends(0);
    insta::assert_snapshot!(help.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_help_text_shows_markup() {
    fn look(command: &mut clap::Command, path: &str) {
        let help = command.render_long_help().to_string();
        assert!(!help.contains('`'), "{path}:\n{help}");
        for inner in command.get_subcommands_mut() {
            let path = format!("{path} {}", inner.get_name());
            look(inner, &path);
        }
    }
    let mut command = mlwarden::cli::args::Cli::command();
    command.build();
    look(&mut command, "mlwarden");
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_and_the_manual_page_know_the_commands() {
    let bench = Bench::start().await;
    for shell in ["bash", "zsh", "fish"] {
        let text = bench.run(&["completions", shell]).await.ends(0).out;
        for word in ["verify", "who-can", "iam-policy"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
    let page = bench.run(&["man"]).await.ends(0).out;
    assert!(page.contains(".TH mlwarden"), "{page}");
    assert!(page.contains("verify"), "{page}");
    bench.run(&["--version"]).await.ends(0);
}
