//! CloudWatch Logs, load balancing and STS.

use async_trait::async_trait;

use super::{Aws, error};
use crate::cloud::{Entry, Identity, Logs, Millis, Page, Position, Result, Targets, Written};

#[async_trait]
impl Logs for Aws {
    async fn get_log_events(&self, group: &str, stream: &str, from: &Position) -> Result<Page> {
        let call = self.clients().await.logs.get_log_events().log_group_name(group).log_stream_name(stream);
        let call = match from {
            Position::Head => call.start_from_head(true),
            // With a token that came from reading forwards the direction must be given again.
            Position::After(token) => call.start_from_head(true).next_token(token),
            Position::Tail(lines) => call.start_from_head(false).limit(i32::from(*lines)),
        };
        let answer = call.send().await;
        let answer = answer.map_err(|it| error::of("logs:GetLogEvents", &format!("{group}/{stream}"), &it))?;
        let messages = answer.events.unwrap_or_default().into_iter().filter_map(|event| event.message);
        Ok(Page { messages: messages.collect(), next: answer.next_forward_token })
    }

    async fn filter_log_events(&self, group: &str, since: Millis, token: Option<&str>) -> Result<Written> {
        let call = self.clients().await.logs.filter_log_events().log_group_name(group).start_time(since);
        let answer = call.set_next_token(token.map(str::to_owned)).send().await;
        let answer = answer.map_err(|it| error::of("logs:FilterLogEvents", group, &it))?;
        let entries = answer.events.unwrap_or_default().into_iter().filter_map(|event| {
            Some(Entry {
                id: event.event_id?,
                at: event.timestamp.unwrap_or_default(),
                stream: event.log_stream_name.unwrap_or_default(),
                message: event.message?,
            })
        });
        Ok(Written { entries: entries.collect(), next: answer.next_token })
    }
}

#[async_trait]
impl Targets for Aws {
    async fn describe_target_health(&self, target_group: &str) -> Result<Vec<String>> {
        let call = self.clients().await.targets.describe_target_health().target_group_arn(target_group);
        let answer = call.send().await;
        let answer = answer.map_err(|it| error::of("elasticloadbalancing:DescribeTargetHealth", target_group, &it))?;
        let targets = answer.target_health_descriptions.unwrap_or_default().into_iter().map(|told| {
            let health = told.target_health;
            let state = health.as_ref().and_then(|health| health.state.as_ref()).map_or("unknown", |it| it.as_str());
            let why = health.as_ref().and_then(|health| health.description.as_deref());
            let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
            format!("{}: {state}{why}", told.target.and_then(|target| target.id).unwrap_or_default())
        });
        Ok(targets.collect())
    }
}

#[async_trait]
impl Identity for Aws {
    async fn account(&self) -> Result<String> {
        let answer = self.clients().await.sts.get_caller_identity().send().await;
        let answer = answer.map_err(|it| error::of("sts:GetCallerIdentity", &self.access.region, &it))?;
        Ok(answer.account.unwrap_or_default())
    }
}
