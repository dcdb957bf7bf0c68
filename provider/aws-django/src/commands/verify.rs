//! `verify`: whether a release could begin.

use aws_django_release::{App, Finding, Subject, Verified};
use clap::Args;
use serde_json::{Map, Value, json};

use super::find;
use super::update::Images;
use crate::Context;
use crate::stop::{Code, Stop};

/// What to look at.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Verify {
    /// Name of the app
    pub app: String,
    #[command(flatten)]
    pub(super) images: Images,
}

/// What its help says.
pub const ABOUT: &str = "\
Look whether a release could begin, and change nothing.

It takes the images that `aws-django update` would be told, or without any those that run, and finds the revisions that a \
release would put to work. Then it looks whether the images are in ECR and for the processor of the tasks; whether the \
parameters, the secrets and their keys are there, and the role may read them; whether there are the cluster, the log \
groups, the subnets and the security groups; and whether something else is at work. All that is wrong is told at once, \
with 1 as the exit code.

What cannot be looked at is told as not checked: an image that is not in ECR, or what the credentials lack a right for. A \
value of a secret is never shown. It goes for all apps, also for those that `pulumi up` releases.";

const EXAMPLES: &str = "\
Examples:
  aws-django verify alpha
  aws-django verify alpha --tag v1.4.0
  aws-django verify alpha --tag v1.4.0 --frontend-tag v2.1.0
  aws-django verify alpha --json | jq '.problems[].text'";

impl Verify {
    /// Looks.
    ///
    /// # Errors
    /// If something is wrong.
    pub async fn run(&self, context: &Context) -> Result<Code, Stop> {
        let (show, app) = (&context.show, find(context, &self.app).await?);
        let change = self.images.change();
        let looked = context.engine.verify(&*context.needs, &app, &change);
        let verified = context.interrupts.or(looked).await?;
        if show.is_json() {
            show.result("", || document(&app, &verified));
            return Ok(if verified.problems.is_empty() { Code::DONE } else { Code::FAILED });
        }
        for it in &verified.unchecked {
            show.note(&format!("not checked: {}", it.text));
        }
        if verified.problems.is_empty() {
            show.result(&sound(&app, &verified), || Value::Null);
            return Ok(Code::DONE);
        }
        let details = verified.problems.iter().map(|it| it.text.clone()).collect();
        let things = if verified.problems.len() == 1 { "one thing is" } else { "these things are" };
        let text = format!("a release of {} could not begin, {things} wrong:", released(&app, &verified));
        Err(Stop { details, ..Stop::failed(text) })
    }
}

fn released(app: &App, verified: &Verified) -> String {
    let images: Vec<_> = verified.images.values().map(|image| format!("`{image}`")).collect();
    format!("`{}` with {}", app.name, images.join(" and "))
}

fn sound(app: &App, verified: &Verified) -> String {
    let counts = verified.sound.iter().map(|(subject, names)| counted(*subject, names.len()));
    let counts: Vec<_> = counts.collect();
    format!("a release of {} could begin; looked at: {}", released(app, verified), counts.join(", "))
}

fn counted(subject: Subject, count: usize) -> String {
    let word = match subject {
        Subject::Cluster => "cluster",
        Subject::Release => "release",
        Subject::Revision => "revision",
        Subject::Image => "image",
        Subject::Parameter => "parameter",
        Subject::Secret => "secret",
        Subject::Role => "role",
        Subject::LogGroup => "log group",
        Subject::Subnet => "subnet",
        Subject::SecurityGroup => "security group",
    };
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn document(app: &App, verified: &Verified) -> Value {
    let found = |all: &[Finding]| {
        let all = all.iter().map(|it| json!({ "subject": it.subject.as_str(), "name": it.name, "text": it.text }));
        all.collect::<Vec<_>>()
    };
    let images = verified.images.iter().map(|(runs, image)| (runs.as_str().to_owned(), json!(image)));
    let sound = verified.sound.iter().map(|(subject, names)| (subject.as_str().to_owned(), json!(names)));
    json!({
        "command": "verify",
        "ok": verified.problems.is_empty(),
        "app": app.name,
        "images": images.collect::<Map<_, _>>(),
        "problems": found(&verified.problems),
        "unchecked": found(&verified.unchecked),
        "sound": sound.collect::<Map<_, _>>(),
    })
}
