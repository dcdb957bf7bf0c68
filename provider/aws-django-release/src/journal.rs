//! What all tasks of processes have written since a moment, in the order of time, and on as it comes.
//!
//! Memory holds a page of each log group, and the ids of the last seconds: what is written is known to CloudWatch a
//! little later, so that the last seconds are read again, and told once.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::cloud::{Entry, Kind, Millis};
use crate::{Engine, Failure};

/// What to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// Log groups by process.
    pub groups: BTreeMap<String, String>,
    /// Since when.
    pub since: Millis,
    /// Whether to go on until somebody cancels.
    pub follow: bool,
}

/// How late CloudWatch may know what was written, in milliseconds: most of it is there after two or three seconds.
const LATE: Millis = 10_000;
/// How long to wait before asking for more.
const WAIT: Duration = Duration::from_secs(2);

struct Source<'a> {
    process: &'a str,
    group: &'a str,
    since: Millis,
    token: Option<String>,
    at_end: bool,
    page: VecDeque<Entry>,
    /// What was told of the last seconds: when it was written, by its id.
    told: BTreeMap<String, Millis>,
    newest: Millis,
}

impl Engine {
    /// Shows what was written, with the process that has written it. Ends at the end, or when it is cancelled.
    ///
    /// # Errors
    /// If there is no such log group, or if AWS refuses or does not answer.
    pub async fn read_journal<'a>(
        &self,
        journal: &'a Journal,
        show: &mut (dyn FnMut(&str, &Entry) + Send),
    ) -> Result<(), Failure> {
        let source = |(process, group): (&'a String, &'a String)| Source::new(process, group, journal.since);
        let mut sources: Vec<_> = journal.groups.iter().map(source).collect();
        loop {
            while !self.cancelled.is_cancelled() {
                for source in &mut sources {
                    source.fill(self).await?;
                }
                let oldest = sources.iter_mut().filter(|it| !it.page.is_empty());
                let Some(source) = oldest.min_by_key(|it| it.page.front().map(|entry| entry.at)) else { break };
                source.tell(journal.follow, show);
            }
            if !journal.follow || self.pause(WAIT).await.is_err() {
                return Ok(());
            }
            sources.iter_mut().for_each(Source::again);
        }
    }
}

impl<'a> Source<'a> {
    fn new(process: &'a str, group: &'a str, since: Millis) -> Self {
        let (page, told) = (VecDeque::new(), BTreeMap::new());
        Self { process, group, since, token: None, at_end: false, page, told, newest: since }
    }

    /// Reads the next page that is not empty, if the last one is used up.
    async fn fill(&mut self, engine: &Engine) -> Result<(), Failure> {
        while self.page.is_empty() && !self.at_end && !engine.cancelled.is_cancelled() {
            let call = || engine.cloud.filter_log_events(self.group, self.since, self.token.as_deref());
            let written = engine.insist(call).await.map_err(|error| self.failed(error))?;
            self.page.extend(written.entries.into_iter().filter(|entry| !self.told.contains_key(&entry.id)));
            self.at_end = written.next.is_none() || written.next == self.token;
            self.token = written.next;
        }
        Ok(())
    }

    fn tell(&mut self, follow: bool, show: &mut (dyn FnMut(&str, &Entry) + Send)) {
        let Some(entry) = self.page.pop_front() else { return };
        show(self.process, &entry);
        self.newest = self.newest.max(entry.at);
        if follow {
            self.told.insert(entry.id, entry.at);
            // Only now and then: each look costs as much as there are.
            if self.page.is_empty() {
                let late = self.newest - LATE;
                self.told.retain(|_, at| *at >= late);
            }
        }
    }

    /// From the last seconds on.
    fn again(&mut self) {
        self.since = self.since.max(self.newest - LATE);
        (self.token, self.at_end) = (None, false);
    }

    fn failed(&self, error: crate::cloud::Error) -> Failure {
        let mut failure = Failure::check(error);
        if failure.cause == crate::Cause::Cloud(Kind::NotFound) {
            failure.text = format!("there is no log group `{}`: look at the process's name", self.group);
        }
        failure
    }
}
