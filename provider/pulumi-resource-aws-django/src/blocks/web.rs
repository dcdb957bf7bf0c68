//! A service that answers HTTP behind rules of a shared load balancer.

use pulumi_component::{Context, Handle, Output};

use super::task;
use crate::aws::{ecs, lb};
use crate::names::Tags;

/// Where tasks answer, and what of.
pub(crate) struct Targets<'a> {
    /// Its role in the component, of at most three letters, since a target group's name is the shortest that AWS has.
    pub(crate) role: &'a str,
    /// Name of the service.
    pub(crate) name: &'a str,
    pub(crate) port: &'a Output<u32>,
    pub(crate) health_check_path: &'a Output<String>,
    /// Codes of HTTP that a healthy task answers, such as `200-399`.
    pub(crate) healthy_codes: &'a str,
    pub(crate) vpc_id: &'a Output<String>,
    pub(crate) tags: &'a Tags,
}

/// What the service is, and which requests reach it.
pub(crate) struct Spec<'a> {
    /// Role of its rules.
    pub(crate) role: &'a str,
    pub(crate) service: task::Service<'a>,
    /// The container that answers, and its port.
    pub(crate) container: &'a str,
    pub(crate) port: &'a Output<u32>,
    /// How long a task may be unhealthy after its start.
    pub(crate) health_check_grace_seconds: &'a Output<u32>,
    pub(crate) listener_arn: &'a Output<String>,
    /// Host name that the requests are for.
    pub(crate) host: &'a Output<String>,
    /// Paths that the requests are for; all if there are none.
    pub(crate) path_patterns: &'a [String],
    /// Place of the first rule among those of the listener; further rules follow it.
    pub(crate) priority: &'a Output<u32>,
    pub(crate) tags: &'a Tags,
}

/// A registered service.
pub(crate) struct Web {
    pub(crate) service_name: Output<String>,
    pub(crate) handle: Handle,
}

/// How many values AWS takes in one condition of a rule, and how many wildcards in all of a rule's conditions (its
/// quotas for Application Load Balancers). With the host there are four values in a rule, of five that it takes.
const PATTERNS_PER_RULE: usize = 3;
pub(crate) const WILDCARDS_PER_RULE: usize = 5;

/// How many wildcards a pattern has.
pub(crate) fn wildcards(pattern: &str) -> usize {
    pattern.matches(['*', '?']).count()
}

/// Patterns in their order, as many together as one rule takes.
pub(crate) fn by_rule(patterns: &[String]) -> Vec<Vec<String>> {
    let mut rules: Vec<Vec<String>> = Vec::new();
    for pattern in patterns {
        let fits = |rule: &&mut Vec<String>| {
            let taken: usize = rule.iter().map(|other| wildcards(other)).sum();
            rule.len() < PATTERNS_PER_RULE && taken + wildcards(pattern) <= WILDCARDS_PER_RULE
        };
        match rules.last_mut().filter(fits) {
            Some(rule) => rule.push(pattern.clone()),
            None => rules.push(vec![pattern.clone()]),
        }
    }
    rules
}

/// The paths of each rule of a service that answers these; without any, one rule that has none.
pub(crate) fn rules(patterns: &[String]) -> Vec<Vec<String>> {
    if patterns.is_empty() { vec![Vec::new()] } else { by_rule(patterns) }
}

/// Registers the service, with the rules that lead to its target group.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>, targets: &lb::TargetGroupState) -> Web {
    // Each rule has a place of its own whatever its paths are: AWS takes no two rules in one place, so that a rule
    // must change where it is rather than give way to another one.
    let rules = (0..)
        .zip(rules(spec.path_patterns))
        .map(|(position, patterns)| rule(cx, spec, targets, position, patterns).handle);
    let behind = ecs::ServiceLoadBalancer::new()
        .container_name(spec.container)
        .container_port(spec.port)
        .target_group_arn(&targets.arn);
    // ECS refuses a target group that no load balancer uses yet: the service waits for the rules.
    let options = spec.service.options(rules);
    let service = spec
        .service
        .resource()
        .load_balancers([behind])
        .health_check_grace_period_seconds(spec.health_check_grace_seconds)
        .register_with(cx, options);
    Web { service_name: service.name, handle: service.handle }
}

/// Registers the target group, which is there before its service.
pub(crate) fn targets(cx: &Context, spec: &Targets<'_>) -> lb::TargetGroupState {
    let health = lb::TargetGroupHealthCheck::new()
        .path(spec.health_check_path)
        .port("traffic-port")
        .protocol("HTTP")
        .interval(10)
        .timeout(5)
        .healthy_threshold(2)
        .unhealthy_threshold(3)
        .matcher(spec.healthy_codes);
    lb::TargetGroup::new(spec.role)
        .target_type("ip")
        .protocol("HTTP")
        .port(spec.port)
        .vpc_id(spec.vpc_id)
        .deregistration_delay(30)
        .health_check(health)
        .tags(spec.tags.named(spec.name))
        .register(cx)
}

fn rule(
    cx: &Context,
    spec: &Spec<'_>,
    targets: &lb::TargetGroupState,
    position: u32,
    patterns: Vec<String>,
) -> lb::ListenerRuleState {
    let role = format!("{}-{}", spec.role, position + 1);
    let host = lb::ListenerRuleConditionHostHeader::new().values([spec.host]);
    let paths = (!patterns.is_empty()).then(|| {
        let paths = lb::ListenerRuleConditionPathPattern::new().values(patterns);
        lb::ListenerRuleCondition::new().path_pattern(paths)
    });
    let conditions = [lb::ListenerRuleCondition::new().host_header(host)].into_iter().chain(paths);
    lb::ListenerRule::new(role.as_str())
        .listener_arn(spec.listener_arn)
        .priority(spec.priority.map(move |first: u32| first + position))
        .conditions(conditions.collect::<Vec<_>>())
        .actions([lb::ListenerRuleAction::new().r#type("forward").target_group_arn(&targets.arn)])
        .tags(spec.tags.of(&role))
        .register(cx)
}
