//! The processes of an app: what each of them runs, on what, and how it is replaced.

use std::collections::BTreeMap;

use aws_django_release::Runs;
use pulumi_component::{Context, Handle, Output, Result, all, interpolate};

use super::args::{AdHocAppArgs, BeatArgs, FrontendArgs, WorkerArgs};
use super::foundation::{Foundation, plain};
use super::{BEAT, CACHE, environment};
use crate::arns;
use crate::blocks::roles::Role;
use crate::blocks::{app_database, cache, command, release, task, web, worker};
use crate::names::{self, DATABASE, UPDATE};

/// A service that a release moves.
pub(super) struct Released<'a> {
    pub(super) name: Output<String>,
    pub(super) family: Output<String>,
    /// The service as a release makes it, and how it is called.
    pub(super) service: (String, release::Service<'a>),
    pub(super) handle: Handle,
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
    let logs = app.logs(CACHE)?;
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

/// Registers the app's database.
pub(super) fn database(cx: &Context, app: &Foundation<'_>) -> Result<app_database::AppDatabase> {
    let logs = app.logs(DATABASE)?;
    let base = &app.args.base;
    // Its image is our choice, and always runs hardened.
    let setting = task::Setting { execute_command: false, hardened: true, ..setting(app, &logs.name) };
    Ok(app_database::build(
        cx,
        &app_database::Spec {
            role: DATABASE,
            family: &app.process_name(DATABASE),
            cpu_architecture: app.args.cpu_architecture.as_str(),
            setting,
            name: &app.database,
            host: &base.database_host,
            port: &base.database_port,
            server_secret_arn: &base.database_secret_arn,
            password_from: &app.secrets.database_password.from,
            password_version: app.secrets.database_password.version.as_ref(),
            drop_on_delete: true,
            execution_role_arn: &app.database_execution.arn,
            surroundings: &app.surroundings,
            cluster: &app.cluster.name,
            subnet_ids: &base.private_subnet_ids,
            security_group_id: &base.app_security_group_id,
            after: app.database_execution.policies.clone(),
            tags: &app.tags,
        },
    ))
}

/// Registers the command that runs before a release.
pub(super) fn update(cx: &Context, app: &Foundation<'_>) -> Result<task::Task> {
    let logs = app.logs(UPDATE)?;
    let args = &app.args.update;
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
            image: &app.images.backend,
            command: &args.command,
            environment: app.environment.clone(),
            secrets: app.secrets.value_from.clone(),
            registry_secret_arn: registry_secret(app, &app.images.backend),
            execution_role_arn: &app.execution.arn,
            task_role_arn: &app.task_role.arn,
            tags: &app.tags,
        },
    ))
}

/// Registers the services that a release moves, after `database`: nothing may be connected to it when it goes.
pub(super) fn services<'a>(cx: &Context, app: &'a Foundation<'_>, database: &Handle) -> Result<Vec<Released<'a>>> {
    let args = app.args;
    let after: Vec<_> = app.after.iter().chain([database]).cloned().collect();
    let mut services = vec![build_web(cx, app, &after)?];
    if let Some(frontend) = &args.frontend {
        services.push(build_frontend(cx, app, frontend, &after)?);
    }
    let workers = args.workers.iter().flatten().map(|worker| worker_process(app, worker));
    for process in workers.chain(args.beat.iter().map(|beat| beat_process(app, beat))) {
        let process = process?;
        let task = process.task(cx, app)?;
        let name = app.process_name(process.name);
        let service = process.service(app, &name, &task, &after);
        let built = worker::build(cx, &worker::Spec { service });
        let has_health_check = process.health_check_command.is_some();
        let service = process.released(app, &task, service.settings(), has_health_check)?;
        services.push(Released {
            name: built.service_name,
            family: task.family,
            service: (name, service),
            handle: built.handle,
        });
    }
    Ok(services)
}

fn build_web<'a>(cx: &Context, app: &'a Foundation<'_>, after: &[Handle]) -> Result<Released<'a>> {
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
    answering.build(cx, app, &process, after)
}

fn build_frontend<'a>(
    cx: &Context,
    app: &'a Foundation<'_>,
    args: &'a FrontendArgs,
    after: &[Handle],
) -> Result<Released<'a>> {
    let process = Process {
        image: app.images.frontend.as_ref().unwrap_or(&args.image),
        runs: Runs::Frontend,
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
    answering.build(cx, app, &process, after)
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
    /// Which of the app's images it is.
    runs: Runs,
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
            image: &app.images.backend,
            runs: Runs::Backend,
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
        let logs = app.logs(self.name)?;
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

    fn service<'s>(
        &self,
        app: &'s Foundation<'_>,
        name: &'s str,
        task: &'s task::Task,
        after: &'s [Handle],
    ) -> task::Service<'s>
    where
        'a: 's,
    {
        let said = task::Released { deployment: app.args.deployment.as_str(), runs: self.runs };
        task::Service {
            role: self.name,
            name,
            task_definition_arn: &task.arn,
            owner: task::Owner::Release(said),
            desired_count: self.desired_count,
            placement: task::Placement { after, ..placement(app) },
            capacity: self.capacity,
            rollout: self.rollout,
            execute_command: app.args.execute_command,
            tags: &app.tags,
        }
    }

    /// The service as a release makes it.
    fn released<'s>(
        &self,
        app: &'s Foundation<'_>,
        task: &task::Task,
        settings: Output<String>,
        has_health_check: bool,
    ) -> Result<release::Service<'s>>
    where
        'a: 's,
    {
        Ok(release::Service {
            task_definition_arn: task.arn.clone(),
            desired_count: self.desired_count,
            settings,
            container: self.name,
            image: self.image,
            log_group: &app.logs(self.name)?.name,
            has_health_check,
        })
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
    fn build<'a>(
        &self,
        cx: &Context,
        app: &'a Foundation<'_>,
        process: &Process<'a>,
        after: &[Handle],
    ) -> Result<Released<'a>> {
        let task = process.task(cx, app)?;
        let name = app.process_name(process.name);
        let slot = app.args.priority.unwrap_or_else(|| names::slot(app.name));
        let service = process.service(app, &name, &task, after);
        let (settings, grace) = (service.settings(), self.health_check_grace_seconds);
        let grace = grace.map(|seconds: u32| seconds.to_string());
        let settings = interpolate!("{settings}, {grace} s of grace");
        let built = web::build(
            cx,
            &web::Spec {
                role: self.role,
                service,
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
        let service = process.released(app, &task, settings, true)?;
        Ok(Released { name: built.service_name, family: task.family, service: (name, service), handle: built.handle })
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
