//! A whole pool's users, fast: pages as they arrive, shards side by side.
//!
//! `ListUsers` gives 60 users a call and the next page only after the last, so one pager is
//! limited by the round trip. Its filter takes a prefix of `sub`, a lower-case UUID: sixteen
//! first digits make sixteen disjoint lists, which are read a few at a time, below the
//! service's quota of 30 calls a second. A pool of one page costs one call; where the
//! filter is refused or not heeded, one pager reads it all.

use std::{collections::HashSet, num::NonZeroU32, sync::Arc, time::Duration};

use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::Cognito;
use crate::{
    aws::Page,
    domain::{ErrorClass, Failure, User},
};

/// Lists that are read side by side.
const SIDE_BY_SIDE: usize = 6;
/// Calls a second; the service allows an account 30 by default, and we are not alone.
const RATE: NonZeroU32 = NonZeroU32::new(25).unwrap();
/// Calls at once after a pause.
const BURST: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// How often a page is asked for again that is throttled in spite of the SDK's own retries.
const PATIENCE: u32 = 6;

/// What keeps every list of one adapter together below the quota.
pub(super) type Limiter = Arc<DefaultDirectRateLimiter>;

pub(super) fn limiter() -> Limiter {
    Arc::new(RateLimiter::direct(
        Quota::per_second(RATE).allow_burst(BURST),
    ))
}

type Pages = BoxStream<'static, Result<Page<User>, Failure>>;

impl Cognito {
    /// Every user of a pool, page by page as they arrive, in no order, none twice. A
    /// page's `next` means nothing here. A failure ends the stream.
    pub fn users(&self, pool: &str) -> impl Stream<Item = Result<Page<User>, Failure>> + use<> {
        let reader = Reader {
            cognito: self.clone(),
            pool: pool.to_owned(),
        };
        let mut seen = HashSet::new();
        let mut failed = false;
        reader
            .everything()
            .map(move |page| {
                page.map(|mut page| {
                    page.items.retain(|user| seen.insert(user.username.clone()));
                    page.next = None;
                    page
                })
            })
            .take_while(move |page| {
                let go_on = !failed;
                failed |= page.is_err();
                std::future::ready(go_on)
            })
    }
}

/// Reads one pool.
#[derive(Clone)]
struct Reader {
    cognito: Cognito,
    pool: String,
}

impl Reader {
    /// One plain page, then the rest as fast as it goes.
    fn everything(self) -> Pages {
        let first = self.clone();
        stream::once(async move { first.page(None, None).await })
            .flat_map(move |first| {
                let rest = match &first {
                    Ok(page) => page
                        .next
                        .clone()
                        .map(|token| self.clone().rest(token, shardable(page))),
                    Err(_) => None,
                };
                stream::iter([first]).chain(rest.unwrap_or_else(|| stream::empty().boxed()))
            })
            .boxed()
    }

    /// What follows the first page, whose token is `token`.
    fn rest(self, token: String, shardable: bool) -> Pages {
        if !shardable {
            return self.pager(None, Some(token));
        }
        stream::once(async move {
            // The first shard tells whether the filter works at all.
            match self.page(Some('0'), None).await {
                Ok(page) if heeded(&page, '0') => self.shards(page),
                Ok(_) => self.pager(None, Some(token)),
                Err(failure) if failure.class == ErrorClass::Invalid => {
                    tracing::info!("the pool's filter is refused, reading page after page");
                    self.pager(None, Some(token))
                }
                Err(failure) => stream::iter([Err(failure)]).boxed(),
            }
        })
        .flatten()
        .boxed()
    }

    /// The sixteen lists, of which the first has its first page already.
    fn shards(self, first: Page<User>) -> Pages {
        let next = first.next.clone();
        let reader = self.clone();
        let begun = stream::iter([Ok(first)])
            .chain(next.map_or_else(
                || stream::empty().boxed(),
                |next| self.pager(Some('0'), Some(next)),
            ))
            .boxed();
        let others = "123456789abcdef"
            .chars()
            .map(move |digit| reader.clone().pager(Some(digit), None));
        stream::iter(std::iter::once(begun).chain(others.collect::<Vec<_>>()))
            .flatten_unordered(SIDE_BY_SIDE)
            .boxed()
    }

    /// One list, page after page from `token` on.
    fn pager(self, digit: Option<char>, token: Option<String>) -> Pages {
        stream::unfold(Some(token), move |state| {
            let reader = self.clone();
            async move {
                let token = state?;
                let page = reader.page(digit, token.clone()).await;
                let next = match &page {
                    Ok(page) if page.next.is_some() && page.next != token => {
                        Some(page.next.clone())
                    }
                    _ => None,
                };
                Some((page, next))
            }
        })
        .boxed()
    }

    async fn page(
        &self,
        digit: Option<char>,
        token: Option<String>,
    ) -> Result<Page<User>, Failure> {
        let filter = digit.map(|digit| format!("sub ^= \"{digit}\""));
        let mut tries = 0;
        loop {
            self.cognito.limiter.until_ready().await;
            let page = self
                .cognito
                .users_page(&self.pool, filter.as_deref(), token.clone())
                .await;
            match page {
                Err(failure) if failure.class == ErrorClass::Throttled && tries < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(250) * 2_u32.pow(tries)).await;
                    tries += 1;
                }
                page => return page,
            }
        }
    }
}

/// Whether the pool's users have a `sub` as Cognito makes it, so that shards miss nobody.
fn shardable(page: &Page<User>) -> bool {
    page.items.iter().all(|user| {
        sub(user).is_some_and(|sub| sub.starts_with(|c: char| matches!(c, '0'..='9' | 'a'..='f')))
    })
}

/// Whether a page holds only what its filter asked for.
fn heeded(page: &Page<User>, digit: char) -> bool {
    page.items
        .iter()
        .all(|user| sub(user).is_some_and(|sub| sub.starts_with(digit)))
}

fn sub(user: &User) -> Option<&str> {
    user.attributes.get("sub").map(String::as_str)
}
