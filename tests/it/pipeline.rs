//! An app that a pipeline releases: by our command line, and by the public workflow that teams have already. What
//! `pulumi up` does in between moves nothing, and brings no old image back.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use e2e::Cloud;
use serde_json::json;

use crate::app_update::{app_update, pre_backend_update};
use crate::releases::{STOPPED, ends};
use crate::shop::{Shop, UPDATE, moves, worker};

const APP: &str = "aws-django:index:AdHocApp";

/// A shop that a pipeline releases, and the line that releases it but for its image.
fn released_by_pipeline<'a>(cloud: &'a Cloud, name: &str) -> anyhow::Result<(Shop<'a>, String)> {
    let mut shop = Shop::new(cloud, name)?;
    shop.set("deployment", json!("Pipeline"))?;
    shop.up()?;
    let app = shop.project.urn("all", APP, "alpha")?;
    let line = shop.project.resources("all")?[&app]["outputs"]["releaseCommand"].clone();
    let line = line.as_str().context("the app says how it is released")?.to_owned();
    ensure!(shop.running()? == json!({"gunicorn": ["1", 0], "default": ["1", 0]}), "a deployment has moved something");
    shop.updates()?;
    Ok((shop, line))
}

#[test]
fn what_the_command_line_releases_stays_whatever_is_deployed() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let (mut shop, line) = released_by_pipeline(&cloud, "lines")?;
    let update = |image: &str| cloud.typed(&format!("{line} {image}"));

    // The first release: from no task to what the program says.
    update("--tag v1")?.check(0, &["`alpha-gunicorn`: live"])?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["1", 2], "default": ["1", 1]}));
    assert_eq!(put_to_work(&cloud)?, ["alpha-backend_update v1", "alpha-default v1", "alpha-gunicorn v1"]);
    shop.nothing_to_do()?;

    // An autoscaler's count stays.
    cloud.tell("services", &json!({"alpha-gunicorn": {"desired": 5}}))?;
    update("--tag v2")?.check(0, &[])?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["2", 5], "default": ["2", 1]}));
    assert_eq!(put_to_work(&cloud)?, ["alpha-backend_update v2", "alpha-default v2", "alpha-gunicorn v2"]);

    // The program takes the image over, and moves nothing.
    for operation in ["preview", "up"] {
        let steps = shop.project.run("all", operation, &json!({}))?.steps();
        assert_eq!(steps, replaced(&["alpha-backend_update", "alpha-default", "alpha-gunicorn"]));
    }
    shop.nothing_to_do()?;
    shop.set("web", json!({"desired_count": 2, "memory_mib": 2048}))?;
    let steps = shop.up()?.steps();
    let steps: Vec<_> = steps.into_iter().filter(|step| !step.ends_with("AdHocApp alpha")).collect();
    assert_eq!(steps, replaced(&["alpha-gunicorn"]));
    shop.nothing_to_do()?;
    assert_eq!(put_to_work(&cloud)?, Vec::<String>::new());
    assert_eq!(shop.running()?, json!({"gunicorn": ["2", 5], "default": ["2", 1]}));

    // The next release puts to work what the program has registered, with the image that it is told.
    update("--tag v2")?.check(0, &[])?;
    assert_eq!(put_to_work(&cloud)?, ["alpha-backend_update v2", "alpha-default v2", "alpha-gunicorn v2"]);
    let status = cloud.typed("aws-django status alpha --json")?.check(0, &[])?.document()?;
    let told = status["services"].as_array().into_iter().flatten();
    let images: BTreeSet<_> = told.filter(|it| it["runs"] == "backend").map(|it| it["image"].to_string()).collect();
    assert_eq!(images, BTreeSet::from([json!("shop/backend:v2").to_string()]), "{status:#}");
    shop.up()?;
    shop.nothing_to_do()?;
    assert_eq!(put_to_work(&cloud)?, Vec::<String>::new());

    shop.project.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}

#[test]
fn a_release_that_fails_moves_nothing_and_one_that_was_stopped_goes_on() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let (shop, line) = released_by_pipeline(&cloud, "failures")?;
    let update = format!("{line} --tag v2");
    cloud.typed(&format!("{line} --tag v1"))?.check(0, &[])?;
    let (before, _) = (shop.running()?, shop.updates()?);

    cloud.tell("tasks", &json!({UPDATE: ends(1, &["KeyError: 'colour'"])}))?;
    for _ in 0..2 {
        cloud.typed(&update)?.check(1, &["ended with exit code 1", "KeyError: 'colour'", "no service has moved"])?;
        assert_eq!((shop.running()?, shop.updates()?), (before.clone(), 1));
    }
    cloud.tell("tasks", &json!({}))?;
    let ill = json!({"fails": true, "inProgress": 1, "task": {"containers": {"gunicorn": {"exitCode": 3}}}});
    cloud.tell("services", &json!({"alpha-gunicorn": ill}))?;
    cloud.typed(&update)?.check(1, &["alpha-gunicorn", "rolled", "exit code 3"])?;
    assert_eq!((shop.running()?["gunicorn"].clone(), shop.updates()?), (before["gunicorn"].clone(), 1));
    cloud.tell("services", &json!({}))?;

    for (area, story, call, says, updates) in STOPPED {
        cloud.tell(area, &serde_json::from_str(story)?)?;
        let running = cloud.begin(&format!("{line} --tag v3"))?;
        cloud.wait_for(call)?;
        running.interrupt()?;
        running.wait()?.check(130, &[says])?;
        cloud.tell(area, &json!({}))?;
        assert_eq!(shop.updates()?, updates, "{story}");
    }
    // The update had ended well.
    cloud.typed(&format!("{line} --tag v3"))?.check(0, &["is not run again"])?;
    assert_eq!(put_to_work(&cloud)?, Vec::<String>::new());

    cloud.typed("aws-django rollback alpha")?.check(0, &["a migration is not undone"])?;
    assert_eq!(shop.running()?, before);
    assert_eq!(put_to_work(&cloud)?, ["alpha-default v1", "alpha-gunicorn v1"]);
    let ran = cloud.typed("aws-django run alpha -- python manage.py check")?.check(0, &[])?;
    assert_eq!((ran.out.as_str(), put_to_work(&cloud)?), ("", vec!["alpha-gunicorn v1".to_owned()]));
    Ok(())
}

#[test]
fn of_two_releases_at_once_another_is_refused_and_the_same_waits() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let (shop, line) = released_by_pipeline(&cloud, "races")?;
    cloud.tell("tasks", &json!({UPDATE: {"running": 60}}))?;
    let first = cloud.begin(&format!("{line} --tag v1"))?;
    cloud.wait_for("ecs:RunTask")?;
    let same = cloud.begin(&format!("{line} --tag v1"))?;
    cloud.typed(&format!("{line} --image shop/backend:v2"))?.check(3, &["alpha-backend_update"])?;
    first.wait()?.check(0, &[])?;
    same.wait()?.check(0, &["already runs as task"])?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["1", 2], "default": ["1", 1]}));
    assert_eq!(shop.updates()?, 1);
    Ok(())
}

#[test]
fn the_public_workflow_finds_what_it_needs() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "workflow")?;
    shop.set("deployment", json!("Pipeline"))?;
    shop.set("frontend", json!({"image": "shop/ui:v1"}))?;
    shop.set("beat", json!({"command": ["celery", "beat", "--schedule=/tmp/celerybeat"]}))?;
    shop.set("workers", json!([worker("default")]))?;
    shop.up()?;
    shop.updates()?;

    pre_backend_update(&cloud, "dev", "shop/backend:v2")?;
    for process in ["gunicorn", "beat", "default"] {
        app_update(&cloud, process, "shop/backend:v2")?;
    }
    app_update(&cloud, "web-ui", "shop/ui:v2")?;
    let all = ["alpha-backend_update v2", "alpha-beat v2", "alpha-default v2", "alpha-gunicorn v2", "alpha-web-ui v2"];
    assert_eq!(put_to_work(&cloud)?, all);
    let running = shop.running()?;
    assert_eq!(running, json!({"beat": ["2", 1], "default": ["2", 1], "gunicorn": ["2", 1], "web-ui": ["2", 1]}));

    shop.up()?;
    shop.nothing_to_do()?;
    assert_eq!((put_to_work(&cloud)?, shop.running()?), (Vec::new(), running));
    Ok(())
}

/// The steps that replace these revisions, and no other ones.
fn replaced(families: &[&str]) -> Vec<String> {
    let operations = ["create-replacement", "delete-replaced", "replace"].into_iter();
    let steps =
        |operation| families.iter().map(move |it| format!("{operation} aws:ecs/taskDefinition:TaskDefinition {it}"));
    operations.flat_map(steps).collect()
}

/// What has been put to work since this was asked last: family and tag of each task and of each service's revision.
fn put_to_work(cloud: &Cloud) -> anyhow::Result<Vec<String>> {
    let mut all = BTreeSet::new();
    for call in moves(cloud)? {
        let revision = &call["request"]["taskDefinition"];
        // A change of count alone has none.
        if revision.is_null() {
            continue;
        }
        let described = cloud.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": revision}))?;
        let definition = &described["taskDefinition"];
        let image = definition["containerDefinitions"][0]["image"].as_str().unwrap_or_default();
        let (family, tag) = (definition["family"].as_str().unwrap_or_default(), image.rsplit(':').next());
        all.insert(format!("{family} {}", tag.unwrap_or_default()));
    }
    Ok(all.into_iter().collect())
}
