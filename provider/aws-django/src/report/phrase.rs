//! A sentence of our own words and of what others have written.

use super::{escape, redact};

/// How long a piece of others' text may be in a sentence.
const LIMIT: usize = 200;

/// A sentence that knows which of its words are whose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Phrase(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Ours(String),
    Theirs(String),
}

impl Phrase {
    /// Our own words.
    pub(super) fn ours(text: impl Into<String>) -> Self {
        Self(vec![Piece::Ours(text.into())])
    }

    /// What somebody else has written, without secrets.
    pub(super) fn theirs(text: &str) -> Self {
        Self(vec![Piece::Theirs(bounded(&redact::text(text), LIMIT))])
    }

    /// This, and then that.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// This, and then our own words.
    pub(super) fn then(self, text: impl Into<String>) -> Self {
        self.and(Self::ours(text))
    }

    /// Many, with something in between; how many are left out after some.
    pub(super) fn list(all: impl IntoIterator<Item = Self>, between: &str, most: usize) -> Self {
        let mut all = all.into_iter();
        let mut list = Self::default();
        for (at, it) in all.by_ref().take(most).enumerate() {
            list = if at > 0 { list.then(between) } else { list };
            list = list.and(it);
        }
        match all.count() {
            0 => list,
            left => list.then(format!(" and {left} more")),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For a reader of Markdown.
    pub(super) fn markdown(&self) -> String {
        let piece = |it: &Piece| match it {
            Piece::Ours(text) => text.clone(),
            Piece::Theirs(text) => escape::code(text),
        };
        self.0.iter().map(piece).collect()
    }

    /// For a program.
    pub(super) fn plain(&self) -> String {
        let piece = |it: &Piece| match it {
            Piece::Ours(text) => text.replace("**", ""),
            Piece::Theirs(text) => format!("`{text}`"),
        };
        self.0.iter().map(piece).collect()
    }
}

/// The beginning of a text, if it is long.
pub(super) fn bounded(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} more)", &text[..end], text[end..].chars().count()),
    }
}
