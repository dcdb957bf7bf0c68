//! The languages that the machine must have, since nothing here can fetch them.

use anyhow::{Context as _, ensure};

use crate::process::Call;

/// Major and minor number.
pub type Version = (u32, u32);

/// A language, in the oldest version that will do.
pub struct Language {
    name: &'static str,
    /// What tells the version: a program and its argument.
    version: [&'static str; 2],
    oldest: Version,
}

pub const GO: Language = Language { name: "Go", version: ["go", "version"], oldest: (1, 25) };
pub const NODE: Language = Language { name: "Node", version: ["node", "--version"], oldest: (20, 0) };
pub const PYTHON: Language = Language { name: "Python", version: ["python3", "--version"], oldest: (3, 11) };

impl Language {
    /// Fails with what to install if the language is missing or too old.
    pub fn check(&self) -> anyhow::Result<()> {
        let Self { name, version: [program, argument], oldest: (major, minor) } = self;
        let remedy = format!("install {name} {major}.{minor} or later, and put `{program}` on `PATH`");
        let said = Call::new(program).arg(argument).output().with_context(|| remedy.clone())?;
        ensure!(version(&said) >= Some(self.oldest), "`{program}` is `{}`; {remedy}", said.trim());
        Ok(())
    }
}

/// Checks all languages that are needed, and fails with what to do about every one.
pub fn check() -> anyhow::Result<()> {
    let problems = [GO, NODE, PYTHON].iter().filter_map(|language| language.check().err());
    let problems = problems.map(|error| format!("{error:#}")).collect::<Vec<_>>();
    ensure!(problems.is_empty(), "{}", problems.join("\n         "));
    Ok(())
}

/// The version in a text such as `v3.259.0` or `go version go1.26.8 linux/amd64`.
pub fn version(text: &str) -> Option<Version> {
    text.split_whitespace().find_map(|word| {
        let mut numbers = word.trim_start_matches(char::is_alphabetic).split('.').map_while(|part| part.parse().ok());
        Some((numbers.next()?, numbers.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::{GO, Language, version};
    use crate::interrupt::Alone;

    #[test]
    fn a_version_is_compared_by_its_numbers() {
        let told = [
            ("v3.259.0\n", Some((3, 259))),
            ("go version go1.26.8 linux/amd64", Some((1, 26))),
            ("Python 3.11.7", Some((3, 11))),
            ("v20.20.2", Some((20, 20))),
            ("unknown", None),
        ];
        for (text, expected) in told {
            assert_eq!(version(text), expected, "{text}");
        }
        assert!(version("3.99.1") < version("3.143"));
    }

    #[test]
    fn a_language_that_is_missing_or_too_old_is_told_with_the_remedy() {
        let _alone = Alone::wait();
        let old = Language { version: ["echo", "go version go1.9 linux/amd64"], ..GO };
        let missing = Language { version: ["no-such-program", "version"], ..GO };
        for (language, reason) in
            [(old, "is `go version go1.9 linux/amd64`"), (missing, "cannot run `no-such-program`")]
        {
            let said = format!("{:#}", language.check().unwrap_err());
            assert!(said.contains(reason) && said.contains("install Go 1.25 or later"), "{said}");
        }
        let right = Language { version: ["echo", "go1.25"], ..GO };
        right.check().unwrap();
    }
}
