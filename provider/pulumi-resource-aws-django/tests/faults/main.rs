//! The plugin as a process against an engine of our own that fails, lingers, lies and goes away.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test fails by a panic")]

#[path = "../../src/tests/answers.rs"]
mod answers;
mod deployment;

mod crowd;
mod endings;
mod engines;
mod fuzz;
mod random;
mod refusals;
