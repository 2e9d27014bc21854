//! Stories: which there are, and telling them.

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::world::World;
use crate::{
    app::{
        effect::StoryWish,
        job::JobId,
        message::{News, Told},
        remote::Ticket,
    },
    browse::Host,
    domain::Failure,
    probe::{Verifier, known},
    story::{self, Event, Teller},
};

impl World {
    /// Looks up which stories there are.
    pub fn stories(&self, ticket: Ticket) {
        let found = self.place.as_ref().map(|place| place.stories.clone());
        let tell = self.teller();
        tokio::task::spawn_blocking(move || {
            tell(News::Stories(ticket, found.unwrap_or_default().all()));
        });
    }

    /// Tells stories. The task ends when what they made is taken away, and what was borrowed is
    /// given back.
    pub fn tell_stories(&mut self, job: JobId, wish: Box<StoryWish>) -> Option<JoinHandle<()>> {
        let (tell, cancel) = (self.teller(), self.token(job));
        let (verifier, host) = match self.storyteller(job, &wish) {
            Ok(ready) => ready,
            Err(failure) => {
                tell(News::Told(job, Err(failure)));
                return None;
            }
        };
        Some(tokio::spawn(async move {
            let hear = |event| tell(News::Telling(job, Box::new(event)));
            let result = Box::pin(told(&verifier, &host, &wish, &cancel, hear)).await;
            tell(News::Told(job, result.map(Box::new)));
        }))
    }

    /// Who sends the requests of stories: nobody stays ready afterwards, and nobody is let into a
    /// role for longer than that takes.
    fn storyteller(&mut self, job: JobId, wish: &StoryWish) -> Result<(Verifier, Host), Failure> {
        let verifier = self.verifier()?;
        let tell = self.teller();
        let hear = move |exchange| tell(News::StoryExchanged(job, exchange));
        let host = Host::new(verifier.clone(), wish.grant_trust, hear)?.counting(&self.numbers);
        for (user, password) in &wish.passwords {
            host.give_password(user, password.clone());
        }
        Ok((verifier, host))
    }
}

/// Tells them, where everybody is there whom it takes, after what killed processes left behind is
/// taken away.
async fn told(
    verifier: &Verifier,
    host: &Host,
    wish: &StoryWish,
    cancel: &CancellationToken,
    hear: impl Fn(Event),
) -> Result<Told, Failure> {
    if let Some(pool) = &verifier.deployment.user_pool_id {
        known(&verifier.cloud, &pool.value, &wish.program.everybody()).await?;
    }
    let mut lost = story::clear(verifier, wish.grant_trust).await?;
    let teller = Teller {
        host,
        writes: verifier.writes.as_ref(),
        journal: &verifier.journal,
    };
    let reports = wish.program.tell(&teller, cancel, hear).await;
    lost.extend(host.close().await);
    Ok(Told {
        reports: reports?,
        lost,
    })
}
