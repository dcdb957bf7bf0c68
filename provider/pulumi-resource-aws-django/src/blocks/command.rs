//! A task without a service: the command that must run before a new image serves, and the database that it needs.

use std::collections::BTreeMap;

use pulumi_component::{Context, Output, interpolate};

use super::task;
use crate::names::Tags;

/// What the task runs.
pub(crate) struct Spec<'a> {
    /// Its role in the component, and the name of the container that runs the command.
    pub(crate) role: &'a str,
    pub(crate) family: &'a str,
    pub(crate) size: task::Size,
    pub(crate) cpu_architecture: &'a str,
    pub(crate) setting: task::Setting<'a>,
    pub(crate) image: &'a Output<String>,
    pub(crate) command: &'a Output<Vec<String>>,
    pub(crate) environment: BTreeMap<String, Output<String>>,
    pub(crate) secrets: BTreeMap<String, Output<String>>,
    /// Secret with the login of the private registry that the image comes from.
    pub(crate) registry_secret_arn: Option<Output<Option<String>>>,
    pub(crate) database: Database<'a>,
    /// Role with which ECS starts the task. It alone may read the secret of the server's master user.
    pub(crate) execution_role_arn: &'a Output<String>,
    pub(crate) task_role_arn: &'a Output<String>,
    pub(crate) tags: &'a Tags,
}

/// The database that must be there before the command starts.
pub(crate) struct Database<'a> {
    /// Name of the database, and of the role that owns it.
    pub(crate) name: &'a Output<String>,
    pub(crate) host: &'a Output<String>,
    pub(crate) port: &'a Output<u32>,
    /// Where the name and password of the server's master user are kept: JSON with `username` and `password`.
    pub(crate) secret_arn: &'a Output<String>,
    /// Where the password of the app's own role is kept.
    pub(crate) password_from: Output<String>,
}

/// The container that makes the database.
pub(crate) const DATABASE: &str = "database";

/// The public image that has `psql`, at a registry that does not count what AWS's own networks pull.
const IMAGE: &str = "public.ecr.aws/docker/library/postgres:17.11-bookworm";

/// Makes the database, if need be.
const SCRIPT: &str = include_str!("command/database.sh");

/// Registers the task.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> task::Task {
    let command = task::Container {
        command: Some(spec.command.clone()),
        environment: spec.environment.clone(),
        secrets: spec.secrets.clone(),
        registry_secret_arn: spec.registry_secret_arn.clone(),
        after: Some(DATABASE),
        ..task::Container::new(spec.role, spec.image.clone())
    };
    task::build(
        cx,
        &task::Spec {
            role: spec.role,
            family: spec.family,
            size: spec.size,
            cpu_architecture: spec.cpu_architecture,
            containers: vec![command, database(&spec.database)],
            setting: spec.setting,
            execution_role_arn: spec.execution_role_arn,
            task_role_arn: Some(spec.task_role_arn),
            tags: spec.tags,
        },
    )
}

/// The container that makes the database; it needs to end well before the command starts, and only then.
fn database<'a>(database: &Database<'_>) -> task::Container<'a> {
    let arn = database.secret_arn;
    let plain = [
        ("APP_DATABASE", database.name.clone()),
        ("PGCONNECT_TIMEOUT", Output::known("15")),
        ("PGDATABASE", Output::known("postgres")),
        ("PGHOST", database.host.clone()),
        ("PGPORT", database.port.map(|port: u32| port.to_string())),
        ("PGSSLMODE", Output::known("require")),
    ];
    let secret = [
        ("APP_PASSWORD", database.password_from.clone()),
        ("PGPASSWORD", interpolate!("{arn}:password::")),
        ("PGUSER", interpolate!("{arn}:username::")),
    ];
    task::Container {
        essential: false,
        environment: plain.map(|(name, value)| (name.to_owned(), value)).into(),
        secrets: secret.map(|(name, value)| (name.to_owned(), value)).into(),
        ..task::Container::of_script(DATABASE, IMAGE, SCRIPT)
    }
}
