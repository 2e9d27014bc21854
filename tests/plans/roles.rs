//! Inline policies of execution roles, written and taken back, cut off anywhere.

use mlwarden::{
    access::{Api, Catalog, Matrix, role_policy},
    domain::{ErrorClass, PolicySource},
    plan::{Plan, Standing, Step, role_policy::role_policies},
};
use rstest::rstest;

use crate::stage::{Cut, Stage, steps_of};

const READER: &str = "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";

impl Stage {
    /// The inline policies of the reader's role, by name.
    async fn policies(&self) -> Vec<(String, String)> {
        let role = self.cloud.iam.role(READER).await.unwrap();
        let inline = role.policies.into_iter().filter_map(|policy| {
            let PolicySource::Inline(name) = policy.source else {
                return None;
            };
            Some((name, policy.document))
        });
        inline.collect()
    }

    /// A second policy about the API, so that there is one to write and one to delete.
    async fn giving(&self) -> Plan {
        let api = Api::of(&self.deployment, self.cloud.region());
        let more = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:*:*:{}/*"}}}}"#,
            api.id
        );
        {
            let mut iam = self.sandbox.world().iam.lock();
            iam.put_role_policy(READER, "tooWide", &more);
        }
        let role = self.cloud.iam.role(READER).await.unwrap();
        let catalog = Catalog::for_version("2.12.2");
        let matrix = Matrix::sample();
        let change = role_policy::change(&role, &matrix.rows[1], &api, &catalog).unwrap();
        assert_eq!(change.unreached, []);
        role_policies([&change], self.place())
    }
}

#[rstest]
#[case(Cut::Before)]
#[case(Cut::Announced)]
#[case(Cut::Made)]
#[tokio::test]
async fn a_roles_policies_that_are_cut_off_anywhere_are_gone_on_with_and_taken_back(
    #[case] cut: Cut,
) {
    let whole = Stage::new().await;
    let plan = whole.giving().await;
    let calls: Vec<_> = plan.items[0].steps.iter().map(Step::call).collect();
    // What gives comes before what takes.
    assert_eq!(calls, ["iam:PutRolePolicy", "iam:DeleteRolePolicy"]);
    let before = whole.policies().await;
    whole.complete(plan.clone()).await;
    let wanted = whole.policies().await;
    assert_ne!(wanted, before);
    for at in steps_of(&plan) {
        let stage = Stage::new().await;
        let plan = stage.giving().await;
        let journal = stage.journal();
        let record = journal.plan(plan).unwrap();
        assert!(stage.cut_off(journal, &record, at, cut).await, "{at:?}");
        let (outcome, failures) = stage.resume(&record).await;
        assert!(outcome.is_complete(), "{cut:?} {at:?}: {failures:?}");
        assert_eq!(stage.found(&record).standing(), Standing::Done);
        assert_eq!(stage.policies().await, wanted, "{cut:?} {at:?}");
        let (back, kept) = stage.found(&record).inverse();
        assert_eq!(kept, Vec::<String>::new());
        stage.complete(back).await;
        assert_eq!(stage.policies().await, before, "{cut:?} {at:?}");
    }
}

#[tokio::test]
async fn what_iam_refuses_is_told_with_role_and_policy() {
    let stage = Stage::new().await;
    let (iam, writes) = (&stage.cloud.iam, Stage::writes());
    let refused = iam.put_role_policy(&writes, READER, "mine", "{").await;
    let failure = refused.unwrap_err();
    assert_eq!(failure.class, ErrorClass::Invalid);
    let told = failure.to_string();
    for part in ["mine", READER, "invalid Json"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let large = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:*","Resource":"{}"}}}}"#,
        "x".repeat(10_240)
    );
    let refused = iam.put_role_policy(&writes, READER, "mine", &large).await;
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("10240") && told.contains("mine"), "{told}");
    let nobodys = iam.put_role_policy(&writes, "no-such-role", "mine", "{}");
    assert!(nobodys.await.is_err());
}
