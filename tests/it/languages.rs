//! The same program in each language registers the same graph, and so do a preview and an update.

use std::collections::{BTreeMap, BTreeSet};

use e2e::cloud::{nothing, without_leftovers};
use e2e::{Cloud, Outcome, Project};
use serde_json::{Value as Json, json};

const REGISTER: &str = "/pulumirpc.ResourceMonitor/RegisterResource";

#[test]
fn the_same_program_registers_the_same_graph_in_each_language() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let [python, typescript, go] = in_each_language(&cloud)?;
    check_same_registrations([&python, &typescript, &go], "dev")?;

    // A base of one language feeds the apps of all.
    python.run("dev", "up", &json!({}))?;
    check_same_registrations([&python, &typescript, &go], "alpha")?;
    typescript.run("alpha", "up", &json!({}))?;
    for project in [python, typescript, go] {
        let steps = project.run("alpha", "preview", &json!({}))?.steps();
        // Go's SDK fills in defaults, so that the app's own inputs say more than they did; its resources stay.
        let of_resources: Vec<_> = steps.iter().filter(|step| !step.contains("aws-django:index:")).collect();
        assert!(of_resources.is_empty(), "{of_resources:#?}");
    }
    Ok(())
}

#[test]
fn a_go_program_lives_as_the_others_do() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let go = Project::copy(&cloud, "examples/go", "go")?;
    for stack in ["dev", "alpha"] {
        go.run(stack, "up", &json!({}))?;
    }
    for stack in ["alpha", "dev"] {
        go.run(stack, "destroy", &json!({}))?;
    }
    assert_eq!(without_leftovers(cloud.inventory()?), nothing());
    Ok(())
}

#[test]
#[expect(clippy::print_stdout, reason = "the line is for whoever runs the tests")]
fn a_yaml_program_registers_what_a_python_program_registers() -> anyhow::Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join("pulumi-language-yaml").is_file()) {
        println!("skipped: `pulumi-language-yaml` is not on `PATH`");
        return Ok(());
    }
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let python = Project::copy(&cloud, "examples/one-program", "python")?;
    let yaml = Project::copy(&cloud, "examples/yaml", "yaml")?;
    check_same_registrations([&python, &yaml], "dev")
}

/// The root project and the same in the other languages.
fn in_each_language(cloud: &Cloud) -> anyhow::Result<[Project<'_>; 3]> {
    Ok([
        Project::copy(cloud, "", "python")?,
        Project::copy(cloud, "examples/typescript", "typescript")?,
        Project::copy(cloud, "examples/go", "go")?,
    ])
}

/// A preview of each project registers what that of the first one registers.
fn check_same_registrations<const N: usize>(projects: [&Project<'_>; N], stack: &str) -> anyhow::Result<()> {
    let mut first = None;
    for project in projects {
        let found = registrations(&project.run(stack, "preview", &json!({}))?);
        assert!(found.len() > 30, "{} registrations", found.len());
        assert_same(first.get_or_insert_with(|| found.clone()), &found);
    }
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
