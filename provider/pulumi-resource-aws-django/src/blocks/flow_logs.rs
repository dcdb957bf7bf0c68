//! A record of the traffic that a network has refused.

use pulumi_component::{Context, Options, Output, interpolate};

use super::roles::{Surroundings, service};
use crate::aws::{cloudwatch, ec2};
use crate::names::Tags;
use crate::policy;

/// Whose traffic is recorded, and where.
pub(crate) struct Spec<'a> {
    /// Name of the log group.
    pub(crate) log_group: &'a str,
    pub(crate) vpc_id: &'a Output<String>,
    pub(crate) retention_days: &'a Output<u32>,
    pub(crate) surroundings: &'a Surroundings,
    /// Key to encrypt with, if it is not AWS's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    pub(crate) tags: &'a Tags,
}

/// What it is for.
const ROLE: &str = "traffic";

pub(crate) fn build(cx: &Context, spec: &Spec<'_>) {
    let Surroundings { partition, region, account_id, .. } = spec.surroundings;
    let logs = cloudwatch::LogGroup::new(ROLE)
        .name(spec.log_group)
        .retention_in_days(spec.retention_days)
        .kms_key_id(spec.kms_key_arn)
        .tags(spec.tags.of(ROLE))
        // CloudWatch knows it by its name alone.
        .register_with(cx, Options::default().delete_before_replace(true));
    // It may not make a log group: ours would come back without a retention while a base is being destroyed.
    let actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];
    let streams = interpolate!("{arn}:*", arn = logs.arn);
    let writer = service::build(
        cx,
        service::Spec {
            role: ROLE,
            about: "What VPC needs to record refused traffic",
            service: "vpc-flow-logs.amazonaws.com",
            source_arn: interpolate!("arn:{partition}:ec2:{region}:{account_id}:vpc-flow-log/*"),
            account_id,
            statements: vec![policy::allow("Logs", actions).Resource([streams])],
            tags: spec.tags,
        },
    );
    ec2::FlowLog::new(ROLE)
        .vpc_id(spec.vpc_id)
        // What was let through would be a line for each connection of each request.
        .traffic_type("REJECT")
        .log_destination_type("cloud-watch-logs")
        .log_destination(&logs.arn)
        .iam_role_arn(&writer.arn)
        .tags(spec.tags.of(ROLE))
        .register_with(cx, Options::default().depends_on(writer.policies));
}
