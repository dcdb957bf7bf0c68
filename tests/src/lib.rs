//! What the end-to-end tests stand on: an emulated AWS, a Pulumi home of their own, and programs in them.
//!
//! `cargo xtask test` installs the tools and says by the environment where they are. Without them a test says in a
//! line that it was skipped.

pub mod call;
pub mod chance;
pub mod changelog;
pub mod changing;
pub mod cloud;
pub mod github;
pub mod home;
pub mod image;
pub mod postgres;
pub mod project;
pub mod python;
pub mod recorder;
pub mod recording;
pub mod site;
pub mod tools;
pub mod typed;

pub use changelog::Changelog;
pub use cloud::Cloud;
pub use postgres::Postgres;
pub use project::{Language, Outcome, Project, Resources};
pub use python::Python;
pub use recording::Recording;
pub use site::Site;
pub use tools::Tools;
pub use typed::Typed;
