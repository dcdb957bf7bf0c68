//! The release engine: it puts an image to work on ECS, and knows when it is live.
//!
//! A release runs the app's update command with the new revision; a failure stops everything there. Then the services
//! move, and only when *their own* new revision is live has it succeeded. The engine knows neither Pulumi nor a command
//! line: those are doors to it.
//!
//! ```no_run
//! # async fn door(wanted: aws_django_release::Wanted, done: aws_django_release::Done) {
//! use std::sync::Arc;
//! use aws_django_release::{Access, Engine, Limits, Silent};
//!
//! let access = Access { region: wanted.region.clone(), ..Access::default() };
//! let engine = Engine::on_aws(access, Arc::new(Silent), Default::default());
//! let outcome = engine.release(&wanted, Some(&done), Limits::default()).await;
//! // Keep `outcome.done`, also if `outcome.result` is a failure that has `begun` something.
//! # }
//! ```
//!
//! Where things are: [`plan`] decides, by pure functions over data; `release` does what was decided, with `live` for
//! what runs, `task` for one-off tasks, `rollout` for services, and `reasons` to tell why one failed; `database` and
//! `images` are the other things that the doors ask for, and `slots` finds an app its place at a listener. A door without a state has `app` find an app by its [`names`],
//! `revisions` decide what is copied, and `deploy` and `rollback` make a release ready; `journal`, `status` and
//! `sessions` read and open; `verify` looks before a release, `secrets` keeps what the program does not. [`cloud`] and [`clock`] are the borders to AWS and to time, [`aws`] is what is behind the
//! first. A release has no lock of its own: what it finds on ECS is the lock.

pub mod aws;
pub mod clock;
pub mod cloud;
pub mod names;
pub mod plan;
pub mod slots;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

mod app;
mod database;
mod deploy;
mod failure;
mod images;
mod journal;
mod live;
mod logs;
mod progress;
mod reasons;
mod redact;
mod release;
mod revisions;
mod rollback;
mod rollout;
mod secrets;
mod sessions;
mod status;
mod task;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use app::{App, AppService, Runs};
pub use aws::{Access, AssumeRole};
pub use database::{Action, Database, Dropped, EXIT_NO_SERVER, EXIT_OTHER_ID};
pub use deploy::{Change, NewImage, Prepared};
pub use failure::{Cause, Failure, Step};
pub use images::{EcrImage, Images, ImagesOf, Process, Reference};
pub use journal::Journal;
pub use plan::{Begun, Container, Count, Done, Live, Migrated, Plan, Service, ServiceDone, Update, Wanted, changes};
pub use progress::{Event, Progress, Silent};
pub use redact::{is_name_of_secret, redact};
pub use release::{Limits, Outcome, STARTED_BY, STARTED_BY_RUN};
pub use revisions::COPY_TAG;
pub use rollback::To;
pub use secrets::{Keeper, Kept, SecretSet, Slot, Vault};
pub use sessions::{Shell, Tunnel, open_tunnel};
pub use slots::{Search, SlotOf};
pub use status::{Status, Under};
pub use task::{End, OneOff, Ran};
pub use verify::{Finding, Subject, Verified};

/// What runs releases: AWS, a clock, somebody who is told, and a way to be stopped.
///
/// Each method ends soon after the token is cancelled, with what it has done until then. A method whose future is
/// dropped leaves what it has begun to ECS; the next release finds it there.
#[derive(Clone)]
pub struct Engine {
    /// AWS.
    pub cloud: Arc<dyn cloud::Cloud>,
    /// Time.
    pub clock: Arc<dyn clock::Clock>,
    /// Who is told what happens.
    pub progress: Arc<dyn Progress>,
    /// Ends what runs.
    pub cancelled: CancellationToken,
}

/// The token was cancelled.
pub(crate) struct Cancelled;

impl Engine {
    /// An engine on AWS itself. Nothing is set up before the first call.
    pub fn on_aws(access: Access, progress: Arc<dyn Progress>, cancelled: CancellationToken) -> Self {
        Self { cloud: Arc::new(aws::Aws::new(access)), clock: Arc::new(clock::Wall::start()), progress, cancelled }
    }

    pub(crate) fn warn(&self, text: impl Into<String>) {
        self.progress.tell(Event::Warning(text.into()));
    }

    /// Waits, unless the token is cancelled.
    pub(crate) async fn pause(&self, time: Duration) -> Result<(), Cancelled> {
        tokio::select! {
            biased;
            () = self.cancelled.cancelled() => Err(Cancelled),
            () = self.clock.sleep(time) => Ok(()),
        }
    }

    /// Calls until the call succeeds, or fails in a way that does not pass by itself within a minute.
    pub(crate) async fn insist<T, F: Future<Output = cloud::Result<T>>>(
        &self,
        mut call: impl FnMut() -> F,
    ) -> cloud::Result<T> {
        let (begun, mut pace) = (self.clock.now(), clock::Pace::new());
        loop {
            match call().await {
                Err(error) if error.passes() && self.clock.now() < begun + A_MINUTE => {
                    if self.pause(pace.next()).await.is_err() {
                        return Err(error);
                    }
                }
                answer => return answer,
            }
        }
    }
}

/// How long the engine puts up with what AWS does not know yet, such as a role made a moment ago.
pub(crate) const A_MINUTE: Duration = Duration::from_mins(1);
