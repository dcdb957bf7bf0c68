//! A page of the totals and of as many of the gravest lines as there is room for.

use super::{Preview, Report, foot, head, totals};
use crate::report::rows::{self, Row};

/// How many digits a number may have that is told when it is known.
const DIGITS: usize = 20;

/// The page in at most so many bytes.
pub(super) fn page(report: &Report, room: usize) -> String {
    let (head, foot) = (head(report), foot(report));
    let failed = report.previews.iter().filter(|it| it.failure.is_some()).count();
    let failed = match failed {
        0 => String::new(),
        1 => "> [!CAUTION]\n> **One of them has failed.**\n\n".to_owned(),
        many => format!("> [!CAUTION]\n> **{many} of them have failed.**\n\n"),
    };
    let sum = sum(report);
    let fixed = head.len() + failed.len() + sum.len() + foot.len();
    if fixed > room {
        return shortest(&head, &sum, room);
    }
    let mut all: Vec<Row<'_>> = report.previews.iter().flat_map(rows::of).collect();
    all.retain(|it| it.change.operation.is_destructive());
    all.sort_by(|one, other| one.change.rank().cmp(&other.change.rank()));
    let lines: Vec<_> = all.iter().map(Row::markdown).collect();
    let rest = room - fixed;
    let kept = fitting(&lines, rest.saturating_sub(rows::HEAD.len() + 1 + left_out(0).len() + DIGITS));
    let mut page = head;
    page += &failed;
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

/// The totals of all stacks in one line, if there are several.
fn sum(report: &Report) -> String {
    let mut text = match report.previews.as_slice() {
        [one] => totals(one),
        all => {
            let changes = all.iter().flat_map(|it| it.changes.iter().cloned()).collect();
            let unchanged = all.iter().map(|it| it.unchanged).sum();
            totals(&Preview { changes, unchanged, is_preview: true, ..Preview::default() })
        }
    };
    text += "\n\n";
    text
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
