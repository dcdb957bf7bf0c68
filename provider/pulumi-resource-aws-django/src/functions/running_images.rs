//! `getRunningImages`: what an app runs that somebody else releases.

use std::collections::BTreeMap;

use aws_django_release::{Images, ImagesOf, Process};
use pulumi_component::{Function, Operation, Record, Result};

use crate::resources::access::{Config, Place, told, with_engine};

/// Where to look.
#[derive(Record)]
pub struct RunningImagesArgs {
    #[record(flatten)]
    place: Place,
    /// The Django process that answers HTTP.
    web: RunningProcess,
    /// The front end, if there is one.
    frontend: Option<RunningProcess>,
    /// Other processes that run the image of `web`.
    others: Option<Vec<RunningProcess>>,
}

/// A process of an app.
#[derive(Clone, Record)]
pub struct RunningProcess {
    /// Name of its service.
    service: String,
    /// Name of its container.
    container: String,
}

/// The images that an app runs, as its live revisions name them, also at 0 tasks.
#[derive(Record)]
pub struct RunningImages {
    /// Image of the Django project; missing if no service has ever run it.
    backend: Option<String>,
    /// Image of the front end; missing if there is none.
    frontend: Option<String>,
    /// How many tasks each service is to have, by its name.
    counts: BTreeMap<String, u32>,
}

impl From<RunningProcess> for Process {
    fn from(RunningProcess { service, container }: RunningProcess) -> Self {
        Self { service, container }
    }
}

impl Function for RunningImages {
    const TOKEN: &'static str = "aws-django:index:getRunningImages";
    type Args = RunningImagesArgs;
    type Config = Config;

    async fn call(operation: &Operation<Config>, args: RunningImagesArgs) -> Result<Self> {
        let RunningImagesArgs { place, web, frontend, others } = args;
        let of = ImagesOf {
            account: place.account.account_id.clone(),
            cluster: place.cluster.clone(),
            web: web.into(),
            frontend: frontend.map(Process::from),
            others: others.into_iter().flatten().map(Process::from).collect(),
        };
        let found = with_engine(operation, &place.account, async |engine| engine.running_images(&of).await);
        let Images { backend, frontend, counts } = found.await.map_err(|failure| told(&failure))?;
        Ok(Self { backend, frontend, counts })
    }
}
