//! Caches.

use std::collections::BTreeMap;

use pulumi_component::resources;

resources! {
    super::VERSION;

    /// A cache and its replicas.
    "aws:elasticache/replicationGroup:ReplicationGroup" ReplicationGroup {
        apply_immediately: bool,
        at_rest_encryption_enabled: bool,
        auth_token: String,
        auth_token_update_strategy: String,
        auto_minor_version_upgrade: bool,
        automatic_failover_enabled: bool,
        description: String,
        engine: String,
        kms_key_id: String,
        maintenance_window: String,
        multi_az_enabled: bool,
        node_type: String,
        num_cache_clusters: u32,
        port: u32,
        security_group_ids: Vec<String>,
        snapshot_retention_limit: u32,
        subnet_group_name: String,
        tags: BTreeMap<String, String>,
        transit_encryption_enabled: bool,
        transit_encryption_mode: String,
    } => ReplicationGroupState {
        primary_endpoint_address: String,
        replication_group_id: String,
    }

    /// The subnets in which a cache may stand.
    "aws:elasticache/subnetGroup:SubnetGroup" SubnetGroup {
        description: String,
        subnet_ids: Vec<String>,
        tags: BTreeMap<String, String>,
    } => SubnetGroupState {
        name: String,
    }
}
