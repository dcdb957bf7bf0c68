//! Errors, by whose fault they are.
//!
//! A text says what was wrong, where, and what to do; it is lower case, without a full stop, values in backticks.

use std::any::Any;
use std::fmt;

use tokio::task::JoinError;

/// A problem with one argument, for the user to mend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Failure {
    /// Where: a property path such as `workers[0].name`. Empty for the arguments as a whole.
    pub path: String,
    /// What is wrong and what to do. It must read well after a colon and must not repeat the path or the value,
    /// which the engine prints beside it.
    pub reason: String,
}

/// Why a request ends without a result.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The user's arguments are wrong: everything that was found, at once.
    Arguments {
        /// Problems whose place can be shown together with the value there.
        shown: Vec<Failure>,
        /// Problems of values that are secret: the engine must not learn their path, since it would print the value.
        hidden: Vec<Failure>,
    },
    /// A resource or a function failed, or did not answer what it must; the engine has told the user why, or the text
    /// does.
    Failed(String),
    /// The engine went away, or the request was cancelled.
    Cancelled(String),
    /// A mistake of the package itself.
    Bug(String),
    /// Several of these.
    Many(Vec<Error>),
}

impl Error {
    /// Something failed that is neither the user's fault nor the package's.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }

    /// A failure of an argument that can be judged only later, for [`Output::try_map`](crate::Output::try_map). `path`
    /// is its place; the value is not shown.
    pub fn argument(path: &str, reason: impl Into<String>) -> Self {
        let failure = Failure { path: path.to_owned(), reason: reason.into() };
        Self::Arguments { shown: Vec::new(), hidden: vec![failure] }
    }

    /// One error out of all that was found, without repetitions.
    pub fn join(errors: Vec<Error>) -> Self {
        let mut distinct: Vec<Error> = Vec::new();
        for error in errors {
            if !distinct.contains(&error) {
                distinct.push(error);
            }
        }
        match distinct.len() {
            1 => distinct.remove(0),
            _ => Self::Many(distinct),
        }
    }

    /// Why the task of `what` has ended before its time.
    pub(crate) fn ended(what: &str, ended: JoinError) -> Self {
        match ended.try_into_panic() {
            Ok(panic) => Self::broken_off(what, panic),
            Err(_) => Self::Bug(format!("{what} was stopped")),
        }
    }

    /// The bug that a panic has shown while `what` ran.
    pub(crate) fn broken_off(what: &str, panic: Box<dyn Any + Send>) -> Self {
        let said = match panic.downcast::<String>() {
            Ok(said) => *said,
            Err(panic) => panic.downcast_ref::<&str>().copied().unwrap_or("it does not say why").to_owned(),
        };
        Self::Bug(format!("{what} broke off: {said}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arguments { shown, hidden } => {
                let all: Vec<_> = shown.iter().chain(hidden).map(Failure::to_string).collect();
                f.write_str(&all.join("\n"))
            }
            Self::Failed(text) | Self::Cancelled(text) => f.write_str(text),
            Self::Bug(text) => write!(f, "{text}; this is a bug in the package, please report it"),
            Self::Many(errors) => {
                let all: Vec<_> = errors.iter().map(Self::to_string).collect();
                f.write_str(&all.join("\n"))
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.reason),
            path => write!(f, "`{path}` {}", self.reason),
        }
    }
}

impl std::error::Error for Error {}
