//! A line of the table for each resource that changes: what becomes of it, and why.

use super::model::{Change, Difference, Loss, Operation, Preview};
use super::phrase::Phrase;
use super::{effects, tasks};

/// How many properties are named.
const NAMED: usize = 8;

/// A resource in the table.
pub(super) struct Row<'a> {
    pub(super) change: &'a Change,
    pub(super) what: Phrase,
}

/// All of a preview, the gravest first.
pub(super) fn of(preview: &Preview) -> Vec<Row<'_>> {
    preview.changes.iter().map(|change| Row { change, what: what(change) }).collect()
}

impl Row<'_> {
    /// The whole sentence, with what is lost by it before all else, and what it means before its properties.
    pub(super) fn sentence(&self) -> Phrase {
        let lost = match self.change.loss() {
            Loss::Data => Some(Phrase::ours("**holds data**")),
            Loss::Unique => Some(Phrase::ours("**cannot be made again as it was**")),
            Loss::Resource | Loss::Nothing => None,
        };
        let what = Some(self.what.clone()).filter(|it| !it.is_empty());
        Phrase::list([lost, effects::of_row(self.change), what].into_iter().flatten(), "; ", usize::MAX)
    }

    /// As a line of Markdown.
    pub(super) fn markdown(&self) -> String {
        let Change { operation, token, .. } = self.change;
        let word = word(operation);
        let name = Phrase::theirs(self.change.name()).markdown();
        let kind = Phrase::theirs(&kind(token)).markdown();
        format!("| {word} | {name} | {kind} | {} |\n", self.sentence().markdown())
    }
}

/// What becomes of a resource, as Markdown.
pub(super) fn word(operation: &Operation) -> String {
    match operation {
        Operation::Other(word) => Phrase::theirs(word).markdown(),
        it if it.is_destructive() => format!("**{}**", it.word()),
        it => it.word().to_owned(),
    }
}

/// What stands above the lines.
pub(super) const HEAD: &str = "| | Resource | Type | What |\n| --- | --- | --- | --- |\n";

/// A type as people say it: `rds.Instance` of `aws:rds/instance:Instance`, `Release` of our own.
pub(super) fn kind(token: &str) -> String {
    let mut parts = token.splitn(3, ':');
    let (package, module, name) = (parts.next(), parts.next(), parts.next());
    let (Some(package), Some(module), Some(name)) = (package, module, name) else { return token.to_owned() };
    let module = module.split('/').next().unwrap_or_default();
    match (package, module) {
        ("aws-django", _) => name.to_owned(),
        ("aws", module) => format!("{module}.{name}"),
        (package, "index" | "") => format!("{package}.{name}"),
        (package, module) => format!("{package}.{module}.{name}"),
    }
}

fn what(change: &Change) -> Phrase {
    match change.operation {
        Operation::Delete if change.is_left_over => Phrase::ours("what an earlier replacement has left"),
        Operation::Create | Operation::Delete | Operation::Import => Phrase::default(),
        Operation::Forget => Phrase::ours("stays where it is, and leaves the stack"),
        _ if change.token == tasks::TOKEN => Phrase::list(tasks::changes(change), "; ", usize::MAX),
        Operation::Replace => replaced(change),
        Operation::Update | Operation::Revise | Operation::Other(_) => differences(&change.differences, NAMED),
    }
}

/// The properties that force it, and how many others differ.
fn replaced(change: &Change) -> Phrase {
    let mut forcing: Vec<_> = change.differences.iter().filter(|it| it.replaces()).map(|it| it.path.as_str()).collect();
    let others = change.differences.len() - forcing.len();
    if forcing.is_empty() {
        forcing.extend(change.reasons.iter().map(String::as_str));
    }
    if forcing.is_empty() {
        return Phrase::ours("no property forces it: somebody has asked for it, or it goes with what it depends on");
    }
    let list = Phrase::list(forcing.into_iter().map(Phrase::theirs), ", ", NAMED);
    let forced = Phrase::ours("forced by ").and(list);
    match others {
        0 => forced,
        1 => forced.then("; 1 more property differs"),
        many => forced.then(format!("; {many} more properties differ")),
    }
}

fn differences(all: &[Difference], most: usize) -> Phrase {
    let one = |it: &Difference| {
        let word = match it.kind.trim_end_matches("-replace") {
            "add" => " added",
            "delete" => " removed",
            _ => "",
        };
        Phrase::theirs(&it.path).then(word)
    };
    Phrase::list(all.iter().map(one), ", ", most)
}
