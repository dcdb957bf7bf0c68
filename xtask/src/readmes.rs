//! The README of each language's package: what it is for, and the documentation's program in that language.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::workspace::{Workspace, write};

/// An SDK: its folder, its language, and which page of ours has the program, in blocks of what language.
const SDKS: [(&str, &str, &str, &str); 3] = [
    ("python", "Python", "README.md", "python"),
    ("nodejs", "TypeScript", "docs/languages.md", "ts"),
    ("go", "Go", "docs/languages.md", "go"),
];

/// Writes all of them, into the folders of the SDKs.
pub fn write_all(workspace: &Workspace, schema: &Value, sdks: &Path) -> anyhow::Result<()> {
    for (folder, language, page, fence) in SDKS {
        let text = fs::read_to_string(workspace.path(page)).with_context(|| format!("cannot read `{page}`"))?;
        let program = first_block(&text, fence).with_context(|| format!("`{page}` has no block of `{fence}`"))?;
        let text = |key: &str| schema[key].as_str().with_context(|| format!("the schema has no `{key}`"));
        let (name, about, pages) = (text("name")?, text("description")?, text("repository")?);
        let readme = format!(
            "# {name} for {language}\n\n{about}\n\n```{fence}\n{program}```\n\n\
             - [README]({pages}#readme): how to deploy it, and what a Django project needs.\n\
             - [docs/api.md]({pages}/blob/main/docs/api.md): every argument and output.\n"
        );
        write(&sdks.join(folder).join("README.md"), &readme)?;
    }
    Ok(())
}

/// The first block of code in that language.
fn first_block<'a>(page: &'a str, language: &str) -> Option<&'a str> {
    let (_, after) = page.split_once(&format!("\n```{language}\n"))?;
    after.split_once("```\n").map(|(block, _)| block)
}
