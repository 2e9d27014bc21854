//! Trust policies: who may assume a role, and the temporary statement that lets the
//! console's caller do so for some minutes.
//!
//! Text in, text out; writing a document to IAM is the business of `plan/`.

mod edit;
mod principal;

pub use edit::{with_temporary_statement, without_statement};

use serde_json::Value;

use super::{
    decision::{Basis, Decision, Effect},
    policy::{
        AccessRequest, Context,
        statement::{Document, Flavor, Statement},
    },
};
use principal::{Caller, Principals, Trusted};

/// The start of the `Sid` of every statement that the console adds.
pub const SID_PREFIX: &str = "MlwardenProbe";

/// The service that the sample's execution roles trust, and the only one.
const SAGEMAKER: &str = "sagemaker.amazonaws.com";

/// Whether the AWS principal `caller_arn` may `sts:AssumeRole` by this trust document alone.
///
/// Within one account that is enough for a principal that the document names; where it
/// trusts the whole account (or everybody), the caller needs `sts:AssumeRole` of its own
/// as well, and the decision's caveat says so. `account` is the caller's account, for an
/// ARN that names none. Service principals never match a caller.
pub fn may_assume(
    trust_document: &str,
    caller_arn: &str,
    account: &str,
    context: &Context,
) -> Decision {
    let document = match Document::read(trust_document) {
        Ok(document) => document,
        Err(fault) => {
            return Decision::deny(Basis::NoStatement)
                .with_caveat(Some(format!("the trust policy cannot be used: {fault}")));
        }
    };
    let caller = Caller::new(caller_arn, account);
    let request = AccessRequest {
        action: "sts:AssumeRole",
        resource: "",
        context,
    };
    let mut allowed = None;
    let mut faults = Vec::new();
    for (index, value) in document.statements.iter().enumerate() {
        let Some((statement, matched)) =
            applies(value, index, &document, &caller, &request, &mut faults)
        else {
            continue;
        };
        let basis = Basis::Statement {
            policy: "trust policy".to_owned(),
            index,
            sid: statement.sid,
            pattern: matched.text,
            text: statement.text,
        };
        if statement.effect == Effect::Deny {
            let caveat = statement.fault.or(matched.fault).map(|fault| {
                format!("the statement cannot be used as it is ({fault}) and is taken at its worst")
            });
            return Decision::deny(basis).with_caveat(caveat);
        }
        allowed.get_or_insert((basis, matched.whole_account));
    }
    match allowed {
        Some((basis, whole_account)) => Decision::allow(basis).with_caveat(whole_account.then(|| {
            "the role trusts the caller's whole account, so the caller needs sts:AssumeRole of its own"
                .to_owned()
        })),
        None => Decision::deny(Basis::NoStatement).with_caveat(
            (!faults.is_empty())
                .then(|| format!("some of the trust policy cannot be used: {}", faults.join("; "))),
        ),
    }
}

/// The principal that made a statement apply.
struct Matched {
    text: String,
    whole_account: bool,
    fault: Option<String>,
}

fn applies(
    value: &Value,
    index: usize,
    document: &Document,
    caller: &Caller<'_>,
    request: &AccessRequest<'_>,
    faults: &mut Vec<String>,
) -> Option<(Statement, Matched)> {
    let statement = Statement::compile(value, index, document, Flavor::Trust, faults)?;
    let matched = match Principals::read(value) {
        Ok(Principals::Except(_)) if statement.effect == Effect::Allow => {
            faults.push("NotPrincipal cannot allow".to_owned());
            return None;
        }
        Ok(principals) => principals.covers(caller).map(|trusted| Matched {
            text: trusted.text,
            whole_account: trusted.whole_account,
            fault: None,
        })?,
        Err(fault) if statement.effect == Effect::Deny => Matched {
            text: "*".to_owned(),
            whole_account: false,
            fault: Some(fault),
        },
        Err(fault) => {
            faults.push(fault);
            return None;
        }
    };
    statement.applies(request)?;
    Some((statement, matched))
}

/// Whether some statement lets a service in, whatever its conditions are: by name, or with
/// everybody.
pub fn lets_in_service(trust_document: &str, service: &str) -> bool {
    Document::read(trust_document).is_ok_and(|document| {
        document.statements.iter().any(|value| {
            value.get("Effect").and_then(Value::as_str) == Some("Allow")
                && trusted(value)
                    .iter()
                    .any(|trusted| trusted.text == service || trusted.text == "*")
        })
    })
}

/// Whom a trust document lets in, in words: `only sagemaker.amazonaws.com`.
pub fn in_words(trust_document: &str) -> String {
    let document = match Document::read(trust_document) {
        Ok(document) => document,
        Err(fault) => return format!("unreadable: {fault}"),
    };
    let mut names: Vec<String> = Vec::new();
    let mut denies = false;
    for value in &document.statements {
        if value.get("Effect").and_then(Value::as_str) != Some("Allow") {
            denies = true;
            continue;
        }
        let conditional = value
            .get("Condition")
            .and_then(Value::as_object)
            .is_some_and(|condition| !condition.is_empty());
        for trusted in trusted(value) {
            let condition = if conditional {
                " under a condition"
            } else {
                ""
            };
            let name = format!("{}{condition}", trusted.in_words());
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let denies = if denies { ", less what it denies" } else { "" };
    match names.split_last() {
        None => "nobody".to_owned(),
        Some((only, [])) => format!("only {only}{denies}"),
        Some((last, others)) => format!("{} and {last}{denies}", others.join(", ")),
    }
}

/// What makes a trust document wider than an execution role's, which trusts SageMaker
/// alone: other principals, and statements that the console left behind. Empty where it
/// is not.
pub fn widened(document: &str) -> Vec<String> {
    let document = match Document::read(document) {
        Ok(document) => document,
        Err(fault) => return vec![format!("the trust policy cannot be used: {fault}")],
    };
    let mut found = Vec::new();
    for value in &document.statements {
        if value.get("Effect").and_then(Value::as_str) == Some("Deny") {
            continue;
        }
        let sid = value.get("Sid").and_then(Value::as_str).unwrap_or_default();
        let leftover = sid.starts_with(SID_PREFIX);
        for trusted in trusted(value) {
            let name = trusted.in_words();
            if leftover {
                found.push(format!(
                    "the console's temporary statement {sid} still names {name}"
                ));
            } else if name != SAGEMAKER {
                found.push(format!("it lets in {name}"));
            }
        }
    }
    found
}

/// The principals a statement names, those that cannot be used included.
fn trusted(value: &Value) -> Vec<Trusted> {
    match Principals::read(value) {
        Ok(Principals::Only(trusted)) => trusted,
        Ok(Principals::Except(_)) => vec![Trusted::everybody_but()],
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const SAMPLE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/Admin/ada";
    const USER: &str = "arn:aws:iam::123456789012:user/ada";

    fn trust(principal: &Value) -> String {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
        .to_string()
    }

    fn assumes(document: &str, caller: &str) -> bool {
        may_assume(document, caller, "123456789012", &Context::new()).is_allow()
    }

    #[rstest]
    #[case::service(json!({"Service": "sagemaker.amazonaws.com"}), USER, false)]
    #[case::service_never_is_a_caller(json!({"Service": "sagemaker.amazonaws.com"}), "sagemaker.amazonaws.com", false)]
    #[case::anyone(json!("*"), USER, true)]
    #[case::any_aws(json!({"AWS": "*"}), USER, true)]
    #[case::any_federated(json!({"Federated": "*"}), USER, false)]
    #[case::exact_user(json!({"AWS": USER}), USER, true)]
    #[case::other_user(json!({"AWS": USER}), "arn:aws:iam::123456789012:user/eve", false)]
    #[case::case_counts(json!({"AWS": USER}), "arn:aws:iam::123456789012:user/Ada", false)]
    #[case::account_root(json!({"AWS": "arn:aws:iam::123456789012:root"}), USER, true)]
    #[case::account_number(json!({"AWS": "123456789012"}), SESSION, true)]
    #[case::other_account(json!({"AWS": "arn:aws:iam::210987654321:root"}), USER, false)]
    #[case::role_of_a_session(json!({"AWS": "arn:aws:iam::123456789012:role/Admin"}), SESSION, true)]
    #[case::role_with_a_path(json!({"AWS": "arn:aws:iam::123456789012:role/ops/Admin"}), SESSION, true)]
    #[case::role_of_another_account(json!({"AWS": "arn:aws:iam::210987654321:role/Admin"}), SESSION, false)]
    #[case::other_role(json!({"AWS": "arn:aws:iam::123456789012:role/Adm"}), SESSION, false)]
    #[case::the_session(json!({"AWS": SESSION}), SESSION, true)]
    #[case::another_session(json!({"AWS": SESSION}), "arn:aws:sts::123456789012:assumed-role/Admin/eve", false)]
    #[case::list(json!({"Service": "sagemaker.amazonaws.com", "AWS": ["arn:aws:iam::1:root", USER]}), USER, true)]
    #[case::no_wildcards_in_arns(json!({"AWS": "arn:aws:iam::123456789012:user/*"}), USER, false)]
    #[case::deleted_principal(json!({"AWS": "AIDAEXAMPLE"}), USER, false)]
    fn principals(#[case] principal: Value, #[case] caller: &str, #[case] allowed: bool) {
        assert_eq!(assumes(&trust(&principal), caller), allowed);
    }

    #[test]
    fn trusting_an_account_says_that_the_caller_needs_the_right_itself() {
        let document = trust(&json!({"AWS": "123456789012"}));
        let decision = may_assume(&document, USER, "123456789012", &Context::new());
        assert!(decision.explain().contains("sts:AssumeRole of its own"));
        let document = trust(&json!({"AWS": USER}));
        let decision = may_assume(&document, USER, "123456789012", &Context::new());
        assert_eq!(decision.caveat, None);
    }

    #[rstest]
    #[case("sts:*", true)]
    #[case("sts:assumerole", true)]
    #[case("sts:AssumeRoleWithSAML", false)]
    #[case("sts:TagSession", false)]
    fn the_action_counts(#[case] action: &str, #[case] allowed: bool) {
        let document = json!({"Statement": {
            "Effect": "Allow", "Principal": {"AWS": USER}, "Action": action}})
        .to_string();
        assert_eq!(assumes(&document, USER), allowed);
    }

    #[rstest]
    #[case(json!({"Principal": {"AWS": USER}}), true)]
    #[case(json!({"Principal": {"Service": "sagemaker.amazonaws.com"}}), false)]
    #[case(json!({"NotPrincipal": {"AWS": USER}}), false)]
    #[case(json!({"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:user/eve"}}), true)]
    #[case::unusable(json!({"Principal": {"AWS": "arn:aws:iam::*:root"}}), true)]
    #[case::missing(json!({}), true)]
    fn a_deny_wins(#[case] whom: Value, #[case] denied: bool) {
        let mut deny = json!({"Effect": "Deny", "Action": "sts:AssumeRole"});
        for (key, value) in whom.as_object().unwrap() {
            deny[key] = value.clone();
        }
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}, deny]})
        .to_string();
        assert_eq!(assumes(&document, USER), !denied);
    }

    #[test]
    fn an_exception_for_the_role_is_none_for_its_session() {
        // AWS: a session has to be named itself beside its role under NotPrincipal.
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:role/Admin"},
             "Action": "sts:AssumeRole"}]})
        .to_string();
        assert!(!assumes(&document, SESSION));
    }

    #[test]
    fn an_allow_by_exception_and_an_unreadable_document_grant_nothing() {
        let document = json!({"Statement": [{"Effect": "Allow",
            "NotPrincipal": {"AWS": USER}, "Action": "sts:AssumeRole"}]})
        .to_string();
        assert!(!assumes(&document, SESSION));
        let decision = may_assume("oops", USER, "1", &Context::new());
        assert!(!decision.is_allow());
        assert!(decision.explain().contains("not JSON"));
    }

    #[rstest]
    #[case("2026-11-23T10:00:00Z", true)]
    #[case("2026-11-23T10:05:00Z", false)]
    fn a_temporary_statement_ends(#[case] now: &str, #[case] allowed: bool) {
        let until = "2026-11-23T10:05:00Z".parse().unwrap();
        let document = with_temporary_statement(SAMPLE, SESSION, "MlwardenProbe1", until).unwrap();
        let context = Context::new().with("aws:CurrentTime", [now]);
        assert_eq!(
            may_assume(&document, SESSION, "123456789012", &context).is_allow(),
            allowed
        );
    }

    #[rstest]
    #[case(SAMPLE, "only sagemaker.amazonaws.com")]
    #[case(
        r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#,
        "only everybody"
    )]
    #[case(r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":["a.amazonaws.com","b.amazonaws.com"],"AWS":"123456789012"},"Action":"sts:AssumeRole","Condition":{"Bool":{"k":"true"}}},{"Effect":"Deny","Principal":"*","Action":"sts:TagSession"}]}"#,
        "a.amazonaws.com under a condition, b.amazonaws.com under a condition and account 123456789012 under a condition, less what it denies")]
    #[case(r#"{"Statement":[]}"#, "nobody")]
    #[case(
        "{",
        "unreadable: it is not JSON (EOF while parsing an object at line 1 column 1)"
    )]
    fn it_is_put_in_words(#[case] document: &str, #[case] words: &str) {
        assert_eq!(in_words(document), words);
    }

    #[test]
    fn a_service_is_let_in_by_its_name() {
        assert!(lets_in_service(SAMPLE, "sagemaker.amazonaws.com"));
        assert!(!lets_in_service(SAMPLE, "lambda.amazonaws.com"));
        let closed = SAMPLE.replace("Allow", "Deny");
        assert!(!lets_in_service(&closed, "sagemaker.amazonaws.com"));
        assert!(!lets_in_service("{", "sagemaker.amazonaws.com"));
    }

    #[test]
    fn what_widens_a_trust_policy_is_named() {
        assert_eq!(widened(SAMPLE), Vec::<String>::new());
        let until = "2026-11-23T10:05:00Z".parse().unwrap();
        let left = with_temporary_statement(SAMPLE, USER, "MlwardenProbe7", until).unwrap();
        assert_eq!(
            widened(&left),
            [format!(
                "the console's temporary statement MlwardenProbe7 still names {USER}"
            )]
        );
        let foreign = trust(&json!({"AWS": "arn:aws:iam::666666666666:root"}));
        assert_eq!(widened(&foreign), ["it lets in account 666666666666"]);
        let open = trust(&json!("*"));
        assert_eq!(widened(&open), ["it lets in everybody"]);
    }
}
