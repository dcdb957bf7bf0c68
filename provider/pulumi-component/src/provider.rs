//! A package: which components, custom resources and functions it has, and what its schema says of them.

use std::any::{TypeId, type_name};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::component::{Args as _, Component};
use crate::construct::{self, Constructed, Request};
use crate::custom::{CustomResource, Function};
use crate::error::Error;
use crate::lifecycle::{Callable, Configurable, Lifecycle, Of};
use crate::monitor::Monitor;
use crate::record::Record;
use crate::schema::{ConfigSpec, PackageSpec, Properties, ResourceSpec, Types};

/// A package of components, custom resources and functions.
pub struct Provider {
    spec: PackageSpec,
    components: BTreeMap<&'static str, Row>,
    resources: BTreeMap<&'static str, Box<dyn Lifecycle>>,
    functions: BTreeMap<&'static str, Box<dyn Callable>>,
    config: Box<dyn Configurable>,
    config_type: Kind,
    /// Tokens that more than one thing has.
    repeated: BTreeSet<&'static str>,
    /// The types of configuration that custom resources and functions want.
    wanted: Vec<(&'static str, Kind)>,
}

/// A type, and what the compiler calls it.
type Kind = (TypeId, &'static str);

fn kind<T: 'static>() -> Kind {
    (TypeId::of::<T>(), type_name::<T>())
}

struct Row {
    arguments: fn(&mut Types) -> Properties,
    /// The component with these arguments.
    describe: fn(&mut Types, Properties) -> ResourceSpec,
    construct: Construct,
}

type Construct = fn(String, Request, Arc<dyn Monitor>) -> BoxFuture<'static, Result<Constructed, Error>>;

impl Provider {
    /// A package without anything in it, described by what `spec` says about it beyond that.
    pub fn new(spec: PackageSpec) -> Self {
        Self {
            spec,
            components: BTreeMap::new(),
            resources: BTreeMap::new(),
            functions: BTreeMap::new(),
            config: Box::new(Of::<()>::new()),
            config_type: kind::<()>(),
            repeated: BTreeSet::new(),
            wanted: Vec::new(),
        }
    }

    /// The package, configured by `C`: by the configuration of a stack, or by a provider in the program.
    pub fn config<C: Record>(mut self) -> Self {
        self.config = Box::new(Of::<C>::new());
        self.config_type = kind::<C>();
        self
    }

    /// The package with one more custom resource.
    pub fn resource<R: CustomResource>(mut self) -> Self {
        self.wanted.push((R::TOKEN, kind::<R::Config>()));
        self.note(R::TOKEN);
        self.resources.insert(R::TOKEN, Box::new(Of::<R>::new()));
        self
    }

    /// The package with one more function.
    pub fn function<F: Function>(mut self) -> Self {
        self.wanted.push((F::TOKEN, kind::<F::Config>()));
        self.note(F::TOKEN);
        self.functions.insert(F::TOKEN, Box::new(Of::<F>::new()));
        self
    }

    /// The package with one more component.
    pub fn component<C: Component>(mut self) -> Self {
        let row = Row {
            arguments: C::Args::properties,
            describe: |types, inputs| ResourceSpec {
                is_component: true,
                ..ResourceSpec::new(C::DESCRIPTION, inputs, C::properties(types))
            },
            construct: |package, request, monitor| Box::pin(construct::construct::<C>(package, request, monitor)),
        };
        self.note(C::TOKEN);
        self.components.insert(C::TOKEN, row);
        self
    }

    /// Notes that something has this token.
    fn note(&mut self, token: &'static str) {
        let is_taken = self.components.contains_key(token)
            || self.resources.contains_key(token)
            || self.functions.contains_key(token);
        if is_taken {
            self.repeated.insert(token);
        }
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
    /// If the package cannot be as it is described: two types or things of one name, a thing that is not of this package or
    /// wants another configuration than it has, a version that is none.
    pub fn schema(&self) -> Result<PackageSpec, Error> {
        let mistakes = self.mistakes();
        if !mistakes.is_empty() {
            return Err(Error::join(mistakes.into_iter().map(Error::Bug).collect()));
        }
        let mut types = Types::new(self.name());
        // The arguments of all components, and only then their outputs: a type that both have keeps what is said of
        // arguments.
        let arguments: Vec<_> = self.components.values().map(|row| (row.arguments)(&mut types)).collect();
        let rows = self.components.iter().zip(arguments);
        let mut resources: BTreeMap<_, _> = rows
            .map(|((token, row), arguments)| ((*token).to_owned(), (row.describe)(&mut types, arguments)))
            .collect();
        for (token, resource) in &self.resources {
            let arguments = resource.arguments(&mut types);
            resources.insert((*token).to_owned(), resource.describe(&mut types, arguments));
        }
        let functions = self.functions.iter();
        let functions = functions.map(|(token, it)| ((*token).to_owned(), it.describe(&mut types))).collect();
        let provider = self.config.describe(&mut types);
        let config = ConfigSpec { variables: provider.input_properties.clone() };
        let types = types.into_found()?;
        Ok(PackageSpec { types, config, provider, resources, functions, ..self.spec.clone() }.with_references())
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
        mistakes.extend(self.repeated.iter().map(|token| format!("two things have the token `{token}`")));
        let (config, config_name) = self.config_type;
        let others = self.wanted.iter().filter(|(_, (wanted, _))| *wanted != config);
        mistakes.extend(others.map(|(token, (_, wanted))| {
            format!("`{token}` wants the configuration `{wanted}`, and the package has `{config_name}`")
        }));
        let is_own = |token: &str| match token.split(':').collect::<Vec<_>>().as_slice() {
            [package, module, thing] => *package == name && !module.is_empty() && !thing.is_empty(),
            _ => false,
        };
        let tokens = self.components.keys().chain(self.resources.keys()).chain(self.functions.keys());
        let foreign = tokens.filter(|token| !is_own(token));
        mistakes.extend(foreign.map(|token| format!("the token `{token}` is not of the form `{name}:index:Thing`")));
        mistakes
    }

    /// The package's name and version, for messages.
    pub(crate) fn package(&self) -> String {
        format!("{} v{}", self.name(), self.version())
    }

    pub(crate) async fn construct(&self, request: Request, monitor: Arc<dyn Monitor>) -> Result<Constructed, Error> {
        let row = self.row(&self.components, "component", &request.registration.token)?;
        (row.construct)(self.package(), request, monitor).await
    }

    pub(crate) fn custom(&self, token: &str) -> Result<&dyn Lifecycle, Error> {
        self.row(&self.resources, "resource", token).map(Box::as_ref)
    }

    pub(crate) fn callable(&self, token: &str) -> Result<&dyn Callable, Error> {
        self.row(&self.functions, "function", token).map(Box::as_ref)
    }

    pub(crate) fn configurable(&self) -> &dyn Configurable {
        self.config.as_ref()
    }

    fn row<'a, T>(&self, rows: &'a BTreeMap<&'static str, T>, kind: &str, token: &str) -> Result<&'a T, Error> {
        rows.get(token).ok_or_else(|| {
            let known: Vec<_> = rows.keys().copied().collect();
            let has = if known.is_empty() { String::new() } else { format!("; it has `{}`", known.join("`, `")) };
            let remedy = "install the plugin's version that the SDK names";
            Error::Failed(format!("{} has no {kind} `{token}`{has}: {remedy}", self.package()))
        })
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
