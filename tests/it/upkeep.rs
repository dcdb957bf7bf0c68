//! What else a deployment may change of an app that runs: its processes, who releases it, a part of it alone.

use e2e::{Cloud, Project};
use serde_json::json;

use crate::app_update::app_update;
use crate::shop::{Shop, worker};

const RELEASE: &str = "aws-django:index:Release";
const SERVICE: &str = "aws:ecs/service:Service";

#[test]
fn processes_come_and_go_with_their_release() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "processes")?;
    shop.up()?;
    shop.updates()?;
    let web = json!(["1", 2]);
    let steps = [
        (json!([worker("default"), worker("mail")]), json!({"gunicorn": web, "default": ["1", 1], "mail": ["1", 1]})),
        (json!([worker("post")]), json!({"gunicorn": web, "post": ["1", 1]})),
        (json!([]), json!({"gunicorn": web})),
        // The family has revisions of its first life.
        (json!([worker("default")]), json!({"gunicorn": web, "default": ["2", 1]})),
    ];
    for (workers, running) in steps {
        shop.set("workers", workers.clone())?;
        shop.up()?;
        assert_eq!(shop.running()?, running, "{workers}");
        assert_eq!(shop.updates()?, 0, "{workers}");
        shop.nothing_to_do()?;
    }
    // A front end has an image of its own: nothing of the backend moves.
    shop.set("frontend", json!({"image": "shop/ui:v1"}))?;
    shop.up()?;
    shop.set("frontend", json!({"image": "shop/ui:v2"}))?;
    let running = shop.running()?;
    shop.updates()?;
    shop.up()?;
    assert_eq!(shop.updates()?, 0);
    let now = shop.running()?;
    assert_eq!((&now["gunicorn"], &now["default"]), (&running["gunicorn"], &running["default"]));
    assert_eq!((&running["web-ui"], &now["web-ui"]), (&json!(["1", 1]), &json!(["2", 1])));
    shop.nothing_to_do()
}

#[test]
fn who_releases_changes_and_no_image_comes_back() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "switches")?;
    shop.up()?;
    shop.updates()?;
    let running = shop.running()?;
    shop.set("deployment", json!("Pipeline"))?;
    shop.up()?;
    assert_eq!((shop.running()?, shop.updates()?), (running.clone(), 0));
    shop.nothing_to_do()?;

    // Somebody releases another image, as pipelines do that know nothing of us.
    let [web, worker] = ["gunicorn", "default"].map(|process| app_update(&cloud, process, "shop/backend:v2"));
    let released = json!({"gunicorn": [web?, 1], "default": [worker?, 1]});
    let steps = shop.up()?.steps();
    assert!(
        steps.iter().any(|step| step == "replace aws:ecs/taskDefinition:TaskDefinition alpha-gunicorn"),
        "{steps:#?}"
    );
    assert_eq!((shop.running()?, shop.updates()?), (released.clone(), 0));
    shop.nothing_to_do()?;
    shop.set("image", json!("shop/backend:v3"))?;
    assert_eq!(shop.up()?.steps(), ["update aws-django:index:AdHocApp alpha"]);

    // The way back, with an image that is not the one that runs.
    shop.set("deployment", json!("Pulumi"))?;
    let told = shop.fails(&json!({}))?;
    assert!(told.contains("shop/backend:v2"), "the image to set is not told: {told}");
    assert_eq!((shop.running()?, shop.updates()?), (released, 0));
    shop.set("image", json!("shop/backend:v2"))?;
    shop.up()?;
    assert_eq!(shop.updates()?, 1);
    shop.nothing_to_do()
}

#[test]
fn a_part_of_an_app_is_deployed_alone() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "targets")?;
    shop.up()?;
    shop.updates()?;
    let running = shop.running()?;
    shop.set("image", json!("shop/backend:v2"))?;
    let target = shop.project.urn("all", SERVICE, "alpha-gunicorn")?;
    shop.project.run("all", "up", &json!({"target": [target]}))?;
    assert_eq!((shop.running()?, shop.updates()?), (running, 0));
    shop.up()?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["2", 2], "default": ["2", 1]}));
    assert_eq!(shop.updates()?, 1);
    shop.nothing_to_do()
}

#[test]
fn two_apps_of_one_program_are_released_at_the_same_time() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let apps = json!({"alpha": {}, "beta": {"image": "shop/backend:v7"}});
    let project = Project::base_and_apps(&cloud, "two", &json!({"dev": {}}), &apps)?;
    project.run("all", "up", &json!({}))?;
    for app in ["alpha", "beta"] {
        let urn = project.urn("all", RELEASE, &format!("{app}-app"))?;
        let services = &project.resources("all")?[&urn]["outputs"]["services"];
        assert_eq!(services[format!("{app}-gunicorn")]["desiredCount"], 1, "{services}");
    }
    project.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}

#[test]
fn an_app_goes_although_its_database_server_is_gone() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::copy(&cloud, "", "gone")?;
    for stack in ["dev", "alpha"] {
        project.run(stack, "up", &json!({}))?;
    }
    let secrets = cloud.aws(&["secretsmanager", "list-secrets"])?["SecretList"].clone();
    for secret in secrets.as_array().into_iter().flatten().filter_map(|secret| secret["ARN"].as_str()) {
        cloud.aws(&["secretsmanager", "delete-secret", "--force-delete-without-recovery", "--secret-id", secret])?;
    }
    let destroyed = project.run("alpha", "destroy", &json!({}))?;
    assert!(destroyed.diagnostics().contains("the secret of the server"), "{}", destroyed.diagnostics());
    project.run("dev", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}
