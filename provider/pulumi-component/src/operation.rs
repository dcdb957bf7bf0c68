//! What an operation on a custom resource, or a call of a function, sees of the deployment that asks for it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::value::type_and_name;

/// How a line is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// It stays, below the resource's name.
    Info,
    /// It stays, as a warning.
    Warning,
    /// It stays, as an error.
    Error,
    /// It stands beside the resource until the next one, and stays nowhere.
    Status,
}

/// Where the lines go that an operation shows: the border to the engine, as the monitor is for
/// components.
#[async_trait]
pub(crate) trait Display: Send + Sync {
    /// Shows a line for the resource of that URN; an empty one is the stack. A line that does not arrive is lost.
    async fn show(&self, severity: Severity, urn: &str, line: String);
}

/// What an operation sees of the deployment: the configuration of the package, which resource it is about, and ways to
/// tell the user how far it is.
pub struct Operation<C = ()> {
    config: Arc<C>,
    session: Session,
}

/// An operation, as far as it knows nothing of the configuration.
#[derive(Clone)]
pub(crate) struct Session {
    /// Empty for a function.
    pub(crate) urn: String,
    pub(crate) timeout: Option<Duration>,
    pub(crate) cancelled: CancellationToken,
    pub(crate) display: Arc<dyn Display>,
}

impl<C> Operation<C> {
    pub(crate) fn new(config: Arc<C>, session: Session) -> Self {
        Self { config, session }
    }

    /// The configuration of the package.
    pub fn config(&self) -> &C {
        &self.config
    }

    /// URN of the resource; empty for a function.
    pub fn urn(&self) -> &str {
        &self.session.urn
    }

    /// Logical name of the resource; empty for a function.
    pub fn name(&self) -> &str {
        type_and_name(&self.session.urn).1
    }

    /// How long the user gives the operation, if anything is said of it. It is for the operation to heed.
    pub fn timeout(&self) -> Option<Duration> {
        self.session.timeout
    }

    /// Ends when the deployment is interrupted. The operation then ends soon, and says what it has made: after half a
    /// minute nobody listens any more.
    pub fn cancelled(&self) -> CancellationToken {
        self.session.cancelled.clone()
    }

    /// Shows lines of the resource.
    pub fn log(&self) -> Log {
        Log { urn: self.session.urn.clone(), display: self.session.display.clone() }
    }
}

/// Shows lines of one resource, in the order in which they are given.
#[derive(Clone)]
pub struct Log {
    urn: String,
    display: Arc<dyn Display>,
}

impl Log {
    /// Shows a line that stays.
    pub async fn info(&self, line: impl Into<String>) {
        self.show(Severity::Info, line).await;
    }

    /// Shows a warning, which stays.
    pub async fn warning(&self, line: impl Into<String>) {
        self.show(Severity::Warning, line).await;
    }

    /// Shows an error, which stays. It does not end the operation.
    pub async fn error(&self, line: impl Into<String>) {
        self.show(Severity::Error, line).await;
    }

    /// Shows a line beside the resource until the next one.
    pub async fn status(&self, line: impl Into<String>) {
        self.show(Severity::Status, line).await;
    }

    async fn show(&self, severity: Severity, line: impl Into<String>) {
        self.display.show(severity, &self.urn, line.into()).await;
    }
}
