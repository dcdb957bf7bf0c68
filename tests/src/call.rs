//! Programs that tests call.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::tools::repository;

/// What a program has printed, without blanks around it.
///
/// # Errors
/// If it cannot be started or fails, with all that it has printed.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{} failed\n{out}\n{err}", command.get_program().display());
    Ok(out.trim().to_owned())
}

/// Lays out the template's project in a folder, by `newproject`, which does what `pulumi new` does.
///
/// # Errors
/// If it fails.
pub fn lay_out(newproject: &Path, folder: &Path, name: &str) -> anyhow::Result<()> {
    let mut layout = Command::new(newproject);
    output(layout.arg("-template").arg(repository("template")).arg("-out").arg(folder).args(["-name", name])).map(drop)
}

/// Writes a certificate for a server that its clients know by this name, and its key, with the tests' Python.
///
/// # Errors
/// If Python fails.
pub fn certificate(python: &Path, [certificate, key]: [&Path; 2], name: &str) -> anyhow::Result<()> {
    let program = repository("tests/src/certificate.py");
    output(Command::new(python).args([&program, certificate, key]).arg(name)).map(drop)
}
