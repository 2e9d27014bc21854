//! Local decisions a second, on one core: the sample's three roles, each with its inline
//! policies and a managed policy of the size and shape of SageMaker's, over every route.

mod policies;
mod sample;

use std::{fmt::Write as _, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mlwarden::{
    access::{
        AccessRequest, Catalog, Compiler, Context, Contract, Matrix, PolicySet, PolicyText,
        door::{self, House, Site},
    },
    domain::{ExecutionRole, PolicySource, Role, RolePolicy},
};
use policies::{FULL_ACCESS, READS, inline, own};

/// What every role of the sample carries beside it: some forty statements on other
/// services, with conditions, variables and a `NotResource`.
fn managed() -> String {
    let mut text = String::from(
        r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["sagemaker:*","sagemaker-geospatial:*"],
         "NotResource":["arn:aws:sagemaker:*:*:domain/*","arn:aws:sagemaker:*:*:user-profile/*","arn:aws:sagemaker:*:*:app/*"]},
        {"Effect":"Allow","Action":["iam:PassRole"],"Resource":"arn:aws:iam::*:role/*",
         "Condition":{"StringEquals":{"iam:PassedToService":["sagemaker.amazonaws.com"]}}}"#,
    );
    for service in [
        "application-autoscaling",
        "cloudwatch",
        "codecommit",
        "cognito-idp",
        "ec2",
        "ecr",
        "fsx",
        "glue",
        "kms",
        "lambda",
        "logs",
        "robomaker",
        "s3",
        "secretsmanager",
        "servicecatalog",
        "sns",
        "states",
        "tag",
    ] {
        let actions: Vec<String> = [
            "Create", "Delete", "Describe", "Get", "List", "Put", "Start",
        ]
        .iter()
        .map(|verb| format!("\"{service}:{verb}*\""))
        .collect();
        let actions = actions.join(",");
        let _ = write!(
            text,
            r#",{{"Effect":"Allow","Action":[{actions}],"Resource":"arn:aws:{service}:*:*:*SageMaker*"}}
              ,{{"Effect":"Allow","Action":[{actions}],"Resource":"*","Condition":{{"StringEqualsIgnoreCase":{{"{service}:ResourceTag/SageMaker":"true"}}}}}}"#
        );
    }
    text.push_str("]}");
    text
}

fn roles() -> Vec<PolicySet> {
    let promotes = [
        "POST/api/2.0/mlflow/model-versions/*",
        "POST/api/2.0/mlflow/registered-models/*",
    ];
    let managed = managed();
    [
        inline(&["*/*"]),
        inline(&READS),
        inline(&[READS.as_slice(), promotes.as_slice()].concat()),
    ]
    .iter()
    .map(|inline| {
        let set = PolicySet::compile(
            &[
                PolicyText {
                    label: "AmazonSageMakerFullAccess",
                    document: &managed,
                },
                PolicyText {
                    label: "restApi",
                    document: inline,
                },
            ],
            None,
        );
        assert!(set.faults().is_empty(), "{:?}", set.faults());
        set
    })
    .collect()
}

/// What is asked of IAM for every route.
fn arns(catalog: &Catalog) -> Vec<String> {
    let api = sample::api();
    let routes = catalog.routes().iter();
    routes
        .map(|route| api.arn(route.method, &route.path))
        .collect()
}

fn decisions(criterion: &mut Criterion) {
    let catalog = Catalog::for_version("3.17.2");
    let arns = arns(&catalog);
    let roles = roles();
    let context = Context::new().with("aws:SourceIp", ["203.0.113.7"]);
    let requests: Vec<AccessRequest<'_>> = arns
        .iter()
        .map(|arn| AccessRequest {
            action: "execute-api:Invoke",
            resource: arn,
            context: &context,
        })
        .collect();

    let mut group = criterion.benchmark_group("decisions");
    group.throughput(Throughput::Elements((roles.len() * requests.len()) as u64));
    group.bench_function("effect", |bencher| {
        bencher.iter(|| {
            for role in &roles {
                for request in &requests {
                    black_box(role.effect(request));
                }
            }
        });
    });
    group.bench_function("evaluate", |bencher| {
        bencher.iter(|| {
            for role in &roles {
                for request in &requests {
                    black_box(role.evaluate(request));
                }
            }
        });
    });
    group.finish();

    let contract = Contract::sample();
    let readers = ["readers".to_owned()];
    let mut group = criterion.benchmark_group("authorizer");
    group.throughput(Throughput::Elements(catalog.routes().len() as u64));
    group.bench_function("decide", |bencher| {
        bencher.iter(|| {
            for route in catalog.routes() {
                black_box(contract.decide(&readers, route.method, &route.path));
            }
        });
    });
    group.bench_function("by the groups' rules", |bencher| {
        bencher.iter(|| {
            let view = contract.caller(&readers);
            for route in catalog.routes() {
                black_box(view.effect(route.method, &route.path));
            }
        });
    });
    group.finish();

    criterion.bench_function("catalog for a version", |bencher| {
        bencher.iter(|| Catalog::for_version(black_box("3.17.2")));
    });
    let managed = managed();
    criterion.bench_function("compile a managed policy", |bencher| {
        bencher.iter(|| {
            PolicySet::compile(
                &[PolicyText {
                    label: "managed",
                    document: black_box(&managed),
                }],
                None,
            )
        });
    });
}

/// The roles of a large account.
const ROLES: usize = 200;

/// Two hundred roles that carry the real managed policy and an inline one of their own.
fn many() -> Vec<(ExecutionRole, Role)> {
    (0..ROLES)
        .map(|number| {
            let name = format!("role-{number}");
            let arn = format!("arn:aws:iam::123456789012:role/{name}");
            let policies = vec![
                RolePolicy {
                    source: PolicySource::Managed(
                        "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess".to_owned(),
                    ),
                    document: FULL_ACCESS.to_owned(),
                },
                RolePolicy {
                    source: PolicySource::Inline("restApi".to_owned()),
                    document: own(number),
                },
            ];
            let found = ExecutionRole {
                name: name.clone(),
                arn: arn.clone(),
                profiles: vec![format!("profile-{number}")],
            };
            let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
            let role = Role {
                name,
                arn,
                trust: trust.to_owned(),
                policies,
            };
            (found, role)
        })
        .collect()
}

fn compiled(compiler: &mut Compiler, roles: &[(ExecutionRole, Role)]) -> Vec<PolicySet> {
    roles
        .iter()
        .map(|(_, role)| {
            let texts: Vec<PolicyText<'_>> = role
                .policies
                .iter()
                .map(|policy| PolicyText {
                    label: policy.source.label(),
                    document: &policy.document,
                })
                .collect();
            compiler.compile(&texts, None)
        })
        .collect()
}

/// Two hundred roles with the largest managed policy against every route of the newest MLflow.
fn large_account(criterion: &mut Criterion) {
    let roles = many();
    let catalog = Catalog::for_version("3.17.2");
    let arns = arns(&catalog);
    let context = Context::new();

    let mut group = criterion.benchmark_group("200 roles");
    group.sample_size(20);
    group.bench_function("compiled each by itself", |bencher| {
        bencher.iter(|| {
            for role in &roles {
                black_box(compiled(
                    &mut Compiler::default(),
                    std::slice::from_ref(role),
                ));
            }
        });
    });
    group.bench_function("compiled together", |bencher| {
        bencher.iter(|| compiled(&mut Compiler::default(), black_box(&roles)));
    });
    let mut warm = Compiler::default();
    compiled(&mut warm, &roles);
    group.bench_function("compiled again, from what was read", |bencher| {
        bencher.iter(|| compiled(&mut warm, black_box(&roles)));
    });
    let sets = compiled(&mut Compiler::default(), &roles);
    group.throughput(Throughput::Elements((sets.len() * arns.len()) as u64));
    group.bench_function("all routes, statement by statement", |bencher| {
        bencher.iter(|| {
            for set in &sets {
                for arn in &arns {
                    black_box(set.effect(&AccessRequest {
                        action: "execute-api:Invoke",
                        resource: arn,
                        context: &context,
                    }));
                }
            }
        });
    });
    group.bench_function("all routes, by the action's statements", |bencher| {
        bencher.iter(|| {
            for set in &sets {
                let view = set.for_action("execute-api:Invoke");
                for arn in &arns {
                    black_box(view.effect(arn, &context));
                }
            }
        });
    });
    group.bench_function("compiled together and all routes", |bencher| {
        bencher.iter(|| {
            for set in &compiled(&mut Compiler::default(), &roles) {
                let view = set.for_action("execute-api:Invoke");
                for arn in &arns {
                    black_box(view.effect(arn, &context));
                }
            }
        });
    });
    group.finish();
}

/// The side doors of two hundred roles, each held against every other.
fn side_doors(criterion: &mut Criterion) {
    let roles = many();
    let catalog = Catalog::for_version("3.17.2");
    let site = Site {
        api: sample::api(),
        pool: Some("us-west-2_x".to_owned()),
        domain: Some("d-1".to_owned()),
        authorizer_function: None,
    };
    let mut group = criterion.benchmark_group("side doors");
    group.sample_size(10);
    group.bench_function("of 200 roles, each to each", |bencher| {
        bencher.iter(|| {
            let house = House::new(
                site.clone(),
                roles.clone(),
                &Matrix::sample(),
                &Contract::sample(),
                &catalog,
            );
            for resident in &house.residents {
                black_box(door::doors(&house, resident));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, decisions, large_account, side_doors);
criterion_main!(benches);
