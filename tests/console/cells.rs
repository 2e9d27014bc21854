//! The cells of a small plan: what a matrix is made of.

use mlwarden::{
    access::{Basis, Catalog, Contract, Decision, Effect, Matrix},
    domain::{AuthScheme, Principal},
    probe::{Cell, Layer, Observation, Verdict},
};

use crate::scene::{moment, role};

/// The role of the readers' profile.
pub const READER: &str = "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";
/// The role of the approvers' profile.
pub const APPROVER: &str = "SageMakerStudioUserStack-sagemakermlflowmodelaprov-XTK0XB757WVO";

/// What is decided where no statement speaks.
pub fn no_statement() -> Decision {
    Decision::deny(Basis::NoStatement)
}

/// The cells of a plan: groups by the declared contract, roles a little narrower, so that
/// the schemes disagree somewhere.
pub fn cells() -> Vec<Cell> {
    let catalog = Catalog::for_version("2.12.2");
    let contract = Contract::sample();
    let matrix = Matrix::sample();
    let roles = [
        role(READER, "mlflow-reader"),
        role(APPROVER, "mlflow-model-approver"),
    ];
    let principals = [
        (
            Principal::Group("admins".into()),
            AuthScheme::Bearer,
            "admins",
        ),
        (
            Principal::Group("readers".into()),
            AuthScheme::Bearer,
            "readers",
        ),
        (
            Principal::Group("model-approvers".into()),
            AuthScheme::Bearer,
            "model-approvers",
        ),
        (Principal::Role(READER.into()), AuthScheme::SigV4, "readers"),
        (
            Principal::Role(APPROVER.into()),
            AuthScheme::SigV4,
            "readers",
        ),
    ];
    let mut cells = Vec::new();
    for (principal, scheme, like) in principals {
        for route in catalog.routes() {
            if route.scheme() != scheme
                || !["runs", "model-versions"].contains(&route.area.as_str())
            {
                continue;
            }
            let path = route.path.replace("/api/", "/ajax-api/");
            cells.push(Cell {
                principal: principal.clone(),
                scheme,
                permission: route.permission.clone(),
                method: route.method,
                path: route.path.clone(),
                expected: matrix.expected(&principal, &roles, route),
                predicted: Some(contract.decide(&[like.to_owned()], route.method, &path)),
                observed: None,
                verdict: Verdict::Inconclusive,
                reason: "predicted only".to_owned(),
            });
        }
    }
    cells
}

/// The cell after a live request that got what was predicted.
pub fn observed(mut cell: Cell) -> Cell {
    let effect = cell.predicted_effect().unwrap();
    let allowed = effect == Effect::Allow;
    cell.observed = Some(Observation {
        effect: Some(effect),
        layer: if allowed {
            Layer::Mlflow
        } else {
            Layer::Gateway
        },
        status: Some(if allowed { 400 } else { 403 }),
        error_type: (!allowed).then(|| "AccessDeniedException".to_owned()),
        request_id: Some("8d5f2c1e-0000-4000-8000-000000000000".to_owned()),
        latency: std::time::Duration::from_millis(12),
        at: moment(),
        reason: if allowed {
            "MLflow answered 400 INVALID_PARAMETER_VALUE".to_owned()
        } else {
            "the authorizer's policy does not allow it".to_owned()
        },
        body_excerpt: r#"{"Message":"User is not authorized to access this resource"}"#.to_owned(),
        retry: None,
    });
    cell.judge("");
    cell
}
