//! From what an authorizer answers to callers in these groups and those to the contract that
//! it keeps. Pure.

use super::{
    Api, Contract, Nobody, Pick,
    authorizer::{GroupRules, Rule},
    policy::glob,
};

mod order;
mod reading;

use reading::{Grant, read};

/// The most groups whose pairs are all asked about; of more, only neighbours are.
const ALL_PAIRS: usize = 6;

/// What an authorizer answered to a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A policy document, JSON text.
    Policy(String),
    /// It refuses the token: 401.
    Refused,
    /// It crashes: 500.
    Crash,
}

/// One question to an authorizer: a caller's groups, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The caller's groups: none, one or two.
    pub groups: Vec<String>,
    /// The answer.
    pub answer: Answer,
}

/// The contract that answers to this fit, and where they do not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// What the authorizer does, as far as a contract can say it.
    pub contract: Contract,
    /// What it does besides, one sentence each.
    pub caveats: Vec<String>,
}

/// The sets of groups to ask about: nobody's, each alone, and pairs; in an order in which one
/// caller goes from each to the next with few changes.
pub fn sets_to_ask(groups: &[String]) -> Vec<Vec<String>> {
    let mut left: Vec<Vec<String>> = groups.iter().map(|group| vec![group.clone()]).collect();
    for (at, one) in groups.iter().enumerate() {
        let others = groups.iter().skip(at + 1);
        let near = if groups.len() > ALL_PAIRS {
            1
        } else {
            ALL_PAIRS
        };
        left.extend(
            others
                .take(near)
                .map(|other| vec![one.clone(), other.clone()]),
        );
    }
    let mut sets = vec![Vec::new()];
    let mut now: Vec<String> = Vec::new();
    while let Some(next) = nearest(&now, &left) {
        now = left.remove(next);
        sets.push(now.clone());
    }
    sets
}

/// Which of these sets takes the fewest changes to reach; of several the first.
fn nearest(now: &[String], sets: &[Vec<String>]) -> Option<usize> {
    let changes = |set: &[String]| {
        let missing = |from: &[String], to: &[String]| {
            to.iter().filter(|group| !from.contains(group)).count()
        };
        missing(now, set) + missing(set, now)
    };
    let sets = sets.iter().enumerate();
    sets.min_by_key(|(_, set)| changes(set)).map(|(at, _)| at)
}

/// The contract that these answers fit. The groups are those that were asked about alone;
/// where the answers leave open which comes first, their order stays.
pub fn infer(asked: &[Asked], api: &Api) -> Inferred {
    let mut caveats = Vec::new();
    let mut read = |who: &str, answer: &Answer| match answer {
        Answer::Policy(document) => {
            let (grant, odd) = read(document, api);
            caveats.extend(odd.into_iter().map(|odd| format!("{who}: {odd}")));
            Some(grant)
        }
        Answer::Refused | Answer::Crash => None,
    };
    let nobody = asked.iter().find(|asked| asked.groups.is_empty());
    let nothing = nobody.and_then(|asked| read("a caller in no group", &asked.answer));
    let mut said: Vec<String> = nothing.as_ref().and_then(of_nobody).into_iter().collect();
    let mut known = Vec::new();
    let mut pairs = Vec::new();
    for Asked {
        groups: set,
        answer,
    } in asked
    {
        match set.as_slice() {
            [name] => {
                let grant = read(&format!("group {name}"), answer);
                let absent = grant.as_ref().is_none_or(Grant::is_nothing)
                    || same(grant.as_ref(), nothing.as_ref());
                if let Some(nobody) = nobody.filter(|_| absent) {
                    said.extend(unlike(name, answer, &nobody.answer));
                }
                known.push(order::Known {
                    name: name.clone(),
                    grant: grant.unwrap_or_default(),
                    absent,
                });
            }
            [one, other] => {
                let grant = read(&format!("groups {one} and {other}"), answer);
                pairs.push((one.clone(), other.clone(), grant));
            }
            _ => {}
        }
    }
    caveats.extend(said);
    let found = order::find(&known, &pairs);
    caveats.extend(found.caveats);
    if known.len() > ALL_PAIRS {
        caveats.push(format!(
            "of {} groups only neighbours were asked about together",
            known.len()
        ));
    }
    Inferred {
        contract: Contract {
            schema: 1,
            rule: found.rule,
            nobody: match nobody.map(|asked| &asked.answer) {
                Some(Answer::Crash) => Nobody::Crash,
                _ => Nobody::Deny,
            },
            groups: found.groups,
        },
        caveats,
    }
}

/// What a caller in no group may do all the same: a contract cannot say it.
fn of_nobody(grant: &Grant) -> Option<String> {
    let allowed: Vec<String> = grant.allow.iter().map(Rule::resource).collect();
    (!allowed.is_empty()).then(|| format!("a caller in no group may do {}", allowed.join(", ")))
}

/// How a group that is given nothing fares otherwise than no group at all.
fn unlike(name: &str, answer: &Answer, nobody: &Answer) -> Option<String> {
    let fares = |answer: &Answer| match answer {
        Answer::Policy(_) => "is denied (403)",
        Answer::Refused => "is refused like a bad token (401)",
        Answer::Crash => "makes it crash (500)",
    };
    let (one, other) = (fares(nobody), fares(answer));
    (one != other).then(|| format!("a caller in no group {one}, and one in {name} alone {other}"))
}

/// Whether two answers allow and deny the same.
fn same(one: Option<&Grant>, other: Option<&Grant>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.absorbs(other) && other.absorbs(one),
        (None, None) => true,
        _ => false,
    }
}

impl Grant {
    /// Whether it gives nothing, as far as rules can say.
    fn is_nothing(&self) -> bool {
        self.allow.is_empty() && !self.partial
    }

    /// Whether it holds every rule of another one, as such or within a wider one.
    fn absorbs(&self, other: &Self) -> bool {
        let within = |wide: &[Rule], rules: &[Rule]| {
            rules.iter().all(|rule| {
                let rule = rule.resource();
                wide.iter().any(|wide| {
                    let wide = wide.resource();
                    // A `?` would take another pattern's `*` for a character.
                    wide == rule || (!wide.contains('?') && glob::matches(&wide, &rule))
                })
            })
        };
        within(&self.allow, &other.allow) && within(&self.deny, &other.deny)
    }

    /// Both together.
    fn and(&self, other: &Self) -> Self {
        let both = |one: &[Rule], other: &[Rule]| one.iter().chain(other).cloned().collect();
        Self {
            allow: both(&self.allow, &other.allow),
            deny: both(&self.deny, &other.deny),
            partial: self.partial || other.partial,
        }
    }

    fn rules(&self, name: &str) -> GroupRules {
        GroupRules {
            name: name.to_owned(),
            allow: self.allow.clone(),
            deny: self.deny.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
