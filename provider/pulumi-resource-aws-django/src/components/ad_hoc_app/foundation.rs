//! What the processes of an app share, and what has to be there before them.

use std::collections::BTreeMap;

use pulumi_component::{Context, Handle, Output, interpolate};

use super::args::AdHocAppArgs;
use super::{BEAT, CACHE, UPDATE, environment};
use crate::blocks::roles::{Role, Surroundings, execution, task as task_role};
use crate::blocks::{cluster, logs, secrets};
use crate::names::{self, Tags};

/// What the processes of an app share.
pub(super) struct Foundation<'a> {
    pub(super) args: &'a AdHocAppArgs,
    /// Name of the app.
    pub(super) name: &'a str,
    pub(super) tags: Tags,
    pub(super) surroundings: Surroundings,
    pub(super) host: Output<String>,
    /// Name of the app's database, and of the role that owns it.
    pub(super) database: String,
    pub(super) cluster: cluster::Cluster,
    /// By process.
    pub(super) logs: BTreeMap<&'a str, logs::Logs>,
    pub(super) secrets: secrets::Secrets,
    /// Variables of the backend, in plain text.
    pub(super) environment: BTreeMap<String, Output<String>>,
    /// Role with which ECS starts the services.
    pub(super) execution: Role,
    /// Role with which ECS starts the command before a release: it alone may read the server's secret.
    pub(super) update_execution: Role,
    /// Role of the code.
    pub(super) task_role: Role,
    /// What services can neither start nor be taken down without.
    pub(super) after: Vec<Handle>,
}

impl<'a> Foundation<'a> {
    /// Registers what has to be there before the processes.
    pub(super) fn build(cx: &'a Context, args: &'a AdHocAppArgs) -> Self {
        let name = cx.name();
        let tags = Tags::new(name, args.tags.clone());
        let surroundings = Surroundings::ask(cx);
        let database = names::database(name);
        let host = args.host_name.clone().unwrap_or_else(|| {
            let domain = &args.base.domain_name;
            interpolate!("{name}.{domain}")
        });
        let cluster = cluster::build(
            cx,
            &cluster::Spec { role: "app", name: &format!("{name}-cluster"), container_insights: false, tags: &tags },
        );
        let logs: BTreeMap<_, _> =
            processes(args).into_iter().map(|process| (process, log_group(cx, args, process, &tags))).collect();
        let secrets = build_secrets(cx, args, &database, &tags);
        let roles = Roles { cx, args, surroundings: &surroundings, logs: &logs, secrets: &secrets, tags: &tags };
        let (execution, update_execution) = (roles.execution(), roles.update_execution());
        let prefix = format!("{name}/");
        let task_role = roles.task(&prefix);
        let namespace = &args.base.namespace_name;
        let mut environment = environment::backend(&environment::Facts {
            app: name,
            base: &args.base,
            host: &host,
            cache_host: &interpolate!("{name}-{CACHE}.{namespace}"),
            database: &database,
            prefix: &prefix,
        });
        environment.extend(args.environment.clone());
        // A variable is plain or secret, not both; what is secret was given by the user or is ours to keep so.
        environment.retain(|variable, _| !secrets.value_from.contains_key(variable));
        let policies = execution.policies.iter().chain(&task_role.policies);
        let after = [&cluster.capacity_providers].into_iter().chain(policies).cloned().collect();
        Self {
            args,
            name,
            tags,
            surroundings,
            host,
            database,
            cluster,
            logs,
            secrets,
            environment,
            execution,
            update_execution,
            task_role,
            after,
        }
    }

    /// Name of a process's service and family.
    pub(super) fn process_name(&self, process: &str) -> String {
        format!("{}-{process}", self.name)
    }

    /// Name of a process's log group.
    pub(super) fn log_group_name(&self, process: &str) -> String {
        log_group_name(self.name, process)
    }
}

/// The names of all processes.
fn processes(args: &AdHocAppArgs) -> Vec<&str> {
    let frontend = args.frontend.iter().map(|frontend| frontend.name.as_str());
    let workers = args.workers.iter().flatten().map(|worker| worker.name.as_str());
    let beat = args.beat.iter().map(|_| BEAT);
    [args.web.name.as_str(), CACHE, UPDATE].into_iter().chain(frontend).chain(workers).chain(beat).collect()
}

fn log_group(cx: &Context, args: &AdHocAppArgs, process: &str, tags: &Tags) -> logs::Logs {
    logs::build(
        cx,
        &logs::Spec {
            role: process,
            name: &log_group_name(cx.name(), process),
            retention_days: &args.log_retention_days,
            tags,
        },
    )
}

fn log_group_name(app: &str, process: &str) -> String {
    format!("/ecs/{app}/{process}")
}

fn build_secrets(cx: &Context, args: &AdHocAppArgs, database: &str, tags: &Tags) -> secrets::Secrets {
    secrets::build(
        cx,
        &secrets::Spec {
            base: &args.base.name,
            app: cx.name(),
            given: &args.secrets,
            database,
            database_host: &args.base.database_host,
            database_port: &args.base.database_port,
            kms_key_arn: &args.base.kms_key_arn,
            tags,
        },
    )
}

/// What the roles have in common.
struct Roles<'a> {
    cx: &'a Context,
    args: &'a AdHocAppArgs,
    surroundings: &'a Surroundings,
    logs: &'a BTreeMap<&'a str, logs::Logs>,
    secrets: &'a secrets::Secrets,
    tags: &'a Tags,
}

impl Roles<'_> {
    fn execution(&self) -> Role {
        let frontend = self.args.frontend.iter().map(|frontend| frontend.image.clone());
        let logs = self.logs.iter().filter(|(process, _)| **process != UPDATE);
        execution::build(
            self.cx,
            &execution::Spec {
                role: "execution",
                about: "What ECS needs to start the services of the app",
                surroundings: self.surroundings,
                images: [self.args.image.clone()].into_iter().chain(frontend).collect(),
                log_group_arns: logs.map(|(_, logs)| logs.arn.clone()).collect(),
                parameter_arns: self.secrets.made.clone(),
                sources: self.args.secrets.values().cloned().collect(),
                kms_key_arn: &self.args.base.kms_key_arn,
                tags: self.tags,
            },
        )
    }

    fn update_execution(&self) -> Role {
        let server = self.args.base.database_secret_arn.clone();
        let logs = self.logs.iter().filter(|(process, _)| **process == UPDATE);
        execution::build(
            self.cx,
            &execution::Spec {
                role: "update-execution",
                about: "What ECS needs to start the command before a release of the app, and to make its database",
                surroundings: self.surroundings,
                images: vec![self.args.image.clone()],
                log_group_arns: logs.map(|(_, logs)| logs.arn.clone()).collect(),
                parameter_arns: self.secrets.made.clone(),
                sources: self.args.secrets.values().cloned().chain([server]).collect(),
                kms_key_arn: &self.args.base.kms_key_arn,
                tags: self.tags,
            },
        )
    }

    fn task(&self, prefix: &str) -> Role {
        task_role::build(
            self.cx,
            &task_role::Spec {
                role: "task",
                surroundings: self.surroundings,
                bucket_arn: &self.args.base.bucket_arn,
                prefix,
                kms_key_arn: &self.args.base.kms_key_arn,
                execute_command: self.args.execute_command,
                policy_arns: self.args.task_policy_arns.as_deref().unwrap_or_default(),
                tags: self.tags,
            },
        )
    }
}
