//! A repository at GitHub that has the template's project, with its pull requests, and its workflows, which run on this
//! machine.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value as Json, json};

use crate::call;
use crate::cloud::{Cloud, SECRETS_PROVIDER};
use crate::home::{REGION, write_launcher};
use crate::tools::{Tools, repository};

/// The repository.
pub const NAME: &str = "OWNER/shop";
/// How GitHub spells it in its tokens.
pub const SUBJECT: &str = "repo:OWNER@1234/shop@5678";
/// Where its stacks are.
const BUCKET: &str = "state";
/// Where its images are.
pub const IMAGES: &str = "shop/backend";
/// The GitHub environments that the workflows expect, with the only refs that may use each; none of these means all.
const ENVIRONMENTS: [(&str, &[&str]); 5] = [
    ("preview", &[]),
    ("ad-hoc", &["refs/heads/main"]),
    ("production-preview", &["refs/heads/main"]),
    ("production", &["refs/heads/main"]),
    ("image", &["refs/tags/v*"]),
];
/// What a person's shell has and a runner of GitHub's does not.
const PERSONAL: [&str; 7] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    // The language host is where the user has it.
    "PULUMI_IGNORE_AMBIENT_PLUGINS",
];

/// The repository, with what GitHub knows of it.
pub struct Repository<'a> {
    cloud: &'a Cloud,
    folder: PathBuf,
    settings: Settings,
    runs: Cell<u32>,
}

/// What GitHub and AWS have been told of the repository.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Variables that each workflow has.
    pub variables: Map<String, Json>,
    /// By the name of a GitHub environment its `vars`, and `refs`, the only ones that may use it, if there are any such. What
    /// these end with may be a `*`.
    pub environments: Map<String, Json>,
    /// By the ARN of a role the subjects that it trusts.
    pub roles: Map<String, Json>,
}

impl Settings {
    /// As `template/.github/workflows/infra.yml` wants them.
    fn wanted() -> Self {
        let secrets = SECRETS_PROVIDER;
        let variables = json!({"AWS_REGION": REGION, "ECR_REPOSITORY": IMAGES, "PULUMI_SECRETS_PROVIDER": secrets});
        let backend = format!("s3://{BUCKET}?region={REGION}");
        let mut all = Self { variables: variables.as_object().cloned().unwrap_or_default(), ..Self::default() };
        for (name, refs) in ENVIRONMENTS {
            let role = format!("arn:aws:iam::123456789012:role/github-{name}");
            let vars = json!({"AWS_ROLE_ARN": role, "PULUMI_BACKEND_URL": backend});
            let refs = (!refs.is_empty()).then_some(refs);
            all.environments.insert(name.to_owned(), json!({"vars": vars, "refs": refs}));
            all.roles.insert(role, json!([format!("{SUBJECT}:environment:{name}")]));
        }
        all
    }
}

impl<'a> Repository<'a> {
    /// One whose commit `main` is the template's project as `pulumi new` lays it out, in an account that has a bucket
    /// for states and a repository of images; `None` after a line that says why not.
    ///
    /// # Errors
    /// If something cannot be made.
    pub fn new(cloud: &'a Cloud) -> anyhow::Result<Option<Self>> {
        let Some(newproject) = Tools::newproject() else { return Ok(None) };
        let new = Self::with(cloud, Settings::wanted())?;
        fs::create_dir_all(new.folder("main"))?;
        call::lay_out(&newproject, &new.folder("main"), "shop")?;
        let place = format!("LocationConstraint={REGION}");
        cloud.aws(&["s3api", "create-bucket", "--bucket", BUCKET, "--create-bucket-configuration", &place])?;
        let immutable = ["--image-tag-mutability", "IMMUTABLE"];
        cloud.aws(&[&["ecr", "create-repository", "--repository-name", IMAGES], &immutable[..]].concat())?;
        Ok(Some(new))
    }

    /// One without a commit, of which this is told.
    ///
    /// # Errors
    /// If something cannot be made.
    pub fn with(cloud: &'a Cloud, settings: Settings) -> anyhow::Result<Self> {
        let new = Self { cloud, folder: cloud.folder().join("github"), settings, runs: Cell::default() };
        fs::create_dir_all(new.folder.join("programs"))?;
        let programs = ["docker_cli", "github_cli", "jq_cli"].map(|name| format!("programs/{name}.py"));
        for (name, program) in ["docker", "gh", "jq"].into_iter().zip(&programs) {
            new.install(name, &format!("{}", repository("tests/workflows").join(program).display()))?;
        }
        new.install("pulumi-language-python", &repository("tests/workflows/language_host.py").display().to_string())?;
        new.install("aws", "-m awscli")?;
        new.keep(&json!({"pulls": {}, "comments": {}}))?;
        Ok(new)
    }

    /// The folder of a commit.
    pub fn folder(&self, commit: &str) -> PathBuf {
        self.folder.join("commits").join(commit)
    }

    /// Makes a commit upon `main`, in which a text of a file is another one.
    ///
    /// # Errors
    /// If the file does not have the text.
    pub fn commit(&self, commit: &str, file: &str, old: &str, new: &str) -> anyhow::Result<()> {
        let folder = self.folder(commit);
        self.cloud.output(Command::new("cp").arg("--recursive").arg(self.folder("main")).arg(&folder))?;
        let file = folder.join(file);
        let text = fs::read_to_string(&file)?;
        ensure!(text.contains(old), "`{}` has no `{old}`", file.display());
        Ok(fs::write(file, text.replace(old, new))?)
    }

    /// Opens a pull request, pushes to it, or closes it.
    ///
    /// # Errors
    /// If what GitHub knows cannot be written.
    pub fn pull_request(&self, number: u32, state: &str, commit: &str) -> anyhow::Result<()> {
        let mut known = self.known()?;
        known["pulls"][number.to_string()] = json!({"state": state, "head": {"sha": commit}});
        self.keep(&known)
    }

    /// Has others comment on a pull request.
    ///
    /// # Errors
    /// If what GitHub knows cannot be written.
    pub fn talk(&self, number: u32, comments: usize) -> anyhow::Result<()> {
        let mut known = self.known()?;
        // Somebody cites our comment.
        let said =
            |id| json!({"id": 1000 + id, "user": {"login": "somebody"}, "body": "<!-- aws-django environment -->"});
        known["comments"][number.to_string()] = (0..comments).map(said).collect();
        self.keep(&known)
    }

    /// What the workflows have commented on a pull request.
    ///
    /// # Errors
    /// If what GitHub knows cannot be read.
    pub fn comments(&self, number: u32) -> anyhow::Result<Vec<String>> {
        let known = self.known()?;
        let all = known["comments"][number.to_string()].as_array().cloned().unwrap_or_default();
        let ours = all.iter().filter(|comment| comment["user"]["login"] == "github-actions[bot]");
        Ok(ours.filter_map(|comment| comment["body"].as_str()).map(str::to_owned).collect())
    }

    /// The names of the stacks that there are, sorted.
    ///
    /// # Errors
    /// If the bucket cannot be read.
    pub fn stacks(&self) -> anyhow::Result<Vec<String>> {
        let name = |key: &String| Some(key.strip_prefix(".pulumi/stacks/shop/")?.strip_suffix(".json")?.to_owned());
        Ok(self.left()?.iter().filter_map(name).collect())
    }

    /// All that the bucket of states has.
    ///
    /// # Errors
    /// If the bucket cannot be read.
    pub fn left(&self) -> anyhow::Result<Vec<String>> {
        let listed = self.cloud.aws(&["s3api", "list-objects-v2", "--bucket", BUCKET])?;
        let keys = listed["Contents"].as_array().into_iter().flatten().filter_map(|object| object["Key"].as_str());
        Ok(keys.map(str::to_owned).collect())
    }

    /// Runs a workflow on what an event tells, to its end; `before` says what happens before jobs, by their names.
    ///
    /// # Errors
    /// If the runner breaks off.
    pub fn run(&self, workflow: &str, event: &Event, before: Option<&Json>) -> anyhow::Result<Outcome> {
        self.begin(workflow, event, before)?.wait()
    }

    /// Begins to run a workflow.
    ///
    /// # Errors
    /// If the runner does not start.
    pub fn begin(&self, workflow: &str, event: &Event, before: Option<&Json>) -> anyhow::Result<Running> {
        self.runs.set(self.runs.get() + 1);
        let folder = self.folder.join(format!("run-{}", self.runs.get()));
        fs::create_dir_all(&folder)?;
        let commits = fs::read_dir(self.folder.join("commits"))?
            .map(|entry| {
                let entry = entry?;
                Ok((entry.file_name().to_string_lossy().into_owned(), json!(entry.path())))
            })
            .collect::<anyhow::Result<Map<_, _>>>()?;
        let Settings { variables, environments, roles } = &self.settings;
        let (request, result) = (folder.join("request.json"), folder.join("result.json"));
        let content = json!({
            "workflow": workflow, "commits": commits, "github": event.0, "before": before,
            "subject": SUBJECT, "variables": variables, "environments": environments, "roles": roles,
            "folder": folder, "store": self.folder.join("github.json"), "result_file": result,
        });
        fs::write(&request, content.to_string())?;
        let mut command = self.cloud.command("node");
        for personal in PERSONAL {
            command.env_remove(personal);
        }
        let mut path = self.folder.join("programs").into_os_string();
        path.push(":");
        path.push(self.cloud.tools.pulumi.parent().context("Pulumi is in a folder")?);
        path.push(":");
        // What has our plugin; the command line comes from where the project installs it.
        path.push(self.plugins()?);
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        // Nobody is logged in there.
        command.env("PULUMI_CREDENTIALS_PATH", folder.join("credentials"));
        // Whole workflows keep this machine busier than a deployment does: half an hour of a release is a minute.
        command.env("AWS_DJANGO_CLOCK_PACE", "30");
        command.env("PATH", path).env("E2E_BIN", &self.cloud.tools.ours).env("E2E_NODE", &self.cloud.tools.node);
        let runner = command.arg(repository("tests/workflows/run.mjs")).arg(request);
        let runner = runner.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        Ok(Running { runner, result })
    }

    /// Tells which scripts of these files of `.github` no workflow has carried out so far.
    ///
    /// # Errors
    /// If there is one, or if a file has none.
    pub fn check_ran(&self, files: &[&str]) -> anyhow::Result<()> {
        let (mut ran, mut scripts) = (BTreeSet::new(), BTreeSet::new());
        for run in 1..=self.runs.get() {
            let result = fs::read_to_string(self.folder.join(format!("run-{run}/result.json")))?;
            let result: Json = serde_json::from_str(&result)?;
            for (all, key) in [(&mut ran, "ran"), (&mut scripts, "scripts")] {
                let found = result[key].as_array().into_iter().flatten();
                all.extend(found.map(|it| (it["file"].to_string(), it["script"].to_string())));
            }
        }
        for file in files {
            let of_file = (json!(format!(".github/{file}"))).to_string();
            let mut all = scripts.iter().filter(|(file, _)| *file == of_file).peekable();
            ensure!(all.peek().is_some(), "`{file}` has no script");
            let left: Vec<_> = all.filter(|it| !ran.contains(it)).collect();
            ensure!(left.is_empty(), "nothing has carried out {left:#?}");
        }
        Ok(())
    }

    /// A folder with nothing but our plugin.
    fn plugins(&self) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join("plugins");
        let plugin = "pulumi-resource-aws-django";
        if !folder.exists() {
            fs::create_dir(&folder)?;
            std::os::unix::fs::symlink(self.cloud.tools.ours.join(plugin), folder.join(plugin))?;
        }
        Ok(folder)
    }

    /// Installs a program, which is one in Python.
    fn install(&self, name: &str, program: &str) -> anyhow::Result<()> {
        let file = self.folder.join("programs").join(name);
        write_launcher(&file, &format!("exec {} {program}", self.cloud.python_words()))
    }

    fn known(&self) -> anyhow::Result<Json> {
        Ok(serde_json::from_str(&fs::read_to_string(self.folder.join("github.json"))?)?)
    }

    fn keep(&self, known: &Json) -> anyhow::Result<()> {
        Ok(fs::write(self.folder.join("github.json"), known.to_string())?)
    }
}

/// What starts a workflow: the context `github`.
pub struct Event(Json);

impl Event {
    /// Somebody starts it by hand on a branch, with its inputs.
    #[must_use]
    pub fn by_hand(branch: &str, inputs: &Json) -> Self {
        Self::of("workflow_dispatch", &format!("refs/heads/{branch}"), "main", &json!({"inputs": inputs}))
    }

    /// A push to `main`, or of a tag.
    #[must_use]
    pub fn push(to: &str) -> Self {
        Self::of("push", to, "main", &json!({}))
    }

    /// The clock.
    #[must_use]
    pub fn night() -> Self {
        Self::of("schedule", "refs/heads/main", "main", &json!({}))
    }

    /// Something has happened to a pull request with this commit, of this repository.
    #[must_use]
    pub fn pull_request(action: &str, number: u32, commit: &str) -> Self {
        Self::of_pull_request(action, number, commit, &json!({"full_name": NAME}))
    }

    /// The same, of a fork; a fork that is gone is null.
    #[must_use]
    pub fn fork(number: u32, commit: &str, repository: &Json) -> Self {
        Self::of_pull_request("opened", number, commit, repository)
    }

    fn of_pull_request(action: &str, number: u32, commit: &str, repository: &Json) -> Self {
        let pull_request = json!({"number": number, "head": {"sha": commit, "repo": repository}});
        let event = json!({"action": action, "number": number, "pull_request": pull_request});
        Self::of("pull_request", &format!("refs/pull/{number}/merge"), commit, &event)
    }

    fn of(name: &str, git_ref: &str, commit: &str, event: &Json) -> Self {
        Self(json!({"event_name": name, "ref": git_ref, "sha": commit, "repository": NAME, "event": event}))
    }
}

/// A workflow that runs.
pub struct Running {
    runner: Child,
    result: PathBuf,
}

impl Running {
    /// Waits for its end.
    ///
    /// # Errors
    /// If the runner breaks off.
    pub fn wait(self) -> anyhow::Result<Outcome> {
        let output = self.runner.wait_with_output()?;
        let told = fs::read_to_string(&self.result)
            .with_context(|| format!("the runner broke off: {}", String::from_utf8_lossy(&output.stderr)))?;
        Ok(Outcome(serde_json::from_str(&told)?))
    }
}

/// What came of a workflow.
#[derive(Debug)]
pub struct Outcome(pub Json);

impl Outcome {
    /// The same, if it has succeeded.
    ///
    /// # Errors
    /// With the log of what has not.
    pub fn succeeded(self) -> anyhow::Result<Self> {
        ensure!(self.0["conclusion"] == "success", "{}", self.log());
        Ok(self)
    }

    /// The same, if it has failed with this in its log.
    ///
    /// # Errors
    /// With the whole log otherwise.
    pub fn failed(self, why: &str) -> anyhow::Result<Self> {
        ensure!(self.0["conclusion"] == "failure" && self.log().contains(why), "{}", self.log());
        Ok(self)
    }

    /// A job.
    ///
    /// # Errors
    /// If there is none of the name.
    pub fn job(&self, name: &str) -> anyhow::Result<&Json> {
        let mut jobs = self.0["jobs"].as_array().into_iter().flatten();
        jobs.find(|job| job["name"] == name).with_context(|| format!("no job `{name}`: {:#}", self.0))
    }

    /// The jobs that ran, sorted.
    pub fn ran(&self) -> Vec<&str> {
        let jobs = self.0["jobs"].as_array().into_iter().flatten();
        let ran = jobs.filter(|job| job["result"] != "skipped" && !job["steps"].is_null());
        let mut names: Vec<_> = ran.filter_map(|job| job["name"].as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The summaries of all jobs.
    pub fn summary(&self) -> String {
        self.all("summary")
    }

    /// What all jobs said.
    pub fn log(&self) -> String {
        format!("{}\n{}", self.0["conclusion"].as_str().unwrap_or_default(), self.all("log"))
    }

    fn all(&self, what: &str) -> String {
        let jobs = self.0["jobs"].as_array().into_iter().flatten();
        let all = jobs.map(|job| format!("== {}\n{}\n", job["name"], job[what].as_str().unwrap_or_default()));
        all.collect::<Vec<_>>().concat()
    }
}
