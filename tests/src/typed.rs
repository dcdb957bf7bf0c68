//! Our command line on an emulated AWS, as a person or a workflow types it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::Value as Json;

use crate::cloud::Cloud;

/// By this variable AWS's SDKs say whose calls they make.
pub const APP_ID: &str = "AWS_SDK_UA_APP_ID";

/// What came of a line.
#[derive(Debug)]
pub struct Typed {
    /// What the program ended with.
    pub code: i32,
    /// What was asked for.
    pub out: String,
    /// What was told meanwhile, and why it failed.
    pub err: String,
}

/// A line whose program runs.
pub struct Running {
    child: Child,
}

impl Cloud {
    /// Begins what a line says. It has no quotes: its words are parted by blanks.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn begin(&self, line: &str) -> anyhow::Result<Running> {
        self.begin_with(line, Stdio::null(), None)
    }

    /// Carries out what a line says, with a text on its standard input.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn given(&self, line: &str, input: &str) -> anyhow::Result<Typed> {
        let mut running = self.begin_with(line, Stdio::piped(), None)?;
        let mut stdin = running.child.stdin.take().context("it has a standard input")?;
        stdin.write_all(input.as_bytes())?;
        drop(stdin);
        running.wait()
    }

    fn begin_with(&self, line: &str, input: Stdio, programs: Option<&Path>) -> anyhow::Result<Running> {
        let mut words = line.split_whitespace();
        let mut command = self.command(words.next().context("a line has a program")?);
        if let Some(folder) = programs {
            let mut path = folder.as_os_str().to_owned();
            path.push(":");
            path.push(self.search_path());
            command.env("PATH", path);
        }
        // By its command its calls are known among those of others.
        let command = command.env(APP_ID, words.clone().next().unwrap_or_default());
        let command = command.args(words).stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(Running { child: command.spawn().with_context(|| format!("cannot run `{line}`"))? })
    }

    /// Carries out what a line says, whatever it ends with.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn typed(&self, line: &str) -> anyhow::Result<Typed> {
        self.begin(line)?.wait()
    }

    /// The same with the programs of this folder in front of all others.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn typed_with(&self, line: &str, programs: &Path) -> anyhow::Result<Typed> {
        self.begin_with(line, Stdio::null(), Some(programs))?.wait()
    }
}

impl Running {
    /// As Ctrl-C does.
    ///
    /// # Errors
    /// If the program has ended.
    pub fn interrupt(&self) -> anyhow::Result<()> {
        interrupt(self.child.id())
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If it was killed.
    pub fn wait(self) -> anyhow::Result<Typed> {
        let output = self.child.wait_with_output()?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let code = output.status.code().context("the program was killed")?;
        Ok(Typed { code, out: text(output.stdout), err: text(output.stderr) })
    }
}

impl Typed {
    /// The same, if it has ended with this code and has told all of this.
    ///
    /// # Errors
    /// With all that it told, if it has not.
    pub fn check(self, code: i32, told: &[&str]) -> anyhow::Result<Self> {
        let missing: Vec<_> = told.iter().filter(|part| !self.err.contains(**part)).collect();
        ensure!(self.code == code && missing.is_empty(), "no {code}, or {missing:?} is not told: {self:#?}");
        Ok(self)
    }

    /// What was asked for, as a document.
    ///
    /// # Errors
    /// If it is none.
    pub fn document(&self) -> anyhow::Result<Json> {
        serde_json::from_str(&self.out).with_context(|| format!("no document: {self:#?}"))
    }
}

/// Interrupts a process, as Ctrl-C does.
pub(crate) fn interrupt(process: u32) -> anyhow::Result<()> {
    let status = Command::new("kill").args(["-s", "INT", &process.to_string()]).status()?;
    ensure!(status.success(), "there is no process {process}");
    Ok(())
}
