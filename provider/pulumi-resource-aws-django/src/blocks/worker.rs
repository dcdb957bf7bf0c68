//! A service that nobody calls: it takes its work from a queue or a clock.

use pulumi_component::{Context, Handle, Output};

use super::task;

/// What the service is.
pub(crate) struct Spec<'a> {
    pub(crate) service: task::Service<'a>,
}

/// A registered service.
pub(crate) struct Worker {
    pub(crate) service_name: Output<String>,
    pub(crate) handle: Handle,
}

/// Registers the service.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Worker {
    let service = spec.service.resource().register_with(cx, spec.service.options([]));
    Worker { service_name: service.name, handle: service.handle }
}
