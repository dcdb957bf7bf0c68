//! The processes of an app: what each of them runs, on what, and how it is replaced.

use std::collections::BTreeMap;

use pulumi_component::{Context, Error, Output, Result, all};

use super::args::{AdHocAppArgs, BeatArgs, FrontendArgs, WorkerArgs};
use super::foundation::{Foundation, plain};
use super::{BEAT, CACHE, UPDATE, environment};
use crate::arns;
use crate::blocks::roles::Role;
use crate::blocks::{cache, command, task, web, worker};
use crate::names;

/// A service that a release moves.
pub(super) struct Released {
    pub(super) name: Output<String>,
    pub(super) family: Output<String>,
}

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

/// Registers the cache, if the app has one. It belongs to the program: a release does not touch it.
pub(super) fn cache(cx: &Context, app: &Foundation<'_>) -> Result<()> {
    let Some(password) = &app.secrets.cache_password else { return Ok(()) };
    let logs = app.logs.get(CACHE).ok_or_else(|| unlogged(CACHE))?;
    // It calls nothing of AWS and has no role for it, so that no shell can be opened in it. Its image is our choice,
    // and always runs hardened.
    let setting = task::Setting { execute_command: false, hardened: true, ..setting(app, &logs.name) };
    cache::build(
        cx,
        &cache::Spec {
            role: CACHE,
            name: &app.process_name(CACHE),
            size: task::Size::SMALLEST,
            cpu_architecture: app.args.cpu_architecture.as_str(),
            setting,
            password_from: &password.from,
            password_version: password.version.as_ref(),
            execution_role_arn: &app.execution.arn,
            placement: placement(app),
            namespace_id: &app.args.base.namespace_id,
            tags: &app.tags,
        },
    );
    Ok(())
}

/// Registers the command that runs before a release.
pub(super) fn update(cx: &Context, app: &Foundation<'_>) -> Result<task::Task> {
    let logs = app.logs.get(UPDATE).ok_or_else(|| unlogged(UPDATE))?;
    let (base, args) = (&app.args.base, &app.args.update);
    // Nobody opens a shell in a task that ends by itself.
    let setting = task::Setting { execute_command: false, ..setting(app, &logs.name) };
    Ok(command::build(
        cx,
        &command::Spec {
            role: UPDATE,
            family: &app.process_name(UPDATE),
            size: args.size.parse()?,
            cpu_architecture: app.args.cpu_architecture.as_str(),
            setting,
            image: &app.args.image,
            command: &args.command,
            environment: app.environment.clone(),
            secrets: app.secrets.value_from.clone(),
            registry_secret_arn: registry_secret(app, &app.args.image),
            database: command::Database {
                name: &app.database,
                host: &base.database_host,
                port: &base.database_port,
                secret_arn: &base.database_secret_arn,
                password_from: app.secrets.database_password_from.clone(),
            },
            execution_role_arn: &app.update_execution.arn,
            task_role_arn: &app.task_role.arn,
            tags: &app.tags,
        },
    ))
}

/// Registers the services that a release moves.
pub(super) fn services(cx: &Context, app: &Foundation<'_>) -> Result<Vec<Released>> {
    let args = app.args;
    let mut services = vec![build_web(cx, app)?];
    if let Some(frontend) = &args.frontend {
        services.push(build_frontend(cx, app, frontend)?);
    }
    let workers = args.workers.iter().flatten().map(|worker| worker_process(app, worker));
    for process in workers.chain(args.beat.iter().map(|beat| beat_process(app, beat))) {
        let process = process?;
        let task = process.task(cx, app)?;
        let name = app.process_name(process.name);
        let built = worker::build(cx, &worker::Spec { service: process.service(app, &name, &task) });
        services.push(Released { name: built.service_name, family: task.family });
    }
    Ok(services)
}

fn build_web(cx: &Context, app: &Foundation<'_>) -> Result<Released> {
    let args = &app.args.web;
    let process = Process {
        command: args.command.as_ref(),
        port: Some(&args.port),
        desired_count: args.desired_count,
        capacity: if app.args.spot { task::Capacity::SpotAfterFirst } else { task::Capacity::OnDemand },
        ..Process::backend(app, &args.name, args.size.parse()?)
    };
    let patterns = match (&args.path_patterns, &app.args.frontend) {
        (Some(patterns), _) => patterns.clone(),
        (None, Some(_)) => PATTERNS_BESIDE_FRONTEND.map(str::to_owned).to_vec(),
        (None, None) => Vec::new(),
    };
    let answering = Answering {
        role: "web",
        port: &args.port,
        health_check_path: &args.health_check_path,
        healthy_codes: WEB_HEALTHY_CODES,
        health_check_grace_seconds: &args.health_check_grace_seconds,
        patterns: &patterns,
        rule: 1,
    };
    answering.build(cx, app, &process)
}

fn build_frontend(cx: &Context, app: &Foundation<'_>, args: &FrontendArgs) -> Result<Released> {
    let process = Process {
        image: &args.image,
        command: args.command.as_ref(),
        port: Some(&args.port),
        environment: plain(environment::frontend(&app.host), &args.environment, &args.secrets),
        secrets: args.secrets.clone(),
        task_role: app.frontend_role.as_ref(),
        desired_count: args.desired_count,
        ..Process::backend(app, &args.name, args.size.parse()?)
    };
    let answering = Answering {
        role: "ui",
        port: &args.port,
        health_check_path: &args.health_check_path,
        healthy_codes: FRONTEND_HEALTHY_CODES,
        health_check_grace_seconds: &args.health_check_grace_seconds,
        patterns: &[],
        rule: FRONTEND_RULE,
    };
    answering.build(cx, app, &process)
}

fn worker_process<'a>(app: &'a Foundation<'_>, args: &'a WorkerArgs) -> Result<Process<'a>> {
    let mut process = Process {
        command: Some(&args.command),
        health_check_command: args.health_check_command.as_ref(),
        stop_timeout_seconds: Some(WORKER_STOP_SECONDS),
        desired_count: args.desired_count,
        capacity: capacity(args.spot.unwrap_or(app.args.spot)),
        ..Process::backend(app, &args.name, args.size.parse()?)
    };
    process.environment.extend(args.environment.clone());
    Ok(process)
}

fn beat_process<'a>(app: &'a Foundation<'_>, args: &'a BeatArgs) -> Result<Process<'a>> {
    Ok(Process {
        command: Some(&args.command),
        stop_timeout_seconds: Some(BEAT_STOP_SECONDS),
        capacity: task::Capacity::OnDemand,
        // Two schedulers would send every task twice.
        rollout: task::Rollout::OneAtATime,
        ..Process::backend(app, BEAT, args.size.parse()?)
    })
}

/// A process of the app, before it is a task.
struct Process<'a> {
    name: &'a str,
    size: task::Size,
    image: &'a Output<String>,
    command: Option<&'a Output<Vec<String>>>,
    port: Option<&'a Output<u32>>,
    environment: BTreeMap<String, Output<String>>,
    secrets: BTreeMap<String, Output<String>>,
    task_role: Option<&'a Role>,
    health_check_command: Option<&'a Output<Vec<String>>>,
    stop_timeout_seconds: Option<u32>,
    desired_count: u32,
    capacity: task::Capacity,
    rollout: task::Rollout,
}

impl<'a> Process<'a> {
    /// One with the image, the variables and the secrets of the backend.
    fn backend(app: &'a Foundation<'_>, name: &'a str, size: task::Size) -> Self {
        Self {
            name,
            size,
            image: &app.args.image,
            command: None,
            port: None,
            environment: app.environment.clone(),
            secrets: app.secrets.value_from.clone(),
            task_role: Some(&app.task_role),
            health_check_command: None,
            stop_timeout_seconds: None,
            desired_count: 1,
            capacity: capacity(app.args.spot),
            rollout: task::Rollout::Overlapping,
        }
    }

    fn task(&self, cx: &Context, app: &Foundation<'_>) -> Result<task::Task> {
        let logs = app.logs.get(self.name).ok_or_else(|| unlogged(self.name))?;
        let container = task::Container {
            command: self.command.cloned(),
            port: self.port.cloned(),
            environment: self.environment.clone(),
            secrets: self.secrets.clone(),
            registry_secret_arn: registry_secret(app, self.image),
            health_check_command: self.health_check_command.cloned(),
            stop_timeout_seconds: self.stop_timeout_seconds,
            ..task::Container::new(self.name, self.image.clone())
        };
        Ok(task::build(
            cx,
            &task::Spec {
                role: self.name,
                family: &app.process_name(self.name),
                size: self.size,
                cpu_architecture: app.args.cpu_architecture.as_str(),
                containers: vec![container],
                setting: setting(app, &logs.name),
                execution_role_arn: &app.execution.arn,
                task_role_arn: self.task_role.map(|role| &role.arn),
                tags: &app.tags,
            },
        ))
    }

    fn service<'s>(&self, app: &'s Foundation<'_>, name: &'s str, task: &'s task::Task) -> task::Service<'s>
    where
        'a: 's,
    {
        task::Service {
            role: self.name,
            name,
            task_definition_arn: &task.arn,
            owner: task::Owner::Release,
            desired_count: self.desired_count,
            placement: placement(app),
            capacity: self.capacity,
            rollout: self.rollout,
            execute_command: app.args.execute_command,
            tags: &app.tags,
        }
    }
}

/// How a process answers HTTP.
struct Answering<'a> {
    role: &'a str,
    port: &'a Output<u32>,
    health_check_path: &'a Output<String>,
    healthy_codes: &'static str,
    health_check_grace_seconds: &'a Output<u32>,
    patterns: &'a [String],
    /// Place of its first rule among the app's ten.
    rule: u32,
}

impl Answering<'_> {
    fn build(&self, cx: &Context, app: &Foundation<'_>, process: &Process<'_>) -> Result<Released> {
        let task = process.task(cx, app)?;
        let name = app.process_name(process.name);
        let slot = app.args.priority.unwrap_or_else(|| names::slot(app.name));
        let built = web::build(
            cx,
            &web::Spec {
                role: self.role,
                service: process.service(app, &name, &task),
                container: process.name,
                port: self.port,
                health_check_path: self.health_check_path,
                healthy_codes: self.healthy_codes,
                health_check_grace_seconds: self.health_check_grace_seconds,
                vpc_id: &app.args.base.vpc_id,
                listener_arn: &app.args.base.listener_arn,
                host: &app.host,
                path_patterns: self.patterns,
                priority: 10 * slot + self.rule,
                tags: &app.tags,
            },
        );
        Ok(Released { name: built.service_name, family: task.family })
    }
}

fn setting<'a>(app: &'a Foundation<'_>, log_group: &'a Output<String>) -> task::Setting<'a> {
    let AdHocAppArgs { hardened, execute_command, .. } = *app.args;
    task::Setting { log_group, region: &app.surroundings.region, hardened, execute_command }
}

fn placement<'a>(app: &'a Foundation<'_>) -> task::Placement<'a> {
    let base = &app.args.base;
    task::Placement {
        cluster_arn: &app.cluster.arn,
        subnet_ids: &base.private_subnet_ids,
        security_group_id: &base.app_security_group_id,
        after: &app.after,
    }
}

fn capacity(spot: bool) -> task::Capacity {
    if spot { task::Capacity::Spot } else { task::Capacity::OnDemand }
}

/// The login that ECS needs for an image, if the user has given one: ECR knows the execution role instead.
fn registry_secret(app: &Foundation<'_>, image: &Output<String>) -> Option<Output<Option<String>>> {
    let secret = app.args.repository_credentials_arn.as_ref()?;
    let secret = all([image, secret]);
    Some(secret.map(|[image, secret]: [String; 2]| if arns::is_in_ecr(&image) { None } else { Some(secret) }))
}

fn unlogged(process: &str) -> Error {
    Error::Bug(format!("the process `{process}` has no log group"))
}
