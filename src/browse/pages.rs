//! A list read page after page, as far as it is wanted.

use std::collections::HashSet;

use super::Host;
use crate::{
    aws::Page,
    domain::{ErrorClass, Failure},
    mlflow::Call,
    probe::Stay,
};

/// How large a page should be, in bytes. API Gateway carries 10 MB a response, and nobody likes
/// to wait for all of them.
const COMFORTABLE: u64 = 2 * 1024 * 1024;
/// Pages of so few items are not made smaller where one cannot be had.
const FEW: u32 = 8;

/// How a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// How many items are wanted at most.
    pub most: usize,
    /// How many items the first page asks for.
    pub first: u32,
    /// The largest page that MLflow gives.
    pub largest: u32,
}

impl Paging {
    /// At most so many items, in pages that every search of MLflow's gives.
    pub fn of(most: usize) -> Self {
        Self {
            most,
            first: 100,
            largest: 1_000,
        }
    }

    /// The same in pages of a hundred at most: MLflow's limit for what its third version brought.
    pub fn small(most: usize) -> Self {
        Self {
            largest: 100,
            ..Self::of(most)
        }
    }
}

/// As much of a list as was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Whether there are more of them.
    pub more: bool,
}

impl Host {
    /// Reads a list page after page as somebody, until there is no more of it or enough. `page`
    /// makes the request of one page, of so many items, from a token on. Pages follow the size of
    /// what came: a run may have ten thousand metrics or none.
    ///
    /// # Errors
    /// Of the first page that could not be had; `Unavailable` where MLflow sends the same page
    /// token twice.
    pub async fn list<T>(
        &self,
        stay: &Stay,
        paging: Paging,
        page: impl Fn(u32, Option<&str>) -> Call<Page<T>>,
    ) -> Result<Listed<T>, Failure> {
        let mut items: Vec<T> = Vec::new();
        let (mut token, mut seen) = (None, HashSet::new());
        let (mut number, mut largest) = (paging.first, paging.largest);
        loop {
            let missing = u32::try_from(paging.most - items.len()).unwrap_or(u32::MAX);
            number = number.min(missing).clamp(1, largest);
            let call = page(number, token.as_deref());
            let reply = self.call(stay, &call).await;
            let found = match reply.value {
                Ok(found) => found,
                // More than the gateway carries, perhaps.
                Err(failure) if failure.class == ErrorClass::Unavailable && number > FEW => {
                    largest = (number / 8).max(FEW);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let came = u64::try_from(found.items.len()).unwrap_or(u64::MAX);
            if let Some(each) = reply.exchange.size.checked_div(came) {
                number = u32::try_from(COMFORTABLE / each.max(1)).unwrap_or(u32::MAX);
            }
            items.extend(found.items);
            let enough = items.len() >= paging.most;
            match found.next {
                Some(next) if !enough => {
                    if !seen.insert(next.clone()) {
                        return Err(Failure::new(
                            ErrorClass::Unavailable,
                            call.doing,
                            "MLflow sent the same page token twice",
                        ));
                    }
                    token = Some(next);
                }
                next => {
                    let more = next.is_some() || items.len() > paging.most;
                    items.truncate(paging.most);
                    return Ok(Listed { items, more });
                }
            }
        }
    }
}
