//! The database and the role of an app on a shared server: a task that makes and drops them there, and the resource that
//! has it run.

use std::collections::BTreeMap;

use pulumi_component::{Context, Handle, Options, Output, interpolate};

use super::roles::Surroundings;
use super::task;
use crate::names::Tags;
use crate::own;

/// What the database is like, and who makes it.
pub(crate) struct Spec<'a> {
    /// Its role in the component, and the name of the container that makes it.
    pub(crate) role: &'a str,
    pub(crate) family: &'a str,
    pub(crate) cpu_architecture: &'a str,
    pub(crate) setting: task::Setting<'a>,
    /// Name of the database, and of the role that owns it.
    pub(crate) name: &'a Output<String>,
    pub(crate) host: &'a Output<String>,
    pub(crate) port: &'a Output<u32>,
    /// Where the name and password of the server's master user are kept: JSON with `username` and `password`.
    pub(crate) server_secret_arn: &'a Output<String>,
    /// Where the password of the app's own role is kept.
    pub(crate) password_from: &'a Output<String>,
    /// A number that changes with that password; none if the user keeps it.
    pub(crate) password_version: Option<&'a Output<u32>>,
    /// Whether both go with the app, or are left.
    pub(crate) drop_on_delete: bool,
    /// Role with which ECS starts the task. It alone may read the secret of the server's master user.
    pub(crate) execution_role_arn: &'a Output<String>,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) cluster: &'a Output<String>,
    pub(crate) subnet_ids: &'a Output<Vec<String>>,
    pub(crate) security_group_id: &'a Output<String>,
    /// What the task cannot start without.
    pub(crate) after: Vec<Handle>,
    pub(crate) tags: &'a Tags,
}

/// A database that is there.
pub(crate) struct AppDatabase {
    /// What it bears: another one is another database.
    pub(crate) generation: Output<String>,
    pub(crate) handle: Handle,
}

/// The public image that has `psql`, at a registry that does not count what AWS's own networks pull.
const IMAGE: &str = "public.ecr.aws/docker/library/postgres:17.11-bookworm";

/// Makes the database, or drops it.
const SCRIPT: &str = include_str!("app_database/database.sh");

/// Registers both revisions of the task, and the database.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> AppDatabase {
    let password = BTreeMap::from([("APP_PASSWORD".to_owned(), spec.password_from.clone())]);
    let task = revision(cx, spec, "", password);
    // What the app keeps secret may be gone when its database goes.
    let drop_task = revision(cx, spec, "_drop", BTreeMap::new());
    let made = own::AppDatabase::new(spec.role)
        .region(&spec.surroundings.region)
        .account_id(&spec.surroundings.account_id)
        .profile(&spec.surroundings.profile)
        .assume_roles(&spec.surroundings.assume_roles)
        .cluster(spec.cluster)
        .subnet_ids(spec.subnet_ids)
        .security_group_id(spec.security_group_id)
        .host(spec.host)
        .server_secret_arn(spec.server_secret_arn)
        .name(spec.name)
        .task_definition(&task.arn)
        .drop_task_definition(&drop_task.arn)
        .container(spec.role)
        .log_group(spec.setting.log_group)
        .password_version(spec.password_version)
        .drop_on_delete(spec.drop_on_delete)
        .register_with(cx, Options::default().depends_on(spec.after.clone()));
    AppDatabase { generation: made.generation, handle: made.handle }
}

/// A revision of a family of its own, whose name has `end` behind it.
fn revision(cx: &Context, spec: &Spec<'_>, end: &str, app_secrets: BTreeMap<String, Output<String>>) -> task::Task {
    let arn = spec.server_secret_arn;
    let plain = [
        ("APP_DATABASE", spec.name.clone()),
        ("PGCONNECT_TIMEOUT", Output::known("15")),
        ("PGDATABASE", Output::known("postgres")),
        ("PGHOST", spec.host.clone()),
        ("PGPORT", spec.port.map(|port: u32| port.to_string())),
        ("PGSSLMODE", Output::known("require")),
    ];
    let server = [("PGPASSWORD", interpolate!("{arn}:password::")), ("PGUSER", interpolate!("{arn}:username::"))];
    let server = server.map(|(name, value)| (name.to_owned(), value));
    let container = task::Container {
        environment: plain.map(|(name, value)| (name.to_owned(), value)).into(),
        secrets: app_secrets.into_iter().chain(server).collect(),
        ..task::Container::of_script(spec.role, IMAGE, SCRIPT)
    };
    task::build(
        cx,
        &task::Spec {
            role: &format!("{}{end}", spec.role),
            family: &format!("{}{end}", spec.family),
            size: task::Size::SMALLEST,
            cpu_architecture: spec.cpu_architecture,
            containers: vec![container],
            setting: spec.setting,
            execution_role_arn: spec.execution_role_arn,
            // It calls nothing of AWS.
            task_role_arn: None,
            tags: spec.tags,
        },
    )
}
