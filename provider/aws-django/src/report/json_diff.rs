//! What differs between two texts of JSON, such as the policies of IAM: only what is gone and what has come, by its path.
//!
//! A list is a set here: of AWS's documents hardly any goes by the order, and one value may stand for a list of it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::redact;

/// By what one of a list is known, besides its name.
const LABELS: [&str; 2] = ["Sid", "Id"];

/// What is gone or has come at a place.
pub(super) struct Part {
    /// `-` or `+`.
    pub(super) sign: char,
    pub(super) place: Place,
    pub(super) value: Value,
}

/// A place in a document.
#[derive(Clone)]
pub(super) struct Place {
    /// How it is written.
    pub(super) path: String,
    /// What may say that the value is a secret.
    pub(super) names: Vec<String>,
}

/// What differs inside of two texts; none if one of them is no JSON.
pub(super) fn of(place: &Place, old: &Value, new: &Value) -> Option<Vec<Part>> {
    let (old, new) = (redact::decoded(old.as_str()?)?, redact::decoded(new.as_str()?)?);
    let mut parts = Parts::default();
    parts.differ(place, &old, &new);
    Some(parts.0)
}

impl Place {
    /// A key of the object here.
    fn key(&self, key: &str) -> Self {
        let is_plain = !key.contains(['.', '[', ']', '"']);
        let step = if is_plain { format!(".{key}") } else { format!("[{}]", Value::from(key)) };
        let names = self.names.iter().cloned().chain([key.to_owned()]).collect();
        Self { path: format!("{}{step}", self.path), names }
    }

    /// One of the list here.
    fn item(&self, label: &str) -> Self {
        Self { path: format!("{}[{label}]", self.path), names: self.names.clone() }
    }

    /// What is in an object with a name is what the name says: `{"name": "API_KEY", "value": "…"}`.
    fn of_object(mut self, object: &Map<String, Value>) -> Self {
        self.names.extend(redact::name_of(object).map(str::to_owned));
        self
    }
}

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn push(&mut self, sign: char, place: &Place, value: &Value) {
        let place = value.as_object().map_or_else(|| place.clone(), |it| place.clone().of_object(it));
        self.0.push(Part { sign, place, value: value.clone() });
    }

    fn differ(&mut self, place: &Place, old: &Value, new: &Value) {
        // What is in a secret is not told apart.
        let is_secret = place.names.iter().any(|name| redact::is_secret(name));
        match (old, new) {
            _ if old == new => {}
            (Value::Object(old), Value::Object(new))
                if !is_secret && !redact::is_sign(old) && !redact::is_sign(new) =>
            {
                self.objects(&place.clone().of_object(old).of_object(new), old, new);
            }
            (Value::Array(_), _) | (_, Value::Array(_)) if !is_secret => self.lists(place, items(old), items(new)),
            _ if is_secret => self.both(place, old, new),
            _ => match (old.as_str().and_then(redact::decoded), new.as_str().and_then(redact::decoded)) {
                (Some(old), Some(new)) => self.differ(place, &old, &new),
                _ => self.both(place, old, new),
            },
        }
    }

    fn both(&mut self, place: &Place, old: &Value, new: &Value) {
        self.push('-', place, old);
        self.push('+', place, new);
    }

    fn objects(&mut self, place: &Place, old: &Map<String, Value>, new: &Map<String, Value>) {
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let place = place.key(key);
            match (old.get(key), new.get(key)) {
                (Some(old), Some(new)) => self.differ(&place, old, new),
                (Some(old), None) => self.push('-', &place, old),
                (None, Some(new)) => self.push('+', &place, new),
                (None, None) => {}
            }
        }
    }

    fn lists(&mut self, place: &Place, old: &[Value], new: &[Value]) {
        let mut new: Vec<_> = new.iter().enumerate().collect();
        let mut gone = Vec::new();
        for (at, item) in old.iter().enumerate() {
            match new.iter().position(|(_, it)| *it == item) {
                Some(there) => drop(new.remove(there)),
                None => gone.push((at, item)),
            }
        }
        gone.retain(|(_, item)| {
            let same = label(item).and_then(|it| new.iter().position(|(_, other)| label(other) == Some(it)));
            let other = same.map(|there| new.remove(there));
            if let (Some(label), Some((_, other))) = (label(item), other) {
                self.differ(&place.item(label), item, other);
            }
            other.is_none()
        });
        // Those that nothing names are the same ones if they stand in the same order.
        let is_pair = |(one, other): (&(usize, &Value), &(usize, &Value))| {
            one.1.is_object() && other.1.is_object() && (label(one.1).is_none() || label(other.1).is_none())
        };
        if gone.len() == new.len() && gone.iter().zip(&new).all(is_pair) {
            for ((_, item), (at, other)) in gone.iter().zip(&new) {
                self.differ(&place.item(&at.to_string()), item, other);
            }
            return;
        }
        for (sign, all) in [('-', gone), ('+', new)] {
            for (at, item) in all {
                let at = item.is_object().then(|| label(item).map_or_else(|| at.to_string(), str::to_owned));
                self.push(sign, &at.map_or_else(|| place.clone(), |at| place.item(&at)), item);
            }
        }
    }
}

/// What is in a list; what is none is a list of itself.
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice)
}

fn label(item: &Value) -> Option<&str> {
    let object = item.as_object()?;
    LABELS.iter().find_map(|key| object.get(*key)?.as_str()).or_else(|| redact::name_of(object))
}
