#![doc = include_str!("../README.md")]
//!
//! ## Words
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
    pub use crate::decode::{Argument, Cursor, DefaultValue, Fields, Unlike};
    pub use crate::output::{Later, concat, known};
    pub use crate::record::{into_value as record_into_value, of_value as record_of_value, property};
    pub use crate::schema::{Properties, camel};
    pub use crate::table::{Props, read};
}
