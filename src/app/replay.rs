//! A recording in the terminal, at the pace at which it happened. Nobody is asked for anything.

use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
};

use super::{
    record::{Player, Recording},
    start::ColorChoice,
    terminal::Surface,
};
use crate::{
    domain::{ErrorClass, Failure},
    ui::ThemeSource,
};

/// Shows a recording; `q` leaves, any other key stops it and then goes on frame by frame,
/// space lets it run again.
///
/// # Errors
/// `Unavailable` where there is no terminal.
pub fn replay(recording: Recording, color: ColorChoice) -> Result<(), Failure> {
    let frames = recording.frames();
    let themes = ThemeSource::detect(color, None);
    let mut surface = Surface::open(false).map_err(|error| {
        failed(&error).advise("without a terminal, use `mlwarden snapshot --replay FILE`")
    })?;
    let result = play(&mut surface, Player::new(recording, themes), frames);
    surface.close();
    result.map_err(|error| failed(&error))
}

fn failed(error: &std::io::Error) -> Failure {
    Failure::new(
        ErrorClass::Unavailable,
        "using the terminal",
        error.to_string(),
    )
}

fn play(surface: &mut Surface, mut player: Player, frames: usize) -> std::io::Result<()> {
    // What the recording's clock is ahead of this one's, and whether it stands.
    let (mut begun, mut paused) = (Instant::now(), false);
    let mut next = player.frame();
    let mut show = next.is_some();
    loop {
        if show {
            let (shown, over) = (player.shown(), player.shown() >= frames);
            surface.draw(|frame| draw(frame, &player, shown, frames, paused, over))?;
            show = false;
        }
        let over = player.shown() >= frames;
        let wait = match next {
            Some(at) if !paused && !over => at.saturating_sub(begun.elapsed()),
            _ => Duration::MAX,
        };
        let pressed = if wait == Duration::MAX || event::poll(wait)? {
            Some(event::read()?)
        } else {
            None
        };
        let step = match pressed {
            None => true,
            Some(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                if leaves(key) {
                    return Ok(());
                }
                show = true;
                if key.code == KeyCode::Char(' ') && paused {
                    paused = false;
                    begun = Instant::now()
                        .checked_sub(next.unwrap_or_default())
                        .unwrap_or_else(Instant::now);
                    false
                } else {
                    std::mem::replace(&mut paused, true)
                }
            }
            Some(Event::Resize(..)) => {
                show = true;
                false
            }
            Some(_) => false,
        };
        if step && !over {
            next = player.frame().or(next);
            show = true;
        }
    }
}

fn leaves(key: KeyEvent) -> bool {
    let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    interrupt || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc)
}

/// The recorded screen, as much of it as there is room for, and how far it is.
fn draw(
    frame: &mut Frame<'_>,
    player: &Player,
    shown: usize,
    frames: usize,
    paused: bool,
    over: bool,
) {
    let (area, screen) = (frame.area(), player.screen());
    let buffer = frame.buffer_mut();
    for y in 0..area.height.min(screen.area.height) {
        for x in 0..area.width.min(screen.area.width) {
            let at = Position::new(x, y);
            if let (Some(cell), Some(recorded)) = (buffer.cell_mut(at), screen.cell(at)) {
                recorded.clone_into(cell);
            }
        }
    }
    let how = match (over, paused) {
        (true, _) => "over · q leaves",
        (false, true) => "stopped · any key: next frame · space: run · q leaves",
        (false, false) => "any key stops · q leaves",
    };
    let text = format!(" replay {shown}/{frames} · {how} ");
    let width = u16::try_from(crate::ui::text::width(&text))
        .unwrap_or(u16::MAX)
        .min(area.width);
    let bar = Rect::new(
        area.right() - width,
        area.bottom().saturating_sub(1),
        width,
        1,
    );
    let style = Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD);
    buffer.set_stringn(
        bar.x,
        bar.y,
        &text,
        usize::from(width),
        Style::reset().patch(style),
    );
}
