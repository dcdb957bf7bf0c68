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

use anyhow::{Context as _, anyhow, bail};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::interrupt::{self, Interrupted};

/// The exit code of a program that was interrupted, as shells have it.
pub const INTERRUPTED: u8 = 130;
const POLL: Duration = Duration::from_millis(20);
/// How long a program may take to end by itself after an interrupt: Pulumi finishes the calls that it has begun.
const GRACE: Duration = if cfg!(test) { Duration::from_secs(3) } else { Duration::from_secs(20) };
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
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = self.command.spawn().with_context(|| self.missing())?;
        let (stdout, stderr) = (gather(child.stdout.take()), gather(child.stderr.take()));
        let status = wait(&mut child, Reach::Group)?;
        if !status.success() {
            bail!("`{}` failed ({status}): {}", self.program, stderr()?.trim());
        }
        stdout()
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

/// Reads a pipe while the program goes on, which would stop at a full one; what is returned waits for the end of it.
fn gather(pipe: Option<impl io::Read + Send + 'static>) -> impl FnOnce() -> anyhow::Result<String> {
    let reader = thread::spawn(move || pipe.map_or(Ok(String::new()), io::read_to_string));
    move || Ok(reader.join().map_err(|_| anyhow!("the reader of a pipe panicked"))??)
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
        if ended(child, reach, GRACE)? {
            break;
        }
    }
    Err(Interrupted.into())
}

fn pid(child: &Child) -> anyhow::Result<Pid> {
    Ok(Pid::from_raw(i32::try_from(child.id())?))
}

/// Whether a program ends in time, and with it all of its group: what it started may take longer than itself.
fn ended(child: &mut Child, reach: Reach, within: Duration) -> anyhow::Result<bool> {
    let (pid, begin) = (pid(child)?, Instant::now());
    while begin.elapsed() < within {
        let others_live = || matches!(reach, Reach::Group) && killpg(pid, None).is_ok();
        if child.try_wait()?.is_some() && !others_live() {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use nix::sys::signal::killpg;
    use nix::unistd::Pid;

    use super::Call;
    use crate::interrupt::{self, Alone, Interrupted};

    /// Tells its process group in a file, asks us to end, and goes on.
    const ENDLESS: &str = "echo $$ > group; kill -INT $PPID; sleep 600";
    /// The same with something that outlives it: to what a shell has in the background an interrupt is nothing.
    const WITH_ANOTHER: &str = "sleep 600 & echo $$ > group; kill -INT $PPID; sleep 600";

    #[test]
    fn an_interrupt_ends_what_a_call_has_started_however_it_was_called() {
        check_interrupt(ENDLESS, |call| call.output().map(drop));
        check_interrupt(ENDLESS, Call::shown);
        check_interrupt(ENDLESS, |call| call.logged("sleeping", &tempfile::tempdir()?.path().join("log")));
        check_interrupt(WITH_ANOTHER, |call| call.each_line(&mut |_| ()).map(drop));
    }

    fn check_interrupt(script: &str, run: fn(Call) -> anyhow::Result<()>) {
        let _alone = Alone::wait();
        interrupt::listen().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let error = run(Call::new("sh").args(["-c", script]).dir(folder.path())).unwrap_err();
        assert!(error.is::<Interrupted>(), "{error:#}");
        let group = fs::read_to_string(folder.path().join("group")).unwrap().trim().parse().unwrap();
        assert!(killpg(Pid::from_raw(group), None).is_err(), "something of `{script}` lives on");
    }

    #[test]
    fn a_call_answers_what_it_prints_and_fails_with_what_it_complains_of() {
        let _alone = Alone::wait();
        let many = Call::new("sh").args(["-c", "yes | head -n 100000"]).output().unwrap();
        assert_eq!(many.len(), 200_000);
        let error = Call::new("sh").args(["-c", "echo no >&2; exit 3"]).output().unwrap_err();
        assert_eq!(error.to_string(), "`sh` failed (exit status: 3): no");
    }
}
