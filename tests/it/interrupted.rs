//! An operation that is stopped by Ctrl-C and run again ends where one ends that was left alone.

use std::collections::{BTreeMap, BTreeSet};

use e2e::project::{APP_ARGS, BASE_ARGS};
use e2e::{Cloud, Project};
use serde_json::{Value as Json, json};

/// A base for each step of a base after which an `up` is stopped, and an app for each step of an app.
const BASES: [(&str, &str, &str); 2] =
    [("cert", "aws:acm/certificate:Certificate", "domain"), ("data", "aws:rds/instance:Instance", "database")];
const APPS: [(&str, &str, &str); 6] = [
    ("key", "aws:ssm/parameter:Parameter", "secret-key"),
    ("password", "aws:ssm/parameter:Parameter", "postgres-password"),
    ("providers", "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "app"),
    ("rule", "aws:lb/listenerRule:ListenerRule", "web-1"),
    ("service", "aws:ecs/service:Service", "gunicorn"),
    ("cache", "aws:ecs/service:Service", "redis"),
];
/// The steps after which a destroy is stopped, in the order in which one must come to them.
const DESTROYED: [(&str, &str, &str); 3] = [
    ("service", "aws:ecs/service:Service", "gunicorn"),
    ("service", "aws:ssm/parameter:Parameter", "postgres-password"),
    (WHOLE_BASE, "aws:rds/instance:Instance", "database"),
];
/// A base, the last one and so that of all apps, and an app that are never interrupted.
const WHOLE_BASE: &str = "whole";
const WHOLE_APP: &str = "plain";

#[test]
fn what_was_interrupted_and_run_again_is_as_if_it_had_not_been() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::base_and_apps(&cloud, "stopped", &named(&BASES), &json!({}))?;
    project.interrupt("all", "up", &moments("create", &BASES))?;
    check_recorded(&project, &BASES)?;

    project.write(BASE_ARGS, &with(&named(&BASES), WHOLE_BASE))?;
    project.write(APP_ARGS, &with(&json!({}), WHOLE_APP))?;
    project.run("all", "up", &json!({}))?;

    project.write(APP_ARGS, &with(&named(&APPS), WHOLE_APP))?;
    project.interrupt("all", "up", &moments("create", &APPS))?;
    check_recorded(&project, &APPS)?;
    let chosen = passwords(&cloud)?;
    project.run("all", "up", &json!({}))?;

    let steps = project.run("all", "preview", &json!({"refresh": true}))?.steps();
    assert_eq!(steps, Vec::<String>::new());
    let resources = project.resources("all")?;
    for (name, whole) in
        BASES.map(|(name, ..)| (name, WHOLE_BASE)).into_iter().chain(APPS.map(|(name, ..)| (name, WHOLE_APP)))
    {
        assert_eq!(shape(&resources, name), shape(&resources, whole), "`{name}`");
    }
    assert_eq!(orphans(&cloud.inventory()?, &resources), Vec::<String>::new());
    let kept = passwords(&cloud)?;
    let lost: Vec<_> = chosen.iter().filter(|(name, value)| kept.get(*name) != Some(value)).collect();
    assert!(chosen.len() > 8 && lost.is_empty(), "{lost:#?} of {chosen:#?}");
    for (name, ..) in APPS {
        let [url, password] =
            ["DATABASE_URL", "POSTGRES_PASSWORD"].map(|it| &kept[&format!("/{WHOLE_BASE}/{name}/{it}")]);
        assert!(url.contains(&format!(":{password}@")), "`{name}` has an address with another password");
    }

    // The engine deletes layer by layer, so that it would wait for one of these before it comes to the next.
    for moment in moments("delete", &DESTROYED) {
        project.interrupt("all", "destroy", &[moment])?;
    }
    project.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    assert_eq!(project.resources("all")?.keys().cloned().collect::<Vec<_>>(), Vec::<String>::new());
    Ok(())
}

/// What AWS had done when the engine was interrupted is in the state, and nothing is left in doubt.
fn check_recorded(project: &Project<'_>, steps: &[(&str, &str, &str)]) -> anyhow::Result<()> {
    let deployment = &project.run("all", "export", &json!({}))?.told["deployment"];
    assert!(deployment["pending_operations"].as_array().is_none_or(Vec::is_empty), "{deployment:#}");
    let resources = deployment["resources"].as_array().cloned().unwrap_or_default();
    let urns: Vec<_> = resources.iter().filter_map(|resource| resource["urn"].as_str()).collect();
    for (component, token, role) in steps {
        let end = format!("{token}::{component}-{role}");
        assert!(urns.iter().any(|urn| urn.ends_with(&end)), "`{end}` is not in the state");
    }
    // No component has got to its end.
    let outputs = |resource: &&Json| {
        let of_step = steps.iter().any(|(component, ..)| {
            resource["urn"].as_str().is_some_and(|urn| {
                urn.ends_with(&format!("AdHocBase::{component}")) || urn.ends_with(&format!("AdHocApp::{component}"))
            })
        });
        of_step && resource["outputs"].as_object().is_some_and(|outputs| !outputs.is_empty())
    };
    let done = resources.iter().filter(outputs).map(|resource| &resource["urn"]).collect::<Vec<_>>();
    assert_eq!(done, Vec::<&Json>::new());
    Ok(())
}

/// Arguments of nothing for each component.
fn named(steps: &[(&str, &str, &str)]) -> Json {
    steps.iter().map(|(name, ..)| ((*name).to_owned(), json!({}))).collect::<serde_json::Map<_, _>>().into()
}

fn with(components: &Json, name: &str) -> Json {
    let mut components = components.clone();
    components[name] = json!({});
    components
}

/// The requests at which to stop.
fn moments(request: &str, steps: &[(&str, &str, &str)]) -> Vec<String> {
    steps.iter().map(|(component, token, role)| format!("{request} {token}::{component}-{role}")).collect()
}

/// The values of all parameters by name, each of which must have been written once.
fn passwords(cloud: &Cloud) -> anyhow::Result<BTreeMap<String, String>> {
    let call = ["ssm", "get-parameters-by-path", "--path", "/", "--recursive", "--with-decryption"];
    let found = cloud.aws(&call)?["Parameters"].as_array().cloned().unwrap_or_default();
    let text = |parameter: &Json, key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
    let ours = found.iter().filter(|parameter| !text(parameter, "Name").starts_with("/aws/"));
    Ok(ours
        .map(|parameter| {
            assert_eq!(parameter["Version"], 1, "{} was written again", parameter["Name"]);
            (text(parameter, "Name"), text(parameter, "Value"))
        })
        .collect())
}

/// What the state says of the resources below a component, but for names and ids.
fn shape(resources: &serde_json::Map<String, Json>, component: &str) -> BTreeMap<String, Json> {
    let mut shape = BTreeMap::new();
    for (urn, resource) in resources {
        let parent = resource["parent"].as_str().unwrap_or_default();
        let Some(role) = urn.rsplit("::").next().and_then(|name| name.strip_prefix(&format!("{component}-"))) else {
            continue;
        };
        if !parent.ends_with(&format!("::{component}")) {
            continue;
        }
        let keys = |part: &str| resource[part].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
        let (inputs, outputs): (BTreeSet<String>, BTreeSet<String>) = (keys("inputs"), keys("outputs"));
        let depends = resource["dependencies"].as_array().map_or(0, Vec::len);
        let flags =
            ["delete", "pendingReplacement", "initErrors", "protect", "retainOnDelete"].map(|flag| &resource[flag]);
        let known = json!([inputs, outputs, depends, flags]);
        shape.insert(format!("{} {role}", resource["type"].as_str().unwrap_or_default()), known);
    }
    shape
}

/// What exists without a place in the state.
fn orphans(inventory: &Json, resources: &serde_json::Map<String, Json>) -> Vec<String> {
    let state = json!(resources).to_string();
    let mut orphans = Vec::new();
    for (kind, things) in inventory.as_object().into_iter().flatten() {
        // AWS ends the names of records with a dot, Pulumi only where the program did.
        let forms = |id: &str| [id.to_owned(), id.replace("._", "_")];
        let known = |id: &str| forms(id).iter().any(|form| state.contains(form));
        let unknown = |thing: &&Json| !thing["id"].as_str().is_some_and(known);
        orphans.extend(things.as_array().into_iter().flatten().filter(unknown).map(|thing| format!("{kind}: {thing}")));
    }
    orphans
}
