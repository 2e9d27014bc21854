//! What surrounds every page: where one is, what happens, what one can do.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, Clear, Paragraph},
};

use super::{
    Role, Seen, Theme,
    text::{clean, fit, fit_line, width},
};
use crate::{
    app::{
        Screen, State,
        actions::{Action, Context, TABLE},
        data::Discovery,
        enabled,
        keymap::Lookup,
        layer::Layer,
        log::Level,
        offered,
        state::Prompt,
        table::Standing,
    },
    domain::{Environment, Found},
};

const SPINNER: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", "⠋", "⠏"];
const PLAIN_SPINNER: [&str; 4] = ["|", "/", "-", "\\"];
/// Completions shown at once.
const OFFERED: usize = 8;

/// The picture of the spinner that is next.
pub(super) fn spinner(state: &State, theme: &Theme) -> &'static str {
    let at = state.spin;
    let sign = SPINNER.get(at % SPINNER.len()).copied().unwrap_or(" ");
    let plain = PLAIN_SPINNER
        .get(at % PLAIN_SPINNER.len())
        .copied()
        .unwrap_or(" ");
    theme.sign(sign, plain)
}

/// Which deployment, as whom.
pub(super) fn header(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let (deployment, label) = (&state.data.deployment, &state.data.label);
    let text = |found: &Option<Found<String>>| found.as_ref().map(|found| found.value.clone());
    let caller = text(&deployment.caller_arn)
        .map(|arn| arn.rsplit(':').next().unwrap_or_default().to_owned());
    let mut line = Line::default().style(theme.get(Role::Header));
    let (name, style) = match label.environment {
        Environment::Plain => (" mlwarden ", theme.get(Role::HeaderKey)),
        Environment::Red => (" mlwarden ! ", theme.get(Role::EnvRed)),
        Environment::Yellow => (" mlwarden * ", theme.get(Role::EnvYellow)),
        Environment::Green => (" mlwarden - ", theme.get(Role::EnvGreen)),
    };
    line.push_span(Span::styled(name, style));
    line.push_span(" ");
    if label.read_only {
        line.push_span(Span::styled(" READ-ONLY ", theme.get(Role::ReadOnly)));
        line.push_span(" ");
    }
    // The most telling first: what does not fit is on the overview.
    for (name, value) in [
        ("ctx", Some(label.context.clone())),
        ("account", text(&deployment.account)),
        (
            "region",
            text(&deployment.region).or_else(|| label.region.clone()),
        ),
        ("profile", label.profile.clone()),
        ("as", caller),
        ("pool", text(&deployment.user_pool_id)),
        ("stage", text(&deployment.stage)),
    ] {
        let Some(value) = value else { continue };
        let value = clean(&value).into_owned();
        let room = usize::from(area.width).saturating_sub(line.width());
        let needed = name.len() + 1 + width(&value);
        // What would be cut is left out whole: half an id is no id.
        if needed > room {
            continue;
        }
        line.push_span(Span::styled(format!("{name} "), theme.get(Role::HeaderKey)));
        line.push_span(Span::styled(format!("{value}  "), theme.get(Role::Header)));
    }
    frame.render_widget(Paragraph::new(line).style(theme.get(Role::Header)), area);
}

/// The pages; at the right the errors not yet looked at, what runs, the age of the data.
pub(super) fn tabs(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &State,
    theme: &Theme,
    seen: &mut Seen,
) {
    let right = standing(state, theme);
    let room = usize::from(area.width).saturating_sub(right.width() + 1);
    let contexts = Context::of(state.screen());
    let tabs: Vec<(Screen, String)> = Screen::ALL
        .into_iter()
        // What was not opened yet is no tab.
        .filter(|screen| *screen == state.screen() || is_open(state, *screen))
        .map(|screen| {
            let keys = state.keymap.keys(Action::Go(screen), contexts);
            let key = keys.first().map_or("", String::as_str);
            (screen, format!(" {key} {} ", screen.title()))
        })
        .collect();
    // Where they do not all fit, those around the page shown do.
    let at = tabs
        .iter()
        .position(|(screen, _)| *screen == state.screen())
        .unwrap_or(0);
    let mut first = 0;
    let wide = |from: usize| -> usize {
        tabs.iter()
            .skip(from)
            .take(at + 1 - from)
            .map(|(_, text)| text.len() + 1)
            .sum()
    };
    while first < at && wide(first) + 2 > room {
        first += 1;
    }
    let mut line = Line::default();
    if first > 0 {
        line.push_span(Span::styled(theme.sign("‹", "<"), theme.get(Role::Dim)));
    }
    for (screen, text) in tabs.into_iter().skip(first) {
        if line.width() + text.len() + 1 > room {
            line.push_span(Span::styled(theme.sign("›", ">"), theme.get(Role::Dim)));
            break;
        }
        let role = if screen == state.screen() {
            Role::TabActive
        } else {
            Role::Tab
        };
        let x = area.x + u16::try_from(line.width()).unwrap_or(u16::MAX);
        let width = u16::try_from(text.len()).unwrap_or(u16::MAX);
        seen.tabs.push((Rect::new(x, area.y, width, 1), screen));
        line.push_span(Span::styled(text, theme.get(role)));
        line.push_span(" ");
    }
    frame.render_widget(Paragraph::new(line), area);
    frame.render_widget(Paragraph::new(right.right_aligned()), area);
}

/// Whether a page has something to show: answers, once there are some; a run, once one was
/// chosen.
fn is_open(state: &State, screen: Screen) -> bool {
    let mlflow = &state.data.mlflow;
    match screen {
        Screen::Answers => !state.data.question.is_empty(),
        Screen::Runs => !mlflow.at_experiments.is_empty(),
        Screen::Run => mlflow.at_run_id.is_some(),
        Screen::Versions => mlflow.at_model.is_some(),
        Screen::Trace => mlflow.at_trace_id.is_some(),
        Screen::Records => mlflow.at_dataset_id.is_some(),
        Screen::Requests => !mlflow.log.is_empty(),
        Screen::Artifacts | Screen::LoggedModels | Screen::Traces | Screen::Datasets => mlflow
            .listing(screen)
            .is_some_and(|listing| listing.standing() != Standing::Idle),
        _ => true,
    }
}

/// What the user should know wherever he is.
fn standing(state: &State, theme: &Theme) -> Line<'static> {
    let data = &state.data;
    let mut line = Line::default();
    let errors = data.log.unread_errors();
    if errors > 0 {
        line.push_span(Span::styled(
            format!(
                "{errors} new {} ",
                if errors == 1 { "error" } else { "errors" }
            ),
            theme.get(Role::Danger),
        ));
    }
    let mut running = data.jobs.all().iter().filter(|job| job.stage.is_active());
    match (running.clone().count(), running.next_back()) {
        (0, _) | (_, None) => {}
        (1, Some(job)) => {
            let progress = if job.total == 0 {
                String::new()
            } else {
                format!(" {}/{}", job.done, job.total)
            };
            line.push_span(Span::styled(
                format!(
                    "{} {}{progress} ",
                    spinner(state, theme),
                    fit(&clean(&job.title), 24, theme.cut())
                ),
                theme.get(Role::Accent),
            ));
        }
        (several, _) => line.push_span(Span::styled(
            format!("{} {several} jobs ", spinner(state, theme)),
            theme.get(Role::Accent),
        )),
    }
    if data.discovery == Discovery::Running && state.screen() != Screen::Overview {
        line.push_span(Span::styled(
            format!("{} looking ", spinner(state, theme)),
            theme.get(Role::Dim),
        ));
    }
    if line.spans.is_empty()
        && let Some(at) = data.at(state.screen())
    {
        line.push_span(Span::styled(
            format!("as of {} UTC ", at.strftime("%H:%M:%S")),
            theme.get(Role::Dim),
        ));
    }
    line
}

/// What is being typed, else what happened, else where one came from and what filters.
pub(super) fn status(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let line = match &state.prompt {
        Some(Prompt::Filter { input, .. } | Prompt::Search(input)) => {
            prompt(frame, area, '/', input, theme)
        }
        Some(Prompt::Command { input, .. }) => prompt(frame, area, ':', input, theme),
        None => fit_line(
            told(area, state, theme),
            usize::from(area.width),
            theme.cut(),
        ),
    };
    frame.render_widget(Paragraph::new(line), area);
}

fn told(area: Rect, state: &State, theme: &Theme) -> Line<'static> {
    if let Some(expired) = &state.data.expired {
        return Line::styled(
            format!(
                " not signed in: {} (tried again by itself)",
                clean(&expired.next_step())
            ),
            theme.get(Role::Danger),
        );
    }
    if let Some((level, text)) = state.data.log.toast() {
        let role = match level {
            Level::Error => Role::Danger,
            Level::Warning => Role::Warning,
            Level::Info => Role::Toast,
        };
        let mut text = format!(" {}", clean(text));
        if level == Level::Error {
            let keys = state
                .keymap
                .keys(Action::Errors, Context::of(state.screen()));
            let more = keys
                .first()
                .map_or_else(String::new, |key| format!("  {key} what to do"));
            let room = usize::from(area.width).saturating_sub(width(&more));
            text = format!("{}{more}", fit(&text, room, theme.cut()));
        }
        return Line::styled(text, theme.get(role));
    }
    let mut line = Line::raw(" ");
    if !state.filter().is_empty() {
        line.push_span(Span::styled(
            format!("filter: {} (esc clears it)  ", clean(state.filter())),
            theme.get(Role::Dim),
        ));
    }
    let trail = state.nav.trail(3);
    if !trail.is_empty() {
        let arrow = theme.sign(" › ", " > ");
        let names: Vec<&str> = trail
            .iter()
            .copied()
            .chain([state.screen()])
            .map(Screen::title)
            .collect();
        line.push_span(Span::styled(names.join(arrow), theme.get(Role::Dim)));
    }
    line
}

fn prompt(
    frame: &mut Frame<'_>,
    area: Rect,
    sign: char,
    input: &tui_input::Input,
    theme: &Theme,
) -> Line<'static> {
    let room = usize::from(area.width.saturating_sub(3));
    let scroll = input.visual_scroll(room);
    let column = input.visual_cursor().saturating_sub(scroll) + 2;
    frame.set_cursor_position((
        area.x
            .saturating_add(u16::try_from(column).unwrap_or(u16::MAX))
            .min(area.right().saturating_sub(1)),
        area.y,
    ));
    // What is scrolled out of sight at the left.
    let mut skipped = 0;
    let shown: String = input
        .value()
        .chars()
        .skip_while(|character| {
            let before = skipped;
            skipped += width(character.encode_utf8(&mut [0; 4]));
            before < scroll
        })
        .collect();
    Line::from(vec![
        Span::styled(format!(" {sign}"), theme.get(Role::HintKey)),
        Span::styled(clean(&shown).into_owned(), theme.get(Role::Text)),
    ])
}

/// The keys of this page or of the window that shows one thing, as many as fit; what cannot
/// be done now is dimmed.
pub(super) fn hints(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &State,
    theme: &Theme,
    seen: &mut Seen,
) {
    let contexts = match state.layers.last() {
        None => Context::of(state.screen()),
        Some(layer) => match layer.contexts() {
            Some(contexts) => contexts,
            None => return,
        },
    };
    let own = state.layers.last().and_then(Layer::context);
    let in_detail = own.is_some();
    let mut line = Line::raw(" ");
    let help_keys = state.keymap.keys(Action::Help, contexts);
    let mut help = help_keys
        .first()
        .filter(|_| !in_detail)
        .map_or(0, |key| width(key) + " help".len() + 2);
    for entry in TABLE {
        let is_its = if in_detail {
            Some(entry.context) == own
        } else {
            contexts.contains(&entry.context)
        };
        if entry.hint.is_empty() || !is_its {
            continue;
        }
        let keys = state.keymap.keys(entry.action, contexts);
        let Some(key) = keys.first() else { continue };
        let room = usize::from(area.width).saturating_sub(line.width());
        let can = enabled(state, entry.action).is_ok();
        // What cannot be done now stays in its place, in brackets: `?` says why.
        let (before, after) = if can { ("", "") } else { ("(", ")") };
        let text = format!(" {}{after}", entry.hint);
        let wide = before.len() + width(key) + text.len();
        // The help, which has all the others, always finds room.
        let kept = if entry.action == Action::Help {
            0
        } else {
            help
        };
        if wide + 2 > room.saturating_sub(kept) {
            continue;
        }
        if entry.action == Action::Help {
            help = 0;
        }
        let x = area.x + u16::try_from(line.width()).unwrap_or(u16::MAX);
        let wide = u16::try_from(wide).unwrap_or(u16::MAX);
        seen.hints
            .push((Rect::new(x, area.y, wide, 1), entry.action));
        let (key_role, role) = if can {
            (Role::HintKey, Role::Hint)
        } else {
            (Role::Dim, Role::Dim)
        };
        line.push_span(Span::styled(format!("{before}{key}"), theme.get(key_role)));
        line.push_span(Span::styled(text, theme.get(role)));
        line.push_span("  ");
    }
    frame.render_widget(Paragraph::new(line), area);
}

/// What comes up while keys are half pressed or a command is being typed: what can follow.
pub(super) fn popups(frame: &mut Frame<'_>, page: Rect, state: &State, theme: &Theme) {
    let mut lines = Vec::new();
    let mut title = String::new();
    if let Some(Prompt::Command { input, chosen }) = &state.prompt {
        let offers = offered(state, input.value());
        let at = chosen.unwrap_or(0);
        let first = (at + 1).saturating_sub(OFFERED);
        for (place, offer) in offers.iter().enumerate().skip(first).take(OFFERED) {
            let style = if *chosen == Some(place) {
                theme.get(Role::Selection)
            } else {
                theme.get(Role::Text)
            };
            lines.push(Line::from(vec![
                Span::styled(format!(" {:<22}", clean(&offer.text)), style),
                Span::styled(format!(" {}", offer.doc), theme.get(Role::Dim)),
            ]));
        }
        if offers.len() > OFFERED {
            title = format!(" {} of {}, tab ", at + 1, offers.len());
        } else if !offers.is_empty() {
            " tab ".clone_into(&mut title);
        }
    } else if !state.pending.is_empty() {
        let contexts = match state.layers.last() {
            Some(layer) => layer
                .contexts()
                .unwrap_or_else(|| Context::of(state.screen())),
            None => Context::of(state.screen()),
        };
        if let Lookup::Prefix(next) = state.keymap.lookup(contexts, &state.pending) {
            let pressed: Vec<String> = state.pending.iter().map(ToString::to_string).collect();
            title = format!(" {} … ", pressed.join(" "));
            let heads = state
                .data
                .listing(state.screen())
                .map(crate::app::table::Listing::heads)
                .unwrap_or_default();
            for (key, action) in next {
                let doc = match action {
                    Action::SortBy(column) => match heads.get(column) {
                        Some(head) => format!("sort by {}", head.name.to_lowercase()),
                        None => continue,
                    },
                    action => action.entry().map_or("", |entry| entry.doc).to_owned(),
                };
                lines.push(Line::from(vec![
                    Span::styled(
                        format!(" {:<10}", key.to_string()),
                        theme.get(Role::HintKey),
                    ),
                    Span::styled(doc, theme.get(Role::Text)),
                ]));
            }
        }
    }
    if lines.is_empty() {
        return;
    }
    let height = u16::try_from(lines.len() + 1)
        .unwrap_or(u16::MAX)
        .min(page.height);
    let area = Rect::new(page.x, page.bottom() - height, page.width, height);
    frame.render_widget(Clear, area);
    frame.render_widget(
        Paragraph::new(lines).block(
            Block::new()
                .borders(ratatui::widgets::Borders::TOP)
                .border_style(theme.get(Role::Border))
                .title(Line::styled(title, theme.get(Role::Title))),
        ),
        area,
    );
}
