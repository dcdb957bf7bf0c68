//! Values in the form in which they travel: protobuf's `Struct`, where an object with a signature stands for what
//! plain data cannot say (secrets, assets, references, outputs), and certain texts stand for unknown values.

use std::collections::BTreeMap;

use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value as Wire};

use crate::error::Failure;
use crate::monitor::{Feature, Features};
use crate::value::{Eventual, PropertyMap, ResourceReference, Urns, Value};

pub(crate) mod registration;

/// The key that marks an object as something other than an object.
const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
const SECRET: &str = "1b47061264138c4ac30d75fd1eb44270";
const ASSET: &str = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE: &str = "0def7320c3a5731c473e5ecbe6d01bc7";
const REFERENCE: &str = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT: &str = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const BYTES: &str = "803fd3297a5875dc03ca845dda5d2a98";

/// The texts that stand for an unknown value. The first is the one that everybody sends; each of the others hints at
/// a type, and nobody relies on that.
const UNKNOWN: [&str; 7] = [
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

/// Which forms the receiver of a message takes; for the others there are fall-backs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Secrets stay marked as such; otherwise they are written as plain data.
    pub(crate) secrets: bool,
    /// References stay references; otherwise they are written as the resource's id, or its URN if it has none.
    pub(crate) references: bool,
    /// Values keep their dependencies; otherwise those are dropped, and must stand elsewhere in the message.
    pub(crate) outputs: bool,
}

/// The form in which an engine takes what is registered.
pub(crate) fn form(features: &Features) -> Form {
    Form {
        secrets: features.contains(&Feature::Secrets),
        references: features.contains(&Feature::ResourceReferences),
        // Dependencies travel in fields of their own.
        outputs: false,
    }
}

/// Reads the properties of an object.
///
/// # Errors
/// Says what cannot be read and where.
pub(crate) fn decode(properties: Struct) -> Result<PropertyMap, Failure> {
    let decoded = properties.fields.into_iter().map(|(key, value)| {
        let value = decode_value(value).map_err(|failure| inside(&key_segment(&key), failure))?;
        Ok((key, value))
    });
    decoded.collect()
}

/// Reads the inputs of a component.
///
/// What is said about dependencies besides the inputs themselves counts only where they do not say it: then it is the
/// whole property that depends on those resources.
///
/// # Errors
/// Says what cannot be read and where.
pub(crate) fn decode_inputs(inputs: Struct, dependencies: &BTreeMap<String, Urns>) -> Result<PropertyMap, Failure> {
    let mut inputs = decode(inputs)?;
    for (key, urns) in dependencies {
        let Some(input) = inputs.get_mut(key) else { continue };
        let mut said = input.dependencies();
        if let Value::Reference(reference) = input {
            said.insert(reference.urn.clone());
        }
        if !urns.is_subset(&said) {
            let mut whole = eventual(std::mem::replace(input, Value::Null));
            whole.dependencies.extend(urns.iter().cloned());
            *input = whole.into_value();
        }
    }
    Ok(inputs)
}

/// Reads one value.
///
/// # Errors
/// Says what cannot be read and where.
pub(crate) fn decode_value(value: Wire) -> Result<Value, Failure> {
    Ok(match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(value)) => Value::Bool(value),
        Some(Kind::NumberValue(value)) => Value::Number(value),
        Some(Kind::StringValue(text)) if UNKNOWN.contains(&text.as_str()) => Value::unknown(),
        Some(Kind::StringValue(text)) => Value::String(text),
        Some(Kind::ListValue(list)) => Value::Array(decode_list(list)?),
        Some(Kind::StructValue(object)) => decode_object(object)?,
    })
}

/// Writes the properties of an object, without those that are null.
pub(crate) fn encode(properties: PropertyMap, form: Form) -> Struct {
    let present = properties.into_iter().filter(|(_, value)| !value.is_null());
    Struct { fields: present.map(|(key, value)| (key, encode_value(value, form))).collect() }
}

/// Writes one value.
pub(crate) fn encode_value(value: Value, form: Form) -> Wire {
    match value {
        Value::Null => wire(Kind::NullValue(0)),
        Value::Bool(value) => wire(Kind::BoolValue(value)),
        Value::Number(value) => wire(Kind::NumberValue(value)),
        Value::String(value) => text(value),
        Value::Array(items) => list(items.into_iter().map(|item| encode_value(item, form))),
        Value::Object(map) | Value::Asset(map) => {
            object(map.into_iter().map(|(key, value)| (key, encode_value(value, form))))
        }
        Value::Reference(reference) => encode_reference(*reference, form),
        Value::Eventual(eventual) => encode_eventual(*eventual, form),
    }
}

fn decode_list(list: ListValue) -> Result<Vec<Value>, Failure> {
    let items = list.values.into_iter().enumerate();
    items.map(|(index, item)| decode_value(item).map_err(|failure| inside(&format!("[{index}]"), failure))).collect()
}

fn decode_object(mut object: Struct) -> Result<Value, Failure> {
    let signature = match object.fields.get(SIGNATURE) {
        None => return decode(object).map(Value::Object),
        Some(Wire { kind: Some(Kind::StringValue(signature)) }) => signature.clone(),
        Some(_) => return Err(wrong("is marked as something that this version of the package does not know")),
    };
    match signature.as_str() {
        SECRET => {
            let value = object.fields.remove("value").ok_or_else(|| wrong("is a secret without a value"))?;
            let mut secret = eventual(decode_value(value)?);
            secret.secret = true;
            Ok(secret.into_value())
        }
        OUTPUT => decode_output(object),
        REFERENCE => decode_reference(object),
        // The signature stays among the fields: it tells an asset from an archive when the value travels on.
        ASSET | ARCHIVE => decode(object).map(Value::Asset),
        BYTES => {
            Err(wrong("holds bytes that are not UTF-8 text, which a component cannot take; encode them as Base64"))
        }
        _ => Err(wrong("is marked as something that this version of the package does not know")),
    }
}

fn decode_output(mut object: Struct) -> Result<Value, Failure> {
    let mut output = match object.fields.remove("value") {
        Some(value) => eventual(decode_value(value)?),
        None => Eventual::default(),
    };
    match object.fields.remove("secret").and_then(|secret| secret.kind) {
        None | Some(Kind::NullValue(_)) => {}
        Some(Kind::BoolValue(secret)) => output.secret |= secret,
        Some(_) => return Err(wrong("is an output whose mark `secret` is not a boolean")),
    }
    match object.fields.remove("dependencies").and_then(|urns| urns.kind) {
        None | Some(Kind::NullValue(_)) => {}
        Some(Kind::ListValue(urns)) => {
            for urn in urns.values {
                let Some(Kind::StringValue(urn)) = urn.kind else {
                    return Err(wrong("is an output with a dependency that is not a URN"));
                };
                output.dependencies.insert(urn);
            }
        }
        Some(_) => return Err(wrong("is an output whose dependencies are not a list")),
    }
    Ok(output.into_value())
}

fn decode_reference(mut object: Struct) -> Result<Value, Failure> {
    let mut field = |key| object.fields.remove(key).map(decode_value).transpose();
    let Some(Value::String(urn)) = field("urn")? else {
        return Err(wrong("is a reference to a resource without its URN"));
    };
    let id = match field("id")?.map(|id| eventual(id).value) {
        None | Some(Some(Value::Null)) => None,
        Some(Some(Value::String(id))) => Some(id),
        // An unknown id, in a preview.
        Some(None) => Some(String::new()),
        Some(Some(_)) => return Err(wrong("is a reference to a resource whose id is not a text")),
    };
    let package_version = match field("packageVersion")? {
        Some(Value::String(version)) => version,
        _ => String::new(),
    };
    Ok(Value::Reference(Box::new(ResourceReference { urn, id, package_version, state: None })))
}

fn encode_reference(reference: ResourceReference, form: Form) -> Wire {
    let ResourceReference { urn, id, package_version, state: _ } = reference;
    if !form.references {
        return match id {
            Some(id) if id.is_empty() => text(UNKNOWN[0]),
            Some(id) => text(id),
            None => text(urn),
        };
    }
    let version = Some(package_version).filter(|version| !version.is_empty());
    let fields = [
        (SIGNATURE, Some(text(REFERENCE))),
        ("urn", Some(text(urn))),
        ("id", id.map(text)),
        ("packageVersion", version.map(text)),
    ];
    object(fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))))
}

fn encode_eventual(eventual: Eventual, form: Form) -> Wire {
    let Eventual { value, secret, dependencies } = eventual;
    if form.outputs {
        let dependencies = Some(dependencies).filter(|urns| !urns.is_empty());
        let fields = [
            (SIGNATURE, Some(text(OUTPUT))),
            ("value", value.map(|value| encode_value(value, form))),
            ("secret", secret.then(|| wire(Kind::BoolValue(true)))),
            ("dependencies", dependencies.map(|urns| list(urns.into_iter().map(text)))),
        ];
        return object(fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    }
    match value {
        // There is nothing in an unknown value that could be shown, so that it needs no mark as a secret.
        None => text(UNKNOWN[0]),
        Some(value) if secret && form.secrets => {
            // One mark on the whole is enough: a secret inside a secret says nothing more.
            let value = encode_value(value, Form { secrets: false, ..form });
            object([(SIGNATURE.to_owned(), text(SECRET)), ("value".to_owned(), value)])
        }
        Some(value) => encode_value(value, form),
    }
}

/// What is said about a value, and the value itself.
fn eventual(value: Value) -> Eventual {
    match value {
        Value::Eventual(eventual) => *eventual,
        plain => Eventual { value: Some(plain), ..Eventual::default() },
    }
}

fn wire(kind: Kind) -> Wire {
    Wire { kind: Some(kind) }
}

fn text(text: impl Into<String>) -> Wire {
    wire(Kind::StringValue(text.into()))
}

fn list(items: impl IntoIterator<Item = Wire>) -> Wire {
    wire(Kind::ListValue(ListValue { values: items.into_iter().collect() }))
}

fn object(fields: impl IntoIterator<Item = (String, Wire)>) -> Wire {
    wire(Kind::StructValue(Struct { fields: fields.into_iter().collect() }))
}

fn wrong(reason: &str) -> Failure {
    Failure { path: String::new(), reason: reason.to_owned() }
}

/// A key as a part of a property path.
fn key_segment(key: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || char == '_';
    if !key.is_empty() && key.chars().all(plain) { key.to_owned() } else { format!("[{key:?}]") }
}

/// A failure as it is seen from one level further up.
fn inside(segment: &str, Failure { path, reason }: Failure) -> Failure {
    let separator = if path.is_empty() || path.starts_with('[') { "" } else { "." };
    Failure { path: format!("{segment}{separator}{path}"), reason }
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "the rows of a table read better without `&`")]
mod tests {
    use super::*;
    use prost::Message as _;
    use serde_json::{Value as Json, json};

    const U: &str = "urn:pulumi:s::p::t:m:U::u";

    /// What the table below writes as JSON: `signed` objects have their signature.
    fn proto(json: Json) -> Wire {
        match json {
            Json::Null => wire(Kind::NullValue(0)),
            Json::Bool(value) => wire(Kind::BoolValue(value)),
            Json::Number(value) => wire(Kind::NumberValue(value.as_f64().unwrap())),
            Json::String(value) => text(value),
            Json::Array(items) => list(items.into_iter().map(proto)),
            Json::Object(map) => object(map.into_iter().map(|(key, value)| (key, proto(value)))),
        }
    }

    fn signed(signature: &str, mut fields: Json) -> Json {
        fields[SIGNATURE] = json!(signature);
        fields
    }

    fn secret(value: impl Into<Json>) -> Json {
        signed(SECRET, json!({"value": value.into()}))
    }

    fn urns(urns: &[&str]) -> Urns {
        urns.iter().map(|urn| (*urn).to_owned()).collect()
    }

    fn output(value: Option<Value>, secret: bool, dependencies: &[&str]) -> Value {
        Value::Eventual(Box::new(Eventual { value, secret, dependencies: urns(dependencies) }))
    }

    fn map(key: &str, value: Value) -> Value {
        Value::Object(PropertyMap::from([(key.to_owned(), value)]))
    }

    fn reference(urn: &str, id: Option<&str>) -> Value {
        let urn = urn.to_owned();
        Value::Reference(Box::new(ResourceReference {
            urn,
            id: id.map(str::to_owned),
            package_version: String::new(),
            state: None,
        }))
    }

    #[test]
    fn an_input_becomes_what_it_and_its_dependencies_say() {
        fn check(input: Json, dependencies: &[&str], expected: Value) {
            let inputs = Struct { fields: BTreeMap::from([("p".to_owned(), proto(input.clone()))]) };
            let given = BTreeMap::from([("p".to_owned(), urns(dependencies)), ("other".to_owned(), urns(&[U]))]);
            let decoded = decode_inputs(inputs, &given).unwrap();
            assert_eq!(decoded, PropertyMap::from([("p".to_owned(), expected)]), "{input} with {dependencies:?}");
        }
        let unknown = json!(UNKNOWN[0]);
        let unknown_on_u = signed(OUTPUT, json!({"dependencies": [U]}));
        let hi_on_u = signed(OUTPUT, json!({"value": "hi", "dependencies": [U]}));
        let secret_output = signed(OUTPUT, json!({"value": "hi", "secret": true}));
        let resource = signed(REFERENCE, json!({"urn": U}));
        let hi = || Value::from("hi");

        // Unknown, in either form.
        check(unknown.clone(), &[U], output(None, false, &[U]));
        check(unknown.clone(), &[], Value::unknown());
        check(json!([unknown.clone()]), &[U], output(Some(Value::Array(vec![Value::unknown()])), false, &[U]));
        check(json!({"k": unknown}), &[U], output(Some(map("k", Value::unknown())), false, &[U]));
        for given in [&[U][..], &[]] {
            check(json!([unknown_on_u.clone()]), given, Value::Array(vec![output(None, false, &[U])]));
            check(json!({"k": unknown_on_u.clone()}), given, map("k", output(None, false, &[U])));
            check(hi_on_u.clone(), given, output(Some(hi()), false, &[U]));
            check(json!([secret_output.clone(), hi_on_u.clone()]), given, {
                Value::Array(vec![output(Some(hi()), true, &[]), output(Some(hi()), false, &[U])])
            });
        }
        // Plain.
        check(json!("hi"), &[], hi());
        check(json!(["hi"]), &[], Value::Array(vec![hi()]));
        check(json!({"k": null}), &[], map("k", Value::Null));
        check(json!("hi"), &[U], output(Some(hi()), false, &[U]));
        check(signed(OUTPUT, json!({"value": "hi"})), &[], hi());
        // Secret, in either form.
        check(secret("hi"), &[], output(Some(hi()), true, &[]));
        check(secret("hi"), &[U], output(Some(hi()), true, &[U]));
        check(secret(secret("hi")), &[], output(Some(hi()), true, &[]));
        check(secret(UNKNOWN[3]), &[], output(None, true, &[]));
        check(json!([secret("hi")]), &[], Value::Array(vec![output(Some(hi()), true, &[])]));
        check(secret_output, &[], output(Some(hi()), true, &[]));
        // References.
        check(resource.clone(), &[U], reference(U, None));
        check(resource.clone(), &[], reference(U, None));
        check(json!([resource.clone()]), &[U], output(Some(Value::Array(vec![reference(U, None)])), false, &[U]));
        check(json!({"k": resource}), &[], map("k", reference(U, None)));
        check(signed(REFERENCE, json!({"urn": U, "id": ""})), &[], reference(U, Some("")));
        check(signed(REFERENCE, json!({"urn": U, "id": UNKNOWN[0]})), &[], reference(U, Some("")));
        check(signed(REFERENCE, json!({"urn": U, "id": "i", "name": "n", "type": "t"})), &[], reference(U, Some("i")));
    }

    #[test]
    fn every_text_for_unknown_is_read() {
        for sentinel in UNKNOWN {
            assert_eq!(decode_value(text(sentinel)), Ok(Value::unknown()), "{sentinel}");
        }
        assert_eq!(decode_value(Wire { kind: None }), Ok(Value::Null));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        fn check(input: Json, path: &str, reason: &str) {
            let inputs = Struct { fields: BTreeMap::from([("p".to_owned(), proto(input.clone()))]) };
            let failure = decode(inputs).unwrap_err();
            assert_eq!((failure.path.as_str(), failure.reason.contains(reason)), (path, true), "{input}: {failure}");
        }
        let unknown_kind = "does not know";
        check(signed("no such signature", json!({})), "p", unknown_kind);
        check(json!({SIGNATURE: 1}), "p", unknown_kind);
        check(signed(SECRET, json!({})), "p", "without a value");
        check(signed(BYTES, json!({"value": "/w=="})), "p", "not UTF-8");
        check(signed(REFERENCE, json!({})), "p", "without its URN");
        check(signed(REFERENCE, json!({"urn": U, "id": 1})), "p", "not a text");
        check(signed(OUTPUT, json!({"secret": 1})), "p", "`secret`");
        check(signed(OUTPUT, json!({"dependencies": [1]})), "p", "not a URN");
        check(signed(OUTPUT, json!({"dependencies": "u"})), "p", "not a list");
        check(json!({"a": [0, {"b.c": [signed("", json!({}))]}]}), r#"p.a[1]["b.c"][0]"#, unknown_kind);
        check(secret(json!({"a": signed("", json!({}))})), "p.a", unknown_kind);
    }

    #[test]
    fn a_value_is_written_in_the_form_that_the_receiver_takes() {
        const ALL: Form = Form { secrets: true, references: true, outputs: true };
        const SECRETS: Form = Form { secrets: true, references: true, outputs: false };
        const PLAIN: Form = Form { secrets: false, references: false, outputs: false };
        fn check(form: Form, value: Value, expected: Json) {
            assert_eq!(encode_value(value.clone(), form), proto(expected), "{value:?} as {form:?}");
        }
        let token = || output(Some("x".into()), true, &[U]);
        check(ALL, token(), signed(OUTPUT, json!({"value": "x", "secret": true, "dependencies": [U]})));
        check(SECRETS, token(), secret("x"));
        check(PLAIN, token(), json!("x"));
        check(ALL, output(None, false, &[]), signed(OUTPUT, json!({})));
        check(SECRETS, output(None, true, &[U]), json!(UNKNOWN[0]));
        check(PLAIN, output(None, true, &[U]), json!(UNKNOWN[0]));
        check(SECRETS, output(Some(Value::Array(vec![token()])), true, &[]), secret(json!(["x"])));
        check(SECRETS, Value::Array(vec![token(), output(Some("y".into()), false, &[U])]), json!([secret("x"), "y"]));
        check(SECRETS, reference(U, Some("")), signed(REFERENCE, json!({"urn": U, "id": ""})));
        check(SECRETS, reference(U, None), signed(REFERENCE, json!({"urn": U})));
        check(PLAIN, reference(U, Some("i")), json!("i"));
        check(PLAIN, reference(U, Some("")), json!(UNKNOWN[0]));
        check(PLAIN, reference(U, None), json!(U));
        check(PLAIN, 9_007_199_254_740_991.0.into(), json!(9_007_199_254_740_991_u64));
        check(PLAIN, map("k", Value::Null), json!({"k": null}));
        let properties = PropertyMap::from([("gone".to_owned(), Value::Null), ("there".to_owned(), true.into())]);
        let written = encode(properties, PLAIN).fields;
        assert_eq!(written, BTreeMap::from([("there".to_owned(), wire(Kind::BoolValue(true)))]));
    }

    #[test]
    fn what_was_written_is_read_again() {
        let form = Form { secrets: true, references: true, outputs: true };
        let asset = signed(ASSET, json!({"hash": "h", "path": "/p"}));
        let archive = signed(ARCHIVE, json!({"assets": {"a.txt": asset.clone()}}));
        let values = vec![
            Value::Null,
            false.into(),
            9_007_199_254_740_991.0.into(),
            (-0.5).into(),
            "".into(),
            output(None, true, &[]),
            output(Some(map("k", output(None, false, &[U]))), true, &[U]),
            reference(U, Some("i")),
            decode_value(proto(asset)).unwrap(),
            decode_value(proto(archive.clone())).unwrap(),
            // Deeper than the depth at which protobuf libraries stop by default.
            (0..200).fold("deep".into(), |inner, _| map("k", inner)),
        ];
        for value in values {
            let bytes = encode_value(value.clone(), form).encode_to_vec();
            assert_eq!(decode_value(Wire::decode(bytes.as_slice()).unwrap()), Ok(value));
        }
        let decoded = decode_value(proto(archive.clone())).unwrap();
        assert_eq!(encode_value(decoded, form), proto(archive));
    }
}
