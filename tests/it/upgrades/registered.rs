//! The components of a release once more, over the fake monitor: what they register today beside what they registered
//! then. Every resource and function answers what it answered then.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use e2e::recording::{Recording, opened};
use pulumi_component::monitor::Registration;
use pulumi_component::testing::values::{decoded, object};
use pulumi_component::testing::{Asked, Run, run, value};
use pulumi_component::value::{PropertyMap, Value};
use pulumi_component::{Error, Failure};
use serde_json::{Map, Value as Json, json};

use super::facts::Facts;
use super::finding::{Finding, What};

/// A component of a release as it is registered today.
pub(crate) struct Today {
    /// What it was.
    pub(crate) component: (String, String),
    /// What is registered of it, or why nothing is.
    pub(crate) run: Result<Run, Error>,
}

/// All components of a recording.
pub(crate) fn today(recording: &Recording) -> anyhow::Result<Vec<Today>> {
    let provider = pulumi_resource_aws_django::provider();
    let recording = Arc::new(recording.clone());
    let mut all = Vec::new();
    for call in recording.calls("Construct") {
        let request = &call["request"];
        let (token, name) = (request["type"].as_str(), request["name"].as_str());
        let (token, name) = (token.context("a component has a type")?, name.context("a component has a name")?);
        let own = Registration::of_component(token, name, decoded(object(request["inputs"].clone())));
        let then = recording.clone();
        let answers = move |token: &str, name: &str, given: &PropertyMap| answer(&then, token, name, given);
        let run = run(&provider, Asked::new(own), answers);
        let class = token.rsplit(':').next().unwrap_or_default().to_owned();
        all.push(Today { component: (class, name.to_owned()), run });
    }
    Ok(all)
}

/// What an upgrade from the release would do to them.
pub(crate) fn findings(recording: &Recording, facts: &Facts) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for Today { component, run } in today(recording)? {
        let found = match run {
            Ok(run) => [children(recording, &component, &run, facts), outputs(recording, &component, &run)].concat(),
            Err(error) => {
                let refused = refusals(&error);
                let (class, name) = &component;
                ensure!(!refused.is_empty(), "`{class}` `{name}` of {} cannot be made: {error}", recording.version);
                refused
            }
        };
        findings.extend(found.into_iter().map(|what| Finding { component: component.clone(), what }));
    }
    findings.sort();
    Ok(findings)
}

/// What becomes of the resources that the component has made.
fn children(recording: &Recording, component: &(String, String), run: &Run, facts: &Facts) -> Vec<What> {
    let parent = format!("::aws-django:index:{}::{}", component.0, component.1);
    let is_child = |resource: &&Map<String, Json>| text(resource, "parent").ends_with(&parent);
    let become_of = |resource: &Map<String, Json>| {
        let (token, name) = (text(resource, "type"), text(resource, "urn").rsplit("::").next().unwrap_or_default());
        let (token, name) = (token.to_owned(), name.to_owned());
        let Some(child) = run.children.iter().find(|child| was(child, &token, &name)) else {
            return Some(What::Deleted { token, name });
        };
        let is = value(resource.get("outputs").map(opened).unwrap_or_default());
        let properties = facts.replacing(&token, &is, &child.inputs, &child.ignore_changes);
        (!properties.is_empty()).then_some(What::Replaced { token, name, properties })
    };
    recording.resources().filter(is_child).filter_map(become_of).collect()
}

/// Whether a resource is what once had this type and name.
fn was(child: &Registration, token: &str, name: &str) -> bool {
    let or = |once: &str, now: &str| if once.is_empty() { now.to_owned() } else { once.to_owned() };
    let former = child.aliases.iter().map(|alias| (or(alias.token(), &child.token), or(alias.name(), &child.name)));
    let own = (child.token.clone(), child.name.clone());
    former.chain([own]).any(|(its_token, its_name)| its_token == token && its_name == name)
}

/// The outputs that it had and has no more.
fn outputs(recording: &Recording, (class, name): &(String, String), run: &Run) -> Vec<What> {
    let then = recording.resource(&format!("aws-django:index:{class}"), name).and_then(|it| it.get("outputs"));
    let then: BTreeSet<_> = then.and_then(Json::as_object).into_iter().flat_map(Map::keys).collect();
    let gone = then.into_iter().filter(|output| !run.outputs.contains_key(*output));
    gone.map(|output| What::NoOutput { output: output.clone() }).collect()
}

/// The inputs that it finds fault with.
fn refusals(error: &Error) -> Vec<What> {
    let refused =
        |Failure { path, reason, .. }: &Failure| What::Refused { input: path.clone(), reason: reason.clone() };
    match error {
        Error::Arguments { shown, hidden } => shown.iter().chain(hidden).map(refused).collect(),
        Error::Many(errors) => errors.iter().flat_map(refusals).collect(),
        _ => Vec::new(),
    }
}

/// What a resource, or a function, which has no name, answered then. A resource that is new answers what another one of
/// its type did.
fn answer(recording: &Recording, token: &str, name: &str, given: &PropertyMap) -> PropertyMap {
    if name.is_empty() {
        let is_it = |call: &&Json| {
            call["request"]["tok"] == token && decoded(object(call["request"]["args"].clone())) == *given
        };
        let found = recording.calls("Invoke").find(is_it).map(|call| &call["response"]["return"]);
        return match found {
            Some(answer) => decoded(object(answer.clone())),
            None if token == "aws-django:index:getListenerSlot" => slot(recording, given).into_iter().collect(),
            None => PropertyMap::new(),
        };
    }
    let like = || recording.resources().find(|resource| text(resource, "type") == token);
    let Some(resource) = recording.resource(token, name).or_else(like) else { return PropertyMap::new() };
    let Value::Object(mut outputs) = value(resource.get("outputs").map(opened).unwrap_or_default()) else {
        return PropertyMap::new();
    };
    outputs.insert("id".to_owned(), text(resource, "id").into());
    outputs
}

/// The slot in which a release that did not ask for it has put an app's rules.
fn slot(recording: &Recording, given: &PropertyMap) -> Option<(String, Value)> {
    let Some(Value::String(app)) = given.get("app") else { return None };
    let is_rule = |it: &&Map<String, Json>| {
        it.get("type") == Some(&json!("aws:lb/listenerRule:ListenerRule")) && it["outputs"]["tags"]["env"] == **app
    };
    let priority = recording.resources().find(is_rule)?["outputs"]["priority"].as_u64()?;
    Some(("slot".to_owned(), value(json!((priority - 1) / 10))))
}

fn text<'a>(resource: &'a Map<String, Json>, key: &str) -> &'a str {
    resource.get(key).and_then(Json::as_str).unwrap_or_default()
}
