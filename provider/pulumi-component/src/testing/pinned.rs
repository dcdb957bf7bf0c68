//! The schema of a package, pinned: to hold tables and registrations against.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::monitor::Registration;
use crate::schema::{ComplexType, FunctionSpec, ObjectSpec, PackageSpec, PropertySpec, ResourceSpec, TypeSpec, camel};
use crate::table::{Kind, ObjectInfo, ResourceInfo};
use crate::value::{PropertyMap, Value};

/// The part of a package's schema that is used.
///
/// Types are written shortly: `string`, `boolean`, `number`, `any`, `#Name` for an object type, `T[]` for a list,
/// `map<T>` for a map.
#[derive(Debug, Deserialize)]
pub struct Pinned {
    /// Version of the package.
    pub version: String,
    /// Where its plugin is found; empty for Pulumi's own place.
    #[serde(default)]
    plugin_download_url: String,
    resources: BTreeMap<String, Shape>,
    functions: BTreeMap<String, Shape>,
    types: BTreeMap<String, Object>,
}

#[derive(Debug, Deserialize)]
struct Shape {
    inputs: BTreeMap<String, String>,
    required: Vec<String>,
    outputs: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Object {
    properties: BTreeMap<String, String>,
    required: Vec<String>,
}

impl Pinned {
    /// Reads it.
    ///
    /// # Errors
    /// Says where the text is not such a schema.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The package's own custom resources and functions.
    pub fn of(package: &PackageSpec) -> Self {
        let resources = package.resources.iter().filter(|(_, resource)| !resource.is_component);
        let resources = resources.map(|(token, resource)| {
            let ResourceSpec { input_properties, required_inputs, properties, .. } = resource;
            let (inputs, outputs) = (shapes(input_properties), shapes(properties));
            (token.clone(), Shape { inputs, required: required_inputs.clone(), outputs })
        });
        let functions = package.functions.iter().map(|(token, function)| {
            let FunctionSpec { inputs, outputs, .. } = function;
            let required = inputs.required.clone();
            (
                token.clone(),
                Shape { inputs: shapes(&inputs.properties), required, outputs: shapes(&outputs.properties) },
            )
        });
        let types = package.types.iter().filter_map(|(token, of)| match of {
            ComplexType::Object(ObjectSpec { properties, required, .. }) => {
                Some((class(token).to_owned(), Object { properties: shapes(properties), required: required.clone() }))
            }
            ComplexType::Enum(_) => None,
        });
        let (resources, functions, types) = (resources.collect(), functions.collect(), types.collect());
        let (version, plugin_download_url) = (package.version.clone(), package.plugin_download_url.clone());
        Self { version, plugin_download_url, resources, functions, types }
    }

    /// Whether it has a resource of this type.
    pub fn has(&self, token: &str) -> bool {
        self.resources.contains_key(token)
    }

    /// How a table of resources differs from the schema, one sentence for each difference.
    pub fn check_resources(&self, table: &[ResourceInfo]) -> Vec<String> {
        table.iter().flat_map(|row| self.check_row(row, self.resources.get(row.token))).collect()
    }

    /// How a table of functions differs from the schema.
    pub fn check_functions(&self, table: &[ResourceInfo]) -> Vec<String> {
        table.iter().flat_map(|row| self.check_row(row, self.functions.get(row.token))).collect()
    }

    /// How a table of object types differs from the schema.
    pub fn check_objects(&self, table: &[ObjectInfo]) -> Vec<String> {
        let check = |row: &ObjectInfo| match self.types.get(row.name) {
            None => vec![format!("there is no object type `{}`", row.name)],
            Some(object) => check_properties(row.name, "property", row.properties, &object.properties),
        };
        table.iter().flat_map(check).collect()
    }

    /// What is wrong with a registration: unknown or ill-typed properties, required ones that are missing.
    pub fn check_registration(&self, registration: &Registration) -> Vec<String> {
        let place = format!("{} {}", registration.token, registration.name);
        let mut problems = Vec::new();
        match self.resources.get(&registration.token) {
            None => problems.push(format!("{place}: there is no such type")),
            Some(shape) => {
                self.check_map(&place, &registration.inputs, &shape.inputs, &shape.required, &mut problems);
            }
        }
        problems
    }

    /// The outputs that a resource of this type declares, by name, with their short types.
    pub fn outputs(&self, token: &str) -> BTreeMap<String, String> {
        self.resources.get(token).map(|shape| shape.outputs.clone()).unwrap_or_default()
    }

    fn check_row(&self, row: &ResourceInfo, shape: Option<&Shape>) -> Vec<String> {
        let Some(shape) = shape else { return vec![format!("there is no `{}`", row.token)] };
        let mut problems = check_properties(row.token, "input", row.inputs, &shape.inputs);
        problems.extend(check_properties(row.token, "output", row.outputs, &shape.outputs));
        if row.version != self.version {
            problems.push(format!("{}: version `{}` is not the pinned `{}`", row.token, row.version, self.version));
        }
        if row.plugin_download_url != self.plugin_download_url {
            let (told, pinned) = (row.plugin_download_url, &self.plugin_download_url);
            problems.push(format!("{}: its plugin comes from `{told}`, not from the pinned `{pinned}`", row.token));
        }
        problems
    }

    fn check_map(
        &self,
        place: &str,
        given: &PropertyMap,
        known: &BTreeMap<String, String>,
        required: &[String],
        problems: &mut Vec<String>,
    ) {
        for name in required.iter().filter(|name| !given.contains_key(*name)) {
            problems.push(format!("{place}: `{name}` is missing"));
        }
        for (name, value) in given {
            match known.get(name) {
                None => problems.push(format!("{place}: there is no `{name}`")),
                Some(kind) => self.check_value(&format!("{place}: `{name}`"), value, kind, problems),
            }
        }
    }

    fn check_value(&self, place: &str, value: &Value, kind: &str, problems: &mut Vec<String>) {
        let fits = match value {
            Value::Eventual(eventual) => {
                if let Some(value) = &eventual.value {
                    self.check_value(place, value, kind, problems);
                }
                true
            }
            Value::Array(items) => kind.strip_suffix("[]").is_some_and(|kind| {
                for item in items {
                    self.check_value(place, item, kind, problems);
                }
                true
            }),
            Value::Object(map) => match (kind.strip_prefix('#'), kind.strip_prefix("map<")) {
                (Some(name), _) => self.types.get(name).is_some_and(|object| {
                    self.check_map(place, map, &object.properties, &object.required, problems);
                    true
                }),
                (_, Some(kind)) => {
                    let kind = kind.strip_suffix('>').unwrap_or(kind);
                    for value in map.values() {
                        self.check_value(place, value, kind, problems);
                    }
                    true
                }
                _ => false,
            },
            Value::String(_) => kind == "string",
            Value::Number(_) => kind == "number",
            Value::Bool(_) => kind == "boolean",
            Value::Null | Value::Asset(_) | Value::Reference(_) => false,
        };
        if !fits && kind != "any" {
            problems.push(format!("{place} is not a `{kind}`"));
        }
    }
}

fn check_properties(place: &str, what: &str, table: &[(&str, Kind)], known: &BTreeMap<String, String>) -> Vec<String> {
    let check = |(name, kind): &(&str, Kind)| {
        let (name, kind) = (camel(name), written(*kind));
        match known.get(&name) {
            None => Some(format!("{place}: no {what} `{name}`")),
            Some(pinned) if *pinned != kind && pinned != "any" => {
                Some(format!("{place}: {what} `{name}` is `{pinned}`, not `{kind}`"))
            }
            Some(_) => None,
        }
    };
    table.iter().filter_map(check).collect()
}

/// Properties with their short types.
fn shapes(properties: &BTreeMap<String, PropertySpec>) -> BTreeMap<String, String> {
    properties.iter().map(|(name, property)| (name.clone(), short(&property.of))).collect()
}

/// A type in the short form.
fn short(of: &TypeSpec) -> String {
    if let Some(reference) = &of.reference {
        return format!("#{}", class(reference));
    }
    let inner = |inner: &Option<Box<TypeSpec>>| inner.as_deref().map(short).unwrap_or_default();
    match of.kind {
        Some("array") => format!("{}[]", inner(&of.items)),
        Some("object") => format!("map<{}>", inner(&of.additional_properties)),
        Some("integer") => "number".to_owned(),
        Some(plain) => plain.to_owned(),
        None => "any".to_owned(),
    }
}

/// The last part of a token.
fn class(token: &str) -> &str {
    token.rsplit(':').next().unwrap_or(token)
}

/// A kind in the schema's short form.
fn written(kind: Kind) -> String {
    match kind {
        Kind::Boolean => "boolean".to_owned(),
        Kind::Integer | Kind::Number => "number".to_owned(),
        Kind::String => "string".to_owned(),
        Kind::List(item) => format!("{}[]", written(*item)),
        Kind::Map(item) => format!("map<{}>", written(*item)),
        Kind::Object(name) => format!("#{name}"),
    }
}
