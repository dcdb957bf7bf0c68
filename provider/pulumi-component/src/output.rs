//! Typed values that may come later.
//!
//! An [`Output`] is a typed shell over one shared future of a [`Value`]. What is known about the value (secret or
//! not, the resources it depends on) travels with it; nothing here tells whether it is known yet, so that no
//! component can behave differently in a preview.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};

use crate::error::Error;
use crate::schema::camel;
use crate::types::{FromValue, IntoValue};
use crate::value::{Eventual, PropertyMap, Value, to_json};

/// A value of type `T` that may come later, be secret, or depend on resources.
pub struct Output<T> {
    pub(crate) later: Later,
    kind: PhantomData<fn() -> T>,
}

/// An argument that may be given as an output of something else. The same thing as an [`Output`]: one that
/// somebody else computes.
pub type Input<T> = Output<T>;

/// The untyped core of an output.
#[doc(hidden)]
#[derive(Clone)]
pub struct Later(Stage);

#[derive(Clone)]
enum Stage {
    Ready(Arc<Value>),
    Failed(Arc<Error>),
    Pending(Shared<BoxFuture<'static, Outcome>>),
}

/// What an output comes to: a value, or the reason why there is none.
pub(crate) type Outcome = Result<Arc<Value>, Arc<Error>>;

impl Later {
    /// One that is there.
    pub fn ready(value: Value) -> Self {
        Self(Stage::Ready(Arc::new(value)))
    }

    pub(crate) fn pending(future: impl Future<Output = Outcome> + Send + 'static) -> Self {
        Self(Stage::Pending(future.boxed().shared()))
    }

    pub(crate) async fn resolve(self) -> Outcome {
        match self.0 {
            Stage::Ready(value) => Ok(value),
            Stage::Failed(error) => Err(error),
            Stage::Pending(future) => future.await,
        }
    }

    /// This, changed by `change` once it is there. A panic in `change` is caught here: it would leave a shared future
    /// that wakes nobody who waits for it.
    #[track_caller]
    pub(crate) fn then(&self, change: impl FnOnce(&Value) -> Result<Value, Error> + Send + 'static) -> Self {
        let place = Location::caller();
        let change = move |value: &Value| {
            // What a panic may leave half done is dropped with the closure.
            catch_unwind(AssertUnwindSafe(|| change(value)))
                .unwrap_or_else(|panic| Err(Error::broken_off(&format!("the closure at `{place}`"), panic)))
        };
        match &self.0 {
            Stage::Ready(value) => match change(value) {
                Ok(value) => Self::ready(value),
                Err(error) => Self(Stage::Failed(Arc::new(error))),
            },
            Stage::Failed(error) => Self(Stage::Failed(error.clone())),
            Stage::Pending(future) => {
                let future = future.clone();
                Self::pending(async move { Ok(Arc::new(change(&*future.await?)?)) })
            }
        }
    }

    /// A list of all these.
    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::join(items, Value::Array)
    }

    /// An object of all these; what turns out to be null is left out.
    pub fn object(properties: BTreeMap<String, Self>) -> Self {
        let (keys, items): (Vec<_>, Vec<_>) = properties.into_iter().unzip();
        Self::join(items, |values| {
            Value::Object(keys.into_iter().zip(values).filter(|(_, value)| !value.is_null()).collect())
        })
    }

    /// All these as properties, once they are there; what turns out to be null is left out.
    pub(crate) async fn properties(properties: BTreeMap<String, Self>) -> Result<PropertyMap, Arc<Error>> {
        match Arc::unwrap_or_clone(Self::object(properties).resolve().await?) {
            Value::Object(properties) => Ok(properties),
            _ => Err(Error::Bug("properties are no object".to_owned()).into()),
        }
    }

    /// The same value, to be shown to nobody.
    pub(crate) fn secret(&self) -> Self {
        self.then(|value| Ok(value.clone().into_secret()))
    }

    /// What `make` makes of all these, one waited for after the other: somebody works on each of them already, and a
    /// deployment of many components waits for thousands.
    fn join(items: Vec<Self>, make: impl FnOnce(Vec<Value>) -> Value + Send + 'static) -> Self {
        if let Some(error) = items.iter().find_map(Self::failure) {
            return Self(Stage::Failed(error));
        }
        if items.iter().any(|item| matches!(item.0, Stage::Pending(_))) {
            return Self::pending(async move {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(Arc::unwrap_or_clone(item.resolve().await?));
                }
                Ok(Arc::new(make(values)))
            });
        }
        let ready = |item| if let Self(Stage::Ready(value)) = item { Some(Arc::unwrap_or_clone(value)) } else { None };
        Self::ready(make(items.into_iter().filter_map(ready).collect()))
    }

    fn get(&self) -> Option<Arc<Value>> {
        match &self.0 {
            Stage::Ready(value) => Some(value.clone()),
            Stage::Failed(_) | Stage::Pending(_) => None,
        }
    }

    /// Why there will never be a value, if that is clear already.
    pub(crate) fn failure(&self) -> Option<Arc<Error>> {
        match &self.0 {
            Stage::Failed(error) => Some(error.clone()),
            Stage::Ready(_) | Stage::Pending(_) => None,
        }
    }
}

impl<T> Output<T> {
    pub(crate) fn new(later: Later) -> Self {
        Self { later, kind: PhantomData }
    }

    /// The part of an object under `key`, in snake case, of whatever type the caller knows it to have.
    #[doc(hidden)]
    pub fn part<U>(&self, key: &str) -> Output<U> {
        let key = camel(key);
        Output::new(self.later.then(move |value| Ok(part(value, &key))))
    }

    /// What tells an argument apart from others of its kind, in a preview as in an update: the resources that it comes
    /// from, or its value if it comes from none. Only arguments have one; it may be secret.
    pub fn origin(&self) -> String {
        let Some(value) = self.later.get() else { return String::new() };
        let Eventual { value, dependencies, .. } = value.flatten();
        match (dependencies.is_empty(), value) {
            (true, Some(value)) => to_json(&value).map(|json| json.to_string()).unwrap_or_default(),
            _ => dependencies.into_iter().collect::<Vec<_>>().join(" "),
        }
    }

    /// The same value, to be shown to nobody.
    pub fn secret(&self) -> Self {
        Self::new(self.later.secret())
    }
}

impl<T: IntoValue> Output<T> {
    /// A value that is known now.
    pub fn known(value: impl Into<T>) -> Self {
        Self::new(Later::ready(value.into().into_value()))
    }
}

impl<T: FromValue> Output<T> {
    /// What `change` makes of the value, once it is known. It does not run on an unknown value, and must be a
    /// function of its argument alone: a resource cannot be registered in it, since it cannot hold a `Context`.
    #[track_caller]
    pub fn map<U: IntoValue>(&self, change: impl FnOnce(T) -> U + Send + 'static) -> Output<U> {
        self.try_map(|value| Ok(change(value)))
    }

    /// As [`Output::map`], with a change that can fail: then the request ends with that error, before anything is
    /// registered if the value is known from the start.
    #[track_caller]
    pub fn try_map<U: IntoValue>(&self, change: impl FnOnce(T) -> Result<U, Error> + Send + 'static) -> Output<U> {
        Output::new(self.later.then(move |value| {
            let Eventual { value, secret, dependencies } = value.flatten();
            let value = match value {
                None => None,
                Some(value) => {
                    let value = T::from_value(&value)
                        .map_err(|wanted| Error::Bug(format!("a value between resources {wanted}")))?;
                    Some(change(value)?.into_value())
                }
            };
            Ok(Eventual { value, secret, dependencies }.into_value())
        }))
    }

    /// The same value, and as long as it is not known the `likely` one: a preview shows that, and is not told that it may
    /// turn out to be another.
    pub fn until_known(&self, likely: T) -> Self
    where
        T: IntoValue,
    {
        let likely = likely.into_value();
        Self::new(self.later.then(|value| {
            let Eventual { value, secret, dependencies } = value.flatten();
            Ok(Eventual { value: value.or(Some(likely)), secret, dependencies }.into_value())
        }))
    }

    /// The value, or none if it is a secret: for a function's arguments, which are plain.
    pub fn unless_secret(&self) -> Output<Option<T>> {
        Output::new(self.later.then(|value| {
            let Eventual { value, secret, dependencies } = value.flatten();
            let value = if secret { Some(Value::Null) } else { value };
            Ok(Eventual { value, secret: false, dependencies }.into_value())
        }))
    }

    /// The value, if it is known without waiting and without a doubt. Only the framework may ask: a component that
    /// could would behave differently in a preview.
    pub(crate) fn peek(&self) -> Option<T> {
        let value = self.later.get()?.flatten().value?;
        T::from_value(&value).ok()
    }
}

/// The part of a value under `key`, with the marks of the whole.
fn part(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(map) => map.get(key).cloned().unwrap_or(Value::Null),
        Value::Eventual(whole) => {
            let part = whole.value.as_ref().map(|value| part(value, key));
            Value::Eventual(Box::new(Eventual { value: part, ..Eventual::clone(whole) }))
        }
        _ => Value::Null,
    }
}

/// Outputs of different types as one output, or a known number of one type: `all((&name, &port))`, `all([&a, &b])`.
/// What a closure is given has the same form.
pub fn all<J: Join>(outputs: J) -> Output<J::Of> {
    Output::new(Later::list(outputs.into_parts()))
}

/// A list of outputs as one output.
pub fn list_of<O: IntoOutput>(outputs: impl IntoIterator<Item = O>) -> Output<Vec<O::Of>> {
    Output::new(Later::list(outputs.into_iter().map(|output| output.into_output().later).collect()))
}

/// An output, by value or by reference.
pub trait IntoOutput {
    /// What it comes to.
    type Of;

    /// The output itself.
    #[doc(hidden)]
    fn into_output(self) -> Output<Self::Of>;
}

impl<T> IntoOutput for Output<T> {
    type Of = T;

    fn into_output(self) -> Self {
        self
    }
}

impl<T> IntoOutput for &Output<T> {
    type Of = T;

    fn into_output(self) -> Output<T> {
        self.clone()
    }
}

/// Outputs that [`all`] makes one.
pub trait Join {
    /// What they come to together.
    type Of;

    /// Each of them.
    #[doc(hidden)]
    fn into_parts(self) -> Vec<Later>;
}

impl<O: IntoOutput, const N: usize> Join for [O; N] {
    type Of = [O::Of; N];

    fn into_parts(self) -> Vec<Later> {
        self.into_iter().map(|output| output.into_output().later).collect()
    }
}

/// The value of something that is there, such as a default.
#[doc(hidden)]
pub fn known(later: &Later) -> Option<Value> {
    later.get().map(Arc::unwrap_or_clone)
}

/// The texts of all parts, one after the other; what [`interpolate!`](crate::interpolate) comes to.
#[doc(hidden)]
pub fn concat(parts: Vec<Later>) -> Output<String> {
    let parts: Output<Vec<String>> = Output::new(Later::list(parts));
    parts.map(|parts| parts.concat())
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        Self::new(self.later.clone())
    }
}

impl<T> fmt::Debug for Output<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.later.0 {
            Stage::Ready(value) => value.fmt(f),
            Stage::Failed(error) => error.fmt(f),
            Stage::Pending(_) => f.write_str("pending"),
        }
    }
}

macro_rules! tuples {
    ($(($($type:ident $part:ident),+))*) => {$(
        impl<$($type: IntoOutput),+> Join for ($($type,)+) {
            type Of = ($($type::Of,)+);

            fn into_parts(self) -> Vec<Later> {
                let ($($part,)+) = self;
                vec![$($part.into_output().later),+]
            }
        }
    )*};
}

tuples! { (A a, B b) (A a, B b, C c) (A a, B b, C c, D d) (A a, B b, C c, D d, E e) (A a, B b, C c, D d, E e, F f) }
