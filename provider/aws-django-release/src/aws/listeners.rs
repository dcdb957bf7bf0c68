//! Listeners of load balancers.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Aws, error};
use crate::cloud::{ListenerRule, Listeners, Result, RulesPage, Tags};

#[async_trait]
impl Listeners for Aws {
    async fn describe_rules(&self, listener: &str, marker: Option<&str>) -> Result<RulesPage> {
        let call = self.clients().await.targets.describe_rules().listener_arn(listener);
        let answer = call.set_marker(marker.map(str::to_owned)).send().await;
        let answer = answer.map_err(|it| error::of("elasticloadbalancing:DescribeRules", listener, &it))?;
        let rules = answer.rules.unwrap_or_default().into_iter().filter_map(|rule| {
            // That of the default is a word.
            let priority = rule.priority?.parse().ok()?;
            let hosts = rule.conditions.into_iter().flatten().filter_map(|condition| condition.host_header_config);
            let host_names = hosts.flat_map(|hosts| hosts.values.unwrap_or_default()).collect();
            Some(ListenerRule { arn: rule.rule_arn?, priority, host_names })
        });
        Ok(RulesPage { rules: rules.collect(), next: answer.next_marker })
    }

    async fn describe_tags(&self, arns: &[String]) -> Result<BTreeMap<String, Tags>> {
        let call = self.clients().await.targets.describe_tags().set_resource_arns(Some(arns.to_vec()));
        let of = || arns.first().map(String::as_str).unwrap_or_default();
        let answer = call.send().await.map_err(|it| error::of("elasticloadbalancing:DescribeTags", of(), &it))?;
        let tagged = answer.tag_descriptions.unwrap_or_default().into_iter().filter_map(|it| {
            let tags = it.tags.unwrap_or_default().into_iter();
            let tags = tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
            Some((it.resource_arn?, tags.collect()))
        });
        Ok(tagged.collect())
    }
}
