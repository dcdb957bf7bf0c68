//! What the release engine tells, as lines of a resource.

use std::sync::Arc;

use aws_django_release::{Event, Progress};
use pulumi_component::Log;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How many lines may wait to be shown. A task can write faster than the engine shows: what does not fit is left out,
/// since each line stands only until the next one.
const WAITING: usize = 1_024;

/// Shows what the engine tells, in its order.
pub(crate) struct Shown {
    lines: mpsc::Sender<Event>,
    warnings: mpsc::UnboundedSender<Event>,
    showing: JoinHandle<()>,
}

impl Shown {
    /// Shows it as lines of the resource whose log this is.
    pub(crate) fn new(log: Log) -> Self {
        let (lines, mut more_lines) = mpsc::channel(WAITING);
        let (warnings, mut more_warnings) = mpsc::unbounded_channel();
        let showing = tokio::spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    Some(warning) = more_warnings.recv() => show(&log, &warning).await,
                    Some(line) = more_lines.recv() => show(&log, &line).await,
                    else => break,
                }
            }
        });
        Self { lines, warnings, showing }
    }

    /// What the engine tells it to.
    pub(crate) fn progress(&self) -> Arc<dyn Progress> {
        Arc::new(Told { lines: self.lines.clone(), warnings: self.warnings.clone() })
    }

    /// Ends when all that was told is shown. Whoever tells must be gone.
    pub(crate) async fn end(self) {
        let Self { lines, warnings, showing } = self;
        drop((lines, warnings));
        // It ends when nothing is left to show; a panic in it would only lose lines.
        let _ = showing.await;
    }
}

async fn show(log: &Log, event: &Event) {
    match event {
        Event::Warning(text) => log.warning(text).await,
        other => log.status(other.to_string()).await,
    }
}

struct Told {
    lines: mpsc::Sender<Event>,
    warnings: mpsc::UnboundedSender<Event>,
}

impl Progress for Told {
    fn tell(&self, event: Event) {
        // Nobody hears what is told after the end.
        match event {
            Event::Warning(_) => drop(self.warnings.send(event)),
            line => drop(self.lines.try_send(line)),
        }
    }
}
