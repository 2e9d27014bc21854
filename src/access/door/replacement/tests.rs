use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    access::{
        AccessRequest, Context, Effect,
        door::sample::{
            ADMINISTRATOR, BUCKET, POWER_USER, Roles, house_and, house_of, house_with, inline,
            managed, roles,
        },
    },
    domain::ErrorClass,
};

const READER: &str = "sagemakermlflowreaderrole";

/// The house after that.
fn after(roles: Roles, change: &Replacement) -> House {
    let roles = roles.into_iter().map(|(found, role)| {
        let role = if role.name == change.role {
            afterwards(&role, &change.writes, &change.detaches)
        } else {
            role
        };
        (found, role)
    });
    house_of(roles.collect())
}

#[test]
fn the_guard_closes_every_door_of_the_sample_and_breaks_nothing() {
    let house = house_of(roles());
    let reader = house.find(READER).unwrap();
    let change = guard(&house, reader).unwrap();
    assert_eq!(change.closes, doors(&house, reader));
    assert_eq!(change.leaves, []);
    assert_eq!(change.breaks, Vec::<String>::new());
    // Every call of the list was allowed before, and is asked about.
    assert_eq!(change.keeps.len(), studio_calls().len());
    let [write] = change.writes.as_slice() else {
        panic!("{:?}", change.writes);
    };
    assert_eq!((write.name.as_str(), &write.before), (GUARD, &None));
    let size = role_policy::size_of(write.after.as_ref().unwrap());
    assert!(
        size < 2_600 && change.size < 4_000,
        "{size}, {}",
        change.size
    );
    let house = after(roles(), &change);
    let reader = house.find(READER).unwrap();
    assert_eq!(doors(&house, reader), []);
    // A second time there is nothing to write.
    assert_eq!(guard(&house, reader).unwrap().writes, []);
}

#[test]
fn the_replacement_closes_every_door_of_the_sample_and_breaks_nothing() {
    let house = house_of(roles());
    let reader = house.find(READER).unwrap();
    let change = replacement(&house, reader).unwrap();
    assert_eq!(change.closes, doors(&house, reader));
    assert_eq!(change.leaves, []);
    assert_eq!(change.breaks, Vec::<String>::new());
    assert_eq!(change.keeps.len(), studio_calls().len());
    assert_eq!(
        change.detaches,
        ["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"]
    );
    let names: Vec<_> = change
        .writes
        .iter()
        .map(|write| write.name.as_str())
        .collect();
    assert_eq!(names, [STUDIO, "s3Buckets"]);
    let buckets: Value = serde_json::from_str(change.writes[1].after.as_ref().unwrap()).unwrap();
    assert_eq!(
        buckets["Statement"][0]["Action"],
        json!(["s3:ListBucket", "s3:GetObject"])
    );
    // It fits into a managed policy of one's own as well as among the inline ones.
    let size = role_policy::size_of(change.writes[0].after.as_ref().unwrap());
    assert!(
        size <= 6_144 && change.size <= LIMIT,
        "{size}, {}",
        change.size
    );
    let house = after(roles(), &change);
    assert_eq!(doors(&house, house.find(READER).unwrap()), []);
}

#[test]
fn the_guard_closes_the_doors_of_much_wider_policies_too() {
    let no_api = json!([{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*"}]);
    for (name, text) in [
        ("PowerUserAccess", POWER_USER),
        ("AdministratorAccess", ADMINISTRATOR),
    ] {
        let house = house_with([managed(name, text), inline("noApi", &no_api)]);
        let reader = house.find(READER).unwrap();
        let change = guard(&house, reader).unwrap();
        assert!(change.closes.len() >= 10, "{name}: {}", change.closes.len());
        assert_eq!(change.leaves, [], "{name}");
        assert_eq!(change.breaks, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn what_a_remedy_would_break_is_told() {
    // A reader who works as somebody else's profile only.
    let mut sample = roles();
    sample[1].0.profiles.clear();
    let house = house_of(sample);
    let change = guard(&house, house.find(READER).unwrap()).unwrap();
    assert_eq!(change.leaves, []);
    // A wider right than the replacement keeps: it is lost, and said so.
    let wide = json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]);
    let house = house_and([inline("storage", &wide)]);
    let reader = house.find(READER).unwrap();
    let change = replacement(&house, reader).unwrap();
    let left: Vec<&str> = change
        .leaves
        .iter()
        .map(|door| door.kind.as_str())
        .collect();
    assert_eq!(left, ["artifacts"]);
    assert_eq!(guard(&house, reader).unwrap().leaves, []);
}

#[test]
fn a_role_without_the_managed_policy_is_not_given_what_it_never_had() {
    let house = house_with([managed("PowerUserAccess", POWER_USER)]);
    let failure = replacement(&house, house.find(READER).unwrap()).unwrap_err();
    assert_eq!(failure.class, ErrorClass::Invalid);
    assert!(
        failure.to_string().contains("AmazonSageMakerFullAccess"),
        "{failure}"
    );
}

#[test]
fn a_role_without_room_is_refused_with_the_size() {
    let filler = json!([{"Sid": "a".repeat(8_000), "Effect": "Allow", "Action": "s3:ListBucket",
        "Resource": "*"}]);
    let house = house_and([inline("filler", &filler)]);
    let failure = guard(&house, house.find(READER).unwrap()).unwrap_err();
    assert!(failure.to_string().contains("IAM takes 10240"), "{failure}");
}

#[test]
fn of_a_role_with_many_profiles_the_one_that_calls_is_meant() {
    let mut sample = roles();
    sample[1].0.profiles = (0..100).map(|number| format!("reader-{number}")).collect();
    let house = house_of(sample);
    let reader = house.find(READER).unwrap();
    for change in [
        guard(&house, reader).unwrap(),
        replacement(&house, reader).unwrap(),
    ] {
        assert_eq!(change.leaves, []);
        assert_eq!(change.breaks, Vec::<String>::new());
        let text = change.writes[0].after.as_ref().unwrap();
        assert!(
            text.contains("user-profile/d-1/${sagemaker:UserProfileName}"),
            "{text}"
        );
    }
}

#[test]
fn only_writing_is_taken_out_of_a_wildcard() {
    let one = |action: &str| reads_of(&[action]).join(",");
    assert_eq!(one("s3:GetObjectTagging"), "s3:GetObjectTagging");
    assert_eq!(one("s3:PutObject"), "");
    assert_eq!(one("s3:*Object"), "s3:GetObject");
    assert_eq!(
        one("S3:*"),
        "s3:GetBucketLocation,s3:GetObject,s3:GetObjectVersion,s3:ListBucket"
    );
    assert_eq!(one("kms:Decrypt"), "kms:Decrypt");
    let mixed = json!({"Sid": "Both", "Effect": "Allow", "Action": "s3:*",
        "Resource": [format!("arn:aws:s3:::{BUCKET}/*"), "arn:aws:s3:::mine/*"]});
    let parts = narrowed(&mixed, &[BUCKET.to_owned()]);
    assert_eq!(parts[0]["Resource"], json!(["arn:aws:s3:::mine/*"]));
    assert_eq!(parts[0]["Action"], "s3:*");
    assert_eq!(
        parts[1]["Resource"],
        json!([format!("arn:aws:s3:::{BUCKET}/*")])
    );
    assert_eq!(parts[1].get("Sid"), None);
}

/// Actions and resources that the policies of the sample and the templates speak of, and others.
fn request() -> impl Strategy<Value = (String, String, Context)> {
    let verbs = prop::sample::select(vec![
        "Add", "Admin", "Attach", "BatchGet", "Create", "Delete", "Describe", "Get", "List",
        "Pass", "Put", "Search", "Start", "Stop", "Update",
    ]);
    let nouns = prop::sample::select(vec![
        "",
        "UserToGroup",
        "App",
        "Space",
        "Tags",
        "TrainingJob",
        "Model",
        "Endpoint",
        "Role",
        "RolePolicy",
        "Object",
        "Bucket",
        "Images",
        "LogEvents",
        "MetricData",
        "UserProfile",
        "PresignedDomainUrl",
        "ListAllMyBuckets",
        "NetworkInterface",
        "PipelineExecution",
    ]);
    let services = prop::sample::select(vec![
        "sagemaker",
        "iam",
        "s3",
        "ecr",
        "logs",
        "cloudwatch",
        "cognito-idp",
        "ec2",
        "lambda",
        "apigateway",
        "codecommit",
        "servicecatalog",
        "kms",
        "tag",
        "execute-api",
        "sts",
    ]);
    let resources = prop::sample::select(
        [
            "*",
            "arn:aws:sagemaker:us-west-2:123456789012:training-job/a",
            "arn:aws:sagemaker:eu-west-1:999999999999:training-job/a",
            "arn:aws:sagemaker:us-west-2:123456789012:notebook-instance/a",
            "arn:aws:sagemaker:us-west-2:123456789012:app/d-1/mlflow-reader/JupyterServer/x",
            "arn:aws:sagemaker:us-west-2:123456789012:app/d-1/mlflow-admin/JupyterServer/x",
            "arn:aws:sagemaker:us-west-2:123456789012:app/d-1/mlflow-reader/x",
            "arn:aws:sagemaker:us-west-2:123456789012:app/d-2/s/JupyterLab/x",
            "arn:aws:sagemaker:us-west-2:123456789012:space/d-1/s",
            "arn:aws:sagemaker:us-west-2:123456789012:user-profile/d-1/mlflow-reader",
            "arn:aws:sagemaker:us-west-2:123456789012:user-profile/d-1/mlflow-admin",
            "arn:aws:sagemaker:us-west-2:123456789012:domain/d-1",
            "arn:aws:sagemaker:us-west-2:123456789012:flow-definition/f",
            "arn:aws:iam::123456789012:role/sagemakermlflowreaderrole",
            "arn:aws:iam::123456789012:role/sagemakermlflowadminrole",
            "arn:aws:s3:::sagemaker-us-west-2-123456789012/x",
            "arn:aws:s3:::sagemaker-us-west-2-123456789012",
            "arn:aws:s3:::other-sagemaker/x",
            "arn:aws:s3:::mlflow-123456789012-us-west-2/x",
            "arn:aws:s3:::mlflow-123456789012-us-west-2",
            "arn:aws:s3:::other",
            "arn:aws:cognito-idp:us-west-2:123456789012:userpool/us-west-2_x",
            "arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5/prod/POST/api/2.0/mlflow/runs/create",
        ]
        .to_vec(),
    );
    let keys = prop::collection::vec(
        prop::sample::select(vec![
            ("iam:PassedToService", "sagemaker.amazonaws.com"),
            ("iam:PassedToService", "glue.amazonaws.com"),
            ("sagemaker:SpaceSharingType", "Private"),
            ("sagemaker:SpaceSharingType", "Shared"),
            ("sagemaker:DomainId", "d-1"),
            ("sagemaker:UserProfileName", "mlflow-reader"),
            ("sagemaker:TaggingAction", "CreateSpace"),
            (
                "sagemaker:OwnerUserProfileArn",
                "arn:aws:sagemaker:us-west-2:123456789012:user-profile/d-1/mlflow-reader",
            ),
        ]),
        0..5,
    );
    (services, verbs, nouns, resources, keys).prop_map(|(service, verb, noun, resource, keys)| {
        let context = keys
            .into_iter()
            .fold(Context::new(), |context, (key, value)| {
                context.with(key, [value])
            });
        (
            format!("{service}:{verb}{noun}"),
            resource.to_owned(),
            context,
        )
    })
}

/// The everyday calls' and the doors' own actions on any of the resources: what a random action
/// seldom hits.
fn known_action() -> impl Strategy<Value = String> {
    let mut actions: Vec<String> = studio_calls().into_iter().map(|call| call.action).collect();
    for template in [STUDIO_TEMPLATE, GUARD_TEMPLATE] {
        let document: Value = serde_json::from_str(template).unwrap();
        for statement in document["Statement"].as_array().unwrap() {
            let named = role_policy::texts(&statement["Action"]);
            actions.extend(named.iter().map(|action| action.replace('*', "Any")));
        }
    }
    prop::sample::select(actions)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_remedy_opens_what_was_not_open_before(
        (random, resource, context) in request(),
        known in known_action(),
        which in any::<bool>(),
        guarded in any::<bool>(),
    ) {
        use std::sync::OnceLock;
        static SETS: OnceLock<[PolicySet; 3]> = OnceLock::new();
        let [before, denied, replaced] = SETS.get_or_init(|| {
            let house = house_of(roles());
            let reader = house.find(READER).unwrap();
            let apply = |change: Replacement| change.applied_to(&reader.role);
            [
                reader.policies.clone(),
                apply(guard(&house, reader).unwrap()),
                apply(replacement(&house, reader).unwrap()),
            ]
        });
        let action = if which { random } else { known };
        let request = AccessRequest { action: &action, resource: &resource, context: &context };
        let after = if guarded { denied } else { replaced };
        let decision = after.evaluate(&request);
        prop_assert!(
            decision.effect == Effect::Deny || before.effect(&request) == Effect::Allow,
            "{action} on {resource}: {}",
            decision.explain()
        );
    }
}

#[test]
fn an_empty_house_gives_a_guard_that_still_denies_roles_and_profiles() {
    let mut house = house_of(roles());
    house.site.pool = None;
    house.site.domain = None;
    house.site.authorizer_function = None;
    house.buckets.clear();
    let reader = house.find(READER).unwrap();
    let change = guard(&house, reader).unwrap();
    let document: Value = serde_json::from_str(change.writes[0].after.as_ref().unwrap()).unwrap();
    let sids: Vec<&str> = document["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| statement["Sid"].as_str().unwrap())
        .collect();
    assert_eq!(
        sids,
        [
            "NoOtherRole",
            "NoOtherStudio",
            "NoProfileChange",
            "NoApiChange",
            "NoRoleChange"
        ]
    );
    assert_eq!(document["Statement"][1]["Resource"], "*");
    assert_eq!(document["Version"], "2012-10-17");
    assert_ne!(
        document.to_string(),
        super::super::sample::document(&json!([]))
    );
}
