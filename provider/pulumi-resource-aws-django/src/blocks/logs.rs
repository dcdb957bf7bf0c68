//! Log groups.

use pulumi_component::{Context, Handle, Options, Output};

use crate::aws::cloudwatch;
use crate::names::Tags;

/// What the log group is for.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    pub(crate) name: &'a str,
    pub(crate) retention_days: &'a Output<u32>,
    /// Key to encrypt with, if it is not AWS's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    pub(crate) tags: &'a Tags,
}

/// A registered log group.
pub(crate) struct Logs {
    pub(crate) arn: Output<String>,
    pub(crate) name: Output<String>,
    pub(crate) handle: Handle,
}

/// Registers the log group.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Logs {
    let group = cloudwatch::LogGroup::new(spec.role)
        .name(spec.name)
        .retention_in_days(spec.retention_days)
        .kms_key_id(spec.kms_key_arn)
        .tags(spec.tags.named(spec.name))
        // CloudWatch knows it by its name alone.
        .register_with(cx, Options::default().delete_before_replace(true));
    Logs { arn: group.arn, name: group.name, handle: group.handle }
}
