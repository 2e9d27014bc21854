//! The matrix put into effect for groups, written down as it is deployed, and reviewed.

use std::path::Path;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    jobs::observed,
    world::{World, nowhere},
};
use crate::{
    app::{
        effect::ReviewWish,
        event_loop::expand,
        job::JobId,
        message::{News, Packed},
        remote::Ticket,
    },
    config::MatrixFile,
    domain::{ErrorClass, Failure, Prices},
    probe::{
        self, Publisher, VerifyOptions,
        adopt::Adoption,
        audit::{Auditor, Terms},
        publish::{Ended, Preview, Wanted},
    },
    review::{Maker, Wishes, files, writing},
};

impl World {
    /// Looks up what putting a package into effect would change.
    pub fn foresee(&mut self, ticket: Ticket, wanted: Wanted) {
        let publisher = match self.verifier() {
            Ok(verifier) => Publisher::new(verifier),
            Err(failure) => return self.tell(News::Foreseen(ticket, Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let preview = Box::pin(publisher.preview(&wanted)).await;
            tell(News::Foreseen(ticket, preview.map(Box::new)));
        });
    }

    /// Looks up which packages can come back.
    pub fn packages(&mut self, ticket: Ticket) {
        let publisher = match self.verifier() {
            Ok(verifier) => Publisher::new(verifier),
            Err(failure) => return self.tell(News::Packages(ticket, Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let past = async {
                let deployed = publisher.deployed(true, true).await?;
                publisher.history(&deployed.function.arn).await
            };
            tell(News::Packages(ticket, Box::pin(past).await));
        });
    }

    /// Puts a package into effect and proves it. The task ends when what was borrowed is given
    /// back.
    pub fn publish(&mut self, job: JobId, agreed: Box<Preview>) -> Option<JoinHandle<()>> {
        let (tell, cancel) = (self.teller(), self.token(job));
        let publisher = match self.verifier() {
            Ok(verifier) => Publisher::new(verifier),
            Err(failure) => {
                tell(News::Published(job, Err(failure)));
                return None;
            }
        };
        Some(tokio::spawn(async move {
            let hear = |stage: &str| tell(News::Stage(job, stage.to_owned()));
            let ended: Result<Ended, Failure> =
                Box::pin(publisher.carry_out(&agreed, &cancel, &hear)).await;
            tell(News::Published(job, ended.map(Box::new)));
        }))
    }

    /// Finds out what is deployed.
    pub fn adopt(&mut self, job: JobId, file: Box<MatrixFile>) -> Option<JoinHandle<()>> {
        let (tell, cancel) = (self.teller(), self.token(job));
        let verifier = match self.verifier() {
            Ok(verifier) => verifier,
            Err(failure) => {
                tell(News::Adopted(job, Err(failure)));
                return None;
            }
        };
        Some(tokio::spawn(async move {
            let stage = |stage: &str| tell(News::Stage(job, stage.to_owned()));
            let adopted = async {
                stage("learning what the authorizer does with groups");
                let found = verifier.in_effect().await;
                let learnt = verifier.learnt(found, true, &cancel).await?;
                stage("reading what the roles' policies say");
                let declared = file.matrix()?;
                let name = file.name();
                let adopt = verifier.adopt(&learnt, &declared, &file.text, &name);
                let adoption = cancel
                    .run_until_cancelled(adopt)
                    .await
                    .unwrap_or_else(stopped)?;
                let lost = learnt.not_given_back.iter().map(ToString::to_string);
                let unknown = learnt
                    .failure
                    .map(|failure| format!("the groups are taken to be the sample's: {failure}"));
                Ok::<_, Failure>(Adoption {
                    remarks: unknown
                        .into_iter()
                        .chain(lost)
                        .chain(adoption.remarks)
                        .collect(),
                    ..adoption
                })
            };
            let adopted = Box::pin(adopted).await;
            tell(News::Adopted(job, adopted.map(Box::new)));
        }))
    }

    /// Makes a review pack and writes it. The task ends when what was borrowed is given back.
    pub fn review(&mut self, job: JobId, wish: Box<ReviewWish>) -> Option<JoinHandle<()>> {
        let (tell, cancel) = (self.teller(), self.token(job));
        let ready = self.reviewer(&wish);
        let reviewer = match ready {
            Ok(ready) => ready,
            Err(failure) => {
                tell(News::Reviewed(job, Err(failure)));
                return None;
            }
        };
        Some(tokio::spawn(async move {
            let tell_stage = tell.clone();
            let stage = move |stage: String| tell_stage(News::Stage(job, stage));
            let packed = Box::pin(reviewer.make(&wish, cancel, stage)).await;
            tell(News::Reviewed(job, packed.map(Box::new)));
        }))
    }

    fn reviewer(&mut self, wish: &ReviewWish) -> Result<Reviewer, Failure> {
        self.forget_rules();
        let verifier = self.verifier()?;
        let rules = self.rules_reader()?;
        let place = self.place.as_ref().ok_or_else(nowhere)?;
        let label = &place.label;
        let region = self.deployment.region.as_ref();
        let region = region.map_or("", |found| &found.value);
        Ok(Reviewer {
            rules,
            context: label.context.clone(),
            source: wish.source.clone(),
            terms: Terms {
                rule: label.rule.clone(),
                prices: Prices::of(region, &label.prices),
                policies: label.cleanup.clone(),
            },
            verifier,
        })
    }
}

/// Makes a review pack.
struct Reviewer {
    rules: super::rules::RulesReader,
    verifier: probe::Verifier,
    terms: Terms,
    context: String,
    source: Option<String>,
}

impl Reviewer {
    async fn make(
        self,
        wish: &ReviewWish,
        cancel: CancellationToken,
        stage: impl Fn(String) + Send + Sync,
    ) -> Result<Packed, Failure> {
        let folder = expand(&wish.folder);
        writing::must_be_free(&folder)?;
        stage("reading people and what they have".to_owned());
        let maker = Maker {
            auditor: Auditor {
                cloud: self.verifier.cloud.clone(),
                deployment: self.verifier.deployment.clone(),
                matrix: self.verifier.matrix.clone(),
                contract: self.rules.read().await.contract,
            },
            verifier: self.verifier,
            terms: self.terms,
            context: self.context,
            source: self.source,
        };
        let wishes = Wishes {
            options: VerifyOptions {
                predicted_only: !wish.live,
                grant_trust: wish.grant_trust,
                ..VerifyOptions::default()
            },
            ..Wishes::default()
        };
        let ready = cancel.run_until_cancelled(maker.ready(wishes));
        let ready = ready.await.unwrap_or_else(stopped)?;
        let live = !ready.options.predicted_only;
        stage(if live {
            "testing live".to_owned()
        } else {
            "predicting".to_owned()
        });
        let options = ready.options.clone();
        let report = observed(&maker.verifier, options, cancel.clone(), |_| {}).await?;
        if report.cancelled {
            return stopped();
        }
        stage("looking for what an admin should act on".to_owned());
        let pack = cancel.run_until_cancelled(maker.pack(ready, report));
        let made = pack.await.unwrap_or_else(stopped)?;
        stage(format!("writing {}", folder.display()));
        written(&folder, &made, live)
    }
}

/// Writes the files of a pack.
fn written(folder: &Path, made: &crate::review::Made, live: bool) -> Result<Packed, Failure> {
    let sealed = &made.sealed;
    writing::folder(folder, &files::all(sealed)?)?;
    let lost = made.not_given_back.iter().map(ToString::to_string);
    Ok(Packed {
        folder: folder.display().to_string(),
        digest: sealed.digests.all.clone(),
        counts: [
            sealed.pack.people.len(),
            sealed.pack.access.len(),
            sealed.pack.side_doors.len(),
            sealed.pack.findings.len(),
        ],
        lost: lost.chain(made.lost.iter().cloned()).collect(),
        live,
    })
}

fn stopped<T>() -> Result<T, Failure> {
    Err(Failure::new(
        ErrorClass::Cancelled,
        "looking at what is deployed",
        "it was stopped",
    ))
}
