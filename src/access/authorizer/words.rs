//! What a contract makes of a caller, in words.

use super::{Contract, Nobody, Pick};

impl Contract {
    /// The status that a caller in none of its groups gets: `403`, or `500` where it crashes.
    pub fn refusal(&self) -> &'static str {
        match self.nobody {
            Nobody::Deny => "403",
            Nobody::Crash => "500",
        }
    }

    /// What it makes of a caller in `groups`, in a few words.
    pub fn in_words(&self, groups: &[String]) -> String {
        match (self.acts_as(groups), self.rule) {
            (None, _) => format!("{}: in no known group", self.refusal()),
            (Some(group), Pick::FirstMatch) if groups.len() > 1 => {
                format!("{group} alone: the first that matches")
            }
            (Some(groups), _) => groups,
        }
    }

    /// How it chooses among several groups, in a few words.
    pub fn choice_in_words(&self) -> &'static str {
        match self.rule {
            Pick::FirstMatch => "the first that the authorizer knows decides alone",
            Pick::Union => "the authorizer takes all that it knows together",
        }
    }

    /// Whether the groups promise more than it gives: it knows none of them, it leaves one out,
    /// or the first of several decides alone.
    pub fn is_trap(&self, groups: &[String]) -> bool {
        match self.rule {
            Pick::FirstMatch => groups.len() > 1 || !self.knows(groups),
            Pick::Union => self.rules_for(groups).len() < groups.len().max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_samples_first_group_decides_and_nobody_gets_500() {
        let sample = Contract::sample();
        let both = groups(&["model-approvers", "readers"]);
        assert_eq!(
            sample.in_words(&both),
            "readers alone: the first that matches"
        );
        assert!(sample.is_trap(&both) && sample.is_trap(&[]));
        assert!(sample.in_words(&[]).starts_with("500"));
        assert!(!sample.is_trap(&groups(&["readers"])));
    }

    #[test]
    fn together_they_are_no_trap_unless_one_of_them_is_unknown() {
        let union = Contract {
            rule: Pick::Union,
            nobody: Nobody::Deny,
            ..Contract::sample()
        };
        let both = groups(&["model-approvers", "readers"]);
        assert_eq!(union.in_words(&both), "readers + model-approvers");
        assert!(!union.is_trap(&both));
        assert!(union.is_trap(&groups(&["interns", "readers"])));
        assert!(union.is_trap(&[]));
        assert!(union.in_words(&groups(&["interns"])).starts_with("403"));
    }
}
