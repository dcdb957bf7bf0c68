//! `ProdBase` over the fake monitor.

use std::collections::BTreeSet;

use pulumi_component::testing::{Run, difference};
use pulumi_component::value::Value;
use serde_json::{Value as Json, json};

use super::{added, changes, is_previewed, merge, names, problems, refuses, snapshot, text, up, waits_for};
use crate::components::prod_base::ProdBase;

const NAME: &str = "live";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:alarms";
const WEB_ACL: &str = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/live/1234abcd";
const INSTANCE: &str = "aws:rds/instance:Instance";
const PROTECTION: &str = "aws-django:index:DeletionProtection";

pub(super) fn minimal() -> Json {
    json!({"domainName": "example.com", "database": {"instanceClass": "db.t4g.medium"}})
}

/// The minimal arguments and these.
fn with(more: Json) -> Json {
    merge(minimal(), more)
}

pub(super) fn everything() -> Json {
    json!({
        "domainName": "live.example.com",
        "zoneId": "Z0GIVEN",
        "cidrBlock": "172.20.0.0/20",
        "availabilityZoneCount": 3,
        "natGateways": "Single",
        "interfaceEndpoints": ["ecr.api", "logs"],
        "allowedCidrBlocks": ["203.0.113.0/24"],
        "egressPorts": [443],
        "database": {
            "instanceClass": "db.m7g.large", "engineVersion": "16", "storageGib": 400, "maxStorageGib": 1000,
            "multiAz": false, "backupDays": 35, "backupWindow": "03:00-04:00",
            "maintenanceWindow": "sun:04:30-sun:05:30", "snapshotId": "live-final-vpc-0abc",
        },
        "bastion": true,
        "idleTimeoutSeconds": 120,
        "logRetentionDays": 731,
        "kmsKeyArn": KEY,
        "webAclArn": WEB_ACL,
        "alarmTopicArn": TOPIC,
        "deletionProtection": false,
        "tags": {"team": "shop"},
    })
}

fn run(args: Json) -> Run {
    up::<ProdBase>(NAME, args).expect("the arguments are right")
}

/// The children that the engine refuses to delete.
fn protected(run: &Run) -> BTreeSet<String> {
    let kind = |token: &str| token.rsplit(':').next().unwrap_or_default().to_owned();
    let protected = run.children.iter().filter(|child| child.protect == Some(true));
    protected.map(|child| format!("{} {}", kind(&child.token), child.name)).collect()
}

#[test]
fn identities_are_a_public_contract() {
    snapshot("prod_base_identity", &run(everything()).identities());
}

#[test]
fn a_base_with_everything_set_in_full() {
    snapshot("prod_base_everything", &run(everything()).text());
}

#[test]
fn a_minimal_base_in_full() {
    snapshot("prod_base_minimal", &run(minimal()).text());
}

#[test]
fn variants_differ_from_the_minimal_base_in_what_they_say() {
    let before = run(minimal());
    let variants = [
        ("key", json!({"kmsKeyArn": KEY})),
        ("firewall", json!({"webAclArn": WEB_ACL})),
        ("alarms", json!({"alarmTopicArn": TOPIC})),
        ("unprotected", json!({"deletionProtection": false})),
        ("from_snapshot", json!({"database": {"snapshotId": "live-final-vpc-0abc"}})),
    ];
    for (variant, args) in variants {
        snapshot(&format!("prod_base_{variant}"), &changes(&before, &run(with(args))));
    }
}

#[test]
fn a_preview_registers_what_an_update_registers() {
    for args in [minimal(), everything()] {
        is_previewed::<ProdBase>(NAME, &args);
    }
}

#[test]
fn a_destroy_begins_with_what_refuses_it() {
    let run = run(everything());
    let last = run.child(PROTECTION, "live-deletion");
    let all: BTreeSet<_> = run.children.iter().map(|child| format!("{}::{}", child.token, child.name)).collect();
    let before = last.dependencies.iter().map(|urn| urn.rsplitn(4, "::").take(2).collect::<Vec<_>>());
    let before: BTreeSet<_> = before
        .map(|parts| format!("{}::{}", parts[1].rsplit('$').next().unwrap_or_default(), parts[0]))
        .chain([format!("{PROTECTION}::live-deletion")])
        .collect();
    assert_eq!(before, all);
    let after = run.children.iter().filter(|child| child.dependencies.iter().any(|urn| urn.contains(PROTECTION)));
    assert_eq!(after.map(|child| child.name.as_str()).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn what_holds_data_or_cannot_come_back_is_protected() {
    let expected = [
        "Bucket live-logs",
        "DeletionProtection live-deletion",
        "Instance live-database",
        "LoadBalancer live-lb",
        "Vpc live-network",
    ];
    assert_eq!(protected(&run(minimal())), expected.map(str::to_owned).into());
    assert_eq!(protected(&run(with(json!({"deletionProtection": false})))), BTreeSet::new());
}

#[test]
fn taking_the_protection_away_changes_that_alone() {
    let (before, after) = (run(minimal()), run(with(json!({"deletionProtection": false}))));
    assert_eq!(before.identities(), after.identities());
    let changed = before.children.iter().zip(&after.children).filter(|(old, new)| old.inputs != new.inputs);
    let changed: Vec<_> = changed.map(|(old, _)| old.name.as_str()).collect();
    assert_eq!(changed, ["live-deletion", "live-lb", "live-database", "live-logs"]);
}

#[test]
fn a_server_from_a_snapshot_keeps_what_is_the_snapshots() {
    let of = |args| run(args).child(INSTANCE, "live-database").ignore_changes.clone();
    assert_eq!(of(minimal()), Vec::<String>::new());
    let restored = with(json!({"database": {"snapshotId": "live-final-vpc-0abc"}}));
    assert_eq!(of(restored), ["kmsKeyId", "snapshotIdentifier", "storageEncrypted", "username"]);
}

#[test]
fn the_final_snapshot_has_another_name_in_each_life() {
    let run = run(minimal());
    let name = text(&run, INSTANCE, "live-database", "finalSnapshotIdentifier");
    assert_eq!(name, "live-final-[Vpc live-network: id]");
    assert_eq!(
        run.outputs.get("finalSnapshotName").map(|it| it.flatten().value),
        Some(Some(Value::from(name.as_str())))
    );
}

#[test]
fn what_writes_somewhere_waits_until_it_may() {
    let run = run(minimal());
    let cases = [
        ("aws:lb/loadBalancer:LoadBalancer", "live-lb", "live-logs"),
        ("aws:ec2/flowLog:FlowLog", "live-traffic", "live-traffic"),
        (INSTANCE, "live-database", "live-database-monitoring"),
    ];
    for (token, name, rights) in cases {
        let waits_for = waits_for(&run, token, name);
        assert!(waits_for.contains(&rights.to_owned()), "{name} waits for {waits_for:?}");
    }
    let policies = ["aws:s3/bucketPolicy:BucketPolicy", "aws:iam/rolePolicy:RolePolicy"];
    for (token, name, _) in cases {
        let after = &run.child(token, name).dependencies;
        assert!(after.iter().any(|urn| policies.iter().any(|policy| urn.contains(policy))), "{name}: {after:?}");
    }
}

#[test]
fn caches_have_a_group_of_their_own() {
    let run = run(minimal());
    let ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    let to = text(&run, ingress, "live-tasks-to-caches", "securityGroupId");
    assert_eq!(to, "[SecurityGroup live-caches: id]");
    let from = text(&run, ingress, "live-tasks-to-caches", "referencedSecurityGroupId");
    assert_eq!(from, "[SecurityGroup live-tasks: id]");
}

#[test]
fn nobody_is_told_where_there_is_no_topic() {
    let alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
    assert_eq!(names(&run(minimal()), alarm), Vec::<&str>::new());
    let more = added(&run(minimal()), &run(with(json!({"alarmTopicArn": TOPIC}))));
    assert_eq!(more, [format!("{alarm} live-database-cpu"), format!("{alarm} live-database-storage")]);
}

#[test]
fn tags_are_on_every_child_that_takes_them() {
    let run = run(everything());
    for child in &run.children {
        let Some(Value::Object(tags)) = child.inputs.get("tags") else { continue };
        assert_eq!(tags.get("env"), Some(&Value::from(NAME)), "{}", child.name);
        assert_eq!(tags.get("team"), Some(&Value::from("shop")), "{}", child.name);
    }
    let mut untagged: Vec<_> = run.children.iter().filter(|child| !child.inputs.contains_key("tags")).collect();
    untagged.dedup_by_key(|child| &child.token);
    let kinds: BTreeSet<_> = untagged.iter().filter_map(|child| child.token.rsplit(':').next()).collect();
    let expected = [
        "BucketLifecycleConfiguration",
        "BucketOwnershipControls",
        "BucketPolicy",
        "BucketPublicAccessBlock",
        "BucketServerSideEncryptionConfiguration",
        "CertificateValidation",
        "DeletionProtection",
        "Record",
        "RolePolicy",
        "Route",
        "RouteTableAssociation",
        "WebAclAssociation",
    ];
    assert_eq!(kinds, expected.into());
}

#[test]
fn arguments_that_aws_does_not_take_are_refused() {
    let key = "must be the ARN of a key in KMS, not of an alias, such as \
               `arn:aws:kms:eu-west-1:111122223333:key/1234abcd-…`";
    let topic = "must be the ARN of a topic in SNS, such as `arn:aws:sns:eu-west-1:111122223333:alarms`";
    let acl = "must be the ARN of a regional web ACL of WAF, such as \
               `arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/live/1234abcd-…`";
    let global = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/live/1234abcd";
    let daily = "must be two times of the day in UTC, such as `03:00-04:00`";
    let weekly = "must be two times of the week in UTC, such as `sun:04:30-sun:05:30`, in lower case";
    let meets = "meets `maintenanceWindow`, which RDS does not take: move one of them";
    let snapshot = "must be a snapshot of RDS by its name, such as `live-final-vpc-0abc`, or by its ARN";
    let days = "must be from 1 to 35, for as long as RDS keeps backups";
    let windows = json!({"backupWindow": "04:45-05:15", "maintenanceWindow": "sun:04:30-sun:05:30"});
    let cases = [
        (json!({"kmsKeyArn": "arn:aws:kms:eu-west-1:1:alias/live"}), "kmsKeyArn", key),
        (json!({"alarmTopicArn": "alarms"}), "alarmTopicArn", topic),
        (json!({"webAclArn": global}), "webAclArn", acl),
        (json!({"idleTimeoutSeconds": 0}), "idleTimeoutSeconds", "must be from 1 to 4000 seconds"),
        (json!({"idleTimeoutSeconds": 4001}), "idleTimeoutSeconds", "must be from 1 to 4000 seconds"),
        (json!({"database": {"backupDays": 0}}), "database.backupDays", days),
        (json!({"database": {"backupDays": 36}}), "database.backupDays", days),
        (json!({"database": {"backupWindow": "sun:03:00-sun:04:00"}}), "database.backupWindow", daily),
        (json!({"database": {"maintenanceWindow": "03:00-04:00"}}), "database.maintenanceWindow", weekly),
        (json!({"database": windows}), "database.backupWindow", meets),
        (json!({"database": {"snapshotId": "live final"}}), "database.snapshotId", snapshot),
    ];
    refuses::<ProdBase>(NAME, cases.map(|(args, place, reason)| (with(args), place, reason)));
    let without_class = json!({"domainName": "example.com", "database": {}});
    assert_eq!(problems::<ProdBase>(NAME, without_class), ["database.instanceClass: is required and was not given"]);
}

#[test]
fn a_key_is_told_to_all_that_encrypts() {
    let with_key = run(with(json!({"kmsKeyArn": KEY})));
    let named = difference(&run(minimal()).text(), &with_key.text());
    let lines: BTreeSet<_> = named.lines().filter(|line| line.contains(KEY)).map(str::trim).collect();
    assert!(lines.len() > 3, "{named}");
    let groups = names(&with_key, "aws:cloudwatch/logGroup:LogGroup");
    for group in groups {
        assert_eq!(text(&with_key, "aws:cloudwatch/logGroup:LogGroup", group, "kmsKeyId"), KEY, "{group}");
    }
    for property in ["kmsKeyId", "masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId"] {
        assert_eq!(text(&with_key, INSTANCE, "live-database", property), KEY, "{property}");
    }
}
