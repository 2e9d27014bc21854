//! moto and ministack: AWS as others understood it.

use aws_credential_types::Credentials;
use futures::StreamExt;
use mlwarden::{
    access::role_policy::same_document,
    aws::{
        Cloud, Cognito, Target, WriteAccess,
        cognito::{GroupSettings, Invitation, MfaKind, MfaPreference, NewUser},
    },
    domain::{ErrorClass, PolicySource, UserStatus},
    plan::{Event, Item, Journal, Passwords, Place, Plan, Runner, Step, Tools},
};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::support::aws_servers::AwsServer;

const PASSWORD: &str = "Str0ng!enough";

pub async fn cloud(server: &AwsServer) -> Cloud {
    Cloud::connect_as(
        &Target {
            region: Some("us-west-2".to_owned()),
            endpoint_url: Some(server.url.clone()),
            ..Target::default()
        },
        Credentials::new("test", "test", None, None, "test"),
    )
    .await
    .unwrap()
}

/// A pool and an execution role, made by boto3; the pool's id.
async fn make_pool(server: &AwsServer) -> String {
    let (url, python) = (server.url.clone(), server.python());
    let made = move || {
        let output = std::process::Command::new(python)
            .args(["-c", include_str!("fill_emulator.py"), &url])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    tokio::task::spawn_blocking(made).await.unwrap()
}

/// Confirmed and with a text message as second factor, then without: an account's life as
/// far as both emulators know it.
async fn an_account_is_confirmed_and_gets_a_second_factor(cognito: &Cognito, pool: &str) {
    let writes = WriteAccess::unless_read_only(false).unwrap();
    let new = NewUser {
        username: "grace@example.com".to_owned(),
        attributes: [
            ("email", "grace@example.com"),
            ("phone_number", "+15555550100"),
            ("phone_number_verified", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect(),
        temporary_password: Some(SecretString::from(PASSWORD)),
        invitation: Invitation::Suppress,
    };
    cognito.create_user(&writes, pool, &new).await.unwrap();
    let name = &new.username;
    let account = || async { cognito.account(pool, name).await.unwrap() };
    let before = account().await;
    assert_eq!(before.user.status, UserStatus::ForceChangePassword);
    assert!(before.mfa.is_empty(), "{before:?}");
    cognito.confirm(&writes, pool, name).await.unwrap();
    assert_eq!(account().await.user.status, UserStatus::Confirmed);

    let by_text = MfaPreference {
        preferred: Some(MfaKind::Sms),
        ..MfaPreference::default()
    };
    cognito
        .set_mfa(&writes, pool, name, &by_text)
        .await
        .unwrap();
    let with = account().await;
    assert_eq!(with.mfa, ["SMS_MFA"]);
    assert_eq!(with.preferred_mfa.as_deref(), Some("SMS_MFA"));
    let none = MfaPreference {
        sms: Some(false),
        ..MfaPreference::default()
    };
    cognito.set_mfa(&writes, pool, name, &none).await.unwrap();
    let without = account().await;
    assert!(without.mfa.is_empty(), "{without:?}");
    assert_eq!(without.preferred_mfa, None);

    let nobody = cognito.account(pool, "nobody@example.com").await;
    assert_eq!(nobody.unwrap_err().class, ErrorClass::NotFound);
}

/// A person's and a group's life as plans, made, and taken back.
async fn plans_are_carried_out_and_taken_back(cloud: &Cloud, pool: &str, updates_groups: bool) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let runner = Runner {
        tools: Tools {
            cloud: cloud.clone(),
            writes: WriteAccess::unless_read_only(false).unwrap(),
            pool: pool.to_owned(),
            policy: None,
            passwords: Passwords::default(),
            packages: journal.packages(),
            caller: None,
            cancel: CancellationToken::new(),
        },
        journal: journal.clone(),
    };
    let user = || "hopper@example.com".to_owned();
    let group = |name: &str| GroupSettings {
        name: name.to_owned(),
        description: Some("of the test".to_owned()),
        ..GroupSettings::default()
    };
    let mut steps = vec![
        Step::CreateGroup(group("interns")),
        Step::CreateGroup(group("alumni")),
        Step::CreateUser {
            user: user(),
            attributes: [
                ("email".to_owned(), user()),
                ("nickname".to_owned(), "Grace".to_owned()),
            ]
            .into_iter()
            .collect(),
            invite: false,
        },
        Step::SetPassword {
            user: user(),
            permanent: true,
        },
    ];
    for name in ["interns", "alumni"] {
        steps.push(Step::AddToGroup {
            user: user(),
            group: name.to_owned(),
        });
    }
    steps.push(Step::RemoveFromGroup {
        user: user(),
        group: "interns".to_owned(),
    });
    steps.push(Step::SetAttributes {
        user: user(),
        after: [("nickname".to_owned(), Some("Amazing".to_owned()))]
            .into_iter()
            .collect(),
        before: [("nickname".to_owned(), Some("Grace".to_owned()))]
            .into_iter()
            .collect(),
    });
    steps.push(Step::DisableUser { user: user() });
    if updates_groups {
        let mut after = group("alumni");
        after.precedence = Some(7);
        let before = group("alumni");
        steps.push(Step::UpdateGroup { after, before });
    }
    let plan = Plan::new(
        "a life".to_owned(),
        Place::default(),
        vec![Item::new("hopper", steps)],
    );
    let record = journal.plan(plan).unwrap();
    let failures = std::sync::Mutex::new(Vec::new());
    let hear = |event| {
        if let Event::Item(_, Err(failure)) = event {
            failures.lock().unwrap().push(failure);
        }
    };
    let outcome = runner.run(&record, hear).await.unwrap();
    assert!(outcome.is_complete(), "{:?}", failures.lock().unwrap());

    let cognito = &cloud.cognito;
    let made = cognito.user(pool, &user()).await.unwrap();
    assert!(!made.enabled);
    assert_eq!(made.attributes.get("nickname"), Some("Amazing"));
    let groups = cognito.groups_of(pool, &made.username).await.unwrap();
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["alumni"]);

    let record = journal.find_plan(&record.plan.id.to_string()).unwrap();
    let back = journal.plan(record.inverse().0).unwrap();
    let outcome = runner.run(&back, hear).await.unwrap();
    assert!(outcome.is_complete(), "{:?}", failures.lock().unwrap());
    let gone = cognito.user(pool, &user()).await.unwrap_err();
    assert_eq!(gone.class, ErrorClass::NotFound);
    let left = cognito.groups(pool).await.unwrap();
    assert!(
        left.iter()
            .all(|group| group.name != "alumni" && group.name != "interns")
    );
}

/// A role's inline policy is replaced, another one added, and both are taken back: IAM as
/// somebody else has written it.
#[tokio::test(flavor = "multi_thread")]
async fn moto_takes_plans_about_roles() {
    let moto = tokio::task::spawn_blocking(AwsServer::moto).await.unwrap();
    make_pool(&moto).await;
    let cloud = cloud(&moto).await;
    let roles = cloud.iam.roles().await.unwrap();
    let name = roles.first().unwrap().name.clone();
    let before = cloud.iam.role(&name).await.unwrap();
    let inline = before
        .policies
        .iter()
        .find_map(|policy| match &policy.source {
            PolicySource::Inline(name) => Some((name.clone(), policy.document.clone())),
            _ => None,
        });
    let (policy, document) = inline.unwrap();
    let after = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]}"#;
    let put = |policy: &str, before: Option<String>| Step::PutRolePolicy {
        role: name.clone(),
        policy: policy.to_owned(),
        after: after.to_owned(),
        before,
    };
    let steps = vec![put(&policy, Some(document)), put("mlwarden-more", None)];
    let plan = Plan::new(
        "a role".to_owned(),
        Place::default(),
        vec![Item::new(name.clone(), steps)],
    );
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let runner = Runner {
        tools: Tools {
            cloud: cloud.clone(),
            writes: WriteAccess::unless_read_only(false).unwrap(),
            pool: String::new(),
            policy: None,
            passwords: Passwords::default(),
            packages: journal.packages(),
            caller: None,
            cancel: CancellationToken::new(),
        },
        journal: journal.clone(),
    };
    let record = journal.plan(plan).unwrap();
    let outcome = runner.run(&record, |_| {}).await.unwrap();
    assert!(outcome.is_complete());
    for name_of in [&policy, "mlwarden-more"] {
        let there = cloud.iam.find_inline_policy(&name, name_of).await.unwrap();
        assert!(same_document(&there.unwrap(), after));
    }
    let record = journal.find_plan(&record.plan.id.to_string()).unwrap();
    let back = journal.plan(record.inverse().0).unwrap();
    assert!(runner.run(&back, |_| {}).await.unwrap().is_complete());
    assert_eq!(cloud.iam.role(&name).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn moto_takes_plans_about_people() {
    let moto = tokio::task::spawn_blocking(AwsServer::moto).await.unwrap();
    let pool = make_pool(&moto).await;
    plans_are_carried_out_and_taken_back(&cloud(&moto).await, &pool, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ministack_takes_plans_about_people() {
    let ministack = tokio::task::spawn_blocking(AwsServer::ministack)
        .await
        .unwrap();
    let pool = make_pool(&ministack).await;
    plans_are_carried_out_and_taken_back(&cloud(&ministack).await, &pool, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ministack_keeps_an_account_as_it_is_told() {
    let ministack = tokio::task::spawn_blocking(AwsServer::ministack)
        .await
        .unwrap();
    let pool = make_pool(&ministack).await;
    let cloud = cloud(&ministack).await;
    an_account_is_confirmed_and_gets_a_second_factor(&cloud.cognito, &pool).await;
}

/// moto keeps a pool and roles of its own: our adapters read what they wrote.
#[tokio::test(flavor = "multi_thread")]
async fn moto_gives_back_the_people_and_roles_it_was_given() {
    let moto = tokio::task::spawn_blocking(AwsServer::moto).await.unwrap();
    let pool = make_pool(&moto).await;
    let cloud = cloud(&moto).await;
    let writes = WriteAccess::unless_read_only(false).unwrap();
    let cognito = &cloud.cognito;
    for number in 0..130 {
        let email = format!("person-{number:03}@example.com");
        let new = NewUser {
            username: email.clone(),
            attributes: [("email".to_owned(), email)].into_iter().collect(),
            temporary_password: Some(SecretString::from(PASSWORD)),
            invitation: Invitation::Suppress,
        };
        cognito.create_user(&writes, &pool, &new).await.unwrap();
    }
    let readers = GroupSettings {
        name: "readers".to_owned(),
        ..GroupSettings::default()
    };
    cognito
        .create_group(&writes, &pool, &readers)
        .await
        .unwrap();
    cognito
        .add_to_group(&writes, &pool, "person-007@example.com", "readers")
        .await
        .unwrap();

    let mut emails: Vec<String> = Vec::new();
    let mut pages = std::pin::pin!(cognito.users(&pool));
    while let Some(page) = pages.next().await {
        emails.extend(
            page.unwrap()
                .items
                .into_iter()
                .filter_map(|user| user.email),
        );
    }
    emails.sort();
    emails.dedup();
    assert_eq!(emails.len(), 130);
    let members = cognito.members(&pool, "readers").await.unwrap();
    assert_eq!(members[0].email.as_deref(), Some("person-007@example.com"));

    let person = "person-007@example.com";
    let attributes = [("nickname", "Bond"), ("locale", "en")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect();
    cognito
        .update_attributes(&writes, &pool, person, &attributes)
        .await
        .unwrap();
    cognito
        .delete_attributes(&writes, &pool, person, &["nickname".to_owned()])
        .await
        .unwrap();
    let left = cognito.user(&pool, person).await.unwrap().attributes;
    assert_eq!(left.get("locale"), Some("en"));
    assert_eq!(left.get("nickname"), None);
    an_account_is_confirmed_and_gets_a_second_factor(cognito, &pool).await;

    let role = cloud.iam.role("reader").await.unwrap();
    assert!(
        role.trust.contains("sagemaker.amazonaws.com"),
        "{}",
        role.trust
    );
    assert!(
        role.policies
            .iter()
            .any(|policy| policy.document.contains("execute-api:Invoke")),
        "{:?}",
        role.policies
    );
}
