//! The role with which RDS reports what the operating system of a database server is busy with.

use pulumi_component::{Context, interpolate};

use super::roles::{Role, Surroundings, service};
use crate::names::Tags;
use crate::policy;

/// What it is for.
pub(crate) struct Spec<'a> {
    /// Name of the server.
    pub(crate) identifier: &'a str,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) tags: &'a Tags,
}

/// Registers the role. The log group is one for the whole account, and RDS makes it: it is never a part of a base, whose
/// end would take away the reports of all others.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Role {
    let Surroundings { partition, region, account_id, .. } = spec.surroundings;
    let group = interpolate!("arn:{partition}:logs:{region}:{account_id}:log-group:RDSOSMetrics");
    let streams = interpolate!("{group}:log-stream:*");
    let of_group = ["logs:CreateLogGroup", "logs:PutRetentionPolicy"];
    let of_streams = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"];
    service::build(
        cx,
        service::Spec {
            role: "database-monitoring",
            about: "What RDS needs to report on the operating system of the database server",
            service: "monitoring.rds.amazonaws.com",
            source_arn: interpolate!(
                "arn:{partition}:rds:{region}:{account_id}:db:{identifier}",
                identifier = spec.identifier
            ),
            account_id,
            statements: vec![
                policy::allow("Group", of_group).Resource([group.clone(), interpolate!("{group}:*")]),
                policy::allow("Streams", of_streams).Resource([interpolate!("{group}:*"), streams]),
            ],
            tags: spec.tags,
        },
    )
}
