//! The custom resources: they translate between Pulumi and the release engine, and decide nothing.

pub mod access;
pub mod app_database;
pub mod deletion_protection;
pub mod release;

mod shown;
