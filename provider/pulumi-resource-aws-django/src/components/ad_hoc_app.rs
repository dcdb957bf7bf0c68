//! One ad hoc environment of a Django project.

use pulumi_component::monitor::Registration;
use pulumi_component::{Component, Context, Outputs, Result};

use super::{app, options};
use crate::names;

mod args;

pub use super::app::AppOutputs;
pub use super::app::args::{BeatArgs, CpuArchitecture, Deployment, UpdateArgs};
pub use args::{AdHocAppArgs, AdHocFrontendArgs, AdHocWebArgs, AdHocWorkerArgs};

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
    #[outputs(flatten)]
    app: AppOutputs,
}

impl Component for AdHocApp {
    const TOKEN: &'static str = "aws-django:index:AdHocApp";
    type Args = AdHocAppArgs;

    fn check(own: &Registration) -> Vec<String> {
        names::check_app(&own.name).err().into_iter().chain(options::check(own)).collect()
    }

    fn construct(cx: &Context, args: AdHocAppArgs) -> Result<Self> {
        Ok(Self { app: app::build(cx, &args.spec())? })
    }
}
