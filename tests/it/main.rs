//! End to end: programs in each language, the real engine, our plugin, and an emulated AWS.

mod arguments;
mod languages;
mod life;
mod release;
mod tidy;
