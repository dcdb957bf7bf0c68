//! A package: which components it has, and what its schema says of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::component::{Args as _, Component};
use crate::construct::{self, Constructed, Request};
use crate::error::Error;
use crate::monitor::Monitor;
use crate::schema::{PackageSpec, ResourceSpec, Types};

/// A package of components.
pub struct Provider {
    spec: PackageSpec,
    components: BTreeMap<&'static str, Row>,
}

struct Row {
    describe: fn(&mut Types) -> ResourceSpec,
    construct: Construct,
}

type Construct = fn(String, Request, Arc<dyn Monitor>) -> BoxFuture<'static, Result<Constructed, Error>>;

impl Provider {
    /// A package without components, described by what `spec` says about it beyond them.
    pub fn new(spec: PackageSpec) -> Self {
        Self { spec, components: BTreeMap::new() }
    }

    /// The package with one more component.
    pub fn component<C: Component>(mut self) -> Self {
        let row = Row {
            describe: |types| {
                let inputs = C::Args::properties(types);
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
        self.components.insert(C::TOKEN, row);
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
    /// If two types have one name in it.
    pub fn schema(&self) -> Result<PackageSpec, Error> {
        let mut types = Types::new(self.name());
        let describe = |(token, row): (&&str, &Row)| ((*token).to_owned(), (row.describe)(&mut types));
        let resources = self.components.iter().map(describe).collect();
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

    pub(crate) async fn construct(&self, request: Request, monitor: Arc<dyn Monitor>) -> Result<Constructed, Error> {
        let token = request.registration.token.as_str();
        let package = format!("{} v{}", self.name(), self.version());
        let Some(row) = self.components.get(token) else {
            let known: Vec<_> = self.components.keys().copied().collect();
            return Err(Error::Engine(format!(
                "{package} has no component `{token}`; it has `{}`: install the plugin's version that the SDK names",
                known.join("`, `")
            )));
        };
        (row.construct)(package, request, monitor).await
    }
}
