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
/// where it would make another and delete that one: `Former::default().role("web")`.
#[derive(Clone, Debug, Default)]
pub struct Former {
    pub(crate) role: Option<String>,
    pub(crate) token: Option<&'static str>,
}

impl Former {
    /// It had this role.
    pub fn role(self, role: impl Into<String>) -> Self {
        Self { role: Some(role.into()), ..self }
    }

    /// It had this type token.
    pub fn token(self, token: &'static str) -> Self {
        Self { token: Some(token), ..self }
    }
}

/// What can be said about a resource beside its properties: `Options::default().protect(true)`.
#[derive(Clone, Default)]
pub struct Options {
    pub(crate) depends_on: Vec<Handle>,
    pub(crate) aliases: Vec<Former>,
    pub(crate) ignore_changes: &'static [&'static str],
    pub(crate) secret_outputs: &'static [&'static str],
    pub(crate) delete_before_replace: bool,
    pub(crate) replace_with: Vec<Handle>,
    pub(crate) retain_on_delete: Option<bool>,
    pub(crate) protect: Option<bool>,
}

impl Options {
    /// Resources that must be there first and go last, beyond those that its properties come from.
    pub fn depends_on(mut self, others: impl IntoIterator<Item = Handle>) -> Self {
        self.depends_on.extend(others);
        self
    }

    /// What it was before.
    pub fn aliases(mut self, formers: impl IntoIterator<Item = Former>) -> Self {
        self.aliases.extend(formers);
        self
    }

    /// Properties whose changes are somebody else's; in snake case, and in the table.
    pub fn ignore_changes(self, ignore_changes: &'static [&'static str]) -> Self {
        Self { ignore_changes, ..self }
    }

    /// Properties to keep secret in the state; in snake case, and in the table.
    pub fn secret_outputs(self, secret_outputs: &'static [&'static str]) -> Self {
        Self { secret_outputs, ..self }
    }

    /// Whether a replacement deletes first, for what may exist only once.
    pub fn delete_before_replace(self, delete_before_replace: bool) -> Self {
        Self { delete_before_replace, ..self }
    }

    /// Resources with whose replacement it is replaced, where the engine can do that.
    pub fn replace_with(mut self, others: impl IntoIterator<Item = Handle>) -> Self {
        self.replace_with.extend(others);
        self
    }

    /// Whether it stays when it is removed from the program; by default, and for nothing, as the component says.
    pub fn retain_on_delete(self, retain_on_delete: impl Into<Option<bool>>) -> Self {
        Self { retain_on_delete: retain_on_delete.into(), ..self }
    }

    /// Whether the engine refuses to delete it; by default, and for nothing, as the component says.
    pub fn protect(self, protect: impl Into<Option<bool>>) -> Self {
        Self { protect: protect.into(), ..self }
    }

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
