//! Types that can be read from plain data and written as such, and those that a property can have.

use std::collections::BTreeMap;

use crate::schema::{TypeSpec, Types};
use crate::value::{PropertyMap, Value};

/// A type that can be read from plain data: what a closure can take that is given to
/// [`Output::map`](crate::Output::map).
pub trait FromValue: Sized + Send + 'static {
    /// Reads it.
    ///
    /// # Errors
    /// Says what is wanted instead, such as "must be a text".
    fn from_value(value: &Value) -> Result<Self, String>;
}

/// A type that can be written as plain data: what such a closure can answer.
pub trait IntoValue: Send + 'static {
    /// Writes it.
    fn into_value(self) -> Value;
}

/// A type that a property can have.
pub trait Type: FromValue + IntoValue {
    /// Whether a property of this type may be left out.
    const OPTIONAL: bool = false;
    /// Whether nobody may see a property of this type.
    const SECRET: bool = false;

    /// Its form in the package's schema.
    fn describe(types: &mut Types) -> TypeSpec;
}

impl FromValue for String {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(text.clone()),
            _ => Err("must be a text".to_owned()),
        }
    }
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::String(self)
    }
}

impl Type for String {
    fn describe(_: &mut Types) -> TypeSpec {
        TypeSpec::of("string")
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Bool(value) => Ok(*value),
            _ => Err("must be `true` or `false`".to_owned()),
        }
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::Bool(self)
    }
}

impl Type for bool {
    fn describe(_: &mut Types) -> TypeSpec {
        TypeSpec::of("boolean")
    }
}

impl FromValue for u32 {
    fn from_value(value: &Value) -> Result<Self, String> {
        let number = match value {
            Value::Number(number) if number.fract() == 0.0 => format!("{number:.0}").parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| format!("must be a whole number from 0 to {}", Self::MAX))
    }
}

impl IntoValue for u32 {
    fn into_value(self) -> Value {
        Value::Number(self.into())
    }
}

impl Type for u32 {
    fn describe(_: &mut Types) -> TypeSpec {
        TypeSpec::of("integer")
    }
}

impl FromValue for f64 {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Number(value) => Ok(*value),
            _ => Err("must be a number".to_owned()),
        }
    }
}

impl IntoValue for f64 {
    fn into_value(self) -> Value {
        Value::Number(self)
    }
}

impl Type for f64 {
    fn describe(_: &mut Types) -> TypeSpec {
        TypeSpec::of("number")
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Result<Self, String> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }
}

impl<T: Type> Type for Option<T> {
    const OPTIONAL: bool = true;
    const SECRET: bool = T::SECRET;

    fn describe(types: &mut Types) -> TypeSpec {
        T::describe(types)
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| T::from_value(item).map_err(|wanted| format!("has an item {index} that {wanted}")))
                .collect(),
            _ => Err("must be a list".to_owned()),
        }
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::Array(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: Type> Type for Vec<T> {
    fn describe(types: &mut Types) -> TypeSpec {
        TypeSpec::list(T::describe(types))
    }
}

impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Object(map) => map
                .iter()
                .map(|(key, item)| match T::from_value(item) {
                    Ok(item) => Ok((key.clone(), item)),
                    Err(wanted) => Err(format!("has an entry `{key}` that {wanted}")),
                })
                .collect(),
            _ => Err("must be a map".to_owned()),
        }
    }
}

impl<T: IntoValue> IntoValue for BTreeMap<String, T> {
    fn into_value(self) -> Value {
        Value::Object(self.into_iter().map(|(key, value)| (key, value.into_value())).collect::<PropertyMap>())
    }
}

impl<T: Type> Type for BTreeMap<String, T> {
    fn describe(types: &mut Types) -> TypeSpec {
        TypeSpec::map(T::describe(types))
    }
}

impl<T: FromValue, const N: usize> FromValue for [T; N] {
    fn from_value(value: &Value) -> Result<Self, String> {
        let items = Vec::<T>::from_value(value)?;
        items.try_into().map_err(|items: Vec<T>| format!("must be a list of {N}, not of {}", items.len()))
    }
}

impl<T: IntoValue, const N: usize> IntoValue for [T; N] {
    fn into_value(self) -> Value {
        Vec::from(self).into_value()
    }
}

macro_rules! tuples {
    ($(($($type:ident $part:ident),+))*) => {$(
        impl<$($type: FromValue),+> FromValue for ($($type,)+) {
            fn from_value(value: &Value) -> Result<Self, String> {
                match value {
                    Value::Array(items) => match items.as_slice() {
                        [$($part),+] => Ok(($($type::from_value($part)?,)+)),
                        _ => Err("has another number of items".to_owned()),
                    },
                    _ => Err("must be a list".to_owned()),
                }
            }
        }

        impl<$($type: IntoValue),+> IntoValue for ($($type,)+) {
            fn into_value(self) -> Value {
                let ($($part,)+) = self;
                Value::Array(vec![$($part.into_value()),+])
            }
        }
    )*};
}

tuples! { (A a, B b) (A a, B b, C c) (A a, B b, C c, D d) (A a, B b, C c, D d, E e) (A a, B b, C c, D d, E e, F f) }
