//! A framework for Pulumi component packages.
//!
//! A component is two structs with doc comments, its arguments and its outputs, and one function from the ones to
//! the others. The structs are the schema; the function registers resources.

// The derives name this crate by its name, in its own tests too.
extern crate self as pulumi_component;

pub mod component;
pub mod decode;
pub mod error;
pub mod monitor;
pub mod output;
pub mod resource;
pub mod schema;
pub mod server;
pub mod value;

mod client;
mod construct;
mod context;
mod generated;
mod provider;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod wire;

pub use component::{Args, Component, Emitted, Outputs, Problem, Properties, Result, late, problem};
pub use context::Context;
pub use decode::{Argument, Cursor, Known, Step};
pub use error::{Error, Failure};
pub use output::{Input, Output, Type, all, all_of, json};
pub use provider::Provider;
pub use pulumi_component_derive::{Args, Outputs, interpolate};
pub use resource::{FunctionInfo, Handle, IntoInput, Kind, ObjectInfo, Options, PropertyType, Props, ResourceInfo};
pub use value::Value;

/// What the macros need and nobody else.
#[doc(hidden)]
pub mod __private {
    pub use crate::decode::camel;
    pub use crate::output::{Later, concat, known};
    pub use crate::resource::{invoke, register};
}
