//! The stacks of the demo: copies of the root project's files, a state of their own, and the runner that operates them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use e2e::Python;
use e2e::home::{self, Home};
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
    home: Home,
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
        let home = Home::install(folder, endpoint, Python::new(venv.clone()), pulumi.clone(), workspace.path("bin"))?;
        let stacks = Self { workspace, folder: folder.to_owned(), venv, pulumi, home };
        for file in ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.alpha.yaml", "__main__.py"] {
            copy(&workspace.path(file), &stacks.folder.join(file))?;
        }
        // `Pulumi.yaml` names the folder of the plugin relative to itself.
        remove(&stacks.folder.join("bin"))?;
        symlink(workspace.path("bin"), stacks.folder.join("bin"))?;
        write(&stacks.folder.join(ENVIRONMENT_SCRIPT), &stacks.home.script())?;
        Ok(stacks)
    }

    /// Runs one operation on a stack with Pulumi's own display.
    pub fn operate(&self, stack: &str, operation: &str, options: &Value) -> anyhow::Result<()> {
        let (request, result) = (self.folder.join("request.json"), self.folder.join("result.json"));
        let told = json!({
            "project_dir": self.folder,
            "program": self.folder.join("__main__.py"),
            "stack": stack,
            "operation": operation,
            "options": options,
            "result_file": result,
            "terminal": true,
        });
        write(&request, &told.to_string())?;
        let runner = self.workspace.path("tests/programs/run.py");
        let run = self.call(&self.venv.join("bin/python")).arg(runner).arg(&request).on_terminal();
        run.with_context(|| format!("the {operation} of the stack `{stack}` failed"))
    }

    /// Sets a value of a stack's live config.
    pub fn configure(&self, stack: &str, key: &str, value: &str) -> anyhow::Result<()> {
        self.call(&self.pulumi).args(["config", "set", "--stack", stack, key, value]).output().map(drop)
    }

    /// Tells the emulated AWS what happens from now on.
    pub fn tell(&self, area: &str, told: &Value) -> anyhow::Result<()> {
        self.home.ask("PUT", area, told).map(drop)
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
        let call = home::strangers().fold(Call::new(program), Call::env_remove);
        call.envs(self.home.environment()).env("PATH", self.home.search_path()).dir(&self.folder)
    }

    /// The domain that a stack's live config names.
    pub fn domain_name(&self, stack: &str) -> anyhow::Result<String> {
        let file = self.workspace.path(&format!("Pulumi.{stack}.yaml"));
        let config = fs::read_to_string(&file)?;
        let found = config.lines().find_map(|line| line.split_once(":domainName:")).map(|(_, domain)| domain.trim());
        Ok(found.with_context(|| format!("`{}` has no `domainName`", file.display()))?.to_owned())
    }
}
