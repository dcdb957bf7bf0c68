//! What `CHANGELOG.md` announces to those who upgrade.

use std::fs;

use crate::tools::repository;

/// The changelog, as text.
pub struct Changelog(String);

impl Changelog {
    /// The repository's own.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read() -> anyhow::Result<Self> {
        Ok(Self(fs::read_to_string(repository("CHANGELOG.md"))?))
    }

    /// One with this text.
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether a version is released: it has a heading of its own.
    pub fn has_released(&self, version: &str) -> bool {
        self.0.lines().any(|line| is_heading_of(line, version))
    }

    /// The versions that are released.
    pub fn released(&self) -> Vec<&str> {
        let headings = self.0.lines().filter_map(|line| line.strip_prefix("## "));
        headings.filter_map(|line| line.split(' ').next()).filter(|version| *version != "Unreleased").collect()
    }

    /// Whether an entry that came after a version names all of these in backticks, under a heading such as `Replaces`.
    pub fn announces(&self, after: &str, heading: &str, names: &[&str]) -> bool {
        let newer = self.0.lines().take_while(|line| !is_heading_of(line, after));
        let mut below = "";
        let mut entries: Vec<String> = Vec::new();
        for line in newer {
            if let Some(title) = line.strip_prefix("### ") {
                below = title;
            } else if below != heading {
            } else if line.starts_with("- ") {
                entries.push(line.to_owned());
            } else if let Some(entry) = entries.last_mut() {
                *entry += line;
            }
        }
        entries.iter().any(|entry| names.iter().all(|name| entry.contains(&format!("`{name}`"))))
    }
}

fn is_heading_of(line: &str, version: &str) -> bool {
    line.strip_prefix("## ").and_then(|line| line.split(' ').next()) == Some(version)
}

#[cfg(test)]
mod tests {
    use super::Changelog;

    #[test]
    fn an_entry_counts_for_older_releases_and_under_its_heading_alone() {
        let text = "# Changelog\n\n## Unreleased\n\n### Added\n\n- `App`: `s3.Bucket`.\n\n### Replaces\n\n- `Base`: its\n  \
                    `rds.Instance`.\n\n## 0.2.0 (2027-01-01)\n\n### Replaces\n\n- `App`: `ecs.Service`.\n\n## 0.1.0\n";
        let changelog = Changelog::of(text);
        assert_eq!(changelog.released(), ["0.2.0", "0.1.0"]);
        assert!(changelog.has_released("0.1.0") && !changelog.has_released("0.1"));
        let announced = |after, names: &[&str]| changelog.announces(after, "Replaces", names);
        assert!(announced("0.1.0", &["App", "ecs.Service"]) && !announced("0.2.0", &["App", "ecs.Service"]));
        assert!(announced("0.2.0", &["Base", "rds.Instance"]));
        for names in [["App", "rds.Instance"], ["App", "s3.Bucket"], ["Base", "ecs.Service"]] {
            assert!(!announced("0.1.0", &names), "{names:?}");
        }
    }
}
