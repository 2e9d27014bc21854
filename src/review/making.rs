//! Makes a pack: everybody, a verify, what an admin should act on. What is borrowed for it, the
//! verify borrows and gives back; nothing is written here.

use jiff::Timestamp;
use serde_json::json;

use super::{Declared, Material, Run, Scope, Sealed, digest, group_sets};
use crate::{
    access::{Finding, finding},
    domain::{ErrorClass, Failure, Person, Principal},
    plan::{PlannedCall, survey::Survey},
    probe::{
        Report, Verifier, VerifyOptions,
        audit::{Audit, Auditor, Inhabitants, Terms},
        plan::borrowings,
    },
};

/// How many sets of groups are tested besides the groups themselves.
const SETS: usize = 25;

/// Who makes a pack, and of what.
#[derive(Clone, Debug)]
pub struct Maker {
    /// Who looks.
    pub auditor: Auditor,
    /// Who tests.
    pub verifier: Verifier,
    /// What findings depend on.
    pub terms: Terms,
    /// The context's name.
    pub context: String,
    /// Where the matrix comes from; none where it is what the sample's text promises.
    pub source: Option<String>,
}

/// What is wanted of a pack.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Whose access; everybody's where nobody is named.
    pub principals: Vec<Principal>,
    /// How to test.
    pub options: VerifyOptions,
}

/// A pack that is ready to be tested for.
#[derive(Clone, Debug)]
pub struct Ready {
    /// How to test: with whom, and whether at all.
    pub options: VerifyOptions,
    inhabitants: Inhabitants,
    people: Vec<Person>,
    limits: Vec<String>,
    started_at: Timestamp,
}

/// A pack.
#[derive(Debug)]
pub struct Made {
    /// The pack with its digests.
    pub sealed: Sealed,
    /// What was borrowed and could not be given back.
    pub not_given_back: Vec<Failure>,
    /// What could not be looked at.
    pub lost: Vec<String>,
}

impl Made {
    /// Whether nothing is missing in it, and nothing was left behind.
    pub fn is_whole(&self) -> bool {
        self.lost.is_empty() && self.not_given_back.is_empty()
    }
}

impl Ready {
    /// The calls that testing changes something with.
    pub fn calls(&self, maker: &Maker) -> Vec<PlannedCall> {
        let pool = maker.auditor.deployment.user_pool_id.as_ref();
        let pool = pool.map_or("?", |found| found.value.as_str());
        borrowings(&self.options, pool, &self.options.principals)
    }
}

impl Maker {
    /// Reads everybody, and says whose access is to be tested. Without the right to borrow there
    /// is nobody to be: all of it is predicted then.
    ///
    /// # Errors
    /// The pool cannot be read: without users there is no review.
    pub async fn ready(&self, wishes: Wishes) -> Result<Ready, Failure> {
        let started_at = Timestamp::now();
        let inhabitants = self.auditor.inhabitants(&self.terms).await;
        let people = self.people(&inhabitants)?;
        let mut limits = Vec::new();
        let principals = if wishes.principals.is_empty() {
            let groups = inhabitants.pool.iter().flat_map(Survey::group_names);
            self.everyone(groups, &people, &mut limits)
        } else {
            limits.push(
                "only who was named was tested: not every access level is in here".to_owned(),
            );
            wishes.principals
        };
        let predicted_only = wishes.options.predicted_only || self.verifier.writes.is_none();
        Ok(Ready {
            options: VerifyOptions {
                principals,
                predicted_only,
                ..wishes.options
            },
            inhabitants,
            people,
            limits,
            started_at,
        })
    }

    /// Everybody, with what does not fit together.
    fn people(&self, inhabitants: &Inhabitants) -> Result<Vec<Person>, Failure> {
        let auditor = &self.auditor;
        let mut people = inhabitants.people(&self.terms.rule)?;
        if inhabitants.has_profiles() {
            let roles = auditor.deployment.roles();
            finding::judge_roles(&mut people, &auditor.matrix, &auditor.contract, roles);
        }
        Ok(people)
    }

    /// Whose access is looked at where nobody is named: everyone of these groups and the roles,
    /// and the sets of groups that most people have.
    fn everyone(
        &self,
        groups: impl Iterator<Item = String>,
        people: &[Person],
        limits: &mut Vec<String>,
    ) -> Vec<Principal> {
        let mut principals = self.verifier.everyone_in(groups);
        let (sets, left) = group_sets(people, SETS);
        if left > 0 {
            limits.push(format!(
                "of the sets of groups that people have, {left} were not tested: the {SETS} that \
                 most people have were"
            ));
        }
        principals.extend(sets);
        principals.sort();
        principals
    }

    /// The pack, by what was tested.
    ///
    /// # Errors
    /// `Unavailable` where it was to be tested and not one request was decided.
    pub async fn pack(&self, ready: Ready, report: Report) -> Result<Made, Failure> {
        let Ready {
            options,
            inhabitants,
            people,
            mut limits,
            started_at,
        } = ready;
        let live = !options.predicted_only;
        if live && !is_tested(&report) {
            return Err(nothing_tested(&report));
        }
        let now = Timestamp::now();
        let look = self.auditor.everything_of(&inhabitants, &self.terms, now);
        let audit = Box::pin(look).await;
        let lost: Vec<String> = audit
            .not_looked_at
            .iter()
            .map(ToString::to_string)
            .collect();
        let findings = findings(&report, audit);
        limits.splice(0..0, lost.iter().cloned());
        let mut scope = Scope::of(&self.context, &self.auditor.deployment);
        scope.mlflow_version.clone_from(&report.mlflow_version);
        let caller = self.auditor.deployment.caller_arn.as_ref();
        let material = Material {
            scope,
            run: Run {
                tool: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                by: caller.map(|arn| arn.value.clone()),
                started_at,
                finished_at: Timestamp::now(),
                live,
                principals: options.principals,
                declared: self.declared(),
                summary: report.summary,
            },
            people: &people,
            contract: &self.auditor.contract,
            roles: self.auditor.deployment.roles(),
            report: &report,
            findings: &findings,
            limits,
        };
        let sealed = material.pack().seal()?;
        Ok(Made {
            sealed,
            not_given_back: report.not_given_back,
            lost,
        })
    }

    /// Which matrix it is, and what it says.
    fn declared(&self) -> Declared {
        let source = self.source.clone();
        Declared {
            source: source.unwrap_or_else(|| "what the sample's text promises".to_owned()),
            sha256: digest::sha256(&json!(self.auditor.matrix)),
        }
    }
}

/// What the verify says, and what else an admin should act on; each once.
fn findings(report: &Report, audit: Audit) -> Vec<Finding> {
    let mut findings = report.findings.clone();
    for finding in audit.findings {
        let print = finding.fingerprint();
        if !findings.iter().any(|known| known.fingerprint() == print) {
            findings.push(finding);
        }
    }
    findings
}

/// Whether a single request was decided.
fn is_tested(report: &Report) -> bool {
    let summary = &report.summary;
    summary.ok + summary.over_granted + summary.under_granted > 0
}

fn nothing_tested(report: &Report) -> Failure {
    let why = report
        .cells
        .first()
        .map_or("there is nothing to test", |cell| cell.reason.as_str());
    Failure::new(ErrorClass::Unavailable, "testing for the review", why)
        .advise("see `mlwarden doctor`, or make the review with --predicted-only")
}
