//! Application Auto Scaling.

use std::collections::BTreeMap;

use pulumi_component::{objects, resources};

resources! {
    super::VERSION;

    /// Something whose count is raised and lowered.
    "aws:appautoscaling/target:Target" Target {
        max_capacity: u32,
        min_capacity: u32,
        resource_id: String,
        scalable_dimension: String,
        service_namespace: String,
        tags: BTreeMap<String, String>,
    } => TargetState {
        resource_id: String,
        scalable_dimension: String,
        service_namespace: String,
    }

    /// What the count follows.
    "aws:appautoscaling/policy:Policy" Policy {
        policy_type: String,
        resource_id: String,
        scalable_dimension: String,
        service_namespace: String,
        target_tracking_scaling_policy_configuration: PolicyTargetTrackingScalingPolicyConfiguration,
    } => PolicyState {}
}

objects! {
    PolicyTargetTrackingScalingPolicyConfiguration {
        predefined_metric_specification: PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification,
        target_value: u32,
    }
    PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification {
        predefined_metric_type: String,
        resource_label: String,
    }
}
