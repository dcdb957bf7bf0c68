//! The engine over a small ECS that follows a script, and a clock that jumps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod database;
mod found;
mod operated;
mod property;
mod refusals;
mod rollout;
mod slots;
mod update;
mod world;
