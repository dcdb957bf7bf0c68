//! The container that makes an app's database, against a real server: run as the task definition says.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::{Command, Output};

use anyhow::{Context as _, ensure};
use e2e::Postgres;
use e2e::postgres::{MASTER, MASTER_PASSWORD};

use crate::registered::{self, Container};

#[test]
fn an_app_owns_its_database_and_reaches_no_other() -> anyhow::Result<()> {
    let Some(server) = Postgres::start()? else { return Ok(()) };
    let [alpha, beta] = [App::new("alpha", &server, "one")?, App::new("feature-1-x", &server, "two")?];
    // Apps are released at the same time.
    std::thread::scope(|scope| {
        let runs = [&alpha, &beta].map(|app| scope.spawn(|| app.make()));
        runs.into_iter().try_for_each(|run| run.join().map_err(|_| anyhow::anyhow!("a run panicked"))?)
    })?;
    // As every release runs it.
    alpha.make()?;

    for (app, name) in [(&alpha, "app_alpha"), (&beta, "app_feature_1_x")] {
        let who = "SELECT current_user, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, ssl \
                   FROM pg_roles, pg_stat_ssl WHERE rolname = current_user AND pid = pg_backend_pid()";
        assert_eq!(server.query_at(&app.url, who)?, format!("{name}|f|f|f|f|f|t"));
        let owner = "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()";
        assert_eq!(server.query_at(&app.url, owner)?, format!("{name}|{name}"));
        // PostgreSQL's own 100 connections, without the 3 that are kept for superusers.
        let limit = "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user";
        assert_eq!(server.query_at(&app.url, limit)?, ((100 - 3) / 4).to_string());
        let migrations = "CREATE TABLE shop (id int); CREATE EXTENSION pg_trgm; INSERT INTO shop VALUES (1)";
        server.query_at(&app.url, migrations)?;
    }
    for (app, other) in [(&alpha, "app_feature_1_x"), (&beta, "app_alpha")] {
        let name = app.database.as_str();
        let refused = server.query(name, &app.password, other, "SELECT 1").map_err(|error| error.to_string());
        assert!(refused.as_ref().is_err_and(|said| said.contains("permission denied for database")), "{refused:?}");
        let refused = server.query(name, &app.password, name, &format!("SET ROLE {other}"));
        assert!(refused.is_err(), "`{name}` may act as `{other}`");
    }

    // What `docs/operations.md` says of an app that is gone for good.
    server.query(MASTER, MASTER_PASSWORD, "postgres", "DROP DATABASE app_alpha")?;
    server.query(MASTER, MASTER_PASSWORD, "postgres", "DROP ROLE app_alpha")?;
    assert_eq!(server.query_at(&beta.url, "SELECT count(*) FROM shop")?, "1");
    Ok(())
}

#[test]
fn the_role_follows_its_password() -> anyhow::Result<()> {
    let Some(server) = Postgres::start()? else { return Ok(()) };
    let made = App::new("alpha", &server, "first")?;
    // As a run leaves it that broke off after its first statement.
    server.query(MASTER, MASTER_PASSWORD, "postgres", "CREATE ROLE app_alpha")?;
    made.make()?;
    server.query_at(&made.url, "CREATE TABLE shop (id int)")?;

    let mut before = made.password;
    let long = "x".repeat(900);
    let odd = [
        "second",
        " with blanks ",
        "it's",
        r#"a "quoted" one"#,
        r"back\slash\\",
        "$$;$1",
        ":'name' :name",
        "%I %L %s",
        "-- ; DROP ROLE app_alpha;",
        "`id` $(id)",
        r"\q",
        "two\nlines\\",
        "päss→wörd",
        &long,
    ];
    for password in odd {
        let app = App::new("alpha", &server, password)?;
        app.make().with_context(|| format!("with the password {password:?}"))?;
        let answer = server.query(&app.database, password, &app.database, "SELECT count(*) FROM shop");
        assert_eq!(answer.with_context(|| format!("with the password {password:?}"))?, "0");
        let refused = server.query(&app.database, &before, &app.database, "SELECT 1");
        assert!(refused.is_err(), "{before:?} still opens the database after {password:?}");
        before = password.to_owned();
    }
    Ok(())
}

#[test]
fn a_failure_is_told_and_tells_no_password() -> anyhow::Result<()> {
    let Some(server) = Postgres::start()? else { return Ok(()) };
    let app = App::new("alpha", &server, "precious")?;
    // A role that somebody else has made, which the master user may not change.
    server.query("postgres", "", "postgres", "CREATE ROLE app_alpha")?;
    let with = |name: &str, value: &str| {
        let mut environment = app.container.environment.clone();
        environment.insert(name.to_owned(), value.to_owned());
        environment
    };
    let cases = [
        (app.container.environment.clone(), "permission denied"),
        (with("PGPASSWORD", "wrong"), "password authentication failed"),
        (with("PGPORT", "1"), "Connection refused"),
        (with("PGUSER", "nobody"), "password authentication failed"),
    ];
    for (environment, reason) in cases {
        let output = app.run(&environment)?;
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!output.status.success(), "{reason}: {said}");
        assert!(said.contains(reason), "{reason}: {said}");
        for secret in ["precious", MASTER_PASSWORD] {
            assert!(!said.contains(secret), "{said}");
            assert!(!server.log().contains(secret), "{}", server.log());
        }
    }
    Ok(())
}

/// An app on a server, as its component describes it.
struct App {
    /// Its database, which is also its role.
    database: String,
    password: String,
    /// The address that its containers get.
    url: String,
    /// The container that makes the database.
    container: Container,
    /// Where it finds `psql`.
    search_path: OsString,
}

impl App {
    fn new(name: &str, server: &Postgres, password: &str) -> anyhow::Result<Self> {
        let app = registered::App::new(name, server.port(), password)?;
        let container = app.container("backend_update", "database")?;
        let database = container.environment.get("APP_DATABASE").cloned();
        Ok(Self {
            database: database.context("the container is told the database")?,
            password: password.to_owned(),
            url: app.parameter("database-url")?,
            container,
            search_path: server.search_path()?,
        })
    }

    /// Runs the container, which has nothing to say if all is well.
    fn make(&self) -> anyhow::Result<()> {
        let output = self.run(&self.container.environment)?;
        ensure!(output.status.success(), "{output:?}");
        ensure!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
        Ok(())
    }

    fn run(&self, environment: &BTreeMap<String, String>) -> anyhow::Result<Output> {
        let (program, args) = self.container.command.split_first().context("a command has a first word")?;
        let mut command = Command::new(program);
        // An image has a path and a home, but nothing else of this machine's.
        command.args(args).env_clear().env("PATH", &self.search_path).env("HOME", "/nonexistent");
        Ok(command.envs(environment).output()?)
    }
}
