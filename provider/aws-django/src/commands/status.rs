//! `status`: what runs.

use std::fmt::Write as _;

use aws_django_release::cloud::{DeploymentStatus, short};
use aws_django_release::{App, Status as Service, Under};
use clap::Args;
use serde_json::{Value, json};

use super::find;
use crate::Context;
use crate::stop::{Code, Stop};
use crate::time::utc;

/// What to look at.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Status {
    /// Name of the app
    pub app: String,
    /// How many of the last events of each service are shown
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    pub events: usize,
}

const EXAMPLES: &str = "\
Examples:
  aws-django status alpha
  aws-django status alpha --events 10
  aws-django status alpha --json | jq '.services[] | select(.running != .desired)'";

impl Status {
    /// Shows it.
    ///
    /// # Errors
    /// If there is no such app.
    pub async fn run(&self, context: &Context) -> Result<Code, Stop> {
        let app = find(context, &self.app).await?;
        let services = context.interrupts.or(context.engine.status(&app)).await?;
        context.show.result(self.text(&app, &services).trim_end(), || self.document(&app, &services));
        Ok(Code::DONE)
    }

    fn text(&self, app: &App, services: &[Service]) -> String {
        let mut text = format!("{} in account {}, region {}\n", app.name, app.account, app.region);
        let width = services.iter().map(|it| it.process.len()).max().unwrap_or_default();
        let revisions = services.iter().map(|it| short(&it.live).len()).max().unwrap_or_default();
        for it in services {
            let [desired, running, pending] = it.counts;
            let pending = if pending > 0 { format!(" (+{pending})") } else { String::new() };
            let tasks = format!("{running}/{desired}{pending}");
            let (process, live, image) = (&it.process, short(&it.live), it.image.as_deref().unwrap_or("-"));
            let _ = writeln!(text, "{process:width$}  {tasks:<8}  {live:revisions$}  {image}");
            if let Some(under) = &it.under {
                let _ = writeln!(text, "  {}", of_deployment(under));
            }
            for event in it.events.iter().take(self.events) {
                let _ = writeln!(text, "  {}  {}", utc(event.at), event.text);
            }
        }
        text
    }

    fn document(&self, app: &App, services: &[Service]) -> Value {
        let services = services.iter().map(|it| {
            let [desired, running, pending] = it.counts;
            let events = it.events.iter().take(self.events);
            json!({
                "process": it.process,
                "runs": it.runs.map(aws_django_release::Runs::as_str),
                "desired": desired,
                "running": running,
                "pending": pending,
                "revision": it.live,
                "image": it.image,
                "deployment": it.under.as_ref().map(|under| json!({
                    "revision": under.revision,
                    "status": word(under.deployment.status),
                    "reason": under.deployment.reason,
                    "createdAt": utc(under.deployment.created_at),
                })),
                "events": events.map(|event| json!({ "at": utc(event.at), "text": event.text })).collect::<Vec<_>>(),
            })
        });
        json!({
            "command": "status",
            "ok": true,
            "app": app.name,
            "account": app.account,
            "region": app.region,
            "services": services.collect::<Vec<_>>(),
        })
    }
}

fn of_deployment(under: &Under) -> String {
    let why = under.deployment.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let (to, since) = (short(&under.revision), utc(under.deployment.created_at));
    format!("deployment of {to} since {since}: {}{why}", word(under.deployment.status))
}

fn word(status: DeploymentStatus) -> &'static str {
    match status {
        DeploymentStatus::Going => "in progress",
        DeploymentStatus::Successful => "successful",
        DeploymentStatus::Stopping => "stopping",
        DeploymentStatus::Stopped => "stopped",
        DeploymentStatus::RollingBack => "rolling back",
        DeploymentStatus::RolledBack => "rolled back",
        DeploymentStatus::RollbackFailed => "rollback failed",
    }
}
