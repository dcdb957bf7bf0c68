//! What production consists of beside its app.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "a check takes a reference to what it checks")]

use pulumi_component::monitor::Registration;
use pulumi_component::{Args, Component, Context, Error, Input, Known, Output, Outputs, Problem, Result, list_of};

use super::base::args::{BaseArgs, ServerArgs};
use super::base::{self, Caches, Database, Spec, rules};
use super::data::Data;
use super::{options, windows};
use crate::aws::cloudwatch;

mod outputs;

pub use super::base::BaseOutputs;
pub use super::base::args::NatGateways;
pub use outputs::ProdBaseOutputs;

/// The arguments of a `ProdBase`.
#[derive(Args)]
#[args(check = ProdBaseArgs::check)]
pub struct ProdBaseArgs {
    #[args(flatten)]
    common: BaseArgs,
    /// In how many availability zones there are subnets: 2, 3 or 4. They are the first ones, by name, of those that
    /// need no opt-in. The number can grow at any time without moving what is there; it can shrink only while nothing
    /// stands in the zones that go. With a NAT gateway in each zone, changing it adds or removes one, too. Changing it
    /// adds or removes `ec2.Eip`, `ec2.NatGateway`, `ec2.Route`, `ec2.RouteTable`, `ec2.RouteTableAssociation`,
    /// `ec2.Subnet` and `vpc.SecurityGroupIngressRule`, and updates `ec2.VpcEndpoint`, `lb.LoadBalancer` and
    /// `rds.SubnetGroup`. The services of the apps get the new private subnet when they are next deployed, which
    /// restarts their running tasks.
    #[args(default = 2, check = rules::availability_zone_count)]
    availability_zone_count: u32,
    /// How the tasks get out to the internet: through one NAT gateway for all zones, or through one in each. Changing
    /// it adds or removes `ec2.Eip`, `ec2.NatGateway`, `ec2.Route`, `ec2.RouteTable` and
    /// `vpc.SecurityGroupIngressRule`, and updates `ec2.RouteTableAssociation` and `ec2.VpcEndpoint`.
    #[args(default = NatGateways::PerAvailabilityZone)]
    nat_gateways: NatGateways,
    /// PostgreSQL server on which the app has a database and a role of its own.
    // Whoever leaves it out is asked for its class: Go's generator makes code that does not compile of an object that is
    // plain and required, and has defaults.
    #[args(default)]
    database: ProdDatabaseArgs,
    /// For how many seconds a connection to the load balancer may rest, from 1 to 4000. Django's own server must hold
    /// its connections for longer. Changing it updates `lb.LoadBalancer`.
    #[args(default = 60, check = check_idle_timeout)]
    idle_timeout_seconds: Input<u32>,
    /// For how many days logs are kept, those of the database server, of refused traffic and of requests: one of the
    /// values that CloudWatch takes, such as 7, 30 or 365. Changing it updates `cloudwatch.LogGroup` and
    /// `s3.BucketLifecycleConfiguration`.
    #[args(default = 365, check = cloudwatch::check_retention_days)]
    log_retention_days: Input<u32>,
    /// Key of KMS, by ARN, in the same region, with which the database, its backups and its secret are encrypted, and
    /// whatever the apps keep: caches, buckets, parameters and logs. By default they are encrypted with AWS's own keys.
    /// Its policy must let CloudWatch Logs use it: `docs/operations.md` has one. It is decided once. Changing it updates
    /// `cloudwatch.LogGroup`, and replaces `rds.Instance`, which is refused as long as `deletionProtection` holds.
    #[args(check = rules::kms_key_arn)]
    kms_key_arn: Option<Input<Option<String>>>,
    /// Web ACL of WAF, by ARN, regional, in the same region, whose rules each request passes first. Changing it adds or
    /// removes `wafv2.WebAclAssociation`.
    #[args(check = rules::web_acl_arn)]
    web_acl_arn: Option<Input<Option<String>>>,
    /// Topic of SNS, by ARN, that is told when the database server is busy or its storage nearly full, and when that is
    /// over. Changing it adds or removes `cloudwatch.MetricAlarm`.
    #[args(check = rules::topic_arn)]
    alarm_topic_arn: Option<Input<Option<String>>>,
    /// Whether nothing of the base can be destroyed. It protects in Pulumi what holds data or cannot come back, and
    /// switches on what AWS itself has for it. A destroy begins with `DeletionProtection`, which then refuses it, so that
    /// everything is still there.
    ///
    /// Destroying a base takes two steps: set this to false and deploy, then destroy. The database leaves a snapshot,
    /// see the output `finalSnapshotName`; the bucket of logs goes with all that is in it.
    ///
    /// Changing it updates `lb.LoadBalancer`, `rds.Instance` and `s3.Bucket`.
    #[args(default = true)]
    deletion_protection: bool,
}

/// The PostgreSQL server of a `ProdBase`.
#[derive(Args)]
#[args(check = ProdDatabaseArgs::check)]
pub struct ProdDatabaseArgs {
    /// Class of the server, which decides its CPU and memory, such as `db.t4g.medium`. Changing it updates
    /// `rds.Instance`: with `multiAz` the other server is changed first and takes over, which interrupts for about a
    /// minute.
    #[args(check = rules::instance_class)]
    instance_class: Input<String>,
    #[args(flatten)]
    server: ServerArgs,
    /// Whether a second server in another zone takes over when the first one fails or is changed. Changing it updates
    /// `rds.Instance`, without an interruption.
    #[args(default = true)]
    multi_az: Input<bool>,
    /// For how many days backups are kept, from 1 to 35, by which the server can be restored to any second of them.
    /// Changing it updates `rds.Instance`.
    #[args(default = 14, check = check_backup_days)]
    backup_days: Input<u32>,
    /// When the daily backup is made, in UTC, half an hour or longer, such as `03:00-04:00`. By default AWS chooses.
    /// Changing it updates `rds.Instance`.
    #[args(check = windows::check_daily)]
    backup_window: Option<Input<String>>,
    /// When AWS maintains the server, in UTC, half an hour or longer, apart from `backupWindow`, such as
    /// `sun:04:30-sun:05:30`. Minor versions come then, with an interruption of a minute. By default AWS chooses. Changing
    /// it updates `rds.Instance`.
    #[args(check = windows::check_weekly)]
    maintenance_window: Option<Input<String>>,
    /// Snapshot that the server is made from, by name or ARN, such as the last one of a base that is gone. The
    /// name of its master user and its key are the snapshot's then, the password is made anew, and `storageGib` is at
    /// least that of the snapshot. It counts when the server is made, and must stay given for as long as the server
    /// lives. Given later, or changed, it does nothing. Taken away, it replaces `rds.Instance`, which is refused as long
    /// as the base is protected. Changing it updates nothing.
    #[args(check = check_snapshot)]
    snapshot_id: Option<String>,
}

/// What production consists of beside its app: a network over several zones, a load balancer, a PostgreSQL server, names
/// and logs. A rehearsal (staging) is a `ProdBase` of its own, with smaller values.
///
/// Everything is there twice, in two zones: NAT gateways, load balancer and database server. Backups are kept for two
/// weeks, logs for a year. It cannot be destroyed by accident: see `deletionProtection`. Its name is the environment's
/// name, unique in account and region.
#[derive(Outputs)]
pub struct ProdBase {
    /// What an app needs to know of this base. A stack exports it for apps in other stacks.
    outputs: ProdBaseOutputs,
    /// What the snapshot is called that is left when the base is destroyed: another one in each life.
    final_snapshot_name: Output<String>,
    /// Id of the bastion, if there is one.
    bastion_instance_id: Output<Option<String>>,
    /// Command that makes the database answer at a port of the local machine, if there is a bastion.
    port_forward_command: Output<Option<String>>,
}

impl Component for ProdBase {
    const TOKEN: &'static str = "aws-django:index:ProdBase";
    type Args = ProdBaseArgs;

    fn check(own: &Registration) -> Vec<String> {
        rules::name(&own.name).err().into_iter().chain(options::check(own)).collect()
    }

    fn construct(cx: &Context, args: ProdBaseArgs) -> Result<Self> {
        let built = base::build(cx, &args.spec());
        let there = |output: Option<Output<String>>, what| {
            output.ok_or_else(|| Error::Bug(format!("a production base has no {what}")))
        };
        Ok(Self {
            outputs: ProdBaseOutputs {
                common: built.outputs,
                cache_security_group_id: there(built.cache_security_group_id, "group for caches")?,
                isolated_subnet_ids: list_of(built.isolated_subnet_ids),
                log_bucket_name: there(built.log_bucket_name, "bucket of logs")?,
            },
            final_snapshot_name: there(built.final_snapshot_name, "final snapshot")?,
            bastion_instance_id: built.bastion_instance_id,
            port_forward_command: built.port_forward_command,
        })
    }
}

impl ProdBaseArgs {
    /// What the base is: over several zones, watched, and not to be lost.
    fn spec(&self) -> Spec<'_> {
        let database = &self.database;
        Spec {
            common: &self.common,
            availability_zone_count: self.availability_zone_count,
            nat_gateways: self.nat_gateways,
            database: Database {
                instance_class: &database.instance_class,
                server: &database.server,
                multi_az: database.multi_az.clone(),
                backup_days: database.backup_days.clone(),
                backup_window: database.backup_window.as_ref(),
                maintenance_window: database.maintenance_window.as_ref(),
                snapshot_id: database.snapshot_id.as_deref(),
            },
            log_retention_days: &self.log_retention_days,
            idle_timeout_seconds: Some(&self.idle_timeout_seconds),
            kms_key_arn: self.kms_key_arn.as_ref(),
            web_acl_arn: self.web_acl_arn.as_ref(),
            alarm_topic_arn: self.alarm_topic_arn.as_ref(),
            caches: Caches::Apart,
            is_observed: true,
            data: Data::Stays { is_protected: self.deletion_protection },
        }
    }

    fn check(&self) -> Vec<Problem> {
        self.spec().check()
    }
}

impl ProdDatabaseArgs {
    fn check(&self) -> Vec<Problem> {
        let backup = self.backup_window.as_ref().and_then(Known::known);
        let maintenance = self.maintenance_window.as_ref().and_then(Known::known);
        let both = backup.zip(maintenance);
        both.and_then(|(backup, maintenance)| windows::apart("backupWindow", &backup, &maintenance))
            .into_iter()
            .collect()
    }
}

fn check_idle_timeout(seconds: &u32) -> Result<(), String> {
    if (1..=4_000).contains(seconds) { Ok(()) } else { Err("must be from 1 to 4000 seconds".to_owned()) }
}

fn check_backup_days(days: &u32) -> Result<(), String> {
    if (1..=35).contains(days) {
        return Ok(());
    }
    Err("must be from 1 to 35, for as long as RDS keeps backups".to_owned())
}

fn check_snapshot(id: &str) -> Result<(), String> {
    let is_arn = id.starts_with("arn:") && (id.contains(":snapshot:") || id.contains(":cluster-snapshot:"));
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ':';
    let is_name = id.starts_with(|c: char| c.is_ascii_alphabetic()) && id.chars().all(is_letter);
    if (is_arn || is_name) && id.len() <= 255 {
        return Ok(());
    }
    Err("must be a snapshot of RDS by its name, such as `live-final-vpc-0abc`, or by its ARN".to_owned())
}
