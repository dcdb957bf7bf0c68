//! The output `releaseCommand`, run literally with the AWS CLI.

use std::collections::BTreeMap;

use e2e::project::APP_ARGS;
use e2e::{Cloud, Project};
use serde_json::{Value as Json, json};

#[test]
fn a_release_migrates_first_and_then_raises_the_services() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let apps = json!({"alpha": {"web": {"desired_count": 2}, "workers": [{"name": "default", "command": ["celery"]}]}});
    let project = Project::base_and_apps(&cloud, "release", &json!({"dev": {}}), &apps)?;
    let release = project.run("all", "up", &json!({}))?.text("alphaReleaseCommand")?;
    let run = || cloud.command("sh").args(["-c", &release]).output();
    assert_eq!(counts(&cloud)?, json!({"alpha-gunicorn": 0, "alpha-default": 0, "alpha-redis": 1}));

    let failures = [
        json!({"backend_update": {"exitCode": 1}}),
        json!({"backend_update": {"exitCode": null}}),
        json!({"database": {"exitCode": 3}}),
        json!({"database": {"exitCode": null}}),
    ];
    for codes in failures {
        cloud.tell("tasks", &json!({"alpha-backend_update": {"containers": codes}}))?;
        let output = run()?;
        assert!(!output.status.success(), "{codes}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("no service"), "{codes}: {output:?}");
        assert_eq!(counts(&cloud)?, json!({"alpha-gunicorn": 0, "alpha-default": 0, "alpha-redis": 1}), "{codes}");
    }

    cloud.tell("tasks", &json!({}))?;
    let output = run()?;
    assert!(output.status.success(), "{output:?}");
    let raised = json!({"alpha-gunicorn": 2, "alpha-default": 1, "alpha-redis": 1});
    assert_eq!(counts(&cloud)?, raised);

    // An `up` afterwards brings back neither an old revision nor the count of the first day.
    assert_eq!(project.run("all", "up", &json!({"refresh": true}))?.steps(), Vec::<String>::new());
    assert_eq!(counts(&cloud)?, raised);

    // Nor do updates of the services themselves, the first of which stores what was released.
    let tagged = |round: &str| {
        let mut apps = apps.clone();
        apps["alpha"]["image"] = json!("shop/backend:v2");
        apps["alpha"]["tags"] = json!({"round": round});
        project.write(APP_ARGS, &apps)
    };
    tagged("new image")?;
    project.run("all", "up", &json!({}))?;
    let output = run()?;
    assert!(output.status.success(), "{output:?}");
    let released = revisions(&cloud)?;
    assert!(released.values().all(|revision| revision.ends_with(":2")), "{released:?}");
    for round in ["first", "second"] {
        tagged(round)?;
        let steps = project.run("all", "up", &json!({"refresh": true}))?.steps();
        assert!(steps.contains(&"update aws:ecs/service:Service alpha-gunicorn".to_owned()), "{steps:#?}");
        assert_eq!((counts(&cloud)?, revisions(&cloud)?), (raised.clone(), released.clone()), "{round}");
    }
    Ok(())
}

/// How many tasks each service wants.
fn counts(cloud: &Cloud) -> anyhow::Result<Json> {
    let services = services(cloud, &["alpha-gunicorn", "alpha-default", "alpha-redis"])?;
    let count = |service: &Json| Some((service["serviceName"].as_str()?.to_owned(), service["desiredCount"].clone()));
    Ok(Json::Object(services.iter().filter_map(count).collect()))
}

/// The revision of each service that a release raises.
fn revisions(cloud: &Cloud) -> anyhow::Result<BTreeMap<String, String>> {
    let services = services(cloud, &["alpha-gunicorn", "alpha-default"])?;
    let text = |service: &Json, key: &str| service[key].as_str().map(str::to_owned);
    let revision = |service| Some((text(service, "serviceName")?, text(service, "taskDefinition")?));
    Ok(services.iter().filter_map(revision).collect())
}

fn services(cloud: &Cloud, names: &[&str]) -> anyhow::Result<Vec<Json>> {
    let call = [["ecs", "describe-services", "--cluster", "alpha-cluster", "--services"].as_slice(), names].concat();
    Ok(cloud.aws(&call)?["services"].as_array().cloned().unwrap_or_default())
}
