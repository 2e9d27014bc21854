//! What the roles of the benches carry: the real managed policy, and inline ones like the sample's.

/// Where the sample's API is, as the beginning of an ARN.
const ARN: &str = "arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5";
/// The managed policy that every role of the sample carries, as AWS publishes it.
pub const FULL_ACCESS: &str =
    include_str!("../../assets/managed-policies/AmazonSageMakerFullAccess.json");
/// What a reader's role may do, as the ends of ARNs.
pub const READS: [&str; 3] = [
    "GET/*",
    "POST/api/2.0/mlflow/runs/search",
    "POST/api/2.0/mlflow/experiments/search",
];

/// An inline policy as the sample writes it.
pub fn inline(ends: &[&str]) -> String {
    let resources: Vec<String> = ends
        .iter()
        .map(|end| format!("\"{ARN}/*/{end}\""))
        .collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"execute-api:Invoke","Resource":[{}]}}]}}"#,
        resources.join(",")
    )
}

/// The inline policy of one of many readers' roles, which differs from the others'.
pub fn own(number: usize) -> String {
    let own = format!("POST/api/2.0/mlflow/runs/search-{number}");
    inline(&[READS.as_slice(), &[own.as_str()]].concat())
}
