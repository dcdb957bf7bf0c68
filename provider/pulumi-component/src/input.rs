//! What a property of a resource can be set from.

use std::collections::BTreeMap;

use crate::output::{Later, Output};
use crate::value::{Eventual, Value, to_json};

/// What a property of type `T` can be set from.
#[diagnostic::on_unimplemented(
    message = "a property of type `{T}` cannot be set from `{Self}`",
    label = "wants a `{T}`, or an `Output<{T}>`",
    note = "outputs are taken by value or by reference; a `None` leaves the property out"
)]
pub trait IntoInput<T> {
    /// The untyped value.
    #[doc(hidden)]
    fn into_later(self) -> Later;
}

impl<T> IntoInput<T> for Output<T> {
    fn into_later(self) -> Later {
        self.later
    }
}

impl<T> IntoInput<T> for &Output<T> {
    fn into_later(self) -> Later {
        self.later.clone()
    }
}

impl<T> IntoInput<T> for Output<Option<T>> {
    fn into_later(self) -> Later {
        self.later
    }
}

impl<T> IntoInput<T> for &Output<Option<T>> {
    fn into_later(self) -> Later {
        self.later.clone()
    }
}

impl<T, I: IntoInput<T>> IntoInput<T> for Option<I> {
    fn into_later(self) -> Later {
        self.map_or_else(|| Later::ready(Value::Null), I::into_later)
    }
}

impl<T, I: IntoInput<T>> IntoInput<Vec<T>> for Vec<I> {
    fn into_later(self) -> Later {
        Later::list(self.into_iter().map(I::into_later).collect())
    }
}

impl<T, I: IntoInput<T>, const N: usize> IntoInput<Vec<T>> for [I; N] {
    fn into_later(self) -> Later {
        Vec::from(self).into_later()
    }
}

impl<T, I: IntoInput<T>> IntoInput<BTreeMap<String, T>> for BTreeMap<String, I> {
    fn into_later(self) -> Later {
        Later::object(self.into_iter().map(|(key, value)| (key, value.into_later())).collect())
    }
}

/// A value as JSON text: keys sorted, no white space, integers as such. The text is secret if any part is.
pub fn json<T>(value: impl IntoInput<T>) -> Output<String> {
    Output::new(value.into_later().then(|value| {
        let Eventual { value, secret, dependencies } = value.flatten();
        let value = value.map(|value| to_json(&value).map(|json| Value::String(json.to_string()))).transpose()?;
        Ok(Eventual { value, secret, dependencies }.into_value())
    }))
}

macro_rules! known {
    ($($from:ty => $to:ty),*) => {$(
        impl IntoInput<$to> for $from {
            fn into_later(self) -> Later {
                Later::ready(Value::from(self))
            }
        }
    )*};
}

known!(bool => bool, f64 => f64, u32 => u32, String => String, &str => String);

impl IntoInput<String> for &String {
    fn into_later(self) -> Later {
        self.as_str().into_later()
    }
}
