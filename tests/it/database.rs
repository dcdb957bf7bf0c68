//! The container that makes an app's database, against a real server: run as the task definition says.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::{Command, Output};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use e2e::Postgres;
use e2e::postgres::{MASTER, MASTER_PASSWORD};
use pulumi_component::Value;
use pulumi_component::monitor::Registration;
use pulumi_component::testing::{Run, run, value};
use pulumi_component::value::PropertyMap;
use serde_json::{Value as Json, json};

const MASTER_SECRET: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds-master-Ab12Cd";
const TASK_DEFINITION: &str = "aws:ecs/taskDefinition:TaskDefinition";
const PARAMETER: &str = "aws:ssm/parameter:Parameter";

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

    // What the README says of an app that is gone for good.
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
        let mut environment = app.environment.clone();
        environment.insert(name.to_owned(), value.to_owned());
        environment
    };
    let cases = [
        (app.environment.clone(), "permission denied"),
        (with("PGPASSWORD", "wrong"), "password authentication failed"),
        (with("PGPORT", "1"), "Connection refused"),
        (with("PGUSER", "nobody"), "password authentication failed"),
    ];
    for (environment, reason) in cases {
        let output = app.container.run(&environment)?;
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
    container: Container,
    /// With what ECS starts the container.
    environment: BTreeMap<String, String>,
}

/// The container that makes the database.
struct Container {
    command: Vec<String>,
    /// Where it finds `psql`.
    search_path: OsString,
}

impl App {
    fn new(name: &str, server: &Postgres, password: &str) -> anyhow::Result<Self> {
        let registered = registered(name, server.port(), password)?;
        let input = |token: &str, role: &str, key: &str| {
            let child = registered.child(token, &format!("{name}-{role}"));
            child.inputs.get(key).and_then(text).with_context(|| format!("`{role}` has no text `{key}`"))
        };
        let definitions: Json =
            serde_json::from_str(&input(TASK_DEFINITION, "backend_update", "containerDefinitions")?)?;
        let containers = definitions.as_array().context("a task has containers")?;
        let container = containers.iter().find(|container| container["name"] == "database");
        let container = container.context("there is no container `database`")?;
        // ECS reads the secrets, and takes one key of a JSON where it is told to.
        let master = json!({"username": MASTER, "password": MASTER_PASSWORD});
        let secret = |from: &str| match from.strip_prefix(MASTER_SECRET).and_then(|key| key.strip_prefix(':')) {
            Some(key) => master[key.trim_end_matches(':')].as_str().map(str::to_owned),
            None => ["postgres-password", "database-url"]
                .iter()
                .find(|role| from == arn(&format!("{name}-{role}")))
                .and_then(|role| input(PARAMETER, role, "value").ok()),
        };
        let mut environment = BTreeMap::new();
        for (list, key) in [("environment", "value"), ("secrets", "valueFrom")] {
            for variable in container[list].as_array().into_iter().flatten() {
                let (name, value) = (variable["name"].as_str(), variable[key].as_str());
                let (name, value) = (name.context("a variable has a name")?, value.context("it has a value")?);
                let value = if key == "value" { Some(value.to_owned()) } else { secret(value) };
                environment.insert(name.to_owned(), value.with_context(|| format!("`{name}` is from nowhere"))?);
            }
        }
        let words = |key: &str| serde_json::from_value::<Vec<String>>(container[key].clone());
        Ok(Self {
            database: environment.get("APP_DATABASE").cloned().context("the container is told the database")?,
            password: password.to_owned(),
            url: input(PARAMETER, "database-url", "value")?,
            container: Container {
                command: [words("entryPoint")?, words("command")?].concat(),
                search_path: server.search_path()?,
            },
            environment,
        })
    }

    /// Runs the container, which has nothing to say if all is well.
    fn make(&self) -> anyhow::Result<()> {
        let output = self.container.run(&self.environment)?;
        ensure!(output.status.success(), "{output:?}");
        ensure!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
        Ok(())
    }
}

impl Container {
    fn run(&self, environment: &BTreeMap<String, String>) -> anyhow::Result<Output> {
        let (program, args) = self.command.split_first().context("a command has a first word")?;
        let mut command = Command::new(program);
        // An image has a path and a home, but nothing else of this machine's.
        command.args(args).env_clear().env("PATH", &self.search_path).env("HOME", "/nonexistent");
        Ok(command.envs(environment).output()?)
    }
}

/// What an app registers on a base whose database server listens on this machine.
fn registered(name: &str, port: u16, password: &str) -> anyhow::Result<Run> {
    let base = json!({
        "name": "dev", "domainName": "example.com", "zoneId": "Z0ZONE", "vpcId": "vpc-1",
        "privateSubnetIds": ["subnet-1"], "loadBalancerDnsName": "lb.example.com", "loadBalancerZoneId": "Z0LB",
        "loadBalancerArnSuffix": "app/lb/1", "listenerArn": "arn:aws:elasticloadbalancing:::listener/app/lb/1/2",
        "appSecurityGroupId": "sg-1", "databaseHost": "127.0.0.1", "databasePort": port,
        "databaseSecretArn": MASTER_SECRET, "namespaceId": "ns-1", "namespaceName": "dev-sd-ns",
    });
    let Value::Object(inputs) = value(json!({"base": base, "image": "shop/backend:v1"})) else {
        anyhow::bail!("arguments are an object");
    };
    let password = password.to_owned();
    let answers = move |_: &str, name: &str, given: &PropertyMap| answer(name, given, &password);
    let provider = pulumi_resource_aws_django::provider();
    let own = Registration::of_component("aws-django:index:AdHocApp", name, inputs);
    Ok(run(&provider, own, false, Arc::new(answers))?)
}

/// What AWS answers to a registration, or to a function, which has no name: enough of each to go on with.
fn answer(name: &str, given: &PropertyMap, password: &str) -> PropertyMap {
    let facts = ["id", "accountId", "bucket", "clusterName", "dnsSuffix", "name", "partition", "region"];
    let mut answer: PropertyMap = facts.map(|fact| (fact.to_owned(), Value::String(format!("{name}-{fact}")))).into();
    answer.insert("arn".to_owned(), Value::String(arn(name)));
    answer.insert("randomPassword".to_owned(), Value::String(password.to_owned()));
    answer.retain(|fact, _| !given.contains_key(fact));
    answer
}

fn arn(name: &str) -> String {
    format!("arn:aws:service:eu-central-1:123456789012:{name}")
}

/// A text, also one that is secret.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Eventual(eventual) => eventual.value.as_ref().and_then(text),
        _ => None,
    }
}
