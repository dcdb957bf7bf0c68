//! The engine as a component sees it: a monitor that registers resources and calls functions.
//!
//! `Monitor` is the border to the engine: above it there are only our own types, below it (in `client`) gRPC.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use crate::error::Error;
use crate::value::{PropertyMap, Urns, Value};

/// What a component's request needs of the engine.
#[async_trait]
pub(crate) trait Monitor: Send + Sync {
    /// Asks what the engine can do. Asked once for each request, since engines differ.
    async fn features(&self) -> Result<Features, Error>;

    /// Registers a resource and waits until the engine has dealt with it.
    async fn register(&self, registration: Registration) -> Result<Registered, Error>;

    /// Completes a component with its outputs.
    async fn register_outputs(&self, urn: &str, outputs: PropertyMap) -> Result<(), Error>;

    /// Calls a function of a provider, or one that is built into the engine.
    async fn invoke(&self, invocation: Invocation) -> Result<Answer, Error>;

    /// What a resource of this deployment answers about itself; `None` where the engine says nothing of it.
    async fn state(&self, urn: &str) -> Result<Option<PropertyMap>, Error> {
        let invocation = Invocation {
            token: "pulumi:pulumi:getResource".to_owned(),
            args: PropertyMap::from([("urn".to_owned(), Value::String(urn.to_owned()))]),
            ..Invocation::default()
        };
        match self.invoke(invocation).await?.result.remove("state") {
            Some(Value::Object(state)) => Ok(Some(state)),
            _ => Ok(None),
        }
    }
}

/// A thing that not every engine can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    Secrets,
    ResourceReferences,
    OutputValues,
    AliasSpecs,
    ReplacementTrigger,
    DeletedWith,
    ReplaceWith,
    ResourceHooks,
    InvokeDependsOn,
    InvokeParent,
}

/// What an engine can do.
pub(crate) type Features = BTreeSet<Feature>;

/// One resource to register: `RegisterResource` in our own terms.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Registration {
    /// Type token, such as `pkg:module/thing:Thing`.
    pub token: String,
    /// Logical name.
    pub name: String,
    /// URN of the parent; empty for the stack.
    pub parent: String,
    /// Whether a provider manages it (a component is not custom).
    pub custom: bool,
    /// Its inputs. Nested marks are kept; the client writes them in the form that the engine takes.
    pub inputs: PropertyMap,
    /// The resources that each input depends on; a key for every input.
    pub property_dependencies: BTreeMap<String, Urns>,
    /// All resources that it depends on, those of its inputs included.
    pub dependencies: Urns,
    /// Provider as `URN::ID`; empty for the engine's choice.
    pub provider: String,
    /// Providers for its children, by package.
    pub providers: BTreeMap<String, String>,
    /// Exact version of the plugin that serves it; empty for components.
    pub version: String,
    /// Where the engine finds that plugin; empty for Pulumi's own place.
    pub plugin_download_url: String,
    /// Former identities.
    pub aliases: Vec<Alias>,
    /// Whether the engine refuses to delete it; `None` inherits.
    pub protect: Option<bool>,
    /// Whether it stays when it is removed from the program; `None` inherits.
    pub retain_on_delete: Option<bool>,
    /// Whether a replacement deletes first.
    pub delete_before_replace: Option<bool>,
    /// URN of the resource with whose deletion this one goes.
    pub deleted_with: String,
    /// URNs of the resources with whose replacement this one is replaced.
    pub replace_with: Vec<String>,
    /// A value whose change replaces it.
    pub replacement_trigger: Option<Value>,
    /// Property paths whose changes are ignored.
    pub ignore_changes: Vec<String>,
    /// Property paths whose changes replace it.
    pub replace_on_changes: Vec<String>,
    /// Outputs that are secret although the provider does not say so.
    pub additional_secret_outputs: Vec<String>,
    /// How long its operations may take.
    pub custom_timeouts: Option<CustomTimeouts>,
    /// Names of the program's hooks.
    pub hooks: Option<Hooks>,
}

impl Registration {
    /// A component of type `token`, called `name`, with these inputs and without options.
    pub fn of_component(token: &str, name: &str, inputs: PropertyMap) -> Self {
        Self { token: token.to_owned(), name: name.to_owned(), inputs, ..Self::default() }
    }
}

/// A former identity of a resource.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Alias {
    /// The whole URN.
    Urn(String),
    /// What differed; a part left empty is as now.
    Spec {
        /// Former logical name.
        name: String,
        /// Former type token.
        token: String,
        /// Former stack.
        stack: String,
        /// Former project.
        project: String,
        /// Former parent.
        parent: AliasParent,
    },
}

impl Alias {
    /// The former logical name; empty if it is as now.
    pub fn name(&self) -> &str {
        match self {
            Self::Urn(urn) => urn.rsplit("::").next().unwrap_or_default(),
            Self::Spec { name, .. } => name,
        }
    }

    /// The former type token; empty if it is as now.
    pub fn token(&self) -> &str {
        match self {
            // The types of its parents stand before its own.
            Self::Urn(urn) => urn.rsplit("::").nth(1).and_then(|types| types.rsplit('$').next()).unwrap_or_default(),
            Self::Spec { token, .. } => token,
        }
    }
}

/// The parent in an alias.
#[derive(Clone, Debug, PartialEq)]
pub enum AliasParent {
    /// The parent was the same.
    Same,
    /// The resource had no parent but the stack.
    Stack,
    /// The parent's URN.
    Urn(String),
}

/// How long the operations of a resource may take, as Go durations such as `10m`; empty for the default.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is the time-out of the operation that it is named after")]
#[non_exhaustive]
pub struct CustomTimeouts {
    pub create: String,
    pub update: String,
    pub delete: String,
    pub read: String,
}

/// Names of hooks that the program has registered, by the moment at which they run.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field holds the hooks of the moment that it is named after")]
#[non_exhaustive]
pub struct Hooks {
    pub before_create: Vec<String>,
    pub after_create: Vec<String>,
    pub before_update: Vec<String>,
    pub after_update: Vec<String>,
    pub before_delete: Vec<String>,
    pub after_delete: Vec<String>,
    pub on_error: Vec<String>,
}

/// What the engine answers to a registration.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Registered {
    /// URN of the resource.
    pub(crate) urn: String,
    /// Provider's id; empty while it is unknown.
    pub(crate) id: String,
    /// The resource's outputs.
    pub(crate) outputs: PropertyMap,
    /// Whether outputs that are missing will come later: in a preview, or when a targeted update skipped the resource.
    pub(crate) unknown: bool,
}

/// One function call: `Invoke` in our own terms. Arguments are plain: a call with anything unknown is never made.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Invocation {
    /// Function token, such as `pkg:module/getThing:getThing`.
    pub token: String,
    /// Arguments.
    pub args: PropertyMap,
    /// URN of the component on whose behalf it is called; the engine picks that one's provider.
    pub parent: String,
    /// Provider as `URN::ID`; empty for the engine's choice.
    pub provider: String,
    /// Exact version of the plugin that serves it; empty for functions of the engine.
    pub version: String,
    /// Where the engine finds that plugin; empty for Pulumi's own place.
    pub plugin_download_url: String,
}

/// What the engine answers to a function call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    /// The function's result.
    pub(crate) result: PropertyMap,
    /// Whether the result will be known only later.
    pub(crate) unknown: bool,
}
