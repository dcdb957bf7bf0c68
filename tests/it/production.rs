//! What production has that ad hoc environments have not: it cannot be lost by accident.

use std::process::Command;

use anyhow::Context as _;
use e2e::project::BASE_ARGS;
use e2e::{Cloud, Project};
use serde_json::{Value as Json, json};

use crate::changes::merged;
use crate::life::check_nothing_to_do;

#[test]
fn a_production_base_lives_until_it_is_said_twice_that_it_shall_go() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let of = |more: Json| json!({"live": merged(&json!({"kind": "Prod", "alarm_topic_arn": TOPIC}), &more)});
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

    // Nor when the engine is told that nothing is protected, as its refusal suggests.
    let pulumi = || {
        let mut pulumi = cloud.command("pulumi");
        pulumi.current_dir(project.folder());
        pulumi
    };
    cloud.output(pulumi().args(["state", "unprotect", "--all", "--yes", "--stack", "all"]))?;
    let told = refusal(pulumi().args(["destroy", "--yes", "--skip-preview", "--stack", "all"]))?;
    assert!(told.contains("set its `deletionProtection` to false"), "{told}");
    assert_eq!(cloud.inventory()?, before.0);

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
pub(crate) fn refusal(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output()?;
    let told = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned()).concat();
    assert!(!output.status.success(), "{told}");
    Ok(told)
}

/// The stacks of the example in one language: a base, the app on it, and both in one stack.
fn deployed<'a>(cloud: &'a Cloud, folder: &str) -> anyhow::Result<Project<'a>> {
    let project = Project::copy(cloud, folder, "stacks")?;
    for stack in ["live", "production", "rehearsal"] {
        project.run(stack, "up", &json!({}))?;
        check_nothing_to_do(&project, stack)?;
    }
    Ok(project)
}

/// Another image of a stack, for which nothing moves but the release.
fn release(project: &Project<'_>, stack: &str) -> anyhow::Result<()> {
    let image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/backend:v2.0.0";
    project.set(stack, "shop-production:image", image)?;
    let steps = project.run(stack, "up", &json!({}))?.steps();
    let moved = |step: &&String| !step.contains("aws:ecs/taskDefinition") && !step.contains("index:ProdApp");
    let release = format!("update aws-django:index:Release {stack}-app");
    assert_eq!(steps.iter().filter(moved).collect::<Vec<_>>(), [&release]);
    check_nothing_to_do(project, stack)
}

#[test]
fn production_lives_as_two_stacks_and_one() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = deployed(&cloud, "examples/production")?;
    for stack in ["production", "rehearsal"] {
        release(&project, stack)?;
    }

    let before = cloud.inventory()?;
    for stack in ["production", "live"] {
        assert_eq!(project.attempt(stack, "destroy", &json!({}))?.told["result"], "failed");
        assert_eq!(cloud.inventory()?, before);
    }
    for stack in ["production", "live"] {
        project.set(stack, "shop-production:deletionProtection", false)?;
        project.run(stack, "up", &json!({}))?;
        check_nothing_to_do(&project, stack)?;
        project.run(stack, "destroy", &json!({}))?;
    }
    project.run("rehearsal", "destroy", &json!({}))?;
    let left = cloud.forgotten()?;
    let kept = |kind: &str| -> anyhow::Result<Vec<&str>> {
        let all = left[kind].as_array().with_context(|| format!("no {kind} is left"))?;
        Ok(all.iter().filter_map(|it| it["name"].as_str()).collect())
    };
    let begins = |names: &[&str], with: [&str; 2]| names.iter().zip(with).all(|(name, with)| name.starts_with(with));
    let (snapshots, buckets) = (kept("rds snapshot")?, kept("s3 bucket")?);
    assert!(begins(&snapshots, ["live-final-", "rehearsal-base-final-"]) && snapshots.len() == 2, "{left:#}");
    assert!(begins(&buckets, ["production-storage-", "rehearsal-storage-"]) && buckets.len() == 2, "{left:#}");
    assert_eq!(left.as_object().map(serde_json::Map::len), Some(2), "{left:#}");
    // They are still what they were: nobody outside can open them.
    for bucket in buckets {
        cloud.aws(&["s3api", "get-public-access-block", "--bucket", bucket])?;
        cloud.aws(&["s3api", "get-bucket-policy", "--bucket", bucket])?;
    }
    Ok(())
}

/// The life is the plugin's; a program's are the stacks, what they take from each other, and the config.
#[test]
fn production_is_deployed_by_a_program_in_typescript() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = deployed(&cloud, "examples/production-typescript")?;
    release(&project, "rehearsal")?;
    project.run("rehearsal", "destroy", &json!({}))?;
    for stack in ["live", "production"] {
        project.set(stack, "shop-production:deletionProtection", false)?;
        let steps = project.run(stack, "preview", &json!({}))?.steps();
        let frees = format!("update aws-django:index:DeletionProtection {stack}-deletion");
        assert!(steps.contains(&frees), "{steps:?}");
    }
    Ok(())
}

#[test]
fn two_apps_of_one_base_share_what_is_the_bases_alone() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let base = json!({"kind": "Prod", "deletion_protection": false, "alarm_topic_arn": TOPIC, "bastion": true});
    let app = json!({"kind": "Prod", "deployment": "Pulumi", "deletion_protection": false});
    let worker = json!({"name": "default", "command": ["celery"], "scaling": {"min_count": 1, "max_count": 3}});
    let everything = json!({
        "web": {"scaling": {"min_count": 2, "max_count": 4, "target_cpu_percent": 50, "requests_per_target": 600}},
        "frontend": {"image": "shop/ui:v1", "scaling": {"min_count": 2, "max_count": 4}}, "workers": [worker],
        "beat": {"command": ["celery", "beat", "--schedule=/tmp/celerybeat"]}, "execute_command": true,
        "domain": {"host_name": "shop.example.org", "zone_id": zone(&cloud)?, "redirect_host_names": ["www.shop.example.org"]},
        "cache": {"replica_count": 2, "snapshot_days": 14, "maintenance_window": "sun:05:00-sun:06:00"},
        "alarm_topic_arn": TOPIC, "log_retention_days": 731, "cpu_architecture": "ARM64", "tags": {"team": "shop"},
    });
    let apps = json!({"alpha": app, "beta": merged(&app, &everything)});
    let project = Project::base_and_apps(&cloud, "shared", &json!({"live": base}), &apps)?;
    project.run("all", "up", &json!({}))?;
    check_nothing_to_do(&project, "all")?;

    // What one app has made, the other names nowhere.
    let resources = project.resources("all")?;
    let of = |app: &str| {
        let of_app = format!("::{app}-");
        resources.iter().filter(|(urn, _)| urn.contains(&of_app)).map(|(_, it)| it.clone()).collect::<Vec<_>>()
    };
    let (alpha, beta) = (of("alpha"), json!(of("beta")).to_string());
    assert!(alpha.len() > 40, "{} resources", alpha.len());
    let shared: Vec<_> = alpha
        .iter()
        .filter_map(|it| it["id"].as_str())
        .filter(|id| id.len() > 8 && *id != "deletion-protection" && beta.contains(id))
        .collect();
    assert_eq!(shared, Vec::<&str>::new());
    project.run("all", "destroy", &json!({}))?;
    Ok(())
}

/// A public zone of another domain.
fn zone(cloud: &Cloud) -> anyhow::Result<String> {
    let made =
        cloud.aws(&["route53", "create-hosted-zone", "--name", "shop.example.org", "--caller-reference", "shop"])?;
    let id = made["HostedZone"]["Id"].as_str().and_then(|id| id.rsplit('/').next());
    Ok(id.context("a zone has an id")?.to_owned())
}
