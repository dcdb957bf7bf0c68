//! Ctrl-C: noted here, and acted upon by whatever waits, so that nothing that this run started outlives it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use anyhow::Context as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static ASKED_TO_END: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// What a command fails with when the user has ended it.
#[derive(Debug)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// From here on a signal that asks this process to end is noted instead of ending it at once.
///
/// # Errors
/// If the system refuses the handlers.
pub fn listen() -> anyhow::Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&ASKED_TO_END)).context("cannot listen for signals")?;
    }
    Ok(())
}

/// Notes that the user has asked for an end where no signal told us: a program that draws reads Ctrl-C as a key.
pub fn note() {
    ASKED_TO_END.store(true, Ordering::Relaxed);
}

/// Whether the user has asked this process to end.
pub fn happened() -> bool {
    ASKED_TO_END.load(Ordering::Relaxed)
}

/// Keeps a test that calls other programs apart from one that is interrupted: an interrupt is for the whole process.
#[cfg(test)]
pub struct Alone {
    _others_wait: std::sync::MutexGuard<'static, ()>,
}

#[cfg(test)]
impl Alone {
    pub fn wait() -> Self {
        static ONE_TEST: std::sync::Mutex<()> = std::sync::Mutex::new(());
        Self { _others_wait: ONE_TEST.lock().unwrap_or_else(std::sync::PoisonError::into_inner) }
    }
}

#[cfg(test)]
impl Drop for Alone {
    fn drop(&mut self) {
        ASKED_TO_END.store(false, Ordering::Relaxed);
    }
}
