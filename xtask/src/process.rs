//! Other programs: how one is run, how its output and progress are shown, and how it ends when the user interrupts.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context as _, bail};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::interrupt::{self, Interrupted};

/// The exit code of a program that was interrupted, as shells have it.
pub const INTERRUPTED: u8 = 130;
const POLL: Duration = Duration::from_millis(20);
/// How long a program may take to end by itself after an interrupt: Pulumi finishes the calls that it has begun.
const GRACE: Duration = Duration::from_secs(20);
/// How long the last lines of a program that has ended may take to arrive, one after the other, on a busy machine.
const LAST_LINES: Duration = Duration::from_secs(5);
/// How many lines of a failed program's output are repeated on the terminal.
const TAIL: usize = 40;

/// One call of another program, built up like [`Command`].
pub struct Call {
    program: String,
    command: Command,
}

impl Call {
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        Self { program: program.to_string_lossy().into_owned(), command }
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    pub fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn envs(mut self, variables: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>) -> Self {
        self.command.envs(variables);
        self
    }

    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs it with our stdout and stderr; fails if it fails.
    pub fn shown(mut self) -> anyhow::Result<()> {
        let child = self.command.process_group(0).spawn();
        let status = wait(&mut child.with_context(|| self.missing())?, Reach::Group)?;
        self.succeeded(status)
    }

    /// Runs it with our terminal, so that it can draw on it and read from it; fails if it fails.
    pub fn on_terminal(mut self) -> anyhow::Result<()> {
        if !io::stdin().is_terminal() {
            return self.shown();
        }
        // A program that is to use the terminal has to stay in our process group, where Ctrl-C reaches it by itself.
        let child = self.command.stdin(Stdio::inherit()).spawn();
        let status = wait(&mut child.with_context(|| self.missing())?, Reach::Child)?;
        if status.code() == Some(INTERRUPTED.into()) {
            interrupt::note();
            return Err(Interrupted.into());
        }
        self.succeeded(status)
    }

    /// Runs it with its output in `log`, showing that it still runs; on failure, shows the end of its output and fails.
    pub fn logged(self, what: &str, log: &Path) -> anyhow::Result<()> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create(log).with_context(|| format!("cannot write `{}`", log.display()))?;
        let mut tail = VecDeque::new();
        let mut progress = Progress::new(what);
        let program = self.program.clone();
        let status = self.each_line(&mut |line| {
            if let Some(line) = line {
                // The log is a courtesy: a full disk shows itself in what the program makes.
                let _ = writeln!(file, "{line}");
                if tail.len() == TAIL {
                    tail.pop_front();
                }
                tail.push_back(line.to_owned());
            }
            progress.show(tail.back().map_or("", String::as_str));
        });
        let status = status?;
        progress.end(status.success());
        if !status.success() {
            for line in &tail {
                println!("    {line}");
            }
            bail!("{what}: `{program}` failed; its whole output is in `{}`", log.display());
        }
        Ok(())
    }

    /// Runs it and hands every line of its stdout and stderr to `on_line`, and `None` while it is silent.
    pub fn each_line(self, on_line: &mut dyn FnMut(Option<&str>)) -> anyhow::Result<ExitStatus> {
        self.follow(&mut |_, line| {
            on_line(line);
            Ok(())
        })
    }

    /// Runs it and interrupts it, and nothing that it has started, at the first line with a word.
    pub fn interrupted_at(self, word: &str) -> anyhow::Result<ExitStatus> {
        let mut seen = false;
        self.follow(&mut |child, line| {
            if !seen && line.is_some_and(|line| line.contains(word)) {
                seen = true;
                kill(pid(child)?, Signal::SIGINT)?;
            }
            Ok(())
        })
    }

    fn follow(
        mut self,
        on_line: &mut dyn FnMut(&Child, Option<&str>) -> anyhow::Result<()>,
    ) -> anyhow::Result<ExitStatus> {
        let (reader, writer) = io::pipe()?;
        self.command.stdout(writer.try_clone()?).stderr(writer).process_group(0);
        let mut child = self.command.spawn().with_context(|| self.missing())?;
        // Our own ends of the pipe go with the command; while they are open the reader sees no end.
        drop(self);
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        loop {
            match lines.recv_timeout(POLL) {
                Ok(line) => on_line(&child, Some(&line))?,
                Err(RecvTimeoutError::Disconnected) => return wait(&mut child, Reach::Group),
                Err(RecvTimeoutError::Timeout) if interrupt::happened() => return wait(&mut child, Reach::Group),
                Err(RecvTimeoutError::Timeout) => match child.try_wait()? {
                    Some(status) => {
                        // Its last lines may be on their way still; but what outlives it may hold the pipe open for ever.
                        while let Ok(line) = lines.recv_timeout(LAST_LINES) {
                            on_line(&child, Some(&line))?;
                        }
                        return Ok(status);
                    }
                    None => on_line(&child, None)?,
                },
            }
        }
    }

    /// Runs it and returns its stdout; fails if it fails, with what it wrote to stderr.
    pub fn output(mut self) -> anyhow::Result<String> {
        let output = self.command.process_group(0).output().with_context(|| self.missing())?;
        if interrupt::happened() {
            return Err(Interrupted.into());
        }
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`{}` failed ({}): {}", self.program, output.status, said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts it apart from us: it goes on when we end, and Ctrl-C does not reach it.
    pub fn detached(mut self, stdout: Stdio, stderr: Stdio) -> anyhow::Result<Child> {
        let child = self.command.stdout(stdout).stderr(stderr).process_group(0).spawn();
        child.with_context(|| self.missing())
    }

    fn succeeded(&self, status: ExitStatus) -> anyhow::Result<()> {
        if !status.success() {
            bail!("`{}` failed ({status})", self.program);
        }
        Ok(())
    }

    fn missing(&self) -> String {
        format!("cannot run `{}`; is it installed and on `PATH`?", self.program)
    }
}

/// How far a signal has to go to end a program and what it started.
#[derive(Clone, Copy)]
enum Reach {
    /// The program leads a process group of its own.
    Group,
    /// The program shares ours.
    Child,
}

/// Waits for a program; after an interrupt sees to it that it ends, and fails with [`Interrupted`].
fn wait(child: &mut Child, reach: Reach) -> anyhow::Result<ExitStatus> {
    while !interrupt::happened() {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(POLL);
    }
    let pid = pid(child)?;
    // One that shares the terminal has had its signal from there, and a second one would stop Pulumi halfway.
    let escalation = match reach {
        Reach::Group => [Some(Signal::SIGINT), Some(Signal::SIGTERM), Some(Signal::SIGKILL)],
        Reach::Child => [None, Some(Signal::SIGTERM), Some(Signal::SIGKILL)],
    };
    for signal in escalation {
        // It may have ended just now; then there is nobody to tell.
        let _ = match reach {
            Reach::Group => killpg(pid, signal),
            Reach::Child => kill(pid, signal),
        };
        if ended(child, GRACE)? {
            break;
        }
    }
    Err(Interrupted.into())
}

fn pid(child: &Child) -> anyhow::Result<Pid> {
    Ok(Pid::from_raw(i32::try_from(child.id())?))
}

fn ended(child: &mut Child, within: Duration) -> anyhow::Result<bool> {
    let begin = Instant::now();
    while begin.elapsed() < within {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        thread::sleep(POLL);
    }
    Ok(false)
}

/// Shows that something still runs: in place on a terminal, else by a line now and then.
struct Progress {
    what: String,
    begin: Instant,
    next: Duration,
    in_place: bool,
}

impl Progress {
    fn new(what: &str) -> Self {
        println!("  {what} ...");
        Self {
            what: what.to_owned(),
            begin: Instant::now(),
            next: Duration::from_secs(1),
            in_place: io::stdout().is_terminal(),
        }
    }

    fn show(&mut self, last_line: &str) {
        let elapsed = self.begin.elapsed();
        if elapsed < self.next {
            return;
        }
        let line = last_line.chars().filter(|letter| !letter.is_control()).take(60).collect::<String>();
        if self.in_place {
            print!("\r\x1b[K    {} s  {line}", elapsed.as_secs());
            // Progress that cannot be shown is no reason to stop.
            let _ = io::stdout().flush();
            self.next = elapsed + Duration::from_secs(1);
        } else if elapsed > Duration::from_secs(20) {
            println!("    {}: {} s so far  {line}", self.what, elapsed.as_secs());
            self.next = elapsed + Duration::from_secs(20);
        }
    }

    fn end(&self, well: bool) {
        if self.in_place {
            print!("\r\x1b[K");
        }
        let outcome = if well { "done" } else { "failed" };
        println!("    {outcome} after {:.1} s", self.begin.elapsed().as_secs_f64());
    }
}
