//! The arguments of an `AdHocApp`.
#![expect(clippy::struct_excessive_bools, reason = "each is a switch that a user sees by its name")]

use std::collections::BTreeMap;

use pulumi_component::{Args, Input, Problem};

use crate::arns;
use crate::aws::cloudwatch;
use crate::blocks::task::Capacity;
use crate::components::ad_hoc_base::{AdHocBase, AdHocBaseOutputs};
use crate::components::app::args::{
    BeatArgs, CpuArchitecture, Deployment, FrontendArgs, UpdateArgs, WebArgs, WorkerArgs, check_priority,
};
use crate::components::app::{Cache, Data, Spec, Update};
use crate::names;

/// The arguments of an `AdHocApp`.
#[derive(Args)]
#[args(check = AdHocAppArgs::check)]
pub struct AdHocAppArgs {
    /// Base on which the app runs: an `AdHocBase` of the same program, or what one says in its output `outputs`, for
    /// example through a stack reference. Changing it replaces nearly everything.
    #[args(component = AdHocBase)]
    base: AdHocBaseOutputs,
    /// Image of the Django project, as `repository:tag` or `repository@digest`. The tag `latest` is refused, and so is
    /// an image without a tag: a task must start with the same code tomorrow. Where a pipeline releases (`deployment`), it
    /// counts only until something runs: from then on revisions have the image that is live. Changing it replaces
    /// `ecs.TaskDefinition`.
    #[args(check = arns::check_image)]
    image: Input<String>,
    /// Who releases the app. Changing it updates `ecs.Service`, by a tag alone: what runs goes on. From `Pipeline` to
    /// `Pulumi`, set `image` to what runs in the same deployment.
    #[args(default = Deployment::Pulumi)]
    deployment: Deployment,
    /// The Django process, which answers HTTP.
    #[args(default)]
    web: WebArgs,
    /// A front end beside Django, with an image of its own. It answers at the same host name, so that one session
    /// cookie serves both: Django takes `web.pathPatterns`, the front end the rest. Without it Django answers
    /// everything. Changing it adds or removes `lb.ListenerRule`, `cloudwatch.LogGroup`, `ecs.Service`,
    /// `lb.TargetGroup`, `iam.Role`, `iam.RolePolicy` and `ecs.TaskDefinition`, and updates `lb.ListenerRule` and
    /// `iam.RolePolicy`. When it is added to an app that runs, the front end's paths answer 503 until the next release
    /// has started its tasks.
    frontend: Option<FrontendArgs>,
    /// Celery workers. Each is told to end two minutes before it has to, so that it can finish its tasks. Changing it
    /// adds or removes `cloudwatch.LogGroup`, `ecs.Service` and `ecs.TaskDefinition`, and updates `iam.RolePolicy`. A
    /// worker that is added starts with the next release.
    workers: Option<Vec<WorkerArgs>>,
    /// The scheduler of Celery. There is never a second one at the same time, and it does not run on Spot. Changing it
    /// adds or removes `cloudwatch.LogGroup`, `ecs.Service` and `ecs.TaskDefinition`, and updates `iam.RolePolicy`. One
    /// that is added starts with the next release.
    beat: Option<BeatArgs>,
    /// What must run before a new image serves.
    #[args(default)]
    update: UpdateArgs,
    /// Variables for all containers of the backend, by name. They win over those that the app sets itself. A variable
    /// that holds a secret belongs into `secrets`: credentials of AWS, and those that the app keeps secret itself, such
    /// as `SECRET_KEY`, `DATABASE_URL` and `REDIS_URL`, are refused here. Changing it replaces `ecs.TaskDefinition`.
    #[args(default)]
    environment: BTreeMap<String, Input<String>>,
    /// Secret variables for all containers of the backend, by name, each given by where it is kept: the ARN of a secret
    /// in Secrets Manager (with `:key:stage:version` behind it to take one key of its JSON, such as `:password::`), the
    /// ARN of an SSM parameter, or the name of a parameter of the same region. They win over those that the app makes
    /// itself, which are then not made; `POSTGRES_PASSWORD` and `DATABASE_URL` are given together or not at all, and
    /// `REDIS_PASSWORD` only with the three addresses that hold it. The app may read just these. A secret that is
    /// encrypted with a key of your own also needs that key to let the execution role decrypt. Changing it replaces
    /// `ecs.TaskDefinition`, and updates `iam.RolePolicy`. A secret that is taken away keeps the running revision from
    /// starting tasks until the next release.
    #[args(default)]
    secrets: BTreeMap<String, Input<String>>,
    /// Host name at which the app answers: the base's domain, or one label below it, since its certificate covers no
    /// other. By default `<app>.<domain>`. Changing it replaces `route53.Record` and `ecs.TaskDefinition`, and updates
    /// `lb.ListenerRule`. The old name is gone at once; at the new one Django answers 400 until the next release, since
    /// running tasks know the old one as `ALLOWED_HOSTS`.
    host_name: Option<Input<String>>,
    /// Database of the app on the base's server, and role that owns it. By default `app_<app>`, with underscores for
    /// hyphens. Give another one to take up a database that is there, from a snapshot for example. Changing it replaces
    /// `ecs.TaskDefinition`, and updates `ssm.Parameter`. Tasks that start before the next release already read the new
    /// `DATABASE_URL`, and the old database stays as it is.
    #[args(check = names::check_database)]
    database_name: Option<Input<String>>,
    /// Slot of the app among the rules of the load balancer, from 0 to 4998: its rules take the priorities 10·slot+1 to
    /// 10·slot+10. By default it is derived from the app's name. Two apps of one base can meet on one slot; AWS then
    /// refuses the second one (`PriorityInUse`), and the remedy is to give one of them a slot here. Changing it updates
    /// `lb.ListenerRule`, without an interruption.
    #[args(check = check_priority)]
    priority: Option<u32>,
    /// Whether tasks run on Fargate Spot, which costs about a third and is taken away at two minutes' notice. One task
    /// of web always runs on demand, and so do beat and the cache. Changing it updates `ecs.Service`, which restarts
    /// the running tasks.
    #[args(default = true)]
    spot: bool,
    /// Processor that the images are built for. Changing it replaces `ecs.TaskDefinition`, and updates `ecs.Service`:
    /// the cache starts anew, empty, and with it the queue of Celery. All else moves with the next release.
    #[args(default = CpuArchitecture::X86_64)]
    cpu_architecture: CpuArchitecture,
    /// Whether a shell can be opened in running tasks with ECS Exec. See the output `shellCommand`. Changing it
    /// replaces `ecs.TaskDefinition`, adds or removes `iam.RolePolicy`, and updates `iam.RolePolicy` and `ecs.Service`,
    /// which restarts the running tasks.
    #[args(default = true)]
    execute_command: bool,
    /// Whether all containers run as user 1000, with `/tmp` as home, on a file system of which only `/tmp` can be
    /// written, 128 MiB of the task's memory. An image that writes elsewhere, or listens below port 1024, is not made
    /// for it; a beat needs `--schedule=/tmp/celerybeat`, or a scheduler that keeps its times elsewhere. The cache
    /// always runs so. Changing it replaces `ecs.TaskDefinition`.
    #[args(default = true)]
    hardened: bool,
    /// Whether the app has a cache of its own, Valkey in a task, for Django's cache and for Celery. It keeps nothing on
    /// disk: whenever its task starts anew, the queue is empty. Without it, workers and beat need a `CELERY_BROKER_URL`
    /// in `environment` or `secrets`. Changing it adds or removes `cloudwatch.LogGroup`, `ecs.Service`,
    /// `ecs.TaskDefinition`, `servicediscovery.Service` and `ssm.Parameter`, replaces `ecs.TaskDefinition`, and updates
    /// `iam.RolePolicy`. Taken away, it is missing to the running tasks until the next release.
    #[args(default = true)]
    cache: bool,
    /// Managed policies, by ARN, for what the backend's code may do beyond its bucket: send mail, for example. Changing
    /// it adds or removes `iam.RolePolicyAttachment`.
    task_policy_arns: Option<Vec<Input<String>>>,
    /// Secret in Secrets Manager, by ARN, with `username` and `password` for the private registry of the images; for
    /// images of ECR it is not needed. Changing it replaces `ecs.TaskDefinition`, and updates `iam.RolePolicy`.
    #[args(check = arns::check_secret)]
    repository_credentials_arn: Option<Input<String>>,
    /// For how many days logs are kept: one of the values that CloudWatch takes, such as 7, 30 or 365. Changing it
    /// updates `cloudwatch.LogGroup`.
    #[args(default = 7, check = cloudwatch::check_retention_days)]
    log_retention_days: Input<u32>,
    /// Tags of everything that is created and takes tags, beside `env` and `Name`, which are set here, as are
    /// `desired-count` and `deployment` on services. IAM takes no two keys that differ by case alone, so that neither
    /// these nor yours may. Changing it updates all that takes tags.
    #[args(default, check = names::check_tags)]
    tags: BTreeMap<String, Input<String>>,
}

impl AdHocAppArgs {
    /// What the app is: cheap, and gone when it is destroyed.
    pub(super) fn spec(&self) -> Spec<'_> {
        let capacity = |spot: bool| if spot { Capacity::Spot } else { Capacity::OnDemand };
        let of_web = if self.spot { Capacity::SpotAfterFirst } else { Capacity::OnDemand };
        let web = self.web.process(of_web, self.frontend.is_some());
        let frontend = self.frontend.iter().map(|frontend| frontend.process(capacity(self.spot)));
        let workers = self.workers.iter().flatten().enumerate();
        let workers = workers.map(|(index, worker)| worker.process(index, capacity(worker.spot.unwrap_or(self.spot))));
        let beat = self.beat.iter().map(BeatArgs::process);
        let base = &self.base;
        Spec {
            base: &base.common,
            image: &self.image,
            deployment: self.deployment,
            processes: [web].into_iter().chain(frontend).chain(workers).chain(beat).collect(),
            update: Update { command: &self.update.command, size: &self.update.size },
            environment: &self.environment,
            secrets: &self.secrets,
            host_name: self.host_name.as_ref(),
            database_name: self.database_name.as_ref(),
            data: Data::Goes,
            priority: self.priority,
            cpu_architecture: self.cpu_architecture.as_str(),
            execute_command: self.execute_command,
            hardened: self.hardened,
            cache: self
                .cache
                .then_some(Cache::Task { namespace_id: &base.namespace_id, namespace_name: &base.namespace_name }),
            container_insights: false,
            task_policy_arns: self.task_policy_arns.as_deref().unwrap_or_default(),
            repository_credentials_arn: self.repository_credentials_arn.as_ref(),
            log_retention_days: &self.log_retention_days,
            tags: &self.tags,
        }
    }

    fn check(&self) -> Vec<Problem> {
        self.spec().check()
    }
}
