//! What a custom resource and a function are made of: two records each, and what is done with them.

use std::collections::BTreeSet;

use crate::component::Result;
use crate::error::Error;
use crate::operation::Operation;
use crate::problem::Problem;
use crate::record::Record;
use crate::value::{PropertyMap, Value};

/// A custom resource of a package: the record that implements it is its state.
///
/// Nothing here is called in a preview but [`check`](Self::check) and [`diff`](Self::diff): the framework shows what is
/// known of the state before, and of the rest that it is not known yet.
///
/// # What a failure leaves
///
/// An operation that fails before it has made anything answers an [`Error`]. One that has made something answers it with
/// the error ([`Unfinished`]), and the engine keeps it. The next deployment compares with that state: it goes on only if
/// [`diff`](Self::diff) sees in the state that something is missing. The default compares arguments with arguments; then
/// a `refresh` in between makes the engine take the resource for finished.
///
/// An implementation writes each operation as an `async fn`, whose future must be `Send`.
pub trait CustomResource: Record {
    /// Type token, such as `pkg:index:Thing`.
    const TOKEN: &'static str;

    /// Its arguments.
    type Args: Record;

    /// How the package is configured; `()` if it is not.
    type Config: Record;

    /// Says what is wrong with arguments that are each right; called when all of them are known.
    fn check(args: &Self::Args) -> Vec<Problem> {
        let _ = args;
        Vec::new()
    }

    /// Says what an update would change. `by_arguments` is what differs between the arguments of last time and these,
    /// which is the default. It is not called while any argument is unknown: what is unknown counts as changed.
    fn diff(state: &Self, args: &Self::Args, by_arguments: Changes) -> Changes {
        let _ = (state, args);
        by_arguments
    }

    /// Makes it.
    ///
    /// # Errors
    /// Why it could not be made, with what was made of it nevertheless.
    fn create(
        operation: &Operation<Self::Config>,
        args: Self::Args,
    ) -> impl Future<Output = Result<Created<Self>, Unfinished<Created<Self>>>> + Send;

    /// Looks what has become of it: `None` if it is gone. By default it is as it was.
    ///
    /// # Errors
    /// Why nothing can be said of it.
    fn read(
        operation: &Operation<Self::Config>,
        id: &str,
        state: Self,
    ) -> impl Future<Output = Result<Option<Self>>> + Send {
        let _ = (operation, id);
        async { Ok(Some(state)) }
    }

    /// Brings it up to date. A resource all of whose arguments replace it is never asked to.
    ///
    /// # Errors
    /// Why it could not be changed, with what was changed of it nevertheless.
    fn update(
        operation: &Operation<Self::Config>,
        id: &str,
        state: Self,
        args: Self::Args,
    ) -> impl Future<Output = Result<Self, Unfinished<Self>>> + Send {
        let _ = (operation, id, state, args);
        let bug = format!("`{}` cannot be updated, and not all its arguments replace it", Self::TOKEN);
        async { Err(Error::Bug(bug).into()) }
    }

    /// Takes it away. What is gone already is no error.
    ///
    /// # Errors
    /// Why it is still there.
    fn delete(operation: &Operation<Self::Config>, id: &str, state: Self) -> impl Future<Output = Result<()>> + Send;
}

/// A function of a package: the record that implements it is its answer.
pub trait Function: Record {
    /// Token, such as `pkg:index:getThing`.
    const TOKEN: &'static str;

    /// Its arguments.
    type Args: Record;

    /// How the package is configured; `()` if it is not.
    type Config: Record;

    /// Answers. It is called in previews, too, and changes nothing.
    ///
    /// # Errors
    /// Why there is no answer.
    fn call(operation: &Operation<Self::Config>, args: Self::Args) -> impl Future<Output = Result<Self>> + Send;
}

/// A custom resource that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created<S> {
    /// Its id, which is not empty.
    pub id: String,
    /// Its state.
    pub state: S,
}

/// Why an operation has not come to its end, and what there is nevertheless.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished<S> {
    /// Why; the user reads each of several as a line of its own.
    pub error: Error,
    /// What there is now; `None` if nothing has been made or changed.
    pub made: Option<S>,
}

impl<S> Unfinished<S> {
    /// The same, with what `of` makes of what there is.
    pub fn map<T>(self, of: impl FnOnce(S) -> T) -> Unfinished<T> {
        Unfinished { error: self.error, made: self.made.map(of) }
    }
}

impl<S> From<Error> for Unfinished<S> {
    fn from(error: Error) -> Self {
        Self { error, made: None }
    }
}

/// What an update would change, by the names of properties in the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// What can be changed as it is.
    pub updates: BTreeSet<String>,
    /// What wants another resource in place of this one.
    pub replaces: BTreeSet<String>,
    /// Whether this one must go before the other one comes.
    pub delete_before_replace: bool,
}

impl Changes {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.updates.is_empty() && self.replaces.is_empty()
    }

    /// What differs between the arguments of last time and these, whether known or not.
    pub(crate) fn between(old: &PropertyMap, new: &PropertyMap, replacing: &[&str]) -> Self {
        // What is nothing is as if it were not there.
        let known =
            |properties: &PropertyMap, key| properties.get(key).map_or(Some(Value::Null), |it| it.flatten().value);
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let mut changes = Self::default();
        for key in keys {
            let after = known(new, key);
            if after.is_none() || after != known(old, key) {
                let is_replacing = replacing.contains(&key.as_str());
                let noted = if is_replacing { &mut changes.replaces } else { &mut changes.updates };
                noted.insert(key.clone());
            }
        }
        changes
    }
}
