//! One ad hoc environment of a Django project.

use pulumi_component::monitor::Registration;
use pulumi_component::{Component, Context, Output, Outputs, Result, all, interpolate, list_of};

use super::options;
use crate::blocks::record;
use crate::names;
use crate::scripts;

mod args;
mod environment;
mod foundation;
mod processes;
mod rules;
mod variables;

use foundation::Foundation;

pub use args::{AdHocAppArgs, BeatArgs, CpuArchitecture, FrontendArgs, UpdateArgs, WebArgs, WorkerArgs};

/// The processes whose names are not the user's.
const BEAT: &str = "beat";
const CACHE: &str = "redis";
const UPDATE: &str = "backend_update";

/// One environment of a Django project on an `AdHocBase`: cheap, short-lived, one per branch or reviewer.
///
/// Django, an optional front end, Celery workers and beat run on Fargate, with a cache of their own, a database and
/// a role of their own on the base's server, and a bucket of their own. Its name is the environment's name, unique in
/// account and region.
///
/// A deployment of the program makes everything ready, and no more: the services begin without tasks. A release,
/// for example by the output `releaseCommand`, makes the database, runs `update.command` and starts the tasks. From
/// then on the running image and the number of tasks belong to whoever releases, and no deployment of the program
/// changes them.
///
/// Destroying an app deletes its bucket with all objects in it, and leaves its database and its role in the database
/// until the base goes. An app that is created again under the name finds that data.
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
    /// Script that opens a shell in a running task of web, for `createsuperuser` for example; nothing without
    /// `executeCommand`. Paste it, or run `sh -c "$(pulumi stack output …)"`. It needs the AWS CLI with its Session
    /// Manager plugin.
    shell_command: Output<Option<String>>,
    /// Script that releases the newest revisions: it runs the family `<app>-backend_update`, and only if that ends
    /// well moves the services, and waits until they are live. Paste it, or run
    /// `sh -c "$(pulumi stack output …)"`. It needs the AWS CLI and nothing else.
    release_command: Output<String>,
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
        let update = processes::update(cx, &app)?;
        let services = processes::services(cx, &app)?;
        record::build(
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
        let service_names = list_of(services.iter().map(|service| service.name.clone()));
        Ok(Self {
            url: interpolate!("https://{host}"),
            host_name: host.clone(),
            cluster_name: app.cluster.name.clone(),
            task_families: list_of(families.chain([update.family])),
            log_group_names: list_of(app.logs.values().map(|logs| logs.name.clone())),
            task_role_arn: app.task_role.arn.clone(),
            task_role_name: app.task_role.name.clone(),
            execution_role_arn: app.execution.arn.clone(),
            database_name: app.database.clone(),
            bucket_name: app.bucket.name.clone(),
            shell_command: shell_command(&app),
            release_command: release_command(&app, &service_names),
            service_names,
        })
    }
}

fn shell_command(app: &Foundation<'_>) -> Output<Option<String>> {
    if !app.args.execute_command {
        return Output::known(None);
    }
    let container = app.args.web.name.clone();
    let service = app.process_name(&container);
    all([&app.surroundings.region, &app.cluster.name])
        .map(|[region, cluster]: [String; 2]| Some(scripts::Shell { region, cluster, service, container }.script()))
}

fn release_command(app: &Foundation<'_>, services: &Output<Vec<String>>) -> Output<String> {
    let base = &app.args.base;
    let (family, log_group) = (app.process_name(UPDATE), app.log_group_name(UPDATE));
    let region = &app.surroundings.region;
    all((region, &app.cluster.name, &base.app_security_group_id, &base.private_subnet_ids, services)).map(
        |(region, cluster, security_group_id, subnet_ids, services)| {
            scripts::Release { region, cluster, family, subnet_ids, security_group_id, log_group, services }.script()
        },
    )
}
