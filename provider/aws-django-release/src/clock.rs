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
pub struct Wall {
    begun: Instant,
    pace: u32,
}

/// How many times faster the clock goes than the machine's. It counts only where `AWS_ENDPOINT_URL` says that AWS is
/// emulated: there nothing takes its time, and nobody learns anything by waiting.
const PACE: &str = "AWS_DJANGO_CLOCK_PACE";

impl Wall {
    /// Begins now.
    pub fn start() -> Self {
        let said = std::env::var_os("AWS_ENDPOINT_URL").and_then(|_| std::env::var(PACE).ok());
        let pace = said.and_then(|pace| pace.parse().ok()).filter(|pace| *pace > 0).unwrap_or(1);
        Self { begun: Instant::now(), pace }
    }
}

#[async_trait]
impl Clock for Wall {
    fn now(&self) -> Duration {
        self.begun.elapsed() * self.pace
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time / self.pace).await;
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
