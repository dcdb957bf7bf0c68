//! `cargo xtask bench`: how fast the plugin and the command line are, and how much memory they take.

use crate::process::Call;
use crate::workspace::Workspace;

/// Builds both as they are released and prints what is measured beside what is aimed at. What it shows depends on
/// what else the machine does, so that no test relies on it.
pub fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let packages = ["--package", "pulumi-resource-aws-django", "--package", "aws-django"];
    let bench = || Call::new("cargo").arg("bench").args(packages).args(["--bench", "numbers"]).dir(&workspace.root);
    bench().arg("--no-run").logged("building the plugin and the command line as released", &workspace.log("bench"))?;
    bench().arg("--quiet").shown()
}
