//! Which images the revisions of an app run.

use pulumi_component::{Context, Output, all};

use super::BEAT;
use super::args::{AdHocAppArgs, Deployment};
use crate::blocks::roles::Surroundings;
use crate::{names, own};

/// The images.
pub(super) struct Images {
    /// Of the Django project.
    pub(super) backend: Output<String>,
    /// Of the front end, if there is one.
    pub(super) frontend: Option<Output<String>>,
}

impl Images {
    /// What the program says; of an app that a pipeline releases what runs, if anything does.
    pub(super) fn find(cx: &Context, args: &AdHocAppArgs, surroundings: &Surroundings) -> Self {
        let frontend = args.frontend.as_ref().map(|frontend| &frontend.image);
        if args.deployment == Deployment::Pulumi {
            return Self { backend: args.image.clone(), frontend: frontend.cloned() };
        }
        let process = |name: &str| own::RunningProcess::new().service(names::service(cx.name(), name)).container(name);
        let workers = args.workers.iter().flatten().map(|worker| worker.name.as_str());
        let others: Vec<_> = workers.chain(args.beat.iter().map(|_| BEAT)).map(process).collect();
        let running = own::GetRunningImages::new()
            .region(&surroundings.region)
            .account_id(&surroundings.account_id)
            .profile(&surroundings.profile)
            .assume_roles(&surroundings.assume_roles)
            .cluster(names::cluster(cx.name()))
            .web(process(&args.web.name))
            .frontend(args.frontend.as_ref().map(|frontend| process(&frontend.name)))
            .others(others)
            .invoke(cx);
        Self {
            backend: running_or(&running.backend, &args.image),
            frontend: frontend.map(|image| running_or(&running.frontend, image)),
        }
    }
}

fn running_or(running: &Output<Option<String>>, image: &Output<String>) -> Output<String> {
    all((running, image)).map(|(running, image): (Option<String>, String)| running.unwrap_or(image))
}
