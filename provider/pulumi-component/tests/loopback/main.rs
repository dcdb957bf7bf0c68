//! The plugin of a toy package as a process, against an engine of our own: what goes over the wire, and what happens
//! when something fails. (`examples/toy.rs` is the package.)

mod engine;
#[path = "../../src/generated/mod.rs"]
mod generated;
mod plugin;
mod values;

mod constructs;
mod failures;
mod processes;
