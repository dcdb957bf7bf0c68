//! A release by hand: from an app and the images that it shall run to what a release wants, and what has been done
//! already. Services that nothing is said of do not move.

use std::collections::BTreeMap;

use futures::future;

use crate::app::{App, AppService, Runs};
use crate::cloud::{self, Definition, DeploymentStatus, TaskStatus, TasksOf};
use crate::live::Stand;
use crate::names::{ENVIRONMENT_TAG, PURPOSE_TAG, UPDATE};
use crate::plan::{Begun, Count, Done, Live, Migrated, Service, ServiceDone, Update, Wanted};
use crate::release::{STARTED_BY, STARTED_BY_RUN};
use crate::revisions::Revision;
use crate::task::judge;
use crate::{Container, End, Engine, Failure};

/// What shall run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Django's image; `None` leaves all that runs it.
    pub backend: Option<NewImage>,
    /// The front end's image.
    pub frontend: Option<NewImage>,
    /// Whether what must run before a new image is left out.
    pub only_services: bool,
}

/// An image to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewImage {
    /// The whole address, with a tag or a digest.
    Whole(String),
    /// The one that runs, with another tag.
    Tag(String),
}

/// A release that is ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// What shall be live.
    pub wanted: Wanted,
    /// What is done already.
    pub done: Done,
    /// From which image to which, by what runs it.
    pub images: BTreeMap<Runs, (String, String)>,
    /// What a person should know of it.
    pub notes: Vec<String>,
}

/// A service, with what was found of it.
pub(crate) struct Standing<'a> {
    pub(crate) of: &'a AppService,
    /// The revision that it came to last.
    pub(crate) live: Definition,
    /// The revision that it is being moved to.
    pub(crate) under_way: Option<String>,
}

impl Engine {
    /// Makes a release of new images ready: finds which revisions it takes, and registers those that there are not yet.
    /// Nothing moves.
    ///
    /// # Errors
    /// If `pulumi up` releases the app, if an image is none, or if AWS refuses or does not answer.
    pub async fn prepare(&self, app: &App, change: &Change) -> Result<Prepared, Failure> {
        app.check_pipeline()?;
        let mut prepared = Prepared::of(app);
        for (runs, image) in [(Runs::Backend, &change.backend), (Runs::Frontend, &change.frontend)] {
            let Some(image) = image else { continue };
            let standing = self.standing(app, runs).await?;
            let now = running(app, runs, &standing)?;
            let image = image.over(&now).map_err(Failure::refused)?;
            let moved = standing.iter().map(|it| self.moved(app, it, &image));
            for (name, service, done) in future::try_join_all(moved).await? {
                prepared.wanted.services.insert(name.clone(), service);
                prepared.done.services.insert(name, done);
            }
            prepared.images.insert(runs, (now, image));
        }
        if let Some((_, image)) = prepared.images.get(&Runs::Backend).filter(|_| !change.only_services) {
            self.prepare_update(app, &image.clone(), &mut prepared).await?;
        }
        Ok(prepared)
    }

    /// All services of a kind, the one that answers requests first.
    pub(crate) async fn standing<'a>(&self, app: &'a App, runs: Runs) -> Result<Vec<Standing<'a>>, Failure> {
        let all = future::try_join_all(app.services_of(runs).into_iter().map(|it| self.stands(app, it))).await?;
        if all.is_empty() {
            let text = format!("no service of `{}` runs an image of the {}", app.name, runs.as_str());
            return Err(Failure::refused(text));
        }
        Ok(all)
    }

    pub(crate) async fn stands<'a>(&self, app: &App, of: &'a AppService) -> Result<Standing<'a>, Failure> {
        self.look(&app.cluster(), of).await.map_err(Failure::check)
    }

    async fn look<'a>(&self, cluster: &str, of: &'a AppService) -> cloud::Result<Standing<'a>> {
        let Stand { live, newest } = self.stand(cluster, &of.service, DeploymentStatus::is_under_way).await?;
        let under_way = newest.map(|(_, revision)| revision);
        Ok(Standing { of, live: self.describe(&live).await?, under_way })
    }

    async fn moved(
        &self,
        app: &App,
        standing: &Standing<'_>,
        image: &str,
    ) -> Result<(String, Service, ServiceDone), Failure> {
        let revision = self.revision(&standing.revision(app, image)).await?;
        let service = standing.service(app, &revision, image)?;
        Ok((standing.of.service.name.clone(), service, standing.done()))
    }

    async fn prepare_update(&self, app: &App, image: &str, prepared: &mut Prepared) -> Result<(), Failure> {
        let definition = self.revision(&update_revision(app, image)).await?;
        let containers = containers(app, UPDATE, &definition);
        let update = Update { revision: definition.revision, containers, generation: String::new() };
        let ran = self.has_just_run(&app.cluster(), &update).await.map_err(Failure::check)?;
        if let Some(task) = ran {
            let short = cloud::short(&update.revision);
            prepared.notes.push(format!("`{short}` has ended with 0 already, as task `{task}`: it is not run again"));
            let (revision, generation) = (update.revision.clone(), String::new());
            prepared.done.migrated = Some(Migrated { revision, generation });
        } else {
            prepared.done.migrated = None;
        }
        prepared.wanted.update = update;
        Ok(())
    }

    /// The task that has run an update and ended with 0, if ECS remembers it (it does for an hour) and no one-off task
    /// has ended since: that may have undone it. So a release that is begun again after it was interrupted goes on where
    /// it was, and one that is made anew later runs the update, which does no harm.
    async fn has_just_run(&self, cluster: &str, update: &Update) -> cloud::Result<Option<String>> {
        let mut tasks = self.insist(|| self.tasks(cluster, &TasksOf::Over)).await?;
        let of_service = |by: &String| by.starts_with("ecs-svc/");
        tasks.retain(|task| task.status == TaskStatus::Stopped && !task.started_by.as_ref().is_some_and(of_service));
        let last = tasks.into_iter().max_by_key(|task| task.created_at);
        Ok(last
            .filter(|task| task.revision == update.revision && task.started_by.as_deref() == Some(STARTED_BY))
            .filter(|task| judge(task, &update.containers) == End::Succeeded)
            .map(|task| task.id().to_owned()))
    }

    /// What a person's one-off task is, in a process of an app: its live revision, where it runs, with another command.
    ///
    /// # Errors
    /// If there is no such process, or if AWS refuses or does not answer.
    pub async fn prepare_run(&self, app: &App, process: &str, command: Vec<String>) -> Result<crate::OneOff, Failure> {
        let of = app.service(process)?;
        let standing = self.stands(app, of).await?;
        let mut containers = containers(app, &of.process, &standing.live);
        containers.truncate(1);
        Ok(crate::OneOff {
            cluster: app.cluster(),
            network: of.service.network.clone(),
            revision: standing.live.revision,
            containers,
            started_by: STARTED_BY_RUN.to_owned(),
            tags: [(ENVIRONMENT_TAG.to_owned(), app.name.clone()), (PURPOSE_TAG.to_owned(), "run".to_owned())].into(),
            command: Some(command),
            environment: BTreeMap::new(),
            raw: true,
        })
    }
}

impl Prepared {
    /// A release that does nothing yet. What must run before a new image counts as done: revision 0 never runs, so that
    /// any update that does is one of somebody else.
    pub(crate) fn of(app: &App) -> Self {
        let update = Update { revision: format!("{}:0", app.update_family()), ..Update::default() };
        let migrated = Migrated { revision: update.revision.clone(), generation: update.generation.clone() };
        let network = app.services_of(Runs::Backend).first().map(|it| it.service.network.clone());
        Self {
            wanted: Wanted {
                account: app.account.clone(),
                region: app.region.clone(),
                cluster: app.cluster(),
                network: network.unwrap_or_default(),
                update,
                services: BTreeMap::new(),
            },
            done: Done { migrated: Some(migrated), services: BTreeMap::new() },
            images: BTreeMap::new(),
            notes: Vec::new(),
        }
    }
}

impl Standing<'_> {
    /// The image of the app's own container.
    pub(crate) fn image(&self) -> Option<&String> {
        self.live.images.get(&self.of.process)
    }

    /// What a release of an image wants of its family.
    pub(crate) fn revision<'a>(&'a self, app: &'a App, image: &'a str) -> Revision<'a> {
        let family = cloud::family(&self.live.revision).to_owned();
        Revision { app: &app.name, family, live: Some(&self.live), container: &self.of.process, image }
    }

    /// What it shall be.
    pub(crate) fn service(&self, app: &App, revision: &Definition, image: &str) -> Result<Service, Failure> {
        let at_least = self.of.at_least();
        let count =
            at_least.ok_or_else(|| Failure::refused(format!("`{}` does not say its count", self.of.service.name)))?;
        Ok(Service {
            revision: revision.revision.clone(),
            count: Count::AtLeast(count),
            settings: String::new(),
            has_health_check: !self.of.service.target_groups.is_empty() || revision.has_health_check,
            image: image.to_owned(),
            containers: containers(app, &self.of.process, revision),
        })
    }

    /// What is done in it.
    pub(crate) fn done(&self) -> ServiceDone {
        let (revision, count) = (self.live.revision.clone(), self.of.service.desired);
        ServiceDone { live: Some(Live { revision, count, settings: String::new() }), begun: None }
    }

    /// The same, where what is under way may be superseded.
    pub(crate) fn done_over_others(&self) -> ServiceDone {
        let begun = self.under_way.clone().map(|revision| Begun { revision, settings: String::new() });
        ServiceDone { begun, ..self.done() }
    }
}

impl NewImage {
    /// The image in place of one that runs.
    ///
    /// # Errors
    /// If it names no certain image.
    pub fn over(&self, now: &str) -> Result<String, String> {
        match self {
            Self::Tag(tag) => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
                if tag.is_empty() || tag.len() > 128 || tag.starts_with(['.', '-']) || !tag.chars().all(is_part) {
                    return Err(format!("`{tag}` is no tag: give the whole address as the image if it is a digest"));
                }
                Self::Whole(format!("{}:{tag}", repository(now))).over(now)
            }
            Self::Whole(image) => {
                let rest = image.strip_prefix(repository(image)).unwrap_or_default();
                if image.is_empty() || image.contains(char::is_whitespace) || matches!(rest, "" | ":") {
                    return Err(format!("the image `{image}` has no tag or digest, so that nobody knows what runs"));
                }
                if rest == ":latest" {
                    return Err(format!(
                        "the image `{image}` is another one tomorrow: give a tag that stays, or a digest"
                    ));
                }
                Ok(image.clone())
            }
        }
    }
}

/// What a release of an image wants of what must run before it serves.
pub(crate) fn update_revision<'a>(app: &'a App, image: &'a str) -> Revision<'a> {
    Revision { app: &app.name, family: app.update_family(), live: None, container: UPDATE, image }
}

/// An image without its tag and digest.
pub(crate) fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    let at = name.rfind('/').map_or(0, |at| at + 1);
    name[at..].find(':').map_or(name, |colon| &name[..at + colon])
}

/// The containers of a revision, that of the process first, which is there even if the revision does not say so.
pub(crate) fn containers(app: &App, process: &str, revision: &Definition) -> Vec<Container> {
    let others = revision.images.keys().filter(|name| *name != process);
    let all = std::iter::once(process).chain(others.map(String::as_str));
    let log_group = |name: &str| revision.log_groups.get(name).cloned().unwrap_or_else(|| app.log_group(process));
    all.map(|name| Container { name: name.to_owned(), log_group: log_group(name) }).collect()
}

/// The image that runs: that of the service that answers requests.
pub(crate) fn running(app: &App, runs: Runs, standing: &[Standing<'_>]) -> Result<String, Failure> {
    let image = standing.iter().find_map(Standing::image).cloned();
    image.ok_or_else(|| {
        let text = format!("no revision of `{}` says which image of the {} runs", app.name, runs.as_str());
        Failure::refused(text)
    })
}
