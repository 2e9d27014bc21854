//! How effects, tallies, verdicts and times are said to a reader: the same words in every
//! format, never a colour alone.

use jiff::Timestamp;

use super::pack::{Grant, Level, Pack, Reviewed, Tally};
use crate::{
    access::Effect,
    domain::{Principal, role::short_name},
    probe::Verdict,
};

/// `allow`, `deny`, or that it is neither.
pub(super) fn effect(effect: Option<Effect>, otherwise: &'static str) -> &'static str {
    effect.map_or(otherwise, Effect::as_str)
}

/// `allow`, `deny`, `allow 2, deny 1`; with how many are neither.
pub(super) fn tally(tally: Tally, otherwise: &str) -> String {
    let Tally {
        allow,
        deny,
        unknown,
    } = tally;
    match (allow, deny, unknown) {
        (0, 0, _) => otherwise.to_owned(),
        (_, 0, 0) => "allow".to_owned(),
        (0, _, 0) => "deny".to_owned(),
        _ => [(allow, "allow"), (deny, "deny"), (unknown, otherwise)]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{word} {count}"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// A verdict with its sign: `✗ over-granted`.
pub(super) fn verdict(verdict: Verdict) -> String {
    let sign = match verdict {
        Verdict::Ok => "✓",
        Verdict::OverGranted => "✗",
        Verdict::UnderGranted => "!",
        Verdict::Inconclusive => "?",
    };
    format!("{sign} {verdict}")
}

/// The verdict of a permission: what was observed, else what is predicted, said so.
pub(super) fn grant_verdict(level: &Level, grant: &Grant) -> String {
    if Pack::is_observed(level) {
        verdict(grant.verdict)
    } else {
        format!("{} (predicted)", verdict(grant.predicted_verdict))
    }
}

/// The verdict by which a permission is told apart.
pub(super) fn standing(level: &Level, grant: &Grant) -> Verdict {
    if Pack::is_observed(level) {
        grant.verdict
    } else {
        grant.predicted_verdict
    }
}

/// A time in whole seconds, UTC.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The same to the millisecond, as a request is found in a log by.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A time, or nothing.
pub(super) fn some_time(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, time)
}

/// What a person acts as in MLflow, in words.
pub(super) fn acts_as(person: &Reviewed) -> &str {
    match (&person.acts_as, person.username.is_some()) {
        (Some(group), _) => group,
        (None, true) => "nothing: refused",
        (None, false) => "no user",
    }
}

/// Whether a person may sign in, in words.
pub(super) fn may_sign_in(person: &Reviewed) -> &'static str {
    match person.enabled {
        Some(true) if person.may_sign_in() => "yes",
        Some(true) => "not before the address is confirmed",
        Some(false) => "no",
        None => "no user",
    }
}

/// A principal as short as it can be told from the others: CloudFormation's names are long.
pub(super) fn short(principal: &Principal) -> String {
    match principal {
        Principal::Role(name) => format!("role:{}", short_name(name)),
        other => other.to_string(),
    }
}

/// A role without the rest of its ARN.
pub(super) fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// What a pack comes to, each number with its name.
pub(super) fn numbers(pack: &Pack) -> Vec<(String, String)> {
    let people = &pack.people;
    let count = |is: &dyn Fn(&Reviewed) -> bool| people.iter().filter(|one| is(one)).count();
    let summary = &pack.run.summary;
    let mut numbers = vec![
        ("People".to_owned(), people.len().to_string()),
        (
            "may sign in".to_owned(),
            count(&Reviewed::may_sign_in).to_string(),
        ),
    ];
    for mark in [
        super::Mark::Administrator,
        super::Mark::SeveralGroups,
        super::Mark::UnknownGroups,
        super::Mark::NoGroup,
        super::Mark::Federated,
        super::Mark::OtherRole,
        super::Mark::NoUser,
    ] {
        let marked = count(&|one| one.marks.contains(&mark));
        if marked > 0 {
            numbers.push((format!("marked {}", mark.as_str()), marked.to_string()));
        }
    }
    numbers.extend(
        [
            ("Routes of the access levels", summary.cells),
            ("as declared", summary.ok),
            ("over-granted", summary.over_granted),
            ("under-granted", summary.under_granted),
            ("inconclusive or not tested", summary.inconclusive),
            ("Side doors", pack.side_doors.len()),
            ("Other findings", pack.findings.len()),
        ]
        .map(|(name, number)| (name.to_owned(), number.to_string())),
    );
    if let Some(closure) = &pack.closure {
        let of = |choice| {
            let decisions = pack.decisions.iter();
            decisions.filter(|one| one.decision == choice).count()
        };
        for choice in [
            super::Choice::Keep,
            super::Choice::Remove,
            super::Choice::Change,
        ] {
            numbers.push((format!("Decided: {choice}"), of(choice).to_string()));
        }
        numbers.push((
            "Not decided".to_owned(),
            closure.undecided.len().to_string(),
        ));
    }
    numbers
}

/// What a pack says of itself: who looked, when, with what.
pub(super) fn about(pack: &Pack) -> Vec<(&'static str, String)> {
    let run = &pack.run;
    let how = if run.live {
        format!(
            "live: {} requests to the protected API",
            run.summary.requests
        )
    } else {
        "predicted only: no request was sent to the protected API".to_owned()
    };
    let principals: Vec<String> = run.principals.iter().map(ToString::to_string).collect();
    vec![
        (
            "Run by",
            run.by.clone().unwrap_or_else(|| "not known".to_owned()),
        ),
        ("Began", time(run.started_at)),
        ("Ended", time(run.finished_at)),
        ("How", how),
        ("Looked at", principals.join(", ")),
        (
            "Declared by",
            format!("{} (sha256 {})", run.declared.source, run.declared.sha256),
        ),
        ("Written by", format!("{} {}", run.tool, run.version)),
    ]
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(2, 0, 0, "allow")]
    #[case(0, 1, 0, "deny")]
    #[case(2, 1, 0, "allow 2, deny 1")]
    #[case(0, 1, 3, "deny 1, not tested 3")]
    #[case(0, 0, 3, "not tested")]
    fn a_tally_never_counts_what_is_not_known_as_denied(
        #[case] allow: usize,
        #[case] deny: usize,
        #[case] unknown: usize,
        #[case] says: &str,
    ) {
        let all = Tally {
            allow,
            deny,
            unknown,
        };
        assert_eq!(tally(all, "not tested"), says);
    }
}
