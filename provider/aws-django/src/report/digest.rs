//! What an approval approves: a digest of what would be done, without anything that is another at each run.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::model::{Change, Preview};
use super::{releases, tasks};

/// What the list begins with: another rule gets another number, so that no digest means two things.
const RULE: &str = "aws-django report 1";

/// The digest of all of them, `sha256:` and 64 hexadecimal digits.
///
/// It is over a list with one line for each resource that changes: its URN, the operation, the paths of the properties
/// that differ with how they do, and the images of its containers. Values are not in it, since some are random, or known
/// only when it is done.
pub fn of(previews: &[Preview]) -> String {
    let mut lines: Vec<_> = previews.iter().flat_map(|it| &it.changes).map(line).collect();
    lines.sort();
    let lines: String = std::iter::once(RULE.to_owned()).chain(lines).map(|line| line + "\n").collect();
    format!("sha256:{}", hexadecimal(&lines))
}

/// What stands for a text that is too long to be shown.
pub(super) fn short(text: &str) -> String {
    hexadecimal(text).chars().take(16).collect()
}

fn hexadecimal(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

fn line(change: &Change) -> String {
    let mut paths: Vec<_> = change.differences.iter().map(|it| [it.path.as_str(), it.kind.as_str()]).collect();
    paths.sort_unstable();
    let mut images = tasks::images(change);
    images.extend(releases::images(change));
    json!([change.urn, change.step, change.is_left_over, paths, images]).to_string()
}
