//! What a change means for what people depend on: a database that moves or goes, and what is interrupted.

use serde_json::Value;

use super::model::{Change, Operation, Preview, State, name_of};
use super::phrase::Phrase;
use super::redact;

const DATABASE: &str = "AppDatabase";
const SERVER: &str = "aws:rds/instance:Instance";

/// What another size interrupts: type, property, whether another server takes over meanwhile, and what it is.
const SIZES: [(&str, &str, &str, &str); 2] = [
    (SERVER, "instanceClass", "multiAz", "the database"),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "nodeType", "multiAzEnabled", "the cache"),
];

/// How long something does not answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outage {
    Unknown,
    Minute,
    Minutes,
}

/// What its row says of it before its properties.
pub(super) fn of_row(change: &Change) -> Option<Phrase> {
    match change.operation {
        Operation::Delete | Operation::Replace if change.leaves_database() => of_database(change),
        Operation::Delete | Operation::Replace if change.token == SERVER => of_snapshot(change),
        Operation::Update => of_outage(change),
        _ => None,
    }
}

/// What people should know above all else, with the name of the app or of the resource.
pub(super) fn warnings(preview: &Preview) -> Vec<(String, Phrase)> {
    let who = |it: &Change| name_of(if it.is_ours(DATABASE) { &it.parent } else { &it.urn }).to_owned();
    preview.changes.iter().filter_map(|it| Some((who(it), warning(it)?))).collect()
}

fn warning(change: &Change) -> Option<Phrase> {
    match change.operation {
        Operation::Update | Operation::Replace if change.is_ours(DATABASE) => of_database(change),
        Operation::Delete | Operation::Replace if change.token == SERVER => {
            let goes = Phrase::ours("destroys the database server with all databases on it, and ");
            Some(goes.and(of_snapshot(change)?))
        }
        Operation::Update => of_outage(change),
        _ => None,
    }
}

/// A text that is known.
fn text<'a>(state: &'a State, key: &str) -> Option<&'a str> {
    state.get(key).filter(|it| !redact::is_unknown(it))?.as_str()
}

/// What becomes of an app's database, but that it is made or brought up to date.
pub(super) fn of_database(change: &Change) -> Option<Phrase> {
    let (old, new) = (text(&change.old, "name"), text(&change.new, "name"));
    let named = |name: &str| Phrase::ours("database ").and(Phrase::theirs(name));
    let stays = change.leaves_database();
    match change.operation {
        Operation::Delete if stays => Some(Phrase::ours("leaves the ").and(named(old?)).then(" where it is")),
        Operation::Delete => Some(Phrase::ours("**drops the ").and(named(old?)).then(" and its role**")),
        Operation::Replace => {
            let rest = if stays { "and leaves the one so far where it is" } else { "and **drops the one so far**" };
            Some(Phrase::ours("makes the ").and(named(new.or(old)?)).then(format!(" anew, {rest}")))
        }
        Operation::Update if old != new && change.differs("name") => {
            let to = new.map_or_else(|| Phrase::ours("another one"), Phrase::theirs);
            let moves = Phrase::ours("**moves from the ").and(named(old?)).then(" to ").and(to);
            Some(moves.then("**, which is made empty if it is not there; ").and(Phrase::theirs(old?)).then(" stays"))
        }
        _ => None,
    }
}

/// What is left of a database server, if that is known.
fn of_snapshot(change: &Change) -> Option<Phrase> {
    if change.old.get("skipFinalSnapshot") == Some(&true.into()) {
        return Some(Phrase::ours("**leaves no snapshot**"));
    }
    let name = text(&change.old, "finalSnapshotIdentifier")?;
    Some(Phrase::ours("leaves the snapshot ").and(Phrase::theirs(name)))
}

/// What does not answer while the change is made, as `docs/api.md` and `docs/operations.md` have it.
fn of_outage(change: &Change) -> Option<Phrase> {
    let sizes = SIZES.iter().filter(|(token, property, ..)| change.token == *token && change.differs(property));
    let mut outages: Vec<_> = sizes.map(|(_, _, other, what)| (of_size(change, other), *what)).collect();
    if change.token == SERVER && change.differs("engineVersion") {
        outages.push((of_version(change), "the database"));
    }
    let (length, what) = outages.into_iter().max()?;
    let length = match length {
        Outage::Unknown => "",
        Outage::Minute => " for about a minute",
        Outage::Minutes => " for some minutes",
    };
    Some(Phrase::ours(format!("**interrupts {what}{length}**")))
}

/// The server that stands by is changed first, and takes over.
fn of_size(change: &Change, takes_over: &str) -> Outage {
    match change.old.get(takes_over).and_then(Value::as_bool) {
        None => Outage::Unknown,
        Some(true) => Outage::Minute,
        Some(false) => Outage::Minutes,
    }
}

fn of_version(change: &Change) -> Outage {
    let major = |state| text(state, "engineVersion").and_then(|it| it.split('.').next());
    match (major(&change.old), major(&change.new)) {
        (Some(old), Some(new)) if old == new => Outage::Minute,
        (Some(_), Some(_)) => Outage::Minutes,
        _ => Outage::Unknown,
    }
}
