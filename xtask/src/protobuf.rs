//! The protobuf code of the framework: made from its own `.proto` files, without `protoc`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Compiles every `.proto` file of `proto_dir` to messages, clients and servers: one file in `out_dir` for each package.
///
/// # Errors
/// If a file cannot be read, compiled or written.
pub fn generate(proto_dir: &Path, out_dir: &Path) -> anyhow::Result<()> {
    let descriptors = protox::compile(proto_files(proto_dir)?, [proto_dir])?;
    fs::create_dir_all(out_dir).with_context(|| format!("cannot make `{}`", out_dir.display()))?;
    tonic_prost_build::configure()
        .out_dir(out_dir)
        // What is sent must not depend on the order of a hash map.
        .btree_map(".")
        .codec_path("crate::codec::Frugal")
        // Comments in the `.proto` files are for their readers, not documentation of our crate.
        .disable_comments(["."])
        // A package need not answer every request.
        .generate_default_stubs(true)
        .compile_fds(descriptors)
        .with_context(|| format!("cannot make protobuf code in `{}`", out_dir.display()))
}

/// The `.proto` files of a folder, in the order of their names.
fn proto_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "proto"));
    files.sort();
    Ok(files)
}
