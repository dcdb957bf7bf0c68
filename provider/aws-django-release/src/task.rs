//! One-off tasks: started, followed, judged. A task is judged by how it ended, never by how it looked between two polls.

use std::fmt;
use std::time::Duration;

use crate::clock::Pace;
use crate::cloud::{self, Kind, Network, Override, RunTask, StopCode, Tags, Task, TaskStatus, TasksOf, family};
use crate::logs::Log;
use crate::plan::Container;
use crate::{A_MINUTE, Cancelled, Engine, Event};

/// A one-off task to run: on demand, never on spare capacity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OneOff {
    /// Name of the cluster.
    pub cluster: String,
    /// Where it runs.
    pub network: Network,
    /// What runs.
    pub revision: String,
    /// The containers that count: each must end with 0, and their lines are shown.
    pub containers: Vec<Container>,
    /// What it is for, in 36 letters, digits, `-`, `_` and `/` at most.
    pub started_by: String,
    /// The same as tags.
    pub tags: Tags,
    /// Command of the first container, if not its own.
    pub command: Option<Vec<String>>,
    /// Variables of the first container, beside its own; no secrets.
    pub environment: std::collections::BTreeMap<String, String>,
    /// Whether its lines are shown whole and as they are: they are for the person who has run it.
    pub raw: bool,
}

/// What became of a one-off task.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// Its ARN, if one was started or taken over.
    pub task: Option<String>,
    /// How it ended.
    pub end: End,
    /// Its last lines, without what looks like a secret.
    pub lines: Vec<String>,
}

/// How a one-off task ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Every container has ended with 0.
    Succeeded,
    /// A container has ended with something else.
    Exited {
        /// Its name.
        container: String,
        /// What with.
        code: i32,
        /// What ECS says of it.
        reason: Option<String>,
    },
    /// No container has begun.
    NeverStarted(String),
    /// AWS took it down.
    Interrupted(String),
    /// Somebody else has stopped it.
    StoppedByOthers(String),
    /// We have stopped it, or let go of it, because of the user or of the time limit; what became of it.
    GivenUp {
        /// Whether the time limit was reached; else the user has cancelled.
        by_limit: bool,
        /// What became of the task.
        left: String,
    },
    /// It is over, or gone, and ECS does not say how.
    Unknown(String),
    /// A call failed, so that it could not be started, or not be watched.
    Cloud(cloud::Error),
    /// It gave way to one that was there before.
    Yielded(Box<Task>),
}

impl Engine {
    /// Runs a one-off task to its end. Cancelled, or after `limit`, it is stopped.
    pub async fn run(&self, one_off: &OneOff, limit: Duration) -> Ran {
        self.run_alone(one_off, limit, false).await
    }

    /// The same. If `alone`, the task gives way to one of its family that was made before it.
    ///
    /// For a minute a start is tried again that fails because a role, or a role's policy, is not known everywhere yet.
    pub(crate) async fn run_alone(&self, one_off: &OneOff, limit: Duration, alone: bool) -> Ran {
        let (begun, mut pace) = (self.clock.now(), Pace::new());
        loop {
            let (task, end) = match self.start(one_off).await {
                Ok(task) => {
                    let ran = self.watch(one_off, &task, begun + limit, Hold::Ours { alone }).await;
                    match &ran.end {
                        End::NeverStarted(reason) if is_about_rights(reason) => (ran.task, ran.end),
                        _ => return ran,
                    }
                }
                Err(end) => (None, end),
            };
            let may_pass = match &end {
                End::NeverStarted(reason) => is_about_rights(reason) || reason.contains("Capacity is unavailable"),
                End::Cloud(error) => is_about_rights(&error.text) && !matches!(error.kind, Kind::Denied(_)),
                _ => false,
            };
            if !may_pass || self.clock.now() >= begun + A_MINUTE {
                return Ran { task, end, lines: Vec::new() };
            }
            self.warn(format!("`{}` did not start, which may pass: {end}", family(&one_off.revision)));
            if self.pause(pace.next()).await.is_err() {
                return Ran { task, end: given_up(false, "no task runs"), lines: Vec::new() };
            }
        }
    }

    async fn start(&self, one_off: &OneOff) -> Result<Task, End> {
        let first = one_off.containers.first().map(|container| container.name.clone());
        let change = Override { command: one_off.command.clone(), environment: one_off.environment.clone() };
        let run = RunTask {
            cluster: one_off.cluster.clone(),
            revision: one_off.revision.clone(),
            network: one_off.network.clone(),
            started_by: one_off.started_by.clone(),
            tags: one_off.tags.clone(),
            overrides: first
                .filter(|_| change != Override::default())
                .map(|first| (first, change))
                .into_iter()
                .collect(),
        };
        // Only a call that was surely refused is made again: one without an answer may have started a task.
        let mut pace = Pace::new();
        let begun = self.clock.now();
        loop {
            match self.cloud.run_task(&run).await {
                Ok(answer) => {
                    let why = || End::NeverStarted(answer.failures.join("; "));
                    return answer.task.ok_or_else(why);
                }
                Err(error) if error.kind == Kind::Throttled && self.clock.now() < begun + A_MINUTE => {
                    if self.pause(pace.next()).await.is_err() {
                        return Err(given_up(false, "no task runs"));
                    }
                }
                Err(error) if matches!(error.kind, Kind::Unreachable | Kind::Other) => {
                    let text = format!("{error}; a task may have been started, which the next release finds");
                    return Err(End::Cloud(cloud::Error { text, ..error }));
                }
                Err(error) => return Err(End::Cloud(error)),
            }
        }
    }

    /// Waits for a task that runs, shows its lines, and judges its end.
    pub(crate) async fn watch(&self, one_off: &OneOff, task: &Task, until: Duration, hold: Hold) -> Ran {
        let (family, arn) = (family(&one_off.revision).to_owned(), task.arn.clone());
        self.progress.tell(Event::Task { family, task: arn.clone(), adopted: hold == Hold::Theirs });
        let mut log = Log::new(&one_off.containers, task.id(), one_off.raw);
        let end = match self.wait(one_off, task, until, hold, &mut log).await {
            Ok(over) => {
                log.drain(self).await;
                judge(&over, &one_off.containers)
            }
            Err(end) => end,
        };
        Ran { task: Some(arn), end, lines: log.into_last() }
    }

    /// The task when it is over.
    async fn wait(
        &self,
        one_off: &OneOff,
        task: &Task,
        until: Duration,
        hold: Hold,
        log: &mut Log,
    ) -> Result<Task, End> {
        let (mut pace, mut known_at, mut looks_again) =
            (Pace::new(), self.clock.now(), hold == Hold::Ours { alone: true });
        loop {
            if looks_again {
                self.give_way(one_off, task).await?;
            }
            let now = self.clock.now();
            match self.cloud.describe_tasks(&one_off.cluster, std::slice::from_ref(&task.arn)).await {
                Ok(tasks) => match tasks.into_iter().next() {
                    Some(task) if task.status == TaskStatus::Stopped => return Ok(task),
                    Some(task) => {
                        known_at = now;
                        looks_again &= task.status == TaskStatus::Starting;
                    }
                    // A task that was just made is not known everywhere yet.
                    None if now >= known_at + A_MINUTE => {
                        return Err(End::Unknown(format!("ECS does not know task `{}` any more", task.id())));
                    }
                    None => {}
                },
                Err(error) if error.passes() => {}
                Err(error) => return Err(End::Cloud(unwatched(error, task))),
            }
            if log.follow(self).await {
                pace.reset();
            }
            let by_limit = self.clock.now() >= until;
            if by_limit || matches!(self.pause(pace.next()).await, Err(Cancelled)) {
                return self.give_up(one_off, task, by_limit, hold, log).await;
            }
        }
    }

    /// After `RunTask` look again, until the task has begun: two releases may have looked at the same time and seen
    /// nothing. The later task yields.
    async fn give_way(&self, one_off: &OneOff, task: &Task) -> Result<(), End> {
        let Ok(others) = self.update_tasks(&one_off.cluster, family(&one_off.revision)).await else { return Ok(()) };
        let earlier = others.into_iter().find(|other| age(other) < age(task));
        let Some(other) = earlier else { return Ok(()) };
        let reason = format!("gives way to task {}", other.id());
        match self.insist(|| self.cloud.stop_task(&one_off.cluster, &task.arn, &reason)).await {
            Ok(()) => Err(End::Yielded(Box::new(other))),
            Err(error) => Err(End::Cloud(unwatched(error, task))),
        }
    }

    /// Tasks of a cluster; what ECS does not know (yet) is left out.
    pub(crate) async fn tasks(&self, cluster: &str, of: &TasksOf) -> cloud::Result<Vec<Task>> {
        let arns = self.cloud.list_tasks(cluster, of).await?;
        if arns.is_empty() { Ok(Vec::new()) } else { self.cloud.describe_tasks(cluster, &arns).await }
    }

    /// Tasks that run an app's update, oldest first, whoever started them; a person's one-off tasks are none.
    pub(crate) async fn update_tasks(&self, cluster: &str, family: &str) -> cloud::Result<Vec<Task>> {
        let mut tasks = self.tasks(cluster, &TasksOf::Family(family.to_owned())).await?;
        let is_at_work = |status| matches!(status, TaskStatus::Starting | TaskStatus::Running);
        tasks.retain(|task| {
            is_at_work(task.status) && task.started_by.as_deref() != Some(crate::release::STARTED_BY_RUN)
        });
        tasks.sort_by(|a, b| age(a).cmp(&age(b)));
        Ok(tasks)
    }

    /// Stops the task and looks what became of it: it may have ended well before it was stopped.
    async fn give_up(
        &self,
        one_off: &OneOff,
        task: &Task,
        by_limit: bool,
        hold: Hold,
        log: &mut Log,
    ) -> Result<Task, End> {
        let id = task.id();
        if hold == Hold::Theirs {
            return Err(given_up(by_limit, format!("task `{id}` goes on, since this release did not start it")));
        }
        let reason = if by_limit { "the time limit was reached" } else { "the release was cancelled" };
        let mut stopped = self.cloud.stop_task(&one_off.cluster, &task.arn, reason).await;
        let mut pace = Pace::new();
        let begun = self.clock.now();
        while self.clock.now() < begun + STOPPING {
            self.clock.sleep(pace.next()).await;
            if matches!(&stopped, Err(error) if error.passes()) {
                stopped = self.cloud.stop_task(&one_off.cluster, &task.arn, reason).await;
            }
            let tasks = self.cloud.describe_tasks(&one_off.cluster, std::slice::from_ref(&task.arn)).await;
            let over = tasks.unwrap_or_default().into_iter().find(|task| task.status == TaskStatus::Stopped);
            let Some(over) = over else { continue };
            log.follow(self).await;
            return match judge(&over, &one_off.containers) {
                End::StoppedByOthers(_) | End::Unknown(_) => {
                    Err(given_up(by_limit, format!("task `{id}` was stopped")))
                }
                _ => Ok(over),
            };
        }
        Err(given_up(
            by_limit,
            match stopped {
                Ok(()) => format!("task `{id}` was told to stop and has not ended yet: look before you release again"),
                Err(error) => format!("task `{id}` could not be stopped and may still run: {error}"),
            },
        ))
    }
}

/// Whose a task is that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// We have started it.
    Ours {
        /// It shall be the only one of its family.
        alone: bool,
    },
    /// It ran already.
    Theirs,
}

/// How long a task may take to end after it was told to: ECS kills it after its `stopTimeout`, 30 seconds by default.
const STOPPING: Duration = Duration::from_secs(45);

/// Tells how a task ended that is over.
pub(crate) fn judge(task: &Task, containers: &[Container]) -> End {
    let reason = || task.stopped_reason.clone().unwrap_or_else(|| "ECS gives no reason".to_owned());
    match task.stop_code {
        Some(StopCode::TaskFailedToStart) => return End::NeverStarted(why_never_started(task)),
        Some(StopCode::SpotInterruption | StopCode::Infrastructure) => return End::Interrupted(reason()),
        Some(StopCode::UserInitiated | StopCode::ServiceSchedulerInitiated) => return End::StoppedByOthers(reason()),
        Some(StopCode::EssentialContainerExited) | None => {}
    }
    for Container { name, .. } in containers {
        let state = task.containers.iter().find(|state| state.name == *name);
        let state_reason = state.and_then(|state| state.reason.clone());
        match state.and_then(|state| state.exit_code) {
            Some(0) => {}
            Some(code) => return End::Exited { container: name.clone(), code, reason: state_reason },
            None => {
                let more = state_reason.map(|reason| format!("; {reason}")).unwrap_or_default();
                return End::Unknown(format!("container `{name}` has no exit code: {}{more}", reason()));
            }
        }
    }
    End::Succeeded
}

/// What ECS says of the task, and of containers that it could not start.
fn why_never_started(task: &Task) -> String {
    let own = task.stopped_reason.iter().cloned();
    let all: Vec<_> = own.chain(task.containers.iter().filter_map(|container| container.reason.clone())).collect();
    if all.is_empty() { "ECS gives no reason".to_owned() } else { all.join("; ") }
}

/// Whether a start failed because of a role that does not exist everywhere yet, or may not do yet what it soon may. ECS
/// says the first with `ClientException`, or as the reason of the task's end; the second as the reason of its end.
fn is_about_rights(text: &str) -> bool {
    let is_missing = [
        "ResourceNotFound",
        "can't find",
        "does not exist",
        "ParameterNotFound",
        "invalid ssm parameters",
        "marked for deletion",
    ];
    let is_rights = ["unable to assume", "AccessDenied", "ResourceInitializationError"];
    is_rights.iter().any(|part| text.contains(part)) && !is_missing.iter().any(|part| text.contains(part))
}

fn age(task: &Task) -> (cloud::Millis, &str) {
    (task.created_at, &task.arn)
}

fn given_up(by_limit: bool, left: impl Into<String>) -> End {
    End::GivenUp { by_limit, left: left.into() }
}

fn unwatched(error: cloud::Error, task: &Task) -> cloud::Error {
    let text = format!("{error}; task `{}` was started and may still run", task.id());
    cloud::Error { text, ..error }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => f.write_str("it ended with 0"),
            Self::Exited { container, code, reason } => {
                write!(f, "container `{container}` ended with exit code {code}")?;
                reason.iter().try_for_each(|reason| write!(f, ": {}", crate::redact(reason)))?;
                let is_memory = reason.as_ref().is_some_and(|reason| reason.contains("OutOfMemory"));
                if is_memory { f.write_str(" (give it more memory)") } else { Ok(()) }
            }
            Self::NeverStarted(reason) => {
                write!(f, "it never started: {reason}")?;
                let is_secret = reason.contains("unable to pull secrets");
                if is_secret { f.write_str("; `aws-django verify` names all secrets that are missing") } else { Ok(()) }
            }
            Self::Interrupted(reason) => write!(f, "AWS took it down: {reason}"),
            Self::StoppedByOthers(reason) => write!(f, "somebody stopped it: {reason}"),
            Self::GivenUp { by_limit: true, left } => write!(f, "the time limit was reached; {left}"),
            Self::GivenUp { by_limit: false, left } => write!(f, "it was cancelled; {left}"),
            Self::Unknown(reason) => write!(f, "it is not known how it ended: {reason}"),
            Self::Cloud(error) => error.fmt(f),
            Self::Yielded(other) => write!(f, "it gave way to task `{}`", other.id()),
        }
    }
}
