//! `run`: a command in a task of its own.

use std::time::Duration;

use aws_django_release::names::WEB;
use aws_django_release::{End, OneOff, Ran};
use clap::Args;
use serde_json::json;

use super::find;
use crate::Context;
use crate::arguments::time;
use crate::stop::{Code, Stop};

/// What to run.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Run {
    /// Name of the app
    pub app: String,
    /// The process whose image, variables and rights it has; `web` is Django, whatever its name is
    #[arg(long, default_value = WEB)]
    pub process: String,
    /// Stop it after this time; by default it may take as long as it likes
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub timeout: Option<Duration>,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    pub command: Vec<String>,
}

/// What its help says.
pub const ABOUT: &str = "\
Run a command in a task of its own, with the image that is live.

The command has the variables, the secrets and the rights of the process. What it writes is shown as it comes and as it \
is, on standard output. It has no standard input. The first Ctrl-C stops the task.

It is nothing to a release: both may run at once.";

const EXAMPLES: &str = "\
Examples:
  aws-django run alpha -- python manage.py showmigrations
  aws-django run alpha -- python manage.py createsuperuser --no-input --username admin --email admin@example.com
  aws-django run alpha --process default --timeout 10m -- celery --app=shop inspect active";

/// As good as for ever, and still a sum of two times.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

impl Run {
    /// Runs it.
    ///
    /// # Errors
    /// If it has no code of its own.
    pub async fn run(&self, context: &Context) -> Result<Code, Stop> {
        let one_off = self.prepare(context).await.map_err(Stop::without_code)?;
        context.show.ask_for_lines();
        let ran = context.engine.run(&one_off, self.timeout.unwrap_or(FOR_EVER)).await;
        context.show.finish();
        let code = self.code(&ran)?;
        context.show.result("", || {
            json!({ "command": "run", "ok": code == Code::DONE, "app": self.app, "task": ran.task, "exitCode": code.0 })
        });
        Ok(code)
    }

    async fn prepare(&self, context: &Context) -> Result<OneOff, Stop> {
        let app = find(context, &self.app).await?;
        let prepared = context.engine.prepare_run(&app, &self.process, self.command.clone());
        context.interrupts.or(prepared).await
    }

    fn code(&self, ran: &Ran) -> Result<Code, Stop> {
        let text = format!("`{}` of `{}`: {}", self.command.join(" "), self.app, ran.end);
        match &ran.end {
            End::Succeeded => Ok(Code::DONE),
            End::Exited { code, reason: None, .. } => Ok(u8::try_from(*code).map_or(Code::FAILED, Code)),
            // Such as no memory: the code alone does not tell.
            End::Exited { code, .. } => {
                Err(Stop { code: Code(u8::try_from(*code).unwrap_or(1)), ..Stop::failed(text) })
            }
            End::GivenUp { by_limit: false, .. } => Err(Stop::interrupted(text)),
            _ => Err(Stop { code: Code::NO_CODE, ..Stop::failed(text) }),
        }
    }
}
