//! `ProdApp` over the fake monitor.

use std::collections::BTreeSet;

use pulumi_component::testing::{Run, difference};
use pulumi_component::value::Value;
use serde_json::{Value as Json, json};

use super::{added, changes, is_previewed, merge, names, problems, refuses, snapshot, text, up, waits_for};
use crate::components::ad_hoc_app::AdHocApp;
use crate::components::prod_app::ProdApp;

const NAME: &str = "alpha";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:alarms";
const ALARM: &str = "aws:cloudwatch/metricAlarm:MetricAlarm";
const CACHE: &str = "aws:elasticache/replicationGroup:ReplicationGroup";
const PARAMETER: &str = "aws:ssm/parameter:Parameter";
const POLICY: &str = "aws:appautoscaling/policy:Policy";
const SERVICE: &str = "aws:ecs/service:Service";
const TARGET: &str = "aws:appautoscaling/target:Target";

pub(super) fn base() -> Json {
    let Json::Object(mut base) = super::ad_hoc_app::base() else { panic!("a base is an object") };
    base.retain(|key, _| !key.starts_with("namespace"));
    let own = json!({
        "name": "live", "cacheSecurityGroupId": "sg-2", "isolatedSubnetIds": ["subnet-3", "subnet-4"],
        "logBucketName": "live-logs-1234567",
    });
    merge(Json::Object(base), own)
}

pub(super) fn minimal() -> Json {
    json!({"base": base(), "image": "registry.example.com/shop:1.0.0", "deployment": "Pulumi"})
}

/// The minimal arguments and these.
fn with(more: Json) -> Json {
    merge(minimal(), more)
}

pub(super) fn everything() -> Json {
    with(json!({
        "base": {"kmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/1"},
        "web": {"scaling": {"minCount": 2, "maxCount": 8, "targetCpuPercent": 50, "requestsPerTarget": 600}},
        "frontend": {"image": "registry.example.com/shop-ui:1.0.0", "scaling": {"minCount": 2, "maxCount": 4}},
        "workers": [
            {"name": "default", "command": ["celery", "worker"], "scaling": {"minCount": 1, "maxCount": 3}},
            {"name": "mail", "command": ["celery", "worker", "-Q", "mail"], "desiredCount": 2},
        ],
        "beat": {"command": ["celery", "beat", "-S", "django_celery_beat.schedulers:DatabaseScheduler"]},
        "domain": {"hostName": "shop.example.org", "zoneId": "Z0SHOP", "redirectHostNames": ["www.shop.example.org"]},
        "cache": {
            "nodeType": "cache.m7g.large", "replicaCount": 2, "snapshotDays": 35,
            "maintenanceWindow": "sun:05:00-sun:06:00",
        },
        "cpuArchitecture": "ARM64",
        "executeCommand": true,
        "logRetentionDays": 731,
        "alarmTopicArn": TOPIC,
        "deletionProtection": false,
        "tags": {"team": "shop"},
    }))
}

fn run(args: Json) -> Run {
    up::<ProdApp>(NAME, args).expect("the arguments are right")
}

/// The children that the engine refuses to delete.
fn protected(run: &Run) -> BTreeSet<&str> {
    let protected = run.children.iter().filter(|child| child.protect == Some(true));
    protected.map(|child| child.name.as_str()).collect()
}

/// A property of a child as it is known.
fn known(run: &Run, token: &str, name: &str, property: &str) -> Value {
    let value = run.child(token, name).inputs.get(property);
    value.and_then(|value| value.flatten().value).unwrap_or(Value::Null)
}

#[test]
fn identities_are_a_public_contract() {
    snapshot("prod_app_identities", &run(everything()).identities());
}

#[test]
fn the_minimal_app() {
    snapshot("prod_app_minimal", &run(minimal()).text());
}

#[test]
fn an_app_with_everything_set() {
    snapshot("prod_app_everything", &run(everything()).text());
}

#[test]
fn variants_differ_from_the_minimal_app_in_what_they_say() {
    let before = run(minimal());
    let variants = [
        ("unprotected", json!({"deletionProtection": false})),
        ("scaled", json!({"web": {"scaling": {"minCount": 3, "maxCount": 9, "requestsPerTarget": 100}}})),
        ("shell", json!({"executeCommand": true})),
        ("redirects", json!({"domain": {"hostName": "example.com", "redirectHostNames": ["www.example.com"]}})),
        ("certificate", json!({"domain": {"certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/1"}})),
        ("one_cache", json!({"cache": {"replicaCount": 0}})),
    ];
    for (variant, args) in variants {
        snapshot(&format!("prod_app_{variant}"), &changes(&before, &run(with(args))));
    }
}

#[test]
fn a_preview_registers_what_an_update_registers() {
    for args in [minimal(), everything(), with(json!({"deployment": "Pipeline"}))] {
        is_previewed::<ProdApp>(NAME, &args);
    }
}

#[test]
fn what_holds_data_or_cannot_come_back_is_protected() {
    let expected = [
        "alpha-deletion",
        "alpha-postgres-password",
        "alpha-redis",
        "alpha-redis-password",
        "alpha-secret-key",
        "alpha-storage",
    ];
    assert_eq!(protected(&run(minimal())), expected.into());
    assert_eq!(protected(&run(with(json!({"deletionProtection": false})))), BTreeSet::new());
}

#[test]
fn a_destroy_begins_with_what_refuses_it() {
    let run = run(everything());
    let last = &run.child("aws-django:index:DeletionProtection", "alpha-deletion").dependencies;
    assert_eq!(last.len(), run.children.len() - 1);
}

#[test]
fn a_bucket_stays_with_all_that_is_said_of_it() {
    let of_bucket = |run: &Run| {
        let all = run.children.iter().filter(|child| child.token.starts_with("aws:s3/"));
        all.map(|child| child.retain_on_delete).collect::<Vec<_>>()
    };
    for args in [minimal(), with(json!({"deletionProtection": false}))] {
        assert_eq!(of_bucket(&run(args)), vec![Some(true); 8]);
    }
}

#[test]
fn the_cache_is_made_with_the_password_that_is_kept() {
    let run = run(minimal());
    let token = run.child(CACHE, "alpha-redis").inputs.get("authToken").expect("it has a password").flatten();
    assert!(token.secret);
    assert!(token.dependencies.iter().any(|urn| urn.ends_with("Parameter::alpha-redis-password")));
    let url = |name| text(&run, PARAMETER, name, "value");
    let host = "[ReplicationGroup alpha-redis: primaryEndpointAddress]";
    assert_eq!(url("alpha-redis-url"), format!("rediss://:random@{host}:6379/0?ssl_cert_reqs=required"));
    assert_eq!(url("alpha-celery-broker-url"), format!("rediss://:random@{host}:6379/1?ssl_cert_reqs=CERT_REQUIRED"));
    assert_eq!(
        url("alpha-celery-result-backend"),
        format!("rediss://:random@{host}:6379/2?ssl_cert_reqs=CERT_REQUIRED")
    );
}

#[test]
fn a_minimum_is_asked_of_what_has_tasks_alone() {
    let scaling = json!({"minCount": 2, "maxCount": 8});
    let least = |more: Json| {
        let args = merge(with(json!({"web": {"scaling": scaling}, "deployment": "Pipeline"})), more);
        let run = run(args);
        (known(&run, TARGET, "alpha-gunicorn", "minCapacity"), known(&run, TARGET, "alpha-gunicorn", "maxCapacity"))
    };
    // Three tasks run of what is called so: see `answers`.
    assert_eq!(least(json!({})), (Value::from(2), Value::from(8)));
    let run = run(with(json!({"web": {"name": "new", "scaling": scaling}, "deployment": "Pipeline"})));
    assert_eq!(known(&run, TARGET, "alpha-new", "minCapacity"), Value::from(0));
    assert_eq!(run.child(TARGET, "alpha-new").ignore_changes, Vec::<String>::new());
    // What Pulumi releases has its tasks by then.
    let released = up::<ProdApp>(NAME, with(json!({"web": {"scaling": scaling}}))).expect("the arguments are right");
    assert_eq!(known(&released, TARGET, "alpha-gunicorn", "minCapacity"), Value::from(2));
    assert!(waits_for(&released, TARGET, "alpha-gunicorn").contains(&"alpha-app".to_owned()));
}

#[test]
fn a_service_that_is_scaled_says_its_least_number() {
    let run = run(everything());
    let Value::Object(tags) = known(&run, SERVICE, "alpha-default", "tags") else { panic!("it has tags") };
    assert_eq!(tags.get("desired-count"), Some(&Value::from("1")));
    let label = format!("app/lb/1/{}", "[TargetGroup alpha-web: arnSuffix]");
    let policy = difference("", &run.text());
    assert!(policy.contains(&format!("resourceLabel: {label}")), "{policy}");
    assert_eq!(
        names(&run, POLICY),
        ["alpha-default-cpu", "alpha-gunicorn-cpu", "alpha-gunicorn-requests", "alpha-web-ui-cpu"]
    );
}

#[test]
fn errors_and_unhealthy_tasks_take_a_deployment_back_whether_somebody_is_told_or_not() {
    let alone = super::up::<ProdApp>(NAME, minimal()).expect("the arguments are right");
    assert_eq!(names(&alone, ALARM), ["alpha-gunicorn-5xx", "alpha-gunicorn-unhealthy"]);
    let run = run(with(json!({"alarmTopicArn": TOPIC, "workers": [{"name": "default", "command": ["celery"]}]})));
    let Value::Object(alarms) = known(&run, SERVICE, "alpha-gunicorn", "alarms") else { panic!("it has alarms") };
    let expected = ["alpha-gunicorn-5xx", "alpha-gunicorn-unhealthy"];
    let shown = format!("{:?}", alarms.get("alarmNames"));
    assert!(expected.iter().all(|name| shown.contains(name)), "{shown}");
    assert_eq!(known(&alone, SERVICE, "alpha-gunicorn", "alarms"), Value::Object(alarms));
    assert_eq!(known(&run, SERVICE, "alpha-default", "alarms"), Value::Null);
    let of_worker: Vec<_> = names(&run, ALARM).into_iter().filter(|name| name.contains("default")).collect();
    assert_eq!(of_worker, ["alpha-default-cpu", "alpha-default-memory", "alpha-default-running"]);
}

#[test]
fn logs_of_aws_are_ours_and_there_before_it_writes() {
    let run = run(with(json!({"executeCommand": true})));
    let group = "aws:cloudwatch/logGroup:LogGroup";
    let name = text(&run, group, "alpha-container_insights", "name");
    assert_eq!(name, "/aws/ecs/containerinsights/alpha-cluster/performance");
    let waits_for = waits_for(&run, "aws:ecs/cluster:Cluster", "alpha-app");
    for group in ["alpha-container_insights", "alpha-exec_sessions"] {
        assert!(waits_for.contains(&group.to_owned()), "{waits_for:?}");
    }
}

#[test]
fn a_name_in_another_zone_has_a_certificate_of_its_own() {
    let before = run(with(json!({"domain": {"hostName": "example.com"}})));
    let after =
        run(with(json!({"domain": {"hostName": "shop.org", "zoneId": "Z0", "redirectHostNames": ["www.shop.org"]}})));
    assert_eq!(
        added(&before, &after),
        [
            "aws:acm/certificate:Certificate alpha-site",
            "aws:acm/certificateValidation:CertificateValidation alpha-site",
            "aws:lb/listenerCertificate:ListenerCertificate alpha-site",
            "aws:lb/listenerRule:ListenerRule alpha-redirect",
            "aws:route53/record:Record alpha-redirect-www-shop-org",
            "aws:route53/record:Record alpha-redirect-www-shop-org-validation",
            "aws:route53/record:Record alpha-site-validation",
        ]
    );
    for record in ["alpha-site", "alpha-redirect-www-shop-org"] {
        assert_eq!(text(&after, "aws:route53/record:Record", record, "zoneId"), "Z0");
    }
}

#[test]
fn arguments_that_aws_does_not_take_are_refused() {
    let worker = |more: Json| json!({"workers": [merge(json!({"name": "default", "command": ["celery"]}), more)]});
    let more_than = "is 4, which is more than `maxCount`, 2: raise that, or lower this";
    let beside = "is given beside `scaling`, which decides the number of tasks: leave one of them out";
    let none = "must be from 1 to 10000: with no task a process is switched off, which its `desiredCount` can say";
    let covered = "is not `example.com`, the base's `domainName`, nor one label below it, so that the base's certificate \
                   does not cover it: give the public hosted zone in which it is as `zoneId`";
    let four = json!(["a.example.com", "b.example.com", "c.example.com", "d.example.com"]);
    let domain = "must be a domain name such as `dev.example.com`, in lower case and without a dot at its end";
    let window = "must be two times of the week in UTC, such as `sun:04:30-sun:05:30`, in lower case";
    let own = "is the password with which the app makes its own cache: leave it out";
    let scaling = |min: u32, max: u32| json!({"scaling": {"minCount": min, "maxCount": max}});
    let cases = [
        (json!({"web": scaling(4, 2)}), "web.scaling.minCount", more_than),
        (worker(scaling(4, 2)), "workers[0].scaling.minCount", more_than),
        (json!({"web": merge(scaling(2, 4), json!({"desiredCount": 2}))}), "web.desiredCount", beside),
        (worker(merge(scaling(2, 4), json!({"desiredCount": 2}))), "workers[0].desiredCount", beside),
        (json!({"web": scaling(0, 4)}), "web.scaling.minCount", none),
        (
            json!({"web": {"scaling": {"minCount": 1, "maxCount": 2, "targetCpuPercent": 95}}}),
            "web.scaling.targetCpuPercent",
            "must be from 10 to 90 percent",
        ),
        (json!({"domain": {"hostName": "shop.org"}}), "domain.hostName", covered),
        (json!({"domain": {"hostName": "a.b.example.com"}}), "domain.hostName", covered),
        (json!({"domain": {"redirectHostNames": ["www.shop.org"]}}), "domain.redirectHostNames[0]", covered),
        (json!({"domain": {"redirectHostNames": ["WWW"]}}), "domain.redirectHostNames[0]", domain),
        (
            json!({"domain": {"hostName": "example.com", "redirectHostNames": ["example.com"]}}),
            "domain.redirectHostNames[0]",
            "is the host name itself: remove it",
        ),
        (
            json!({"domain": {"redirectHostNames": four}}),
            "domain.redirectHostNames",
            "has 4 names, but the load balancer takes 3 in a rule",
        ),
        (
            json!({"cache": {"nodeType": "t4g.small"}}),
            "cache.nodeType",
            "must be a type of ElastiCache, such as `cache.t4g.small`",
        ),
        (json!({"cache": {"replicaCount": 6}}), "cache.replicaCount", "must be from 0 to 5, as many as AWS takes"),
        (json!({"cache": {"maintenanceWindow": "05:00-06:00"}}), "cache.maintenanceWindow", window),
        (
            json!({"secrets": {
                "REDIS_PASSWORD": "/a", "REDIS_URL": "/b", "CELERY_BROKER_URL": "/c", "CELERY_RESULT_BACKEND": "/d",
            }}),
            "secrets.REDIS_PASSWORD",
            own,
        ),
    ];
    refuses::<ProdApp>(NAME, cases.map(|(args, place, reason)| (with(args), place, reason)));
    let no_deployment = json!({"base": base(), "image": "registry.example.com/shop:1.0.0"});
    assert_eq!(problems::<ProdApp>(NAME, no_deployment), ["deployment: is required and was not given"]);
}

#[test]
fn an_ad_hoc_base_does_not_carry_production() {
    let args = with(json!({}));
    let told = problems::<ProdApp>(NAME, merge(args, json!({"base": super::ad_hoc_app::base()})));
    assert_eq!(told, ["base: must be the component `ProdBase` or its outputs, not `AdHocBaseOutputs`"]);
    let mut args = super::ad_hoc_app::minimal();
    args["base"] = base();
    let told = problems::<AdHocApp>(NAME, args);
    assert_eq!(told, ["base: must be the component `AdHocBase` or its outputs, not `ProdBaseOutputs`"]);
}
