//! The number of a service's tasks, raised and lowered by what they have to do.

use pulumi_component::{Context, Handle, Options, Output, interpolate};

use crate::aws::appautoscaling::{
    Policy, PolicyTargetTrackingScalingPolicyConfiguration as Configuration,
    PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification as Metric, Target,
};
use crate::names::Tags;

/// Whose tasks, and between which numbers.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    pub(crate) cluster: &'a Output<String>,
    pub(crate) service: &'a Output<String>,
    pub(crate) min_count: Output<u32>,
    pub(crate) max_count: u32,
    /// How busy tasks shall be.
    pub(crate) target_cpu_percent: &'a Output<u32>,
    /// How many requests each task shall get in a minute, if that decides too.
    pub(crate) requests: Option<Requests<'a>>,
    /// What gives the service its first tasks, if it is known.
    pub(crate) after: Option<&'a Handle>,
    pub(crate) tags: &'a Tags,
}

/// How many requests each task shall get in a minute.
pub(crate) struct Requests<'a> {
    pub(crate) per_target: &'a Output<u32>,
    /// Load balancer and target group, as CloudWatch names them together.
    pub(crate) resource_label: Output<String>,
}

/// Registers it. AWS's provider sends both numbers with each change, so that none of them is ever ignored: an ignored
/// minimum of 0 would come back at night.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) {
    let target = Target::new(spec.role)
        .service_namespace("ecs")
        .scalable_dimension("ecs:service:DesiredCount")
        .resource_id(interpolate!("service/{cluster}/{service}", cluster = spec.cluster, service = spec.service))
        .min_capacity(&spec.min_count)
        .max_capacity(spec.max_count)
        .tags(spec.tags.of(spec.role))
        .register_with(cx, Options::default().depends_on(spec.after.cloned()));
    let follow = |what: &str, metric: Metric, value: &Output<u32>| {
        Policy::new(format!("{}-{what}", spec.role))
            .policy_type("TargetTrackingScaling")
            .service_namespace(&target.service_namespace)
            .scalable_dimension(&target.scalable_dimension)
            .resource_id(&target.resource_id)
            .target_tracking_scaling_policy_configuration(
                Configuration::new().predefined_metric_specification(metric).target_value(value),
            )
            .register(cx);
    };
    let cpu = Metric::new().predefined_metric_type("ECSServiceAverageCPUUtilization");
    follow("cpu", cpu, spec.target_cpu_percent);
    if let Some(Requests { per_target, resource_label }) = &spec.requests {
        let requests = Metric::new().predefined_metric_type("ALBRequestCountPerTarget").resource_label(resource_label);
        follow("requests", requests, per_target);
    }
}
