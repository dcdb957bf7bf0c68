//! What an `AdHocApp` has released, or leaves to somebody else.

use pulumi_component::testing::value;
use serde_json::json;

use super::{
    DATABASE, Json, NAME, RELEASE, SERVICE, Value, container, everything, known, merge, run, waits_for, whole,
};

#[test]
fn a_release_comes_last_and_says_all_that_runs() {
    let run = run(everything());
    let after = waits_for(&run, RELEASE, "alpha-app");
    for wanted in ["django", "nuxt", "default", "mail", "beat"] {
        assert!(after.contains(&format!("{SERVICE}::alpha-{wanted}")), "{after:?}");
    }
    assert!(after.contains(&format!("{DATABASE}::alpha-database")), "{after:?}");
    let release = run.child(RELEASE, "alpha-app");
    assert_eq!(release.protect, Some(false));
    let Value::Object(services) = known(&release.inputs["services"]) else { panic!("services are a map") };
    let names: Vec<_> = services.keys().collect();
    assert_eq!(names, ["alpha-beat", "alpha-default", "alpha-django", "alpha-mail", "alpha-nuxt"]);
    let of = |process: &str, property: &str| match services.get(&format!("{NAME}-{process}")).map(known) {
        Some(Value::Object(service)) => service[property].clone(),
        other => panic!("{process} is {other:?}"),
    };
    let checked = ["django", "nuxt", "default", "mail", "beat"].map(|process| of(process, "hasHealthCheck"));
    assert_eq!(checked, [true, true, true, false, false].map(Value::from));
    assert_eq!(of("default", "desiredCount"), Value::from(3));
    assert_eq!(of("nuxt", "image"), Value::from("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop-ui:1.0.0"));
}

#[test]
fn what_running_tasks_do_not_follow_is_a_setting_of_the_release() {
    let settings = |more: Json| {
        let run = run(merge(whole(), more));
        let release = run.child(RELEASE, "alpha-app").clone();
        let Value::Object(services) = known(&release.inputs["services"]) else { panic!("services are a map") };
        let Some(Value::Object(web)) = services.get("alpha-gunicorn").map(known) else { panic!("web is a service") };
        web["settings"].clone()
    };
    let before = settings(json!({}));
    for change in [
        json!({"spot": false}),
        json!({"executeCommand": false}),
        json!({"web": {"healthCheckGraceSeconds": 5}}),
        json!({"base": {"privateSubnetIds": ["subnet-1", "subnet-2", "subnet-3"]}}),
    ] {
        assert_ne!(settings(change.clone()), before, "{change}");
    }
    for same in [json!({"image": "shop:2"}), json!({"web": {"desiredCount": 3}}), json!({"tags": {"a": "b"}})] {
        assert_eq!(settings(same.clone()), before, "{same}");
    }
}

#[test]
fn a_pipeline_keeps_the_image_that_runs() {
    let run = run(merge(whole(), json!({"deployment": "Pipeline"})));
    assert!(run.children.iter().all(|child| child.token != RELEASE));
    // The backend runs, the front end does not yet.
    for process in ["gunicorn", "default", "beat", "backend_update"] {
        assert_eq!(container(&run, process)["image"], "registry.example.com/shop:live", "{process}");
    }
    assert_eq!(container(&run, "web-ui")["image"], "registry.example.com/shop-ui:1.0.0");
    let asked = run.invocations.iter().find(|call| call.token == "aws-django:index:getRunningImages");
    let asked = &asked.expect("it asks what runs").args;
    let process = |name: &str| value(json!({"service": format!("alpha-{name}"), "container": name}));
    assert_eq!(asked["cluster"], Value::from("alpha-cluster"));
    assert_eq!(asked["web"], process("gunicorn"));
    assert_eq!(asked["frontend"], process("web-ui"));
    assert_eq!(asked["others"], Value::Array(vec![process("default"), process("beat")]));
}
