//! What is *live* in a service: the revision that it came to last. It is what the newest of its deployments brought that
//! ECS calls successful, or what that deployment was rolled back to.
//!
//! The service itself names another one, which was asked for last and may never have run. That counts only if the service
//! never came to any, or if that was longer ago than ECS remembers.

use crate::Engine;
use crate::cloud::{self, Deployment, DeploymentStatus, Service};

/// How a service stands.
pub(crate) struct Stand {
    /// The revision that it came to last.
    pub(crate) live: String,
    /// Its newest deployment, if it concerns whoever asked, and the revision that it brings.
    pub(crate) newest: Option<(Deployment, String)>,
}

impl Engine {
    /// How a service stands. `concerns` says with which status the newest deployment is of interest.
    pub(crate) async fn stand(
        &self,
        cluster: &str,
        service: &Service,
        concerns: fn(DeploymentStatus) -> bool,
    ) -> cloud::Result<Stand> {
        let all = || self.cloud.list_service_deployments(cluster, &service.name, None);
        let listed = self.insist(all).await?;
        let newest = listed.iter().max_by_key(|it| it.created_at).filter(|it| concerns(it.status)).cloned();
        let live = self.came_to(service, listed).await?;
        let Some(deployment) = newest else { return Ok(Stand { live, newest: None }) };
        let revision = self.insist(|| self.revision_of(deployment.target.as_deref())).await?;
        // What ECS does not say yet is what it was asked for last.
        let revision = revision.unwrap_or_else(|| service.revision.clone());
        Ok(Stand { live, newest: Some((deployment, revision)) })
    }

    /// The revision that a service came to last.
    pub(crate) async fn live(&self, cluster: &str, service: &Service) -> cloud::Result<String> {
        Ok(self.stand(cluster, service, |_| false).await?.live)
    }

    /// The task definition of a service revision; `None` as long as ECS does not know it.
    pub(crate) async fn revision_of(&self, service_revision: Option<&str>) -> cloud::Result<Option<String>> {
        let Some(arn) = service_revision else { return Ok(None) };
        Ok(self.cloud.describe_service_revisions(&[arn.to_owned()]).await?.remove(arn))
    }

    async fn came_to(&self, service: &Service, listed: Vec<Deployment>) -> cloud::Result<String> {
        let has_come =
            |it: &Deployment| matches!(it.status, DeploymentStatus::Successful | DeploymentStatus::RolledBack);
        let Some(last) = listed.into_iter().filter(has_come).max_by_key(|it| it.created_at) else {
            return Ok(service.revision.clone());
        };
        let described =
            self.insist(|| self.cloud.describe_service_deployments(std::slice::from_ref(&last.arn))).await?;
        let last = described.into_iter().next().unwrap_or(last);
        let at = if last.status == DeploymentStatus::RolledBack { last.rolled_back_to } else { last.target };
        let revision = self.insist(|| self.revision_of(at.as_deref())).await?;
        Ok(revision.unwrap_or_else(|| service.revision.clone()))
    }
}
