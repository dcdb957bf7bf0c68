//! The process of a plugin among others: how it is started, and when it has to end.

use std::io;
use std::time::Duration;

use crate::client::{Engine, Health};

/// The engine's address among the arguments: the only one that is no flag.
pub(super) fn engine_address(args: impl IntoIterator<Item = String>) -> Result<Option<String>, String> {
    let mut args = args.into_iter();
    let mut address = None;
    while let Some(arg) = args.next() {
        if arg.starts_with('-') {
            // The only flag of the engine whose value is an argument of its own.
            if arg.trim_start_matches('-') == "tracing" {
                args.next();
            }
        } else if let Some(first) = address.replace(arg) {
            return Err(format!("expected one address of an engine, not `{first}` and more"));
        }
    }
    Ok(address)
}

/// A future that ends when somebody tells the process to stop, from this call on.
#[cfg(unix)]
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// A future that ends when somebody tells the process to stop, from this call on.
#[cfg(windows)]
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_break()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

#[cfg(unix)]
pub(super) fn parent_id() -> u32 {
    std::os::unix::process::parent_id()
}

/// There is no such thing as a new parent on this system.
#[cfg(windows)]
pub(super) fn parent_id() -> u32 {
    0
}

/// Ends when the engine that started this process is no more, so that the process does not stay behind. Without a
/// `parent`, in attach mode, it never ends.
pub(super) async fn orphaned(engine: &Engine, parent: Option<u32>) {
    let Some(parent) = parent else { return std::future::pending().await };
    let adopted = async {
        while parent_id() == parent {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let gone = async {
        // Only an engine that was there can go: a plugin that is asked for its schema alone may have no engine at all.
        let (mut seen, mut refusals) = (false, 0);
        while !(seen && refusals >= 2) {
            tokio::time::sleep(Duration::from_secs(2)).await;
            match engine.health().await {
                Some(Health::Answers) => (seen, refusals) = (true, 0),
                Some(Health::Gone) => refusals += 1,
                Some(Health::Silent) | None => refusals = 0,
            }
        }
    };
    tokio::select! {
        () = adopted => {}
        () = gone => {}
    }
}
