//! What would turn the decision about a token around.

use super::flip::{Also, Change, Flip, declaring, narrowest};
use crate::access::{
    Contract, Effect, Matrix, Pick, Route,
    audit::{Decider, House, Means},
    contract_of,
};

/// The changes: to the groups first, then to the matrix. With the groups it is told whether it is
/// a person who is in them.
pub(super) fn flips(
    house: &House<'_>,
    matrix: &Matrix,
    (groups, is_person): (&[String], bool),
    route: &Route,
    wanted: Effect,
) -> Vec<Flip> {
    let case = Case {
        house,
        groups,
        now: house.decider(Means::Token(groups)),
        route,
        wanted,
    };
    let mut flips = Vec::new();
    // What is left of a group that leaves itself is nobody.
    if is_person || groups.len() > 1 {
        flips.extend(case.leaving());
    }
    flips.extend(case.joining());
    // Whoever gets there by leaving alone need not move.
    let by_leaving = |flip: &Flip| matches!(flip.how, Change::Leave { .. });
    if is_person && wanted == Effect::Allow && !flips.iter().any(by_leaving) {
        flips.extend(case.moving());
    }
    flips.extend(case.publishing(matrix));
    flips
}

struct Case<'c, 'a> {
    house: &'c House<'a>,
    groups: &'c [String],
    /// What decides as it is.
    now: Decider<'c>,
    route: &'c Route,
    wanted: Effect,
}

impl Case<'_, '_> {
    /// The flip to these groups, if it is one.
    fn with_groups(&self, how: Change, groups: &[String]) -> Option<Flip> {
        self.flip(how, &self.house.decider(Means::Token(groups)))
    }

    /// The flip to what decides then, if it is one.
    fn flip(&self, how: Change, then: &Decider<'_>) -> Option<Flip> {
        let decision = then.decide(self.route)?;
        (decision.effect == self.wanted).then(|| {
            let also = Also::between(self.house, self.route, &self.now, then);
            Flip::new(how, decision, also)
        })
    }

    fn without(&self, left: &[String]) -> Vec<String> {
        let stays = |group: &&String| !left.contains(group);
        self.groups.iter().filter(stays).cloned().collect()
    }

    fn leave(&self, left: &[String]) -> Option<Flip> {
        let how = Change::Leave {
            groups: left.to_vec(),
        };
        self.with_groups(how, &self.without(left))
    }

    /// One group to leave where that is enough, else the fewest together.
    fn leaving(&self) -> Vec<Flip> {
        let alone = self
            .groups
            .iter()
            .filter_map(|group| self.leave(std::slice::from_ref(group)));
        let alone = narrowest(alone.collect());
        if !alone.is_empty() {
            return alone;
        }
        self.leaving_several().into_iter().collect()
    }

    /// Whatever decides goes, one group after the other; then whoever need not go stays.
    fn leaving_several(&self) -> Option<Flip> {
        let mut left: Vec<String> = Vec::new();
        while self.leave(&left).is_none() {
            let rest = self.without(&left);
            let next = self.in_the_way(&rest)?;
            left.push(next);
        }
        let mut at = 0;
        while at < left.len() {
            let mut fewer = left.clone();
            let stays = fewer.remove(at);
            if self.leave(&fewer).is_some() {
                left.retain(|group| *group != stays);
            } else {
                at += 1;
            }
        }
        (!left.is_empty()).then(|| self.leave(&left)).flatten()
    }

    /// The group that a decision comes from.
    fn in_the_way(&self, groups: &[String]) -> Option<String> {
        let decision = self.house.decide(Means::Token(groups), self.route)?;
        if let crate::access::Basis::Rule { group, .. } = decision.basis {
            return Some(group);
        }
        let deciding = self.house.authorizer.deciding(groups);
        match deciding.as_slice() {
            // Without a rule that speaks of it nobody in a union is in the way.
            [one] => Some((*one).to_owned()),
            _ => None,
        }
    }

    /// The pool's groups that the authorizer knows and that the caller is not in.
    fn others(&self) -> impl Iterator<Item = &String> {
        let known = self.house.authorizer.contract.groups.iter();
        let there =
            |name: &&String| self.house.groups.is_empty() || self.house.groups.contains(name);
        known
            .map(|rules| &rules.name)
            .filter(|name| !self.groups.contains(name))
            .filter(there)
    }

    /// The groups to change to, where to join them is not enough: whatever decides now is left.
    fn moving(&self) -> Vec<Flip> {
        let deciding = self.house.authorizer.deciding(self.groups);
        if deciding.is_empty() {
            return Vec::new();
        }
        let leave: Vec<String> = deciding.into_iter().map(ToOwned::to_owned).collect();
        let flips = self.others().filter_map(|name| {
            let joined = [self.groups, std::slice::from_ref(name)].concat();
            let then = self.house.decider(Means::Token(&joined));
            if then.effect(self.route) == Some(self.wanted) {
                return None;
            }
            let mut groups = self.without(&leave);
            groups.push(name.clone());
            let how = Change::Move {
                leave: leave.clone(),
                join: name.clone(),
            };
            self.with_groups(how, &groups)
        });
        narrowest(flips.collect())
    }

    /// The groups to join; the narrowest first.
    fn joining(&self) -> Vec<Flip> {
        let flips = self.others().filter_map(|name| {
            let mut groups = self.groups.to_vec();
            groups.push(name.clone());
            let how = Change::Join {
                group: name.clone(),
            };
            self.with_groups(how, &groups)
        });
        narrowest(flips.collect())
    }

    /// What a published matrix would do: as it is, with another entry, with another rule.
    fn publishing(&self, matrix: &Matrix) -> Vec<Flip> {
        if let Some(flip) = self.published(matrix, Change::Publish) {
            return vec![flip];
        }
        let rows = matrix.rows.iter().filter(|row| {
            let group = row.group.as_ref();
            group.is_some_and(|group| self.groups.contains(group))
        });
        let mut flips: Vec<Flip> = rows
            .filter_map(|row| {
                let (changed, entry) = declaring(matrix, &row.name, self.route, self.wanted)?;
                let how = Change::Declare {
                    row: row.name.clone(),
                    entry,
                    effect: self.wanted,
                };
                self.published(&changed, how)
            })
            .collect();
        if self.groups.len() > 1 {
            let rule = match matrix.authorizer.rule {
                Pick::FirstMatch => Pick::Union,
                Pick::Union => Pick::FirstMatch,
            };
            let mut changed = matrix.clone();
            changed.authorizer.rule = rule;
            flips.extend(self.published(&changed, Change::Choose { rule }));
        }
        flips
    }

    /// The flip by publishing a matrix, if it is one.
    fn published(&self, matrix: &Matrix, how: Change) -> Option<Flip> {
        let contract: Contract = contract_of(matrix, self.house.catalog);
        let then = Decider::by_rules(self.house, contract.caller(self.groups));
        self.flip(how, &then)
    }
}
