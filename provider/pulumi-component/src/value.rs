//! Property values, as components and the engine exchange them.
//!
//! A value is plain data, except where an [`Eventual`] stands in it: there something is unknown, secret or
//! depends on resources. One form serves for what Pulumi's wire knows as secrets, unknowns and output values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::error::Error;

/// The properties of an object, by name, in the order in which they are written.
pub type PropertyMap = BTreeMap<String, Value>;

/// URNs of resources.
pub type Urns = BTreeSet<String>;

/// A property value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing; the same as a property that is not there.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number. Pulumi has only doubles: an integer is a number without fraction.
    Number(f64),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// An object or a map.
    Object(PropertyMap),
    /// An asset or an archive, carried with the fields that it arrived with.
    Asset(PropertyMap),
    /// A reference to a resource of this deployment. In a box, since it is large and rare: every value would be as
    /// large.
    Reference(Box<ResourceReference>),
    /// A value that is unknown or secret, or that depends on resources.
    Eventual(Box<Eventual>),
}

/// A reference to a resource of this deployment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ResourceReference {
    /// URN of the resource.
    pub urn: String,
    /// Provider's id: `None` for components, empty while it is unknown.
    pub id: Option<String>,
    /// Version of the package that serves the resource; empty if it was not said.
    pub package_version: String,
    /// What the resource answers about itself, once the framework has asked the engine for it.
    pub state: Option<PropertyMap>,
}

impl ResourceReference {
    /// A reference to the component of that URN, of which nothing else is known.
    pub fn new(urn: String) -> Self {
        Self { urn, id: None, package_version: String::new(), state: None }
    }

    /// The type token of the resource: the last part of the type chain in its URN.
    pub fn type_token(&self) -> &str {
        type_and_name(&self.urn).0
    }
}

/// The type token and the logical name in a URN; empty where it has none.
pub(crate) fn type_and_name(urn: &str) -> (&str, &str) {
    // A name may hold anything.
    let mut parts = urn.splitn(4, "::").skip(2);
    let chain = parts.next().unwrap_or_default();
    (chain.rsplit('$').next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// What is said about a value beside the value itself.
#[derive(Clone, Default, PartialEq)]
pub struct Eventual {
    /// The value; `None` while it is unknown, which happens in previews.
    pub value: Option<Value>,
    /// Whether it must not be shown.
    pub secret: bool,
    /// URNs of the resources that it depends on.
    pub dependencies: Urns,
}

impl fmt::Debug for Eventual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Eventual");
        match &self.value {
            None => shown.field("value", &format_args!("unknown")),
            Some(_) if self.secret => shown.field("value", &format_args!("[secret]")),
            Some(value) => shown.field("value", value),
        };
        shown.field("secret", &self.secret).field("dependencies", &self.dependencies).finish()
    }
}

impl Value {
    /// An unknown value that depends on nothing.
    pub fn unknown() -> Self {
        Self::Eventual(Box::default())
    }

    /// This value, marked as secret.
    pub fn into_secret(self) -> Self {
        Self::Eventual(Box::new(Eventual { value: Some(self), secret: true, ..Eventual::default() }))
    }

    /// Whether there is nothing here.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether a secret stands anywhere in it.
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Eventual(eventual) => eventual.secret || eventual.value.as_ref().is_some_and(Self::has_secret),
            Self::Array(items) => items.iter().any(Self::has_secret),
            Self::Object(map) => map.values().any(Self::has_secret),
            _ => false,
        }
    }

    /// The whole value as one: plain data or unknown, with all marks and dependencies found in it joined.
    pub fn flatten(&self) -> Eventual {
        let mut marks = Eventual::default();
        let value = self.plain(&mut marks);
        Eventual { value, ..marks }
    }

    /// All resources that anything in this value depends on.
    pub fn dependencies(&self) -> Urns {
        fn collect(value: &Value, urns: &mut Urns) {
            match value {
                Value::Eventual(eventual) => {
                    urns.extend(eventual.dependencies.iter().cloned());
                    eventual.value.iter().for_each(|value| collect(value, urns));
                }
                Value::Array(items) => items.iter().for_each(|item| collect(item, urns)),
                Value::Object(map) => map.values().for_each(|value| collect(value, urns)),
                _ => {}
            }
        }
        let mut urns = Urns::new();
        collect(self, &mut urns);
        urns
    }

    /// The value without marks, which go into `marks`; `None` if any part is unknown.
    fn plain(&self, marks: &mut Eventual) -> Option<Self> {
        match self {
            Self::Eventual(eventual) => {
                marks.secret |= eventual.secret;
                marks.dependencies.extend(eventual.dependencies.iter().cloned());
                eventual.value.as_ref().and_then(|value| value.plain(marks))
            }
            Self::Array(items) => {
                // No short cut at the first unknown: the marks of the rest count too.
                let items: Vec<_> = items.iter().map(|item| item.plain(marks)).collect();
                items.into_iter().collect::<Option<_>>().map(Self::Array)
            }
            Self::Object(map) => {
                let map: Vec<_> = map.iter().map(|(key, value)| (key.clone(), value.plain(marks))).collect();
                let known = map.into_iter().map(|(key, value)| value.map(|value| (key, value)));
                known.collect::<Option<_>>().map(Self::Object)
            }
            other => Some(other.clone()),
        }
    }
}

impl Eventual {
    /// The shortest form of this: the bare value if there is nothing to say beside it.
    pub fn into_value(self) -> Value {
        match self {
            Self { value: Some(value), secret: false, dependencies } if dependencies.is_empty() => value,
            marked => Value::Eventual(Box::new(marked)),
        }
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from!(bool => Bool, f64 => Number, u32 => Number, String => String, &str => String, Vec<Value> => Array, PropertyMap => Object);

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => Self::Number(number.as_f64().unwrap_or_default()),
            Json::String(text) => Self::String(text),
            Json::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Json::Object(map) => Self::Object(map.into_iter().map(|(key, item)| (key, Self::from(item))).collect()),
        }
    }
}

/// Plain data as JSON. Empty objects and lists stay, nulls go.
pub(crate) fn to_json(value: &Value) -> Result<serde_json::Value, Error> {
    use serde_json::Value as Json;
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(value) => number(*value),
        Value::String(value) => Json::String(value.clone()),
        Value::Array(items) => Json::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Value::Object(map) => {
            let map = map.iter().filter(|(_, value)| !value.is_null());
            Json::Object(map.map(|(key, value)| Ok((key.clone(), to_json(value)?))).collect::<Result<_, Error>>()?)
        }
        Value::Asset(_) | Value::Reference(_) | Value::Eventual(_) => {
            return Err(Error::Bug("an asset, a reference or an eventual value has no JSON form".to_owned()));
        }
    })
}

/// A double as JSON: without a fraction where it has none.
fn number(value: f64) -> serde_json::Value {
    // The text of a whole double below 2^53 has no fraction, and parses as an integer.
    let whole = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
    match format!("{value:.0}").parse::<i64>() {
        Ok(integer) if whole => integer.into(),
        _ => value.into(),
    }
}
