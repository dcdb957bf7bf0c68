//! An image as ECS runs it, on what the kernel has for containers, without an engine for them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, pipe};
use std::mem;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::call::output;
use crate::tools::{Tools, repository};

/// How long a process may say nothing while somebody waits for a line of it.
const PATIENCE: Duration = Duration::from_mins(1);

/// The image of a Django project: its files, and the Python environment of the tests.
pub struct Image {
    /// With `image`, which has its files, and `root`, where a container's file system is put together.
    folder: TempDir,
    /// What it has of this machine's.
    folders: Vec<PathBuf>,
    search_path: String,
}

/// A container that runs, as long as this.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Image {
    /// Builds one of a project; `None` after a line that says why not, where nobody may run it.
    ///
    /// # Errors
    /// If the project's static files cannot be collected.
    #[expect(clippy::print_stdout, reason = "the line is for whoever runs the tests")]
    pub fn build(tools: &Tools, project: &Path) -> anyhow::Result<Option<Self>> {
        let allowed = Command::new("unshare").args(["--mount", "--pid", "--fork", "--kill-child", "true"]).output();
        if !allowed.is_ok_and(|output| output.status.success()) {
            println!("skipped: only root of a Linux may make the namespaces of a container");
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        for place in ["root", "image/etc", "image/tmp"] {
            fs::create_dir_all(folder.path().join(place))?;
        }
        let app = folder.path().join("image/app");
        output(Command::new("cp").arg("-R").arg(project).arg(&app))?;
        let mut collect = Command::new(tools.python("python"));
        collect.args(["manage.py", "collectstatic", "--no-input"]).current_dir(&app);
        output(collect.env_clear().envs([("BUILDING", "1"), ("PYTHONDONTWRITEBYTECODE", "1")]))?;

        let prefix = output(Command::new(tools.python("python")).args(["-c", "import sys; print(sys.base_prefix)"]))?;
        let folders = vec!["/usr".into(), PathBuf::from(prefix).canonicalize()?, tools.venv.canonicalize()?];
        let search_path = format!("{}:/usr/sbin:/usr/bin:/bin", tools.venv.canonicalize()?.join("bin").display());
        let image = Self { folder, folders, search_path };
        image.write("etc/passwd", "shop:x:1000:1000::/tmp:/bin/sh\n")?;
        image.write("etc/group", "shop:x:1000:\n")?;
        Ok(Some(image))
    }

    /// Gives it a file: in `etc`, in `app`, or in `tmp`, where each container finds it and may change it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, file: &str, text: &str) -> anyhow::Result<()> {
        let file = self.folder.path().join("image").join(file);
        fs::create_dir_all(file.parent().context("a file has a folder")?)?;
        Ok(fs::write(file, text)?)
    }

    /// Runs a container to its end; what it said.
    ///
    /// # Errors
    /// With that, if it fails.
    pub fn run(&self, words: &[String], environment: &BTreeMap<String, String>) -> anyhow::Result<String> {
        output(&mut self.command(words, environment))
    }

    /// Starts a container.
    ///
    /// # Errors
    /// If this machine does not let it start.
    pub fn start(&self, words: &[String], environment: &BTreeMap<String, String>) -> anyhow::Result<Process> {
        let (reader, writer) = pipe()?;
        let mut command = self.command(words, environment);
        let child = command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).spawn()?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            // Whoever does not want to know more has ended the container.
            BufReader::new(reader).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok(Process { child, lines, said: Vec::new() })
    }

    fn command(&self, words: &[String], environment: &BTreeMap<String, String>) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--pid", "--fork", "--kill-child", "sh"]);
        command.arg(repository("tests/src/container.sh"));
        command.args(["root", "image"].map(|place| self.folder.path().join(place)));
        command.args(&self.folders).arg("--").args(words);
        // An image has a path, and nothing else of this machine's.
        command.env_clear().env("PATH", &self.search_path).env("PYTHONUNBUFFERED", "1");
        command.env("PYTHONDONTWRITEBYTECODE", "1").envs(environment);
        command
    }
}

impl Process {
    /// Waits for a line with these words.
    ///
    /// # Errors
    /// With all that was said, if none comes.
    pub fn line_with(&mut self, words: &str) -> anyhow::Result<String> {
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                bail!("nobody said `{words}`:\n{}", self.said.join("\n"));
            };
            self.said.push(line.clone());
            if line.contains(words) {
                return Ok(line);
            }
        }
    }

    /// Ends it; all that it has said.
    ///
    /// # Errors
    /// If it cannot be ended.
    pub fn end(mut self) -> anyhow::Result<Vec<String>> {
        self.child.kill()?;
        self.child.wait()?;
        // There are no more lines as soon as its last process has ended.
        self.said.extend(self.lines.iter());
        Ok(mem::take(&mut self.said))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
