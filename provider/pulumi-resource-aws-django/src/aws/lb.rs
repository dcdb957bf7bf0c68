//! Load balancers.

use std::collections::BTreeMap;

use pulumi_component::{objects, resources};

resources! {
    super::VERSION;

    /// A load balancer.
    "aws:lb/loadBalancer:LoadBalancer" LoadBalancer {
        access_logs: LoadBalancerAccessLogs,
        desync_mitigation_mode: String,
        drop_invalid_header_fields: bool,
        enable_deletion_protection: bool,
        idle_timeout: u32,
        internal: bool,
        load_balancer_type: String,
        security_groups: Vec<String>,
        subnets: Vec<String>,
        tags: BTreeMap<String, String>,
    } => LoadBalancerState {
        arn: String,
        arn_suffix: String,
        dns_name: String,
        zone_id: String,
    }

    /// A port at which a load balancer listens.
    "aws:lb/listener:Listener" Listener {
        certificate_arn: String,
        default_actions: Vec<ListenerDefaultAction>,
        load_balancer_arn: String,
        port: u32,
        protocol: String,
        ssl_policy: String,
        tags: BTreeMap<String, String>,
    } => ListenerState {
        arn: String,
    }

    /// A certificate that a listener shows for other names than those of its first.
    "aws:lb/listenerCertificate:ListenerCertificate" ListenerCertificate {
        certificate_arn: String,
        listener_arn: String,
    } => ListenerCertificateState {}

    /// Which requests at a listener go where.
    "aws:lb/listenerRule:ListenerRule" ListenerRule {
        actions: Vec<ListenerRuleAction>,
        conditions: Vec<ListenerRuleCondition>,
        listener_arn: String,
        priority: u32,
        tags: BTreeMap<String, String>,
    } => ListenerRuleState {
        arn: String,
    }

    /// Tasks among which a load balancer shares out requests.
    "aws:lb/targetGroup:TargetGroup" TargetGroup {
        deregistration_delay: u32,
        health_check: TargetGroupHealthCheck,
        port: u32,
        protocol: String,
        target_type: String,
        tags: BTreeMap<String, String>,
        vpc_id: String,
    } => TargetGroupState {
        arn: String,
        arn_suffix: String,
    }
}

objects! {
    ListenerDefaultAction {
        fixed_response: ListenerDefaultActionFixedResponse,
        redirect: ListenerDefaultActionRedirect,
        r#type: String,
    }
    ListenerDefaultActionFixedResponse { content_type: String, message_body: String, status_code: String }
    ListenerDefaultActionRedirect { port: String, protocol: String, status_code: String }
    ListenerRuleAction { redirect: ListenerRuleActionRedirect, target_group_arn: String, r#type: String }
    ListenerRuleActionRedirect {
        host: String,
        path: String,
        port: String,
        protocol: String,
        query: String,
        status_code: String,
    }
    ListenerRuleCondition {
        host_header: ListenerRuleConditionHostHeader,
        path_pattern: ListenerRuleConditionPathPattern,
    }
    ListenerRuleConditionHostHeader { values: Vec<String> }
    ListenerRuleConditionPathPattern { values: Vec<String> }
    LoadBalancerAccessLogs { bucket: String, enabled: bool }
    TargetGroupHealthCheck {
        healthy_threshold: u32,
        interval: u32,
        matcher: String,
        path: String,
        port: String,
        protocol: String,
        timeout: u32,
        unhealthy_threshold: u32,
    }
}
