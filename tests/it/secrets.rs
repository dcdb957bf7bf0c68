//! No secret value stands anywhere but inside a secret: in what the processes say to each other, in logs, in errors,
//! in the state.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use e2e::{Cloud, Outcome, Project};
use serde_json::{Value as Json, json};

const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
const SECRET: &str = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT: &str = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RANDOM: &str = "aws:secretsmanager/getRandomPassword:getRandomPassword";

/// What the program gives as secrets, and the property of a resource that each reaches.
const GIVEN: [(&str, &str); 9] = [
    ("given-image", "containerDefinitions"),
    ("given-variable", "containerDefinitions"),
    ("given-command", "containerDefinitions"),
    ("given-update", "containerDefinitions"),
    ("given-worker", "containerDefinitions"),
    ("given-front", "containerDefinitions"),
    ("given-setting", "containerDefinitions"),
    ("given-health", "healthCheck.path"),
    ("given-source", "policy"),
];

/// A secret host name, which the name and the id of its record show as soon as they are known: no program can hide
/// those. So it is only previewed. The same is true of secret tags, which the provider repeats in `tagsAll`.
const HOST: &str = "given-host";

const PROGRAM: &str = r#"
import pulumi
import pulumi_aws_django as aws_django

secret = pulumi.Output.secret
base = aws_django.AdHocBase("dev", domain_name="example.com")
app = aws_django.AdHocApp(
    "alpha",
    base=base,
    image=secret("shop/given-image:VERSION"),
    web={"command": secret(["gunicorn", "given-command"]), "health_check_path": secret("/given-health/")},
    frontend={"image": secret("shop/given-front:v1"), "environment": {"TOKEN": secret("given-setting")}},
    workers=[{"name": "default", "command": secret(["celery", "given-worker"])}],
    host_name=HOST,
    update={"command": ["python", secret("given-update")]},
    environment={"TOKEN": secret("given-variable")},
    secrets={"SENTRY_DSN": secret("arn:aws:ssm:eu-central-1:123456789012:parameter/given-source")},
)
"#;

const WRONG: &str = r#"
import pulumi
import pulumi_aws_django as aws_django

secret = pulumi.Output.secret
base = aws_django.AdHocBase("dev", domain_name="example.com")
aws_django.AdHocApp(
    "alpha",
    base=base,
    image=secret("given-image without a tag"),
    web={"health_check_path": secret("given-health")},
    environment={"TOKEN": secret("given-variable")},
    secrets={"SENTRY_DSN": secret("given-source is no ARN")},
)
"#;

#[test]
fn no_secret_leaves_its_wrapper() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::base_and_apps(&cloud, "secrets", &json!({}), &json!({}))?.with_calls();
    let source = ["--name", "given-source", "--type", "SecureString", "--value", "kept"];
    cloud.aws(&[["ssm", "put-parameter"].as_slice(), &source].concat())?;
    let loud = json!({"debug": true, "log_to_std_err": true, "log_verbosity": 9});
    let mut outcomes = Vec::new();
    // A second run meets the passwords of the first one, and makes others that nothing uses.
    for version in ["v1", "v2"] {
        project.rewrite(&PROGRAM.replace("VERSION", version).replace("HOST", "None"))?;
        outcomes.push(project.run("all", "up", &loud)?);
    }
    let host = format!("secret('{HOST}.example.com')");
    project.rewrite(&PROGRAM.replace("VERSION", "v2").replace("HOST", &host))?;
    outcomes.push(project.run("all", "preview", &loud)?);
    project.rewrite(WRONG)?;
    let wrong = project.attempt("all", "preview", &loud)?;
    for place in ["image", "web.healthCheckPath", "secrets.SENTRY_DSN"] {
        assert!(wrong.diagnostics().contains(place), "{place}: {}", wrong.diagnostics());
    }
    outcomes.push(wrong);

    let calls = outcomes.iter().map(Outcome::calls).collect::<Result<Vec<_>, _>>()?;
    let mut search = Search { secrets: secrets(&cloud, &calls)?, ..Search::default() };
    for (outcome, calls) in outcomes.iter().zip(&calls) {
        for call in calls {
            let method = call["method"].as_str().unwrap_or_default();
            // The answer is a secret only once the component has it.
            let made = call["request"]["tok"] == RANDOM && method.ends_with("/Invoke");
            search.walk(call, method, made);
        }
        let events = outcome.events()?;
        search.walk(&json!(events), "events", false);
        let (lines, told) = without_dumps(&outcome.told);
        search.walk(&told, "told", false);
        search.walk(&lines, "log", false);
        let sizes = [calls.len(), events.len(), lines.as_array().map_or(0, Vec::len)];
        assert!(sizes.iter().all(|size| *size > 10), "calls, events and lines of the log: {sizes:?}");
    }
    search.walk(&project.run("all", "export", &json!({}))?.told["deployment"], "state", false);
    for file in files(&cloud.folder().join("state"))? {
        let text = String::from_utf8_lossy(&fs::read(&file)?).into_owned();
        search.walk(&json!(text), &file.display().to_string(), false);
    }
    assert_eq!(search.outside, BTreeSet::new());

    // Each has been seen where it belongs: the search can find them.
    for secret in &search.secrets {
        assert!(search.inside.iter().any(|(found, _)| found == secret), "`{secret}` was nowhere");
    }
    for (secret, property) in GIVEN {
        let place = format!("state.resources.inputs.{property}.plaintext");
        assert!(search.inside.contains(&(secret.to_owned(), place)), "`{secret}` is no secret in `{property}`");
    }
    let url = "/pulumirpc.ResourceMonitor/RegisterResourceOutputs.request.outputs.url.value".to_owned();
    assert!(search.inside.contains(&(HOST.to_owned(), url)), "the address of a secret host is no secret");
    Ok(())
}

/// What must not be seen: what was given, what the parameters hold, and what was made in vain.
fn secrets(cloud: &Cloud, calls: &[Vec<Json>]) -> anyhow::Result<BTreeSet<String>> {
    let given = GIVEN.iter().map(|(secret, _)| *secret).chain([HOST]);
    let mut secrets: BTreeSet<_> = given.map(str::to_owned).collect();
    let call = ["ssm", "get-parameters-by-path", "--path", "/dev", "--recursive", "--with-decryption"];
    let parameters = cloud.aws(&call)?["Parameters"].as_array().cloned().unwrap_or_default();
    assert_eq!(parameters.len(), 7, "{parameters:#?}");
    secrets.extend(parameters.iter().filter_map(|parameter| parameter["Value"].as_str().map(str::to_owned)));
    let made = calls.iter().flatten().map(|call| &call["response"]["return"]);
    secrets.extend(made.filter_map(|made| made["randomPassword"].as_str().map(str::to_owned)));
    assert_eq!(secrets.len(), GIVEN.len() + 1 + 4 + 9, "four addresses, and three passwords in each of three runs");
    Ok(secrets)
}

/// Where secrets were found.
#[derive(Default)]
struct Search {
    secrets: BTreeSet<String>,
    /// Secrets inside of wrappers, with their places.
    inside: BTreeSet<(String, String)>,
    /// And all others, with what is around them.
    outside: BTreeSet<(String, String, String)>,
}

impl Search {
    fn walk(&mut self, value: &Json, place: &str, wrapped: bool) {
        match value {
            Json::String(text) => {
                for secret in self.secrets.clone() {
                    let Some(at) = text.find(&secret) else { continue };
                    if wrapped {
                        self.inside.insert((secret, place.to_owned()));
                    } else {
                        let around = text.get(at.saturating_sub(120)..at).unwrap_or_default().to_owned();
                        self.outside.insert((secret, place.to_owned(), around));
                    }
                }
            }
            Json::Array(items) => items.iter().for_each(|item| self.walk(item, place, wrapped)),
            Json::Object(map) => {
                let secret = match map.get(SIGNATURE).and_then(Json::as_str) {
                    Some(SECRET) => true,
                    Some(OUTPUT) => map.get("secret") == Some(&json!(true)),
                    _ => false,
                };
                for (key, item) in map {
                    assert!(!self.secrets.contains(key), "a secret is a key at {place}");
                    self.walk(item, &format!("{place}.{key}"), wrapped || secret);
                }
            }
            _ => {}
        }
    }
}

/// The lines of all that was printed, and what was told beside them. Not among the lines are those in which the engine,
/// at the loudest level, prints each property that it sends or gets: it prints them whatever they are.
fn without_dumps(told: &Json) -> (Json, Json) {
    let mut rest = told.clone();
    let mut lines = Vec::new();
    for key in ["stdout", "stderr", "error"] {
        let text = rest[key].take();
        let all = text.as_str().unwrap_or_default().lines();
        lines.extend(all.filter(|line| !line.contains("arshaling property for RPC[")).map(str::to_owned));
    }
    (json!(lines), rest)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            all.extend(files(&path)?);
        } else {
            all.push(path);
        }
    }
    Ok(all)
}
