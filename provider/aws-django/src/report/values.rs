//! What properties were and shall be, as lines of a diff.

use serde_json::{Map, Value};

use super::escape;
use super::json_diff::{self, Part, Place};
use super::model::{Change, Difference, Operation};
use super::phrase::{Phrase, bounded};
use super::{redact, tasks};

/// How long a line may be, and how many there may be of one resource.
const LENGTH: usize = 1_000;
const LINES: usize = 60;
/// How much of what is alike stands before what differs.
const CONTEXT: usize = 100;

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
            inputs.map(|(key, value)| line('+', key, &shown(change, &Place::of(key), Some(value)))).collect()
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
    let is_gone = kind != "add" && old.is_some();
    let place = Place::of(path);
    let [before, after] = [old, new].map(|value| shown(change, &place, value));
    match (old, new) {
        (Some(old), Some(new)) if kind == "update" && !redact::hides(&before) && !redact::hides(&after) => {
            of_both(change, &place, old, new).unwrap_or_else(|| both(path, before, after))
        }
        _ if kind == "delete" => vec![line('-', path, &before)],
        _ if is_gone => both(path, before, after),
        _ => vec![line('+', path, &after)],
    }
}

/// What differs inside of two texts of JSON.
fn of_both(change: &Change, place: &Place, old: &Value, new: &Value) -> Option<Vec<String>> {
    let parts = json_diff::of(place, old, new)?;
    if parts.is_empty() {
        return Some(vec![format!("# {}: nothing differs but its order or its form", redact::text(&place.path))]);
    }
    let of = |it: &Part| shown(change, &it.place, Some(&it.value));
    let (mut lines, mut rest) = (Vec::new(), parts.as_slice());
    while let [part, after @ ..] = rest {
        let path = &part.place.path;
        rest = match after {
            [other, after @ ..] if (part.sign, other.sign) == ('-', '+') && other.place.path == *path => {
                lines.extend(both(path, of(part), of(other)));
                after
            }
            _ => {
                lines.push(line(part.sign, path, &of(part)));
                after
            }
        };
    }
    Some(lines)
}

/// A value that was and one that shall be. Of long ones the first difference is near the beginning.
fn both(path: &str, mut old: String, mut new: String) -> Vec<String> {
    let alike = old.chars().zip(new.chars()).take_while(|(one, other)| one == other).count();
    if alike > LENGTH / 2 && old.chars().count().max(new.chars().count()) > LENGTH - CONTEXT {
        for it in [&mut old, &mut new] {
            let rest: String = it.chars().skip(alike - CONTEXT).collect();
            *it = format!("… ({} alike) {rest}", alike - CONTEXT);
        }
    }
    vec![line('-', path, &old), line('+', path, &new)]
}

fn line(sign: char, path: &str, shown: &str) -> String {
    format!("{sign} {}: {shown}", redact::text(path))
}

/// What is shown of a value.
fn shown(change: &Change, place: &Place, value: Option<&Value>) -> String {
    let Some(value) = value else { return redact::LATER.to_owned() };
    // A part of what is secret is so as well: the first name of a path that is one decides.
    let of = |name: &str| redact::property(&change.token, name, value);
    let hidden = place.names.iter().map(|name| of(name)).find(|shown| redact::hides(shown));
    hidden.unwrap_or_else(|| of(place.names.last().map_or("", String::as_str)))
}

impl Place {
    /// Where a path of the engine leads to.
    fn of(path: &str) -> Self {
        Self { path: path.to_owned(), names: names(path).into_iter().filter_map(Step::name).collect() }
    }
}

/// A step into a value.
#[derive(Debug, PartialEq)]
enum Step {
    Name(String),
    Index(usize),
}

impl Step {
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
    let Some(Step::Name(first)) = parts.next() else { return None };
    let mut value = properties.get(&first)?;
    for part in parts {
        value = match part {
            Step::Name(name) => value.get(name)?,
            Step::Index(at) => value.get(at)?,
        };
    }
    Some(value)
}

fn names(path: &str) -> Vec<Step> {
    let (mut parts, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("[\"") {
            let (name, after) = quoted.split_once("\"]").unwrap_or((quoted, ""));
            parts.push(Step::Name(name.replace("\\\"", "\"")));
            rest = after;
        } else if let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']').unwrap_or((index, ""));
            parts.push(index.parse().map_or_else(|_| Step::Name(index.to_owned()), Step::Index));
            rest = after;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end > 0 {
                parts.push(Step::Name(rest[..end].to_owned()));
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
