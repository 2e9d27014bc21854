//! Several stories, told one after the other: whom that takes, what is borrowed for it, and the
//! telling itself.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Event, Report, Story, Teller, Telling, tidy};
use crate::{
    domain::{AuthScheme, Failure, Principal},
    plan::PlannedCall,
    probe::{Verifier, VerifyOptions, plan::borrowings},
};

/// A story with whom to tell it as.
#[derive(Clone, Debug, PartialEq)]
pub struct Tale {
    /// The story.
    pub story: Story,
    /// Whom it is told as.
    pub telling: Telling,
}

impl Tale {
    /// Which story, and as whom: `reader, group:readers by bearer`.
    pub fn words(&self) -> String {
        format!("{}, {}", self.story.name, self.telling.words())
    }
}

/// Stories in the order in which they are told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// Each with whom to tell it as.
    pub tales: Vec<Tale>,
    /// The one scheme that was asked for, where one was.
    pub scheme: Option<AuthScheme>,
    /// Whom was asked to tell them as; nobody where they say so themselves.
    pub principals: Vec<Principal>,
}

impl Program {
    /// These stories, told as these principals, else as those that they name; by one scheme only,
    /// where one is given.
    ///
    /// # Errors
    /// There is nobody to tell them as.
    pub fn of(
        stories: Vec<Story>,
        scheme: Option<AuthScheme>,
        principals: &[Principal],
    ) -> Result<Self, Failure> {
        let tales = stories.into_iter().flat_map(|story| {
            let tellings = story.tellings(scheme, principals).into_iter();
            let tales = tellings.map(move |telling| Tale {
                story: story.clone(),
                telling,
            });
            tales.collect::<Vec<_>>()
        });
        let tales: Vec<Tale> = tales.collect();
        if tales.is_empty() {
            return Err(
                Failure::invalid("telling stories", "there is nobody to tell them as")
                    .advise("name somebody else to tell them as, or leave the scheme away"),
            );
        }
        Ok(Self {
            tales,
            scheme,
            principals: principals.to_vec(),
        })
    }

    /// The stories, each once.
    pub fn stories(&self) -> Vec<&Story> {
        let mut stories: Vec<&Story> = Vec::new();
        for tale in &self.tales {
            if stories.iter().all(|known| known.name != tale.story.name) {
                stories.push(&tale.story);
            }
        }
        stories
    }

    /// Everybody that takes part, each once.
    pub fn everybody(&self) -> Vec<Principal> {
        let mut all: Vec<Principal> = Vec::new();
        for tale in &self.tales {
            for one in tale.story.principals(&tale.telling) {
                if !all.contains(&one) {
                    all.push(one);
                }
            }
        }
        all
    }

    /// The users among them, whose passwords it takes.
    pub fn users(&self) -> Vec<String> {
        let everybody = self.everybody().into_iter();
        let users = everybody.filter_map(|one| match one {
            Principal::User(user) => Some(user),
            _ => None,
        });
        users.collect()
    }

    /// What is borrowed to become them; nothing where `verifier` may not write.
    pub fn borrowed(&self, verifier: &Verifier, grant_trust: bool) -> Vec<PlannedCall> {
        if verifier.writes.is_none() {
            return Vec::new();
        }
        let options = VerifyOptions {
            grant_trust,
            ..VerifyOptions::default()
        };
        let pool = verifier.deployment.user_pool_id.as_ref();
        let pool = pool.map_or("?", |found| found.value.as_str());
        borrowings(&options, pool, &self.everybody())
    }

    /// How many of them make something of their own.
    pub fn writing(&self) -> usize {
        let writing = self.tales.iter().filter(|tale| !tale.story.only_reads());
        writing.count()
    }

    /// How many steps they have in all.
    pub fn steps(&self) -> usize {
        self.tales.iter().map(|tale| tale.story.steps.len()).sum()
    }

    /// Tells them, until all are told or it is stopped. All that happens is heard before this
    /// returns.
    ///
    /// # Errors
    /// As [`Teller::tell`].
    pub async fn tell(
        &self,
        teller: &Teller<'_>,
        cancel: &CancellationToken,
        hear: impl Fn(Event),
    ) -> Result<Vec<Report>, Failure> {
        let (events, mut heard) = mpsc::unbounded_channel();
        let forward = async {
            while let Some(event) = heard.recv().await {
                hear(event);
            }
        };
        let tell = async move {
            let mut reports = Vec::with_capacity(self.tales.len());
            for (at, tale) in self.tales.iter().enumerate() {
                if cancel.is_cancelled() {
                    break;
                }
                let _ = events.send(Event::Telling(at));
                let report = teller.tell(&tale.story, &tale.telling, &events, cancel);
                reports.push(report.await?);
            }
            Ok(reports)
        };
        let (reports, ()) = futures::join!(tell, forward);
        reports
    }
}

/// Gives back and takes away what killed processes left behind; what cannot be, as failures.
///
/// # Errors
/// The journal cannot be read.
pub async fn clear(verifier: &Verifier, grant_trust: bool) -> Result<Vec<Failure>, Failure> {
    let mut failures = verifier.tidy().await?;
    failures.extend(tidy(verifier, grant_trust).await?);
    Ok(failures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Shelf, shelf::ALL};

    fn labs(scheme: Option<AuthScheme>, principals: &[Principal]) -> Result<Program, Failure> {
        Program::of(Shelf::default().find(ALL).unwrap(), scheme, principals)
    }

    #[test]
    fn everybody_takes_part_once_whatever_is_told() {
        let program = labs(None, &[]).unwrap();
        assert_eq!((program.tales.len(), program.stories().len()), (6, 3));
        let everybody = program.everybody();
        let names: Vec<String> = everybody.iter().map(ToString::to_string).collect();
        assert_eq!(names[0], "group:admins", "who makes the scratch things");
        let mut once = names.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), names.len(), "{names:?}");
        assert!(program.users().is_empty());
        assert_eq!(program.writing(), 6);
    }

    #[test]
    fn who_has_no_requests_by_the_scheme_leaves_nobody_to_tell_them_as() {
        let reader = Principal::User("ada@example.com".to_owned());
        let told = labs(None, std::slice::from_ref(&reader)).unwrap();
        assert_eq!(told.users(), ["ada@example.com"]);
        let failure = labs(Some(AuthScheme::SigV4), &[reader]).unwrap_err();
        assert!(failure.to_string().contains("nobody"), "{failure}");
    }
}
