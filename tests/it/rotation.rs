//! A secret that is made once can be made anew on purpose, by the steps of `docs/operations.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Context as _;
use e2e::tools::repository;
use e2e::{Cloud, Project};
use serde_json::json;

/// Parameters of an app that hold a secret which was made once.
const MADE_ONCE: [&str; 3] = ["POSTGRES_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY"];
/// Those that are composed of one of these.
const COMPOSED: [(&str, &str); 4] = [
    ("DATABASE_URL", "POSTGRES_PASSWORD"),
    ("CELERY_BROKER_URL", "REDIS_PASSWORD"),
    ("CELERY_RESULT_BACKEND", "REDIS_PASSWORD"),
    ("REDIS_URL", "REDIS_PASSWORD"),
];

#[test]
fn a_secret_is_made_anew_and_its_addresses_follow() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::base_and_apps(&cloud, "rotation", &json!({"dev": {}}), &json!({"alpha": {}}))?;
    project.run("all", "up", &json!({}))?;
    for renewed in MADE_ONCE {
        // The new cache is another one, which is empty.
        check(&cloud, &project, "/dev/alpha", renewed, "update aws:ecs/service:Service alpha-redis")?;
    }
    assert_eq!(project.run("all", "preview", &json!({}))?.steps(), Vec::<String>::new());
    Ok(())
}

#[test]
fn a_protected_secret_is_made_anew_when_that_is_taken_away_for_once() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let app = json!({"kind": "Prod", "deployment": "Pulumi"});
    let project =
        Project::base_and_apps(&cloud, "rotation", &json!({"live": {"kind": "Prod"}}), &json!({"alpha": app}))?;
    project.run("all", "up", &json!({}))?;
    let pulumi = |args: &[&str]| cloud.output(cloud.command("pulumi").current_dir(project.folder()).args(args));
    for renewed in MADE_ONCE {
        let before = secrets(&cloud, "/live/alpha")?;
        let refused = project.attempt("all", "up", &json!({"replace": [format!("**::{}", role(renewed))]}))?;
        assert_eq!(refused.told["result"], "failed");
        assert!(refused.diagnostics().contains("protect"), "{}", refused.diagnostics());
        assert_eq!(secrets(&cloud, "/live/alpha")?, before);

        // As the documentation says.
        let shown = pulumi(&["stack", "-s", "all", "--show-urns"])?;
        let is_its = |word: &&str| word.starts_with("urn:") && word.ends_with(&format!("::{}", role(renewed)));
        let urn = shown.split_whitespace().find(is_its).context("the parameter's URN is shown")?;
        pulumi(&["state", "unprotect", "--yes", "-s", "all", urn])?;
        let servers = cloud.inventory()?["elasticache replication group"].clone();
        let holder = "update aws:elasticache/replicationGroup:ReplicationGroup alpha-redis";
        check(&cloud, &project, "/live/alpha", renewed, holder)?;
        assert_eq!(cloud.inventory()?["elasticache replication group"], servers, "the queue is in it");
        assert_eq!(project.resources("all")?[urn]["protect"], true, "`{renewed}` is protected no more");
    }
    assert_eq!(project.run("all", "preview", &json!({"refresh": true}))?.steps(), Vec::<String>::new());
    Ok(())
}

/// The logical name of the parameter that holds a secret of the app.
fn role(secret: &str) -> String {
    format!("alpha-{}", secret.to_lowercase().replace('_', "-"))
}

/// Has a secret made anew; `cache` is what happens to the cache that gets another password.
fn check(cloud: &Cloud, project: &Project<'_>, path: &str, renewed: &str, cache: &str) -> anyhow::Result<()> {
    let (before, role) = (secrets(cloud, path)?, role(renewed));
    let documentation = fs::read_to_string(repository("docs/operations.md"))?;
    assert!(documentation.contains("--replace '**::alpha-postgres-password'"), "the steps are others");
    assert!(documentation.contains(&format!("`{renewed}` | `{role}`")), "`{role}` is not documented");
    let outcome = project.run("all", "up", &json!({"replace": [format!("**::{role}")]}))?;
    let after = secrets(cloud, path)?;

    let follows = |name: &str| COMPOSED.contains(&(name, renewed));
    let changed = after.keys().filter(|name| before.get(*name) != after.get(*name)).collect::<Vec<_>>();
    let expected = after.keys().filter(|name| *name == renewed || follows(name)).collect::<Vec<_>>();
    assert_eq!(changed, expected, "{:#?}", outcome.steps());
    for (composed, of) in COMPOSED {
        let (value, part) = (after.get(composed).context(composed)?, after.get(of).context(of)?);
        assert!(value.contains(part.as_str()), "`{composed}` holds another password");
    }
    // Who holds the password gets the new one, and the release starts the tasks anew.
    let updated: Vec<_> = outcome.steps().into_iter().filter(|step| step.starts_with("update ")).collect();
    let updated = updated.into_iter().filter(|step| !step.contains("aws:ssm/parameter")).collect::<Vec<_>>();
    let holder = match renewed {
        "POSTGRES_PASSWORD" => Some("update aws-django:index:AppDatabase alpha-database"),
        "REDIS_PASSWORD" => Some(cache),
        _ => None,
    };
    let release = "update aws-django:index:Release alpha-app";
    let expected: BTreeSet<_> = holder.into_iter().chain([release]).collect();
    assert_eq!(updated.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    let replaced: Vec<_> = outcome.steps().into_iter().filter(|step| step.starts_with("replace ")).collect();
    let known = ["aws:ssm/parameter:Parameter", "aws:ecs/taskDefinition:TaskDefinition"];
    assert!(replaced.iter().all(|step| known.iter().any(|token| step.contains(token))), "{replaced:#?}");
    Ok(())
}

/// The secrets of an app, by the variables' names.
fn secrets(cloud: &Cloud, path: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let call = ["ssm", "get-parameters-by-path", "--path", path, "--with-decryption"];
    let parameters = cloud.aws(&call)?["Parameters"].as_array().cloned().unwrap_or_default();
    let secret = |parameter: &serde_json::Value| {
        let name = parameter["Name"].as_str()?.rsplit('/').next()?.to_owned();
        Some((name, parameter["Value"].as_str()?.to_owned()))
    };
    Ok(parameters.iter().filter_map(secret).collect())
}
