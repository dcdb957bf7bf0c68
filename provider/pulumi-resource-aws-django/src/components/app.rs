//! An app, whichever kind it is of: what it is, and what it consists of.

use std::collections::BTreeMap;

use aws_django_release::Runs;
use pulumi_component::{Context, Handle, Input, Output, Outputs, Problem, Result, Step, interpolate, list_of};

use super::base::BaseOutputs;
use super::data::Data;
use crate::blocks::{app_database, protection, release, task};
use crate::names::UPDATE;

mod alarms;
pub(super) mod args;
mod environment;
mod foundation;
mod images;
mod processes;
pub(super) mod rules;
mod site;
mod slot;
mod variables;

use args::{AppArgs, Deployment, SizeArgs};
use foundation::Foundation;
use processes::Released;

/// The processes whose names are not the user's.
const BEAT: &str = "beat";
const CACHE: &str = "redis";

/// What an app is. The arguments of each kind are read as one of these, and everything after them knows this alone.
pub(super) struct Spec<'a> {
    pub(super) base: &'a BaseOutputs,
    pub(super) common: &'a AppArgs,
    pub(super) deployment: Deployment,
    /// What has a service that is released, web first.
    pub(super) processes: Vec<Process<'a>>,
    pub(super) site: Site<'a>,
    /// What becomes of the data when it is destroyed.
    pub(super) data: Data,
    /// Processor of all tasks, as ECS calls it.
    pub(super) cpu_architecture: &'static str,
    pub(super) execute_command: bool,
    pub(super) cache: Option<Cache<'a>>,
    /// Bucket to which the app's own bucket writes who has read and written in it, if it does.
    pub(super) log_bucket_name: Option<&'a Input<String>>,
    /// Whether what happens is recorded and watched: metrics of each container, what is typed into a shell, and alarms that
    /// take a deployment back.
    pub(super) is_observed: bool,
    /// Who is told of what is not as it should be, if anybody is.
    pub(super) alarm_topic_arn: Option<&'a Input<Option<String>>>,
    pub(super) log_retention_days: &'a Input<u32>,
}

/// Where an app answers.
#[derive(Default)]
pub(super) struct Site<'a> {
    /// If not at its own name below the base's domain.
    pub(super) host_name: Option<&'a Input<String>>,
    /// What more is said of its names, where they need not be below the base's domain.
    pub(super) domain: Option<Domain<'a>>,
}

/// Names of an app's own.
pub(super) struct Domain<'a> {
    /// Public hosted zone of them, if that is not the base's.
    pub(super) zone_id: Option<&'a Input<Option<String>>>,
    /// Certificate for them, if the base's does not cover them and none is to be issued.
    pub(super) certificate_arn: Option<&'a Input<Option<String>>>,
    /// Names that are sent on.
    pub(super) redirect_host_names: &'a [String],
}

impl Site<'_> {
    /// Names that are sent on.
    fn redirect_host_names(&self) -> &[String] {
        self.domain.as_ref().map_or(&[], |domain| domain.redirect_host_names)
    }
}

/// Texts by name.
pub(super) type Variables = BTreeMap<String, Input<String>>;

/// No variables.
pub(super) static NONE: Variables = BTreeMap::new();

/// Where an app keeps what it needs quickly, and Celery's queues.
pub(super) enum Cache<'a> {
    /// In a task of its own, which Cloud Map finds in this namespace.
    Task { namespace_id: &'a Output<String>, namespace_name: &'a Output<String> },
    /// On servers of its own.
    Servers(Servers<'a>),
}

/// The servers of a cache.
pub(super) struct Servers<'a> {
    pub(super) node_type: &'a Input<String>,
    /// How many stand by, in other zones, for the one that is written to.
    pub(super) replica_count: &'a Input<u32>,
    pub(super) snapshot_days: &'a Input<u32>,
    /// When AWS maintains them, if AWS does not choose.
    pub(super) maintenance_window: Option<&'a Input<String>>,
    pub(super) subnet_ids: &'a Input<Vec<String>>,
    pub(super) security_group_id: &'a Input<String>,
}

/// How many tasks of a process there are.
#[derive(Clone, Copy)]
pub(super) enum Count<'a> {
    /// So many.
    Fixed(u32),
    /// As many as are needed, between two numbers.
    Scaled(Scaling<'a>),
}

/// By what the number of a process's tasks is decided.
#[derive(Clone, Copy)]
pub(super) struct Scaling<'a> {
    pub(super) min_count: u32,
    pub(super) max_count: u32,
    /// How busy tasks shall be.
    pub(super) target_cpu_percent: &'a Input<u32>,
    /// How many requests each task shall get in a minute, if that decides too.
    pub(super) requests_per_target: Option<&'a Input<u32>>,
}

impl Count<'_> {
    /// How many there are at least.
    fn least(self) -> u32 {
        match self {
            Self::Fixed(count) => count,
            Self::Scaled(scaling) => scaling.min_count,
        }
    }
}

/// A process of an app, which has a service of its own.
pub(super) struct Process<'a> {
    /// Where it stands among the arguments.
    pub(super) place: Place,
    pub(super) name: &'a str,
    pub(super) size: &'a SizeArgs,
    /// Which of the app's images it runs, and this one's variables, secrets and rights it has.
    pub(super) runs: Runs,
    /// The image that the user has given, where it is not the app's.
    pub(super) image: Option<&'a Input<String>>,
    pub(super) command: Option<&'a Input<Vec<String>>>,
    /// Variables for this process alone.
    pub(super) environment: &'a Variables,
    /// Secret variables for this process alone, by where they are kept.
    pub(super) secrets: &'a Variables,
    /// How it answers HTTP, if it does.
    pub(super) answers: Option<Answers<'a>>,
    pub(super) health_check_command: Option<&'a Input<Vec<String>>>,
    pub(super) stop_timeout_seconds: Option<u32>,
    pub(super) count: Count<'a>,
    pub(super) capacity: task::Capacity,
    pub(super) rollout: task::Rollout,
}

impl<'a> Process<'a> {
    /// One task on demand that runs the app's image.
    fn new(place: Place, name: &'a str, size: &'a SizeArgs) -> Self {
        Self {
            place,
            name,
            size,
            runs: Runs::Backend,
            image: None,
            command: None,
            environment: &NONE,
            secrets: &NONE,
            answers: None,
            health_check_command: None,
            stop_timeout_seconds: None,
            count: Count::Fixed(1),
            capacity: task::Capacity::OnDemand,
            rollout: task::Rollout::Overlapping,
        }
    }
}

/// How a process answers HTTP.
pub(super) struct Answers<'a> {
    /// The role of its target group and rules.
    pub(super) role: &'static str,
    pub(super) port: &'a Input<u32>,
    pub(super) health_check_path: &'a Input<String>,
    pub(super) healthy_codes: &'static str,
    pub(super) health_check_grace_seconds: &'a Input<u32>,
    /// The paths that it answers; without any it answers all that nobody else does.
    pub(super) patterns: Vec<String>,
    /// Place of its first rule among the app's ten.
    pub(super) rule: u32,
}

/// Where a process stands among the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Web,
    Frontend,
    Worker(usize),
    Beat,
}

impl Place {
    fn steps(self) -> Vec<Step> {
        match self {
            Self::Web => vec!["web".into()],
            Self::Frontend => vec!["frontend".into()],
            Self::Worker(index) => vec!["workers".into(), index.into()],
            Self::Beat => vec!["beat".into()],
        }
    }
}

impl Spec<'_> {
    /// All that is wrong with what is right by itself.
    pub(super) fn check(&self) -> Vec<Problem> {
        rules::check(self)
    }

    /// The front end, if there is one.
    fn frontend(&self) -> Option<&Process<'_>> {
        self.processes.iter().find(|process| process.place == Place::Frontend)
    }
}

/// What an app says of itself, whichever kind it is of.
#[derive(Outputs)]
pub struct AppOutputs {
    /// Address at which the app answers, with its scheme.
    url: Output<String>,
    /// Host name at which the app answers.
    host_name: Output<String>,
    /// Cluster in which the app runs.
    cluster_name: Output<String>,
    /// Services that a release moves: all but the cache.
    service_names: Output<Vec<String>>,
    /// Families of task definitions of which a release makes new revisions: one per service, and the one of the
    /// command that runs before.
    task_families: Output<Vec<String>>,
    /// Log groups of all processes, the cache among them.
    log_group_names: Output<Vec<String>>,
    /// Role of the code in the tasks, for policies of other resources that let it in.
    task_role_arn: Output<String>,
    /// Name of that role, for attaching policies to it.
    task_role_name: Output<String>,
    /// Role with which ECS starts the services' tasks: it pulls images and reads secrets.
    execution_role_arn: Output<String>,
    /// Database of the app, which is also the name of the role that owns it.
    database_name: Output<String>,
    /// Bucket of the app.
    bucket_name: Output<String>,
    /// Command that opens a shell in a running task of web, for `createsuperuser` for example; nothing without
    /// `executeCommand`.
    shell_command: Output<Option<String>>,
    /// Command that releases the app, where a pipeline releases (`deployment`): append `--tag` or `--image` with the new
    /// image.
    release_command: Output<Option<String>>,
}

/// Registers an app.
pub(super) fn build(cx: &Context, spec: &Spec<'_>) -> Result<AppOutputs> {
    let app = Foundation::build(cx, spec)?;
    processes::cache(cx, &app)?;
    let database = processes::database(cx, &app)?;
    let update = processes::update(cx, &app)?;
    let services = processes::services(cx, &app, &database.handle)?;
    let site = site::build(cx, &app);

    let host = &app.host;
    let families = services.iter().map(|service| service.family.clone());
    let families = list_of(families.chain([update.family.clone()]));
    let service_names = list_of(services.iter().map(|service| service.name.clone()));
    let nothing = || Output::known(None);
    let shell_command = if spec.execute_command { command(&app, "shell") } else { nothing() };
    let (release_command, release) = match spec.deployment {
        Deployment::Pipeline => (command(&app, "update"), None),
        Deployment::Pulumi => (nothing(), Some(release(cx, &app, &database, &update, &services, site)?)),
    };
    processes::scale(cx, &app, &services, release.as_ref());
    if let Data::Stays { is_protected } = spec.data {
        let lock = protection::Spec { surroundings: &app.surroundings, is_enabled: is_protected, listener_arn: None };
        protection::build(cx, &lock);
    }
    Ok(AppOutputs {
        url: interpolate!("https://{host}"),
        host_name: host.clone(),
        cluster_name: app.cluster.name.clone(),
        service_names,
        task_families: families,
        log_group_names: list_of(app.logs.values().map(|logs| logs.name.clone())),
        task_role_arn: app.task_role.arn.clone(),
        task_role_name: app.task_role.name.clone(),
        execution_role_arn: app.execution.arn.clone(),
        database_name: app.database.clone(),
        bucket_name: app.bucket.name.clone(),
        shell_command,
        release_command,
    })
}

/// Registers the release, after all that a site needs in order to answer.
fn release(
    cx: &Context,
    app: &Foundation<'_>,
    database: &app_database::AppDatabase,
    update: &task::Task,
    services: &[Released<'_>],
    site: Vec<Handle>,
) -> Result<Handle> {
    let base = app.spec.base;
    let moves = services.iter().map(|service| service.handle.clone()).collect();
    Ok(release::build(
        cx,
        &release::Spec {
            role: "app",
            surroundings: &app.surroundings,
            cluster: &app.cluster.name,
            subnet_ids: &base.private_subnet_ids,
            security_group_id: &base.app_security_group_id,
            update: release::Update {
                task_definition_arn: &update.arn,
                container: UPDATE,
                log_group: &app.logs(UPDATE)?.name,
            },
            database: &database.generation,
            services: services.iter().map(|service| service.service.clone()).collect(),
            secrets_version: &app.secrets.version,
            moves,
            after: site,
        },
    ))
}

/// A line of the command `aws-django` about this app.
fn command(app: &Foundation<'_>, verb: &'static str) -> Output<Option<String>> {
    let (name, region) = (app.name.to_owned(), &app.surroundings.region);
    region.map(move |region: String| Some(format!("aws-django {verb} {name} --region {region}")))
}
