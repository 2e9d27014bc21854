//! Local decisions a second, on one core: the sample's three roles, each with its inline
//! policies and a managed policy of the size and shape of SageMaker's, over every route.

use std::{fmt::Write as _, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mlwarden::access::{
    AccessRequest, Catalog, Context, Contract, PolicySet, PolicyText, method_arn,
};

const ARN: &str = "arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5";

/// An inline policy as the sample writes it.
fn inline(ends: &[&str]) -> String {
    let resources: Vec<String> = ends
        .iter()
        .map(|end| format!("\"{ARN}/*/{end}\""))
        .collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"execute-api:Invoke","Resource":[{}]}}]}}"#,
        resources.join(",")
    )
}

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
    let reads = [
        "GET/*",
        "POST/api/2.0/mlflow/runs/search",
        "POST/api/2.0/mlflow/experiments/search",
    ];
    let promotes = [
        "POST/api/2.0/mlflow/model-versions/*",
        "POST/api/2.0/mlflow/registered-models/*",
    ];
    let managed = managed();
    [
        inline(&["*/*"]),
        inline(&reads),
        inline(&[reads.as_slice(), promotes.as_slice()].concat()),
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

fn decisions(criterion: &mut Criterion) {
    let catalog = Catalog::for_version("3.17.2");
    let arns: Vec<String> = catalog
        .routes()
        .iter()
        .map(|route| {
            method_arn(
                "us-west-2",
                "123456789012",
                "a1b2c3d4e5",
                "prod",
                route.method,
                &route.path,
            )
        })
        .collect();
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

criterion_group!(benches, decisions);
criterion_main!(benches);
