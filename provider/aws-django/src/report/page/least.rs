//! A page of the totals and of as many of the gravest lines as there is room for.

use super::{Preview, Report, foot, head, is_named, totals, warning};
use crate::report::phrase::Phrase;
use crate::report::rows::{self, Row};

/// How many digits a number may have that is told when it is known.
const DIGITS: usize = 20;
/// How many stacks are named.
const NAMED: usize = 12;
/// Which part of the room something may take that is no row.
const PART: usize = 8;

/// The page in at most so many bytes.
pub(super) fn page(report: &Report, room: usize) -> String {
    let (head, foot) = (head(report), foot(report));
    let failed = report.previews.iter().filter(|it| it.failure.is_some()).count();
    let failed = match failed {
        0 => String::new(),
        1 => "> [!CAUTION]\n> **One of them has failed.**\n\n".to_owned(),
        many => format!("> [!CAUTION]\n> **{many} of them have failed.**\n\n"),
    };
    let all = together(report);
    let sum = totals(&all) + "\n\n";
    let fixed = head.len() + failed.len() + sum.len() + foot.len();
    if fixed > room {
        return shortest(&head, &sum, room);
    }
    let mut rest = room - fixed;
    let [names, warning] =
        [names(report), warning(&all)].map(|it| if it.len() <= rest / PART { it } else { String::new() });
    rest -= names.len() + warning.len();
    let rows = rows::of(&all);
    let lines: Vec<_> = rows.iter().filter(|it| it.change.operation.is_destructive()).map(Row::markdown).collect();
    let kept = fitting(&lines, rest.saturating_sub(rows::HEAD.len() + 1 + left_out(0).len() + DIGITS));
    let mut page = head + &names + &failed + &warning;
    if kept < lines.len() && left_out(0).len() + DIGITS <= rest {
        page += &left_out(lines.len() - kept);
    }
    page += &sum;
    if kept > 0 {
        page += rows::HEAD;
        page.extend(lines.into_iter().take(kept));
        page.push('\n');
    }
    page + &foot
}

/// How many lines there is room for.
fn fitting(lines: &[String], room: usize) -> usize {
    let mut taken = 0;
    lines
        .iter()
        .take_while(|line| {
            taken += line.len();
            taken <= room
        })
        .count()
}

fn left_out(count: usize) -> String {
    format!("> [!CAUTION]\n> **There is no room here for {count} of the lines of what is deleted or replaced.**\n\n")
}

/// All stacks as one.
fn together(report: &Report) -> Preview {
    match report.previews.as_slice() {
        [one] => one.clone(),
        all => {
            let mut changes: Vec<_> = all.iter().flat_map(|it| it.changes.iter().cloned()).collect();
            changes.sort_by(|one, other| one.rank().cmp(&other.rank()));
            let unchanged = all.iter().map(|it| it.unchanged).sum();
            Preview { changes, unchanged, is_preview: true, ..Preview::default() }
        }
    }
}

/// The names of the stacks, if they are not the heading.
fn names(report: &Report) -> String {
    if is_named(report) || report.previews.is_empty() {
        return String::new();
    }
    let names = report.previews.iter().map(|it| Phrase::theirs(&it.name()));
    let word = if report.previews.len() == 1 { "Stack" } else { "Stacks" };
    format!("{word}: {}\n\n", Phrase::list(names, ", ", NAMED).markdown())
}

/// The marker, and the totals if there is room for them.
fn shortest(head: &str, sum: &str, room: usize) -> String {
    let marker = head.split_inclusive('\n').next().unwrap_or_default();
    let mut page = String::new();
    if marker.len() <= room {
        page.push_str(marker);
    }
    if page.len() + sum.len() <= room {
        page.push_str(sum);
    }
    page
}
