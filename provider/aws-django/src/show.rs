//! How it looks: a display on a terminal, plain lines elsewhere, groups and annotations on GitHub, or JSON.
//!
//! Standard output has what was asked for, standard error what happens meanwhile. Nothing here decides anything.

mod github;
mod terminal;

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

use aws_django_release::{Event, Progress};
use serde_json::{Value, json};

use self::github::Group;
use self::terminal::Bars;
use crate::arguments::Global;
use crate::stop::Stop;

/// Two streams and how to write to them.
pub struct Show {
    style: Style,
    /// More than most want to know.
    verbose: bool,
    state: Mutex<State>,
}

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A person who watches.
    Terminal,
    /// A log.
    Plain,
    /// A log of GitHub Actions.
    GitHub,
    /// A program.
    Json,
}

struct State {
    out: Box<dyn Write + Send>,
    error: Box<dyn Write + Send>,
    bars: Option<Bars>,
    group: Group,
    /// Whether lines of a task are what was asked for.
    lines_are_asked: bool,
    /// Whether nobody reads what was asked for.
    is_closed: bool,
}

impl Show {
    /// For this process.
    pub fn of_process(global: &Global) -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let style = if global.json {
            Style::Json
        } else if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
            Style::GitHub
        } else if io::stderr().is_terminal() && !global.no_color && !is_set("NO_COLOR") {
            Style::Terminal
        } else {
            Style::Plain
        };
        Self::new(style, global.verbose, Box::new(io::stdout()), Box::new(io::stderr()))
    }

    /// On two streams.
    pub fn new(style: Style, verbose: bool, out: Box<dyn Write + Send>, error: Box<dyn Write + Send>) -> Self {
        let bars = (style == Style::Terminal).then(Bars::new);
        let state = State { out, error, bars, group: Group::default(), lines_are_asked: false, is_closed: false };
        Self { style, verbose, state: Mutex::new(state) }
    }

    /// From now on the lines of a task are what was asked for.
    pub fn ask_for_lines(&self) {
        self.with(|state| state.lines_are_asked = true);
    }

    /// A line of what was asked for.
    pub fn out(&self, text: &str) {
        self.with(|state| state.out(text));
    }

    /// Whether nobody reads it any more.
    pub fn is_closed(&self) -> bool {
        self.with(|state| state.is_closed)
    }

    /// What was asked for, as a whole: for people, or as the one document.
    pub fn result(&self, text: &str, document: impl FnOnce() -> Value) {
        match self.style {
            Style::Json => self.out(&document().to_string()),
            _ if text.is_empty() => {}
            _ => self.out(text),
        }
    }

    /// Whether documents are wanted.
    pub fn is_json(&self) -> bool {
        self.style == Style::Json
    }

    /// What a person should know.
    pub fn note(&self, text: &str) {
        self.with(|state| match self.style {
            Style::Json => state.error(&json!({ "event": "note", "text": text }).to_string()),
            _ => state.error(text),
        });
    }

    /// What few persons want to know.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// Ends what moves on the screen.
    pub fn finish(&self) {
        self.with(|state| {
            for line in state.bars.as_mut().map(Bars::finish).unwrap_or_default() {
                state.error(&line);
            }
            if self.style == Style::GitHub
                && let Some(end) = state.group.end()
            {
                state.error(&end);
            }
        });
    }

    /// Why a command has ended.
    pub fn failed(&self, command: &str, stop: &Stop) {
        let Stop { code, text, details } = stop;
        match self.style {
            Style::Json => {
                let error = json!({ "cause": code.word(), "text": text, "details": details });
                self.out(&json!({ "command": command, "ok": false, "error": error }).to_string());
            }
            Style::GitHub => self.with(|state| state.error(&github::error(command, text, details))),
            Style::Terminal | Style::Plain => self.with(|state| {
                let sign = if self.style == Style::Terminal { "\u{1b}[1;31merror\u{1b}[0m" } else { "error" };
                state.error(&format!("{sign}: {text}"));
                for line in details {
                    state.error(&format!("  {line}"));
                }
            }),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Progress for Show {
    fn tell(&self, event: Event) {
        self.with(|state| match (&event, self.style) {
            (Event::Line { text, .. }, Style::Terminal | Style::Plain | Style::GitHub) if state.lines_are_asked => {
                state.out(text);
            }
            (_, Style::Terminal) => state.draw(&event),
            (_, Style::Plain) => state.error(&event.to_string()),
            (_, Style::GitHub) => {
                for line in state.group.lines(&event) {
                    state.error(&line);
                }
            }
            (_, Style::Json) => state.error(&document(&event).to_string()),
        });
    }
}

impl State {
    /// Whoever reads may have left, as `head` does.
    fn out(&mut self, text: &str) {
        let out = &mut self.out;
        let written = match &self.bars {
            Some(bars) => bars.suspend(|| writeln!(out, "{text}").and_then(|()| out.flush())),
            None => writeln!(out, "{text}"),
        };
        if matches!(written, Err(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            self.is_closed = true;
            self.out = Box::new(io::sink());
        }
    }

    /// A stream for messages that does not take any is no reason to fail.
    fn error(&mut self, text: &str) {
        let error = &mut self.error;
        let _ = match &self.bars {
            Some(bars) => bars.suspend(|| writeln!(error, "{text}")),
            None => writeln!(error, "{text}"),
        };
    }

    fn draw(&mut self, event: &Event) {
        match (event, &mut self.bars) {
            (Event::Service { name, state, is_live }, Some(bars)) => bars.set(name, state, *is_live),
            (Event::Line { container, text }, _) => self.error(&format!("\u{1b}[2m{container}:\u{1b}[0m {text}")),
            (Event::Warning(text), _) => self.error(&format!("\u{1b}[33mnote\u{1b}[0m: {text}")),
            _ => self.error(&event.to_string()),
        }
    }
}

fn document(event: &Event) -> Value {
    match event {
        Event::Planned(plan) => json!({
            "event": "planned",
            "update": plan.update.as_ref().map(|update| json!({
                "from": update.from,
                "to": update.to,
                "adopted": update.adopt.is_some(),
            })),
            "services": plan.moves.iter().map(|(name, it)| json!({
                "service": name,
                "from": it.from,
                "to": it.to,
                "count": it.count,
                "why": it.why.to_string(),
            })).collect::<Vec<_>>(),
        }),
        Event::Task { family, task, adopted } => {
            json!({ "event": "task", "family": family, "task": task, "adopted": adopted })
        }
        Event::Line { container, text } => json!({ "event": "line", "container": container, "text": text }),
        Event::Service { name, state, .. } => json!({ "event": "service", "service": name, "state": state }),
        Event::Warning(text) => json!({ "event": "note", "text": text }),
    }
}
