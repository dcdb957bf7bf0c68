//! Task definitions: what of one decides something, and copies.

use std::collections::BTreeMap;

use aws_sdk_ecs::operation::register_task_definition::builders::RegisterTaskDefinitionFluentBuilder;
use aws_sdk_ecs::types as ecs;

use super::ecs::tags;
use super::{Aws, error};
use crate::cloud::{Definition, Processor, REGISTRY_LOGIN, Result, Tags};
use crate::names::BASE_VARIABLE;

type Described = (ecs::TaskDefinition, Option<Vec<ecs::Tag>>);

impl Aws {
    /// A task definition with its tags.
    pub(super) async fn definition(&self, revision: &str) -> Result<Described> {
        let call = self.clients().await.ecs.describe_task_definition().task_definition(revision);
        let answer = call.include(ecs::TaskDefinitionField::Tags).send().await;
        let answer = answer.map_err(|it| error::of("ecs:DescribeTaskDefinition", revision, &it))?;
        Ok((answer.task_definition.unwrap_or_else(|| ecs::TaskDefinition::builder().build()), answer.tags))
    }
}

pub(super) fn read(it: ecs::TaskDefinition, own: Option<Vec<ecs::Tag>>) -> Definition {
    let containers = it.container_definitions.unwrap_or_default();
    let log_group = |it: &ecs::ContainerDefinition| {
        let options = it.log_configuration.as_ref()?.options.as_ref()?;
        Some((it.name.clone()?, options.get("awslogs-group")?.clone()))
    };
    let processor = it.runtime_platform.and_then(|it| it.cpu_architecture);
    let variables = containers.iter().filter_map(|it| it.environment.as_ref()).flatten();
    let base = variables.filter(|it| it.name.as_deref() == Some(BASE_VARIABLE)).find_map(|it| it.value.clone());
    Definition {
        revision: it.task_definition_arn.unwrap_or_default(),
        is_active: it.status == Some(ecs::TaskDefinitionStatus::Active),
        log_groups: containers.iter().filter_map(log_group).collect(),
        processor: if processor == Some(ecs::CpuArchitecture::Arm64) { Processor::Arm } else { Processor::X86 },
        secrets: containers.iter().filter_map(|it| Some((it.name.clone()?, secrets(it)))).collect(),
        execution_role: it.execution_role_arn,
        base,
        has_health_check: containers.iter().any(|it| it.health_check.is_some()),
        images: containers.into_iter().filter_map(|it| Some((it.name?, it.image?))).collect(),
        tags: tags(own),
    }
}

fn secrets(container: &ecs::ContainerDefinition) -> BTreeMap<String, String> {
    let own = container.secrets.iter().flatten().map(|it| (it.name.clone(), it.value_from.clone()));
    let login = container.repository_credentials.iter();
    own.chain(login.map(|it| (REGISTRY_LOGIN.to_owned(), it.credentials_parameter.clone()))).collect()
}

/// Everything that a task definition can be told when it is registered is taken over, but for inference accelerators,
/// which AWS has given up. AWS's own tags cannot be given.
pub(super) fn copy(
    call: RegisterTaskDefinitionFluentBuilder,
    of: ecs::TaskDefinition,
    own: Option<Vec<ecs::Tag>>,
    images: &BTreeMap<String, String>,
    more: &Tags,
) -> RegisterTaskDefinitionFluentBuilder {
    let mut containers = of.container_definitions.unwrap_or_default();
    for container in &mut containers {
        let image = container.name.as_ref().and_then(|name| images.get(name));
        container.image = image.cloned().or(container.image.take());
    }
    let mut all = tags(own);
    all.retain(|key, _| !key.starts_with("aws:"));
    all.extend(more.clone());
    let all = all.into_iter().map(|(key, value)| ecs::Tag::builder().key(key).value(value).build());
    // ECS refuses an empty list of tags.
    let all: Vec<_> = all.collect();
    call.set_family(of.family)
        .set_task_role_arn(of.task_role_arn)
        .set_execution_role_arn(of.execution_role_arn)
        .set_network_mode(of.network_mode)
        .set_container_definitions(Some(containers))
        .set_volumes(of.volumes)
        .set_placement_constraints(of.placement_constraints)
        .set_requires_compatibilities(of.requires_compatibilities)
        .set_cpu(of.cpu)
        .set_memory(of.memory)
        .set_pid_mode(of.pid_mode)
        .set_ipc_mode(of.ipc_mode)
        .set_proxy_configuration(of.proxy_configuration)
        .set_ephemeral_storage(of.ephemeral_storage)
        .set_runtime_platform(of.runtime_platform)
        .set_enable_fault_injection(of.enable_fault_injection)
        .set_tags((!all.is_empty()).then_some(all))
}
