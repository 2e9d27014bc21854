//! From decisions to a plan: who is to be removed is stopped and leaves every group, who is to
//! be changed leaves some; and what became different since the review is told. Pure.

use std::collections::HashMap;

use super::{
    decision::{Choice, Decision, Verdicts},
    pack::{Reviewed, Sealed},
};
use crate::{
    domain::Person,
    plan::{
        Item, Place, Plan, Refused, Step,
        offboard::{Leaving, offboard},
    },
};

/// How many people a note names before it only counts them.
const NAMED: usize = 20;

/// What follows from the decisions.
#[derive(Clone, Debug)]
pub struct Removal {
    /// The plan.
    pub plan: Plan,
    /// Who has nothing of it any more.
    pub complete: Vec<String>,
    /// For whom nothing can be planned.
    pub refused: Vec<Refused>,
    /// What should be known beside the calls.
    pub notes: Vec<String>,
}

/// Plans what was decided, on the people as they are now. `studio` also takes the Studio
/// profiles, with the apps and spaces, of those who are removed: nothing brings them back.
pub fn removals(
    sealed: &Sealed,
    decided: &Verdicts,
    now: &[Person],
    studio: bool,
    place: Place,
) -> Removal {
    let there: HashMap<&str, &Person> = now.iter().map(|one| (one.key.as_str(), one)).collect();
    let (mut items, mut complete, mut refused, mut notes) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let leaving = Leaving {
        groups: true,
        profile: studio,
        ..Leaving::default()
    };
    for decision in decided.in_order(&sealed.pack) {
        if decision.decision == Choice::Keep {
            continue;
        }
        let Some(person) = there.get(decision.id.as_str()) else {
            complete.push(decision.person.clone());
            continue;
        };
        let item = if decision.decision == Choice::Remove {
            if !studio {
                match kept_profile(person) {
                    Some(why) if person.user.is_none() => {
                        refused.push(Refused {
                            subject: decision.person.clone(),
                            line: 0,
                            why,
                        });
                        continue;
                    }
                    why => notes.extend(why),
                }
            }
            let plan = offboard([*person], leaving, place.clone());
            plan.items.into_iter().next()
        } else {
            changed(person, &decision)
        };
        match item {
            Some(item) => items.push(Item {
                subject: decision.person.clone(),
                ..item
            }),
            None => complete.push(decision.person.clone()),
        }
    }
    notes.extend(drifted(&sealed.pack.people, &there));
    notes.extend(unreviewed(&sealed.pack.people, now));
    let what = match items.as_slice() {
        [one] => one.subject.clone(),
        several => format!("what was decided on {} people", several.len()),
    };
    let title = format!("{}{what}", prefix(sealed));
    Removal {
        plan: Plan::new(title, place, items),
        complete,
        refused,
        notes,
    }
}

/// What the titles of plans that follow from a review start with.
fn prefix(sealed: &Sealed) -> String {
    format!("review {}: ", sealed.digests.short())
}

/// Whether a plan follows from this review, by its title.
pub fn signed_by(plan: &Plan, sealed: &Sealed) -> bool {
    plan.title.starts_with(&prefix(sealed))
}

/// The steps of a change: the groups that the person is still in.
fn changed(person: &Person, decision: &Decision) -> Option<Item> {
    let user = person.user.as_ref()?;
    let steps: Vec<Step> = decision
        .remove_groups
        .iter()
        .filter(|group| person.groups.contains(group))
        .map(|group| Step::RemoveFromGroup {
            user: user.username.clone(),
            group: group.clone(),
        })
        .collect();
    (!steps.is_empty()).then(|| Item::new(person.label(), steps))
}

/// What a person keeps who is removed without their Studio profile.
fn kept_profile(person: &Person) -> Option<String> {
    let profile = person.profile.as_ref()?;
    let role = person.role.as_deref().unwrap_or("a role that is not known");
    Some(format!(
        "{} keeps the Studio profile {} and, through it, {role}; --studio-profile takes it",
        person.label(),
        profile.name
    ))
}

/// Who is otherwise than in the review: what was decided was decided on something else.
fn drifted(reviewed: &[Reviewed], there: &HashMap<&str, &Person>) -> Vec<String> {
    let mut changes = reviewed.iter().filter_map(|before| {
        let person = there.get(before.id.as_str())?;
        let gained: Vec<&str> = person
            .groups
            .iter()
            .filter(|group| !before.groups.contains(group))
            .map(String::as_str)
            .collect();
        if !gained.is_empty() {
            return Some(format!(
                "since the review {} has joined {}",
                before.person,
                gained.join(", ")
            ));
        }
        let enabled = person.user.as_ref().is_some_and(|user| user.enabled);
        (before.enabled == Some(false) && enabled)
            .then(|| format!("since the review {} may sign in again", before.person))
    });
    let mut notes: Vec<String> = changes.by_ref().take(NAMED).collect();
    match changes.count() {
        0 => {}
        more => notes.push(format!(
            "and {more} more have joined groups since the review"
        )),
    }
    notes
}

/// Who came after the review: nobody has decided about them.
fn unreviewed(reviewed: &[Reviewed], now: &[Person]) -> Option<String> {
    let known: std::collections::HashSet<&str> =
        reviewed.iter().map(|person| person.id.as_str()).collect();
    let new: Vec<&str> = now
        .iter()
        .filter(|person| !known.contains(person.key.as_str()))
        .map(Person::label)
        .collect();
    let named = new.get(..NAMED.min(new.len())).unwrap_or_default();
    match new.len() {
        0 => None,
        all if all > NAMED => Some(format!(
            "not in the review: {} and {} more",
            named.join(", "),
            all - NAMED
        )),
        _ => Some(format!("not in the review: {}", named.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        domain::User,
        review::build::tests::{pack, person, profile},
    };

    fn decide(sealed: &Sealed, decisions: &[(&str, Choice, &[&str])]) -> Verdicts {
        let mut decided = Verdicts::default();
        for (name, decision, groups) in decisions {
            let mut people = sealed.pack.people.iter();
            let person = people.find(|person| person.person == *name).unwrap();
            decided.record(Decision {
                id: person.id.clone(),
                person: person.person.clone(),
                decision: *decision,
                remove_groups: groups.iter().map(ToString::to_string).collect(),
                reason: "r".into(),
                reviewer: "g".into(),
                at: String::new(),
            });
        }
        decided
    }

    fn calls(plan: &Plan) -> Vec<(String, String)> {
        plan.calls().map(|call| (call.on, call.call)).collect()
    }

    #[test]
    fn removed_people_are_stopped_and_leave_every_group_they_have_now() {
        let mut bob = person("bob", &["readers"]);
        bob.profile = Some(profile("bob"));
        bob.role = profile("bob").execution_role;
        let people = [person("ada", &["admins"]), bob, person("cy", &["a", "b"])];
        let sealed = pack(&people).seal().unwrap();
        let decided = decide(
            &sealed,
            &[
                ("ada", Choice::Keep, &[]),
                ("bob", Choice::Remove, &[]),
                ("cy", Choice::Change, &["b"]),
            ],
        );
        let mut now = people.clone();
        now[1].groups.push("interns".into());
        let removal = removals(&sealed, &decided, &now, false, Place::default());
        let made = calls(&removal.plan);
        let made: Vec<&str> = made.iter().map(|(_, call)| call.as_str()).collect();
        assert_eq!(
            made,
            [
                "cognito-idp:AdminDisableUser",
                "cognito-idp:AdminUserGlobalSignOut",
                "cognito-idp:AdminRemoveUserFromGroup",
                "cognito-idp:AdminRemoveUserFromGroup",
                "cognito-idp:AdminRemoveUserFromGroup",
            ]
        );
        assert_eq!(
            removal.notes,
            [
                "bob keeps the Studio profile bob and, through it, \
                 arn:aws:iam::123456789012:role/mlflow-reader; --studio-profile takes it",
                "since the review bob has joined interns",
            ]
        );
        assert!(removal.plan.title.contains(sealed.digests.short()));
        let whole = removals(&sealed, &decided, &now, true, Place::default());
        assert!(
            calls(&whole.plan)
                .iter()
                .any(|(_, call)| call == "sagemaker:DeleteUserProfile")
        );
    }

    #[test]
    fn what_is_so_already_needs_nothing_and_what_is_new_is_said() {
        let mut lost = person("lost", &[]);
        lost.user = None;
        lost.profile = Some(profile("lost"));
        let people = [person("ada", &["a"]), person("bob", &["b"]), lost];
        let sealed = pack(&people).seal().unwrap();
        let decided = decide(
            &sealed,
            &[
                ("ada", Choice::Remove, &[]),
                ("bob", Choice::Change, &["b"]),
                ("lost", Choice::Remove, &[]),
            ],
        );
        let mut bob = person("bob", &[]);
        let mut user = User::clone(bob.user.as_ref().unwrap());
        user.email = Some("bob".into());
        bob.user = Some(Arc::new(user));
        let now = [bob, people[2].clone(), person("new", &["admins"])];
        let removal = removals(&sealed, &decided, &now, false, Place::default());
        assert_eq!(removal.plan.steps(), 0);
        assert_eq!(removal.complete, ["ada", "bob"]);
        assert_eq!(removal.refused[0].subject, "lost");
        assert!(removal.refused[0].why.contains("--studio-profile"));
        assert_eq!(removal.notes, ["not in the review: new"]);
    }
}
