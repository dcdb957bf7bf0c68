//! How many checks passed, failed and were skipped, read off what the test runners print.

use std::fmt;
use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
}

impl Counts {
    /// One check that holds.
    pub const PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    /// One check that does not.
    pub const FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };

    /// What one line of Cargo's test runner or of pytest adds.
    ///
    /// A test of ours that lacks its tool ends well after a line `skipped: REASON`, so Cargo counts it as passed.
    pub fn of_line(line: &str) -> Self {
        if let Some(result) = line.strip_prefix("test result: ") {
            let numbers = result.split_once(". ").map_or(result, |(_, numbers)| numbers);
            return Self {
                passed: number_before(numbers, "passed"),
                failed: number_before(numbers, "failed"),
                skipped: number_before(numbers, "ignored"),
            };
        }
        // A line such as `===== 3 passed, 1 skipped in 0.52s =====`, or the same without the frame.
        let bare = line.trim_matches(['=', ' ']);
        if bare.starts_with(|letter: char| letter.is_ascii_digit())
            && bare.contains(" in ")
            && bare.ends_with(['s', ')'])
        {
            return Self {
                passed: number_before(bare, "passed"),
                failed: number_before(bare, "failed") + number_before(bare, "error") + number_before(bare, "errors"),
                skipped: number_before(bare, "skipped"),
            };
        }
        Self::default()
    }

    /// Moves what the test runner counted as passed, but what said that it was skipped.
    pub fn skip(&mut self, tests: u32) {
        let tests = tests.min(self.passed);
        self.passed -= tests;
        self.skipped += tests;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, skipped } = self;
        write!(formatter, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

/// The number before a word in a text such as `3 passed, 1 failed`; 0 without the word.
fn number_before(text: &str, word: &str) -> u32 {
    let words = text.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect::<Vec<_>>();
    let number = words.windows(2).find_map(|pair| match pair {
        [number, found] if *found == word => number.parse().ok(),
        _ => None,
    });
    number.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Counts;

    fn counts(passed: u32, failed: u32, skipped: u32) -> Counts {
        Counts { passed, failed, skipped }
    }

    #[test]
    fn the_closing_lines_of_both_runners_are_read() {
        let cargo =
            "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.10s";
        assert_eq!(Counts::of_line(cargo), counts(12, 2, 1));
        assert_eq!(Counts::of_line("===== 1 failed, 3 passed, 2 skipped in 0.52s ====="), counts(3, 1, 2));
        assert_eq!(Counts::of_line("41 passed, 2 errors in 61.52s (0:01:01)"), counts(41, 2, 0));
    }

    #[test]
    fn other_lines_add_nothing() {
        for line in
            ["test blocks::a_rule ... ok", "running 3 tests", "3 passed, 1 failed", "12 packages in 3 folders", ""]
        {
            assert_eq!(Counts::of_line(line), Counts::default(), "{line}");
        }
    }

    #[test]
    fn a_test_that_says_it_was_skipped_did_not_pass() {
        let mut found = counts(3, 0, 1);
        found.skip(2);
        assert_eq!(found, counts(1, 0, 3));
        assert_eq!(found.to_string(), "1 passed, 0 failed, 3 skipped");
    }
}
