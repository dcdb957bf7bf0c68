//! What a command ends with, other than well.

use aws_django_release::cloud::Kind;
use aws_django_release::{Cause, Failure};

use crate::arguments::Global;

/// A code that a program ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub u8);

impl Code {
    /// All is done.
    pub const DONE: Self = Self(0);
    /// It was tried and failed.
    pub const FAILED: Self = Self(1);
    /// The command line is wrong.
    pub const USAGE: Self = Self(2);
    /// Nothing was tried.
    pub const REFUSED: Self = Self(3);
    /// The credentials do not do.
    pub const DENIED: Self = Self(4);
    /// A command has no code of its own.
    pub const NO_CODE: Self = Self(125);
    /// The user has interrupted it.
    pub const INTERRUPTED: Self = Self(130);

    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::DONE => "done",
            Self::USAGE => "usage",
            Self::REFUSED => "refused",
            Self::DENIED => "denied",
            Self::INTERRUPTED => "interrupted",
            _ => "failed",
        }
    }
}

/// Why a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What the program ends with.
    pub code: Code,
    /// What was wrong, where, what to do.
    pub text: String,
    /// More, a line each.
    pub details: Vec<String>,
}

impl Stop {
    /// It was tried and failed.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::with(Code::FAILED, text)
    }

    /// The command line is wrong.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::with(Code::USAGE, text)
    }

    /// Nothing was tried.
    pub fn refused(text: impl Into<String>) -> Self {
        Self::with(Code::REFUSED, text)
    }

    /// The user has interrupted it.
    pub fn interrupted(text: impl Into<String>) -> Self {
        Self::with(Code::INTERRUPTED, text)
    }

    /// A failure of a release: it says at which step.
    pub fn release(failure: Failure) -> Self {
        Self { code: code(&failure.cause), text: failure.summary(), details: failure.details }
    }

    /// Says whose credentials they were, if they do not do.
    pub fn of_credentials(mut self, global: &Global) -> Self {
        if self.code == Code::DENIED {
            let of = |what: &str, name: &String| format!("the credentials are those of the {what} `{name}`");
            self.details.extend(global.profile.iter().map(|name| of("profile", name)));
            self.details.extend(global.assume_role.iter().map(|name| of("role", name)));
        }
        self
    }

    /// The same of a command whose other codes are those of what it runs.
    pub fn without_code(self) -> Self {
        let is_own = [Code::USAGE, Code::INTERRUPTED].contains(&self.code);
        if is_own { self } else { Self { code: Code::NO_CODE, ..self } }
    }

    fn with(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), details: Vec::new() }
    }
}

impl From<Failure> for Stop {
    /// A failure of anything but a release.
    fn from(failure: Failure) -> Self {
        Self { code: code(&failure.cause), text: failure.text, details: failure.details }
    }
}

fn code(cause: &Cause) -> Code {
    match cause {
        Cause::Refused | Cause::Cloud(Kind::NotFound) => Code::REFUSED,
        Cause::Cancelled => Code::INTERRUPTED,
        Cause::Cloud(Kind::Denied(_) | Kind::Expired | Kind::NoCredentials) => Code::DENIED,
        Cause::Failed | Cause::TimeLimit | Cause::Cloud(_) => Code::FAILED,
    }
}
