//! What is committed and made by a program: the protobuf code, the package schema, its documentation, the SDKs with their
//! READMEs, and the lists of what the Go modules need.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use serde_json::Value;

use crate::process::Call;
use crate::workspace::{Workspace, copy, files, remove, write};
use crate::{changes, go_modules, install, protobuf, readmes, reference};

const PROTO: &str = "provider/pulumi-component/proto";
const REFERENCE: &str = "docs/api.md";
const CHANGES: &str = "docs/changes.md";
const EXAMPLE: &str = "provider/pulumi-component/examples/notes";
/// What is generated, relative to the repository. A folder holds nothing else, but for a hand-written `mod.rs`.
const GENERATED: [&str; 13] = [
    "provider/pulumi-component/src/generated",
    "schema.json",
    REFERENCE,
    CHANGES,
    "sdk/nodejs",
    "sdk/python",
    "sdk/go",
    "examples/go/go.mod",
    "examples/go/go.sum",
    "tests/programs/go/go.mod",
    "tests/programs/go/go.sum",
    "provider/pulumi-component/examples/notes/schema.json",
    "provider/pulumi-component/examples/notes/sdk/python",
];

/// Makes everything anew, and writes it into the repository or, with `check`, fails if something there is stale.
pub fn run(workspace: &Workspace, check: bool) -> anyhow::Result<()> {
    let fresh = workspace.target("generate");
    make(workspace, &fresh)?;
    let mut stale = Vec::new();
    for path in GENERATED {
        let differing = differing(&fresh.join(path), &workspace.path(path))?;
        for file in differing {
            let file = within(Path::new(path), &file);
            if !check {
                replace(&fresh.join(&file), &workspace.root.join(&file))?;
            }
            stale.push(file);
        }
    }
    if check && !stale.is_empty() {
        for file in &stale {
            println!("  stale: {}", file.display());
        }
        bail!("{} generated files are stale; `cargo xtask generate` rewrites them", stale.len());
    }
    println!("  {} of the generated files {}", stale.len(), if check { "are stale" } else { "were rewritten" });
    Ok(())
}

/// Makes everything under `folder`, at the paths that it has in the repository.
fn make(workspace: &Workspace, folder: &Path) -> anyhow::Result<()> {
    remove(folder)?;
    let [code, schema, ..] = GENERATED.map(|path| folder.join(path));
    protobuf::generate(&workspace.path(PROTO), &code)?;
    let text = package_schema(workspace)?;
    write(&schema, &text)?;
    let parsed = serde_json::from_str(&text)?;
    write(&folder.join(REFERENCE), &reference::page(&parsed)?)?;
    write(&folder.join(CHANGES), &changes::page(&parsed)?)?;
    Call::new(install::gensdk(workspace)?)
        .arg("-schema")
        .arg(&schema)
        .arg("-out")
        .arg(folder.join("sdk"))
        .logged("generating the SDKs", &workspace.log("sdks"))?;
    readmes::write_all(workspace, &parsed, &folder.join("sdk"))?;
    example(workspace, &folder.join(EXAMPLE))?;
    list_go_modules(workspace, folder, &parsed)
}

/// The schema and the SDK of the framework's example, from its plugin as anybody has them from theirs.
fn example(workspace: &Workspace, folder: &Path) -> anyhow::Result<()> {
    let plugin = install::programs(workspace)?.join(install::EXAMPLE_PLUGIN);
    let ask = install::pulumi_command(workspace)?.args(["package", "get-schema"]).arg(plugin);
    let schema = folder.join("schema.json");
    write(&schema, &ask.output()?)?;
    let generate = Call::new(install::gensdk(workspace)?).args(["-languages", "python", "-schema"]).arg(&schema);
    generate.arg("-out").arg(folder.join("sdk")).logged("generating the example's SDK", &workspace.log("example-sdk"))
}

/// Lists what the Go modules need: the SDK, the example, and the example as the tests run it.
fn list_go_modules(workspace: &Workspace, folder: &Path, schema: &Value) -> anyhow::Result<()> {
    let module = schema["language"]["go"]["modulePath"].as_str().context("the schema names the Go module")?;
    let version = schema["version"].as_str().context("the schema has a version")?;
    go_modules::tidy(workspace, &folder.join("sdk/go"), module, None)?;
    let programs = [("examples/go", "shop", "../../sdk/go"), (install::GO_RUNNER, "programs", "../../../sdk/go")];
    for (path, name, sdk) in programs {
        let program = folder.join(path);
        copy(&workspace.path("examples/go"), &program)?;
        if path == install::GO_RUNNER {
            copy(&workspace.path(path).join("main.go"), &program.join("main.go"))?;
        }
        go_modules::tidy(workspace, &program, name, Some(&go_modules::Sdk { module, version, folder: sdk }))?;
    }
    Ok(())
}

/// The schema as the plugin's crate tells it. It comes by way of a process of its own, so that this program can still be
/// built while that crate cannot.
fn package_schema(workspace: &Workspace) -> anyhow::Result<String> {
    let package = ["--package", "pulumi-resource-aws-django"];
    let build = Call::new("cargo").arg("build").args(package).args(["--example", "schema"]).dir(&workspace.root);
    build.logged("building what tells the schema", &workspace.log("schema"))?;
    Call::new("cargo")
        .args(["run", "--quiet"])
        .args(package)
        .args(["--example", "schema"])
        .dir(&workspace.root)
        .output()
}

/// The files that are not the same in two folders, relative to them; two files compare as folders of one nameless file.
fn differing(fresh: &Path, committed: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (fresh, mut committed) = (contents(fresh)?, contents(committed)?);
    committed.remove(Path::new("mod.rs"));
    let mut paths = fresh.keys().chain(committed.keys()).collect::<Vec<_>>();
    paths.sort();
    paths.dedup();
    Ok(paths.into_iter().filter(|path| fresh.get(*path) != committed.get(*path)).cloned().collect())
}

/// A file of a folder; the nameless file of a file is the file itself.
fn within(path: &Path, file: &Path) -> PathBuf {
    if file.as_os_str().is_empty() { path.to_owned() } else { path.join(file) }
}

fn contents(path: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let read = |file: PathBuf| {
        let content = fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
        Ok((file.strip_prefix(path)?.to_owned(), content))
    };
    files(path)?.into_iter().map(read).collect()
}

/// Puts a fresh file in the place of the committed one; one that is no longer made goes.
fn replace(fresh: &Path, committed: &Path) -> anyhow::Result<()> {
    if fresh.exists() { copy(fresh, committed) } else { remove(committed) }
}
