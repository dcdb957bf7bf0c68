//! The report for programs.

use serde_json::{Value, json};

use super::model::{Diagnostic, Preview};
use super::phrase::{Phrase, bounded};
use super::{Report, effects, redact, releases, rows};

/// How long a diagnostic may be.
const LIMIT: usize = 4_000;

/// The one document of `--json`.
pub fn document(report: &Report) -> Value {
    json!({
        "command": "report",
        "ok": true,
        "digest": report.digest(),
        "changes": report.changes(),
        "destructive": report.is_destructive(),
        "stacks": report.previews.iter().map(stack).collect::<Vec<_>>(),
    })
}

fn stack(preview: &Preview) -> Value {
    let totals = preview.totals().into_iter().map(|(operation, count)| (safe(operation.word()), Value::from(count)));
    let rows = rows::of(preview).into_iter().map(|row| {
        json!({
            "operation": safe(row.change.operation.word()),
            "urn": safe(&row.change.urn),
            "type": safe(&row.change.token),
            "name": safe(row.change.name()),
            "destructive": row.change.operation.is_destructive(),
            "holdsData": row.change.holds_data(),
            "what": row.sentence().plain(),
        })
    });
    let of = |key: &str, all: &[(String, Phrase)]| {
        all.iter().map(|(name, does)| json!({ key: safe(name), "does": does.plain() })).collect::<Vec<_>>()
    };
    let diagnostics = preview.diagnostics.iter().map(|it: &Diagnostic| {
        json!({
            "severity": if it.is_error { "error" } else { "warning" },
            "resource": it.resource.as_deref().map(safe),
            "text": bounded(&redact::text(&it.text), LIMIT),
        })
    });
    json!({
        "project": preview.project,
        "stack": preview.stack,
        "preview": preview.is_preview,
        "failure": preview.failure,
        "unchanged": preview.unchanged,
        "totals": totals.collect::<serde_json::Map<_, _>>(),
        "warnings": of("name", &effects::warnings(preview)),
        "apps": of("app", &releases::sentences(preview)),
        "rows": rows.collect::<Vec<_>>(),
        "diagnostics": diagnostics.collect::<Vec<_>>(),
    })
}

fn safe(text: &str) -> String {
    redact::text(text)
}
