//! Findings about execution roles: their trust, their policies, and the side doors in them.

use super::{Finding, Severity, listed};
use crate::{
    access::{
        policy::{AccessRequest, Context, PolicyFault, PolicySet},
        trust,
    },
    domain::{ExecutionRole, Role},
};

/// A role that others than SageMaker may assume, or that still has a temporary statement of
/// the console's.
pub fn trust_widened(role: &Role) -> Option<Finding> {
    let evidence = trust::widened(&role.trust);
    (!evidence.is_empty()).then(|| Finding {
        id: "trust-widened".to_owned(),
        severity: Severity::High,
        subject: format!("role:{}", role.name),
        title: format!(
            "{} may be assumed by others than SageMaker: {}",
            role.name,
            trust::in_words(&role.trust)
        ),
        evidence,
        remedy: "remove every trust statement but the one for sagemaker.amazonaws.com".to_owned(),
    })
}

/// Statements that AWS would refuse or that cannot be evaluated, of one principal's policies.
pub fn unusable_policies(subject: &str, faults: &[PolicyFault]) -> Option<Finding> {
    (!faults.is_empty()).then(|| Finding {
        id: "unusable-policy".to_owned(),
        severity: Severity::Medium,
        subject: subject.to_owned(),
        title: format!("part of the policies of {subject} cannot be used as it is"),
        evidence: listed(faults.iter().map(|fault| match fault.statement {
            Some(index) => format!(
                "{}, statement {}: {}",
                fault.policy,
                index + 1,
                fault.message
            ),
            None => format!("{}: {}", fault.policy, fault.message),
        })),
        remedy: "correct the statements; until then predictions take their denies at the worst \
                 and ignore their allows"
            .to_owned(),
    })
}

/// What the side doors lead to. What is not known is not evaluated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Doors<'a> {
    /// The account id.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// The user pool's id.
    pub user_pool_id: Option<&'a str>,
    /// The Studio domain's id.
    pub domain_id: Option<&'a str>,
    /// The bucket with MLflow's artifacts.
    pub artifact_bucket: Option<&'a str>,
    /// The execution roles, with the profiles that use them.
    pub roles: &'a [ExecutionRole],
}

/// The ways around the matrix that a role's policies leave open by their text: joining a
/// group, running as another role, opening another's Studio, writing artifacts directly.
/// Evaluated only, never exercised. Leave out roles that may do everything anyway.
pub fn side_doors(role: &ExecutionRole, policies: &PolicySet, doors: &Doors<'_>) -> Vec<Finding> {
    let house = House {
        role,
        policies,
        doors,
    };
    [
        house.group_door(),
        house.job_door(),
        house.studio_door(),
        house.artifact_door(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One role before the doors.
struct House<'a> {
    role: &'a ExecutionRole,
    policies: &'a PolicySet,
    doors: &'a Doors<'a>,
}

impl House<'_> {
    fn group_door(&self) -> Option<Finding> {
        let pool = self.doors.user_pool_id?;
        let resource = self.arn("cognito-idp", &format!("userpool/{pool}"));
        let open = self.allows(
            "cognito-idp:AdminAddUserToGroup",
            &resource,
            &Context::new(),
        )?;
        self.open(
            "side-door-group",
            Severity::High,
            "may put anyone into any group, also into admins",
            vec![open],
            "deny cognito-idp:Admin* to the role for this user pool",
        )
    }

    /// Two rights together: handing another role to SageMaker, and starting a job.
    fn job_door(&self) -> Option<Finding> {
        let to_sagemaker = Context::new().with("iam:PassedToService", ["sagemaker.amazonaws.com"]);
        let passes: Vec<String> = self
            .others()
            .filter_map(|other| self.allows("iam:PassRole", &other.arn, &to_sagemaker))
            .collect();
        let runs: Vec<String> = [
            ("sagemaker:CreateTrainingJob", "training-job/any"),
            ("sagemaker:CreateProcessingJob", "processing-job/any"),
        ]
        .iter()
        .filter_map(|(action, job)| {
            self.allows(action, &self.arn("sagemaker", job), &Context::new())
        })
        .collect();
        if passes.is_empty() || runs.is_empty() {
            return None;
        }
        self.open(
            "side-door-job",
            Severity::High,
            "may run a job as another execution role, also as the admins'",
            passes.into_iter().chain(runs).collect(),
            "allow iam:PassRole to SageMaker for the role itself only",
        )
    }

    fn studio_door(&self) -> Option<Finding> {
        let domain = self.doors.domain_id?;
        let opens = self
            .others()
            .flat_map(|other| &other.profiles)
            .filter(|profile| !self.role.profiles.contains(profile))
            .filter_map(|profile| {
                let resource = self.arn("sagemaker", &format!("user-profile/{domain}/{profile}"));
                self.allows(
                    "sagemaker:CreatePresignedDomainUrl",
                    &resource,
                    &Context::new(),
                )
            })
            .collect();
        self.open(
            "side-door-studio",
            Severity::High,
            "may open another profile's Studio, and with it another role",
            opens,
            "deny sagemaker:CreatePresignedDomainUrl to execution roles",
        )
    }

    fn artifact_door(&self) -> Option<Finding> {
        let bucket = self.doors.artifact_bucket?;
        let resource = format!("arn:aws:s3:::{bucket}/any");
        let writes = ["s3:PutObject", "s3:DeleteObject"]
            .iter()
            .filter_map(|action| self.allows(action, &resource, &Context::new()))
            .collect();
        self.open(
            "side-door-artifacts",
            Severity::Medium,
            "may change MLflow's artifacts in their bucket, past the API",
            writes,
            "let only MLflow's own role write to the artifact bucket",
        )
    }

    fn others(&self) -> impl Iterator<Item = &ExecutionRole> {
        self.doors
            .roles
            .iter()
            .filter(|other| other.arn != self.role.arn)
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let Doors {
            region, account, ..
        } = self.doors;
        format!("arn:aws:{service}:{region}:{account}:{resource}")
    }

    /// The evidence, where the role's policies allow it.
    fn allows(&self, action: &str, resource: &str, context: &Context) -> Option<String> {
        let decision = self.policies.evaluate(&AccessRequest {
            action,
            resource,
            context,
        });
        decision
            .is_allow()
            .then(|| format!("{action} on {resource}: {}", decision.explain()))
    }

    fn open(
        &self,
        id: &str,
        severity: Severity,
        what: &str,
        evidence: Vec<String>,
        remedy: &str,
    ) -> Option<Finding> {
        (!evidence.is_empty()).then(|| Finding {
            id: id.to_owned(),
            severity,
            subject: format!("role:{}", self.role.name),
            title: format!("{} {what}", self.role.name),
            evidence: listed(evidence),
            remedy: remedy.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::PolicyText;

    /// The parts of `AmazonSageMakerFullAccess` that matter here, as AWS words them.
    const FULL_ACCESS: &str = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"AllowAllNonAdminSageMakerActions","Effect":"Allow","Action":["sagemaker:*"],
         "NotResource":["arn:aws:sagemaker:*:*:domain/*","arn:aws:sagemaker:*:*:user-profile/*","arn:aws:sagemaker:*:*:app/*"]},
        {"Sid":"AllowStudioActions","Effect":"Allow","Action":["sagemaker:CreatePresignedDomainUrl"],"Resource":"*"},
        {"Sid":"AllowAWSServiceActions","Effect":"Allow","Action":["cognito-idp:AdminAddUserToGroup"],"Resource":"*"},
        {"Sid":"AllowPassRoleToSageMaker","Effect":"Allow","Action":["iam:PassRole"],"Resource":"arn:aws:iam::*:role/*",
         "Condition":{"StringEquals":{"iam:PassedToService":["sagemaker.amazonaws.com"]}}}]}"#;

    fn role(name: &str) -> ExecutionRole {
        ExecutionRole {
            name: name.to_owned(),
            arn: format!("arn:aws:iam::123456789012:role/{name}"),
            profiles: vec![format!("mlflow-{name}")],
        }
    }

    fn found(documents: &[&str]) -> Vec<String> {
        let texts: Vec<PolicyText<'_>> = documents
            .iter()
            .map(|document| PolicyText {
                label: "p",
                document,
            })
            .collect();
        let roles = [role("reader"), role("admin")];
        let doors = Doors {
            account: "123456789012",
            region: "us-west-2",
            user_pool_id: Some("us-west-2_x"),
            domain_id: Some("d-1"),
            artifact_bucket: Some("artifacts"),
            roles: &roles,
        };
        side_doors(&roles[0], &PolicySet::compile(&texts, None), &doors)
            .into_iter()
            .map(|finding| finding.id)
            .collect()
    }

    #[test]
    fn the_managed_policy_leaves_three_doors_open() {
        assert_eq!(
            found(&[FULL_ACCESS]),
            ["side-door-group", "side-door-job", "side-door-studio"]
        );
    }

    #[test]
    fn a_deny_closes_a_door_and_a_bucket_policy_opens_another() {
        let deny = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Deny","Action":["cognito-idp:*","sagemaker:CreatePresignedDomainUrl"],"Resource":"*"},
            {"Effect":"Deny","Action":"iam:PassRole","NotResource":"arn:aws:iam::123456789012:role/reader"},
            {"Effect":"Allow","Action":["s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::*"}]}"#;
        assert_eq!(found(&[FULL_ACCESS, deny]), ["side-door-artifacts"]);
    }

    #[test]
    fn without_policies_there_is_no_door() {
        assert_eq!(found(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_widened_trust_is_high_and_the_samples_is_none() {
        let sample = |trust: &str| Role {
            name: "reader".into(),
            arn: "arn".into(),
            trust: trust.into(),
            policies: Vec::new(),
        };
        let plain = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
        assert_eq!(trust_widened(&sample(plain)), None);
        let open = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}"#;
        let finding = trust_widened(&sample(open)).unwrap();
        assert_eq!(finding.severity, Severity::High);
        assert_eq!(finding.evidence, ["it lets in account 123456789012"]);
    }

    #[test]
    fn an_unusable_statement_is_named_by_policy_and_place() {
        let set = PolicySet::compile(
            &[PolicyText {
                label: "restApiReader",
                document: r#"{"Statement":[{"Effect":"Allow","Resource":"*"}]}"#,
            }],
            None,
        );
        let finding = unusable_policies("role:reader", set.faults()).unwrap();
        assert_eq!(
            finding.evidence,
            ["restApiReader, statement 1: it has no Action"]
        );
        assert_eq!(unusable_policies("role:reader", &[]), None);
    }
}
