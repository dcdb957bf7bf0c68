//! What the ad hoc environments of a project share.

use pulumi_component::monitor::Registration;
use pulumi_component::{Args, Component, Context, Input, Output, Outputs, Problem, Result};

use super::base::args::{BaseArgs, ServerArgs};
use super::base::{self, Caches, Database, Spec, rules};
use super::data::Data;
use super::options;
use crate::aws::{cloudwatch, servicediscovery};
use crate::names::Tags;

mod outputs;

pub use super::base::BaseOutputs;
pub use super::base::args::NatGateways;
pub use outputs::AdHocBaseOutputs;

/// The arguments of an `AdHocBase`.
#[derive(Args)]
#[args(check = AdHocBaseArgs::check)]
pub struct AdHocBaseArgs {
    #[args(flatten)]
    common: BaseArgs,
    /// In how many availability zones there are subnets: 2, 3 or 4. They are the first ones, by name, of those that
    /// need no opt-in. The number can grow at any time without moving what is there; it can shrink only while nothing
    /// stands in the zones that go. Changing it adds or removes `ec2.RouteTableAssociation` and `ec2.Subnet`, and
    /// updates `lb.LoadBalancer` and `rds.SubnetGroup`. The services of the apps get the new private subnet when they
    /// are next deployed, which restarts their running tasks, and empties their caches and queues.
    #[args(default = 2, check = rules::availability_zone_count)]
    availability_zone_count: u32,
    /// How the tasks get out to the internet: through one NAT gateway for all zones, or through one in each. Changing
    /// it adds or removes `ec2.Eip`, `ec2.NatGateway`, `ec2.Route`, `ec2.RouteTable` and
    /// `vpc.SecurityGroupIngressRule`, and updates `ec2.RouteTableAssociation` and `ec2.VpcEndpoint`.
    #[args(default = NatGateways::Single)]
    nat_gateways: NatGateways,
    /// PostgreSQL server on which each app has a database and a role of its own.
    #[args(default)]
    database: AdHocDatabaseArgs,
    /// For how many days the logs of the database server are kept: one of the values that CloudWatch takes, such as 7,
    /// 30 or 365. Changing it updates `cloudwatch.LogGroup`.
    #[args(default = 7, check = cloudwatch::check_retention_days)]
    log_retention_days: Input<u32>,
}

/// The PostgreSQL server of an `AdHocBase`.
#[derive(Args)]
pub struct AdHocDatabaseArgs {
    /// Class of the server, which decides its CPU and memory, such as `db.t4g.micro`. Changing it updates
    /// `rds.Instance`, with an outage of some minutes.
    #[args(default = "db.t4g.micro", check = rules::instance_class)]
    instance_class: Input<String>,
    #[args(flatten)]
    server: ServerArgs,
}

/// What the ad hoc environments of a Django project share: network, load balancer, PostgreSQL server and names. As many
/// `AdHocApp`s run on it as AWS's load balancer has rules for: it takes 100, of which an app with a front end needs
/// four by default, so 25 of them.
///
/// It is cheap and easily destroyed: one small database server in one zone, one NAT gateway, backups of a day. Its name
/// is the environment's name, unique in account and region.
#[derive(Outputs)]
pub struct AdHocBase {
    /// What an app needs to know of this base. A stack exports it for apps in other stacks.
    outputs: AdHocBaseOutputs,
    /// Id of the bastion, if there is one.
    bastion_instance_id: Output<Option<String>>,
    /// Command that makes the database answer at a port of the local machine, if there is a bastion.
    port_forward_command: Output<Option<String>>,
}

impl Component for AdHocBase {
    const TOKEN: &'static str = "aws-django:index:AdHocBase";
    type Args = AdHocBaseArgs;

    fn check(own: &Registration) -> Vec<String> {
        rules::name(&own.name).err().into_iter().chain(options::check(own)).collect()
    }

    fn construct(cx: &Context, args: AdHocBaseArgs) -> Result<Self> {
        let built = base::build(cx, &args.spec());
        let namespace = build_namespace(cx, &built.outputs.vpc_id, &Tags::new(cx.name(), args.common.tags.clone()));
        Ok(Self {
            outputs: AdHocBaseOutputs {
                common: built.outputs,
                namespace_id: namespace.id,
                namespace_name: namespace.name,
            },
            bastion_instance_id: built.bastion_instance_id,
            port_forward_command: built.port_forward_command,
        })
    }
}

impl AdHocBaseArgs {
    /// What the base is: small, and gone when it is destroyed.
    fn spec(&self) -> Spec<'_> {
        Spec {
            common: &self.common,
            availability_zone_count: self.availability_zone_count,
            nat_gateways: self.nat_gateways,
            database: Database {
                instance_class: &self.database.instance_class,
                server: &self.database.server,
                multi_az: Output::known(false),
                backup_days: Output::known(1_u32),
                backup_window: None,
                maintenance_window: None,
                snapshot_id: None,
            },
            log_retention_days: &self.log_retention_days,
            idle_timeout_seconds: None,
            kms_key_arn: None,
            web_acl_arn: None,
            alarm_topic_arn: None,
            caches: Caches::AmongTasks,
            is_observed: false,
            data: Data::Goes,
        }
    }

    fn check(&self) -> Vec<Problem> {
        self.spec().check()
    }
}

fn build_namespace(cx: &Context, vpc_id: &Output<String>, tags: &Tags) -> servicediscovery::PrivateDnsNamespaceState {
    servicediscovery::PrivateDnsNamespace::new("discovery")
        .name(format!("{}-sd-ns", cx.name()))
        .description("Caches of the apps")
        .vpc(vpc_id)
        .tags(tags.of("discovery"))
        .register(cx)
}
