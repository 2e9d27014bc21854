use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    access::{
        Basis, Severity,
        door::{
            Door, DoorKind, Site,
            sample::{
                ADMINISTRATOR, BUCKET, FULL_ACCESS, FUNCTION, POWER_USER, document, doors_of,
                house_and, house_of, house_with, inline, kinds, managed, roles,
            },
        },
    },
    domain::{Deployment, Found, Origin, PolicySource, RolePolicy},
};

fn of_kind(doors: &[Door], kind: DoorKind) -> &Door {
    doors.iter().find(|door| door.kind == kind).unwrap()
}

/// The kinds of the reader's doors with these statements alone, beside the sample's own policies
/// about the API and parameters.
fn opened_by(statements: &Value) -> Vec<String> {
    let mut roles = roles();
    let reader = &mut roles[1].1.policies;
    reader.retain(|policy| policy.source.label() == "restApi");
    reader.push(inline("own", statements));
    kinds(&doors_of(&house_of(roles), "reader"))
}

fn allow(actions: &[&str], resource: &str) -> Value {
    json!([{"Effect": "Allow", "Action": actions, "Resource": resource}])
}

#[test]
fn the_samples_reader_has_the_doors_that_its_policies_leave_open() {
    let doors = doors_of(&house_of(roles()), "reader");
    assert_eq!(
        kinds(&doors),
        ["group", "group?", "group?", "job", "studio", "artifacts"]
    );
    let group = &doors[0];
    assert_eq!(group.severity, Severity::High);
    assert_eq!(group.leads_to[0].to, "group:admins");
    assert!(group.leads_to[0].gains.contains(&"runs:write".to_owned()));
    assert_eq!(
        group.opened_by[0].statement(),
        r#"AmazonSageMakerFullAccess, statement "AllowAWSServiceActions""#
    );
    let job = of_kind(&doors, DoorKind::Job);
    assert_eq!(job.leads_to[0].to, "role:sagemakermlflowadminrole");
    let actions: Vec<_> = job
        .opened_by
        .iter()
        .map(|open| open.action.as_str())
        .collect();
    assert_eq!(actions[0], "iam:PassRole");
    for action in [
        "sagemaker:CreateTrainingJob",
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreatePipeline",
    ] {
        assert!(actions.contains(&action), "{action}");
    }
    // Profiles are the one kind of thing that the managed policy does not let it make.
    assert!(!actions.contains(&"sagemaker:CreateUserProfile"));
    assert!(
        job.path.starts_with(
            "a notebook of sagemakermlflowreaderrole starts a training job, a processing job, a \
             tuning job or another of 9 with the role sagemakermlflowadminrole, which may do more: "
        ),
        "{}",
        job.path
    );
    let studio = of_kind(&doors, DoorKind::Studio);
    assert_eq!(studio.leads_to[0].to, "profile:mlflow-admin");
    let artifacts = of_kind(&doors, DoorKind::Artifacts);
    assert_eq!(artifacts.leads_to[0].to, format!("bucket:{BUCKET}"));
    assert_eq!(
        artifacts.leads_to[0].gains,
        ["artifacts:delete", "artifacts:write"]
    );
    assert_eq!(artifacts.severity, Severity::Medium);
    assert!(artifacts.opened_by[0].statement().starts_with("s3Buckets"));
}

#[test]
fn who_may_do_everything_anyway_has_no_door() {
    assert_eq!(doors_of(&house_of(roles()), "admin"), []);
    let mut roles = roles();
    roles[0]
        .1
        .policies
        .push(managed("AdministratorAccess", ADMINISTRATOR));
    assert_eq!(doors_of(&house_of(roles), "admin"), []);
}

#[test]
fn a_power_user_may_change_everything_but_roles() {
    let doors = doors_of(
        &house_with([managed("PowerUserAccess", POWER_USER)]),
        "reader",
    );
    // It may invoke any API, so that there is nothing more to reach.
    assert_eq!(doors, []);
    let limit = json!([{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*"}]);
    let power = house_with([
        managed("PowerUserAccess", POWER_USER),
        inline("noApi", &limit),
    ]);
    let doors = doors_of(&power, "reader");
    assert_eq!(
        kinds(&doors),
        [
            "group",
            "group",
            "group",
            "group?",
            "group?",
            "studio",
            "studio",
            "artifacts",
            "authorizer",
            "api"
        ]
    );
    // Without iam:PassRole there is no job, whatever else of SageMaker it may do.
    let authorizer = of_kind(&doors, DoorKind::Authorizer);
    assert_eq!(authorizer.opened_by[0].resource, FUNCTION);
    assert_eq!(authorizer.leads_to[0].gains, ["*"]);
}

#[test]
fn an_administrator_that_is_kept_from_the_api_may_let_itself_in() {
    let limit = json!([{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*"}]);
    let house = house_with([
        managed("AdministratorAccess", ADMINISTRATOR),
        inline("noApi", &limit),
    ]);
    let doors = doors_of(&house, "reader");
    let own: Vec<&str> = doors
        .iter()
        .filter(|door| door.kind == DoorKind::Role)
        .map(|door| door.path.as_str())
        .collect();
    assert_eq!(own.len(), 3, "{own:#?}");
    assert!(own[0].contains("writes itself a wider policy"));
    assert!(own[1].contains("takes off the policy that denies"));
    assert!(own[2].contains("into the trust of sagemakermlflowadminrole"));
}

#[rstest]
#[case::group(&["cognito-idp:AdminSetUserPassword"], "*", &["group"])]
#[case::another_pool(&["cognito-idp:*"], "arn:aws:cognito-idp:us-west-2:123456789012:userpool/other", &[])]
#[case::pass_alone(&["iam:PassRole"], "*", &[])]
#[case::start_alone(&["sagemaker:CreateTrainingJob"], "*", &[])]
#[case::job(&["iam:PassRole", "sagemaker:CreateTrainingJob"], "*", &["job"])]
#[case::half_an_endpoint(&["iam:PassRole", "sagemaker:CreateModel"], "*", &[])]
#[case::endpoint(&["iam:PassRole", "sagemaker:CreateModel", "sagemaker:CreateEndpoint*"], "*", &["job"])]
#[case::profile(&["iam:PassRole", "sagemaker:UpdateUserProfile"], "*", &["job"])]
#[case::own_studio(&["sagemaker:CreatePresignedDomainUrl"], "arn:aws:sagemaker:us-west-2:123456789012:user-profile/d-1/mlflow-reader", &[])]
#[case::studio(&["sagemaker:CreatePresignedDomainUrl"], "arn:aws:sagemaker:*:*:user-profile/*", &["studio"])]
#[case::script(&["sagemaker:CreateStudioLifecycleConfig", "sagemaker:UpdateUserProfile"], "*", &["studio"])]
#[case::authorizer(&["lambda:UpdateFunctionCode"], FUNCTION, &["authorizer"])]
#[case::another_function(&["lambda:*"], "arn:aws:lambda:us-west-2:123456789012:function:other", &[])]
#[case::invoking(&["lambda:InvokeFunction"], "*", &[])]
#[case::api(&["apigateway:PATCH", "apigateway:POST"], "arn:aws:apigateway:us-west-2::/restapis/a1b2c3d4e5/*", &["api"])]
#[case::not_deployed(&["apigateway:PATCH"], "*", &[])]
#[case::another_api(&["apigateway:*"], "arn:aws:apigateway:us-west-2::/restapis/zzz/*", &[])]
#[case::own_policy(&["iam:PutRolePolicy"], "arn:aws:iam::123456789012:role/sagemakermlflowreaderrole", &["role"])]
#[case::others_policy(&["iam:PutRolePolicy"], "arn:aws:iam::123456789012:role/other", &[])]
#[case::others_trust(&["iam:UpdateAssumeRolePolicy"], "arn:aws:iam::123456789012:role/*admin*", &["role"])]
#[case::own_trust(&["iam:UpdateAssumeRolePolicy"], "arn:aws:iam::123456789012:role/*reader*", &[])]
#[case::bucket(&["s3:*"], "*", &["artifacts"])]
#[case::reading(&["s3:Get*", "s3:List*"], "*", &[])]
fn each_door_takes_its_calls_on_its_own_thing(
    #[case] actions: &[&str],
    #[case] resource: &str,
    #[case] expected: &[&str],
) {
    let mut statements = allow(actions, resource);
    if actions.iter().any(|action| action.starts_with("s3")) {
        // A bucket that several levels name is MLflow's.
        let names = json!({"Effect": "Allow", "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::{BUCKET}/*")});
        statements.as_array_mut().unwrap().push(names);
    }
    assert_eq!(opened_by(&statements), expected);
}

#[rstest]
#[case(r#"{"StringEquals":{"aws:SourceVpc":"vpc-1"}}"#, "group?")]
#[case(r#"{"StringEquals":{"aws:ResourceTag/team":"ml"}}"#, "group?")]
#[case(r#"{"StringEquals":{"aws:RequestedRegion":"us-west-2"}}"#, "group")]
#[case(r#"{"Bool":{"aws:SecureTransport":"true"}}"#, "group")]
#[case(
    r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*reader*"}}"#,
    "group"
)]
#[case(r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#, "")]
#[case(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, "")]
fn a_condition_that_cannot_be_known_is_neither_dropped_nor_asserted(
    #[case] condition: &str,
    #[case] expected: &str,
) {
    let mut statements = allow(&["cognito-idp:AdminAddUserToGroup"], "*");
    statements[0]["Condition"] = serde_json::from_str(condition).unwrap();
    assert_eq!(opened_by(&statements).concat(), expected);
}

#[test]
fn what_a_door_depends_on_is_named() {
    let deny = json!([{"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}]);
    let doors = doors_of(&house_and([inline("fromHome", &deny)]), "reader");
    let job = of_kind(&doors, DoorKind::Job);
    assert_eq!(job.depends_on, ["aws:SourceVpce"]);
    assert_eq!(job.severity, Severity::Medium);
    assert_eq!(job.doubt().unwrap(), "possibly: aws:SourceVpce");
}

#[test]
fn a_boundary_closes_doors_and_taking_it_off_is_one() {
    let boundary = |document: String| RolePolicy {
        source: PolicySource::Boundary("arn:aws:iam::123456789012:policy/Limit".into()),
        document,
    };
    let api = json!([{"Effect": "Allow", "Action": ["execute-api:*", "s3:Get*"], "Resource": "*"}]);
    let house = house_and([boundary(document(&api))]);
    assert_eq!(doors_of(&house, "reader"), []);
    // Within it, a policy of its own making gives the whole API and nothing else.
    let policy =
        json!([{"Effect": "Allow", "Action": ["execute-api:*", "iam:*"], "Resource": "*"}]);
    let house = house_and([
        boundary(document(&policy)),
        inline("own", &allow(&["iam:PutRolePolicy"], "*")),
    ]);
    assert_eq!(kinds(&doors_of(&house, "reader")), ["role"]);
    let narrow = json!([{"Effect": "Allow",
        "Action": ["iam:PutRolePolicy", "iam:DeleteRolePermissionsBoundary"], "Resource": "*"}]);
    let house = house_and([boundary(document(&narrow)), inline("own", &narrow)]);
    let doors = doors_of(&house, "reader");
    assert_eq!(kinds(&doors), ["role"]);
    assert!(doors[0].path.contains("takes off its permissions boundary"));
}

#[test]
fn a_trust_that_lets_the_role_in_is_a_door_unless_the_role_is_denied() {
    let mut sample = roles();
    let reader = sample[1].1.arn.clone();
    sample[0].1.trust = document(&json!([{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": reader}}]));
    let doors = doors_of(&house_of(sample.clone()), "reader");
    let job = of_kind(&doors, DoorKind::Job);
    assert!(
        job.path
            .contains("assumes the role sagemakermlflowadminrole")
    );
    let Basis::Statement { policy, .. } = &job.opened_by[0].basis else {
        panic!("{job:?}");
    };
    assert_eq!(policy, "trust policy");
    // SageMaker is not let in any more, so no job runs as that role.
    assert_eq!(
        kinds(&doors).iter().filter(|kind| *kind == "job").count(),
        1
    );
    let deny = json!([{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]);
    sample[1].1.policies.push(inline("no", &deny));
    let doors = doors_of(&house_of(sample.clone()), "reader");
    assert!(!kinds(&doors).contains(&"job".to_owned()));
    // Where the whole account is trusted, the role needs a right of its own, and has none.
    sample[0].1.trust = document(&json!([{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "123456789012"}}]));
    sample[1].1.policies.pop();
    let doors = doors_of(&house_of(sample), "reader");
    assert!(!kinds(&doors).contains(&"job".to_owned()));
}

#[test]
fn a_bucket_of_one_level_alone_is_no_artifact_bucket() {
    let mut roles = roles();
    for (_, role) in &mut roles {
        role.policies
            .retain(|policy| policy.source.label() != "s3Buckets");
    }
    let own = allow(&["s3:*"], "arn:aws:s3:::team-data/*");
    roles[1].1.policies.push(inline("team", &own));
    assert!(house_of(roles).buckets.is_empty());
}

#[test]
fn where_nothing_is_known_of_the_deployment_nothing_is_claimed() {
    let mut house = house_with([managed("AmazonSageMakerFullAccess", FULL_ACCESS)]);
    house.site.pool = None;
    house.site.domain = None;
    house.site.authorizer_function = None;
    house.site.api.id = "*".to_owned();
    assert_eq!(kinds(&doors_of(&house, "reader")), ["job", "artifacts"]);
}

#[test]
fn the_authorizers_function_is_known_without_the_alias_that_the_api_calls() {
    let found = Found::new(format!("{FUNCTION}:live"), Origin::Flag("--given".into()));
    let deployment = Deployment {
        authorizer_function: Some(found),
        ..Deployment::default()
    };
    let site = Site::of(&deployment, "us-west-2");
    assert_eq!(site.authorizer_function.as_deref(), Some(FUNCTION));
}
