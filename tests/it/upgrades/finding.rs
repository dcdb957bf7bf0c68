//! What an upgrade would do to a deployment of a release, and how that is told.

use e2e::{Changelog, Recording};

use crate::changes::as_in_programs;

/// One thing that an upgrade does to what a component of a release has made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Type and name of the component, such as `AdHocApp` and `alpha`.
    pub(crate) component: (String, String),
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// A resource, by type and name, is replaced because of these properties.
    Replaced { token: String, name: String, properties: Vec<String> },
    /// A resource is deleted.
    Deleted { token: String, name: String },
    /// The plugin cannot go on from the state of a resource of our own.
    Unreadable { token: String, name: String, reason: String },
    /// An input is refused.
    Refused { input: String, reason: String },
    /// An output is not there any more.
    NoOutput { output: String },
}

impl Finding {
    /// What happens to a resource, by its URN.
    pub(crate) fn of(urn: &str, what: impl FnOnce(String, String) -> What, recording: &Recording) -> Self {
        let mut parts = urn.rsplit("::");
        let (name, chain) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let token = chain.rsplit('$').next().unwrap_or_default();
        let parent = recording.resource(token, name).and_then(|resource| resource.get("parent")?.as_str());
        Self { component: component(parent.unwrap_or(urn)), what: what(token.to_owned(), name.to_owned()) }
    }

    /// Whether those who upgrade are told of it.
    pub(crate) fn is_announced(&self, since: &str, changelog: &Changelog) -> bool {
        self.entry().is_some_and(|(heading, name)| changelog.announces(since, heading, &[&self.component.0, &name]))
    }

    /// What it is, and what to do about it.
    pub(crate) fn told(&self, version: &str, changelog: &Changelog) -> String {
        let (component, name) = &self.component;
        let (what, remedy) = match &self.what {
            What::Replaced { token, name, properties } => {
                let reason = match properties.as_slice() {
                    [] => "along with another one".to_owned(),
                    properties => format!("for its `{}`", properties.join("`, `")),
                };
                (format!("replaces `{}` `{name}`, {reason}", bare(token)), "leave that as it was")
            }
            What::Deleted { token, name } => (
                format!("deletes `{}` `{name}`", bare(token)),
                "register it as before, or say in `aliases` of another one what that was",
            ),
            What::Unreadable { token, name, reason } => (
                format!("cannot go on from the state of `{}` `{name}`: {reason}", bare(token)),
                "give what is new in a state a default",
            ),
            What::Refused { input, reason } => {
                (format!("takes its input `{input}` no more: `{input}` {reason}"), "take it as before")
            }
            What::NoOutput { output } => (format!("has no output `{output}` any more"), "keep it"),
        };
        let entry = self.entry().map_or_else(String::new, |(heading, entry)| {
            format!(", or name `{component}` and `{entry}` in an entry of CHANGELOG.md under **{heading}**")
        });
        let candidate = if changelog.has_released(version) {
            ""
        } else {
            "; as it is not released yet, `cargo xtask record` may also record it anew"
        };
        format!("an upgrade of `{component}` `{name}` from {version} {what}; {remedy}{entry}{candidate}")
    }

    /// Where the changelog says it, and by which name. A deployment that cannot go on is never what somebody wants.
    fn entry(&self) -> Option<(&'static str, String)> {
        match &self.what {
            What::Replaced { token, .. } | What::Deleted { token, .. } => Some(("Replaces", bare(token))),
            What::Refused { input, .. } => Some(("Removed", input.split(['.', '[']).next()?.to_owned())),
            What::NoOutput { output } => Some(("Removed", output.clone())),
            What::Unreadable { .. } => None,
        }
    }
}

/// Type and name of a component, by its URN.
pub(crate) fn component(urn: &str) -> (String, String) {
    let mut parts = urn.rsplit("::");
    let (name, chain) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    (bare(chain), name.to_owned())
}

/// A type as programs name it.
fn bare(token: &str) -> String {
    match token.strip_prefix("aws-django:index:") {
        Some(own) => own.to_owned(),
        None => as_in_programs(token),
    }
}
