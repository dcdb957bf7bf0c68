//! A PostgreSQL server of RDS. RDS makes the password and keeps it: it never passes through a program.

use pulumi_component::{Context, Error, Options, Output, interpolate};

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
    /// Subnets without a way to the internet, in two zones at least.
    pub(crate) subnet_ids: &'a [Output<String>],
    pub(crate) security_group_id: &'a Output<String>,
    /// How long backups are kept.
    pub(crate) backup_days: u32,
    pub(crate) log_retention_days: &'a Output<u32>,
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
            .tags(spec.tags.of(&role))
            .register(cx)
            .handle
    });

    let instance = rds::Instance::new(ROLE)
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
        .multi_az(false)
        .username(names::MASTER)
        .manage_master_user_password(true)
        .iam_database_authentication_enabled(true)
        .port(PORT)
        .publicly_accessible(false)
        .db_subnet_group_name(&subnets.name)
        .vpc_security_group_ids([spec.security_group_id])
        .parameter_group_name(&parameters.name)
        .enabled_cloudwatch_logs_exports(LOGS)
        .backup_retention_period(spec.backup_days)
        .delete_automated_backups(true)
        .copy_tags_to_snapshot(true)
        .skip_final_snapshot(true)
        .deletion_protection(false)
        .apply_immediately(true)
        .tags(spec.tags.of(ROLE))
        .register_with(
            cx,
            Options::default()
                // RDS makes the log groups itself where they are missing, without a retention, and then they could
                // not be made here any more.
                .depends_on(logs.to_vec())
                // AWS knows a server by its identifier alone.
                .delete_before_replace(true),
        );

    let secret_arn = instance.master_user_secrets.try_map(|secrets: Vec<rds::InstanceMasterUserSecret>| {
        let secret = secrets.into_iter().next().map(|secret| secret.secret_arn);
        secret.ok_or_else(|| Error::failed("RDS did not say in which secret it keeps the password"))
    });
    Database { host: instance.address, port: instance.port, secret_arn }
}

/// What storage of a size is given beside its size, if it is striped.
fn from_striping_on(storage_gib: &Output<u32>, what: u32) -> Output<Option<u32>> {
    storage_gib.map(move |gib: u32| (gib >= STRIPED_GIB).then_some(what))
}
