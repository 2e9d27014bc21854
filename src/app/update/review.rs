//! A review pack: who can do what with the evidence of it, made as a job and written to a folder.

use super::{
    answer::{ask, borrowed, under},
    stages::over,
};
use crate::{
    app::{
        Effect,
        dialog::{Confirm, Field, Form, Message, Severity, Text, Values},
        effect::{Ask, ReviewWish},
        job::{JobId, Work},
        layer::Purpose,
        message::Packed,
        state::State,
        tone::Tone,
    },
    domain::{ErrorClass, Failure},
    review::writing::usual_name,
};

/// Asks where to write it, and how to test.
pub(super) fn ask_for(state: &mut State) {
    let mut fields = vec![
        Field::text("folder", "Folder")
            .required()
            .value(&usual_name(state.now))
            .help("it is made for the pack; one that holds something is not written to"),
    ];
    if !state.data.label.read_only {
        fields.push(
            Field::flag("live", "Test live", true)
                .help("as every group, by requests that change nothing; else all is predicted"),
        );
        fields.push(
            Field::flag("trust", "Execution roles too", false)
                .help("lets you into the execution roles for 15 minutes"),
        );
    }
    let form = Form::new("Review pack", fields)
        .note("Who can do what, with the evidence of it, to decide about each person.")
        .verb("Preview");
    ask(state, form, Purpose::ReviewFolder);
}

/// The form was sent: shows what is borrowed, and asks.
pub(super) fn wished(state: &mut State, values: &Values) {
    let writes = !state.data.label.read_only;
    let live = writes && values.flag("live");
    let file = state.data.draft.source();
    let wish = ReviewWish {
        folder: values.text("folder").trim().into(),
        live,
        grant_trust: live && values.flag("trust"),
        source: file.there.then(|| file.name()),
    };
    let calls = if live {
        borrowed(state, wish.grant_trust)
    } else {
        Vec::new()
    };
    let how = match (live, writes) {
        (true, _) => {
            "What is borrowed is given back at the end, or at the next start. Sets of groups that \
             people have are tested as well, each by a probe user."
        }
        (false, true) => "Everything in it is predicted: nothing is tested.",
        (false, false) => "Read-only: nobody is created, so everything in it is predicted.",
    };
    let mut effects = vec![Text::new(Tone::Dim, how)];
    if state.data.draft.pending() > 0 {
        effects.push(Text::new(
            Tone::Warning,
            "It is held against what is declared now, with the changes that are not in the file.",
        ));
    }
    let title = format!("Write a review pack to {}?", wish.folder.display());
    let dialog = Confirm::new(title, "Make it", Severity::YesNo)
        .calls(calls)
        .effects(effects);
    ask(state, dialog, Purpose::Review(Box::new(wish)));
}

/// Makes it, as a job.
pub(super) fn make(state: &mut State, wish: Box<ReviewWish>) -> Vec<Effect> {
    let now = state.now;
    let title = format!("review pack {}", wish.folder.display());
    state.tell(format!("{title}…"));
    let id = state.data.jobs.start(title, Work::Review, 0, now);
    vec![Effect::Ask(state.epoch, Ask::Review(id, wish))]
}

/// It is written, or not.
pub(super) fn written(state: &mut State, id: JobId, result: Result<Box<Packed>, Failure>) {
    if state.data.jobs.active(id).is_none() {
        return;
    }
    let packed = match result {
        Ok(packed) => *packed,
        Err(failure) => {
            let cancelled = failure.class == ErrorClass::Cancelled;
            over(state, id, cancelled, Some(&failure));
            state.fail(&failure);
            if !cancelled {
                under(state, Message::failure(&failure));
            }
            return;
        }
    };
    over(state, id, false, None);
    let [people, levels, doors, findings] = packed.counts;
    let mut texts = vec![
        Text::from(packed.folder.clone()),
        Text::from(format!(
            "{people} people, {levels} access levels, {doors} side doors, {findings} other findings"
        )),
    ];
    if !packed.live {
        texts.push(Text::new(
            Tone::Warning,
            "Nothing was tested: all is predicted.",
        ));
    }
    for lost in &packed.lost {
        texts.push(Text::new(Tone::Warning, lost.clone()));
    }
    texts.extend([
        Text::from(""),
        Text::new(Tone::Accent, format!("sha256 {}", packed.digest)),
        Text::new(
            Tone::Dim,
            "Keep it apart from the files: it shows whether they were changed, by `mlwarden review \
             verify FOLDER --digest SHA256`.",
        ),
    ]);
    state.tell(format!("review pack written to {}", packed.folder));
    under(
        state,
        Message::new("Review pack written", Tone::Good, texts),
    );
}
