//! The role of the code in an app's tasks.

use pulumi_component::{Context, Output, interpolate};

use super::{Role, Surroundings};
use crate::aws::iam;
use crate::names::{self, Tags};
use crate::policy::{self, Statement};

/// What the code may do.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) bucket_arn: &'a Output<String>,
    /// The part of the bucket that is the app's own, with a slash at the end.
    pub(crate) prefix: &'a str,
    /// Key that the bucket is encrypted with, if it is not one of AWS's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    /// Whether someone may open a shell in the tasks.
    pub(crate) execute_command: bool,
    /// Managed policies that the user adds.
    pub(crate) policy_arns: &'a [Output<String>],
    pub(crate) tags: &'a Tags,
}

/// Registers the role and its policies.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Role {
    let about = "What the code of the app may do";
    let role = super::for_tasks(cx, spec.role, about, spec.surroundings, spec.tags);
    let policy =
        iam::RolePolicy::new(spec.role).role(&role.name).policy(super::document(statements(spec))).register(cx);
    // By position, a policy taken from the front would move the others, and AWS would lose the last one: an attachment
    // has no identity but its role and its policy.
    let marks = names::marks(spec.policy_arns.iter().map(Output::origin));
    let added = spec.policy_arns.iter().zip(marks).map(|(arn, mark)| {
        let role_of_policy = format!("{}-{mark}", spec.role);
        iam::RolePolicyAttachment::new(role_of_policy).role(&role.name).policy_arn(arn).register(cx).handle
    });
    let policies = [policy.handle].into_iter().chain(added).collect();
    Role { arn: role.arn, name: role.name, policies }
}

fn statements(spec: &Spec<'_>) -> Vec<Statement> {
    let (bucket, prefix) = (spec.bucket_arn, spec.prefix);
    let channels = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ];
    let mut statements = vec![
        // It also decides whether S3 says of an object that it is missing, or that nothing is said.
        policy::allow("List", ["s3:ListBucket"]).Resource([bucket]).Condition(policy::condition(
            "StringLike",
            "s3:prefix",
            [format!("{prefix}*")],
        )),
        policy::allow("Objects", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"])
            .Resource([interpolate!("{bucket}/{prefix}*")]),
        policy::allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"])
            .Resource(super::keys(spec.kms_key_arn))
            .Condition(policy::condition("StringEquals", "kms:ViaService", spec.surroundings.via(&["s3"]))),
    ];
    if spec.execute_command {
        // AWS knows no narrower resource for the channels of ECS Exec.
        statements.push(policy::allow("Shell", channels).Resource(["*"]));
    }
    statements
}
