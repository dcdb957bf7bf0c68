//! The name at which an app answers.

use pulumi_component::{Context, Handle, Output};

use crate::aws::route53;

/// Whose name it is, and where it leads.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    pub(crate) zone_id: &'a Output<String>,
    pub(crate) host: &'a Output<String>,
    pub(crate) load_balancer_dns_name: &'a Output<String>,
    pub(crate) load_balancer_zone_id: &'a Output<String>,
}

/// Registers the record: an alias, which costs nothing and works for the domain itself too.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Handle {
    let alias = route53::RecordAlias::new()
        .name(spec.load_balancer_dns_name)
        .zone_id(spec.load_balancer_zone_id)
        // There is no second place to answer from, if the load balancer is unhealthy.
        .evaluate_target_health(false);
    let record = route53::Record::new(spec.role).zone_id(spec.zone_id).name(spec.host).r#type("A").aliases([alias]);
    record.register(cx).handle
}
