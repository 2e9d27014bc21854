//! What may come next in an order: fields, each up or down, with commas between them.

use super::{
    complete::{Candidate, Completion, Expects, MOST, Scope, bare, fields, is_open, words},
    language::{Entity, Kind, Language},
    lexer::{Shape, Token, tokens},
    seen::Seen,
};

/// What MLflow 3 keeps in several columns of its own, which it does not order by.
const IN_COLUMNS: [&str; 2] = ["mlflow.trace.tokenUsage", "mlflow.trace.cost"];
const DIRECTIONS: [&str; 2] = ["ASC", "DESC"];

/// What is ordered by: what it belongs to, and its name there.
type By<'a> = (Entity, &'a str);

/// What comes next, after what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Field,
    Direction,
    Comma,
    Lost,
}

/// What may come next in `order` at the byte `cursor`, which lies between two characters. What
/// comes after the cursor does not matter. MLflow refuses an order that names a field twice, so
/// none is offered again.
pub fn complete_order(language: Language, seen: &Seen, order: &str, cursor: usize) -> Completion {
    let cursor = order.floor_char_boundary(cursor);
    let before = order.get(..cursor).unwrap_or_default();
    let mut tokens = tokens(before);
    let partial = tokens.pop_if(|token| token.range.end == cursor && is_open(token));
    let mut named = Vec::new();
    let state = tokens.iter().fold(State::Field, |state, token| {
        step(language, state, token, before, &mut named)
    });
    let (start, needle) = match &partial {
        Some(token) => (token.range.start, token.text(before)),
        None => (cursor, ""),
    };
    let others = |needle: &str| others(language, seen, &named, needle);
    let (expects, candidates) = match state {
        State::Field => (Expects::By, others(needle)),
        State::Direction => (Expects::Direction, words(DIRECTIONS, needle)),
        State::Comma if needle.is_empty() && !others("").is_empty() => {
            // It stands right after what it follows.
            let end = tokens.last().map_or(start, |token| token.range.end);
            return Completion {
                range: end..cursor,
                expects: Expects::Comma,
                candidates: vec![Candidate {
                    insert: ", ".to_owned(),
                    shown: ",".to_owned(),
                }],
            };
        }
        State::Comma => (Expects::Comma, Vec::new()),
        State::Lost => (Expects::Nothing, Vec::new()),
    };
    Completion {
        range: start..cursor,
        expects,
        candidates: Candidate::apart(candidates, before, start),
    }
}

fn step<'a>(
    language: Language,
    state: State,
    token: &Token,
    order: &'a str,
    named: &mut Vec<By<'a>>,
) -> State {
    let text = token.text(order);
    match (state, token.shape) {
        (State::Field, Shape::Name) => match by(language, text) {
            Some(by) if !named.contains(&by) => {
                named.push(by);
                State::Direction
            }
            _ => State::Lost,
        },
        (State::Direction, Shape::Name)
            if DIRECTIONS
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word)) =>
        {
            State::Comma
        }
        (State::Direction | State::Comma, Shape::Comma) => State::Field,
        _ => State::Lost,
    }
}

/// What a text names to order by; nothing where MLflow would refuse it.
fn by(language: Language, text: &str) -> Option<By<'_>> {
    let (entity, key) = match text.split_once('.') {
        Some((word, key)) => (Entity::of(word)?, bare(key)),
        None => (Entity::Attribute, bare(text)),
    };
    if entity == Entity::Attribute {
        let name = language.first_name(key);
        return language
            .ordered_by()
            .contains(&name)
            .then_some((entity, name));
    }
    let known = language.entities_ordered_by().contains(&entity);
    let refused = entity == Entity::Metadata && IN_COLUMNS.contains(&key);
    // A comma would end it, and the others are quotes to what reads an order.
    let readable = !key.contains([',', '"', '\\']);
    (known && readable && !refused).then_some((entity, key))
}

/// The fields that match what was typed and are not named yet.
fn others(language: Language, seen: &Seen, named: &[By<'_>], needle: &str) -> Vec<Candidate> {
    let scope = Scope {
        attributes: language.ordered_by().to_vec(),
        phrases: &[],
        entities: language.entities_ordered_by(),
    };
    let mut all = fields(&scope, seen, needle);
    all.retain(|one| by(language, &one.shown).is_some_and(|by| !named.contains(&by)));
    all.truncate(MOST);
    all
}

impl Language {
    /// The attributes that MLflow orders by. That of a trace's end is refused by MLflow 3.17.2 as
    /// an internal error.
    fn ordered_by(self) -> &'static [&'static str] {
        match self.kind {
            Kind::Experiments => &["name", "creation_time", "last_update_time", "experiment_id"],
            Kind::Runs => &[
                "start_time",
                "end_time",
                "run_name",
                "status",
                "user_id",
                "run_id",
                "artifact_uri",
            ],
            Kind::Models => &["name", "last_updated_timestamp"],
            Kind::Versions => &[
                "name",
                "version_number",
                "creation_timestamp",
                "last_updated_timestamp",
            ],
            Kind::LoggedModels => &[
                "name",
                "creation_timestamp",
                "last_updated_timestamp",
                "model_id",
                "model_type",
                "source_run_id",
            ],
            Kind::Traces => &[
                "timestamp_ms",
                "execution_time_ms",
                "status",
                "name",
                "request_id",
                "run_id",
                "experiment_id",
            ],
            Kind::Datasets => &["name", "created_time", "last_update_time"],
        }
    }

    /// What else than attributes MLflow orders by.
    fn entities_ordered_by(self) -> &'static [Entity] {
        match self.kind {
            Kind::Runs => &[Entity::Metric, Entity::Param, Entity::Tag],
            Kind::LoggedModels => &[Entity::Metric],
            Kind::Traces => &[Entity::Tag, Entity::Metadata],
            Kind::Experiments | Kind::Models | Kind::Versions | Kind::Datasets => &[],
        }
    }

    /// An attribute's first name, where MLflow has several for what it orders by.
    fn first_name(self, name: &str) -> &str {
        match (self.kind, name) {
            (Kind::Models, "timestamp") => "last_updated_timestamp",
            (Kind::Runs, "created" | "Created") => "start_time",
            (Kind::Traces, "timestamp") => "timestamp_ms",
            (Kind::Traces, "execution_time") => "execution_time_ms",
            (_, name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::mlflow::models::{Metric, Pair, Run, RunData, TraceInfo};

    const RUNS: Language = of(Kind::Runs);

    const fn of(kind: Kind) -> Language {
        Language { kind, newer: true }
    }

    fn seen() -> Seen {
        let metric = |key: &str| Metric {
            key: key.to_owned(),
            ..Metric::default()
        };
        let param = |key: &str| Pair {
            key: key.to_owned(),
            value: "1".to_owned(),
        };
        let mut seen = Seen::default();
        seen.run(&Run {
            data: RunData {
                metrics: vec![metric("auc"), metric("val loss"), metric("a,b")],
                params: vec![param("depth"), param("o\"x")],
                tags: Vec::new(),
            },
            ..Run::default()
        });
        seen
    }

    fn at_end(language: Language, order: &str) -> Completion {
        complete_order(language, &seen(), order, order.len())
    }

    fn shown(completion: &Completion) -> Vec<&str> {
        let candidates = completion.candidates.iter();
        candidates.map(|one| one.shown.as_str()).collect()
    }

    #[test]
    fn an_order_begins_with_whatever_mlflow_orders_by() {
        let completion = at_end(RUNS, "");
        assert_eq!(completion.expects, Expects::By);
        // Neither a key with a comma, which would end it, nor one that MLflow would misread.
        assert_eq!(
            shown(&completion),
            [
                "start_time",
                "end_time",
                "run_name",
                "status",
                "user_id",
                "run_id",
                "artifact_uri",
                "metrics.auc",
                "metrics.`val loss`",
                "params.depth",
            ]
        );
        assert_eq!(
            shown(&at_end(of(Kind::Models), "")),
            ["name", "last_updated_timestamp"]
        );
        assert_eq!(shown(&at_end(of(Kind::LoggedModels), "params")), [""; 0]);
    }

    #[rstest]
    #[case("va", &["metrics.`val loss`"], Expects::By)]
    #[case("metrics.auc ", &["ASC", "DESC"], Expects::Direction)]
    #[case("metrics.auc d", &["DESC"], Expects::Direction)]
    #[case("metrics.auc desc ", &[","], Expects::Comma)]
    #[case("metrics.auc DESC, metr", &["metrics.`val loss`"], Expects::By)]
    #[case("metrics.`val loss`, metr", &["metrics.auc"], Expects::By)]
    #[case("created ASC, start", &[], Expects::By)]
    #[case("attributes.start_time ASC, start", &[], Expects::By)]
    #[case("metrics.auc DESC x", &[], Expects::Comma)]
    #[case("no_such ", &[], Expects::Nothing)]
    #[case("datasets.name ", &[], Expects::Nothing)]
    #[case("metrics.auc ASC, metrics.auc ", &[], Expects::Nothing)]
    #[case("metrics.auc > ", &[], Expects::Nothing)]
    fn what_may_come_next(#[case] order: &str, #[case] wanted: &[&str], #[case] expects: Expects) {
        let completion = at_end(RUNS, order);
        assert_eq!(shown(&completion), wanted);
        assert_eq!(completion.expects, expects);
    }

    #[test]
    fn where_everything_is_named_no_comma_is_offered() {
        let models = of(Kind::Models);
        assert_eq!(shown(&at_end(models, "name ASC ")), [","]);
        let all = at_end(models, "name ASC, timestamp DESC ");
        assert_eq!((shown(&all), all.expects), (vec![], Expects::Comma));
    }

    #[test]
    fn what_mlflow_keeps_in_columns_of_its_own_is_not_ordered_by() {
        let mut seen = Seen::default();
        seen.trace(&TraceInfo {
            trace_metadata: [
                ("mlflow.trace.tokenUsage".to_owned(), "{}".to_owned()),
                ("mlflow.user".to_owned(), "ada".to_owned()),
            ]
            .into(),
            ..TraceInfo::default()
        });
        let completion = complete_order(of(Kind::Traces), &seen, "metadata.", 9);
        assert_eq!(shown(&completion), ["metadata.`mlflow.user`"]);
        let ends = complete_order(of(Kind::Traces), &seen, "end", 3);
        assert_eq!(shown(&ends), [""; 0]);
    }

    #[rstest]
    #[case("me", 2, "metrics.auc", "metrics.auc ")]
    #[case("metrics.auc", 11, "metrics.auc", "metrics.auc ")]
    #[case("metrics.auc DESC  ", 18, ",", "metrics.auc DESC, ")]
    #[case("metrics.auc,dep", 15, "params.depth", "metrics.auc, params.depth ")]
    #[case("end DESC", 3, "end_time", "end_time DESC")]
    fn a_candidate_takes_the_place_of_what_was_typed(
        #[case] order: &str,
        #[case] cursor: usize,
        #[case] choice: &str,
        #[case] after: &str,
    ) {
        let completion = complete_order(RUNS, &seen(), order, cursor);
        let place = shown(&completion).iter().position(|shown| *shown == choice);
        let (text, cursor) = completion.apply(order, place.unwrap()).unwrap();
        assert_eq!(text, after);
        assert!(text.is_char_boundary(cursor));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_completed_in_its_place(order in "\\PC{0,40}", cursor in 0_usize..60) {
            let cursor = order.floor_char_boundary(cursor.min(order.len()));
            let completion = complete_order(RUNS, &seen(), &order, cursor);
            for candidate in 0..completion.candidates.len() {
                let (text, cursor) = completion.apply(&order, candidate).unwrap();
                prop_assert!(text.is_char_boundary(cursor));
            }
        }
    }
}
