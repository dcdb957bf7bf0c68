//! What the ad hoc environments of a project share.

use std::collections::BTreeMap;

use pulumi_component::monitor::Registration;
use pulumi_component::{Args, Component, Context, Input, Known as _, Output, Outputs, Problem, Result};

use super::base::{self, Database, Spec, rules};
use super::options;
use crate::aws::{cloudwatch, servicediscovery};
use crate::names::{self, Tags};

mod outputs;

pub use super::base::{BaseOutputs, NatGateways};
pub use outputs::AdHocBaseOutputs;

/// The arguments of an `AdHocBase`.
#[derive(Args)]
#[args(check = AdHocBaseArgs::check)]
pub struct AdHocBaseArgs {
    /// Domain of the base, such as `dev.example.com`. Each app answers at one label below it: `<app>.dev.example.com`.
    /// ACM issues certificates for at most 64 characters; a longer one needs `certificateArn`. Changing it replaces
    /// `acm.Certificate`, `acm.CertificateValidation` and `route53.Record`, and updates `lb.Listener`; the apps get
    /// other host names.
    #[args(check = rules::domain_name)]
    domain_name: Input<String>,
    /// Public hosted zone of Route 53 in which names of the domain are found. Without it the zone is used that is
    /// called exactly as `domainName`; where the domain is a name *below* a zone, give the zone's id here. Changing it
    /// replaces `acm.CertificateValidation` and `route53.Record`.
    #[args(check = rules::zone_id)]
    zone_id: Option<Input<Option<String>>>,
    /// Certificate of ACM in the same region for `<domain>` and `*.<domain>`. Without it one is issued, and
    /// validated by a record in the zone. Whether it is given decides what is created: an output that turns out to be
    /// null is an error. Changing it adds or removes `acm.Certificate`, `acm.CertificateValidation` and
    /// `route53.Record`, and updates `lb.Listener`.
    #[args(check = rules::certificate_arn)]
    certificate_arn: Option<Input<Option<String>>>,
    /// Private IPv4 addresses of the network, as a block between /16 and /22, such as `10.0.0.0/16`. It is cut into 16
    /// equal parts, of which each subnet takes one. It cannot change later, since the whole network would have to be
    /// made anew: destroy the base, and create it again. Changing it replaces nearly everything.
    #[args(default = "10.0.0.0/16", check = rules::cidr_block)]
    cidr_block: Input<String>,
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
    /// Services of AWS that are reached inside the network instead of through NAT, as AWS calls them: for example
    /// `ecr.api`, `ecr.dkr`, `secretsmanager`, `logs` and `ssmmessages`. Each costs something per hour and zone. S3 is
    /// always reached that way, and costs nothing. Changing it adds or removes `ec2.SecurityGroup`,
    /// `vpc.SecurityGroupIngressRule` and `ec2.VpcEndpoint`.
    #[args(default = Vec::<String>::new())]
    interface_endpoints: Vec<String>,
    /// Who may reach the load balancer, as blocks of IPv4 addresses such as `203.0.113.0/24`. The apps themselves
    /// always may, since a front end calls its own host. Changing it adds or removes `vpc.SecurityGroupIngressRule`.
    #[args(default = ["0.0.0.0/0"])]
    allowed_cidr_blocks: Vec<String>,
    /// TCP ports at which tasks may call the internet: 443 for APIs and registries, which is always needed, and 587 for
    /// mail with STARTTLS. AWS blocks port 25. Changing it adds or removes `vpc.SecurityGroupEgressRule`.
    #[args(default = [443, 587])]
    egress_ports: Vec<u32>,
    /// PostgreSQL server on which each app has a database and a role of its own.
    #[args(default)]
    database: AdHocDatabaseArgs,
    /// Whether there is a bastion: a small host in a private subnet, reached through Session Manager, from which a port
    /// can be forwarded to the database. See the output `portForwardCommand`. Changing it adds or removes
    /// `ec2.Instance`, `ec2.SecurityGroup`, `iam.InstanceProfile`, `iam.Role`, `iam.RolePolicy`,
    /// `vpc.SecurityGroupEgressRule` and `vpc.SecurityGroupIngressRule`.
    #[args(default = false)]
    bastion: bool,
    /// For how many days the logs of the database server are kept: one of the values that CloudWatch takes, such as 7,
    /// 30 or 365. Changing it updates `cloudwatch.LogGroup`.
    #[args(default = 7, check = cloudwatch::check_retention_days)]
    log_retention_days: Input<u32>,
    /// Tags of everything that is created and takes tags, beside `env` and `Name`, which are set here. IAM takes no two
    /// keys that differ by case alone, so that neither these nor yours may. Changing it updates all that takes tags.
    #[args(default, check = names::check_tags)]
    tags: BTreeMap<String, Input<String>>,
}

/// The PostgreSQL server of an `AdHocBase`.
#[derive(Args)]
#[args(check = check_storage)]
pub struct AdHocDatabaseArgs {
    /// Class of the server, which decides its CPU and memory, such as `db.t4g.micro`. Changing it updates
    /// `rds.Instance`, with an outage of some minutes.
    #[args(default = "db.t4g.micro", check = rules::instance_class)]
    instance_class: Input<String>,
    /// Major version of PostgreSQL, from 15 on, such as `17`. RDS chooses the minor version, and keeps it up to date. A
    /// newer major version upgrades the server in place, with an outage of some minutes. Changing it replaces
    /// `rds.ParameterGroup`, and updates `rds.Instance`.
    #[args(default = "17", check = rules::engine_version)]
    engine_version: Input<String>,
    /// Size of the storage in GiB, from 20 to 65536, with which the server begins. It can grow, but RDS does not let it
    /// shrink, and takes the next growth only some hours after the last one. Changing it updates `rds.Instance`.
    #[args(default = 20, check = rules::storage_gib)]
    storage_gib: Input<u32>,
    /// Up to how many GiB RDS enlarges the storage by itself when it is nearly full, since a full disk stops every app:
    /// as much as `storageGib`, to leave it at that, or at least a tenth more. Changing it updates `rds.Instance`.
    #[args(default = 100, check = rules::storage_gib)]
    max_storage_gib: Input<u32>,
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
        let namespace = build_namespace(cx, &built.outputs.vpc_id, &Tags::new(cx.name(), args.tags.clone()));
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
        let database = &self.database;
        Spec {
            domain_name: &self.domain_name,
            zone_id: self.zone_id.as_ref(),
            certificate_arn: self.certificate_arn.as_ref(),
            cidr_block: &self.cidr_block,
            availability_zone_count: self.availability_zone_count,
            nat_gateways: self.nat_gateways,
            interface_endpoints: &self.interface_endpoints,
            allowed_cidr_blocks: &self.allowed_cidr_blocks,
            egress_ports: &self.egress_ports,
            database: Database {
                instance_class: &database.instance_class,
                engine_version: &database.engine_version,
                storage_gib: &database.storage_gib,
                max_storage_gib: &database.max_storage_gib,
                backup_days: 1,
            },
            has_bastion: self.bastion,
            log_retention_days: &self.log_retention_days,
            tags: &self.tags,
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

fn check_storage(args: &AdHocDatabaseArgs) -> Vec<Problem> {
    let sizes = args.storage_gib.known().zip(args.max_storage_gib.known());
    sizes.and_then(|(size, limit)| rules::max_storage_gib("maxStorageGib", size, limit)).into_iter().collect()
}
