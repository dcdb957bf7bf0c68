//! What a release has left behind, met by the plugin of today: nothing is lost that the changelog does not announce.
//! `tests/upgrades` has the releases, `cargo xtask record` adds to them.

#![expect(clippy::expect_used, reason = "a recording that lacks what a test changes has failed it")]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, ensure};
use e2e::recording::{self, STACK, ZONE, opened};
use e2e::tools::repository;
use e2e::{Changelog, Cloud, Project, Recording, Tools};
use pulumi_component::testing::engine::{Age, Script, TestEngine};
use pulumi_component::testing::plugin::Plugin;
use pulumi_component::testing::proto;
use pulumi_component::testing::values::{encoded, object};
use serde_json::{Map, Value as Json, json};

use facts::Facts;
use finding::{Finding, What};
use registered::Today;

mod facts;
mod finding;
mod registered;

#[test]
fn what_is_registered_today_replaces_nothing_of_a_release_unless_it_is_announced() -> anyhow::Result<()> {
    let (changelog, facts) = (Changelog::read()?, Facts::read()?);
    for recording in Recording::all()? {
        let recording = recording.without_removed(&changelog);
        check(&recording, &changelog, registered::findings(&recording, &facts)?)?;
    }
    Ok(())
}

#[test]
fn a_deployment_of_a_release_is_previewed_without_a_loss_that_is_not_announced() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let changelog = Changelog::read()?;
    for recording in Recording::all()? {
        let recording = recording.without_removed(&changelog);
        let found = previewed(&cloud, &recording)?;
        check(&recording, &changelog, found)?;
    }
    Ok(())
}

#[test]
fn every_state_of_our_own_resources_is_gone_on_from() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    let changelog = Changelog::read()?;
    for recording in Recording::all()? {
        let recording = recording.without_removed(&changelog);
        let found = gone_on_from(&tools, &recording)?;
        check(&recording, &changelog, found)?;
    }
    Ok(())
}

#[test]
fn what_would_be_lost_is_told_with_its_remedy_unless_it_is_announced() -> anyhow::Result<()> {
    let facts = Facts::read()?;
    let cases: [(Change, &str, &str); 4] = [
        (
            |then| resource(then, "TargetGroup::alpha-web")["outputs"]["port"] = json!(9000),
            "an upgrade of `AdHocApp` `alpha` from 0.0.1 replaces `lb.TargetGroup` `alpha-web`, for its `port`; leave that \
             as it was, or name `AdHocApp` and `lb.TargetGroup` in an entry of CHANGELOG.md under **Replaces**",
            "### Replaces\n\n- `AdHocApp`: `lb.TargetGroup`, for another port.",
        ),
        (
            |then| {
                resource(then, "Instance::dev-database")["urn"] = json!("urn::aws:rds/instance:Instance::dev-server");
            },
            "an upgrade of `AdHocBase` `dev` from 0.0.1 deletes `rds.Instance` `dev-server`; register it as before, or say \
             in `aliases` of another one what that was, or name `AdHocBase` and `rds.Instance` in an entry of CHANGELOG.md \
             under **Replaces**",
            "### Replaces\n\n- `AdHocBase`: the server, an `rds.Instance`.",
        ),
        (
            |then| construct(then, "alpha")["inputs"]["picture"] = json!("shop/backend:v1"),
            "an upgrade of `AdHocApp` `alpha` from 0.0.1 takes its input `picture` no more: `picture` ",
            "### Removed\n\n- `picture` of `AdHocApp`.",
        ),
        (
            |then| resource(then, "AdHocApp::alpha")["outputs"]["address"] = json!("https://alpha.example.com"),
            "an upgrade of `AdHocApp` `alpha` from 0.0.1 has no output `address` any more; keep it, or name `AdHocApp` and \
             `address` in an entry of CHANGELOG.md under **Removed**",
            "### Removed\n\n- `AdHocApp`: the output `address`, which is `url`.",
        ),
    ];
    let recorded = Recording { version: "0.0.1".to_owned(), ..newest()? };
    let usual = registered::findings(&recorded, &facts)?;
    for (change, told, entry) in cases {
        let mut then = recorded.clone();
        change(&mut then);
        let beside = |entry: &str| {
            let changelog = Changelog::of(&format!("## Unreleased\n\n{entry}\n\n## 0.0.1\n"));
            let then = then.clone().without_removed(&changelog);
            let mut found = registered::findings(&then, &facts)?;
            found.retain(|finding| !usual.contains(finding));
            check(&then, &changelog, found)
        };
        let error = beside("").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(told) && error.lines().count() == 1, "{error}");
        beside(entry)?;
    }
    Ok(())
}

#[test]
fn a_state_that_cannot_be_gone_on_from_is_told() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    let mut then = newest()?;
    for call in then.calls.as_array_mut().into_iter().flatten() {
        let is_it = call["method"] == "Create" && call["request"]["name"] == "alpha-database";
        let state = call.pointer_mut("/response/properties").and_then(Json::as_object_mut);
        state.filter(|_| is_it).and_then(|state| state.remove("generation"));
    }
    let found = gone_on_from(&tools, &then)?;
    let [Finding { component, what: What::Unreadable { name, reason, .. } }] = found.as_slice() else {
        anyhow::bail!("{found:#?}");
    };
    assert_eq!((component.1.as_str(), name.as_str()), ("alpha", "alpha-database"));
    assert!(reason.contains("`generation`"), "{reason}");
    Ok(())
}

/// The recording that is most like today.
fn newest() -> anyhow::Result<Recording> {
    Recording::all()?.pop().context("there is a recording")
}

/// Something that is different in a release.
type Change = fn(&mut Recording);

/// The resource of a state whose URN ends so.
fn resource<'a>(then: &'a mut Recording, end: &str) -> &'a mut Json {
    let resources = then.state["deployment"]["resources"].as_array_mut().into_iter().flatten();
    let mut found = resources.filter(|resource| resource["urn"].as_str().is_some_and(|urn| urn.ends_with(end)));
    found.next().expect("the recording has it")
}

/// The request for a component.
fn construct<'a>(then: &'a mut Recording, name: &str) -> &'a mut Json {
    let mut calls = then.calls.as_array_mut().into_iter().flatten();
    let is_it = |call: &&mut Json| call["method"] == "Construct" && call["request"]["name"] == name;
    &mut calls.find(is_it).expect("the recording has it")["request"]
}

#[test]
fn every_release_is_recorded() -> anyhow::Result<()> {
    let changelog = Changelog::read()?;
    for version in changelog.released() {
        Recording::read(version).with_context(|| format!("{version} is released, and not recorded"))?;
    }
    Ok(())
}

#[test]
fn every_component_is_recorded_by_default_and_with_everything_set() -> anyhow::Result<()> {
    let schema: Json = serde_json::from_str(&fs::read_to_string(repository("schema.json"))?)?;
    let program = recording::program()?;
    let components = schema["resources"].as_object().into_iter().flatten();
    for (token, component) in components.filter(|(_, resource)| resource["isComponent"] == true) {
        let uses = program.as_object().into_iter().flat_map(Map::values).filter(|each| each["type"] == **token);
        let uses: Vec<_> = uses.map(|each| &each["inputs"]).collect();
        let required = component["requiredInputs"].as_array().map_or(0, Vec::len);
        // Of what the schema leaves optional the plugin asks for this.
        let asked_for = usize::from(token.ends_with(":ProdBase"));
        let is_default = |inputs: &&Json| inputs.as_object().is_some_and(|inputs| inputs.len() == required + asked_for);
        assert!(uses.iter().any(is_default), "nothing uses `{token}` with what it requires alone");
        // What excludes each other is set in two of them.
        let missing = missing(&schema, component, "inputProperties", &uses);
        assert!(missing.is_empty(), "no use of `{token}` sets {missing:?}");
    }
    Ok(())
}

/// What none of several objects sets of all that can be set.
fn missing(schema: &Json, of: &Json, properties: &str, given: &[&Json]) -> Vec<String> {
    let mut missing = Vec::new();
    for (name, property) in of[properties].as_object().into_iter().flatten() {
        let given = given.iter().map(|given| &given[name]).filter(|given| !given.is_null());
        let given: Vec<_> =
            given.flat_map(|given| given.as_array().map_or(vec![given], |all| all.iter().collect())).collect();
        let kind = if property["type"] == "array" { &property["items"] } else { property };
        let object = kind["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/types/"));
        match object.map(|object| &schema["types"][object]) {
            _ if given.is_empty() => missing.push(name.clone()),
            Some(object) if object["type"] == "object" => {
                let inner = self::missing(schema, object, "properties", &given);
                missing.extend(inner.into_iter().map(|inner| format!("{name}.{inner}")));
            }
            _ => {}
        }
    }
    missing
}

/// All that is found must be announced.
fn check(recording: &Recording, changelog: &Changelog, found: Vec<Finding>) -> anyhow::Result<()> {
    let hidden = found.into_iter().filter(|finding| !finding.is_announced(&recording.version, changelog));
    let told: BTreeSet<_> = hidden.map(|finding| finding.told(&recording.version, changelog)).collect();
    let told: Vec<_> = told.into_iter().collect();
    ensure!(told.is_empty(), "{}", told.join("\n"));
    Ok(())
}

/// What a preview of the release's program replaces and deletes in the release's state, on an account where nothing is
/// but a listener in the place of all: without a refresh nobody looks, but for whose its rules are.
fn previewed(cloud: &Cloud, recording: &Recording) -> anyhow::Result<Vec<Finding>> {
    let zone = cloud.zone()?;
    let program = fs::read_to_string(repository("tests/programs/recorded.py"))?;
    let project = Project::with_program(cloud, STACK, &program)?;
    for resource in
        recording.resources().filter(|resource| resource.get("type") == Some(&json!("pulumi:providers:aws")))
    {
        cloud.install_aws(resource["inputs"]["version"].as_str().context("a provider has a version")?)?;
    }
    let listener = listener(cloud)?;
    for (file, part) in [("program.json", &recording.program), ("state.json", &recording.state)] {
        let part = recording.listeners().fold(part.to_string(), |part, arn| part.replace(arn, &listener));
        project.write(file, &serde_json::from_str(&part.replace(ZONE, &zone))?)?;
    }
    project.run(STACK, "import", &json!({"file": "state.json"}))?;
    let preview = project.run(STACK, "preview", &json!({}));
    let preview = preview.with_context(|| format!("the program of {} is refused", recording.version))?;
    let steps = preview.told["steps"].as_array().context("a preview has steps")?;
    Ok(steps.iter().filter_map(|step| lost(step, recording)).collect())
}

/// The ARN of a listener without rules.
fn listener(cloud: &Cloud) -> anyhow::Result<String> {
    let subnets = cloud.aws(&["ec2", "describe-subnets", "--query", "Subnets[:2].SubnetId"])?;
    let subnets: Vec<String> = serde_json::from_value(subnets)?;
    let balancer = ["elbv2", "create-load-balancer", "--name", "any", "--subnets", &subnets[0], &subnets[1]];
    let balancer = cloud.aws(&[&balancer[..], &["--query", "LoadBalancers[0].LoadBalancerArn"]].concat())?;
    let balancer = balancer.as_str().context("it has an ARN")?;
    let listens = [
        "--protocol",
        "HTTP",
        "--port",
        "443",
        "--default-actions",
        "Type=fixed-response,FixedResponseConfig={StatusCode=404}",
    ];
    let created = ["elbv2", "create-listener", "--load-balancer-arn", balancer];
    let listener = cloud.aws(&[&created[..], &listens, &["--query", "Listeners[0].ListenerArn"]].concat())?;
    Ok(listener.as_str().context("it has an ARN")?.to_owned())
}

/// What a step of a preview takes away.
fn lost(step: &Json, recording: &Recording) -> Option<Finding> {
    let urn = step["urn"].as_str()?;
    let reasons = step["replaceReasons"].as_array().into_iter().flatten();
    let properties: Vec<_> = reasons.filter_map(Json::as_str).map(str::to_owned).collect();
    match step["op"].as_str()? {
        _ if urn.contains("::pulumi:providers:") => None,
        "replace" => Some(Finding::of(urn, |token, name| What::Replaced { token, name, properties }, recording)),
        "delete" => Some(Finding::of(urn, |token, name| What::Deleted { token, name }, recording)),
        _ => None,
    }
}

/// What the plugin says of the states of our own resources when their components ask for what they ask for today.
fn gone_on_from(tools: &Tools, recording: &Recording) -> anyhow::Result<Vec<Finding>> {
    let engine = TestEngine::start(Script::new(Age::Current));
    let runtime = tokio::runtime::Runtime::new()?;
    let _entered = runtime.enter();
    let plugin = Plugin::start(&mut Command::new(tools.ours.join("pulumi-resource-aws-django")), &engine);
    let mut found = Vec::new();
    for Today { component, run } in registered::today(recording)? {
        // Why nothing is registered is told elsewhere.
        let children = run.map(|run| run.children).unwrap_or_default();
        for child in children.into_iter().filter(|child| child.token.starts_with("aws-django:")) {
            let (token, name) = (child.token.clone(), child.name.clone());
            let inputs = recording.resource(&token, &name).and_then(|resource| resource.get("inputs")).map(opened);
            for (id, state) in states(recording, &token, &name) {
                let request = proto::DiffRequest {
                    id,
                    urn: format!("urn:pulumi:{STACK}::{STACK}::{token}::{name}"),
                    olds: Some(object(state)),
                    old_inputs: inputs.clone().map(object),
                    news: Some(encoded(child.inputs.clone())),
                    r#type: token.clone(),
                };
                let answer = runtime.block_on(plugin.client.clone().diff(request));
                let (token, name) = (token.clone(), name.clone());
                let what = match answer {
                    Ok(diff) if diff.get_ref().replaces.is_empty() => continue,
                    Ok(diff) => What::Replaced { token, name, properties: diff.into_inner().replaces },
                    Err(status) => What::Unreadable { token, name, reason: status.message().to_owned() },
                };
                found.push(Finding { component: component.clone(), what });
            }
        }
    }
    Ok(found)
}

/// The states in which a resource of our own has been: as it was made, as it was read, and as it was compared.
fn states(recording: &Recording, token: &str, name: &str) -> Vec<(String, Json)> {
    let parts = [("Create", "response", "properties"), ("Read", "response", "properties"), ("Diff", "request", "olds")];
    let of = |(method, side, key): (&'static str, &'static str, &'static str)| {
        let is_it = |call: &&Json| call["request"]["type"] == token && call["request"]["name"] == name;
        let state =
            move |call: &Json| (call[side]["id"].as_str().unwrap_or_default().to_owned(), call[side][key].clone());
        recording.calls(method).filter(is_it).map(state).collect::<Vec<_>>()
    };
    parts.into_iter().flat_map(of).collect()
}
