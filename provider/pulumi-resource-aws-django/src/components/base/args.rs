//! The arguments that a base has whichever kind it is of.

use std::collections::BTreeMap;

use pulumi_component::{Args, Input, Known as _, Problem};

use super::rules;
use crate::names;

/// How private subnets get out to the internet.
#[derive(Args, Clone, Copy, PartialEq, Eq)]
pub enum NatGateways {
    /// One NAT gateway for all zones: cheaper, but if its zone fails nothing gets out.
    Single,
    /// One NAT gateway in each zone: a zone that fails takes none of the others with it.
    PerAvailabilityZone,
}

/// What every base is told.
#[derive(Args)]
pub(in crate::components) struct BaseArgs {
    /// Domain of the base, such as `dev.example.com`. Each app answers at one label below it: `<app>.dev.example.com`.
    /// ACM issues certificates for at most 64 characters; a longer one needs `certificateArn`. Changing it replaces
    /// `acm.Certificate`, `acm.CertificateValidation` and `route53.Record`, and updates `lb.Listener`; the apps get
    /// other host names.
    #[args(check = rules::domain_name)]
    pub(super) domain_name: Input<String>,
    /// Public hosted zone of Route 53 in which names of the domain are found. Without it the zone is used that is
    /// called exactly as `domainName`; where the domain is a name *below* a zone, give the zone's id here. Changing it
    /// replaces `acm.CertificateValidation` and `route53.Record`.
    #[args(check = rules::zone_id)]
    pub(super) zone_id: Option<Input<Option<String>>>,
    /// Certificate of ACM in the same region for `<domain>` and `*.<domain>`. Without it one is issued, and
    /// validated by a record in the zone. Whether it is given decides what is created: an output that turns out to be
    /// null is an error. Changing it adds or removes `acm.Certificate`, `acm.CertificateValidation` and
    /// `route53.Record`, and updates `lb.Listener`.
    #[args(check = rules::certificate_arn)]
    pub(super) certificate_arn: Option<Input<Option<String>>>,
    /// Private IPv4 addresses of the network, as a block between /16 and /22, such as `10.0.0.0/16`. It is cut into 16
    /// equal parts, of which each subnet takes one. It cannot change later, since the whole network would have to be
    /// made anew: destroy the base, and create it again. Changing it replaces nearly everything.
    #[args(default = "10.0.0.0/16", check = rules::cidr_block)]
    pub(super) cidr_block: Input<String>,
    /// Services of AWS that are reached inside the network instead of through NAT, as AWS calls them: for example
    /// `ecr.api`, `ecr.dkr`, `secretsmanager`, `logs` and `ssmmessages`. Each costs something per hour and zone. S3 is
    /// always reached that way, and costs nothing. Changing it adds or removes `ec2.SecurityGroup`,
    /// `vpc.SecurityGroupIngressRule` and `ec2.VpcEndpoint`.
    #[args(default = Vec::<String>::new())]
    pub(super) interface_endpoints: Vec<String>,
    /// Who may reach the load balancer, as blocks of IPv4 addresses such as `203.0.113.0/24`. The apps themselves
    /// always may, since a front end calls its own host. Changing it adds or removes `vpc.SecurityGroupIngressRule`.
    #[args(default = ["0.0.0.0/0"])]
    pub(super) allowed_cidr_blocks: Vec<String>,
    /// TCP ports at which tasks may call the internet: 443 for APIs and registries, which is always needed, and 587 for
    /// mail with STARTTLS. AWS blocks port 25. Changing it adds or removes `vpc.SecurityGroupEgressRule`.
    #[args(default = [443, 587])]
    pub(super) egress_ports: Vec<u32>,
    /// Whether there is a bastion: a small host in a private subnet, reached through Session Manager, from which a port
    /// can be forwarded to the database. See the output `portForwardCommand`. Changing it adds or removes
    /// `ec2.Instance`, `ec2.SecurityGroup`, `iam.InstanceProfile`, `iam.Role`, `iam.RolePolicy`,
    /// `vpc.SecurityGroupEgressRule` and `vpc.SecurityGroupIngressRule`.
    #[args(default = false)]
    pub(super) bastion: bool,
    /// Tags of everything that is created and takes tags, beside `env` and `Name`, which are set here. IAM takes no two
    /// keys that differ by case alone, so that neither these nor yours may. Changing it updates all that takes tags.
    #[args(default, check = names::check_tags)]
    pub(in crate::components) tags: BTreeMap<String, Input<String>>,
}

/// What every PostgreSQL server is told.
#[derive(Args)]
#[args(check = ServerArgs::check)]
pub(in crate::components) struct ServerArgs {
    /// Major version of PostgreSQL, from 15 on, such as `17`. RDS chooses the minor version, and keeps it up to date. A
    /// newer major version upgrades the server in place, with an outage of some minutes. Changing it replaces
    /// `rds.ParameterGroup`, and updates `rds.Instance`.
    #[args(default = "17", check = rules::engine_version)]
    pub(super) engine_version: Input<String>,
    /// Size of the storage in GiB, from 20 to 65536, with which the server begins. It can grow, but RDS does not let it
    /// shrink, and takes the next growth only some hours after the last one. Changing it updates `rds.Instance`.
    #[args(default = 20, check = rules::storage_gib)]
    pub(super) storage_gib: Input<u32>,
    /// Up to how many GiB RDS enlarges the storage by itself when it is nearly full, since a full disk stops every app:
    /// as much as `storageGib`, to leave it at that, or at least a tenth more. Changing it updates `rds.Instance`.
    #[args(default = 100, check = rules::storage_gib)]
    pub(super) max_storage_gib: Input<u32>,
}

impl ServerArgs {
    fn check(&self) -> Vec<Problem> {
        let sizes = self.storage_gib.known().zip(self.max_storage_gib.known());
        sizes.and_then(|(size, limit)| rules::max_storage_gib("maxStorageGib", size, limit)).into_iter().collect()
    }
}
