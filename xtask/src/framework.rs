//! The framework as others take it: its documentation, and its crates as they would be published.

use std::path::Path;

use anyhow::ensure;

use crate::process::Call;
use crate::workspace::Workspace;

/// The crates that are published, each after those that it needs.
const PUBLISHED: [&str; 2] = ["pulumi-component-derive", "pulumi-component"];

/// Documents them as docs.rs does; a warning is an error.
pub fn document(workspace: &Workspace) -> anyhow::Result<()> {
    let doc = published("doc", &workspace.root).args(["--no-deps", "--features", "pulumi-component/testing"]);
    doc.env("RUSTDOCFLAGS", "--deny warnings").shown()
}

/// Packs them; a warning is an error. What is packed is compiled by the release alone: here that would take minutes, to
/// see once more what `include` in the manifests leaves out.
pub fn package(workspace: &Workspace) -> anyhow::Result<()> {
    let mut warned = false;
    let pack = published("package", &workspace.root).args(["--no-verify", "--allow-dirty"]);
    let status = pack.each_line(&mut |line| {
        let Some(line) = line else { return };
        warned |= line.starts_with("warning");
        println!("  {line}");
    })?;
    ensure!(status.success() && !warned, "the framework cannot be published as it is");
    Ok(())
}

/// A command of Cargo for all of them.
fn published(command: &str, root: &Path) -> Call {
    let packages = PUBLISHED.iter().flat_map(|package| ["--package", package]);
    Call::new("cargo").arg(command).args(packages).dir(root)
}
