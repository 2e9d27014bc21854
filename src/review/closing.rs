//! The end of a review: the pack with its decisions, which names the one that was decided on.

use jiff::Timestamp;

use super::{
    decision::Verdicts,
    pack::{CarriedOut, Closure, MadeStep, Sealed},
};
use crate::{domain::Failure, plan::PlanRecord};

impl CarriedOut {
    /// What the journal says of a plan.
    pub fn of(record: &PlanRecord) -> Self {
        let mut steps = Vec::new();
        for (at, item) in record.plan.items.iter().enumerate() {
            for (place, step) in item.steps.iter().enumerate() {
                let made = record.step(at, place);
                steps.push(MadeStep {
                    call: step.call().to_owned(),
                    does: step.does(&item.subject),
                    done_at: made.and_then(|made| made.done_at),
                });
            }
        }
        Self {
            plan: record.plan.id.to_string(),
            title: record.plan.title.clone(),
            at: record.at,
            standing: record.standing().as_str().to_owned(),
            steps,
        }
    }
}

/// Closes a review: `by` at this moment, with what the journal says of the plan that followed.
///
/// # Errors
/// `Invalid` where it is closed already.
pub fn close(
    sealed: &Sealed,
    decided: &Verdicts,
    by: &str,
    at: Timestamp,
    carried_out: Option<CarriedOut>,
) -> Result<Sealed, Failure> {
    if sealed.pack.closure.is_some() {
        return Err(
            Failure::invalid("closing the review", "it is closed already")
                .advise("give the pack that was decided on, as `mlwarden review` wrote it"),
        );
    }
    let mut pack = sealed.pack.clone();
    let own = pack.people.iter().filter(|person| {
        let decision = decided.of(person);
        decision.is_some_and(|decision| decision.is_own(person))
    });
    pack.closure = Some(Closure {
        first: sealed.digests.all.clone(),
        at,
        by: by.to_owned(),
        own_reviewer: own.map(|person| person.id.clone()).collect(),
        undecided: decided
            .undecided(&pack)
            .into_iter()
            .map(|person| person.id.clone())
            .collect(),
        carried_out,
    });
    pack.decisions = decided.in_order(&pack);
    pack.seal()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::{
        Checked, Choice, Decision,
        build::tests::{pack, person},
    };

    #[test]
    fn a_closed_review_names_its_pack_and_who_was_their_own_reviewer() {
        let people = [person("ada@x.org", &["admins"]), person("bob@x.org", &[])];
        let sealed = pack(&people).seal().unwrap();
        let mut decided = Verdicts::default();
        let ada = &sealed.pack.people[0];
        decided.record(Decision {
            id: ada.id.clone(),
            person: ada.person.clone(),
            decision: Choice::Keep,
            remove_groups: Vec::new(),
            reason: String::new(),
            reviewer: "Ada".into(),
            at: String::new(),
        });
        let closed = close(&sealed, &decided, "grace", Timestamp::UNIX_EPOCH, None).unwrap();
        let closure = closed.pack.closure.as_ref().unwrap();
        assert_eq!(closure.first, sealed.digests.all);
        assert_ne!(closed.digests.all, sealed.digests.all);
        assert_eq!(closure.own_reviewer, std::slice::from_ref(&ada.id));
        assert_eq!(closure.undecided, [sealed.pack.people[1].id.clone()]);
        let mut value = closed.to_json().unwrap();
        assert!(Checked::of(&value).is_intact());
        value["decisions"][0]["decision"] = "remove".into();
        assert_eq!(Checked::of(&value).altered, ["decisions"]);
        let again = close(&closed, &decided, "grace", Timestamp::UNIX_EPOCH, None);
        assert!(again.unwrap_err().to_string().contains("closed already"));
    }
}
