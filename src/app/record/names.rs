//! Pseudonyms: each person, account and id is replaced by the same other name throughout.
//!
//! What identifies somebody is known by where it stands (a user's name), or by its shape (an
//! e-mail address, an account's twelve digits). Names of groups, roles and permissions stay:
//! without them nothing can be told from a recording.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
};

use serde_json::Value;

use super::pattern::{Shape, in_word, shape};
use crate::{
    access::Matrix,
    app::{Msg, Screen, message::News, start::Label},
    aws::discovery::Discovered,
    domain::{App, AppOwner, Principal, Profile, Space, User},
    plan::survey::StudioPart,
    probe::{Cell, Event},
};

/// Words that say nothing of anybody, whoever bears them.
const PLAIN: [&str; 6] = ["default", "true", "false", "null", "demo", "root"];

/// Who and what is replaced by which pseudonym.
#[derive(Debug, Default)]
pub struct Names {
    /// What is replaced where it stands as a word.
    words: HashMap<String, String>,
    /// The same for names that are more than one word.
    phrases: Vec<(String, String)>,
    /// How many there are of each kind.
    counts: HashMap<&'static str, usize>,
    /// What people are called, in lower case.
    people: BTreeSet<String>,
    /// Words that stay, in lower case.
    public: BTreeSet<String>,
    home: Option<PathBuf>,
}

impl Names {
    /// Nobody is known yet; what the matrix names stays.
    pub fn new(declared: &Matrix) -> Self {
        let mut names = Self {
            home: directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
            ..Self::default()
        };
        let screens = Screen::ALL
            .into_iter()
            .map(|screen| screen.name().to_owned());
        let rows = declared.rows.iter().flat_map(|row| {
            [Some(&row.name), row.group.as_ref(), row.profile.as_ref()]
                .into_iter()
                .flatten()
                .cloned()
        });
        for word in screens.chain(rows) {
            names.public.insert(word.to_lowercase());
        }
        names
    }

    /// The names of the place at the start.
    pub fn learn_label(&mut self, label: &Label) {
        if !label.demo {
            self.name(&label.context, "context");
        }
        if let Some(profile) = &label.profile {
            self.name(profile, "aws-profile");
        }
    }

    /// Everybody and everything that a message names.
    pub fn learn(&mut self, msg: &Msg) {
        match msg {
            Msg::Places(places) => {
                for name in &places.contexts {
                    self.name(name, "context");
                }
                for name in &places.profiles {
                    self.name(name, "aws-profile");
                }
            }
            Msg::News(_, news) => self.learn_news(news),
            _ => {}
        }
    }

    fn learn_news(&mut self, news: &News) {
        match news {
            News::Place(label, ..) => self.learn_label(label),
            News::Users(_, users) => {
                let mut users: Vec<&User> = users.iter().collect();
                // So that the pseudonyms sort as the names do.
                users.sort_by_key(|user| user.label());
                for user in users {
                    self.user(user);
                }
            }
            News::Group(_, group, members) => {
                self.public.insert(group.name.to_lowercase());
                self.people(members);
            }
            News::Step(_, subject, _) | News::Doing(_, subject, _) => self.person(subject),
            News::StudioPart(_, part) => match part {
                StudioPart::Profiles(profiles) | StudioPart::Described(profiles) => {
                    self.profiles(profiles);
                }
                StudioPart::Spaces(spaces) => self.spaces(spaces),
                StudioPart::Apps(apps) => self.apps(apps),
            },
            News::Studio(_, Ok((_, survey))) => {
                self.profiles(&survey.profiles);
                self.spaces(&survey.spaces);
            }
            News::Members(_, _, members) => self.people(members),
            News::Account(_, Ok(found)) => self.user(&found.0.user),
            News::Apps(_, apps) | News::Activity(_, apps) => self.apps(apps),
            News::Discovered(item) => self.learn_item(item),
            News::Predicted(Ok(report)) => self.cells(&report.cells),
            News::Proved(cells) => self.cells(cells),
            News::Verifying(_, event) => {
                if let Event::Planned(cells) = event.as_ref() {
                    self.cells(cells);
                }
            }
            _ => {}
        }
    }

    fn profiles(&mut self, profiles: &[Profile]) {
        for profile in profiles {
            self.name(&profile.name, "profile");
        }
    }

    fn spaces(&mut self, spaces: &[Space]) {
        for space in spaces {
            self.name(&space.name, "space");
        }
    }

    fn apps(&mut self, apps: &[App]) {
        for app in apps {
            match &app.owner {
                AppOwner::Profile(name) => self.name(name, "profile"),
                AppOwner::Space(name) => self.name(name, "space"),
            }
            self.name(&app.name, "app");
        }
    }

    fn cells(&mut self, cells: &[Cell]) {
        for cell in cells {
            self.public.insert(cell.permission.to_lowercase());
            if let Principal::User(name) = &cell.principal {
                self.person(name);
            }
        }
    }

    fn learn_item(&mut self, item: &Discovered) {
        match item {
            Discovered::Item(name, found) => {
                let kind = match *name {
                    "account" => "account",
                    "client_id" => "client",
                    "rest_api_id" => "api",
                    "authorizer_id" => "authorizer",
                    "authorizer_function" => "function",
                    "domain_id" => "domain",
                    "user_pool_id" => "pool",
                    "deploy_bucket" => "bucket",
                    _ => return,
                };
                self.name(&found.value, kind);
            }
            Discovered::ExecutionRoles(roles) => {
                for role in &roles.value {
                    self.public.insert(role.name.to_lowercase());
                    for profile in &role.profiles {
                        self.name(profile, "profile");
                    }
                }
            }
            _ => {}
        }
    }

    fn user(&mut self, user: &User) {
        self.person(user.label());
        self.person(&user.username);
        for (name, value) in user.attributes.iter() {
            if matches!(name, "email" | "preferred_username" | "name") {
                self.person(value);
            } else if matches!(name, "sub" | "phone_number") {
                self.name(value, "value");
            }
        }
    }

    /// Several names, so that the pseudonyms sort as they do.
    fn people(&mut self, names: &[String]) {
        let mut names: Vec<&String> = names.iter().collect();
        names.sort();
        for name in names {
            self.person(name);
        }
    }

    /// Somebody's name: an address gets an address.
    fn person(&mut self, name: &str) {
        // A letter or two tell nobody from anybody else, and stand everywhere.
        if self.words.contains_key(name) || name.chars().count() < 3 {
            return;
        }
        self.people.insert(name.to_lowercase());
        if shape(name) == Some(Shape::Email) {
            let number = self.number("person");
            self.put(name, format!("person-{number:03}@example.com"));
        } else if shape(name) == Some(Shape::Id) {
            self.shaped(name, Shape::Id);
        } else {
            let number = self.number("person");
            self.put(name, format!("person-{number:03}"));
        }
    }

    /// Any other name.
    fn name(&mut self, name: &str, kind: &'static str) {
        let known = self.words.contains_key(name) || name.is_empty();
        let lower = name.to_lowercase();
        if known || PLAIN.contains(&lower.as_str()) || self.public.contains(&lower) {
            return;
        }
        let number = self.number(kind);
        self.put(name, format!("{kind}-{number}"));
    }

    fn put(&mut self, name: &str, pseudonym: String) {
        if name.chars().all(in_word) {
            self.words.insert(name.to_owned(), pseudonym);
        } else {
            self.words.insert(name.to_owned(), pseudonym.clone());
            self.phrases.push((name.to_owned(), pseudonym));
            // The longest first, so that none is replaced within another one.
            self.phrases
                .sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        }
    }

    fn number(&mut self, kind: &'static str) -> usize {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        *count
    }

    /// Replaces every name in a value.
    pub fn redact(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.redact(value)),
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    match value {
                        Value::Object(attributes) if name == "attributes" => {
                            attributes
                                .values_mut()
                                .for_each(|value| self.attribute(value));
                        }
                        value => self.redact(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// What a pool keeps about somebody is nobody else's business, whatever it is.
    fn attribute(&mut self, value: &mut Value) {
        let Value::String(text) = value else { return };
        if matches!(text.as_str(), "true" | "false" | "") {
            return;
        }
        let redacted = self.text(text);
        *text = if redacted == *text {
            let number = self.number("attribute");
            format!("attribute-{number}")
        } else {
            redacted
        };
    }

    /// The text with every name in it replaced.
    pub fn text(&mut self, text: &str) -> String {
        if text.parse::<jiff::Timestamp>().is_ok() {
            return text.to_owned();
        }
        let mut text = text.to_owned();
        if let Some(home) = self.home.as_ref().and_then(|home| home.to_str())
            && home.len() > 1
        {
            text = text.replace(home, "~");
        }
        for (name, pseudonym) in &self.phrases {
            if text.contains(name.as_str()) {
                text = text.replace(name.as_str(), pseudonym);
            }
        }
        let mut out = String::with_capacity(text.len());
        // The words before this one, the last first, each with what follows it.
        let mut before: [&str; 3] = [""; 3];
        let mut rest = text.as_str();
        while let Some(start) = rest.find(in_word) {
            let (gap, from) = rest.split_at(start);
            let end = from.find(|char| !in_word(char)).unwrap_or(from.len());
            let (whole, after) = from.split_at(end);
            let word = whole.trim_end_matches('.');
            out.push_str(gap);
            let seen = Seen { gap, before };
            let replaced = self.word(word, &seen);
            out.push_str(&replaced);
            out.push_str(whole.get(word.len()..).unwrap_or_default());
            before = [word, before[0], before[1]];
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn word(&mut self, word: &str, seen: &Seen<'_>) -> String {
        if let Some(pseudonym) = self.words.get(word) {
            return pseudonym.clone();
        }
        // arn:aws:execute-api:REGION:ACCOUNT:API/…
        if seen.before[2] == "execute-api" && seen.gap == ":" && word != "*" {
            self.name(word, "api");
        } else if seen.names_somebody() && (seen.gap == "/" || shape(word).is_none()) {
            self.person(word);
        } else if seen.gap.ends_with("://") {
            let number = self.number("host");
            self.put(word, format!("host-{number}.example"));
        } else if let Some(shape) = shape(word) {
            self.shaped(word, shape);
        }
        match self.words.get(word) {
            Some(pseudonym) => pseudonym.clone(),
            None => self.accounts(word),
        }
    }

    fn shaped(&mut self, word: &str, shape: Shape) {
        if self.words.contains_key(word) {
            return;
        }
        match shape {
            Shape::Email => self.person(word),
            Shape::Token => self.put(word, "token".to_owned()),
            Shape::Id => {
                let number = self.number("id");
                self.put(word, format!("00000000-0000-4000-8000-{number:012}"));
            }
            Shape::Host => {
                let number = self.number("host");
                self.put(word, format!("host-{number}.example"));
            }
            Shape::Pool => self.name(word, "pool"),
            Shape::Domain => self.name(word, "domain"),
            Shape::Client => self.name(word, "client"),
            Shape::Key => self.name(word, "key"),
        }
    }

    /// The word with every account in it replaced: buckets have them in their names.
    fn accounts(&mut self, word: &str) -> String {
        const LENGTH: usize = 12;
        let mut out = String::with_capacity(word.len());
        let mut rest = word;
        while let Some(start) = rest.find(|char: char| char.is_ascii_digit()) {
            let (text, from) = rest.split_at(start);
            let end = from
                .find(|char: char| !char.is_ascii_digit())
                .unwrap_or(from.len());
            let (digits, after) = from.split_at(end);
            out.push_str(text);
            // Not the pseudonym of an id.
            if digits.len() == LENGTH && !digits.starts_with("00000") {
                self.name(digits, "account");
                out.push_str(self.words.get(digits).map_or("account", String::as_str));
            } else {
                out.push_str(digits);
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// What is searched for, with every name replaced, also where only a part of one is typed.
    pub fn search(&mut self, text: &str) -> String {
        let text = self.text(text);
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find(in_word) {
            let (gap, from) = rest.split_at(start);
            let end = from.find(|char| !in_word(char)).unwrap_or(from.len());
            let (word, after) = from.split_at(end);
            out.push_str(gap);
            out.push_str(&self.part(word).unwrap_or_else(|| word.to_owned()));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// Whom a part of a name stands for. Two letters tell nobody from anybody else.
    fn part(&self, word: &str) -> Option<String> {
        let word = word.to_lowercase();
        if word.chars().count() < 3
            || word.starts_with("person-")
            || self.public.iter().any(|public| public.contains(&word))
        {
            return None;
        }
        let person = self.people.iter().find(|person| person.contains(&word))?;
        self.words
            .iter()
            .find(|(name, _)| name.to_lowercase() == *person)
            .map(|(_, pseudonym)| pseudonym.clone())
    }
}

/// What stands before a word.
struct Seen<'a> {
    gap: &'a str,
    before: [&'a str; 3],
}

impl Seen<'_> {
    /// `…:user/NAME`, `…:assumed-role/ROLE/NAME`, `user:NAME`.
    fn names_somebody(&self) -> bool {
        match self.gap {
            "/" => self.before[0] == "user" || self.before[1] == "assumed-role",
            ":" => self.before[0] == "user",
            _ => false,
        }
    }
}
