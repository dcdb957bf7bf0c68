//! A load balancer that faces the internet, and its listeners. What it does not know it answers with 404.

use pulumi_component::{Context, Handle, Options, Output};

use crate::aws::lb;
use crate::names::Tags;

/// What to build.
pub(crate) struct Spec<'a> {
    /// Public subnets, in two zones at least.
    pub(crate) subnet_ids: &'a [Output<String>],
    pub(crate) security_group_id: &'a Output<String>,
    pub(crate) certificate_arn: &'a Output<String>,
    /// The route from the subnets to the internet.
    pub(crate) internet: &'a Handle,
    pub(crate) tags: &'a Tags,
}

/// What others need of it.
pub(crate) struct LoadBalancer {
    pub(crate) dns_name: Output<String>,
    pub(crate) zone_id: Output<String>,
    pub(crate) arn_suffix: Output<String>,
    /// The listener for HTTPS, which takes rules.
    pub(crate) listener_arn: Output<String>,
}

/// TLS 1.3 and 1.2 with forward secrecy: the policy that AWS recommends, and that Security Hub's control ELB.17 takes.
const SSL_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> LoadBalancer {
    let balancer = lb::LoadBalancer::new("lb")
        .load_balancer_type("application")
        .internal(false)
        .subnets(spec.subnet_ids.to_vec())
        .security_groups([spec.security_group_id])
        .drop_invalid_header_fields(true)
        .desync_mitigation_mode("defensive")
        .enable_deletion_protection(false)
        .tags(spec.tags.of("lb"))
        // AWS refuses an internet-facing load balancer in a VPC without an internet gateway, and the detaching of
        // a gateway while a load balancer has public addresses.
        .register_with(cx, Options::default().depends_on([spec.internet.clone()]));

    let to_https = lb::ListenerDefaultActionRedirect::new().port("443").protocol("HTTPS").status_code("HTTP_301");
    lb::Listener::new("http")
        .load_balancer_arn(&balancer.arn)
        .port(80)
        .protocol("HTTP")
        .default_actions([lb::ListenerDefaultAction::new().r#type("redirect").redirect(to_https)])
        .tags(spec.tags.of("http"))
        .register(cx);

    // A host name that no app has must not look like a site that works.
    let not_found = lb::ListenerDefaultActionFixedResponse::new()
        .content_type("text/plain")
        .message_body("Not found")
        .status_code("404");
    let listener = lb::Listener::new("https")
        .load_balancer_arn(&balancer.arn)
        .port(443)
        .protocol("HTTPS")
        .ssl_policy(SSL_POLICY)
        .certificate_arn(spec.certificate_arn)
        .default_actions([lb::ListenerDefaultAction::new().r#type("fixed-response").fixed_response(not_found)])
        .tags(spec.tags.of("https"))
        .register(cx);

    LoadBalancer {
        dns_name: balancer.dns_name,
        zone_id: balancer.zone_id,
        arn_suffix: balancer.arn_suffix,
        listener_arn: listener.arn,
    }
}
