//! The cluster of an app, and what its tasks may run on.

use pulumi_component::{Context, Handle, Options, Output};

use crate::aws::ecs;
use crate::names::Tags;

/// What the cluster is like.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    /// Its name in the account.
    pub(crate) name: &'a str,
    /// Whether CloudWatch gathers metrics of each container, which costs.
    pub(crate) container_insights: bool,
    /// Where is kept what somebody types into a shell, if it is.
    pub(crate) sessions: Option<Sessions<'a>>,
    /// What must be there before: something of the environment that AWS refuses to make twice. ECS does not refuse: asked
    /// for a cluster whose name is taken it answers the one that is there, which a second environment of the name would
    /// then take down. And what AWS makes itself where it is missing.
    pub(crate) after: Vec<Handle>,
    pub(crate) tags: &'a Tags,
}

/// Where is kept what somebody types into a shell.
#[derive(Clone, Copy)]
pub(crate) struct Sessions<'a> {
    pub(crate) log_group: &'a Output<String>,
    /// Key that the log group is encrypted with, if it is not one of AWS's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
}

/// A registered cluster.
pub(crate) struct Cluster {
    pub(crate) arn: Output<String>,
    pub(crate) name: Output<String>,
    /// The association of the capacity providers. A service depends on it: AWS does not end a task whose provider
    /// is gone, so that taking down the association first would wait for ever.
    pub(crate) capacity_providers: Handle,
}

/// Registers the cluster.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Cluster {
    let insights = if spec.container_insights { "enabled" } else { "disabled" };
    let cluster = ecs::Cluster::new(spec.role)
        .name(spec.name)
        .configuration(spec.sessions.map(logged))
        .settings([ecs::ClusterSetting::new().name("containerInsights").value(insights)])
        .tags(spec.tags.named(spec.name))
        // ECS knows it by its name alone.
        .register_with(cx, Options::default().depends_on(spec.after.clone()).delete_before_replace(true));
    let on_demand = ecs::ClusterCapacityProvidersDefaultCapacityProviderStrategy::new();
    let providers = ecs::ClusterCapacityProviders::new(spec.role)
        .cluster_name(&cluster.name)
        .capacity_providers(["FARGATE", "FARGATE_SPOT"])
        .default_capacity_provider_strategies([on_demand.capacity_provider("FARGATE").weight(1)])
        .register(cx);
    Cluster { arn: cluster.arn, name: cluster.name, capacity_providers: providers.handle }
}

fn logged(sessions: Sessions<'_>) -> ecs::ClusterConfiguration {
    let logs = ecs::ClusterConfigurationExecuteCommandConfigurationLogConfiguration::new()
        .cloud_watch_encryption_enabled(sessions.kms_key_arn.map(|key: Option<String>| key.is_some()))
        .cloud_watch_log_group_name(sessions.log_group);
    let shells =
        ecs::ClusterConfigurationExecuteCommandConfiguration::new().logging("OVERRIDE").log_configuration(logs);
    ecs::ClusterConfiguration::new().execute_command_configuration(shells)
}
