//! Wire values, written as JSON.

use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};
use serde_json::{Value as Json, json};

use crate::value::PropertyMap;
use crate::wire::{self, Form};

const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";

/// The text that stands for an unknown value.
pub const UNKNOWN: &str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/// A secret as the engine takes it.
pub fn secret(value: impl Into<Json>) -> Json {
    json!({SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": value.into()})
}

/// An output value as the engine passes it to a component: `fields` are `value`, `secret`, `dependencies`.
pub fn output(mut fields: Json) -> Json {
    fields[SIGNATURE] = json!("d0e6a833031e9bbcd3f4e8bde6ca49a4");
    fields
}

/// A reference to a component as the engine passes it on.
pub fn reference(urn: &str) -> Json {
    json!({SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": urn})
}

/// An object on the wire.
///
/// # Panics
/// If `json` is none.
pub fn object(json: Json) -> Struct {
    match value(json).kind {
        Some(Kind::StructValue(object)) => object,
        other => panic!("not an object: {other:?}"),
    }
}

/// A value on the wire.
pub fn value(json: Json) -> Value {
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(value) => Kind::BoolValue(value),
        Json::Number(value) => Kind::NumberValue(value.as_f64().unwrap_or(f64::NAN)),
        Json::String(value) => Kind::StringValue(value),
        Json::Array(items) => Kind::ListValue(ListValue { values: items.into_iter().map(value).collect() }),
        Json::Object(map) => {
            Kind::StructValue(Struct { fields: map.into_iter().map(|(key, item)| (key, value(item))).collect() })
        }
    };
    Value { kind: Some(kind) }
}

/// Our own values on the wire, as they go from and to the engine.
pub fn encoded(properties: PropertyMap) -> Struct {
    wire::encode(properties, Form { secrets: true, references: true, outputs: false })
}

/// Our own values as the engine passes them to a component: whatever has a mark is an output value.
pub fn encoded_inputs(properties: PropertyMap) -> Struct {
    wire::encode(properties, Form { secrets: true, references: true, outputs: true })
}

/// What the wire says, in our own values.
///
/// # Panics
/// If it cannot be read.
pub fn decoded(properties: Struct) -> PropertyMap {
    wire::decode(properties).unwrap_or_else(|failure| panic!("the properties cannot be read: {failure}"))
}
