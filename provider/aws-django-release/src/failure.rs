//! A release, or a part of one, that failed: which step, why, and what is left.

use std::fmt;

use crate::cloud;

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Looking, before anything moves.
    Check,
    /// Running the update.
    Update,
    /// Moving services.
    Rollout,
    /// Making or dropping a database.
    Database,
}

/// What kind of end it came to: for exit codes and remedies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Something else is at work, or would be overwritten.
    Refused,
    /// A task failed, or a service did not become live.
    Failed,
    /// The user has cancelled.
    Cancelled,
    /// The time limit was reached.
    TimeLimit,
    /// AWS refused or did not answer.
    Cloud(cloud::Kind),
}

/// Why it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was being done.
    pub step: Step,
    /// What kind of end it came to.
    pub cause: Cause,
    /// Whether `RunTask` or `UpdateService` was called: from then on what was done must be kept.
    pub begun: bool,
    /// What was wrong, where, what to do; without what looks like a secret.
    pub text: String,
    /// What ECS, the load balancer and the log say, a line each; without what looks like a secret.
    pub details: Vec<String>,
}

impl Failure {
    /// At which step a release stopped, and what was wrong, without the details.
    pub fn summary(&self) -> String {
        format!("the release stopped {}: {}", self.step, self.text)
    }

    pub(crate) fn new(step: Step, cause: Cause, text: impl Into<String>) -> Self {
        Self { step, cause, begun: false, text: text.into(), details: Vec::new() }
    }

    /// Something else is at work, would be overwritten, or is not as it must be; nothing has moved.
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self::new(Step::Check, Cause::Refused, text)
    }

    /// AWS refused or did not answer while the engine looked.
    pub(crate) fn check(error: cloud::Error) -> Self {
        Self::cloud(Step::Check, error)
    }

    pub(crate) fn cloud(step: Step, error: cloud::Error) -> Self {
        Self::new(step, Cause::Cloud(error.kind), error.text)
    }

    pub(crate) fn begun(self) -> Self {
        Self { begun: true, ..self }
    }

    pub(crate) fn cancelled(step: Step, text: impl Into<String>) -> Self {
        Self::new(step, Cause::Cancelled, text)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Check => "before anything moved",
            Self::Update => "while the update ran; no service has moved",
            Self::Rollout => "while services moved",
            Self::Database => "at the database",
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        self.details.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for Failure {}
