//! Pulumi's protocol as messages, clients and servers: made from the files in `proto`, never edited.

#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    clippy::as_conversions,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "the generator decides how its code looks, and a package uses only a part of it"
)]

// The generator has its own layout, and running rustfmt over it would make the result depend on two tools.
#[rustfmt::skip]
#[path = "google.rpc.rs"]
pub(crate) mod google_rpc;
#[rustfmt::skip]
#[path = "grpc.health.v1.rs"]
pub(crate) mod grpc_health;
#[rustfmt::skip]
pub mod pulumirpc;
