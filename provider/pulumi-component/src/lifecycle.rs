//! Requests about custom resources, functions and configuration, from properties to records and back. Previews end here.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;

use crate::custom::{Changes, Created, CustomResource, Function, Unfinished};
use crate::error::Error;
use crate::operation::{Operation, Session};
use crate::problem::{Path, Problems};
use crate::record::{self, Record, known, written};
use crate::schema::{FunctionSpec, ObjectSpec, Properties, ResourceSpec, Types};
use crate::value::{PropertyMap, Value};

/// How a package is configured, as a record of some type.
pub(crate) type Configuration = Arc<dyn Any + Send + Sync>;

/// A resource as the engine keeps it.
#[derive(Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) properties: PropertyMap,
}

/// One type of custom resource, with properties in place of its records.
#[async_trait]
pub(crate) trait Lifecycle: Send + Sync {
    fn arguments(&self, types: &mut Types) -> Properties;
    fn describe(&self, types: &mut Types, arguments: Properties) -> ResourceSpec;
    fn check(&self, package: String, inputs: &PropertyMap) -> Result<(), Error>;
    fn diff(&self, old_inputs: &PropertyMap, state: &PropertyMap, inputs: &PropertyMap) -> Result<Changes, Error>;
    /// What stays as it is until the resource is replaced.
    fn stable(&self) -> Vec<&'static str>;
    /// The state as far as a preview knows it; `state` is the one before, if there is one.
    fn preview(&self, inputs: &PropertyMap, state: Option<&PropertyMap>) -> PropertyMap;
    async fn create(&self, call: Call, inputs: PropertyMap) -> Result<Kept, Unfinished<Kept>>;
    async fn read(&self, call: Call, kept: Kept) -> Result<Option<Kept>, Error>;
    async fn update(&self, call: Call, kept: Kept, inputs: PropertyMap) -> Result<Kept, Unfinished<Kept>>;
    async fn delete(&self, call: Call, kept: Kept) -> Result<(), Error>;
}

/// What an operation is asked with.
pub(crate) struct Call {
    pub(crate) config: Configuration,
    pub(crate) session: Session,
}

impl Call {
    fn operation<C: Record>(self) -> Result<Operation<C>, Error> {
        let Self { config, session } = self;
        let config = config.downcast().map_err(|_| Error::Bug("the configuration is of another type".to_owned()))?;
        Ok(Operation::new(config, session))
    }
}

/// The lifecycle of the custom resource `R`.
pub(crate) struct Of<R>(PhantomData<fn() -> R>);

impl<R> Of<R> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R: CustomResource> Of<R> {
    fn args(inputs: &PropertyMap) -> Result<R::Args, Error> {
        read("the arguments", R::TOKEN, inputs)
    }

    /// The state, which may have been written by another version of the package.
    fn state(properties: &PropertyMap) -> Result<R, Error> {
        read("the state", R::TOKEN, properties)
    }

    /// A state as the engine keeps it. What was given as a secret stays one under the same name.
    fn kept(id: String, state: R, inputs: &PropertyMap) -> Kept {
        let is_secret = |name: &String| inputs.get(name).is_some_and(Value::has_secret);
        let mark = |(name, value): (String, Value)| {
            let value = if is_secret(&name) && !value.has_secret() { value.into_secret() } else { value };
            (name, value)
        };
        Kept { id, properties: written(state).into_iter().map(mark).collect() }
    }
}

#[async_trait]
impl<R: CustomResource> Lifecycle for Of<R> {
    fn arguments(&self, types: &mut Types) -> Properties {
        R::Args::properties(types).into_arguments()
    }

    fn describe(&self, types: &mut Types, arguments: Properties) -> ResourceSpec {
        ResourceSpec::new(R::DESCRIPTION, arguments, R::properties(types))
    }

    fn check(&self, package: String, inputs: &PropertyMap) -> Result<(), Error> {
        record::check::<R::Args>(package.clone(), inputs)?;
        let Some(known) = known(inputs) else { return Ok(()) };
        let problems = Problems::new(package);
        for problem in R::check(&Self::args(&known)?) {
            problems.add(&Path::default(), problem);
        }
        problems.into_result(inputs)
    }

    fn diff(&self, old_inputs: &PropertyMap, state: &PropertyMap, inputs: &PropertyMap) -> Result<Changes, Error> {
        let by_arguments = Changes::between(old_inputs, inputs, &R::Args::replacing());
        match (known(state), known(inputs)) {
            (Some(state), Some(inputs)) => Ok(R::diff(&Self::state(&state)?, &Self::args(&inputs)?, by_arguments)),
            _ => Ok(by_arguments),
        }
    }

    fn stable(&self) -> Vec<&'static str> {
        R::stable()
    }

    fn preview(&self, inputs: &PropertyMap, state: Option<&PropertyMap>) -> PropertyMap {
        let (arguments, stable) = (R::Args::keys(), R::stable());
        let value = |key: &str| match (inputs.get(key), state.and_then(|state| state.get(key))) {
            (Some(input), _) => input.clone(),
            (None, _) if arguments.contains(&key) => Value::Null,
            (None, Some(value)) if stable.contains(&key) => value.clone(),
            (None, _) => Value::unknown(),
        };
        R::keys().into_iter().map(|key| (key.to_owned(), value(key))).collect()
    }

    async fn create(&self, call: Call, inputs: PropertyMap) -> Result<Kept, Unfinished<Kept>> {
        let args = Self::args(&all(&inputs)?)?;
        let keep = |Created { id, state }| Self::kept(id, state, &inputs);
        let created = R::create(&call.operation()?, args).await;
        let created = created.map(keep).map_err(|unfinished| unfinished.map(keep))?;
        if created.id.is_empty() {
            return Err(Error::Bug(format!("`{}` was made without an id", R::TOKEN)).into());
        }
        Ok(created)
    }

    async fn read(&self, call: Call, kept: Kept) -> Result<Option<Kept>, Error> {
        let Kept { id, properties } = kept;
        if properties.is_empty() {
            return Err(Error::Failed(format!(
                "`{}` cannot be imported: what it is, only the deployment knows that makes it; remove the option `import`",
                R::TOKEN
            )));
        }
        let state = Self::state(&all(&properties)?)?;
        let found = R::read(&call.operation()?, &id, state).await?;
        Ok(found.map(|state| Self::kept(id, state, &properties)))
    }

    async fn update(&self, call: Call, kept: Kept, inputs: PropertyMap) -> Result<Kept, Unfinished<Kept>> {
        let Kept { id, properties } = kept;
        let (state, args) = (Self::state(&all(&properties)?)?, Self::args(&all(&inputs)?)?);
        let updated = R::update(&call.operation()?, &id, state, args).await;
        let keep = |state| Self::kept(id.clone(), state, &inputs);
        updated.map(keep).map_err(|unfinished| unfinished.map(keep))
    }

    async fn delete(&self, call: Call, kept: Kept) -> Result<(), Error> {
        let state = Self::state(&all(&kept.properties)?)?;
        R::delete(&call.operation()?, &kept.id, state).await
    }
}

/// One function, with properties in place of its records.
#[async_trait]
pub(crate) trait Callable: Send + Sync {
    fn describe(&self, types: &mut Types) -> FunctionSpec;
    async fn call(&self, package: String, call: Call, args: PropertyMap) -> Result<PropertyMap, Error>;
}

#[async_trait]
impl<F: Function> Callable for Of<F> {
    fn describe(&self, types: &mut Types) -> FunctionSpec {
        let arguments = F::Args::properties(types).into_arguments();
        FunctionSpec {
            description: F::DESCRIPTION.to_owned(),
            inputs: ObjectSpec::new(F::Args::DESCRIPTION, arguments),
            outputs: ObjectSpec::new(F::DESCRIPTION, F::properties(types)),
        }
    }

    async fn call(&self, package: String, call: Call, args: PropertyMap) -> Result<PropertyMap, Error> {
        record::check::<F::Args>(package, &args)?;
        let args = read("the arguments", F::TOKEN, &all(&args)?)?;
        F::call(&call.operation()?, args).await.map(written)
    }
}

/// How a package is configured.
pub(crate) trait Configurable: Send + Sync {
    /// The provider of the package.
    fn describe(&self, types: &mut Types) -> ResourceSpec;
    fn check(&self, package: String, inputs: &PropertyMap) -> Result<(), Error>;
    fn read(&self, inputs: &PropertyMap) -> Result<Configuration, Error>;
}

impl<C: Record> Configurable for Of<C> {
    fn describe(&self, types: &mut Types) -> ResourceSpec {
        ResourceSpec::new(C::DESCRIPTION, C::properties(types).into_arguments(), Properties::default())
    }

    fn check(&self, package: String, inputs: &PropertyMap) -> Result<(), Error> {
        record::check::<C>(package, &Self::unpacked(inputs))
    }

    fn read(&self, inputs: &PropertyMap) -> Result<Configuration, Error> {
        let config: C = read("the configuration", "the package", &all(&Self::unpacked(inputs))?)?;
        Ok(Arc::new(config))
    }
}

impl<C: Record> Of<C> {
    /// The inputs of a provider without those that are the engine's own. Whatever is no text comes as JSON: the
    /// configuration of a stack knows nothing but texts.
    fn unpacked(inputs: &PropertyMap) -> PropertyMap {
        let mut types = Types::new("");
        let properties = C::properties(&mut types).all;
        let unpack = |name: &String, value: &Value| match (value, properties.get(name)) {
            (Value::String(text), Some(property)) if property.of.kind != Some("string") => {
                serde_json::from_str::<serde_json::Value>(text).map_or_else(|_| value.clone(), Value::from)
            }
            _ => value.clone(),
        };
        let own = inputs.iter().filter(|(name, _)| !ENGINES_OWN.contains(&name.as_str()));
        own.map(|(name, value)| (name.clone(), unpack(name, value))).collect()
    }
}

/// What the engine says to a provider beside its configuration.
const ENGINES_OWN: [&str; 4] = ["__internal", "pluginChecksums", "pluginDownloadURL", "version"];

/// All properties, when none of them can be unknown.
fn all(properties: &PropertyMap) -> Result<PropertyMap, Error> {
    known(properties).ok_or_else(|| Error::Failed("the engine gives a value that it does not know yet".to_owned()))
}

fn read<R: Record>(what: &str, whose: &str, properties: &PropertyMap) -> Result<R, Error> {
    R::from_properties(properties).map_err(|wanted| {
        Error::Failed(format!(
            "{what} of `{whose}` {wanted}: perhaps another version of the package wrote it; use that version"
        ))
    })
}
