//! What a component sees of the deployment: its name, and ways to register resources and to call functions.
//!
//! While a component is constructed nothing is sent: the context gathers the graph, and the framework runs it once
//! the component has said all and is registered itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::error::Error;
use crate::monitor::{Alias, AliasParent, CustomTimeouts, Feature, Features, Invocation, Monitor, Registration};
use crate::output::{Later, Outcome, Output};
use crate::resource::{Former, Handle, Options, Settled};
use crate::schema::camel;
use crate::table::{FunctionInfo, Props, ResourceInfo};
use crate::value::{Eventual, PropertyMap, Urns, Value};

/// What a component sees of the deployment.
///
/// It is not `Clone` and cannot outlive `construct`: a closure given to [`Output::map`] cannot hold it, so that no
/// resource can be registered where a preview would not see it.
pub struct Context {
    name: String,
    deployment: Arc<Deployment>,
    roles: Mutex<BTreeSet<(&'static str, String)>>,
    registered: Mutex<Vec<Handle>>,
    work: Mutex<Vec<Work>>,
    failures: Mutex<Vec<Error>>,
}

/// Something that is to be done before the request can be answered.
pub(crate) type Work = BoxFuture<'static, Result<(), Arc<Error>>>;

impl Context {
    pub(crate) fn new(name: &str, deployment: Arc<Deployment>) -> Self {
        Self {
            name: name.to_owned(),
            deployment,
            roles: Mutex::default(),
            registered: Mutex::default(),
            work: Mutex::default(),
            failures: Mutex::default(),
        }
    }

    /// The component's own name, with which the logical names of its resources begin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All resources that the component has registered so far, for one that comes after them.
    pub fn registered(&self) -> Vec<Handle> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All that is to be done, unless it is clear already that it cannot be.
    pub(crate) fn into_work(self, outputs: &BTreeMap<String, Later>) -> Result<Vec<Work>, Error> {
        self.note_failures(outputs.values());
        let failures = self.failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        if failures.is_empty() {
            Ok(self.work.into_inner().unwrap_or_else(PoisonError::into_inner))
        } else {
            Err(Error::join(failures))
        }
    }

    fn note_failures<'a>(&self, values: impl Iterator<Item = &'a Later>) {
        self.note(values.filter_map(Later::failure).map(|error| Error::clone(&error)));
    }

    fn note(&self, failures: impl IntoIterator<Item = Error>) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).extend(failures);
    }

    /// Registers a resource: what the builders of [`resources!`](crate::resources) do.
    #[doc(hidden)]
    pub fn register(&self, info: &'static ResourceInfo, role: &str, props: Props, options: Options) -> Handle {
        let (token, name) = (info.token, self.logical_name(role));
        self.note_failures(props.0.values());
        if !self.roles.lock().unwrap_or_else(PoisonError::into_inner).insert((token, role.to_owned())) {
            self.note([Error::Bug(format!("two resources of type `{token}` are called `{name}`"))]);
        }
        self.note(options.unknown_properties(info).into_iter().map(|property| {
            Error::Bug(format!("`{name}` (`{token}`) has an option for `{property}`, which is not in its table"))
        }));
        let aliases = options.aliases.iter().map(|former| self.alias(former)).collect();
        let deployment = self.deployment.clone();
        let identity = Registration { token: token.to_owned(), name, aliases, ..Registration::default() };
        let registered = async move { deployment.register(info, identity, props, options).await };
        let registered = registered.boxed().shared();
        self.add(registered.clone().map(|settled| settled.map(drop)));
        let handle = Handle { registered };
        self.registered.lock().unwrap_or_else(PoisonError::into_inner).push(handle.clone());
        handle
    }

    /// Calls a function: what the builders of [`functions!`](crate::functions) do.
    #[doc(hidden)]
    pub fn invoke(&self, info: &'static FunctionInfo, props: Props, advice: &'static str) -> Output<()> {
        self.note_failures(props.0.values());
        let deployment = self.deployment.clone();
        let answer = Later::pending(async move { deployment.invoke(info, props, advice).await });
        let work = answer.clone();
        self.add(async move { work.resolve().await.map(drop) });
        Output::new(answer)
    }

    /// What the provider of another package is told under `key`: the one that the component was given, or else the stack's
    /// configuration of that package. A value that is no text is JSON.
    pub fn provider_setting(&self, package: &'static str, key: &'static str) -> Output<Option<String>> {
        let deployment = self.deployment.clone();
        let setting = Later::pending(async move { deployment.provider_setting(package, key).await });
        let work = setting.clone();
        self.add(async move { work.resolve().await.map(drop) });
        Output::new(setting)
    }

    fn logical_name(&self, role: &str) -> String {
        format!("{}-{role}", self.name)
    }

    fn alias(&self, former: &Former) -> Alias {
        Alias::Spec {
            name: former.role.as_deref().map(|role| self.logical_name(role)).unwrap_or_default(),
            token: former.token.unwrap_or_default().to_owned(),
            stack: String::new(),
            project: String::new(),
            parent: AliasParent::Same,
        }
    }

    fn add(&self, work: impl Future<Output = Result<(), Arc<Error>>> + Send + 'static) {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).push(work.boxed());
    }
}

/// What every registration of one component shares.
pub(crate) struct Deployment {
    pub(crate) monitor: Arc<dyn Monitor>,
    pub(crate) features: Features,
    pub(crate) preview: bool,
    /// The stack's configuration.
    pub(crate) config: BTreeMap<String, String>,
    /// What children take over from the component.
    pub(crate) inherited: Inherited,
    /// The component's URN, once it is registered; nothing is sent before.
    pub(crate) urn: OnceLock<String>,
    /// The first failure, after which nothing new is begun.
    pub(crate) failed: OnceLock<Arc<Error>>,
}

/// The options of a component that its children share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inherited {
    pub(crate) providers: BTreeMap<String, String>,
    pub(crate) protect: Option<bool>,
    pub(crate) retain_on_delete: Option<bool>,
    pub(crate) deleted_with: String,
    pub(crate) custom_timeouts: Option<CustomTimeouts>,
}

impl Deployment {
    async fn register(
        &self,
        info: &ResourceInfo,
        identity: Registration,
        props: Props,
        options: Options,
    ) -> Result<Arc<Settled>, Arc<Error>> {
        // Thousands may wait for the engine at a time: what a registration is made of is gone by then, its place too.
        let registration = Box::pin(self.complete(info, identity, props, options)).await?;
        let taken_over = asked_for(info, &registration.inputs);
        self.unless_failed()?;
        let mut registered = self.monitor.register(registration).await.map_err(|error| self.fail(error))?;
        registered.outputs = asked_for(info, &registered.outputs);
        let preview = self.preview || registered.unknown;
        Ok(Arc::new(Settled { registered, taken_over, preview }))
    }

    /// The registration of a resource, once all that it is made of is there.
    async fn complete(
        &self,
        info: &ResourceInfo,
        identity: Registration,
        props: Props,
        options: Options,
    ) -> Result<Registration, Arc<Error>> {
        let (inputs, property_dependencies) = resolve(props).await?;
        let mut dependencies: Urns = property_dependencies.values().flatten().cloned().collect();
        for handle in options.depends_on {
            dependencies.insert(handle.registered.await?.registered.urn.clone());
        }
        let mut replace_with = Vec::new();
        for handle in options.replace_with {
            replace_with.push(handle.registered.await?.registered.urn.clone());
        }
        if !self.features.contains(&Feature::ReplaceWith) {
            replace_with.clear();
        }
        let Inherited { providers, protect, retain_on_delete, deleted_with, custom_timeouts } = self.inherited.clone();
        Ok(Registration {
            parent: self.parent(),
            custom: true,
            inputs,
            property_dependencies,
            dependencies,
            provider: provider(&providers, info.token),
            version: info.version.to_owned(),
            plugin_download_url: info.plugin_download_url.to_owned(),
            protect: options.protect.or(protect),
            retain_on_delete: options.retain_on_delete.or(retain_on_delete),
            delete_before_replace: options.delete_before_replace.then_some(true),
            deleted_with,
            replace_with,
            ignore_changes: options.ignore_changes.iter().map(|name| camel(name)).collect(),
            additional_secret_outputs: options.secret_outputs.iter().map(|name| camel(name)).collect(),
            custom_timeouts,
            ..identity
        })
    }

    async fn invoke(&self, info: &FunctionInfo, props: Props, advice: &str) -> Outcome {
        let args = Later::object(props.0).resolve().await?;
        let Eventual { value, secret, dependencies } = args.flatten();
        let Some(Value::Object(args)) = value else {
            return Ok(Arc::new(Eventual { value: None, secret, dependencies }.into_value()));
        };
        // An engine that takes the parent picks the parent's provider; for the others it is picked here.
        let by_parent = self.features.contains(&Feature::InvokeParent);
        let invocation = Invocation {
            token: info.token.to_owned(),
            args,
            parent: if by_parent { self.parent() } else { String::new() },
            provider: provider(&self.inherited.providers, info.token),
            version: info.version.to_owned(),
            plugin_download_url: info.plugin_download_url.to_owned(),
        };
        self.unless_failed()?;
        let answer = self.monitor.invoke(invocation).await.map_err(|error| {
            self.fail(match error {
                Error::Failed(reason) if !advice.is_empty() => Error::Failed(format!("{reason}; {advice}")),
                other => other,
            })
        })?;
        let value = (!answer.unknown).then_some(Value::Object(answer.result));
        Ok(Arc::new(Eventual { value, secret, dependencies }.into_value()))
    }

    async fn provider_setting(&self, package: &str, key: &str) -> Outcome {
        let Some(provider) = self.inherited.providers.get(package) else {
            let configured = self.config.get(&format!("{package}:{key}"));
            return Ok(Arc::new(configured.map_or(Value::Null, |text| Value::String(text.clone()))));
        };
        // Its id stands behind its URN.
        let urn = provider.rsplit_once("::").map_or(provider.as_str(), |(urn, _)| urn);
        self.unless_failed()?;
        let state = self.monitor.state(urn).await.map_err(|error| self.fail(error))?;
        Ok(Arc::new(state.and_then(|mut state| state.remove(key)).unwrap_or(Value::Null)))
    }

    fn parent(&self) -> String {
        self.urn.get().cloned().unwrap_or_default()
    }

    fn unless_failed(&self) -> Result<(), Arc<Error>> {
        self.failed.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    fn fail(&self, error: Error) -> Arc<Error> {
        let error = Arc::new(error);
        // A later failure is reported too, by whoever waits for it; only the first one stops the rest.
        let _ = self.failed.set(error.clone());
        error
    }
}

/// Those properties that somebody can ask a resource for. A deployment of many components holds what every resource has
/// answered until all of them are done: so each keeps just these, and not all the inputs, which the engine answers again.
fn asked_for(info: &ResourceInfo, properties: &PropertyMap) -> PropertyMap {
    let outputs: BTreeSet<_> = info.outputs.iter().map(|(output, _)| camel(output)).collect();
    let kept = properties.iter().filter(|(name, _)| outputs.contains(*name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The provider among those given for a package that serves a token.
fn provider(providers: &BTreeMap<String, String>, token: &str) -> String {
    let package = token.split(':').next().unwrap_or_default();
    providers.get(package).cloned().unwrap_or_default()
}

/// All properties once they are there, and the resources that each depends on.
async fn resolve(props: Props) -> Result<(PropertyMap, BTreeMap<String, Urns>), Arc<Error>> {
    let inputs = Later::properties(props.0).await?;
    let dependencies = inputs.iter().map(|(name, value)| (name.clone(), value.dependencies())).collect();
    Ok((inputs, dependencies))
}
