//! The commands over a small ECS that follows a script, reports of what Pulumi has written, and what clap makes of arguments.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod app;
mod arguments;
mod commands;
mod report;
mod secrets;
mod shown;
mod verify;
