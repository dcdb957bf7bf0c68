//! What an `AdHocApp` says about wrong arguments.

use std::collections::BTreeSet;

use pulumi_component::testing::value;
use pulumi_component::value::{Eventual, PropertyMap, Value};
use serde_json::json;

use super::{Json, NAME, minimal, with};
use crate::components::ad_hoc_app::AdHocApp;
use crate::tests::{construct_with, problems, snapshot};

/// The problems with the minimal arguments and these.
fn told(more: Json) -> Vec<String> {
    problems::<AdHocApp>(NAME, with(more))
}

#[test]
fn all_problems_are_told_at_once() {
    let told = told(json!({
        "image": "shop",
        "colour": "red",
        "priority": 4999,
        "logRetentionDays": 8,
        "web": {"port": 80, "cpuUnits": 1024, "healthCheckPath": "up"},
        "workers": [{"name": "Mail"}],
        "base": {"vpcId": null},
    }));
    let places: Vec<_> = told.iter().map(|problem| problem.split(": ").next().unwrap_or_default()).collect();
    let expected = [
        "base.vpcId",
        "colour",
        "image",
        "logRetentionDays",
        "priority",
        "web.healthCheckPath",
        "web.memoryMib",
        "web.port",
        "workers[0].command",
        "workers[0].name",
    ];
    assert_eq!(places.iter().copied().collect::<BTreeSet<_>>(), expected.into(), "{told:#?}");
}

#[test]
fn rules_are_told_with_their_remedy() {
    let worker = |name: &str| json!({"name": name, "command": ["celery"]});
    let patterns: Vec<_> = (0..25).map(|number| format!("/{number}")).collect();
    let wild: Vec<_> = (0..9).map(|number| format!("/{number}/*/*/*")).collect();
    let login = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-Ab12Cd";
    let key = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mail-Ab12Cd:key";
    let cases = [
        json!({"image": "shop"}),
        json!({"image": "shop:latest"}),
        json!({"frontend": {"image": "ui:latest"}}),
        json!({"web": {"name": "redis"}}),
        json!({"web": {"name": "Web"}}),
        json!({"web": {"name": "a-name-of-21-letters-"}}),
        json!({"web": {"name": "a-name-of-21-letters1"}}),
        json!({"web": {"name": "web-ui"}, "frontend": {"image": "ui:1"}}),
        json!({"workers": [worker("mail"), worker("mail")]}),
        json!({"workers": [worker("beat")], "beat": {"command": ["celery"]}}),
        json!({"web": {"cpuUnits": 1000}}),
        json!({"web": {"cpuUnits": 8192, "memoryMib": 1000}}),
        json!({"beat": {"command": ["celery"], "memoryMib": 4096}}),
        json!({"update": {"cpuUnits": 512}}),
        json!({"beat": {"command": ["celery", "beat"]}}),
        json!({"beat": {"command": ["celery", "beat", "-s", "/var/beat"]}}),
        json!({"beat": {"command": ["sh", "-c", "exec /venv/bin/celery -A shop beat -S celery.beat:PersistentScheduler"]}}),
        json!({"cache": false, "workers": [worker("mail")], "beat": {"command": ["start-beat"]}}),
        json!({"databaseName": "Shop"}),
        json!({"databaseName": "django_admin"}),
        json!({"databaseName": "pg_shop"}),
        json!({"repositoryCredentialsArn": format!("{login}:password::")}),
        json!({"web": {"port": 80}}),
        json!({"web": {"healthCheckPath": "up"}}),
        json!({"web": {"healthCheckGraceSeconds": 2_147_483_648_u32}}),
        json!({"web": {"pathPatterns": []}}),
        json!({"web": {"pathPatterns": ["/a b"]}}),
        json!({"web": {"pathPatterns": patterns}}),
        json!({"web": {"pathPatterns": ["/*/*/*/*/*/*"]}}),
        json!({"web": {"pathPatterns": wild}}),
        json!({"web": {"command": []}}),
        json!({"priority": 4999}),
        json!({"environment": {"1A": "x"}}),
        json!({"environment": {"AWS_SECRET_ACCESS_KEY": "x"}}),
        json!({"environment": {"SECRET_KEY": "x"}}),
        json!({"environment": {"REDIS_URL": "x", "CELERY_BROKER_URL": "x", "REDIS_PASSWORD": "x"}}),
        json!({"frontend": {"image": "ui:1", "environment": {"AWS_SESSION_TOKEN": "x", "A": "x"}, "secrets": {"A": "/a"}}}),
        json!({"frontend": {"image": "ui:1", "secrets": {"TOKEN": "hunter two"}}}),
        json!({"environment": {"TOKEN": "x"}, "secrets": {"TOKEN": "/token"}}),
        json!({"workers": [{"name": "mail", "command": ["x"], "environment": {"DATABASE_URL": "x"}}]}),
        json!({"secrets": {"TOKEN": "hunter two"}}),
        json!({"secrets": {"TOKEN": key}}),
        json!({"secrets": {"POSTGRES_PASSWORD": "/password"}}),
        json!({"secrets": {"DATABASE_URL": "/url"}}),
        json!({"secrets": {"REDIS_PASSWORD": "/password", "REDIS_URL": "/url"}}),
        json!({"hostName": "example.org"}),
        json!({"hostName": "a.b.example.com"}),
        json!({"hostName": "Shop.example.com"}),
        json!({"taskPolicyArns": ["send-mail"]}),
        json!({"logRetentionDays": 8}),
        json!({"tags": {"aws:x": "y"}}),
    ];
    let lines: Vec<_> = cases
        .into_iter()
        .map(|case| {
            let problems = told(case.clone());
            assert!(!problems.is_empty(), "{case} is taken");
            format!("{case}\n    {}\n", problems.join("\n    "))
        })
        .collect();
    snapshot("ad_hoc_app_rules", &lines.concat());
}

#[test]
fn what_is_right_is_taken() {
    for args in [
        json!({"hostName": "example.com"}),
        json!({"hostName": "shop-1.example.com"}),
        json!({"web": {"cpuUnits": 16384, "memoryMib": 122_880}}),
        json!({"workers": [{"name": "beat", "command": ["celery"]}]}),
        json!({"priority": 0}),
        json!({"environment": {"_A1": ""}}),
        json!({"frontend": {"image": "ui:1", "environment": {"SECRET_KEY": "its own"}}}),
        json!({"beat": {"command": ["celery", "--app=shop", "beat", "-s/tmp/beat"]}}),
        json!({"beat": {"command": ["sh", "-c", "celery -A shop beat --schedule /tmp/beat"]}}),
        json!({"beat": {"command": ["celery", "beat", "--scheduler=django_celery_beat.schedulers:DatabaseScheduler"]}}),
        json!({"beat": {"command": ["./start-beat.sh"]}}),
        json!({"hardened": false, "beat": {"command": ["celery", "beat"]}}),
        json!({"cache": false, "secrets": {"CELERY_BROKER_URL": "/mq"}, "workers": [{"name": "a", "command": ["x"]}]}),
        json!({"cache": false, "workers": [{"name": "a", "command": ["x"], "environment": {"CELERY_BROKER_URL": "sqs://"}}]}),
        json!({"cache": false, "environment": {"REDIS_URL": "redis://elsewhere"}}),
        json!({"secrets": {"REDIS_URL": "/url"}}),
    ] {
        assert_eq!(told(args.clone()), Vec::<String>::new(), "{args}");
    }
}

#[test]
fn the_name_of_an_app_is_checked() {
    let told = problems::<AdHocApp>("Alpha", minimal());
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with(": the component's name `Alpha` must consist of lower-case letters"), "{told:?}");
}

#[test]
fn a_credential_in_plain_text_is_refused_by_name_and_its_value_is_not_shown() {
    for name in ["AWS_SECRET_ACCESS_KEY", "SECRET_KEY", "DATABASE_URL", "TOKEN"] {
        let worker = json!([{"name": "mail", "command": ["x"], "environment": {name: "hunter two"}}]);
        for (place, given) in [("environment", json!({name: "hunter two"})), ("workers", worker)] {
            let args = with(json!({place: given, "secrets": {"TOKEN": "/token"}, "priority": 4999}));
            let Err(error) = crate::tests::preview::<AdHocApp>(NAME, args) else { panic!("`{name}` is taken") };
            assert!(!error.to_string().contains("hunter"), "{error}");
            let pulumi_component::Error::Arguments { shown, hidden } = error else { panic!("{error}") };
            let shown: Vec<_> = shown.iter().map(|it| it.path.as_str()).collect();
            let hidden: Vec<_> = hidden.iter().map(|it| it.path.rsplit('.').next().unwrap_or_default()).collect();
            assert_eq!((shown, hidden), (vec!["priority"], vec![name]), "in `{place}`");
        }
    }
}

#[test]
fn a_bad_value_of_a_secret_is_not_shown() {
    let Value::Object(mut args) = value(with(json!({}))) else { panic!("arguments are an object") };
    for secret in [true, false] {
        let value = Some(Value::String("hunter2".to_owned()));
        let value = Value::Eventual(Box::new(Eventual { value, secret, ..Eventual::default() }));
        args.insert("secrets".to_owned(), Value::Object(PropertyMap::from([("TOKEN".to_owned(), value)])));
        let Err(error) = construct_with::<AdHocApp>(NAME, args.clone(), true) else { panic!("it is taken") };
        let pulumi_component::Error::Arguments { shown, hidden } = &error else { panic!("{error}") };
        assert_eq!((shown.len(), hidden.len()), (0, 1));
        assert!(!error.to_string().contains("hunter"));
    }
}
