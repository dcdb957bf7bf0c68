//! A release as a whole: look, run the update unless it has run, look again, move what differs. What was done is told
//! whatever comes in between.

use std::time::Duration;

use futures::future;

use crate::cloud::{DeploymentStatus, Tags, TasksOf, family, short};
use crate::live::Stand;
use crate::names::PURPOSE_TAG;
use crate::plan::{self, Done, Migrated, Observed, Plan, RunUpdate, Seen, Wanted};
use crate::task::Hold;
use crate::{Cause, End, Engine, Event, Failure, OneOff, Ran, Step};

/// `startedBy` of the tasks that releases start.
pub const STARTED_BY: &str = "aws-django-release";
/// `startedBy` of a person's one-off tasks: they are nothing to a release, whatever they run.
pub const STARTED_BY_RUN: &str = "aws-django-run";

/// How long the parts of a release may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The update, from its start.
    pub update: Duration,
    /// The services, all at once.
    pub rollout: Duration,
}

impl Default for Limits {
    /// Half an hour each.
    fn default() -> Self {
        let half_an_hour = Duration::from_mins(30);
        Self { update: half_an_hour, rollout: half_an_hour }
    }
}

/// What a release has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What is done now: true whatever the result is. Keep it, unless nothing was begun.
    pub done: Done,
    /// What it did, or why it failed.
    pub result: Result<Plan, Failure>,
}

impl Engine {
    /// Makes live what is wanted. `done` is what the last release has returned; without it this is the app's first
    /// release, which refuses to replace an image that it knows nothing of.
    pub async fn release(&self, wanted: &Wanted, done: Option<&Done>, limits: Limits) -> Outcome {
        let mut outcome = self.release_alone(wanted, done, limits).await;
        if let Err(failure) = &mut outcome.result
            && failure.begun
        {
            failure.details.push(
                "the infrastructure has changed already: rights and parameters that the running revisions need must \
                 stay until a release has succeeded"
                    .to_owned(),
            );
        }
        outcome
    }

    /// The same, where the infrastructure has not changed along with it.
    pub async fn release_alone(&self, wanted: &Wanted, done: Option<&Done>, limits: Limits) -> Outcome {
        let mut release = Release {
            engine: self,
            wanted,
            done: done.cloned().unwrap_or_default(),
            is_first: done.is_none(),
            begun: false,
        };
        release.done.services.retain(|name, _| wanted.services.contains_key(name));
        let result = match release.run(limits).await {
            Err(failure) => Err(release.tell_what_is_left(failure).await),
            result => result,
        };
        Outcome { done: release.done, result }
    }

    /// All that a release would be refused for now.
    pub(crate) async fn refusals(&self, wanted: &Wanted, done: &Done) -> crate::cloud::Result<Vec<plan::Refusal>> {
        let release = Release { engine: self, wanted, done: done.clone(), is_first: false, begun: false };
        Ok(plan::refusals(wanted, done, &release.observe().await?))
    }

    /// What is live now, for a refresh: what ran as an update is kept, services that are gone are left out; `None` if
    /// there is no such cluster.
    ///
    /// # Errors
    /// If the credentials are of another account, or if ECS does not answer.
    pub async fn read(&self, account: &str, cluster: &str, done: &Done) -> Result<Option<Done>, Failure> {
        self.check_account(account, Step::Check).await?;
        let names: Vec<_> = done.services.keys().cloned().collect();
        let services = match self.insist(|| self.cloud.describe_services(cluster, &names)).await {
            Err(error) if error.kind == crate::cloud::Kind::NotFound => return Ok(None),
            answer => answer.map_err(Failure::check)?,
        };
        let mut now = Done { migrated: done.migrated.clone(), ..Done::default() };
        for service in services {
            let live = self.live(cluster, &service).await;
            let revision = live.map_err(Failure::check)?;
            let mut it = done.services.get(&service.name).cloned().unwrap_or_default();
            let begun = it.begun.as_ref().filter(|begun| begun.revision == revision);
            let settings = begun.map(|begun| begun.settings.clone());
            let settings = settings.or(it.live.map(|live| live.settings)).unwrap_or_default();
            it.live = Some(plan::Live { revision, count: service.desired, settings });
            now.services.insert(service.name, it);
        }
        Ok(Some(now))
    }

    /// Ends what releases have left running: one-off tasks that they started. Services stay as they are.
    ///
    /// # Errors
    /// If the credentials are of another account, or if a task cannot be stopped.
    pub async fn delete(&self, account: &str, cluster: &str) -> Result<(), Failure> {
        self.check_account(account, Step::Check).await?;
        let ours = TasksOf::StartedBy(STARTED_BY.to_owned());
        let tasks = match self.insist(|| self.cloud.list_tasks(cluster, &ours)).await {
            Err(error) if error.kind == crate::cloud::Kind::NotFound => return Ok(()),
            answer => answer.map_err(|error| Failure::cloud(Step::Update, error))?,
        };
        for task in tasks {
            let stop = || self.cloud.stop_task(cluster, &task, "the app's release was deleted");
            self.insist(stop).await.map_err(|error| Failure::cloud(Step::Update, error))?;
        }
        Ok(())
    }

    /// Before anything moves, STS must say the app's account.
    pub(crate) async fn check_account(&self, account: &str, step: Step) -> Result<(), Failure> {
        match self.insist(|| self.cloud.account()).await {
            Ok(ours) if ours == account => Ok(()),
            Ok(ours) => Err(Failure::new(
                step,
                Cause::Refused,
                format!(
                    "the credentials are of account `{ours}`, the app is in `{account}`: give a profile, or a role to \
                     assume, of account `{account}`"
                ),
            )),
            Err(error) => Err(Failure::cloud(step, error)),
        }
    }
}

/// A release that runs.
struct Release<'a> {
    engine: &'a Engine,
    wanted: &'a Wanted,
    done: Done,
    is_first: bool,
    begun: bool,
}

impl Release<'_> {
    async fn run(&mut self, limits: Limits) -> Result<Plan, Failure> {
        self.engine.check_account(&self.wanted.account, Step::Check).await?;
        let mut plan = self.look(Step::Check).await?;
        self.engine.progress.tell(Event::Planned(plan.clone()));
        let planned = plan.clone();
        self.unless_cancelled(Step::Check, "nothing has moved")?;
        if let Some(update) = &plan.update {
            self.update(update, limits.update).await?;
            // It may have taken half an hour.
            plan = self.look(Step::Rollout).await?;
            self.unless_cancelled(Step::Rollout, "the update has ended with 0, no service has moved")?;
        }
        let moved = self.engine.move_services(self.wanted, &plan, &mut self.done, limits.rollout).await;
        self.begun |= !plan.moves.is_empty();
        moved.map(|()| planned)
    }

    /// What is there, and what to do about it.
    async fn look(&self, step: Step) -> Result<Plan, Failure> {
        let observed = self.observe().await.map_err(|error| Failure::cloud(step, error))?;
        if let Some(name) = self.wanted.services.keys().find(|name| !observed.services.contains_key(*name)) {
            let text = format!("there is no service `{name}` in cluster `{}`", self.wanted.cluster);
            return Err(Failure::new(step, Cause::Cloud(crate::cloud::Kind::NotFound), text));
        }
        plan::plan(self.wanted, &self.done, &observed)
            .map_err(|refusal| Failure::new(step, Cause::Refused, refusal.to_string()))
    }

    async fn observe(&self) -> crate::cloud::Result<Observed> {
        let (engine, cluster) = (self.engine, &self.wanted.cluster);
        let names: Vec<_> = self.wanted.services.keys().cloned().collect();
        let services = engine.insist(|| engine.cloud.describe_services(cluster, &names)).await?;
        let seen = future::try_join_all(services.into_iter().map(|service| self.seen(service))).await?;
        let family = family(&self.wanted.update.revision);
        let update_tasks = engine.insist(|| engine.update_tasks(cluster, family)).await?;
        let services = seen.into_iter().map(|seen| (seen.service.name.clone(), seen)).collect();
        Ok(Observed { update_tasks, services })
    }

    async fn seen(&self, service: crate::cloud::Service) -> crate::cloud::Result<Seen> {
        let (engine, cluster) = (self.engine, &self.wanted.cluster);
        let Stand { live, newest } = engine.stand(cluster, &service, DeploymentStatus::is_under_way).await?;
        let mut image = None;
        let app = self.wanted.services.get(&service.name).and_then(|service| service.containers.first());
        if let Some(container) = app.filter(|_| self.is_first && service.desired > 0) {
            image = engine.image(&live, &container.name).await?;
        }
        Ok(Seen { service, live, under_way: newest, image })
    }

    async fn update(&mut self, update: &RunUpdate, limit: Duration) -> Result<(), Failure> {
        let Wanted { cluster, network, update: wanted, .. } = self.wanted;
        let tags = [(PURPOSE_TAG, "release"), (plan::GENERATION_TAG, &wanted.generation)];
        let one_off = OneOff {
            cluster: cluster.clone(),
            network: network.clone(),
            revision: update.to.clone(),
            containers: wanted.containers.clone(),
            started_by: STARTED_BY.to_owned(),
            tags: tags.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Tags>(),
            ..OneOff::default()
        };
        self.begun = true;
        let until = self.engine.clock.now() + limit;
        let mut ran = match &update.adopt {
            Some(task) => self.engine.watch(&one_off, task, until, Hold::Theirs).await,
            None => self.engine.run_alone(&one_off, limit, true).await,
        };
        if let End::Yielded(other) = &ran.end
            && plan::is_wanted(other, wanted)
        {
            ran = self.engine.watch(&one_off, &other.clone(), until, Hold::Theirs).await;
        }
        if ran.end == End::Succeeded {
            let (revision, generation) = (wanted.revision.clone(), wanted.generation.clone());
            self.done.migrated = Some(Migrated { revision, generation });
            return Ok(());
        }
        Err(failed(Step::Update, &update.to, ran))
    }

    fn unless_cancelled(&self, step: Step, left: &str) -> Result<(), Failure> {
        if self.engine.cancelled.is_cancelled() {
            return Err(Failure::cancelled(step, format!("it was cancelled: {left}")));
        }
        Ok(())
    }

    /// Adds to a failure what runs now, and what the user must not forget.
    async fn tell_what_is_left(&self, failure: Failure) -> Failure {
        if !self.begun {
            return failure;
        }
        let names: Vec<_> = self.wanted.services.keys().cloned().collect();
        let services = self.engine.cloud.describe_services(&self.wanted.cluster, &names).await.unwrap_or_default();
        let mut failure = failure.begun();
        for service in services {
            let done = self.done.services.get(&service.name).cloned().unwrap_or_default();
            let live =
                done.live.map_or("nothing of a release".to_owned(), |live| format!("`{}`", short(&live.revision)));
            let way = done.begun.map(|begun| format!(", was sent to `{}`", short(&begun.revision)));
            failure.details.push(format!(
                "`{}` ran {live}{}: {} of {} tasks run",
                service.name,
                way.unwrap_or_default(),
                service.running,
                service.desired
            ));
        }
        failure
    }
}

/// The failure that a one-off task's end is.
pub(crate) fn failed(step: Step, revision: &str, ran: Ran) -> Failure {
    let cause = match &ran.end {
        End::GivenUp { by_limit: true, .. } => Cause::TimeLimit,
        End::GivenUp { by_limit: false, .. } => Cause::Cancelled,
        End::Cloud(error) => Cause::Cloud(error.kind.clone()),
        End::Yielded(_) => Cause::Refused,
        _ => Cause::Failed,
    };
    let text = format!("`{}`: {}", short(revision), crate::redact(&ran.end.to_string()));
    let mut failure = Failure::new(step, cause, text).begun();
    if !ran.lines.is_empty() {
        failure.details.push("its last lines:".to_owned());
        failure.details.extend(ran.lines.into_iter().map(|line| format!("  {line}")));
    }
    failure
}
