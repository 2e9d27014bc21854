//! People from a CSV file, as spreadsheets and people write it, and users back into one.
//!
//! Reading stops at nothing: every good row is a person, every bad one says in which line and
//! field it is bad. Nothing here asks a service; what is missing of them is planned elsewhere.

mod columns;
mod decode;
mod rows;
mod write;

use std::{collections::HashMap, fmt};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use self::columns::{Column, Columns};
use crate::domain::{
    Failure, email,
    person::{MAX_PROFILE, is_profile_name, profile_name},
    spreadsheet::restored,
};

pub(super) use columns::is_read_only;
pub(crate) use decode::decode;
pub(crate) use rows::rows_of;
pub use write::to_csv;

/// The longest name of a group that Cognito takes, in characters.
const MAX_GROUP: usize = 128;
/// How much of a bad value a problem quotes, in characters.
const QUOTED: usize = 80;

/// What a file says of people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Roster {
    /// The people whose rows are good, in the order of the file.
    pub people: Vec<Newcomer>,
    /// What is wrong with the other rows, in the order of the file.
    pub problems: Vec<RowProblem>,
    /// Columns that say nothing about a new person, such as `status`, and are not read.
    pub ignored: Vec<String>,
}

/// One person of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// The line of the file where the row starts, from 1.
    pub line: u64,
    /// The address, as written.
    pub email: String,
    /// The groups, each once.
    pub groups: Vec<String>,
    /// Whether to have a Studio profile; none where the row has no such field.
    pub profile: Option<ProfileWish>,
    /// Cognito's attributes by name; what is empty is not there.
    pub attributes: IndexMap<String, String>,
}

impl Newcomer {
    /// The name of the Studio profile that the row asks for.
    pub fn profile_name(&self) -> Option<String> {
        match self.profile.as_ref()? {
            ProfileWish::None => None,
            ProfileWish::Derived => Some(profile_name(&self.email)),
            ProfileWish::Named(name) => Some(name.clone()),
        }
    }
}

/// What a row says about a Studio profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileWish {
    /// None is to be made: the field is empty, `no` or `false`.
    None,
    /// One that is called as the address before its `@`: `yes` or `true`.
    Derived,
    /// One of this name.
    Named(String),
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProblem {
    /// The line of the file where the row starts, from 1.
    pub line: u64,
    /// The column, where it is about one.
    pub field: Option<String>,
    /// What stands there, cut where it is long.
    pub value: Option<String>,
    /// What is wrong with it, and what would be right where that is known.
    pub message: String,
}

impl RowProblem {
    /// Something wrong with a whole row.
    pub fn of_row(line: u64, message: impl Into<String>) -> Self {
        Self {
            line,
            field: None,
            value: None,
            message: message.into(),
        }
    }

    /// Whether what stands there may be or have an address.
    fn has_address(&self) -> bool {
        self.value.as_deref().is_some_and(|text| text.contains('@'))
    }

    /// Something wrong with one field.
    pub fn of_field(line: u64, field: &str, value: &str, message: impl Into<String>) -> Self {
        let mut quoted: String = value.chars().take(QUOTED).collect();
        if quoted.len() < value.len() {
            quoted.push('…');
        }
        Self {
            line,
            field: Some(field.to_owned()),
            value: Some(quoted),
            message: message.into(),
        }
    }
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(field) = &self.field {
            write!(f, ", {field}")?;
        }
        if let Some(value) = self.value.as_deref().filter(|value| !value.is_empty()) {
            write!(f, " {value:?}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Reads people from CSV; `file` is only named in failures.
///
/// Columns are `email`, `groups` (separated by `;`, `,`, `|` or blanks), `profile`, and
/// Cognito's attributes (`name`, `custom:team`, `attributes.name`). Without a header they are
/// email, groups and profile. Fields are separated by commas, semicolons or tabs; lines that
/// start with `#` are remarks; UTF-8 and UTF-16.
///
/// # Errors
/// `Invalid` where nothing can be read: the file is no text, no column can be an address, or
/// a column is none that there is.
pub fn parse(bytes: &[u8], file: &str) -> Result<Roster, Failure> {
    let text = decode(bytes, file)?;
    let (rows, delimiter) = rows::open(&text);
    let mut reader: Option<Reader> = None;
    let mut roster = Roster::default();
    for row in rows::Rows::new(rows, delimiter) {
        let row = match row {
            Ok(row) => row,
            // What may have been the header cannot be done without.
            Err(problem) if reader.is_none() && !problem.has_address() => {
                let doing = format!("reading {file}");
                return Err(Failure::invalid(doing, problem.to_string())
                    .advise("correct the header: the other rows cannot be read without it"));
            }
            Err(problem) => {
                roster.problems.push(problem);
                continue;
            }
        };
        let reader = match &mut reader {
            Some(reader) => reader,
            None if Columns::is_header(&row.fields) => {
                let columns = Columns::of(&row.fields).map_err(|(message, advice)| {
                    let doing = format!("reading {file}");
                    Failure::invalid(doing, format!("line {}: {message}", row.line)).advise(advice)
                })?;
                roster.ignored = columns.ignored();
                reader = Some(Reader::new(columns));
                continue;
            }
            none => none.insert(Reader::new(Columns::default())),
        };
        match reader.person(&row) {
            Ok(person) => roster.people.push(person),
            Err(problems) => roster.problems.extend(problems),
        }
    }
    Ok(roster)
}

/// Makes people of rows.
struct Reader {
    columns: Columns,
    /// The line of every address so far.
    seen: HashMap<String, u64>,
}

impl Reader {
    fn new(columns: Columns) -> Self {
        Self {
            columns,
            seen: HashMap::new(),
        }
    }

    fn person(&mut self, row: &rows::Row) -> Result<Newcomer, Vec<RowProblem>> {
        let mut person = Newcomer {
            line: row.line,
            email: String::new(),
            groups: Vec::new(),
            profile: None,
            attributes: IndexMap::new(),
        };
        let mut problems = Vec::new();
        let mut wrong = |field: &str, value: &str, message: String| {
            problems.push(RowProblem::of_field(row.line, field, value, message));
        };
        let mut stray = None;
        for (at, field) in row.fields.iter().enumerate() {
            let field = restored(field);
            match self.columns.get(at) {
                Column::Email => field.trim().clone_into(&mut person.email),
                Column::Groups => match groups(field) {
                    Ok(groups) => person.groups = groups,
                    Err(message) => wrong("groups", field, message),
                },
                Column::Profile => match wish(field.trim()) {
                    Ok(wish) => person.profile = Some(wish),
                    Err(message) => wrong("profile", field, message),
                },
                Column::Attribute(name) if !field.is_empty() => {
                    match check_attribute(name, field) {
                        Ok(()) => {
                            person.attributes.insert(name.clone(), field.to_owned());
                        }
                        Err(message) => wrong(name, field, message),
                    }
                }
                // The first says it: the others are probably moved by the same mistake.
                Column::Missing if stray.is_none() && !field.trim().is_empty() => {
                    stray = Some(format!("field {} stands under no column", at + 1));
                }
                Column::Attribute(_) | Column::Missing | Column::Ignored(_) => {}
            }
        }
        problems.extend(stray.map(|message| RowProblem::of_row(row.line, message)));
        if let Err(message) = self.address(&person.email, row.line) {
            let problem = RowProblem::of_field(row.line, "email", &person.email, message);
            problems.insert(0, problem);
        }
        if problems.is_empty() {
            Ok(person)
        } else {
            Err(problems)
        }
    }

    /// Whether an address is one, and stands here for the first time.
    fn address(&mut self, address: &str, line: u64) -> Result<(), String> {
        email::check(address)?;
        let first = *self.seen.entry(email::key(address)).or_insert(line);
        if first == line {
            Ok(())
        } else {
            Err(format!("the same address stands in line {first} already"))
        }
    }
}

/// The groups of a field, each once. Blanks separate: Cognito's names have none.
fn groups(field: &str) -> Result<Vec<String>, String> {
    let mut groups: Vec<String> = Vec::new();
    let between = |char: char| char.is_whitespace() || [';', ',', '|'].contains(&char);
    for name in field.split(between).filter(|name| !name.is_empty()) {
        if name.chars().any(char::is_control) {
            return Err("a control character stands in it".to_owned());
        }
        let length = name.chars().count();
        if length > MAX_GROUP {
            return Err(format!(
                "a group's name has {length} characters, Cognito takes {MAX_GROUP} at most"
            ));
        }
        if !groups.iter().any(|known| known == name) {
            groups.push(name.to_owned());
        }
    }
    Ok(groups)
}

fn wish(field: &str) -> Result<ProfileWish, String> {
    match field.to_ascii_lowercase().as_str() {
        "" | "no" | "false" => Ok(ProfileWish::None),
        "yes" | "true" => Ok(ProfileWish::Derived),
        _ if is_profile_name(field) => Ok(ProfileWish::Named(field.to_owned())),
        _ => Err(format!(
            "no Studio profile can be called so: at most {MAX_PROFILE} of A-Z, a-z, 0-9 and -, \
             with a letter or a digit at both ends; or yes, or no"
        )),
    }
}

/// Whether Cognito takes this value for this attribute.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub fn check_attribute(name: &str, value: &str) -> Result<(), String> {
    if is_read_only(name) {
        return Err("Cognito alone writes it".to_owned());
    }
    if name == "email" {
        return email::check(value);
    }
    let length = value.chars().count();
    if length > email::MAX_ATTRIBUTE {
        return Err(format!(
            "it has {length} characters, Cognito takes {} at most",
            email::MAX_ATTRIBUTE
        ));
    }
    let control = |char: &char| char.is_control() && !['\n', '\r', '\t'].contains(char);
    if let Some(char) = value.chars().find(control) {
        return Err(format!(
            "a control character stands in it (U+{:04X})",
            u32::from(char)
        ));
    }
    if name.ends_with("_verified") && !["true", "false"].contains(&value) {
        return Err("it is either true or false".to_owned());
    }
    let digits = |text: &str| !text.is_empty() && text.chars().all(|char| char.is_ascii_digit());
    if name == "phone_number" && !value.strip_prefix('+').is_some_and(digits) {
        return Err("a phone number is a + and digits, with the country's code first".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
