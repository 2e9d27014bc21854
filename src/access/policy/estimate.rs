//! Decisions where not every condition key of the request is known.

use super::{Decision, PartialContext, Policy, Statement, basis, statement::Match, view};
use crate::access::{Basis, Effect};

/// A decision, and the condition keys that it depends on.
///
/// Denied means denied whatever the keys are. Allowed with no key means allowed whatever they
/// are; with keys it means that there may be values by which it is allowed, and others by which
/// it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The decision, where the keys are as it needs them.
    pub decision: Decision,
    /// The keys whose values are not known, sorted; empty where none matters.
    pub depends_on: Vec<String>,
}

impl Estimate {
    /// Whether it may be allowed.
    pub fn is_possible(&self) -> bool {
        self.decision.is_allow()
    }

    /// Whether it is allowed for certain.
    pub fn is_certain(&self) -> bool {
        self.decision.is_allow() && self.depends_on.is_empty()
    }

    /// How open it is, to compare: 0 denied, 1 possibly allowed, 2 allowed.
    pub fn openness(&self) -> u8 {
        u8::from(self.is_possible()) + u8::from(self.is_certain())
    }

    fn certain(decision: Decision) -> Self {
        Self {
            decision,
            depends_on: Vec::new(),
        }
    }
}

/// A statement that applies, for certain or not.
type Found<'a> = (&'a Policy, &'a Statement, Match<'a>);

pub(super) fn of(
    view: &view::ActionView<'_>,
    resource: &str,
    context: &PartialContext,
) -> Estimate {
    let explained = |effect, (policy, statement, found): &Found<'_>| {
        let basis = basis(policy, statement, found.pattern);
        let decision = Decision::allow(basis).with_caveat(view.set.caveat.clone());
        Decision { effect, ..decision }
    };
    let denies = matches(&view.denies, resource, context);
    if let Some(deny) = denies.iter().find(|(.., found)| found.is_certain()) {
        return Estimate::certain(explained(Effect::Deny, deny));
    }
    let allows = matches(&view.allows, resource, context);
    let Some(allow) = likeliest(&allows) else {
        let decision = Decision::deny(Basis::NoStatement);
        let decision = decision.with_caveat(view.set.caveat.clone());
        return Estimate::certain(decision);
    };
    let bounds = view
        .bounds
        .as_ref()
        .map(|bounds| matches(bounds, resource, context));
    let bound = bounds.as_deref().map(likeliest);
    if matches!(bound, Some(None)) {
        let policy = view.set.boundary.as_ref();
        let policy = policy
            .map(|policy| policy.label.clone())
            .unwrap_or_default();
        let decision = Decision::deny(Basis::Boundary { policy });
        return Estimate::certain(decision.with_caveat(view.set.caveat.clone()));
    }
    let mut depends_on: Vec<String> = denies
        .iter()
        .chain(Some(allow))
        .chain(bound.flatten())
        .flat_map(|(.., found)| found.unknown.iter().map(|key| (*key).to_owned()))
        .collect();
    depends_on.sort_unstable();
    depends_on.dedup();
    Estimate {
        decision: explained(Effect::Allow, allow),
        depends_on,
    }
}

fn matches<'a>(
    placed: &[view::Placed<'a>],
    resource: &str,
    context: &PartialContext,
) -> Vec<Found<'a>> {
    placed
        .iter()
        .filter_map(|(policy, statement)| {
            Some((*policy, *statement, statement.matching(resource, context)?))
        })
        .collect()
}

/// The first that applies for certain, else the first that may.
fn likeliest<'l, 'a>(found: &'l [Found<'a>]) -> Option<&'l Found<'a>> {
    found
        .iter()
        .find(|(.., found)| found.is_certain())
        .or_else(|| found.first())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::access::{Context, PartialContext, PolicySet, PolicyText};

    /// What is decided of `s:Act` on `r/1` by these statements, where `k:known` is `v`, `k:absent`
    /// is not there, and nothing else is known: no, maybe or yes.
    fn openness(statements: &str, boundary: Option<&str>) -> (u8, Vec<String>) {
        let document =
            |statements: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let (identity, limit) = (document(statements), boundary.map(document));
        let text = |document| PolicyText {
            label: "p",
            document,
        };
        let set = PolicySet::compile(&[text(&identity)], limit.as_deref().map(text));
        let context = PartialContext::new(Context::new().with("k:known", ["v"]))
            .without(["k:absent", "k:tags/*"]);
        let estimate = set.for_action("s:Act").estimate("r/1", &context);
        (estimate.openness(), estimate.depends_on)
    }

    fn one(effect: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect":"{effect}","Action":"s:Act","Resource":"*","Condition":{{{condition}}}}}"#
        )
    }

    #[rstest]
    #[case::known(r#""StringEquals":{"k:known":"v"}"#, 2)]
    #[case::known_otherwise(r#""StringEquals":{"k:known":"w"}"#, 0)]
    #[case::absent(r#""StringEquals":{"k:absent":"v"}"#, 0)]
    #[case::absent_by_glob(r#""StringEquals":{"k:tags/x":"v"}"#, 0)]
    #[case::absent_and_asked_so(r#""Null":{"k:absent":"true"}"#, 2)]
    #[case::unknown(r#""StringEquals":{"k:open":"v"}"#, 1)]
    #[case::unknown_negated(r#""StringNotEquals":{"k:open":"v"}"#, 1)]
    #[case::unknown_if_exists(r#""StringEqualsIfExists":{"k:open":"v"}"#, 1)]
    #[case::unknown_null(r#""Null":{"k:open":"true"}"#, 1)]
    #[case::fixed(r#""ForAllValues:Null":{"k:open":"true"}"#, 2)]
    #[case::one_fails(r#""StringEquals":{"k:open":"v","k:known":"w"}"#, 0)]
    #[case::unknown_variable(r#""StringEquals":{"k:known":"${k:open}"}"#, 1)]
    #[case::known_variable(r#""StringEquals":{"k:known":"${k:known}"}"#, 2)]
    fn a_condition_holds_fails_or_cannot_be_known(#[case] condition: &str, #[case] is: u8) {
        assert_eq!(openness(&one("Allow", condition), None).0, is);
    }

    #[rstest]
    #[case("r/${k:open}", 1)]
    #[case("r/${k:open}/x", 0)]
    #[case("r/${k:known}", 0)]
    #[case("r/*", 2)]
    fn a_variable_that_is_not_known_may_be_anything(#[case] resource: &str, #[case] is: u8) {
        let statement = format!(r#"{{"Effect":"Allow","Action":"s:*","Resource":"{resource}"}}"#);
        assert_eq!(openness(&statement, None).0, is);
        let except = statement.replace("Resource", "NotResource");
        assert_eq!(openness(&except, None).0, 2 - is);
    }

    #[test]
    fn a_deny_that_may_apply_makes_an_allow_uncertain_and_one_that_does_ends_it() {
        let allow = one("Allow", "");
        let may = one("Deny", r#""StringNotEquals":{"aws:SourceVpc":"vpc-1"}"#);
        let (open, keys) = openness(&format!("{allow},{may}"), None);
        assert_eq!((open, keys), (1, vec!["aws:SourceVpc".to_owned()]));
        let does = one("Deny", r#""StringEquals":{"k:known":"v"}"#);
        assert_eq!(openness(&format!("{allow},{may},{does}"), None).0, 0);
    }

    #[test]
    fn a_certain_allow_is_taken_before_an_uncertain_one() {
        let may = one("Allow", r#""Bool":{"k:open":"true"}"#);
        assert_eq!(openness(&format!("{may},{}", one("Allow", "")), None).0, 2);
    }

    #[test]
    fn the_boundary_must_allow_as_well() {
        let allow = one("Allow", "");
        let elsewhere = r#"{"Effect":"Allow","Action":"t:*","Resource":"*"}"#;
        assert_eq!(openness(&allow, Some(elsewhere)).0, 0);
        let may = one("Allow", r#""Bool":{"k:open":"true"}"#);
        assert_eq!(openness(&allow, Some(&may)).0, 1);
        assert_eq!(openness(&allow, Some(&allow)).0, 2);
    }
}
