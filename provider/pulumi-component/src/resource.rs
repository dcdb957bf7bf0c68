//! Resources and functions of other packages: a typed surface over untyped properties.
//!
//! The macros turn a table of names and types into builders. The table is data as well ([`ResourceInfo`]), so that
//! a test can hold it against the other package's schema.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::decode::camel;
use crate::output::{FromValue, Later, Output};
use crate::value::Value;

/// A type of resource, as far as this package uses it.
#[derive(Debug)]
pub struct ResourceInfo {
    /// Type token, such as `pkg:module/thing:Thing`.
    pub token: &'static str,
    /// Exact version of the package that serves it.
    pub version: &'static str,
    /// Inputs by name, in snake case.
    pub inputs: &'static [(&'static str, Kind)],
    /// Outputs by name, in snake case.
    pub outputs: &'static [(&'static str, Kind)],
}

/// A function, as far as this package uses it.
pub type FunctionInfo = ResourceInfo;

/// An object type, as far as this package uses it.
#[derive(Debug)]
pub struct ObjectInfo {
    /// Name of the object type.
    pub name: &'static str,
    /// Properties by name, in snake case.
    pub properties: &'static [(&'static str, Kind)],
}

/// The type of a property in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A boolean.
    Boolean,
    /// A whole number.
    Integer,
    /// A text.
    String,
    /// A list.
    List(&'static Kind),
    /// A map.
    Map(&'static Kind),
    /// An object of that name.
    Object(&'static str),
}

/// A type that a table can give to a property.
pub trait PropertyType {
    /// What the table says.
    const KIND: Kind;
}

impl PropertyType for bool {
    const KIND: Kind = Kind::Boolean;
}

impl PropertyType for u32 {
    const KIND: Kind = Kind::Integer;
}

impl PropertyType for String {
    const KIND: Kind = Kind::String;
}

impl<T: PropertyType> PropertyType for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
}

impl<T: PropertyType> PropertyType for BTreeMap<String, T> {
    const KIND: Kind = Kind::Map(&T::KIND);
}

/// What a property of type `T` can be set from.
#[diagnostic::on_unimplemented(
    message = "a property of type `{T}` cannot be set from `{Self}`",
    label = "wants a `{T}`, or an `Output<{T}>`",
    note = "outputs are taken by value or by reference; a `None` leaves the property out"
)]
pub trait IntoInput<T> {
    /// The untyped value.
    #[doc(hidden)]
    fn into_later(self) -> Later;
}

impl<T> IntoInput<T> for Output<T> {
    fn into_later(self) -> Later {
        self.later
    }
}

impl<T> IntoInput<T> for &Output<T> {
    fn into_later(self) -> Later {
        self.later.clone()
    }
}

impl<T> IntoInput<T> for Output<Option<T>> {
    fn into_later(self) -> Later {
        self.later
    }
}

impl<T> IntoInput<T> for &Output<Option<T>> {
    fn into_later(self) -> Later {
        self.later.clone()
    }
}

impl<T, I: IntoInput<T>> IntoInput<T> for Option<I> {
    fn into_later(self) -> Later {
        self.map_or_else(|| Later::ready(Value::Null), I::into_later)
    }
}

impl<T, I: IntoInput<T>> IntoInput<Vec<T>> for Vec<I> {
    fn into_later(self) -> Later {
        Later::list(self.into_iter().map(I::into_later).collect())
    }
}

impl<T, I: IntoInput<T>, const N: usize> IntoInput<Vec<T>> for [I; N] {
    fn into_later(self) -> Later {
        Vec::from(self).into_later()
    }
}

impl<T, I: IntoInput<T>> IntoInput<BTreeMap<String, T>> for BTreeMap<String, I> {
    fn into_later(self) -> Later {
        Later::object(self.into_iter().map(|(key, value)| (key, value.into_later())).collect())
    }
}

macro_rules! known {
    ($($from:ty => $to:ty),*) => {$(
        impl IntoInput<$to> for $from {
            fn into_later(self) -> Later {
                Later::ready(Value::from(self))
            }
        }
    )*};
}

known!(bool => bool, u32 => u32, String => String, &str => String);

impl IntoInput<String> for &String {
    fn into_later(self) -> Later {
        self.as_str().into_later()
    }
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

/// Untyped properties, by name.
#[derive(Clone, Default)]
pub struct Props(pub(crate) BTreeMap<String, Later>);

impl Props {
    /// Sets the property of that name, given in snake case.
    #[doc(hidden)]
    pub fn set(&mut self, name: &str, value: Later) {
        self.0.insert(camel(name), value);
    }

    /// All as one object.
    #[doc(hidden)]
    pub fn into_later(self) -> Later {
        Later::object(self.0)
    }
}

/// What a resource was in a former version of the package, so that it is not replaced by itself.
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
    /// Whether it stays when it is removed from the program; `None` inherits.
    pub retain_on_delete: Option<bool>,
    /// Whether the engine refuses to delete it; `None` inherits.
    pub protect: Option<bool>,
}

/// A resource that is being registered.
#[derive(Clone)]
pub struct Handle {
    pub(crate) registered: crate::context::Registering,
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

/// A function's result that is on its way.
#[derive(Clone)]
pub struct Answered(pub(crate) Output<()>);

impl Answered {
    /// The part of that name, in snake case.
    #[doc(hidden)]
    pub fn output<T>(&self, name: &'static str) -> Output<T> {
        self.0.part(camel(name))
    }
}

/// Registers a resource: what the builders of [`resources!`](crate::resources) do.
#[doc(hidden)]
pub fn register(cx: &Context, info: &'static ResourceInfo, role: &str, props: Props, options: Options) -> Handle {
    cx.register(info, role, props, options)
}

/// Makes a builder and a state for each resource of a table, and the table itself as `RESOURCES`.
///
/// A row is a type token, a name, the inputs, and the outputs behind `=>`. The builder has a setter for each input;
/// `register` answers the state, which has a field for each output, the `id` and the `handle`.
#[macro_export]
macro_rules! resources {
    ($version:expr; $(
        $(#[doc = $doc:literal])+
        $token:literal $name:ident { $($input:ident: $type:ty),* $(,)? } => $state:ident { $($output:ident: $out:ty),* $(,)? }
    )*) => {
        /// The resources of this module.
        pub static RESOURCES: &[$crate::ResourceInfo] = &[$($name::INFO),*];

        $(
            $(#[doc = $doc])+
            #[derive(Clone)]
            pub struct $name { role: String, props: $crate::Props }

            impl $name {
                const INFO: $crate::ResourceInfo = $crate::ResourceInfo {
                    token: $token,
                    version: $version,
                    inputs: &[$((stringify!($input), <$type as $crate::PropertyType>::KIND)),*],
                    outputs: &[$((stringify!($output), <$out as $crate::PropertyType>::KIND)),*],
                };

                /// One that is called after its role in the component.
                pub fn new(role: impl Into<String>) -> Self {
                    Self { role: role.into(), props: $crate::Props::default() }
                }

                $(
                    #[doc = concat!("Sets `", stringify!($input), "`.")]
                    pub fn $input(mut self, value: impl $crate::IntoInput<$type>) -> Self {
                        self.props.set(stringify!($input), value.into_later());
                        self
                    }
                )*

                /// Registers it.
                pub fn register(self, cx: &$crate::Context) -> $state {
                    self.register_with(cx, $crate::Options::default())
                }

                /// Registers it with options.
                pub fn register_with(self, cx: &$crate::Context, options: $crate::Options) -> $state {
                    static INFO: $crate::ResourceInfo = $name::INFO;
                    let handle = $crate::__private::register(cx, &INFO, &self.role, self.props, options);
                    $state { id: handle.id(), $($output: handle.output(stringify!($output)),)* handle }
                }
            }

            #[doc = concat!("A registered [`", stringify!($name), "`].")]
            #[derive(Clone)]
            pub struct $state {
                /// Provider's id.
                pub id: $crate::Output<String>,
                $(
                    #[doc = concat!("Its `", stringify!($output), "`.")]
                    pub $output: $crate::Output<$out>,
                )*
                /// The resource itself, for others to depend on.
                pub handle: $crate::Handle,
            }
        )*
    };
}

/// Makes a builder for each object type of a table, and the table itself as `OBJECTS`.
#[macro_export]
macro_rules! objects {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident { $($property:ident: $type:ty),* $(,)? }
    )*) => {
        /// The object types of this module.
        pub static OBJECTS: &[$crate::ObjectInfo] = &[$($crate::ObjectInfo {
            name: stringify!($name),
            properties: &[$((stringify!($property), <$type as $crate::PropertyType>::KIND)),*],
        }),*];

        $(
            $(#[doc = $doc])*
            #[doc = concat!("The object type `", stringify!($name), "`.")]
            #[derive(Clone, Default)]
            pub struct $name { props: $crate::Props }

            impl $name {
                /// One without properties.
                pub fn new() -> Self {
                    Self::default()
                }

                $(
                    #[doc = concat!("Sets `", stringify!($property), "`.")]
                    pub fn $property(mut self, value: impl $crate::IntoInput<$type>) -> Self {
                        self.props.set(stringify!($property), value.into_later());
                        self
                    }
                )*
            }

            impl $crate::IntoInput<$name> for $name {
                fn into_later(self) -> $crate::__private::Later {
                    self.props.into_later()
                }
            }

            impl $crate::PropertyType for $name {
                const KIND: $crate::Kind = $crate::Kind::Object(stringify!($name));
            }
        )*
    };
}

/// Makes a struct for each object type that a provider answers and this package only reads, and the table itself as
/// `ANSWERED`. A struct has a field for each property that is read.
#[macro_export]
macro_rules! answered {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident { $($property:ident: $type:ty),* $(,)? }
    )*) => {
        /// The object types of this module that are only read.
        pub static ANSWERED: &[$crate::ObjectInfo] = &[$($crate::ObjectInfo {
            name: stringify!($name),
            properties: &[$((stringify!($property), <$type as $crate::PropertyType>::KIND)),*],
        }),*];

        $(
            $(#[doc = $doc])+
            #[derive(Clone, Debug)]
            pub struct $name {
                $(
                    #[doc = concat!("Its `", stringify!($property), "`.")]
                    pub $property: $type,
                )*
            }

            impl $crate::PropertyType for $name {
                const KIND: $crate::Kind = $crate::Kind::Object(stringify!($name));
            }

            impl $crate::FromValue for $name {
                fn from_value(value: &$crate::Value) -> ::core::result::Result<Self, ::std::string::String> {
                    Ok(Self { $($property: $crate::__private::read(value, stringify!($property))?),* })
                }
            }

            impl $crate::IntoValue for $name {
                fn into_value(self) -> $crate::Value {
                    $crate::Value::Object([$((
                        $crate::__private::camel(stringify!($property)),
                        $crate::IntoValue::into_value(self.$property),
                    )),*].into())
                }
            }
        )*
    };
}

/// The property of an object, whose name is given in snake case.
///
/// # Errors
/// Says what is wanted instead.
#[doc(hidden)]
pub fn read<T: FromValue>(object: &Value, name: &str) -> Result<T, String> {
    let Value::Object(properties) = object else { return Err("must be an object".to_owned()) };
    let name = camel(name);
    T::from_value(properties.get(&name).unwrap_or(&Value::Null))
        .map_err(|wanted| format!("has a `{name}` that {wanted}"))
}

/// Makes a builder for each function of a table, and the table itself as `FUNCTIONS`.
#[macro_export]
macro_rules! functions {
    ($version:expr; $(
        $(#[doc = $doc:literal])+
        $token:literal $name:ident { $($input:ident: $type:ty),* $(,)? } => $answer:ident { $($output:ident: $out:ty),* $(,)? }
    )*) => {
        /// The functions of this module.
        pub static FUNCTIONS: &[$crate::FunctionInfo] = &[$($name::INFO),*];

        $(
            $(#[doc = $doc])+
            #[derive(Clone, Default)]
            pub struct $name { props: $crate::Props, advice: &'static str }

            impl $name {
                const INFO: $crate::FunctionInfo = $crate::FunctionInfo {
                    token: $token,
                    version: $version,
                    inputs: &[$((stringify!($input), <$type as $crate::PropertyType>::KIND)),*],
                    outputs: &[$((stringify!($output), <$out as $crate::PropertyType>::KIND)),*],
                };

                /// A call without arguments.
                pub fn new() -> Self {
                    Self::default()
                }

                $(
                    #[doc = concat!("Sets `", stringify!($input), "`.")]
                    pub fn $input(mut self, value: impl $crate::IntoInput<$type>) -> Self {
                        self.props.set(stringify!($input), value.into_later());
                        self
                    }
                )*

                /// Says what the user can do if the call fails; it follows the reason.
                pub fn advice(mut self, advice: &'static str) -> Self {
                    self.advice = advice;
                    self
                }

                /// Calls it.
                pub fn invoke(self, cx: &$crate::Context) -> $answer {
                    static INFO: $crate::FunctionInfo = $name::INFO;
                    let answered = $crate::__private::invoke(cx, &INFO, self.props, self.advice);
                    $answer { $($output: answered.output(stringify!($output)),)* }
                }
            }

            #[doc = concat!("What [`", stringify!($name), "`] answers.")]
            #[derive(Clone)]
            pub struct $answer {
                $(
                    #[doc = concat!("Its `", stringify!($output), "`.")]
                    pub $output: $crate::Output<$out>,
                )*
            }
        )*
    };
}

/// Calls a function: what the builders of [`functions!`](crate::functions) do.
#[doc(hidden)]
pub fn invoke(cx: &Context, info: &'static FunctionInfo, props: Props, advice: &'static str) -> Answered {
    cx.invoke(info, props, advice)
}
