//! Adding and removing the console's temporary statement.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::domain::Failure;

/// The document with one more statement: `caller_arn` alone may assume the role until `until`
/// (whole seconds). A statement with the same `Sid` is replaced.
///
/// # Errors
/// The document is no policy, `sid` is not alphanumeric, or `caller_arn` is not one user,
/// role or session: the account's root would let everybody of the account in.
pub fn with_temporary_statement(
    document: &str,
    caller_arn: &str,
    sid: &str,
    until: Timestamp,
) -> Result<String, Failure> {
    let doing = || format!("adding the trust statement {sid}");
    if sid.is_empty() || !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Failure::invalid(doing(), "a Sid is letters and digits"));
    }
    if !is_one_principal(caller_arn) {
        return Err(Failure::invalid(
            doing(),
            format!("{caller_arn} is not one user, role or session"),
        )
        .advise("use the credentials of an IAM user or role, not the account's root"));
    }
    let until = Timestamp::from_second(until.as_second())
        .map_err(|error| Failure::invalid(doing(), error.to_string()))?;
    let mut policy = read(document, doing)?;
    let statements = statements(&mut policy, doing)?;
    statements.retain(|statement| !has_sid(statement, sid));
    statements.push(json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": caller_arn},
        "Action": "sts:AssumeRole",
        "Condition": {"DateLessThan": {"aws:CurrentTime": until.to_string()}},
    }));
    Ok(Value::Object(policy).to_string())
}

/// The document without the statement `sid`; every other element stays as and where it was.
/// A document that does not have it comes back unchanged.
///
/// # Errors
/// The document is no policy, or nothing would be left of it.
pub fn without_statement(document: &str, sid: &str) -> Result<String, Failure> {
    let doing = || format!("removing the trust statement {sid}");
    let mut policy = read(document, doing)?;
    let statements = statements(&mut policy, doing)?;
    let before = statements.len();
    statements.retain(|statement| !has_sid(statement, sid));
    if statements.len() == before {
        return Ok(document.to_owned());
    }
    if statements.is_empty() {
        return Err(Failure::invalid(
            doing(),
            "it is the only statement, and a trust policy needs one",
        )
        .advise("write the role's trust policy anew: sagemaker.amazonaws.com may sts:AssumeRole"));
    }
    Ok(Value::Object(policy).to_string())
}

/// A user, a role or a role's session; no wildcard, no account.
fn is_one_principal(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let (start, service) = (parts.next(), parts.nth(1));
    let resource = parts.nth(2).unwrap_or_default();
    let kind = resource.split('/').next().unwrap_or_default();
    start == Some("arn")
        && !arn.contains(['*', '?', '$'])
        && resource.len() > kind.len() + 1
        && matches!(
            (service, kind),
            (Some("iam"), "user" | "role") | (Some("sts"), "assumed-role")
        )
}

fn has_sid(statement: &Value, sid: &str) -> bool {
    statement.get("Sid").and_then(Value::as_str) == Some(sid)
}

fn read(document: &str, doing: impl Fn() -> String) -> Result<Map<String, Value>, Failure> {
    match serde_json::from_str(document) {
        Ok(Value::Object(policy)) => Ok(policy),
        Ok(_) => Err(Failure::invalid(
            doing(),
            "the trust policy is not an object",
        )),
        Err(error) => Err(Failure::invalid(
            doing(),
            format!("the trust policy is not JSON: {error}"),
        )),
    }
}

/// The statements, as a list also where one stands alone.
fn statements(
    policy: &mut Map<String, Value>,
    doing: impl Fn() -> String,
) -> Result<&mut Vec<Value>, Failure> {
    let statement = policy.get_mut("Statement");
    let missing = || Failure::invalid(doing(), "the trust policy has no statements");
    let statement = statement.ok_or_else(missing)?;
    if statement.is_object() {
        *statement = Value::Array(vec![statement.take()]);
    }
    statement.as_array_mut().ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const USER: &str = "arn:aws:iam::123456789012:user/ada";
    /// Odd but valid: keys out of order, an Id, an unknown future condition.
    const ODD: &str = r#"{"Id":"x","Statement":[{"Principal":{"Service":"sagemaker.amazonaws.com"},"Effect":"Allow","Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}],"Version":"2012-10-17"}"#;

    fn until() -> Timestamp {
        "2026-11-23T10:05:00.75Z".parse().unwrap()
    }

    #[test]
    fn adding_and_removing_leaves_the_document_as_it_was() {
        let wider = with_temporary_statement(ODD, USER, "MlwardenProbe1", until()).unwrap();
        assert!(wider.contains(r#""aws:CurrentTime":"2026-11-23T10:05:00Z""#));
        assert_eq!(without_statement(&wider, "MlwardenProbe1").unwrap(), ODD);
        assert_eq!(without_statement(ODD, "MlwardenProbe1").unwrap(), ODD);
    }

    #[test]
    fn adding_twice_adds_one() {
        let once = with_temporary_statement(ODD, USER, "MlwardenProbe1", until()).unwrap();
        let twice = with_temporary_statement(&once, USER, "MlwardenProbe1", until()).unwrap();
        assert_eq!(once, twice);
    }

    #[test]
    fn a_lone_statement_is_kept() {
        let lone = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
        let wider = with_temporary_statement(lone, USER, "MlwardenProbe1", until()).unwrap();
        let back = without_statement(&wider, "MlwardenProbe1").unwrap();
        assert!(back.contains("sagemaker.amazonaws.com"));
        assert!(!back.contains(USER));
    }

    #[rstest]
    #[case("arn:aws:iam::123456789012:root")]
    #[case("*")]
    #[case("arn:aws:iam::123456789012:user/*")]
    #[case("arn:aws:iam::123456789012:role/")]
    #[case("arn:aws:sts::123456789012:federated-user/ada")]
    #[case("123456789012")]
    fn only_one_principal_is_ever_let_in(#[case] caller: &str) {
        assert!(with_temporary_statement(ODD, caller, "MlwardenProbe1", until()).is_err());
    }

    #[rstest]
    #[case("")]
    #[case("has space")]
    #[case("dash-ed")]
    fn a_sid_that_iam_refuses_is_refused_here(#[case] sid: &str) {
        assert!(with_temporary_statement(ODD, USER, sid, until()).is_err());
    }

    #[rstest]
    #[case("oops")]
    #[case("[]")]
    #[case("{}")]
    #[case(r#"{"Statement":"x"}"#)]
    fn a_document_that_is_none_is_left_alone(#[case] document: &str) {
        assert!(with_temporary_statement(document, USER, "MlwardenProbe1", until()).is_err());
        assert!(without_statement(document, "MlwardenProbe1").is_err());
    }

    #[test]
    fn the_last_statement_is_not_removed() {
        let only = r#"{"Statement":[{"Sid":"MlwardenProbe1"}]}"#;
        assert!(without_statement(only, "MlwardenProbe1").is_err());
    }
}
