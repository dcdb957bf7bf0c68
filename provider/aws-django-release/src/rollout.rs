//! Services that move.
//!
//! A service that moves is live when ECS says so of the deployment that *our* `UpdateService` made. That call does not
//! answer which one it is: it is the newest that was not there before, if it brings our revision; if it brings another
//! one, somebody else has taken its place. ECS lists a deployment late, and not listed yet means neither.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future;

use crate::clock::Pace;
use crate::cloud::{
    self, Deployment, DeploymentStatus, Millis, StopCode, Task, TaskStatus, TasksOf, UpdateService, short,
};
use crate::plan::{Begun, Done, How, Live, Move, Plan, Service, ServiceDone, Wanted};
use crate::{A_MINUTE, Cause, Engine, Event, Failure, Step};

impl Engine {
    /// Moves the services of a plan, all at once, and waits until each is live or has failed.
    pub(crate) async fn move_services(
        &self,
        wanted: &Wanted,
        plan: &Plan,
        done: &mut Done,
        limit: Duration,
    ) -> Result<(), Failure> {
        let until = self.clock.now() + limit;
        let moves = plan.moves.iter().filter_map(|(name, it)| {
            let service = wanted.services.get(name)?;
            let watch = Watch {
                engine: self,
                cluster: &wanted.cluster,
                name,
                service,
                known: BTreeSet::new(),
                after: None,
                revisions: BTreeMap::new(),
                calm: None,
                events: BTreeSet::new(),
            };
            Some(watch.go(it, done.services.get(name).cloned().unwrap_or_default(), until))
        });
        let mut failures = Vec::new();
        for (name, service, result) in future::join_all(moves).await {
            done.services.insert(name, service);
            failures.extend(result.err());
        }
        match failures.len() {
            0 => Ok(()),
            1 => Err(failures.remove(0)),
            _ => Err(joined(failures)),
        }
    }
}

/// A service that moves.
struct Watch<'a> {
    engine: &'a Engine,
    cluster: &'a str,
    name: &'a str,
    service: &'a Service,
    /// Deployments that were there before.
    known: BTreeSet<String>,
    /// When the newest of them was made.
    after: Option<Millis>,
    /// Task definitions of service revisions.
    revisions: BTreeMap<String, String>,
    /// Since when all is calm, in a service without health check.
    calm: Option<Calm>,
    /// What ECS has told of the service before.
    events: BTreeSet<String>,
}

/// The tasks of a deployment that ECS calls successful.
struct Calm {
    since: Duration,
    running: BTreeSet<String>,
    over: BTreeSet<String>,
}

/// How a service looks.
enum Look {
    Waiting(String),
    Live,
    Failed(String),
}

impl Watch<'_> {
    /// Moves the service and waits. What was done is told whatever the result is.
    async fn go(
        mut self,
        it: &Move,
        mut done: ServiceDone,
        until: Duration,
    ) -> (String, ServiceDone, Result<(), Failure>) {
        let name = self.name.to_owned();
        let result = match self.begin(it, &mut done).await {
            Ok(()) => self.wait(it, until).await,
            Err(error) => Err(Failure::cloud(Step::Rollout, error)),
        };
        if result.is_ok() {
            let (revision, settings) = (it.to.clone(), self.service.settings.clone());
            done = ServiceDone { live: Some(Live { revision, count: it.count, settings }), begun: None };
        }
        (name, done, result.map_err(Failure::begun))
    }

    async fn begin(&mut self, it: &Move, done: &mut ServiceDone) -> cloud::Result<()> {
        let (engine, name) = (self.engine, self.name);
        let before = engine.insist(|| engine.cloud.list_service_deployments(self.cluster, name, None)).await?;
        let is_old = |deployment: &&Deployment| match &it.how {
            How::Adopt(adopted) => deployment.created_at < adopted.created_at && deployment.arn != adopted.arn,
            How::Deploy | How::Scale => true,
        };
        self.after = before.iter().filter(is_old).map(|deployment| deployment.created_at).max();
        self.known = before.iter().filter(is_old).map(|deployment| deployment.arn.clone()).collect();
        let service = engine.insist(|| self.describe()).await?;
        self.events = service.iter().flat_map(|service| &service.events).map(|event| event.id.clone()).collect();
        let is_deployed = it.how == How::Deploy;
        if !is_deployed && service.is_some_and(|service| service.desired == it.count) {
            return Ok(());
        }
        let update = UpdateService {
            cluster: self.cluster.to_owned(),
            service: name.to_owned(),
            revision: is_deployed.then(|| it.to.clone()),
            count: Some(it.count),
            force: is_deployed,
        };
        done.begun = Some(Begun { revision: it.to.clone(), settings: self.service.settings.clone() });
        engine.insist(|| engine.cloud.update_service(&update)).await
    }

    async fn wait(&mut self, it: &Move, until: Duration) -> Result<(), Failure> {
        let (mut pace, mut told) = (Pace::new(), String::new());
        loop {
            let look = match it.how {
                How::Scale => self.is_scaled().await,
                How::Deploy | How::Adopt(_) => self.is_deployed().await,
            };
            let (state, is_live) = match look {
                Ok(Look::Live) => ("live".to_owned(), true),
                Ok(Look::Waiting(state)) => (state, false),
                Ok(Look::Failed(text)) => return Err(self.failed(Cause::Failed, text).await),
                Err(error) if error.passes() => (told.clone(), false),
                Err(error) => {
                    let text = format!("{error}; ECS goes on to move `{}`", self.name);
                    return Err(Failure::new(Step::Rollout, Cause::Cloud(error.kind), text));
                }
            };
            if state != told {
                told.clone_from(&state);
                pace.reset();
                self.engine.progress.tell(Event::Service { name: self.name.to_owned(), state, is_live });
            }
            if is_live {
                return Ok(());
            }
            if self.engine.clock.now() >= until {
                let text =
                    format!("`{}` was not live when the time limit was reached; ECS goes on to move it", self.name);
                return Err(self.failed(Cause::TimeLimit, text).await);
            }
            if self.engine.pause(pace.next()).await.is_err() {
                let text = format!("it was cancelled; ECS goes on to move `{}` to `{}`", self.name, short(&it.to));
                return Err(Failure::cancelled(Step::Rollout, text));
            }
        }
    }

    /// A mere change of count is live when all tasks run and none is on its way.
    async fn is_scaled(&self) -> cloud::Result<Look> {
        let Some(service) = self.describe().await? else { return Ok(gone(self.name)) };
        if service.revision != self.service.revision {
            return Ok(Look::Failed(replaced(self.name, &service.revision)));
        }
        let is_asked = self.service.count.over(service.desired) == service.desired;
        if is_asked && service.running == service.desired && service.pending == 0 {
            return Ok(Look::Live);
        }
        Ok(Look::Waiting(format!("{} of {} tasks run", service.running, service.desired)))
    }

    /// A deployment is live when ECS calls it successful; without a health check, when its tasks have also stayed.
    async fn is_deployed(&mut self) -> cloud::Result<Look> {
        let listed = self.engine.cloud.list_service_deployments(self.cluster, self.name, self.after).await?;
        let news = listed.into_iter().filter(|deployment| !self.known.contains(&deployment.arn));
        let Some(newest) = news.max_by_key(|deployment| deployment.created_at) else {
            return Ok(Look::Waiting("ECS has not begun yet".to_owned()));
        };
        let described = self.engine.cloud.describe_service_deployments(std::slice::from_ref(&newest.arn)).await?;
        let Some(deployment) = described.into_iter().next() else {
            return Ok(Look::Waiting("ECS has not begun yet".to_owned()));
        };
        let target = deployment.target.clone().unwrap_or_default();
        if !self.revisions.contains_key(&target)
            && let Some(revision) = self.engine.revision_of(deployment.target.as_deref()).await?
        {
            self.revisions.insert(target.clone(), revision);
        }
        let Some(revision) = self.revisions.get(&target) else {
            return Ok(Look::Waiting("ECS does not say yet what it deploys".to_owned()));
        };
        if *revision != self.service.revision {
            return Ok(Look::Failed(replaced(self.name, revision)));
        }
        let what = match deployment.alarms.as_slice() {
            [] => "did not get healthy".to_owned(),
            [alarm] => format!("set off the alarm `{alarm}`"),
            alarms => format!("set off the alarms `{}`", alarms.join("`, `")),
        };
        let why = deployment.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        let name = self.name;
        Ok(match deployment.status {
            DeploymentStatus::Successful if self.service.has_health_check => Look::Live,
            DeploymentStatus::Successful => self.is_calm().await?,
            DeploymentStatus::Going => Look::Waiting("its new tasks start".to_owned()),
            // By a newer deployment, which is listed soon, or by a person.
            DeploymentStatus::Stopping => Look::Waiting("ECS stops its deployment".to_owned()),
            DeploymentStatus::Stopped => Look::Failed(format!("the deployment of `{name}` was stopped{why}")),
            DeploymentStatus::RollingBack => {
                Look::Failed(format!("`{name}` {what}, and ECS takes it back to what ran before{why}"))
            }
            DeploymentStatus::RolledBack => {
                Look::Failed(format!("`{name}` {what}, and ECS took it back to what ran before{why}"))
            }
            DeploymentStatus::RollbackFailed => {
                Look::Failed(format!("`{name}` {what}, and ECS could not take it back either{why}"))
            }
        })
    }

    /// Whether the deployment's own tasks still run a minute later: a worker that dies on import must fail. What takes a
    /// task down from outside begins the minute anew.
    async fn is_calm(&mut self) -> cloud::Result<Look> {
        let Some(service) = self.describe().await? else { return Ok(gone(self.name)) };
        if service.desired == 0 {
            return Ok(Look::Live);
        }
        let is_own = |task: &Task| match &service.primary {
            Some(primary) => task.started_by.as_ref() == Some(primary),
            None => task.revision == self.service.revision,
        };
        let mut running = self.engine.tasks(self.cluster, &TasksOf::Service(self.name.to_owned())).await?;
        running.retain(|task| is_own(task) && task.status == TaskStatus::Running);
        let mut over = self.engine.tasks(self.cluster, &TasksOf::Stopped(self.name.to_owned())).await?;
        over.retain(is_own);
        let now = self.engine.clock.now();
        let arns = |tasks: &[Task]| tasks.iter().map(|task| task.arn.clone()).collect::<BTreeSet<_>>();
        let noted = Calm { since: now, running: arns(&running), over: arns(&over) };
        let waiting = Look::Waiting("its new tasks run; without a health check they must stay a minute".to_owned());
        let Some(calm) = &self.calm else {
            self.calm = Some(noted);
            return Ok(waiting);
        };
        let died = |task: &&Task| {
            let by_itself =
                matches!(task.stop_code, None | Some(StopCode::EssentialContainerExited | StopCode::TaskFailedToStart));
            by_itself && !calm.over.contains(&task.arn)
        };
        if let Some(task) = over.iter().find(died) {
            return Ok(Look::Failed(format!("task `{}` of `{}` did not stay up", task.id(), self.name)));
        }
        if calm.running.is_empty() || !calm.running.is_subset(&noted.running) {
            self.calm = Some(noted);
            return Ok(waiting);
        }
        Ok(if now >= calm.since + A_MINUTE { Look::Live } else { waiting })
    }

    async fn describe(&self) -> cloud::Result<Option<cloud::Service>> {
        let services = self.engine.cloud.describe_services(self.cluster, &[self.name.to_owned()]).await?;
        Ok(services.into_iter().next())
    }

    async fn failed(&self, cause: Cause, text: String) -> Failure {
        let details = self.engine.reasons(self.cluster, self.name, self.service, &self.events).await;
        Failure { details, ..Failure::new(Step::Rollout, cause, text) }
    }
}

fn gone(name: &str) -> Look {
    Look::Failed(format!("there is no service `{name}` any more"))
}

fn replaced(name: &str, revision: &str) -> String {
    format!("somebody else has moved `{name}` to `{}` meanwhile", short(revision))
}

/// One failure out of those of several services; the worst kind of end leads.
fn joined(failures: Vec<Failure>) -> Failure {
    let leads = failures.iter().find(|failure| failure.cause != Cause::Cancelled).or(failures.first());
    let cause = leads.map_or(Cause::Failed, |failure| failure.cause.clone());
    let texts: Vec<_> = failures.iter().map(|failure| failure.text.clone()).collect();
    let details = failures.into_iter().flat_map(|failure| failure.details).collect();
    Failure { details, ..Failure::new(Step::Rollout, cause, texts.join("; ")) }.begun()
}
