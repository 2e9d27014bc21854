//! The line after `:`: what can be typed there, and what it means.

mod complete;
mod history;

use std::path::PathBuf;

pub use complete::{Completion, Sources, complete};
pub use history::History;

use super::{Screen, actions::Action};
use crate::{access::audit::What, domain::Principal};

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Go to a page; with a filter, or as it was left.
    Go(Screen, Option<String>),
    /// What may this principal do, as it is or as if in these groups?
    Can(Principal, Option<Vec<String>>),
    /// Who may do this?
    Who(What),
    /// Why may this principal do this, or not, as it is or as if in these groups?
    Why(Principal, Option<Vec<String>>, What),
    /// Show this principal on the matrix.
    As(Principal),
    /// Go to another context.
    Context(String),
    /// Go to another AWS profile.
    Profile(String),
    /// Go to another region.
    Region(String),
    /// Take a theme.
    Theme(String),
    /// Filter the rows.
    Filter(String),
    /// Sort by a column, the greatest first or not.
    Sort(String, bool),
    /// Save the list.
    Save(PathBuf),
    /// Save a picture of the screen.
    Picture(PathBuf),
    /// Tell the story of a name, or every lab.
    Story(String),
    /// Do something by its name.
    Act(Action),
}

/// What an argument names; completion offers what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A filter of the page's rows.
    Filter,
    /// A principal.
    Principal,
    /// A permission, or a method and a path.
    Permission,
    /// A method and a path.
    Route,
    /// A context.
    Context,
    /// A profile.
    Profile,
    /// A region.
    Region,
    /// A theme.
    Theme,
    /// A column of the page's list.
    Column,
    /// A story.
    Story,
    /// A file.
    File,
}

/// A command with its words.
pub struct Words {
    /// The name.
    pub name: &'static str,
    /// Shorter names.
    pub aliases: &'static [&'static str],
    /// What follows, in order.
    pub arguments: &'static [Argument],
    /// One sentence.
    pub doc: &'static str,
    /// How it is used.
    pub example: &'static str,
}

const fn words(
    name: &'static str,
    aliases: &'static [&'static str],
    arguments: &'static [Argument],
    doc: &'static str,
    example: &'static str,
) -> Words {
    Words {
        name,
        aliases,
        arguments,
        doc,
        example,
    }
}

/// Every command that is no plain action.
#[rustfmt::skip]
pub const COMMANDS: &[Words] = &[
    words("overview", &["o"], &[], "the deployment", "overview"),
    words("users", &["u", "us"], &[Argument::Filter], "the users, filtered", "users groups:readers"),
    words("groups", &["gr"], &[Argument::Filter], "the groups, filtered", "groups"),
    words("people", &["pe"], &[Argument::Filter], "the people, filtered", "people mismatch:profile"),
    words("matrix", &["m"], &[Argument::Filter], "the matrix, filtered", "matrix model-versions"),
    words("profiles", &["pr"], &[Argument::Filter], "the Studio profiles, filtered", "profiles role:reader"),
    words("roles", &["ro"], &[Argument::Filter], "the execution roles", "roles"),
    words("apps", &["a"], &[Argument::Filter], "the Studio apps, filtered", "apps type:KernelGateway age:>2d"),
    words("spaces", &["sp"], &[Argument::Filter], "the Studio spaces, filtered", "spaces apps:>0"),
    words("cleanup", &["cl"], &[Argument::Filter], "the forgotten apps, filtered", "cleanup idle:>4h"),
    words("experiments", &["ex", "mlflow"], &[Argument::Filter], "MLflow's experiments, filtered", "experiments team:pricing"),
    words("runs", &["ru"], &[Argument::Filter], "the runs of the experiment, filtered", "runs status:failed"),
    words("run", &[], &[Argument::Filter], "the run, filtered", "run part:metric"),
    words("artifacts", &["ar"], &[Argument::Filter], "the artifacts of the run, filtered", "artifacts size:>1000"),
    words("models", &["mo"], &[Argument::Filter], "MLflow's registered models, filtered", "models stages:production"),
    words("versions", &["ve"], &[Argument::Filter], "the versions of the registered model", "versions stage:staging"),
    words("logged-models", &["lm"], &[Argument::Filter], "the logged models of the experiment (MLflow 3)", "logged-models"),
    words("traces", &["tr"], &[Argument::Filter], "the traces of the experiment (MLflow 3)", "traces state:error"),
    words("trace", &[], &[Argument::Filter], "the spans of the trace (MLflow 3)", "trace state:error"),
    words("datasets", &["da"], &[Argument::Filter], "the evaluation datasets of the experiment (MLflow 3)", "datasets"),
    words("records", &[], &[Argument::Filter], "the records of the evaluation dataset (MLflow 3)", "records source:human"),
    words("requests", &["re"], &[Argument::Filter], "the requests sent to MLflow, filtered", "requests verdict:over-granted"),
    words("findings", &["fi"], &[Argument::Filter], "the findings", "findings severity:high"),
    words("jobs", &["j"], &[Argument::Filter], "what runs and what ran", "jobs"),
    words("log", &["l"], &[Argument::Filter], "what happened", "log level:error"),
    words("answers", &["an"], &[Argument::Filter], "the answer to the last question", "answers"),
    words("can", &[], &[Argument::Principal], "what a principal may do", "can group:readers"),
    words("who", &["who-can"], &[Argument::Permission], "who may do this", "who registered-models:register"),
    words("why", &[], &[Argument::Principal, Argument::Route], "why a principal may do this, or not", "why group:readers POST /ajax-api/2.0/mlflow/runs/create"),
    words("as", &[], &[Argument::Principal], "show a principal on the matrix; on MLflow's pages: see them as that one", "as group:readers"),
    words("story", &[], &[Argument::Story], "tell a story: requests in order, each held against what must come of it", "story reader"),
    words("ctx", &["context"], &[Argument::Context], "go to another context", "ctx prod"),
    words("profile", &["p"], &[Argument::Profile], "go to another AWS profile", "profile ops"),
    words("region", &["r"], &[Argument::Region], "go to another region", "region eu-central-1"),
    words("theme", &["t"], &[Argument::Theme], "take a theme", "theme nord"),
    words("filter", &["f"], &[Argument::Filter], "filter the rows", "filter age:>2d"),
    words("sort", &["s"], &[Argument::Column], "sort by a column; `desc` turns it", "sort age desc"),
    words("save", &["w"], &[Argument::File], "save the list: .csv, .json or .md", "save users.csv"),
    words("picture", &[], &[Argument::File], "save a picture of the screen: .svg, .html or .txt", "picture matrix.svg"),
    words("q", &["quit", "exit"], &[], "leave", "q"),
    words("help", &["h"], &[], "the keys of this page", "help"),
];

/// The command that a name, an alias or a beginning of a name means.
pub fn find(word: &str) -> Option<&'static Words> {
    if word.is_empty() {
        return None;
    }
    let exact = |words: &&Words| words.name == word || words.aliases.contains(&word);
    COMMANDS
        .iter()
        .find(exact)
        .or_else(|| COMMANDS.iter().find(|words| words.name.starts_with(word)))
}

/// What a line means.
///
/// # Errors
/// What is wrong with it and what would be right, in one sentence.
pub fn parse(line: &str) -> Result<Command, String> {
    let line = line.trim().trim_start_matches(':').trim_start();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    // An action's whole name goes before a beginning of a command's.
    let exact = COMMANDS
        .iter()
        .any(|words| words.name == word || words.aliases.contains(&word));
    if !exact && let Some(action) = Action::named(word) {
        return Ok(Command::Act(action));
    }
    let Some(words) = find(word) else {
        return Err(format!(
            "there is no command {word:?}: tab shows what there is"
        ));
    };
    let usage = || {
        format!(
            "{} needs more: for example `:{}`",
            words.name, words.example
        )
    };
    let needed = |rest: &str| {
        if rest.is_empty() {
            Err(usage())
        } else {
            Ok(rest.to_owned())
        }
    };
    let screen = Screen::ALL
        .into_iter()
        .find(|screen| screen.name() == words.name);
    if let Some(screen) = screen {
        return Ok(Command::Go(
            screen,
            (!rest.is_empty()).then(|| rest.to_owned()),
        ));
    }
    Ok(match words.name {
        "can" => {
            let (who, groups, what) = question(&needed(rest)?)?;
            if let (false, Principal::Group(first)) = (what.is_empty(), &who) {
                // Without quotes, too, several names are somebody who is in all of them.
                let together = Principal::Group(format!("{first} {what}"));
                return Ok(Command::Can(together, groups));
            }
            Command::Can(who, groups)
        }
        "who" => Command::Who(needed(rest)?.parse()?),
        "as" => Command::As(principal(&needed(rest)?)?),
        "why" => {
            let (who, groups, what) = question(&needed(rest)?)?;
            if what.is_empty() {
                return Err(usage());
            }
            let what = what.parse().map_err(|_| {
                let method = what.split(' ').next().unwrap_or_default();
                format!("{method:?} is no method: use GET, POST, PUT, PATCH or DELETE")
            })?;
            Command::Why(who, groups, what)
        }
        "story" if rest.is_empty() => Command::Act(Action::Story),
        "story" => Command::Story(rest.to_owned()),
        "ctx" if rest.is_empty() => Command::Act(Action::Context),
        "ctx" => Command::Context(rest.to_owned()),
        "profile" if rest.is_empty() => Command::Act(Action::Profile),
        "profile" => Command::Profile(rest.to_owned()),
        "region" if rest.is_empty() => Command::Act(Action::Region),
        "region" => Command::Region(rest.to_owned()),
        "theme" if rest.is_empty() => Command::Act(Action::Theme),
        "theme" => Command::Theme(rest.to_owned()),
        "filter" => Command::Filter(rest.to_owned()),
        "sort" => {
            let rest = needed(rest)?;
            match rest.rsplit_once(char::is_whitespace) {
                Some((column, "desc")) => Command::Sort(column.trim().to_owned(), true),
                Some((column, "asc")) => Command::Sort(column.trim().to_owned(), false),
                _ => Command::Sort(rest, false),
            }
        }
        "save" if rest.is_empty() => Command::Act(Action::Save),
        "save" => Command::Save(PathBuf::from(rest)),
        "picture" if rest.is_empty() => Command::Act(Action::Picture),
        "picture" => Command::Picture(PathBuf::from(rest)),
        "help" => Command::Act(Action::Help),
        _ => Command::Act(Action::Quit),
    })
}

fn principal(text: &str) -> Result<Principal, String> {
    text.replace('"', "").parse()
}

/// `PRINCIPAL [--groups A,B] REST`; a principal with spaces stands in quotes: `group:"a b"`.
fn question(text: &str) -> Result<(Principal, Option<Vec<String>>, String), String> {
    let mut is_quoted = false;
    let words: Vec<&str> = text
        .split(|char: char| {
            is_quoted ^= char == '"';
            char.is_whitespace() && !is_quoted
        })
        .filter(|word| !word.is_empty())
        .collect();
    let (mut who, mut groups, mut rest) = (None, None, Vec::new());
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--groups" {
            let names = words
                .next()
                .ok_or("--groups needs names: --groups readers,model-approvers")?;
            let names = names.replace('"', "");
            let each = names.split(',').map(str::trim);
            let each = each.filter(|name| !name.is_empty());
            groups = Some(each.map(ToOwned::to_owned).collect());
        } else if who.is_none() {
            who = Some(principal(word)?);
        } else {
            rest.push(word.replace('"', ""));
        }
    }
    let who = who.ok_or("name a principal: for example group:readers")?;
    Ok((who, groups, rest.join(" ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_page_has_a_command_and_no_name_means_two_things() {
        for screen in Screen::ALL {
            assert_eq!(parse(screen.name()), Ok(Command::Go(screen, None)));
        }
        let mut seen = BTreeSet::new();
        for words in COMMANDS {
            for name in std::iter::once(&words.name).chain(words.aliases) {
                assert!(seen.insert(*name), "{name} twice");
            }
            assert!(parse(words.example).is_ok(), "{}", words.example);
        }
    }

    #[test]
    fn what_is_typed_is_understood() {
        assert_eq!(
            parse("apps type:KernelGateway age:>2d"),
            Ok(Command::Go(
                Screen::Apps,
                Some("type:KernelGateway age:>2d".into())
            ))
        );
        assert_eq!(parse(":us"), Ok(Command::Go(Screen::Users, None)));
        assert_eq!(parse("find"), Ok(Command::Go(Screen::Findings, None)));
        assert_eq!(
            parse("sort age desc"),
            Ok(Command::Sort("age".into(), true))
        );
        assert_eq!(parse("mark-all"), Ok(Command::Act(Action::MarkAll)));
        assert_eq!(parse("theme"), Ok(Command::Act(Action::Theme)));
        assert!(matches!(
            parse("why group:readers post /x"),
            Ok(Command::Why(_, None, what)) if what.as_str() == "post /x"
        ));
    }

    #[test]
    fn groups_are_supposed_in_quotes_or_by_name() {
        let both = Principal::Group("readers model-approvers".into());
        for line in [
            "can group:\"readers model-approvers\"",
            "can group:readers model-approvers",
        ] {
            assert_eq!(parse(line), Ok(Command::Can(both.clone(), None)), "{line}");
        }
        let groups = Some(vec!["readers".to_owned(), "admins".to_owned()]);
        let ada = Principal::User("ada@example.com".into());
        assert_eq!(
            parse("can user:ada@example.com --groups readers,admins"),
            Ok(Command::Can(ada.clone(), groups.clone()))
        );
        assert_eq!(
            parse("why user:ada@example.com --groups readers,admins runs:write"),
            Ok(Command::Why(ada, groups, "runs:write".parse().unwrap()))
        );
        assert!(matches!(
            parse("why group:\"a b\" POST /x"),
            Ok(Command::Why(Principal::Group(names), None, _)) if names == "a b"
        ));
        assert!(parse("can --groups").unwrap_err().contains("needs names"));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        assert!(parse("frobnicate").unwrap_err().contains("tab shows"));
        assert!(parse("can").unwrap_err().contains("can group:readers"));
        assert!(
            parse("why group:readers")
                .unwrap_err()
                .contains("for example")
        );
        assert!(
            parse("can readers-").unwrap_err().contains("group:"),
            "{:?}",
            parse("can readers-")
        );
        assert!(parse("").is_err());
    }

    proptest! {
        #[test]
        fn no_line_is_too_strange(line in ".{0,40}") {
            let _ = parse(&line);
        }
    }
}
