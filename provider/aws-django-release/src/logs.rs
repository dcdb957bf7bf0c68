//! The lines of a task, as they come: late, in pages, as many as a program cares to write. Memory holds one page and the
//! last [`KEPT`] lines.
//!
//! A log that cannot be read fails nothing: it is told once.

use std::collections::VecDeque;
use std::time::Duration;

use crate::cloud::{Kind, Page, Position};
use crate::plan::Container;
use crate::{Engine, Event, redact};

/// How many lines are kept for a failure.
pub(crate) const KEPT: usize = 50;
/// How long a kept line may be, in characters: CloudWatch takes a megabyte.
const LONGEST: usize = 2_000;
/// How many pages are read between two looks at the task: with 10,000 lines a page and at most ten seconds between looks
/// this keeps up with 10,000 lines a second.
const PAGES: usize = 10;

/// The log of a task.
pub(crate) struct Log {
    streams: Vec<Stream>,
    last: VecDeque<String>,
    /// Whether lines are told as they are, and all of them.
    raw: bool,
    /// Whether there is more than was read.
    behind: bool,
    warned: bool,
}

struct Stream {
    container: String,
    group: String,
    name: String,
    at: Position,
}

impl Log {
    /// The log of a task of these containers.
    pub(crate) fn new(containers: &[Container], task_id: &str, raw: bool) -> Self {
        let streams = containers.iter().map(|Container { name, log_group }| Stream {
            container: name.clone(),
            group: log_group.clone(),
            name: format!("{name}/{name}/{task_id}"),
            at: Position::Head,
        });
        Self { streams: streams.collect(), last: VecDeque::new(), raw, behind: false, warned: false }
    }

    /// Tells what is new, and whether there was anything.
    pub(crate) async fn follow(&mut self, engine: &Engine) -> bool {
        let mut any = false;
        self.behind = false;
        for index in 0..self.streams.len() {
            for page in 0..=PAGES {
                self.behind |= page == PAGES;
                let Some(stream) = self.streams.get(index).filter(|_| page < PAGES) else { break };
                let Some(page) = read(engine, stream, &stream.at, &mut self.warned).await else { break };
                let Some(stream) = self.streams.get_mut(index) else { break };
                let next = page.next.map(Position::After).filter(|next| *next != stream.at);
                let at_end = next.is_none() || page.messages.is_empty();
                stream.at = next.unwrap_or_else(|| stream.at.clone());
                any |= !page.messages.is_empty();
                for message in &page.messages {
                    let container = || stream.container.clone();
                    if self.raw {
                        raw_lines(message)
                            .for_each(|text| engine.progress.tell(Event::Line { container: container(), text }));
                    }
                    for text in lines(message) {
                        keep(&mut self.last, &text);
                        if !self.raw {
                            engine.progress.tell(Event::Line { container: container(), text });
                        }
                    }
                }
                if at_end {
                    break;
                }
            }
        }
        any
    }

    /// Tells the last lines of a task that is over: they come a little late.
    pub(crate) async fn drain(&mut self, engine: &Engine) {
        let mut quiet = 0;
        while self.raw && self.follow(engine).await && self.behind && !engine.cancelled.is_cancelled() {}
        for _ in 0..10 {
            quiet = if self.follow(engine).await { 0 } else { quiet + 1 };
            if quiet == 3 || engine.pause(Duration::from_secs(1)).await.is_err() {
                break;
            }
        }
        if self.behind {
            engine.warn("the log is too long to be shown whole: here are its last lines");
            self.last = tail(engine, &self.streams).await.into();
        }
    }

    /// The last lines, oldest first, without what looks like a secret.
    pub(crate) fn into_last(self) -> Vec<String> {
        self.last.into()
    }
}

/// The last lines that a task has written.
pub(crate) async fn last(engine: &Engine, containers: &[Container], task_id: &str) -> Vec<String> {
    tail(engine, &Log::new(containers, task_id, false).streams).await
}

async fn tail(engine: &Engine, streams: &[Stream]) -> Vec<String> {
    let (mut kept, mut warned) = (VecDeque::new(), false);
    let position = Position::Tail(u16::try_from(KEPT).unwrap_or(u16::MAX));
    for stream in streams {
        let page = read(engine, stream, &position, &mut warned).await.unwrap_or_default();
        page.messages.iter().flat_map(|message| lines(message)).for_each(|text| keep(&mut kept, &text));
    }
    kept.into()
}

/// A page, if the stream is there and can be read.
async fn read(engine: &Engine, stream: &Stream, at: &Position, warned: &mut bool) -> Option<Page> {
    match engine.cloud.get_log_events(&stream.group, &stream.name, at).await {
        Ok(page) => Some(page),
        Err(error) => {
            // A stream is made with its first line.
            let is_news = !matches!(error.kind, Kind::NotFound | Kind::Throttled | Kind::Unreachable);
            if is_news && !std::mem::replace(warned, true) {
                engine.warn(format!("the log cannot be read: {error}"));
            }
            None
        }
    }
}

fn keep(last: &mut VecDeque<String>, text: &str) {
    if last.len() == KEPT {
        last.pop_front();
    }
    last.push_back(text.chars().take(LONGEST).collect());
}

/// The lines of a message as they are.
fn raw_lines(message: &str) -> impl Iterator<Item = String> + '_ {
    message.trim_end_matches(['\n', '\r']).split('\n').map(|line| line.trim_end_matches('\r').to_owned())
}

/// The lines of a message: it may hold several, ends of line of all kinds, and signs that move a terminal's cursor.
fn lines(message: &str) -> impl Iterator<Item = String> + '_ {
    let parts = message.split(['\n', '\r']).filter(|line| !line.trim().is_empty());
    parts.map(|line| {
        let shown: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        redact(shown.trim_end())
    })
}
