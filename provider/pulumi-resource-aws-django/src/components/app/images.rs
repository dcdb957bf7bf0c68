//! Which images the revisions of an app run.

use pulumi_component::{Context, Output, all};

use super::args::Deployment;
use super::{Place, Process, Spec};
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
    pub(super) fn find(cx: &Context, spec: &Spec<'_>, surroundings: &Surroundings) -> Self {
        let frontend = spec.frontend().and_then(|frontend| frontend.image);
        if spec.deployment == Deployment::Pulumi {
            return Self { backend: spec.image.clone(), frontend: frontend.cloned() };
        }
        let process = |name: &str| own::RunningProcess::new().service(names::service(cx.name(), name)).container(name);
        let at = |wanted: fn(Place) -> bool| {
            let found = spec.processes.iter().filter(move |process: &&Process<'_>| wanted(process.place));
            found.map(|found| process(found.name))
        };
        let others: Vec<_> = at(|place| matches!(place, Place::Worker(_) | Place::Beat)).collect();
        let running = own::GetRunningImages::new()
            .region(&surroundings.region)
            .account_id(&surroundings.account_id)
            .profile(&surroundings.profile)
            .assume_roles(&surroundings.assume_roles)
            .cluster(names::cluster(cx.name()))
            .web(at(|place| place == Place::Web).next())
            .frontend(at(|place| place == Place::Frontend).next())
            .others(others)
            .invoke(cx);
        Self {
            backend: running_or(&running.backend, spec.image),
            frontend: frontend.map(|image| running_or(&running.frontend, image)),
        }
    }
}

fn running_or(running: &Output<Option<String>>, image: &Output<String>) -> Output<String> {
    all((running, image)).map(|(running, image): (Option<String>, String)| running.unwrap_or(image))
}
