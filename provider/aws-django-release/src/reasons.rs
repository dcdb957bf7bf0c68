//! Why a service is not live: what ECS tells of it, how its tasks ended, how healthy its targets are, and the last lines
//! of a task. What cannot be read is said in its place; nothing here fails.

use std::collections::BTreeSet;

use crate::cloud::{Task, TasksOf};
use crate::plan::Service;
use crate::{Engine, logs, redact};

/// How many events and stopped tasks are told.
const TOLD: usize = 5;

impl Engine {
    /// The reasons, a line each. `known` are events that were told before the service moved.
    pub(crate) async fn reasons(
        &self,
        cluster: &str,
        name: &str,
        service: &Service,
        known: &BTreeSet<String>,
    ) -> Vec<String> {
        let mut lines = Vec::new();
        match self.cloud.describe_services(cluster, &[name.to_owned()]).await {
            Ok(services) => {
                for seen in services {
                    let news = seen.events.into_iter().filter(|event| !known.contains(&event.id));
                    lines.extend(news.take(TOLD).map(|event| redact(&event.text)));
                    for group in &seen.target_groups {
                        match self.cloud.describe_target_health(group).await {
                            Ok(targets) => lines.extend(targets.into_iter().map(|target| format!("target {target}"))),
                            Err(error) => lines.push(error.to_string()),
                        }
                    }
                }
            }
            Err(error) => lines.push(error.to_string()),
        }
        let stopped = self.tasks_of(cluster, TasksOf::Stopped(name.to_owned()), &service.revision).await;
        for task in stopped.iter().take(TOLD) {
            lines.push(redact(&how_it_ended(task)));
        }
        let running = self.tasks_of(cluster, TasksOf::Service(name.to_owned()), &service.revision).await;
        if let Some(task) = stopped.first().or(running.first()) {
            let last = logs::last(self, &service.containers, task.id()).await;
            if !last.is_empty() {
                lines.push(format!("last lines of task `{}`:", task.id()));
                lines.extend(last.into_iter().map(|line| format!("  {line}")));
            }
        }
        lines
    }

    /// Tasks of a revision, newest first.
    async fn tasks_of(&self, cluster: &str, of: TasksOf, revision: &str) -> Vec<Task> {
        let mut tasks = self.tasks(cluster, &of).await.unwrap_or_default();
        tasks.retain(|task| task.revision == revision);
        tasks.sort_by_key(|task| std::cmp::Reverse(task.created_at));
        tasks
    }
}

fn how_it_ended(task: &Task) -> String {
    let reason = task.stopped_reason.as_deref().unwrap_or("ECS gives no reason");
    let containers = task.containers.iter().filter_map(|container| {
        let code = container.exit_code.map(|code| format!("exit code {code}"));
        let all: Vec<_> = code.into_iter().chain(container.reason.clone()).collect();
        (!all.is_empty()).then(|| format!("; `{}`: {}", container.name, all.join(", ")))
    });
    format!("task `{}` stopped: {reason}{}", task.id(), containers.collect::<String>())
}
