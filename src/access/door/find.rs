//! Looking for the doors of one role.

use std::collections::BTreeSet;

use super::{
    Door, DoorKind, House, Lead, Opening, Resident,
    allowed::{Allowed, allowed, likeliest, opening, session},
    hypothesis, spoken,
    ways::{self, Job, Way},
};
use crate::access::{Basis, Context, Estimate, PartialContext, Severity, trust};

/// The service that runs what execution roles are made for.
const SAGEMAKER: &str = "sagemaker.amazonaws.com";

/// Every door of a resident, by kind.
pub(super) fn all(house: &House, resident: &Resident) -> Vec<Door> {
    let visit = Visit::of(house, resident);
    let mut doors = visit.without_the_role();
    doors.extend(hypothesis::role_doors(&visit, &doors));
    doors
}

/// One role before the doors.
pub(super) struct Visit<'h> {
    pub house: &'h House,
    pub resident: &'h Resident,
    /// What is known of each call that a session of the role makes.
    session: PartialContext,
}

impl<'h> Visit<'h> {
    pub fn of(house: &'h House, resident: &'h Resident) -> Self {
        Self {
            house,
            resident,
            session: session(house, resident),
        }
    }

    /// The doors but those by which the role itself is changed.
    pub fn without_the_role(&self) -> Vec<Door> {
        let mut doors = self.group_doors();
        doors.extend(self.job_doors());
        doors.extend(self.studio_doors());
        doors.extend(self.artifact_doors());
        doors.extend(self.authorizer_door());
        doors.extend(self.api_door());
        doors
    }

    /// What a session of the role is allowed, or may be.
    pub fn estimate(&self, action: &str, resource: &str) -> Estimate {
        self.resident
            .policies
            .for_action(action)
            .estimate(resource, &self.session)
    }

    pub fn allowed(&self, action: &str, resource: &str) -> Option<Allowed> {
        allowed(&self.resident.policies, &self.session, action, resource)
    }

    /// All of these calls on one resource.
    fn all_allowed(&self, actions: &[&str], resource: &str) -> Option<Allowed> {
        let mut calls = actions.iter().map(|action| self.allowed(action, resource));
        let first = calls.next()??;
        calls.try_fold(first, |all, call| Some(all.and(call?)))
    }

    /// The residents who may do more than this one's holders, with what.
    fn stronger(&self) -> impl Iterator<Item = (&'h Resident, Vec<String>)> + '_ {
        self.house
            .residents
            .iter()
            .filter(|other| other.role.arn != self.resident.role.arn)
            .map(|other| {
                let gains = self.house.gains(&self.resident.reach, &other.own);
                (other, gains)
            })
            .filter(|(_, gains)| !gains.is_empty())
    }

    pub fn door(&self, kind: DoorKind, path: String, leads_to: Vec<Lead>, by: Allowed) -> Door {
        let mut leads_to = leads_to;
        leads_to.sort_by(|a, b| (b.gains.len(), &a.to).cmp(&(a.gains.len(), &b.to)));
        let severity = match (kind, by.is_certain()) {
            (DoorKind::Artifacts, true) | (_, false) => Severity::Medium,
            (_, true) => Severity::High,
        };
        Door {
            role: self.resident.role.name.clone(),
            kind,
            severity,
            path,
            leads_to,
            opened_by: by.openings,
            depends_on: by.depends_on.into_iter().collect(),
        }
    }

    /// `a notebook of ROLE`, the beginning of every path.
    pub fn whoever(&self) -> String {
        format!("a notebook of {}", spoken(&self.resident.role.name))
    }

    fn group_doors(&self) -> Vec<Door> {
        let Some(pool) = &self.house.site.pool else {
            return Vec::new();
        };
        let leads: Vec<Lead> = self
            .house
            .groups
            .iter()
            .map(|(group, reach)| Lead {
                to: format!("group:{group}"),
                gains: self.house.gains(&self.resident.reach, reach),
            })
            .filter(|lead| !lead.gains.is_empty())
            .collect();
        if leads.is_empty() {
            return Vec::new();
        }
        let resource = self
            .house
            .site
            .arn("cognito-idp", &format!("userpool/{pool}"));
        ways::GROUP
            .iter()
            .filter_map(|way| {
                let mut by = self.all_allowed(way.actions, &resource)?;
                by.depends_on.extend(way.provided.map(str::to_owned));
                Some(self.door(DoorKind::Group, self.path(way, &leads), leads.clone(), by))
            })
            .collect()
    }

    fn path(&self, way: &Way, leads: &[Lead]) -> String {
        let most = leads.iter().max_by_key(|lead| lead.gains.len());
        let (to, gains) = most.map_or(("", String::new()), |lead| {
            (after_colon(&lead.to), lead.in_words())
        });
        let does = way.does.replace("{to}", to);
        format!("{} {does}, which may do more: {gains}", self.whoever())
    }

    /// Passing a stronger role to something that runs the caller's code; or assuming it.
    fn job_doors(&self) -> Vec<Door> {
        let passing = self
            .session
            .clone()
            .with("iam:PassedToService", [SAGEMAKER]);
        let pass = self.resident.policies.for_action("iam:PassRole");
        let mut passed: Vec<(Allowed, Lead)> = Vec::new();
        let mut doors = Vec::new();
        for (other, gains) in self.stronger() {
            let lead = Lead {
                to: format!("role:{}", other.role.name),
                gains,
            };
            if let Some(by) = self.assumed(other) {
                let path = format!(
                    "{} assumes the role {}, whose trust lets it in and which may do more: {}",
                    self.whoever(),
                    spoken(&other.role.name),
                    lead.in_words()
                );
                doors.push(self.door(DoorKind::Job, path, vec![lead.clone()], by));
            }
            if !trust::lets_in_service(&other.role.trust, SAGEMAKER) {
                continue;
            }
            let estimate = pass.estimate(&other.role.arn, &passing);
            if let Some(by) = opening("iam:PassRole", &other.role.arn, estimate) {
                passed.push((by, lead));
            }
        }
        doors.extend(self.run_as(passed));
        doors
    }

    /// The door by which roles that may be passed are run.
    fn run_as(&self, passed: Vec<(Allowed, Lead)>) -> Option<Door> {
        let (pass, leads) = likeliest(passed)?;
        let started = ways::JOBS
            .iter()
            .filter_map(|job| Some((self.job(job)?, job.noun)))
            .collect();
        let (start, nouns) = likeliest(started)?;
        let most = leads.iter().max_by_key(|lead| lead.gains.len())?;
        let path = format!(
            "{} starts {} with the role {}, which may do more: {}",
            self.whoever(),
            either(&nouns),
            spoken(after_colon(&most.to)),
            most.in_words()
        );
        Some(self.door(DoorKind::Job, path, leads, pass.and(start)))
    }

    fn job(&self, job: &Job) -> Option<Allowed> {
        let mut calls = job.calls.iter().map(|(action, resource)| {
            let mut resource = (*resource).to_owned();
            if resource.contains("{domain}") {
                resource = resource.replace("{domain}", self.house.site.domain.as_ref()?);
            }
            if resource.contains("{profile}") {
                resource = resource.replace("{profile}", self.resident.found.profiles.first()?);
            }
            self.allowed(action, &self.house.site.arn("sagemaker", &resource))
        });
        let first = calls.next()??;
        calls.try_fold(first, |all, call| Some(all.and(call?)))
    }

    /// Whether the trust of another role lets a session of this one in.
    fn assumed(&self, other: &Resident) -> Option<Allowed> {
        const ASSUME: &str = "sts:AssumeRole";
        let account = &self.house.site.api.account;
        let session = format!(
            "arn:aws:sts::{account}:assumed-role/{}/SageMaker",
            self.resident.role.name
        );
        let trusted = trust::may_assume(&other.role.trust, &session, account, &Context::new());
        if !trusted.is_allow() {
            return None;
        }
        let own = self.estimate(ASSUME, &other.role.arn);
        let by_trust = Opening {
            action: ASSUME.to_owned(),
            resource: other.role.arn.clone(),
            basis: trusted.basis,
        };
        let mut by = Allowed {
            openings: vec![by_trust],
            depends_on: BTreeSet::new(),
        };
        match (&own.decision.basis, own.is_possible()) {
            (_, true) => by = by.and(opening(ASSUME, &other.role.arn, own)?),
            // A trust that names the role itself needs no right of the role's own.
            (Basis::NoStatement, false) if trusted.caveat.is_none() => {
                if self.resident.policies.has_boundary() {
                    by.depends_on.insert("the permissions boundary".to_owned());
                }
            }
            _ => return None,
        }
        Some(by)
    }

    fn studio_doors(&self) -> Vec<Door> {
        let Some(domain) = &self.house.site.domain else {
            return Vec::new();
        };
        let (mut opened, mut started) = (Vec::new(), Vec::new());
        let script = self.allowed(
            "sagemaker:CreateStudioLifecycleConfig",
            &self
                .house
                .site
                .arn("sagemaker", "studio-lifecycle-config/any"),
        );
        for (other, gains) in self.stronger() {
            for profile in &other.found.profiles {
                if self.resident.found.profiles.contains(profile) {
                    continue;
                }
                let lead = || Lead {
                    to: format!("profile:{profile}"),
                    gains: gains.clone(),
                };
                let resource = self
                    .house
                    .site
                    .arn("sagemaker", &format!("user-profile/{domain}/{profile}"));
                if let Some(by) = self.allowed("sagemaker:CreatePresignedDomainUrl", &resource) {
                    opened.push((by, lead()));
                }
                if let (Some(script), Some(by)) = (
                    &script,
                    self.allowed("sagemaker:UpdateUserProfile", &resource),
                ) {
                    started.push((script.clone().and(by), lead()));
                }
            }
        }
        let door = |found, does: &str| {
            let (by, leads): (Allowed, Vec<Lead>) = likeliest(found)?;
            let most = leads.iter().max_by_key(|lead| lead.gains.len())?;
            let path = format!(
                "{} {does} of {}, whose role may do more: {}",
                self.whoever(),
                after_colon(&most.to),
                most.in_words()
            );
            Some(self.door(DoorKind::Studio, path, leads, by))
        };
        [
            door(opened, "opens the Studio"),
            door(started, "hangs a start script into the profile"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn artifact_doors(&self) -> Vec<Door> {
        let gains = self.house.artifact_writes_beyond(&self.resident.reach);
        if gains.is_empty() {
            return Vec::new();
        }
        let mut doors = Vec::new();
        for bucket in &self.house.buckets {
            let lead = Lead {
                to: format!("bucket:{bucket}"),
                gains: gains.clone(),
            };
            let bucket = format!("arn:aws:s3:::{bucket}");
            let objects = ways::OBJECT_WRITES
                .iter()
                .map(|action| self.allowed(action, &format!("{bucket}/any")));
            let settings = ways::BUCKET_WRITES
                .iter()
                .map(|action| self.allowed(action, &bucket));
            if let Some(by) = Allowed::any(objects.chain(settings)) {
                let path = format!(
                    "{} changes what lies in {}, so that a registered model is another, and \
                     MLflow is never asked",
                    self.whoever(),
                    after_colon(&lead.to)
                );
                doors.push(self.door(DoorKind::Artifacts, path, vec![lead], by));
            }
        }
        doors
    }

    fn authorizer_door(&self) -> Option<Door> {
        if self.resident.reach.is_everything() {
            return None;
        }
        // Where the function is not known, a right on any of them is still seen.
        let any = self.house.site.arn("lambda", "function:any");
        let function = self.house.site.authorizer_function.as_ref();
        let function = function.unwrap_or(&any);
        let calls = ways::FUNCTION_WRITES
            .iter()
            .map(|action| self.allowed(action, function));
        let by = Allowed::any(calls)?;
        let path = format!(
            "{} puts its own code into the authorizer, which then lets in whom it likes",
            self.whoever()
        );
        Some(self.door(DoorKind::Authorizer, path, vec![self.whole_api()], by))
    }

    /// Changing a method or the authorizer, or the API's whole definition, and deploying it.
    fn api_door(&self) -> Option<Door> {
        let (id, region) = (&self.house.site.api.id, &self.house.site.api.region);
        if id == "*" || self.resident.reach.is_everything() {
            return None;
        }
        let arn = |rest: &str| format!("arn:aws:apigateway:{region}::/restapis/{id}{rest}");
        let change = Allowed::any([
            self.allowed("apigateway:PATCH", &arn("/resources/any/methods/ANY")),
            self.allowed("apigateway:PUT", &arn("/resources/any/methods/ANY")),
            self.allowed("apigateway:PATCH", &arn("/authorizers/any")),
            self.allowed("apigateway:PUT", &arn("")),
        ])?;
        let deploy = self.allowed("apigateway:POST", &arn("/deployments"))?;
        let path = format!(
            "{} takes the authorization off the API's methods and deploys it",
            self.whoever()
        );
        let by = change.and(deploy);
        Some(self.door(DoorKind::Api, path, vec![self.whole_api()], by))
    }

    fn whole_api(&self) -> Lead {
        Lead {
            to: format!("api:{}", self.house.site.api.id),
            gains: vec!["*".to_owned()],
        }
    }
}

/// `a`, `a or b`, `a, b or c`; of many the first three.
fn either(nouns: &[&str]) -> String {
    match nouns {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, second, third, _, ..] => {
            format!("{first}, {second}, {third} or another of {}", nouns.len())
        }
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

/// What stands after the kind of something: the name.
fn after_colon(text: &str) -> &str {
    text.split_once(':').map_or(text, |(_, name)| name)
}

#[cfg(test)]
mod tests;
