//! What the small AWS answers about the rules of a load balancer.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Simulation, State, missing};
use crate::cloud::{Error, Kind, ListenerRule, Listeners, Result, RulesPage, TAGGED_AT_ONCE, Tags};

/// How many rules a page has: few, so that tests have pages.
const PAGE: usize = 3;

/// A rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimulatedRule {
    /// ARN of its listener.
    pub listener: String,
    /// Its priority.
    pub priority: u32,
    /// The names that a request must have been sent to.
    pub host_names: Vec<String>,
    /// Its tags.
    pub tags: Tags,
}

impl State {
    fn rules_of(&self, listener: &str, marker: Option<&str>) -> Result<RulesPage> {
        if !self.listeners.contains(listener) {
            return Err(missing(listener));
        }
        let at = marker.and_then(|marker| marker.parse().ok()).unwrap_or(0);
        let all: Vec<_> = self.rules.iter().filter(|(_, rule)| rule.listener == listener).collect();
        let page = all.iter().skip(at).take(PAGE);
        let rules = page
            .map(|(arn, rule)| ListenerRule {
                arn: (*arn).clone(),
                priority: rule.priority,
                host_names: rule.host_names.clone(),
            })
            .collect();
        Ok(RulesPage { rules, next: (all.len() > at + PAGE).then(|| (at + PAGE).to_string()) })
    }

    fn tags_of(&mut self, arns: &[String]) -> Result<BTreeMap<String, Tags>> {
        if let Some(meanwhile) = self.meanwhile.take() {
            meanwhile(self);
        }
        if arns.is_empty() || arns.len() > TAGGED_AT_ONCE {
            let text = format!("from 1 to {TAGGED_AT_ONCE} resources, not {}", arns.len());
            return Err(Error { kind: Kind::Invalid, text });
        }
        let tagged = arns.iter().map(|arn| match self.rules.get(arn) {
            Some(rule) => Ok((arn.clone(), rule.tags.clone())),
            None => Err(missing(arn)),
        });
        tagged.collect()
    }
}

#[async_trait]
impl Listeners for Simulation {
    async fn describe_rules(&self, listener: &str, marker: Option<&str>) -> Result<RulesPage> {
        self.call("elasticloadbalancing:DescribeRules", |state| state.rules_of(listener, marker)).await
    }

    async fn describe_tags(&self, arns: &[String]) -> Result<BTreeMap<String, Tags>> {
        self.call("elasticloadbalancing:DescribeTags", |state| state.tags_of(arns)).await
    }
}
