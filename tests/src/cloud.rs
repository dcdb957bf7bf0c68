//! An emulated AWS account, and a Pulumi home in which the stand-in `aws` plugin is installed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::tools::{Tools, repository};

/// The domain whose public hosted zone the account has.
pub const DOMAIN: &str = "example.com";

/// An emulated AWS account that lives as long as this.
pub struct Cloud {
    /// The tools that work on it.
    pub tools: Tools,
    folder: TempDir,
    moto: Child,
    endpoint: String,
}

impl Cloud {
    /// Starts one with a hosted zone; `None` after a line that says why not, if the tools are not there.
    ///
    /// # Errors
    /// If a tool fails.
    pub fn start() -> anyhow::Result<Option<Self>> {
        let Some(tools) = Tools::find() else { return Ok(None) };
        let folder = tempfile::tempdir()?;
        let log = fs::File::create(folder.path().join("moto.log"))?;
        let mut moto = Command::new(tools.python("python"))
            .arg(repository("tests/aws/moto_server.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let mut port = String::new();
        BufReader::new(moto.stdout.take().context("moto has a standard output")?).read_line(&mut port)?;
        let endpoint = format!("http://127.0.0.1:{}", port.trim());
        let cloud = Self { tools, folder, moto, endpoint };
        cloud.install_stand_in()?;
        cloud.aws(&["route53", "create-hosted-zone", "--name", DOMAIN, "--caller-reference", "tests"])?;
        Ok(Some(cloud))
    }

    /// A folder that goes with this.
    pub fn folder(&self) -> &Path {
        self.folder.path()
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

    /// Runs the AWS CLI.
    ///
    /// # Errors
    /// With what it says, if it fails.
    pub fn aws(&self, args: &[&str]) -> anyhow::Result<Json> {
        let mut command = self.command(self.tools.python("aws"));
        let text = self.output(command.args(args).args(["--output", "json"]))?;
        Ok(if text.trim().is_empty() { Json::Null } else { serde_json::from_str(&text)? })
    }

    /// Says with which codes the containers of tasks exit from now on, by `family/container`; `null` for none.
    ///
    /// # Errors
    /// If the emulation does not take them.
    pub fn exit_codes(&self, codes: &Json) -> anyhow::Result<()> {
        let program = "import json, sys, urllib.request as r\n\
                       r.urlopen(r.Request(sys.argv[1] + '/_test/exit-codes', sys.argv[2].encode(), method='PUT'))";
        let mut command = self.command(self.tools.python("python"));
        self.output(command.args(["-c", program, &self.endpoint, &codes.to_string()])).map(drop)
    }

    /// A command with the environment in which the programs run.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        let state = self.folder().join("state");
        let pulumi = self.tools.pulumi.parent().unwrap_or(Path::new(".")).display();
        // The tests' own tools come first; Node and the shell are where the user has them.
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env("PATH", format!("{pulumi}:{}:{path}", self.tools.venv.join("bin").display()))
            .env("PULUMI_HOME", self.home())
            .env("PULUMI_BACKEND_URL", format!("file://{}", state.display()))
            .env("PULUMI_CONFIG_PASSPHRASE", "")
            .env("PULUMI_SKIP_UPDATE_CHECK", "true")
            .env("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")
            .env("PULUMI_IGNORE_AMBIENT_PLUGINS", "true")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_DEFAULT_REGION", "eu-central-1");
        command
    }

    /// Runs a command and answers what it prints.
    ///
    /// # Errors
    /// With all that it printed, if it fails.
    pub fn output(&self, command: &mut Command) -> anyhow::Result<String> {
        let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            bail!("{} failed\n{out}\n{err}", command.get_program().display());
        }
        Ok(out.into_owned())
    }

    fn listed(&self, options: &[&str]) -> anyhow::Result<Json> {
        let mut list = self.command(self.tools.python("python"));
        Ok(serde_json::from_str(&self.output(list.arg(repository("tests/aws/inventory.py")).args(options))?)?)
    }

    fn home(&self) -> PathBuf {
        self.folder().join("home")
    }

    /// The engine looks for plugins in its home, and this one is the test's own.
    fn install_stand_in(&self) -> anyhow::Result<()> {
        fs::create_dir_all(self.folder().join("state"))?;
        let aws = format!(
            "#!/bin/sh\nPYTHONPATH='{}' exec '{}' -m standin \"$@\"\n",
            repository("tests/aws").display(),
            self.tools.python("python").display()
        );
        let schema: Json = serde_json::from_str(&fs::read_to_string(repository(
            "provider/pulumi-resource-aws-django/src/aws.schema.json",
        ))?)?;
        let version = schema["version"].as_str().context("the pinned schema has a version")?;
        let folder = self.home().join("plugins").join(format!("resource-aws-v{version}"));
        fs::create_dir_all(&folder)?;
        let launcher = folder.join("pulumi-resource-aws");
        fs::write(&launcher, aws)?;
        fs::set_permissions(&launcher, fs::Permissions::from_mode(0o755))?;
        Ok(())
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // It holds nothing but what the test made.
        let _ = self.moto.kill();
        let _ = self.moto.wait();
    }
}
