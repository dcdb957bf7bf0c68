//! What an app runs.

use futures::future;

use crate::app::{App, Runs};
use crate::cloud::{self, Deployment, DeploymentStatus, Event};
use crate::live::Stand;
use crate::{Engine, Failure};

/// What a service runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Its process.
    pub process: String,
    /// Whose image it runs, unless it belongs to the program alone.
    pub runs: Option<Runs>,
    /// How many tasks it shall have, how many run, how many are on their way.
    pub counts: [u32; 3],
    /// The revision that it came to last.
    pub live: String,
    /// The image of that.
    pub image: Option<String>,
    /// Its newest deployment, if ECS works on it, or if it did not lead to its revision.
    pub under: Option<Under>,
    /// What ECS tells of it, newest first.
    pub events: Vec<Event>,
}

/// A deployment that says more than what is live.
#[derive(Clone, Debug, PartialEq)]
pub struct Under {
    /// How far it is.
    pub deployment: Deployment,
    /// The revision that it brings.
    pub revision: String,
}

impl Engine {
    /// What all services of an app run.
    ///
    /// # Errors
    /// If AWS refuses or does not answer.
    pub async fn status(&self, app: &App) -> Result<Vec<Status>, Failure> {
        let all = app.services.values().map(|it| self.status_of(app, it));
        future::try_join_all(all).await.map_err(Failure::check)
    }

    async fn status_of(&self, app: &App, it: &crate::AppService) -> cloud::Result<Status> {
        let service = &it.service;
        let concerns = |status| status != DeploymentStatus::Successful;
        let Stand { live, newest } = self.stand(&app.cluster(), service, concerns).await?;
        let image = self.image(&live, &it.process).await?;
        Ok(Status {
            process: it.process.clone(),
            runs: it.runs,
            counts: [service.desired, service.running, service.pending],
            live,
            image,
            under: newest.map(|(deployment, revision)| Under { deployment, revision }),
            events: service.events.clone(),
        })
    }
}
