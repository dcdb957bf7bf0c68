//! Time, as far as the engine needs it: how long ago, and waiting. No wall clock; what AWS dates is compared with what
//! AWS dates.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

/// A clock that only goes forward.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Time since the clock was made.
    fn now(&self) -> Duration;
    /// Returns that much later.
    async fn sleep(&self, time: Duration);
}

/// The clock of the machine.
pub struct Wall(Instant);

impl Wall {
    /// Begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

#[async_trait]
impl Clock for Wall {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// How long to wait before asking again: a second at first, then longer and longer up to ten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace(Duration);

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(10);

impl Pace {
    pub(crate) fn new() -> Self {
        Self(FIRST)
    }

    /// The next wait.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 3 / 2).min(LONGEST);
        wait
    }

    /// Something has moved: ask soon again.
    pub(crate) fn reset(&mut self) {
        self.0 = FIRST;
    }
}
