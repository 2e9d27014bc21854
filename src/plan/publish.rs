//! Putting another package of the authorizer into effect, as a plan. Pure.
//!
//! Running the plan alone proves nothing: that is [`crate::probe::Publisher`]'s.

use uuid::Uuid;

use super::{Item, Place, Plan, Step};

/// Plans that a package takes the place of another. Where it is to `keep` the other, AWS makes a
/// version of it first.
pub fn publication(function: &str, before: &str, after: &str, keep: bool, place: Place) -> Plan {
    let name = name_of(function);
    let mut steps = vec![Step::UpdateAuthorizer {
        function: function.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    }];
    if keep {
        let keep = Step::KeepAuthorizer {
            function: function.to_owned(),
            sha256: before.to_owned(),
        };
        steps.insert(0, keep);
    }
    let title = format!("publish the authorizer {name}");
    Plan::new(title, place, vec![Item::new(name, steps)])
}

/// Plans that the package of before comes back: takes the publication `of` back.
pub fn put_back(of: Uuid, function: &str, before: &str, after: &str, place: Place) -> Plan {
    let name = name_of(function);
    let step = Step::UpdateAuthorizer {
        function: function.to_owned(),
        before: after.to_owned(),
        after: before.to_owned(),
    };
    let title = format!("put the authorizer {name} back");
    let mut plan = Plan::new(title, place, vec![Item::new(name, vec![step])]);
    plan.undoes = Some(of);
    plan
}

/// Whether a plan puts a package into effect, which is to be proved: nobody but who proves it
/// may run it or take it back.
pub fn is_publication(plan: &Plan) -> bool {
    let mut steps = plan.items.iter().flat_map(|item| &item.steps);
    steps.any(|step| matches!(step, Step::UpdateAuthorizer { .. }))
}

fn name_of(function: &str) -> &str {
    function.rsplit(':').next().unwrap_or(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_changes_the_package_is_a_publication() {
        let arn = "arn:aws:lambda:r:1:function:authorizer";
        let plan = publication(arn, "old", "new", true, Place::default());
        assert!(is_publication(&plan));
        let back = put_back(plan.id, arn, "old", "new", Place::default());
        assert!(is_publication(&back));
        let other = Plan::new("keep".to_owned(), Place::default(), Vec::new());
        assert!(!is_publication(&other));
        let update = plan.items[0].steps[1].inverse();
        assert_eq!(back.items[0].steps, update);
        let calls: Vec<String> = plan.calls().map(|call| call.call).collect();
        assert_eq!(
            calls,
            ["lambda:PublishVersion", "lambda:UpdateFunctionCode"]
        );
    }
}
