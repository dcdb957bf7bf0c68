//! Workflow commands of GitHub Actions: a group around a task's lines, and annotations.
//!
//! GitHub takes commands from any line that begins with `::`, so that a task could set variables or hide text by what it
//! writes. Its lines stand between a pair of commands that turn that off, with a word that it cannot know.

use aws_django_release::Event;
use uuid::Uuid;

/// The group that is open.
#[derive(Default)]
pub(super) struct Group {
    /// What turns commands on again.
    word: Option<String>,
}

impl Group {
    /// The lines of an event.
    pub(super) fn lines(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::Task { .. } => {
                let word = Uuid::new_v4().simple().to_string();
                let begin =
                    vec![format!("::group::{}", escape(&event.to_string())), format!("::stop-commands::{word}")];
                let end = self.end();
                self.word = Some(word);
                end.into_iter().chain(begin).collect()
            }
            Event::Line { .. } => vec![event.to_string()],
            Event::Warning(text) => self.outside(format!("::warning::{}", escape(text))),
            Event::Planned(_) | Event::Service { .. } => self.end().into_iter().chain([event.to_string()]).collect(),
        }
    }

    /// Ends the group, if one is open.
    pub(super) fn end(&mut self) -> Option<String> {
        self.word.take().map(|word| format!("::{word}::\n::endgroup::"))
    }

    /// A command inside a group.
    fn outside(&self, command: String) -> Vec<String> {
        match &self.word {
            Some(word) => vec![format!("::{word}::"), command, format!("::stop-commands::{word}")],
            None => vec![command],
        }
    }
}

/// An annotation with all that is known; GitHub shows it with the run.
pub(super) fn error(command: &str, text: &str, details: &[String]) -> String {
    let all: Vec<_> = std::iter::once(text.to_owned()).chain(details.iter().map(|line| format!("  {line}"))).collect();
    format!("::error title=aws-django {command}::{}", escape(&all.join("\n")))
}

fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
