//! `cargo xtask demo`: the root project's stacks on an emulated AWS, from nothing to a site that runs, and gone again.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context as _, ensure};
use e2e::postgres::Server;
use serde_json::{Value, json};

use crate::interrupt::{self, Interrupted};
use crate::moto::Moto;
use crate::process::Call;
use crate::stacks::{ENVIRONMENT_SCRIPT, Stacks};
use crate::workspace::{Workspace, remove, write};
use crate::{install, releases};

/// The stack that is a base.
const BASE: &str = "dev";
/// The stack that is an app on it.
const APP: &str = "alpha";
/// Stands in the folder while a run works on the stacks: where it still stands, one was interrupted.
const UNFINISHED: &str = "unfinished";

/// The project that the app is: what runs before a release is carried out, wherever there is a PostgreSQL server.
const PROJECT: &str = "template/backend";
/// Leads to the folder of that server, which stands where everybody may go: PostgreSQL refuses to be root.
const DATABASE: &str = "postgres";

/// Deploys both stacks, and shows what there is; then, if they are asked for, plays some releases.
pub fn run(workspace: &Workspace, folder: &Path, with_releases: bool) -> anyhow::Result<()> {
    println!("==> tools");
    let pulumi = install::pulumi_for_demo(workspace)?;
    let venv = install::python(workspace)?;
    install::programs(workspace)?;

    println!("\n==> emulated AWS");
    let moto = emulated_aws(workspace, folder, &venv)?;
    let unfinished = folder.join(UNFINISHED);
    write(&unfinished, "")?;
    let database = database(folder, &venv)?;
    let project = workspace.path(PROJECT);
    let carried_out = database.map_or(Ok(json!({})), |server| server.carries_out(APP, &venv, &project))?;
    let stacks = Stacks::prepare(workspace, folder, venv, pulumi, moto.endpoint())?;
    stacks.tell("run", &carried_out)?;
    let deployed = deploy(workspace, &stacks);
    let deployed = deployed.and_then(|()| {
        if !with_releases {
            return Ok(());
        }
        // What happens in these stories is told.
        stacks.tell("run", &json!({}))?;
        releases::play(&stacks, APP)?;
        stacks.tell("run", &carried_out)
    });
    if interrupt::happened() {
        // What an earlier run started is left; the next run sees that this one was not finished.
        if moto.is_ours() {
            stop(folder, moto)?;
        }
        return Err(Interrupted.into());
    }
    remove(&unfinished)?;
    deployed?;
    print_what_next(workspace, folder, &moto);
    Ok(())
}

/// Destroys both stacks, shows what AWS keeps, and ends the emulated AWS.
pub fn destroy(workspace: &Workspace, folder: &Path) -> anyhow::Result<()> {
    let Some(moto) = Moto::find(folder) else {
        println!("the emulated AWS is gone, and with it what the demo deployed");
        stop_database(folder)?;
        return remove(folder);
    };
    let (venv, pulumi) = (install::python(workspace)?, install::pulumi_for_demo(workspace)?);
    install::programs(workspace)?;
    let stacks = Stacks::prepare(workspace, folder, venv, pulumi, moto.endpoint())?;
    for stack in [APP, BASE] {
        println!("\n==> stack {stack}: destroy");
        stacks.destroy(stack)?;
    }
    println!("\n==> what is left in the emulated AWS");
    inventory(workspace, &stacks, "--table").shown()?;
    let forgotten = inventory(workspace, &stacks, "--left").output()?;
    stop(folder, moto)?;
    remove(folder)?;
    println!("\nthe emulated AWS has ended");
    nothing_is_forgotten(&forgotten)
}

/// The server of an earlier run, or a fresh one; with a fresh one the stacks are empty, too.
fn emulated_aws(workspace: &Workspace, folder: &Path, venv: &Path) -> anyhow::Result<Moto> {
    if let Some(moto) = Moto::find(folder) {
        if !folder.join(UNFINISHED).exists() {
            println!("  moto still runs at {}", moto.endpoint());
            return Ok(moto);
        }
        println!("  the last run was interrupted; starting again with empty stacks");
        moto.stop()?;
    } else if folder.join("state").exists() {
        println!("  moto is gone, and with it what was deployed; starting again with empty stacks");
    }
    stop_database(folder)?;
    remove(folder)?;
    fs::create_dir_all(folder)?;
    let moto = Moto::start(workspace, folder, venv)?;
    println!("  moto runs at {}", moto.endpoint());
    Ok(moto)
}

/// The server of the app's database, of an earlier run or a fresh one; `None` if there is none for this system.
fn database(folder: &Path, venv: &Path) -> anyhow::Result<Option<Server>> {
    let link = folder.join(DATABASE);
    if link.exists() {
        return Ok(Server::find(&link.canonicalize()?));
    }
    let place = tempfile::tempdir()?.keep();
    symlink(&place, &link)?;
    let server = Server::start(&venv.join("bin/python"), &place)?;
    if let Some(server) = &server {
        println!("  PostgreSQL runs at port {}, for the app's database", server.port());
    }
    Ok(server)
}

/// Ends the server of the app's database, if there is one, and all that is in it.
fn stop_database(folder: &Path) -> anyhow::Result<()> {
    let link = folder.join(DATABASE);
    let Ok(place) = link.canonicalize() else { return Ok(()) };
    if let Some(server) = Server::find(&place) {
        // It may have ended by itself.
        let _ = server.stop();
    }
    remove(&link)?;
    remove(&place)
}

/// Ends all that goes on when a run has ended.
pub fn stop(folder: &Path, moto: Moto) -> anyhow::Result<()> {
    stop_database(folder)?;
    moto.stop()
}

fn deploy(workspace: &Workspace, stacks: &Stacks<'_>) -> anyhow::Result<()> {
    create_hosted_zone(stacks)?;
    up(stacks, BASE)?;
    up(stacks, APP)?;
    println!("\n==> what exists in the emulated AWS");
    inventory(workspace, stacks, "--table").shown()?;
    println!("\n==> what runs");
    println!("{}", releases::running(stacks, APP)?);
    Ok(())
}

fn up(stacks: &Stacks<'_>, stack: &str) -> anyhow::Result<()> {
    println!("\n==> stack {stack}: preview");
    stacks.operate(stack, "preview", &json!({}))?;
    println!("\n==> stack {stack}: up");
    stacks.operate(stack, "up", &json!({}))?;
    println!("\n{}", stacks.tree(stack)?);
    Ok(())
}

/// The base looks its hosted zone up; in a real account the zone is there before.
fn create_hosted_zone(stacks: &Stacks<'_>) -> anyhow::Result<()> {
    let domain = stacks.domain_name(BASE)?;
    let route53 = || stacks.call(Path::new("aws")).arg("route53");
    if route53().arg("list-hosted-zones").output()?.contains(&format!("\"{domain}.\"")) {
        return Ok(());
    }
    let zone = route53().args(["create-hosted-zone", "--caller-reference", "demo", "--name", &domain]);
    zone.output().context("cannot create the hosted zone")?;
    println!("  with the hosted zone {domain}");
    Ok(())
}

/// Asks the emulated AWS what exists: as a table, or as what a destroy should not have left.
fn inventory(workspace: &Workspace, stacks: &Stacks<'_>, view: &str) -> Call {
    stacks.call(Path::new("python")).arg(workspace.path("tests/aws/inventory.py")).arg(view)
}

/// Fails with the kinds of things that should be gone, of things listed by kind.
fn nothing_is_forgotten(listed: &str) -> anyhow::Result<()> {
    let kinds = serde_json::from_str::<BTreeMap<String, Value>>(listed)?.into_keys().collect::<Vec<_>>();
    ensure!(kinds.is_empty(), "the destroy has forgotten: {}; this is a bug in aws-django", kinds.join(", "));
    println!("what is left is meant to stay: ARCHITECTURE.md says why");
    Ok(())
}

fn print_what_next(workspace: &Workspace, folder: &Path, moto: &Moto) {
    let relative = folder.strip_prefix(&workspace.root).unwrap_or(folder).display();
    println!("\n==> what next");
    println!("The emulated AWS goes on at {}. To look around, in {}:\n", moto.endpoint(), workspace.root.display());
    println!("    . {relative}/{ENVIRONMENT_SCRIPT}");
    println!("    aws-django status {APP}");
    println!("    aws-django run {APP} -- python manage.py showmigrations");
    println!("    aws ecs describe-task-definition --task-definition {APP}-gunicorn");
    println!("    pulumi stack output --cwd {relative} --stack {APP}\n");
    println!("To see releases succeed and fail:\n");
    println!("    cargo xtask demo --releases\n");
    println!("To destroy both stacks and end the emulated AWS:\n");
    println!("    cargo xtask demo --destroy");
}

#[cfg(test)]
mod tests {
    use super::nothing_is_forgotten;

    #[test]
    fn a_destroy_that_forgets_something_fails() {
        nothing_is_forgotten("{}").unwrap();
        let error = nothing_is_forgotten(r#"{"s3 bucket": [{"id": "b", "name": "b"}]}"#).unwrap_err();
        assert!(error.to_string().contains("s3 bucket"), "{error}");
    }
}
