//! A load balancer that faces the internet, and its listeners. What it does not know it answers with 404.

use pulumi_component::{Context, Handle, Options, Output};

use crate::aws::{lb, wafv2};
use crate::names::Tags;

/// What to build.
pub(crate) struct Spec<'a> {
    /// Public subnets, in two zones at least.
    pub(crate) subnet_ids: &'a [Output<String>],
    pub(crate) security_group_id: &'a Output<String>,
    pub(crate) certificate_arn: &'a Output<String>,
    /// The route from the subnets to the internet.
    pub(crate) internet: &'a Handle,
    /// Where each request is recorded, if it is.
    pub(crate) access_logs: Option<AccessLogs<'a>>,
    /// The rules of a firewall that each request passes first, if there is one.
    pub(crate) web_acl_arn: Option<Output<String>>,
    /// How long a connection may rest, if not as long as AWS lets it.
    pub(crate) idle_timeout_seconds: Option<&'a Output<u32>>,
    /// Whether AWS refuses to delete it.
    pub(crate) deletion_protection: bool,
    /// Whether the engine refuses to delete it, if not as the component's own options say.
    pub(crate) protect: Option<bool>,
    pub(crate) tags: &'a Tags,
}

/// Where each request is recorded.
#[derive(Clone, Copy)]
pub(crate) struct AccessLogs<'a> {
    pub(crate) bucket: &'a Output<String>,
    /// What lets the load balancer write there: AWS tries it out when the logs are switched on.
    pub(crate) policy: &'a Handle,
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
    let access_logs = spec.access_logs.map(|logs| lb::LoadBalancerAccessLogs::new().bucket(logs.bucket).enabled(true));
    let after = [spec.internet].into_iter().chain(spec.access_logs.map(|logs| logs.policy));
    let balancer = lb::LoadBalancer::new("lb")
        .load_balancer_type("application")
        .internal(false)
        .subnets(spec.subnet_ids.to_vec())
        .security_groups([spec.security_group_id])
        .drop_invalid_header_fields(true)
        .desync_mitigation_mode("defensive")
        .access_logs(access_logs)
        .idle_timeout(spec.idle_timeout_seconds)
        .enable_deletion_protection(spec.deletion_protection)
        .tags(spec.tags.of("lb"))
        // AWS refuses an internet-facing load balancer in a VPC without an internet gateway, and the detaching of
        // a gateway while a load balancer has public addresses.
        .register_with(cx, Options::default().depends_on(after.cloned()).protect(spec.protect));
    if let Some(web_acl_arn) = &spec.web_acl_arn {
        wafv2::WebAclAssociation::new("lb").resource_arn(&balancer.arn).web_acl_arn(web_acl_arn).register(cx);
    }

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
