//! `AdHocApp` over the fake monitor.

use std::collections::BTreeSet;

use aws_django_release::names::MADE_SECRETS;
use pulumi_component::monitor::Registration;
use pulumi_component::testing::{Run, value};
use pulumi_component::value::Value;
use serde_json::{Value as Json, json};

use super::{changes, construct_with, merge, preview, snapshot, up};
use crate::components::ad_hoc_app::AdHocApp;

mod releases;
mod rights;
mod rules;
mod slots;

const NAME: &str = "alpha";
const CLUSTER: &str = "aws:ecs/cluster:Cluster";
const CLUSTER_PROVIDERS: &str = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders";
const DATABASE: &str = "aws-django:index:AppDatabase";
const LISTENER_RULE: &str = "aws:lb/listenerRule:ListenerRule";
const LOG_GROUP: &str = "aws:cloudwatch/logGroup:LogGroup";
const PARAMETER: &str = "aws:ssm/parameter:Parameter";
const RELEASE: &str = "aws-django:index:Release";
const ROLE_POLICY: &str = "aws:iam/rolePolicy:RolePolicy";
const SERVICE: &str = "aws:ecs/service:Service";
const TASK_DEFINITION: &str = "aws:ecs/taskDefinition:TaskDefinition";

pub(super) fn base() -> Json {
    json!({
        "name": "dev",
        "domainName": "example.com",
        "zoneId": "Z0ZONE",
        "vpcId": "vpc-1",
        "privateSubnetIds": ["subnet-1", "subnet-2"],
        "loadBalancerDnsName": "lb.example.amazonaws.com",
        "loadBalancerZoneId": "Z0LB",
        "loadBalancerArnSuffix": "app/lb/1",
        "listenerArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/lb/1/2",
        "appSecurityGroupId": "sg-1",
        "databaseHost": "dev-rds.example.amazonaws.com",
        "databasePort": 5432,
        "databaseSecretArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds-master-Ab12Cd",
        "namespaceId": "ns-1",
        "namespaceName": "dev-sd-ns",
    })
}

pub(super) fn minimal() -> Json {
    json!({"base": base(), "image": "registry.example.com/shop:1.0.0"})
}

/// The minimal arguments and these.
fn with(more: Json) -> Json {
    merge(minimal(), more)
}

/// The program of the README: web, front end, a worker and beat.
fn whole() -> Json {
    with(json!({
        "frontend": {"image": "registry.example.com/shop-ui:1.0.0"},
        "workers": [{"name": "default", "command": ["celery", "--app=shop", "worker", "-Q", "default"]}],
        "beat": {"command": ["celery", "--app=shop", "beat", "--schedule=/tmp/celerybeat"]},
    }))
}

pub(super) fn everything() -> Json {
    with(json!({
        "base": {"kmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/1"},
        "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1.0.0",
        "web": {
            "name": "django", "command": ["gunicorn", "shop.wsgi"], "port": 8080, "cpuUnits": 512, "memoryMib": 2048,
            "desiredCount": 2, "healthCheckPath": "/health/", "healthCheckGraceSeconds": 90,
            "pathPatterns": ["/api/*", "/admin/*", "/static/*", "/media/*"],
        },
        "frontend": {
            "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop-ui:1.0.0", "name": "nuxt",
            "command": ["node", "server.mjs"], "port": 3001, "cpuUnits": 512, "memoryMib": 1024, "desiredCount": 2,
            "healthCheckPath": "/up", "healthCheckGraceSeconds": 30, "environment": {"API_URL": "/api", "LEVEL": "front"},
            "secrets": {"SENTRY_DSN": "/dev/sentry", "NUXT_PUBLIC_API_BASE": "/dev/base"},
        },
        "workers": [
            {
                "name": "default", "command": ["celery", "worker"], "cpuUnits": 1024, "memoryMib": 2048,
                "desiredCount": 3, "environment": {"LEVEL": "worker", "QUEUE": "default"}, "spot": true,
                "healthCheckCommand": ["celery", "inspect", "ping"],
            },
            {"name": "mail", "command": ["celery", "worker", "-Q", "mail"]},
        ],
        "beat": {
            "command": ["celery", "beat", "-S", "django_celery_beat.schedulers:DatabaseScheduler"], "cpuUnits": 512,
            "memoryMib": 1024,
        },
        "update": {"command": ["sh", "-c", "python manage.py migrate"], "cpuUnits": 512, "memoryMib": 4096},
        "environment": {"LEVEL": "app", "DEBUG": "1"},
        "secrets": {
            "MAIL_PASSWORD": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mail-Ab12Cd:password::",
            "REDIS_URL": "/dev/redis-url",
            "SECRET_KEY": "arn:aws:ssm:eu-west-1:111122223333:parameter/shared/key",
        },
        "hostName": "shop.example.com",
        "databaseName": "shop_from_snapshot",
        "priority": 7,
        "spot": false,
        "cpuArchitecture": "ARM64",
        "executeCommand": true,
        "hardened": true,
        "cache": true,
        "taskPolicyArns": ["arn:aws:iam::111122223333:policy/send-mail"],
        "repositoryCredentialsArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-Ab12Cd",
        "logRetentionDays": 30,
        "tags": {"team": "shop"},
    }))
}

fn run(args: Json) -> Run {
    up::<AdHocApp>(NAME, args).expect("the arguments are right")
}

/// The lines of a difference that say more than that something begins or ends.
fn telling(difference: &str) -> String {
    let is_telling = |line: &&str| !line.ends_with(['{', '}', '[', ']', ':', '-']) && !line.ends_with("},");
    difference.lines().filter(is_telling).flat_map(|line| [line, "\n"]).collect()
}

/// A value without its marks.
fn known(value: &Value) -> Value {
    value.flatten().value.expect("the value is known")
}

fn text(child: &Registration, property: &str) -> String {
    match child.inputs.get(property).map(known) {
        Some(Value::String(text)) => text,
        other => panic!("`{property}` of {} is {other:?}", child.name),
    }
}

fn output(run: &Run, name: &str) -> Value {
    known(run.outputs.get(name).unwrap_or_else(|| panic!("there is no output `{name}`")))
}

fn output_text(run: &Run, name: &str) -> String {
    match output(run, name) {
        Value::String(text) => text,
        other => panic!("`{name}` is {other:?}"),
    }
}

/// The URNs that a child waits for, as type and name.
fn waits_for(run: &Run, token: &str, name: &str) -> BTreeSet<String> {
    run.child(token, name)
        .dependencies
        .iter()
        .map(|urn| urn.rsplit('$').next().unwrap_or_default().to_owned())
        .collect()
}

fn of_type<'a>(run: &'a Run, token: &'static str) -> impl Iterator<Item = &'a Registration> {
    run.children.iter().filter(move |child| child.token == token)
}

/// The containers of a task definition.
fn containers(run: &Run, process: &str) -> Vec<Json> {
    let definition = run.child(TASK_DEFINITION, &format!("{NAME}-{process}"));
    serde_json::from_str(&text(definition, "containerDefinitions")).expect("the definitions are JSON")
}

fn container(run: &Run, process: &str) -> Json {
    let found = containers(run, process).into_iter().find(|container| container["name"] == process);
    found.unwrap_or_else(|| panic!("`{process}` has no container of its name"))
}

/// The value of a variable, or where its secret is kept.
fn variable(container: &Json, list: &str, name: &str) -> Option<String> {
    let variables = container[list].as_array().into_iter().flatten();
    variables.filter(|variable| variable["name"] == name).find_map(|variable| {
        let value = if list == "secrets" { &variable["valueFrom"] } else { &variable["value"] };
        value.as_str().map(str::to_owned)
    })
}

#[test]
fn identities_are_a_public_contract() {
    snapshot("ad_hoc_app_identities", &run(everything()).identities());
}

#[test]
fn the_minimal_app() {
    snapshot("ad_hoc_app_minimal", &run(minimal()).text());
}

#[test]
fn an_app_with_everything_set() {
    snapshot("ad_hoc_app_everything", &run(everything()).text());
}

#[test]
fn variants_differ_from_the_minimal_app_in_little() {
    let minimal = run(minimal());
    let variants = [
        ("frontend", with(json!({"frontend": {"image": "registry.example.com/shop-ui:1.0.0"}}))),
        ("worker", with(json!({"workers": [{"name": "default", "command": ["celery", "worker"]}]}))),
        ("beat", with(json!({"beat": {"command": ["celery", "beat", "--schedule=/tmp/celerybeat"]}}))),
        ("arm64", with(json!({"cpuArchitecture": "ARM64"}))),
        ("not_hardened", with(json!({"hardened": false}))),
        ("without_cache", with(json!({"cache": false}))),
        (
            "private_registry",
            with(json!({
                "repositoryCredentialsArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-Ab12Cd",
            })),
        ),
        ("no_shell", with(json!({"executeCommand": false}))),
        ("on_demand", with(json!({"spot": false}))),
        ("ecr", with(json!({"image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1.0.0"}))),
    ];
    for (name, args) in variants {
        snapshot(&format!("ad_hoc_app_{name}"), &telling(&changes(&minimal, &run(args))));
    }
}

#[test]
fn a_preview_registers_what_an_update_registers() {
    for args in [minimal(), whole(), everything()] {
        let preview = preview::<AdHocApp>(NAME, args.clone()).expect("the arguments are right");
        let up = run(args);
        assert_eq!(preview.identities(), up.identities());
        let options = |run: &Run| -> Vec<_> {
            let all = run.children.iter();
            all.map(|it| (it.dependencies.clone(), it.ignore_changes.clone(), it.property_dependencies.clone()))
                .collect()
        };
        assert_eq!(options(&preview), options(&up));
    }
}

#[test]
fn a_base_of_which_nothing_is_known_changes_no_identity() {
    let Value::Object(mut args) = value(whole()) else { panic!("arguments are an object") };
    args.insert("base".to_owned(), Value::unknown());
    args.insert("image".to_owned(), Value::unknown());
    let unknown = construct_with::<AdHocApp>(NAME, args, true).expect("nothing can be wrong yet");
    assert_eq!(unknown.identities(), run(whole()).identities());
}

#[test]
fn every_child_with_tags_has_those_of_the_app() {
    let run = run(everything());
    for child in &run.children {
        let Some(Value::Object(tags)) = child.inputs.get("tags").map(known) else {
            let untagged = [
                CLUSTER_PROVIDERS,
                ROLE_POLICY,
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
                "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
                "aws:s3/bucketPolicy:BucketPolicy",
                "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
                "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
                DATABASE,
                RELEASE,
            ];
            assert!(untagged.contains(&child.token.as_str()) || child.token.ends_with(":Record"), "{}", child.token);
            continue;
        };
        let tag = |key: &str| tags.get(key).map(known);
        assert_eq!(tag("team"), Some(Value::String("shop".to_owned())), "{}", child.name);
        assert_eq!(tag("env"), Some(Value::String(NAME.to_owned())), "{}", child.name);
        assert!(tag("Name").is_some(), "{}", child.name);
    }
}

#[test]
fn names_are_those_that_other_tools_look_for() {
    let run = run(whole());
    assert_eq!(text(run.child(CLUSTER, "alpha-app"), "name"), "alpha-cluster");
    for process in ["gunicorn", "web-ui", "default", "beat", "redis"] {
        let role = format!("{NAME}-{process}");
        assert_eq!(text(run.child(SERVICE, &role), "name"), role);
        assert_eq!(text(run.child(TASK_DEFINITION, &role), "family"), role);
        assert_eq!(text(run.child(LOG_GROUP, &role), "name"), format!("/ecs/alpha/{process}"));
        assert_eq!(container(&run, process)["name"], process);
    }
    for (role, family) in
        [("backend_update", "backend_update"), ("database", "database"), ("database_drop", "database_drop")]
    {
        let definition = run.child(TASK_DEFINITION, &format!("{NAME}-{role}"));
        assert_eq!(text(definition, "family"), format!("{NAME}-{family}"));
    }
    assert_eq!(text(run.child(LOG_GROUP, "alpha-database"), "name"), "/ecs/alpha/database");
    assert_eq!(output(&run, "databaseName"), Value::String("app_alpha".to_owned()));
    assert_eq!(output(&run, "url"), Value::String("https://alpha.example.com".to_owned()));
    let names: BTreeSet<_> = of_type(&run, PARAMETER).map(|parameter| text(parameter, "name")).collect();
    let expected = [
        "CELERY_BROKER_URL",
        "CELERY_RESULT_BACKEND",
        "DATABASE_URL",
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "REDIS_URL",
        "SECRET_KEY",
    ];
    assert_eq!(names, expected.map(|name| format!("/dev/alpha/{name}")).into());
    assert_eq!(MADE_SECRETS, expected, "the command line keeps none of them");
}

#[test]
fn the_longest_names_fit_into_what_aws_takes() {
    let name = "an-app-of-20-letters";
    let process = "a-process-of-20-lett";
    let args = with(json!({"web": {"name": process}, "frontend": {"image": "ui:1"}}));
    let run = up::<AdHocApp>(name, args).expect("the names are right");
    for child in &run.children {
        // Pulumi appends a hyphen and 7 characters to what has no name of its own.
        let limit = match child.token.rsplit(':').next() {
            Some("TargetGroup" | "LoadBalancer") => 32,
            Some("Role") => 64,
            _ => continue,
        };
        assert!(child.name.len() + 8 <= limit, "{} {}", child.token, child.name);
    }
    assert_eq!(text(run.child(SERVICE, &format!("{name}-{process}")), "name"), format!("{name}-{process}"));
}

#[test]
fn a_service_waits_for_its_rules_its_capacity_and_its_rights() {
    let run = run(whole());
    for process in ["gunicorn", "web-ui", "default", "beat", "redis"] {
        let after = waits_for(&run, SERVICE, &format!("{NAME}-{process}"));
        let mut wanted = vec![format!("{CLUSTER_PROVIDERS}::alpha-app"), format!("{ROLE_POLICY}::alpha-execution")];
        // Nothing may be connected to the database when it goes; the cache never is.
        wanted.extend((process != "redis").then(|| format!("{DATABASE}::alpha-database")));
        for wanted in wanted {
            assert!(after.contains(&wanted), "{process} does not wait for {wanted}: {after:?}");
        }
    }
    let web = waits_for(&run, SERVICE, "alpha-gunicorn");
    assert!((1..=3).all(|rule| web.contains(&format!("{LISTENER_RULE}::alpha-web-{rule}"))), "{web:?}");
    assert!(waits_for(&run, SERVICE, "alpha-web-ui").contains(&format!("{LISTENER_RULE}::alpha-ui-1")));
}

#[test]
fn a_log_group_is_there_before_what_logs_to_it() {
    let run = run(whole());
    for process in ["gunicorn", "web-ui", "default", "beat", "redis", "backend_update"] {
        let after = waits_for(&run, TASK_DEFINITION, &format!("{NAME}-{process}"));
        assert!(after.contains(&format!("{LOG_GROUP}::alpha-{process}")), "{process}: {after:?}");
    }
}

#[test]
fn services_begin_without_tasks_and_belong_to_the_release() {
    let run = run(everything());
    let meant = [("django", "2"), ("nuxt", "2"), ("default", "3"), ("mail", "1"), ("beat", "1")];
    for (process, count) in meant {
        let service = run.child(SERVICE, &format!("{NAME}-{process}"));
        assert_eq!(service.ignore_changes, ["desiredCount", "taskDefinition"]);
        assert_eq!(service.inputs["desiredCount"], Value::Number(0.0));
        let Value::Object(tags) = known(&service.inputs["tags"]) else { panic!("tags are a map") };
        let image = if process == "nuxt" { "frontend" } else { "backend" };
        for (tag, value) in [("desired-count", count), ("deployment", "Pulumi"), ("aws-django:image", image)] {
            assert_eq!(tags.get(tag).map(known), Some(Value::from(value)), "{process}");
        }
    }
    let cache = run.child(SERVICE, "alpha-redis");
    assert_eq!(cache.ignore_changes, Vec::<String>::new());
    assert_eq!(cache.inputs["desiredCount"], Value::Number(1.0));
}

#[test]
fn there_are_never_two_beats_and_never_two_caches() {
    let run = run(whole());
    for process in ["beat", "redis"] {
        let service = run.child(SERVICE, &format!("{NAME}-{process}"));
        assert_eq!(service.inputs["deploymentMaximumPercent"], Value::Number(100.0));
        assert_eq!(service.inputs["deploymentMinimumHealthyPercent"], Value::Number(0.0));
        assert_eq!(service.inputs["availabilityZoneRebalancing"], Value::String("DISABLED".to_owned()));
        assert!(!format!("{:?}", service.inputs["capacityProviderStrategies"]).contains("SPOT"), "{process}");
    }
}

#[test]
fn rules_hold_what_aws_takes_and_web_comes_first() {
    let patterns: Vec<_> = (0..24).map(|number| format!("/{number}/*")).collect();
    let args = json!({"priority": 4998, "web": {"pathPatterns": patterns}, "frontend": {"image": "ui:1"}});
    let run = run(with(args));
    let mut seen = Vec::new();
    for rule in of_type(&run, LISTENER_RULE) {
        let Value::Array(conditions) = known(&rule.inputs["conditions"]) else { panic!("conditions are a list") };
        let values = conditions.iter().map(|condition| match known(condition) {
            Value::Object(kinds) => match kinds.values().next().map(known) {
                Some(Value::Object(condition)) => match condition.get("values").map(known) {
                    Some(Value::Array(values)) => values.len(),
                    other => panic!("values are {other:?}"),
                },
                other => panic!("a condition is {other:?}"),
            },
            other => panic!("a condition is {other:?}"),
        });
        let values: Vec<_> = values.collect();
        assert!(values.iter().all(|count| *count <= 3) && values.iter().sum::<usize>() <= 5, "{values:?}");
        let Value::Number(priority) = rule.inputs["priority"] else { panic!("a priority is a number") };
        seen.push((format!("{priority}"), rule.name.clone()));
    }
    seen.sort();
    let expected: Vec<_> = (1..=8).map(|rule| (format!("4998{rule}"), format!("alpha-web-{rule}"))).collect();
    assert_eq!(seen[..8], expected);
    assert_eq!(seen[8..], [("49989".to_owned(), "alpha-ui-1".to_owned())]);
}

#[test]
fn a_rule_holds_no_more_wildcards_than_aws_takes() {
    let patterns = ["/a/*/b/*", "/c/*/d/*", "/e/*/f/*", "/g", "/h/?/*/?", "/i/*", "/j/?"];
    let run = run(with(json!({"web": {"pathPatterns": patterns}})));
    let rules = of_type(&run, LISTENER_RULE).map(|rule| {
        let text = format!("{:?}", rule.inputs["conditions"]);
        patterns.into_iter().filter(|pattern| text.contains(&format!("{pattern:?}"))).collect::<Vec<_>>()
    });
    let expected = [&patterns[..2], &patterns[2..5], &patterns[5..]];
    assert_eq!(rules.collect::<Vec<_>>(), expected);
}

#[test]
fn a_second_app_of_the_name_fails_before_it_takes_over_a_cluster() {
    let after = waits_for(&run(minimal()), CLUSTER, "alpha-app");
    assert_eq!(after, [format!("{LOG_GROUP}::alpha-backend_update")].into());
}

#[test]
fn an_app_without_a_cache_has_nothing_of_one() {
    let broker = json!({"cache": false, "environment": {"CELERY_BROKER_URL": "sqs://", "REDIS_URL": "redis://other"}});
    let run = run(merge(whole(), broker));
    assert!(run.children.iter().all(|child| child.name != "alpha-redis" && child.name != "alpha-redis-url"));
    for process in ["gunicorn", "default", "beat", "backend_update"] {
        let container = container(&run, process);
        assert_eq!(variable(&container, "environment", "CELERY_BROKER_URL").as_deref(), Some("sqs://"));
        assert_eq!(variable(&container, "environment", "REDIS_URL").as_deref(), Some("redis://other"));
        for name in ["REDIS_SERVICE_HOST", "REDIS_SERVICE_PORT", "CELERY_RESULT_BACKEND"] {
            assert_eq!(variable(&container, "environment", name).or(variable(&container, "secrets", name)), None);
        }
    }
}

#[test]
fn a_hardened_container_is_at_home_where_it_can_write() {
    let home = |args: Json| variable(&container(&run(args), "gunicorn"), "environment", "HOME");
    assert_eq!(home(minimal()).as_deref(), Some("/tmp"));
    assert_eq!(home(with(json!({"environment": {"HOME": "/app"}}))).as_deref(), Some("/app"));
    assert_eq!(home(with(json!({"secrets": {"HOME": "/home"}}))), None);
    let free = run(with(json!({"hardened": false})));
    assert_eq!(variable(&container(&free, "gunicorn"), "environment", "HOME"), None);
    assert_eq!(container(&free, "gunicorn").get("user"), None);
    assert_eq!(container(&free, "redis")["user"], "1000:1000");
}

#[test]
fn a_shell_opens_where_somebody_can_be_and_nowhere_else() {
    let run = run(whole());
    for (process, is_open) in [("gunicorn", true), ("web-ui", true), ("backend_update", false), ("redis", false)] {
        for container in containers(&run, process) {
            assert_eq!(container["mountPoints"] != json!([]), is_open, "{process}");
        }
    }
}

#[test]
fn only_an_image_from_elsewhere_needs_a_login() {
    let login = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-Ab12Cd";
    let ecr = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop-ui:1";
    let run = run(merge(whole(), json!({"repositoryCredentialsArn": login, "frontend": {"image": ecr}})));
    for process in ["gunicorn", "default", "beat", "backend_update"] {
        assert_eq!(container(&run, process)["repositoryCredentials"]["credentialsParameter"], login, "{process}");
    }
    for process in ["web-ui", "redis"] {
        assert_eq!(container(&run, process).get("repositoryCredentials"), None, "{process}");
    }
}

#[test]
fn a_front_end_moves_no_rule() {
    let rules = |args: Json| {
        let run = run(args);
        let rules = of_type(&run, LISTENER_RULE).map(|rule| (rule.name.clone(), rule.inputs["priority"].clone()));
        rules.collect::<Vec<_>>()
    };
    let (alone, beside) = (rules(minimal()), rules(whole()));
    assert!(alone.iter().all(|rule| beside.contains(rule)), "{alone:?} {beside:?}");
}

#[test]
fn containers_stand_as_ecs_keeps_them() {
    let run = run(everything());
    for definition in of_type(&run, TASK_DEFINITION) {
        let text = text(definition, "containerDefinitions");
        assert!(!text.contains(":null"), "{text}");
        let containers: Vec<Json> = serde_json::from_str(&text).expect("the definitions are JSON");
        let sorted = |items: &[Json], key: &str| items.is_sorted_by_key(|item| item[key].as_str().map(str::to_owned));
        assert!(sorted(&containers, "name"));
        for container in containers {
            for list in ["environment", "mountPoints", "portMappings", "systemControls", "volumesFrom"] {
                assert!(container[list].is_array(), "{list} of {container}");
            }
            for (list, key) in [("environment", "name"), ("secrets", "name"), ("mountPoints", "sourceVolume")] {
                assert!(sorted(container[list].as_array().map_or(&[], Vec::as_slice), key), "{list} of {container}");
            }
            for list in ["secrets", "command", "entryPoint"] {
                assert_ne!(container.get(list), Some(&json!([])), "{list} of {container}");
            }
            assert_eq!(container["cpu"], 0);
            assert_eq!(container["linuxParameters"]["initProcessEnabled"], true);
            assert_eq!(container["logConfiguration"]["logDriver"], "awslogs");
            assert_eq!(container["readonlyRootFilesystem"], true);
            assert_eq!(container["user"], "1000:1000");
            for port in container["portMappings"].as_array().into_iter().flatten() {
                assert_eq!((&port["hostPort"], &port["protocol"]), (&port["containerPort"], &json!("tcp")));
            }
        }
    }
}

#[test]
fn changing_one_argument_replaces_no_service() {
    let before = run(whole());
    let changes = [
        json!({"image": "registry.example.com/shop:2.0.0"}),
        json!({"web": {"port": 9000, "cpuUnits": 512, "memoryMib": 1024, "desiredCount": 4, "command": ["x"]}}),
        json!({"web": {"healthCheckPath": "/x", "healthCheckGraceSeconds": 5, "pathPatterns": ["/x"]}}),
        json!({"frontend": {"image": "ui:2", "port": 4000, "desiredCount": 2}}),
        json!({"beat": {"command": ["x"], "cpuUnits": 1024, "memoryMib": 2048}}),
        json!({"databaseName": "other"}),
        json!({"repositoryCredentialsArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-Ab12Cd"}),
        json!({"workers": [{"name": "default", "command": ["x"], "desiredCount": 9, "environment": {"A": "b"}}]}),
        json!({"frontend": {"healthCheckGraceSeconds": 5, "environment": {"A": "b"}, "secrets": {"B": "/b"}}}),
        json!({"workers": [{"name": "default", "command": ["x"], "spot": false, "healthCheckCommand": ["y"]}]}),
        json!({"update": {"command": ["x"], "cpuUnits": 1024, "memoryMib": 2048}}),
        json!({"environment": {"A": "b"}, "secrets": {"B": "/b"}}),
        json!({"hostName": "x.example.com"}),
        json!({"priority": 3}),
        json!({"spot": false}),
        json!({"cpuArchitecture": "ARM64"}),
        json!({"deployment": "Pipeline"}),
        json!({"executeCommand": false}),
        json!({"hardened": false}),
        json!({"taskPolicyArns": ["arn:aws:iam::111122223333:policy/x"]}),
        json!({"logRetentionDays": 1}),
        json!({"tags": {"a": "b"}}),
    ];
    // What AWS, or Pulumi's AWS provider, cannot change on a service. The capacity can be changed, but only with
    // `forceNewDeployment`.
    let fixed = ["cluster", "deploymentController", "forceNewDeployment", "launchType", "name", "schedulingStrategy"];
    for change in changes {
        let after = run(merge(whole(), change.clone()));
        for service in of_type(&before, SERVICE) {
            let same = after.child(SERVICE, &service.name);
            for property in fixed {
                assert_eq!(service.inputs.get(property), same.inputs.get(property), "{property} with {change}");
            }
            assert_eq!(same.inputs["forceNewDeployment"], Value::Bool(true));
        }
    }
}

#[test]
fn a_second_worker_adds_what_is_its_own() {
    let before = run(whole());
    let two = json!({"workers": [
        {"name": "default", "command": ["celery", "--app=shop", "worker", "-Q", "default"]},
        {"name": "mail", "command": ["celery", "--app=shop", "worker", "-Q", "mail"]},
    ]});
    let after = run(merge(whole(), two)).identities();
    let added: Vec<_> = after.lines().filter(|line| !before.identities().contains(line)).collect();
    let expected = [LOG_GROUP, SERVICE, TASK_DEFINITION].map(|token| format!("{token} alpha-mail"));
    assert_eq!(added, expected);
}

#[test]
fn commands_can_be_pasted() {
    let run = run(merge(whole(), json!({"deployment": "Pipeline"})));
    assert_eq!(output_text(&run, "releaseCommand"), "aws-django update alpha --region eu-west-1");
    assert_eq!(output_text(&run, "shellCommand"), "aws-django shell alpha --region eu-west-1");
    let without = super::up::<AdHocApp>(NAME, with(json!({"executeCommand": false}))).expect("it is a switch");
    assert!(!without.outputs.contains_key("shellCommand"));
    assert!(!without.outputs.contains_key("releaseCommand"));
}
