//! Takes secrets out of what is shown, twice: what the engine has marked, and then what looks like one.
//!
//! It is a net and no wall, as [`aws_django_release::redact`] is: what nobody marks, and what neither its name nor its form
//! gives away, is shown.

use serde_json::{Map, Value};

/// What the engine shows of a value that is not known before it is done.
const UNKNOWN: &str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/// Key of an object that stands for something else, and what stands behind it for an asset, an archive and a reference.
const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
const ASSETS: [&str; 2] = ["c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"];
const REFERENCE: &str = "5cf8f73096256a8f31e491e813e4eb8e";

/// What is shown of a secret, and of what looks like one.
const SECRET: &str = "[secret]";
const REDACTED: &str = "[redacted]";
/// What is shown of what is not known yet.
pub(super) const LATER: &str = "known after apply";

/// How long a text may be of which something is shown.
const LIMIT: usize = 16 * 1_024;
/// How deep a text of JSON may stand within another.
const DEPTH: usize = 3;

/// Ends of names of properties whose values are secrets, in small letters.
const ENDINGS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretstring",
    "secretbinary",
    "token",
    "privatekey",
    "secretkey",
    "accesskey",
    "apikey",
    "connectionstring",
    "credentials",
];

/// Properties that hold a secret whatever they are called, by the type of the resource.
const PROPERTIES: [(&str, &str); 3] = [
    ("aws:ssm/parameter:Parameter", "value"),
    ("aws:ssm/parameter:Parameter", "insecureValue"),
    ("aws:secretsmanager/secretVersion:SecretVersion", "secretString"),
];

/// A text, without what looks like a secret.
pub(super) fn text(text: &str) -> String {
    match cut(text) {
        None => aws_django_release::redact(text),
        Some(begin) => {
            // A secret may have been cut in two: where it was cut, nothing is shown.
            let mut safe = aws_django_release::redact(begin);
            let end = (0..=safe.len().saturating_sub(1_024)).rev().find(|at| safe.is_char_boundary(*at));
            safe.truncate(end.unwrap_or_default());
            safe + "…"
        }
    }
}

fn cut(text: &str) -> Option<&str> {
    let end = (0..=LIMIT.min(text.len())).rev().find(|at| text.is_char_boundary(*at))?;
    (text.len() > LIMIT).then(|| &text[..end])
}

/// Whether it is one of the engine's own marks, which nobody else may quote.
pub(super) fn is_unknown(value: &Value) -> bool {
    value.as_str() == Some(UNKNOWN)
}

/// A property on one line, as JSON with the marks of the engine in words. `name` is the last name of its path.
pub(super) fn property(token: &str, name: &str, value: &Value) -> String {
    if PROPERTIES.contains(&(token, name)) && !is_unknown(value) {
        return if is_marked(value) { SECRET } else { REDACTED }.to_owned();
    }
    let mut shown = String::new();
    write(&mut shown, name, value, DEPTH);
    shown
}

/// The value of a variable that is called so.
pub(super) fn variable(name: &str, value: &str) -> String {
    let mut shown = String::new();
    write(&mut shown, name, &value.into(), DEPTH);
    shown
}

/// Whether nothing of the value is in what is shown of it.
pub(super) fn hides(shown: &str) -> bool {
    shown == SECRET || shown == REDACTED
}

/// Whether an object stands for something else, as the engine has it.
pub(super) fn is_sign(object: &Map<String, Value>) -> bool {
    object.contains_key(SIGNATURE)
}

fn is_marked(value: &Value) -> bool {
    value.get(SIGNATURE).is_some() || value.as_str() == Some(SECRET)
}

fn write(shown: &mut String, name: &str, value: &Value, depth: usize) {
    match value {
        Value::String(it) if it == UNKNOWN => shown.push_str(LATER),
        Value::String(it) if it == SECRET => shown.push_str(SECRET),
        Value::Null | Value::Bool(_) => shown.push_str(&value.to_string()),
        Value::Object(map) if is_sign(map) => shown.push_str(&marked(value)),
        _ if is_secret(name) => shown.push_str(REDACTED),
        Value::Number(it) => shown.push_str(&it.to_string()),
        Value::String(it) => shown.push_str(&string(it, depth)),
        Value::Array(items) => {
            shown.push('[');
            for (at, item) in items.iter().enumerate() {
                shown.push_str(if at > 0 { ", " } else { "" });
                write(shown, name, item, depth);
            }
            shown.push(']');
        }
        Value::Object(map) => {
            // `{"name": "API_KEY", "value": "…"}`, as containers have it.
            let pair = name_of(map).filter(|it| is_secret(it));
            shown.push('{');
            let shown_keys = map.iter().filter(|(key, _)| *key != "__defaults");
            for (at, (key, item)) in shown_keys.enumerate() {
                shown.push_str(if at > 0 { ", " } else { "" });
                shown.push_str(&quoted(&text(key)));
                shown.push_str(": ");
                let name = if key.eq_ignore_ascii_case("value") { pair.unwrap_or(key) } else { key };
                write(shown, name, item, depth);
            }
            shown.push('}');
        }
    }
}

/// What a text of JSON says, if it is one.
pub(super) fn decoded(text: &str) -> Option<Value> {
    let may_be = text.len() <= LIMIT && text.starts_with(['{', '[']);
    if may_be { serde_json::from_str(text).ok() } else { None }
}

/// The name of what an object says something of.
pub(super) fn name_of(object: &Map<String, Value>) -> Option<&str> {
    ["name", "key", "Name", "Key"].iter().find_map(|key| object.get(*key)?.as_str())
}

/// A text, which may be one of JSON.
fn string(it: &str, depth: usize) -> String {
    match if depth > 0 { decoded(it) } else { None } {
        Some(value) => {
            let mut shown = String::new();
            write(&mut shown, "", &value, depth - 1);
            shown
        }
        None => quoted(&text(it)),
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn marked(value: &Value) -> String {
    let signature = value.get(SIGNATURE).and_then(Value::as_str).unwrap_or_default();
    if ASSETS.contains(&signature) {
        return "[asset]".to_owned();
    }
    if signature == REFERENCE {
        let urn = value.get("urn").and_then(Value::as_str).unwrap_or_default();
        return quoted(&text(super::model::name_of(urn)));
    }
    SECRET.to_owned()
}

/// Whether what is called so is a secret: a variable by a part of its name, a property by its end, since others only tell
/// where a secret is, such as `secretArn`.
pub(super) fn is_secret(name: &str) -> bool {
    let small = name.to_lowercase();
    let is_variable = !name.chars().any(|c| c.is_ascii_lowercase()) || name.contains('_');
    let is_property = ENDINGS.iter().any(|end| small.ends_with(end));
    is_property || (is_variable && aws_django_release::is_name_of_secret(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_property_is_shown_without_its_secrets() {
        let of = |name: &str, value: Value| property("aws:rds/instance:Instance", name, &value);
        for (name, value, shown) in [
            ("engine", json!("postgres"), "\"postgres\""),
            ("engine", json!(UNKNOWN), "known after apply"),
            ("password", json!("hunter2"), "[redacted]"),
            ("passwords", json!(["hunter2"]), "[\"hunter2\"]"),
            ("masterPassword", json!(12345), "[redacted]"),
            ("manageMasterUserPassword", json!(true), "true"),
            ("masterUserSecretKmsKeyId", json!("key"), "\"key\""),
            ("x", json!({SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": "\"hunter2\""}), "[secret]"),
            ("x", json!({SIGNATURE: REFERENCE, "urn": "urn:pulumi:a::b::c::dev"}), "\"dev\""),
            ("x", json!({SIGNATURE: ASSETS[0], "text": "hunter2"}), "[asset]"),
            ("x", json!([{"name": "API_KEY", "value": "hunter2"}]), "[{\"name\": \"API_KEY\", \"value\": [redacted]}]"),
            (
                "x",
                json!("[{\"name\":\"A_TOKEN\",\"value\":\"b\"}]"),
                "[{\"name\": \"A_TOKEN\", \"value\": [redacted]}]",
            ),
            (
                "environment",
                json!({"DATABASE_URL": "x", "DEBUG": "0"}),
                "{\"DATABASE_URL\": [redacted], \"DEBUG\": \"0\"}",
            ),
            ("url", json!("redis://:hunter2@cache"), "\"redis://[redacted]@cache\""),
            (
                "policy",
                json!("{\"Action\":\"secretsmanager:GetSecretValue\"}"),
                "{\"Action\": \"secretsmanager:GetSecretValue\"}",
            ),
        ] {
            assert_eq!(of(name, value), shown, "{name}");
        }
        assert_eq!(property("aws:ssm/parameter:Parameter", "value", &json!("x")), REDACTED);
    }

    #[test]
    fn a_long_text_shows_nothing_of_what_was_cut() {
        let long = "x".repeat(LIMIT - 30) + "redis://:hunter2hunter2hunter2hunter2@cache";
        assert!(!text(&long).contains("hunter2"));
        assert!(text(&long).ends_with('…'));
    }
}
