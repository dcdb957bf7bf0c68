//! What is asked of servers, caches, buckets and secrets.

use serde_json::json;

use super::super::Stance::{Excepted, Met};
use super::{BUCKET, BUCKET_POLICY, CACHE, COSTS, Control, GOES, SERVER};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        ids: "RDS.1, RDS.3, RDS.4",
        about: "storage encrypted, and with it private snapshots",
        types: &[SERVER],
        holds: |it| it.at("storageEncrypted") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "RDS.2",
        about: "not public",
        types: &[SERVER],
        holds: |it| it.at("publiclyAccessible") == json!(false),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "RDS.5",
        about: "Multi-AZ",
        types: &[SERVER],
        holds: |it| it.at("multiAz") == json!(true),
        prod: Met,
        ad_hoc: COSTS,
        how: "`multiAz`, the default",
    },
    Control {
        ids: "RDS.6",
        about: "enhanced monitoring",
        types: &[SERVER],
        holds: |it| it.at("monitoringInterval") == json!(60.0) && it.at("monitoringRoleArn").is_string(),
        prod: Met,
        ad_hoc: COSTS,
        how: "every minute, by a role of ours; `RDSOSMetrics`, where it is kept, belongs to the account",
    },
    Control {
        ids: "RDS.8",
        about: "deletion protection",
        types: &[SERVER],
        holds: |it| it.at("deletionProtection") == json!(true),
        prod: Met,
        ad_hoc: GOES,
        how: "`deletionProtection`, the default",
    },
    Control {
        ids: "RDS.9, RDS.36",
        about: "logs exported",
        types: &[SERVER],
        holds: |it| it.at("enabledCloudwatchLogsExports") == json!(["postgresql", "upgrade"]),
        prod: Met,
        ad_hoc: Met,
        how: "into log groups of ours, with retention",
    },
    Control {
        ids: "RDS.10",
        about: "IAM authentication",
        types: &[SERVER],
        holds: |it| it.at("iamDatabaseAuthenticationEnabled") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "switched on",
    },
    Control {
        ids: "RDS.11",
        about: "backups of 7 days or more",
        types: &[SERVER],
        holds: |it| it.at("backupRetentionPeriod").as_f64().is_some_and(|days| days >= 7.0),
        prod: Met,
        ad_hoc: Excepted("one day: ad hoc data can be made again"),
        how: "`backupDays`, 14 by default",
    },
    Control {
        ids: "RDS.13",
        about: "minor upgrades",
        types: &[SERVER],
        holds: |it| it.at("autoMinorVersionUpgrade") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "RDS.17",
        about: "tags on snapshots",
        types: &[SERVER],
        holds: |it| it.at("copyTagsToSnapshot") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "RDS.20, RDS.21, RDS.22",
        about: "event subscriptions",
        types: &[SERVER],
        holds: |it| it.has("aws:rds/eventSubscription:EventSubscription"),
        prod: Excepted("alarms tell what an event would (`alarmTopicArn`); a subscription to events is the account's"),
        ad_hoc: COSTS,
        how: "",
    },
    Control {
        ids: "RDS.23",
        about: "another port",
        types: &[SERVER],
        holds: |it| it.at("port") != json!(5432.0),
        prod: Excepted("5432; only the tasks' group and the bastion's reach it"),
        ad_hoc: Excepted("5432; only the tasks' group and the bastion's reach it"),
        how: "",
    },
    Control {
        ids: "RDS.25",
        about: "administrator's name",
        types: &[SERVER],
        holds: |it| it.at("username") != json!("postgres"),
        prod: Met,
        ad_hoc: Met,
        how: "not `postgres`; with `snapshotId` it is the snapshot's",
    },
    Control {
        ids: "RDS.38 (not FSBP)",
        about: "TLS forced",
        types: &["aws:rds/parameterGroup:ParameterGroup"],
        holds: |it| it.at("parameters.0.name") == json!("rds.force_ssl") && it.at("parameters.0.value") == json!("1"),
        prod: Met,
        ad_hoc: Met,
        how: "`rds.force_ssl`",
    },
    Control {
        ids: "RDS.46",
        about: "no route to an internet gateway",
        types: &["aws:rds/subnetGroup:SubnetGroup"],
        holds: |it| {
            let ids = it.at("subnetIds").to_string();
            ids.contains("-isolated-a") && !ids.contains("-private-") && !ids.contains("-public-")
        },
        prod: Met,
        ad_hoc: Met,
        how: "isolated subnets",
    },
    Control {
        ids: "SecretsManager.1, .4",
        about: "rotation",
        types: &[SERVER],
        holds: |it| it.at("manageMasterUserPassword") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "RDS rotates its master secret; what an app makes stays until somebody makes it anew, by \
              [steps](docs/operations.md#secrets)",
    },
    Control {
        ids: "ElastiCache.1",
        about: "backups",
        types: &[CACHE],
        holds: |it| it.at("snapshotRetentionLimit").as_f64().is_some_and(|days| days >= 1.0),
        prod: Met,
        ad_hoc: Met,
        how: "`snapshotDays`, 7 by default",
    },
    Control {
        ids: "ElastiCache.2",
        about: "minor upgrades",
        types: &[CACHE],
        holds: |it| it.at("autoMinorVersionUpgrade") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "ElastiCache.3",
        about: "automatic failover",
        types: &[CACHE],
        holds: |it| it.at("automaticFailoverEnabled") == json!(true) && it.at("multiAzEnabled") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "`replicaCount`, 1 by default; 0 is an exception that a user makes",
    },
    Control {
        ids: "ElastiCache.4, .5, .6",
        about: "encrypted at rest and on its way, with a password",
        types: &[CACHE],
        holds: |it| {
            it.at("atRestEncryptionEnabled") == json!(true)
                && it.at("transitEncryptionEnabled") == json!(true)
                && it.at("transitEncryptionMode") == json!("required")
                && it.at("authToken").is_string()
        },
        prod: Met,
        ad_hoc: Met,
        how: "TLS required; the password of the app",
    },
    Control {
        ids: "ElastiCache.7",
        about: "a subnet group of its own",
        types: &[CACHE],
        holds: |it| it.at("subnetGroupName").is_string(),
        prod: Met,
        ad_hoc: Met,
        how: "isolated subnets",
    },
    Control {
        ids: "S3.2, S3.3, S3.8",
        about: "no public access",
        types: &["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"],
        holds: |it| {
            ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
                .iter()
                .all(|name| it.at(name) == json!(true))
        },
        prod: Met,
        ad_hoc: Met,
        how: "blocked, and no ACL",
    },
    Control {
        ids: "S3.5",
        about: "TLS only",
        types: &[BUCKET_POLICY],
        holds: |it| {
            it.statements("policy").any(|statement| {
                statement["Effect"] == json!("Deny")
                    && statement["Condition"]["Bool"]["aws:SecureTransport"] == json!(["false"])
            })
        },
        prod: Met,
        ad_hoc: Met,
        how: "bucket policy",
    },
    Control {
        ids: "S3.6",
        about: "nobody of another account may change it",
        types: &[BUCKET_POLICY],
        holds: |it| {
            let mut allowed = it.statements("policy").filter(|statement| statement["Effect"] == json!("Allow"));
            allowed.all(|statement| {
                statement["Principal"]["AWS"].is_null() && statement["Action"] == json!(["s3:PutObject"])
            })
        },
        prod: Met,
        ad_hoc: Met,
        how: "services of AWS may put logs, nobody else anything",
    },
    Control {
        ids: "S3.9",
        about: "access logs of the bucket",
        types: &[BUCKET],
        holds: |it| it.has_named("aws:s3/bucketLogging:BucketLogging") || it.name().ends_with("-logs"),
        prod: Met,
        ad_hoc: COSTS,
        how: "into the base's bucket of logs, which itself is the exception: its log would never end",
    },
    Control {
        ids: "S3.12",
        about: "owner enforced, no ACLs",
        types: &["aws:s3/bucketOwnershipControls:BucketOwnershipControls"],
        holds: |it| it.at("rule.objectOwnership") == json!("BucketOwnerEnforced"),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "S3.13",
        about: "lifecycle",
        types: &["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"],
        holds: |it| it.at("rules.0.status") == json!("Enabled"),
        prod: Met,
        ad_hoc: Met,
        how: "uploads that were not finished go after 7 days, logs after `logRetentionDays`, what was overwritten after 30",
    },
    Control {
        ids: "S3.14 (not FSBP)",
        about: "versions",
        types: &[BUCKET],
        holds: |it| it.has_named("aws:s3/bucketVersioning:BucketVersioning") || it.name().ends_with("-logs"),
        prod: Met,
        ad_hoc: GOES,
        how: "of an app's bucket; logs are written once",
    },
    Control {
        ids: "S3.17 (not FSBP)",
        about: "encryption is configured",
        types: &["aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"],
        holds: |it| it.at("rules.0.applyServerSideEncryptionByDefault.sseAlgorithm").is_string(),
        prod: Met,
        ad_hoc: Met,
        how: "S3's own key, an app's bucket by `kmsKeyArn` of the base where it is given",
    },
];
