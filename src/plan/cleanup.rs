//! Clean-up: which apps are forgotten, by rule, and what blocks deleting the domain. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Item, Place, Plan, Step, removal};
use crate::access::{Finding, Severity};
use crate::domain::{App, AppStatus, Bill, Cost, Prices, Profile, Space, Span};

/// The type whose apps the sample leaves running, and that a rule without a type is about.
pub const DEFAULT_TYPE: &str = "KernelGateway";
/// The word for every type.
pub const EVERY_TYPE: &str = "any";

/// Which apps are forgotten. Each condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// What the rule is called.
    pub name: String,
    /// The types, without regard to case; `KernelGateway` where none is given, every one where
    /// one of them is `any`.
    #[serde(rename = "type", with = "one_or_several")]
    pub types: Vec<String>,
    /// There for at least so long.
    pub older_than: Option<Span>,
    /// Its user has done nothing for at least so long. An app whose user's last activity is not
    /// known never meets it.
    pub idle: Option<Span>,
    /// Of this profile or space.
    pub owner: Option<String>,
}

impl Rule {
    /// The conditions in words: `KernelGateway, older than 2d, idle for 4h`.
    pub fn text(&self) -> String {
        let mut parts = vec![match self.types.as_slice() {
            [] => DEFAULT_TYPE.to_owned(),
            types => types.join(" or "),
        }];
        if let Some(span) = self.older_than {
            parts.push(format!("older than {span}"));
        }
        if let Some(span) = self.idle {
            parts.push(format!("idle for {span}"));
        }
        if let Some(owner) = &self.owner {
            parts.push(format!("of {owner}"));
        }
        parts.join(", ")
    }

    /// The options of `mlwarden cleanup` that say the same.
    pub fn options(&self) -> String {
        let mut options = String::new();
        let mut add = |name: &str, value: &str| {
            options.push_str(" --");
            options.push_str(name);
            options.push(' ');
            options.push_str(&super::shell_quoted(value));
        };
        for kind in &self.types {
            add("type", kind);
        }
        if let Some(span) = self.older_than {
            add("older-than", &span.to_string());
        }
        if let Some(span) = self.idle {
            add("idle-over", &span.to_string());
        }
        if let Some(owner) = &self.owner {
            add("owner", owner);
        }
        options
    }

    /// Whether it asks how long somebody has done nothing, which only a look at each app tells.
    pub fn asks_for_idleness(&self) -> bool {
        self.idle.is_some()
    }

    /// Whether it is about apps of this type and owner at all.
    pub fn is_about(&self, app: &App) -> bool {
        let of_type = match self.types.as_slice() {
            [] => app.app_type.eq_ignore_ascii_case(DEFAULT_TYPE),
            types => types.iter().any(|kind| {
                kind.eq_ignore_ascii_case(EVERY_TYPE) || kind.eq_ignore_ascii_case(&app.app_type)
            }),
        };
        of_type
            && self
                .owner
                .as_ref()
                .is_none_or(|owner| app.owner.name() == owner)
    }

    /// Why the app is forgotten, else why it is not.
    fn judge(&self, app: &App, now: Timestamp) -> Result<String, Passed> {
        match app.status {
            AppStatus::Deleted | AppStatus::Failed => return Err(Passed::Gone),
            AppStatus::Deleting => return Err(Passed::Leaving),
            AppStatus::Pending => return Err(Passed::Starting),
            AppStatus::InService | AppStatus::Other(_) => {}
        }
        let since = |at: Timestamp| Span::between(at, now);
        let mut why = Vec::new();
        if let Some(wanted) = self.older_than {
            let there = app.created_at.map(since).ok_or(Passed::AgeUnknown)?;
            if there < wanted {
                return Err(Passed::Young);
            }
        }
        if let Some(at) = app.created_at {
            why.push(format!("there for {}", since(at).rough()));
        }
        if let Some(wanted) = self.idle {
            let idle = app.active_at.map(since).ok_or(Passed::IdlenessUnknown)?;
            if idle < wanted {
                return Err(Passed::Busy);
            }
        }
        if let Some(at) = app.active_at {
            why.push(format!("idle for {}", since(at).rough()));
        }
        Ok(why.join(", "))
    }
}

/// Why an app is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Passed {
    /// It is deleted, or never came up.
    Gone,
    /// It is being deleted already.
    Leaving,
    /// It is just starting.
    Starting,
    /// It is not there for long enough.
    Young,
    /// Nobody says since when it is there.
    AgeUnknown,
    /// Its user was active not long enough ago.
    Busy,
    /// Nobody knows when its user was last active.
    IdlenessUnknown,
}

impl Passed {
    /// In words: `too young`.
    pub fn text(self) -> &'static str {
        match self {
            Self::Gone => "gone already",
            Self::Leaving => "being deleted already",
            Self::Starting => "just starting",
            Self::Young => "too young",
            Self::AgeUnknown => "of unknown age",
            Self::Busy => "in use",
            Self::IdlenessUnknown => "of unknown idleness",
        }
    }
}

/// An app that is forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The app.
    #[serde(flatten)]
    pub app: App,
    /// Why it is forgotten.
    pub why: String,
    /// The rule that says so.
    pub rule: String,
    /// What it costs.
    pub cost: Cost,
}

/// What rules find.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Selection {
    /// The forgotten apps, the most expensive first.
    pub chosen: Vec<Candidate>,
    /// How many others the rules are about, and why they are left alone; without those that
    /// are gone.
    pub passed: Vec<(Passed, usize)>,
}

impl Selection {
    /// What is saved a month.
    pub fn saved(&self) -> Bill {
        let each = self.chosen.iter().map(|candidate| candidate.cost.monthly());
        each.collect()
    }

    /// Why the others are left alone, as phrases: `2 too young`.
    pub fn left(&self) -> Vec<String> {
        let left = self.passed.iter();
        left.map(|(why, count)| format!("{count} {}", why.text()))
            .collect()
    }
}

/// The apps that are forgotten by any of these rules.
pub fn select<'a>(
    apps: impl IntoIterator<Item = &'a App>,
    rules: &[Rule],
    prices: &Prices,
    now: Timestamp,
) -> Selection {
    let mut selection = Selection::default();
    let mut passed = std::collections::BTreeMap::new();
    for app in apps {
        let mut left = None;
        let about = rules.iter().filter(|rule| rule.is_about(app));
        let found = about
            .into_iter()
            .find_map(|rule| match rule.judge(app, now) {
                Ok(why) => Some((rule, why)),
                Err(why) => {
                    left.get_or_insert(why);
                    None
                }
            });
        if let Some((rule, why)) = found {
            selection.chosen.push(Candidate {
                app: app.clone(),
                why,
                rule: rule.name.clone(),
                cost: prices.cost(app, now),
            });
        } else if let Some(why) = left.filter(|why| *why != Passed::Gone) {
            *passed.entry(why).or_insert(0) += 1;
        }
    }
    selection.chosen.sort_by(|one, other| {
        let rate = |candidate: &Candidate| std::cmp::Reverse(candidate.cost.hourly);
        let age = |candidate: &Candidate| candidate.app.created_at;
        (rate(one), age(one)).cmp(&(rate(other), age(other)))
    });
    selection.passed = passed.into_iter().collect();
    selection
}

/// The id of [`finding`]'s findings.
pub const FINDING: &str = "forgotten-apps";

/// What a rule of the admin's own finds, as something to act on.
pub fn finding(rule: &Rule, apps: &[App], prices: &Prices, now: Timestamp) -> Option<Finding> {
    /// How many apps are named.
    const NAMED: usize = 20;
    let selection = select(apps, std::slice::from_ref(rule), prices, now);
    let count = match selection.chosen.len() {
        0 => return None,
        1 => "1 app is".to_owned(),
        several => format!("{several} apps are"),
    };
    let mut evidence: Vec<String> = selection
        .chosen
        .iter()
        .take(NAMED)
        .map(|one| {
            let monthly = one.cost.monthly();
            let monthly = monthly.map_or_else(|| "unknown".to_owned(), |usd| usd.to_string());
            format!(
                "{}, {}: {monthly} a month",
                one.app.id().described(),
                one.why
            )
        })
        .collect();
    if selection.chosen.len() > NAMED {
        evidence.push(format!("and {} more", selection.chosen.len() - NAMED));
    }
    Some(Finding {
        id: FINDING.to_owned(),
        severity: Severity::Medium,
        subject: format!("apps:{}", rule.name),
        title: format!(
            "{count} forgotten by the policy {} ({}): {} a month",
            rule.name,
            rule.text(),
            selection.saved()
        ),
        evidence,
        remedy: format!(
            "`mlwarden cleanup --policy {}` shows them, and deletes them with --yes",
            super::shell_quoted(&rule.name)
        ),
        command: Some(format!(
            "mlwarden cleanup --policy {}",
            super::shell_quoted(&rule.name)
        )),
        ..Finding::default()
    })
}

/// Plans that the chosen apps go.
pub fn plan(selection: &Selection, place: Place) -> Plan {
    let mut plan = removal::apps(selection.chosen.iter().map(|one| &one.app), place);
    plan.title = match plan.items.as_slice() {
        [one] => format!("clean up {}", one.subject),
        several => format!("clean up {} apps", several.len()),
    };
    plan
}

/// What a domain has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Its apps.
    pub apps: Vec<App>,
    /// Its spaces.
    pub spaces: Vec<Space>,
    /// Its profiles.
    pub profiles: Vec<Profile>,
}

/// What blocks deleting a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    /// What: `space pricing-models`.
    pub what: String,
    /// How it stands: `InService`.
    pub status: String,
}

impl Inventory {
    /// Plans that everything goes that blocks deleting the domain and, with it, the stack:
    /// apps, then spaces, then profiles.
    pub fn for_destroy(&self, domain: &str, place: Place) -> Plan {
        let domain = || domain.to_owned();
        let staged = |stage: u8, subject: String, step: Step| Item {
            stage,
            ..Item::new(subject, vec![step])
        };
        let apps = self.apps.iter().filter(|app| app.is_there()).map(|app| {
            let id = app.id();
            staged(0, id.described(), Step::DeleteApp(id))
        });
        let spaces = self.spaces.iter().map(|space| {
            let name = space.name.clone();
            let step = Step::DeleteSpace {
                domain: domain(),
                name: name.clone(),
            };
            staged(1, format!("space {name}"), step)
        });
        let profiles = self.profiles.iter().map(|profile| {
            let name = profile.name.clone();
            let step = Step::DeleteProfile {
                domain: domain(),
                name: name.clone(),
            };
            staged(2, format!("profile {name}"), step)
        });
        let items = apps.chain(spaces).chain(profiles).collect();
        Plan::new(format!("empty the domain {}", domain()), place, items)
    }

    /// Everything that blocks deleting the domain.
    pub fn blocks(&self) -> Vec<Block> {
        let apps = self.apps.iter().filter(|app| app.is_there());
        let apps = apps.map(|app| (app.id().described(), app.status.as_str()));
        let spaces = self.spaces.iter();
        let spaces = spaces.map(|space| (format!("space {}", space.name), space.status.as_str()));
        let profiles = self.profiles.iter();
        let profiles =
            profiles.map(|profile| (format!("profile {}", profile.name), profile.status.as_str()));
        apps.chain(spaces)
            .chain(profiles)
            .map(|(what, status)| Block {
                what,
                status: status.to_owned(),
            })
            .collect()
    }
}

/// One text, or a list of them.
mod one_or_several {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        One(String),
        Several(Vec<String>),
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<String>, D::Error> {
        Ok(match Given::deserialize(deserializer)? {
            Given::One(text) => vec![text],
            Given::Several(texts) => texts,
        })
    }

    pub fn serialize<S: Serializer>(texts: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        texts.serialize(serializer)
    }
}

#[cfg(test)]
mod tests;
