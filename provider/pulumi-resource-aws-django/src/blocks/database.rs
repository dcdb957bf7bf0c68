//! A PostgreSQL server of RDS. RDS makes the password and keeps it: it never passes through a program.

use pulumi_component::{Context, Error, Options, Output, interpolate};

use super::roles::Role;
use crate::aws::{cloudwatch, rds};
use crate::names::{self, Tags};

/// What to build.
pub(crate) struct Spec<'a> {
    /// Name of the server.
    pub(crate) identifier: &'a str,
    pub(crate) instance_class: &'a Output<String>,
    /// Major version of PostgreSQL.
    pub(crate) engine_version: &'a Output<String>,
    pub(crate) storage_gib: &'a Output<u32>,
    /// Up to how much RDS enlarges the storage by itself.
    pub(crate) max_storage_gib: &'a Output<u32>,
    /// Whether a second server in another zone takes over when it fails.
    pub(crate) multi_az: &'a Output<bool>,
    /// Subnets without a way to the internet, in two zones at least.
    pub(crate) subnet_ids: &'a [Output<String>],
    pub(crate) security_group_id: &'a Output<String>,
    /// Snapshot that it is made from, if it does not begin empty.
    pub(crate) snapshot_id: Option<&'a str>,
    /// What the snapshot is called that is made when it is deleted, if one is.
    pub(crate) final_snapshot_name: Option<&'a Output<String>>,
    /// How long backups are kept.
    pub(crate) backup_days: &'a Output<u32>,
    /// When it is backed up, if AWS does not choose.
    pub(crate) backup_window: Option<&'a Output<String>>,
    /// When it is maintained, if AWS does not choose.
    pub(crate) maintenance_window: Option<&'a Output<String>>,
    /// With which role RDS reports what the server is busy with, if it does.
    pub(crate) monitoring: Option<&'a Role>,
    pub(crate) log_retention_days: &'a Output<u32>,
    /// Key to encrypt with, if it is not one of AWS's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    /// Whether AWS refuses to delete it.
    pub(crate) deletion_protection: bool,
    /// Whether the engine refuses to delete it, if not as the component's own options say.
    pub(crate) protect: Option<bool>,
    pub(crate) tags: &'a Tags,
}

/// What others need of it.
pub(crate) struct Database {
    pub(crate) host: Output<String>,
    pub(crate) port: Output<u32>,
    /// Secret with `username` and `password` of the master user.
    pub(crate) secret_arn: Output<String>,
}

/// What it is for.
const ROLE: &str = "database";
const PORT: u32 = 5432;
/// From this size on gp3 storage of PostgreSQL on RDS is striped over four volumes, and begins with these I/O
/// operations and MiB a second (RDS's guide, "gp3 storage"). They are given because AWS's provider otherwise sends
/// those of the smaller size when the storage grows across it, which RDS refuses.
const STRIPED_GIB: u32 = 400;
const STRIPED_IOPS: u32 = 12_000;
const STRIPED_MIB_PER_SECOND: u32 = 500;
/// How often RDS reports on the operating system: the longest interval, which costs least.
const MONITORING_SECONDS: u32 = 60;
/// How long Performance Insights keeps what it has seen: as long as it does so for nothing.
const INSIGHTS_DAYS: u32 = 7;
/// What a server that is made from a snapshot has from it for good.
const OF_SNAPSHOT: &[&str] = &["kms_key_id", "snapshot_identifier", "storage_encrypted", "username"];
/// The logs that PostgreSQL has on RDS.
const LOGS: [&str; 2] = ["postgresql", "upgrade"];

pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Database {
    let subnets = rds::SubnetGroup::new(ROLE)
        .description("Isolated subnets")
        .subnet_ids(spec.subnet_ids.to_vec())
        .tags(spec.tags.of(ROLE))
        .register(cx);
    let tls_only = rds::ParameterGroupParameter::new().name("rds.force_ssl").value("1").apply_method("immediate");
    let parameters = rds::ParameterGroup::new(ROLE)
        .description("TLS only")
        .family(interpolate!("postgres{version}", version = spec.engine_version))
        .parameters([tls_only])
        .tags(spec.tags.of(ROLE))
        .register(cx);
    let logs = LOGS.map(|log| {
        let role = format!("{ROLE}-{log}");
        cloudwatch::LogGroup::new(&role)
            .name(format!("/aws/rds/instance/{}/{log}", spec.identifier))
            .retention_in_days(spec.log_retention_days)
            .kms_key_id(spec.kms_key_arn)
            .tags(spec.tags.of(&role))
            .register(cx)
            .handle
    });

    let rights = spec.monitoring.map(|role| role.policies.clone()).unwrap_or_default();
    let options = Options::default()
        // RDS makes the log groups itself where they are missing, without a retention, and then they could not be made
        // here any more.
        .depends_on(logs.into_iter().chain(rights))
        .ignore_changes(if spec.snapshot_id.is_some() { OF_SNAPSHOT } else { &[] })
        .protect(spec.protect)
        // AWS knows a server by its identifier alone.
        .delete_before_replace(true);
    let server = server(spec).db_subnet_group_name(&subnets.name).parameter_group_name(&parameters.name);
    let instance = reported(server, spec).register_with(cx, options);

    let secret_arn = instance.master_user_secrets.try_map(|secrets: Vec<rds::InstanceMasterUserSecret>| {
        let secret = secrets.into_iter().next().map(|secret| secret.secret_arn);
        secret.ok_or_else(|| Error::failed("RDS did not say in which secret it keeps the password"))
    });
    Database { host: instance.address, port: instance.port, secret_arn }
}

/// The server itself.
fn server(spec: &Spec<'_>) -> rds::Instance {
    rds::Instance::new(ROLE)
        .identifier(spec.identifier)
        .engine("postgres")
        .engine_version(spec.engine_version)
        // The program names major versions only, so that a new one is never there by accident.
        .allow_major_version_upgrade(true)
        .auto_minor_version_upgrade(true)
        .instance_class(spec.instance_class)
        .allocated_storage(spec.storage_gib)
        .max_allocated_storage(spec.max_storage_gib)
        .storage_type("gp3")
        .iops(from_striping_on(spec.storage_gib, STRIPED_IOPS))
        .storage_throughput(from_striping_on(spec.storage_gib, STRIPED_MIB_PER_SECOND))
        .storage_encrypted(true)
        .kms_key_id(spec.kms_key_arn)
        .multi_az(spec.multi_az)
        .snapshot_identifier(spec.snapshot_id)
        .username(names::MASTER)
        .manage_master_user_password(true)
        .master_user_secret_kms_key_id(spec.kms_key_arn)
        .iam_database_authentication_enabled(true)
        .port(PORT)
        .publicly_accessible(false)
        .vpc_security_group_ids([spec.security_group_id])
        .enabled_cloudwatch_logs_exports(LOGS)
        .backup_retention_period(spec.backup_days)
        .backup_window(spec.backup_window)
        .maintenance_window(spec.maintenance_window)
        .delete_automated_backups(true)
        .copy_tags_to_snapshot(true)
        .skip_final_snapshot(spec.final_snapshot_name.is_none())
        .final_snapshot_identifier(spec.final_snapshot_name)
        .deletion_protection(spec.deletion_protection)
        .apply_immediately(true)
        .tags(spec.tags.of(ROLE))
}

/// A server of which RDS reports what it is busy with, if somebody wants to know.
fn reported(server: rds::Instance, spec: &Spec<'_>) -> rds::Instance {
    let Some(role) = spec.monitoring else { return server };
    server
        .monitoring_interval(MONITORING_SECONDS)
        .monitoring_role_arn(&role.arn)
        .database_insights_mode("standard")
        .performance_insights_enabled(true)
        .performance_insights_retention_period(INSIGHTS_DAYS)
        .performance_insights_kms_key_id(spec.kms_key_arn)
}

/// What storage of a size is given beside its size, if it is striped.
fn from_striping_on(storage_gib: &Output<u32>, what: u32) -> Output<Option<u32>> {
    storage_gib.map(move |gib: u32| (gib >= STRIPED_GIB).then_some(what))
}
