//! The commands, a file each.

pub mod logs;
pub mod policy;
pub mod report;
pub mod rollback;
pub mod run;
pub mod secrets;
pub mod shell;
pub mod status;
pub mod tunnel;
pub mod update;
pub mod verify;

use aws_django_release::App;

use crate::Context;
use crate::arguments::Command;
use crate::stop::{Code, Stop};

/// Runs one.
///
/// # Errors
/// If it does not do what it was asked for.
pub async fn run(command: &Command, context: &Context) -> Result<Code, Stop> {
    match command {
        Command::Update(it) => it.run(context).await,
        Command::Verify(it) => it.run(context).await,
        Command::Rollback(it) => it.run(context).await,
        Command::Run(it) => it.run(context).await,
        Command::Logs(it) => it.run(context).await,
        Command::Status(it) => it.run(context).await,
        Command::Secrets(it) => it.run(context).await,
        Command::Shell(it) => it.run(context).await,
        Command::Tunnel(it) => it.run(context).await,
        // They want no context.
        Command::Report(_) | Command::Policy(_) | Command::Completions { .. } | Command::Markdown => Ok(Code::DONE),
    }
}

async fn find(context: &Context, name: &str) -> Result<App, Stop> {
    let app = context.interrupts.or(context.engine.find_app(name, &context.region)).await?;
    let (account, region, cluster) = (&app.account, &app.region, app.cluster());
    context.show.detail(&format!("found `{cluster}` in account `{account}`, region `{region}`"));
    Ok(app)
}
