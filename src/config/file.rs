//! The config file: contexts by name, and which of them is current.

use std::{fs, io::Write, path::Path};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item, Table, value};

use crate::{
    access::finding::Suppression,
    aws::Quotas,
    domain::{Environment, ErrorClass, Failure, MatchRule, Usd},
    plan::cleanup::Rule,
};

/// What the config file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The context to use where none is named.
    pub current_context: Option<String>,
    /// The contexts by name.
    pub contexts: IndexMap<String, ContextSettings>,
    /// How the console looks and behaves.
    pub console: ConsoleSettings,
    /// How many calls a second the services allow this account.
    pub quotas: Quotas,
    /// How people are put together.
    pub people: PeopleSettings,
    /// What an hour of an instance costs here, in dollars, by its type: before what is known
    /// of it.
    pub prices: IndexMap<String, Usd>,
    /// Which apps are forgotten: findings, and what `cleanup` deletes where it is named.
    pub cleanup: Vec<Rule>,
    /// Which findings are left as they are, why, and until when.
    pub suppress: Vec<Suppression>,
}

/// How users and Studio profiles are put together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PeopleSettings {
    /// By what a user and a profile belong together: `email-local-part`, `user-name` or
    /// `tag:KEY`.
    #[serde(rename = "match")]
    pub rule: MatchRule,
}

/// How the console looks and behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleSettings {
    /// The theme; without one the terminal's background decides.
    pub theme: Option<String>,
    /// Whether the mouse is listened to; it is where nothing is said.
    pub mouse: Option<bool>,
}

/// One context: what is known of a deployment. What is missing is discovered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContextSettings {
    /// The profile in the AWS config files.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// One endpoint for every AWS service.
    pub endpoint_url: Option<String>,
    /// The AWS account id.
    pub account: Option<String>,
    /// The user pool's id.
    pub user_pool_id: Option<String>,
    /// The app client's id.
    pub client_id: Option<String>,
    /// The REST API's id.
    pub rest_api_id: Option<String>,
    /// The base URL of the protected API.
    pub api_url: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The Lambda authorizer's id.
    pub authorizer_id: Option<String>,
    /// The ARN of the function that the authorizer calls.
    pub authorizer_function: Option<String>,
    /// The Studio domain's id.
    pub domain_id: Option<String>,
    /// The execution roles, by name or ARN.
    pub execution_roles: Option<Vec<String>>,
    /// MLflow's version.
    pub mlflow_version: Option<String>,
    /// The matrix file; relative to the config file's folder.
    pub matrix: Option<String>,
    /// Whether this context is never written to.
    pub read_only: Option<bool>,
    /// How much care it wants, as the header shows it: red, yellow or green.
    pub color: Option<Environment>,
}

impl Settings {
    /// Reads `file`; a file that is not there is an empty one.
    ///
    /// # Errors
    /// `Invalid`, naming the file, the line and the field.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        match fs::read_to_string(file) {
            Ok(text) => Self::parse(&text, &file.display().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(unreadable(file, &error)),
        }
    }

    /// Settings from TOML text; `file` is only named in errors.
    pub fn parse(text: &str, file: &str) -> Result<Self, Failure> {
        toml::from_str(text).map_err(|error| {
            Failure::invalid(format!("reading {file}"), error.to_string().trim_end())
                .advise(format!("correct {file}, or name another file by --config"))
        })
    }

    /// The context to use: the one named, else the current one, else none.
    ///
    /// # Errors
    /// `NotFound` with the names there are.
    pub fn context(&self, name: Option<&str>) -> Result<Option<(&str, &ContextSettings)>, Failure> {
        let Some(name) = name.or(self.current_context.as_deref()) else {
            return Ok(None);
        };
        self.contexts
            .get_key_value(name)
            .map(|(name, context)| Some((name.as_str(), context)))
            .ok_or_else(|| {
                let names: Vec<&str> = self.contexts.keys().map(String::as_str).collect();
                Failure::new(
                    ErrorClass::NotFound,
                    format!("looking for the context {name}"),
                    if names.is_empty() {
                        "the config file has no contexts".to_owned()
                    } else {
                        format!("the config file has: {}", names.join(", "))
                    },
                )
                .advise("make one with `mlwarden init --name NAME`")
            })
    }
}

/// Writes a context into `file` and makes it the current one. Everything else in the file
/// stays as it is, comments included; the file is replaced whole or not at all.
pub fn write_context(file: &Path, name: &str, context: &ContextSettings) -> Result<(), Failure> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(unreadable(file, &error)),
    };
    // A file that cannot be read must not be written over.
    Settings::parse(&text, &file.display().to_string())?;
    let invalid = |error: String| Failure::invalid(format!("writing {}", file.display()), error);
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| invalid(error.to_string()))?;
    let table = toml_edit::ser::to_document(context)
        .map_err(|error| invalid(error.to_string()))?
        .as_table()
        .clone();
    document["current_context"] = value(name);
    let contexts = document
        .entry("contexts")
        .or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        })
        .as_table_mut()
        .ok_or_else(|| invalid("contexts is not a table".to_owned()))?;
    contexts.insert(name, Item::Table(table));
    replace(file, &document.to_string()).map_err(|error| unreadable(file, &error))
}

/// Adds a suppression at the end of `file`. Everything else in the file stays as it is,
/// comments included; the file is replaced whole or not at all.
pub fn write_suppression(file: &Path, suppression: &Suppression) -> Result<(), Failure> {
    let name = file.display().to_string();
    let mut text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(unreadable(file, &error)),
    };
    Settings::parse(&text, &name)?;
    if !text.is_empty() {
        text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
    }
    text.push_str(&suppression.to_toml());
    // A file that holds its suppressions otherwise, `suppress = []`, takes no more this way.
    Settings::parse(&text, &name)?;
    replace(file, &text).map_err(|error| unreadable(file, &error))
}

/// Writes a file beside the old one and puts it in its place.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(file)?;
    Ok(())
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::invalid(format!("opening {}", file.display()), error.to_string())
        .advise("check the file's permissions, or name another by --config")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_named_by_file_line_and_field() {
        let text = "current_context = \"prod\"\n\n[contexts.prod]\nregon = \"us-west-2\"\n";
        let error = Settings::parse(text, "config.toml")
            .unwrap_err()
            .to_string();
        for part in ["config.toml", "line 4", "regon", "region"] {
            assert!(error.contains(part), "{part} in {error}");
        }
        let text = "[contexts.prod]\nread_only = \"yes\"\n";
        let error = Settings::parse(text, "config.toml")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 2") && error.contains("read_only"),
            "{error}"
        );
    }

    #[test]
    fn quotas_are_awss_unless_they_are_given_and_a_mistake_is_named() {
        let settings = Settings::parse("[quotas]\nuser_list = 120\n", "config.toml").unwrap();
        assert_eq!(settings.quotas.user_list.get(), 120);
        assert_eq!(settings.quotas.user_update.get(), 25);
        assert_eq!(settings.quotas.patience, 300);
        for (line, said) in [
            ("user_list = 0", "nonzero"),
            ("user_list = \"many\"", "user_list"),
            ("user_list = -3", "user_list"),
            ("user_lists = 3", "user_list`"),
        ] {
            let error = Settings::parse(&format!("[quotas]\n{line}\n"), "config.toml")
                .unwrap_err()
                .to_string();
            for part in ["config.toml", "line 2", line, said] {
                assert!(error.contains(part), "{part} in {error}");
            }
        }
    }

    #[test]
    fn people_are_matched_by_their_address_unless_the_file_says_otherwise() {
        let rule = |text: &str| Settings::parse(text, "config.toml").map(|it| it.people.rule);
        assert_eq!(rule("").unwrap(), MatchRule::EmailLocalPart);
        assert_eq!(
            rule("[people]\nmatch = \"user-name\"\n").unwrap(),
            MatchRule::UserName
        );
        assert_eq!(
            rule("[people]\nmatch = \"tag:owner\"\n").unwrap(),
            MatchRule::Tag("owner".into())
        );
        let error = rule("[people]\nmatch = \"mail\"\n")
            .unwrap_err()
            .to_string();
        for part in ["config.toml", "line 2", "mail", "tag:KEY"] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }

    #[test]
    fn writing_a_context_keeps_the_rest_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(
            &file,
            "# mine\ncurrent_context = \"a\"\n\n[contexts.a] # old\nregion = \"x\"\n",
        )
        .unwrap();
        let context = ContextSettings {
            region: Some("us-west-2".into()),
            ..ContextSettings::default()
        };
        write_context(&file, "b", &context).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("# mine") && text.contains("# old"), "{text}");
        let settings = Settings::read(&file).unwrap();
        assert_eq!(settings.current_context.as_deref(), Some("b"));
        assert_eq!(settings.contexts["a"].region.as_deref(), Some("x"));
        assert_eq!(settings.contexts["b"], context);
    }

    #[test]
    fn a_broken_file_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, "current_context = \n").unwrap();
        assert!(write_context(&file, "b", &ContextSettings::default()).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "current_context = \n");
    }

    #[test]
    fn a_suppression_needs_a_reason_and_an_end() {
        let lines = [
            "finding = \"several-groups\"",
            "subject = \"user:ada*\"",
            "reason = \"moves in March\"",
            "until = \"2027-03-01\"",
        ];
        let file = |lines: &[&str]| format!("[[suppress]]\n{}\n", lines.join("\n"));
        let settings = Settings::parse(&file(&lines), "config.toml").unwrap();
        assert_eq!(settings.suppress[0].reason, "moves in March");
        for left_out in ["reason", "until", "subject"] {
            let fewer: Vec<&str> = lines
                .into_iter()
                .filter(|line| !line.starts_with(left_out))
                .collect();
            let error = Settings::parse(&file(&fewer), "config.toml").unwrap_err();
            for part in ["config.toml", "line 1", left_out] {
                assert!(error.to_string().contains(part), "{part} in {error}");
            }
        }
        let wrong = file(&lines).replace("2027-03-01", "1st of March");
        let error = Settings::parse(&wrong, "config.toml").unwrap_err();
        for part in ["config.toml", "line 5", "until", "2027-03-01"] {
            assert!(error.to_string().contains(part), "{part} in {error}");
        }
    }

    #[test]
    fn a_suppression_is_added_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let suppression = Suppression {
            finding: "self-sign-up".into(),
            subject: "pool:*".into(),
            detail: None,
            reason: "wanted".into(),
            until: "2027-03-01".parse().unwrap(),
        };
        write_suppression(&file, &suppression).unwrap();
        let before = format!("# mine\n{}", fs::read_to_string(&file).unwrap());
        fs::write(&file, &before).unwrap();
        let other = Suppression {
            detail: Some("x".into()),
            ..suppression.clone()
        };
        write_suppression(&file, &other).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(&before), "{text}");
        let settings = Settings::read(&file).unwrap();
        assert_eq!(settings.suppress, [suppression.clone(), other]);
        fs::write(&file, "suppress = []\n").unwrap();
        assert!(write_suppression(&file, &suppression).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "suppress = []\n");
    }

    #[test]
    fn an_unknown_context_is_answered_with_the_names_there_are() {
        let settings = Settings::parse("[contexts.prod]\n[contexts.dev]\n", "c").unwrap();
        let error = settings.context(Some("test")).unwrap_err().to_string();
        assert!(error.contains("prod") && error.contains("dev"), "{error}");
    }
}
