//! Standard input: what is piped in, or what a person types. It is read by a thread of its own, so that Ctrl-C ends the
//! program also while nothing comes.

use std::io::{self, IsTerminal as _, Read};
use std::sync::{Mutex, PoisonError};
use std::thread;

use console::Term;
use tokio::sync::oneshot;

/// Where answers come from.
pub struct Input {
    /// What is piped in, until it was read; a person has none.
    piped: Mutex<Option<Box<dyn Read + Send>>>,
    is_person: bool,
}

/// More than any answer has.
const MOST: u64 = 1 << 20;

impl Input {
    /// Of this process.
    pub fn of_process() -> Self {
        if io::stdin().is_terminal() {
            Self { piped: Mutex::default(), is_person: true }
        } else {
            Self::piped(Box::new(io::stdin()))
        }
    }

    /// Of a stream.
    pub fn piped(stream: Box<dyn Read + Send>) -> Self {
        Self { piped: Mutex::new(Some(stream)), is_person: false }
    }

    /// Whether somebody is there to be asked.
    pub fn is_person(&self) -> bool {
        self.is_person
    }

    /// All that is piped in, or a line that a person types and nobody sees.
    ///
    /// # Errors
    /// If nothing can be read.
    pub async fn secret(&self, question: &str) -> io::Result<Vec<u8>> {
        let piped = self.piped.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stream) = piped {
            return in_thread(move || {
                let mut all = Vec::new();
                stream.take(MOST).read_to_end(&mut all).map(|_| all)
            })
            .await;
        }
        let _terminal = Terminal::now();
        ask(question, Term::read_secure_line).await.map(String::into_bytes)
    }

    /// Whether a person says yes.
    ///
    /// # Errors
    /// If nothing can be read.
    pub async fn confirm(&self, question: &str) -> io::Result<bool> {
        let answer = ask(question, Term::read_line).await?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}

/// Asks on standard error, since standard output is what was asked for.
async fn ask(question: &str, read: fn(&Term) -> io::Result<String>) -> io::Result<String> {
    let question = question.to_owned();
    in_thread(move || {
        let terminal = Term::stderr();
        terminal.write_str(&question)?;
        read(&terminal)
    })
    .await
}

/// A thread that waits for input does not keep the program from its end.
async fn in_thread<T: Send + 'static>(read: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    let (tell, told) = oneshot::channel();
    thread::spawn(move || drop(tell.send(read())));
    told.await.unwrap_or_else(|_| Err(io::Error::other("standard input cannot be read")))
}

/// A terminal as it was before somebody typed what nobody sees: left by Ctrl-C, it would show nothing any more.
struct Terminal {
    #[cfg(unix)]
    was: Option<rustix::termios::Termios>,
}

impl Terminal {
    #[cfg(unix)]
    fn now() -> Self {
        Self { was: rustix::termios::tcgetattr(io::stdin()).ok() }
    }

    #[cfg(not(unix))]
    fn now() -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(was) = &self.was {
            // Nothing is left to be done if the terminal is gone.
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, was);
        }
    }
}
