//! End to end: programs in each language, the real engine, our plugin, and an emulated AWS.

mod access;
mod app_update;
mod arguments;
mod cache;
mod changes;
mod database;
mod django;
mod documents;
mod install;
mod interrupted;
mod languages;
mod life;
mod neighbours;
mod notes;
mod options;
mod pipeline;
mod production;
mod registered;
mod releases;
mod rotation;
mod secrets;
mod shop;
mod template;
mod tidy;
mod upgrades;
mod upkeep;
