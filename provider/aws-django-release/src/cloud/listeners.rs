//! Listeners of load balancers, and the rules that stand at them.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Result, Tags};

/// Of how many resources `DescribeTags` tells the tags at once: AWS's own limit.
pub const TAGGED_AT_ONCE: usize = 20;

/// Elastic Load Balancing, as far as rules go.
#[async_trait]
pub trait Listeners: Send + Sync {
    /// `DescribeRules` of a listener, one page from a marker on, without the listener's default.
    async fn describe_rules(&self, listener: &str, marker: Option<&str>) -> Result<RulesPage>;
    /// `DescribeTags` of at most [`TAGGED_AT_ONCE`] resources: the tags of each, by its ARN. If one of them is gone,
    /// there is no answer about the others, but an error of the kind `NotFound`.
    async fn describe_tags(&self, arns: &[String]) -> Result<BTreeMap<String, Tags>>;
}

/// A rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListenerRule {
    /// Its ARN.
    pub arn: String,
    /// Its place among the rules of the listener, from 1 to 50,000.
    pub priority: u32,
    /// The names that a request must have been sent to; none if it may be any.
    pub host_names: Vec<String>,
}

/// A page of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesPage {
    /// The rules, in no order.
    pub rules: Vec<ListenerRule>,
    /// Where to read on; none at the end.
    pub next: Option<String>,
}
