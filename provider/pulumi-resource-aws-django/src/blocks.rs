//! The parts that components are made of: functions over a `Spec`, which know of no component and, but for `task`
//! and `roles`, not of each other. A block groups code, never identity: it is not a resource.

pub(crate) mod alarm;
pub(crate) mod app_database;
pub(crate) mod bastion;
pub(crate) mod bucket;
pub(crate) mod cache;
pub(crate) mod cache_servers;
pub(crate) mod certificate;
pub(crate) mod cluster;
pub(crate) mod command;
pub(crate) mod database;
pub(crate) mod endpoints;
pub(crate) mod flow_logs;
pub(crate) mod load_balancer;
pub(crate) mod logs;
pub(crate) mod monitoring;
pub(crate) mod network;
pub(crate) mod protection;
pub(crate) mod record;
pub(crate) mod redirect;
pub(crate) mod release;
pub(crate) mod roles;
pub(crate) mod scaling;
pub(crate) mod secrets;
pub(crate) mod security;
pub(crate) mod task;
pub(crate) mod web;
pub(crate) mod worker;
