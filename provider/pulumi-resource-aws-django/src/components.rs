//! The components: they parse their arguments, choose what their blocks need, and wire them.

pub mod ad_hoc_app;
pub mod ad_hoc_base;

pub(crate) mod base_rules;
pub(crate) mod options;
