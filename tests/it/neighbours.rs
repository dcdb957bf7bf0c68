//! Apps, and bases, beside each other: what they have in common, and that none takes what is another's.

use std::collections::BTreeSet;

use e2e::project::{APP_ARGS, BASE_ARGS};
use e2e::{Cloud, Project, Resources};
use serde_json::{Value as Json, json};

/// All that two apps on a base have in common, as [`seen`] tells it: of variables the names. Those of PostgreSQL's client
/// are the server's own, with which an app's database is made.
const IN_COMMON: [&str; 20] = [
    "may reach *",
    "may reach the secret of the database server",
    "variable AWS_S3_REGION_NAME",
    "variable BASE_STACK_NAME",
    "variable DEBUG",
    "variable DOMAIN_NAME",
    "variable HOME",
    "variable MAXMEMORY",
    "variable PASSWORD_VERSION",
    "variable PGCONNECT_TIMEOUT",
    "variable PGDATABASE",
    "variable PGHOST",
    "variable PGPASSWORD",
    "variable PGPORT",
    "variable PGSSLMODE",
    "variable PGUSER",
    "variable PORT",
    "variable POSTGRES_SERVICE_HOST",
    "variable POSTGRES_SERVICE_PORT",
    "variable REDIS_SERVICE_PORT",
];

#[test]
fn two_apps_on_a_base_have_nothing_in_common_but_the_base() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    // The longest names that are taken.
    let long = "a23456789-123456789b";
    let worker = json!({"name": "w23456789-123456789x", "command": ["celery", "worker"]});
    let (alpha, beta) = (json!({"frontend": {"image": "shop/ui:v1"}}), json!({}));
    let apps = json!({"alpha": alpha, "beta": beta, long: {"workers": [worker]}});
    let project = Project::base_and_apps(&cloud, "two", &json!({"dev": {}}), &apps)?;
    project.run("all", "up", &json!({}))?;

    let resources = project.resources_with_secrets("all")?;
    let [of_alpha, of_beta] = ["alpha", "beta"].map(|app| seen(&resources, app));
    let names = |seen: &String| seen.split('=').next().unwrap_or_default().to_owned();
    let common: Vec<_> = of_alpha.intersection(&of_beta).map(names).collect();
    assert_eq!(common, IN_COMMON, "{of_alpha:#?}\n{of_beta:#?}");

    let before = cloud.inventory()?;
    project.write(APP_ARGS, &json!({"alpha": alpha, long: {"workers": [worker]}}))?;
    let steps = project.run("all", "up", &json!({}))?.steps();
    assert!(steps.iter().all(|step| step.starts_with("delete ") && step.contains(" beta")), "{steps:#?}");
    let after = cloud.inventory()?;
    assert_eq!(naming("alpha", &after), naming("alpha", &before));
    let left = naming("beta", &after);
    assert!(left.iter().all(|thing| thing.starts_with("ecs task definition")), "{left:#?}");

    project.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}

/// ECS answers a cluster of that name to whoever makes it again: nothing but the order keeps the second app from it.
#[test]
fn a_second_app_of_one_name_fails_before_it_takes_what_is_the_first_ones() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::base_and_apps(&cloud, "twins", &json!({"dev": {}}), &json!({"alpha": {}}))?;
    project.run("first", "up", &json!({}))?;
    let resources = project.resources("first")?;
    let base = &resources[&project.urn("first", "aws-django:index:AdHocBase", "dev")?]["outputs"]["outputs"];
    let before = cloud.inventory()?;

    project.write(BASE_ARGS, &json!({}))?;
    project.write(APP_ARGS, &json!({"alpha": {"base": base, "priority": 7, "host_name": "twin.example.com"}}))?;
    let second = project.attempt("second", "up", &json!({}))?;
    assert_eq!(second.told["result"], "failed");
    assert!(second.diagnostics().contains("ResourceAlreadyExists"), "{}", second.diagnostics());
    let taken = project.resources("second")?;
    let taken: Vec<_> = taken.keys().filter(|urn| urn.contains("aws:ecs/")).collect();
    assert_eq!(taken, Vec::<&String>::new());

    project.run("second", "destroy", &json!({}))?;
    assert_eq!(cloud.inventory()?, before);
    Ok(())
}

#[test]
fn two_bases_in_an_account_have_nothing_in_common_but_the_domain() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let environment = |project: &str, base: &str, app: &str| {
        Project::base_and_apps(&cloud, project, &json!({(base): {}}), &json!({(app): {}}))
    };
    let (stays, goes) = (environment("stays", "test", "beta")?, environment("goes", "dev", "alpha")?);
    stays.run("all", "up", &json!({}))?;
    let before = cloud.forgotten()?;

    goes.run("all", "up", &json!({}))?;
    goes.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, before);
    assert_eq!(stays.run("all", "preview", &json!({"refresh": true}))?.steps(), Vec::<String>::new());

    stays.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}

/// What an app is made of, where it answers, what its containers are told and what they may reach.
fn seen(resources: &Resources, app: &str) -> BTreeSet<String> {
    let master = resources.values().find(|it| it["type"] == "aws:rds/instance:Instance");
    let master = master.map(|it| it["outputs"]["masterUserSecrets"][0]["secretArn"].clone()).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (urn, child) in resources {
        if !child["parent"].as_str().is_some_and(|parent| parent.ends_with(&format!("AdHocApp::{app}"))) {
            continue;
        }
        let inputs = &child["inputs"];
        seen.insert(format!("resource {} {}", child["type"], child["id"]));
        match child["type"].as_str().unwrap_or_default() {
            "aws:ecs/taskDefinition:TaskDefinition" => {
                for container in parsed(&inputs["containerDefinitions"]).as_array().into_iter().flatten() {
                    for variable in container["environment"].as_array().into_iter().flatten() {
                        seen.insert(format!("variable {}={}", text(&variable["name"]), variable["value"]));
                    }
                    for secret in container["secrets"].as_array().into_iter().flatten() {
                        seen.insert(format!("variable {}={}", text(&secret["name"]), secret["valueFrom"]));
                    }
                }
            }
            "aws:iam/rolePolicy:RolePolicy" => {
                let policy = parsed(&inputs["policy"]);
                let statements = policy["Statement"].as_array().into_iter().flatten();
                for resource in statements.flat_map(|it| it["Resource"].as_array().into_iter().flatten()) {
                    let is_master = *resource == master;
                    let name = if is_master { "the secret of the database server" } else { text(resource) };
                    seen.insert(format!("may reach {name}"));
                }
            }
            "aws:ssm/parameter:Parameter" => {
                seen.insert(format!("value {}", inputs["value"]["plaintext"]));
            }
            "aws:lb/listenerRule:ListenerRule" => {
                seen.insert(format!("rule {}", inputs["priority"]));
                seen.insert(format!("rule {}", inputs["actions"]));
            }
            _ => {}
        }
        assert!(urn.contains(&format!("::{app}-")), "{urn} is not called after its app");
    }
    seen
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// A property that is a JSON text, also one that is secret.
fn parsed(property: &Json) -> Json {
    let text = property.as_str().or(property["plaintext"].as_str()).unwrap_or_default();
    let value = serde_json::from_str(text).unwrap_or_default();
    if let Json::String(inner) = &value { serde_json::from_str(inner).unwrap_or_default() } else { value }
}

/// The things of an inventory that have `word` in them, as `kind: thing`.
fn naming(word: &str, inventory: &Json) -> Vec<String> {
    let kinds = inventory.as_object().cloned().unwrap_or_default();
    let things = kinds.iter().flat_map(|(kind, things)| {
        things.as_array().cloned().unwrap_or_default().into_iter().map(move |thing| format!("{kind}: {thing}"))
    });
    things.filter(|thing| thing.contains(word)).collect()
}
