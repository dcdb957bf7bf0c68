//! What changes of a task definition: its containers are one property, a text of JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::model::{Change, State};
use super::phrase::Phrase;
use super::redact;

/// Type of task definitions.
pub(super) const TOKEN: &str = "aws:ecs/taskDefinition:TaskDefinition";
const CONTAINERS: &str = "containerDefinitions";

/// How many variables are named.
const NAMED: usize = 12;

/// Containers by name.
type Containers = BTreeMap<String, Map<String, Value>>;

/// The containers of a definition, if they are known.
fn containers(state: &State) -> Option<Containers> {
    let text = state.get(CONTAINERS)?.as_str()?;
    let all: Vec<Map<String, Value>> = serde_json::from_str(text).ok()?;
    let name = |it: &Map<String, Value>| it.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(all.into_iter().map(|it| (name(&it), it)).collect())
}

fn image(container: Option<&Map<String, Value>>) -> Option<&str> {
    container?.get("image")?.as_str()
}

/// The images of each container, before and after, as far as they are known.
pub(super) fn images(change: &Change) -> Vec<(String, Option<String>, Option<String>)> {
    if change.token != TOKEN {
        return Vec::new();
    }
    let (old, new) = (containers(&change.old).unwrap_or_default(), containers(&change.new).unwrap_or_default());
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let of = |all: &Containers, name: &String| image(all.get(name)).map(str::to_owned);
    names.into_iter().map(|name| (name.clone(), of(&old, name), of(&new, name))).collect()
}

/// What is another one: image, variables, secrets, command, size, and what else there is.
pub(super) fn changes(change: &Change) -> Vec<Phrase> {
    let others = change.differences.iter().filter(|it| it.path != CONTAINERS);
    let mut all = Vec::new();
    match (containers(&change.old), containers(&change.new)) {
        (Some(old), Some(new)) => {
            let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            let is_alone = names.len() == 1;
            for name in names {
                let of = if is_alone { Phrase::default() } else { Phrase::theirs(name).then(": ") };
                match (old.get(name), new.get(name)) {
                    (Some(old), Some(new)) => {
                        all.extend(of_container(old, new).into_iter().map(|it| of.clone().and(it)));
                    }
                    (None, Some(new)) => all.push(added(name, new)),
                    (_, None) => all.push(Phrase::ours("container ").and(Phrase::theirs(name)).then(" removed")),
                }
            }
        }
        (old, None) if change.differs(CONTAINERS) => {
            let images = old.iter().flat_map(BTreeMap::values).filter_map(|it| image(Some(it))).map(Phrase::theirs);
            let before = Phrase::list(images, ", ", NAMED);
            all.push(Phrase::ours(format!("containers {}", redact::LATER)));
            if !before.is_empty() {
                all.push(Phrase::ours("image so far ").and(before));
            }
        }
        _ => {}
    }
    all.extend(others.map(|it| {
        let name = match it.path.as_str() {
            "cpu" => Phrase::ours("CPU"),
            "memory" => Phrase::ours("memory"),
            other => Phrase::theirs(other),
        };
        match (change.old.get(&it.path), change.new.get(&it.path)) {
            (Some(old), Some(new)) if matches!(it.path.as_str(), "cpu" | "memory") => {
                name.then(" ").and(from_to(&plain(old), &plain(new)))
            }
            _ => name.then(" changed"),
        }
    }));
    all
}

fn added(name: &str, container: &Map<String, Value>) -> Phrase {
    let begin = Phrase::ours("container ").and(Phrase::theirs(name)).then(" added");
    match image(Some(container)) {
        Some(image) => begin.then(" with image ").and(Phrase::theirs(image)),
        None => begin,
    }
}

fn of_container(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<Phrase> {
    let mut all = Vec::new();
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for key in keys.into_iter().filter(|key| old.get(*key) != new.get(*key)) {
        match key.as_str() {
            "image" => all.insert(0, of_image(image(Some(old)), image(Some(new)))),
            "environment" => all.extend(of_pairs("variable", old.get(key), new.get(key), "value")),
            "secrets" => all.extend(of_pairs("secret", old.get(key), new.get(key), "valueFrom")),
            "command" | "user" => all.push(Phrase::ours(format!("{key} changed"))),
            "cpu" | "memory" => {
                let of = |it: &Map<String, Value>| it.get(key).map(plain).unwrap_or_default();
                let word = if key == "cpu" { "CPU" } else { key };
                all.push(Phrase::ours(format!("{word} of the container ")).and(from_to(&of(old), &of(new))));
            }
            other => all.push(Phrase::theirs(other).then(" changed")),
        }
    }
    all
}

/// Of one repository the tags are enough.
fn of_image(old: Option<&str>, new: Option<&str>) -> Phrase {
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let word = Phrase::ours("image ");
    match (split(old), split(new)) {
        (Some((one, before)), Some((other, after))) if one == other => word.and(from_to(before, after)),
        _ => word.and(from_to(old, new)),
    }
}

/// Repository, and tag or digest.
fn split(image: &str) -> Option<(&str, &str)> {
    image.split_once('@').or_else(|| image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')))
}

fn from_to(old: &str, new: &str) -> Phrase {
    Phrase::theirs(old).then(" → ").and(Phrase::theirs(new))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What is added, removed and changed of a list of pairs. Values are not shown here.
fn of_pairs(what: &str, old: Option<&Value>, new: Option<&Value>, value: &str) -> Vec<Phrase> {
    let (old, new) = (pairs(old, value), pairs(new, value));
    let added = new.keys().filter(|name| !old.contains_key(*name));
    let removed = old.keys().filter(|name| !new.contains_key(*name));
    let changed =
        new.iter().filter(|(name, it)| old.get(*name).is_some_and(|before| before != *it)).map(|(name, _)| name);
    let of = |names: Vec<&String>, word: &str| {
        let many = if names.len() == 1 { "" } else { "s" };
        let list = Phrase::list(names.iter().map(|name| Phrase::theirs(name)), ", ", NAMED);
        (!names.is_empty()).then(|| Phrase::ours(format!("{what}{many} ")).and(list).then(format!(" {word}")))
    };
    let parts = [of(added.collect(), "added"), of(removed.collect(), "removed"), of(changed.collect(), "changed")];
    parts.into_iter().flatten().collect()
}

fn pairs(list: Option<&Value>, value: &str) -> BTreeMap<String, String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    let pair = |it: &Value| Some((it.get("name")?.as_str()?.to_owned(), plain(it.get(value)?)));
    items.filter_map(pair).collect()
}

/// Each part of the definition that differs on a line of its own, old and new.
pub(super) fn lines(change: &Change) -> Option<Vec<String>> {
    let (old, new) = (containers(&change.old)?, containers(&change.new)?);
    let (old, new) = (flat(&old), flat(&new));
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let mut lines = Vec::new();
    for name in names.into_iter().filter(|name| old.get(*name) != new.get(*name)) {
        lines.extend(old.get(name).map(|value| format!("- {name}: {value}")));
        lines.extend(new.get(name).map(|value| format!("+ {name}: {value}")));
    }
    Some(lines)
}

/// `CONTAINER.KEY` and, for variables and secrets, `CONTAINER.environment.NAME`, with what is shown of each.
fn flat(containers: &Containers) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (container, keys) in containers {
        for (key, value) in keys {
            let at = redact::text(&format!("{container}.{key}"));
            match key.as_str() {
                "environment" | "secrets" => {
                    let what = if key == "secrets" { "valueFrom" } else { "value" };
                    for (name, value) in pairs(Some(value), what) {
                        // Where a secret is, is none.
                        let shown =
                            if key == "secrets" { redact::text(&value) } else { redact::variable(&name, &value) };
                        all.insert(format!("{at}.{}", redact::text(&name)), shown);
                    }
                }
                _ => {
                    all.insert(at, redact::property(TOKEN, key, value));
                }
            }
        }
    }
    all
}
