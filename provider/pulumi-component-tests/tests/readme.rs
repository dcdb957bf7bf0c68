//! The framework's README shows the example as it is: whoever copies from the one has what the tests of the other hold.

use std::fs;
use std::path::Path;

const FRAMEWORK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../pulumi-component");

#[test]
fn the_readme_shows_the_example_as_it_is() {
    let readme = fs::read_to_string(Path::new(FRAMEWORK).join("README.md")).expect("there is a README");
    let shown = ["src/main.rs", "program/__main__.py", "program/Pulumi.yaml", "src/tests.rs"].map(|file| {
        fs::read_to_string(Path::new(FRAMEWORK).join("examples/notes").join(file)).expect("the example has it")
    });
    // Commands are not code: `notes.rs` of the end-to-end tests does what they do.
    let blocks: Vec<_> = blocks(&readme).into_iter().filter(|(language, _)| *language != "sh").collect();
    assert_eq!(blocks.into_iter().map(|(_, block)| block).collect::<Vec<_>>(), shown);
}

/// The fenced blocks of a page, each with what stands behind its fence.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let fenced = page.split("\n```").skip(1).step_by(2);
    let fenced = fenced.map(|block| block.split_once('\n').unwrap_or_default());
    fenced.map(|(language, text)| (language, format!("{text}\n"))).collect()
}
