//! The plugin of a toy package as a process, against an engine of our own: what goes over the wire, and what happens
//! when something fails. (`examples/toy.rs` is the package.)

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod engine;
#[path = "../../src/generated/mod.rs"]
mod generated;
mod plugin;
mod values;

mod constructs;
mod failures;
mod processes;
