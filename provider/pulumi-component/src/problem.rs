//! What is wrong with a component's arguments, and where.

use std::cell::RefCell;
use std::fmt;

use crate::error::{Error, Failure};
use crate::value::{PropertyMap, Value};

/// A problem at a place among a component's arguments, for rules that need more than one of them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// Where, below the struct that has the rule.
    pub place: Vec<Step>,
    /// What is wrong and what to do; it must not repeat the value, which may be secret.
    pub reason: String,
    /// See [`Problem::hidden`].
    pub hidden: bool,
}

impl Problem {
    /// The same problem of a value that nobody may see, although the program does not call it a secret. The engine is
    /// told the place as a part of the text: it prints the value that it finds where a problem points.
    pub fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }
}

/// One step of a property path.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Into the property of that name.
    Key(String),
    /// Into the item at that index.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// A [`Problem`] at this place.
pub fn problem(place: impl IntoIterator<Item = Step>, reason: impl Into<String>) -> Problem {
    Problem { place: place.into_iter().collect(), reason: reason.into(), hidden: false }
}

/// A property path, written as the engine writes it: `workers[0].environment["A.B"]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    pub(crate) fn join(&self, steps: impl IntoIterator<Item = Step>) -> Self {
        Self(self.0.iter().cloned().chain(steps).collect())
    }

    /// Whether one of the two places is the other one, or within it.
    fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one == other)
    }

    /// Whether a secret stands at this place of `inputs`, above it or below it.
    fn is_secret(&self, inputs: &PropertyMap) -> bool {
        fn at(steps: &[Step], value: &Value) -> bool {
            match (steps, value) {
                (steps, Value::Eventual(eventual)) => {
                    eventual.secret || eventual.value.as_ref().is_some_and(|value| at(steps, value))
                }
                ([], value) => value.has_secret(),
                ([Step::Key(key), rest @ ..], Value::Object(map)) => map.get(key).is_some_and(|value| at(rest, value)),
                ([Step::Index(index), rest @ ..], Value::Array(items)) => {
                    items.get(*index).is_some_and(|item| at(rest, item))
                }
                _ => false,
            }
        }
        match self.0.as_slice() {
            [Step::Key(key), rest @ ..] => inputs.get(key).is_some_and(|value| at(rest, value)),
            _ => inputs.values().any(Value::has_secret),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_word = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if !is_word(key) => write!(f, "[{key:?}]")?,
                Step::Key(key) if position == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

/// All problems that were found with one component's arguments.
pub(crate) struct Problems {
    package: String,
    found: RefCell<Vec<Found>>,
}

struct Found {
    path: Path,
    reason: String,
    /// Whether the value there must not be shown, whatever is said of it.
    hidden: bool,
}

impl Problems {
    /// `package` is the plugin's name and version, for messages.
    pub(crate) fn new(package: String) -> Self {
        Self { package, found: RefCell::default() }
    }

    /// The plugin's name and version.
    pub(crate) fn package(&self) -> &str {
        &self.package
    }

    /// The error that tells them, if there are any. Problems of secret values point nowhere, since the engine prints
    /// the value that it finds where they do, with all that is in it.
    pub(crate) fn into_result(self, inputs: &PropertyMap) -> Result<(), Error> {
        let found = self.found.into_inner();
        let is_hidden = |path: &Path| found.iter().any(|other| other.hidden && other.path.overlaps(path));
        let (mut shown, mut hidden) = (Vec::new(), Vec::new());
        for Found { path, reason, .. } in &found {
            let nowhere = *path == Path::default();
            let failures = if nowhere || is_hidden(path) || path.is_secret(inputs) { &mut hidden } else { &mut shown };
            failures.push(Failure { path: path.to_string(), reason: reason.clone() });
        }
        if found.is_empty() { Ok(()) } else { Err(Error::Arguments { shown, hidden }) }
    }

    /// Notes a problem of the component itself, which has no place among its arguments.
    pub(crate) fn of_component(&self, reason: String) {
        self.add(&Path::default(), problem([], reason));
    }

    /// Notes a problem, whose place is below `at`.
    pub(crate) fn add(&self, at: &Path, problem: Problem) {
        let Problem { place, reason, hidden } = problem;
        self.found.borrow_mut().push(Found { path: at.join(place), reason, hidden });
    }
}
