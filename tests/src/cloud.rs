//! An emulated AWS account, and a Pulumi home in which the stand-in `aws` plugin is installed.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::call;
use crate::home::{self, Home};
use crate::python::Python;
use crate::tools::{Tools, repository};

/// The domain whose public hosted zone the account has.
pub const DOMAIN: &str = "example.com";

/// Who encrypts the secrets of a stack: a key that the account has. With a passphrase every operation would begin with a
/// third of a second of arithmetic.
pub const SECRETS_PROVIDER: &str = "awskms://alias/pulumi?region=eu-central-1";

/// By this variable the engine saves a state at the end of an operation alone, instead of after each of hundreds of steps.
pub const SKIP_CHECKPOINTS: &str = "PULUMI_SKIP_CHECKPOINTS";

/// By this variable programs in Go, as the engine is one, use more memory than they would, and less time.
const LESS_OFTEN: (&str, &str) = ("GOGC", "400");

/// An emulated AWS account that lives as long as this.
pub struct Cloud {
    /// The tools that work on it.
    pub tools: Tools,
    folder: TempDir,
    python: Python,
    moto: Child,
    home: Home,
}

impl Cloud {
    /// Starts one with a hosted zone; `None` after a line that says why not, if the tools are not there.
    ///
    /// # Errors
    /// If a tool fails.
    pub fn start() -> anyhow::Result<Option<Self>> {
        Tools::find().map(Self::with).transpose()
    }

    /// Starts one with a hosted zone, on which these tools work.
    ///
    /// # Errors
    /// If a tool fails.
    pub fn with(tools: Tools) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let log = fs::File::create(folder.path().join("moto.log"))?;
        let python = Python::warm(tools.venv.clone())?;
        let mut moto = python
            .command(&repository("tests/aws/moto_server.py"))
            .args(["--zone", DOMAIN, "--key", "pulumi"])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let mut port = String::new();
        BufReader::new(moto.stdout.take().context("moto has a standard output")?).read_line(&mut port)?;
        let endpoint = format!("http://127.0.0.1:{}", port.trim());
        let (pulumi, ours) = (tools.pulumi.clone(), tools.ours.clone());
        let home = Home::install(folder.path(), endpoint, python.clone(), pulumi, ours);
        // Whatever comes now, the server goes with this.
        Ok(Self { tools, folder, python, moto, home: home? })
    }

    /// A folder that goes with this.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where it answers.
    pub fn endpoint(&self) -> &str {
        self.home.endpoint()
    }

    /// The id of the zone of [`DOMAIN`].
    ///
    /// # Errors
    /// If the API cannot be asked.
    pub fn zone(&self) -> anyhow::Result<String> {
        let zones = self.aws(&["route53", "list-hosted-zones-by-name", "--dns-name", DOMAIN])?;
        let id = zones["HostedZones"][0]["Id"].as_str().and_then(|id| id.rsplit('/').next());
        Ok(id.context("the account has a zone")?.to_owned())
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// If there is none.
    pub fn parameter(&self, name: &str) -> anyhow::Result<String> {
        let told = self.call("ssm:GetParameter", &json!({"Name": name, "WithDecryption": true}))?;
        Ok(told["Parameter"]["Value"].as_str().context("a parameter has a value")?.to_owned())
    }

    /// Makes a snapshot of a server that another tool has made, with this master user, and that is gone.
    ///
    /// # Errors
    /// If AWS refuses a call.
    pub fn snapshot(&self, name: &str, master: &str) -> anyhow::Result<()> {
        let then = ["--db-instance-identifier", "then"];
        let server = ["--engine", "postgres", "--db-instance-class", "db.t4g.medium", "--allocated-storage", "20"];
        let login = ["--master-username", master, "--manage-master-user-password"];
        self.aws(&[&["rds", "create-db-instance"], &then[..], &server, &login].concat())?;
        self.aws(&[&["rds", "create-db-snapshot", "--db-snapshot-identifier", name], &then[..]].concat())?;
        self.aws(&[&["rds", "delete-db-instance", "--skip-final-snapshot"], &then[..]].concat()).map(drop)
    }

    /// The ARN of a certificate that the account has of its own, for `domain` alone.
    ///
    /// # Errors
    /// If it cannot be made, or AWS does not take it.
    pub fn certificate(&self, domain: &str) -> anyhow::Result<Json> {
        let files = ["crt", "key"].map(|kind| self.folder().join(format!("{domain}.{kind}")));
        call::certificate(&self.tools.python("python"), files.each_ref().map(PathBuf::as_path), domain)?;
        let [certificate, key] = files.map(|file| format!("fileb://{}", file.display()));
        let call = ["acm", "import-certificate", "--certificate", &certificate, "--private-key", &key];
        Ok(self.aws(&call)?["CertificateArn"].clone())
    }

    /// Installs the stand-in for another version of the `aws` plugin, too: a state names the version that it was made with.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn install_aws(&self, version: &str) -> anyhow::Result<()> {
        self.home.install_aws(version)
    }

    /// What exists in a region, by kind.
    ///
    /// # Errors
    /// If the API cannot be asked.
    pub fn inventory(&self) -> anyhow::Result<Json> {
        self.listed(&[])
    }

    /// What a destroy has forgotten, by kind: nothing of what may stay by design.
    ///
    /// # Errors
    /// If the API cannot be asked.
    pub fn forgotten(&self) -> anyhow::Result<Json> {
        self.listed(&["--left"])
    }

    /// Calls AWS by the JSON protocol, as an SDK does: `ecs:ListServices`. A test that does this often is much faster than
    /// with the AWS CLI.
    ///
    /// # Errors
    /// With what AWS says, if it refuses.
    pub fn call(&self, call: &str, request: &Json) -> anyhow::Result<Json> {
        self.home.call(call, request)
    }

    /// Runs the AWS CLI.
    ///
    /// # Errors
    /// With what it says, if it fails.
    pub fn aws(&self, args: &[&str]) -> anyhow::Result<Json> {
        let mut command = self.command("aws");
        let text = self.output(command.args(args).args(["--output", "json"]))?;
        Ok(if text.trim().is_empty() { Json::Null } else { serde_json::from_str(&text)? })
    }

    /// Tells the emulation what happens from now on, as `tests/aws/README.md` has it: `tasks`, `services`, `faults`, …
    ///
    /// # Errors
    /// If the emulation does not understand it.
    pub fn tell(&self, area: &str, stories: &Json) -> anyhow::Result<()> {
        self.home.ask("PUT", area, stories).map(drop)
    }

    /// The calls that were made since it was asked last, in their order: `call`, `principal`, `request`, `error`.
    ///
    /// # Errors
    /// If the emulation cannot be asked.
    pub fn calls(&self) -> anyhow::Result<Json> {
        self.home.ask("DELETE", "calls", &Json::Null)
    }

    /// Waits until this call has been made, since the calls were asked for last.
    ///
    /// # Errors
    /// If it is not made within a minute.
    pub fn wait_for(&self, call: &str) -> anyhow::Result<()> {
        ensure!(self.home.ask("GET", &format!("calls/{call}"), &Json::Null)? == true, "there was no `{call}`");
        Ok(())
    }

    /// A command with the environment in which the programs run.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        self.here(Command::new(program.as_ref()))
    }

    /// A program in Python, with that environment.
    pub fn python(&self, program: impl AsRef<Path>) -> Command {
        self.here(self.python.command(program.as_ref()))
    }

    /// Where programs are looked for.
    pub(crate) fn search_path(&self) -> OsString {
        self.home.search_path()
    }

    /// What begins a Python program, before its name, in a shell.
    pub fn python_words(&self) -> String {
        home::words(&self.python)
    }

    fn here(&self, mut command: Command) -> Command {
        for stranger in home::strangers() {
            command.env_remove(stranger);
        }
        let quick = [(SKIP_CHECKPOINTS, "true"), LESS_OFTEN];
        command.envs(self.home.environment()).env("PATH", self.home.search_path()).envs(quick);
        command
    }

    /// Runs a command and answers what it prints.
    ///
    /// # Errors
    /// With all that it printed, if it fails.
    pub fn output(&self, command: &mut Command) -> anyhow::Result<String> {
        call::output(command)
    }

    fn listed(&self, options: &[&str]) -> anyhow::Result<Json> {
        let mut list = self.python(repository("tests/aws/inventory.py"));
        Ok(serde_json::from_str(&self.output(list.args(options))?)?)
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // It holds nothing but what the test made.
        let _ = self.moto.kill();
        let _ = self.moto.wait();
    }
}
