//! Where the doors are looked for: the deployment, its roles and groups, and what each of them
//! may do in MLflow.

use std::collections::{BTreeSet, HashMap};

use crate::{
    access::{
        Api, Catalog, Compiler, Context, Contract, Effect, INVOKE, Matrix, Method, PolicySet,
        Route, cover, policy_set_by, role_policy, route,
    },
    domain::{AuthScheme, Deployment, ExecutionRole, PolicySource, Principal, Role},
};

/// What of the deployment the doors lead to. What is not known is not evaluated.
#[derive(Clone, Debug)]
pub struct Site {
    /// The protected API, with the region and the account.
    pub api: Api,
    /// The user pool's id.
    pub pool: Option<String>,
    /// The Studio domain's id.
    pub domain: Option<String>,
    /// The ARN of the Lambda function that is the API's authorizer, without version or alias:
    /// so the calls that change it name it.
    pub authorizer_function: Option<String>,
}

impl Site {
    /// What discovery found.
    pub fn of(deployment: &Deployment, region: &str) -> Self {
        let value = |found: &Option<crate::domain::Found<String>>| {
            found.as_ref().map(|found| found.value.clone())
        };
        Self {
            api: Api::of(deployment, region),
            pool: value(&deployment.user_pool_id),
            domain: value(&deployment.domain_id),
            authorizer_function: value(&deployment.authorizer_function).map(unqualified),
        }
    }

    /// The ARN of something of a service in this region and account.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        let Api {
            region, account, ..
        } = &self.api;
        format!("arn:aws:{service}:{region}:{account}:{resource}")
    }
}

/// A function's ARN without the version or alias, `arn:aws:lambda:REGION:ACCOUNT:function:NAME`.
fn unqualified(arn: String) -> String {
    match arn.match_indices(':').nth(6) {
        Some((end, _)) => arn.get(..end).unwrap_or(&arn).to_owned(),
        None => arn,
    }
}

/// Which operations of MLflow somebody may do, whichever way they are authenticated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach(Vec<bool>);

impl Reach {
    fn with(&self, other: &Self) -> Self {
        let both = self.0.iter().zip(&other.0);
        Self(both.map(|(one, other)| *one || *other).collect())
    }

    /// Whether nothing is refused.
    pub fn is_everything(&self) -> bool {
        self.0.iter().all(|may| *may)
    }
}

/// A role of the house.
#[derive(Clone, Debug)]
pub struct Resident {
    /// The role with the profiles that use it.
    pub found: ExecutionRole,
    /// Its documents.
    pub role: Role,
    /// The Cognito group of the role's row of the matrix: its holders are taken to be in it.
    pub group: Option<String>,
    /// Its documents, compiled.
    pub policies: PolicySet,
    /// What the role itself may do.
    pub(super) own: Reach,
    /// What its holders may do: by the role, or by the group.
    pub(super) reach: Reach,
}

/// An operation of MLflow, known by the two paths by which it can be asked for.
#[derive(Clone, Debug)]
struct Operation {
    method: Method,
    /// What is signed.
    api_arn: String,
    /// What a token is sent to, where there is such a path.
    token_path: Option<String>,
    permission: String,
}

/// The deployment with everybody in it.
#[derive(Clone, Debug)]
pub struct House {
    /// The deployment.
    pub site: Site,
    /// The execution roles whose documents are known.
    pub residents: Vec<Resident>,
    /// The groups that the authorizer knows, with what they may do.
    pub groups: Vec<(String, Reach)>,
    /// The buckets of MLflow's artifacts: those that the inline policies of roles of several
    /// access levels name for writing, as the sample's `s3Buckets` does.
    pub buckets: Vec<String>,
    operations: Vec<Operation>,
}

impl House {
    /// A deployment with these roles, as the matrix ranks them and the authorizer's contract
    /// decides for groups.
    pub fn new(
        site: Site,
        roles: impl IntoIterator<Item = (ExecutionRole, Role)>,
        matrix: &Matrix,
        contract: &Contract,
        catalog: &Catalog,
    ) -> Self {
        let operations = operations(&site.api, catalog);
        let groups: Vec<(String, Reach)> = contract
            .groups
            .iter()
            .map(|rules| {
                let reach = reach_of_group(contract, &rules.name, &operations);
                (rules.name.clone(), reach)
            })
            .collect();
        let mut house = Self {
            site,
            residents: Vec::new(),
            groups,
            buckets: Vec::new(),
            operations,
        };
        let mut compiler = Compiler::default();
        for (found, role) in roles {
            let principal = Principal::Role(found.arn.clone());
            let row = matrix.row_of(&principal, std::slice::from_ref(&found));
            let group = row.and_then(|row| row.group.clone());
            let policies = policy_set_by(&mut compiler, &role);
            let resident = house.resident(found, role, group, policies);
            house.residents.push(resident);
        }
        house.buckets = shared_buckets(&house.residents);
        house
    }

    /// The resident of that name or ARN.
    pub fn find(&self, name: &str) -> Option<&Resident> {
        self.residents
            .iter()
            .find(|resident| resident.role.name == name || resident.role.arn == name)
    }

    /// A resident with other documents.
    pub(super) fn with_documents(&self, resident: &Resident, role: Role) -> Resident {
        let policies = policy_set_by(&mut Compiler::default(), &role);
        let (found, group) = (resident.found.clone(), resident.group.clone());
        self.resident(found, role, group, policies)
    }

    /// A resident with other policies, whatever its documents say.
    pub(super) fn with_policies(&self, resident: &Resident, policies: PolicySet) -> Resident {
        self.resident(
            resident.found.clone(),
            resident.role.clone(),
            resident.group.clone(),
            policies,
        )
    }

    fn resident(
        &self,
        found: ExecutionRole,
        role: Role,
        group: Option<String>,
        policies: PolicySet,
    ) -> Resident {
        let context = Context::new();
        let invoke = policies.for_action(INVOKE);
        let may =
            |operation: &Operation| invoke.effect(&operation.api_arn, &context) == Effect::Allow;
        let own = Reach(self.operations.iter().map(may).collect());
        let of_group = group.as_ref().and_then(|group| self.group(group));
        let reach = of_group.map_or_else(|| own.clone(), |group| own.with(group));
        Resident {
            found,
            role,
            group,
            policies,
            own,
            reach,
        }
    }

    fn group(&self, name: &str) -> Option<&Reach> {
        let found = self.groups.iter().find(|(group, _)| group == name);
        found.map(|(_, reach)| reach)
    }

    /// The permissions of which `more` reaches an operation that `less` does not, sorted.
    pub(super) fn gains(&self, less: &Reach, more: &Reach) -> Vec<String> {
        let gained: BTreeSet<&str> = self
            .operations
            .iter()
            .zip(less.0.iter().zip(&more.0))
            .filter(|(_, (less, more))| **more && !**less)
            .map(|(operation, _)| operation.permission.as_str())
            .collect();
        gained.into_iter().map(str::to_owned).collect()
    }

    /// The permissions about artifacts that somebody with this reach does not have whole.
    pub(super) fn artifact_writes_beyond(&self, reach: &Reach) -> Vec<String> {
        let beyond: BTreeSet<&str> = self
            .operations
            .iter()
            .zip(&reach.0)
            .filter(|(operation, may)| {
                !**may && matches!(operation.permission.as_str(), WRITE | DELETE)
            })
            .map(|(operation, _)| operation.permission.as_str())
            .collect();
        beyond.into_iter().map(str::to_owned).collect()
    }
}

/// The permissions about artifacts' contents.
const WRITE: &str = "artifacts:write";
const DELETE: &str = "artifacts:delete";

/// The operations that can be signed for. What only a browser asks for with its token, such as
/// `/graphql`, is not compared: it has no counterpart that a role could be given.
fn operations(api: &Api, catalog: &Catalog) -> Vec<Operation> {
    let by_token: HashMap<(Method, &str), &Route> = catalog
        .routes()
        .iter()
        .filter(|route| route.scheme() == AuthScheme::Bearer)
        .map(|route| ((route.method, route.operation()), route))
        .collect();
    catalog
        .routes()
        .iter()
        .filter(|route| route.scheme() == AuthScheme::SigV4 && route::has_method(&route.path))
        .map(|route| Operation {
            method: route.method,
            api_arn: api.arn(route.method, &cover::concrete(&route.path)),
            token_path: by_token
                .get(&(route.method, route.operation()))
                .map(|route| cover::concrete(&route.path)),
            permission: route.permission.clone(),
        })
        .collect()
}

fn reach_of_group(contract: &Contract, group: &str, operations: &[Operation]) -> Reach {
    let group = contract.caller(&[group.to_owned()]);
    let may = |operation: &Operation| {
        let path = operation.token_path.as_ref();
        path.is_some_and(|path| group.effect(operation.method, path) == Effect::Allow)
    };
    Reach(operations.iter().map(may).collect())
}

/// The buckets that the inline policies of roles of several groups name for writing. What is
/// one role's own, or SageMaker's, is nobody's side door.
fn shared_buckets(residents: &[Resident]) -> Vec<String> {
    let mut named: Vec<(String, Option<&String>)> = Vec::new();
    for resident in residents {
        for bucket in buckets_of(&resident.role) {
            named.push((bucket, resident.group.as_ref()));
        }
    }
    let shared = |bucket: &str, group: Option<&String>| {
        named
            .iter()
            .any(|(other, of)| other == bucket && *of != group)
    };
    let buckets: BTreeSet<String> = named
        .iter()
        .filter(|(bucket, group)| shared(bucket, *group))
        .map(|(bucket, _)| bucket.clone())
        .collect();
    buckets.into_iter().collect()
}

/// The buckets that the role's inline policies name, without SageMaker's own.
fn buckets_of(role: &Role) -> BTreeSet<String> {
    let mut buckets = BTreeSet::new();
    for policy in &role.policies {
        if !matches!(policy.source, PolicySource::Inline(_)) {
            continue;
        }
        for statement in role_policy::statements(&policy.document).unwrap_or_default() {
            if statement["Effect"] != "Allow" {
                continue;
            }
            for resource in role_policy::texts(&statement["Resource"]) {
                buckets.extend(bucket_in(resource));
            }
        }
    }
    buckets
}

/// The bucket in an ARN that names one, with or without what is in it.
fn bucket_in(arn: &str) -> Option<String> {
    let name = arn.strip_prefix("arn:aws:s3:::")?.split('/').next()?;
    let whole = !name.is_empty() && !name.contains(['*', '?', '$']);
    (whole && !name.to_ascii_lowercase().contains("sagemaker")).then(|| name.to_owned())
}
