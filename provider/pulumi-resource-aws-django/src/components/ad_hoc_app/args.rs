//! The arguments of an `AdHocApp`.

use pulumi_component::{Args, Input, Problem};

use crate::aws::cloudwatch;
use crate::blocks::task::Capacity;
use crate::components::ad_hoc_base::{AdHocBase, AdHocBaseOutputs};
use crate::components::app::args::{AppArgs, BeatArgs, CpuArchitecture, Deployment, FrontendArgs, WebArgs, WorkerArgs};
use crate::components::app::{Cache, Count, Process, Site, Spec};
use crate::components::data::Data;
use crate::components::prod_base::ProdBaseOutputs;

/// The arguments of an `AdHocApp`.
#[derive(Args)]
#[args(check = AdHocAppArgs::check)]
pub struct AdHocAppArgs {
    /// Base on which the app runs: an `AdHocBase` of the same program, or what one says in its output `outputs`, for
    /// example through a stack reference. Changing it replaces nearly everything.
    #[args(component = AdHocBase, unlike = ProdBaseOutputs)]
    base: AdHocBaseOutputs,
    #[args(flatten)]
    common: AppArgs,
    /// Who releases the app. Changing it updates `ecs.Service`, by a tag alone: what runs goes on. From `Pipeline` to
    /// `Pulumi`, set `image` to what runs in the same deployment.
    #[args(default = Deployment::Pulumi)]
    deployment: Deployment,
    /// The Django process, which answers HTTP.
    #[args(default)]
    web: AdHocWebArgs,
    /// A front end beside Django, with an image of its own. It answers at the same host name, so that one session
    /// cookie serves both: Django takes `web.pathPatterns`, the front end the rest. Without it Django answers
    /// everything. Changing it adds or removes `lb.ListenerRule`, `cloudwatch.LogGroup`, `ecs.Service`,
    /// `lb.TargetGroup`, `iam.Role`, `iam.RolePolicy` and `ecs.TaskDefinition`, and updates `lb.ListenerRule` and
    /// `iam.RolePolicy`. When it is added to an app that runs, the front end's paths answer 503 until the next release
    /// has started its tasks.
    frontend: Option<AdHocFrontendArgs>,
    /// Celery workers. Each is told to end two minutes before it has to, so that it can finish its tasks. Changing it
    /// adds or removes `cloudwatch.LogGroup`, `ecs.Service` and `ecs.TaskDefinition`, and updates `iam.RolePolicy`. A
    /// worker that is added starts with the next release.
    workers: Option<Vec<AdHocWorkerArgs>>,
    /// Host name at which the app answers: the base's domain, or one label below it, since its certificate covers no
    /// other. By default `<app>.<domain>`. Changing it replaces `route53.Record` and `ecs.TaskDefinition`, and updates
    /// `lb.ListenerRule`. The old name is gone at once; at the new one Django answers 400 until the next release, since
    /// running tasks know the old one as `ALLOWED_HOSTS`.
    host_name: Option<Input<String>>,
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
    /// Whether the app has a cache of its own, Valkey in a task, for Django's cache and for Celery. It keeps nothing on
    /// disk: whenever its task starts anew, the queue is empty. Without it, workers and beat need a `CELERY_BROKER_URL`
    /// in `environment` or `secrets`. Changing it adds or removes `cloudwatch.LogGroup`, `ecs.Service`,
    /// `ecs.TaskDefinition`, `servicediscovery.Service` and `ssm.Parameter`, replaces `ecs.TaskDefinition`, and updates
    /// `iam.RolePolicy`. Taken away, it is missing to the running tasks until the next release.
    #[args(default = true)]
    cache: bool,
    /// For how many days logs are kept: one of the values that CloudWatch takes, such as 7, 30 or 365. Changing it
    /// updates `cloudwatch.LogGroup`.
    #[args(default = 7, check = cloudwatch::check_retention_days)]
    log_retention_days: Input<u32>,
}

/// How many tasks of a process there are.
#[derive(Args)]
struct CountArgs {
    /// Number of tasks that a release starts. Changing it updates `ecs.Service`, by a tag alone: the next release heeds
    /// it.
    #[args(default = 1)]
    desired_count: u32,
}

/// The Django process of an `AdHocApp`.
#[derive(Args)]
pub struct AdHocWebArgs {
    #[args(flatten)]
    web: WebArgs,
    #[args(flatten)]
    count: CountArgs,
}

/// A front end beside Django in an `AdHocApp`.
#[derive(Args)]
pub struct AdHocFrontendArgs {
    #[args(flatten)]
    frontend: FrontendArgs,
    #[args(flatten)]
    count: CountArgs,
}

/// A Celery worker of an `AdHocApp`.
#[derive(Args)]
pub struct AdHocWorkerArgs {
    #[args(flatten)]
    worker: WorkerArgs,
    #[args(flatten)]
    count: CountArgs,
    /// Whether the tasks run on Fargate Spot; by default as the app's `spot` says. Changing it updates `ecs.Service`,
    /// which restarts the running tasks.
    spot: Option<bool>,
}

impl AdHocAppArgs {
    /// What the app is: cheap, and gone when it is destroyed.
    pub(super) fn spec(&self) -> Spec<'_> {
        let base = &self.base;
        let cache = Cache::Task { namespace_id: &base.namespace_id, namespace_name: &base.namespace_name };
        Spec {
            base: &base.common,
            common: &self.common,
            deployment: self.deployment,
            processes: self.processes(),
            site: Site { host_name: self.host_name.as_ref(), ..Site::default() },
            data: Data::Goes,
            cpu_architecture: self.cpu_architecture.as_str(),
            execute_command: self.execute_command,
            cache: self.cache.then_some(cache),
            log_bucket_name: None,
            is_observed: false,
            alarm_topic_arn: None,
            log_retention_days: &self.log_retention_days,
        }
    }

    fn processes(&self) -> Vec<Process<'_>> {
        let capacity = |spot: bool| if spot { Capacity::Spot } else { Capacity::OnDemand };
        let of_web = if self.spot { Capacity::SpotAfterFirst } else { Capacity::OnDemand };
        let web = Process {
            count: self.web.count.fixed(),
            capacity: of_web,
            ..self.web.web.process(self.frontend.is_some())
        };
        let frontend = self.frontend.iter().map(|frontend| Process {
            count: frontend.count.fixed(),
            capacity: capacity(self.spot),
            ..frontend.frontend.process()
        });
        let workers = self.workers.iter().flatten().enumerate().map(|(index, worker)| Process {
            count: worker.count.fixed(),
            capacity: capacity(worker.spot.unwrap_or(self.spot)),
            ..worker.worker.process(index)
        });
        let beat = self.common.beat.iter().map(BeatArgs::process);
        [web].into_iter().chain(frontend).chain(workers).chain(beat).collect()
    }

    fn check(&self) -> Vec<Problem> {
        self.spec().check()
    }
}

impl CountArgs {
    fn fixed(&self) -> Count<'_> {
        Count::Fixed(self.desired_count)
    }
}
