//! What was found, from where, what is wrong, and what to do about it.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use crate::{
    access::{Finding, Severity},
    app::{State, data::Discovery},
    domain::Found,
    ui::{
        Role, Seen, Theme,
        chrome::spinner,
        text::{clean, wrapped},
        widgets::scrollbar,
    },
};

/// Findings shown here; all of them are on their own page.
const FINDINGS: usize = 40;
/// The column where values begin.
const VALUE: usize = 15;
/// The column where the words beside a key begin.
const WORDS: usize = 23;
/// The column where a next step's words begin.
const STEP: usize = 11;

/// What is written, line by line, as wide as the page.
struct Sheet {
    lines: Vec<Line<'static>>,
    room: usize,
}

impl Sheet {
    /// Adds a line; where it is too long it goes on `indent` cells in.
    fn add(&mut self, line: &Line<'_>, indent: usize) {
        self.lines.extend(wrapped(line, indent, self.room));
    }

    /// Adds a title, after an empty line.
    fn title(&mut self, title: impl Into<std::borrow::Cow<'static, str>>, theme: &Theme) {
        self.lines.push(Line::default());
        self.add(&Line::styled(title, theme.get(Role::Title)), 1);
    }
}

pub(crate) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &State,
    theme: &Theme,
    seen: &mut Seen,
) {
    // The last column is the scrollbar's.
    let mut lines = Sheet {
        lines: Vec::new(),
        room: usize::from(area.width.saturating_sub(1)),
    };
    match &state.data.discovery {
        Discovery::Running => lines.add(
            &Line::styled(
                format!(" {} finding the deployment", spinner(state, theme)),
                theme.get(Role::Dim),
            ),
            1,
        ),
        Discovery::Done(_) => lines.add(&summary(state, theme), 1),
        Discovery::NotConnected(failure) => {
            let said = clean(&failure.to_string()).into_owned();
            lines.add(
                &Line::styled(format!(" {said}"), theme.get(Role::Danger)),
                1,
            );
            let next = clean(&failure.next_step()).into_owned();
            lines.add(
                &Line::styled(
                    format!(" {} {next}", theme.sign("→", "->")),
                    theme.get(Role::Warning),
                ),
                3,
            );
        }
    }
    let deployment = &state.data.deployment;
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
        lines.add(&item(name, found.as_ref(), state, theme), VALUE);
    }
    for role in state.data.execution_roles() {
        let line = Line::from(vec![
            Span::styled(format!(" {:<14}", "role"), theme.get(Role::Label)),
            Span::styled(clean(&role.name).into_owned(), theme.get(Role::Text)),
            Span::styled(
                format!("  {}", clean(&role.profiles.join(", "))),
                theme.get(Role::Dim),
            ),
        ]);
        lines.add(&line, VALUE);
    }
    missing(&mut lines, state, theme);
    left_behind(&mut lines, state, theme);
    unfinished(&mut lines, state, theme);
    let lost = matches!(state.data.discovery, Discovery::NotConnected(_))
        || (state.data.is_found() && deployment.user_pool_id.is_none());
    if lost && !state.data.label.demo {
        first_steps(&mut lines, state, theme);
    }
    findings(&mut lines, state, theme);
    let mut lines = lines.lines;
    let (total, height) = (lines.len(), usize::from(area.height));
    let end = total.saturating_sub(height);
    seen.overview_end = Some(end);
    let first = state.data.overview_scroll.min(end);
    lines.drain(..first);
    frame.render_widget(Paragraph::new(lines), area);
    if end > 0 {
        let track = Rect {
            x: area.right().saturating_sub(1),
            width: area.width.min(1),
            ..area
        };
        scrollbar::draw(frame.buffer_mut(), track, theme, first, height, total);
    }
}

/// What discovery did not find, why, and what to do about it.
fn missing(lines: &mut Sheet, state: &State, theme: &Theme) {
    if !state.data.deployment.problems.is_empty() {
        lines.title(" What is missing", theme);
        for problem in &state.data.deployment.problems {
            let line = Line::from(vec![
                Span::styled(
                    format!(" {} {}: ", theme.sign("✗", "X"), problem.item),
                    theme.get(Role::Danger),
                ),
                Span::styled(
                    clean(&problem.failure.to_string()).into_owned(),
                    theme.get(Role::Text),
                ),
            ]);
            lines.add(&line, STEP);
            lines.add(&next_step(&problem.failure.next_step(), theme), STEP);
        }
    }
}

/// What an earlier run borrowed and did not give back.
fn left_behind(lines: &mut Sheet, state: &State, theme: &Theme) {
    if !state.data.left_behind.is_empty() {
        lines.title(" Left behind by an earlier run", theme);
        for left in &state.data.left_behind {
            let line = Line::styled(
                format!(" {} {}", theme.sign("✗", "X"), clean(left)),
                theme.get(Role::Warning),
            );
            lines.add(&line, 3);
        }
        lines.add(
            &next_step(
                "V on the matrix removes it first, then verifies; so does `mlwarden verify`",
                theme,
            ),
            STEP,
        );
    }
}

/// Plans of earlier runs that are not finished, each with the command that goes on with it.
fn unfinished(lines: &mut Sheet, state: &State, theme: &Theme) {
    if state.data.unfinished.is_empty() {
        return;
    }
    lines.title(" Not finished by an earlier run", theme);
    for plan in &state.data.unfinished {
        let line = Line::styled(
            format!(" {} {}", theme.sign("✗", "X"), clean(plan)),
            theme.get(Role::Warning),
        );
        lines.add(&line, 3);
    }
}

/// What somebody does who starts it for the first time, or without the rights.
fn first_steps(lines: &mut Sheet, state: &State, theme: &Theme) {
    lines.title(" What to do", theme);
    let keys = state.keymap.all_keys(crate::app::actions::Action::Demo);
    let demo = keys.first().map_or("", String::as_str).to_owned();
    for (key, words) in [
        (
            demo,
            "see it work: a copy of the whole deployment in this process, no AWS account needed",
        ),
        ("P".to_owned(), "use another AWS profile"),
        ("R".to_owned(), "look in another region"),
        (
            "r".to_owned(),
            "look again, after `aws sso login` or `aws configure`",
        ),
        (
            "mlwarden doctor".to_owned(),
            "says the same on the command line, step by step",
        ),
        (
            "mlwarden init".to_owned(),
            "keeps what was found, and lets you write down what was not",
        ),
        (
            "mlwarden iam-policy".to_owned(),
            "prints the least rights that this console needs",
        ),
    ] {
        let line = Line::from(vec![
            Span::styled(format!("   {key:<20}"), theme.get(Role::HintKey)),
            Span::styled(words, theme.get(Role::Text)),
        ]);
        lines.add(&line, WORDS);
    }
}

/// How things stand, in one line.
fn summary(state: &State, theme: &Theme) -> Line<'static> {
    let mut line = Line::styled(" Deployment", theme.get(Role::Title));
    let all = || open_findings(state);
    let high = all()
        .filter(|finding| finding.severity == Severity::High)
        .count();
    for (count, words, role) in [
        (
            state.data.deployment.problems.len(),
            "missing",
            Role::Warning,
        ),
        (state.data.left_behind.len(), "left behind", Role::Warning),
        (state.data.unfinished.len(), "not finished", Role::Warning),
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
            Span::styled(clean(&found.value).into_owned(), theme.get(Role::Text)),
            Span::styled(format!("  {}", found.origin), theme.get(Role::Dim)),
        ]),
        None if state.data.discovery == Discovery::Running => {
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

/// The findings that are not suppressed.
fn open_findings(state: &State) -> impl Iterator<Item = &Finding> {
    let rows = state.data.findings.rows();
    rows.iter()
        .filter(|row| row.suppression.is_none())
        .map(|row| &row.finding)
}

fn findings(lines: &mut Sheet, state: &State, theme: &Theme) {
    let all = || open_findings(state);
    let count = all().count();
    if count == 0 {
        return;
    }
    lines.title(format!(" Findings ({count})"), theme);
    for finding in all().take(FINDINGS) {
        let style: Style = theme.get(match finding.severity {
            Severity::High => Role::Danger,
            Severity::Medium => Role::Warning,
            Severity::Low | Severity::Info => Role::Dim,
        });
        let line = Line::from(vec![
            Span::styled(format!(" {:<7} ", finding.severity.to_string()), style),
            Span::styled(clean(&finding.title).into_owned(), theme.get(Role::Text)),
        ]);
        lines.add(&line, 9);
        lines.add(&next_step(&finding.remedy, theme), STEP);
    }
    if count > FINDINGS {
        let more = count - FINDINGS;
        let words = format!(" and {more} more: the findings have a page of their own");
        lines.add(&Line::styled(words, theme.get(Role::Dim)), 1);
    }
}

fn next_step(text: &str, theme: &Theme) -> Line<'static> {
    Line::styled(
        format!("         {} {}", theme.sign("→", "->"), clean(text)),
        theme.get(Role::Dim),
    )
}
