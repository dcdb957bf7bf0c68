//! `rollback`: back to what was live before.

use std::time::Duration;

use aws_django_release::{Runs, To};
use clap::Args;

use super::{find, update};
use crate::Context;
use crate::arguments::time;
use crate::stop::{Code, Stop};

/// Where to go back to.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Rollback {
    /// Name of the app
    pub app: String,
    /// A revision of the web service, or an image, also by its tag; by default the last successful deployment before the
    /// live one
    #[arg(long, value_name = "REVISION|IMAGE")]
    pub to: Option<String>,
    /// Take back the front end; without this all that runs Django's image
    #[arg(long)]
    pub frontend: bool,
    /// How long the services may take
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = time)]
    pub timeout: Duration,
}

/// What its help says.
pub const ABOUT: &str = "\
Go back to what was live before.

The web service goes back to its last successful deployment before the live one, and the others to their last one of \
the same image. A deployment that is under way is left as well: in the middle of a bad release this goes back to what was \
live before it. Twice in a row it goes back and forth; use `--to` to go further.

A migration is not undone: the old code must get along with the new tables, or migrate back with \
`aws-django run APP -- python manage.py migrate …` first.";

const EXAMPLES: &str = "\
Examples:
  aws-django rollback alpha
  aws-django rollback alpha --to alpha-gunicorn:41
  aws-django rollback alpha --to v1.3.9
  aws-django rollback alpha --frontend";

impl Rollback {
    /// Goes back.
    ///
    /// # Errors
    /// If it was refused, or has failed.
    pub async fn run(&self, context: &Context) -> Result<Code, Stop> {
        let app = find(context, &self.app).await?;
        let runs = if self.frontend { Runs::Frontend } else { Runs::Backend };
        let to = match &self.to {
            None => To::Last,
            Some(to) if is_revision(to, &app.name) => To::Revision(to.clone()),
            Some(to) => To::Image(to.clone()),
        };
        let prepared = context.interrupts.or(context.engine.prepare_rollback(&app, runs, &to)).await?;
        if !self.frontend {
            context.show.note("a migration is not undone: the database stays as the newer image has left it");
        }
        update::release(context, "rollback", &app, &prepared, self.timeout).await
    }
}

/// `alpha-gunicorn:41`, also as an ARN; an image has a tag of its own.
fn is_revision(to: &str, app: &str) -> bool {
    let is_arn = to.starts_with("arn:") && to.contains(":task-definition/");
    let number = to.strip_prefix(app).and_then(|rest| rest.strip_prefix('-')).and_then(|rest| rest.split_once(':'));
    is_arn || number.is_some_and(|(_, number)| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}
