//! What a deployment will do to an app: its update, its services, its database.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::model::{Change, Operation, Preview, name_of};
use super::phrase::Phrase;
use super::{effects, redact, tasks};

const RELEASE: &str = "Release";

/// How many services are named.
const NAMED: usize = 12;

/// The images that a release puts to work, by service, before and after.
pub(super) fn images(change: &Change) -> Vec<(String, Option<String>, Option<String>)> {
    if !change.is_ours(RELEASE) {
        return Vec::new();
    }
    let (old, new) = (services(&change.old.inputs), services(&change.new.inputs));
    let names: BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
    let of = |all: &BTreeMap<&str, &Map<String, Value>>, name: &str| text(all.get(name).copied(), "image");
    names.into_iter().map(|name| (name.to_owned(), of(&old, name), of(&new, name))).collect()
}

fn services(properties: &Map<String, Value>) -> BTreeMap<&str, &Map<String, Value>> {
    let all = properties.get("services").and_then(Value::as_object).into_iter().flatten();
    all.filter_map(|(name, it)| Some((name.as_str(), it.as_object()?))).collect()
}

fn text(map: Option<&Map<String, Value>>, key: &str) -> Option<String> {
    map?.get(key)?.as_str().map(str::to_owned)
}

/// A sentence for each app of which something changes, with the app's name.
pub(super) fn sentences(preview: &Preview) -> Vec<(String, Phrase)> {
    let mut apps: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in &preview.changes {
        if change.is_of_app() {
            apps.entry(change.parent.as_str()).or_default().push(change);
        }
    }
    let sentence = |(urn, changes): (&str, Vec<&Change>)| (name_of(urn).to_owned(), of_app(name_of(urn), &changes));
    apps.into_iter().map(sentence).collect()
}

fn of_app(app: &str, changes: &[&Change]) -> Phrase {
    let database = changes.iter().find(|it| it.is_ours("AppDatabase")).and_then(|it| of_database(it));
    let release = match changes.iter().find(|it| it.is_ours(RELEASE)) {
        Some(release) => of_release(release),
        None => {
            // What makes and drops the database serves nobody, and the cache is not released.
            let is_released = |it: &&&Change| {
                let role = it.name().strip_prefix(app).unwrap_or_default();
                it.token == tasks::TOKEN && it.operation == Operation::Revise && !is_aside(role)
            };
            let waits = changes.iter().any(|it| is_released(&it));
            let rest = if waits { ": the new revisions wait for the next release" } else { "" };
            Phrase::ours(format!("moves nothing{rest}"))
        }
    };
    match database {
        Some(database) => database.then("; ").and(release),
        None => release,
    }
}

fn is_aside(role: &str) -> bool {
    role.starts_with("-database") || role.starts_with("-redis") || role.starts_with("-cache")
}

fn of_database(change: &Change) -> Option<Phrase> {
    let name = change.new.get("name").or_else(|| change.old.get("name"))?.as_str()?;
    let database = Phrase::ours("database ").and(Phrase::theirs(name));
    match change.operation {
        Operation::Create => Some(Phrase::ours("makes the ").and(database)),
        Operation::Forget => Some(Phrase::ours("leaves the ").and(database).then(" where it is")),
        _ => {
            effects::of_database(change).or_else(|| Some(Phrase::ours("brings the ").and(database).then(" up to date")))
        }
    }
}

fn of_release(change: &Change) -> Phrase {
    let new = &change.new.inputs;
    match change.operation {
        Operation::Delete | Operation::Forget => return Phrase::ours("is released no more, and moves nothing"),
        Operation::Create | Operation::Update | Operation::Replace => {}
        _ => return Phrase::ours("moves nothing"),
    }
    let update = update(change).then(|| {
        let container = text(new.get("update").and_then(Value::as_object), "container");
        let container = Phrase::theirs(container.as_deref().unwrap_or("backend_update"));
        Phrase::ours("runs ").and(container).and(revision(new.get("update").and_then(Value::as_object)))
    });
    let (wanted, done) = (services(new), services(&change.old.outputs));
    let before = services(&change.old.inputs);
    let other_secrets = change.old.inputs.get("secretsVersion") != new.get("secretsVersion");
    let mut services: Vec<_> = wanted
        .iter()
        .filter(|(name, it)| {
            let is_live = done.get(*name).is_some_and(|live| is_live(it, live));
            let settings = |of: Option<&Map<String, Value>>| text(of, "settings");
            !is_live || other_secrets || settings(before.get(*name).copied()) != settings(Some(it))
        })
        .map(|(name, it)| Phrase::theirs(name).and(with_image(it, before.get(name).copied())))
        .collect();
    if services.is_empty() && change.differs("services") {
        services.push(Phrase::ours("services"));
    }
    let moves = Phrase::ours("moves ").and(Phrase::list(services.iter().cloned(), ", ", NAMED));
    match (update, services.is_empty()) {
        (Some(update), true) => update.then(", and moves nothing"),
        (Some(update), false) => update.then(", then ").and(moves),
        (None, true) => Phrase::ours("moves nothing"),
        (None, false) => moves,
    }
}

/// Whether the update runs: its revision, or the database on which it has run last, is another one.
fn update(change: &Change) -> bool {
    let wanted = change.new.inputs.get("update").and_then(Value::as_object);
    let done = change.old.outputs.get("migrated").and_then(Value::as_object);
    let is_done = done.is_some_and(|done| {
        done.get("taskDefinition") == wanted.and_then(|it| it.get("taskDefinition"))
            && done.get("database") == change.new.inputs.get("database")
    });
    !is_done
}

fn is_live(wanted: &Map<String, Value>, live: &Map<String, Value>) -> bool {
    let count = |of: &Map<String, Value>| of.get("desiredCount").and_then(Value::as_f64);
    let is_scaled = wanted.get("isScaled") == Some(&true.into());
    let has_count = if is_scaled { count(live) >= count(wanted) } else { count(live) == count(wanted) };
    let begun = live.get("begun").is_none_or(Value::is_null);
    wanted.get("taskDefinition") == live.get("taskDefinition") && has_count && begun
}

/// The revision, if it is registered already.
fn revision(map: Option<&Map<String, Value>>) -> Phrase {
    let Some(revision) = map.and_then(|it| it.get("taskDefinition")) else { return Phrase::default() };
    match revision.as_str() {
        Some(arn) if !redact::is_unknown(revision) => {
            let short = arn.rsplit('/').next().unwrap_or(arn);
            Phrase::ours(" with revision ").and(Phrase::theirs(short))
        }
        _ => Phrase::ours(" with a new revision"),
    }
}

/// The image, if it is another one.
fn with_image(service: &Map<String, Value>, before: Option<&Map<String, Value>>) -> Phrase {
    let image = service
        .get("image")
        .filter(|it| !redact::is_unknown(it) && before.and_then(|old| old.get("image")) != Some(it));
    match image.and_then(Value::as_str) {
        Some(image) => Phrase::ours(" to ").and(Phrase::theirs(image)),
        None => Phrase::default(),
    }
}
