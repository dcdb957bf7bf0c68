//! A cache of an app's own: Valkey on servers of ElastiCache, of which one stands by for the other.
//!
//! An app has it for itself, since queues of Celery have the same names in every app.

use pulumi_component::{Context, Options, Output};

use crate::aws::elasticache;
use crate::names::Tags;

/// What to build.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    pub(crate) node_type: &'a Output<String>,
    /// Port at which the servers answer.
    pub(crate) port: u32,
    /// How many servers stand by.
    pub(crate) replica_count: &'a Output<u32>,
    /// How long daily snapshots are kept.
    pub(crate) snapshot_days: &'a Output<u32>,
    /// When it is maintained, if AWS does not choose.
    pub(crate) maintenance_window: Option<&'a Output<String>>,
    /// Subnets without a way to the internet, in two zones at least.
    pub(crate) subnet_ids: &'a Output<Vec<String>>,
    pub(crate) security_group_id: &'a Output<String>,
    pub(crate) password: &'a Output<String>,
    /// Key to encrypt with, if it is not one of AWS's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    /// Whether the engine refuses to delete it, if not as the component's own options say.
    pub(crate) protect: Option<bool>,
    pub(crate) tags: &'a Tags,
}

/// What others need of it.
pub(crate) struct Cache {
    /// Name at which the server answers that is written to.
    pub(crate) host: Output<String>,
    pub(crate) id: Output<String>,
}

/// Registers the cache. AWS chooses the version, and keeps it up to date: where a program named one, a newer one would be
/// taken for a way back, which AWS's provider goes by making another cache.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Cache {
    let subnets = elasticache::SubnetGroup::new(spec.role)
        .description("Isolated subnets")
        .subnet_ids(spec.subnet_ids)
        .tags(spec.tags.of(spec.role))
        .register(cx);
    let takes_over = spec.replica_count.map(|count: u32| count > 0);
    let group = elasticache::ReplicationGroup::new(spec.role)
        .description("Cache and queues of the app")
        .engine("valkey")
        .auto_minor_version_upgrade(true)
        .node_type(spec.node_type)
        .num_cache_clusters(spec.replica_count.map(|count: u32| count + 1))
        .automatic_failover_enabled(&takes_over)
        .multi_az_enabled(&takes_over)
        .port(spec.port)
        .subnet_group_name(&subnets.name)
        .security_group_ids([spec.security_group_id])
        .transit_encryption_enabled(true)
        .transit_encryption_mode("required")
        .at_rest_encryption_enabled(true)
        .kms_key_id(spec.kms_key_arn)
        .auth_token(spec.password)
        // The old one goes on to work beside a new one, until the tasks that know it are gone.
        .auth_token_update_strategy("ROTATE")
        .snapshot_retention_limit(spec.snapshot_days)
        .maintenance_window(spec.maintenance_window)
        .apply_immediately(true)
        .tags(spec.tags.of(spec.role))
        .register_with(cx, Options::default().protect(spec.protect));
    Cache { host: group.primary_endpoint_address, id: group.replication_group_id }
}
