//! For tests: a clock that jumps, and a small ECS whose tasks and deployments follow a script, a step with each look.
//!
//! It keeps a [`history`](State::history) of what truly happened, for a test to hold against what the engine says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::cloud::{
    ContainerState, DbInstance, Definition, Deployment, DeploymentStatus, Ecs, Entry, Error, Event, Host, Identity,
    Kind, Logs, Manifest, Millis, Page, Parameter, Position, Result, RunTask, RunTaskAnswer, Secret, Service, Session,
    StopCode, Tags, Targets, Task, TaskStatus, TasksOf, UpdateService, Value, Written, family,
};

mod listeners;
mod needed;
mod operated;

pub use listeners::SimulatedRule;

/// A clock that moves only when somebody sleeps.
#[derive(Default)]
pub struct FakeClock(Mutex<Duration>);

#[async_trait]
impl Clock for FakeClock {
    fn now(&self) -> Duration {
        *lock(&self.0)
    }

    async fn sleep(&self, time: Duration) {
        let wake = self.now() + time;
        tokio::task::yield_now().await;
        let mut now = lock(&self.0);
        *now = wake.max(*now);
    }
}

/// What a one-off task does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskScript {
    /// Why `RunTask` fails, as an error, or as data.
    pub refused: Option<Error>,
    /// The same as one of its `failures`.
    pub failure: Option<String>,
    /// For how many looks ECS does not know it.
    pub unknown: u32,
    /// For how many looks it starts.
    pub starting: u32,
    /// For how many looks it runs.
    pub running: u32,
    /// How it ends; `None` means that its container ends by itself.
    pub stop_code: Option<StopCode>,
    /// The same as a sentence.
    pub reason: Option<String>,
    /// What its container ends with.
    pub exit_code: Option<i32>,
    /// What ECS says of its container.
    pub container_reason: Option<String>,
    /// What it writes to its log, by page.
    pub pages: Vec<Vec<String>>,
}

impl TaskScript {
    /// Ends with this code after a few looks.
    pub fn exits(code: i32) -> Self {
        Self { starting: 1, running: 2, exit_code: Some(code), ..Self::default() }
    }
}

/// What a deployment does.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentScript {
    /// For how many looks it is not listed.
    pub unlisted: u32,
    /// For how many looks it goes on.
    pub going: u32,
    /// How it ends.
    pub end: DeploymentStatus,
    /// The revision that somebody else moves the service to, instead.
    pub replaced_by: Option<String>,
    /// Whether its tasks end with 1 after it was successful.
    pub dies: bool,
    /// Alarms that go off with its end.
    pub alarms: Vec<String>,
}

impl Default for DeploymentScript {
    fn default() -> Self {
        Self {
            unlisted: 1,
            going: 2,
            end: DeploymentStatus::Successful,
            replaced_by: None,
            dies: false,
            alarms: Vec::new(),
        }
    }
}

/// What truly happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    /// `RunTask` has started a task of this revision.
    Started(String),
    /// A task of this revision has ended with 0.
    EndedWell(String),
    /// `StopTask` has ended one.
    Stopped(String),
    /// `UpdateService` was called.
    Updated(UpdateService),
}

/// How a run of the engine is cut off, after its n-th call.
#[derive(Clone, Debug)]
pub enum Cut {
    /// It is cancelled.
    Cancel(CancellationToken),
    /// The call never returns, and [`Simulation::cut`] is told.
    Drop,
}

/// The small ECS.
pub struct Simulation {
    state: Mutex<State>,
    /// Told when a call does not return.
    pub cut: Notify,
}

/// All that it knows; a test may change it between two runs.
#[derive(Default)]
pub struct State {
    /// The account of the credentials.
    pub account: String,
    /// The services by name.
    pub services: BTreeMap<String, SimulatedService>,
    /// What the next one-off tasks do; then they end with 0.
    pub next_tasks: VecDeque<TaskScript>,
    /// All one-off tasks, and tasks of services.
    pub tasks: Vec<(Task, TaskScript)>,
    /// What happened.
    pub history: Vec<Truth>,
    /// Each call, such as `ecs:RunTask`.
    pub calls: Vec<String>,
    /// Errors of calls to come, by their number.
    pub faults: BTreeMap<usize, Error>,
    /// Errors of all calls of an action.
    pub broken: BTreeMap<String, Error>,
    /// After which call the run is cut off, and how.
    pub cut_after: Option<(usize, Cut)>,
    /// Images of revisions, by container.
    pub images: BTreeMap<String, BTreeMap<String, String>>,
    /// Tags of revisions.
    pub tags: BTreeMap<String, Tags>,
    /// Revisions that were deregistered.
    pub inactive: BTreeSet<String>,
    /// What was written to log groups.
    pub written: BTreeMap<String, Vec<Entry>>,
    /// Hosts that Systems Manager knows.
    pub hosts: Vec<Host>,
    /// Database servers by identifier.
    pub servers: BTreeMap<String, DbInstance>,
    /// ARNs of the listeners that there are.
    pub listeners: BTreeSet<String>,
    /// Rules of listeners, by ARN.
    pub rules: BTreeMap<String, SimulatedRule>,
    /// What revisions say beside images and tags.
    pub settings: BTreeMap<String, Definition>,
    /// What is gone: parameters, secrets, repositories, log groups, subnets and so on, by name, ARN or id.
    pub gone: BTreeSet<String>,
    /// What ECR has, by repository and tag or digest.
    pub manifests: BTreeMap<String, Manifest>,
    /// The platform of each image's configuration, by digest.
    pub platforms: BTreeMap<String, String>,
    /// The secrets that there are, with the keys of their JSON, by ARN.
    pub vault: BTreeMap<String, (Secret, BTreeSet<String>)>,
    /// On which resources roles may do nothing.
    pub refused: BTreeSet<String>,
    /// The status of the cluster, if it is not active.
    pub cluster: Option<String>,
    /// Parameters with their values and their tags.
    pub parameters: Vec<(Parameter, Value, Tags)>,
    /// Called once before a revision is registered or tags are read: what others do at the same time.
    pub meanwhile: Option<fn(&mut State)>,
    clock: i64,
}

/// A service.
#[derive(Default)]
pub struct SimulatedService {
    /// As ECS describes it; what runs follows from its deployments.
    pub service: Service,
    /// Its deployments with their revisions and scripts, oldest first.
    pub deployments: Vec<(Deployment, String, DeploymentScript)>,
    /// What the next deployments do; then they are successful.
    pub next: VecDeque<DeploymentScript>,
}

impl Simulation {
    /// An ECS without anything in it.
    pub fn new(account: &str) -> Self {
        let state = State { account: account.to_owned(), ..State::default() };
        Self { state: Mutex::new(state), cut: Notify::new() }
    }

    /// Looks at it, or changes it.
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    async fn call<T>(&self, action: &str, answer: impl FnOnce(&mut State) -> Result<T> + Send) -> Result<T> {
        let (answer, cut) = {
            let mut state = self.state();
            state.calls.push(action.to_owned());
            let number = state.calls.len();
            let fault = state.faults.remove(&number).or_else(|| state.broken.get(action).cloned());
            let answer = fault.map_or_else(|| answer(&mut state), Err);
            (answer, state.cut_after.take_if(|(after, _)| *after <= number))
        };
        match cut {
            Some((_, Cut::Cancel(token))) => token.cancel(),
            Some((_, Cut::Drop)) => {
                self.cut.notify_one();
                std::future::pending::<()>().await;
            }
            None => {}
        }
        answer
    }
}

impl State {
    /// A service that runs a revision with so many tasks.
    pub fn add_service(&mut self, name: &str, revision: &str, desired: u32) {
        let service = Service { name: name.to_owned(), desired, ..Service::default() };
        self.services.insert(name.to_owned(), SimulatedService { service, ..SimulatedService::default() });
        self.deploy(name, revision, DeploymentScript { unlisted: 0, going: 0, ..DeploymentScript::default() });
        self.look(name);
    }

    /// A deployment, whoever makes it.
    pub fn deploy(&mut self, name: &str, revision: &str, script: DeploymentScript) {
        let created_at = self.tick();
        let Some(it) = self.services.get_mut(name) else { return };
        for (deployment, ..) in &mut it.deployments {
            if deployment.status.is_under_way() {
                deployment.status = DeploymentStatus::Stopped;
            }
        }
        let number = it.deployments.len() + 1;
        let deployment = Deployment {
            arn: format!("deployment/{name}/{number}"),
            created_at,
            status: DeploymentStatus::Going,
            reason: None,
            alarms: Vec::new(),
            target: Some(format!("service-revision/{name}/{revision}")),
            rolled_back_to: None,
        };
        revision.clone_into(&mut it.service.revision);
        it.service.primary = Some(format!("ecs-svc/{name}/{number}"));
        it.deployments.push((deployment, revision.to_owned(), script));
    }

    /// Everything that is under way comes to its end.
    pub fn settle(&mut self) {
        let names: Vec<_> = self.services.keys().cloned().collect();
        for _ in 0..100 {
            for name in &names {
                self.look(name);
            }
            for index in 0..self.tasks.len() {
                self.step(index);
            }
        }
    }

    fn tick(&mut self) -> i64 {
        self.clock += 1_000;
        self.clock
    }

    /// A look at a service's deployments moves the newest one.
    fn look(&mut self, name: &str) {
        let Some(it) = self.services.get_mut(name) else { return };
        let before = it.deployments.iter().rfind(|(it, ..)| it.status == DeploymentStatus::Successful);
        let before = before.and_then(|(it, ..)| it.target.clone());
        let Some((deployment, _, script)) = it.deployments.last_mut() else { return };
        if script.unlisted > 0 {
            script.unlisted -= 1;
        } else if deployment.status == DeploymentStatus::Going && script.going > 0 {
            script.going -= 1;
        } else if deployment.status == DeploymentStatus::RollingBack {
            // Going back is a matter of another look.
            deployment.status = DeploymentStatus::RolledBack;
        } else if deployment.status == DeploymentStatus::Going {
            if let Some(other) = script.replaced_by.take() {
                return self.deploy(name, &other, DeploymentScript { unlisted: 0, ..DeploymentScript::default() });
            }
            deployment.status = script.end;
            deployment.alarms.clone_from(&script.alarms);
            deployment.rolled_back_to = before;
            if script.end == DeploymentStatus::Successful {
                self.start_tasks(name);
            }
        }
    }

    /// The tasks of a successful deployment take the place of those before.
    fn start_tasks(&mut self, name: &str) {
        let now = self.tick();
        let Some(it) = self.services.get_mut(name) else { return };
        let Some((_, revision, script)) = it.deployments.last() else { return };
        let number = it.deployments.len();
        self.tasks.retain(|(task, _)| task.tags.get("service").is_none_or(|service| service != name));
        for index in 0..it.service.desired {
            let running = if script.dies { 2 } else { u32::MAX };
            let task = Task {
                arn: format!("task/{name}-{number}-{index}"),
                revision: revision.clone(),
                started_by: it.service.primary.clone(),
                status: TaskStatus::Running,
                created_at: now,
                stop_code: None,
                stopped_reason: None,
                containers: vec![ContainerState {
                    name: name.split_once('-').map_or("", |(_, process)| process).to_owned(),
                    runtime_id: Some(format!("runtime-{index}")),
                    ..ContainerState::default()
                }],
                tags: [("service".to_owned(), name.to_owned())].into(),
            };
            self.tasks.push((task, TaskScript { running, exit_code: Some(1), ..TaskScript::default() }));
        }
    }

    /// A look at a task moves it.
    fn step(&mut self, index: usize) {
        let Some((task, script)) = self.tasks.get_mut(index) else { return };
        if task.status == TaskStatus::Stopped || script.running == u32::MAX {
            return;
        }
        if script.starting > 0 {
            script.starting -= 1;
        } else if script.running > 0 {
            script.running -= 1;
            task.status = TaskStatus::Running;
        } else {
            task.status = TaskStatus::Stopped;
            task.stop_code = script.stop_code.or(Some(StopCode::EssentialContainerExited));
            task.stopped_reason = script.reason.clone().or(Some("Essential container in task exited".to_owned()));
            let name = family(&task.revision).split_once('-').map_or("", |(_, name)| name).to_owned();
            let (exit_code, reason) = (script.exit_code, script.container_reason.clone());
            task.containers = vec![ContainerState { name, exit_code, reason, runtime_id: None }];
            if exit_code == Some(0) && task.stop_code == Some(StopCode::EssentialContainerExited) {
                self.history.push(Truth::EndedWell(task.revision.clone()));
            }
        }
    }
}

#[async_trait]
impl Ecs for Simulation {
    async fn describe_services(&self, _: &str, services: &[String]) -> Result<Vec<Service>> {
        self.call("ecs:DescribeServices", |state| {
            let all = state.services.values_mut().filter(|it| services.contains(&it.service.name));
            Ok(all
                .map(|it| {
                    let now = it.service.clone();
                    // What was asked for runs at the next look.
                    it.service.running = it.service.desired;
                    it.service.pending = 0;
                    now
                })
                .collect())
        })
        .await
    }

    async fn list_services(&self, _: &str) -> Result<Vec<String>> {
        self.call("ecs:ListServices", |state| Ok(state.services.keys().cloned().collect())).await
    }

    async fn update_service(&self, update: &UpdateService) -> Result<()> {
        self.call("ecs:UpdateService", |state| {
            state.history.push(Truth::Updated(update.clone()));
            let Some(it) = state.services.get_mut(&update.service) else { return Err(missing(&update.service)) };
            if let Some(count) = update.count.filter(|count| *count != it.service.desired) {
                it.service.pending = count.saturating_sub(it.service.desired);
                it.service.desired = count;
            }
            let id = format!("event-{}", it.deployments.len());
            it.service
                .events
                .insert(0, Event { id, at: 0, text: format!("(service {}) has started tasks", update.service) });
            let script = it.next.pop_front().unwrap_or_default();
            let revision = update.revision.clone().unwrap_or_else(|| it.service.revision.clone());
            if update.force || revision != it.service.revision {
                state.deploy(&update.service, &revision, script);
            }
            Ok(())
        })
        .await
    }

    async fn list_service_deployments(&self, _: &str, name: &str, after: Option<i64>) -> Result<Vec<Deployment>> {
        self.call("ecs:ListServiceDeployments", |state| {
            state.look(name);
            let it = state.services.get(name).ok_or_else(|| missing(name))?;
            let listed = it.deployments.iter().filter(|(_, _, script)| script.unlisted == 0);
            let all = listed.map(|(deployment, ..)| deployment.clone());
            Ok(all.filter(|it| after.is_none_or(|after| it.created_at > after)).collect())
        })
        .await
    }

    async fn describe_service_deployments(&self, arns: &[String]) -> Result<Vec<Deployment>> {
        self.call("ecs:DescribeServiceDeployments", |state| {
            let all = state.services.values().flat_map(|it| it.deployments.iter());
            Ok(all.map(|(it, ..)| it.clone()).filter(|it| arns.contains(&it.arn)).collect())
        })
        .await
    }

    async fn describe_service_revisions(&self, arns: &[String]) -> Result<BTreeMap<String, String>> {
        self.call("ecs:DescribeServiceRevisions", |_| {
            let revision = |arn: &String| Some((arn.clone(), arn.splitn(3, '/').nth(2)?.to_owned()));
            Ok(arns.iter().filter_map(revision).collect())
        })
        .await
    }

    async fn run_task(&self, run: &RunTask) -> Result<RunTaskAnswer> {
        self.call("ecs:RunTask", |state| {
            let mut script = state.next_tasks.pop_front().unwrap_or_else(|| TaskScript::exits(0));
            if let Some(error) = script.refused.take() {
                return Err(error);
            }
            if let Some(failure) = script.failure.take() {
                return Ok(RunTaskAnswer { task: None, failures: vec![failure] });
            }
            let task = Task {
                arn: format!("task/{}", state.tasks.len() + 1),
                revision: run.revision.clone(),
                started_by: Some(run.started_by.clone()),
                status: TaskStatus::Starting,
                created_at: state.tick(),
                stop_code: None,
                stopped_reason: None,
                containers: Vec::new(),
                tags: run.tags.clone(),
            };
            state.history.push(Truth::Started(run.revision.clone()));
            state.tasks.push((task.clone(), script));
            Ok(RunTaskAnswer { task: Some(task), failures: Vec::new() })
        })
        .await
    }

    async fn describe_tasks(&self, _: &str, tasks: &[String]) -> Result<Vec<Task>> {
        self.call("ecs:DescribeTasks", |state| {
            let mut found = Vec::new();
            for index in 0..state.tasks.len() {
                let Some((task, script)) = state.tasks.get_mut(index) else { break };
                if !tasks.contains(&task.arn) {
                    continue;
                }
                if script.unknown > 0 {
                    script.unknown -= 1;
                    continue;
                }
                state.step(index);
                found.extend(state.tasks.get(index).map(|(task, _)| task.clone()));
            }
            Ok(found)
        })
        .await
    }

    async fn list_tasks(&self, _: &str, of: &TasksOf) -> Result<Vec<String>> {
        self.call("ecs:ListTasks", |state| {
            let is_of = |task: &Task| {
                let is_over = task.status == TaskStatus::Stopped;
                let service = task.tags.get("service");
                match of {
                    TasksOf::Family(name) => !is_over && service.is_none() && family(&task.revision) == name,
                    TasksOf::StartedBy(by) => !is_over && task.started_by.as_ref() == Some(by),
                    TasksOf::Service(name) => !is_over && service == Some(name),
                    TasksOf::Stopped(name) => is_over && service == Some(name),
                    TasksOf::Over => is_over,
                }
            };
            let known = state.tasks.iter().filter(|(_, script)| script.unknown == 0);
            let listed = known.filter(|(task, _)| is_of(task)).map(|(task, _)| task.arn.clone()).collect();
            // What is not listed yet is so at one of the next looks.
            for (_, script) in &mut state.tasks {
                script.unknown = script.unknown.saturating_sub(1);
            }
            Ok(listed)
        })
        .await
    }

    async fn stop_task(&self, _: &str, arn: &str, _: &str) -> Result<()> {
        self.call("ecs:StopTask", |state| {
            let Some((task, script)) = state.tasks.iter_mut().find(|(task, _)| task.arn == arn) else {
                return Err(missing(arn));
            };
            // One whose container has ended already ends as it would have.
            if task.status != TaskStatus::Stopped && script.running > 0 {
                (script.unknown, script.starting, script.running) = (0, 0, 0);
                (script.stop_code, script.exit_code) = (Some(StopCode::UserInitiated), Some(143));
                state.history.push(Truth::Stopped(task.revision.clone()));
            }
            Ok(())
        })
        .await
    }

    async fn describe_task_definition(&self, revision: &str) -> Result<Definition> {
        self.call("ecs:DescribeTaskDefinition", |state| state.definition(revision)).await
    }

    async fn list_task_definitions(&self, family: &str) -> Result<Vec<String>> {
        self.call("ecs:ListTaskDefinitions", |state| Ok(state.revisions(family))).await
    }

    async fn register_copy(&self, of: &str, images: &BTreeMap<String, String>, tags: &Tags) -> Result<String> {
        self.call("ecs:RegisterTaskDefinition", |state| state.register_copy(of, images, tags)).await
    }

    async fn execute_command(&self, _: &str, task: &str, _: &str, _: &str) -> Result<Session> {
        self.call("ecs:ExecuteCommand", |_| Ok(operated::session(task))).await
    }
}

#[async_trait]
impl Logs for Simulation {
    async fn get_log_events(&self, _: &str, stream: &str, from: &Position) -> Result<Page> {
        self.call("logs:GetLogEvents", |state| {
            let task = stream.rsplit('/').next().unwrap_or_default();
            let script = state.tasks.iter().find(|(it, _)| it.id() == task).map(|(_, script)| script);
            let pages = script.map(|script| script.pages.clone()).unwrap_or_default();
            if pages.is_empty() {
                return Err(missing(stream));
            }
            let at = match from {
                Position::Head => 0,
                Position::After(token) => token.parse().unwrap_or(0),
                Position::Tail(count) => {
                    let all: Vec<_> = pages.concat();
                    let skipped = all.len().saturating_sub(usize::from(*count));
                    return Ok(Page { messages: all.into_iter().skip(skipped).collect(), next: None });
                }
            };
            let messages = pages.get(at).cloned().unwrap_or_default();
            Ok(Page { messages, next: Some((at + 1).min(pages.len()).to_string()) })
        })
        .await
    }

    async fn filter_log_events(&self, group: &str, since: Millis, token: Option<&str>) -> Result<Written> {
        self.call("logs:FilterLogEvents", |state| state.written_since(group, since, token)).await
    }
}

#[async_trait]
impl Targets for Simulation {
    async fn describe_target_health(&self, _: &str) -> Result<Vec<String>> {
        self.call("elasticloadbalancing:DescribeTargetHealth", |_| {
            Ok(vec!["10.0.1.7: unhealthy (Health checks failed with these codes: [500])".to_owned()])
        })
        .await
    }
}

#[async_trait]
impl Identity for Simulation {
    async fn account(&self) -> Result<String> {
        self.call("sts:GetCallerIdentity", |state| Ok(state.account.clone())).await
    }
}

fn missing(what: &str) -> Error {
    Error { kind: Kind::NotFound, text: format!("there is no `{what}`") }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
