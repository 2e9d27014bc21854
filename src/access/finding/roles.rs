//! Findings about execution roles: their trust and their policies.

use super::{Finding, Severity, listed};
use crate::{
    access::{policy::PolicyFault, trust},
    domain::Role,
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
        ..Finding::default()
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
        ..Finding::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{PolicySet, PolicyText};

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
