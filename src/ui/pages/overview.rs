//! What was found, from where, what is wrong, and what to do about it.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use crate::{
    access::Severity,
    app::{State, state::Discovery},
    domain::Found,
    ui::{Role, Theme, chrome::spinner},
};

pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let mut lines = Vec::new();
    match &state.discovery {
        Discovery::Running => lines.push(Line::styled(
            format!(" {} finding the deployment", spinner(state, theme)),
            theme.get(Role::Dim),
        )),
        Discovery::Done(_) => lines.push(summary(state, theme)),
        Discovery::NotConnected(failure) => {
            lines.push(Line::styled(format!(" {failure}"), theme.get(Role::Danger)));
            lines.push(Line::styled(
                format!(" {} {}", theme.sign("→", "->"), failure.next_step()),
                theme.get(Role::Warning),
            ));
        }
    }
    let deployment = &state.deployment;
    for (name, found) in [
        ("account", &deployment.account),
        ("region", &deployment.region),
        ("caller", &deployment.caller_arn),
        ("user pool", &deployment.user_pool_id),
        ("app client", &deployment.client_id),
        ("REST API", &deployment.rest_api_id),
        ("API URL", &deployment.api_url),
        ("stage", &deployment.stage),
        ("authorizer", &deployment.authorizer_id),
        ("Studio domain", &deployment.domain_id),
        ("MLflow", &deployment.mlflow_version),
    ] {
        lines.push(item(name, found.as_ref(), state, theme));
    }
    for role in state.roles() {
        lines.push(Line::from(vec![
            Span::styled(format!(" {:<14}", "role"), theme.get(Role::Label)),
            Span::styled(role.name.clone(), theme.get(Role::Text)),
            Span::styled(
                format!("  {}", role.profiles.join(", ")),
                theme.get(Role::Dim),
            ),
        ]));
    }
    if !deployment.problems.is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled(" What is missing", theme.get(Role::Title)));
        for problem in &deployment.problems {
            lines.push(Line::from(vec![
                Span::styled(
                    format!(" {} {}: ", theme.sign("✗", "X"), problem.item),
                    theme.get(Role::Danger),
                ),
                Span::styled(problem.failure.to_string(), theme.get(Role::Text)),
            ]));
            lines.push(next_step(&problem.failure.next_step(), theme));
        }
    }
    if !state.left_behind.is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled(
            " Left behind by an earlier run",
            theme.get(Role::Title),
        ));
        for left in &state.left_behind {
            lines.push(Line::styled(
                format!(" {} {left}", theme.sign("✗", "X")),
                theme.get(Role::Warning),
            ));
        }
        lines.push(next_step(
            "V on the matrix removes it first, then verifies; so does `mlwarden verify`",
            theme,
        ));
    }
    findings(&mut lines, state, theme);
    let first = state.overview_scroll.min(lines.len().saturating_sub(1));
    lines.drain(..first);
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), area);
}

/// How things stand, in one line.
fn summary(state: &State, theme: &Theme) -> Line<'static> {
    let mut line = Line::styled(" Deployment", theme.get(Role::Title));
    let all = || state.findings.iter().chain(&state.people_findings);
    let high = all()
        .filter(|finding| finding.severity == Severity::High)
        .count();
    for (count, words, role) in [
        (state.deployment.problems.len(), "missing", Role::Warning),
        (state.left_behind.len(), "left behind", Role::Warning),
        (high, "high findings", Role::Danger),
        (all().count() - high, "more findings", Role::Warning),
    ] {
        if count > 0 {
            line.push_span(Span::styled(format!("  {count} {words}"), theme.get(role)));
        }
    }
    line
}

fn item(
    name: &'static str,
    found: Option<&Found<String>>,
    state: &State,
    theme: &Theme,
) -> Line<'static> {
    let label = Span::styled(format!(" {name:<14}"), theme.get(Role::Label));
    match found {
        Some(found) => Line::from(vec![
            label,
            Span::styled(found.value.clone(), theme.get(Role::Text)),
            Span::styled(format!("  {}", found.origin), theme.get(Role::Dim)),
        ]),
        None if state.discovery == Discovery::Running => {
            Line::from(vec![label, Span::styled("…", theme.get(Role::Dim))])
        }
        None if name == "MLflow" => Line::from(vec![
            label,
            Span::styled("learned by the first live verify", theme.get(Role::Dim)),
        ]),
        None => Line::from(vec![
            label,
            Span::styled("not found", theme.get(Role::Warning)),
        ]),
    }
}

fn findings(lines: &mut Vec<Line<'static>>, state: &State, theme: &Theme) {
    let all = || state.findings.iter().chain(&state.people_findings);
    let count = all().count();
    if count == 0 {
        return;
    }
    lines.push(Line::default());
    lines.push(Line::styled(
        format!(" Findings ({count})"),
        theme.get(Role::Title),
    ));
    for finding in all() {
        let style: Style = theme.get(match finding.severity {
            Severity::High => Role::Danger,
            Severity::Medium => Role::Warning,
            Severity::Low | Severity::Info => Role::Dim,
        });
        lines.push(Line::from(vec![
            Span::styled(format!(" {:<7}", finding.severity.to_string()), style),
            Span::styled(finding.title.clone(), theme.get(Role::Text)),
        ]));
        lines.push(next_step(&finding.remedy, theme));
    }
}

fn next_step(text: &str, theme: &Theme) -> Line<'static> {
    Line::styled(
        format!("         {} {text}", theme.sign("→", "->")),
        theme.get(Role::Dim),
    )
}
