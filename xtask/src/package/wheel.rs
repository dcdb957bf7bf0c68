//! The command line as a wheel that holds nothing but the program, so that `uvx aws-django` and `pip install aws-django`
//! work. The file itself, with its `RECORD`, is written by `wheel`, which the Python Packaging Authority keeps.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::platform::Platform;
use super::{CLI, FILE_TIME, VERSION};
use crate::install;
use crate::process::Call;
use crate::workspace::{Workspace, copy, remove, write};

/// Writes the wheel of a program for a platform into a folder.
pub fn write_for(workspace: &Workspace, platform: &Platform, program: &Path, folder: &Path) -> anyhow::Result<()> {
    let version = python_version(VERSION)?;
    let contents = workspace.target("package/wheel");
    remove(&contents)?;
    let stem = format!("aws_django-{version}");
    let (info, scripts) = (contents.join(format!("{stem}.dist-info")), contents.join(format!("{stem}.data/scripts")));
    let script = scripts.join(format!("{CLI}{}", platform.suffix));
    copy(program, &script)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    copy(&workspace.path("LICENSE"), &info.join("licenses/LICENSE"))?;
    write(&info.join("METADATA"), &metadata(&version, &described(workspace)?))?;
    write(&info.join("WHEEL"), &tags(platform))?;
    Call::new(install::packer(workspace)?.join("bin/wheel"))
        .arg("pack")
        .arg(&contents)
        .arg("--dest-dir")
        .arg(folder)
        .env("SOURCE_DATE_EPOCH", FILE_TIME.to_string())
        .output()?;
    remove(&contents)
}

/// What Python's index shows of the package.
fn metadata(version: &str, summary: &str) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY");
    format!(
        "Metadata-Version: 2.4\n\
         Name: {CLI}\n\
         Version: {version}\n\
         Summary: {summary}\n\
         License-Expression: {license}\n\
         License-File: LICENSE\n\
         Requires-Python: >=3.8\n\
         Project-URL: Homepage, {repository}\n\
         Project-URL: Documentation, {repository}/blob/main/docs/cli.md\n\
         Description-Content-Type: text/markdown\n\
         \n\
         # {CLI}\n\
         \n\
         The command line of [{CLI}]({repository}), a Pulumi package that puts Django projects on AWS ECS Fargate. It is \
         one program without Python in it; `uvx {CLI} --help` runs it without installing it.\n\
         \n\
         [docs/cli.md]({repository}/blob/main/docs/cli.md) has every command.\n",
        license = env!("CARGO_PKG_LICENSE"),
    )
}

/// What the crate of the command line says of itself.
fn described(workspace: &Workspace) -> anyhow::Result<String> {
    let told =
        Call::new("cargo").args(["metadata", "--no-deps", "--format-version", "1"]).dir(&workspace.root).output()?;
    let told: Value = serde_json::from_str(&told)?;
    let crates = told["packages"].as_array().into_iter().flatten();
    let described = crates.filter(|it| it["name"] == CLI).find_map(|it| it["description"].as_str());
    Ok(described.with_context(|| format!("the crate `{CLI}` has no description"))?.to_owned())
}

/// Where the wheel can be installed. The program needs no Python of any version.
fn tags(platform: &Platform) -> String {
    let head = ["Wheel-Version: 1.0", &format!("Generator: {CLI}"), "Root-Is-Purelib: false"].map(str::to_owned);
    let tags = platform.wheel.split('.').map(|tag| format!("Tag: py3-none-{tag}"));
    head.into_iter().chain(tags).map(|line| line + "\n").collect()
}

/// A version as Python writes it: `1.2.3-rc.1` is `1.2.3rc1` there.
fn python_version(version: &str) -> anyhow::Result<String> {
    let Some((numbers, stage)) = version.split_once('-') else { return Ok(version.to_owned()) };
    let stages = [("alpha.", "a"), ("beta.", "b"), ("rc.", "rc")];
    for (ours, theirs) in stages {
        if let Some(number) = stage.strip_prefix(ours).filter(|number| number.parse::<u32>().is_ok()) {
            return Ok(format!("{numbers}{theirs}{number}"));
        }
    }
    bail!(
        "Python has no version such as `{version}`; name a stage as in `1.2.3-alpha.1`, `1.2.3-beta.1` or `1.2.3-rc.1`"
    )
}

#[cfg(test)]
mod tests {
    use super::python_version;

    #[test]
    fn a_version_is_written_as_python_has_it() {
        for (ours, theirs) in [("0.1.0", "0.1.0"), ("1.0.0-alpha.2", "1.0.0a2"), ("1.0.0-rc.10", "1.0.0rc10")] {
            assert_eq!(python_version(ours).unwrap(), theirs);
        }
        for unknown in ["1.0.0-nightly.1", "1.0.0-rc", "1.0.0-rc.x"] {
            let said = python_version(unknown).unwrap_err().to_string();
            assert!(said.contains(&format!("`{unknown}`; name a stage")), "{said}");
        }
    }
}
