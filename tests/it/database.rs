//! The container that makes an app's database, against a real server: run as the task definition says.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::{Command, Output};

use anyhow::{Context as _, ensure};
use aws_django_release::{EXIT_NO_SERVER, EXIT_OTHER_ID};
use e2e::postgres::{MASTER, MASTER_PASSWORD};
use e2e::tools::repository;
use e2e::{Cloud, Postgres};
use serde_json::json;

use crate::registered::{self, Container};
use crate::shop::Shop;

/// What a database bears in these tests.
const ID: &str = "11111111-2222-4333-8444-555555555555";
/// How many databases and roles there are of the app `alpha`.
const LEFT: &str = "SELECT (SELECT count(*) FROM pg_database WHERE datname = 'app_alpha'), \
                    (SELECT count(*) FROM pg_roles WHERE rolname = 'app_alpha')";

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

    alpha.drops(ID)?;
    assert_eq!(server.query_at(&beta.url, "SELECT count(*) FROM shop")?, "1");
    Ok(())
}

#[test]
fn a_database_goes_with_all_that_is_in_it_and_with_those_who_use_it() -> anyhow::Result<()> {
    let Some(server) = Postgres::start()? else { return Ok(()) };
    let app = App::new("alpha", &server, "one")?;
    let left = || server.query(MASTER, MASTER_PASSWORD, "postgres", LEFT);
    // There is nothing yet, or only a part of it.
    app.drops(ID)?;
    server.query(MASTER, MASTER_PASSWORD, "postgres", "CREATE ROLE app_alpha")?;
    app.make()?;
    server
        .query_at(&app.url, "CREATE TABLE shop (id int); CREATE SCHEMA more; GRANT USAGE ON SCHEMA more TO PUBLIC")?;

    // What another one has taken over stays, whoever asks.
    let output = app.act("drop", "another-id")?;
    assert_eq!(output.status.code(), Some(EXIT_OTHER_ID), "{output:?}");
    assert_eq!(left()?, "1|1");
    app.act("create", "another-id")?;
    assert_eq!(app.act("drop", ID)?.status.code(), Some(EXIT_OTHER_ID));
    assert_eq!(server.query_at(&app.url, "SELECT count(*) FROM shop")?, "0");

    let mut user = server.session(&app.url)?;
    app.drops("another-id")?;
    assert_eq!(left()?, "0|0");
    assert!(!user.wait()?.success(), "whoever used the database was not sent away");
    // It can be made again, and has nothing of what was there.
    app.make()?;
    assert!(server.query_at(&app.url, "SELECT count(*) FROM shop").is_err());
    Ok(())
}

#[test]
fn what_is_asked_for_wrongly_and_a_server_that_is_gone_are_told_apart() -> anyhow::Result<()> {
    let Some(server) = Postgres::start()? else { return Ok(()) };
    let app = App::new("alpha", &server, "one")?;
    let with = |name: &str, value: &str| {
        let mut environment = app.environment("drop", ID);
        environment.insert(name.to_owned(), value.to_owned());
        app.run(&environment)
    };
    let code = |output: Output| output.status.code();
    assert_eq!(with("PGHOST", "gone.invalid").map(code)?, Some(EXIT_NO_SERVER));
    assert_eq!(with("ACTION", "keep").map(code)?, Some(64));
    // A server that does not answer is not gone.
    let refused = with("PGPORT", "1").map(code)?;
    assert!(refused.is_some_and(|code| ![0, EXIT_NO_SERVER, EXIT_OTHER_ID].contains(&code)), "{refused:?}");
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
        let mut environment = app.environment("create", ID);
        environment.insert(name.to_owned(), value.to_owned());
        environment
    };
    let cases = [
        (app.environment("create", ID), "permission denied"),
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
            assert!(!server.log()?.contains(secret), "{}", server.log()?);
        }
    }
    Ok(())
}

/// From a deployment to a destroy, with the tasks carried out as their definitions say: the template's project migrates.
#[test]
fn a_database_comes_with_a_deployment_is_migrated_follows_its_password_and_goes_with_a_destroy() -> anyhow::Result<()> {
    let Some(server) = Postgres::start()? else { return Ok(()) };
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    cloud.tell("run", &server.carries_out("alpha", &cloud.tools.venv, &repository("template/backend"))?)?;
    let password = || cloud.parameter("/dev/alpha/POSTGRES_PASSWORD");

    let shop = Shop::new(&cloud, "owned")?;
    let shown = shop.up()?.events()?;
    let migrated = shown.iter().find(|event| event.to_string().contains("Applying catalog.0001_initial... OK"));
    assert_eq!(migrated.context("the migration is shown")?["diagnosticEvent"]["ephemeral"], true);
    let run = cloud.typed("aws-django run alpha -- python manage.py showmigrations catalog")?.check(0, &[])?;
    assert_eq!(run.out, "catalog\n [X] 0001_initial\n");
    let first = password()?;
    let insert = "INSERT INTO catalog_product (name, price, photo) VALUES ('Teapot', 12.5, '')";
    server.query("app_alpha", &first, "app_alpha", insert)?;
    let urn = shop.project.urn("all", "aws:ssm/parameter:Parameter", "alpha-postgres-password")?;
    shop.project.run("all", "up", &json!({"replace": [urn]}))?;
    assert!(server.query("app_alpha", &first, "app_alpha", "SELECT 1").is_err(), "the old password still opens it");
    assert_eq!(server.query("app_alpha", &password()?, "app_alpha", "SELECT name FROM catalog_product")?, "Teapot");

    let told = shop.project.run("all", "destroy", &json!({}))?.diagnostics();
    assert_eq!(server.query(MASTER, MASTER_PASSWORD, "postgres", LEFT)?, "0|0", "{told}");
    Ok(())
}

/// An app on a server, as its component describes it.
pub(crate) struct App {
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
    pub(crate) fn new(name: &str, server: &Postgres, password: &str) -> anyhow::Result<Self> {
        let app = registered::App::new(name, server.port(), password)?;
        let container = app.container("database", "database")?;
        let database = container.environment.get("APP_DATABASE").cloned();
        Ok(Self {
            database: database.context("the container is told the database")?,
            password: password.to_owned(),
            url: app.parameter("database-url")?,
            container,
            search_path: server.search_path()?,
        })
    }

    /// Makes the database. There is nothing to say if all is well.
    pub(crate) fn make(&self) -> anyhow::Result<()> {
        silent(&self.act("create", ID)?)
    }

    /// Drops it, as who knows its id.
    fn drops(&self, id: &str) -> anyhow::Result<()> {
        silent(&self.act("drop", id)?)
    }

    fn act(&self, action: &str, id: &str) -> anyhow::Result<Output> {
        self.run(&self.environment(action, id))
    }

    /// With what a task is started that is to do something.
    fn environment(&self, action: &str, id: &str) -> BTreeMap<String, String> {
        let mut environment = self.container.environment.clone();
        environment.extend([("ACTION", action), ("DATABASE_ID", id)].map(|(k, v)| (k.to_owned(), v.to_owned())));
        environment
    }

    fn run(&self, environment: &BTreeMap<String, String>) -> anyhow::Result<Output> {
        let (program, args) = self.container.command.split_first().context("a command has a first word")?;
        let mut command = Command::new(program);
        // An image has a path and a home, but nothing else of this machine's.
        command.args(args).env_clear().env("PATH", &self.search_path).env("HOME", "/nonexistent");
        Ok(command.envs(environment).output()?)
    }
}

fn silent(output: &Output) -> anyhow::Result<()> {
    ensure!(output.status.success(), "{output:?}");
    ensure!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
    Ok(())
}
