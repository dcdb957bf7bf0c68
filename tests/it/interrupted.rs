//! An operation that is stopped by Ctrl-C and run again ends where one ends that was left alone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use e2e::chance::without_ids;
use e2e::project::{APP_ARGS, BASE_ARGS};
use e2e::{Cloud, Project, Resources};
use serde_json::{Map, Value as Json, json};

/// What only one component has in it, and what stands for it in a comparison.
type Own = (String, String);

/// The steps after which an `up` is stopped, each by component, type and role. What comes after none of them goes on, so
/// that a component can be stopped at several steps. The components' names stand nowhere else.
const BASES: [(&str, &str, &str); 2] = [
    ("stopped-base", "aws:acm/certificate:Certificate", "domain"),
    ("stopped-base", "aws:rds/instance:Instance", "database"),
];
const APPS: [(&str, &str, &str); 6] = [
    ("begun", "aws:ssm/parameter:Parameter", "secret-key"),
    ("begun", "aws:ssm/parameter:Parameter", "postgres-password"),
    ("half-way", "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "app"),
    ("half-way", "aws:lb/listenerRule:ListenerRule", "web-1"),
    ("nearly-done", "aws:ecs/service:Service", "gunicorn"),
    ("nearly-done", "aws:ecs/service:Service", "redis"),
];
/// The steps after which a destroy is stopped, in the order in which one must come to them.
const DESTROYED: [(&str, &str, &str); 3] = [
    ("nearly-done", "aws:ecs/service:Service", "gunicorn"),
    ("nearly-done", "aws:ssm/parameter:Parameter", "postgres-password"),
    (WHOLE_BASE, "aws:rds/instance:Instance", "database"),
];
/// What AWS chooses, by property, and what the engine says of when and where.
const BY_CHANCE: [&str; 9] = [
    "backupWindow",
    "created",
    "dnsName",
    "maintenanceWindow",
    "modified",
    "privateIp",
    "publicDns",
    "publicIp",
    "stackTrace",
];
/// A base, the last one and so that of all apps, and an app that are never interrupted.
const WHOLE_BASE: &str = "whole-base";
const WHOLE_APP: &str = "whole-app";

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
    let resources = project.resources_with_secrets("all")?;
    for (name, whole) in
        BASES.map(|(name, ..)| (name, WHOLE_BASE)).into_iter().chain(APPS.map(|(name, ..)| (name, WHOLE_APP)))
    {
        check_same(&resources, name, whole);
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

/// What the state knows of a component is, value by value, what it knows of another one.
#[track_caller]
fn check_same(resources: &Resources, name: &str, whole: &str) {
    let (found, expected) = (state(resources, name), state(resources, whole));
    let places: BTreeSet<_> = found.keys().chain(expected.keys()).collect();
    let differ = places.into_iter().filter(|place| found.get(*place) != expected.get(*place));
    let told: Vec<_> =
        differ.map(|place| format!("{place}: {:?}, not {:?}", found.get(place), expected.get(place))).collect();
    assert!(found.len() > 500 && told.is_empty(), "`{name}`, of {} values:\n{}", found.len(), told.join("\n"));
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
    steps.iter().map(|(name, ..)| ((*name).to_owned(), json!({}))).collect::<Map<_, _>>().into()
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

/// What the state knows of the resources below a component, by type, role and path, without what is by chance or by name.
fn state(resources: &Resources, component: &str) -> BTreeMap<String, String> {
    let parent = format!("::{component}");
    let is_child = |child: &&Json| child["parent"].as_str().is_some_and(|urn| urn.ends_with(&parent));
    let children: Vec<_> = resources.values().filter(is_child).collect();
    let text = |child: &Json, key: &str| child[key].as_str().unwrap_or_default().to_owned();
    let role = |child: &Json| text(child, "urn").rsplit('$').next().unwrap_or_default().replace(component, "own");
    let mut own: Vec<Own> =
        [component.to_owned(), component.replace('-', "_")].map(|name| (name, "own".to_owned())).into();
    own.extend(children.iter().map(|child| (text(child, "id"), format!("[{}]", role(child)))));
    own.extend(children.iter().map(|child| (text(&child["outputs"], "publicIp"), "[address]".to_owned())));
    own.retain(|(name, _)| !name.is_empty());
    own.sort_by_key(|(name, stand_in)| (Reverse(name.len()), stand_in.clone()));
    let mut state = BTreeMap::new();
    for child in children {
        leaves(child, &role(child), &own, &mut state);
    }
    state
}

fn leaves(value: &Json, path: &str, own: &[Own], found: &mut BTreeMap<String, String>) {
    match value {
        Json::Object(object) => {
            for (key, value) in object.iter().filter(|(key, _)| !BY_CHANCE.contains(&key.as_str())) {
                leaves(value, &format!("{path}.{}", without_chance(key, own)), own, found);
            }
        }
        // The engine keeps no order among what something depends on.
        Json::Array(items) if path.contains("ependencies") => {
            let urns: BTreeSet<_> = items.iter().filter_map(Json::as_str).map(|urn| without_chance(urn, own)).collect();
            found.insert(path.to_owned(), format!("{urns:?}"));
        }
        Json::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                leaves(value, &format!("{path}[{index}]"), own, found);
            }
        }
        Json::String(text) => {
            found.insert(path.to_owned(), without_chance(text, own));
        }
        // The rules of an app have ten numbers, the first of which is its own.
        Json::Number(number) if path.ends_with(".priority") => {
            found.insert(
                path.to_owned(),
                number.as_u64().map_or(number.to_string(), |number| (number % 10).to_string()),
            );
        }
        other => {
            found.insert(path.to_owned(), other.to_string());
        }
    }
}

/// A text in which a component's own names, ids and addresses, and what else AWS has chosen, are as in any other.
fn without_chance(text: &str, own: &[Own]) -> String {
    without_ids(&own.iter().fold(text.to_owned(), |text, (own, stand_in)| text.replace(own, stand_in)))
}

/// What exists without a place in the state.
fn orphans(inventory: &Json, resources: &Resources) -> Vec<String> {
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
