//! End to end: programs in each language, the real engine, our plugin, and an emulated AWS.

mod life;
mod tidy;
