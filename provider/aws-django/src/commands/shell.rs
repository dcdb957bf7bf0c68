//! `shell`: a shell in a running task.

use aws_django_release::names::WEB;
use clap::Args;

use super::find;
use crate::Context;
use crate::plugin::{Plugin, request_of_shell};
use crate::stop::{Code, Stop};

/// Where to open it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Shell {
    /// Name of the app
    pub app: String,
    /// The process; `web` is Django, whatever its name is
    #[arg(long, default_value = WEB)]
    pub process: String,
    /// What to run in it
    #[arg(long, default_value = "/bin/sh")]
    pub command: String,
}

/// What its help says.
pub const ABOUT: &str = "\
Open a shell in a running task.

It opens in the newest task of the process, which goes on to serve: for anything that takes long, or much memory, use \
`aws-django run`. It needs AWS's program `session-manager-plugin`, and an app with `executeCommand`.";

const EXAMPLES: &str = "\
Examples:
  aws-django shell alpha
  aws-django shell alpha --command 'python manage.py shell'
  aws-django shell alpha --process default";

impl Shell {
    /// Opens it, and returns when it is left.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn run(&self, context: &Context) -> Result<Code, Stop> {
        let plugin = Plugin::find().await?;
        let app = find(context, &self.app).await?;
        let opened = context.engine.open_shell(&app, &self.process, &self.command);
        let shell = context.interrupts.or(opened).await?;
        context.show.note(&format!("in container `{}` of task `{}`", shell.container, shell.task));
        plugin.carry(context, &shell.session, &request_of_shell(&shell.target)).await
    }
}
