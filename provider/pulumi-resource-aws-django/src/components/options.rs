//! What may be said of a component beside its arguments: `docs/options.md` is the table.

use pulumi_component::monitor::{Alias, Registration};

/// All options that would do harm, each with what to do instead.
pub(crate) fn check(own: &Registration) -> Vec<String> {
    let mut refused = Vec::new();
    if let Some(former) = own.aliases.iter().map(Alias::name).find(|it| !it.is_empty() && *it != own.name) {
        let name = &own.name;
        refused.push(format!(
            "cannot take over `{former}` by `aliases`: what `{former}` has made is called after it, and would be \
             replaced together with the data in it; keep the name `{former}`, or make `{name}` beside it, move the \
             data, and remove `{former}` then"
        ));
    }
    // The engine would replace the component's own entry, and with `deleteBeforeReplace` delete what depends on it
    // first.
    let replacing =
        [("replaceWith", !own.replace_with.is_empty()), ("replacementTrigger", own.replacement_trigger.is_some())];
    refused.extend(replacing.iter().filter(|(_, given)| *given).map(|(option, _)| {
        format!(
            "cannot be replaced by `{option}`: it would reach none of its resources; remove it, or have a transform set \
             it on those that you mean, and not on the component"
        )
    }));
    refused
}
