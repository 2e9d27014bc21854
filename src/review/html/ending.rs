//! The page's last parts: findings, decisions, digests.

use super::{columns, list, markup::Markup};
use crate::{
    access::Finding,
    review::{
        digest,
        pack::{CarriedOut, Closure, Pack, Sealed},
        signs,
    },
};

/// Findings with their evidence.
pub(super) fn findings(page: &mut Markup, findings: &[Finding]) {
    if findings.is_empty() {
        page.leaf("p", &[], "None.");
    }
    for finding in findings {
        page.newline();
        page.element("div", &[("class", "finding")], |page| {
            let severity = finding.severity.to_string();
            page.element("p", &[], |page| {
                page.leaf("span", &[("class", &severity)], &severity);
                page.text(" ");
                page.leaf("strong", &[], &finding.title);
                page.text(" ");
                page.leaf(
                    "span",
                    &[("class", "soft")],
                    &format!("({}, {})", finding.id, finding.subject),
                );
            });
            list(page, &finding.evidence);
            page.element("p", &[], |page| {
                page.text("→ ");
                page.text(&finding.remedy);
            });
        });
    }
}

/// The decisions, or room to sign.
pub(super) fn decisions(page: &mut Markup, pack: &Pack) {
    let Some(closure) = &pack.closure else {
        page.leaf(
            "p",
            &[("class", "banner")],
            "The review is open: nothing is decided yet. Decisions are written into \
             decisions.csv, which belongs to this pack by its digest.",
        );
        return;
    };
    page.element("p", &[("class", "banner")], |page| {
        page.text("Closed by ");
        page.text(&closure.by);
        page.text(" at ");
        page.text(&signs::time(closure.at));
        page.text("; decided on the pack with sha256 ");
        page.leaf("code", &[], &closure.first);
        page.text(", all of which is in here.");
    });
    decided(page, pack, closure);
    if !closure.undecided.is_empty() {
        page.leaf("h3", &[], "Not decided");
        let undecided = pack.undecided();
        let names: Vec<String> = undecided.iter().map(|one| one.person.clone()).collect();
        list(page, &names);
    }
    if let Some(done) = &closure.carried_out {
        carried_out(page, done);
    }
    page.element("p", &[("class", "signature")], |page| {
        page.leaf("span", &[], "Reviewer");
        page.leaf("span", &[], "Date");
        page.leaf("span", &[], "Signature");
    });
}

fn decided(page: &mut Markup, pack: &Pack, closure: &Closure) {
    page.element("div", &[("class", "wide")], |page| {
        page.element("table", &[("aria-labelledby", "decisions")], |page| {
            let names = ["Person", "Decision", "Groups", "Reason", "Reviewer", "At"];
            columns(page, &names);
            page.element("tbody", &[], |page| {
                for one in &pack.decisions {
                    page.newline();
                    page.element("tr", &[], |page| {
                        page.leaf("th", &[("scope", "row")], &one.person);
                        page.leaf("td", &[], one.decision.as_str());
                        page.leaf("td", &[], &one.remove_groups.join(", "));
                        page.leaf("td", &[], &one.reason);
                        page.element("td", &[], |page| {
                            page.text(&one.reviewer);
                            if closure.own_reviewer.contains(&one.id) {
                                let class = [("class", "mark look")];
                                page.text(" ");
                                page.leaf("span", &class, "decided on themselves");
                            }
                        });
                        page.leaf("td", &[("class", "time")], &one.at);
                    });
                }
            });
        });
    });
}

fn carried_out(page: &mut Markup, done: &CarriedOut) {
    page.leaf("h3", &[("id", "carried-out")], "What was done");
    page.element("p", &[], |page| {
        page.text(&format!(
            "Plan {} of the journal ({}), begun {}: {}.",
            done.plan,
            done.title,
            signs::time(done.at),
            done.standing
        ));
    });
    page.element("table", &[("aria-labelledby", "carried-out")], |page| {
        columns(page, &["Call", "Does", "Made"]);
        page.element("tbody", &[], |page| {
            for step in &done.steps {
                let made = step.done_at.map(signs::time);
                page.element("tr", &[], |page| {
                    page.leaf("th", &[("scope", "row"), ("class", "mono")], &step.call);
                    page.leaf("td", &[], &step.does);
                    let made = made.as_deref().unwrap_or("not made");
                    page.leaf("td", &[("class", "time")], made);
                });
            }
        });
    });
}

/// The digests, and what they prove.
pub(super) fn digests(page: &mut Markup, sealed: &Sealed) {
    page.element("table", &[("class", "facts")], |page| {
        columns(page, &["Section", "SHA-256"]);
        page.element("tbody", &[], |page| {
            let all = [("all", &sealed.digests.all)];
            let sections = sealed.digests.sections.iter();
            for (name, digest) in sections.map(|(name, one)| (name.as_str(), one)).chain(all) {
                page.element("tr", &[], |page| {
                    page.leaf("th", &[("scope", "row")], name);
                    page.leaf("td", &[("class", "mono")], digest);
                });
            }
        });
    });
    for sentence in digest::PROVES {
        page.leaf("p", &[], sentence);
    }
    page.element("p", &[], |page| {
        page.leaf("code", &[], "mlwarden review verify FILE");
        page.text(
            " does all of it; of this page it also compares what is shown with the data that is \
             carried.",
        );
    });
}
