//! What a preview would do, or an update has done, for people: a report in Markdown.
//!
//! [`read`] makes a [`model`] of what Pulumi wrote; `tasks` and `releases` say what changes of task definitions and of our
//! own resources mean, `effects` what a change does to data and to what runs, [`digest`] is what an approval approves. `redact` and `escape` stand between what others wrote and
//! what is shown, as `phrase` has it; `rows` and `values` are the parts of a page, [`page`] fits them into a size.

pub mod digest;
mod document;
mod effects;
mod escape;
mod json_diff;
pub mod model;
pub mod page;
mod phrase;
pub mod read;
mod redact;
mod releases;
mod rows;
mod tasks;
mod values;

pub use document::document;
pub use model::Preview;

/// What a report is made of.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The previews, in the order of their files.
    pub previews: Vec<Preview>,
    /// What stands above them, if not their stacks.
    pub title: Option<String>,
    /// Where the whole log is.
    pub run_url: Option<String>,
}

impl Report {
    /// Whether something changes.
    pub fn changes(&self) -> bool {
        self.previews.iter().any(|it| !it.changes.is_empty())
    }

    /// Whether something is deleted or replaced.
    pub fn is_destructive(&self) -> bool {
        self.previews.iter().flat_map(|it| &it.changes).any(|it| it.operation.is_destructive())
    }

    /// What stands for all that the previews would do; none if one of them has failed.
    pub fn digest(&self) -> Option<String> {
        let has_failed = self.previews.iter().any(|it| it.failure.is_some());
        (!has_failed).then(|| digest::of(&self.previews))
    }
}
