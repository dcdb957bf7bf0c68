//! The files `go.mod` and `go.sum` of the Go SDK and of the Go programs.
//!
//! They name the versions that `tools/go.mod` names, so that there is one place to update, and what the Pulumi CLI was
//! built from is neither downloaded nor compiled a second time.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::process::Call;
use crate::workspace::{Workspace, copy, write};

/// The SDK of Pulumi itself, which every Go module of ours needs.
const PULUMI_SDK: &str = "github.com/pulumi/pulumi/sdk/v3";

/// Our own SDK, where a module needs it.
pub struct Sdk<'a> {
    pub module: &'a str,
    pub version: &'a str,
    /// Where it stands, as seen from the module's folder.
    pub folder: &'a str,
}

/// Writes both files into a folder, according to what the sources in it import.
pub fn tidy(workspace: &Workspace, folder: &Path, module: &str, sdk: Option<&Sdk<'_>>) -> anyhow::Result<()> {
    let tools = workspace.path("tools");
    let listed = Call::new("go").args(["mod", "edit", "-json"]).dir(&tools).output()?;
    let listed: Value = serde_json::from_str(&listed)?;
    let go = listed["Go"].as_str().context("`tools/go.mod` names a version of Go")?;
    let mut text = format!("module {module}\n\ngo {go}\n");
    let (mut direct, mut indirect) = (String::new(), String::new());
    if let Some(Sdk { module, version, folder }) = sdk {
        write!(text, "\nreplace {module} => {folder}\n")?;
        writeln!(direct, "\t{module} v{version}")?;
    }
    for required in listed["Require"].as_array().into_iter().flatten() {
        let (Some(path), Some(version)) = (required["Path"].as_str(), required["Version"].as_str()) else { continue };
        let (list, remark) = if path == PULUMI_SDK { (&mut direct, "") } else { (&mut indirect, " // indirect") };
        writeln!(list, "\t{path} {version}{remark}")?;
    }
    // With the two lists apart, Go keeps them apart.
    write!(text, "\nrequire (\n{direct})\n\nrequire (\n{indirect})\n")?;
    write(&folder.join("go.mod"), &text)?;
    copy(&tools.join("go.sum"), &folder.join("go.sum"))?;
    let log = workspace.log(&format!("go-mod-{}", module.replace('/', "-")));
    Call::new("go").args(["mod", "tidy"]).dir(folder).logged(&format!("listing what `{module}` needs"), &log)
}
