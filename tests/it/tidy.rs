//! House rules that a text search can hold.
#![expect(clippy::expect_used, reason = "a source that cannot be read has broken the rule")]

use std::fs;
use std::path::{Path, PathBuf};

use e2e::tools::repository;

/// All files below a folder of the repository with one of these endings, with their texts.
fn files(folder: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let (mut folders, mut found) = (vec![repository(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder can be read") {
            let path = entry.expect("an entry can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let left_out = ["target", "node_modules", "generated", "snapshots", ".git", ".venv", "__pycache__"];
            if path.is_dir() && !left_out.contains(&name.as_str()) {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let text = fs::read_to_string(&path).expect("a source is text");
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// Nothing may break a rule; whoever does is named.
#[track_caller]
fn check(folder: &str, endings: &[&str], rule: impl Fn(&Path, &str) -> Option<String>) {
    let files = files(folder, endings);
    assert!(!files.is_empty(), "no file in `{folder}` was looked at");
    let broken: Vec<_> = files
        .iter()
        .filter_map(|(path, text)| rule(path, text).map(|problem| format!("{}: {problem}", path.display())))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The line that holds a word.
fn line_with(text: &str, word: &str) -> Option<String> {
    text.lines().position(|line| line.contains(word)).map(|line| format!("line {} says `{word}`", line + 1))
}

#[test]
fn the_framework_knows_nothing_of_aws() {
    check("provider/pulumi-component", &[".rs", ".proto", ".toml"], |_, text| line_with(&text.to_lowercase(), "aws"));
    check("provider/pulumi-component-derive", &[".rs", ".toml"], |_, text| line_with(&text.to_lowercase(), "aws"));
}

#[test]
fn components_never_talk_grpc() {
    check("provider/pulumi-resource-aws-django", &["Cargo.toml"], |_, text| {
        line_with(text, "tonic").or_else(|| line_with(text, "prost"))
    });
}

#[test]
fn only_the_table_names_tokens_of_aws() {
    check("provider/pulumi-resource-aws-django/src", &[".rs"], |path, text| {
        let place = path.to_string_lossy();
        let is_table = place.contains("/src/aws/") || place.contains("/tests") || place.ends_with("/src/aws.rs");
        let token = |line: &&str| line.contains("\"aws:") && line.matches(':').count() >= 2 && line.contains('/');
        if is_table { None } else { text.lines().find(token).map(|line| format!("names a token: {}", line.trim())) }
    });
}

#[test]
fn components_read_nothing_but_their_arguments() {
    check("provider/pulumi-resource-aws-django/src", &[".rs"], |path, text| {
        let words = ["std::env::var", "SystemTime", "Instant::now", "std::fs", "std::net", "async fn", ".await"];
        let is_test = path.to_string_lossy().contains("/tests");
        if is_test { None } else { words.iter().find_map(|word| line_with(text, word)) }
    });
}

#[test]
fn what_does_no_io_stays_without() {
    for module in ["value", "schema", "decode", "component", "output", "error"] {
        check("provider/pulumi-component/src", &[&format!("{module}.rs")], |_, text| {
            ["tonic", "tokio::net", "std::net", "std::fs", "std::io"].iter().find_map(|word| line_with(text, word))
        });
    }
}

#[test]
fn a_file_is_short_enough_to_be_read() {
    for folder in ["provider", "tests", "xtask", "tools"] {
        check(folder, &[".rs", ".py", ".go", ".mjs"], |_, text| {
            let lines = text.lines().count();
            (lines > 600).then(|| format!("{lines} lines; at most 600"))
        });
    }
}

#[test]
fn lock_files_name_no_place_of_their_own() {
    check(".", &["Cargo.lock", "package-lock.json", "go.sum"], |_, text| {
        let url = |line: &&str| line.contains("://") && !line.contains("github.com/rust-lang/crates.io-index");
        let homepage = |line: &&str| line.contains("\"url\":");
        text.lines().filter(|line| !homepage(line)).find(url).map(|line| format!("names `{}`", line.trim()))
    });
}
