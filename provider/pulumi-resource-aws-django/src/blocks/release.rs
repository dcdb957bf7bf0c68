//! The release of an app: what puts its revisions to work.

use std::collections::BTreeMap;

use pulumi_component::{Context, Handle, Options, Output};

use super::roles::Surroundings;
use crate::own;

/// What shall be live.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) cluster: &'a Output<String>,
    pub(crate) subnet_ids: &'a Output<Vec<String>>,
    pub(crate) security_group_id: &'a Output<String>,
    /// What must have run before the services move.
    pub(crate) update: Update<'a>,
    /// What the app's database bears.
    pub(crate) database: &'a Output<String>,
    /// The services, by name.
    pub(crate) services: BTreeMap<String, Service<'a>>,
    /// What changes with the app's secrets.
    pub(crate) secrets_version: &'a Output<String>,
    /// What it puts to work, besides the database.
    pub(crate) moves: Vec<Handle>,
    /// What else must be there before.
    pub(crate) after: Vec<Handle>,
}

/// A task that runs once, and ends.
pub(crate) struct Update<'a> {
    pub(crate) task_definition_arn: &'a Output<String>,
    pub(crate) container: &'a str,
    pub(crate) log_group: &'a Output<String>,
}

/// A service as it shall be.
#[derive(Clone)]
pub(crate) struct Service<'a> {
    pub(crate) task_definition_arn: Output<String>,
    pub(crate) desired_count: u32,
    /// Whether there may be more, since something else decides.
    pub(crate) is_scaled: bool,
    /// What its running tasks do not follow by themselves.
    pub(crate) settings: Output<String>,
    pub(crate) container: &'a str,
    pub(crate) image: &'a Output<String>,
    pub(crate) log_group: &'a Output<String>,
    /// Whether a load balancer or ECS checks the health of its tasks.
    pub(crate) has_health_check: bool,
}

/// Registers it, and tells what comes after it. It is never protected: deleting it moves nothing. A service that is made anew begins without tasks and
/// looks as before in all else, so that the release is made anew with it.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Handle {
    let update = own::UpdateTask::new()
        .task_definition(spec.update.task_definition_arn)
        .container(spec.update.container)
        .log_group(spec.update.log_group);
    let services: BTreeMap<_, _> =
        spec.services.iter().map(|(name, service)| (name.clone(), released(service))).collect();
    own::Release::new(spec.role)
        .region(&spec.surroundings.region)
        .account_id(&spec.surroundings.account_id)
        .profile(&spec.surroundings.profile)
        .assume_roles(&spec.surroundings.assume_roles)
        .cluster(spec.cluster)
        .subnet_ids(spec.subnet_ids)
        .security_group_id(spec.security_group_id)
        .update(update)
        .database(spec.database)
        .services(services)
        .secrets_version(spec.secrets_version)
        .register_with(
            cx,
            Options::default()
                .depends_on(spec.after.iter().chain(&spec.moves).cloned())
                .replace_with(spec.moves.clone())
                .protect(false),
        )
        .handle
}

fn released(service: &Service<'_>) -> own::ReleasedService {
    own::ReleasedService::new()
        .task_definition(&service.task_definition_arn)
        .desired_count(service.desired_count)
        .is_scaled(service.is_scaled.then_some(true))
        .settings(&service.settings)
        .container(service.container)
        .image(service.image)
        .log_group(service.log_group)
        .has_health_check(service.has_health_check)
}
