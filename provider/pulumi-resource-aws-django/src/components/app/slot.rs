//! The slot of an app: where its rules stand at the listener of its base.

use aws_django_release::{Search, slots};
use pulumi_component::{Context, Output};

use super::Spec;
use super::site::REDIRECT_RULE;
use crate::blocks::roles::Surroundings;
use crate::blocks::web;
use crate::own;

/// Ten priorities in a row.
pub(super) struct Slot(Output<u32>);

impl Slot {
    /// The one that the program says, else the one that the app has or that is free. A preview cannot ask a listener that
    /// is still to be made, and shows where the search would begin.
    pub(super) fn find(cx: &Context, spec: &Spec<'_>, host: &Output<String>, surroundings: &Surroundings) -> Self {
        if let Some(given) = spec.common.priority {
            return Self(Output::known(given));
        }
        let redirects = spec.site.redirect_host_names().to_vec();
        let host_names =
            host.unless_secret().map(|host: Option<String>| host.into_iter().chain(redirects).collect::<Vec<_>>());
        let found = own::GetListenerSlot::new()
            .region(&surroundings.region)
            .account_id(&surroundings.account_id)
            .profile(&surroundings.profile)
            .assume_roles(&surroundings.assume_roles)
            .listener_arn(&spec.base.listener_arn)
            .app(cx.name())
            .host_names(&host_names)
            .places(places(spec))
            .invoke(cx);
        Self(found.slot.until_known(Search::of(cx.name()).from))
    }

    /// The priority of a place in it, from 1 to 10.
    pub(super) fn priority(&self, place: u32) -> Output<u32> {
        self.0.map(move |slot| slots::priority(slot, place))
    }
}

/// The places that the app's rules take.
fn places(spec: &Spec<'_>) -> Vec<u32> {
    let answers = spec.processes.iter().filter_map(|process| process.answers.as_ref());
    let of_processes = answers.flat_map(|answers| (answers.rule..).zip(web::rules(&answers.patterns)));
    let of_redirects = (!spec.site.redirect_host_names().is_empty()).then_some(REDIRECT_RULE);
    of_processes.map(|(place, _)| place).chain(of_redirects).collect()
}
