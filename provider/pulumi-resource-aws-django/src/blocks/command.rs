//! A task without a service: the command that must run before a new image serves.

use std::collections::BTreeMap;

use pulumi_component::{Context, Output};

use super::task;
use crate::names::Tags;

/// What the task runs.
pub(crate) struct Spec<'a> {
    /// Its role in the component, and the name of its container.
    pub(crate) role: &'a str,
    pub(crate) family: &'a str,
    pub(crate) size: task::Size,
    pub(crate) cpu_architecture: &'a str,
    pub(crate) setting: task::Setting<'a>,
    pub(crate) image: &'a Output<String>,
    pub(crate) command: &'a Output<Vec<String>>,
    pub(crate) environment: BTreeMap<String, Output<String>>,
    pub(crate) secrets: BTreeMap<String, Output<String>>,
    /// Secret with the login of the private registry that the image comes from.
    pub(crate) registry_secret_arn: Option<Output<Option<String>>>,
    /// Role with which ECS starts the task.
    pub(crate) execution_role_arn: &'a Output<String>,
    pub(crate) task_role_arn: &'a Output<String>,
    pub(crate) tags: &'a Tags,
}

/// Registers the task.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> task::Task {
    let container = task::Container {
        command: Some(spec.command.clone()),
        environment: spec.environment.clone(),
        secrets: spec.secrets.clone(),
        registry_secret_arn: spec.registry_secret_arn.clone(),
        ..task::Container::new(spec.role, spec.image.clone())
    };
    task::build(
        cx,
        &task::Spec {
            role: spec.role,
            family: spec.family,
            size: spec.size,
            cpu_architecture: spec.cpu_architecture,
            containers: vec![container],
            setting: spec.setting,
            execution_role_arn: spec.execution_role_arn,
            task_role_arn: Some(spec.task_role_arn),
            tags: spec.tags,
        },
    )
}
