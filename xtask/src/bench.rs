//! `cargo xtask bench`: how fast the plugin is, and how much memory it takes.

use crate::process::Call;
use crate::workspace::Workspace;

/// Builds the plugin as it is released and prints what is measured beside what is aimed at. What it shows depends on
/// what else the machine does, so that no test relies on it.
pub fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let package = ["--package", "pulumi-resource-aws-django"];
    let bench = || Call::new("cargo").arg("bench").args(package).args(["--bench", "numbers"]).dir(&workspace.root);
    bench().arg("--no-run").logged("building the plugin as it is released", &workspace.log("bench"))?;
    bench().arg("--quiet").shown()
}
