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
//!
//! # Words
//!
//! - A [`Value`](value::Value) is data. Where something in it is unknown, secret or made from resources, an
//!   [`Eventual`](value::Eventual) stands around it and says so.
//! - An [`Output<T>`](Output) is a value of a type that may come later; [`Output::map`] goes on with it. Nothing tells
//!   whether it is known. An [`Input<T>`](Input) is the same, seen from whoever is given it.
//! - An *argument* is what the program gives to a component; a *property* is what a component gives to a resource. A bare
//!   `T` among the arguments is plain: it must be known at once, since it may decide which resources there are.
//! - A *role* is what a resource is for in its component: it is called `<component>-<role>`.
//! - A *problem* is what is wrong with an argument, and where; an [`Error`] is why a request ends.
//!
//! # From here to a package
//!
//! - **The binary** is called `pulumi-resource-<package>`: by this name the engine finds it, on `PATH` or where
//!   `plugins.providers` in `Pulumi.yaml` says. The package's name is the first part of its components' tokens.
//! - **SDKs** are made from the schema by Pulumi's own generators: `pulumi package get-schema ./pulumi-resource-greetings`
//!   prints it, and `pulumi package gen-sdk ./pulumi-resource-greetings --language python` writes an SDK. What is said in
//!   doc comments is the documentation in every language.
//! - **Tests** want the feature `testing`: `testing::run` runs a component over a monitor that only notes what it is
//!   asked, and `testing::Pinned` holds tables and registrations against the schema of the other package.
//!   `testing::engine` is a small engine for the plugin as a process, which fails on demand.
//!
//! # What there is not
//!
//! Custom resources, functions and methods of the package's own; configuration of its provider; components within
//! components; arguments and outputs that are assets, numbers with a fraction or of any type; resources that are read
//! or imported; packages with parameters.

// The derives name this crate by its name, in its own tests too.
extern crate self as pulumi_component;

pub mod monitor;
pub mod schema;
pub mod value;

mod client;
mod component;
mod construct;
mod context;
mod decode;
mod error;
mod generated;
mod input;
mod output;
mod problem;
mod provider;
mod resource;
mod server;
mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod types;
mod wire;

pub use component::{Args, Component, Outputs, Result};
pub use context::Context;
pub use decode::Known;
pub use error::{Error, Failure};
pub use input::{IntoInput, json};
pub use output::{Input, IntoOutput, Join, Output, all, list_of};
pub use problem::{Problem, Step, problem};
pub use provider::Provider;
pub use pulumi_component_derive::{Args, Outputs, interpolate};
pub use resource::{Former, Handle, Options};
pub use table::{FunctionInfo, Kind, ObjectInfo, PropertyType, ResourceInfo};
pub use types::{FromValue, IntoValue, Type};

/// What the macros need and nobody else.
#[doc(hidden)]
pub mod __private {
    pub use crate::component::{Emitted, StandsFor};
    pub use crate::decode::{Argument, Cursor, DefaultValue, Fields};
    pub use crate::output::{Later, concat, known};
    pub use crate::schema::{Properties, camel};
    pub use crate::table::{Props, read};
}
