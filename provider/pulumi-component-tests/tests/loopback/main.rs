//! The plugin of a toy package as a process, against an engine of our own: what goes over the wire, and what happens
//! when something fails. (`toy.rs` is the package.)

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod plugin;

mod constructs;
mod customs;
mod failures;
mod processes;
