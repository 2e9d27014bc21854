//! A publication as somebody agreed to it: carried out for as long as it is what was shown.

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Change, Preview, Published, Publisher, Worse, changes, changes_between, preview::Known,
};
use crate::{
    domain::{ErrorClass, Failure, whole},
    probe::{Report, in_effect::Ground},
};

/// How it ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Nothing was changed: what the deployed authorizer decides is not what was shown, and it is
    /// to be agreed to anew.
    Unlike(Box<Preview>),
    /// Nothing was changed: it is in effect already.
    Unchanged {
        /// What was seen of every group.
        report: Box<Report>,
    },
    /// It is in effect and proved.
    Proved {
        /// The plan that did it.
        plan: Uuid,
        /// What changed for each group.
        changes: Vec<Change>,
        /// What was seen of every group afterwards.
        report: Box<Report>,
    },
    /// Something got worse, or could not be looked at: the package of before came back.
    RolledBack(Box<RolledBack>),
}

/// Why a publication did not stay.
#[derive(Debug, Serialize, Deserialize)]
pub struct RolledBack {
    /// What got worse.
    pub worse: Vec<Worse>,
    /// What else went wrong, where nothing could be compared.
    #[serde(with = "whole::maybe")]
    pub failure: Option<Failure>,
    /// What keeps it from being proved that everything is as it was, where something does.
    #[serde(with = "whole::maybe")]
    pub not_back: Option<Failure>,
    /// What was seen of every group before.
    pub report: Report,
}

impl Publisher {
    /// Refuses what cannot be done before anything is borrowed, and gives back what earlier runs
    /// left behind. The value is what of that could not be given back.
    ///
    /// # Errors
    /// `ReadOnly`; `Denied { apigateway:POST }` where the authorizer may not be asked; ….
    pub async fn begin(&self) -> Result<Vec<Failure>, Failure> {
        if self.verifier.writes.is_none() {
            return Err(Failure::new(
                ErrorClass::ReadOnly,
                "publishing the authorizer",
                "this run, or this context, is read-only",
            ));
        }
        let left = self.verifier.tidy().await?;
        self.may_ask().await?;
        Ok(left)
    }

    /// Carries out what was agreed to: looks at what the deployed authorizer really decides, and
    /// goes on only where that changes what was shown. Then as [`Publisher::publish`].
    ///
    /// # Errors
    /// Nothing was changed: as [`Publisher::begin`], [`Publisher::deployed`],
    /// [`Publisher::proposed`], [`Publisher::look`] and [`Publisher::publish`].
    pub async fn carry_out(
        &self,
        agreed: &Preview,
        cancel: &CancellationToken,
        hear: &(dyn Fn(&str) + Sync),
    ) -> Result<Ended, Failure> {
        for failure in self.begin().await? {
            hear(&format!("left behind by an earlier run: {failure}"));
        }
        hear("downloading the package that is deployed");
        let deployed = self.deployed(false, agreed.wanted.repairs()).await?;
        // Refused before anything is borrowed, where it can be.
        self.proposed(&agreed.wanted, &deployed, &self.catalog())
            .await?;
        let mut remarks = Vec::new();
        let (mut now, mut ground) = self.known(&deployed)?;
        if ground == Ground::Assumed {
            hear("learning what the deployed authorizer does, by its own answers");
            let (lesson, not_given_back) = self.verifier.lesson(cancel).await?;
            for failure in not_given_back {
                hear(&failure.to_string());
            }
            remarks = lesson.in_words();
            ground = Ground::Answers {
                trials: lesson.trials,
                at: lesson.at,
            };
            now = lesson.contract;
        }
        let groups = self.groups().await?;
        hear("asking the authorizer about every group");
        let before = self.look(&groups, cancel, hear).await?;
        let publication = self
            .proposed(&agreed.wanted, &deployed, &before.catalog)
            .await?;
        let then = publication.contract.clone();
        let known = Known {
            changes: then
                .as_ref()
                .map(|then| changes(&before, then))
                .unwrap_or_default(),
            then,
            now,
            ground,
            catalog: &before.catalog,
        };
        let mut real = self
            .previewed(&agreed.wanted, &deployed, &publication, groups, known)
            .await?;
        if real.is_there {
            let report = Box::new(before.report);
            return Ok(Ended::Unchanged { report });
        }
        // Where nobody can say what it changes, nothing of it was shown.
        if real.then.is_some() && !agreed.agrees_with(&real) {
            real.warnings.splice(0..0, remarks);
            return Ok(Ended::Unlike(Box::new(real)));
        }
        let published = self.publish(&publication, &before, cancel, hear).await?;
        Ok(match published {
            Published::Proved { after } => Ended::Proved {
                plan: publication.plan.id,
                changes: changes_between(&before, &after),
                report: Box::new(after.report),
            },
            Published::RolledBack {
                worse,
                failure,
                back,
            } => Ended::RolledBack(Box::new(RolledBack {
                worse,
                failure,
                not_back: back.err(),
                report: before.report,
            })),
        })
    }
}
