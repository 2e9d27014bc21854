//! Lists of one deployment, page by page.

use std::sync::Arc;

use futures::StreamExt;
use jiff::Timestamp;

use super::world::World;
use crate::{
    access::Matrix,
    app::{message::News, remote::Ticket},
    aws::each_page,
    domain::{App, ExecutionRole},
    plan::survey::StudioSurvey,
    probe::{audit::Auditor, in_effect::InEffect},
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
            let part = |part| tell(News::StudioPart(ticket, part));
            let read = StudioSurvey::read(&cloud, &domain, &rule, part).await;
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
            let read = each_page(
                |token| sagemaker.apps_page(&domain, token),
                |page| tell(News::Apps(ticket, page)),
            )
            .await;
            tell(News::AppsDone(ticket, read.map(|()| Timestamp::now())));
        });
    }

    /// Looks at apps: when their users were last active. What cannot be looked at stays
    /// unknown. No apps at all are the end of it.
    pub fn activity(&self, ticket: Ticket, apps: Vec<App>) {
        /// Apps that are told of together.
        const TOGETHER: usize = 250;
        let tell = self.teller();
        let Ok(studio) = self.cloud().map(|cloud| cloud.sagemaker) else {
            return tell(News::Activity(ticket, Vec::new()));
        };
        self.spawn(async move {
            for some in apps.chunks(TOGETHER) {
                match studio.with_activity(some.to_vec()).await {
                    Ok(looked) if looked.is_empty() => {}
                    Ok(looked) => tell(News::Activity(ticket, looked)),
                    Err(failure) => {
                        tracing::info!(%failure, "the last activity of apps stays unknown");
                        break;
                    }
                }
            }
            tell(News::Activity(ticket, Vec::new()));
        });
    }

    /// Reads what the authorizer goes by, anew; whoever asks from now on gets that.
    pub fn rules(&mut self, ticket: Ticket) {
        self.forget_rules();
        let rules = match self.rules_reader() {
            Ok(rules) => rules,
            Err(failure) => {
                return self.tell(News::Rules(ticket, Box::new(InEffect::unread(failure))));
            }
        };
        let tell = self.teller();
        self.spawn(async move {
            tell(News::Rules(ticket, Box::new(rules.read().await)));
        });
    }

    /// Looks at the roles and at the settings of pool, client and authorizer.
    pub fn audit(&self, ticket: Ticket) {
        let found = self
            .cloud()
            .and_then(|cloud| Ok((cloud, self.rules_reader()?)));
        let (cloud, rules) = match found {
            Ok(found) => found,
            Err(failure) => return self.tell(News::Audited(ticket, Err(failure))),
        };
        let matrix = self.place.as_ref().map(|place| place.matrix.clone());
        let deployment = self.deployment.clone();
        let tell = self.teller();
        self.spawn(async move {
            let auditor = Auditor {
                cloud,
                deployment,
                matrix: matrix.unwrap_or_else(Matrix::sample),
                contract: rules.read().await.contract,
            };
            let audit = Box::new(auditor.roles_and_settings().await);
            tell(News::Audited(ticket, Ok((Timestamp::now(), audit))));
        });
    }

    /// Reads roles with their policies.
    pub fn roles(&self, roles: Vec<ExecutionRole>) {
        let cloud = self.cloud();
        for role in roles {
            let tell = self.teller();
            match &cloud {
                Err(failure) => tell(News::Role(role.arn, Err(failure.clone()))),
                Ok(cloud) => {
                    let iam = cloud.iam.clone();
                    self.spawn(async move {
                        let read = iam.role(&role.name).await.map(Box::new);
                        tell(News::Role(role.arn, read));
                    });
                }
            }
        }
    }
}
