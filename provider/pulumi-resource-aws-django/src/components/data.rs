//! What becomes of data.

/// What becomes of a component's data when it is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// It goes with the component, all of it.
    Goes,
    /// It outlives the component.
    Stays {
        /// Whether the component cannot be destroyed at all until somebody says otherwise.
        is_protected: bool,
    },
}

impl Data {
    /// Whether AWS refuses to delete what holds data.
    pub(super) fn is_protected(self) -> bool {
        matches!(self, Self::Stays { is_protected: true })
    }

    /// What the engine is told of what holds data, beyond what the component's own options say.
    pub(super) fn protect(self) -> Option<bool> {
        self.is_protected().then_some(true)
    }
}
