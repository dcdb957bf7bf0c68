//! The arguments of a `ProdApp`.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "a check takes a reference to what it checks")]

use pulumi_component::{Args, Input, Problem};

use super::scaling::{ScalingArgs, WebScalingArgs, check_one, count};
use crate::aws::cloudwatch;
use crate::components::ad_hoc_base::AdHocBaseOutputs;
use crate::components::app::args::{AppArgs, BeatArgs, CpuArchitecture, Deployment, FrontendArgs, WebArgs, WorkerArgs};
use crate::components::app::{Cache, Domain, Process, Servers, Site, Spec};
use crate::components::base::rules as base_rules;
use crate::components::data::Data;
use crate::components::prod_base::{ProdBase, ProdBaseOutputs};
use crate::components::windows;

/// The arguments of a `ProdApp`.
#[derive(Args)]
#[args(check = ProdAppArgs::check)]
pub struct ProdAppArgs {
    /// Base on which the app runs: a `ProdBase` of the same program, or what one says in its output `outputs`, for
    /// example through a stack reference. Changing it replaces nearly everything, which is refused as long as the app is
    /// protected.
    #[args(component = ProdBase, unlike = AdHocBaseOutputs)]
    base: ProdBaseOutputs,
    #[args(flatten)]
    common: AppArgs,
    /// Who releases the app. Changing it updates `ecs.Service`, by a tag alone: what runs goes on. From `Pipeline` to
    /// `Pulumi`, set `image` to what runs in the same deployment.
    deployment: Deployment,
    /// The Django process, which answers HTTP.
    #[args(default)]
    web: ProdWebArgs,
    /// A front end beside Django, with an image of its own. It answers at the same host name, so that one session
    /// cookie serves both: Django takes `web.pathPatterns`, the front end the rest. Without it Django answers
    /// everything. Changing it adds or removes `lb.ListenerRule`, `cloudwatch.LogGroup`, `cloudwatch.MetricAlarm`,
    /// `ecs.Service`, `lb.TargetGroup`, `iam.Role` and `ecs.TaskDefinition`, and updates `lb.ListenerRule` and
    /// `iam.RolePolicy`; it also adds or removes, where it scales, `appautoscaling.Target` and
    /// `appautoscaling.Policy`. When it is added to an app that runs, the front end's paths answer 503 until the next release
    /// has started its tasks.
    frontend: Option<ProdFrontendArgs>,
    /// Celery workers. Each is told to end two minutes before it has to, so that it can finish its tasks. Changing it
    /// adds or removes `cloudwatch.LogGroup`, `ecs.Service` and `ecs.TaskDefinition`, and updates `iam.RolePolicy`; it
    /// also adds or removes, where it scales, `appautoscaling.Target` and `appautoscaling.Policy`. A worker that is added starts with the next release.
    workers: Option<Vec<ProdWorkerArgs>>,
    /// Where the app answers; by default at `<app>.<domain>`.
    #[args(default)]
    domain: DomainArgs,
    /// Cache of the app's own, Valkey on servers of ElastiCache, for Django's cache and for Celery. It speaks TLS, is
    /// encrypted, and has a password.
    #[args(default)]
    cache: ProdCacheArgs,
    /// Processor that the images are built for. Changing it replaces `ecs.TaskDefinition`.
    #[args(default = CpuArchitecture::X86_64)]
    cpu_architecture: CpuArchitecture,
    /// Whether a shell can be opened in running tasks with ECS Exec, see the output `shellCommand`. What is typed there is
    /// kept in a log group. Changing it replaces `ecs.TaskDefinition`, adds or removes `cloudwatch.LogGroup` and
    /// `iam.RolePolicy`, and updates `ecs.Cluster`, `iam.RolePolicy` and `ecs.Service`, which restarts the running tasks.
    #[args(default = false)]
    execute_command: bool,
    /// For how many days logs are kept: one of the values that CloudWatch takes, such as 30 or 365. Changing it updates
    /// `cloudwatch.LogGroup`.
    #[args(default = 365, check = cloudwatch::check_retention_days)]
    log_retention_days: Input<u32>,
    /// Topic of SNS, by ARN, that is told of errors, slow answers, unhealthy and missing tasks, of tasks that are too busy
    /// or short of memory, and of a full cache, and when that is over. Errors and unhealthy tasks take a deployment back
    /// that is under way, whether somebody is told or not. Changing it adds or removes `cloudwatch.MetricAlarm`, and
    /// updates `cloudwatch.MetricAlarm`.
    #[args(check = base_rules::topic_arn)]
    alarm_topic_arn: Option<Input<Option<String>>>,
    /// Whether nothing of the app can be destroyed. It protects in Pulumi what holds data or cannot come back: cache,
    /// bucket and secrets. A destroy begins with `DeletionProtection`, which then refuses it, so that everything is still
    /// there.
    ///
    /// Destroying an app takes two steps: set this to false and deploy, then destroy. Changing it updates nothing at AWS.
    #[args(default = true)]
    deletion_protection: bool,
}

/// The Django process of a `ProdApp`.
#[derive(Args)]
#[args(check = ProdWebArgs::check)]
pub struct ProdWebArgs {
    #[args(flatten)]
    web: WebArgs,
    /// Number of tasks that a release starts, by default 2. Changing it updates `ecs.Service`, by a tag alone: the next
    /// release heeds it.
    desired_count: Option<u32>,
    /// Between which numbers there are tasks, in place of `desiredCount`. Changing it adds or removes
    /// `appautoscaling.Target` and `appautoscaling.Policy`, and updates `ecs.Service`, by a tag alone.
    scaling: Option<WebScalingArgs>,
}

/// A front end beside Django in a `ProdApp`.
#[derive(Args)]
#[args(check = ProdFrontendArgs::check)]
pub struct ProdFrontendArgs {
    #[args(flatten)]
    frontend: FrontendArgs,
    /// Number of tasks that a release starts, by default 2. Changing it updates `ecs.Service`, by a tag alone: the next
    /// release heeds it.
    desired_count: Option<u32>,
    /// Between which numbers there are tasks, in place of `desiredCount`. Changing it adds or removes
    /// `appautoscaling.Target` and `appautoscaling.Policy`, and updates `ecs.Service`, by a tag alone.
    scaling: Option<WebScalingArgs>,
}

/// A Celery worker of a `ProdApp`.
#[derive(Args)]
#[args(check = ProdWorkerArgs::check)]
pub struct ProdWorkerArgs {
    #[args(flatten)]
    worker: WorkerArgs,
    /// Number of tasks that a release starts, by default 1. Changing it updates `ecs.Service`, by a tag alone: the next
    /// release heeds it.
    desired_count: Option<u32>,
    /// Between which numbers there are tasks, in place of `desiredCount`. Changing it adds or removes
    /// `appautoscaling.Target` and `appautoscaling.Policy`, and updates `ecs.Service`, by a tag alone.
    scaling: Option<ScalingArgs>,
}

/// The names at which a `ProdApp` answers.
#[derive(Args)]
pub struct DomainArgs {
    /// Host name at which the app answers. Without `zoneId` it is the base's domain or a name below it, which the base's
    /// certificate covers if it is at most one label longer; by default `<app>.<domain>`. Changing it replaces
    /// `route53.Record` and `ecs.TaskDefinition`, and updates `lb.ListenerRule`. The old name is gone at once; at the new
    /// one Django answers 400 until the next release, since running tasks know the old one as `ALLOWED_HOSTS`.
    #[args(check = base_rules::domain_name)]
    host_name: Option<Input<String>>,
    /// Public hosted zone of Route 53 in which all of these names are, where they are not below the base's domain. A
    /// certificate is then issued for them, unless one is given. Changing it adds or removes `acm.Certificate`,
    /// `acm.CertificateValidation`, `route53.Record` and `lb.ListenerCertificate`, and replaces `route53.Record`.
    #[args(check = base_rules::zone_id)]
    zone_id: Option<Input<Option<String>>>,
    /// Certificate of ACM in the same region for all of these names, where the base's does not cover them and none shall be
    /// issued. Changing it adds or removes `lb.ListenerCertificate`.
    #[args(check = base_rules::certificate_arn)]
    certificate_arn: Option<Input<Option<String>>>,
    /// Other names, at most three, that send visitors on to the host name, such as `www.example.com`. Changing it adds or
    /// removes `lb.ListenerRule` and `route53.Record`.
    #[args(default = Vec::<String>::new())]
    redirect_host_names: Vec<String>,
}

/// The cache of a `ProdApp`.
#[derive(Args)]
pub struct ProdCacheArgs {
    /// Type of its servers, which decides their CPU and memory, such as `cache.t4g.small`. Changing it updates
    /// `elasticache.ReplicationGroup`.
    #[args(default = "cache.t4g.small", check = check_node_type)]
    node_type: Input<String>,
    /// How many servers stand by, in other zones, for the one that is written to, from 0 to 5. Without any the cache is
    /// away while its only server is maintained or fails. Changing it updates `elasticache.ReplicationGroup`.
    #[args(default = 1, check = check_replicas)]
    replica_count: Input<u32>,
    /// For how many days snapshots are kept, from 0 to 35; with 0 none is made. Changing it updates
    /// `elasticache.ReplicationGroup`.
    #[args(default = 7, check = check_snapshot_days)]
    snapshot_days: Input<u32>,
    /// When AWS maintains the servers, in UTC, an hour or longer, such as `sun:05:00-sun:06:00`. By default AWS chooses.
    /// Changing it updates `elasticache.ReplicationGroup`.
    #[args(check = windows::check_weekly_of_cache)]
    maintenance_window: Option<Input<String>>,
}

/// How many tasks of web and of a front end there are, unless somebody says so: one in each of two zones.
const SITE_COUNT: u32 = 2;
const WORKER_COUNT: u32 = 1;

impl ProdAppArgs {
    /// What the app is: on demand, watched, and not to be lost.
    pub(super) fn spec(&self) -> Spec<'_> {
        let Self { base, domain, cache, .. } = self;
        Spec {
            base: &base.common,
            common: &self.common,
            deployment: self.deployment,
            processes: self.processes(),
            site: Site {
                host_name: domain.host_name.as_ref(),
                domain: Some(Domain {
                    zone_id: domain.zone_id.as_ref(),
                    certificate_arn: domain.certificate_arn.as_ref(),
                    redirect_host_names: &domain.redirect_host_names,
                }),
            },
            data: Data::Stays { is_protected: self.deletion_protection },
            cpu_architecture: self.cpu_architecture.as_str(),
            execute_command: self.execute_command,
            cache: Some(Cache::Servers(Servers {
                node_type: &cache.node_type,
                replica_count: &cache.replica_count,
                snapshot_days: &cache.snapshot_days,
                maintenance_window: cache.maintenance_window.as_ref(),
                subnet_ids: &base.isolated_subnet_ids,
                security_group_id: &base.cache_security_group_id,
            })),
            log_bucket_name: Some(&base.log_bucket_name),
            is_observed: true,
            alarm_topic_arn: self.alarm_topic_arn.as_ref(),
            log_retention_days: &self.log_retention_days,
        }
    }

    fn processes(&self) -> Vec<Process<'_>> {
        let ProdWebArgs { web, desired_count, scaling } = &self.web;
        let web = Process {
            count: count(*desired_count, scaling.as_ref().map(WebScalingArgs::scaling), SITE_COUNT),
            ..web.process(self.frontend.is_some())
        };
        let frontend = self.frontend.iter().map(|ProdFrontendArgs { frontend, desired_count, scaling }| Process {
            count: count(*desired_count, scaling.as_ref().map(WebScalingArgs::scaling), SITE_COUNT),
            ..frontend.process()
        });
        let workers = self.workers.iter().flatten().enumerate();
        let workers = workers.map(|(index, ProdWorkerArgs { worker, desired_count, scaling })| Process {
            count: count(*desired_count, scaling.as_ref().map(ScalingArgs::scaling), WORKER_COUNT),
            ..worker.process(index)
        });
        let beat = self.common.beat.iter().map(BeatArgs::process);
        [web].into_iter().chain(frontend).chain(workers).chain(beat).collect()
    }

    fn check(&self) -> Vec<Problem> {
        self.spec().check()
    }
}

impl ProdWebArgs {
    fn check(&self) -> Vec<Problem> {
        check_one(self.desired_count, self.scaling.is_some())
    }
}

impl ProdFrontendArgs {
    fn check(&self) -> Vec<Problem> {
        check_one(self.desired_count, self.scaling.is_some())
    }
}

impl ProdWorkerArgs {
    fn check(&self) -> Vec<Problem> {
        check_one(self.desired_count, self.scaling.is_some())
    }
}

fn check_node_type(node_type: &str) -> Result<(), String> {
    let is_type = node_type.starts_with("cache.") && node_type.split('.').count() == 3;
    if is_type { Ok(()) } else { Err("must be a type of ElastiCache, such as `cache.t4g.small`".to_owned()) }
}

fn check_replicas(count: &u32) -> Result<(), String> {
    if *count <= 5 { Ok(()) } else { Err("must be from 0 to 5, as many as AWS takes".to_owned()) }
}

fn check_snapshot_days(days: &u32) -> Result<(), String> {
    if *days <= 35 {
        return Ok(());
    }
    Err("must be from 0 to 35, for as long as ElastiCache keeps snapshots".to_owned())
}
