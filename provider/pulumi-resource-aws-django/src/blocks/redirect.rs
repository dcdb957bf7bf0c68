//! Names that are sent on to another one.

use pulumi_component::{Context, Output};

use crate::aws::lb;
use crate::names::Tags;

/// Which names, and where to.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    pub(crate) listener_arn: &'a Output<String>,
    /// The names, at most three: AWS takes no more values in a condition.
    pub(crate) from: &'a [String],
    pub(crate) to: &'a Output<String>,
    /// Place of the rule among those of the listener.
    pub(crate) priority: &'a Output<u32>,
    pub(crate) tags: &'a Tags,
}

/// Registers the rule. Path and query stay as they are.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) {
    let names = lb::ListenerRuleConditionHostHeader::new().values(spec.from.to_vec());
    let redirect = lb::ListenerRuleActionRedirect::new()
        .host(spec.to)
        .path("/#{path}")
        .port("443")
        .protocol("HTTPS")
        .query("#{query}")
        .status_code("HTTP_301");
    lb::ListenerRule::new(spec.role)
        .listener_arn(spec.listener_arn)
        .priority(spec.priority)
        .conditions([lb::ListenerRuleCondition::new().host_header(names)])
        .actions([lb::ListenerRuleAction::new().r#type("redirect").redirect(redirect)])
        .tags(spec.tags.of(spec.role))
        .register(cx);
}
