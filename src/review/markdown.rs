//! A pack as Markdown, for a ticket: everything but the requests that were as declared, whose
//! evidence `review.html`, `review.json` and `matrix.csv` have.

use std::fmt::Write;

use super::{
    digest,
    pack::{Evidence, Level, Mark, Sealed},
    shown::visible,
    signs,
};
use crate::{access::Finding, probe::Verdict};

/// The pack as Markdown.
pub fn to_markdown(sealed: &Sealed) -> String {
    let pack = &sealed.pack;
    let mut page = Page::default();
    page.line("# Access review");
    page.line("");
    page.line(&format!("sha256 `{}`", sealed.digests.all));
    page.heading("Scope");
    let scope = pack.context.items();
    let about = signs::about(pack);
    page.table(
        &["what", "value"],
        scope
            .iter()
            .map(|(name, value)| vec![(*name).to_owned(), (*value).to_owned()])
            .chain(
                about
                    .into_iter()
                    .map(|(name, value)| vec![name.to_owned(), value]),
            ),
    );
    page.heading("In numbers");
    let numbers = signs::numbers(pack).into_iter();
    page.table(
        &["what", "how many"],
        numbers.map(|(name, number)| vec![name, number]),
    );
    page.heading("Method");
    for term in &pack.method {
        page.line(&format!("- **{}**: {}", md(&term.word), md(&term.meaning)));
    }
    people(&mut page, sealed);
    page.heading("Access levels");
    for level in &pack.access {
        level_table(&mut page, level);
    }
    findings(&mut page, "Side doors", &pack.side_doors);
    findings(&mut page, "Findings", &pack.findings);
    page.heading("What was not looked at");
    for limit in &pack.limits {
        page.line(&format!("- {}", md(limit)));
    }
    decisions(&mut page, sealed);
    page.heading("Digest");
    page.table(
        &["section", "sha256"],
        sealed
            .digests
            .sections
            .iter()
            .map(|(name, digest)| vec![name.clone(), digest.clone()])
            .chain([vec!["all".to_owned(), sealed.digests.all.clone()]]),
    );
    for sentence in digest::PROVES {
        page.line("");
        page.line(&md(sentence));
    }
    page.text
}

/// A text that stands in Markdown as it is: no markup, no picture, no link, one line.
fn md(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '#' => {
                out.push('\\');
                out.push(char);
            }
            char => out.push(char),
        }
    }
    out
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn heading(&mut self, heading: &str) {
        self.line(&format!("\n## {heading}\n"));
    }

    /// A table of texts; an empty one is told as such.
    fn table(&mut self, headers: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            self.line("None.");
            return;
        }
        self.line(&format!("| {} |", headers.join(" | ")));
        self.line(&format!("|{}", "---|".repeat(headers.len())));
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| md(cell)).collect();
            self.line(&format!("| {} |", cells.join(" | ")));
        }
    }
}

fn people(page: &mut Page, sealed: &Sealed) {
    page.heading("People");
    let rows = sealed.pack.people.iter().map(|person| {
        let marks: Vec<&str> = person.marks.iter().copied().map(Mark::as_str).collect();
        let role = person.execution_role.as_deref().map(signs::role_name);
        let studio = match (&person.profile, role) {
            (Some(profile), Some(role)) => format!("{profile} as {role}"),
            (Some(profile), None) => profile.clone(),
            _ => String::new(),
        };
        vec![
            person.person.clone(),
            person.status.clone().unwrap_or_default(),
            signs::may_sign_in(person).to_owned(),
            person.groups.join(", "),
            signs::acts_as(person).to_owned(),
            studio,
            signs::some_time(person.changed_at),
            marks.join(", "),
        ]
    });
    let headers = [
        "person",
        "status",
        "may sign in",
        "groups",
        "acts as",
        "Studio",
        "last changed",
        "marks",
    ];
    page.table(&headers, rows);
}

fn level_table(page: &mut Page, level: &Level) {
    page.line(&format!(
        "### {} by {}\n\nPeople who have it: {}\n",
        md(&level.principal.to_string()),
        level.scheme,
        level.people
    ));
    let rows = level.permissions.iter().map(|grant| {
        vec![
            grant.permission.clone(),
            signs::tally(grant.declared, "not declared"),
            signs::tally(grant.predicted, "not known"),
            signs::tally(grant.observed, "not tested"),
            signs::grant_verdict(level, grant),
        ]
    });
    let headers = ["permission", "declared", "predicted", "observed", "verdict"];
    page.table(&headers, rows);
    page.line("");
    let otherwise: Vec<Vec<String>> = level
        .permissions
        .iter()
        .flat_map(|grant| &grant.routes)
        .filter(|route| route.verdict != Verdict::Ok && route.at.is_some())
        .map(evidence)
        .collect();
    if !otherwise.is_empty() {
        let headers = [
            "route",
            "declared",
            "observed",
            "verdict",
            "answer",
            "request id",
            "at",
            "ms",
        ];
        page.line("Requests that were not as declared:\n");
        page.table(&headers, otherwise);
        page.line("");
    }
}

fn evidence(route: &Evidence) -> Vec<String> {
    vec![
        format!("{} {}", route.method, route.path),
        signs::effect(route.declared, "not declared").to_owned(),
        signs::effect(route.observed, "no decision").to_owned(),
        signs::verdict(route.verdict),
        answer(route),
        route.request_id.clone().unwrap_or_default(),
        signs::some_time(route.at),
        route
            .latency_ms
            .map_or_else(String::new, |ms| ms.to_string()),
    ]
}

/// What came back, in one phrase: `403 AccessDeniedException from gateway`.
pub(super) fn answer(route: &Evidence) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(route.status.map(|status| status.to_string()));
    words.extend(route.error_type.clone());
    words.extend(route.layer.map(|layer| format!("from {layer}")));
    words.join(" ")
}

fn findings(page: &mut Page, heading: &str, findings: &[Finding]) {
    page.heading(heading);
    if findings.is_empty() {
        page.line("None.");
    }
    for finding in findings {
        page.line(&format!(
            "- **{}** {}: {} → {}",
            finding.severity,
            md(&finding.subject),
            md(&finding.title),
            md(&finding.remedy)
        ));
        for line in &finding.evidence {
            page.line(&format!("  - {}", md(line)));
        }
    }
}

fn decisions(page: &mut Page, sealed: &Sealed) {
    let pack = &sealed.pack;
    page.heading("Decisions");
    let Some(closure) = &pack.closure else {
        page.line("The review is open: nothing is decided yet.");
        return;
    };
    page.line(&format!(
        "Closed by {} at {}; decided on the pack with sha256 `{}`.\n",
        md(&closure.by),
        signs::time(closure.at),
        closure.first
    ));
    let headers = [
        "person", "decision", "groups", "reason", "reviewer", "at", "note",
    ];
    let rows = pack.decisions.iter().map(|decision| {
        let own = closure.own_reviewer.contains(&decision.id);
        vec![
            decision.person.clone(),
            decision.decision.to_string(),
            decision.remove_groups.join(", "),
            decision.reason.clone(),
            decision.reviewer.clone(),
            decision.at.clone(),
            if own { "decided on themselves" } else { "" }.to_owned(),
        ]
    });
    page.table(&headers, rows);
    let undecided = pack.undecided();
    let undecided: Vec<String> = undecided.iter().map(|one| md(&one.person)).collect();
    if !undecided.is_empty() {
        page.line(&format!("\nNot decided: {}", undecided.join(", ")));
    }
    if let Some(done) = &closure.carried_out {
        page.line(&format!(
            "\nCarried out by the plan {} ({}), begun {}: {}\n",
            md(&done.plan),
            md(&done.title),
            signs::time(done.at),
            md(&done.standing)
        ));
        let rows = done.steps.iter().map(|step| {
            vec![
                step.call.clone(),
                step.does.clone(),
                step.done_at
                    .map_or_else(|| "not made".to_owned(), signs::time),
            ]
        });
        page.table(&["call", "does", "made"], rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::build::tests::{pack, person};

    #[test]
    fn a_name_is_no_markup() {
        let name = "![x](http://evil/p.png) <script>alert(1)</script>|`a`\n# b\u{202e}";
        let text = to_markdown(&pack(&[person(name, &["readers"])]).seal().unwrap());
        let mut lines = text.lines().filter(|line| line.contains("evil"));
        let line = lines.next().unwrap();
        assert!(lines.next().is_none());
        assert!(line.starts_with(
            "| \\!\\[x\\](http://evil/p.png) &lt;script&gt;alert(1)&lt;/script&gt;\\|\\`a\\`‹U+000A›\\# b‹U+202E› |"
        ), "{line}");
        assert!(text.contains("✗ over-granted"), "{text}");
        assert!(
            text.contains("403 AccessDeniedException from gateway | r-1"),
            "{text}"
        );
    }
}
