//! Descriptions, from what a doc comment says to what Pulumi's generators take.
//!
//! - Each language spells names in its own way. A property that is named as the schema names it becomes a reference,
//!   which the generators write as `host_name`, `hostName` or `HostName`. A name without a capital letter stays as it is:
//!   it is a word of every language but Go, and may mean something else.
//! - The generators leave out fenced code in other languages than their own; indented code they keep.

use std::collections::BTreeMap;
use std::mem;

use super::{ComplexType, ObjectSpec, PackageSpec, PropertySpec, TypeSpec};

type Properties = BTreeMap<String, PropertySpec>;

/// The properties that a description can name, by the beginning of a reference to one of them.
type Scope<'a> = [(String, &'a Properties)];

impl PackageSpec {
    /// The package with the descriptions of all that it has as the generators take them.
    pub(crate) fn with_references(mut self) -> Self {
        let known = self.clone();
        for (token, resource) in &mut self.resources {
            let Some(known_resource) = known.resources.get(token) else { continue };
            let inputs = (format!("#/resources/{token}/inputProperties"), &known_resource.input_properties);
            let outputs = (format!("#/resources/{token}/properties"), &known_resource.properties);
            let scope = [inputs, outputs];
            resource.description = known.rewritten(&resource.description, &scope);
            known.rewrite(&mut resource.input_properties, &scope);
            known.rewrite(&mut resource.properties, &scope);
        }
        for (token, function) in &mut self.functions {
            let Some(known_function) = known.functions.get(token) else { continue };
            let inputs = (format!("#/functions/{token}/inputs/properties"), &known_function.inputs.properties);
            let outputs = (format!("#/functions/{token}/outputs/properties"), &known_function.outputs.properties);
            let scope = [inputs, outputs];
            function.description = known.rewritten(&function.description, &scope);
            known.rewrite(&mut function.inputs.properties, &scope);
            known.rewrite(&mut function.outputs.properties, &scope);
        }
        // A key of the configuration is spelled alike in all languages: nothing refers to it.
        known.rewrite(&mut self.config.variables, &[]);
        known.rewrite(&mut self.provider.input_properties, &[]);
        for (token, of) in &mut self.types {
            match (of, known.object(token)) {
                (ComplexType::Object(object), Some(known_object)) => {
                    let scope = [(format!("#/types/{token}/properties"), &known_object.properties)];
                    object.description = known.rewritten(&object.description, &scope);
                    known.rewrite(&mut object.properties, &scope);
                }
                (ComplexType::Enum(choice), _) => choice.description = known.rewritten(&choice.description, &[]),
                (ComplexType::Object(_), None) => {}
            }
        }
        self
    }

    fn rewrite(&self, properties: &mut Properties, scope: &Scope<'_>) {
        for property in properties.values_mut() {
            property.description = self.rewritten(&property.description, scope);
            if !property.ending.is_empty() {
                property.description += "\n\n";
                property.description += &mem::take(&mut property.ending);
            }
        }
    }

    fn rewritten(&self, description: &str, scope: &Scope<'_>) -> String {
        let mut text = String::new();
        for (index, part) in description.split("```").enumerate() {
            let is_code = index % 2 == 1;
            text += &if is_code { indented(part) } else { self.referring(part, scope) };
        }
        text
    }

    /// A text without fenced code, with references for the names in it.
    fn referring(&self, text: &str, scope: &Scope<'_>) -> String {
        let parts = text.split('`').enumerate().map(|(index, part)| match index % 2 {
            0 => part.to_owned(),
            _ => match self.place(part, scope) {
                Some(place) => format!("{{{{% ref {place} %}}}}"),
                None => format!("`{part}`"),
            },
        });
        parts.collect()
    }

    /// What a name stands for: a property in scope or, behind a dot, one of the object that the property is.
    fn place(&self, name: &str, scope: &Scope<'_>) -> Option<String> {
        if !name.contains(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        let Some((whole, part)) = name.split_once('.') else {
            let (place, _) = scope.iter().find(|(_, properties)| properties.contains_key(name))?;
            return Some(format!("{place}/{name}"));
        };
        let whole = scope.iter().find_map(|(_, properties)| properties.get(whole))?;
        let token = whole.of.object()?;
        let is_there = self.object(token)?.properties.contains_key(part);
        is_there.then(|| format!("#/types/{token}/properties/{part}"))
    }

    fn object(&self, token: &str) -> Option<&ObjectSpec> {
        match self.types.get(token)? {
            ComplexType::Object(object) => Some(object),
            ComplexType::Enum(_) => None,
        }
    }
}

impl TypeSpec {
    /// Token of the object that this is, that its items are, or that it may be.
    fn object(&self) -> Option<&str> {
        let named = self.reference.as_deref().and_then(|reference| reference.strip_prefix("#/types/"));
        let inner = self.items.iter().map(Box::as_ref).chain(&self.one_of).find_map(Self::object);
        named.or(inner)
    }
}

/// What stands between two fences, the language first, as indented code.
fn indented(code: &str) -> String {
    let lines = code.lines().skip(1).map(|line| if line.is_empty() { String::new() } else { format!("    {line}") });
    lines.collect::<Vec<_>>().join("\n")
}
