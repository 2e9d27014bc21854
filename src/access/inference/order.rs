//! How an authorizer chooses among the groups of a caller, as its answers to pairs tell.

use super::{Grant, Pick, same};
use crate::access::authorizer::GroupRules;

/// A group with what its members alone are given.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub name: String,
    pub grant: Grant,
    /// Whether they are given nothing, or what a caller in no group is given.
    pub absent: bool,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    pub rule: Pick,
    /// The groups that it knows, in its order.
    pub groups: Vec<GroupRules>,
    pub caveats: Vec<String>,
}

/// What the answer to a caller in two groups may mean.
#[derive(Clone, Copy, Debug)]
struct Meaning {
    /// The places of the two groups.
    pair: [usize; 2],
    /// Whether the one, or the other, may come first.
    first: [bool; 2],
    /// Whether both may count.
    both: bool,
}

impl Meaning {
    /// Which one must come before which other.
    fn edge(&self) -> Option<(usize, usize)> {
        let [one, other] = self.pair;
        match self.first {
            [true, false] => Some((one, other)),
            [false, true] => Some((other, one)),
            _ => None,
        }
    }
}

/// The rule, the groups and their order that fit best.
pub(super) fn find(known: &[Known], pairs: &[(String, String, Option<Grant>)]) -> Found {
    let mut counts: Vec<bool> = known.iter().map(|group| !group.absent).collect();
    let mut meanings = Vec::new();
    let mut caveats = Vec::new();
    let place = |name: &str| known.iter().position(|group| group.name == name);
    for (one, other, answer) in pairs {
        let (Some(at), Some(to)) = (place(one), place(other)) else {
            continue;
        };
        let (Some(first), Some(second)) = (known.get(at), known.get(to)) else {
            continue;
        };
        let is = |grant: &Grant| same(Some(grant), answer.as_ref());
        if first.absent && second.absent && answer.is_none() {
            continue;
        }
        // Somebody whom it does not know adds nothing.
        let ignored = first.absent && is(&second.grant) || second.absent && is(&first.grant);
        let meaning = Meaning {
            pair: [at, to],
            first: [is(&first.grant), is(&second.grant)],
            both: ignored || is(&first.grant.and(&second.grant)),
        };
        if meaning.first == [false, false] && !meaning.both {
            caveats.push(format!(
                "a caller in {one} and {other} is given neither what one of them is given nor both together"
            ));
            continue;
        }
        // A group that decides is known, even where it is given nothing.
        for place in [at, to] {
            if let Some(counts) = counts.get_mut(place) {
                *counts |= !ignored;
            }
        }
        meanings.push(meaning);
    }
    let order = sorted(known.len(), &meanings);
    let in_order = |meaning: &&Meaning| meaning.first != [false, false] && order.is_some();
    let firsts = meanings.iter().filter(in_order).count();
    let boths = meanings.iter().filter(|meaning| meaning.both).count();
    let rule = if firsts >= boths {
        Pick::FirstMatch
    } else {
        Pick::Union
    };
    let fitting = firsts.max(boths);
    if fitting < meanings.len() {
        caveats.push(format!(
            "no rule fits all pairs of groups: {} fits {fitting} of {}",
            rule.as_str(),
            meanings.len()
        ));
    }
    let order = match (rule, order) {
        (Pick::FirstMatch, Some(order)) => order,
        _ => (0..known.len()).collect(),
    };
    let groups = order
        .into_iter()
        .filter(|at| counts.get(*at) == Some(&true))
        .filter_map(|at| known.get(at))
        .map(|group| group.grant.rules(&group.name))
        .collect();
    Found {
        rule,
        groups,
        caveats,
    }
}

/// The places in an order that fits; none where they go round in a circle.
fn sorted(count: usize, meanings: &[Meaning]) -> Option<Vec<usize>> {
    let edges: Vec<(usize, usize)> = meanings.iter().filter_map(Meaning::edge).collect();
    let mut order: Vec<usize> = Vec::new();
    while order.len() < count {
        let is_next = |at: &usize| {
            let waits = |(before, after): &(usize, usize)| after == at && !order.contains(before);
            !order.contains(at) && !edges.iter().any(waits)
        };
        order.push((0..count).find(is_next)?);
    }
    Some(order)
}
