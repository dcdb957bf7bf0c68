//! One command at a time: they all make and use the same things under `target`, and would take them from each other.

use std::fs::{self, File, TryLockError};
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use crate::interrupt::{self, Interrupted};
use crate::workspace::Workspace;

const POLL: Duration = Duration::from_millis(100);

/// The right to make and use what stands under `target`. It goes with the process that holds it, however that ends.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until no other command runs, and says for which one.
    ///
    /// A command that another one starts works under the lock of that one, and must not ask for it.
    pub fn take(workspace: &Workspace, command: &str) -> anyhow::Result<Self> {
        let path = workspace.target("xtask.lock");
        let mut told = String::new();
        loop {
            let holder = match Self::try_take(&path, command)? {
                Ok(lock) => return Ok(lock),
                Err(holder) => holder,
            };
            if interrupt::happened() {
                return Err(Interrupted.into());
            }
            if holder != told {
                println!("waiting for {holder} to end ...");
                told = holder;
            }
            thread::sleep(POLL);
        }
    }

    /// The lock, or who holds it.
    fn try_take(path: &Path, command: &str) -> anyhow::Result<Result<Self, String>> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // What its holder wrote stays readable while it is held.
        let mut file = File::options().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(fs::read_to_string(path)?)),
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock `target`"),
        }
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "`cargo xtask {command}` (process {})", process::id())?;
        Ok(Ok(Self { _file: file }))
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[test]
    fn a_second_command_learns_for_whom_it_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("target/lock");
        let first = Lock::try_take(&path, "demo --destroy").unwrap();
        assert!(first.is_ok());
        let holder = Lock::try_take(&path, "test").unwrap().err();
        assert!(holder.is_some_and(|holder| holder.starts_with("`cargo xtask demo --destroy` (process ")));

        drop(first);
        assert!(Lock::try_take(&path, "test").unwrap().is_ok());
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("`cargo xtask test` (process "));
    }
}
