//! How many checks passed, failed and were skipped, read off what the test runners print.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
    /// How many were skipped for each reason.
    pub skipped: BTreeMap<String, u32>,
}

impl Counts {
    /// One check that holds.
    pub const PASSED: Self = Self { passed: 1, failed: 0, skipped: BTreeMap::new() };
    /// One check that does not.
    pub const FAILED: Self = Self { passed: 0, failed: 1, skipped: BTreeMap::new() };

    /// What one line of Cargo's test runner or of pytest adds; pytest has to say why it skips (`-rs`).
    pub fn of_line(line: &str) -> Self {
        if let Some(result) = line.strip_prefix("test result: ") {
            let numbers = result.split_once(". ").map_or(result, |(_, numbers)| numbers);
            let counts = |word| number_before(numbers, word);
            return Self {
                passed: counts("passed"),
                failed: counts("failed"),
                ..Self::skipped("ignored", counts("ignored"))
            };
        }
        // A line such as `SKIPPED [2] tests/aws/test_standin.py:12: no Node`.
        if let Some((number, reason)) = line.strip_prefix("SKIPPED [").and_then(|rest| rest.split_once("] ")) {
            return Self::skipped(reason, number.parse().unwrap_or(1));
        }
        // A line such as `===== 3 passed, 1 skipped in 0.52s =====`, or the same without the frame.
        let bare = line.trim_matches(['=', ' ']);
        if bare.starts_with(|letter: char| letter.is_ascii_digit())
            && bare.contains(" in ")
            && bare.ends_with(['s', ')'])
        {
            let failed = ["failed", "error", "errors"].map(|word| number_before(bare, word)).iter().sum();
            return Self { passed: number_before(bare, "passed"), failed, ..Self::default() };
        }
        Self::default()
    }

    /// Moves a test that the runner counted as passed, but that said why it was skipped.
    pub fn skip(&mut self, reason: &str) {
        self.passed = self.passed.saturating_sub(1);
        *self += Self::skipped(reason, 1);
    }

    fn skipped(reason: &str, tests: u32) -> Self {
        let skipped = (tests > 0).then(|| (reason.to_owned(), tests)).into_iter().collect();
        Self { skipped, ..Self::default() }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        for (reason, tests) in other.skipped {
            *self.skipped.entry(reason).or_default() += tests;
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, skipped } = self;
        write!(formatter, "{passed} passed, {failed} failed, {} skipped", skipped.values().sum::<u32>())
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

    fn counts(passed: u32, failed: u32, skipped: &[(&str, u32)]) -> Counts {
        let skipped = skipped.iter().map(|(reason, tests)| ((*reason).to_owned(), *tests)).collect();
        Counts { passed, failed, skipped }
    }

    #[test]
    fn the_lines_of_both_runners_are_read() {
        let told = [
            (
                "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.10s",
                counts(12, 2, &[("ignored", 1)]),
            ),
            ("===== 1 failed, 3 passed, 2 skipped in 0.52s =====", counts(3, 1, &[])),
            ("41 passed, 2 errors in 61.52s (0:01:01)", counts(41, 2, &[])),
            ("SKIPPED [2] test_it.py:12: no Node: none", counts(0, 0, &[("test_it.py:12: no Node: none", 2)])),
        ];
        for (line, expected) in told {
            assert_eq!(Counts::of_line(line), expected, "{line}");
        }
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
        let mut found = counts(3, 0, &[("ignored", 1)]);
        found.skip("no tool");
        found.skip("no tool");
        assert_eq!(found, counts(1, 0, &[("ignored", 1), ("no tool", 2)]));
        assert_eq!(found.to_string(), "1 passed, 0 failed, 3 skipped");
    }
}
