//! The stacks of the demo: copies of the root project's files, a state of their own, and the runner that operates them.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::process::Call;
use crate::workspace::{Workspace, copy, remove, write};

/// The script that brings a shell into the environment of the stacks, in their folder.
pub const ENVIRONMENT_SCRIPT: &str = "environment.sh";

/// The project whose stacks the demo operates, and what its programs run with.
pub struct Stacks<'a> {
    workspace: &'a Workspace,
    /// The folder with the copies.
    folder: PathBuf,
    venv: PathBuf,
    pulumi: PathBuf,
    endpoint: String,
}

/// What an operation came to.
pub struct Outcome {
    /// The number of resources by what was done to them, such as `create` or `same`.
    summary: Value,
    outputs: Value,
}

impl Outcome {
    /// Whether the operation found everything as it should be.
    pub fn changed_nothing(&self) -> bool {
        self.summary.as_object().is_some_and(|summary| summary.keys().all(|operation| operation == "same"))
    }

    /// An output of the stack that is a text.
    pub fn output(&self, name: &str) -> anyhow::Result<&str> {
        self.outputs[name].as_str().with_context(|| format!("the stack has no output `{name}`"))
    }
}

impl<'a> Stacks<'a> {
    /// Prepares copies of the project in `folder`, and a home for Pulumi in which the `aws` plugin is the stand-in.
    pub fn prepare(
        workspace: &'a Workspace,
        folder: &Path,
        venv: PathBuf,
        pulumi: PathBuf,
        endpoint: String,
    ) -> anyhow::Result<Self> {
        let stacks = Self { workspace, folder: folder.to_owned(), venv, pulumi, endpoint };
        for file in ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.alpha.yaml", "__main__.py"] {
            copy(&workspace.path(file), &stacks.folder.join(file))?;
        }
        // `Pulumi.yaml` names the folder of the plugin relative to itself.
        remove(&stacks.folder.join("bin"))?;
        symlink(workspace.path("bin"), stacks.folder.join("bin"))?;
        fs::create_dir_all(stacks.folder.join("state"))?;
        stacks.install_stand_in()?;
        stacks.write_environment()?;
        Ok(stacks)
    }

    /// Runs one operation on a stack with Pulumi's own display.
    pub fn operate(&self, stack: &str, operation: &str) -> anyhow::Result<Outcome> {
        let (request, result) = (self.folder.join("request.json"), self.folder.join("result.json"));
        remove(&result)?;
        let told = json!({
            "project_dir": self.folder,
            "program": self.folder.join("__main__.py"),
            "stack": stack,
            "operation": operation,
            "result_file": result,
            "terminal": true,
        });
        write(&request, &told.to_string())?;
        let runner = self.workspace.path("tests/programs/run.py");
        let run = self.call(&self.venv.join("bin/python")).arg(runner).arg(&request).on_terminal();
        run.with_context(|| format!("the {operation} of the stack `{stack}` failed"))?;
        let mut told = serde_json::from_str::<Value>(&fs::read_to_string(&result)?)?;
        Ok(Outcome { summary: told["summary"].take(), outputs: told["outputs"].take() })
    }

    /// Destroys what a stack holds, and the stack itself. No program is needed for that, so the CLI does it alone.
    pub fn destroy(&self, stack: &str) -> anyhow::Result<()> {
        // A run that ended early may not have come to this stack.
        self.call(&self.pulumi).args(["stack", "select", "--create", stack]).output()?;
        let destroy =
            self.call(&self.pulumi).args(["destroy", "--yes", "--skip-preview", "--remove", "--stack", stack]);
        destroy.on_terminal().with_context(|| format!("the destroy of the stack `{stack}` failed"))
    }

    /// The tree of what a stack holds, in Pulumi's own words.
    pub fn tree(&self, stack: &str) -> anyhow::Result<String> {
        let told = self.call(&self.pulumi).args(["stack", "--stack", stack]).output()?;
        let tree = told.lines().skip_while(|line| !line.starts_with("Current stack resources"));
        Ok(tree.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"))
    }

    /// A call of another program with the environment of the stacks.
    pub fn call(&self, program: &Path) -> Call {
        let inherited = env::vars_os().map(|(name, _)| name).filter(is_someone_elses);
        let call = inherited.fold(Call::new(program), Call::env_remove);
        call.envs(self.environment()).env("PATH", self.search_path()).dir(&self.folder)
    }

    /// The domain that a stack's live config names.
    pub fn domain_name(&self, stack: &str) -> anyhow::Result<String> {
        let file = self.workspace.path(&format!("Pulumi.{stack}.yaml"));
        let config = fs::read_to_string(&file)?;
        let found = config.lines().find_map(|line| line.split_once(":domainName:")).map(|(_, domain)| domain.trim());
        Ok(found.with_context(|| format!("`{}` has no `domainName`", file.display()))?.to_owned())
    }

    fn environment(&self) -> Vec<(&'static str, OsString)> {
        let home = self.folder.join("home");
        let state = format!("file://{}", self.folder.join("state").display());
        vec![
            ("AWS_ACCESS_KEY_ID", "demo".into()),
            ("AWS_SECRET_ACCESS_KEY", "demo".into()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone().into()),
            ("AWS_REGION", "eu-central-1".into()),
            ("AWS_DEFAULT_REGION", "eu-central-1".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_PAGER", "".into()),
            // Profiles of the user have no say here.
            ("AWS_CONFIG_FILE", "/dev/null".into()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".into()),
            ("PULUMI_HOME", home.into()),
            ("PULUMI_BACKEND_URL", state.into()),
            ("PULUMI_CONFIG_PASSPHRASE", "".into()),
            ("PULUMI_SKIP_UPDATE_CHECK", "true".into()),
            ("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true".into()),
            ("PULUMI_DISABLE_REGISTRY_RESOLVE", "true".into()),
            ("PULUMI_IGNORE_AMBIENT_PLUGINS", "true".into()),
            ("PYTHONDONTWRITEBYTECODE", "1".into()),
        ]
    }

    fn search_path(&self) -> OsString {
        let mut path = self.pulumi.parent().map_or_else(OsString::new, |folder| folder.as_os_str().to_owned());
        path.push(":");
        path.push(self.venv.join("bin"));
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        path
    }

    /// Puts a launcher of the stand-in where the engine looks for the `aws` plugin in the version that we pin.
    fn install_stand_in(&self) -> anyhow::Result<()> {
        let schema = self.workspace.path("provider/pulumi-resource-aws-django/src/aws.schema.json");
        let schema = serde_json::from_str::<Value>(&fs::read_to_string(schema)?)?;
        let Some(version) = schema["version"].as_str() else { bail!("the pinned schema of AWS tells no version") };
        let launcher = self.folder.join(format!("home/plugins/resource-aws-v{version}/pulumi-resource-aws"));
        let package = quoted(self.workspace.path("tests/aws"));
        let python = quoted(self.venv.join("bin/python"));
        write(&launcher, &format!("#!/bin/sh\nPYTHONPATH={package} exec {python} -m standin \"$@\"\n"))?;
        Ok(fs::set_permissions(&launcher, fs::Permissions::from_mode(0o755))?)
    }

    fn write_environment(&self) -> anyhow::Result<()> {
        let exports = self.environment().into_iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
        let path = self.pulumi.parent().map(quoted).unwrap_or_default();
        let path = format!("export PATH={path}:{}:\"$PATH\"\n", quoted(self.venv.join("bin")));
        write(&self.folder.join(ENVIRONMENT_SCRIPT), &(exports.collect::<String>() + &path))
    }
}

/// Whether a variable of the user's could lead Pulumi or an AWS client elsewhere than into the demo.
fn is_someone_elses(name: &OsString) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("AWS_") || name.starts_with("PULUMI_"))
}

/// A text as one word of a POSIX shell.
fn quoted(text: impl AsRef<std::ffi::OsStr>) -> String {
    format!("'{}'", text.as_ref().to_string_lossy().replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{is_someone_elses, quoted};

    #[test]
    fn a_quote_in_a_word_stays_in_the_word() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn the_users_own_account_stays_out_of_the_demo() {
        assert!(is_someone_elses(&"AWS_PROFILE".into()));
        assert!(is_someone_elses(&"PULUMI_ACCESS_TOKEN".into()));
        assert!(!is_someone_elses(&"PATH".into()));
    }
}
