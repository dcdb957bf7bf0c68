//! The framework's example under the engine: its plugin, its SDK for Python, and the program that its README shows.

use std::fs;

use e2e::{Cloud, Project};
use serde_json::json;

const PROGRAM: &str = "provider/pulumi-component/examples/notes/program";

#[test]
fn a_notebook_is_written_rewritten_and_burnt() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let folder = cloud.folder().join("journey");
    fs::create_dir(&folder)?;
    let project = Project::copy(&cloud, PROGRAM, "notes")?;
    project.set("dev", "folder", folder.display().to_string())?;
    let steps = |operation: &str| anyhow::Ok(project.run("dev", operation, &json!({}))?.steps());
    let text = |title: &str| fs::read_to_string(folder.join(format!("{title}.txt")));

    project.run("dev", "preview", &json!({}))?;
    assert_eq!(fs::read_dir(&folder)?.count(), 0, "a preview writes nothing");
    project.run("dev", "up", &json!({}))?;
    assert_eq!(text("contents")?, "packing: 6 words\nroute: 7 words\n");
    assert_eq!(text("sign")?, format!("Read {}/contents.txt first.", folder.display()));
    assert_eq!(steps("preview")?, Vec::<String>::new());

    // The number of its words is a part of another note.
    project.set("dev", "route", "By boat.")?;
    let rewritten = ["Note journey-contents", "Note journey-route", "Notebook journey"];
    let rewritten = rewritten.map(|what| format!("update notes:index:{what}"));
    assert_eq!(steps("up")?, rewritten);
    assert_eq!(text("contents")?, "packing: 6 words\nroute: 2 words\n");

    // What somebody else has done is found by a refresh, and mended.
    fs::write(folder.join("packing.txt"), "Nothing.")?;
    fs::remove_file(folder.join("sign.txt"))?;
    project.run("dev", "refresh", &json!({}))?;
    assert_eq!(steps("up")?, ["create notes:index:Note sign", "update notes:index:Note journey-packing"]);
    assert_eq!(text("packing")?, "Boots, a map and a whistle.");

    project.run("dev", "destroy", &json!({}))?;
    assert_eq!(fs::read_dir(&folder)?.count(), 0);
    Ok(())
}

#[test]
fn a_file_of_somebody_else_is_left_alone() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let folder = cloud.folder().join("journey");
    fs::create_dir(&folder)?;
    fs::write(folder.join("route.txt"), "Mine.")?;
    let project = Project::copy(&cloud, PROGRAM, "notes")?;
    project.set("dev", "folder", folder.display().to_string())?;
    let refused = project.attempt("dev", "up", &json!({}))?;
    let told = refused.diagnostics();
    assert!(told.contains(&format!("cannot make `{}/route.txt`: File exists", folder.display())), "{told}");
    project.run("dev", "destroy", &json!({}))?;
    assert_eq!(fs::read_to_string(folder.join("route.txt"))?, "Mine.");
    Ok(())
}
