//! A role that a service of AWS takes on to work for one kind of resource of this account.

use std::collections::BTreeMap;

use pulumi_component::{Context, Output};

use super::Role;
use crate::aws::iam;
use crate::names::Tags;
use crate::policy::{self, Statement};

/// Who takes it on, for what.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    /// What it is for, in the console.
    pub(crate) about: &'a str,
    /// The service, by the name of its principal.
    pub(crate) service: &'a str,
    /// The resources for which it works, as a pattern: for those of others it is not taken on.
    pub(crate) source_arn: Output<String>,
    pub(crate) account_id: &'a Output<String>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) tags: &'a Tags,
}

/// Registers the role and its policy.
pub(crate) fn build(cx: &Context, spec: Spec<'_>) -> Role {
    let conditions = BTreeMap::from([
        ("ArnLike".to_owned(), BTreeMap::from([("aws:SourceArn".to_owned(), [spec.source_arn])])),
        ("StringEquals".to_owned(), BTreeMap::from([("aws:SourceAccount".to_owned(), [spec.account_id.clone()])])),
    ]);
    let trust =
        policy::allow("Service", ["sts:AssumeRole"]).Principal(policy::service(spec.service)).Condition(conditions);
    let role = iam::Role::new(spec.role)
        .assume_role_policy(policy::document(vec![trust]))
        .description(spec.about)
        .tags(spec.tags.of(spec.role))
        .register(cx);
    let policy =
        iam::RolePolicy::new(spec.role).role(&role.name).policy(policy::document(spec.statements)).register(cx);
    Role { arn: role.arn, name: role.name, policies: vec![policy.handle] }
}
