//! `update`: a release of new images.

use std::time::Duration;

use aws_django_release::cloud::short;
use aws_django_release::{App, Change, Limits, NewImage, Plan, Prepared};
use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use super::find;
use crate::Context;
use crate::arguments::time;
use crate::stop::{Code, Stop};

/// What to release.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
#[command(group(ArgGroup::new("images").required(true).multiple(true).args(IMAGES)))]
pub struct Update {
    /// Name of the app
    pub app: String,
    #[command(flatten)]
    pub(super) images: Images,
    /// Move the services without running the update, which migrates the database
    #[arg(long)]
    pub only_services: bool,
    /// How long the update may take, and then the services
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = time)]
    pub timeout: Duration,
}

/// New images.
#[derive(Args, Debug)]
pub(super) struct Images {
    /// Django's new image, with a tag or a digest
    #[arg(long, conflicts_with = "tag")]
    image: Option<String>,
    /// Django's new image by its tag alone: the repository is that of the image that runs
    #[arg(long)]
    tag: Option<String>,
    /// The front end's new image
    #[arg(long, value_name = "IMAGE", conflicts_with = "frontend_tag")]
    frontend_image: Option<String>,
    /// The front end's new image by its tag alone
    #[arg(long, value_name = "TAG")]
    frontend_tag: Option<String>,
}

/// The arguments that name one.
const IMAGES: [&str; 4] = ["image", "tag", "frontend_image", "frontend_tag"];

impl Images {
    /// What shall run.
    pub(super) fn change(&self) -> Change {
        Change {
            backend: new_image(self.image.as_ref(), self.tag.as_ref()),
            frontend: new_image(self.frontend_image.as_ref(), self.frontend_tag.as_ref()),
            only_services: false,
        }
    }
}

/// What its help says.
pub const ABOUT: &str = "\
Release a new image: run the update, move the services, wait until they are live.

The update (`backend_update`) runs with the new image first, and if it fails nothing moves. Then the services move that \
run that image, and the release is done when each is live with its own new revision. What is not named stays as it is.

New revisions are copies of those that are live, with the new image. If `pulumi up` has registered other settings since, \
such as more memory, they are put to work along with it. Counts are raised to what the program says, and never lowered.

For apps whose `deployment` is `Pipeline`. It can be interrupted and begun again at any time: what has been done is \
found, and not done again.";

const EXAMPLES: &str = "\
Examples:
  aws-django update alpha --tag v1.4.0
  aws-django update alpha --tag v1.4.0 --frontend-tag v2.1.0
  aws-django update alpha --image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:…
  aws-django update alpha --tag v1.4.0 --only-services --timeout 10m";

impl Update {
    /// Releases.
    ///
    /// # Errors
    /// If it was refused, or has failed.
    pub async fn run(&self, context: &Context) -> Result<Code, Stop> {
        let app = find(context, &self.app).await?;
        let change = Change { only_services: self.only_services, ..self.images.change() };
        let prepared = context.interrupts.or(context.engine.prepare(&app, &change)).await?;
        release(context, "update", &app, &prepared, self.timeout).await
    }
}

/// Runs what was made ready, to the end or until it is interrupted.
pub(super) async fn release(
    context: &Context,
    command: &str,
    app: &App,
    prepared: &Prepared,
    timeout: Duration,
) -> Result<Code, Stop> {
    let show = &context.show;
    for (runs, (from, to)) in &prepared.images {
        show.note(&format!("{} of `{}`: `{from}` to `{to}`", runs.as_str(), app.name));
    }
    prepared.notes.iter().for_each(|note| show.note(note));
    for (name, service) in &prepared.wanted.services {
        show.detail(&format!("`{name}` shall run `{}`", short(&service.revision)));
    }
    let limits = Limits { update: timeout, rollout: timeout };
    let outcome = context.engine.release_alone(&prepared.wanted, Some(&prepared.done), limits).await;
    show.finish();
    let plan = outcome.result.map_err(Stop::release)?;
    show.result(&done(app, prepared, &plan), || document(command, app, prepared, &plan));
    Ok(Code::DONE)
}

fn new_image(image: Option<&String>, tag: Option<&String>) -> Option<NewImage> {
    image.cloned().map(NewImage::Whole).or_else(|| tag.cloned().map(NewImage::Tag))
}

fn done(app: &App, prepared: &Prepared, plan: &Plan) -> String {
    let images: Vec<_> = prepared.images.values().map(|(_, to)| format!("`{to}`")).collect();
    let already = if plan.is_empty() { ", as before: nothing had to be done" } else { "" };
    format!("`{}` runs {}{already}", app.name, images.join(" and "))
}

fn document(command: &str, app: &App, prepared: &Prepared, plan: &Plan) -> Value {
    let images = prepared.images.iter().map(|(runs, (from, to))| {
        let change = json!({ "from": from, "to": to });
        (runs.as_str().to_owned(), change)
    });
    let services = prepared.wanted.services.iter().map(|(name, service)| {
        let moved = plan.moves.get(name);
        json!({
            "service": name,
            "revision": service.revision,
            "image": service.image,
            "moved": moved.is_some(),
            "count": moved.map(|it| it.count),
        })
    });
    json!({
        "command": command,
        "ok": true,
        "app": app.name,
        "images": images.collect::<serde_json::Map<_, _>>(),
        "update": plan.update.as_ref().map(|update| &update.to),
        "services": services.collect::<Vec<_>>(),
    })
}
