//! Looks after what takes its time in Studio: everybody who waits for something is answered
//! from the same look, so that five hundred deletions cost a few lists and not a call each at
//! every turn. Looks only while somebody waits.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::{Instant, sleep_until};

use super::Tools;
use crate::{
    aws::sagemaker::SageMaker,
    domain::{App, AppId, AppOwner, ErrorClass, Failure},
};

/// How long there is between two looks: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));
/// Looks for few are narrow ones, a call each; for more than this everything is listed, unless
/// that is known to take more calls.
const FEW: usize = 4;
/// The things that one page of a list has.
const PAGE: usize = 100;
/// Narrow looks that are under way at the same time.
const AT_ONCE: usize = 4;
/// How often in a row a look may fail for reasons that pass.
const PATIENCE: u32 = 10;

/// Something that comes, changes or goes in its own time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// An app.
    App(AppId),
    /// A space.
    Space {
        /// Its domain.
        domain: String,
        /// Its name.
        name: String,
    },
    /// A profile.
    Profile {
        /// Its domain.
        domain: String,
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(app) => f.write_str(&app.described()),
            Self::Space { name, .. } => write!(f, "the space {name}"),
            Self::Profile { name, .. } => write!(f, "the profile {name}"),
        }
    }
}

/// Things that one list tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Apps,
    Spaces,
    Profiles,
}

impl Thing {
    fn list(&self) -> (Kind, &str) {
        match self {
            Self::App(app) => (Kind::Apps, &app.domain_id),
            Self::Space { domain, .. } => (Kind::Spaces, domain),
            Self::Profile { domain, .. } => (Kind::Profiles, domain),
        }
    }
}

/// How things stood at a look, in the service's words; what is not in it is not there.
type Standings = HashMap<Thing, String>;

/// What is known of the things of one list.
#[derive(Debug, Default)]
struct List {
    /// Held while somebody looks: who comes meanwhile is answered from the same look.
    seen: tokio::sync::Mutex<Seen>,
    /// How many wait for each.
    awaited: Mutex<HashMap<Thing, usize>>,
}

#[derive(Debug, Default)]
struct Seen {
    /// When the last look was begun.
    at: Option<Instant>,
    standings: Standings,
    /// What it was about.
    things: HashSet<Thing>,
    /// How long there is between the last look and the next one.
    pause: Duration,
    /// When the next look may be begun.
    next: Option<Instant>,
    /// How many calls a whole list took the last time.
    pages: Option<usize>,
    /// Looks that failed in a row.
    failed: u32,
}

/// By kind and domain.
type Lists = HashMap<(Kind, String), Arc<List>>;

/// Looks after things of Studio.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    lists: Arc<Mutex<Lists>>,
}

impl Watch {
    /// Looks at one thing now. None where it is not there.
    ///
    /// # Errors
    /// What the call says.
    pub async fn look(&self, tools: &Tools, thing: &Thing) -> Result<Option<String>, Failure> {
        let studio = &tools.cloud.sagemaker;
        let seen = narrow(studio, std::slice::from_ref(thing)).await?;
        Ok(seen.get(thing).cloned())
    }

    /// Waits until a thing's status is as wanted, none where it is not there; `say` hears each
    /// status that is another than before.
    ///
    /// # Errors
    /// `Cancelled` when the waiting is stopped: what is waited for goes on by itself. Else what
    /// a look says that will not get better.
    pub async fn until(
        &self,
        tools: &Tools,
        thing: &Thing,
        done: fn(Option<&str>) -> bool,
        say: &(dyn Fn(&str) + Sync),
    ) -> Result<Option<String>, Failure> {
        let list = self.list(thing);
        let _waiting = Waiting::begin(&list, thing);
        let waits = async {
            let (mut since, mut said) = (Instant::now(), None);
            loop {
                let status = list.after(tools, thing, since).await?;
                if done(status.1.as_deref()) {
                    return Ok(status.1);
                }
                if let Some(word) = status.1
                    && said.as_ref() != Some(&word)
                {
                    say(&word);
                    said = Some(word);
                }
                // Only a later look tells more.
                since = status.0 + Duration::from_nanos(1);
            }
        };
        let stopped = tools.cancel.run_until_cancelled(waits).await;
        stopped.unwrap_or_else(|| {
            Err(Failure::new(
                ErrorClass::Cancelled,
                format!("waiting for {thing}"),
                "stopped waiting; it goes on by itself",
            ))
        })
    }

    fn list(&self, thing: &Thing) -> Arc<List> {
        let (kind, domain) = thing.list();
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lists.entry((kind, domain.to_owned())).or_default())
    }
}

/// Somebody waits for a thing, as long as this lives.
struct Waiting<'a> {
    list: &'a List,
    thing: &'a Thing,
}

impl<'a> Waiting<'a> {
    fn begin(list: &'a List, thing: &'a Thing) -> Self {
        *list.awaited().entry(thing.clone()).or_default() += 1;
        Self { list, thing }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut awaited = self.list.awaited();
        if let Some(count) = awaited.get_mut(self.thing) {
            *count -= 1;
            if *count == 0 {
                awaited.remove(self.thing);
            }
        }
    }
}

impl List {
    fn awaited(&self) -> std::sync::MutexGuard<'_, HashMap<Thing, usize>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a thing stood at a look that was begun at this time or later, and when that was.
    async fn after(
        &self,
        tools: &Tools,
        thing: &Thing,
        since: Instant,
    ) -> Result<(Instant, Option<String>), Failure> {
        let mut seen = self.seen.lock().await;
        loop {
            if let Some(at) = seen.at.filter(|at| *at >= since) {
                return Ok((at, seen.standings.get(thing).cloned()));
            }
            if self.is_all_new(&seen) {
                // What is waited for now has nothing to do with what was waited for.
                seen.pause = PAUSE.0;
                seen.next = None;
            }
            if let Some(next) = seen.next {
                sleep_until(next).await;
            }
            let begun = Instant::now();
            let looked = self.look(tools, &mut seen).await;
            seen.next = Some(Instant::now() + seen.pause);
            seen.pause = (seen.pause * 3 / 2).clamp(PAUSE.0, PAUSE.1);
            match looked {
                Ok(standings) => {
                    seen.failed = 0;
                    seen.standings = standings;
                    seen.at = Some(begun);
                }
                Err(failure) if passes(&failure) && seen.failed < PATIENCE => {
                    tracing::debug!(%failure, "a look failed; it is tried again");
                    seen.failed += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Whether nothing that is waited for was looked at the last time.
    fn is_all_new(&self, seen: &Seen) -> bool {
        let awaited = self.awaited();
        awaited.keys().all(|thing| !seen.things.contains(thing))
    }

    /// Looks at everything that is waited for.
    async fn look(&self, tools: &Tools, seen: &mut Seen) -> Result<Standings, Failure> {
        let studio = &tools.cloud.sagemaker;
        let things: Vec<Thing> = self.awaited().keys().cloned().collect();
        seen.things = things.iter().cloned().collect();
        let Some((kind, domain)) = things.first().map(Thing::list) else {
            return Ok(Standings::new());
        };
        if calls_for(&things) <= seen.pages.unwrap_or(FEW) {
            return narrow(studio, &things).await;
        }
        let standings = whole(studio, kind, domain).await?;
        seen.pages = Some(standings.len().div_ceil(PAGE).max(1));
        Ok(standings)
    }
}

/// Whether a look that failed so may work the next time.
fn passes(failure: &Failure) -> bool {
    matches!(
        failure.class,
        ErrorClass::Throttled | ErrorClass::Network | ErrorClass::Unavailable
    )
}

/// How many calls it takes to look at each of these by itself.
fn calls_for(things: &[Thing]) -> usize {
    let mut owners: Vec<&AppOwner> = Vec::new();
    let mut others = 0;
    for thing in things {
        match thing {
            Thing::App(app) if !owners.contains(&&app.owner) => owners.push(&app.owner),
            Thing::App(_) => {}
            Thing::Space { .. } | Thing::Profile { .. } => others += 1,
        }
        if owners.len() + others > PAGE {
            break;
        }
    }
    owners.len() + others
}

/// Looks at each of these by itself.
async fn narrow(studio: &SageMaker, things: &[Thing]) -> Result<Standings, Failure> {
    let mut owners: Vec<(&str, &AppOwner)> = Vec::new();
    for thing in things {
        if let Thing::App(app) = thing
            && !owners.contains(&(&app.domain_id, &app.owner))
        {
            owners.push((&app.domain_id, &app.owner));
        }
    }
    let mut standings = Standings::new();
    for (domain, owner) in owners {
        add_apps(&mut standings, studio.apps_of(domain, owner).await?);
    }
    let others: Vec<Thing> = things
        .iter()
        .filter(|thing| !matches!(thing, Thing::App(_)))
        .cloned()
        .collect();
    let found: Vec<Option<(Thing, String)>> = stream::iter(others)
        .map(|thing| async move {
            let status = match &thing {
                Thing::Profile { domain, name } => {
                    let found = studio.find_profile(domain, name).await?;
                    found.map(|profile| profile.status)
                }
                Thing::Space { domain, name } => {
                    let found = studio.find_space(domain, name).await?;
                    found.map(|space| space.status)
                }
                Thing::App(_) => None,
            };
            Ok::<_, Failure>(status.map(|status| (thing, status)))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    standings.extend(found.into_iter().flatten());
    Ok(standings)
}

/// Looks at everything of a list.
async fn whole(studio: &SageMaker, kind: Kind, domain: &str) -> Result<Standings, Failure> {
    let mut standings = Standings::new();
    let owned = || domain.to_owned();
    match kind {
        Kind::Apps => add_apps(&mut standings, studio.apps(domain).await?),
        Kind::Spaces => {
            let spaces = studio.spaces(domain).await?.into_iter();
            standings.extend(spaces.map(|space| {
                let (domain, name) = (owned(), space.name);
                (Thing::Space { domain, name }, space.status)
            }));
        }
        Kind::Profiles => {
            let profiles = studio.profiles(domain).await?.into_iter();
            standings.extend(profiles.map(|profile| {
                let (domain, name) = (owned(), profile.name);
                (Thing::Profile { domain, name }, profile.status)
            }));
        }
    }
    Ok(standings)
}

/// A name may be used again while the app before is still listed as deleted.
fn add_apps(standings: &mut Standings, apps: Vec<App>) {
    for app in apps {
        let thing = Thing::App(app.id());
        if app.is_there() || !standings.contains_key(&thing) {
            standings.insert(thing, app.status.as_str().to_owned());
        }
    }
}
