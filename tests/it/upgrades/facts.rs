//! Which change of a property replaces a resource: `facts.tsv` of the stand-in, for what is registered without an engine.
//! What the provider decides from more than one property is not in there, and left to the preview.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Context as _;
use e2e::tools::repository;
use pulumi_component::value::{PropertyMap, Value};

/// The properties whose change replaces a resource, by its type.
pub(crate) struct Facts(BTreeMap<String, Vec<Fact>>);

struct Fact {
    path: String,
    /// AWS's value stays where none is given.
    is_computed: bool,
    default: Option<Value>,
}

impl Facts {
    pub(crate) fn read() -> anyhow::Result<Self> {
        let mut facts: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for line in fs::read_to_string(repository("tests/aws/standin/facts.tsv"))?.lines().skip(1) {
            let [token, path, given, change, default, _] = line.split('\t').collect::<Vec<_>>()[..] else {
                anyhow::bail!("`{line}` is no row");
            };
            let default = if default.is_empty() { None } else { Some(serde_json::from_str(default)?) };
            let default = default.map(|default: serde_json::Value| default.into());
            if change == "replaces" {
                let fact = Fact { path: path.to_owned(), is_computed: given == "computed", default };
                facts.entry(token.to_owned()).or_default().push(fact);
            }
        }
        facts.first_key_value().context("there are facts")?;
        Ok(Self(facts))
    }

    /// The properties that replace a resource which is so and shall be so.
    pub(crate) fn replacing(&self, token: &str, is: &Value, wanted: &PropertyMap, ignored: &[String]) -> Vec<String> {
        let wanted = Value::Object(wanted.clone()).flatten().value.unwrap_or(Value::Null);
        let facts = self.0.get(token).into_iter().flatten();
        let facts = facts.filter(|fact| !ignored.iter().any(|path| fact.path.split('.').next() == Some(path.as_str())));
        facts.filter(|fact| fact.differs(is, &wanted)).map(|fact| fact.path.clone()).collect()
    }
}

impl Fact {
    fn differs(&self, is: &Value, wanted: &Value) -> bool {
        let (is, mut wanted) = (at(is, &self.path), at(wanted, &self.path));
        if wanted.is_empty() {
            if self.is_computed {
                return false;
            }
            wanted = self.default.iter().filter_map(text).collect();
        }
        is != wanted
    }
}

/// All that stands at a path, whatever the place in lists, but what is as good as nothing.
fn at(value: &Value, path: &str) -> BTreeSet<String> {
    match (value, path.split_once('.').unwrap_or((path, ""))) {
        (Value::Array(items), _) => items.iter().flat_map(|item| at(item, path)).collect(),
        (value, ("", _)) => text(value).into_iter().collect(),
        (Value::Object(map), (key, rest)) => map.get(key).map(|value| at(value, rest)).unwrap_or_default(),
        _ => BTreeSet::new(),
    }
}

/// A value as text, with a document in a form that does not depend on how it is written; `None` for what Terraform does
/// not tell from nothing.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) if text.is_empty() => None,
        Value::Number(number) if *number == 0.0 => None,
        Value::String(text) => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(document) if document.is_object() || document.is_array() => Some(format!("{:?}", Value::from(document))),
            _ => Some(text.clone()),
        },
        other => Some(format!("{other:?}")),
    }
}
