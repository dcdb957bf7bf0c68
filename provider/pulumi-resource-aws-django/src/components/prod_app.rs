//! Production of a Django project.

use pulumi_component::monitor::Registration;
use pulumi_component::{Component, Context, Outputs, Result};

use super::{app, options};
use crate::names;

mod args;
mod scaling;

pub use super::app::AppOutputs;
pub use args::{DomainArgs, ProdAppArgs, ProdCacheArgs, ProdFrontendArgs, ProdWebArgs, ProdWorkerArgs};
pub use scaling::{ScalingArgs, WebScalingArgs};

/// Production of a Django project on a `ProdBase`, or a rehearsal of it on a base of its own.
///
/// Django, an optional front end, Celery workers and beat run on Fargate, on demand, in as many tasks as they need, with a
/// cache of their own that has a second server, a database and a role of their own on the base's server, and a bucket of
/// their own that keeps what is overwritten. Its name is the environment's name, unique in account and region.
///
/// How a deployment of the program puts an image to work, or a pipeline does, is as with an `AdHocApp` (`deployment`).
///
/// It cannot be destroyed by accident: see `deletionProtection`. Destroying it leaves its bucket with all objects in it, and
/// its database with all data; its cache, and the secrets that it has made, are gone.
#[derive(Outputs)]
pub struct ProdApp {
    #[outputs(flatten)]
    app: AppOutputs,
}

impl Component for ProdApp {
    const TOKEN: &'static str = "aws-django:index:ProdApp";
    type Args = ProdAppArgs;

    fn check(own: &Registration) -> Vec<String> {
        names::check_app(&own.name).err().into_iter().chain(options::check(own)).collect()
    }

    fn construct(cx: &Context, args: ProdAppArgs) -> Result<Self> {
        Ok(Self { app: app::build(cx, &args.spec())? })
    }
}
