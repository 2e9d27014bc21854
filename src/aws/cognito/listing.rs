//! A whole pool's users and memberships, fast: pages as they arrive, lists side by side.
//!
//! `ListUsers` gives 60 users a call and the next page only after the last, so one pager is
//! limited by the round trip. Its filter takes a prefix of `sub`, a lower-case UUID: sixteen
//! first digits make sixteen disjoint lists, which are read side by side and are limited by
//! the service's quota. A pool of one page costs one call; where the filter is refused or
//! not heeded, one pager reads it all.

use std::{collections::HashSet, sync::Arc};

use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use sha2::{Digest, Sha256};

use super::Cognito;
use crate::{
    aws::Page,
    domain::{ErrorClass, Failure, Group, User},
};

/// The first digits of a `sub`. All their lists are read at the same time: that fills a
/// quota of 30 calls a second at a latency of up to half a second, and one of 120 at up to
/// an eighth. More lists would cost half a page each.
const DIGITS: &str = "0123456789abcdef";

/// Groups whose members are read side by side.
const GROUPS: usize = 8;

type Pages = BoxStream<'static, Result<Page<User>, Failure>>;

impl Cognito {
    /// Every user of a pool, page by page as they arrive, in no order, none twice. A
    /// page's `next` means nothing here. A failure ends the stream.
    pub fn users(&self, pool: &str) -> impl Stream<Item = Result<Page<User>, Failure>> + use<> {
        let reader = Reader {
            cognito: self.clone(),
            pool: pool.to_owned(),
        };
        until_failure(once_each(reader.everything()))
    }

    /// Every group of a pool with its members, some of them at a time, several groups side
    /// by side; the first part of a group comes even if the group is empty. A failure ends
    /// the stream.
    pub fn memberships(&self, pool: &str) -> impl Stream<Item = Result<Members, Failure>> + use<> {
        let (cognito, pool) = (self.clone(), pool.to_owned());
        let groups = {
            let (cognito, pool) = (cognito.clone(), pool.clone());
            async move { cognito.groups(&pool).await }
        };
        let members = move |group: Group| {
            let (cognito, pool, group) = (cognito.clone(), pool.clone(), Arc::new(group));
            let of = Arc::clone(&group);
            let pages = pager(None, move |token| {
                let (cognito, pool, group) = (cognito.clone(), pool.clone(), of.clone());
                async move { cognito.members_page(&pool, &group.name, token).await }
            });
            once_each(pages).enumerate().map(move |(at, page)| {
                page.map(|page| Members {
                    group: Arc::clone(&group),
                    is_first: at == 0,
                    users: page.items,
                })
            })
        };
        let parts = stream::once(groups).flat_map(move |groups| match groups {
            Ok(groups) => stream::iter(groups)
                .map(members.clone())
                .flatten_unordered(GROUPS)
                .boxed(),
            Err(failure) => stream::iter([Err(failure)]).boxed(),
        });
        until_failure(parts)
    }
}

/// Some of a group's members.
#[derive(Clone, Debug)]
pub struct Members {
    /// The group.
    pub group: Arc<Group>,
    /// Whether nothing of the group came before.
    pub is_first: bool,
    /// The members.
    pub users: Vec<User>,
}

/// Leaves out who came before: lists shift while they are read, and they may overlap.
fn once_each(pages: Pages) -> impl Stream<Item = Result<Page<User>, Failure>> {
    let mut seen = HashSet::new();
    pages.map(move |page| {
        page.map(|mut page| {
            page.items
                .retain(|user| seen.insert(digest(&user.username)));
            page.next = None;
            page
        })
    })
}

/// The first failure is the last item.
fn until_failure<T>(
    items: impl Stream<Item = Result<T, Failure>>,
) -> impl Stream<Item = Result<T, Failure>> {
    let mut failed = false;
    items.take_while(move |item| {
        let go_on = !failed;
        failed |= item.is_err();
        std::future::ready(go_on)
    })
}

/// A name in a few bytes: a hundred thousand names are a lot to keep twice.
fn digest(name: &str) -> [u8; 16] {
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(Sha256::digest(name)) {
        *to = from;
    }
    short
}

/// One list, page after page from `token` on.
fn pager<F>(
    token: Option<String>,
    page: impl Fn(Option<String>) -> F + Send + Sync + 'static,
) -> Pages
where
    F: Future<Output = Result<Page<User>, Failure>> + Send,
{
    stream::unfold((Some(token), page), async |(token, page)| {
        let token = token?;
        let answer = page(token.clone()).await;
        let next = match &answer {
            // A service that hands the same token out again would keep us here for ever.
            Ok(page) if page.next.is_some() && page.next != token => Some(page.next.clone()),
            _ => None,
        };
        Some((answer, (next, page)))
    })
    .boxed()
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
            return self.list(None, Some(token));
        }
        stream::once(async move {
            // The first shard tells whether the filter works at all.
            match self.page(Some('0'), None).await {
                Ok(page) if heeded(&page, '0') => self.shards(page),
                Ok(_) => self.list(None, Some(token)),
                Err(failure) if failure.class == ErrorClass::Invalid => {
                    tracing::info!("the pool's filter is refused, reading page after page");
                    self.list(None, Some(token))
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
                |next| self.list(Some('0'), Some(next)),
            ))
            .boxed();
        let others = DIGITS
            .chars()
            .skip(1)
            .map(move |digit| reader.clone().list(Some(digit), None));
        stream::select_all(std::iter::once(begun).chain(others)).boxed()
    }

    /// The users whose `sub` starts with a digit, or all of them.
    fn list(self, digit: Option<char>, token: Option<String>) -> Pages {
        pager(token, move |token| {
            let reader = self.clone();
            async move { reader.page(digit, token).await }
        })
    }

    async fn page(
        &self,
        digit: Option<char>,
        token: Option<String>,
    ) -> Result<Page<User>, Failure> {
        let filter = digit.map(|digit| format!("sub ^= \"{digit}\""));
        self.cognito
            .users_page(&self.pool, filter.as_deref(), token)
            .await
    }
}

/// Whether the pool's users have a `sub` as Cognito makes it, so that shards miss nobody.
fn shardable(page: &Page<User>) -> bool {
    page.items
        .iter()
        .all(|user| sub(user).is_some_and(|sub| sub.starts_with(|c: char| DIGITS.contains(c))))
}

/// Whether a page holds only what its filter asked for.
fn heeded(page: &Page<User>, digit: char) -> bool {
    page.items
        .iter()
        .all(|user| sub(user).is_some_and(|sub| sub.starts_with(digit)))
}

fn sub(user: &User) -> Option<&str> {
    user.attributes.get("sub")
}
