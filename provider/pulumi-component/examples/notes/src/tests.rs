//! The package without Pulumi: its component over a monitor that only notes what it is asked, its resource by itself.

use pulumi_component::testing::{Asked, Pinned, operation, run};
use pulumi_component::value::{PropertyMap, Value};
use pulumi_component::{CustomResource as _, Error};
use serde_json::json;

use super::{Note, NoteArgs, Notebook, own, provider};

#[test]
fn a_notebook_lists_its_notes() {
    let notebook = json!({"folder": "trip", "notes": {"packing": "Boots and a map.", "route": "Over the pass."}});
    // In an update a note answers its words; here each has seven.
    let answers = |_: &str, _: &str, _: &PropertyMap| PropertyMap::from([("words".to_owned(), Value::from(7_u32))]);
    let run = run(&provider(), Asked::component::<Notebook>("journey", notebook), answers).unwrap();
    let contents = run.child("notes:index:Note", "journey-contents");
    assert_eq!(contents.inputs["text"].flatten().value, Some(Value::from("packing: 7 words\nroute: 7 words\n")));
    assert_eq!(run.outputs["words"].flatten().value, Some(Value::from(14_u32)));
}

#[test]
fn a_title_that_is_taken_is_refused() {
    let notebook = json!({"folder": "trip", "notes": {"contents": "Mine."}});
    let refused = run(&provider(), Asked::component::<Notebook>("journey", notebook), |_, _, _| PropertyMap::new());
    let Err(Error::Arguments { shown, .. }) = refused else { panic!("it is taken") };
    assert_eq!(shown[0].path, "notes.contents");
}

#[test]
fn the_component_registers_what_the_package_has() {
    let schema = Pinned::of(&provider().schema().unwrap());
    assert_eq!(schema.check_resources(own::RESOURCES), Vec::<String>::new());
}

#[tokio::test]
async fn a_note_never_takes_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.txt").display().to_string();
    let args = || NoteArgs { path: path.clone(), text: "Mind the gap.".to_owned() };
    let created = Note::create(&operation(()), args()).await.ok().unwrap();
    assert_eq!((created.id.as_str(), created.state.words), (path.as_str(), 3));
    assert!(Note::create(&operation(()), args()).await.is_err());
    Note::delete(&operation(()), &path, created.state).await.unwrap();
    assert!(Note::create(&operation(()), args()).await.is_ok());
}
