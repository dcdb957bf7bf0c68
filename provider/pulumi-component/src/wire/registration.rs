//! Registrations in the form in which they travel: that of a component comes with the request to construct it, and goes
//! out again as its own.

use std::collections::BTreeMap;

use super::{Form, decode_inputs, decode_value, encode_value, form};
use crate::error::{Error, Failure};
use crate::generated::pulumirpc as proto;
use crate::monitor::{Alias, AliasParent, CustomTimeouts, Feature, Features, Hooks, Registration};
use crate::value::Urns;

/// The component's own registration, as the program asked for it: nothing is left out.
pub(crate) fn decode(request: proto::ConstructRequest) -> Result<Registration, Error> {
    let dependencies = request.input_dependencies.into_iter();
    let dependencies: BTreeMap<_, Urns> =
        dependencies.map(|(key, property)| (key, property.urns.into_iter().collect())).collect();
    // Where the value stands may be inside a secret, so that the engine must not print it.
    let unreadable = |Failure { path, reason }| Error::argument(&path, reason);
    let inputs = decode_inputs(request.inputs.unwrap_or_default(), &dependencies).map_err(unreadable)?;
    let property_dependencies = inputs.iter().map(|(key, input)| {
        let told = dependencies.get(key).cloned().unwrap_or_default();
        (key.clone(), &told | &input.dependencies())
    });
    let trigger = request.replacement_trigger.map(|trigger| {
        decode_value(trigger)
            .map_err(|Failure { reason, .. }| Error::Failed(format!("the option `replacementTrigger` {reason}")))
    });
    Ok(Registration {
        token: request.r#type,
        name: request.name,
        parent: request.parent,
        custom: false,
        property_dependencies: property_dependencies.collect(),
        inputs,
        dependencies: request.dependencies.into_iter().collect(),
        provider: String::new(),
        providers: request.providers,
        version: String::new(),
        plugin_download_url: String::new(),
        aliases: request.aliases.into_iter().filter_map(alias_from).collect(),
        protect: request.protect,
        retain_on_delete: request.retain_on_delete,
        delete_before_replace: request.delete_before_replace,
        deleted_with: request.deleted_with,
        replace_with: request.replace_with,
        replacement_trigger: trigger.transpose()?,
        ignore_changes: request.ignore_changes,
        replace_on_changes: request.replace_on_changes,
        additional_secret_outputs: request.additional_secret_outputs,
        // Node's SDK sends an empty object where nothing was said.
        custom_timeouts: request
            .custom_timeouts
            .map(custom_timeouts_from)
            .filter(|it| *it != CustomTimeouts::default()),
        hooks: request.resource_hooks.map(hooks_from).filter(|hooks| *hooks != Hooks::default()),
    })
}

/// A registration as the engine takes it. `stack_trace` says where in the user's program the component stands.
///
/// # Errors
/// If it asks for something that the engine cannot do.
pub(crate) fn encode(
    registration: Registration,
    features: &Features,
    stack_trace: &str,
) -> Result<proto::RegisterResourceRequest, Error> {
    require_features(&registration, features)?;
    let form = form(features);
    let trigger_form = Form { outputs: features.contains(&Feature::OutputValues), ..form };
    let property_dependencies = registration.property_dependencies.into_iter();
    Ok(proto::RegisterResourceRequest {
        r#type: registration.token,
        name: registration.name,
        parent: registration.parent,
        custom: registration.custom,
        object: Some(super::encode(registration.inputs, form)),
        protect: registration.protect,
        dependencies: registration.dependencies.into_iter().collect(),
        provider: registration.provider,
        property_dependencies: property_dependencies.map(|(key, urns)| (key, dependencies(urns))).collect(),
        delete_before_replace: registration.delete_before_replace.unwrap_or_default(),
        delete_before_replace_defined: registration.delete_before_replace.is_some(),
        version: registration.version,
        plugin_download_url: registration.plugin_download_url,
        ignore_changes: registration.ignore_changes,
        accept_secrets: true,
        additional_secret_outputs: registration.additional_secret_outputs,
        custom_timeouts: registration.custom_timeouts.map(custom_timeouts),
        supports_partial_values: true,
        remote: false,
        accept_resources: form.references,
        providers: registration.providers,
        replace_on_changes: registration.replace_on_changes,
        retain_on_delete: registration.retain_on_delete,
        aliases: registration.aliases.into_iter().map(alias).collect(),
        deleted_with: registration.deleted_with,
        alias_specs: features.contains(&Feature::AliasSpecs),
        supports_result_reporting: true,
        hooks: registration.hooks.map(hooks),
        parent_stack_trace_handle: stack_trace.to_owned(),
        replace_with: registration.replace_with,
        replacement_trigger: registration.replacement_trigger.map(|value| encode_value(value, trigger_form)),
    })
}

/// Refuses what the engine would pass over in silence.
fn require_features(registration: &Registration, features: &Features) -> Result<(), Error> {
    let used = [
        (!registration.aliases.is_empty(), Feature::AliasSpecs, "`aliases`"),
        (!registration.deleted_with.is_empty(), Feature::DeletedWith, "`deletedWith`"),
        (!registration.replace_with.is_empty(), Feature::ReplaceWith, "`replaceWith`"),
        (registration.replacement_trigger.is_some(), Feature::ReplacementTrigger, "`replacementTrigger`"),
        (registration.hooks.is_some(), Feature::ResourceHooks, "resource hooks"),
    ];
    match used.iter().find(|(used, feature, _)| *used && !features.contains(feature)) {
        None => Ok(()),
        Some((_, _, option)) => {
            let Registration { name, token, .. } = registration;
            Err(Error::Failed(format!("`{name}` (`{token}`): the Pulumi CLI does not support {option}; update it")))
        }
    }
}

fn dependencies(urns: Urns) -> proto::register_resource_request::PropertyDependencies {
    proto::register_resource_request::PropertyDependencies { urns: urns.into_iter().collect() }
}

fn custom_timeouts_from(timeouts: proto::construct_request::CustomTimeouts) -> CustomTimeouts {
    let proto::construct_request::CustomTimeouts { create, update, delete, read } = timeouts;
    CustomTimeouts { create, update, delete, read }
}

fn custom_timeouts(timeouts: CustomTimeouts) -> proto::register_resource_request::CustomTimeouts {
    let CustomTimeouts { create, update, delete, read } = timeouts;
    proto::register_resource_request::CustomTimeouts { create, update, delete, read }
}

fn hooks_from(hooks: proto::construct_request::ResourceHooksBinding) -> Hooks {
    Hooks {
        before_create: hooks.before_create,
        after_create: hooks.after_create,
        before_update: hooks.before_update,
        after_update: hooks.after_update,
        before_delete: hooks.before_delete,
        after_delete: hooks.after_delete,
        on_error: hooks.on_error,
    }
}

fn hooks(hooks: Hooks) -> proto::register_resource_request::ResourceHooksBinding {
    proto::register_resource_request::ResourceHooksBinding {
        before_create: hooks.before_create,
        after_create: hooks.after_create,
        before_update: hooks.before_update,
        after_update: hooks.after_update,
        before_delete: hooks.before_delete,
        after_delete: hooks.after_delete,
        on_error: hooks.on_error,
    }
}

/// An alias; `None` for an empty one, which says nothing.
fn alias_from(alias: proto::Alias) -> Option<Alias> {
    use proto::alias::spec::Parent;
    Some(match alias.alias? {
        proto::alias::Alias::Urn(urn) => Alias::Urn(urn),
        proto::alias::Alias::Spec(proto::alias::Spec { name, r#type: token, stack, project, parent }) => {
            let parent = match parent {
                Some(Parent::ParentUrn(urn)) if !urn.is_empty() => AliasParent::Urn(urn),
                Some(Parent::NoParent(true)) => AliasParent::Stack,
                _ => AliasParent::Same,
            };
            Alias::Spec { name, token, stack, project, parent }
        }
    })
}

fn alias(alias: Alias) -> proto::Alias {
    use proto::alias::spec::Parent;
    let alias = match alias {
        Alias::Urn(urn) => proto::alias::Alias::Urn(urn),
        Alias::Spec { name, token, stack, project, parent } => {
            let parent = match parent {
                AliasParent::Same => None,
                AliasParent::Stack => Some(Parent::NoParent(true)),
                AliasParent::Urn(urn) => Some(Parent::ParentUrn(urn)),
            };
            proto::alias::Alias::Spec(proto::alias::Spec { name, r#type: token, stack, project, parent })
        }
    };
    proto::Alias { alias: Some(alias) }
}
