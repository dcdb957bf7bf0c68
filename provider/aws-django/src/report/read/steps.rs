//! From the engine's steps to changes, one for each resource.

use std::collections::{BTreeMap, BTreeSet};

use super::{Raw, Step};
use crate::report::model::{Change, Diagnostic, Difference, Operation, Preview, State};

/// Steps that change nothing: what is read or stays, and what the engine does with its own state.
const WITHOUT_EFFECT: [&str; 9] = [
    "same",
    "read",
    "read-replacement",
    "refresh",
    "discard",
    "discard-replaced",
    "remove-pending-replace",
    "diff",
    "extend-parameterize",
];

/// The steps of one operation.
#[derive(Default)]
pub(super) struct Steps {
    changes: Vec<Change>,
    /// The change that replaces a resource, by its URN. It has up to three steps.
    replaced: BTreeMap<String, usize>,
    /// Those of which the step itself was seen that says why.
    explained: BTreeSet<String>,
    project: String,
    stack: String,
}

impl Steps {
    pub(super) fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    pub(super) fn add(&mut self, step: Step) {
        if self.stack.is_empty() {
            (self.stack, self.project) = place(&step.urn);
        }
        let token = token(&step.urn);
        if WITHOUT_EFFECT.contains(&step.op.as_str()) || !has_effect(&token, &step) {
            return;
        }
        let is_replacement =
            step.op == "replace" || step.op.ends_with("-replacement") || step.op.ends_with("-replaced");
        if !is_replacement {
            self.changes.push(change(token, step));
            return;
        }
        let is_whole = step.op == "replace";
        let at = self.replaced.get(&step.urn).copied();
        // Only this one has both states and the reasons, whatever order the steps come in.
        let is_better = is_whole || (!self.explained.contains(&step.urn) && step.op.ends_with("-replacement"));
        if is_whole {
            self.explained.insert(step.urn.clone());
        }
        match at {
            None => {
                self.replaced.insert(step.urn.clone(), self.changes.len());
                self.changes.push(change(token, step));
            }
            Some(at) if is_better => {
                if let Some(there) = self.changes.get_mut(at) {
                    *there = change(token, step);
                }
            }
            Some(_) => {}
        }
    }

    pub(super) fn preview(
        self,
        is_preview: bool,
        failure: Option<String>,
        counts: Option<&BTreeMap<String, u64>>,
        diagnostics: Vec<Diagnostic>,
    ) -> Preview {
        let Self { mut changes, project, stack, .. } = self;
        changes.sort_by(|one, other| one.rank().cmp(&other.rank()));
        let unchanged = counts.and_then(|it| it.get("same")).copied().unwrap_or_default();
        Preview { project, stack, is_preview, failure, changes, unchanged, diagnostics }
    }
}

/// The stack and the project of a URN, `urn:pulumi:STACK::PROJECT::TYPES::NAME`.
fn place(urn: &str) -> (String, String) {
    let mut parts = urn.strip_prefix("urn:pulumi:").unwrap_or_default().splitn(4, "::");
    let mut next = || parts.next().unwrap_or_default().to_owned();
    (next(), next())
}

/// The type of a URN, which stands behind those of its parents.
fn token(urn: &str) -> String {
    let types = urn.split("::").nth(2).unwrap_or_default();
    types.rsplit('$').next().unwrap_or_default().to_owned()
}

/// Whether it concerns more than the engine itself: a component is what its children are, and the providers that nobody
/// has named come and go with their versions.
fn has_effect(token: &str, step: &Step) -> bool {
    let is_default =
        token.starts_with("pulumi:providers:") && super::super::model::name_of(&step.urn).starts_with("default");
    let mut states = step.old.iter().chain(&step.new).peekable();
    let is_custom = states.peek().is_none() || states.any(|it| it.custom);
    is_custom && !is_default && token != "pulumi:pulumi:Stack"
}

fn change(token: String, step: Step) -> Change {
    let Step { op, urn, old, new, keys, diffs, detailed_diff } = step;
    let reasons = keys.unwrap_or_default();
    let details = detailed_diff.unwrap_or_default();
    let differences = if details.is_empty() {
        let kind = |path: &String| if reasons.contains(path) { "update-replace" } else { "update" }.to_owned();
        let mut paths = diffs.unwrap_or_default();
        paths.extend(reasons.iter().filter(|path| !paths.contains(path)).cloned().collect::<Vec<_>>());
        paths.sort();
        paths.into_iter().map(|path| Difference { kind: kind(&path), path, of_inputs: true }).collect()
    } else {
        let details = details.into_iter();
        details.map(|(path, it)| Difference { path, kind: it.kind, of_inputs: it.input_diff }).collect()
    };
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let parent = new.parent.clone().or_else(|| old.parent.clone()).unwrap_or_default();
    let is_left_over = op == "delete" && old.delete;
    let operation = operation(&token, &op, &old);
    let (old, new) = (state(old), state(new));
    Change { urn, token, parent, step: op, operation, is_left_over, differences, reasons, old, new }
}

fn operation(token: &str, op: &str, old: &Raw) -> Operation {
    let keeps_revisions = || {
        let said = old.inputs.as_ref().or(old.outputs.as_ref()).and_then(|it| it.get("skipDestroy"));
        token == "aws:ecs/taskDefinition:TaskDefinition" && said == Some(&true.into())
    };
    match op {
        "create" => Operation::Create,
        "update" => Operation::Update,
        "delete" if old.retain_on_delete || keeps_revisions() => Operation::Forget,
        "delete" => Operation::Delete,
        "import" => Operation::Import,
        op if op == "replace" || op.ends_with("-replacement") || op.ends_with("-replaced") => {
            if keeps_revisions() {
                Operation::Revise
            } else {
                Operation::Replace
            }
        }
        other => Operation::Other(other.to_owned()),
    }
}

fn state(raw: Raw) -> State {
    State { inputs: raw.inputs.unwrap_or_default(), outputs: raw.outputs.unwrap_or_default() }
}
