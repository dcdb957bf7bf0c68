//! `report`: what a preview would do, in Markdown.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::report::{Preview, Report, document, page, read};
use crate::show::Show;
use crate::stop::{Code, Stop};

/// What to report, and where to.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Previews {
    /// What `pulumi preview --json` printed, or `--event-log` wrote, which Pulumi takes with
    /// `PULUMI_DEBUG_COMMANDS=true`; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Add the report to this file, which is `$GITHUB_STEP_SUMMARY`: together at most 1,000,000 bytes
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Write the report to this file, as the body of a comment: at most 60,000 bytes, the first line is its marker
    #[arg(long, value_name = "FILE")]
    pub comment: Option<PathBuf>,
    /// Add `digest`, `changes` and `destructive` to this file, which is `$GITHUB_OUTPUT`
    #[arg(long, value_name = "FILE")]
    pub outputs: Option<PathBuf>,
    /// Refuse another digest than this one, which was approved
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    pub expect: Option<String>,
    /// Heading of the report; by default the name of the stack
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Name of a stack that the file itself does not tell, since it has no resources; by default the file's name
    #[arg(long, value_name = "PROJECT/STACK")]
    pub stack: Option<String>,
    /// Address of the run and its log, for a link
    #[arg(long, value_name = "URL", value_parser = address)]
    pub run_url: Option<String>,
}

/// What its help says.
pub const ABOUT: &str = "\
Report what a preview would do, in Markdown, for people who approve it.

What is deleted or replaced stands first, with the property that forces it, and what holds data above all. Task \
definitions are told by what changes in them, and of an app what its release will run and move. What stays as it is is \
only counted. Without `--summary`, `--comment` and `--outputs` the report goes to standard output. It needs neither \
credentials nor AWS.

The report always fits: where there is no room, the values go first, then the table of what is harmless. Secrets are taken \
out by the engine's marks, by names of properties and variables, and by the forms of keys; that is a net and no wall.

The digest stands for what would be done: each resource that changes, how, which of its properties, and the images. Values \
are not in it, so that a second preview of the same program and state has the same one, in both forms; with `--refresh` \
the two forms tell of other steps. A preview that has failed has none.

The marker, `<!-- aws-django report: PROJECT/STACK -->`, has the names of all stacks in the order of the files.";

const EXAMPLES: &str = "\
Examples:
  aws-django report preview.json
  aws-django report preview.json --summary summary.md --comment comment.md --outputs outputs.txt
  aws-django report base.log app.log --title Previews --run-url https://github.com/shop/shop/actions/runs/1
  aws-django report preview.json --json | jq -r .digest
  aws-django report preview.json --expect sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

impl Previews {
    /// Reports.
    ///
    /// # Errors
    /// If a file is none of Pulumi's, cannot be read or written, or the digest is another one.
    pub fn run(&self, show: &Show) -> Result<Code, Stop> {
        let report = Report { previews: self.read()?, title: self.title.clone(), run_url: self.run_url.clone() };
        if let Some(file) = &self.comment {
            let text = page::page(&report, page::COMMENT);
            fs::write(file, text).map_err(|error| unwritten(file, &error))?;
        }
        if let Some(file) = &self.summary {
            let there = fs::metadata(file).map_or(0, |it| it.len());
            let there = usize::try_from(there).unwrap_or(usize::MAX);
            let room = page::SUMMARY.saturating_sub(there.saturating_add(1));
            let text = page::page(&report, room);
            if text.is_empty() {
                show.note(&format!("`{}` has no room for the report", file.display()));
            } else {
                // What is there may not end with its line.
                append(file, &if there > 0 { format!("\n{text}") } else { text })?;
            }
        }
        let found = report.digest();
        if let Some(file) = &self.outputs {
            let (digest, changes, destructive) =
                (found.clone().unwrap_or_default(), report.changes(), report.is_destructive());
            append(file, &format!("digest={digest}\nchanges={changes}\ndestructive={destructive}\n"))?;
        }
        let is_written = self.comment.is_some() || self.summary.is_some() || self.outputs.is_some();
        self.check(found.as_deref())?;
        let text = if is_written || show.is_json() { String::new() } else { page::page(&report, page::SUMMARY) };
        show.result(text.trim_end(), || document(&report));
        Ok(Code::DONE)
    }

    /// All that is in the files, or all that is wrong with them.
    fn read(&self) -> Result<Vec<Preview>, Stop> {
        let (mut previews, mut wrong) = (Vec::new(), Vec::new());
        for file in &self.files {
            match content(file).and_then(|bytes| read::read(&bytes)) {
                Ok(found) => previews.extend(found.into_iter().map(|it| self.named(it, file))),
                Err(error) => wrong.push(format!("`{}` {error}", file.display())),
            }
        }
        match wrong.as_slice() {
            [] => Ok(previews),
            [one] => Err(Stop::usage(one)),
            many => {
                let text = format!("{} of the {} files cannot be reported", many.len(), self.files.len());
                Err(Stop { details: wrong, ..Stop::usage(text) })
            }
        }
    }

    /// One without resources names no stack.
    fn named(&self, preview: Preview, file: &Path) -> Preview {
        if !preview.stack.is_empty() {
            return preview;
        }
        let of_file = || file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = self.stack.clone().unwrap_or_else(of_file);
        let (project, stack) = name.split_once('/').unwrap_or(("", &name));
        Preview { project: project.to_owned(), stack: stack.to_owned(), ..preview }
    }

    fn check(&self, found: Option<&str>) -> Result<(), Stop> {
        const REMEDY: &str = "start the run again, and have it approved again";
        match (&self.expect, found) {
            (None, _) => Ok(()),
            (Some(expected), Some(found)) if expected == found => Ok(()),
            (Some(expected), Some(found)) => Err(Stop::refused(format!(
                "what was approved is not what would be done: `{expected}` was approved, and this is `{found}`: {REMEDY}"
            ))),
            (Some(_), None) => {
                Err(Stop::refused(format!("the preview has failed, so that nothing is approved: {REMEDY}")))
            }
        }
    }
}

fn content(file: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(file)
    };
    read.map_err(|error| format!("cannot be read: {error}"))
}

fn append(file: &Path, text: &str) -> Result<(), Stop> {
    let opened = OpenOptions::new().create(true).append(true).open(file);
    opened.and_then(|mut it| it.write_all(text.as_bytes())).map_err(|error| unwritten(file, &error))
}

fn unwritten(file: &Path, error: &std::io::Error) -> Stop {
    Stop::failed(format!("`{}` cannot be written: {error}", file.display()))
}

fn digest(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    let is_digest = digits.len() == 64 && digits.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    if is_digest { Ok(text.to_owned()) } else { Err("a digest is `sha256:` and 64 hexadecimal digits".to_owned()) }
}

fn address(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&+,;=%".contains(c);
    let is_address = text.starts_with("https://") || text.starts_with("http://");
    if is_address && text.len() <= 500 && text.chars().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("an address begins with `https://`, and has no blanks, quotes or brackets".to_owned())
    }
}
