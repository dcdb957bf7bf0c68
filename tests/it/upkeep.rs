//! What else a deployment may change of an app that runs: its processes, who releases it, a part of it alone.

use anyhow::Context as _;
use e2e::{Cloud, Project};
use serde_json::{Value as Json, json};

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
    let released = release(&cloud, "shop/backend:v2")?;
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

/// Moves all of the backend to new revisions with another image; what runs then.
fn release(cloud: &Cloud, image: &str) -> anyhow::Result<Json> {
    let (web, worker) = (moved(cloud, "alpha-gunicorn", image)?, moved(cloud, "alpha-default", image)?);
    Ok(json!({"gunicorn": [web, 2], "default": [worker, 1]}))
}

/// Moves a service to a copy of its family's newest revision with another image; the number of the copy.
fn moved(cloud: &Cloud, family: &str, image: &str) -> anyhow::Result<String> {
    let newest =
        cloud.aws(&["ecs", "describe-task-definition", "--task-definition", family])?["taskDefinition"].clone();
    let mut containers = newest["containerDefinitions"].clone();
    containers[0]["image"] = json!(image);
    let text = |key: &str| newest[key].as_str().map(str::to_owned).context(key.to_owned());
    let options = [
        ("--family", family.to_owned()),
        ("--container-definitions", containers.to_string()),
        ("--cpu", text("cpu")?),
        ("--memory", text("memory")?),
        ("--network-mode", "awsvpc".to_owned()),
        ("--execution-role-arn", text("executionRoleArn")?),
        ("--task-role-arn", text("taskRoleArn")?),
        ("--requires-compatibilities", "FARGATE".to_owned()),
        ("--volumes", newest["volumes"].to_string()),
    ];
    let options = options.iter().flat_map(|(option, value)| [*option, value.as_str()]);
    let call: Vec<_> = ["ecs", "register-task-definition"].into_iter().chain(options).collect();
    let registered = cloud.aws(&call)?;
    let arn = registered["taskDefinition"]["taskDefinitionArn"].as_str().context("a revision has an ARN")?;
    cloud.aws(&[
        "ecs",
        "update-service",
        "--cluster",
        "alpha-cluster",
        "--service",
        family,
        "--task-definition",
        arn,
    ])?;
    Ok(arn.rsplit(':').next().unwrap_or_default().to_owned())
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
