//! The matrix as declared: which access level may do what.
//!
//! It holds what an admin expects, and nothing of what is deployed.

use std::{collections::HashMap, ops::Range};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{Catalog, decision::Effect, permission::covers, policy::glob};
use crate::domain::{ExecutionRole, Failure, Principal};

/// What the sample's text promises, as embedded.
const SAMPLE: &str = include_str!("../../assets/matrix.toml");

/// The declared matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// The access levels, in the order of the file.
    #[serde(rename = "row")]
    pub rows: Vec<MatrixRow>,
}

/// One access level: its group, its profile and role, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixRow {
    /// The level's name.
    pub name: String,
    /// The Cognito group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The Studio profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The execution role: a name, an ARN or a glob over names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Permission globs.
    pub allow: Vec<String>,
}

/// The file as it is read, with the place of everything that may be wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    row: Vec<Spanned<FileRow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRow {
    name: Spanned<String>,
    group: Option<Spanned<String>>,
    profile: Option<Spanned<String>>,
    role: Option<Spanned<String>>,
    allow: Vec<Spanned<String>>,
}

impl MatrixRow {
    /// What the row declares for a permission.
    pub fn effect(&self, permission: &str) -> Effect {
        if self.allow.iter().any(|pattern| covers(pattern, permission)) {
            Effect::Allow
        } else {
            Effect::Deny
        }
    }
}

impl Matrix {
    /// What the sample's text promises.
    pub fn sample() -> Self {
        // The asset is part of the program and a test reads it; without rows nothing is declared.
        Self::parse(SAMPLE, "matrix.toml").unwrap_or_default()
    }

    /// The sample's matrix as text with its comments, to start a file from.
    pub fn sample_text() -> &'static str {
        SAMPLE
    }

    /// A matrix from TOML text.
    ///
    /// # Errors
    /// The text is no TOML, a field is unknown or missing, a name is used twice, or a
    /// permission does not exist; the message names the file, the line and the field.
    pub fn parse(text: &str, file: &str) -> Result<Self, Failure> {
        let parsed: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, &span));
            Failure::invalid(
                format!("reading {file}"),
                format!("line {line}: {}", error.message().trim_end()),
            )
        })?;
        let reader = Reader { text, file };
        let permissions = Catalog::all_permissions();
        let mut taken = HashMap::new();
        let mut rows = Vec::with_capacity(parsed.row.len());
        for row in parsed.row {
            let span = row.span();
            let row = row.into_inner();
            for (field, value) in [
                ("name", Some(&row.name)),
                ("group", row.group.as_ref()),
                ("profile", row.profile.as_ref()),
                ("role", row.role.as_ref()),
            ] {
                let Some(value) = value else { continue };
                if value.get_ref().trim().is_empty() {
                    return Err(reader.error(&value.span(), field, "must not be empty"));
                }
                let key = (field, value.get_ref().clone());
                if let Some(line) = taken.insert(key, line_of(text, &value.span())) {
                    let message = format!("{:?} stands in line {line} already", value.get_ref());
                    return Err(reader.error(&value.span(), field, &message));
                }
            }
            if row.group.is_none() && row.profile.is_none() && row.role.is_none() {
                return Err(reader.error(&span, "row", "needs a group, a profile or a role"));
            }
            reader.check_allow(&row.allow, &permissions)?;
            rows.push(MatrixRow {
                name: row.name.into_inner(),
                group: row.group.map(Spanned::into_inner),
                profile: row.profile.map(Spanned::into_inner),
                role: row.role.map(Spanned::into_inner),
                allow: row.allow.into_iter().map(Spanned::into_inner).collect(),
            });
        }
        Ok(Self { rows })
    }

    /// The matrix as TOML text that [`Matrix::parse`] reads.
    ///
    /// # Errors
    /// The text cannot be written, which only a fault of this program can cause.
    pub fn to_toml(&self) -> Result<String, Failure> {
        toml::to_string_pretty(self)
            .map_err(|error| Failure::invalid("writing the matrix", error.to_string()))
    }

    /// What is declared for a principal and a permission; none where the principal stands
    /// in no row. Anonymous may do nothing. A user stands in no row: ask for the group
    /// that the authorizer goes by.
    pub fn expected(
        &self,
        principal: &Principal,
        roles: &[ExecutionRole],
        permission: &str,
    ) -> Option<Effect> {
        if *principal == Principal::Anonymous {
            return Some(Effect::Deny);
        }
        Some(self.row_of(principal, roles)?.effect(permission))
    }

    /// The row that a principal stands in. A role is known by its name or ARN, else by the
    /// profiles that use it; a profile by its name, else by its role.
    pub fn row_of(&self, principal: &Principal, roles: &[ExecutionRole]) -> Option<&MatrixRow> {
        match principal {
            Principal::Group(name) => self
                .rows
                .iter()
                .find(|row| row.group.as_ref() == Some(name)),
            Principal::Role(name) => {
                let found = roles
                    .iter()
                    .find(|role| role.name == *name || role.arn == *name);
                self.row_of_role(name, found)
            }
            Principal::Profile(name) => self.row_of_profile(name).or_else(|| {
                let role = roles.iter().find(|role| role.profiles.contains(name))?;
                self.row_of_role(&role.name, Some(role))
            }),
            Principal::User(_) | Principal::Anonymous => None,
        }
    }

    fn row_of_profile(&self, name: &str) -> Option<&MatrixRow> {
        self.rows
            .iter()
            .find(|row| row.profile.as_deref() == Some(name))
    }

    fn row_of_role(&self, name: &str, found: Option<&ExecutionRole>) -> Option<&MatrixRow> {
        let short = name.rsplit('/').next().unwrap_or(name);
        let is = |row: &&MatrixRow| {
            row.role.as_deref().is_some_and(|pattern| {
                pattern == name
                    || found.is_some_and(|role| pattern == role.arn)
                    || glob::matches(pattern, short)
            })
        };
        self.rows.iter().find(is).or_else(|| {
            found?
                .profiles
                .iter()
                .find_map(|profile| self.row_of_profile(profile))
        })
    }
}

/// Says where something is wrong.
struct Reader<'a> {
    text: &'a str,
    file: &'a str,
}

impl Reader<'_> {
    fn error(&self, span: &Range<usize>, field: &str, message: &str) -> Failure {
        let line = line_of(self.text, span);
        Failure::invalid(
            format!("reading {}", self.file),
            format!("line {line}: {field}: {message}"),
        )
    }

    /// Every permission exists, every glob matches one, none stands twice.
    fn check_allow(&self, allow: &[Spanned<String>], permissions: &[&str]) -> Result<(), Failure> {
        for (at, pattern) in allow.iter().enumerate() {
            let text = pattern.get_ref();
            let twice = allow
                .iter()
                .take(at)
                .find(|before| before.get_ref() == text);
            if twice.is_some() {
                let message = format!("{text:?} stands twice");
                return Err(self.error(&pattern.span(), "allow", &message));
            }
            if permissions
                .iter()
                .any(|permission| covers(text, permission))
            {
                continue;
            }
            let message = if text.contains(['*', '?']) {
                format!("{text:?} matches no permission")
            } else {
                format!("there is no permission {text:?}")
            };
            let area = text.split(':').next().unwrap_or_default();
            let near: Vec<&str> = permissions
                .iter()
                .copied()
                .filter(|permission| {
                    permission
                        .split_once(':')
                        .is_some_and(|(known, _)| known == area)
                })
                .collect();
            let failure = self.error(&pattern.span(), "allow", &message);
            return Err(if near.is_empty() {
                failure.advise("see `mlwarden matrix show` for the permissions there are")
            } else {
                failure.advise(format!("use one of {}", near.join(", ")))
            });
        }
        Ok(())
    }
}

/// The line, from 1, in which a span begins.
fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or_default();
    1 + before.matches('\n').count()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const READER: &str = "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";
    const APPROVER: &str = "SageMakerStudioUserStack-sagemakermlflowmodelaprov-XTK0XB757WVO";

    fn role(name: &str, profiles: &[&str]) -> ExecutionRole {
        ExecutionRole {
            name: name.to_owned(),
            arn: format!("arn:aws:iam::123456789012:role/{name}"),
            profiles: profiles.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn row<'m>(matrix: &'m Matrix, principal: &str, roles: &[ExecutionRole]) -> Option<&'m str> {
        matrix
            .row_of(&principal.parse().unwrap(), roles)
            .map(|row| row.name.as_str())
    }

    #[test]
    fn the_sample_declares_what_its_text_promises() {
        let matrix = Matrix::parse(SAMPLE, "matrix.toml").unwrap();
        let names: Vec<_> = matrix.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["admin", "reader", "model-approver"]);
        for permission in Catalog::all_permissions() {
            let allowed = |row: usize| matrix.rows[row].effect(permission) == Effect::Allow;
            let read = permission.ends_with(":read") || permission == "graphql:query";
            let promotes = [
                "registered-models:register",
                "model-versions:create",
                "model-versions:transition",
            ];
            assert!(allowed(0), "{permission}");
            assert_eq!(allowed(1), read, "{permission}");
            assert_eq!(
                allowed(2),
                read || promotes.contains(&permission),
                "{permission}"
            );
        }
    }

    #[test]
    fn every_kind_of_principal_finds_its_row() {
        let matrix = Matrix::sample();
        let roles = [
            role(READER, &["mlflow-reader"]),
            role(APPROVER, &[]),
            role("Custom", &["mlflow-admin"]),
        ];
        for (principal, expected) in [
            ("group:readers", Some("reader")),
            ("group:interns", None),
            (&format!("role:{READER}"), Some("reader")),
            (
                &format!("role:arn:aws:iam::1:role/{APPROVER}"),
                Some("model-approver"),
            ),
            ("role:Custom", Some("admin")),
            ("role:arn:aws:iam::123456789012:role/Custom", Some("admin")),
            ("role:Other", None),
            ("profile:mlflow-model-approver", Some("model-approver")),
            ("profile:unknown", None),
            ("user:a@example.com", None),
        ] {
            assert_eq!(row(&matrix, principal, &roles), expected, "{principal}");
        }
    }

    #[test]
    fn a_profile_is_expected_to_do_what_its_name_says_whatever_role_it_got() {
        let roles = [role(
            "SageMakerStudioUserStack-sagemakermlflowadminrole-X",
            &["mlflow-admin", "mlflow-reader"],
        )];
        let matrix = Matrix::sample();
        assert_eq!(
            row(&matrix, "profile:mlflow-reader", &roles),
            Some("reader")
        );
    }

    #[test]
    fn anonymous_may_do_nothing_and_the_undeclared_is_unknown() {
        let matrix = Matrix::sample();
        assert_eq!(
            matrix.expected(&Principal::Anonymous, &[], "ui:read"),
            Some(Effect::Deny)
        );
        assert_eq!(
            matrix.expected(&Principal::Group("interns".into()), &[], "ui:read"),
            None
        );
    }

    #[rstest]
    #[case("row = 3", "line 1")]
    #[case("[[row]]\nname = \"a\"\ngroup = \"g\"\nalow = []", "line 4")]
    #[case("[[row]]\nname = \"a\"\ngroup = \"g\"", "allow")]
    #[case("[[row]]\nname = \"a\"\ngroup = 7\nallow = []", "line 3")]
    #[case("[[row]]\nname = \"a\"\nallow = []", "line 1: row: needs a group")]
    #[case(
        "[[row]]\nname = \" \"\ngroup = \"g\"\nallow = []",
        "line 2: name: must not be empty"
    )]
    #[case(
        "[[row]]\nname = \"a\"\ngroup = \"g\"\nallow = [\n \"runs:read\",\n \"runs:wirte\"]",
        "line 6: allow: there is no permission \"runs:wirte\""
    )]
    #[case(
        "[[row]]\nname = \"a\"\ngroup = \"g\"\nallow = [\"run:*\"]",
        "line 4: allow: \"run:*\" matches no permission"
    )]
    #[case(
        "[[row]]\nname = \"a\"\ngroup = \"g\"\nallow = [\"*\", \"*\"]",
        "line 4: allow: \"*\" stands twice"
    )]
    #[case(
        "[[row]]\nname = \"a\"\ngroup = \"g\"\nallow = []\n[[row]]\nname = \"b\"\ngroup = \"g\"\nallow = []",
        "line 7: group: \"g\" stands in line 3 already"
    )]
    #[case("[[row]\n", "line 1")]
    fn a_mistake_is_named_with_file_line_and_field(#[case] text: &str, #[case] expected: &str) {
        let message = Matrix::parse(text, "my/matrix.toml")
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("reading my/matrix.toml: line"),
            "{message}"
        );
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn a_misspelt_verb_is_told_the_right_ones() {
        let text = "[[row]]\nname = \"a\"\ngroup = \"g\"\nallow = [\"metrics:wirte\"]";
        let failure = Matrix::parse(text, "m").unwrap_err();
        assert_eq!(
            failure.next_step(),
            "use one of metrics:read, metrics:write"
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        let matrix = Matrix::sample();
        let text = matrix.to_toml().unwrap();
        assert_eq!(Matrix::parse(&text, "m").unwrap(), matrix);
    }
}
