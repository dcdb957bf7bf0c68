//! The command line `aws-django`: it releases and operates apps that run on ECS, without any state of its own.
//!
//! A command parses what it is told, asks the engine, and shows what that says; what is decided is decided there
//! ([`aws_django_release`]). [`report`] is for what Pulumi wrote, without AWS. [`arguments`] is what a user may say, [`show`] how it looks on a terminal, in a log, on
//! GitHub and as JSON, [`stop`] what a command ends with.

pub mod arguments;
pub mod commands;
pub mod input;
pub mod interrupt;
pub mod markdown;
pub mod plugin;
pub mod policy;
pub mod report;
pub mod show;
pub mod stop;
mod time;

use std::process::ExitCode;
use std::sync::Arc;

use aws_django_release::aws::{Aws, default_region};
use aws_django_release::clock::Wall;
use aws_django_release::cloud::{Base, Needs, Parameters};
use aws_django_release::{Access, AssumeRole, Engine};
use clap::CommandFactory as _;
pub use clap::Parser;
use tokio_util::sync::CancellationToken;

pub use arguments::Cli;
use arguments::{Command, Global};
use input::Input;
use interrupt::Interrupts;
use show::Show;
use stop::{Code, Stop};

/// What a command works with.
pub struct Context {
    /// Releases, and all that reads or runs.
    pub engine: Engine,
    /// What only tunnels need.
    pub base: Arc<dyn Base>,
    /// What only `verify` needs.
    pub needs: Arc<dyn Needs>,
    /// What only `secrets` needs.
    pub parameters: Arc<dyn Parameters>,
    /// Standard input.
    pub input: Input,
    /// Where.
    pub region: String,
    /// The profile that was named, for programs that are started.
    pub profile: Option<String>,
    /// How it looks.
    pub show: Arc<Show>,
    /// Ctrl-C.
    pub interrupts: Interrupts,
}

/// Runs a command from beginning to end.
pub fn main(cli: &Cli) -> ExitCode {
    match &cli.command {
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "aws-django", &mut std::io::stdout());
            return ExitCode::SUCCESS;
        }
        Command::Markdown => {
            let show = Show::of_process(&cli.global);
            show.out(markdown::page(&Cli::command()).trim_end());
            return ExitCode::SUCCESS;
        }
        Command::Report(it) => {
            let show = Show::of_process(&cli.global);
            return ExitCode::from(ended(cli, &show, it.run(&show)).0);
        }
        Command::Policy(it) => {
            let show = Show::of_process(&cli.global);
            return ExitCode::from(ended(cli, &show, it.run(&cli.global, &show).map(|()| Code::DONE)).0);
        }
        _ => {}
    }
    let show = Arc::new(Show::of_process(&cli.global));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let code = match runtime {
        Ok(runtime) => runtime.block_on(whole(cli, &show)),
        Err(error) => {
            show.failed(cli.command.name(), &Stop::failed(format!("the program could not start: {error}")));
            Code::FAILED
        }
    };
    ExitCode::from(code.0)
}

async fn whole(cli: &Cli, show: &Arc<Show>) -> Code {
    let result = match context(&cli.global, show).await {
        Ok(context) => {
            context.interrupts.listen(show);
            commands::run(&cli.command, &context).await
        }
        Err(stop) => Err(stop),
    };
    let result = result.map_err(|stop| stop.of_credentials(&cli.global));
    show.finish();
    ended(cli, show, result)
}

/// The code of what has come of it, which is told if it is not well.
fn ended(cli: &Cli, show: &Show, result: Result<Code, Stop>) -> Code {
    result.unwrap_or_else(|stop| {
        show.failed(cli.command.name(), &stop);
        stop.code
    })
}

/// Makes no call: credentials are looked for when the first one is made.
async fn context(global: &Global, show: &Arc<Show>) -> Result<Context, Stop> {
    let region = match &global.region {
        Some(region) => Some(region.clone()),
        None => default_region(global.profile.as_deref()).await,
    };
    let Some(region) = region.filter(|region| !region.is_empty()) else {
        return Err(Stop::usage(
            "there is no region: give `--region`, set `AWS_REGION`, or set `region` in the profile",
        ));
    };
    let role = global.assume_role.iter();
    let assume_roles = role.map(|arn| AssumeRole { arn: arn.clone(), ..AssumeRole::default() }).collect();
    let access = Access { region: region.clone(), profile: global.profile.clone(), assume_roles };
    let (aws, cancelled) = (Arc::new(Aws::new(access)), CancellationToken::new());
    let engine = Engine {
        cloud: aws.clone(),
        clock: Arc::new(Wall::start()),
        progress: show.clone(),
        cancelled: cancelled.clone(),
    };
    let interrupts = Interrupts::new(cancelled);
    Ok(Context {
        engine,
        base: aws.clone(),
        needs: aws.clone(),
        parameters: aws,
        input: Input::of_process(),
        region,
        profile: global.profile.clone(),
        show: show.clone(),
        interrupts,
    })
}
