//! The arguments that an app has whichever kind it is of.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "a check takes a reference to what it checks")]

use std::collections::BTreeMap;

use aws_django_release::Runs;
use aws_django_release::slots::SLOTS;
use pulumi_component::{Args, Error, Input, Problem, problem};

use super::{Answers, BEAT, Place, Process, rules};
use crate::arns;
use crate::blocks::task::{Misfit, Rollout, Size};
use crate::names;

/// What web answers beside a front end.
const PATTERNS_BESIDE_FRONTEND: [&str; 7] =
    ["/api", "/api/*", "/admin", "/admin/*", "/graphql/*", "/static/*", "/media/*"];

/// The front end's place among the app's ten rules at the listener: behind those of Django, so that they come first.
/// The tenth is left for names that are only sent on.
const FRONTEND_RULE: u32 = 9;

/// How long a worker may take to end, in seconds: as long as AWS allows on Fargate, and as Spot gives.
const WORKER_STOP_SECONDS: u32 = 120;

/// How long beat may take to end, in seconds. It has nothing to finish, and ECS starts its successor without waiting
/// for the end of a task that it has told to stop: two schedulers send every task twice.
const BEAT_STOP_SECONDS: u32 = 5;

/// What a healthy task of web answers.
const WEB_HEALTHY_CODES: &str = "200";

/// What a healthy task of the front end answers: it may send on to a page for one's language, or to a login.
const FRONTEND_HEALTHY_CODES: &str = "200-399";

/// Who releases an app: who runs its update, and then moves its services to new revisions.
#[derive(Args, Clone, Copy, PartialEq, Eq)]
pub enum Deployment {
    /// A deployment of the program: it ends when the site answers with what the program says.
    Pulumi,
    /// Somebody else, for example a pipeline by `aws-django update`. A deployment of the program registers revisions with
    /// the image that runs, and moves nothing; image and counts belong to whoever releases.
    Pipeline,
}

impl Deployment {
    /// As the tag of a service has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pulumi => names::PULUMI,
            Self::Pipeline => names::PIPELINE,
        }
    }
}

/// What every app is told.
#[derive(Args)]
pub(in crate::components) struct AppArgs {
    /// Image of the Django project, as `repository:tag` or `repository@digest`. The tag `latest` is refused, and so is
    /// an image without a tag: a task must start with the same code tomorrow. Where a pipeline releases (`deployment`), it
    /// counts only until something runs: from then on revisions have the image that is live. Changing it replaces
    /// `ecs.TaskDefinition`.
    #[args(check = arns::check_image)]
    pub(in crate::components) image: Input<String>,
    /// The scheduler of Celery. There is never a second one at the same time, and it does not run on Spot. Changing it
    /// adds or removes `cloudwatch.LogGroup`, `ecs.Service` and `ecs.TaskDefinition`, and updates `iam.RolePolicy`. One
    /// that is added starts with the next release.
    pub(in crate::components) beat: Option<BeatArgs>,
    /// What must run before a new image serves.
    #[args(default)]
    pub(in crate::components) update: UpdateArgs,
    /// Variables for all containers of the backend, by name. They win over those that the app sets itself. A variable
    /// that holds a secret belongs into `secrets`: credentials of AWS, and those that the app keeps secret itself, such
    /// as `SECRET_KEY`, `DATABASE_URL` and `REDIS_URL`, are refused here. Changing it replaces `ecs.TaskDefinition`.
    #[args(default)]
    pub(in crate::components) environment: BTreeMap<String, Input<String>>,
    /// Secret variables for all containers of the backend, by name, each given by where it is kept: the ARN of a secret
    /// in Secrets Manager (with `:key:stage:version` behind it to take one key of its JSON, such as `:password::`), the
    /// ARN of an SSM parameter, or the name of a parameter of the same region that begins with `/`. They win over those
    /// that the app makes itself, which are then not made; `POSTGRES_PASSWORD` and `DATABASE_URL` are given together or not
    /// at all, and `REDIS_PASSWORD` only with the three addresses that hold it, and not where the cache is a server, whose
    /// own password it is. The app may read just these. A secret that is encrypted with a key of your own also needs that
    /// key to let the execution role decrypt. Changing it replaces
    /// `ecs.TaskDefinition`, and updates `iam.RolePolicy`. A secret that is taken away keeps the running revision from
    /// starting tasks until the next release.
    #[args(default)]
    pub(in crate::components) secrets: BTreeMap<String, Input<String>>,
    /// Database of the app on the base's server, and role that owns it. By default `app_<app>`, with underscores for
    /// hyphens. Give another one to take up a database that is there, from a snapshot for example. Changing it replaces
    /// `ecs.TaskDefinition`, and updates `ssm.Parameter`. Tasks that start before the next release already read the new
    /// `DATABASE_URL`, and the old database stays as it is.
    #[args(check = names::check_database)]
    pub(in crate::components) database_name: Option<Input<String>>,
    /// Slot of the app among the rules of the load balancer, from 0 to 4998: its rules take the priorities 10·slot+1 to
    /// 10·slot+10. By default it is the one where its rules are, which their tags tell, or else a free one; the search
    /// begins where a hash of the app's name says. Two apps that come up at the same moment can find the same one free: AWS
    /// then refuses the second one (`PriorityInUse`), and its next deployment finds another one. Changing it updates
    /// `lb.ListenerRule`, without an interruption; taking it away moves nothing.
    #[args(check = check_priority)]
    pub(in crate::components) priority: Option<u32>,
    /// Whether all containers run as user 1000, with `/tmp` as home, on a file system of which only `/tmp` can be
    /// written, 128 MiB of the task's memory. An image that writes elsewhere, or listens below port 1024, is not made
    /// for it; a beat needs `--schedule=/tmp/celerybeat`, or a scheduler that keeps its times elsewhere. The cache
    /// always runs so. Changing it replaces `ecs.TaskDefinition`.
    #[args(default = true)]
    pub(in crate::components) hardened: bool,
    /// Managed policies, by ARN, for what the backend's code may do beyond its bucket: send mail, for example. Changing
    /// it adds or removes `iam.RolePolicyAttachment`.
    pub(in crate::components) task_policy_arns: Option<Vec<Input<String>>>,
    /// Secret in Secrets Manager, by ARN, with `username` and `password` for the private registry of the images; for
    /// images of ECR it is not needed. Changing it replaces `ecs.TaskDefinition`, and updates `iam.RolePolicy`.
    #[args(check = arns::check_secret)]
    pub(in crate::components) repository_credentials_arn: Option<Input<String>>,
    /// Tags of everything that is created and takes tags, beside `env` and `Name`, which are set here, as are
    /// `desired-count` and `deployment` on services. IAM takes no two keys that differ by case alone, so that neither
    /// these nor yours may. Changing it updates all that takes tags.
    #[args(default, check = names::check_tags)]
    pub(in crate::components) tags: BTreeMap<String, Input<String>>,
}

/// The Django process of an app.
#[derive(Args)]
pub(in crate::components) struct WebArgs {
    /// Name of the process: of its container, its service and its family, the latter two behind `<app>-`. Changing it
    /// adds or removes `cloudwatch.LogGroup`, `ecs.Service` and `ecs.TaskDefinition`, and updates `iam.RolePolicy` and
    /// `lb.TargetGroup`; in production it also adds or removes `cloudwatch.MetricAlarm`, and, where it scales,
    /// `appautoscaling.Target` and `appautoscaling.Policy`. Another name is another service, which has no task until the
    /// next release: the app is down until then.
    #[args(default = "gunicorn", check = names::check_process)]
    pub(crate) name: String,
    /// What the container runs, as a list of words; by default the image's own command. Changing it replaces
    /// `ecs.TaskDefinition`.
    #[args(check = check_command)]
    pub(crate) command: Option<Input<Vec<String>>>,
    /// Port at which the process answers, from 1024 to 65535. It cannot change on a live service, AWS refuses it: give
    /// the process another name at the same time. Changing it replaces `lb.TargetGroup` and `ecs.TaskDefinition`, and
    /// updates `lb.ListenerRule` and `ecs.Service`; in production it also updates `cloudwatch.MetricAlarm`.
    #[args(default = 8000, check = check_port)]
    pub(crate) port: Input<u32>,
    #[args(flatten)]
    pub(crate) size: SizeArgs,
    /// Path that answers 200 as long as the task is healthy.
    ///
    /// The load balancer asks with the task's address as host name and without TLS, which Django refuses or
    /// redirects. A middleware that stands first in `MIDDLEWARE` answers before that:
    ///
    /// ```python
    /// from django.http import HttpResponse
    ///
    /// def health_check(get_response):
    ///     def middleware(request):
    ///         if request.path == "/api/health-check/":
    ///             return HttpResponse("ok")
    ///         return get_response(request)
    ///
    ///     return middleware
    /// ```
    ///
    /// Changing it updates `lb.TargetGroup`.
    #[args(default = "/api/health-check/", check = check_path)]
    pub(crate) health_check_path: Input<String>,
    /// For how many seconds after its start a task may be unhealthy. Changing it updates `ecs.Service`, which restarts
    /// the running tasks; in production it also updates `cloudwatch.MetricAlarm`.
    #[args(default = 60, check = check_grace)]
    pub(crate) health_check_grace_seconds: Input<u32>,
    /// Paths that Django answers where there is a front end, with `*` and `?` as wildcards. At most 24, fewer if they
    /// have many wildcards: AWS takes three patterns and five wildcards in a rule, and Django has eight rules. By
    /// default all paths without a front end, and with one `/api`, `/api/*`, `/admin`, `/admin/*`, `/graphql/*`,
    /// `/static/*` and `/media/*`. Changing it adds or removes `lb.ListenerRule`, and updates `lb.ListenerRule`.
    #[args(check = rules::check_patterns)]
    pub(crate) path_patterns: Option<Vec<String>>,
}

impl WebArgs {
    pub(in crate::components) fn process(&self, is_beside_frontend: bool) -> Process<'_> {
        let patterns = match &self.path_patterns {
            Some(patterns) => patterns.clone(),
            None if is_beside_frontend => PATTERNS_BESIDE_FRONTEND.map(str::to_owned).to_vec(),
            None => Vec::new(),
        };
        Process {
            command: self.command.as_ref(),
            answers: Some(Answers {
                role: "web",
                port: &self.port,
                health_check_path: &self.health_check_path,
                healthy_codes: WEB_HEALTHY_CODES,
                health_check_grace_seconds: &self.health_check_grace_seconds,
                patterns,
                rule: 1,
            }),
            ..Process::new(Place::Web, &self.name, &self.size)
        }
    }
}

/// A front end beside Django.
#[derive(Args)]
pub(in crate::components) struct FrontendArgs {
    /// Image of the front end, as `repository:tag` or `repository@digest`; `latest` is refused. Changing it replaces
    /// `ecs.TaskDefinition`.
    #[args(check = arns::check_image)]
    pub(crate) image: Input<String>,
    /// Name of the process: of its container, its service and its family, the latter two behind `<app>-`. Changing it
    /// adds or removes `cloudwatch.LogGroup`, `ecs.Service` and `ecs.TaskDefinition`, and updates `iam.RolePolicy` and
    /// `lb.TargetGroup`; in production it also adds or removes `cloudwatch.MetricAlarm`, and, where it scales,
    /// `appautoscaling.Target` and `appautoscaling.Policy`. Another name is another service, which has no task until the
    /// next release: the front end is down until then.
    #[args(default = "web-ui", check = names::check_process)]
    pub(crate) name: String,
    /// What the container runs, as a list of words; by default the image's own command. Changing it replaces
    /// `ecs.TaskDefinition`.
    #[args(check = check_command)]
    pub(crate) command: Option<Input<Vec<String>>>,
    /// Port at which the process answers, from 1024 to 65535. It cannot change on a live service, AWS refuses it: give
    /// the process another name at the same time. Changing it replaces `lb.TargetGroup` and `ecs.TaskDefinition`, and
    /// updates `lb.ListenerRule` and `ecs.Service`; in production it also updates `cloudwatch.MetricAlarm`.
    #[args(default = 3000, check = check_port)]
    pub(crate) port: Input<u32>,
    #[args(flatten)]
    pub(crate) size: SizeArgs,
    /// Path that answers 200 to 399 as long as the task is healthy: it may redirect. Changing it updates
    /// `lb.TargetGroup`.
    #[args(default = "/", check = check_path)]
    pub(crate) health_check_path: Input<String>,
    /// For how many seconds after its start a task may be unhealthy. Changing it updates `ecs.Service`, which restarts
    /// the running tasks; in production it also updates `cloudwatch.MetricAlarm`.
    #[args(default = 60, check = check_grace)]
    pub(crate) health_check_grace_seconds: Input<u32>,
    /// Variables for the front end alone, by name; it gets none of the backend's. They win over `API_URL` and
    /// `NUXT_PUBLIC_API_BASE`, which the app sets itself. Changing it replaces `ecs.TaskDefinition`.
    #[args(default)]
    pub(crate) environment: BTreeMap<String, Input<String>>,
    /// Secret variables for the front end alone, by name, each given by where it is kept, as in the app's `secrets`.
    /// Changing it replaces `ecs.TaskDefinition`, and updates `iam.RolePolicy`.
    #[args(default)]
    pub(crate) secrets: BTreeMap<String, Input<String>>,
}

impl FrontendArgs {
    pub(in crate::components) fn process(&self) -> Process<'_> {
        Process {
            runs: Runs::Frontend,
            image: Some(&self.image),
            command: self.command.as_ref(),
            environment: &self.environment,
            secrets: &self.secrets,
            answers: Some(Answers {
                role: "ui",
                port: &self.port,
                health_check_path: &self.health_check_path,
                healthy_codes: FRONTEND_HEALTHY_CODES,
                health_check_grace_seconds: &self.health_check_grace_seconds,
                patterns: Vec::new(),
                rule: FRONTEND_RULE,
            }),
            ..Process::new(Place::Frontend, &self.name, &self.size)
        }
    }
}

/// A Celery worker.
#[derive(Args)]
pub(in crate::components) struct WorkerArgs {
    /// Name of the process: of its container, its service and its family, the latter two behind `<app>-`. Changing it
    /// adds or removes `cloudwatch.LogGroup`, `ecs.Service` and `ecs.TaskDefinition`, and updates `iam.RolePolicy`;
    /// in production it also adds or removes, where it scales, `appautoscaling.Target` and `appautoscaling.Policy`.
    /// Another name is another service, which has no task until the next release.
    #[args(check = names::check_process)]
    pub(crate) name: String,
    /// What the container runs, as a list of words, such as `["celery", "--app=shop", "worker", "-Q", "default"]`.
    /// Changing it replaces `ecs.TaskDefinition`.
    #[args(check = check_command)]
    pub(crate) command: Input<Vec<String>>,
    #[args(flatten)]
    pub(crate) size: SizeArgs,
    /// Variables for this worker alone, by name. They win over the app's `environment`. Changing it replaces
    /// `ecs.TaskDefinition`.
    #[args(default)]
    pub(crate) environment: BTreeMap<String, Input<String>>,
    /// What ECS runs in the container once a minute to learn whether it is healthy, as a list of words, such as
    /// `["celery", "--app=shop", "inspect", "ping", "-d", "celery@$HOSTNAME"]` behind `sh -c`. A task that fails three
    /// times, or does not answer within 30 seconds, is replaced; the first two minutes do not count. By default a worker
    /// is healthy as long as it runs. Changing it replaces `ecs.TaskDefinition`.
    #[args(check = check_command)]
    pub(crate) health_check_command: Option<Input<Vec<String>>>,
}

impl WorkerArgs {
    pub(in crate::components) fn process(&self, index: usize) -> Process<'_> {
        Process {
            command: Some(&self.command),
            environment: &self.environment,
            health_check_command: self.health_check_command.as_ref(),
            stop_timeout_seconds: Some(WORKER_STOP_SECONDS),
            ..Process::new(Place::Worker(index), &self.name, &self.size)
        }
    }
}

/// The scheduler of Celery.
#[derive(Args)]
pub struct BeatArgs {
    /// What the container runs, as a list of words, such as
    /// `["celery", "--app=shop", "beat", "--schedule=/tmp/celerybeat"]`. Changing it replaces `ecs.TaskDefinition`.
    #[args(check = check_command)]
    pub(crate) command: Input<Vec<String>>,
    #[args(flatten)]
    pub(crate) size: SizeArgs,
}

impl BeatArgs {
    pub(in crate::components) fn process(&self) -> Process<'_> {
        Process {
            command: Some(&self.command),
            stop_timeout_seconds: Some(BEAT_STOP_SECONDS),
            // Two schedulers would send every task twice.
            rollout: Rollout::OneAtATime,
            ..Process::new(Place::Beat, BEAT, &self.size)
        }
    }
}

/// What must run before a new image serves: the family `<app>-backend_update`.
#[derive(Args)]
pub struct UpdateArgs {
    /// What the container runs, as a list of words. It starts after the app's database and role have been made if they
    /// were missing. For more than one command give a shell:
    /// `["sh", "-c", "python manage.py migrate --no-input && python manage.py createcachetable"]`. Changing it replaces
    /// `ecs.TaskDefinition`.
    #[args(default = ["python", "manage.py", "migrate", "--no-input"], check = check_command)]
    pub(crate) command: Input<Vec<String>>,
    #[args(flatten)]
    pub(crate) size: SizeArgs,
}

/// The size of a process's tasks.
#[derive(Args)]
#[args(check = SizeArgs::check)]
pub(crate) struct SizeArgs {
    /// CPU of a task, in CPU units: 1024 are one vCPU. Changing it replaces `ecs.TaskDefinition`.
    #[args(default = 256)]
    cpu_units: u32,
    /// Memory of a task, in MiB. Fargate has certain pairs of CPU and memory only. Changing it replaces
    /// `ecs.TaskDefinition`.
    #[args(default = 512)]
    memory_mib: u32,
}

impl SizeArgs {
    /// The pair that Fargate has.
    pub(crate) fn parse(&self) -> Result<Size, Error> {
        Size::new(self.cpu_units, self.memory_mib).map_err(|misfit| {
            let Problem { reason, .. } = misplaced(misfit);
            Error::argument("", reason)
        })
    }

    fn check(&self) -> Vec<Problem> {
        Size::new(self.cpu_units, self.memory_mib).err().map(misplaced).into_iter().collect()
    }
}

/// The processor that an image is built for.
#[derive(Args, Clone, Copy, PartialEq, Eq)]
pub enum CpuArchitecture {
    /// Intel and AMD.
    #[args(value = "X86_64")]
    X86_64,
    /// Graviton, which costs about a fifth less.
    #[args(value = "ARM64")]
    Arm64,
}

impl CpuArchitecture {
    /// As ECS calls it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "X86_64",
            Self::Arm64 => "ARM64",
        }
    }
}

fn misplaced(misfit: Misfit) -> Problem {
    match misfit {
        Misfit::Cpu(reason) => problem(["cpuUnits".into()], reason),
        Misfit::Memory(reason) => problem(["memoryMib".into()], reason),
    }
}

fn check_command(words: &[String]) -> Result<(), String> {
    if words.is_empty() {
        return Err("is empty: give the words of a command, or leave it out where the image has one".to_owned());
    }
    Ok(())
}

fn check_port(port: &u32) -> Result<(), String> {
    if (1_024..=65_535).contains(port) {
        return Ok(());
    }
    Err("must be a port from 1024 to 65535: the load balancer reaches no other".to_owned())
}

fn check_path(path: &str) -> Result<(), String> {
    if path.starts_with('/') && path.len() <= 1_024 && !path.contains(char::is_whitespace) {
        return Ok(());
    }
    Err("must be a path that begins with `/`, without spaces, of at most 1024 characters".to_owned())
}

fn check_grace(seconds: &u32) -> Result<(), String> {
    if i32::try_from(*seconds).is_ok() { Ok(()) } else { Err("must be at most 2147483647 seconds".to_owned()) }
}

pub(crate) fn check_priority(slot: &u32) -> Result<(), String> {
    if *slot < SLOTS {
        return Ok(());
    }
    Err(format!("must be a slot from 0 to {}: AWS counts the rules of a listener no further", SLOTS - 1))
}
