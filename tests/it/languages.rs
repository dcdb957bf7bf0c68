//! The same program in each language registers the same graph, and so do a preview and an update.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{Cloud, Outcome, Project};
use serde_json::{Value as Json, json};

const REGISTER: &str = "/pulumirpc.ResourceMonitor/RegisterResource";

#[test]
fn the_same_program_registers_the_same_graph_in_each_language() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let python = Project::copy(&cloud, "", "python")?;
    let typescript = Project::copy(&cloud, "examples/typescript", "typescript")?;
    let pairs = [python.run("dev", "preview", &json!({}))?, typescript.run("dev", "preview", &json!({}))?];
    let [from_python, from_typescript] = pairs.map(|outcome| registrations(&outcome));
    assert!(from_python.len() > 40, "{} registrations", from_python.len());
    assert_same(&from_python, &from_typescript);
    Ok(())
}

#[test]
fn a_python_base_feeds_a_typescript_app() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let python = Project::copy(&cloud, "", "python")?;
    let typescript = Project::copy(&cloud, "examples/typescript", "typescript")?;
    python.run("dev", "up", &json!({}))?;
    let [from_python, from_typescript] = [&python, &typescript]
        .map(|project| project.run("alpha", "preview", &json!({})).map(|outcome| registrations(&outcome)));
    assert_same(&from_python?, &from_typescript?);

    typescript.run("alpha", "up", &json!({}))?;
    assert_eq!(typescript.run("alpha", "preview", &json!({}))?.steps(), Vec::<String>::new());
    typescript.run("alpha", "destroy", &json!({}))?;
    Ok(())
}

#[test]
fn a_preview_registers_what_an_update_registers() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::base_and_apps(&cloud, "preview", &json!({"dev": {}}), &json!({"alpha": {}}))?;
    let preview = registrations(&project.run("all", "preview", &json!({}))?);
    // The Automation API's `up` shows no preview first, so that these are an update's registrations alone.
    let update = registrations(&project.run("all", "up", &json!({}))?);
    assert_same(&shapes(&preview), &shapes(&update));
    Ok(())
}

/// The resources below our components as they were registered, by type and name.
fn registrations(outcome: &Outcome) -> BTreeMap<String, Json> {
    let calls = outcome.calls.iter().filter(|call| call["method"] == REGISTER && !call["response"].is_null());
    let children =
        calls.filter(|call| call["request"]["parent"].as_str().is_some_and(|urn| urn.contains("aws-django:")));
    children
        .map(|call| {
            let mut request = call["request"].clone();
            // Chance, by design: the only values in a program that differ from run to run.
            if request["type"] == "aws:ssm/parameter:Parameter" {
                request["object"]["value"] = json!("[chance]");
            }
            for key in ["parentStackTraceHandle", "sourcePosition", "stackTrace"] {
                request.as_object_mut().map(|request| request.remove(key));
            }
            let request = serde_json::from_str(&without_chance(&request.to_string())).unwrap_or(request);
            (format!("{} {}", call["request"]["type"], call["request"]["name"]), request)
        })
        .collect()
}

/// A text in which the random ends of Pulumi's own names, a hyphen and seven hexadecimal digits, are all the same.
fn without_chance(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('-') {
        let (before, after) = rest.split_at(at + 1);
        kept.push_str(before);
        let digits = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let random = digits == 7 && after.bytes().take(7).all(|byte| byte.is_ascii_hexdigit());
        rest = if random { after.get(7..).unwrap_or_default() } else { after };
        kept.push_str(if random { "random" } else { "" });
    }
    kept + rest
}

/// What a preview can already know: everything but values.
fn shapes(registrations: &BTreeMap<String, Json>) -> BTreeMap<String, Json> {
    let shape = |(name, request): (&String, &Json)| {
        let mut request = request.clone();
        let keys: BTreeSet<_> =
            request["object"].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
        request["object"] = json!(keys);
        (name.clone(), request)
    };
    registrations.iter().map(shape).collect()
}

#[track_caller]
fn assert_same(left: &BTreeMap<String, Json>, right: &BTreeMap<String, Json>) {
    let names = |side: &BTreeMap<String, Json>| side.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    for (name, one) in left {
        assert_eq!(Some(one), right.get(name), "{name}");
    }
}
