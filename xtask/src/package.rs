//! `cargo xtask package`: the files of a release, below `target/package`. They are the plugin and the command line in an
//! archive for each platform, the command line in wheels, the SDKs, and the checksums of all. Nothing is published here.

mod archive;
mod platform;
mod wheel;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use flate2::Compression;
use serde_json::Value;

use self::archive::Entry;
use self::platform::{Platform, RELEASED};
use crate::install;
use crate::process::Call;
use crate::workspace::{Workspace, copy, remove, write};

const PLUGIN: &str = "pulumi-resource-aws-django";
const CLI: &str = "aws-django";
/// The workspace's version, which is that of everything in a release.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// When every file was changed last, for all that an archive tells: the first day that a wheel can name, in seconds.
const FILE_TIME: u64 = 315_532_800;
/// The file of the checksums, as `sha256sum --check` reads it.
const CHECKSUMS: &str = "SHA256SUMS";

/// Where the programs come from. Without any of these they are built as a release has them, for this machine.
#[derive(Args, Default)]
pub struct Programs {
    /// Packs the programs as the tests build them, for this machine alone.
    #[arg(long, conflicts_with_all = ["target", "built"])]
    debug: bool,
    /// Builds for this target of Rust, or with `--built` packs what is built for it; can be given several times.
    #[arg(long)]
    target: Vec<Platform>,
    /// Builds nothing: packs what stands in a folder for each target, by default for every one of a release.
    #[arg(long, value_name = "FOLDER")]
    built: Option<PathBuf>,
}

/// Packs a release; what an earlier run has packed is gone.
pub fn run(workspace: &Workspace, programs: &Programs) -> anyhow::Result<()> {
    let Programs { debug, target, built } = programs;
    let mut platforms = target.clone();
    if platforms.is_empty() {
        platforms = match (debug, built) {
            (true, _) => vec![Platform::of_this_machine()?],
            (false, Some(_)) => RELEASED.to_vec(),
            (false, None) => vec![Platform::released_here()?],
        };
    }
    let folder = workspace.target(if *debug { DEBUG } else { "package/release" });
    let compression = if *debug { Compression::fast() } else { Compression::best() };
    remove(&folder)?;
    fs::create_dir_all(&folder)?;
    for platform in &platforms {
        let built = match built {
            Some(built) => built.join(platform.target),
            None if *debug => install::programs(workspace)?,
            None => build(workspace, platform)?,
        };
        pack(workspace, platform, &built, &folder, compression)?;
    }
    pack_sdks(workspace, &folder)?;
    let files = checksums(&folder)?;
    for file in &files {
        println!("  {:>7} kB  {}", fs::metadata(file)?.len() / 1000, file.display());
    }
    Ok(())
}

/// The folder of what `--debug` packs, below `target`.
const DEBUG: &str = "package/debug";

/// The same as `--debug`, unless nothing has changed since; returns the folder.
pub fn rehearsed(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let programs = install::programs(workspace)?;
    let (python, node) = (install::packed_python_sdk(workspace)?, install::packed_node_sdk(workspace)?);
    let inputs = [programs.join(PLUGIN), programs.join(CLI), python, node];
    let folder = workspace.target(DEBUG);
    workspace.once("package", &inputs, VERSION, &folder, || {
        run(workspace, &Programs { debug: true, ..Programs::default() })
    })?;
    Ok(folder)
}

/// Builds the programs of a platform as a release has them; returns their folder.
fn build(workspace: &Workspace, platform: &Platform) -> anyhow::Result<PathBuf> {
    let target = platform.target;
    let log = workspace.log("package");
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Zig brings a C compiler and linker for musl along, for either processor.
    let (build, path) = if target.ends_with("-musl") {
        let tools = install::zig(workspace)?.join("bin");
        ("zigbuild", std::env::join_paths(std::iter::once(tools).chain(std::env::split_paths(&path)))?)
    } else {
        ("build", path)
    };
    // Each by itself: built together, the plugin would have the command line's part of AWS's SDK.
    for program in [PLUGIN, CLI] {
        let cargo = Call::new("cargo").dir(&workspace.root).arg(build).env("PATH", &path);
        cargo
            .args(["--locked", "--release", "--target", target, "--package", program])
            .logged(&format!("building `{program}` for `{target}`, a quarter of an hour the first time"), &log)
            .with_context(|| format!("`rustup target add {target}` gets what Rust needs for it"))?;
    }
    Ok(workspace.target(target).join("release"))
}

/// Packs both programs of a platform.
fn pack(
    workspace: &Workspace,
    platform: &Platform,
    built: &Path,
    folder: &Path,
    compression: Compression,
) -> anyhow::Result<()> {
    let licence = workspace.path("LICENSE");
    for name in [PLUGIN, CLI] {
        let program = built.join(format!("{name}{}", platform.suffix));
        ensure!(program.is_file(), "there is no `{}`; each target has a folder with both programs", program.display());
        if platform.target.ends_with("-musl") {
            ensure!(!is_dynamic(&program)?, "`{}` needs a C library; link it whole", program.display());
        }
        let archive = folder.join(format!("{name}-v{VERSION}-{}.tar.gz", platform.name));
        archive::write(&archive, compression, &[Entry::Program(&program), Entry::Text(&licence)])?;
    }
    wheel::write_for(workspace, platform, &built.join(format!("{CLI}{}", platform.suffix)), folder)
}

/// Whether a program of Linux asks for a loader, and so for the C library that the loader belongs to. The path of the
/// loader stands at the beginning of the file, behind the headers that point to it.
fn is_dynamic(program: &Path) -> anyhow::Result<bool> {
    let content = fs::read(program).with_context(|| format!("cannot read `{}`", program.display()))?;
    Ok(content.iter().take(4096).copied().collect::<Vec<_>>().windows(4).any(|bytes| bytes == b"/ld-"))
}

/// Puts the SDKs beside the programs: a wheel and the sources for Python, a tarball for npm. That of Go is a tag.
fn pack_sdks(workspace: &Workspace, folder: &Path) -> anyhow::Result<()> {
    let schema: Value = serde_json::from_str(&fs::read_to_string(workspace.path("schema.json"))?)?;
    let version = schema["version"].as_str().unwrap_or_default();
    ensure!(version == VERSION, "the SDKs are of version {version}, not {VERSION}; run `cargo xtask generate`");
    for file in crate::workspace::files(&install::packed_python_sdk(workspace)?)? {
        copy(&file, &folder.join(file.file_name().context("a file has a name")?))?;
    }
    // The name that npm gives it.
    copy(&install::packed_node_sdk(workspace)?, &folder.join(format!("aws-django-pulumi-{VERSION}.tgz")))
}

/// Writes the checksums of all files of a folder; returns the files.
fn checksums(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = crate::workspace::files(folder)?;
    let mut lines = String::new();
    for file in &files {
        let name = file.file_name().context("a file has a name")?;
        writeln!(lines, "{}  {}", crate::workspace::checksum(file)?, name.display())?;
    }
    write(&folder.join(CHECKSUMS), &lines)?;
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{checksums, is_dynamic};

    #[test]
    fn a_program_that_needs_a_c_library_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        for (content, dynamic) in [("\u{7f}ELF /lib64/ld-linux-x86-64.so.2", true), ("\u{7f}ELF", false)] {
            fs::write(&program, content).unwrap();
            assert_eq!(is_dynamic(&program).unwrap(), dynamic, "{content}");
        }
        let this = std::env::current_exe().unwrap();
        assert_eq!(is_dynamic(&this).unwrap(), cfg!(all(target_os = "linux", not(target_feature = "crt-static"))));
    }

    #[test]
    fn checksums_are_those_of_every_file_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(checksums(folder.path()).unwrap().len(), 2);
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let expected = format!("{of_nothing}  a\n{of_nothing}  b\n");
        assert_eq!(fs::read_to_string(folder.path().join("SHA256SUMS")).unwrap(), expected);
    }
}
