//! A package: which components it has, and what its schema says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::component::{Args as _, Component};
use crate::construct::{self, Constructed, Request};
use crate::error::Error;
use crate::monitor::Monitor;
use crate::schema::{PackageSpec, Properties, ResourceSpec, Types};

/// A package of components.
pub struct Provider {
    spec: PackageSpec,
    components: BTreeMap<&'static str, Row>,
    /// Tokens that more than one component has.
    repeated: BTreeSet<&'static str>,
}

struct Row {
    arguments: fn(&mut Types) -> Properties,
    /// The component with these arguments.
    describe: fn(&mut Types, Properties) -> ResourceSpec,
    construct: Construct,
}

type Construct = fn(String, Request, Arc<dyn Monitor>) -> BoxFuture<'static, Result<Constructed, Error>>;

impl Provider {
    /// A package without components, described by what `spec` says about it beyond them.
    pub fn new(spec: PackageSpec) -> Self {
        Self { spec, components: BTreeMap::new(), repeated: BTreeSet::new() }
    }

    /// The package with one more component.
    pub fn component<C: Component>(mut self) -> Self {
        let row = Row {
            arguments: C::Args::properties,
            describe: |types, inputs| {
                let outputs = C::properties(types);
                ResourceSpec {
                    is_component: true,
                    description: C::DESCRIPTION.to_owned(),
                    input_properties: inputs.all,
                    required_inputs: inputs.required,
                    properties: outputs.all,
                    required: outputs.required,
                }
            },
            construct: |package, request, monitor| Box::pin(construct::construct::<C>(package, request, monitor)),
        };
        if self.components.insert(C::TOKEN, row).is_some() {
            self.repeated.insert(C::TOKEN);
        }
        self
    }

    /// The package's name.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// The package's version, without a `v`.
    pub fn version(&self) -> &str {
        &self.spec.version
    }

    /// The package's schema.
    ///
    /// # Errors
    /// If the package cannot be as it is described: two types or components of one name, a component that is not of this
    /// package, a version that is none.
    pub fn schema(&self) -> Result<PackageSpec, Error> {
        let mistakes = self.mistakes();
        if !mistakes.is_empty() {
            return Err(Error::join(mistakes.into_iter().map(Error::Bug).collect()));
        }
        let mut types = Types::new(self.name());
        // The arguments of all, and only then the outputs: a type that both have keeps what is said of arguments.
        let arguments: Vec<_> = self.components.values().map(|row| (row.arguments)(&mut types)).collect();
        let rows = self.components.iter().zip(arguments);
        let resources = rows
            .map(|((token, row), arguments)| ((*token).to_owned(), (row.describe)(&mut types, arguments)))
            .collect();
        let types = types.into_found()?;
        Ok(PackageSpec { types, resources, ..self.spec.clone() }.with_references())
    }

    /// The package's schema as JSON text, one property a line, with a newline at the end.
    ///
    /// # Errors
    /// As [`Provider::schema`], and if a default is not JSON.
    pub fn schema_json(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(&self.schema()?);
        Ok(text.map_err(|error| Error::Bug(format!("the schema cannot be written: {error}")))? + "\n")
    }

    fn mistakes(&self) -> Vec<String> {
        let (name, version) = (self.name(), self.version());
        let mut mistakes = Vec::new();
        if !is_version(version) {
            mistakes.push(format!("`{version}` is not a version such as `1.2.3`, `1.2.3-beta.1` or `1.2.3+build`"));
        }
        mistakes.extend(self.repeated.iter().map(|token| format!("two components have the token `{token}`")));
        let is_own = |token: &str| match token.split(':').collect::<Vec<_>>().as_slice() {
            [package, module, thing] => *package == name && !module.is_empty() && !thing.is_empty(),
            _ => false,
        };
        let foreign = self.components.keys().filter(|token| !is_own(token));
        mistakes.extend(foreign.map(|token| format!("the token `{token}` is not of the form `{name}:index:Thing`")));
        mistakes
    }

    pub(crate) async fn construct(&self, request: Request, monitor: Arc<dyn Monitor>) -> Result<Constructed, Error> {
        let token = request.registration.token.as_str();
        let package = format!("{} v{}", self.name(), self.version());
        let Some(row) = self.components.get(token) else {
            let known: Vec<_> = self.components.keys().copied().collect();
            return Err(Error::Failed(format!(
                "{package} has no component `{token}`; it has `{}`: install the plugin's version that the SDK names",
                known.join("`, `")
            )));
        };
        (row.construct)(package, request, monitor).await
    }
}

/// Whether a text is a version as the engine reads it: three numbers, perhaps with a pre-release or a build behind
/// them.
fn is_version(text: &str) -> bool {
    let is_number = |part: &str| part == "0" || (!part.starts_with('0') && is_digits(part));
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (core, release) = text.split_once('-').map_or((text, None), |(core, release)| (core, Some(release)));
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && release.into_iter().flat_map(|it| it.split('.')).all(|it| is_number(it) || (is_word(it) && !is_digits(it)))
        && build.into_iter().flat_map(|build| build.split('.')).all(is_word)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}
