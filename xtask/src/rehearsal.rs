//! The demo as a newcomer meets it, in a folder of its own: interrupted, started again, run twice, destroyed.

use anyhow::ensure;

use crate::counts::Counts;
use crate::demo;
use crate::moto::Moto;
use crate::process::{Call, INTERRUPTED};
use crate::workspace::{Workspace, write};

/// Where the rehearsed demo keeps its things.
pub const FOLDER: &str = "target/demo-rehearsal";

/// Each of these counts as a check; the later ones stand on the earlier ones, so the first that fails ends it.
pub fn run(workspace: &Workspace) -> anyhow::Result<Counts> {
    let checks = [
        an_interrupt_ends_all_that_was_started,
        a_run_after_it_works,
        a_second_run_changes_nothing,
        releases_are_played,
        it_goes,
    ];
    // An earlier rehearsal may have been interrupted.
    run_to_its_end(workspace, &["--destroy"])?;
    let mut counts = Counts::default();
    for check in checks {
        match check(workspace) {
            Ok(()) => counts += Counts::PASSED,
            Err(error) => {
                println!("  error: {error:#}");
                counts += Counts::FAILED;
                break;
            }
        }
    }
    // Nothing of a rehearsal is left to look at.
    let folder = workspace.path(FOLDER);
    Moto::find(&folder).map_or(Ok(()), |moto| demo::stop(&folder, moto))?;
    Ok(counts)
}

fn an_interrupt_ends_all_that_was_started(workspace: &Workspace) -> anyhow::Result<()> {
    println!("  an interrupt while resources are created");
    let status = call(workspace).interrupted_at("creating (")?;
    ensure!(status.code() == Some(INTERRUPTED.into()), "after an interrupt the demo ended with {status}");
    ensure!(Moto::find(&workspace.path(FOLDER)).is_none(), "the emulated AWS outlived an interrupt");
    Ok(())
}

fn a_run_after_it_works(workspace: &Workspace) -> anyhow::Result<()> {
    println!("  a run after that");
    let said = run_to_its_end(workspace, &[])?;
    let migrates = "Applying catalog.0001_initial... OK";
    ensure!(!cfg!(target_os = "linux") || said.contains(migrates), "the app's project has not said `{migrates}`");
    ensure!(said.contains("gunicorn  1/1 "), "the demo released nothing");
    Ok(())
}

fn a_second_run_changes_nothing(workspace: &Workspace) -> anyhow::Result<()> {
    println!("  a second run");
    let said = run_to_its_end(workspace, &[])?;
    let verbs = ["created (", "updated (", "replaced (", "deleted ("];
    let change = said.lines().find(|line| verbs.iter().any(|verb| line.contains(verb)));
    ensure!(change.is_none(), "a second run says `{}`", change.unwrap_or_default().trim());
    Ok(())
}

fn releases_are_played(workspace: &Workspace) -> anyhow::Result<()> {
    println!("  releases");
    let said = run_to_its_end(workspace, &["--releases"])?;
    for part in ["Applying shop.0002_price ... OK", "ended with exit code 1", "contains null values", "No module named"]
    {
        ensure!(said.contains(part), "no release has said `{part}`");
    }
    Ok(())
}

fn it_goes(workspace: &Workspace) -> anyhow::Result<()> {
    println!("  destroy");
    let said = run_to_its_end(workspace, &["--destroy"])?;
    ensure!(said.contains("what is left is meant to stay"), "the destroy did not look at what it left");
    ensure!(Moto::find(&workspace.path(FOLDER)).is_none(), "the emulated AWS outlived the destroy");
    Ok(())
}

fn call(workspace: &Workspace) -> Call {
    Call::new("cargo").args(["xtask", "demo", "--rehearsal"]).dir(&workspace.root)
}

/// Runs the demo and returns all that it says, which is then also in the log.
fn run_to_its_end(workspace: &Workspace, args: &[&str]) -> anyhow::Result<String> {
    let mut said = String::new();
    let status = call(workspace).args(args).each_line(&mut |line| {
        said.extend(line.into_iter().chain(line.map(|_| "\n")));
    })?;
    let log = workspace.log("demo");
    write(&log, &said)?;
    ensure!(status.success(), "the demo failed ({status}); its output is in `{}`", log.display());
    Ok(said)
}
