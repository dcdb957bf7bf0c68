//! A line for each service that moves, at the end of the screen.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

pub(super) struct Bars {
    all: MultiProgress,
    services: BTreeMap<String, ProgressBar>,
}

impl Bars {
    /// Nothing is drawn before the first one moves.
    pub(super) fn new() -> Self {
        Self { all: MultiProgress::new(), services: BTreeMap::new() }
    }

    pub(super) fn set(&mut self, service: &str, state: &str) {
        let bar = self.services.entry(service.to_owned()).or_insert_with(|| {
            let bar = self.all.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {prefix:.bold}: {wide_msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(service.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_message(state.to_owned());
        if state == "live" {
            if let Ok(style) = ProgressStyle::with_template("\u{1b}[32m✓\u{1b}[0m {prefix:.bold}: {wide_msg}") {
                bar.set_style(style);
            }
            bar.finish();
        }
    }

    /// Writes between the lines that are drawn.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.all.suspend(write)
    }

    /// What is not live stays as it was seen last.
    pub(super) fn finish(&mut self) {
        self.services.values().filter(|bar| !bar.is_finished()).for_each(ProgressBar::abandon);
        self.services.clear();
        self.all = MultiProgress::new();
    }
}
