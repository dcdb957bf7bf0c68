//! Production comes back as it was at a point in time, by the steps of `docs/operations.md`.

use std::fs;

use anyhow::Context as _;
use e2e::project::{APP_ARGS, BASE_ARGS};
use e2e::tools::repository;
use e2e::{Cloud, Outcome, Postgres, Project};
use serde_json::{Map, Value as Json, json};

use crate::changes::merged;

/// The master user of the servers here: one whom another tool has named.
const MASTER: &str = "shop_admin";
const PRODUCT: &str = "INSERT INTO catalog_product (name, price, photo) VALUES ('Teapot', 12.5, '')";
const PRODUCTS: &str = "SELECT name FROM catalog_product";

#[test]
fn an_app_of_another_name_takes_over_what_a_snapshot_has() -> anyhow::Result<()> {
    let Some(mut server) = Postgres::start()? else { return Ok(()) };
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    cloud.snapshot("first", MASTER)?;
    let mut project = Restored::new(&cloud)?;

    // Production as it is until then.
    project.bases.insert("live".to_owned(), base("first"));
    project.up()?;
    server.make_master(MASTER, &project.master_password("live")?)?;
    project.carry_out("production", &server)?;
    project.apps.insert("production".to_owned(), app("live", &json!({})));
    project.up()?;
    let password = cloud.parameter("/live/production/POSTGRES_PASSWORD")?;
    server.query("app_production", &password, "app_production", PRODUCT)?;

    // The steps of the documentation. In the end nothing of the old app runs.
    project.apps["production"]["web"] = json!({"desired_count": 0});
    project.up()?;
    let service = json!({"cluster": "production-cluster", "services": ["production-gunicorn"]});
    let told = cloud.call("ecs:DescribeServices", &service)?;
    assert_eq!((&told["services"][0]["desiredCount"], &told["services"][0]["runningCount"]), (&json!(0), &json!(0)));
    let documentation = fs::read_to_string(repository("docs/operations.md"))?;
    let mut blocks = documentation.split("```sh\n").filter_map(|block| block.split("```").next());
    let to_the_point = blocks.find(|block| block.contains("restore-db-instance-to-point-in-time"));
    cloud.output(cloud.command("sh").args(["-e", "-c", to_the_point.context("the documentation has the calls")?]))?;
    let then = server.restored()?;

    project.bases.insert("again".to_owned(), base("live-then"));
    project.up()?;
    let master_password = project.master_password("again")?;
    assert_ne!(master_password, project.master_password("live")?);
    then.set_password(MASTER, &master_password)?;
    project.carry_out("production", &server)?;
    project.carry_out("restored", &then)?;
    let old = json!({"database_name": "app_production", "secrets": {"SECRET_KEY": "/live/production/SECRET_KEY"}});
    project.apps.insert("restored".to_owned(), app("again", &old));
    let told = project.up()?.events()?;
    let told = |said: &str| told.iter().any(|event| event.to_string().contains(said));
    assert!(told("No migrations to apply") && !told("Applying "), "it is not what the old app has migrated");

    // It works with the old data and its own password; the old app's opens the old server alone.
    let new = cloud.parameter("/again/restored/POSTGRES_PASSWORD")?;
    assert_eq!(then.query("app_production", &new, "app_production", PRODUCTS)?, "Teapot");
    assert!(then.query("app_production", &password, "app_production", PRODUCTS).is_err());
    then.query("app_production", &new, "app_production", "UPDATE catalog_product SET name = 'Kettle'")?;
    assert_eq!(server.query("app_production", &password, "app_production", PRODUCTS)?, "Teapot");
    let url = cloud.parameter("/again/restored/DATABASE_URL")?;
    assert!(url.ends_with("/app_production?sslmode=require") && url.contains(&new), "the address leads elsewhere");
    assert_eq!(project.secret_source("restored-gunicorn", "SECRET_KEY")?, "/live/production/SECRET_KEY");
    for options in [json!({}), json!({"refresh": true})] {
        assert_eq!(project.project.run("all", "preview", &options)?.steps(), Vec::<String>::new());
    }

    // Both servers keep the database when their apps go; the master user of either is still the snapshot's.
    project.apps.clear();
    project.up()?;
    for (server, base) in [(&server, "live"), (&then, "again")] {
        let left = "SELECT count(*) FROM pg_database WHERE datname = 'app_production'";
        assert_eq!(server.query(MASTER, &project.master_password(base)?, "postgres", left)?, "1");
    }
    project.project.run("all", "destroy", &json!({}))?;
    Ok(())
}

fn base(snapshot: &str) -> Json {
    let database = json!({"instance_class": "db.t4g.medium", "snapshot_id": snapshot});
    json!({"kind": "Prod", "deletion_protection": false, "database": database})
}

fn app(base: &str, more: &Json) -> Json {
    let app = json!({"kind": "Prod", "base": base, "deployment": "Pulumi", "deletion_protection": false});
    merged(&app, more)
}

/// Bases and apps, some of which come later.
struct Restored<'a> {
    cloud: &'a Cloud,
    project: Project<'a>,
    bases: Map<String, Json>,
    apps: Map<String, Json>,
    carried_out: Map<String, Json>,
}

impl<'a> Restored<'a> {
    fn new(cloud: &'a Cloud) -> anyhow::Result<Self> {
        let project = Project::base_and_apps(cloud, "restore", &json!({}), &json!({}))?;
        Ok(Self { cloud, project, bases: Map::new(), apps: Map::new(), carried_out: Map::new() })
    }

    fn up(&self) -> anyhow::Result<Outcome> {
        self.project.write(BASE_ARGS, &json!(self.bases))?;
        self.project.write(APP_ARGS, &json!(self.apps))?;
        self.project.run("all", "up", &json!({}))
    }

    /// From now on tasks of an app are carried out on a server, as the master user whom RDS has written down.
    fn carry_out(&mut self, app: &str, server: &Postgres) -> anyhow::Result<()> {
        let mut told = server.carries_out(app, &self.cloud.tools.venv, &repository("template/backend"))?;
        for family in told.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let environment = family["environment"].as_object_mut().context("a family has an environment")?;
            environment.retain(|name, _| !["PGUSER", "PGPASSWORD"].contains(&name.as_str()));
        }
        self.carried_out.extend(told.as_object().cloned().unwrap_or_default());
        self.cloud.tell("run", &json!(self.carried_out))
    }

    /// The password that RDS has written down for the master user of a base's server.
    fn master_password(&self, base: &str) -> anyhow::Result<String> {
        let resources = self.project.resources("all")?;
        let is_its = |urn: &str| urn.ends_with(&format!("aws:rds/instance:Instance::{base}-database"));
        let server = resources.iter().find(|(urn, _)| is_its(urn)).context("the base has a server")?.1;
        let arn = &server["outputs"]["masterUserSecrets"][0]["secretArn"];
        let told = self.cloud.call("secretsmanager:GetSecretValue", &json!({"SecretId": arn}))?;
        let login: Json = serde_json::from_str(told["SecretString"].as_str().context("the secret has a value")?)?;
        assert_eq!(login["username"], MASTER);
        Ok(login["password"].as_str().context("the secret has a password")?.to_owned())
    }

    /// Where the first container of a family has a secret from.
    fn secret_source(&self, family: &str, name: &str) -> anyhow::Result<Json> {
        let told = self.cloud.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": family}))?;
        let secrets = told["taskDefinition"]["containerDefinitions"][0]["secrets"].as_array();
        let found = secrets.into_iter().flatten().find(|secret| secret["name"] == name);
        Ok(found.context("the container has the secret")?["valueFrom"].clone())
    }
}
