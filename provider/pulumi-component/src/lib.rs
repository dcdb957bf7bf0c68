//! A framework for Pulumi packages: of components, of custom resources and functions, or of all of them.
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
//!     Provider::new(PackageSpec::new("greetings", "0.1.0")).component::<Greeting>()
//! }
//!
//! // The `main` of the plugin is `provider().main()`.
//! assert!(provider().schema_json().unwrap().contains("Who is greeted."));
//! ```
//!
//! # Custom resources and functions
//!
//! A custom resource is two structs as well, its arguments and its state, and what is done with them. They are
//! [records](Record): plain data, known when they are read. Previews, marks of secrets and what is kept after a failure
//! are the framework's business.
//!
//! ```
//! use pulumi_component::{Created, CustomResource, Operation, Record, Result, Unfinished};
//!
//! /// What a file holds.
//! #[derive(Record)]
//! struct FileArgs {
//!     /// Where it is.
//!     #[record(replaces)]
//!     path: String,
//!     /// Its text.
//!     text: String,
//! }
//!
//! /// A file on the machine that deploys.
//! #[derive(Record)]
//! struct File {
//!     #[record(flatten)]
//!     args: FileArgs,
//!     /// How long it is, in bytes.
//!     bytes: u32,
//! }
//!
//! impl File {
//!     fn write(args: FileArgs) -> Result<Self> {
//!         std::fs::write(&args.path, &args.text).map_err(|error| {
//!             pulumi_component::Error::failed(format!("cannot write `{}`: {error}", args.path))
//!         })?;
//!         Ok(Self { bytes: args.text.len().try_into().unwrap_or(u32::MAX), args })
//!     }
//! }
//!
//! impl CustomResource for File {
//!     const TOKEN: &'static str = "files:index:File";
//!     type Args = FileArgs;
//!     type Config = ();
//!
//!     async fn create(
//!         _: &Operation,
//!         args: FileArgs,
//!     ) -> Result<Created<Self>, Unfinished<Created<Self>>> {
//!         Ok(Created { id: args.path.clone(), state: Self::write(args)? })
//!     }
//!
//!     async fn update(
//!         operation: &Operation,
//!         _: &str,
//!         _: Self,
//!         args: FileArgs,
//!     ) -> Result<Self, Unfinished<Self>> {
//!         operation.log().status("writing").await;
//!         Ok(Self::write(args)?)
//!     }
//!
//!     async fn delete(_: &Operation, path: &str, _: Self) -> Result<()> {
//!         // A file that is gone already is no error.
//!         let _ = std::fs::remove_file(path);
//!         Ok(())
//!     }
//! }
//! ```
//!
//! [`Provider::resource`] and [`Provider::function`] add them to a package, [`Provider::config`] says how it is
//! configured. A component registers a custom resource of its own package as it registers those of others: by a row of
//! a table, with the package's own version.
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
//! - A [record](Record) is a struct of plain data: what custom resources and functions take and answer.
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
//!   With `testing-engine` there is a small engine for the plugin as a process, which fails on demand.
//!
//! # What there is not
//!
//! Methods; components within components; arguments and outputs that are assets, numbers with a fraction or of any type;
//! defaults of a record's properties; resources that are read or imported; packages with parameters.

// The derives name this crate by its name, in its own tests too.
extern crate self as pulumi_component;

pub mod monitor;
pub mod schema;
pub mod value;

mod client;
mod codec;
mod component;
mod construct;
mod context;
mod custom;
mod decode;
mod error;
mod generated;
mod input;
mod lifecycle;
mod operation;
mod output;
mod problem;
mod provider;
mod record;
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
pub use custom::{Changes, Created, CustomResource, Function, Unfinished};
pub use decode::Known;
pub use error::{Error, Failure};
pub use input::{IntoInput, json};
pub use operation::{Log, Operation};
pub use output::{Input, IntoOutput, Join, Output, all, list_of};
pub use problem::{Problem, Step, problem};
pub use provider::Provider;
pub use pulumi_component_derive::{Args, Outputs, Record, interpolate};
pub use record::{Record, Secret};
pub use resource::{Former, Handle, Options};
pub use table::{FunctionInfo, Kind, ObjectInfo, PropertyType, ResourceInfo};
pub use types::{FromValue, IntoValue, Type};

/// What the macros need and nobody else.
#[doc(hidden)]
pub mod __private {
    pub use crate::component::{Emitted, StandsFor};
    pub use crate::decode::{Argument, Cursor, DefaultValue, Fields};
    pub use crate::output::{Later, concat, known};
    pub use crate::record::{into_value as record_into_value, of_value as record_of_value, property};
    pub use crate::schema::{Properties, camel};
    pub use crate::table::{Props, read};
}
