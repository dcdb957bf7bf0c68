//! An app as its services tell of it: found by its [`names`] and tags, without any state.

use std::collections::BTreeMap;

use crate::cloud::{self, Kind, Tags};
use crate::names::{self, COUNT_TAG, DEPLOYMENT_TAG, IMAGE_TAG, UPDATE, WEB};
use crate::{Cause, Engine, Failure, Step};

/// An app.
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    /// Its name.
    pub name: String,
    /// The account that it was found in.
    pub account: String,
    /// The region.
    pub region: String,
    /// Its services by process, never empty.
    pub services: BTreeMap<String, AppService>,
}

/// A service of an app.
#[derive(Clone, Debug, PartialEq)]
pub struct AppService {
    /// The process that it runs, which is also its container.
    pub process: String,
    /// Whose image it runs, unless it belongs to the program alone, as a cache does.
    pub runs: Option<Runs>,
    /// As ECS describes it.
    pub service: cloud::Service,
}

/// Which of an app's images a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runs {
    /// Django's.
    Backend,
    /// The front end's.
    Frontend,
}

impl Runs {
    /// As the tag has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backend => "backend",
            Self::Frontend => "frontend",
        }
    }

    /// What the tags of a service say.
    pub fn of(tags: &Tags) -> Option<Self> {
        let tag = tags.get(IMAGE_TAG)?;
        [Self::Backend, Self::Frontend].into_iter().find(|it| it.as_str() == tag)
    }
}

impl Engine {
    /// Finds an app. Nothing moves.
    ///
    /// # Errors
    /// If the credentials are no good, or if there is no such app where they lead to.
    pub async fn find_app(&self, name: &str, region: &str) -> Result<App, Failure> {
        if !names::is_environment(name) {
            let text = format!("`{name}` is no name of an app, which has lower-case letters, digits and hyphens");
            return Err(Failure::refused(text));
        }
        let account = self.insist(|| self.cloud.account()).await.map_err(Failure::check)?;
        let app = App { name: name.to_owned(), account, region: region.to_owned(), services: BTreeMap::new() };
        let cluster = app.cluster();
        let listed = match self.insist(|| self.cloud.list_services(&cluster)).await {
            Err(error) if error.kind == Kind::NotFound => return Err(app.missing("there is no such cluster")),
            answer => answer.map_err(Failure::check)?,
        };
        let found = self.insist(|| self.cloud.describe_services(&cluster, &listed)).await.map_err(Failure::check)?;
        let services = found.into_iter().filter_map(|service| {
            let process = names::process_of(name, &service.name)?.to_owned();
            Some((process.clone(), AppService { process, runs: Runs::of(&service.tags), service }))
        });
        let services: BTreeMap<_, _> = services.collect();
        if services.is_empty() { Err(app.missing("it has no service")) } else { Ok(App { services, ..app }) }
    }
}

impl App {
    /// Name of its cluster.
    pub fn cluster(&self) -> String {
        names::cluster(&self.name)
    }

    /// Log group of a process.
    pub fn log_group(&self, process: &str) -> String {
        names::log_group(&self.name, process)
    }

    /// The family of what must run before a new image serves.
    pub fn update_family(&self) -> String {
        names::service(&self.name, UPDATE)
    }

    /// The service of a process; [`WEB`] is the Django process that answers requests.
    ///
    /// # Errors
    /// If there is none: the failure names those that there are.
    pub fn service(&self, process: &str) -> Result<&AppService, Failure> {
        let named = self.services.get(process);
        named.or_else(|| if process == WEB { self.web() } else { None }).ok_or_else(|| {
            let all: Vec<_> = self.services.keys().map(|process| format!("`{process}`")).collect();
            let text = format!("`{}` has no process `{process}`, but {}", self.name, all.join(", "));
            Failure::refused(text)
        })
    }

    /// The services of a kind, the one that answers requests first.
    pub fn services_of(&self, runs: Runs) -> Vec<&AppService> {
        let mut services: Vec<_> = self.services.values().filter(|it| it.runs == Some(runs)).collect();
        services.sort_by_key(|it| it.service.target_groups.is_empty());
        services
    }

    /// Whether this is an app that others than `pulumi up` release.
    ///
    /// # Errors
    /// If it is not, or if its services do not say so.
    pub fn check_pipeline(&self) -> Result<(), Failure> {
        let released = self.services.values().filter(|it| it.runs.is_some());
        let mut said = released.clone().map(|it| it.service.tags.get(DEPLOYMENT_TAG).map(String::as_str));
        let name = &self.name;
        if said.any(|it| it == Some(names::PULUMI)) {
            return Err(Failure::refused(format!(
                "`{name}` is released by `pulumi up`: set `image` in its program and run that, or set `deployment` to \
                 `Pipeline` to release it from here"
            )));
        }
        self.check_tags()
    }

    /// Whether the services say by their tags what a release does with them.
    pub(crate) fn check_tags(&self) -> Result<(), Failure> {
        let (name, released) = (&self.name, self.services.values().filter(|it| it.runs.is_some()));
        let is_tagged = |it: &AppService| it.service.tags.contains_key(DEPLOYMENT_TAG) && it.at_least().is_some();
        if released.clone().next().is_none() || !released.clone().all(is_tagged) {
            return Err(Failure::refused(format!(
                "the services of `{name}` do not say by their tags `{IMAGE_TAG}`, `{DEPLOYMENT_TAG}` and `{COUNT_TAG}` \
                 what a release does with them: run `pulumi up` once with this version of the package"
            )));
        }
        Ok(())
    }

    fn web(&self) -> Option<&AppService> {
        let answers = |it: &&AppService| it.runs != Some(Runs::Frontend) && !it.service.target_groups.is_empty();
        self.services_of(Runs::Backend).first().copied().or_else(|| self.services.values().find(answers))
    }

    fn missing(&self, why: &str) -> Failure {
        let (name, cluster, account, region) = (&self.name, self.cluster(), &self.account, &self.region);
        let text = format!(
            "there is no app `{name}` in account `{account}`, region `{region}` (cluster `{cluster}`: {why}): look at \
             its name, or give the profile, role or region that it is in"
        );
        Failure::new(Step::Check, Cause::Cloud(Kind::NotFound), text)
    }
}

impl AppService {
    /// How many tasks a release gives it at least, if it says so.
    pub fn at_least(&self) -> Option<u32> {
        self.service.tags.get(COUNT_TAG)?.parse().ok()
    }
}
