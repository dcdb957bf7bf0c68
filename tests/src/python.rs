//! How Python programs are begun.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::tools::repository;

/// A Python environment, and how its programs are begun.
#[derive(Clone)]
pub struct Python {
    venv: PathBuf,
    /// What comes before the name of a program.
    arguments: Vec<OsString>,
}

impl Python {
    /// Every process reads its modules by itself, as a user's does.
    pub fn new(venv: PathBuf) -> Self {
        Self { venv, arguments: Vec::new() }
    }

    /// Processes are forked from one that has read what the tests' programs import: a test begins dozens of them, and
    /// most take longer to read their modules than to do what they are for. That one is shared, and goes with the tests.
    ///
    /// # Errors
    /// If it does not start.
    pub fn warm(venv: PathBuf) -> anyhow::Result<Self> {
        let mut server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
        let Server { folder, .. } = match &mut *server {
            Some(server) => server,
            none => none.insert(Server::start(&venv)?),
        };
        let begin = repository("tests/aws/begin.py");
        let arguments = vec!["-IS".into(), begin.into(), folder.path().join(SOCKET).into()];
        Ok(Self { venv, arguments })
    }

    /// The folder of the environment.
    pub fn venv(&self) -> &Path {
        &self.venv
    }

    /// What comes before the name of a program, or before `-m` and that of a module, in a shell.
    pub fn words(&self) -> impl Iterator<Item = OsString> {
        [self.program().into()].into_iter().chain(self.arguments.iter().cloned())
    }

    /// A program.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(self.program());
        command.args(&self.arguments).arg(program);
        command
    }

    fn program(&self) -> PathBuf {
        self.venv.join("bin/python")
    }
}

const SOCKET: &str = "socket";

/// The process from which others are forked. It ends with its standard input, at the latest when the tests do.
struct Server {
    folder: TempDir,
    _process: Child,
}

static SERVER: Mutex<Option<Server>> = Mutex::new(None);

impl Server {
    fn start(venv: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut process = Command::new(venv.join("bin/python"))
            .arg(repository("tests/aws/warm.py"))
            .arg(folder.path().join(SOCKET))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut told = String::new();
        BufReader::new(process.stdout.take().context("it has a standard output")?).read_line(&mut told)?;
        ensure!(told == "ready\n", "the server of Python processes does not start");
        Ok(Self { folder, _process: process })
    }
}
