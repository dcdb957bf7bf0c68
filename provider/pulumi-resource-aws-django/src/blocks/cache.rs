//! A cache of an app's own: Valkey in a task, found by a name in a private namespace.
//!
//! An app has it for itself, since queues of Celery have the same names in every app.

use std::collections::BTreeMap;

use pulumi_component::{Context, Options, Output};

use super::task;
use crate::aws::{ecs, servicediscovery};
use crate::names::Tags;

/// Where the cache runs, and how it is found.
pub(crate) struct Spec<'a> {
    /// Its role in the component, and its container's name.
    pub(crate) role: &'a str,
    /// Its name in the cluster, in the namespace, and of its family of task definitions.
    pub(crate) name: &'a str,
    pub(crate) size: task::Size,
    pub(crate) cpu_architecture: &'a str,
    pub(crate) setting: task::Setting<'a>,
    /// Where the cache's password is kept.
    pub(crate) password_from: &'a Output<String>,
    /// A number that changes with the password, if the app made it.
    pub(crate) password_version: Option<&'a Output<u32>>,
    pub(crate) execution_role_arn: &'a Output<String>,
    pub(crate) placement: task::Placement<'a>,
    pub(crate) namespace_id: &'a Output<String>,
    pub(crate) tags: &'a Tags,
}

/// The port at which a cache answers.
pub(crate) const PORT: u32 = 6379;

/// The public image, at a registry that does not count what AWS's own networks pull.
const IMAGE: &str = "public.ecr.aws/valkey/valkey:8.1.10";

/// Starts the cache.
const SCRIPT: &str = include_str!("cache/valkey.sh");

/// Where the script reads the password.
const PASSWORD: &str = "REDIS_PASSWORD";

/// How long the cache may take to end, in seconds. It has nothing to write, and ECS starts its successor without
/// waiting for the end of a task that it has told to stop.
const STOP_SECONDS: u32 = 5;

/// Registers the cache.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) {
    let container = task::Container {
        port: Some(Output::known(PORT)),
        environment: environment(spec),
        secrets: BTreeMap::from([(PASSWORD.to_owned(), spec.password_from.clone())]),
        stop_timeout_seconds: Some(STOP_SECONDS),
        ..task::Container::of_script(spec.role, IMAGE, SCRIPT)
    };
    let task = task::build(
        cx,
        &task::Spec {
            role: spec.role,
            family: spec.name,
            size: spec.size,
            cpu_architecture: spec.cpu_architecture,
            containers: vec![container],
            setting: spec.setting,
            execution_role_arn: spec.execution_role_arn,
            // It calls nothing of AWS.
            task_role_arn: None,
            tags: spec.tags,
        },
    );
    let service = task::Service {
        role: spec.role,
        name: spec.name,
        task_definition_arn: &task.arn,
        owner: task::Owner::Program,
        desired_count: 1,
        placement: spec.placement,
        capacity: task::Capacity::OnDemand,
        // Two caches under one name would split the queues.
        rollout: task::Rollout::OneAtATime,
        rollback_alarms: &[],
        execute_command: spec.setting.execute_command,
        tags: spec.tags,
    };
    let registry = ecs::ServiceServiceRegistries::new().registry_arn(entry(cx, spec).arn);
    service.resource().service_registries(registry).register_with(cx, service.options([]));
}

/// The cache's name in the namespace. It has no `healthCheckCustomConfig`: AWS's provider neither sends nor keeps an
/// empty one, so that every deployment would replace the name, and one with a threshold is deprecated and would warn at
/// every deployment. A cache is one task, which ECS takes out of the namespace when it stops.
fn entry(cx: &Context, spec: &Spec<'_>) -> servicediscovery::ServiceState {
    let address = servicediscovery::ServiceDnsConfigDnsRecord::new().r#type("A").ttl(10);
    let dns = servicediscovery::ServiceDnsConfig::new()
        .namespace_id(spec.namespace_id)
        .dns_records([address])
        .routing_policy("MULTIVALUE");
    servicediscovery::Service::new(spec.role)
        .name(spec.name)
        .dns_config(dns)
        // A task that is still registered would keep the name from being deleted.
        .force_destroy(true)
        .tags(spec.tags.named(spec.name))
        // A namespace has a name once.
        .register_with(cx, Options::default().delete_before_replace(true))
}

/// Nothing reads the version: with it a new password makes a new revision, which starts the cache anew.
fn environment(spec: &Spec<'_>) -> BTreeMap<String, Output<String>> {
    let version = spec.password_version.map(|version| ("PASSWORD_VERSION", version.map(|it: u32| it.to_string())));
    let memory = ("MAXMEMORY", Output::known(max_memory(spec.size)));
    let port = ("PORT", Output::known(PORT.to_string()));
    [memory, port].into_iter().chain(version).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What the cache may hold. A quarter of the task is left for connections, for what is being evicted, and for the
/// process itself.
fn max_memory(size: task::Size) -> String {
    format!("{}mb", size.memory_mib() / 4 * 3)
}
