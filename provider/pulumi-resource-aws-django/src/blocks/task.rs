//! Task definitions of ECS on Fargate, and what their services have in common.

use pulumi_component::{Context, Output, json};

use crate::aws::ecs;
use crate::names::Tags;

mod container;
mod service;
mod size;

pub(crate) use container::{Container, Setting};
pub(crate) use service::{Capacity, Owner, Placement, Released, Rollout, Service};
pub(crate) use size::{Misfit, Size};

/// What a task consists of.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    /// Name that all its revisions share.
    pub(crate) family: &'a str,
    pub(crate) size: Size,
    /// `X86_64` or `ARM64`.
    pub(crate) cpu_architecture: &'a str,
    pub(crate) containers: Vec<Container<'a>>,
    pub(crate) setting: Setting<'a>,
    /// Role with which ECS starts the task.
    pub(crate) execution_role_arn: &'a Output<String>,
    /// Role of the code in it; without one it has no rights.
    pub(crate) task_role_arn: Option<&'a Output<String>>,
    pub(crate) tags: &'a Tags,
}

/// A registered revision.
pub(crate) struct Task {
    pub(crate) arn: Output<String>,
    pub(crate) family: Output<String>,
}

/// Registers a revision.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Task {
    let mut containers: Vec<_> = spec.containers.iter().collect();
    containers.sort_by_key(|container| container.name);
    let volumes = containers.iter().flat_map(|container| container::volumes(container.name, spec.setting));
    let volumes: Vec<_> = volumes.map(|name| ecs::TaskDefinitionVolume::new().name(name)).collect();
    let definitions: Vec<_> =
        containers.iter().map(|container| container::definition(container, spec.setting)).collect();
    let platform = ecs::TaskDefinitionRuntimePlatform::new()
        .cpu_architecture(spec.cpu_architecture)
        .operating_system_family("LINUX");

    let registered = ecs::TaskDefinition::new(spec.role)
        .family(spec.family)
        .cpu(spec.size.cpu())
        .memory(spec.size.memory())
        .network_mode("awsvpc")
        .requires_compatibilities(["FARGATE"])
        .runtime_platform(platform)
        .container_definitions(json::<Vec<container::Definition>>(definitions))
        .volumes(volumes)
        .execution_role_arn(spec.execution_role_arn)
        .task_role_arn(spec.task_role_arn)
        // A replaced revision stays: it may be the one that runs, or the one to go back to.
        .skip_destroy(true)
        .tags(spec.tags.named(spec.family))
        .register(cx);
    Task { arn: registered.arn, family: registered.family }
}
