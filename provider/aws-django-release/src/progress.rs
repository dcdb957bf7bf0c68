//! What is told while the engine works. Each door shows it in its own way: Pulumi as messages of a resource, the CLI as
//! a display or as lines.

use std::fmt;

use crate::plan::Plan;

/// Who is told.
pub trait Progress: Send + Sync {
    /// Something happened. It must return at once.
    fn tell(&self, event: Event);
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// What is going to be done.
    Planned(Plan),
    /// A one-off task was started, or is taken over.
    Task {
        /// Its family.
        family: String,
        /// Its ARN.
        task: String,
        /// Whether it ran already.
        adopted: bool,
    },
    /// A line of a one-off task, with what looks like a secret taken out. It may be shown and forgotten.
    Line {
        /// The container that wrote it.
        container: String,
        /// Without its end of line.
        text: String,
    },
    /// How far a service is; told when it changes.
    Service {
        /// Its name.
        name: String,
        /// A few words.
        state: String,
        /// Whether it is live: nothing more is told of it.
        is_live: bool,
    },
    /// Something that the user should know and that stops nothing.
    Warning(String),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned(plan) => plan.fmt(f),
            Self::Task { family, task, adopted: false } => write!(f, "started `{family}` as task `{task}`"),
            Self::Task { family, task, adopted: true } => {
                write!(f, "`{family}` already runs as task `{task}`: waiting")
            }
            Self::Line { container, text } => write!(f, "{container}: {text}"),
            Self::Service { name, state, .. } => write!(f, "`{name}`: {state}"),
            Self::Warning(text) => f.write_str(text),
        }
    }
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn tell(&self, _: Event) {}
}
