//! Which images run: for an app whose image belongs to whoever deploys it.

use std::collections::BTreeMap;

use crate::cloud::{self, Kind, Service};
use crate::{Engine, Failure, Runs, Step, names};

/// Where to look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImagesOf {
    /// The account of the app.
    pub account: String,
    /// Name of its cluster.
    pub cluster: String,
    /// The Django process that answers requests.
    pub web: Process,
    /// The front end.
    pub frontend: Option<Process>,
    /// Other processes that run the same image as `web`.
    pub others: Vec<Process>,
}

/// A process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    /// Its service.
    pub service: String,
    /// The container in it.
    pub container: String,
}

/// What runs, as the revisions name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Images {
    /// The backend's image; `None` if no service of that kind exists.
    pub backend: Option<String>,
    /// The front end's image.
    pub frontend: Option<String>,
    /// How many tasks each service is to have, by its name.
    pub counts: BTreeMap<String, u32>,
}

/// An image in a registry of ECR.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EcrImage {
    /// The account that the registry is of.
    pub account: String,
    /// The registry's region.
    pub region: String,
    /// Name of the repository.
    pub repository: String,
    /// The digest, or else the tag; none is `latest`.
    pub reference: Reference,
}

/// What is behind a repository's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// A digest, such as `sha256:…`.
    Digest(String),
    /// A tag.
    Tag(String),
}

impl EcrImage {
    /// The parts of an image's address; `None` if it is in a registry of somebody else.
    pub fn parse(image: &str) -> Option<Self> {
        let (registry, path) = image.split_once('/')?;
        let parts: Vec<_> = registry.split('.').collect();
        let ([account, "dkr", "ecr" | "ecr-fips", region, "amazonaws", "com"]
        | [account, "dkr", "ecr", region, "amazonaws", "com", "cn"]
        | [account, "dkr-ecr" | "dkr-ecr-fips", region, "on", "aws" | "amazonwebservices"]) = parts.as_slice()
        else {
            return None;
        };
        let (named, digest) = path.split_once('@').map_or((path, None), |(named, digest)| (named, Some(digest)));
        let (repository, tag) = named.split_once(':').unwrap_or((named, "latest"));
        let reference =
            digest.map_or_else(|| Reference::Tag(tag.to_owned()), |digest| Reference::Digest(digest.to_owned()));
        Some(Self {
            account: (*account).to_owned(),
            region: (*region).to_owned(),
            repository: repository.to_owned(),
            reference,
        })
    }
}

impl Engine {
    /// The images that run, or would at more than 0 tasks.
    ///
    /// # Errors
    /// If the credentials are of another account, or if ECS does not answer: what may not be seen is not nothing.
    pub async fn running_images(&self, of: &ImagesOf) -> Result<Images, Failure> {
        self.check_account(&of.account, Step::Check).await?;
        self.find_images(of).await.map_err(Failure::check)
    }

    async fn find_images(&self, of: &ImagesOf) -> cloud::Result<Images> {
        let names = match self.insist(|| self.cloud.list_services(&of.cluster)).await {
            Err(error) if error.kind == Kind::NotFound => return Ok(Images::default()),
            answer => answer?,
        };
        let services = self.insist(|| self.cloud.describe_services(&of.cluster, &names)).await?;
        let backend: Vec<_> = std::iter::once(&of.web).chain(&of.others).collect();
        let frontend: Vec<_> = of.frontend.iter().collect();
        Ok(Images {
            backend: self.image_of(&of.cluster, &services, &backend, Runs::Backend).await?,
            frontend: self.image_of(&of.cluster, &services, &frontend, Runs::Frontend).await?,
            counts: services.into_iter().map(|service| (service.name, service.desired)).collect(),
        })
    }

    /// The image of the first of these processes that there is, else of any service whose tag says that it runs it.
    async fn image_of(
        &self,
        cluster: &str,
        services: &[Service],
        named: &[&Process],
        runs: Runs,
    ) -> cloud::Result<Option<String>> {
        for process in named {
            if let Some(service) = services.iter().find(|service| service.name == process.service)
                && let Some(image) = self.live_image(cluster, service, &process.container).await?
            {
                return Ok(Some(image));
            }
        }
        for service in services.iter().filter(|service| Runs::of(&service.tags) == Some(runs)) {
            let process = names::app_of(cluster).and_then(|app| names::process_of(app, &service.name));
            let process = process.unwrap_or(&service.name);
            if let Some(image) = self.live_image(cluster, service, process).await? {
                return Ok(Some(image));
            }
        }
        Ok(None)
    }

    /// The image of a container of a service, as the live revision names it.
    async fn live_image(&self, cluster: &str, service: &Service, container: &str) -> cloud::Result<Option<String>> {
        self.image(&self.live(cluster, service).await?, container).await
    }

    /// The image of a container, as a revision names it.
    pub(crate) async fn image(&self, revision: &str, container: &str) -> cloud::Result<Option<String>> {
        Ok(self.insist(|| self.cloud.describe_task_definition(revision)).await?.images.remove(container))
    }
}
