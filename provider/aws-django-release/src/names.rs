//! What an app and a base call their parts at AWS, and what they note in tags. Whoever makes them and whoever finds them
//! by their names has both from here.
//!
//! An app's cluster is `<app>-cluster`, a process's service and family are `<app>-<process>`, its container has its own
//! name, and its logs go to `/ecs/<app>/<process>`.

/// Tag of all that a program makes: the name of its app or base.
pub const ENVIRONMENT_TAG: &str = "env";
/// Tag of a one-off task: what it is for.
pub const PURPOSE_TAG: &str = "aws-django:for";
/// Tag of a service: how many tasks a release gives it at least.
pub const COUNT_TAG: &str = "desired-count";
/// Tag of a service: who releases it, [`PULUMI`] or [`PIPELINE`].
pub const DEPLOYMENT_TAG: &str = "deployment";
/// Tag of a service: which of an app's images it runs, as [`Runs`](crate::Runs) has it. By it the image is found where a
/// process was renamed.
pub const IMAGE_TAG: &str = "aws-django:image";

/// Tag of a parameter that the command line has made.
pub const KEPT_TAG: &str = "aws-django:kept-by";
/// Its value.
pub const KEPT_BY_US: &str = "secrets";

/// The variable that has the name of the base.
pub const BASE_VARIABLE: &str = "BASE_STACK_NAME";
/// The secrets that a program makes for its app.
pub const MADE_SECRETS: [&str; 7] = [
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "DATABASE_URL",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "REDIS_URL",
    "SECRET_KEY",
];
/// Variables by which AWS's SDKs and the ECS agent take credentials.
pub const CREDENTIALS: [&str; 5] =
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN", "ECS_ENGINE_AUTH_DATA"];

/// A deployment of the program releases.
pub const PULUMI: &str = "Pulumi";
/// Somebody else releases.
pub const PIPELINE: &str = "Pipeline";

/// The process without a service that must have run before a new image serves.
pub const UPDATE: &str = "backend_update";
/// The process without a service that makes and drops the app's database.
pub const DATABASE: &str = "database";
/// What users call the Django process that answers requests, whatever its name is.
pub const WEB: &str = "web";

/// What a base calls the host that tunnels lead through.
pub const BASTION: &str = "bastion";

/// Name of an app's cluster.
pub fn cluster(app: &str) -> String {
    format!("{app}-cluster")
}

/// The app whose cluster has that name.
pub fn app_of(cluster: &str) -> Option<&str> {
    cluster.strip_suffix("-cluster")
}

/// Name of a process's service, and of its family.
pub fn service(app: &str, process: &str) -> String {
    format!("{app}-{process}")
}

/// The process whose service has that name.
pub fn process_of<'a>(app: &str, service: &'a str) -> Option<&'a str> {
    service.strip_prefix(app)?.strip_prefix('-')
}

/// Name of a process's log group.
pub fn log_group(app: &str, process: &str) -> String {
    format!("/ecs/{app}/{process}")
}

/// Name of a base's database server.
pub fn server(base: &str) -> String {
    format!("{base}-rds")
}

/// Whether a variable can be called so.
pub fn is_variable(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(is_letter) && name.starts_with(|c: char| !c.is_ascii_digit())
}

/// What the parameters of an app stand below.
pub fn parameters(base: &str, app: &str) -> String {
    format!("/{base}/{app}")
}

/// The ARN of a parameter by its name, in the partition of what stands beside it: `aws` if that has a name and no ARN.
pub(crate) fn parameter_arn(beside: &str, region: &str, account: &str, name: &str) -> String {
    let partition = beside.strip_prefix("arn:").and_then(|rest| rest.split(':').next()).unwrap_or("aws");
    format!("arn:{partition}:ssm:{region}:{account}:parameter/{}", name.trim_start_matches('/'))
}

/// Whether an app or a base can be called so.
pub fn is_environment(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
