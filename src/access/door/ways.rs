//! The calls that each door takes, as data.

/// A way that takes these calls, all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// What whoever goes it does, after "a notebook of ROLE"; `{to}` stands for what it leads to.
    pub does: &'static str,
    /// The actions.
    pub actions: &'static [&'static str],
    /// What else must be so, in words; none where the rights are enough.
    pub provided: Option<&'static str>,
}

/// On the user pool. `AdminCreateUser` with `RESEND` sets a new temporary password, but only of
/// somebody who has not signed in yet; a function for tokens may put any group into them
/// (`PreTokenGeneration`, `groupsToOverride`).
pub(super) const GROUP: [Way; 5] = [
    Way {
        does: "puts itself, or an account that it signs up, into the group {to}",
        actions: &["cognito-idp:AdminAddUserToGroup"],
        provided: None,
    },
    Way {
        does: "sets the password of a member of {to} and signs in as them",
        actions: &["cognito-idp:AdminSetUserPassword"],
        provided: None,
    },
    Way {
        does: "gives a member of {to} its own address, and has their password reset there",
        actions: &["cognito-idp:AdminUpdateUserAttributes"],
        provided: None,
    },
    Way {
        does: "invites a member of {to} again, with a password that it knows",
        actions: &["cognito-idp:AdminCreateUser"],
        provided: Some("a member who has not signed in yet"),
    },
    Way {
        does: "has a function of its own write the group {to} into every token",
        actions: &["cognito-idp:UpdateUserPool"],
        provided: Some("a function that the pool may call"),
    },
];

/// What runs code as the role that it is given, beside `iam:PassRole` of that role.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    /// What it is: `a training job`.
    pub noun: &'static str,
    /// The actions, each with the kind of resource that it is on.
    pub calls: &'static [(&'static str, &'static str)],
}

/// What SageMaker runs with a role that the caller passes to it.
pub(super) const JOBS: [Job; 12] = [
    Job {
        noun: "a training job",
        calls: &[("sagemaker:CreateTrainingJob", "training-job/any")],
    },
    Job {
        noun: "a processing job",
        calls: &[("sagemaker:CreateProcessingJob", "processing-job/any")],
    },
    Job {
        noun: "a tuning job",
        calls: &[(
            "sagemaker:CreateHyperParameterTuningJob",
            "hyper-parameter-tuning-job/any",
        )],
    },
    Job {
        noun: "a transform job",
        calls: &[
            ("sagemaker:CreateModel", "model/any"),
            ("sagemaker:CreateTransformJob", "transform-job/any"),
        ],
    },
    Job {
        noun: "an endpoint",
        calls: &[
            ("sagemaker:CreateModel", "model/any"),
            ("sagemaker:CreateEndpointConfig", "endpoint-config/any"),
            ("sagemaker:CreateEndpoint", "endpoint/any"),
        ],
    },
    Job {
        noun: "a notebook instance",
        calls: &[("sagemaker:CreateNotebookInstance", "notebook-instance/any")],
    },
    Job {
        noun: "a pipeline",
        calls: &[
            ("sagemaker:CreatePipeline", "pipeline/any"),
            ("sagemaker:StartPipelineExecution", "pipeline/any"),
        ],
    },
    Job {
        noun: "a monitoring schedule",
        calls: &[(
            "sagemaker:CreateMonitoringSchedule",
            "monitoring-schedule/any",
        )],
    },
    Job {
        noun: "a cluster",
        calls: &[("sagemaker:CreateCluster", "cluster/any")],
    },
    Job {
        noun: "a new Studio profile",
        calls: &[
            ("sagemaker:CreateUserProfile", "user-profile/{domain}/any"),
            (
                "sagemaker:CreatePresignedDomainUrl",
                "user-profile/{domain}/any",
            ),
        ],
    },
    Job {
        noun: "its own Studio profile",
        calls: &[(
            "sagemaker:UpdateUserProfile",
            "user-profile/{domain}/{profile}",
        )],
    },
    Job {
        noun: "a new Studio domain",
        calls: &[("sagemaker:CreateDomain", "domain/any")],
    },
];

/// What changes an object or its bucket.
pub(super) const OBJECT_WRITES: [&str; 2] = ["s3:PutObject", "s3:DeleteObject"];
/// What lets others write, or removes what is there, by the bucket's own settings.
pub(super) const BUCKET_WRITES: [&str; 3] = [
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutLifecycleConfiguration",
];

/// What changes what a function does.
pub(super) const FUNCTION_WRITES: [&str; 2] = [
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
];

/// What gives a role more, on the role itself.
pub(super) const ROLE_GRANTS: [&str; 2] = ["iam:PutRolePolicy", "iam:AttachRolePolicy"];
/// What takes from a role what denies, on the role itself.
pub(super) const ROLE_LOOSENS: [&str; 2] = ["iam:DeleteRolePolicy", "iam:DetachRolePolicy"];
/// What takes a role's boundary away, or puts a wider one in its place.
pub(super) const BOUNDARY_LOOSENS: [&str; 2] = [
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
];
