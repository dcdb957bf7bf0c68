//! Numbers of tasks that are raised and lowered, and deployments that alarms take back.

use anyhow::Context as _;
use e2e::Cloud;
use serde_json::{Value as Json, json};

use crate::shop::Shop;

/// Least and greatest number of tasks that AWS knows for a service.
fn limits(cloud: &Cloud, service: &str) -> anyhow::Result<(u64, u64)> {
    let told = cloud.aws(&["application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs"])?;
    let targets = told["ScalableTargets"].as_array().context("they are a list")?;
    let id = format!("service/alpha-cluster/{service}");
    let target = targets.iter().find(|target| target["ResourceId"] == id).context("there is none for the service")?;
    let number = |key: &str| target[key].as_u64().with_context(|| format!("`{key}` is no number"));
    Ok((number("MinCapacity")?, number("MaxCapacity")?))
}

/// The name of an alarm, by what it is called in the program.
fn alarm(cloud: &Cloud, name: &str) -> anyhow::Result<String> {
    let all = cloud.inventory()?;
    let alarms = all["cloudwatch alarm"].as_array().context("there are alarms")?;
    let found = alarms.iter().filter_map(|it| it["name"].as_str()).find(|it| it.starts_with(name));
    Ok(found.with_context(|| format!("there is no `{name}`"))?.to_owned())
}

fn scaling(min_count: u32, max_count: u32) -> Json {
    json!({"scaling": {"min_count": min_count, "max_count": max_count}})
}

#[test]
fn a_release_keeps_the_number_of_tasks_and_its_limits_change_alone() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::of_production(&cloud, "scaling")?;
    shop.set("web", scaling(2, 8))?;
    shop.up()?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["1", 2], "default": ["1", 1]}));
    assert_eq!(limits(&cloud, "alpha-gunicorn")?, (2, 8));
    shop.nothing_to_do()?;

    // It gets busy.
    let five = json!({"cluster": "alpha-cluster", "service": "alpha-gunicorn", "desiredCount": 5});
    cloud.call("ecs:UpdateService", &five)?;
    shop.nothing_to_do()?;
    shop.set("image", json!("shop/backend:v2"))?;
    shop.up()?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["2", 5], "default": ["2", 1]}));
    shop.nothing_to_do()?;

    for (min_count, max_count) in [(3, 8), (3, 6)] {
        shop.set("web", scaling(min_count, max_count))?;
        shop.up()?;
        assert_eq!(limits(&cloud, "alpha-gunicorn")?, (min_count.into(), max_count.into()));
        assert_eq!(shop.running()?["gunicorn"], json!(["2", 5]));
    }
    shop.nothing_to_do()?;
    shop.project.run("all", "destroy", &json!({}))?;
    let left = cloud.forgotten()?;
    assert_eq!(left["scalable target"], Json::Null);
    Ok(())
}

#[test]
fn what_a_pipeline_releases_has_no_least_number_before_its_first_release() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::of_production(&cloud, "pipeline")?;
    shop.set("web", scaling(2, 8))?;
    shop.set("deployment", json!("Pipeline"))?;
    shop.up()?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["1", 0], "default": ["1", 0]}));
    assert_eq!(limits(&cloud, "alpha-gunicorn")?, (0, 8));
    shop.nothing_to_do()?;

    cloud.typed("aws-django update alpha --region eu-central-1 --tag v1")?.check(0, &[])?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["1", 2], "default": ["1", 1]}));
    shop.up()?;
    assert_eq!(limits(&cloud, "alpha-gunicorn")?, (2, 8));
    shop.nothing_to_do()
}

#[test]
fn an_alarm_takes_a_deployment_back_and_is_named() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::of_production(&cloud, "alarms")?;
    shop.set("alarm_topic_arn", json!("arn:aws:sns:eu-central-1:123456789012:alarms"))?;
    shop.up()?;
    shop.nothing_to_do()?;
    let errors = alarm(&cloud, "alpha-gunicorn-5xx")?;

    cloud.tell("services", &json!({"alpha-gunicorn": {"inProgress": 1, "alarms": [errors]}}))?;
    shop.set("image", json!("shop/backend:v2"))?;
    let told = shop.fails(&json!({}))?;
    for part in ["alpha-gunicorn", "set off the alarm", errors.as_str()] {
        assert!(told.contains(part), "`{part}` is not told: {told}");
    }
    assert_eq!(shop.running()?["gunicorn"], json!(["1", 2]));

    cloud.tell("services", &json!({}))?;
    shop.up()?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["2", 2], "default": ["2", 1]}));
    shop.nothing_to_do()
}
