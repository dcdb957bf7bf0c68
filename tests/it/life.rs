//! The life of an environment: up, nothing to do, an update, destroyed.

use e2e::project::{APP_ARGS, BASE_ARGS};
use e2e::{Cloud, Project};
use serde_json::json;

use crate::production::refusal;

const SERVICE: &str = "aws:ecs/service:Service";

#[test]
fn a_base_and_an_app_live_as_two_stacks() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::copy(&cloud, "", "shop")?;
    for stack in ["dev", "alpha"] {
        project.run(stack, "up", &json!({}))?;
    }
    for stack in ["dev", "alpha"] {
        check_nothing_to_do(&project, stack)?;
    }

    // The state learns what is live, and the program still wants nothing else.
    project.run("alpha", "refresh", &json!({}))?;
    let resources = project.resources("alpha")?;
    let services = resources.values().filter(|resource| resource["type"] == SERVICE);
    let counts: Vec<_> = services.map(|service| &service["outputs"]["desiredCount"]).collect();
    assert!(counts.len() > 3 && counts.iter().all(|count| **count == 1), "{counts:?}");
    check_nothing_to_do(&project, "alpha")?;

    project.set("alpha", "shop-infra:image", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/backend:v2.0.0")?;
    let steps = project.run("alpha", "up", &json!({}))?.steps();
    let new_revisions: Vec<_> = ["backend_update", "beat", "default", "gunicorn"]
        .iter()
        .flat_map(|process| {
            ["create-replacement", "delete-replaced", "replace"]
                .map(|op| format!("{op} aws:ecs/taskDefinition:TaskDefinition alpha-{process}"))
        })
        .collect();
    let updates = ["AdHocApp alpha", "Release alpha-app"].map(|it| format!("update aws-django:index:{it}"));
    let mut expected = [new_revisions, updates.to_vec()].concat();
    expected.sort();
    assert_eq!(steps, expected);
    check_nothing_to_do(&project, "alpha")?;

    let before = cloud.inventory()?;
    let destroy = ["destroy", "--stack", "dev", "--yes", "--skip-preview", "--continue-on-error"];
    let told = refusal(cloud.command("pulumi").current_dir(project.folder()).args(destroy))?;
    assert!(told.contains("nothing of it has been deleted: destroy `alpha` first"), "{told}");
    assert_eq!(cloud.inventory()?, before);
    check_nothing_to_do(&project, "dev")?;

    for stack in ["alpha", "dev"] {
        project.run(stack, "destroy", &json!({}))?;
    }
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}

#[test]
fn a_base_and_an_app_live_in_one_program() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::base_and_apps(&cloud, "one", &json!({"dev": {}}), &json!({"alpha": {}}))?;
    project.run("all", "up", &json!({}))?;
    check_nothing_to_do(&project, "all")?;

    let worker = |name: &str| json!({"name": name, "command": ["celery", "--app=shop", "worker", "-Q", name]});
    project.write(APP_ARGS, &json!({"alpha": {"workers": [worker("default"), worker("slow")]}}))?;
    let steps = project.run("all", "up", &json!({}))?.steps();
    assert!(steps.iter().all(|step| step.starts_with("create ") || step.starts_with("update ")), "{steps:#?}");
    assert!(steps.contains(&format!("create {SERVICE} alpha-slow")), "{steps:#?}");

    // A third zone brings one subnet of each kind. Of the app nothing changes but that what has tasks gets the new private
    // subnet, though the app takes its outputs from the component.
    project.write(BASE_ARGS, &json!({"dev": {"availability_zone_count": 3}}))?;
    let steps = project.run("all", "preview", &json!({}))?.steps();
    let has_tasks = [SERVICE, "aws-django:index:AppDatabase", "aws-django:index:Release"];
    let is_of_tasks = |step: &str| has_tasks.iter().any(|token| step.starts_with(&format!("update {token} ")));
    let of_app = |step: &&String| step.contains(" alpha") && !is_of_tasks(step);
    assert_eq!(steps.iter().find(of_app), None, "{steps:#?}");
    let created: Vec<_> = steps.iter().filter(|step| !step.starts_with("update ")).map(String::as_str).collect();
    let expected = ["isolated", "private", "public"].map(|kind| {
        let association = "aws:ec2/routeTableAssociation:RouteTableAssociation";
        [format!("create {association} dev-{kind}-c"), format!("create aws:ec2/subnet:Subnet dev-{kind}-c")]
    });
    let mut expected = expected.concat();
    expected.sort();
    assert_eq!(created, expected);
    project.run("all", "up", &json!({}))?;

    // Nor does a new database server: what it holds is gone, but of the app nothing is made anew but its database.
    let urn = project.urn("all", "aws:rds/instance:Instance", "dev-database")?;
    let steps = project.run("all", "up", &json!({"replace": [urn]}))?.steps();
    let app = steps.iter().filter(|step| step.contains(" alpha") && !step.starts_with("update"));
    let anew = ["aws:ecs/taskDefinition:TaskDefinition", "aws-django:index:AppDatabase"];
    let others: Vec<_> = app.filter(|step| !anew.iter().any(|token| step.contains(token))).collect();
    assert!(others.is_empty(), "{others:#?}");

    project.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}

/// The stand-in takes task definitions as botocore's model of ECS has them, and reads them back as ECS stores them: a
/// definition that is not canonical would show after a refresh.
#[test]
fn everything_that_can_be_set_works_together() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let base = json!({
        "allowed_cidr_blocks": ["203.0.113.0/24", "198.51.100.0/24"],
        "availability_zone_count": 3,
        "bastion": true,
        "cidr_block": "172.16.0.0/20",
        "database": {"instance_class": "db.t4g.small", "engine_version": "16", "storage_gib": 400, "max_storage_gib": 500},
        "egress_ports": [443, 465, 587],
        "interface_endpoints": ["ecr.api", "logs"],
        "log_retention_days": 30,
        "nat_gateways": "PerAvailabilityZone",
        "tags": {"team": "shop"},
    });
    let ecr = |name: &str| format!("123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/{name}:v1");
    let app = json!({
        "beat": {"command": ["celery", "beat", "-S", "shop.beat:Scheduler"], "cpu_units": 512, "memory_mib": 1024},
        "cpu_architecture": "ARM64",
        "environment": {"Z": "last", "A": "first", "DEBUG": "1"},
        "frontend": {
            "image": ecr("ui"), "command": ["node", "server.mjs"], "port": 8080, "environment": {"A": "b"},
            "health_check_grace_seconds": 90, "secrets": {"SENTRY_DSN": "/sentry"},
        },
        "database_name": "shop",
        "hardened": true,
        "host_name": "www.example.com",
        "image": ecr("backend"),
        "log_retention_days": 30,
        "priority": 3,
        "secrets": {"SENTRY_DSN": "arn:aws:ssm:eu-central-1:123456789012:parameter/sentry"},
        "spot": false,
        "tags": {"team": "shop"},
        "task_policy_arns": ["arn:aws:iam::aws:policy/AmazonSESFullAccess"],
        "repository_credentials_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:registry-Ab12Cd",
        "update": {"command": ["sh", "-c", "python manage.py migrate && python manage.py check"], "memory_mib": 1024},
        "web": {"name": "django", "command": ["gunicorn", "shop.wsgi"], "port": 9000, "path_patterns": ["/a", "/b", "/c"]},
        "workers": [{
            "name": "mail", "command": ["celery"], "environment": {"A": "other"}, "desired_count": 2, "spot": true,
            "health_check_command": ["celery", "inspect", "ping"],
        }],
    });
    let secret = ["--name", "sentry", "--type", "SecureString", "--value", "dsn"];
    cloud.aws(&[["ssm", "put-parameter"].as_slice(), &secret].concat())?;
    let project = Project::base_and_apps(&cloud, "everything", &json!({"dev": base}), &json!({"alpha": app}))?;
    project.run("all", "up", &json!({}))?;
    check_nothing_to_do(&project, "all")?;
    project.run("all", "destroy", &json!({}))?;
    cloud.aws(&["ssm", "delete-parameter", "--name", "sentry"])?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}

/// A preview finds nothing to do, with and without a look at AWS.
pub(crate) fn check_nothing_to_do(project: &Project<'_>, stack: &str) -> anyhow::Result<()> {
    for options in [json!({}), json!({"refresh": true})] {
        let preview = project.run(stack, "preview", &options)?;
        assert_eq!(preview.steps(), Vec::<String>::new(), "preview of `{stack}` with {options}");
    }
    Ok(())
}
