//! The container of an app's cache, as a real server: run as the task definition says.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::registered::App;

const PASSWORD: &str = "hunter2hunter2";

#[test]
fn a_cache_answers_whoever_has_its_password_and_shows_it_to_nobody() -> anyhow::Result<()> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let app = App::new("alpha", 5432, PASSWORD)?;
    let Some(cache) = Cache::start(&app, port, "")? else { return Ok(()) };
    let refused = cache.ask(&["PING"])?;
    assert!(refused[0].starts_with("-NOAUTH"), "{refused:?}");
    let refused = cache.ask(&["AUTH other"])?;
    assert!(refused[0].starts_with("-WRONGPASS"), "{refused:?}");
    let login = format!("AUTH {PASSWORD}");
    assert_eq!(cache.ask(&[&login, "SELECT 2", "PING"])?, ["+OK", "+OK", "+PONG"]);

    let setting = |name: &str| -> anyhow::Result<String> {
        let answers = cache.ask(&[&login, &format!("CONFIG GET {name}")])?;
        answers.get(1).cloned().context("a setting has a value")
    };
    for (name, value) in
        [("maxmemory", "402653184"), ("maxmemory-policy", "volatile-lru"), ("appendonly", "no"), ("save", "")]
    {
        assert_eq!(setting(name)?, value, "{name}");
    }
    let words = fs::read_to_string(format!("/proc/{}/cmdline", cache.server.id()))?;
    assert!(words.contains("server") && !words.contains(PASSWORD), "{words}");
    Ok(())
}

/// A server that lives as long as this.
pub(crate) struct Cache {
    server: Child,
    port: u16,
    /// With the name under which the image has the server.
    _programs: TempDir,
}

impl Cache {
    /// Starts that of an app, with more settings, a line each; `None` after a line that says why not, if there is no
    /// server.
    #[expect(clippy::print_stdout, reason = "the line is for whoever runs the tests")]
    pub(crate) fn start(app: &App, port: u16, settings: &str) -> anyhow::Result<Option<Self>> {
        let Some(server) = ["valkey-server", "redis-server"].iter().find_map(|name| on_path(name)) else {
            println!(
                "skipped: there is no `valkey-server` or `redis-server`; Debian has it in the package `redis-server`"
            );
            return Ok(None);
        };
        let programs = tempfile::tempdir()?;
        symlink(server, programs.path().join("valkey-server"))?;
        let found = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([programs.path().to_path_buf()].into_iter().chain(env::split_paths(&found)))?;

        let started = app.container("redis", "redis")?;
        let (program, args) = started.command.split_first().context("a command has a first word")?;
        let mut command = Command::new(program);
        command.args(args).env_clear().envs(&started.environment).env("PATH", path);
        // The script writes it into its settings, so that more of them can follow.
        command.env("PORT", format!("{port}\n{settings}"));
        let mut server = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let said = server.stdout.take().context("it has an output")?;
        for line in BufReader::new(said).lines() {
            if line?.contains("Ready to accept connections") {
                return Ok(Some(Self { server, port, _programs: programs }));
            }
        }
        bail!("the cache ended: {}", server.wait()?)
    }

    /// What it answers to commands on one connection; of a list the last item.
    fn ask(&self, commands: &[&str]) -> anyhow::Result<Vec<String>> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        let mut answers = BufReader::new(connection.try_clone()?);
        let mut told = Vec::new();
        for command in commands {
            write!(connection, "{command}\r\n")?;
            told.push(answer(&mut answers)?);
        }
        Ok(told)
    }
}

/// One answer in Redis's protocol.
fn answer(from: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = || -> anyhow::Result<String> {
        let mut line = String::new();
        ensure!(from.read_line(&mut line)? > 0, "the cache hung up");
        Ok(line.trim_end().to_owned())
    };
    let first = line()?;
    if first.starts_with('$') {
        // The text stands behind its length.
        return line();
    }
    let Some(count) = first.strip_prefix('*') else { return Ok(first) };
    (0..count.parse::<u32>()?).try_fold(String::new(), |_, _| answer(from))
}

impl Drop for Cache {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
