//! What a release has left behind, kept to be met by later plugins: a folder of `tests/upgrades` for each release.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, Value as Json, json};

use crate::changelog::Changelog;
use crate::tools::repository;

/// What marks a secret in a state and on the wire.
const MARK: &str = "4dabf18193072939515e22adb298388d";
/// What stands for the zone of the account in a program and in a state.
pub const ZONE: &str = "ZONE";
/// What stands for a certificate of the account.
pub const CERTIFICATE: &str = "arn:aws:acm:eu-central-1:123456789012:certificate/CERTIFICATE";
/// What stands for a key of the account.
pub const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// A snapshot of a server from which a recorded one begins.
pub const SNAPSHOT: &str = "then";
/// What stands for a web ACL of the account.
pub const WEB_ACL: &str = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/acl/WEB_ACL";
/// The stack of all recordings, and its project.
pub const STACK: &str = "upgrades";

/// The components of a program, the state of their stack, and what engine and plugin said to each other about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The version of the plugin.
    pub version: String,
    /// The components by name, with type and inputs: `tests/programs/recorded.py` makes them.
    pub program: Json,
    /// The state as `pulumi stack export` writes it.
    pub state: Json,
    /// Requests with their answers: `method`, `request`, `response`.
    pub calls: Json,
}

impl Recording {
    /// All that are there, the oldest first.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn all() -> anyhow::Result<Vec<Self>> {
        let mut versions = Vec::new();
        for entry in fs::read_dir(repository("tests/upgrades"))? {
            let path = entry?.path();
            if path.is_dir() {
                versions.push(path.file_name().context("a folder has a name")?.to_string_lossy().into_owned());
            }
        }
        let numbers = |version: &String| version.split('.').map(str::parse::<u32>).collect::<Result<Vec<_>, _>>().ok();
        versions.sort_by_key(numbers);
        versions.iter().map(|version| Self::read(version)).collect()
    }

    /// The one of a version.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(version: &str) -> anyhow::Result<Self> {
        let part = |name: &str| {
            let file = folder(version).join(name);
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
            serde_json::from_str(&text).with_context(|| format!("`{}` is no JSON", file.display()))
        };
        let (program, state, calls) = (part("program.json")?, part("state.json")?, part("calls.json")?);
        Ok(Self { version: version.to_owned(), program, state, calls })
    }

    /// Writes it, in place of one that is there; returns its folder.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self) -> anyhow::Result<PathBuf> {
        let folder = folder(&self.version);
        fs::create_dir_all(&folder)?;
        for (name, part) in [("program.json", &self.program), ("state.json", &self.state), ("calls.json", &self.calls)]
        {
            fs::write(folder.join(name), serde_json::to_string_pretty(part)? + "\n")?;
        }
        Ok(folder.canonicalize()?)
    }

    /// The resources of the state, in the order in which they were made.
    pub fn resources(&self) -> impl Iterator<Item = &Map<String, Json>> {
        self.state["deployment"]["resources"].as_array().into_iter().flatten().filter_map(Json::as_object)
    }

    /// The resource of that type and name.
    pub fn resource(&self, token: &str, name: &str) -> Option<&Map<String, Json>> {
        let end = format!("{token}::{name}");
        let is_it = |resource: &&Map<String, Json>| {
            resource.get("urn").and_then(Json::as_str).is_some_and(|urn| urn.ends_with(&end))
        };
        self.resources().find(|resource| is_it(resource) && resource.get("type") == Some(&json!(token)))
    }

    /// The ARNs of its listeners.
    pub fn listeners(&self) -> impl Iterator<Item = &str> {
        let listeners = self.resources().filter(|it| it.get("type").is_some_and(|it| it == "aws:lb/listener:Listener"));
        listeners.filter_map(|it| it.get("outputs")?["arn"].as_str())
    }

    /// The requests of one method, such as `Construct`, with their answers.
    pub fn calls(&self, method: &str) -> impl Iterator<Item = &Json> {
        self.calls.as_array().into_iter().flatten().filter(move |call| call["method"] == method)
    }

    /// The same without those inputs of its components that are announced as removed since.
    pub fn without_removed(mut self, changelog: &Changelog) -> Self {
        let is_removed = |token: &str, input: &str| {
            let component = token.rsplit(':').next().unwrap_or_default();
            changelog.announces(&self.version, "Removed", &[component, input])
        };
        let retain = |token: &Json, inputs: &mut Json| {
            if let (Some(token), Some(inputs)) = (token.as_str(), inputs.as_object_mut()) {
                inputs.retain(|input, _| !is_removed(token, input));
            }
        };
        for each in self.program.as_object_mut().into_iter().flat_map(Map::values_mut) {
            retain(&each["type"].clone(), &mut each["inputs"]);
        }
        for call in self.calls.as_array_mut().into_iter().flatten().filter(|call| call["method"] == "Construct") {
            retain(&call["request"]["type"].clone(), &mut call["request"]["inputs"]);
        }
        self
    }
}

/// The program that is recorded next.
///
/// # Errors
/// If it cannot be read.
pub fn program() -> anyhow::Result<Json> {
    Ok(serde_json::from_str(&fs::read_to_string(repository("tests/upgrades/program.json"))?)?)
}

/// A part of a state with the values of its secrets in place of the secrets.
pub fn opened(json: &Json) -> Json {
    match json {
        Json::Object(map) if map.contains_key(MARK) => map
            .get("plaintext")
            .and_then(Json::as_str)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default(),
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), opened(value))).collect(),
        Json::Array(items) => items.iter().map(opened).collect(),
        other => other.clone(),
    }
}

fn folder(version: &str) -> PathBuf {
    repository("tests/upgrades").join(version)
}
