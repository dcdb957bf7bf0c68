//! The template's workflows, each step of them, on what happens to a repository.

use std::fs;

use anyhow::{Context as _, ensure};
use e2e::Cloud;
use e2e::github::{Event, IMAGES, Outcome, Repository};
use serde_json::{Value as Json, json};

const NOTHING: Json = Json::Null;

#[test]
fn a_pull_request_has_an_environment_until_it_is_closed() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let Some(team) = Repository::new(&cloud)? else { return Ok(()) };
    let dev = |destroy: bool| Event::by_hand("main", &json!({"stack": "dev", "destroy": destroy}));
    let outcome = team.run("infra.yml", &dev(false), &NOTHING)?.succeeded()?;
    assert_eq!(outcome.ran(), ["stack (dev) / change", "stack (dev) / preview"]);

    // Opened.
    team.talk(7, 130)?;
    team.commit("first", "backend/README.md", "#", "##")?;
    team.pull_request(7, "open", "first")?;
    let outcome = team.run("environment.yml", &Event::pull_request("opened", 7, "first"), &NOTHING)?.succeeded()?;
    eprintln!("{}", outcome.log());
    eprintln!("{}", outcome.summary());
    Ok(())
}
