//! Random requests, the same ones for the same seed: arguments as the schema has them, right and wrong, and values of
//! which the schema knows nothing.

use std::collections::BTreeSet;

use pulumi_component::testing::value;
use pulumi_component::value::{Eventual, PropertyMap, ResourceReference, Value};
use serde_json::Value as Json;

/// The key that marks an object as something else, and what it may be marked as; the last is nothing that there is.
const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
const MARKS: [&str; 7] = [
    "1b47061264138c4ac30d75fd1eb44270",
    "c44067f5952c0a294b673a41bacd8c17",
    "0def7320c3a5731c473e5ecbe6d01bc7",
    "5cf8f73096256a8f31e491e813e4eb8e",
    "d0e6a833031e9bbcd3f4e8bde6ca49a4",
    "803fd3297a5875dc03ca845dda5d2a98",
    "ffffffffffffffffffffffffffffffff",
];

const TEXTS: [&str; 28] = [
    "",
    " ",
    "\u{0}",
    "a",
    "Alpha",
    "alpha",
    "alpha-",
    "web-ui",
    "redis",
    "backend_update",
    "ä",
    "\u{1f40d}",
    "../..",
    "$(id)",
    "'; DROP DATABASE",
    "*",
    "/api/*",
    "/",
    "0.0.0.0/0",
    "10.0.0.0/16",
    "10.0.0.0/33",
    "::/0",
    "example.com",
    "*.example.com",
    "a.dev.example.com",
    "arn:aws:iam::111122223333:policy/x",
    "17",
    "Single",
];

const NUMBERS: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    2.0,
    -1.0,
    1.5,
    256.0,
    512.0,
    1024.0,
    65_536.0,
    4_294_967_296.0,
    9.1e15,
    1e308,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

const KEYS: [&str; 10] =
    ["value", "name", "urn", "secret", "dependencies", "command", "memory_mib", "memoryMib", "", "a.b[\"c\"]"];

/// Splitmix64: enough to choose with, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % limit).unwrap_or_default()
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }

    /// A text; now and then a long one.
    pub(crate) fn text(&mut self) -> String {
        let text = *self.pick(&TEXTS);
        if self.percent(2) { text.repeat(2_000) } else { text.to_owned() }
    }

    fn urn(&mut self) -> String {
        match self.below(4) {
            0 => self.text(),
            1 => "urn:pulumi:dev::shop::stuff:index:Thing::other".to_owned(),
            _ => "urn:pulumi:dev::shop::aws-django:index:AdHocBase::dev".to_owned(),
        }
    }

    pub(crate) fn urns(&mut self) -> BTreeSet<String> {
        (0..self.below(3)).map(|_| self.urn()).collect()
    }

    /// A value, whatever it is.
    pub(crate) fn value(&mut self, depth: usize) -> Value {
        let kinds = if depth == 0 { 5 } else { 11 };
        match self.below(kinds) {
            0 => Value::Null,
            1 => Value::Bool(self.percent(50)),
            2 => Value::Number(*self.pick(&NUMBERS)),
            3 | 4 => Value::String(self.text()),
            5 => Value::Array((0..self.below(4)).map(|_| self.value(depth - 1)).collect()),
            6 | 7 => Value::Object(self.object(depth - 1)),
            8 => {
                let mut marked = self.object(depth - 1);
                let mark = (*self.pick(&MARKS)).to_owned();
                let mark = if self.percent(10) { self.value(depth - 1) } else { Value::String(mark) };
                marked.insert(SIGNATURE.to_owned(), mark);
                Value::Object(marked)
            }
            9 => {
                let mut reference = ResourceReference::new(self.urn());
                reference.id = self.percent(50).then(|| self.text());
                reference.package_version = self.text();
                Value::Reference(Box::new(reference))
            }
            _ => {
                let value = self.value(depth - 1);
                self.marked(value)
            }
        }
    }

    fn object(&mut self, depth: usize) -> PropertyMap {
        let keys = (0..self.below(4)).map(|_| (*self.pick(&KEYS)).to_owned());
        let keys: Vec<_> = keys.collect();
        keys.into_iter().map(|key| (key, self.value(depth))).collect()
    }

    /// The value as the output of something: perhaps unknown, perhaps secret.
    fn marked(&mut self, value: Value) -> Value {
        let value = (!self.percent(30)).then_some(value);
        Value::Eventual(Box::new(Eventual { value, secret: self.percent(40), dependencies: self.urns() }))
    }

    /// A value for a property of the schema: mostly of its type.
    pub(crate) fn of_type(&mut self, schema: &Json, of: &Json, depth: usize) -> Value {
        if depth == 0 || self.percent(3) {
            return self.value(3);
        }
        let right = match (of["$ref"].as_str(), of["oneOf"].as_array(), of["type"].as_str()) {
            (Some(reference), ..) => self.of_reference(schema, reference, depth - 1),
            (_, Some(types), _) => {
                let one = self.pick(types).clone();
                self.of_type(schema, &one, depth - 1)
            }
            (.., Some("boolean")) => Value::Bool(self.percent(50)),
            (.., Some("integer" | "number")) => Value::Number(*self.pick(&NUMBERS)),
            (.., Some("array")) => {
                Value::Array((0..self.below(4)).map(|_| self.of_type(schema, &of["items"], depth - 1)).collect())
            }
            (.., Some("object")) => {
                let keys: Vec<_> = (0..self.below(4)).map(|_| self.text()).collect();
                let fields = keys.into_iter();
                Value::Object(
                    fields.map(|key| (key, self.of_type(schema, &of["additionalProperties"], depth - 1))).collect(),
                )
            }
            _ => Value::String(self.text()),
        };
        if self.percent(10) { self.marked(right) } else { right }
    }

    fn of_reference(&mut self, schema: &Json, reference: &str, depth: usize) -> Value {
        let Some(token) = reference.strip_prefix("#/types/") else {
            return value(serde_json::json!({ SIGNATURE: MARKS[3], "urn": self.urn() }));
        };
        let described = &schema["types"][token];
        match described["enum"].as_array() {
            Some(variants) if !self.percent(10) => value(self.pick(variants)["value"].clone()),
            Some(_) => Value::String(self.text()),
            None => Value::Object(self.of_properties(schema, &described["properties"], &described["required"], depth)),
        }
    }

    /// Values for the properties of an object.
    pub(crate) fn of_properties(&mut self, schema: &Json, all: &Json, required: &Json, depth: usize) -> PropertyMap {
        let required: Vec<_> = required.as_array().into_iter().flatten().collect();
        let mut found = PropertyMap::new();
        for (name, of) in all.as_object().into_iter().flatten() {
            let likely = if required.iter().any(|required| *required == name) { 98 } else { 35 };
            if self.percent(likely) {
                found.insert(name.clone(), self.of_type(schema, of, depth));
            }
        }
        if self.percent(5) {
            found.insert((*self.pick(&KEYS)).to_owned(), self.value(2));
        }
        found
    }

    /// Changes a value somewhere.
    pub(crate) fn disturb(&mut self, value: &mut Value) {
        match value {
            Value::Object(map) if !map.is_empty() && !self.percent(20) => {
                let key = map.keys().nth(self.below(map.len())).cloned().unwrap_or_default();
                if self.percent(10) {
                    map.remove(&key);
                } else if let Some(inner) = map.get_mut(&key) {
                    self.disturb(inner);
                }
            }
            Value::Array(items) if !items.is_empty() && !self.percent(30) => {
                let index = self.below(items.len());
                self.disturb(&mut items[index]);
            }
            other if self.percent(40) => {
                let then = std::mem::replace(other, Value::Null);
                *other = self.marked(then);
            }
            other => *other = self.value(3),
        }
    }

    /// Changes some bytes, or cuts some off.
    pub(crate) fn disturb_bytes(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(8) {
            let index = self.below(bytes.len());
            match (self.below(3), bytes.get_mut(index)) {
                (0, Some(byte)) => *byte ^= 1 << (index % 8),
                (1, Some(byte)) => *byte = byte.wrapping_add(1),
                (_, Some(_)) => drop(bytes.remove(index)),
                (_, None) => bytes.push(0xff),
            }
        }
        if self.percent(20) {
            bytes.truncate(self.below(bytes.len()));
        }
    }
}
