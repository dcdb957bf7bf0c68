//! Ctrl-C, and being told to end. The first one asks what runs to stop, and to say what is left; the second one leaves.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

use crate::show::Show;
use crate::stop::{Code, Stop};

/// Ctrl-C.
#[derive(Clone)]
pub struct Interrupts {
    cancelled: CancellationToken,
    is_of_child: Arc<AtomicBool>,
}

impl Interrupts {
    /// Cancels the token.
    pub fn new(cancelled: CancellationToken) -> Self {
        Self { cancelled, is_of_child: Arc::default() }
    }

    /// Begins to listen, until the program ends.
    pub fn listen(&self, show: &Arc<Show>) {
        let (interrupts, show) = (self.clone(), show.clone());
        tokio::spawn(async move {
            loop {
                wait().await;
                if interrupts.is_of_child.load(Ordering::Relaxed) {
                    continue;
                }
                if interrupts.cancelled.is_cancelled() {
                    show.finish();
                    show.note("left at once: what was begun goes on at AWS");
                    process::exit(i32::from(Code::INTERRUPTED.0));
                }
                interrupts.cancelled.cancel();
                show.note("stopping; Ctrl-C once more leaves at once");
            }
        });
    }

    /// From now on a program that was started has the terminal, and Ctrl-C is its own.
    pub fn leave_to_child(&self) {
        self.is_of_child.store(true, Ordering::Relaxed);
    }

    /// What comes first: the end of something that moves nothing, or an interruption.
    ///
    /// # Errors
    /// If it was interrupted, or if it failed.
    pub async fn or<T, E: Into<Stop>>(&self, future: impl Future<Output = Result<T, E>>) -> Result<T, Stop> {
        tokio::select! {
            biased;
            result = future => result.map_err(Into::into),
            () = self.cancelled.cancelled() => Err(Stop::interrupted("interrupted: nothing has moved")),
        }
    }
}

#[cfg(unix)]
async fn wait() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return wait_for_ctrl_c().await };
    tokio::select! {
        () = wait_for_ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn wait() {
    wait_for_ctrl_c().await;
}

async fn wait_for_ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // There are no signals here: nothing ever interrupts.
        std::future::pending::<()>().await;
    }
}
