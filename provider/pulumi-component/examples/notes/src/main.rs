//! The plugin of `notes`, a package of text files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

use pulumi_component::schema::PackageSpec;
use pulumi_component::{
    Args, Changes, Component, Context, Created, CustomResource, Error, Function, Input, Operation, Output, Outputs,
    Problem, Provider, Record, Result, Unfinished, interpolate, list_of, problem,
};

#[cfg(test)]
mod tests;

fn main() -> ExitCode {
    provider().main()
}

fn provider() -> Provider {
    let mut package = PackageSpec::new("notes", env!("CARGO_PKG_VERSION"));
    package.description = "Notes: text files on the machine that runs Pulumi.".into();
    Provider::new(package).resource::<Note>().function::<ReadNote>().component::<Notebook>()
}

/// What a note is made of.
#[derive(Record)]
struct NoteArgs {
    /// Path of its file, in a folder that is there.
    #[record(replaces, check = a_path)]
    path: String,
    /// What it says.
    text: String,
}

/// A note: a text file.
#[derive(Record)]
struct Note {
    /// Path of its file.
    path: String,
    /// What it says.
    text: String,
    /// How many words that are.
    words: u32,
}

impl Note {
    fn new(path: String, text: String) -> Self {
        let words = text.split_whitespace().count().try_into().unwrap_or(u32::MAX);
        Self { path, text, words }
    }
}

impl CustomResource for Note {
    const TOKEN: &'static str = "notes:index:Note";
    type Args = NoteArgs;
    type Config = ();

    fn diff(state: &Self, args: &NoteArgs, mut by_arguments: Changes) -> Changes {
        // A refresh has found in the file what somebody else wrote: it differs from what is wanted, as it always was.
        if state.text != args.text {
            by_arguments.updates.insert("text".to_owned());
        }
        by_arguments
    }

    async fn create(_: &Operation, args: NoteArgs) -> Result<Created<Self>, Unfinished<Created<Self>>> {
        let NoteArgs { path, text } = args;
        // A file that is there is somebody's, and a destroy would delete it.
        let made = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        made.map_err(|error| cannot("make", &path, &error))?;
        Ok(Created { id: path.clone(), state: Self::new(path, text) })
    }

    async fn read(_: &Operation, path: &str, _: Self) -> Result<Option<Self>> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self::new(path.to_owned(), text))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(cannot("read", path, &error)),
        }
    }

    async fn update(operation: &Operation, path: &str, _: Self, args: NoteArgs) -> Result<Self, Unfinished<Self>> {
        operation.log().status("writing").await;
        fs::write(path, &args.text).map_err(|error| cannot("write", path, &error))?;
        Ok(Self::new(args.path, args.text))
    }

    async fn delete(_: &Operation, path: &str, _: Self) -> Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(cannot("delete", path, &error)),
            _ => Ok(()),
        }
    }
}

/// Which note is read.
#[derive(Record)]
struct ReadNoteArgs {
    /// Path of its file.
    path: String,
}

/// What a note says, whoever wrote it.
#[derive(Record)]
struct ReadNote {
    /// Its text.
    text: String,
}

impl Function for ReadNote {
    const TOKEN: &'static str = "notes:index:readNote";
    type Args = ReadNoteArgs;
    type Config = ();

    async fn call(_: &Operation, args: ReadNoteArgs) -> Result<Self> {
        let text = fs::read_to_string(&args.path).map_err(|error| cannot("read", &args.path, &error))?;
        Ok(Self { text })
    }
}

/// What a notebook holds.
#[derive(Args)]
#[args(check = no_contents)]
struct NotebookArgs {
    /// The folder of its notes.
    folder: Input<String>,
    /// What each note says, by its title.
    notes: BTreeMap<String, Input<String>>,
}

/// Notes in a folder, and a table of contents.
#[derive(Outputs)]
struct Notebook {
    /// Path of the table of contents.
    contents: Output<String>,
    /// How many words all notes have.
    words: Output<u32>,
}

impl Component for Notebook {
    const TOKEN: &'static str = "notes:index:Notebook";
    type Args = NotebookArgs;

    fn construct(cx: &Context, args: NotebookArgs) -> Result<Self> {
        let path = |title: &str| interpolate!("{folder}/{title}.txt", folder = &args.folder);
        let (mut lines, mut words) = (Vec::new(), Vec::new());
        for (title, text) in &args.notes {
            let note = own::Note::new(title).path(path(title)).text(text).register(cx);
            lines
                .push(interpolate!("{title}: {words} words\n", words = note.words.map(|words: u32| words.to_string())));
            words.push(note.words);
        }
        let lines = list_of(lines).map(|lines: Vec<String>| lines.concat());
        let contents = own::Note::new("contents").path(path("contents")).text(lines).register(cx);
        Ok(Self { contents: contents.path, words: list_of(words).map(|words: Vec<u32>| words.iter().sum::<u32>()) })
    }
}

/// What the component registers: the package's own resource, as it would one of another package.
mod own {
    pulumi_component::resources! { env!("CARGO_PKG_VERSION");
        /// A note.
        "notes:index:Note" Note { path: String, text: String } => NoteState { path: String, words: u32 }
    }
}

fn a_path(path: &str) -> Result<(), String> {
    if path.is_empty() { Err("must not be empty".to_owned()) } else { Ok(()) }
}

fn no_contents(args: &NotebookArgs) -> Vec<Problem> {
    let is_taken = args.notes.contains_key("contents");
    let taken =
        || problem(["notes".into(), "contents".into()], "is what the notebook writes itself: take another title");
    is_taken.then(taken).into_iter().collect()
}

fn cannot(what: &str, path: &str, error: &io::Error) -> Error {
    Error::failed(format!("cannot {what} `{path}`: {error}"))
}
