//! `logs`: what processes write.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_django_release::cloud::Entry;
use aws_django_release::names::{DATABASE, UPDATE};
use aws_django_release::{App, Journal};
use clap::Args;
use serde_json::json;

use super::find;
use crate::Context;
use crate::arguments::time;
use crate::stop::{Code, Stop};
use crate::time::{ago, utc};

/// What to show.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Logs {
    /// Name of the app
    pub app: String,
    /// Processes, such as `web`, `default` or `backend_update`; by default all that are services
    #[arg(value_name = "PROCESS")]
    pub processes: Vec<String>,
    /// Go on until Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    /// Since how long ago
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = time)]
    pub since: Duration,
}

const EXAMPLES: &str = "\
Examples:
  aws-django logs alpha
  aws-django logs alpha web default --follow
  aws-django logs alpha backend_update --since 2h
  aws-django logs alpha --json --since 1d | jq .message";

impl Logs {
    /// Shows it.
    ///
    /// # Errors
    /// If there is no such log.
    pub async fn run(&self, context: &Context) -> Result<Code, Stop> {
        let app = find(context, &self.app).await?;
        let groups = self.groups(&app)?;
        let width = groups.keys().map(String::len).max().unwrap_or_default();
        let is_one = groups.len() == 1;
        let journal = Journal { groups, since: ago(self.since), follow: self.follow };
        let show = &context.show;
        let mut is_empty = true;
        let mut tell = |process: &str, entry: &Entry| {
            is_empty = false;
            if show.is_closed() {
                return context.engine.cancelled.cancel();
            }
            if show.is_json() {
                let (at, stream, message) = (utc(entry.at), &entry.stream, &entry.message);
                let entry = json!({ "at": at, "process": process, "stream": stream, "message": message });
                return show.out(&entry.to_string());
            }
            for line in entry.message.trim_end_matches(['\n', '\r']).split('\n') {
                let line = line.trim_end_matches('\r');
                if is_one { show.out(line) } else { show.out(&format!("{process:width$} | {line}")) }
            }
        };
        context.engine.read_journal(&journal, &mut tell).await?;
        if is_empty && !self.follow {
            show.note("nothing was written in that time: `--since` looks further back");
        }
        let is_cut = context.engine.cancelled.is_cancelled() && !self.follow && !show.is_closed();
        Ok(if is_cut { Code::INTERRUPTED } else { Code::DONE })
    }

    fn groups(&self, app: &App) -> Result<BTreeMap<String, String>, Stop> {
        let all = || app.services.keys().cloned().collect();
        let named = if self.processes.is_empty() { all() } else { self.processes.clone() };
        let group = |process: String| {
            let process = if [UPDATE, DATABASE].contains(&process.as_str()) {
                process
            } else {
                app.service(&process)?.process.clone()
            };
            Ok((process.clone(), app.log_group(&process)))
        };
        named.into_iter().map(group).collect()
    }
}
