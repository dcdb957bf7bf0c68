//! A Pulumi project in a folder of its own, and operations on its stacks.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Map, Value as Json, json};

use crate::cloud::{Cloud, SECRETS_PROVIDER, SKIP_CHECKPOINTS};
use crate::tools::repository;
use crate::typed::interrupt;

/// The file with the arguments of each base, by name, in a project made by [`Project::base_and_apps`].
pub const BASE_ARGS: &str = "bases.json";
/// The file with the arguments of each app, by name.
pub const APP_ARGS: &str = "apps.json";

/// Bases and apps in one program, with arguments from files beside it. An app is on the last base, unless it
/// says the name of another. Their kind is ad hoc unless it stands among the arguments.
const BASE_AND_APPS: &str = r#"
import json
from pathlib import Path

import pulumi
import pulumi_aws_django as aws_django

here = Path(__file__).parent
bases = json.loads((here / "bases.json").read_text())
apps = json.loads((here / "apps.json").read_text())
needed = {"AdHoc": {}, "Prod": {"database": {"instance_class": "db.t4g.medium"}}}
made = {None: None}
for name, args in bases.items():
    kind = args.pop("kind", "AdHoc")
    made[name] = getattr(aws_django, f"{kind}Base")(name, **({"domain_name": "example.com"} | needed[kind] | args))
last = list(made)[-1]
for name, args in apps.items():
    kind = args.pop("kind", "AdHoc")
    base = args.pop("base", last)
    base = base if isinstance(base, dict) else made[base]
    getattr(aws_django, f"{kind}App")(name, **({"base": base, "image": "shop/backend:v1"} | args))
"#;

/// The language of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A `__main__.py`.
    Python,
    /// An `index.ts`, compiled.
    TypeScript,
    /// A function `program` in Go, compiled together with its runner.
    Go,
    /// A `Main.yaml`, which Pulumi's own language host reads.
    Yaml,
}

/// A copy of a project.
pub struct Project<'a> {
    cloud: &'a Cloud,
    folder: PathBuf,
    program: PathBuf,
    language: Language,
    /// How many operations there were: each has files of its own.
    count: Cell<u32>,
    notes_calls: bool,
}

/// Resources of a state, by URN.
pub type Resources = Map<String, Json>;

/// What came of an operation.
#[derive(Debug)]
pub struct Outcome {
    /// What the runner tells: see `tests/programs/run.py`.
    pub told: Json,
    /// The files with what the engine, its plugins and the program said to each other, and with the engine's events.
    calls: PathBuf,
    events: PathBuf,
}

impl<'a> Project<'a> {
    /// A copy of the project in `source`, a folder of the repository, called `name` among the copies.
    ///
    /// # Errors
    /// If it cannot be copied.
    pub fn copy(cloud: &'a Cloud, source: &str, name: &str) -> anyhow::Result<Self> {
        let folder = cloud.folder().join(name);
        fs::create_dir_all(&folder)?;
        let from = repository(source);
        for entry in fs::read_dir(&from).with_context(|| format!("cannot read `{}`", from.display()))? {
            let file = entry?.path();
            let name = file.file_name().context("a file has a name")?.to_string_lossy().into_owned();
            if name.starts_with("Pulumi.") || ["__main__.py", "Main.yaml"].contains(&name.as_str()) {
                fs::copy(&file, folder.join(&name))?;
            }
        }
        let (python, yaml) = (folder.join("__main__.py"), folder.join("Main.yaml"));
        let source = Path::new(source).file_name().unwrap_or_default();
        let (language, program) = if python.exists() {
            (Language::Python, python)
        } else if yaml.exists() {
            (Language::Yaml, yaml)
        } else if from.join("go.mod").exists() {
            (Language::Go, cloud.tools.go.join(source))
        } else {
            (Language::TypeScript, cloud.tools.node.join("programs").join(source).join("index.js"))
        };
        let project = Self { cloud, folder, program, language, count: Cell::default(), notes_calls: false };
        project.find_plugin()?;
        Ok(project)
    }

    /// A project with these bases and apps in one Python program, with their arguments by name; keys are in snake
    /// case. A base has a domain and an app an image unless the arguments say so. Both are ad hoc unless `kind` is `Prod`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn base_and_apps(cloud: &'a Cloud, name: &str, bases: &Json, apps: &Json) -> anyhow::Result<Self> {
        let project = Self::with_program(cloud, name, BASE_AND_APPS)?;
        project.write(BASE_ARGS, bases)?;
        project.write(APP_ARGS, apps)?;
        Ok(project)
    }

    /// A project with this Python program.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn with_program(cloud: &'a Cloud, name: &str, text: &str) -> anyhow::Result<Self> {
        let folder = cloud.folder().join(name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("Pulumi.yaml"), format!("name: {name}\nruntime: python\n"))?;
        let program = folder.join("__main__.py");
        fs::write(&program, text)?;
        let project =
            Self { cloud, folder, program, language: Language::Python, count: Cell::default(), notes_calls: false };
        project.find_plugin()?;
        Ok(project)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// With what the engine, its plugins and the program say to each other in each operation, which takes its time.
    #[must_use]
    pub fn with_calls(mut self) -> Self {
        self.notes_calls = true;
        self
    }

    /// Replaces the program, which must be in Python.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn rewrite(&self, program: &str) -> anyhow::Result<()> {
        Ok(fs::write(&self.program, program)?)
    }

    /// Writes a file beside the program.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, file: &str, content: &Json) -> anyhow::Result<()> {
        Ok(fs::write(self.folder.join(file), content.to_string())?)
    }

    /// Sets a value of a live config.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn set(&self, stack: &str, key: &str, value: impl Into<Json>) -> anyhow::Result<()> {
        let file = self.folder.join(format!("Pulumi.{stack}.yaml"));
        let text = fs::read_to_string(&file).unwrap_or_default();
        let kept = text.lines().filter(|line| !line.trim_start().starts_with(&format!("{key}:")));
        let mut lines: Vec<_> = kept.map(str::to_owned).collect();
        if !lines.iter().any(|line| line == "config:") {
            lines.push("config:".to_owned());
        }
        let at = lines.iter().position(|line| line == "config:").map_or(0, |at| at + 1);
        lines.insert(at, format!("  {key}: {}", value.into()));
        Ok(fs::write(file, lines.join("\n") + "\n")?)
    }

    /// Runs an operation that must succeed.
    ///
    /// # Errors
    /// With all that Pulumi said, if it fails.
    pub fn run(&self, stack: &str, operation: &str, options: &Json) -> anyhow::Result<Outcome> {
        let outcome = self.attempt(stack, operation, options)?;
        if outcome.told["result"] != "succeeded" {
            let (error, log) = (&outcome.told["error"], &outcome.told["diagnostics"]);
            bail!("`{operation}` of `{stack}` failed: {}\n{log:#}", error.as_str().unwrap_or_default());
        }
        Ok(outcome)
    }

    /// Runs an operation that is interrupted, as by Ctrl-C, as soon as AWS has carried out all `moments`, each of them
    /// a request such as `create TYPE::NAME`. Whatever does not wait for one of these goes on until then.
    ///
    /// # Errors
    /// With all that Pulumi said, if it was not interrupted.
    pub fn interrupt(&self, stack: &str, operation: &str, moments: &[String]) -> anyhow::Result<Outcome> {
        let names = json!(moments).to_string();
        let many = json!({"parallel": 64});
        let environment = [("STANDIN_INTERRUPT", names.as_str()), STEP_BY_STEP].map(|(k, v)| (k, v.as_ref()));
        let outcome = self.attempt_in(stack, operation, &many, &environment)?;
        // Nothing else may have ended it. Its result does not say so: Pulumi calls an interrupted destroy a success.
        let failed = outcome.told["failed"].as_array().is_none_or(|failed| !failed.is_empty());
        let told = outcome.output();
        if failed || !told.contains(INTERRUPTED) {
            bail!("`{operation}` of `{stack}` was not just interrupted by {moments:?}: {told}");
        }
        Ok(outcome)
    }

    /// Runs an operation that is interrupted, as by Ctrl-C, as soon as this call has been made to AWS.
    ///
    /// # Errors
    /// With all that Pulumi said, if it was not interrupted.
    pub fn interrupt_at(&self, stack: &str, operation: &str, call: &str) -> anyhow::Result<Outcome> {
        let running = self.begin(stack, operation, &json!({}), &[STEP_BY_STEP].map(|(k, v)| (k, v.as_ref())))?;
        self.cloud.wait_for(call)?;
        running.interrupt()?;
        let outcome = running.wait()?;
        let told = outcome.output();
        ensure!(told.contains(INTERRUPTED), "`{operation}` of `{stack}` was not interrupted at `{call}`: {told}");
        Ok(outcome)
    }

    /// Runs an operation, which may fail.
    ///
    /// # Errors
    /// If it cannot be run at all.
    pub fn attempt(&self, stack: &str, operation: &str, options: &Json) -> anyhow::Result<Outcome> {
        self.attempt_in(stack, operation, options, &[])
    }

    /// Runs an operation, which may fail, with more in its environment.
    ///
    /// # Errors
    /// If it cannot be run at all.
    pub fn attempt_in(
        &self,
        stack: &str,
        operation: &str,
        options: &Json,
        environment: &[(&str, &OsStr)],
    ) -> anyhow::Result<Outcome> {
        self.begin(stack, operation, options, environment)?.wait()
    }

    fn begin(
        &self,
        stack: &str,
        operation: &str,
        options: &Json,
        environment: &[(&str, &OsStr)],
    ) -> anyhow::Result<Running> {
        self.count.set(self.count.get() + 1);
        let file = |what: &str| self.folder.join(format!("{}-{stack}-{operation}.{what}", self.count.get()));
        let (request, result, calls, events) = (file("request"), file("result"), file("calls"), file("events"));
        // A language host finds the program by itself.
        let program = (self.language != Language::Yaml).then_some(&self.program);
        let content = json!({
            "project_dir": self.folder, "program": program, "stack": stack, "secrets_provider": SECRETS_PROVIDER,
            "operation": operation, "options": options, "result_file": result, "event_log": events,
        });
        fs::write(&request, content.to_string())?;
        let mut command = match self.language {
            Language::Python | Language::Yaml => {
                let mut command = self.cloud.python(repository("tests/programs/run.py"));
                if self.language == Language::Yaml {
                    // The language host is where the user has it.
                    command.env_remove("PULUMI_IGNORE_AMBIENT_PLUGINS");
                }
                command
            }
            Language::Go => self.cloud.command(&self.program),
            Language::TypeScript => {
                let mut command = self.cloud.command("node");
                command.arg(repository("tests/programs/run.mjs"));
                command
            }
        };
        command.envs(environment.iter().copied());
        if self.notes_calls {
            command.env("PULUMI_DEBUG_GRPC", &calls);
        }
        let command = command.arg(&request).env(OPERATION, &request);
        let runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        Ok(Running { runner, request, result, calls, events })
    }

    /// The resources in a stack's state, by URN, as they stand in its file: what is secret is encrypted.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn resources(&self, stack: &str) -> anyhow::Result<Resources> {
        let project = fs::read_to_string(self.folder.join("Pulumi.yaml"))?;
        let name = project.lines().find_map(|line| line.strip_prefix("name: ")).context("a project has a name")?;
        let file = self.cloud.folder().join(format!("state/.pulumi/stacks/{name}/{stack}.json"));
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
        Ok(by_urn(&serde_json::from_str::<Json>(&text)?["checkpoint"]["latest"]))
    }

    /// The resources in a stack's state, by URN, with what is secret in plain text.
    ///
    /// # Errors
    /// If the state cannot be exported.
    pub fn resources_with_secrets(&self, stack: &str) -> anyhow::Result<Resources> {
        Ok(by_urn(&self.run(stack, "export", &json!({}))?.told["deployment"]))
    }

    /// The URN of the resource of that type and name.
    ///
    /// # Errors
    /// If the stack has none.
    pub fn urn(&self, stack: &str, token: &str, name: &str) -> anyhow::Result<String> {
        let resources = self.resources(stack)?;
        let found = resources.keys().find(|urn| urn.ends_with(&format!("{token}::{name}")));
        Ok(found.with_context(|| format!("`{stack}` has no `{name}` of type `{token}`"))?.clone())
    }

    /// Names the folder of our plugins in the project file, in place of what a user's project says.
    fn find_plugin(&self) -> anyhow::Result<()> {
        let file = self.folder.join("Pulumi.yaml");
        let text = fs::read_to_string(&file)?;
        let kept: Vec<_> = text.lines().take_while(|line| !line.starts_with("plugins:")).collect();
        let path = self.cloud.tools.ours.display();
        let plugins = ["aws-django", "notes"].map(|name| format!("    - name: {name}\n      path: {path}\n")).concat();
        Ok(fs::write(file, kept.join("\n") + "\nplugins:\n  providers:\n" + &plugins)?)
    }
}

/// Names the request of an operation, so that its processes can be found.
const OPERATION: &str = "E2E_OPERATION";

/// The engine saves the state after each step, as it does by default; here only an interrupted one does.
const STEP_BY_STEP: (&str, &str) = (SKIP_CHECKPOINTS, "false");

/// What the engine says when it is interrupted.
const INTERRUPTED: &str = "^C received; cancelling";

/// An operation that goes on.
struct Running {
    runner: Child,
    request: PathBuf,
    result: PathBuf,
    calls: PathBuf,
    events: PathBuf,
}

impl Running {
    fn wait(self) -> anyhow::Result<Outcome> {
        let output = self.runner.wait_with_output()?;
        let told = fs::read_to_string(&self.result).with_context(|| {
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            format!("the runner of `{}` broke off\n{out}\n{err}", self.result.display())
        })?;
        Ok(Outcome { told: serde_json::from_str(&told)?, calls: self.calls, events: self.events })
    }

    /// Interrupts the engine; the runner has to tell what came of it.
    fn interrupt(&self) -> anyhow::Result<()> {
        let ours = format!("{OPERATION}={}", self.request.display());
        for process in fs::read_dir("/proc")? {
            // One that has just ended has no such files.
            let folder = process?.path();
            let is_engine = fs::read_to_string(folder.join("comm")).is_ok_and(|name| name == "pulumi\n");
            let environment = fs::read(folder.join("environ")).unwrap_or_default();
            if is_engine && environment.split(|byte| *byte == 0).any(|variable| variable == ours.as_bytes()) {
                let id = folder.file_name().context("a process has a number")?;
                return interrupt(id.to_string_lossy().parse()?);
            }
        }
        bail!("the runner runs no engine")
    }
}

impl Outcome {
    /// What Pulumi wrote, and why it failed.
    fn output(&self) -> String {
        ["stdout", "error"].map(|key| self.told[key].as_str().unwrap_or_default()).concat()
    }

    /// What the engine, its plugins and the program said to each other, in a project [with calls](Project::with_calls).
    ///
    /// # Errors
    /// If that cannot be read.
    pub fn calls(&self) -> anyhow::Result<Vec<Json>> {
        lines(&self.calls)
    }

    /// The engine's events.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn events(&self) -> anyhow::Result<Vec<Json>> {
        lines(&self.events)
    }

    /// How many resources each kind of step concerned, without those that stayed the same.
    pub fn changes(&self) -> Json {
        let mut summary = self.told["summary"].clone();
        if let Some(counts) = summary.as_object_mut() {
            counts.remove("same");
        }
        summary
    }

    /// The steps that change something, as `operation type name`, sorted.
    pub fn steps(&self) -> Vec<String> {
        let steps = self.told["steps"].as_array().cloned().unwrap_or_default();
        let line = |step: &Json| {
            let name = step["urn"].as_str()?.rsplit("::").next()?.to_owned();
            Some(format!("{} {} {name}", step["op"].as_str()?, step["type"].as_str()?))
        };
        // What is only looked at does not change: what a refresh finds shows as an update of what the program wants.
        let looks = ["same", "refresh", "read"];
        let steps = steps.iter().filter(|step| !looks.contains(&step["op"].as_str().unwrap_or_default()));
        let mut lines: Vec<_> = steps.filter_map(line).collect();
        lines.sort();
        lines
    }

    /// All that was said to the user.
    pub fn diagnostics(&self) -> String {
        let all = self.told["diagnostics"].as_array().cloned().unwrap_or_default();
        let messages: Vec<_> = all.iter().filter_map(|event| event["message"].as_str()).collect();
        messages.join("\n")
    }
}

fn by_urn(deployment: &Json) -> Resources {
    let resources = deployment["resources"].as_array().into_iter().flatten();
    resources.map(|resource| (resource["urn"].as_str().unwrap_or_default().to_owned(), resource.clone())).collect()
}

/// A file of one JSON in each line.
fn lines(file: &Path) -> anyhow::Result<Vec<Json>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}
