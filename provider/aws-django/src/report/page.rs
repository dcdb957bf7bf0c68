//! The report as Markdown that fits: all of it, without the values, with counts instead of what is harmless, or as many
//! of the gravest lines as there is room for.
//!
//! The marker, the totals and what is lost are in each of them. A page is cut between lines alone, and no line and no
//! block is longer than it has to be to be understood.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::model::{Loss, Operation, Preview};
use super::phrase::{Phrase, bounded};
use super::{Report, effects, escape, redact, releases, rows, values};

mod least;

/// How much room a comment on GitHub has, in bytes: it takes 65,536 characters, and this leaves a margin.
pub const COMMENT: usize = 60_000;
/// How much room the summary of a step has, in bytes: above 1 MiB GitHub shows nothing of it.
pub const SUMMARY: usize = 1_000_000;

/// How many diagnostics of a stack are shown, and how many lines of each, how long.
const DIAGNOSTICS: usize = 20;
const LINES: usize = 40;
const LENGTH: usize = 500;
/// How many warnings of our own stand above a stack.
const WARNINGS: usize = 20;

/// How much is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rung {
    /// The table, and each value, old and new.
    Values,
    /// The table.
    Table,
    /// What is lost, and how many there are of each type.
    Counts,
}

/// The page in at most so many bytes. It is empty if not even the totals fit.
pub fn page(report: &Report, room: usize) -> String {
    let rungs = [Rung::Values, Rung::Table, Rung::Counts].into_iter();
    let mut pages = rungs.map(|rung| whole(report, rung));
    pages.find(|page| page.len() <= room).unwrap_or_else(|| least::page(report, room))
}

fn whole(report: &Report, rung: Rung) -> String {
    let mut page = head(report);
    match rung {
        Rung::Values => {}
        Rung::Table => page += "*There is no room here for the values.*\n\n",
        Rung::Counts => page += "*There is no room here for more than counts and what is lost.*\n\n",
    }
    for preview in &report.previews {
        stack(&mut page, preview, report, rung);
    }
    page + &foot(report)
}

/// The marker by which a comment is found again, and the heading.
fn head(report: &Report) -> String {
    let marker = format!("<!-- aws-django report: {} -->\n", marked(report));
    marker + &heading(report)
}

fn heading(report: &Report) -> String {
    let title = match (&report.title, report.previews.as_slice()) {
        (Some(title), _) => Phrase::theirs(title).markdown(),
        (None, [one]) => format!("{} {}", kind(one), Phrase::theirs(&one.name()).markdown()),
        (None, all) => format!("{} stacks", all.len()),
    };
    format!("## {title}\n\n")
}

/// Whether the heading is the name of the only stack.
fn is_named(report: &Report) -> bool {
    report.title.is_none() && report.previews.len() == 1
}

fn kind(preview: &Preview) -> &'static str {
    if preview.is_preview { "Preview of" } else { "Update of" }
}

/// The names of the stacks, in signs that mean nothing in a comment of HTML. Very many are told by a digest of them.
fn marked(report: &Report) -> String {
    const MOST: usize = 300;
    let plain = |name: String| name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect::<String>();
    let names: Vec<_> = report.previews.iter().map(|it| plain(it.name())).collect();
    let names = names.join(", ");
    if names.len() <= MOST { names } else { super::digest::short(&names) }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._/-".contains(c)
}

fn stack(page: &mut String, preview: &Preview, report: &Report, rung: Rung) {
    if !is_named(report) {
        let _ = write!(page, "### {} {}\n\n", kind(preview), Phrase::theirs(&preview.name()).markdown());
    }
    failure(page, preview);
    if preview.changes.is_empty() {
        let _ = write!(page, "{}\n\n", totals(preview));
    } else {
        page.push_str(&warning(preview));
        let _ = write!(page, "{}\n\n", totals(preview));
        apps(page, preview);
        table(page, preview, rung);
    }
    diagnostics(page, preview);
    if rung == Rung::Values {
        all_values(page, preview);
    }
}

/// What becomes of each app.
fn apps(page: &mut String, preview: &Preview) {
    let all = releases::sentences(preview);
    page.extend(all.iter().map(item));
    page.push_str(if all.is_empty() { "" } else { "\n" });
}

/// Who does what, as a line of a list.
fn item((who, does): &(String, Phrase)) -> String {
    format!("- {}: {}\n", Phrase::theirs(who).markdown(), does.markdown())
}

fn failure(page: &mut String, preview: &Preview) {
    if let Some(failure) = &preview.failure {
        let _ = write!(page, "> [!CAUTION]\n> **{failure}** It has no digest, so that nobody can approve it.\n\n");
    }
}

/// What is lost, in one sentence above all else, and what else people should know.
fn warning(preview: &Preview) -> String {
    let data = preview.changes.iter().filter(|it| it.loss() == Loss::Data).count();
    let (goes, warnings) = (losses(preview, data), effects::warnings(preview));
    if goes.is_empty() && warnings.is_empty() {
        return String::new();
    }
    let between = if goes.is_empty() || warnings.is_empty() { "" } else { "\n" };
    let items: String = warnings.iter().take(WARNINGS).map(item).collect();
    let left = warnings.len().saturating_sub(WARNINGS);
    let left = if left > 0 { format!("- {left} more are not told here\n") } else { String::new() };
    let word = if data > 0 { "CAUTION" } else { "WARNING" };
    let text = format!("[!{word}]\n{goes}{between}{items}{left}");
    let lines = text.lines().map(|line| if line.is_empty() { ">\n".to_owned() } else { format!("> {line}\n") });
    lines.collect::<String>() + "\n"
}

/// How many resources go, if any do, as a line.
fn losses(preview: &Preview, data: usize) -> String {
    let lost = preview.changes.iter().filter(|it| it.operation.is_destructive());
    let resources = |count: usize| if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") };
    let goes = match (lost.count(), data) {
        (0, _) => return String::new(),
        (all, 0) => format!("{} deleted or replaced.", is(&resources(all), all)),
        (all, data) if all == data => {
            format!("**{} deleted or replaced.**", is(&format!("{} with data", resources(all)), all))
        }
        (all, data) => format!("{} deleted or replaced, **{data} of them with data**.", is(&resources(all), all)),
    };
    goes + "\n"
}

fn is(who: &str, count: usize) -> String {
    format!("{who} {}", if count == 1 { "is" } else { "are" })
}

fn totals(preview: &Preview) -> String {
    let unchanged = if preview.unchanged > 0 { format!("{} unchanged", preview.unchanged) } else { String::new() };
    if preview.changes.is_empty() {
        let begin = if preview.failure.is_some() { "No changes until then" } else { "No changes" };
        let rest = if unchanged.is_empty() { String::new() } else { format!(", {unchanged}") };
        return format!("{begin}{rest}.");
    }
    let counts = preview.totals();
    let count = |(operation, count): (&Operation, &usize)| match operation {
        Operation::Revise if *count == 1 => "1 new revision".to_owned(),
        Operation::Revise => format!("{count} new revisions"),
        Operation::Other(word) => format!("{count} {}", Phrase::theirs(word).markdown()),
        operation if preview.is_preview => format!("{count} to {}", operation.word()),
        operation => format!("{count} {}", operation.past()),
    };
    let mut all: Vec<_> = counts.iter().take(20).map(count).collect();
    all.extend((!unchanged.is_empty()).then_some(unchanged));
    format!("**{}**", all.join(", "))
}

fn table(page: &mut String, preview: &Preview, rung: Rung) {
    let rows = rows::of(preview);
    let is_shown = |row: &&rows::Row<'_>| rung != Rung::Counts || row.change.operation.is_destructive();
    let lines: Vec<_> = rows.iter().filter(is_shown).map(rows::Row::markdown).collect();
    if !lines.is_empty() {
        page.push_str(rows::HEAD);
        page.extend(lines);
        page.push('\n');
    }
    if rung == Rung::Counts {
        page.push_str(&counts(preview));
    }
}

/// How many there are of each type.
fn counts(preview: &Preview) -> String {
    let mut all: BTreeMap<(&Operation, &str), usize> = BTreeMap::new();
    for change in preview.changes.iter().filter(|it| !it.operation.is_destructive()) {
        *all.entry((&change.operation, &change.token)).or_default() += 1;
    }
    let mut page = String::new();
    if !all.is_empty() {
        page.push_str("| | Type | Count |\n| --- | --- | --- |\n");
        for ((operation, token), count) in all {
            let kind = Phrase::theirs(&rows::kind(token)).markdown();
            let _ = writeln!(page, "| {} | {kind} | {count} |", rows::word(operation));
        }
        page.push('\n');
    }
    page
}

fn diagnostics(page: &mut String, preview: &Preview) {
    for it in preview.diagnostics.iter().take(DIAGNOSTICS) {
        let word = if it.is_error { "Error" } else { "Warning" };
        let of =
            it.resource.as_ref().map(|name| format!(" of {}", Phrase::theirs(name).markdown())).unwrap_or_default();
        let safe = redact::text(&it.text);
        let mut lines: Vec<_> = safe.lines().map(|line| bounded(&escape::line(line), LENGTH)).collect();
        let left = lines.len().saturating_sub(LINES);
        if left > 0 {
            // The beginning says what is wrong, the end of a traceback why.
            let half = LINES / 2;
            lines.splice(half..half + left, [format!("({left} lines are left out)")]);
        }
        let _ = write!(page, "{word}{of}:\n\n{}\n", escape::fenced("text", &lines));
    }
    let left = preview.diagnostics.len().saturating_sub(DIAGNOSTICS);
    if left > 0 {
        let _ = write!(page, "{left} more warnings and errors are in the log.\n\n");
    }
}

fn all_values(page: &mut String, preview: &Preview) {
    let blocks: Vec<_> = preview.changes.iter().filter_map(values::block).collect();
    if !blocks.is_empty() {
        page.push_str("<details>\n<summary>Values, old and new</summary>\n\n");
        page.extend(blocks);
        page.push_str("</details>\n\n");
    }
}

fn foot(report: &Report) -> String {
    let digest = report.digest().map(|digest| format!("Digest <code>{digest}</code>"));
    let run = report.run_url.as_ref().map(|url| format!("[the run and its log]({url})"));
    let parts: Vec<_> = digest.into_iter().chain(run).collect();
    if parts.is_empty() { String::new() } else { format!("{}\n", parts.join(" · ")) }
}
