//! The life of an environment: up, nothing to do, an update, destroyed.

use e2e::cloud::{nothing, without_leftovers};
use e2e::{Cloud, Project};
use serde_json::json;

#[test]
fn a_base_and_an_app_live_as_two_stacks() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::copy(&cloud, "", "shop")?;
    project.run("dev", "up", &json!({}))?;
    project.run("alpha", "up", &json!({}))?;
    for stack in ["dev", "alpha"] {
        assert_eq!(project.run(stack, "preview", &json!({}))?.changes(), json!({}), "second preview of {stack}");
        assert_eq!(project.run(stack, "preview", &json!({"refresh": true}))?.changes(), json!({}));
    }
    project.run("alpha", "destroy", &json!({}))?;
    project.run("dev", "destroy", &json!({}))?;
    assert_eq!(without_leftovers(cloud.inventory()?), nothing());
    Ok(())
}
