//! Where things are: the repository, and under its `target` everything that is made at run time.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

/// The repository that these commands belong to.
pub struct Workspace {
    pub root: PathBuf,
}

impl Workspace {
    /// The repository that this program was built from.
    pub fn find() -> anyhow::Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().context("the manifest of xtask has no folder above it")?;
        Ok(Self { root: root.to_owned() })
    }

    /// A file or folder of the repository.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A file or folder under `target`; it stands there whatever target folder Cargo uses.
    pub fn target(&self, relative: &str) -> PathBuf {
        self.root.join("target").join(relative)
    }

    /// Where the output of a tool is kept.
    pub fn log(&self, name: &str) -> PathBuf {
        self.target(&format!("logs/{name}.log"))
    }

    /// Makes something unless it stands there, made from the same inputs: files, whole folders, and `recipe`.
    ///
    /// Work that was interrupted is done again, since only finished work leaves a stamp.
    pub fn once(
        &self,
        name: &str,
        inputs: &[PathBuf],
        recipe: &str,
        product: &Path,
        make: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let stamp = self.target(&format!("stamps/{name}"));
        let wanted = digest(inputs, recipe)?;
        if product.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            return Ok(());
        }
        remove(&stamp)?;
        make()?;
        write(&stamp, &wanted)
    }
}

/// The hash of files and whole folders, by relative path and content, and of `recipe`.
fn digest(inputs: &[PathBuf], recipe: &str) -> anyhow::Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(recipe);
    for input in inputs {
        for file in files(input)? {
            let content = fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
            hasher.update(file.to_string_lossy().as_bytes());
            hasher.update(content.len().to_le_bytes());
            hasher.update(content);
        }
    }
    Ok(format!("{:x}", hasher.finalize()))
}

/// The SHA-256 of a file, in hexadecimal.
pub fn checksum(file: &Path) -> anyhow::Result<String> {
    let content = fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    Ok(format!("{:x}", Sha256::digest(content)))
}

/// Folders that Python and Node leave beside sources when a user installs from there.
const LEFT_BY_TOOLS: [&str; 3] = ["__pycache__", "build", "node_modules"];

/// All files of a folder and its folders in order of their paths, without what tools leave; a file is its own list.
pub fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).with_context(|| format!("cannot read `{}`", path.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !LEFT_BY_TOOLS.contains(&name.as_str()) && !name.ends_with(".egg-info") {
            found.extend(files(&entry.path())?);
        }
    }
    found.sort();
    Ok(found)
}

/// Copies a file, or a folder with all that is in it; what stood at `to` is gone.
pub fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    remove(to)?;
    for file in files(from)? {
        let relative = file.strip_prefix(from)?;
        let target = if relative.as_os_str().is_empty() { to.to_owned() } else { to.join(relative) };
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&file, &target).with_context(|| format!("cannot copy `{}`", file.display()))?;
    }
    Ok(())
}

/// Removes a file or a folder with all that is in it, if it is there.
pub fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Err(_) => return Ok(()),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    removed.with_context(|| format!("cannot remove `{}`", path.display()))
}

/// Writes a file, and makes its folder.
pub fn write(path: &Path, content: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content).with_context(|| format!("cannot write `{}`", path.display()))
}
