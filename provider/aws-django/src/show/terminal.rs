//! A line for each service that moves, at the end of the screen.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The sign of what is live.
const DONE: &str = "\u{1b}[32m✓\u{1b}[0m";

pub(super) struct Bars {
    all: MultiProgress,
    services: BTreeMap<String, ProgressBar>,
}

impl Bars {
    /// Nothing is drawn before the first one moves.
    pub(super) fn new() -> Self {
        Self { all: MultiProgress::new(), services: BTreeMap::new() }
    }

    pub(super) fn set(&mut self, service: &str, state: &str, is_live: bool) {
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
        if is_live {
            if let Ok(style) = ProgressStyle::with_template(&format!("{DONE} {{prefix:.bold}}: {{wide_msg}}")) {
                bar.set_style(style);
            }
            bar.finish();
        }
    }

    /// Writes between the lines that are drawn.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.all.suspend(write)
    }

    /// Takes away what is drawn; answers the lines that stay, with what was seen last.
    pub(super) fn finish(&mut self) -> Vec<String> {
        let lines = self.services.iter().map(|(name, bar)| {
            let (sign, state) = (if bar.is_finished() { DONE } else { "\u{b7}" }, bar.message());
            bar.finish_and_clear();
            format!("{sign} {name}: {state}")
        });
        let lines = lines.collect();
        self.services.clear();
        lines
    }
}
