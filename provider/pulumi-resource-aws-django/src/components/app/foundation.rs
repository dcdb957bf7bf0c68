//! What the processes of an app share, and what has to be there before them.

use std::collections::BTreeMap;

use pulumi_component::{Context, Error, Handle, Output, Result, interpolate};

use super::{CACHE, Cache, Data, Spec, Variables, environment, images};
use crate::blocks::roles::{Role, Surroundings, execution, task as task_role};
use crate::blocks::{bucket, cache, cluster, logs, secrets};
use crate::names::{self, DATABASE, Tags, UPDATE};

/// What the processes of an app share.
pub(super) struct Foundation<'a> {
    pub(super) spec: &'a Spec<'a>,
    /// Name of the app.
    pub(super) name: &'a str,
    pub(super) tags: Tags,
    pub(super) surroundings: Surroundings,
    pub(super) host: Output<String>,
    /// What the revisions run.
    pub(super) images: images::Images,
    /// Name of the app's database, and of the role that owns it.
    pub(super) database: Output<String>,
    /// The app's own bucket.
    pub(super) bucket: bucket::Bucket,
    pub(super) cluster: cluster::Cluster,
    /// By process.
    pub(super) logs: BTreeMap<&'a str, logs::Logs>,
    pub(super) secrets: secrets::Secrets,
    /// Variables of the backend, in plain text.
    pub(super) environment: BTreeMap<String, Output<String>>,
    /// Role with which ECS starts the services, and the command before a release.
    pub(super) execution: Role,
    /// Role with which ECS starts what makes the database: it alone may read the server's secret.
    pub(super) database_execution: Role,
    /// Role of the backend's code.
    pub(super) task_role: Role,
    /// Role of the front end's code, if there is one.
    pub(super) frontend_role: Option<Role>,
    /// What services can neither start nor be taken down without.
    pub(super) after: Vec<Handle>,
}

impl<'a> Foundation<'a> {
    /// Registers what has to be there before the processes.
    pub(super) fn build(cx: &'a Context, spec: &'a Spec<'a>) -> Result<Self> {
        let name = cx.name();
        let base = spec.base;
        let tags = Tags::new(name, spec.tags.clone());
        let surroundings = Surroundings::ask(cx);
        let database = spec.database_name.cloned().unwrap_or_else(|| Output::known(names::database(name)));
        let host = spec.host_name.cloned().unwrap_or_else(|| {
            let domain = &base.domain_name;
            interpolate!("{name}.{domain}")
        });
        let logs: BTreeMap<_, _> =
            processes(spec).into_iter().map(|process| (process, log_group(cx, spec, process, &tags))).collect();
        let cluster = build_cluster(cx, spec, &logs, &tags)?;
        let bucket = build_bucket(cx, spec, &tags);
        let cache_host = spec
            .cache
            .as_ref()
            .map(|Cache::Task { namespace_name, .. }| interpolate!("{name}-{CACHE}.{namespace_name}"));
        let secrets = build_secrets(cx, spec, &database, cache_host.as_ref(), &tags);
        let images = images::Images::find(cx, spec, &surroundings);
        let roles = Roles {
            cx,
            spec,
            images: &images,
            surroundings: &surroundings,
            logs: &logs,
            secrets: &secrets,
            bucket: &bucket,
            tags: &tags,
        };
        let (execution, database_execution) = (roles.execution(), roles.database_execution());
        let (task_role, frontend_role) = (roles.task(), spec.frontend().map(|_| roles.frontend()));
        let facts = environment::Facts {
            app: name,
            base,
            region: &surroundings.region,
            host: &host,
            cache_host: cache_host.as_ref(),
            database: &database,
            bucket: &bucket.name,
        };
        let environment = plain(environment::backend(&facts), spec.environment, &secrets.value_from);
        let policies = [Some(&execution), Some(&task_role), frontend_role.as_ref()].into_iter().flatten();
        let policies = policies.flat_map(|role| &role.policies);
        let after = [&cluster.capacity_providers].into_iter().chain(policies).cloned().collect();
        Ok(Self {
            spec,
            name,
            tags,
            surroundings,
            host,
            images,
            database,
            bucket,
            cluster,
            logs,
            secrets,
            environment,
            execution,
            database_execution,
            task_role,
            frontend_role,
            after,
        })
    }

    /// Name of a process's service and family.
    pub(super) fn process_name(&self, process: &str) -> String {
        names::service(self.name, process)
    }

    /// The password of the app's own cache.
    pub(super) fn cache_password(&self) -> Result<&secrets::Password> {
        self.secrets.cache_password.as_ref().ok_or_else(|| Error::Bug("the cache has no password".to_owned()))
    }

    /// The log group of a process.
    pub(super) fn logs(&self, process: &str) -> Result<&logs::Logs> {
        self.logs.get(process).ok_or_else(|| Error::Bug(format!("the process `{process}` has no log group")))
    }
}

/// The names of all processes.
fn processes<'a>(spec: &'a Spec<'_>) -> Vec<&'a str> {
    let released = spec.processes.iter().map(|process| process.name);
    let cache = spec.cache.as_ref().map(|Cache::Task { .. }| CACHE);
    [DATABASE, UPDATE].into_iter().chain(cache).chain(released).collect()
}

fn log_group(cx: &Context, spec: &Spec<'_>, process: &str, tags: &Tags) -> logs::Logs {
    logs::build(
        cx,
        &logs::Spec {
            role: process,
            name: &names::log_group(cx.name(), process),
            retention_days: spec.log_retention_days,
            tags,
        },
    )
}

fn build_bucket(cx: &Context, spec: &Spec<'_>, tags: &Tags) -> bucket::Bucket {
    bucket::build(
        cx,
        &bucket::Spec {
            role: "storage",
            writers: Vec::new(),
            expiration_days: None,
            force_destroy: spec.data == Data::Goes,
            kms_key_arn: &spec.base.kms_key_arn,
            protect: None,
            tags,
        },
    )
}

/// The cluster waits for a log group: a second environment of the name fails there, before it takes over the first
/// one's cluster.
fn build_cluster(
    cx: &Context,
    spec: &Spec<'_>,
    logs: &BTreeMap<&str, logs::Logs>,
    tags: &Tags,
) -> Result<cluster::Cluster> {
    let after = logs.get(UPDATE).ok_or_else(|| Error::Bug(format!("the process `{UPDATE}` has no log group")))?;
    let (name, container_insights) = (names::cluster(cx.name()), spec.container_insights);
    let spec = cluster::Spec { role: "app", name: &name, container_insights, after: &after.handle, tags };
    Ok(cluster::build(cx, &spec))
}

fn build_secrets(
    cx: &Context,
    spec: &Spec<'_>,
    database: &Output<String>,
    cache_host: Option<&Output<String>>,
    tags: &Tags,
) -> secrets::Secrets {
    let base = spec.base;
    secrets::build(
        cx,
        &secrets::Spec {
            base: &base.name,
            app: cx.name(),
            given: spec.secrets,
            database: secrets::Database { name: database, host: &base.database_host, port: &base.database_port },
            cache: cache_host.map(|host| secrets::Cache { host, port: cache::PORT }),
            kms_key_arn: &base.kms_key_arn,
            tags,
        },
    )
}

/// Variables in plain text: ours, and those that the user gives, which win. A variable is plain or secret, not both;
/// what is secret was given by the user or is ours to keep so.
pub(super) fn plain(
    mut ours: BTreeMap<String, Output<String>>,
    given: &Variables,
    secret: &BTreeMap<String, Output<String>>,
) -> BTreeMap<String, Output<String>> {
    ours.extend(given.clone());
    ours.retain(|variable, _| !secret.contains_key(variable));
    ours
}

/// What the roles have in common.
struct Roles<'a> {
    cx: &'a Context,
    spec: &'a Spec<'a>,
    images: &'a images::Images,
    surroundings: &'a Surroundings,
    logs: &'a BTreeMap<&'a str, logs::Logs>,
    secrets: &'a secrets::Secrets,
    bucket: &'a bucket::Bucket,
    tags: &'a Tags,
}

impl Roles<'_> {
    fn execution(&self) -> Role {
        let images::Images { backend, frontend } = self.images;
        let of_processes = self.spec.processes.iter().flat_map(|process| process.secrets.values());
        execution::build(
            self.cx,
            &execution::Spec {
                role: "execution",
                about: "What ECS needs to start the services of the app, and the command before a release",
                surroundings: self.surroundings,
                images: [backend].into_iter().chain(frontend).cloned().collect(),
                log_group_arns: self.log_groups(|process| process != DATABASE),
                parameter_arns: self.secrets.made.clone(),
                sources: self.sources().chain(of_processes).cloned().collect(),
                kms_key_arn: &self.spec.base.kms_key_arn,
                tags: self.tags,
            },
        )
    }

    fn database_execution(&self) -> Role {
        let server = &self.spec.base.database_secret_arn;
        let password = &self.secrets.database_password.from;
        let is_made = self.secrets.database_password.version.is_some();
        let (made, given) = if is_made { (vec![password.clone()], None) } else { (Vec::new(), Some(password)) };
        execution::build(
            self.cx,
            &execution::Spec {
                role: "database-execution",
                about: "What ECS needs to start what makes and drops the database of the app",
                surroundings: self.surroundings,
                images: Vec::new(),
                log_group_arns: self.log_groups(|process| process == DATABASE),
                parameter_arns: made,
                sources: [server].into_iter().chain(given).cloned().collect(),
                kms_key_arn: &self.spec.base.kms_key_arn,
                tags: self.tags,
            },
        )
    }

    /// Where the secrets that the user gives to the backend are kept, and the login of the images' registry.
    fn sources(&self) -> impl Iterator<Item = &Output<String>> {
        self.spec.secrets.values().chain(self.spec.repository_credentials_arn)
    }

    fn log_groups(&self, is_wanted: fn(&str) -> bool) -> Vec<Output<String>> {
        let wanted = self.logs.iter().filter(|(process, _)| is_wanted(process));
        wanted.map(|(_, logs)| logs.arn.clone()).collect()
    }

    fn task(&self) -> Role {
        let storage = task_role::Storage { bucket_arn: &self.bucket.arn, kms_key_arn: &self.spec.base.kms_key_arn };
        task_role::build(
            self.cx,
            &task_role::Spec {
                role: "task",
                about: "What the code of the app may do",
                surroundings: self.surroundings,
                storage: Some(storage),
                execute_command: self.spec.execute_command,
                policy_arns: self.spec.task_policy_arns,
                tags: self.tags,
            },
        )
    }

    /// The front end calls the backend, and nothing of AWS.
    fn frontend(&self) -> Role {
        task_role::build(
            self.cx,
            &task_role::Spec {
                role: "frontend-task",
                about: "What the code of the front end may do",
                surroundings: self.surroundings,
                storage: None,
                execute_command: self.spec.execute_command,
                policy_arns: &[],
                tags: self.tags,
            },
        )
    }
}
