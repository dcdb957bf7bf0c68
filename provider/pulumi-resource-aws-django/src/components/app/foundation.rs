//! What the processes of an app share, and what has to be there before them.

use std::collections::BTreeMap;

use pulumi_component::{Context, Error, Handle, Output, Result, interpolate};

use super::alarms::Watch;
use super::args::AppArgs;
use super::slot::Slot;
use super::{CACHE, Cache, Spec, Variables, environment, images};
use crate::blocks::roles::{Role, Surroundings, execution, task as task_role};
use crate::blocks::{bucket, cache, cache_servers, cluster, logs, secrets};
use crate::components::base::given;
use crate::components::data::Data;
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
    /// Where its rules stand at the listener of its base.
    pub(super) slot: Slot,
    /// Name of the app's database, and of the role that owns it.
    pub(super) database: Output<String>,
    /// The app's own bucket.
    pub(super) bucket: bucket::Bucket,
    pub(super) cluster: cluster::Cluster,
    /// By process.
    pub(super) logs: BTreeMap<&'a str, logs::Logs>,
    pub(super) secrets: secrets::Secrets,
    /// Where ECS reads the password of the app's own cache, if it has one.
    pub(super) cache_password: Option<secrets::Password>,
    /// Who is told of what is not as it should be, if anybody is.
    pub(super) topic_arn: Option<Output<String>>,
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
        let tags = Tags::new(name, spec.common.tags.clone());
        let surroundings = Surroundings::ask(cx);
        let database = spec.common.database_name.clone().unwrap_or_else(|| Output::known(names::database(name)));
        let host = spec.site.host_name.cloned().unwrap_or_else(|| {
            let domain = &base.domain_name;
            interpolate!("{name}.{domain}")
        });
        let logs: BTreeMap<_, _> =
            processes(spec).into_iter().map(|process| (process, log_group(cx, spec, process, &tags))).collect();
        let observed = Observed::build(cx, spec, &tags);
        let cluster = build_cluster(cx, spec, &logs, &observed, &tags)?;
        let bucket = build_bucket(cx, spec, &tags);
        let topic_arn = spec.alarm_topic_arn.map(given);
        let watch =
            spec.is_observed.then_some(Watch { topic_arn: topic_arn.as_ref(), cluster: &cluster.name, tags: &tags });
        let (secrets, cached) = build_secrets(cx, spec, &database, watch.as_ref(), &tags)?;
        let (cache_host, cache_password) = cached.map(|it| (it.host, it.password)).unzip();
        let images = images::Images::find(cx, spec, &surroundings);
        let slot = Slot::find(cx, spec, &host, &surroundings);
        let roles = Roles {
            cx,
            spec,
            images: &images,
            surroundings: &surroundings,
            logs: &logs,
            secrets: &secrets,
            bucket: &bucket,
            session_logs_arn: observed.sessions.as_ref().map(|logs| &logs.arn),
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
        let environment = plain(environment::backend(&facts), &spec.common.environment, &secrets.value_from);
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
            slot,
            database,
            bucket,
            cluster,
            logs,
            secrets,
            cache_password,
            topic_arn,
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
        self.cache_password.as_ref().ok_or_else(|| Error::Bug("the cache has no password".to_owned()))
    }

    /// The log group of a process.
    pub(super) fn logs(&self, process: &str) -> Result<&logs::Logs> {
        self.logs.get(process).ok_or_else(|| Error::Bug(format!("the process `{process}` has no log group")))
    }
}

/// The names of all processes.
fn processes<'a>(spec: &'a Spec<'_>) -> Vec<&'a str> {
    let released = spec.processes.iter().map(|process| process.name);
    let cache = matches!(spec.cache, Some(Cache::Task { .. })).then_some(CACHE);
    [DATABASE, UPDATE].into_iter().chain(cache).chain(released).collect()
}

fn log_group(cx: &Context, spec: &Spec<'_>, process: &str, tags: &Tags) -> logs::Logs {
    logs::build(
        cx,
        &logs::Spec {
            role: process,
            name: &names::log_group(cx.name(), process),
            retention_days: spec.log_retention_days,
            kms_key_arn: &spec.base.kms_key_arn,
            tags,
        },
    )
}

/// Where is kept what happens in a cluster, where it is.
struct Observed {
    /// What each container has used.
    insights: Option<logs::Logs>,
    /// What somebody has typed into a shell.
    sessions: Option<logs::Logs>,
}

impl Observed {
    fn build(cx: &Context, spec: &Spec<'_>, tags: &Tags) -> Self {
        let group = |role: &str, name: &str| {
            let (retention_days, kms_key_arn) = (spec.log_retention_days, &spec.base.kms_key_arn);
            logs::build(cx, &logs::Spec { role, name, retention_days, kms_key_arn, tags })
        };
        let insights = || group(names::INSIGHTS, &names::insights_log_group(cx.name()));
        let sessions = || group(names::SESSIONS, &names::log_group(cx.name(), names::SESSIONS));
        Self {
            insights: spec.is_observed.then(insights),
            sessions: (spec.is_observed && spec.execute_command).then(sessions),
        }
    }
}

/// Registers what is secret, and the cache that is made with its password.
fn build_secrets(
    cx: &Context,
    spec: &Spec<'_>,
    database: &Output<String>,
    watch: Option<&Watch<'_>>,
    tags: &Tags,
) -> Result<(secrets::Secrets, Option<Cached>)> {
    let base = spec.base;
    let kept = secrets::Spec {
        base: &base.name,
        app: cx.name(),
        given: &spec.common.secrets,
        database: secrets::Database { name: database, host: &base.database_host, port: &base.database_port },
        protect: spec.data.protect(),
        kms_key_arn: &base.kms_key_arn,
        tags,
    };
    let mut secrets = secrets::Builder::new(cx, &kept);
    let cached =
        spec.cache.as_ref().map(|cache| Cached::build(cx, spec, cache, &mut secrets, watch, tags)).transpose()?;
    Ok((secrets.build(), cached))
}

/// The app's own cache.
struct Cached {
    host: Output<String>,
    password: secrets::Password,
}

impl Cached {
    /// Registers what a cache is made with and what is made of it, and the cache itself if it is no task.
    fn build(
        cx: &Context,
        spec: &Spec<'_>,
        cache: &Cache<'_>,
        secrets: &mut secrets::Builder<'_>,
        watch: Option<&Watch<'_>>,
        tags: &Tags,
    ) -> Result<Self> {
        let password = secrets.cache_password();
        let (host, has_tls) = match (cache, &password) {
            (Cache::Task { namespace_name, .. }, _) => {
                (interpolate!("{app}-{CACHE}.{namespace_name}", app = cx.name()), false)
            }
            (Cache::Servers(servers), secrets::CachePassword::Made(made)) => {
                let built = cache_servers::build(
                    cx,
                    &cache_servers::Spec {
                        role: CACHE,
                        node_type: servers.node_type,
                        port: cache::PORT,
                        replica_count: servers.replica_count,
                        snapshot_days: servers.snapshot_days,
                        maintenance_window: servers.maintenance_window,
                        subnet_ids: servers.subnet_ids,
                        security_group_id: servers.security_group_id,
                        password: &made.value,
                        kms_key_arn: &spec.base.kms_key_arn,
                        protect: spec.data.protect(),
                        tags,
                    },
                );
                if let Some(watch) = watch {
                    watch.cache(cx, CACHE, &built.id);
                }
                (built.host, true)
            }
            (Cache::Servers(_), secrets::CachePassword::Given(_)) => {
                return Err(Error::Bug("a cache of servers has a password that is kept elsewhere".to_owned()));
            }
        };
        let urls = secrets::Cache { host: &host, port: cache::PORT, has_tls };
        let password = secrets.cache_urls(&password, &urls);
        Ok(Self { host, password })
    }
}

/// For how long a bucket keeps what is overwritten or deleted, where its data stays: long enough to notice.
const HISTORY_DAYS: u32 = 30;

fn build_bucket(cx: &Context, spec: &Spec<'_>, tags: &Tags) -> bucket::Bucket {
    let stays = spec.data != Data::Goes;
    bucket::build(
        cx,
        &bucket::Spec {
            role: "storage",
            writers: Vec::new(),
            expiration_days: None,
            history_days: stays.then_some(HISTORY_DAYS),
            access_logs: spec
                .log_bucket_name
                .map(|bucket| bucket::AccessLogs { bucket, prefix: format!("buckets/{}/", cx.name()) }),
            force_destroy: !stays,
            kms_key_arn: &spec.base.kms_key_arn,
            protect: spec.data.protect(),
            retain_on_delete: stays.then_some(true),
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
    observed: &Observed,
    tags: &Tags,
) -> Result<cluster::Cluster> {
    let first = logs.get(UPDATE).ok_or_else(|| Error::Bug(format!("the process `{UPDATE}` has no log group")))?;
    let after = [Some(first), observed.insights.as_ref(), observed.sessions.as_ref()];
    let sessions = observed
        .sessions
        .as_ref()
        .map(|logs| cluster::Sessions { log_group: &logs.name, kms_key_arn: &spec.base.kms_key_arn });
    let spec = cluster::Spec {
        role: "app",
        name: &names::cluster(cx.name()),
        container_insights: spec.is_observed,
        sessions,
        after: after.into_iter().flatten().map(|logs| logs.handle.clone()).collect(),
        tags,
    };
    Ok(cluster::build(cx, &spec))
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
    /// Log group, by ARN, of what is typed into a shell, if it is kept.
    session_logs_arn: Option<&'a Output<String>>,
    tags: &'a Tags,
}

impl Roles<'_> {
    fn execution(&self) -> Role {
        let images::Images { backend, frontend, .. } = self.images;
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
        let AppArgs { secrets, repository_credentials_arn, .. } = self.spec.common;
        secrets.values().chain(repository_credentials_arn)
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
                session_logs_arn: self.session_logs_arn,
                policy_arns: self.spec.common.task_policy_arns.as_deref().unwrap_or_default(),
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
                session_logs_arn: self.session_logs_arn,
                policy_arns: &[],
                tags: self.tags,
            },
        )
    }
}
