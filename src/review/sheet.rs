//! The reviewer's sheet: a CSV with everybody on it, to be filled in by hand or in a
//! spreadsheet, and read back as those write it.

use std::collections::{HashMap, HashSet};

use super::{
    decision::{Choice, Decision, Verdicts},
    pack::{Mark, Sealed},
};
use crate::{
    domain::{
        ErrorClass, Failure,
        spreadsheet::{neutral, restored},
    },
    plan::roster,
};

/// The columns: what the reviewer writes, then what it is written about.
const COLUMNS: [&str; 15] = [
    "person",
    "decision",
    "remove_groups",
    "reason",
    "reviewer",
    "at",
    "groups",
    "acts_as",
    "status",
    "enabled",
    "profile",
    "execution_role",
    "marks",
    "id",
    "review",
];
/// The columns that must be there to be read.
const NEEDED: [&str; 5] = ["person", "decision", "reviewer", "id", "review"];
/// How many problems a failure lists.
const LISTED: usize = 20;

/// The sheet, with the decisions that there are.
///
/// # Errors
/// The text cannot be written, which only a fault of this program can cause.
pub fn to_csv(sealed: &Sealed, decided: &Verdicts) -> Result<String, Failure> {
    write(sealed, decided).map_err(|error| {
        Failure::new(
            ErrorClass::Unavailable,
            "writing the decisions as CSV",
            error.to_string(),
        )
    })
}

fn write(sealed: &Sealed, decided: &Verdicts) -> Result<String, Box<dyn std::error::Error>> {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for person in &sealed.pack.people {
        let decision = decided.of(person);
        let said = |part: fn(&Decision) -> String| decision.map_or_else(String::new, part);
        let marks: Vec<&str> = person.marks.iter().copied().map(Mark::as_str).collect();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let row = [
            person.person.clone(),
            said(|decision| decision.decision.to_string()),
            said(|decision| decision.remove_groups.join(";")),
            said(|decision| decision.reason.clone()),
            said(|decision| decision.reviewer.clone()),
            said(|decision| decision.at.clone()),
            person.groups.join(";"),
            text(&person.acts_as),
            text(&person.status),
            person.enabled.map_or_else(String::new, |on| on.to_string()),
            text(&person.profile),
            text(&person.execution_role),
            marks.join(";"),
            person.id.clone(),
            sealed.digests.all.clone(),
        ];
        writer.write_record(row.map(|text| neutral(&text)))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// Reads the decisions of a sheet about this pack; `file` is only named in failures. Rows
/// without a decision are undecided. One bad row and nothing is read: half of a review would
/// be taken for all of it.
///
/// # Errors
/// `Invalid`, with the lines: the file is no such sheet, belongs to another pack, or a row
/// cannot be recorded.
pub fn read(bytes: &[u8], file: &str, sealed: &Sealed) -> Result<Verdicts, Failure> {
    let text = roster::decode(bytes, file)?;
    let mut rows = roster::rows_of(&text);
    let doing = || format!("reading {file}");
    let header = match rows.next() {
        Some(Ok(row)) => row,
        Some(Err(problem)) => return Err(Failure::invalid(doing(), problem.to_string())),
        None => return Err(Failure::invalid(doing(), "it is empty")),
    };
    let sheet = Sheet::new(&header.fields, sealed).map_err(|missing| {
        Failure::invalid(doing(), format!("it has no column {missing}"))
            .advise("fill in the decisions.csv that `mlwarden review` wrote beside the pack")
    })?;
    let (mut decided, mut problems) = (Verdicts::default(), Vec::new());
    let mut seen: HashSet<String> = HashSet::new();
    for row in rows {
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                problems.push(problem.to_string());
                continue;
            }
        };
        match sheet.decision(&row.fields) {
            Err(Wrong::Pack(other)) => return Err(another_pack(file, &other, sealed)),
            Err(Wrong::Row(why)) => problems.push(format!("line {}: {why}", row.line)),
            Ok((id, _)) if !seen.insert(id.clone()) => {
                problems.push(format!("line {}: {id} stands twice", row.line));
            }
            Ok((_, decision)) => decision.into_iter().for_each(|one| decided.record(one)),
        }
    }
    if problems.is_empty() {
        return Ok(decided);
    }
    let more = problems.len().saturating_sub(LISTED);
    problems.truncate(LISTED);
    if more > 0 {
        problems.push(format!("and {more} more"));
    }
    Err(Failure::invalid(doing(), problems.join("\n  "))
        .advise("correct these lines; nothing was recorded and nothing was changed"))
}

fn another_pack(file: &str, other: &str, sealed: &Sealed) -> Failure {
    Failure::invalid(
        format!("reading {file}"),
        format!(
            "its decisions belong to the review {other}, and this is {}",
            sealed.digests.all
        ),
    )
    .advise("give the pack that was decided on, or decide on this one in its own decisions.csv")
}

/// Why a row is no decision.
enum Wrong {
    /// It is about another pack: all of the sheet is.
    Pack(String),
    /// Something in the row.
    Row(String),
}

/// Where the columns are, and what they are read against.
struct Sheet<'a> {
    columns: HashMap<String, usize>,
    sealed: &'a Sealed,
    people: HashMap<&'a str, &'a super::Reviewed>,
}

impl<'a> Sheet<'a> {
    fn new(header: &[String], sealed: &'a Sealed) -> Result<Self, &'static str> {
        let columns: HashMap<String, usize> = header
            .iter()
            .enumerate()
            .map(|(at, name)| (name.trim().to_lowercase().replace([' ', '-'], "_"), at))
            .collect();
        if let Some(missing) = NEEDED.iter().find(|name| !columns.contains_key(**name)) {
            return Err(missing);
        }
        let people = sealed.pack.people.iter();
        Ok(Self {
            columns,
            sealed,
            people: people.map(|person| (person.id.as_str(), person)).collect(),
        })
    }

    fn field<'f>(&self, fields: &'f [String], name: &str) -> &'f str {
        let at = self.columns.get(name);
        let field = at.and_then(|at| fields.get(*at));
        restored(field.map_or("", String::as_str))
    }

    /// The person's id, and the decision where there is one.
    fn decision(&self, fields: &[String]) -> Result<(String, Option<Decision>), Wrong> {
        let row = |why: String| Wrong::Row(why);
        let of = |name: &str| self.field(fields, name);
        let digest = of("review").trim();
        if digest.is_empty() {
            return Err(row("which review it belongs to is missing".to_owned()));
        }
        if !digest.eq_ignore_ascii_case(&self.sealed.digests.all) {
            return Err(Wrong::Pack(digest.chars().take(64).collect()));
        }
        let id = of("id");
        let person = self
            .people
            .get(id)
            .ok_or_else(|| row(format!("nobody in the review has the id {id:?}")))?;
        // A column that was sorted without the others gives everybody somebody else's decision.
        if of("person").trim() != person.person.trim() {
            let (says, is) = (of("person"), &person.person);
            return Err(row(format!(
                "it says {says:?}, and its id is that of {is:?}: were single columns sorted?"
            )));
        }
        let word = of("decision").trim();
        let rest = ["remove_groups", "reason", "reviewer", "at"];
        if word.is_empty() {
            // What was begun is not to be lost without a word.
            let begun = rest.iter().find(|name| !of(name).trim().is_empty());
            return match begun {
                Some(name) => Err(row(format!("{name} is there, and no decision"))),
                None => Ok((id.to_owned(), None)),
            };
        }
        let choice: Choice = word
            .parse()
            .map_err(|advice| row(format!("decision {word:?}: {advice}")))?;
        let decision = Decision {
            id: id.to_owned(),
            person: person.person.clone(),
            decision: choice,
            remove_groups: groups(of("remove_groups"), &person.groups),
            reason: of("reason").to_owned(),
            reviewer: of("reviewer").to_owned(),
            at: of("at").to_owned(),
        };
        match decision.fault(person) {
            Some(fault) => Err(row(format!("{}: {fault}", person.person))),
            None => Ok((id.to_owned(), Some(decision))),
        }
    }
}

/// Groups between semicolons, commas or bars, each once. A group of the person's whose own name
/// has one of these is taken whole.
fn groups(text: &str, theirs: &[String]) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    let mut add = |group: &str| {
        let group = group.trim().to_owned();
        if !group.is_empty() && !groups.contains(&group) {
            groups.push(group);
        }
    };
    for part in text.split(';') {
        if theirs.iter().any(|group| group == part.trim()) {
            add(part);
        } else {
            part.split([',', '|']).for_each(&mut add);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::review::build::tests::{pack, person};

    fn sealed() -> Sealed {
        let people = [
            person("ada@x.org", &["admins"]),
            person("bob@x.org", &["model-approvers", "readers"]),
            person("=cmd|' /C calc'!A0", &["readers"]),
            person("#eve,\"x\"", &[]),
        ];
        pack(&people).seal().unwrap()
    }

    fn decided(sealed: &Sealed) -> Verdicts {
        let mut decided = Verdicts::default();
        for (at, choice, groups, reason) in [
            (0, Choice::Keep, None, "-1 is no formula; yes"),
            (3, Choice::Change, Some("readers"), "moved\nteams, \"new\""),
            (2, Choice::Remove, None, "=gone"),
        ] {
            let person = &sealed.pack.people[at];
            decided.record(Decision {
                id: person.id.clone(),
                person: person.person.clone(),
                decision: choice,
                remove_groups: groups.map(ToOwned::to_owned).into_iter().collect(),
                reason: reason.to_owned(),
                reviewer: "+grace".to_owned(),
                at: "2026-11-27".to_owned(),
            });
        }
        decided
    }

    #[test]
    fn what_was_decided_comes_back_as_it_was_and_no_cell_is_a_formula() {
        let sealed = sealed();
        let mut decided = decided(&sealed);
        assert_eq!(sealed.pack.people[3].person, "bob@x.org");
        decided.by_hand(&sealed, 1);
        let text = to_csv(&sealed, &decided).unwrap();
        for cell in ["\"=", "\"+", "\"-"] {
            assert!(!text.contains(cell), "{cell}: {text}");
        }
        let read = read(text.as_bytes(), "decisions.csv", &sealed).unwrap();
        assert_eq!(read, decided);
        assert!(read.undecided(&sealed.pack).is_empty());
    }

    impl Verdicts {
        /// Keeps the person at a place.
        fn by_hand(&mut self, sealed: &Sealed, at: usize) {
            let person = &sealed.pack.people[at];
            self.record(Decision {
                id: person.id.clone(),
                person: person.person.clone(),
                decision: Choice::Keep,
                remove_groups: Vec::new(),
                reason: String::new(),
                reviewer: "grace".to_owned(),
                at: String::new(),
            });
        }
    }

    /// The sheet as a spreadsheet saves it: BOM, semicolons, CRLF, quotes only where needed.
    fn resaved(text: &str) -> Vec<u8> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut writer = csv::WriterBuilder::new()
            .delimiter(b';')
            .terminator(csv::Terminator::CRLF)
            .from_writer(vec![0xef, 0xbb, 0xbf]);
        for row in reader.records() {
            writer.write_record(&row.unwrap()).unwrap();
        }
        writer.into_inner().unwrap()
    }

    #[test]
    fn a_spreadsheets_own_way_of_writing_is_read() {
        let people = [
            person("ada@x.org", &["admins"]),
            person("bob@x.org", &["model-approvers", "readers"]),
        ];
        let sealed = pack(&people).seal().unwrap();
        let mut decided = Verdicts::default();
        decided.by_hand(&sealed, 1);
        let saved = resaved(&to_csv(&sealed, &decided).unwrap());
        assert_eq!(read(&saved, "decisions.csv", &sealed).unwrap(), decided);
        assert_eq!(decided.undecided(&sealed.pack)[0].person, "ada@x.org");
    }

    #[rstest]
    #[case("ada@x.org,kep,,,g,,ID,DIGEST", "keep, remove or change")]
    #[case("ada@x.org,remove,,,g,,ID,DIGEST", "a reason to remove is missing")]
    #[case("ada@x.org,keep,,,,,ID,DIGEST", "who decided is missing")]
    #[case("ada@x.org,change,,why,g,,ID,DIGEST", "needs the groups")]
    #[case(
        "ada@x.org,change,readers,why,g,,ID,DIGEST",
        "not in the group readers"
    )]
    #[case("ada@x.org,keep,admins,why,g,,ID,DIGEST", "belong to a change")]
    #[case("ada@x.org,,,why,,,ID,DIGEST", "reason is there, and no decision")]
    #[case("eve@x.org,keep,,,g,,ID,DIGEST", "single columns sorted")]
    #[case(
        "ada@x.org,keep,,,g,,user:none,DIGEST",
        "nobody in the review has the id"
    )]
    #[case("ada@x.org,keep,,,g,,ID,", "which review it belongs to is missing")]
    #[case(
        "ada@x.org,keep,,,g,,ID,DIGEST\nada@x.org,,,,,,ID,DIGEST",
        "stands twice"
    )]
    #[case("ada@x.org,keep,,,g,,ID,\"x", "quote")]
    fn a_bad_row_is_named_and_nothing_is_read(#[case] row: &str, #[case] says: &str) {
        let sealed = pack(&[person("ada@x.org", &["admins"])]).seal().unwrap();
        let row = row
            .replace("ID", &sealed.pack.people[0].id)
            .replace("DIGEST", &sealed.digests.all);
        let text = format!("person,decision,remove_groups,reason,reviewer,at,id,review\n{row}\n");
        let failure = read(text.as_bytes(), "decisions.csv", &sealed).unwrap_err();
        let message = failure.to_string();
        assert!(message.contains(says), "{message}");
        assert!(
            message.contains("line 2") || message.contains("line 3"),
            "{message}"
        );
    }

    #[test]
    fn decisions_about_another_pack_are_refused() {
        let sealed = sealed();
        let mut other = sealed.pack.clone();
        other.run.version = "0.0.0".to_owned();
        let other = other.seal().unwrap();
        let sheet = to_csv(&other, &Verdicts::default()).unwrap();
        let failure = read(sheet.as_bytes(), "decisions.csv", &sealed).unwrap_err();
        assert!(
            failure.to_string().contains(&other.digests.all),
            "{failure}"
        );
        let without = "person,decision,reviewer,id\n";
        let failure = read(without.as_bytes(), "decisions.csv", &sealed).unwrap_err();
        assert!(
            failure.to_string().contains("no column review"),
            "{failure}"
        );
    }
}
