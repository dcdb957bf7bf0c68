//! The commands over a small ECS that follows a script, and what clap makes of their arguments.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod app;
mod arguments;
mod commands;
mod shown;
