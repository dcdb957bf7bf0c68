//! `cargo xtask bench`: how fast the plugin and the command line are, and how much memory they take.

use crate::process::Call;
use crate::workspace::Workspace;

/// Builds both as they are released and prints what is measured beside what is aimed at. What it shows depends on
/// what else the machine does, so that no test relies on it.
pub fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let programs = [("the plugin", "pulumi-resource-aws-django"), ("the command line", "aws-django")];
    let bench = |package| Call::new("cargo").args(["bench", "--package", package, "--bench", "numbers"]);
    // Each by itself, as it is released: built together, each would have what only the other one needs.
    for (program, package) in programs {
        let building = format!("building {program} as released");
        bench(package).arg("--no-run").dir(&workspace.root).logged(&building, &workspace.log("bench"))?;
    }
    programs.iter().try_for_each(|(_, package)| bench(package).arg("--quiet").dir(&workspace.root).shown())
}
