//! Records: structs of plain data that travel as properties. They are the arguments and the state of custom resources,
//! the arguments and the answers of functions, and the configuration of a package.

use std::collections::BTreeMap;
use std::fmt;

use crate::decode::{Cursor, Fields, Known};
use crate::error::Error;
use crate::problem::Problems;
use crate::schema::{Properties, TypeSpec, Types};
use crate::types::{FromValue, IntoValue, Type};
use crate::value::{PropertyMap, Value};

/// A struct of plain data: what derives `Record`.
pub trait Record: Send + Sync + Sized + 'static {
    /// What it is, in Markdown.
    const DESCRIPTION: &'static str;

    /// Its properties, for the schema.
    fn properties(types: &mut Types) -> Properties;

    /// The names of its properties in the schema.
    fn keys() -> Vec<&'static str>;

    /// The properties whose change replaces the resource whose arguments these are.
    fn replacing() -> Vec<&'static str>;

    /// The properties of a state that stay as they are until the resource is replaced.
    fn stable() -> Vec<&'static str>;

    /// Reports what is wrong with the properties, as far as they are known.
    #[doc(hidden)]
    fn check_known(fields: &mut Fields<'_>);

    /// Reads it out of properties that may have others beside its own.
    ///
    /// # Errors
    /// Says what is wanted instead.
    fn from_properties(properties: &PropertyMap) -> Result<Self, String>;

    /// Adds its properties.
    fn add_to(self, properties: &mut PropertyMap);
}

/// A record without properties.
impl Record for () {
    const DESCRIPTION: &'static str = "";

    fn properties(_: &mut Types) -> Properties {
        Properties::default()
    }

    fn keys() -> Vec<&'static str> {
        Vec::new()
    }

    fn replacing() -> Vec<&'static str> {
        Vec::new()
    }

    fn stable() -> Vec<&'static str> {
        Vec::new()
    }

    fn check_known(_: &mut Fields<'_>) {}

    fn from_properties(_: &PropertyMap) -> Result<Self, String> {
        Ok(())
    }

    fn add_to(self, _: &mut PropertyMap) {}
}

/// A value that nobody may see: the schema says so, the engine keeps it encrypted, and a debugging text hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(pub T);

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<T: FromValue> FromValue for Secret<T> {
    fn from_value(value: &Value) -> Result<Self, String> {
        T::from_value(value).map(Self)
    }
}

impl<T: IntoValue> IntoValue for Secret<T> {
    fn into_value(self) -> Value {
        self.0.into_value().into_secret()
    }
}

impl<T: Type> Type for Secret<T> {
    const OPTIONAL: bool = T::OPTIONAL;
    const SECRET: bool = true;

    fn describe(types: &mut Types) -> TypeSpec {
        T::describe(types)
    }
}

impl<T: Known> Known for Secret<T> {
    type Of = T::Of;

    fn known(&self) -> Option<T::Of> {
        self.0.known()
    }
}

/// All that is wrong with the properties of a record, as far as they are known. `package` is the plugin's name and
/// version, for messages.
///
/// # Errors
/// The problems, with their places.
pub(crate) fn check<R: Record>(package: String, properties: &PropertyMap) -> Result<(), Error> {
    let problems = Problems::new(package);
    if let Some(mut fields) = Cursor::new(&problems, properties).object(&R::keys()) {
        R::check_known(&mut fields);
    }
    problems.into_result(properties)
}

/// A record's properties as it writes them.
pub(crate) fn written<R: Record>(record: R) -> PropertyMap {
    let mut properties = PropertyMap::new();
    record.add_to(&mut properties);
    properties
}

/// Properties without their marks; `None` as long as any part of them is unknown.
pub(crate) fn known(properties: &PropertyMap) -> Option<PropertyMap> {
    match Value::Object(properties.clone()).flatten().value {
        Some(Value::Object(known)) => Some(known),
        _ => None,
    }
}

/// The property of that name in the schema.
///
/// # Errors
/// Says which property is wrong, and what is wanted instead.
#[doc(hidden)]
pub fn property<T: FromValue>(properties: &PropertyMap, name: &str) -> Result<T, String> {
    T::from_value(properties.get(name).unwrap_or(&Value::Null))
        .map_err(|wanted| format!("has a `{name}` that {wanted}"))
}

/// As [`Record::from_properties`], out of a value.
///
/// # Errors
/// Says what is wanted instead.
#[doc(hidden)]
pub fn of_value<R: Record>(value: &Value) -> Result<R, String> {
    match value {
        Value::Object(properties) => R::from_properties(properties),
        _ => Err("must be an object".to_owned()),
    }
}

/// As [`Record::add_to`], into a value.
#[doc(hidden)]
pub fn into_value<R: Record>(record: R) -> Value {
    let properties: BTreeMap<_, _> = written(record);
    Value::Object(properties.into_iter().filter(|(_, value)| !value.is_null()).collect())
}
