//! Records what the plugin of today leaves behind. It does so twice, and what differs then is by chance.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value as Json, json};

use crate::chance;
use crate::changelog::Changelog;
use crate::cloud::{Cloud, DOMAIN};
use crate::project::Project;
use crate::recording::{self, CERTIFICATE, KEY, Recording, SNAPSHOT, STACK, WEB_ACL, ZONE};
use crate::tools::{Tools, repository};

/// What the engine asks of our plugin, and is kept.
const REQUESTS: [&str; 5] = ["Check", "Construct", "Create", "Diff", "Read"];
/// What of a request is of one run alone.
const OF_THE_RUN: [&str; 7] = [
    "monitorEndpoint",
    "organization",
    "parallel",
    "randomSeed",
    "resourceStatusAddress",
    "resourceStatusToken",
    "version",
];
/// What the engine notes of a resource beside what it is: when it was made, and by which line of whose program.
const OF_THE_MACHINE: [&str; 4] = ["created", "modified", "sourcePosition", "stackTrace"];
/// Who opens secrets: Pulumi takes no state without. It is the salt of an empty passphrase.
const SALT: &str = "v1:SkKlIuPCQQU=:v1:tA7xlFk5Cz8fFU8f:EviBIOa4vkXS1ufS3h4cDxCscW+0jA==";

/// Records the version of today and returns the folder.
///
/// # Errors
/// If that version is released, if the components cannot be deployed, or if something is by chance that cannot be
/// taken out.
pub fn record(tools: &Tools) -> anyhow::Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let remedy = "give the workspace its next version first";
    let is_released = Changelog::read()?.has_released(version);
    ensure!(!is_released, "{version} is released, and what it has left behind stays as it is: {remedy}");
    let (one, other) = (run(tools)?, run(tools)?);
    let (same, again) = (chance::settled(&one, &other)?, chance::settled(&other, &one)?);
    let recording = arranged(version, &same)?;
    ensure!(recording == arranged(version, &again)?, "two runs differ by more than words");
    recording.write()
}

/// Deploys the program in an account of its own; answers resources by URN in the order of their names as far as their
/// dependencies allow, and calls.
fn run(tools: &Tools) -> anyhow::Result<Json> {
    let cloud = Cloud::with(tools.clone())?;
    let own = own(&cloud)?;
    let text = fs::read_to_string(repository("tests/programs/recorded.py"))?;
    let project = Project::with_program(&cloud, STACK, &text)?.with_calls();
    let program = recording::program()?.to_string();
    let program = own.iter().fold(program, |text, (sign, own)| text.replace(sign, own));
    project.write("program.json", &serde_json::from_str(&program)?)?;

    let mut calls = Vec::new();
    // The second one asks for what is only asked when something is there already.
    for (operation, options) in [("up", json!({})), ("preview", json!({"refresh": true}))] {
        let outcome = project.run(STACK, operation, &options)?;
        calls.extend(outcome.calls()?.iter().filter_map(call));
    }
    let deployment = project.run(STACK, "export", &json!({}))?.told["deployment"].clone();
    let resources = in_order(deployment["resources"].as_array().context("a state has resources")?)?;
    // Whatever came first: requests about one thing come one after the other.
    calls.sort_by_key(about);
    // The account's own facts are the same everywhere.
    let all = json!({"resources": resources, "calls": calls}).to_string();
    Ok(serde_json::from_str(&own.iter().fold(all, |text, (sign, own)| text.replace(own, sign)))?)
}

/// Makes what the program wants to be there; answers what an account has for each sign.
fn own(cloud: &Cloud) -> anyhow::Result<[(&'static str, String); 4]> {
    cloud.aws(&["ssm", "put-parameter", "--name", "sentry", "--type", "SecureString", "--value", "dsn"])?;
    cloud.snapshot(SNAPSHOT, "postgres")?;
    let key = cloud.aws(&["kms", "create-key"])?;
    let certificate = cloud.certificate(DOMAIN)?;
    let acl = ["wafv2", "create-web-acl", "--name", "acl", "--scope", "REGIONAL", "--default-action", "Allow={}"];
    let visible = "SampledRequestsEnabled=false,CloudWatchMetricsEnabled=false,MetricName=acl";
    let acl = cloud.aws(&[&acl[..], &["--visibility-config", visible]].concat())?;
    let arn = |arn: &Json| Ok::<_, anyhow::Error>(arn.as_str().context("it has an ARN")?.to_owned());
    Ok([
        (CERTIFICATE, arn(&certificate)?),
        (KEY, arn(&key["KeyMetadata"]["Arn"])?),
        (WEB_ACL, arn(&acl["Summary"]["ARN"])?),
        (ZONE, cloud.zone()?),
    ])
}

/// A call that is kept, without what is of one run alone: what the engine asks of our plugin, and the functions that our
/// plugin asks for.
fn call(line: &Json) -> Option<Json> {
    let (service, method) = line["method"].as_str()?.strip_prefix("/pulumirpc.")?.split_once('/')?;
    let is_kept = match service {
        "ResourceProvider" => {
            let is_preview = line["request"]["dryRun"] == true;
            line["metadata"]["name"] == "aws-django" && REQUESTS.contains(&method) && !is_preview
        }
        "ResourceMonitor" => method == "Invoke",
        _ => false,
    };
    let has_answer = line["progress"] == "response_completed" && line.get("response").is_some();
    let mut request = line["request"].as_object()?.clone();
    request.retain(|key, _| !OF_THE_RUN.contains(&key.as_str()));
    let mut response = line["response"].clone();
    if let Some(password) = response.pointer_mut("/return/randomPassword") {
        // It is another one each time, and nobody can tell whose.
        *password = json!("made by chance");
    }
    (is_kept && has_answer).then(|| json!({"method": method, "request": request, "response": response}))
}

/// What a request is about.
fn about(call: &Json) -> String {
    ["/method", "/request/urn", "/request/type", "/request/name", "/request/tok", "/request/parent", "/request/args"]
        .map(|part| call.pointer(part).unwrap_or(&Json::Null).to_string())
        .join(" ")
}

/// The resources of a state by URN, sorted as far as each still comes after what it depends on.
fn in_order(resources: &[Json]) -> anyhow::Result<Map<String, Json>> {
    let mut left: BTreeMap<&str, &Json> = BTreeMap::new();
    for resource in resources {
        left.insert(resource["urn"].as_str().context("a resource has a URN")?, resource);
    }
    let mut sorted = Map::new();
    while !left.is_empty() {
        let is_free = |(_, resource): &(&&str, &&Json)| !mentioned(resource).iter().any(|urn| left.contains_key(urn));
        let (urn, resource) = left.iter().find(is_free).context("resources depend on each other in a circle")?;
        let mut resource = resource.as_object().context("a resource is an object")?.clone();
        resource.retain(|key, _| !OF_THE_MACHINE.contains(&key.as_str()));
        // Sets, in whatever order.
        let of_properties = resource.get_mut("propertyDependencies").and_then(Json::as_object_mut);
        of_properties.into_iter().flat_map(Map::values_mut).for_each(sort);
        for key in ["dependencies", "replaceWith"] {
            resource.get_mut(key).into_iter().for_each(sort);
        }
        let urn = (*urn).to_owned();
        left.remove(urn.as_str());
        sorted.insert(urn, Json::Object(resource));
    }
    Ok(sorted)
}

fn sort(list: &mut Json) {
    list.as_array_mut().into_iter().for_each(|list| list.sort_by_key(Json::to_string));
}

/// The URNs that a resource of a state comes after.
fn mentioned(resource: &Json) -> BTreeSet<&str> {
    let dependencies = resource["dependencies"].as_array().into_iter().flatten();
    let more = ["parent", "deletedWith"].map(|key| &resource[key]);
    let provider = resource["provider"].as_str().and_then(|provider| provider.rsplit_once("::"));
    let with = resource["replaceWith"].as_array().into_iter().flatten();
    let urns = dependencies.chain(more).chain(with).filter_map(Json::as_str);
    urns.chain(provider.map(|(urn, _)| urn)).collect()
}

/// A run without chance as a recording.
fn arranged(version: &str, run: &Json) -> anyhow::Result<Recording> {
    let resources: Vec<_> = run["resources"].as_object().into_iter().flat_map(Map::values).cloned().collect();
    let mut calls = run["calls"].as_array().context("a run has calls")?.clone();
    calls.sort_by_key(Json::to_string);
    calls.dedup();
    let manifest = json!({"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""});
    let secrets = json!({"type": "passphrase", "state": {"salt": SALT}});
    let deployment =
        json!({"manifest": manifest, "secrets_providers": secrets, "resources": resources, "metadata": {}});
    let state = json!({"version": 3, "deployment": deployment});
    Ok(Recording { version: version.to_owned(), program: recording::program()?, state, calls: Json::Array(calls) })
}
