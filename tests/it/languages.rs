//! The same program in each language registers the same graph, and so do a preview and an update.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use e2e::chance::without_random_names;
use e2e::{Cloud, Outcome, Project};
use serde_json::{Value as Json, json};

/// What was registered, by type and name.
type Registrations = BTreeMap<String, Json>;

const REGISTER: &str = "/pulumirpc.ResourceMonitor/RegisterResource";

/// What holds a password that each preview makes anew, or a fingerprint of one.
const BY_CHANCE: [(&str, &str); 3] = [
    ("aws:ssm/parameter:Parameter", "value"),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "authToken"),
    ("aws-django:index:Release", "secretsVersion"),
];

#[test]
fn the_same_program_registers_the_same_graph_in_each_language() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    // The root project and the same in the other languages.
    let python = Project::copy(&cloud, "", "python")?.with_calls();
    let typescript = Project::copy(&cloud, "examples/typescript", "typescript")?.with_calls();
    let go = Project::copy(&cloud, "examples/go", "go")?.with_calls();

    // A base of one language feeds the apps of all.
    for (stack, language) in [("dev", &python), ("alpha", &typescript)] {
        check_same_life([&python, &typescript, &go], language, stack)?;
    }
    for project in [python, typescript, go] {
        let steps = project.run("alpha", "up", &json!({}))?.steps();
        // Go's SDK fills in defaults, so that the app's own inputs say more than they did; its resources stay.
        let of_resources: Vec<_> = steps.iter().filter(|step| !step.contains("aws-django:index:")).collect();
        assert!(of_resources.is_empty(), "{of_resources:#?}");
    }
    Ok(())
}

#[test]
fn production_registers_the_same_graph_in_each_language() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let python = Project::copy(&cloud, "examples/production", "python")?.with_calls();
    let typescript = Project::copy(&cloud, "examples/production-typescript", "typescript")?.with_calls();
    for (stack, language) in [("live", &python), ("production", &typescript), ("rehearsal", &python)] {
        check_same_life([&python, &typescript], language, stack)?;
    }
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
    let python = Project::copy(&cloud, "examples/one-program", "python")?.with_calls();
    let yaml = Project::copy(&cloud, "examples/yaml", "yaml")?.with_calls();
    check_same_registrations([&python, &yaml], "dev").map(drop)
}

/// Previews of all projects register the same, and so does an update of one of them.
fn check_same_life<const N: usize>(
    projects: [&Project<'_>; N],
    updated: &Project<'_>,
    stack: &str,
) -> anyhow::Result<()> {
    let preview = check_same_registrations(projects, stack)?;
    // The Automation API's `up` shows no preview first, so that these are an update's registrations alone.
    let update = registrations(&updated.run(stack, "up", &json!({}))?)?;
    assert_same(&shapes(&preview), &shapes(&update));
    Ok(())
}

/// A preview of each project registers what that of the first one registers, which is the answer.
fn check_same_registrations<const N: usize>(projects: [&Project<'_>; N], stack: &str) -> anyhow::Result<Registrations> {
    let mut first = None;
    for project in projects {
        let found = registrations(&project.run(stack, "preview", &json!({}))?)?;
        assert!(found.len() > 30, "{} registrations", found.len());
        assert_same(first.get_or_insert_with(|| found.clone()), &found);
    }
    first.context("there is a project")
}

/// The resources below our components as they were registered, by type and name.
fn registrations(outcome: &Outcome) -> anyhow::Result<Registrations> {
    let calls = outcome.calls()?;
    let calls = calls.iter().filter(|call| call["method"] == REGISTER && !call["response"].is_null());
    let children =
        calls.filter(|call| call["request"]["parent"].as_str().is_some_and(|urn| urn.contains("aws-django:")));
    let registrations = children
        .map(|call| {
            let mut request = call["request"].clone();
            // Chance, by design: the only values in a program that differ from run to run.
            for (token, property) in BY_CHANCE {
                if request["type"] == token {
                    request["object"][property] = json!("[chance]");
                }
            }
            for key in ["parentStackTraceHandle", "sourcePosition", "stackTrace"] {
                request.as_object_mut().map(|request| request.remove(key));
            }
            let request = serde_json::from_str(&without_random_names(&request.to_string())).unwrap_or(request);
            (format!("{} {}", call["request"]["type"], call["request"]["name"]), request)
        })
        .collect();
    Ok(registrations)
}

/// What a preview can already know: everything but values.
fn shapes(registrations: &Registrations) -> Registrations {
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
fn assert_same(left: &Registrations, right: &Registrations) {
    let names = |side: &Registrations| side.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    for (name, one) in left {
        assert_eq!(Some(one), right.get(name), "{name}");
    }
}
