//! Entrances to services of AWS from within a VPC: for S3 always, since it costs nothing and spares the NAT gateway
//! the layers of images; for others where they are asked for.

use pulumi_component::{Context, Output, interpolate};

use crate::aws::ec2;
use crate::names::Tags;

/// What to build.
pub(crate) struct Spec<'a> {
    pub(crate) region: &'a Output<String>,
    pub(crate) vpc_id: &'a Output<String>,
    /// Route tables that lead to S3 without NAT.
    pub(crate) route_table_ids: &'a [Output<String>],
    /// Services that get an address in each of the subnets, as AWS calls them, such as `ecr.api`.
    pub(crate) services: &'a [String],
    pub(crate) subnet_ids: &'a [Output<String>],
    /// Group of those addresses, if there are any.
    pub(crate) security_group_id: Option<&'a Output<String>>,
    pub(crate) tags: &'a Tags,
}

pub(crate) fn build(cx: &Context, spec: &Spec<'_>) {
    ec2::VpcEndpoint::new("s3")
        .vpc_id(spec.vpc_id)
        .vpc_endpoint_type("Gateway")
        .service_name(service_name(spec, "s3"))
        .route_table_ids(spec.route_table_ids.to_vec())
        .tags(spec.tags.of("s3"))
        .register(cx);
    for service in spec.services {
        let role = role(service);
        ec2::VpcEndpoint::new(&role)
            .vpc_id(spec.vpc_id)
            .vpc_endpoint_type("Interface")
            .service_name(service_name(spec, service))
            .private_dns_enabled(true)
            .subnet_ids(spec.subnet_ids.to_vec())
            .security_group_ids(spec.security_group_id.map(|id| vec![id.clone()]))
            .tags(spec.tags.of(&role))
            .register(cx);
    }
}

/// What the entrance to a service is called in the component. Two services must not come to the same role.
pub(crate) fn role(service: &str) -> String {
    service.replace('.', "-")
}

fn service_name(spec: &Spec<'_>, service: &str) -> Output<String> {
    interpolate!("com.amazonaws.{region}.{service}", region = spec.region)
}
