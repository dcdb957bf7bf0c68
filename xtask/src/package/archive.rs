//! Archives as Pulumi unpacks them: `.tar.gz` with the files at the root.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, Header};

/// What a file in an archive is for.
#[derive(Clone, Copy)]
pub enum Entry<'a> {
    /// A program: the right to run it is not read off the file, since artifacts of a workflow have lost it.
    Program(&'a Path),
    Text(&'a Path),
}

/// Writes an archive that is the same whenever and by whomever it is made from the same files.
pub fn write(archive: &Path, compression: Compression, entries: &[Entry<'_>]) -> anyhow::Result<()> {
    let file = File::create(archive).with_context(|| format!("cannot write `{}`", archive.display()))?;
    let mut builder = Builder::new(GzEncoder::new(BufWriter::new(file), compression));
    for entry in entries {
        let (path, mode) = match entry {
            Entry::Program(path) => (path, 0o755),
            Entry::Text(path) => (path, 0o644),
        };
        let content = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let mut header = Header::new_gnu();
        header.set_size(content.metadata()?.len());
        header.set_mode(mode);
        header.set_mtime(super::FILE_TIME);
        let name = path.file_name().with_context(|| format!("`{}` has no name", path.display()))?;
        builder.append_data(&mut header, name, content)?;
    }
    builder.into_inner()?.finish()?.into_inner()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use flate2::Compression;
    use flate2::read::GzDecoder;

    use super::{Entry, write};

    #[test]
    fn an_archive_has_its_files_at_the_root_with_the_right_to_run_and_without_chance() {
        let folder = tempfile::tempdir().unwrap();
        let [program, text, first, second] =
            ["program", "LICENSE", "1.tar.gz", "2.tar.gz"].map(|it| folder.path().join(it));
        for archive in [&first, &second] {
            fs::write(&program, "runs").unwrap();
            fs::write(&text, "says").unwrap();
            write(archive, Compression::fast(), &[Entry::Program(&program), Entry::Text(&text)]).unwrap();
        }
        assert!(fs::read(&first).unwrap() == fs::read(&second).unwrap());
        let mut unpacked = tar::Archive::new(GzDecoder::new(fs::File::open(&first).unwrap()));
        let found = unpacked.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap(), entry.size())
        });
        let expected = [("program".to_owned(), 0o755, 4), ("LICENSE".to_owned(), 0o644, 4)];
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
