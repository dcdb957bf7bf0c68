//! The table of what a package uses of other packages: a typed surface over untyped properties.
//!
//! The macros turn a table of names and types into builders. The table is data as well ([`ResourceInfo`]), so that
//! a test can hold it against the other package's schema.

use std::collections::BTreeMap;

use crate::output::Later;
use crate::schema::camel;
use crate::types::FromValue;
use crate::value::Value;

/// A type of resource, as far as this package uses it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ResourceInfo {
    /// Type token, such as `pkg:module/thing:Thing`.
    pub token: &'static str,
    /// Exact version of the package that serves it.
    pub version: &'static str,
    /// Where the engine finds that package's plugin; empty for Pulumi's own place.
    pub plugin_download_url: &'static str,
    /// Inputs by name, in snake case.
    pub inputs: &'static [(&'static str, Kind)],
    /// Outputs by name, in snake case.
    pub outputs: &'static [(&'static str, Kind)],
}

impl ResourceInfo {
    /// A row of a table.
    #[doc(hidden)]
    pub const fn new(
        token: &'static str,
        version: &'static str,
        plugin_download_url: &'static str,
        inputs: &'static [(&'static str, Kind)],
        outputs: &'static [(&'static str, Kind)],
    ) -> Self {
        Self { token, version, plugin_download_url, inputs, outputs }
    }
}

/// A function, as far as this package uses it.
pub type FunctionInfo = ResourceInfo;

/// An object type, as far as this package uses it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ObjectInfo {
    /// Name of the object type.
    pub name: &'static str,
    /// Properties by name, in snake case.
    pub properties: &'static [(&'static str, Kind)],
}

impl ObjectInfo {
    /// A row of a table.
    #[doc(hidden)]
    pub const fn new(name: &'static str, properties: &'static [(&'static str, Kind)]) -> Self {
        Self { name, properties }
    }
}

/// The type of a property in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A boolean.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Number,
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

impl PropertyType for f64 {
    const KIND: Kind = Kind::Number;
}

impl PropertyType for String {
    const KIND: Kind = Kind::String;
}

/// What may be missing has the type of what is there.
impl<T: PropertyType> PropertyType for Option<T> {
    const KIND: Kind = T::KIND;
}

impl<T: PropertyType> PropertyType for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
}

impl<T: PropertyType> PropertyType for BTreeMap<String, T> {
    const KIND: Kind = Kind::Map(&T::KIND);
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

/// Makes a builder and a state for each resource of a table, and the table itself as `RESOURCES`.
///
/// The table begins with the exact version of the package, and where its plugin is found unless that is Pulumi's own
/// place. A row is a type token, a name, the inputs, and the outputs behind `=>`. The builder has a setter for each input;
/// `register` answers the state, which has a field for each output, the `id` and the `handle`.
#[macro_export]
macro_rules! resources {
    ($version:expr; $($rows:tt)*) => { $crate::resources! { $version, ""; $($rows)* } };
    ($version:expr, $plugin_download_url:expr; $(
        $(#[doc = $doc:literal])+
        $token:literal $name:ident { $($input:ident: $type:ty),* $(,)? } => $state:ident { $($output:ident: $out:ty),* $(,)? }
    )*) => {
        /// The resources of this module.
        pub static RESOURCES: &[$crate::ResourceInfo] = &[$($name::INFO),*];

        $(
            $(#[doc = $doc])+
            #[derive(Clone)]
            pub struct $name { role: String, props: $crate::__private::Props }

            impl $name {
                const INFO: $crate::ResourceInfo = $crate::ResourceInfo::new(
                    $token,
                    $version,
                    $plugin_download_url,
                    &[$((stringify!($input), <$type as $crate::PropertyType>::KIND)),*],
                    &[$((stringify!($output), <$out as $crate::PropertyType>::KIND)),*],
                );

                /// One that is called after its role in the component.
                pub fn new(role: impl Into<String>) -> Self {
                    Self { role: role.into(), props: $crate::__private::Props::default() }
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
                    let handle = cx.register(&INFO, &self.role, self.props, options);
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
        pub static OBJECTS: &[$crate::ObjectInfo] = &[$($crate::ObjectInfo::new(
            stringify!($name),
            &[$((stringify!($property), <$type as $crate::PropertyType>::KIND)),*],
        )),*];

        $(
            $(#[doc = $doc])*
            #[doc = concat!("The object type `", stringify!($name), "`.")]
            #[derive(Clone, Default)]
            pub struct $name { props: $crate::__private::Props }

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
        pub static ANSWERED: &[$crate::ObjectInfo] = &[$($crate::ObjectInfo::new(
            stringify!($name),
            &[$((stringify!($property), <$type as $crate::PropertyType>::KIND)),*],
        )),*];

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
                fn from_value(value: &$crate::value::Value) -> ::core::result::Result<Self, ::std::string::String> {
                    Ok(Self { $($property: $crate::__private::read(value, stringify!($property))?),* })
                }
            }

            impl $crate::IntoValue for $name {
                fn into_value(self) -> $crate::value::Value {
                    $crate::value::Value::Object([$((
                        $crate::__private::camel(stringify!($property)),
                        $crate::IntoValue::into_value(self.$property),
                    )),*].into())
                }
            }
        )*
    };
}

/// Makes a builder for each function of a table, and the table itself as `FUNCTIONS`. It begins as one of resources does.
#[macro_export]
macro_rules! functions {
    ($version:expr; $($rows:tt)*) => { $crate::functions! { $version, ""; $($rows)* } };
    ($version:expr, $plugin_download_url:expr; $(
        $(#[doc = $doc:literal])+
        $token:literal $name:ident { $($input:ident: $type:ty),* $(,)? } => $answer:ident { $($output:ident: $out:ty),* $(,)? }
    )*) => {
        /// The functions of this module.
        pub static FUNCTIONS: &[$crate::FunctionInfo] = &[$($name::INFO),*];

        $(
            $(#[doc = $doc])+
            #[derive(Clone, Default)]
            pub struct $name { props: $crate::__private::Props, advice: &'static str }

            impl $name {
                const INFO: $crate::FunctionInfo = $crate::FunctionInfo::new(
                    $token,
                    $version,
                    $plugin_download_url,
                    &[$((stringify!($input), <$type as $crate::PropertyType>::KIND)),*],
                    &[$((stringify!($output), <$out as $crate::PropertyType>::KIND)),*],
                );

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
                    let answered = cx.invoke(&INFO, self.props, self.advice);
                    $answer { $($output: answered.part(stringify!($output)),)* }
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
