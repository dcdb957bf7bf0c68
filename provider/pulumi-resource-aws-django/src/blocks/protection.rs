//! What a destroy begins with: a resource that comes after all others, and so has to go before all others.
//!
//! The engine refuses to delete a protected resource when its turn comes, and not before. Where only what holds data is
//! protected, all that depends on it is gone by then. What others stand on is not protected, and looks for them itself: the
//! engine knows nothing of other stacks.

use pulumi_component::{Context, Options, Output};

use super::roles::Surroundings;
use crate::own;

/// What is locked, and when.
pub(crate) struct Spec<'a> {
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) is_enabled: bool,
    /// Where the apps answer that stand on it.
    pub(crate) listener_arn: Option<&'a Output<String>>,
}

/// Registers it, after all that the component has registered so far.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) {
    let options = Options::default().depends_on(cx.registered()).protect(spec.is_enabled.then_some(true));
    own::DeletionProtection::new("deletion")
        .region(&spec.surroundings.region)
        .account_id(&spec.surroundings.account_id)
        .profile(&spec.surroundings.profile)
        .assume_roles(&spec.surroundings.assume_roles)
        .name(cx.name())
        .enabled(spec.is_enabled)
        .listener_arn(spec.listener_arn)
        .register_with(cx, options);
}
