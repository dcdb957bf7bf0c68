//! The table that `cargo xtask bench` prints: what was measured beside what is aimed at.
#![expect(clippy::print_stdout, reason = "it is what the person who runs it has asked for")]

use std::time::Duration;

/// The line above the rows of a program.
pub(crate) fn head(program: &str) {
    println!("{program:<58} {:>10}   {:>9}", "measured", "at most");
}

/// A row.
pub(crate) fn row(what: &str, measured: f64, most: f64) {
    let verdict = if measured <= most { "" } else { "  missed" };
    println!("{what:<58} {measured:>10.2}   {most:>9.2}{verdict}");
}

/// A row of sizes in bytes, none of which may be known.
pub(crate) fn memory_row(what: &str, sizes: Vec<usize>, most: f64) {
    if sizes.is_empty() {
        println!("{what:<58} {:>10}   {most:>9.2}", "?");
        return;
    }
    let kibibytes = u32::try_from(median(sizes) / 1024).expect("less than 4 TiB");
    row(what, f64::from(kibibytes) / 1024.0, most);
}

pub(crate) fn median<T: Copy + Ord>(mut values: Vec<T>) -> T {
    values.sort();
    values[values.len() / 2]
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
