//! Resources that are being registered, and what can be said about one beside its properties.

use std::sync::Arc;

use futures::future::{BoxFuture, Shared};

use crate::error::Error;
use crate::monitor::Registered;
use crate::output::{Later, Output};
use crate::schema::camel;
use crate::table::ResourceInfo;
use crate::value::{Eventual, PropertyMap, Urns, Value};

/// What a resource was in a former version of the package: the engine then takes the one that is there for this one,
/// where it would make another and delete that one.
#[derive(Clone, Debug, Default)]
pub struct Former {
    /// Its role, if that was another one.
    pub role: Option<String>,
    /// Its type token, if that was another one.
    pub token: Option<&'static str>,
}

/// What can be said about a resource beside its properties.
#[derive(Clone, Default)]
pub struct Options {
    /// Resources that must be there first and go last, beyond those that its properties come from.
    pub depends_on: Vec<Handle>,
    /// What it was before.
    pub aliases: Vec<Former>,
    /// Properties whose changes are somebody else's; in snake case, and in the table.
    pub ignore_changes: &'static [&'static str],
    /// Properties to keep secret in the state; in snake case, and in the table.
    pub secret_outputs: &'static [&'static str],
    /// Whether a replacement deletes first, for what may exist only once.
    pub delete_before_replace: bool,
    /// Resources with whose replacement it is replaced, where the engine can do that.
    pub replace_with: Vec<Handle>,
    /// Whether it stays when it is removed from the program; `None` inherits.
    pub retain_on_delete: Option<bool>,
    /// Whether the engine refuses to delete it; `None` inherits.
    pub protect: Option<bool>,
}

impl Options {
    /// The properties that it names and that `info` does not have.
    pub(crate) fn unknown_properties(&self, info: &ResourceInfo) -> Vec<&'static str> {
        let is_input = |name: &&str| info.inputs.iter().any(|(input, _)| input == name);
        let is_output = |name: &&str| info.outputs.iter().any(|(output, _)| output == name);
        let ignored = self.ignore_changes.iter().filter(|name| !is_input(name));
        let secret = self.secret_outputs.iter().filter(|name| !is_input(name) && !is_output(name));
        ignored.chain(secret).copied().collect()
    }
}

/// A resource that is being registered.
#[derive(Clone)]
pub struct Handle {
    pub(crate) registered: Registering,
}

impl Handle {
    /// Provider's id of the resource.
    pub fn id(&self) -> Output<String> {
        self.output("id")
    }

    /// The output of that name, in snake case.
    #[doc(hidden)]
    pub fn output<T>(&self, name: &'static str) -> Output<T> {
        let registered = self.registered.clone();
        Output::new(Later::pending(async move {
            let settled = registered.await?;
            Ok(settled.output(&camel(name)).into())
        }))
    }
}

/// A registration on its way.
pub(crate) type Registering = Shared<BoxFuture<'static, Result<Arc<Settled>, Arc<Error>>>>;

/// A resource with which the engine has dealt.
pub(crate) struct Settled {
    pub(crate) registered: Registered,
    /// The inputs that are outputs as well.
    pub(crate) taken_over: PropertyMap,
    /// Whether an output that is missing will come later.
    pub(crate) preview: bool,
}

impl Settled {
    /// An output of the resource. The provider may leave out what it takes over from the inputs.
    pub(crate) fn output(&self, name: &str) -> Value {
        let answered = match name {
            "id" if self.registered.id.is_empty() => None,
            "id" => Some(Value::String(self.registered.id.clone())),
            _ => self.registered.outputs.get(name).filter(|value| !value.is_null()).cloned(),
        };
        let value = match answered {
            Some(value) => value,
            None if self.preview => Value::unknown(),
            None => self.taken_over.get(name).cloned().unwrap_or(Value::Null),
        };
        let dependencies = Urns::from([self.registered.urn.clone()]);
        let marked = Eventual { value: Some(value), secret: false, dependencies };
        Value::Eventual(Box::new(marked))
    }
}
