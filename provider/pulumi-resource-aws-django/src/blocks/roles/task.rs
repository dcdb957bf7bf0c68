//! The roles of the code in an app's tasks.

use pulumi_component::{Context, Output, interpolate};

use super::{Role, Surroundings};
use crate::aws::iam;
use crate::names::{self, Tags};
use crate::policy::{self, Statement};

/// What the code may do.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    /// Whose code it is, in the console.
    pub(crate) about: &'a str,
    pub(crate) surroundings: &'a Surroundings,
    /// The app's own bucket, for code that keeps files in it.
    pub(crate) storage: Option<Storage<'a>>,
    /// Whether someone may open a shell in the tasks.
    pub(crate) execute_command: bool,
    /// Log group, by ARN, of what is typed there, if it is kept.
    pub(crate) session_logs_arn: Option<&'a Output<String>>,
    /// Managed policies that the user adds.
    pub(crate) policy_arns: &'a [Output<String>],
    pub(crate) tags: &'a Tags,
}

/// A bucket that the code may read and write.
#[derive(Clone, Copy)]
pub(crate) struct Storage<'a> {
    pub(crate) bucket_arn: &'a Output<String>,
    /// Key that the bucket is encrypted with, if it is not S3's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
}

/// Registers the role and its policies.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Role {
    let role = super::for_tasks(cx, spec.role, spec.about, spec.surroundings, spec.tags);
    // IAM takes no policy without a statement.
    let statements = Some(statements(spec)).filter(|statements| !statements.is_empty());
    let own = statements.map(|statements| {
        let policy = iam::RolePolicy::new(spec.role).role(&role.name).policy(super::document(statements));
        policy.register(cx).handle
    });
    // By position, a policy taken from the front would move the others, and AWS would lose the last one: an attachment
    // has no identity but its role and its policy.
    let marks = names::marks(spec.policy_arns.iter().map(Output::origin));
    let added = spec.policy_arns.iter().zip(marks).map(|(arn, mark)| {
        let role_of_policy = format!("{}-{mark}", spec.role);
        iam::RolePolicyAttachment::new(role_of_policy).role(&role.name).policy_arn(arn).register(cx).handle
    });
    let policies = own.into_iter().chain(added).collect();
    Role { arn: role.arn, name: role.name, policies }
}

fn statements(spec: &Spec<'_>) -> Vec<Statement> {
    let mut statements = spec.storage.map_or_else(Vec::new, |storage| files(storage, spec.surroundings));
    let channels = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ];
    if spec.execute_command {
        // AWS knows no narrower resource for the channels of ECS Exec.
        statements.push(policy::allow("Shell", channels).Resource(["*"]));
    }
    if let Some(arn) = spec.session_logs_arn {
        let actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];
        statements.push(policy::allow("SessionLogs", actions).Resource([interpolate!("{arn}:*")]));
        // The agent looks for its log group among all of the account, and AWS's guide to ECS Exec knows no narrower right.
        statements.push(policy::allow("FindSessionLogs", ["logs:DescribeLogGroups"]).Resource(["*"]));
    }
    statements
}

fn files(storage: Storage<'_>, surroundings: &Surroundings) -> Vec<Statement> {
    let Storage { bucket_arn, kms_key_arn } = storage;
    vec![
        // It also decides whether S3 says of an object that it is missing, or says nothing of it.
        policy::allow("List", ["s3:ListBucket"]).Resource([bucket_arn]),
        policy::allow("Objects", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"])
            .Resource([interpolate!("{bucket_arn}/*")]),
        policy::allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"])
            .Resource(super::keys(kms_key_arn))
            .Condition(policy::condition("StringEquals", "kms:ViaService", surroundings.via(&["s3"]))),
    ]
}
