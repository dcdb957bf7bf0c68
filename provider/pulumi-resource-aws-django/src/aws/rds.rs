//! Database servers.

use std::collections::BTreeMap;

use pulumi_component::{answered, objects, resources};

resources! {
    super::VERSION;

    /// A database server.
    "aws:rds/instance:Instance" Instance {
        allocated_storage: u32,
        allow_major_version_upgrade: bool,
        apply_immediately: bool,
        auto_minor_version_upgrade: bool,
        backup_retention_period: u32,
        backup_window: String,
        copy_tags_to_snapshot: bool,
        database_insights_mode: String,
        db_subnet_group_name: String,
        delete_automated_backups: bool,
        deletion_protection: bool,
        enabled_cloudwatch_logs_exports: Vec<String>,
        engine: String,
        engine_version: String,
        final_snapshot_identifier: String,
        iam_database_authentication_enabled: bool,
        identifier: String,
        instance_class: String,
        iops: u32,
        kms_key_id: String,
        maintenance_window: String,
        manage_master_user_password: bool,
        master_user_secret_kms_key_id: String,
        max_allocated_storage: u32,
        monitoring_interval: u32,
        monitoring_role_arn: String,
        multi_az: bool,
        parameter_group_name: String,
        performance_insights_enabled: bool,
        performance_insights_kms_key_id: String,
        performance_insights_retention_period: u32,
        port: u32,
        publicly_accessible: bool,
        skip_final_snapshot: bool,
        snapshot_identifier: String,
        storage_encrypted: bool,
        storage_throughput: u32,
        storage_type: String,
        tags: BTreeMap<String, String>,
        username: String,
        vpc_security_group_ids: Vec<String>,
    } => InstanceState {
        address: String,
        master_user_secrets: Vec<InstanceMasterUserSecret>,
        port: u32,
    }

    /// Settings of database servers.
    "aws:rds/parameterGroup:ParameterGroup" ParameterGroup {
        description: String,
        family: String,
        parameters: Vec<ParameterGroupParameter>,
        tags: BTreeMap<String, String>,
    } => ParameterGroupState {
        name: String,
    }

    /// The subnets in which a database server may stand.
    "aws:rds/subnetGroup:SubnetGroup" SubnetGroup {
        description: String,
        subnet_ids: Vec<String>,
        tags: BTreeMap<String, String>,
    } => SubnetGroupState {
        name: String,
    }
}

objects! {
    ParameterGroupParameter { apply_method: String, name: String, value: String }
}

answered! {
    /// The secret in which RDS keeps the password of the master user.
    InstanceMasterUserSecret { secret_arn: String }
}
