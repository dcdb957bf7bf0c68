//! What runs of an app: which images its revisions have, and how many tasks its services.

use std::collections::BTreeMap;

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
    /// How many tasks each service is to have, by its name, where a pipeline says so.
    counts: Option<Output<BTreeMap<String, u32>>>,
}

impl Images {
    /// What the program says; of an app that a pipeline releases what runs, if anything does.
    pub(super) fn find(cx: &Context, spec: &Spec<'_>, surroundings: &Surroundings) -> Self {
        let frontend = spec.frontend().and_then(|frontend| frontend.image);
        if spec.deployment == Deployment::Pulumi {
            return Self { backend: spec.common.image.clone(), frontend: frontend.cloned(), counts: None };
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
            backend: running_or(&running.backend, &spec.common.image),
            frontend: frontend.map(|image| running_or(&running.frontend, image)),
            counts: Some(running.counts),
        }
    }

    /// The least number of tasks that may be asked of a service now: none of one that nobody has released.
    pub(super) fn least(&self, service: &str, min_count: u32) -> Output<u32> {
        let Some(counts) = &self.counts else { return Output::known(min_count) };
        let service = service.to_owned();
        counts.map(move |counts: BTreeMap<String, u32>| match counts.get(&service) {
            None | Some(0) => 0,
            Some(_) => min_count,
        })
    }
}

fn running_or(running: &Output<Option<String>>, image: &Output<String>) -> Output<String> {
    all((running, image)).map(|(running, image): (Option<String>, String)| running.unwrap_or(image))
}
