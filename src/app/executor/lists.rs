//! Lists of one deployment, page by page.

use std::sync::Arc;

use futures::StreamExt;
use jiff::Timestamp;

use super::world::World;
use crate::{
    app::{message::News, remote::Ticket},
    plan::survey::StudioSurvey,
};

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

    /// Reads the pool's groups and who is in each, part by part.
    pub fn load_groups(&self, ticket: Ticket) {
        let (cognito, pool) = match self.pool() {
            Ok(found) => found,
            Err(failure) => return self.tell(News::GroupsDone(ticket, Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let mut parts = std::pin::pin!(cognito.memberships(&pool));
            let mut result = Ok(());
            while let Some(part) = parts.next().await {
                match part {
                    Ok(part) => {
                        let names = part.users.into_iter().map(|user| user.username).collect();
                        let group = Arc::unwrap_or_clone(part.group);
                        tell(if part.is_first {
                            News::Group(ticket, group, names)
                        } else {
                            News::Members(ticket, group.name, names)
                        });
                    }
                    Err(failure) => {
                        result = Err(failure);
                        break;
                    }
                }
            }
            tell(News::GroupsDone(ticket, result.map(|()| Timestamp::now())));
        });
    }

    /// Reads what only a look at one user tells.
    pub fn account(&self, name: String) {
        let (cognito, pool) = match self.pool() {
            Ok(found) => found,
            Err(failure) => return self.tell(News::Account(name, Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let read = async {
                futures::try_join!(cognito.account(&pool, &name), cognito.devices(&pool, &name))
            };
            let result = read.await.map(Box::new);
            tell(News::Account(name, result));
        });
    }

    /// Reads what Studio has.
    pub fn load_studio(&self, ticket: Ticket) {
        let found = self
            .deployment
            .need("domain_id", self.deployment.domain_id.as_ref())
            .and_then(|domain| Ok((self.cloud()?, domain.clone())));
        let (cloud, domain) = match found {
            Ok(found) => found,
            Err(failure) => return self.tell(News::Studio(ticket, Err(failure))),
        };
        let rule = self
            .place
            .as_ref()
            .map(|place| place.label.rule.clone())
            .unwrap_or_default();
        let tell = self.teller();
        self.spawn(async move {
            let read = StudioSurvey::read(&cloud, &domain, &rule).await;
            let result = read.map(|survey| (Timestamp::now(), Box::new(survey)));
            tell(News::Studio(ticket, result));
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
