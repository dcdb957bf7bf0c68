//! The project's own commands, run as `cargo xtask COMMAND`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to the person who runs it")]
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "nothing of a program is an interface; its modules say what they offer"
)]

mod bench;
mod changes;
mod check;
mod counts;
mod demo;
mod framework;
mod generate;
mod go_modules;
mod install;
mod interrupt;
mod languages;
mod lock;
mod moto;
mod package;
mod process;
mod protobuf;
mod readmes;
mod record;
mod reference;
mod rehearsal;
mod releases;
mod stacks;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::interrupt::Interrupted;
use crate::lock::Lock;
use crate::workspace::Workspace;

/// The project's own commands. All that they make stands under `target`.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Deploys the root project to an emulated AWS on this machine.
    Demo {
        /// Destroys what the demo has deployed, and ends the emulated AWS.
        #[arg(long)]
        destroy: bool,
        /// Then deploys one image after the other: such that work, and such that fail.
        #[arg(long, conflicts_with = "destroy")]
        releases: bool,
        /// Runs as a part of `cargo xtask test`: in a folder of its own, and under the lock of that command.
        #[arg(long, hide = true)]
        rehearsal: bool,
    },
    /// Runs every check; the last line counts them.
    Test,
    /// Measures the plugin's speed and memory.
    Bench,
    /// Builds the plugin into the folder that the root's `Pulumi.yaml` names.
    Plugin,
    /// Packs the SDK for TypeScript into the file that the example's `package.json` names.
    Sdk,
    /// Packs what a release consists of, and its checksums.
    Package(package::Programs),
    /// Records for later releases what this version leaves behind, below `tests/upgrades`; not once it is released.
    Record,
    /// Makes the protobuf code, the schema, its documentation and the SDKs anew.
    Generate {
        /// Changes nothing; fails if something committed is stale.
        #[arg(long)]
        check: bool,
    },
}

impl Command {
    /// As it is called, for whoever waits for it.
    fn name(&self) -> &'static str {
        match self {
            Self::Demo { destroy: false, .. } => "demo",
            Self::Demo { destroy: true, .. } => "demo --destroy",
            Self::Test => "test",
            Self::Bench => "bench",
            Self::Plugin => "plugin",
            Self::Sdk => "sdk",
            Self::Package(_) => "package",
            Self::Record => "record",
            Self::Generate { .. } => "generate",
        }
    }
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(code) => code,
        Err(error) if error.is::<Interrupted>() => {
            eprintln!("interrupted");
            ExitCode::from(process::INTERRUPTED)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<ExitCode> {
    interrupt::listen()?;
    let workspace = Workspace::find()?;
    let rehearsal = matches!(command, Command::Demo { rehearsal: true, .. });
    let _only_one = if rehearsal { None } else { Some(Lock::take(&workspace, command.name())?) };
    let demo = workspace.path(if rehearsal { rehearsal::FOLDER } else { "target/demo" });
    match command {
        Command::Demo { destroy: true, .. } => demo::destroy(&workspace, &demo)?,
        Command::Demo { releases, .. } => demo::run(&workspace, &demo, *releases)?,
        Command::Test => return check::run(&workspace),
        Command::Bench => bench::run(&workspace)?,
        Command::Package(programs) => package::run(&workspace, programs)?,
        Command::Record => record::run(&workspace)?,
        Command::Generate { check } => generate::run(&workspace, *check)?,
        Command::Plugin => println!("  the plugin is in `{}`", install::plugin(&workspace)?.display()),
        Command::Sdk => println!("  the SDK is `{}`", install::packed_node_sdk(&workspace)?.display()),
    }
    Ok(ExitCode::SUCCESS)
}
