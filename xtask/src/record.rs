//! `cargo xtask record`: what this version leaves behind, for later plugins to meet.

use e2e::recorder;

use crate::install;
use crate::workspace::Workspace;

/// Deploys what is recorded to an emulated AWS, twice, and writes the recording.
pub fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let tools = install::tools(workspace)?;
    println!("  recording, some minutes ...");
    println!("  recorded in `{}`", recorder::record(&tools)?.display());
    Ok(())
}
