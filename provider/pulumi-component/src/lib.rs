//! A framework for Pulumi component packages.
//!
//! A component is two structs with doc comments, its arguments and its outputs, and one function from the ones to
//! the others. The structs are the schema; the function registers resources. A whole plugin:
//!
//! ```
//! use pulumi_component::schema::PackageSpec;
//! use pulumi_component::{Args, Component, Context, Input, Output, Outputs, Provider, Result, interpolate};
//!
//! mod random {
//!     pulumi_component::resources! { "4.18.0";
//!         /// A name that is easy to remember.
//!         "random:index/randomPet:RandomPet" Pet { prefix: String, length: u32 } => PetState { separator: String }
//!     }
//! }
//!
//! /// What a greeting is made of.
//! #[derive(Args)]
//! struct GreetingArgs {
//!     /// Who is greeted.
//!     name: Input<String>,
//!     /// Length of the greeter's own name, in words.
//!     #[args(default = 2)]
//!     words: u32,
//! }
//!
//! /// A greeting from somebody who is hard to forget.
//! #[derive(Outputs)]
//! struct Greeting {
//!     /// The greeting.
//!     text: Output<String>,
//! }
//!
//! impl Component for Greeting {
//!     const TOKEN: &'static str = "greetings:index:Greeting";
//!     type Args = GreetingArgs;
//!
//!     fn construct(cx: &Context, args: GreetingArgs) -> Result<Self> {
//!         let greeter = random::Pet::new("greeter").length(args.words).register(cx);
//!         Ok(Self { text: interpolate!("{greeter} greets {name}", greeter = greeter.id, name = args.name) })
//!     }
//! }
//!
//! fn provider() -> Provider {
//!     let package = PackageSpec { name: "greetings".into(), version: "0.1.0".into(), ..PackageSpec::default() };
//!     Provider::new(package).component::<Greeting>()
//! }
//!
//! // The `main` of the plugin is `provider().main()`.
//! assert!(provider().schema_json().unwrap().contains("Who is greeted."));
//! ```

// The derives name this crate by its name, in its own tests too.
extern crate self as pulumi_component;

pub mod component;
pub mod decode;
pub mod error;
pub mod monitor;
pub mod output;
pub mod resource;
pub mod schema;
pub mod value;

mod client;
mod construct;
mod context;
mod generated;
mod problem;
mod provider;
mod server;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod wire;

pub use component::{Args, Component, Emitted, Outputs, Properties, Result, StandsFor};
pub use context::Context;
pub use decode::{Argument, Cursor, Fields, Known};
pub use error::{Error, Failure};
pub use output::{FromValue, Input, IntoOutput, IntoValue, Join, Output, Type, all, json, list_of};
pub use problem::{Problem, Step, problem};
pub use provider::Provider;
pub use pulumi_component_derive::{Args, Outputs, interpolate};
pub use resource::{
    Former, FunctionInfo, Handle, IntoInput, Kind, ObjectInfo, Options, PropertyType, Props, ResourceInfo,
};
pub use value::Value;

/// What the macros need and nobody else.
#[doc(hidden)]
pub mod __private {
    pub use crate::decode::{DefaultValue, camel};
    pub use crate::output::{Later, concat, known};
    pub use crate::resource::{invoke, read, register};
}
