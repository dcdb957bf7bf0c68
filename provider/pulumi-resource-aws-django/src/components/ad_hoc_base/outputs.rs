//! What an ad hoc base says of itself to the apps on it.

use pulumi_component::{Args, Input, Outputs};

use crate::components::app::Base;

/// What an app needs to know of the base that it runs on.
///
/// It is the output `outputs` of an `AdHocBase`. An app takes the base itself, this object as another stack exports it,
/// or one that is written by hand for a network that exists already.
#[derive(Args, Outputs)]
pub struct AdHocBaseOutputs {
    /// Name of the base: its environment's name.
    pub name: Input<String>,
    /// Domain of the base. Apps answer at one label below it.
    pub domain_name: Input<String>,
    /// Public hosted zone in which the apps' addresses are recorded.
    pub zone_id: Input<String>,
    /// VPC of the base.
    pub vpc_id: Input<String>,
    /// Private subnets, in which the tasks run.
    pub private_subnet_ids: Input<Vec<String>>,
    /// DNS name of the load balancer.
    pub load_balancer_dns_name: Input<String>,
    /// Hosted zone of the load balancer's own name, for alias records.
    pub load_balancer_zone_id: Input<String>,
    /// Last part of the load balancer's ARN, by which CloudWatch's metrics name it.
    pub load_balancer_arn_suffix: Input<Option<String>>,
    /// HTTPS listener, to which the apps add their rules.
    pub listener_arn: Input<String>,
    /// Security group of the tasks, which may reach the database and each other's caches.
    pub app_security_group_id: Input<String>,
    /// Host name of the PostgreSQL server.
    pub database_host: Input<String>,
    /// Port of the PostgreSQL server.
    pub database_port: Input<u32>,
    /// Secret of the server's master user: JSON with `username` and `password`. Only the task that makes an app's
    /// own database may read it.
    pub database_secret_arn: Input<String>,
    /// Cloud Map namespace in which the apps' caches are found.
    pub namespace_id: Input<String>,
    /// Name of the Cloud Map namespace, which is the end of the caches' host names.
    pub namespace_name: Input<String>,
    /// KMS key with which the base encrypts, if it is not one of AWS's own.
    pub kms_key_arn: Input<Option<String>>,
}

impl AdHocBaseOutputs {
    /// What it says that a base of the other kind says, too.
    pub(in crate::components) fn common(&self) -> Base<'_> {
        Base {
            name: &self.name,
            domain_name: &self.domain_name,
            zone_id: &self.zone_id,
            vpc_id: &self.vpc_id,
            private_subnet_ids: &self.private_subnet_ids,
            load_balancer_dns_name: &self.load_balancer_dns_name,
            load_balancer_zone_id: &self.load_balancer_zone_id,
            listener_arn: &self.listener_arn,
            app_security_group_id: &self.app_security_group_id,
            database_host: &self.database_host,
            database_port: &self.database_port,
            database_secret_arn: &self.database_secret_arn,
            kms_key_arn: &self.kms_key_arn,
        }
    }
}
