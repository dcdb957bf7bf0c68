//! What all services of ECS have in common.

use aws_django_release::Runs;
use pulumi_component::{Handle, Options, Output, all};

use crate::aws::ecs;
use crate::names::{COUNT_TAG, DEPLOYMENT_TAG, IMAGE_TAG, Tags};

/// Where the tasks of a service run.
#[derive(Clone, Copy)]
pub(crate) struct Placement<'a> {
    /// ARN of the cluster.
    pub(crate) cluster_arn: &'a Output<String>,
    /// Private subnets.
    pub(crate) subnet_ids: &'a Output<Vec<String>>,
    /// Security group of the tasks.
    pub(crate) security_group_id: &'a Output<String>,
    /// What a service can neither start nor be taken down without: the association of the cluster's capacity
    /// providers, and the policies of its roles.
    pub(crate) after: &'a [Handle],
}

/// On what the tasks of a service run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capacity {
    /// At the full price, for as long as they are wanted.
    OnDemand,
    /// Cheap, and taken away at two minutes' notice when AWS needs it.
    Spot,
    /// The first task on demand, all others on Spot.
    SpotAfterFirst,
}

/// How the tasks of a service are replaced by new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rollout {
    /// The new ones run before the old ones stop.
    Overlapping,
    /// The old one stops before the new one starts: there are never two.
    OneAtATime,
}

/// Who says which revision a service runs, and how many tasks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A release. The service begins without tasks, since nothing is migrated before the first one, and says in tags how
    /// many it is meant to have, who releases it, and which image it runs.
    Release(Released),
    /// The program.
    Program,
}

/// What a service that is released says of itself in tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Released {
    /// Who releases it: `Pulumi` or `Pipeline`.
    pub(crate) deployment: &'static str,
    /// Which of the app's images it runs.
    pub(crate) runs: Runs,
}

/// A service, as far as all services are the same.
#[derive(Clone, Copy)]
pub(crate) struct Service<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    /// Its name in the cluster, which is that of its family of task definitions.
    pub(crate) name: &'a str,
    /// The revision that it begins with.
    pub(crate) task_definition_arn: &'a Output<String>,
    pub(crate) owner: Owner,
    /// How many tasks it is meant to have.
    pub(crate) desired_count: u32,
    pub(crate) placement: Placement<'a>,
    pub(crate) capacity: Capacity,
    pub(crate) rollout: Rollout,
    /// Alarms, by name, that take a deployment of it back.
    pub(crate) rollback_alarms: &'a [Output<String>],
    /// Whether someone may open a shell in its tasks.
    pub(crate) execute_command: bool,
    pub(crate) tags: &'a Tags,
}

impl Service<'_> {
    /// The resource, for what is particular to a service.
    pub(crate) fn resource(&self) -> ecs::Service {
        // Zones cannot be rebalanced without a second task.
        let (minimum, maximum, rebalancing) = match self.rollout {
            Rollout::Overlapping => (100, 200, "ENABLED"),
            Rollout::OneAtATime => (0, 100, "DISABLED"),
        };
        let mut tags = self.tags.named(self.name);
        let count = match self.owner {
            Owner::Program => self.desired_count,
            Owner::Release(Released { deployment, runs }) => {
                let count = self.desired_count.to_string();
                let said = [(COUNT_TAG, count.as_str()), (DEPLOYMENT_TAG, deployment), (IMAGE_TAG, runs.as_str())];
                tags.extend(said.map(|(tag, value)| (tag.to_owned(), Output::known(value))));
                0
            }
        };
        let network = ecs::ServiceNetworkConfiguration::new()
            .assign_public_ip(false)
            .security_groups([self.placement.security_group_id])
            .subnets(self.placement.subnet_ids);

        let alarms = (!self.rollback_alarms.is_empty()).then(|| {
            let names = self.rollback_alarms.to_vec();
            ecs::ServiceAlarms::new().alarm_names(names).enable(true).rollback(true)
        });

        ecs::Service::new(self.role)
            .name(self.name)
            .alarms(alarms)
            .cluster(self.placement.cluster_arn)
            .task_definition(self.task_definition_arn)
            .desired_count(count)
            .availability_zone_rebalancing(rebalancing)
            .capacity_provider_strategies(self.capacity.strategies())
            .deployment_circuit_breaker(ecs::ServiceDeploymentCircuitBreaker::new().enable(true).rollback(true))
            .deployment_minimum_healthy_percent(minimum)
            .deployment_maximum_percent(maximum)
            .enable_ecs_managed_tags(true)
            .enable_execute_command(self.execute_command)
            // Without it another capacity would replace the service.
            .force_new_deployment(true)
            .network_configuration(network)
            .platform_version("LATEST")
            .propagate_tags("SERVICE")
            .tags(tags)
    }

    /// What a running task of it does not follow by itself, as a text to compare.
    pub(crate) fn settings(&self) -> Output<String> {
        let Self { capacity, execute_command, .. } = *self;
        let network = all((self.placement.subnet_ids, self.placement.security_group_id));
        network.map(move |(subnet_ids, security_group_id): (Vec<String>, String)| {
            format!("{capacity:?}, execute command {execute_command}, {security_group_id} in {}", subnet_ids.join(" "))
        })
    }

    /// How it is registered, after what it cannot be without and after `more`.
    pub(crate) fn options(&self, more: impl IntoIterator<Item = Handle>) -> Options {
        let ignore_changes: &[_] = match self.owner {
            Owner::Program => &[],
            // From the first release on both belong to whoever releases.
            Owner::Release(_) => &["desired_count", "task_definition"],
        };
        let depends_on = self.placement.after.iter().cloned().chain(more);
        // ECS knows a service by its name alone.
        Options::default().depends_on(depends_on).ignore_changes(ignore_changes).delete_before_replace(true)
    }
}

impl Capacity {
    fn strategies(self) -> Vec<ecs::ServiceCapacityProviderStrategy> {
        let strategy = |provider: &str, base: u32, weight: u32| {
            ecs::ServiceCapacityProviderStrategy::new().capacity_provider(provider).base(base).weight(weight)
        };
        match self {
            Self::OnDemand => vec![strategy("FARGATE", 0, 1)],
            Self::Spot => vec![strategy("FARGATE_SPOT", 0, 1)],
            Self::SpotAfterFirst => vec![strategy("FARGATE", 1, 0), strategy("FARGATE_SPOT", 0, 1)],
        }
    }
}
