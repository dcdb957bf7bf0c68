//! What a destroy begins with: a resource that comes after all others, and so has to go before all others.
//!
//! The engine refuses to delete a protected resource when its turn comes, and not before. Where only what holds data is
//! protected, all that depends on it is gone by then.

use pulumi_component::{Context, Options};

use crate::own;

/// Registers it, after all that the component has registered so far.
pub(crate) fn build(cx: &Context, is_enabled: bool) {
    let options = Options::default().depends_on(cx.registered()).protect(is_enabled.then_some(true));
    own::DeletionProtection::new("deletion").enabled(is_enabled).register_with(cx, options);
}
