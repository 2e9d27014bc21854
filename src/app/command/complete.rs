//! What could be typed next.

use super::{Argument, COMMANDS, find};
use crate::app::actions::TABLE;

/// How many are offered.
const OFFERED: usize = 200;

/// What there is to name.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Principals.
    pub principals: Vec<String>,
    /// Permissions.
    pub permissions: Vec<String>,
    /// Methods with paths.
    pub routes: Vec<String>,
    /// Contexts of the config file.
    pub contexts: Vec<String>,
    /// Profiles of the AWS config files.
    pub profiles: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
    /// Themes.
    pub themes: Vec<String>,
    /// Stories.
    pub stories: Vec<String>,
    /// Columns of the page's list, in lower case.
    pub columns: Vec<String>,
}

/// A way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The whole line with it.
    pub line: String,
    /// What is offered.
    pub text: String,
    /// What it is.
    pub doc: String,
}

/// The ways to go on with a line.
pub fn complete(line: &str, sources: &Sources) -> Vec<Completion> {
    let Some((word, rest)) = line.split_once(' ') else {
        return names(line);
    };
    let Some(words) = find(word) else {
        return Vec::new();
    };
    // A principal comes first, the rest of the line is its route.
    let (argument, before, typed) = match words.arguments {
        [] => return Vec::new(),
        [one] => (*one, String::new(), rest),
        [first, second, ..] => match rest.split_once(' ') {
            None => (*first, String::new(), rest),
            Some((done, typed)) => (*second, format!("{done} "), typed),
        },
    };
    let typed = typed.trim_start();
    let (given, filter): (&[String], bool) = match argument {
        Argument::Principal => (&sources.principals, false),
        Argument::Permission => (&sources.permissions, false),
        Argument::Route => (&sources.routes, false),
        Argument::Context => (&sources.contexts, false),
        Argument::Profile => (&sources.profiles, false),
        Argument::Region => (&sources.regions, false),
        Argument::Theme => (&sources.themes, false),
        Argument::Story => (&sources.stories, false),
        Argument::Column => (&sources.columns, false),
        Argument::Filter => (&sources.columns, true),
        Argument::File => return Vec::new(),
    };
    // Only the last word of a filter is being typed.
    let (kept, typed) = match (filter, typed.rsplit_once(' ')) {
        (true, Some((kept, last))) => (format!("{kept} "), last),
        _ => (String::new(), typed),
    };
    let folded = typed.to_lowercase();
    let mut offered: Vec<&String> = given
        .iter()
        .filter(|text| text.to_lowercase().contains(&folded))
        .collect();
    offered.sort_by_key(|text| !text.to_lowercase().starts_with(&folded));
    offered
        .into_iter()
        .take(OFFERED)
        .map(|text| {
            let colon = if filter { ":" } else { "" };
            Completion {
                line: format!("{} {before}{kept}{text}{colon}", words.name),
                text: format!("{text}{colon}"),
                doc: String::new(),
            }
        })
        .collect()
}

fn names(typed: &str) -> Vec<Completion> {
    let commands = COMMANDS.iter().map(|words| {
        let aliases = words.aliases.contains(&typed);
        (words.name, words.doc, !words.arguments.is_empty(), aliases)
    });
    let actions = TABLE
        .iter()
        .filter(|entry| !COMMANDS.iter().any(|words| words.name == entry.name))
        .map(|entry| (entry.name, entry.doc, false, false));
    commands
        .chain(actions)
        .filter(|(name, _, _, alias)| *alias || name.starts_with(typed))
        .map(|(name, doc, more, _)| Completion {
            line: if more {
                format!("{name} ")
            } else {
                name.to_owned()
            },
            text: name.to_owned(),
            doc: doc.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Sources {
        Sources {
            principals: vec!["group:readers".into(), "group:admins".into()],
            permissions: vec!["runs:read".into()],
            routes: vec!["POST /ajax-api/2.0/mlflow/runs/create".into()],
            columns: vec!["type".into(), "age".into()],
            ..Sources::default()
        }
    }

    fn lines(typed: &str) -> Vec<String> {
        complete(typed, &sources())
            .into_iter()
            .map(|completion| completion.line)
            .collect()
    }

    #[test]
    fn what_is_offered_depends_on_what_is_being_typed() {
        assert_eq!(lines("us")[0], "users ");
        assert!(lines("mark-").contains(&"mark-all".to_owned()));
        assert_eq!(lines("can read"), ["can group:readers"]);
        assert_eq!(
            lines("why group:readers runs/cr"),
            ["why group:readers POST /ajax-api/2.0/mlflow/runs/create"]
        );
        assert_eq!(lines("apps type:x ag"), ["apps type:x age:"]);
        assert_eq!(lines("who "), ["who runs:read"]);
        assert!(lines("nonsense x").is_empty());
    }
}
