//! `cargo xtask demo --releases`: what a release does, story by story, with the app that the demo has deployed.

use anyhow::{bail, ensure};
use serde_json::{Value, json};

use crate::interrupt::{self, Interrupted};
use crate::stacks::Stacks;

/// The key of the image in the app's live config, and the image without its tag.
const IMAGE: [&str; 2] = ["shop-infra:image", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/backend"];

/// A deployment of another image.
struct Story {
    title: &'static str,
    tag: &'static str,
    /// What the emulated AWS does meanwhile: an area of `tests/aws/README.md`, and what it is told.
    told: (&'static str, Value),
    /// Whether the deployment looks at AWS before.
    refreshes: bool,
    succeeds: bool,
}

/// Deploys one image after the other, and shows what runs after each.
pub fn play(stacks: &Stacks<'_>, app: &str) -> anyhow::Result<()> {
    for Story { title, tag, told: (area, told), refreshes, succeeds } in stories(app) {
        println!("\n==> {title}");
        stacks.configure(app, IMAGE[0], &format!("{}:{tag}", IMAGE[1]))?;
        stacks.tell(area, &told)?;
        let before = running(stacks, app)?;
        let deployed = stacks.operate(app, "up", &json!({ "refresh": refreshes }));
        stacks.tell(area, &json!({}))?;
        if interrupt::happened() {
            return Err(Interrupted.into());
        }
        let after = running(stacks, app)?;
        println!("\n{after}");
        match deployed {
            Ok(()) => ensure!(succeeds, "this deployment should have failed"),
            Err(error) if succeeds => bail!(error),
            // Services move only after the update; then each of them may get healthy or not.
            Err(_) => ensure!(area == "services" || after == before, "an update that failed has moved a service"),
        }
    }
    Ok(())
}

/// What runs, in the words of the command line.
pub fn running(stacks: &Stacks<'_>, app: &str) -> anyhow::Result<String> {
    stacks.call("aws-django".as_ref()).args(["status", app, "--events", "0"]).output()
}

fn stories(app: &str) -> [Story; 6] {
    let update =
        |container: Value| json!({format!("{app}-backend_update"): {"containers": {"backend_update": container}}});
    let migrates = update(json!({"log": {"lines": ["Running migrations:", "  Applying shop.0002_price ... OK"]}}));
    let fails = update(json!({"exitCode": 1, "log": {"lines": [
        "Running migrations:",
        "  Applying shop.0003_currency ...",
        "django.db.utils.IntegrityError: column \"currency\" of relation \"shop_price\" contains null values",
    ]}}));
    let ill = json!({format!("{app}-gunicorn"): {"inProgress": 2, "fails": true, "rollbackInProgress": 1, "task": {
        "containers": {"gunicorn": {"exitCode": 3, "log": {"lines": ["ModuleNotFoundError: No module named 'shop.wsgi'"]}}},
    }}});
    let story = |title, tag, told, refreshes, succeeds| Story { title, tag, told, refreshes, succeeds };
    [
        story("a new image: it migrates, then the services move", "v1.1.0", ("tasks", migrates), false, true),
        story("a migration that fails: no service moves", "v1.2.0", ("tasks", fails.clone()), false, false),
        story("the same once more, after a look at AWS: it runs again", "v1.2.0", ("tasks", fails), true, false),
        story("an image that is better", "v1.2.1", ("tasks", json!({})), false, true),
        story("a service that never gets healthy: ECS takes it back", "v1.3.0", ("services", ill), false, false),
        story("the next image: all is well again", "v1.3.1", ("tasks", json!({})), false, true),
    ]
}
