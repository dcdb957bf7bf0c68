//! The schema of a package, as Pulumi's code generators read it. It is written in a fixed order.

use std::any::{TypeId, type_name};
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::error::Error;
use crate::value::{Value, to_json};

mod descriptions;

/// A whole package.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PackageSpec {
    /// Name of the package: the first part of its tokens.
    pub name: String,
    /// Its version, without a `v`.
    pub version: String,
    /// What the package is called in prose.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// What the package is for, in Markdown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words under which registries file it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Address of its home page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub homepage: String,
    /// SPDX name of its licence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub license: String,
    /// Address of its sources.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub repository: String,
    /// Who publishes it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub publisher: String,
    /// Under which name registries file the SDKs of who publishes it; empty for Pulumi's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Where the engine finds the plugin; empty for Pulumi's own place.
    #[serde(rename = "pluginDownloadURL", skip_serializing_if = "String::is_empty")]
    pub plugin_download_url: String,
    /// The packages whose resources it registers, so that their plugins are installed with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<PackageDependency>,
    /// Settings of Pulumi's code generators, by language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub language: BTreeMap<String, Json>,
    /// Object and enum types, by token.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, ComplexType>,
    /// How the package is configured, by the keys of a stack's configuration.
    #[serde(skip_serializing_if = "ConfigSpec::is_empty")]
    pub config: ConfigSpec,
    /// The provider of the package, to which the same can be told in a program.
    #[serde(skip_serializing_if = "ResourceSpec::is_empty")]
    pub provider: ResourceSpec,
    /// Components and custom resources, by token.
    pub resources: BTreeMap<String, ResourceSpec>,
    /// Functions, by token.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub functions: BTreeMap<String, FunctionSpec>,
}

impl PackageSpec {
    /// A package of that name and version, whose SDKs have the same version: a program asks for the plugin in the
    /// version of its SDK.
    pub fn new(name: &str, version: &str) -> Self {
        let settings = |language: &str| match language {
            "python" => json!({"pyproject": {"enabled": true}, "respectSchemaVersion": true}),
            _ => json!({"respectSchemaVersion": true}),
        };
        let language = ["csharp", "go", "nodejs", "python"].map(|it| (it.to_owned(), settings(it))).into();
        Self { name: name.to_owned(), version: version.to_owned(), language, ..Self::default() }
    }
}

/// How a package is configured.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct ConfigSpec {
    /// What can be said, by its key.
    pub variables: BTreeMap<String, PropertySpec>,
}

impl PackageDependency {
    /// The package of that name in exactly that version, from Pulumi's own place.
    pub fn new(name: &str, version: &str) -> Self {
        Self { name: name.to_owned(), version: version.to_owned(), ..Self::default() }
    }
}

impl ConfigSpec {
    fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }
}

/// Another package.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct PackageDependency {
    /// Its name.
    pub name: String,
    /// Its exact version, without a `v`.
    pub version: String,
    /// Where the engine finds its plugin; empty for Pulumi's own place.
    #[serde(rename = "downloadURL", skip_serializing_if = "String::is_empty")]
    pub download_url: String,
}

/// A component, a custom resource, or the provider of a package.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceSpec {
    /// Whether it is a component.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_component: bool,
    /// What it is, in Markdown.
    pub description: String,
    /// Its arguments.
    pub input_properties: BTreeMap<String, PropertySpec>,
    /// The arguments that must be given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_inputs: Vec<String>,
    /// Its outputs.
    pub properties: BTreeMap<String, PropertySpec>,
    /// The outputs that are always there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
}

impl ResourceSpec {
    /// A resource with these arguments and outputs.
    pub fn new(description: &str, inputs: Properties, outputs: Properties) -> Self {
        Self {
            is_component: false,
            description: description.to_owned(),
            input_properties: inputs.all,
            required_inputs: inputs.required,
            properties: outputs.all,
            required: outputs.required,
        }
    }

    fn is_empty(&self) -> bool {
        self.input_properties.is_empty()
    }
}

/// A function.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct FunctionSpec {
    /// What it answers, in Markdown.
    pub description: String,
    /// Its arguments.
    pub inputs: ObjectSpec,
    /// Its answer.
    pub outputs: ObjectSpec,
}

/// A named type: an object or an enum.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ComplexType {
    /// An object with the properties that are named.
    Object(ObjectSpec),
    /// A choice of texts.
    Enum(EnumSpec),
}

impl ComplexType {
    /// An object with these properties.
    pub fn object(description: &str, properties: Properties) -> Self {
        Self::Object(ObjectSpec::new(description, properties))
    }

    /// One of these texts.
    pub fn choice(description: &str, choices: Vec<ChoiceSpec>) -> Self {
        Self::Enum(EnumSpec { description: description.to_owned(), kind: "string", choices })
    }
}

/// An object type.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct ObjectSpec {
    /// What it is, in Markdown.
    pub description: String,
    /// `object`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its properties.
    pub properties: BTreeMap<String, PropertySpec>,
    /// The properties that must be given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
}

impl ObjectSpec {
    /// An object with these properties.
    pub fn new(description: &str, properties: Properties) -> Self {
        let Properties { all, required } = properties;
        Self { description: description.to_owned(), kind: "object", properties: all, required }
    }
}

/// An enum type.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EnumSpec {
    /// What is chosen, in Markdown.
    pub description: String,
    /// `string`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The choices.
    #[serde(rename = "enum")]
    pub choices: Vec<ChoiceSpec>,
}

/// One choice of an enum.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ChoiceSpec {
    /// Name in the SDKs.
    pub name: &'static str,
    /// What chooses it.
    pub value: &'static str,
    /// What it means, in Markdown.
    pub description: &'static str,
}

impl ChoiceSpec {
    /// A choice.
    pub fn new(name: &'static str, value: &'static str, description: &'static str) -> Self {
        Self { name, value, description }
    }
}

/// A property: its type and what is said about it.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PropertySpec {
    /// What it is, in Markdown.
    pub description: String,
    /// Its type.
    #[serde(flatten)]
    pub of: TypeSpec,
    /// The value it has if none is given. Pulumi takes only booleans, numbers and texts here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    /// Whether nobody may see it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Whether its change replaces the resource.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub will_replace_on_changes: bool,
    /// What the description says at its end: whether the property must be given, or what it is if it is not.
    #[serde(skip)]
    ending: String,
}

/// A type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TypeSpec {
    /// `boolean`, `integer`, `string`, `array` or `object`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// A named type.
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What a list holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<TypeSpec>>,
    /// What a map holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<Box<TypeSpec>>,
    /// The types of which it is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<TypeSpec>,
    /// Whether it must be known when the component is constructed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub plain: bool,
}

impl PropertySpec {
    /// An argument: one with a default need not be given, of the others `required` tells.
    pub fn argument(description: &str, of: TypeSpec, default: Option<&Value>, required: bool) -> Self {
        let default = default.and_then(|default| to_json(default).ok());
        let empty = |json: &Json| json.as_object().is_some_and(serde_json::Map::is_empty);
        let ending = match default.as_ref().filter(|json| !empty(json)) {
            Some(Json::String(text)) => format!("Default: `{text}`."),
            Some(json) => format!("Default: `{json}`."),
            None if required => "Required.".to_owned(),
            None => String::new(),
        };
        let default = default.filter(|json| !json.is_array() && !json.is_object());
        Self { description: description.to_owned(), of, default, ending, ..Self::default() }
    }

    /// A property of a record: whether nobody may see it, and whether its change replaces the resource.
    pub fn property(description: &str, of: TypeSpec, secret: bool, replaces: bool) -> Self {
        Self { secret, will_replace_on_changes: replaces, ..Self::output(description, of) }
    }

    /// An output.
    pub fn output(description: &str, of: TypeSpec) -> Self {
        Self { description: description.to_owned(), of, ..Self::default() }
    }
}

impl TypeSpec {
    /// A primitive type.
    pub fn of(kind: &'static str) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    /// A list of `item`.
    pub fn list(item: Self) -> Self {
        Self { items: Some(Box::new(item)), ..Self::of("array") }
    }

    /// A map from texts to `item`.
    pub fn map(item: Self) -> Self {
        Self { additional_properties: Some(Box::new(item)), ..Self::of("object") }
    }

    /// The component of that token.
    pub fn component(token: &str) -> Self {
        Self { reference: Some(format!("#/resources/{token}")), ..Self::default() }
    }

    /// One of these types.
    pub fn one_of(types: Vec<Self>) -> Self {
        Self { one_of: types, ..Self::default() }
    }

    /// The same type, plain if so.
    pub fn plain(self, plain: bool) -> Self {
        Self { plain, ..self }
    }
}

/// Properties of an object type, and which of them are required.
#[derive(Debug, Default)]
pub struct Properties {
    /// By name.
    pub all: BTreeMap<String, PropertySpec>,
    /// The names of those that must be there, sorted.
    pub required: Vec<String>,
}

impl Properties {
    /// The same as arguments, which say whether they must be given.
    pub fn into_arguments(mut self) -> Self {
        for (name, property) in &mut self.all {
            if self.required.contains(name) {
                "Required.".clone_into(&mut property.ending);
            }
        }
        self
    }

    /// Adds a property.
    pub fn add(&mut self, name: &str, property: PropertySpec, required: bool) {
        self.all.insert(name.to_owned(), property);
        if required {
            self.required.push(name.to_owned());
            self.required.sort();
        }
    }
}

/// The named types of a package, as they are found while it is described.
#[derive(Debug)]
pub struct Types {
    package: String,
    found: BTreeMap<String, Named>,
    mistakes: BTreeSet<String>,
}

#[derive(Debug)]
struct Named {
    id: TypeId,
    rust_name: &'static str,
    /// `None` while the type is being described.
    form: Option<ComplexType>,
}

impl Types {
    pub(crate) fn new(package: &str) -> Self {
        Self { package: package.to_owned(), found: BTreeMap::new(), mistakes: BTreeSet::new() }
    }

    /// All types by token, or what is wrong with them.
    pub(crate) fn into_found(self) -> Result<BTreeMap<String, ComplexType>, Error> {
        if self.mistakes.is_empty() {
            return Ok(self.found.into_iter().filter_map(|(token, named)| Some((token, named.form?))).collect());
        }
        Err(Error::join(self.mistakes.into_iter().map(Error::Bug).collect()))
    }

    /// Adds to `properties`, those of `Whole`, the properties of `Part`.
    pub fn flatten<Whole, Part>(&mut self, properties: &mut Properties, part: Properties) {
        for (name, property) in part.all {
            if properties.all.contains_key(&name) {
                let (whole, part) = (type_name::<Whole>(), type_name::<Part>());
                self.mistakes.insert(format!("`{whole}` has `{name}`, and `{part}`, which is a part of it, as well"));
            }
            let is_required = part.required.contains(&name);
            properties.add(&name, property, is_required);
        }
    }

    /// A reference to `T`, which the schema calls `name` and `describe` describes. Arguments and outputs may have a
    /// type in common: the first description counts, which is that of the arguments, with their defaults.
    pub fn named<T: 'static>(&mut self, name: &str, describe: impl FnOnce(&mut Self) -> ComplexType) -> TypeSpec {
        let token = format!("{}:index:{name}", self.package);
        let (id, rust_name) = (TypeId::of::<T>(), type_name::<T>());
        match self.found.get(&token) {
            None => {
                // A type may hold others of its own: it is there before it is described.
                self.found.insert(token.clone(), Named { id, rust_name, form: None });
                let form = Some(describe(self));
                self.found.insert(token.clone(), Named { id, rust_name, form });
            }
            Some(other) if other.id != id => {
                self.mistakes.insert(format!(
                    "`{token}` is the schema's name of two types, `{}` and `{rust_name}`: give one of them another name",
                    other.rust_name
                ));
            }
            Some(_) => {}
        }
        TypeSpec { reference: Some(format!("#/types/{token}")), ..TypeSpec::default() }
    }
}

/// A name in camel case, as the schema has it, from one in snake case; camel case stays.
pub fn camel(name: &str) -> String {
    let mut words = name.strip_prefix("r#").unwrap_or(name).split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut camel, word| {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
        camel
    })
}
