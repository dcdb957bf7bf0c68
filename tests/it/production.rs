//! What production has that ad hoc environments have not: it cannot be lost by accident.

use std::process::Command;

use anyhow::Context as _;
use e2e::project::BASE_ARGS;
use e2e::{Cloud, Project};
use serde_json::{Value as Json, json};

use crate::life::check_nothing_to_do;

#[test]
fn a_production_base_lives_until_it_is_said_twice_that_it_shall_go() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let of = |more: Json| json!({"live": merged(json!({"kind": "Prod", "alarm_topic_arn": TOPIC}), more)});
    let project = Project::base_and_apps(&cloud, "production", &of(json!({})), &json!({}))?;
    project.run("all", "up", &json!({}))?;
    check_nothing_to_do(&project, "all")?;

    let before = (cloud.inventory()?, project.resources("all")?);
    let is_whole = || -> anyhow::Result<()> {
        assert_eq!((cloud.inventory()?, project.resources("all")?), before);
        Ok(())
    };
    // By the Automation API, which previews nothing.
    let refused = project.attempt("all", "destroy", &json!({}))?;
    assert_eq!(refused.told["result"], "failed");
    assert!(refused.diagnostics().contains("live-deletion"), "{}", refused.diagnostics());
    is_whole()?;
    for options in
        [["--yes"].as_slice(), &["--yes", "--skip-preview"], &["--yes", "--skip-preview", "--continue-on-error"]]
    {
        let told = refusal(
            cloud.command("pulumi").current_dir(project.folder()).args(["destroy", "--stack", "all"]).args(options),
        )?;
        assert!(told.contains("live-deletion") && told.contains("protect"), "{told}");
        is_whole()?;
    }
    // Nor when it is taken out of the program.
    project.write(BASE_ARGS, &json!({}))?;
    assert_eq!(project.attempt("all", "up", &json!({}))?.told["result"], "failed");
    is_whole()?;

    project.write(BASE_ARGS, &of(json!({"deletion_protection": false})))?;
    let steps = project.run("all", "up", &json!({}))?.steps();
    let expected = [
        "update aws-django:index:DeletionProtection live-deletion",
        "update aws-django:index:ProdBase live",
        "update aws:lb/loadBalancer:LoadBalancer live-lb",
        "update aws:rds/instance:Instance live-database",
        "update aws:s3/bucket:Bucket live-logs",
    ];
    assert_eq!(steps, expected);
    check_nothing_to_do(&project, "all")?;

    // A load balancer has written by now. Here nobody speaks TLS, which the bucket's policy wants.
    let bucket = &cloud.inventory()?["s3 bucket"][0]["name"];
    let bucket = bucket.as_str().context("there is a bucket of logs")?;
    cloud.aws(&["s3api", "delete-bucket-policy", "--bucket", bucket])?;
    cloud.aws(&["s3api", "put-object", "--bucket", bucket, "--key", "AWSLogs/1/a.log.gz"])?;
    let name = final_snapshot(&project)?;
    project.run("all", "destroy", &json!({}))?;
    let left = cloud.forgotten()?;
    assert_eq!(
        left["rds snapshot"].as_array().map(|it| it.iter().map(|it| &it["name"]).collect::<Vec<_>>()),
        Some(vec![&json!(name)])
    );
    assert_eq!(left.as_object().map(serde_json::Map::len), Some(1), "{left:#}");
    Ok(())
}

const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:alarms";

/// The name under which the database is kept.
fn final_snapshot(project: &Project<'_>) -> anyhow::Result<String> {
    let resources = project.resources("all")?;
    let server = resources.values().find(|it| it["type"] == "aws:rds/instance:Instance");
    let name = server.and_then(|server| server["outputs"]["finalSnapshotIdentifier"].as_str());
    Ok(name.context("the server has a final snapshot")?.to_owned())
}

/// What a command says that must fail.
fn refusal(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output()?;
    let told = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned()).concat();
    assert!(!output.status.success(), "{told}");
    Ok(told)
}

fn merged(mut to: Json, more: Json) -> Json {
    if let (Some(to), Json::Object(more)) = (to.as_object_mut(), more) {
        to.extend(more);
    }
    to
}
