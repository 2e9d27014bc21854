//! Telling a story: step by step, until it ends or goes otherwise than expected.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{
    Outcome, Report, Step, StepReport, Story, Telling,
    guard::{self, Subject},
    scratch::{Keeper, Scratch},
    template::{self, Values},
};
use crate::{
    access::route::operation_of,
    aws::WriteAccess,
    browse::Host,
    domain::{ErrorClass, Failure, Principal},
    mlflow::ApiRequest,
    plan::Journal,
    probe::Stay,
};

/// What is escaped of a value in a path: everything but unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What happens while stories are told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// One of several is about to be told, by its number from 0.
    Telling(usize),
    /// Something to tell a person.
    Note(String),
    /// A step is about to be made, by its number from 0.
    Begun(usize),
    /// A step is over, by its number from 0.
    Step(usize, Box<StepReport>),
    /// What was made is about to be taken away.
    Cleaning,
    /// It is over; nothing that was made is left but what the report says.
    Finished(Box<Report>),
}

/// Tells stories at one deployment.
#[derive(Clone, Copy, Debug)]
pub struct Teller<'a> {
    /// Sends the requests.
    pub host: &'a Host,
    /// The right to write; without it only stories of reads are told.
    pub writes: Option<&'a WriteAccess>,
    /// Where everything is announced before it is made.
    pub journal: &'a Journal,
}

/// Whoever takes part, made ready.
type Cast = HashMap<Principal, Arc<Stay>>;

impl Teller<'_> {
    /// Tells a story as somebody. Whatever comes of it, what it made is taken away at the end.
    ///
    /// # Errors
    /// `ReadOnly` where the story writes and nothing may be written.
    pub async fn tell(
        &self,
        story: &Story,
        telling: &Telling,
        events: &UnboundedSender<Event>,
        cancel: &CancellationToken,
    ) -> Result<Report, Failure> {
        story.may_be_told(self.writes.is_some())?;
        let mut report = Report::planned(story, telling, &self.host.catalog());
        let cast = tokio::select! {
            cast = self.cast(story, telling) => cast,
            () = async { cancel.cancelled().await; self.host.stop(); std::future::pending().await } => {
                Err(Failure::new(ErrorClass::Cancelled, "making ready", "stopped"))
            }
        };
        match cast {
            Ok(cast) => {
                report = Report::planned(story, telling, &self.host.catalog());
                self.with(&cast, story, telling, &mut report, events, cancel)
                    .await;
            }
            Err(failure) => report.not_begun(&failure),
        }
        report.cancelled = cancel.is_cancelled();
        let _ = events.send(Event::Finished(Box::new(report.clone())));
        Ok(report)
    }

    /// Makes everybody ready before anything is made, so that nobody is missing in the middle.
    async fn cast(&self, story: &Story, telling: &Telling) -> Result<Cast, Failure> {
        let mut cast = Cast::new();
        for principal in story.principals(telling) {
            let stay = self.host.become_principal(&principal).await?;
            // Whoever comes first may know the version; the routes depend on it.
            self.host.version(&stay).await;
            cast.insert(principal, stay);
        }
        Ok(cast)
    }

    /// Tells it with its cast, and takes away what was made.
    async fn with(
        &self,
        cast: &Cast,
        story: &Story,
        telling: &Telling,
        report: &mut Report,
        events: &UnboundedSender<Event>,
        cancel: &CancellationToken,
    ) {
        let mut scratch = Scratch::new();
        let keeper = self
            .writes
            .zip(cast.get(&story.setup))
            .map(|(writes, stay)| Keeper::new(writes, self.host, self.journal, stay.clone()));
        let mut run = Run {
            host: self.host,
            keeper: keeper.as_ref(),
            cast,
            values: given(&scratch),
            scratch: &mut scratch,
        };
        match run.prepare(story).await {
            Ok(()) => {
                if let Some(id) = &run.scratch.experiment {
                    let how = if run.scratch.taken_up {
                        "an earlier story's, taken up again"
                    } else {
                        "new"
                    };
                    let note = format!("experiment {id}, {}, {how}", run.scratch.name);
                    let _ = events.send(Event::Note(note));
                }
                run.steps(story, telling, report, events, cancel).await;
            }
            Err(failure) => report.not_begun(&failure),
        }
        if let Some(keeper) = &keeper {
            let _ = events.send(Event::Cleaning);
            (report.made, report.left) = keeper.clean(&scratch).await;
        }
    }
}

/// The values that a story has from the start.
fn given(scratch: &Scratch) -> Values {
    Values::from([
        ("experiment_name".to_owned(), json!(scratch.name)),
        ("model".to_owned(), json!(scratch.name)),
    ])
}

/// A story under way.
struct Run<'a> {
    host: &'a Host,
    keeper: Option<&'a Keeper<'a>>,
    cast: &'a Cast,
    values: Values,
    scratch: &'a mut Scratch,
}

impl Run<'_> {
    /// Makes the scratch experiment, where it is needed.
    async fn prepare(&mut self, story: &Story) -> Result<(), Failure> {
        if let Some(keeper) = self.keeper.filter(|_| story.needs_experiment()) {
            let id = keeper.experiment(self.scratch).await?;
            self.values.insert("experiment".to_owned(), json!(id));
        }
        Ok(())
    }

    /// Makes the steps, until one goes otherwise than expected.
    async fn steps(
        &mut self,
        story: &Story,
        telling: &Telling,
        report: &mut Report,
        events: &UnboundedSender<Event>,
        cancel: &CancellationToken,
    ) {
        for (at, step) in story.steps.iter().enumerate() {
            if cancel.is_cancelled() {
                return;
            }
            let _ = events.send(Event::Begun(at));
            let Some(told) = report.steps.get_mut(at) else {
                return;
            };
            self.step(story, step, telling, told).await;
            let _ = events.send(Event::Step(at, Box::new(told.clone())));
            if told.outcome != Outcome::Passed {
                return;
            }
        }
    }

    async fn step(&mut self, story: &Story, step: &Step, telling: &Telling, told: &mut StepReport) {
        let now = Timestamp::now().as_millisecond();
        self.values.insert("now".to_owned(), json!(now));
        let ready = self
            .request(story, step, telling)
            .and_then(|request| self.allowed(request));
        let request = match ready {
            Ok(request) => request,
            Err(why) => return told.ends(Outcome::Failed, why),
        };
        let Some(stay) = self.cast.get(&story.maker(step, telling)) else {
            return told.ends(Outcome::Untested, "nobody was made ready for it".to_owned());
        };
        let (answer, exchange) = self.host.send(stay, &request).await;
        let (mut outcome, mut why) = step.expected.judge(&exchange);
        let value = answer
            .ok()
            .filter(crate::mlflow::Answer::is_success)
            .and_then(|answer| answer.json());
        if let Some(value) = &value {
            // Also where it should have been refused: it is there now.
            self.scratch.hear(operation_of(&request.path), value);
        }
        if outcome == Outcome::Passed
            && let Err(missing) = self.save(step, value.as_ref())
        {
            (outcome, why) = (Outcome::Failed, missing);
        }
        told.came(exchange);
        told.ends(outcome, why);
    }

    /// The request with its values in place.
    fn request(&self, story: &Story, step: &Step, telling: &Telling) -> Result<ApiRequest, String> {
        let encoded = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let query = step.query.iter().map(|(name, value)| {
            let value = template::filled_in(value, &self.values)?;
            Ok((name.clone(), template::plain(&value)))
        });
        Ok(ApiRequest {
            method: step.method,
            path: template::filled(&story.path(step, telling), &self.values, encoded)?,
            query: query.collect::<Result<_, String>>()?,
            body: step
                .body
                .as_ref()
                .map(|body| template::filled_in(body, &self.values))
                .transpose()?,
        })
    }

    /// The request, where it changes nothing but the story's own. What it may make by name is in
    /// the journal when this returns.
    fn allowed(&mut self, request: ApiRequest) -> Result<ApiRequest, String> {
        let mut named: Vec<(Subject, String)> = Vec::new();
        let scratch = &*self.scratch;
        let refusal = guard::refusal(&request, |subject, value| {
            named.push((subject, value.to_owned()));
            scratch.owns(subject, value)
        });
        if let Some(why) = refusal {
            return Err(why);
        }
        for (subject, name) in named {
            let Some(keeper) = self.keeper else {
                return Err("not sent: nothing may be written".to_owned());
            };
            let announced = match subject {
                Subject::Model => keeper.announce_model(self.scratch, &name),
                Subject::ExperimentName => keeper.announce_experiment(self.scratch, &name, None),
                Subject::Experiment | Subject::Run => Ok(()),
            };
            announced.map_err(|failure| format!("not sent: {failure}"))?;
        }
        Ok(request)
    }

    /// Keeps what later steps need of an answer.
    fn save(&mut self, step: &Step, answer: Option<&Value>) -> Result<(), String> {
        for (name, place) in &step.save {
            let value = answer
                .and_then(|answer| template::at(answer, place))
                .ok_or_else(|| format!("its answer has no {place} to save as {{{name}}}"))?;
            self.values.insert(name.clone(), value.clone());
        }
        Ok(())
    }
}
