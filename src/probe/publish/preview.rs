//! What a publication would change, known before anything is borrowed for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Change, Deployed, Past, Publication, Publisher, judge::changes_of};
use crate::{
    access::{
        Catalog, Contract,
        pairs::{Shift, shifts},
    },
    domain::{AuthScheme, Failure, Principal},
    plan::{Place, PlannedCall, package::Package},
    probe::{
        Lesson, VerifyOptions,
        in_effect::{Ground, fallback},
        plan::{borrowings, learning},
    },
};

/// The most pairs of groups that are told one by one.
const NAMED: usize = 12;

/// What is to be put into effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// What the matrix declares.
    Declared,
    /// A package of before, by its version or by how its hash begins.
    Package(String),
    /// What a publication of the journal replaced, by its plan.
    Before(Uuid),
}

impl Wanted {
    /// Whether it may take the place of a package whose update failed.
    pub(super) fn repairs(&self) -> bool {
        *self != Self::Declared
    }
}

/// A package, as people call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its SHA-256.
    pub sha256: String,
    /// Its version at AWS; none where AWS keeps none.
    pub version: Option<String>,
    /// What it is: the drop-in, or somebody's own.
    pub shape: String,
    /// When it was deployed or kept, where that is known.
    pub at: Option<Timestamp>,
}

impl Named {
    /// `version 3 (q1w2e3r4t5y6), the drop-in authorizer`.
    pub fn in_words(&self) -> String {
        let hash: String = self.sha256.chars().take(12).collect();
        match &self.version {
            Some(version) => format!("version {version} ({hash}), {}", self.shape),
            None => format!("{hash}, {}", self.shape),
        }
    }
}

/// What a publication would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// What is to be put into effect.
    pub wanted: Wanted,
    /// The function's name.
    pub function: String,
    /// The package that is there.
    pub from: Named,
    /// The package that is to be there.
    pub to: Named,
    /// Every group of the pool.
    pub groups: Vec<String>,
    /// What the package that is there decides by, and how that is known.
    pub now: Contract,
    /// How that is known.
    pub ground: Ground,
    /// What the other one decides by; none where that shows only once it is there.
    pub then: Option<Contract>,
    /// What changes for each group.
    pub changes: Vec<Change>,
    /// What changes for somebody in two groups.
    pub pairs: Vec<Shift>,
    /// What was learned of the authorizer, and what must be known beside the calls.
    pub warnings: Vec<String>,
    /// The calls that change something, and what each does.
    pub calls: Vec<(String, String)>,
    /// Whether the package is there already, and nothing is to be done.
    pub is_there: bool,
}

impl Preview {
    /// Whether it says of the same packages that they change the same.
    pub fn agrees_with(&self, other: &Self) -> bool {
        (&self.from.sha256, &self.to.sha256) == (&other.from.sha256, &other.to.sha256)
            && (&self.changes, &self.pairs) == (&other.changes, &other.pairs)
    }
}

/// Where the rules decide otherwise for somebody in two groups, one sentence each.
pub fn pairs_in_words(pairs: &[Shift]) -> Vec<String> {
    let words = pairs.iter().take(NAMED).map(|shift| {
        let [one, other] = &shift.groups;
        format!(
            "who is in {one} and {other} gains {} routes and loses {}",
            shift.gains, shift.loses
        )
    });
    let mut words: Vec<String> = words.collect();
    if pairs.len() > NAMED {
        words.push(format!(
            "and {} more pairs of groups change",
            pairs.len() - NAMED
        ));
    }
    words
}

impl Publisher {
    /// What is wanted in place of what is deployed.
    ///
    /// # Errors
    /// As [`Publisher::publication`], [`Publisher::restoration`] and [`Publisher::undoing`].
    pub async fn proposed(
        &self,
        wanted: &Wanted,
        deployed: &Deployed,
        catalog: &Catalog,
    ) -> Result<Publication, Failure> {
        match wanted {
            Wanted::Declared => self.publication(deployed, catalog),
            Wanted::Package(name) => {
                let history = self.history(&deployed.function.arn).await?;
                let past = self.meant(&history, name)?;
                self.restoration(deployed, past).await
            }
            Wanted::Before(plan) => {
                let record = self.verifier.journal.find_plan(&plan.to_string())?;
                let here = Place::of(&self.verifier.deployment);
                record.plan.place.check(&here)?;
                self.undoing(deployed, &record).await
            }
        }
    }

    /// What a publication would change. Nothing is borrowed, so the routes are those of the
    /// version that is known, and somebody's own package decides as it did when it was asked
    /// last, or as the sample's.
    ///
    /// # Errors
    /// As [`Publisher::deployed`] and [`Publisher::proposed`]; the groups cannot be read.
    pub async fn preview(&self, wanted: &Wanted) -> Result<Preview, Failure> {
        let catalog = self.catalog();
        let deployed = self.deployed(true, wanted.repairs()).await?;
        let publication = self.proposed(wanted, &deployed, &catalog).await?;
        let groups = self.groups().await?;
        let (now, ground) = self.known(&deployed)?;
        let then = match &publication.contract {
            Some(contract) => Some(contract.clone()),
            None => self.learned(&publication.after)?.map(|(rules, _)| rules),
        };
        let changes = then
            .as_ref()
            .map(|then| changes_of(&now, then, &groups, &catalog))
            .unwrap_or_default();
        let known = Known {
            now,
            ground,
            then,
            changes,
            catalog: &catalog,
        };
        self.previewed(wanted, &deployed, &publication, groups, known)
            .await
    }

    /// Puts a preview together from what is known.
    pub(super) async fn previewed(
        &self,
        wanted: &Wanted,
        deployed: &Deployed,
        publication: &Publication,
        groups: Vec<String>,
        known: Known<'_>,
    ) -> Result<Preview, Failure> {
        let Known {
            now,
            ground,
            then,
            changes,
            catalog,
        } = known;
        let history = self.history(&publication.function).await?;
        let named = |sha256: &str, package: Option<Package>| {
            named(&history, sha256, package.as_ref().map(Package::shape))
        };
        let pairs = then
            .as_ref()
            .map(|then| shifts(&now, then, &groups, catalog))
            .unwrap_or_default();
        let calls = self.calls(deployed, publication, &groups)?;
        Ok(Preview {
            wanted: wanted.clone(),
            function: deployed.function.name.clone(),
            from: named(&publication.before, deployed.package().ok()),
            to: named(&publication.after, publication.package(deployed)),
            warnings: self.warnings(deployed, &groups),
            calls: calls
                .into_iter()
                .map(|call| (call.call, call.does))
                .collect(),
            is_there: publication.is_there() && deployed.is_settled(),
            groups,
            now,
            ground,
            then,
            changes,
            pairs,
        })
    }

    /// The routes of the version that is known before anything is asked.
    pub fn catalog(&self) -> Catalog {
        Catalog::of(&self.verifier.deployment)
    }

    /// What the deployed package decides by, by what it holds, else by what was learned of it.
    pub(super) fn known(&self, deployed: &Deployed) -> Result<(Contract, Ground), Failure> {
        if let Some(rules) = deployed.package().ok().and_then(|one| one.contract()) {
            return Ok((rules, Ground::Package));
        }
        let learned = self.learned(&deployed.function.code_sha256)?;
        Ok(learned.unwrap_or_else(|| (fallback(), Ground::Assumed)))
    }

    fn learned(&self, sha256: &str) -> Result<Option<(Contract, Ground)>, Failure> {
        let lesson = Lesson::read(self.packages.state(), &self.verifier.deployment, sha256)?;
        Ok(lesson.map(|lesson| {
            let (trials, at) = (lesson.trials, lesson.at);
            (lesson.contract, Ground::Answers { trials, at })
        }))
    }

    /// What must be known beside the calls.
    pub fn warnings(&self, deployed: &Deployed, groups: &[String]) -> Vec<String> {
        let mut warnings = deployed.warnings();
        let declared = self.verifier.matrix.groups();
        for group in groups {
            if !declared.contains(&group.as_str()) {
                warnings.push(format!(
                    "the group {group} stands in no row of the matrix: its members may do nothing"
                ));
            }
        }
        for group in declared {
            if !groups.iter().any(|known| known == group) {
                warnings.push(format!(
                    "the pool has no group {group}, which the matrix names"
                ));
            }
        }
        warnings
    }

    /// The calls that change something: what is borrowed to learn and to prove it, then the plan's.
    ///
    /// # Errors
    /// What was learned of the package cannot be read.
    pub fn calls(
        &self,
        deployed: &Deployed,
        publication: &Publication,
        groups: &[String],
    ) -> Result<Vec<PlannedCall>, Failure> {
        let options = VerifyOptions {
            scheme: Some(AuthScheme::Bearer),
            ..VerifyOptions::default()
        };
        let principals: Vec<Principal> = groups.iter().cloned().map(Principal::Group).collect();
        let pool = self.verifier.deployment.user_pool_id.as_ref();
        let pool = pool.map_or("?", |found| found.value.as_str());
        let mut calls = Vec::new();
        if self.known(deployed)?.1 == Ground::Assumed {
            calls.push(learning(pool));
        }
        calls.extend(borrowings(&options, pool, &principals));
        if !publication.is_there() {
            calls.extend(publication.plan.calls());
        }
        Ok(calls)
    }
}

/// What a preview is put together from.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub now: Contract,
    pub ground: Ground,
    pub then: Option<Contract>,
    pub changes: Vec<Change>,
    pub catalog: &'a Catalog,
}

fn named(history: &[Past], sha256: &str, shape: Option<String>) -> Named {
    let past = history.iter().find(|past| past.sha256 == sha256);
    Named {
        sha256: sha256.to_owned(),
        version: past.and_then(|past| past.versions.first().cloned()),
        shape: shape.unwrap_or_else(|| "a package of another shape".to_owned()),
        at: past.and_then(|past| past.at),
    }
}
