//! What properties were and shall be, as lines of a diff.

use serde_json::{Map, Value};

use super::escape;
use super::model::{Change, Difference, Operation};
use super::phrase::{Phrase, bounded};
use super::{redact, tasks};

/// How long a line may be, and how many there may be of one resource.
const LENGTH: usize = 1_000;
const LINES: usize = 60;

/// The values of a resource under its name, if there is something to show.
pub(super) fn block(change: &Change) -> Option<String> {
    let mut lines = lines(change);
    if lines.is_empty() {
        return None;
    }
    let left = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    let mut lines: Vec<_> = lines.iter().map(|it| bounded(&escape::line(it), LENGTH)).collect();
    if left > 0 {
        lines.push(format!("# {left} more lines"));
    }
    let (word, name) = (change.operation.word(), Phrase::theirs(change.name()).markdown());
    let word = if matches!(change.operation, Operation::Other(_)) { "change" } else { word };
    Some(format!("{word} {name}\n\n{}\n", escape::fenced("diff", &lines)))
}

fn lines(change: &Change) -> Vec<String> {
    match change.operation {
        // What goes is in the state; of ours the sentences tell.
        Operation::Delete | Operation::Forget => Vec::new(),
        _ if change.is_ours("Release") => Vec::new(),
        Operation::Create | Operation::Import => {
            let inputs = change.new.inputs.iter().filter(|(key, _)| *key != "__defaults");
            inputs.map(|(key, value)| line('+', change, key, Some(value))).collect()
        }
        _ => change.differences.iter().flat_map(|it| of_difference(change, it)).collect(),
    }
}

fn of_difference(change: &Change, difference: &Difference) -> Vec<String> {
    let path = &difference.path;
    if change.token == tasks::TOKEN
        && path == "containerDefinitions"
        && let Some(lines) = tasks::lines(change)
    {
        return lines;
    }
    let (inputs, outputs) = (&change.old.inputs, &change.old.outputs);
    let (first, second) = if difference.of_inputs { (inputs, outputs) } else { (outputs, inputs) };
    let old = at(first, path).or_else(|| at(second, path));
    let new = at(&change.new.inputs, path);
    let kind = difference.kind.trim_end_matches("-replace");
    let mut lines = Vec::new();
    if kind != "add" && old.is_some() {
        lines.push(line('-', change, path, old));
    }
    if kind != "delete" {
        lines.push(line('+', change, path, new));
    }
    if lines.is_empty() {
        lines.push(line('-', change, path, old));
    }
    lines
}

fn line(sign: char, change: &Change, path: &str, value: Option<&Value>) -> String {
    // A part of what is secret is so as well: the first name of a path that is one decides.
    let names: Vec<_> = names(path).into_iter().filter_map(Part::name).collect();
    let shown = match value {
        None => redact::LATER.to_owned(),
        Some(value) => {
            let of = |name: &str| redact::property(&change.token, name, value);
            let hidden = names.iter().map(|name| of(name)).find(|shown| redact::hides(shown));
            hidden.unwrap_or_else(|| of(names.last().map_or("", String::as_str)))
        }
    };
    format!("{sign} {}: {shown}", redact::text(path))
}

/// A step into a value.
#[derive(Debug, PartialEq)]
enum Part {
    Name(String),
    Index(usize),
}

impl Part {
    fn name(self) -> Option<String> {
        match self {
            Self::Name(name) => Some(name),
            Self::Index(_) => None,
        }
    }
}

/// The value at a path as the engine writes it: `tags.Name`, `rules[0].port`, `tags["a.b"]`.
fn at<'a>(properties: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = names(path).into_iter();
    let Some(Part::Name(first)) = parts.next() else { return None };
    let mut value = properties.get(&first)?;
    for part in parts {
        value = match part {
            Part::Name(name) => value.get(name)?,
            Part::Index(at) => value.get(at)?,
        };
    }
    Some(value)
}

fn names(path: &str) -> Vec<Part> {
    let (mut parts, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("[\"") {
            let (name, after) = quoted.split_once("\"]").unwrap_or((quoted, ""));
            parts.push(Part::Name(name.replace("\\\"", "\"")));
            rest = after;
        } else if let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']').unwrap_or((index, ""));
            parts.push(index.parse().map_or_else(|_| Part::Name(index.to_owned()), Part::Index));
            rest = after;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end > 0 {
                parts.push(Part::Name(rest[..end].to_owned()));
            }
            // A path that is none of these ends here.
            rest = if end == 0 && !rest.starts_with('[') { "" } else { &rest[end..] };
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_the_engine_writes_it() {
        let value = serde_json::json!({"tags": {"a.b": 1, "c": [2, {"d": 3}]}});
        let properties = value.as_object().unwrap();
        for (path, found) in [
            ("tags[\"a.b\"]", Some(1)),
            ("tags.c[0]", Some(2)),
            ("tags.c[1].d", Some(3)),
            ("tags.c[9]", None),
            ("[0]", None),
            ("..", None),
            ("", None),
            ("tags.c[", None),
        ] {
            assert_eq!(at(properties, path).and_then(Value::as_u64), found, "{path}");
        }
    }
}
