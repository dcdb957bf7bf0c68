//! Reads what `pulumi preview --json` printed, or what `--event-log` wrote; the content says which of them it is.
//!
//! The shapes are those of `PreviewDigest` in `pkg/display/json.go` and of `EngineEvent` in `sdk/go/common/apitype` of
//! Pulumi. Of each only what is used is named here, so that fields may come and go.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::model::{Diagnostic, Preview};

mod steps;

use steps::Steps;

/// What is in a file.
///
/// # Errors
/// If it is something else: what was found, and what to do.
pub fn read(bytes: &[u8]) -> Result<Vec<Preview>, String> {
    const REMEDY: &str = "give what `pulumi preview --json` prints, or what `--event-log` writes";
    let text = str::from_utf8(bytes).map_err(|_| format!("is not a text in UTF-8: {REMEDY}"))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let first = text.lines().next().unwrap_or_default();
    if text.is_empty() {
        return Err(format!("is empty, so that Pulumi has not written it to the end: {REMEDY}"));
    }
    if is_event(first) {
        return events(text);
    }
    let keys = match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(object) => object,
        Err(error) if text.starts_with('{') && error.is_eof() => {
            return Err(format!("breaks off in line {}, so that Pulumi has not written it to the end", error.line()));
        }
        Err(error) if text.starts_with('{') => {
            return Err(format!("is no JSON from line {} on ({error}): {REMEDY}", error.line()));
        }
        Err(_) => return Err(format!("begins with `{}`, which is no JSON object: {REMEDY}", begin(first))),
    };
    if keys.contains_key("resources") && keys.contains_key("result") {
        return Err(format!("is what `--output json` prints, in which no properties are: {REMEDY}"));
    }
    let own = ["config", "steps", "diagnostics", "duration", "changeSummary", "maybeCorrupt"];
    if !own.iter().any(|key| keys.contains_key(*key)) {
        let found: Vec<_> = keys.keys().take(5).map(|key| format!("`{}`", begin(key))).collect();
        let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
        return Err(format!("is a JSON object with {found} in it: {REMEDY}"));
    }
    let digest = serde_json::from_value(Value::Object(keys)).map_err(|error| format!("has an unknown shape ({error})"));
    Ok(vec![preview(digest?)])
}

/// The beginning of something, to be recognised by.
fn begin(text: &str) -> String {
    let safe = aws_django_release::redact(&text.chars().take(200).collect::<String>());
    safe.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// Each line is an object with one field that says what has happened.
fn is_event(line: &str) -> bool {
    let object: Option<Map<String, Value>> = serde_json::from_str(line).ok();
    let is_stamped = |it: &Map<String, Value>| it.contains_key("sequence") && it.contains_key("timestamp");
    object.is_some_and(|it| it.keys().any(|key| key.ends_with("Event")) || is_stamped(&it))
}

/// What `pulumi preview --json` prints.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Digest {
    steps: Option<Vec<Step>>,
    diagnostics: Option<Vec<Said>>,
    duration: Option<IgnoredAny>,
    change_summary: Option<BTreeMap<String, u64>>,
}

/// A line of an event log.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "preludeEvent")]
    prelude: Option<IgnoredAny>,
    #[serde(rename = "resourcePreEvent")]
    before: Option<Before>,
    #[serde(rename = "diagnosticEvent")]
    said: Option<Said>,
    #[serde(rename = "policyEvent")]
    policy: Option<Policy>,
    #[serde(rename = "summaryEvent")]
    summary: Option<Summary>,
}

/// What is about to be done.
#[derive(Deserialize)]
struct Before {
    metadata: Step,
    #[serde(default)]
    planning: bool,
}

/// A step, as both have it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    op: String,
    urn: String,
    #[serde(alias = "oldState")]
    old: Option<Raw>,
    #[serde(alias = "newState")]
    new: Option<Raw>,
    #[serde(alias = "replaceReasons")]
    keys: Option<Vec<String>>,
    #[serde(alias = "diffReasons")]
    diffs: Option<Vec<String>>,
    detailed_diff: Option<BTreeMap<String, Detail>>,
}

/// A resource in a step.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Raw {
    custom: bool,
    delete: bool,
    parent: Option<String>,
    retain_on_delete: bool,
    inputs: Option<Map<String, Value>>,
    outputs: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(alias = "diffKind")]
    kind: String,
    #[serde(default)]
    input_diff: bool,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Said {
    urn: String,
    message: String,
    severity: String,
    ephemeral: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Policy {
    resource_urn: String,
    message: String,
    #[serde(rename = "policyName")]
    name: String,
    enforcement_level: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    resource_changes: Option<BTreeMap<String, u64>>,
    #[serde(default)]
    is_preview: bool,
    #[serde(default)]
    result: String,
}

/// What an operation has told so far.
#[derive(Default)]
struct Run {
    steps: Steps,
    diagnostics: Vec<Diagnostic>,
    summary: Option<Summary>,
    planning: bool,
    is_cut: bool,
}

/// The operations of a log. One that was tried again stands behind itself: the last one counts.
fn events(text: &str) -> Result<Vec<Preview>, String> {
    let lines: Vec<_> = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    let last = lines.last().map(|(at, _)| *at);
    let mut runs: Vec<Run> = Vec::new();
    // What is said before an operation begins, or after one has ended, is of the one that follows.
    let mut early = Vec::new();
    let mut is_cut = false;
    for (at, line) in lines {
        let event = match serde_json::from_str::<Event>(line) {
            Ok(event) => event,
            // Whoever wrote it was stopped.
            Err(error) if Some(at) == last && error.is_eof() => {
                is_cut = true;
                break;
            }
            Err(error) => return Err(format!("is an event log whose line {} is no event ({error})", at + 1)),
        };
        if event.prelude.is_some() {
            let mut run = Run::default();
            for event in early.drain(..) {
                run.add(event);
            }
            runs.push(run);
        }
        match runs.last_mut().filter(|run| run.summary.is_none()) {
            Some(run) => run.add(event),
            None => early.push(event),
        }
    }
    let mut last = runs.pop().unwrap_or_default();
    for event in early {
        last.add(event);
    }
    runs.push(Run { is_cut, ..last });
    let mut previews: Vec<Preview> = Vec::new();
    for run in runs.into_iter().filter(|run| !run.is_empty()) {
        let preview = run.end();
        previews.retain(|before| before.name() != preview.name());
        previews.push(preview);
    }
    Ok(if previews.is_empty() { vec![Run::default().end()] } else { previews })
}

impl Run {
    fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.diagnostics.is_empty() && self.summary.is_none()
    }

    fn add(&mut self, event: Event) {
        if let Some(Before { metadata, planning }) = event.before {
            self.planning |= planning;
            self.steps.add(metadata);
        }
        self.diagnostics.extend(event.said.and_then(Said::diagnostic));
        self.diagnostics.extend(event.policy.and_then(Policy::diagnostic));
        if event.summary.is_some() {
            self.summary = event.summary;
        }
    }

    fn end(self) -> Preview {
        let Self { steps, diagnostics, summary, planning, is_cut } = self;
        let is_preview = summary.as_ref().map_or(planning, |it| it.is_preview);
        let what = if is_preview { "preview" } else { "update" };
        let failure = match &summary {
            None => Some(format!("The {what} broke off: what it would have said after that is not here.")),
            Some(_) if is_cut => Some("The log breaks off: what it would have said after that is not here.".to_owned()),
            Some(it) if it.result == "canceled" => Some(format!("The {what} was canceled.")),
            Some(it) if it.result == "failed" || has_error(&diagnostics) => {
                Some(format!("The {what} failed: what follows may not be all."))
            }
            Some(_) => None,
        };
        let counts = summary.and_then(|it| it.resource_changes);
        steps.preview(is_preview, failure, counts.as_ref(), diagnostics)
    }
}

fn preview(digest: Digest) -> Preview {
    let mut steps = Steps::default();
    digest.steps.into_iter().flatten().for_each(|step| steps.add(step));
    let diagnostics: Vec<_> = digest.diagnostics.into_iter().flatten().filter_map(Said::diagnostic).collect();
    let failure = if has_error(&diagnostics) {
        Some("The preview failed: what follows may not be all.".to_owned())
    } else if digest.duration.is_none() && digest.change_summary.is_none() {
        Some("The preview broke off: what it would have said after that is not here.".to_owned())
    } else {
        None
    };
    steps.preview(true, failure, digest.change_summary.as_ref(), diagnostics)
}

fn has_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|it| it.is_error)
}

impl Said {
    fn diagnostic(self) -> Option<Diagnostic> {
        let is_error = self.severity == "error";
        let is_shown = (is_error || self.severity == "warning") && !self.ephemeral;
        let text = without_colours(&self.message).trim().to_owned();
        (is_shown && (is_error || !text.is_empty())).then(|| Diagnostic {
            is_error,
            resource: resource(&self.urn),
            text,
        })
    }
}

impl Policy {
    fn diagnostic(self) -> Option<Diagnostic> {
        let is_error = self.enforcement_level == "mandatory";
        let text = format!("{}: {}", self.name, without_colours(&self.message).trim());
        let is_shown = is_error || self.enforcement_level == "advisory" || self.enforcement_level == "warning";
        is_shown.then(|| Diagnostic { is_error, resource: resource(&self.resource_urn), text })
    }
}

fn resource(urn: &str) -> Option<String> {
    (!urn.is_empty()).then(|| super::model::name_of(urn).to_owned())
}

/// Without the engine's own marks for colours, `<{%` to `%}>`.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, mark)) = rest.split_once("<{%") {
        plain.push_str(before);
        let Some((_, after)) = mark.split_once("%}>") else {
            plain.push_str("<{%");
            plain.push_str(mark);
            return plain;
        };
        rest = after;
    }
    plain.push_str(rest);
    plain
}
