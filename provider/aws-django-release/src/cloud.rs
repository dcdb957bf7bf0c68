//! AWS as the engine sees it: exactly the calls that a release needs, in our own terms.
//!
//! Above these traits there is no type of AWS's SDK; below them (in [`aws`](crate::aws), or in
//! [`testing`](crate::testing)) no decision about a release. What AWS calls a *task definition's ARN* is a *revision*
//! here, since all that ever matters is which one runs.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;

mod base;
mod listeners;
mod needs;
mod parameters;

pub use base::{Base, DbInstance, Forward, Host};
pub use listeners::{ListenerRule, Listeners, RulesPage, TAGGED_AT_ONCE};
pub use needs::{Manifest, Needs, Secret};
pub use parameters::{Parameter, Parameters, PutParameter, Value};

/// Milliseconds since 1970 on AWS's clock: only ever compared with each other, never with a clock of ours.
pub type Millis = i64;

/// Names and values of tags.
pub type Tags = BTreeMap<String, String>;

/// What a call to AWS ends with.
pub type Result<T> = std::result::Result<T, Error>;

/// Elastic Container Service. `cluster` and `service` are names.
#[async_trait]
pub trait Ecs: Send + Sync {
    /// `DescribeServices` with tags: those that there are, deleted ones left out.
    async fn describe_services(&self, cluster: &str, services: &[String]) -> Result<Vec<Service>>;
    /// `ListServices`: names of all services of a cluster.
    async fn list_services(&self, cluster: &str) -> Result<Vec<String>>;
    /// `UpdateService`.
    async fn update_service(&self, update: &UpdateService) -> Result<()>;
    /// `ListServiceDeployments`, without [`Deployment::rolled_back_to`]; `after` leaves out what is older. ECS keeps
    /// 90 days, promises no order, and lists a new one late.
    async fn list_service_deployments(
        &self,
        cluster: &str,
        service: &str,
        after: Option<Millis>,
    ) -> Result<Vec<Deployment>>;
    /// `DescribeServiceDeployments`; what ECS does not know yet is left out.
    async fn describe_service_deployments(&self, arns: &[String]) -> Result<Vec<Deployment>>;
    /// `DescribeServiceRevisions`: the task definition of each service revision.
    async fn describe_service_revisions(&self, arns: &[String]) -> Result<BTreeMap<String, String>>;
    /// `RunTask`: one task, on demand.
    async fn run_task(&self, run: &RunTask) -> Result<RunTaskAnswer>;
    /// `DescribeTasks` with tags; what ECS does not know (yet) is left out.
    async fn describe_tasks(&self, cluster: &str, tasks: &[String]) -> Result<Vec<Task>>;
    /// `ListTasks`: ARNs.
    async fn list_tasks(&self, cluster: &str, of: &TasksOf) -> Result<Vec<String>>;
    /// `StopTask`.
    async fn stop_task(&self, cluster: &str, task: &str, reason: &str) -> Result<()>;
    /// `DescribeTaskDefinition` with tags.
    async fn describe_task_definition(&self, revision: &str) -> Result<Definition>;
    /// `ListTaskDefinitions`: the revisions of a family that are active, newest first, up to 100.
    async fn list_task_definitions(&self, family: &str) -> Result<Vec<String>>;
    /// `RegisterTaskDefinition` of a copy of a revision, with other images by container, and with further tags. Answers
    /// the new revision.
    async fn register_copy(&self, of: &str, images: &BTreeMap<String, String>, tags: &Tags) -> Result<String>;
    /// `ExecuteCommand`: a session with a command in a container of a task.
    async fn execute_command(&self, cluster: &str, task: &str, container: &str, command: &str) -> Result<Session>;
}

/// CloudWatch Logs.
#[async_trait]
pub trait Logs: Send + Sync {
    /// `GetLogEvents` of one stream, one page.
    async fn get_log_events(&self, group: &str, stream: &str, from: &Position) -> Result<Page>;
    /// `FilterLogEvents` of all streams of a group since a moment, one page, oldest first.
    async fn filter_log_events(&self, group: &str, since: Millis, token: Option<&str>) -> Result<Written>;
}

/// Load balancing.
#[async_trait]
pub trait Targets: Send + Sync {
    /// `DescribeTargetHealth`: each target in words, such as `10.0.1.7: unhealthy (codes: [500])`.
    async fn describe_target_health(&self, target_group: &str) -> Result<Vec<String>>;
}

/// Security Token Service.
#[async_trait]
pub trait Identity: Send + Sync {
    /// `GetCallerIdentity`: the account that the credentials are of.
    async fn account(&self) -> Result<String>;
}

/// All of it.
pub trait Cloud: Ecs + Logs + Targets + Listeners + Identity {}
impl<T: Ecs + Logs + Targets + Listeners + Identity> Cloud for T {}

/// A service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The revision that was asked for last; it need not be the one that runs.
    pub revision: String,
    /// How many tasks it shall have.
    pub desired: u32,
    /// How many run.
    pub running: u32,
    /// How many are on their way.
    pub pending: u32,
    /// What its newest deployment writes into the `startedBy` of its tasks.
    pub primary: Option<String>,
    /// ARNs of its target groups.
    pub target_groups: Vec<String>,
    /// What ECS tells of it, newest first.
    pub events: Vec<Event>,
    /// Its tags.
    pub tags: Tags,
    /// Where its tasks run.
    pub network: Network,
    /// Whether sessions may be opened in its tasks.
    pub execute_command: bool,
}

/// What ECS tells of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// When it happened.
    pub at: Millis,
    /// A sentence.
    pub text: String,
}

/// A task definition: what of it decides something.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// Its ARN.
    pub revision: String,
    /// Whether tasks of it may be started.
    pub is_active: bool,
    /// The image of each container, as the revision names it.
    pub images: BTreeMap<String, String>,
    /// Where the lines of each container go, if they go to CloudWatch.
    pub log_groups: BTreeMap<String, String>,
    /// Whether a container has a health check.
    pub has_health_check: bool,
    /// For which processor its images must be.
    pub processor: Processor,
    /// What each container's secrets are read from when a task starts, by container, then by variable. The login of a
    /// private registry is one as well, [`REGISTRY_LOGIN`].
    pub secrets: BTreeMap<String, BTreeMap<String, String>>,
    /// ARN of the role that reads them.
    pub execution_role: Option<String>,
    /// The base that the app is on, if a variable says so.
    pub base: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// What stands in the place of a variable where a task definition names the login of a private registry.
pub const REGISTRY_LOGIN: &str = "repositoryCredentials";

/// A processor, as ECS distinguishes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Processor {
    /// `X86_64`, which is also what runs where none is said.
    #[default]
    X86,
    /// `ARM64`.
    Arm,
}

impl Processor {
    /// As images name it.
    pub fn platform(self) -> &'static str {
        match self {
            Self::X86 => "linux/amd64",
            Self::Arm => "linux/arm64",
        }
    }
}

/// How far a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentStatus {
    /// It waits for its turn, goes on, or does something that this code does not know.
    Going,
    /// All its tasks run and are healthy.
    Successful,
    /// Somebody has asked ECS to stop it, or a newer deployment takes its place.
    Stopping,
    /// It was stopped, or it failed without a way back.
    Stopped,
    /// ECS takes the service back to what ran before.
    RollingBack,
    /// What ran before runs again.
    RolledBack,
    /// ECS could not go back either.
    RollbackFailed,
}

impl DeploymentStatus {
    /// Whether ECS still works on it.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Going | Self::Stopping | Self::RollingBack)
    }
}

/// A service deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Its ARN.
    pub arn: String,
    /// When it was made.
    pub created_at: Millis,
    /// How far it is.
    pub status: DeploymentStatus,
    /// Why.
    pub reason: Option<String>,
    /// Alarms, by name, that take it back.
    pub alarms: Vec<String>,
    /// ARN of the service revision that it brings; ECS may not say yet.
    pub target: Option<String>,
    /// ARN of the service revision that it went back to.
    pub rolled_back_to: Option<String>,
}

/// A change of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateService {
    /// Name of the cluster.
    pub cluster: String,
    /// Name of the service.
    pub service: String,
    /// The revision to run; `None` leaves it.
    pub revision: Option<String>,
    /// How many tasks; `None` leaves it.
    pub count: Option<u32>,
    /// Whether its tasks are replaced also if nothing else would replace them (`forceNewDeployment`).
    pub force: bool,
}

/// Where tasks run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// Ids of subnets.
    pub subnets: Vec<String>,
    /// Ids of security groups.
    pub security_groups: Vec<String>,
    /// Whether a task gets a public address.
    pub public_address: bool,
}

/// A one-off task to start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunTask {
    /// Name of the cluster.
    pub cluster: String,
    /// What runs.
    pub revision: String,
    /// Where.
    pub network: Network,
    /// What it is for, in 36 letters, digits, `-`, `_` and `/` at most.
    pub started_by: String,
    /// Tags for the task.
    pub tags: Tags,
    /// What differs from the revision, by container.
    pub overrides: BTreeMap<String, Override>,
}

/// What a container of a one-off task gets instead of what its revision says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Override {
    /// The command.
    pub command: Option<Vec<String>>,
    /// Variables; never secrets, since `DescribeTasks` shows them.
    pub environment: BTreeMap<String, String>,
}

/// What `RunTask` answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunTaskAnswer {
    /// The task, if it was started.
    pub task: Option<Task>,
    /// Why it was not.
    pub failures: Vec<String>,
}

/// Which tasks to list.
#[derive(Clone, Debug, PartialEq)]
pub enum TasksOf {
    /// Those of a family that shall run.
    Family(String),
    /// Those that shall run and bear this `startedBy`.
    StartedBy(String),
    /// Those of a service that shall run.
    Service(String),
    /// Those of a service that were stopped in the last hour or so.
    Stopped(String),
    /// All of the cluster that were stopped in the last hour or so.
    Over,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    /// No container has begun.
    Starting,
    /// It runs.
    Running,
    /// It is being stopped.
    Stopping,
    /// It is over.
    Stopped,
}

/// Why a task is over, in ECS's own terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCode {
    /// A container without which the task is nothing has ended.
    EssentialContainerExited,
    /// No container has begun.
    TaskFailedToStart,
    /// Fargate has taken back spare capacity.
    SpotInterruption,
    /// Somebody has called `StopTask`.
    UserInitiated,
    /// Its service needed it no more.
    ServiceSchedulerInitiated,
    /// The host has failed or was taken out of service.
    Infrastructure,
}

/// A task.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its ARN.
    pub arn: String,
    /// What it runs.
    pub revision: String,
    /// What started it.
    pub started_by: Option<String>,
    /// How far it is.
    pub status: TaskStatus,
    /// When it was made.
    pub created_at: Millis,
    /// Why it is over.
    pub stop_code: Option<StopCode>,
    /// The same as a sentence.
    pub stopped_reason: Option<String>,
    /// Its containers.
    pub containers: Vec<ContainerState>,
    /// Its tags.
    pub tags: Tags,
}

impl Task {
    /// The last part of its ARN.
    pub fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(&self.arn)
    }
}

/// A container of a task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerState {
    /// Its name.
    pub name: String,
    /// What its process has ended with; missing if it never ran, or if ECS has lost it.
    pub exit_code: Option<i32>,
    /// Such as `OutOfMemoryError: …`.
    pub reason: Option<String>,
    /// By which Session Manager knows it; missing before it runs.
    pub runtime_id: Option<String>,
}

/// A session of Session Manager that was opened. Whoever has its token has the session: it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Where its stream is.
    pub url: String,
    /// What opens the stream.
    pub token: String,
    /// Address of the service that opened it.
    pub endpoint: String,
}

/// Where to read a log stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Position {
    /// From the first line.
    Head,
    /// From where a page has ended.
    After(String),
    /// This many last lines.
    Tail(u16),
}

/// A page of a log stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Messages, oldest first; one may hold several lines.
    pub messages: Vec<String>,
    /// Where to read on. The token that was sent means that there is nothing more yet.
    pub next: Option<String>,
}

/// A page of all streams of a log group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// What was written, oldest first.
    pub entries: Vec<Entry>,
    /// Where to read on; none at the end.
    pub next: Option<String>,
}

/// Something that was written to a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Its id, unique in its group.
    pub id: String,
    /// When it was written.
    pub at: Millis,
    /// The stream that it was written to.
    pub stream: String,
    /// What was written; it may be several lines.
    pub message: String,
}

/// What kind of thing went wrong: what the engine, or a caller, decides by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The credentials lack a right; the action, such as `ecs:RunTask`.
    Denied(String),
    /// Too many calls.
    Throttled,
    /// No such thing.
    NotFound,
    /// The credentials were good once.
    Expired,
    /// There are no credentials.
    NoCredentials,
    /// AWS refuses what it was asked.
    Invalid,
    /// No answer, or a fault of AWS.
    Unreachable,
    /// Anything else.
    Other,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of thing went wrong.
    pub kind: Kind,
    /// Which call on what failed, why, and what to do.
    pub text: String,
}

impl Error {
    /// Whether the same call may well succeed a little later.
    pub fn passes(&self) -> bool {
        matches!(self.kind, Kind::Throttled | Kind::Unreachable)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

/// The family of a revision: `alpha-web` of `arn:…:task-definition/alpha-web:7`.
pub fn family(revision: &str) -> &str {
    let name = short(revision);
    name.split(':').next().unwrap_or(name)
}

/// The number of a revision: 7 of `arn:…:task-definition/alpha-web:7`; 0 if it has none.
pub fn number(revision: &str) -> u32 {
    short(revision).rsplit_once(':').and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

/// A revision as people read it: `alpha-web:7`.
pub fn short(revision: &str) -> &str {
    revision.rsplit('/').next().unwrap_or(revision)
}
