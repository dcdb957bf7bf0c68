//! One ad hoc environment of a Django project.

use pulumi_component::monitor::Registration;
use pulumi_component::{Component, Context, Output, Outputs, Result};

use super::{app, options};
use crate::names;

mod args;

pub use super::app::args::{BeatArgs, CpuArchitecture, Deployment, FrontendArgs, UpdateArgs, WebArgs, WorkerArgs};
pub use args::AdHocAppArgs;

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
        let built = app::build(cx, &args.spec())?;
        Ok(Self {
            url: built.url,
            host_name: built.host_name,
            cluster_name: built.cluster_name,
            service_names: built.service_names,
            task_families: built.task_families,
            log_group_names: built.log_group_names,
            task_role_arn: built.task_role_arn,
            task_role_name: built.task_role_name,
            execution_role_arn: built.execution_role_arn,
            database_name: built.database_name,
            bucket_name: built.bucket_name,
            shell_command: built.shell_command,
            release_command: built.release_command,
        })
    }
}
