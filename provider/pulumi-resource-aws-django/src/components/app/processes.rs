//! The processes of an app: what each of them runs, on what, and how it is replaced.

use std::collections::BTreeMap;

use aws_django_release::Runs;
use pulumi_component::{Context, Handle, Output, Result, all, interpolate};

use super::alarms::{self, Watch};
use super::foundation::{Foundation, plain};
use super::{Answers, CACHE, Cache, Count, Process, Scaling, Spec, environment};
use crate::arns;
use crate::blocks::roles::Role;
use crate::blocks::{app_database, cache, command, release, scaling, task, web, worker};
use crate::components::data::Data;
use crate::names::{DATABASE, UPDATE};

/// A service that a release moves.
pub(super) struct Released<'a> {
    pub(super) name: Output<String>,
    pub(super) family: Output<String>,
    /// The service as a release makes it, and how it is called.
    pub(super) service: (String, release::Service<'a>),
    pub(super) handle: Handle,
    /// By what the number of its tasks is decided, if by something.
    scaled: Option<Scaled<'a>>,
}

/// A service whose number of tasks is raised and lowered.
struct Scaled<'a> {
    process: &'a Process<'a>,
    scaling: Scaling<'a>,
    /// Load balancer and target group, as CloudWatch names them together, of one that is scaled by requests.
    resource_label: Option<Output<String>>,
}

/// Registers the cache, if the app has one. It belongs to the program: a release does not touch it.
pub(super) fn cache(cx: &Context, app: &Foundation<'_>) -> Result<()> {
    let Some(Cache::Task { namespace_id, .. }) = &app.spec.cache else { return Ok(()) };
    let password = app.cache_password()?;
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
            cpu_architecture: app.spec.cpu_architecture,
            setting,
            password_from: &password.from,
            password_version: password.version.as_ref(),
            execution_role_arn: &app.execution.arn,
            placement: placement(app),
            namespace_id,
            tags: &app.tags,
        },
    );
    Ok(())
}

/// Registers the app's database.
pub(super) fn database(cx: &Context, app: &Foundation<'_>) -> Result<app_database::AppDatabase> {
    let logs = app.logs(DATABASE)?;
    let base = app.spec.base;
    // Its image is our choice, and always runs hardened.
    let setting = task::Setting { execute_command: false, hardened: true, ..setting(app, &logs.name) };
    Ok(app_database::build(
        cx,
        &app_database::Spec {
            role: DATABASE,
            family: &app.process_name(DATABASE),
            cpu_architecture: app.spec.cpu_architecture,
            setting,
            name: &app.database,
            host: &base.database_host,
            port: &base.database_port,
            server_secret_arn: &base.database_secret_arn,
            password_from: &app.secrets.database_password.from,
            password_version: app.secrets.database_password.version.as_ref(),
            drop_on_delete: app.spec.data == Data::Goes,
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
    let update = &app.spec.common.update;
    // Nobody opens a shell in a task that ends by itself.
    let setting = task::Setting { execute_command: false, ..setting(app, &logs.name) };
    Ok(command::build(
        cx,
        &command::Spec {
            role: UPDATE,
            family: &app.process_name(UPDATE),
            size: update.size.parse()?,
            cpu_architecture: app.spec.cpu_architecture,
            setting,
            image: &app.images.backend,
            command: &update.command,
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
    let after: Vec<_> = app.after.iter().chain([database]).cloned().collect();
    app.spec.processes.iter().map(|process| Running { app, process }.build(cx, &after)).collect()
}

/// Registers what raises and lowers the numbers of tasks, `after` what gives the services their first ones.
pub(super) fn scale(cx: &Context, app: &Foundation<'_>, services: &[Released<'_>], after: Option<&Handle>) {
    for Released { name, service: (service, _), scaled, .. } in services {
        let Some(Scaled { process, scaling, resource_label }) = scaled else { continue };
        let requests = scaling.requests_per_target.zip(resource_label.as_ref());
        let requests =
            requests.map(|(per_target, label)| scaling::Requests { per_target, resource_label: label.clone() });
        scaling::build(
            cx,
            &scaling::Spec {
                role: process.name,
                cluster: &app.cluster.name,
                service: name,
                min_count: app.images.least(service, scaling.min_count),
                max_count: scaling.max_count,
                target_cpu_percent: scaling.target_cpu_percent,
                requests,
                after,
                tags: &app.tags,
            },
        );
    }
}

/// A process, with what it runs on.
#[derive(Clone, Copy)]
struct Running<'a> {
    app: &'a Foundation<'a>,
    process: &'a Process<'a>,
}

impl<'a> Running<'a> {
    fn build(self, cx: &Context, after: &[Handle]) -> Result<Released<'a>> {
        let task = self.task(cx)?;
        let name = self.app.process_name(self.process.name);
        let service = self.service(&name, &task, after);
        let settings = service.settings();
        if let Some(watch) = self.watch() {
            watch.service(cx, self.process.name, &name);
        }
        let (service_name, handle, settings, resource_label) = match &self.process.answers {
            Some(answers) => {
                let grace = answers.health_check_grace_seconds.map(|seconds: u32| seconds.to_string());
                let (built, label) = self.web(cx, answers, service);
                (built.service_name, built.handle, interpolate!("{settings}, {grace} s of grace"), label)
            }
            None => {
                let built = worker::build(cx, &worker::Spec { service });
                (built.service_name, built.handle, settings, None)
            }
        };
        let scaled = match self.process.count {
            Count::Fixed(_) => None,
            Count::Scaled(scaling) => Some(Scaled { process: self.process, scaling, resource_label }),
        };
        let service = self.released(&task, settings)?;
        Ok(Released { name: service_name, family: task.family, service: (name, service), handle, scaled })
    }

    /// What watches it, if something does.
    fn watch(self) -> Option<Watch<'a>> {
        let Foundation { spec, topic_arn, cluster, tags, .. } = self.app;
        spec.is_observed.then_some(Watch { topic_arn: topic_arn.as_ref(), cluster: &cluster.name, tags })
    }

    fn task(self, cx: &Context) -> Result<task::Task> {
        let Self { app, process } = self;
        let logs = app.logs(process.name)?;
        let image = self.image();
        let container = task::Container {
            command: process.command.cloned(),
            port: process.answers.as_ref().map(|answers| answers.port.clone()),
            environment: self.environment(),
            secrets: match process.runs {
                Runs::Backend => app.secrets.value_from.clone(),
                Runs::Frontend => process.secrets.clone(),
            },
            registry_secret_arn: registry_secret(app, image),
            health_check_command: process.health_check_command.cloned(),
            stop_timeout_seconds: process.stop_timeout_seconds,
            ..task::Container::new(process.name, image.clone())
        };
        Ok(task::build(
            cx,
            &task::Spec {
                role: process.name,
                family: &app.process_name(process.name),
                size: process.size.parse()?,
                cpu_architecture: app.spec.cpu_architecture,
                containers: vec![container],
                setting: setting(app, &logs.name),
                execution_role_arn: &app.execution.arn,
                task_role_arn: self.task_role().map(|role| &role.arn),
                tags: &app.tags,
            },
        ))
    }

    /// What runs: the app's image, unless there is none for such a process.
    fn image(self) -> &'a Output<String> {
        let images = &self.app.images;
        match self.process.runs {
            Runs::Backend => &images.backend,
            Runs::Frontend => images.frontend.as_ref().or(self.process.image).unwrap_or(&images.backend),
        }
    }

    fn environment(self) -> BTreeMap<String, Output<String>> {
        let Self { app, process } = self;
        match process.runs {
            Runs::Backend => {
                let mut variables = app.environment.clone();
                variables.extend(process.environment.clone());
                variables
            }
            Runs::Frontend => plain(environment::frontend(&app.host), process.environment, process.secrets),
        }
    }

    fn task_role(self) -> Option<&'a Role> {
        match self.process.runs {
            Runs::Backend => Some(&self.app.task_role),
            Runs::Frontend => self.app.frontend_role.as_ref(),
        }
    }

    fn service<'s>(self, name: &'s str, task: &'s task::Task, after: &'s [Handle]) -> task::Service<'s>
    where
        'a: 's,
    {
        let Self { app, process } = self;
        let said = task::Released { deployment: app.spec.deployment.as_str(), runs: process.runs };
        task::Service {
            role: process.name,
            name,
            task_definition_arn: &task.arn,
            owner: task::Owner::Release(said),
            desired_count: process.count.least(),
            rollback_alarms: &[],
            placement: task::Placement { after, ..placement(app) },
            capacity: process.capacity,
            rollout: process.rollout,
            execute_command: app.spec.execute_command,
            tags: &app.tags,
        }
    }

    /// Its service behind the load balancer, and how CloudWatch names the two together if it is scaled by requests.
    fn web(
        self,
        cx: &Context,
        answers: &Answers<'_>,
        service: task::Service<'_>,
    ) -> (web::Web, Option<Output<String>>) {
        let Self { app, process } = self;
        let base = app.spec.base;
        let targets = web::targets(
            cx,
            &web::Targets {
                role: answers.role,
                name: service.name,
                port: answers.port,
                health_check_path: answers.health_check_path,
                healthy_codes: answers.healthy_codes,
                vpc_id: &base.vpc_id,
                tags: &app.tags,
            },
        );
        let (suffix, grace) = (&targets.arn_suffix, answers.health_check_grace_seconds);
        let balancer = || alarms::load_balancer(base);
        let alarms = self.watch().map(|watch| watch.site(cx, process.name, &balancer(), suffix, grace));
        let built = web::build(
            cx,
            &web::Spec {
                role: answers.role,
                service: task::Service { rollback_alarms: alarms.as_deref().unwrap_or_default(), ..service },
                container: process.name,
                port: answers.port,
                health_check_grace_seconds: grace,
                listener_arn: &base.listener_arn,
                host: &app.host,
                path_patterns: &answers.patterns,
                priority: &app.slot.priority(answers.rule),
                tags: &app.tags,
            },
            &targets,
        );
        let is_by_requests = matches!(process.count, Count::Scaled(Scaling { requests_per_target: Some(_), .. }));
        (built, is_by_requests.then(|| interpolate!("{balancer}/{suffix}", balancer = balancer())))
    }

    /// The service as a release makes it.
    fn released(self, task: &task::Task, settings: Output<String>) -> Result<release::Service<'a>> {
        let Self { app, process } = self;
        Ok(release::Service {
            task_definition_arn: task.arn.clone(),
            desired_count: process.count.least(),
            is_scaled: matches!(process.count, Count::Scaled(_)),
            settings,
            container: process.name,
            image: self.image(),
            log_group: &app.logs(process.name)?.name,
            has_health_check: process.answers.is_some() || process.health_check_command.is_some(),
        })
    }
}

fn setting<'a>(app: &'a Foundation<'_>, log_group: &'a Output<String>) -> task::Setting<'a> {
    let Spec { common, execute_command, .. } = *app.spec;
    task::Setting { log_group, region: &app.surroundings.region, hardened: common.hardened, execute_command }
}

fn placement<'a>(app: &'a Foundation<'_>) -> task::Placement<'a> {
    let base = app.spec.base;
    task::Placement {
        cluster_arn: &app.cluster.arn,
        subnet_ids: &base.private_subnet_ids,
        security_group_id: &base.app_security_group_id,
        after: &app.after,
    }
}

/// The login that ECS needs for an image, if the user has given one: ECR knows the execution role instead.
fn registry_secret(app: &Foundation<'_>, image: &Output<String>) -> Option<Output<Option<String>>> {
    let secret = app.spec.common.repository_credentials_arn.as_ref()?;
    let secret = all([image, secret]);
    Some(secret.map(|[image, secret]: [String; 2]| if arns::is_in_ecr(&image) { None } else { Some(secret) }))
}
