//! The components: they parse their arguments, choose what their blocks need, and wire them.

pub mod ad_hoc_app;
pub mod ad_hoc_base;
pub mod prod_app;
pub mod prod_base;

mod app;
pub(crate) mod base;
mod data;
pub(crate) mod options;
mod windows;
