//! The access levels of the page: a row a permission, its requests folded away under it.

use super::{columns, markup::Markup};
use crate::review::{
    markdown::answer,
    pack::{Evidence, Grant, Level, Pack},
    signs,
};

/// Every level.
pub(super) fn levels(page: &mut Markup, pack: &Pack) {
    if pack.access.is_empty() {
        page.leaf("p", &[], "None.");
    }
    for (at, one) in pack.access.iter().enumerate() {
        page.newline();
        level(page, at, one);
    }
}

fn level(page: &mut Markup, at: usize, level: &Level) {
    let id = format!("level-{at}");
    page.element("h3", &[("id", &id)], |page| {
        page.text(&format!("{} by {}", level.principal, level.scheme));
    });
    page.element("div", &[("class", "wide")], |page| {
        page.element("table", &[("aria-labelledby", &id)], |page| {
            let people = match level.people {
                1 => "1 person has it".to_owned(),
                people => format!("{people} people have it, without those who may not sign in"),
            };
            page.leaf("caption", &[], &people);
            let names = ["Permission", "Declared", "Predicted", "Observed", "Verdict"];
            columns(page, &names);
            page.element("tbody", &[], |page| {
                for one in &level.permissions {
                    page.newline();
                    grant(page, level, one);
                }
            });
        });
    });
}

fn grant(page: &mut Markup, level: &Level, grant: &Grant) {
    page.element("tr", &[("class", "grant")], |page| {
        page.leaf("th", &[("scope", "row")], &grant.permission);
        page.leaf("td", &[], &signs::tally(grant.declared, "not declared"));
        page.leaf("td", &[], &signs::tally(grant.predicted, "not known"));
        page.leaf("td", &[], &signs::tally(grant.observed, "not tested"));
        page.leaf(
            "td",
            &[("class", signs::standing(level, grant).as_str())],
            &signs::grant_verdict(level, grant),
        );
    });
    page.element("tr", &[("class", "evidence")], |page| {
        page.element("td", &[("colspan", "5")], |page| {
            page.element("details", &[], |page| {
                page.leaf("summary", &[], &summary(grant));
                requests(page, grant);
            });
        });
    });
}

/// What is folded away, in one line.
fn summary(grant: &Grant) -> String {
    let made = grant.routes.iter().filter(|route| route.at.is_some());
    match (grant.routes.len(), made.count()) {
        (1, 1) => "Evidence: 1 request".to_owned(),
        (all, made) if all == made => format!("Evidence: {all} requests"),
        (1, _) => "1 route, not tested".to_owned(),
        (all, 0) => format!("{all} routes, not tested"),
        (all, made) => format!("Evidence: {made} requests for {all} routes"),
    }
}

fn requests(page: &mut Markup, grant: &Grant) {
    page.element("table", &[("aria-label", &grant.permission)], |page| {
        let names = [
            "Route",
            "Declared",
            "Predicted",
            "Observed",
            "Verdict",
            "Answer",
            "Request id",
            "At (UTC)",
            "ms",
        ];
        columns(page, &names);
        page.element("tbody", &[], |page| {
            for route in &grant.routes {
                page.element("tr", &[], |page| request(page, route));
            }
        });
    });
}

fn request(page: &mut Markup, route: &Evidence) {
    page.element("th", &[("scope", "row"), ("class", "mono")], |page| {
        page.text(&format!("{} {}", route.method, route.path));
    });
    page.leaf("td", &[], signs::effect(route.declared, "not declared"));
    page.element("td", &[], |page| {
        page.text(signs::effect(route.predicted, "not known"));
        if let Some(by) = &route.predicted_by {
            page.leaf("div", &[("class", "soft")], by);
        }
    });
    let otherwise = if route.at.is_some() {
        "no decision"
    } else {
        "not tested"
    };
    page.leaf("td", &[], signs::effect(route.observed, otherwise));
    page.leaf(
        "td",
        &[("class", route.verdict.as_str())],
        &signs::verdict(route.verdict),
    );
    page.element("td", &[], |page| {
        page.text(&answer(route));
        page.leaf("div", &[("class", "soft")], &route.reason);
    });
    let id = route.request_id.as_deref().unwrap_or_default();
    page.leaf("td", &[("class", "mono")], id);
    let at = route.at.map_or_else(String::new, signs::moment);
    page.leaf("td", &[("class", "time")], &at);
    let took = route
        .latency_ms
        .map_or_else(String::new, |ms| ms.to_string());
    page.leaf("td", &[("class", "number")], &took);
}
