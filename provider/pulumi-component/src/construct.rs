//! One Construct request from its arguments to its outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use futures::future::BoxFuture;
use tokio::task::JoinSet;

use crate::component::Component;
use crate::context::{Context, Deployment, Inherited, Work};
use crate::decode::{Argument as _, Cursor};
use crate::error::Error;
use crate::monitor::{Monitor, Registration};
use crate::output::Later;
use crate::problem::Problems;
use crate::value::{Eventual, PropertyMap, Value};

/// A request to construct a component.
pub(crate) struct Request {
    /// The component's own registration: type, name, parent, arguments and options, as the program gave them.
    pub(crate) registration: Registration,
    /// Whether this is a preview.
    pub(crate) dry_run: bool,
    /// The stack's configuration, by keys such as `package:name`. It may hold secrets in plain text.
    pub(crate) config: BTreeMap<String, String>,
}

/// A constructed component.
#[derive(Debug)]
pub(crate) struct Constructed {
    pub(crate) urn: String,
    pub(crate) outputs: PropertyMap,
}

/// Constructs a component. `package` is the plugin's name and version, for messages.
pub(crate) async fn construct<C: Component>(
    package: String,
    request: Request,
    monitor: Arc<dyn Monitor>,
) -> Result<Constructed, Error> {
    let Request { registration, dry_run, config } = request;
    let features = monitor.features().await?;
    let inherited = Inherited {
        providers: registration.providers.clone(),
        protect: registration.protect,
        retain_on_delete: registration.retain_on_delete,
        deleted_with: registration.deleted_with.clone(),
        custom_timeouts: registration.custom_timeouts.clone(),
    };
    let secret_outputs: BTreeSet<_> = registration.additional_secret_outputs.iter().cloned().collect();
    let inputs = hydrate(registration.inputs.clone(), &*monitor).await?;
    let (urn, failed) = (OnceLock::new(), OnceLock::new());
    let deployment = Arc::new(Deployment { monitor, features, preview: dry_run, config, inherited, urn, failed });

    let (work, mut outputs) = build::<C>(package, &registration, &inputs, &deployment)?;
    for name in &secret_outputs {
        let Some(output) = outputs.get_mut(name) else {
            let known: Vec<_> = outputs.keys().map(String::as_str).collect();
            return Err(Error::Failed(format!(
                "`additionalSecretOutputs` names `{name}`, which is no output; the outputs are `{}`",
                known.join("`, `")
            )));
        };
        *output = output.secret();
    }

    let registered = deployment.monitor.register(registration).await?;
    let _ = deployment.urn.set(registered.urn.clone());
    let mut running: JoinSet<_> = work.into_iter().collect();
    let names: Vec<_> = outputs.keys().cloned().collect();
    let outputs = Later::properties(outputs).await;
    let mut errors = Vec::new();
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => errors.push(Error::clone(&error)),
            Err(ended) => errors.push(Error::ended("the construction", ended)),
        }
    }
    match outputs {
        Ok(outputs) if errors.is_empty() => {
            deployment.monitor.register_outputs(&registered.urn, outputs.clone()).await?;
            // What is missing would be taken for unknown in a preview: what is known to be nothing is said to be
            // nothing.
            let said = |name: String| (name.clone(), outputs.get(&name).cloned().unwrap_or(Value::Null));
            Ok(Constructed { urn: registered.urn, outputs: names.into_iter().map(said).collect() })
        }
        failed => {
            errors.extend(failed.err().map(|error| Error::clone(&error)));
            Err(Error::join(errors))
        }
    }
}

type Built = (Vec<Work>, BTreeMap<String, Later>);

/// Reads the arguments, with `inputs` as what the engine knows of them, and has the component say what it consists of.
/// Nothing is sent, nothing is awaited.
fn build<C: Component>(
    package: String,
    own: &Registration,
    inputs: &PropertyMap,
    deployment: &Arc<Deployment>,
) -> Result<Built, Error> {
    let problems = Problems::new(package);
    for reason in C::check(own) {
        problems.of_component(reason);
    }
    let args = C::Args::decode(Cursor::new(&problems, inputs));
    problems.into_result(inputs)?;
    let args = args.ok_or_else(|| Error::Bug("the arguments cannot be read, and nothing says why".to_owned()))?;
    let cx = Context::new(&own.name, deployment.clone());
    let component = C::construct(&cx, args)?;
    let outputs = component.collect();
    Ok((cx.into_work(&outputs)?, outputs))
}

/// Asks the engine for the state of every resource that the arguments refer to.
fn hydrate(inputs: PropertyMap, monitor: &dyn Monitor) -> BoxFuture<'_, Result<PropertyMap, Error>> {
    Box::pin(async move {
        let mut hydrated = PropertyMap::new();
        for (key, value) in inputs {
            hydrated.insert(key, hydrate_value(value, monitor).await?);
        }
        Ok(hydrated)
    })
}

async fn hydrate_value(value: Value, monitor: &dyn Monitor) -> Result<Value, Error> {
    Ok(match value {
        Value::Reference(mut reference) => {
            let state = monitor.state(&reference.urn).await.map_err(|error| match error {
                Error::Failed(reason) => {
                    let urn = &reference.urn;
                    Error::Failed(format!("an argument refers to `{urn}`, which the engine cannot read: {reason}"))
                }
                other => other,
            })?;
            reference.state = state.or(reference.state);
            Value::Reference(reference)
        }
        Value::Object(map) => Value::Object(hydrate(map, monitor).await?),
        Value::Array(items) => {
            let mut hydrated = Vec::new();
            for item in items {
                hydrated.push(Box::pin(hydrate_value(item, monitor)).await?);
            }
            Value::Array(hydrated)
        }
        Value::Eventual(eventual) => {
            let Eventual { value, secret, dependencies } = *eventual;
            let value = match value {
                Some(value) => Some(Box::pin(hydrate_value(value, monitor)).await?),
                None => None,
            };
            Eventual { value, secret, dependencies }.into_value()
        }
        plain => plain,
    })
}
