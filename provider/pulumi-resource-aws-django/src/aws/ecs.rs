//! Elastic Container Service.

use std::collections::BTreeMap;

use pulumi_component::{objects, resources};

resources! {
    super::VERSION;

    /// Where services and tasks run.
    "aws:ecs/cluster:Cluster" Cluster {
        configuration: ClusterConfiguration,
        name: String,
        settings: Vec<ClusterSetting>,
        tags: BTreeMap<String, String>,
    } => ClusterState {
        arn: String,
        name: String,
    }

    /// What a cluster may run its tasks on.
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders" ClusterCapacityProviders {
        capacity_providers: Vec<String>,
        cluster_name: String,
        default_capacity_provider_strategies: Vec<ClusterCapacityProvidersDefaultCapacityProviderStrategy>,
    } => ClusterCapacityProvidersState {}

    /// Keeps copies of a task running, behind a target group if it has one.
    "aws:ecs/service:Service" Service {
        alarms: ServiceAlarms,
        availability_zone_rebalancing: String,
        capacity_provider_strategies: Vec<ServiceCapacityProviderStrategy>,
        cluster: String,
        deployment_circuit_breaker: ServiceDeploymentCircuitBreaker,
        deployment_maximum_percent: u32,
        deployment_minimum_healthy_percent: u32,
        desired_count: u32,
        enable_ecs_managed_tags: bool,
        enable_execute_command: bool,
        force_new_deployment: bool,
        health_check_grace_period_seconds: u32,
        load_balancers: Vec<ServiceLoadBalancer>,
        name: String,
        network_configuration: ServiceNetworkConfiguration,
        platform_version: String,
        propagate_tags: String,
        service_registries: ServiceServiceRegistries,
        tags: BTreeMap<String, String>,
        task_definition: String,
    } => ServiceState {
        name: String,
    }

    /// One revision of what a task consists of.
    "aws:ecs/taskDefinition:TaskDefinition" TaskDefinition {
        container_definitions: String,
        cpu: String,
        execution_role_arn: String,
        family: String,
        memory: String,
        network_mode: String,
        requires_compatibilities: Vec<String>,
        runtime_platform: TaskDefinitionRuntimePlatform,
        skip_destroy: bool,
        tags: BTreeMap<String, String>,
        task_role_arn: String,
        volumes: Vec<TaskDefinitionVolume>,
    } => TaskDefinitionState {
        arn: String,
        family: String,
    }
}

objects! {
    ClusterConfiguration { execute_command_configuration: ClusterConfigurationExecuteCommandConfiguration }
    ClusterConfigurationExecuteCommandConfiguration {
        kms_key_id: String,
        log_configuration: ClusterConfigurationExecuteCommandConfigurationLogConfiguration,
        logging: String,
    }
    ClusterConfigurationExecuteCommandConfigurationLogConfiguration {
        cloud_watch_encryption_enabled: bool,
        cloud_watch_log_group_name: String,
    }
    ClusterSetting { name: String, value: String }
    ClusterCapacityProvidersDefaultCapacityProviderStrategy { capacity_provider: String, weight: u32 }
    ServiceAlarms { alarm_names: Vec<String>, enable: bool, rollback: bool }
    ServiceCapacityProviderStrategy { base: u32, capacity_provider: String, weight: u32 }
    ServiceDeploymentCircuitBreaker { enable: bool, rollback: bool }
    ServiceLoadBalancer { container_name: String, container_port: u32, target_group_arn: String }
    ServiceNetworkConfiguration { assign_public_ip: bool, security_groups: Vec<String>, subnets: Vec<String> }
    ServiceServiceRegistries { registry_arn: String }
    TaskDefinitionRuntimePlatform { cpu_architecture: String, operating_system_family: String }
    TaskDefinitionVolume { name: String }
}
