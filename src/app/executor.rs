//! Runs effects: it alone owns the clients, the journal and the right to write.
//!
//! Nothing that waits holds up what comes after it. Each deployment is a world of its
//! own; a switch stops the old one and nothing of it can be mistaken for the new one's.

mod jobs;
mod lists;
mod matrix;
mod mlflow;
mod rules;
mod stories;
mod world;

use std::{
    sync::{Arc, mpsc::Sender},
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};
use tokio::sync::mpsc;

use self::{
    jobs::Work,
    world::{Found, World},
};
use super::{
    Effect, Msg,
    effect::{Ask, Epoch},
    message::News,
    start::{Atlas, Place},
};
use crate::plan::Passwords;

/// How often an expired session is tried again while the console says so.
const SESSION: Duration = Duration::from_secs(2);

/// What the executor starts with.
pub struct Setup {
    /// Where it starts.
    pub place: Place,
    /// Where else it can go.
    pub atlas: Arc<dyn Atlas>,
}

/// What one of the executor's own waits came to.
type Wait = LocalBoxFuture<'static, Option<(Epoch, Found)>>;

struct Executor {
    atlas: Arc<dyn Atlas>,
    world: World,
    waits: FuturesUnordered<Wait>,
    /// Jobs of whatever world, so that the end waits for what they must give back.
    giving_back: Vec<tokio::task::JoinHandle<()>>,
    messages: Sender<Msg>,
}

/// Runs effects until the other end is gone; then waits for live verifies to give back.
pub async fn run(
    setup: Setup,
    mut effects: mpsc::UnboundedReceiver<Effect>,
    messages: Sender<Msg>,
) {
    let mut executor = Executor {
        atlas: setup.atlas,
        world: World::new(Epoch::default(), setup.place, messages.clone()),
        waits: FuturesUnordered::new(),
        giving_back: Vec::new(),
        messages,
    };
    loop {
        tokio::select! {
            effect = effects.recv() => match effect {
                Some(effect) => executor.run(effect),
                None => break,
            },
            Some(found) = executor.waits.next(), if !executor.waits.is_empty() => {
                executor.found(found);
            }
        }
    }
    let closing = executor.world.stop();
    executor.giving_back.extend(closing);
    for task in executor.giving_back {
        let _ = task.await;
    }
}

impl Executor {
    fn tell(&self, msg: Msg) {
        // The console is gone: nobody wants to know any more.
        let _ = self.messages.send(msg);
    }

    fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Ask(epoch, ask) if epoch == self.world.epoch => self.ask(ask),
            // What an old deployment was asked for is of no use any more.
            Effect::Ask(..) | Effect::Terminal(_) => {}
            Effect::Switch(epoch, choice) => {
                let closing = self.world.stop();
                self.giving_back.extend(closing);
                match self.atlas.place(&choice) {
                    Ok(place) => {
                        let label = Box::new(place.label.clone());
                        let matrix = Box::new(place.matrix.clone());
                        let file = Box::new(place.matrix_file.clone());
                        self.world = World::new(epoch, place, self.messages.clone());
                        self.tell(Msg::News(epoch, News::Place(label, matrix, file)));
                        self.ask(Ask::Discover);
                    }
                    Err(failure) => {
                        self.world.retire(epoch);
                        self.tell(Msg::News(epoch, News::NotConnected(failure)));
                    }
                }
            }
            Effect::FindPlaces => {
                let (atlas, messages) = (self.atlas.clone(), self.messages.clone());
                tokio::task::spawn_blocking(move || {
                    let _ = messages.send(Msg::Places(atlas.places()));
                });
            }
            Effect::Judge(epoch, people) => {
                let messages = self.messages.clone();
                tokio::task::spawn_blocking(move || {
                    let (findings, together) = (people.findings(), people.put_together());
                    let _ = messages.send(Msg::Judged(epoch, findings, Some(together)));
                });
            }
            Effect::Inquire(epoch, ticket, inquiry) => {
                let messages = self.messages.clone();
                tokio::task::spawn_blocking(move || {
                    let rows = inquiry.answer();
                    let _ = messages.send(Msg::Answered(epoch, ticket, Some(rows)));
                });
            }
            Effect::Arrange(epoch, screen, arrangement) => {
                let messages = self.messages.clone();
                tokio::task::spawn_blocking(move || {
                    let arranged = (arrangement.work)();
                    let generation = arrangement.generation;
                    let _ = messages.send(Msg::Arranged(epoch, screen, generation, arranged));
                });
            }
        }
    }

    fn ask(&mut self, ask: Ask) {
        let world = &mut self.world;
        match ask {
            Ask::Discover => {
                let epoch = world.epoch;
                let discovery = world.discover();
                self.waits.push(
                    discovery
                        .map(move |found| Some((epoch, found?)))
                        .boxed_local(),
                );
            }
            Ask::AwaitSession => {
                let epoch = world.epoch;
                let renewal = world.renewed(SESSION);
                self.waits.push(
                    renewal
                        .map(move |found| Some((epoch, found?)))
                        .boxed_local(),
                );
            }
            Ask::Users(ticket) => world.load_users(ticket),
            Ask::Groups(ticket) => world.load_groups(ticket),
            Ask::Apps(ticket) => world.load_apps(ticket),
            Ask::Activity(ticket, apps) => world.activity(ticket, apps),
            Ask::Roles(roles) => world.roles(roles),
            Ask::Studio(ticket) => world.load_studio(ticket),
            Ask::Rules(ticket) => world.rules(ticket),
            Ask::Audit(ticket) => world.audit(ticket),
            Ask::Declare(matrix) => world.declare(*matrix),
            Ask::Predict => world.predict(),
            Ask::Can(ticket, principal) => world.can(ticket, principal),
            Ask::Verify(job, options) => {
                self.giving_back.retain(|task| !task.is_finished());
                self.giving_back.extend(world.verify(job, options));
            }
            Ask::Run(job, plan, passwords) => {
                self.giving_back.retain(|task| !task.is_finished());
                self.giving_back
                    .extend(world.run_plan(job, Work::New(plan), passwords));
            }
            Ask::Resume(job, plan) => {
                self.giving_back.retain(|task| !task.is_finished());
                self.giving_back.extend(world.run_plan(
                    job,
                    Work::Left(plan),
                    Passwords::default(),
                ));
            }
            Ask::Foresee(ticket, wanted) => world.foresee(ticket, wanted),
            Ask::Packages(ticket) => world.packages(ticket),
            Ask::Publish(job, agreed) => {
                self.giving_back.retain(|task| !task.is_finished());
                self.giving_back.extend(world.publish(job, agreed));
            }
            Ask::Adopt(job, file) => {
                self.giving_back.retain(|task| !task.is_finished());
                self.giving_back.extend(world.adopt(job, file));
            }
            Ask::Review(job, wish) => {
                self.giving_back.retain(|task| !task.is_finished());
                self.giving_back.extend(world.review(job, wish));
            }
            Ask::Stories(ticket) => world.stories(ticket),
            Ask::Tell(job, wish) => {
                self.giving_back.retain(|task| !task.is_finished());
                self.giving_back.extend(world.tell_stories(job, wish));
            }
            Ask::Inverse(plan) => world.inverse(plan),
            Ask::Account(name) => world.account(name),
            Ask::Prove(job, principals) => {
                self.giving_back.retain(|task| !task.is_finished());
                self.giving_back.extend(world.prove(job, principals));
            }
            Ask::Become(ticket, principal, grant_trust, password) => {
                world.become_principal(ticket, principal, grant_trust, password);
            }
            Ask::Look(ticket, screen, look, beside) => world.look(ticket, screen, *look, beside),
            Ask::History(ticket, principal, runs, metric, steps) => {
                world.history(ticket, principal, runs, metric, steps);
            }
            Ask::Preview(ticket, principal, run, root, artifact) => {
                world.preview(ticket, principal, run, root, *artifact);
            }
            Ask::Download(job, wanted) => world.download(job, *wanted),
            Ask::Offers(ticket, principal, held) => world.offers(ticket, principal, held),
            Ask::PlanWish(ticket, principal, wish) => world.plan_wish(ticket, principal, *wish),
            Ask::Replay(principal, request) => world.replay(principal, *request),
            Ask::Cancel(job) => world.cancel(job),
        }
    }

    fn found(&mut self, found: Option<(Epoch, Found)>) {
        if let Some((epoch, found)) = found
            && epoch == self.world.epoch
        {
            self.world.found(found);
        }
    }
}
