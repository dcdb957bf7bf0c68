//! One ad hoc environment of a Django project.

use pulumi_component::monitor::Registration;
use pulumi_component::{Component, Context, Handle, Output, Outputs, Result, interpolate, list_of};

use super::options;
use crate::blocks::{app_database, record, release, task};
use crate::names::{self, UPDATE};

mod args;
mod environment;
mod foundation;
mod images;
mod processes;
mod rules;
mod variables;

use foundation::Foundation;
use processes::Released;

pub use args::{AdHocAppArgs, BeatArgs, CpuArchitecture, Deployment, FrontendArgs, UpdateArgs, WebArgs, WorkerArgs};

/// The processes whose names are not the user's.
const BEAT: &str = "beat";
const CACHE: &str = "redis";

/// One environment of a Django project on an `AdHocBase`: cheap, short-lived, one per branch or reviewer.
///
/// Django, an optional front end, Celery workers and beat run on Fargate, with a cache of their own, a database and
/// a role of their own on the base's server, and a bucket of their own. Its name is the environment's name, unique in
/// account and region.
///
/// A deployment of the program ends with a site that answers: the database is made, `update.command` has run with the
/// image, and each service is live with its own new revision. If something fails on the way, what ran before goes on, the
/// deployment says why, and the next one does what is missing. Where a pipeline releases (`deployment`), a deployment of
/// the program makes everything ready and moves nothing.
///
/// Destroying an app deletes its bucket with all objects in it, and its database with all data.
#[derive(Outputs)]
pub struct AdHocApp {
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

impl Component for AdHocApp {
    const TOKEN: &'static str = "aws-django:index:AdHocApp";
    type Args = AdHocAppArgs;

    fn check(own: &Registration) -> Vec<String> {
        names::check_app(&own.name).err().into_iter().chain(options::check(own)).collect()
    }

    fn construct(cx: &Context, args: AdHocAppArgs) -> Result<Self> {
        let app = Foundation::build(cx, &args)?;
        processes::cache(cx, &app)?;
        let database = processes::database(cx, &app)?;
        let update = processes::update(cx, &app)?;
        let services = processes::services(cx, &app, &database.handle)?;
        let site = record::build(
            cx,
            &record::Spec {
                role: "site",
                zone_id: &args.base.zone_id,
                host: &app.host,
                load_balancer_dns_name: &args.base.load_balancer_dns_name,
                load_balancer_zone_id: &args.base.load_balancer_zone_id,
            },
        );

        let host = &app.host;
        let families = services.iter().map(|service| service.family.clone());
        let families = list_of(families.chain([update.family.clone()]));
        let service_names = list_of(services.iter().map(|service| service.name.clone()));
        let nothing = || Output::known(None);
        let shell_command = if args.execute_command { command(&app, "shell") } else { nothing() };
        let release_command = match args.deployment {
            Deployment::Pipeline => command(&app, "update"),
            Deployment::Pulumi => {
                release(cx, &app, &database, &update, services, [site])?;
                nothing()
            }
        };
        Ok(Self {
            url: interpolate!("https://{host}"),
            host_name: host.clone(),
            cluster_name: app.cluster.name.clone(),
            task_families: families,
            log_group_names: list_of(app.logs.values().map(|logs| logs.name.clone())),
            task_role_arn: app.task_role.arn.clone(),
            task_role_name: app.task_role.name.clone(),
            execution_role_arn: app.execution.arn.clone(),
            database_name: app.database.clone(),
            bucket_name: app.bucket.name.clone(),
            shell_command,
            release_command,
            service_names,
        })
    }
}

/// Registers the release, after all that a site needs in order to answer.
fn release(
    cx: &Context,
    app: &Foundation<'_>,
    database: &app_database::AppDatabase,
    update: &task::Task,
    services: Vec<Released<'_>>,
    site: impl IntoIterator<Item = Handle>,
) -> Result<()> {
    let base = &app.args.base;
    let moves = services.iter().map(|service| service.handle.clone()).collect();
    release::build(
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
            services: services.into_iter().map(|service| service.service).collect(),
            secrets_version: &app.secrets.version,
            moves,
            after: site.into_iter().collect(),
        },
    );
    Ok(())
}

/// A line of the command `aws-django` about this app.
fn command(app: &Foundation<'_>, verb: &'static str) -> Output<Option<String>> {
    let (name, region) = (app.name.to_owned(), &app.surroundings.region);
    region.map(move |region: String| Some(format!("aws-django {verb} {name} --region {region}")))
}
