//! Lists of one deployment, page by page.

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;

use super::world::World;
use crate::{
    app::{message::News, remote::Ticket},
    domain::Failure,
};

/// Groups whose members are read at the same time.
const GROUPS: usize = 4;

impl World {
    /// Reads the pool's users.
    pub fn load_users(&self, ticket: Ticket) {
        let (cognito, pool) = match self.pool() {
            Ok(found) => found,
            Err(failure) => return self.tell(News::UsersDone(ticket, Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let mut pages = std::pin::pin!(cognito.users(&pool));
            let mut result = Ok(());
            while let Some(page) = pages.next().await {
                match page {
                    Ok(page) => tell(News::Users(ticket, page.items)),
                    Err(failure) => {
                        result = Err(failure);
                        break;
                    }
                }
            }
            tell(News::UsersDone(ticket, result.map(|()| Timestamp::now())));
        });
    }

    /// Reads the pool's groups and who is in each.
    pub fn load_groups(&self, ticket: Ticket) {
        let (cognito, pool) = match self.pool() {
            Ok(found) => found,
            Err(failure) => return self.tell(News::GroupsDone(ticket, Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let load = async {
                let groups = cognito.groups(&pool).await?;
                let reads = groups.into_iter().map(|group| {
                    let (cognito, pool, tell) = (cognito.clone(), pool.clone(), tell.clone());
                    async move {
                        let members = cognito.members(&pool, &group.name).await?;
                        let names = members.into_iter().map(|user| user.username).collect();
                        tell(News::Group(ticket, group, names));
                        Ok::<(), Failure>(())
                    }
                });
                let reads: Vec<_> = reads.map(futures::FutureExt::boxed).collect();
                futures::stream::iter(reads)
                    .buffer_unordered(GROUPS)
                    .try_for_each(|()| async { Ok(()) })
                    .await
            };
            let result = load.await.map(|()| Timestamp::now());
            tell(News::GroupsDone(ticket, result));
        });
    }

    /// Reads the domain's apps.
    pub fn load_apps(&self, ticket: Ticket) {
        let found = self
            .deployment
            .need("domain_id", self.deployment.domain_id.as_ref())
            .and_then(|domain| Ok((self.cloud()?.sagemaker, domain.clone())));
        let (sagemaker, domain) = match found {
            Ok(found) => found,
            Err(failure) => return self.tell(News::AppsDone(ticket, Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let mut token = None;
            let result = loop {
                match sagemaker.apps_page(&domain, token.clone()).await {
                    Ok(page) => {
                        tell(News::Apps(ticket, page.items));
                        // A service that hands the same token out again would keep us here.
                        if page.next.is_none() || page.next == token {
                            break Ok(Timestamp::now());
                        }
                        token = page.next;
                    }
                    Err(failure) => break Err(failure),
                }
            };
            tell(News::AppsDone(ticket, result));
        });
    }
}
