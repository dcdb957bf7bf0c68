//! Releases by `pulumi up`: what the user sees, and what runs afterwards.

use anyhow::Context as _;
use e2e::Cloud;
use serde_json::{Value as Json, json};

use crate::shop::{Shop, UPDATE};

const DATABASE: &str = "aws-django:index:AppDatabase";
const RELEASE: &str = "aws-django:index:Release";

/// Where a release may be stopped, after its first revisions were live: what AWS does then, so that there is time to stop
/// it, at which call, what is told, and how often the update has been started until then.
pub(crate) const STOPPED: [(&str, &str, &str, &str, usize); 3] = [
    ("tasks", r#"{"alpha-backend_update": {"pending": 4000}}"#, "ecs:RunTask", "was stopped", 1),
    ("tasks", r#"{"alpha-backend_update": {"running": 4000}}"#, "ecs:RunTask", "was stopped", 1),
    ("services", r#"{"alpha-gunicorn": {"inProgress": 30}}"#, "ecs:UpdateService", "ECS goes on to move", 1),
];

/// A task whose one container ends with this code, after these lines.
pub(crate) fn ends(code: u32, lines: &[&str]) -> Json {
    json!({"containers": {"backend_update": {"exitCode": code, "log": {"lines": lines}}}})
}

#[test]
fn a_deployment_ends_with_a_site_that_answers() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "releases")?;
    shop.up()?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["1", 2], "default": ["1", 1]}));
    assert_eq!(shop.updates()?, 1);
    shop.nothing_to_do()?;

    // A new image: the lines of its migration are shown as they come, and do not stay.
    cloud.tell("tasks", &json!({UPDATE: ends(0, &["Running migrations:", "  Applying shop.0002 ... OK"])}))?;
    shop.set("image", json!("shop/backend:v2"))?;
    let outcome = shop.up()?;
    let shown = outcome.events()?;
    let line = shown.iter().find(|event| event.to_string().contains("Applying shop.0002 ... OK"));
    assert_eq!(line.context("the migration is shown")?["diagnosticEvent"]["ephemeral"], true);
    assert_eq!(shop.running()?, json!({"gunicorn": ["2", 2], "default": ["2", 1]}));
    assert_eq!(shop.updates()?, 1);
    shop.nothing_to_do()?;

    // A count alone, and a setting alone, migrate nothing.
    shop.set("web", json!({"desired_count": 3, "health_check_grace_seconds": 90}))?;
    shop.up()?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["2", 3], "default": ["2", 1]}));
    assert_eq!(shop.updates()?, 0);
    shop.nothing_to_do()?;

    shop.project.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}

#[test]
fn a_failed_migration_moves_nothing_and_runs_again() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "migrations")?;
    shop.up()?;
    let before = shop.running()?;
    shop.updates()?;

    let lines = ["Applying shop.0002 ...", "DATABASE_URL=postgresql://a:hunter2@db/a", "KeyError: 'colour'"];
    cloud.tell("tasks", &json!({UPDATE: ends(1, &lines)}))?;
    shop.set("image", json!("shop/backend:v2"))?;
    // The third one looks at AWS before: a clean look must not take the release for finished.
    for options in [json!({}), json!({}), json!({"refresh": true})] {
        let told = shop.fails(&options)?;
        for part in ["ended with exit code 1", "KeyError: 'colour'", "no service has moved"] {
            assert!(told.contains(part), "`{part}` is not told: {told}");
        }
        assert!(!told.contains("hunter2"), "{told}");
        assert_eq!(shop.updates()?, 1, "with {options}");
        assert_eq!(shop.running()?, before);
    }

    cloud.tell("tasks", &json!({}))?;
    shop.up()?;
    assert_eq!(shop.updates()?, 1);
    assert_eq!(shop.running()?, json!({"gunicorn": ["2", 2], "default": ["2", 1]}));
    shop.nothing_to_do()?;
    let state = shop.project.run("all", "export", &json!({}))?.told.to_string();
    assert!(!state.contains("hunter2") && !state.contains("KeyError"), "the state keeps lines of a task");
    Ok(())
}

#[test]
fn a_first_release_that_fails_is_done_by_the_next_deployment() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let shop = Shop::new(&cloud, "first")?;
    // The database cannot be made, then the migration fails, then a service does not start.
    let ill = json!({"fails": true, "inProgress": 1});
    let stories = [
        ("tasks", json!({"alpha-database": {"containers": {"database": {"exitCode": 2}}}}), 0),
        ("tasks", json!({UPDATE: ends(1, &["no such table"])}), 1),
        ("services", json!({"alpha-default": ill}), 1),
    ];
    for (area, story, updates) in stories {
        cloud.tell(area, &story)?;
        shop.fails(&json!({"refresh": true}))?;
        cloud.tell(area, &json!({}))?;
        assert_eq!(shop.updates()?, updates, "{story}");
    }
    shop.project.run("all", "up", &json!({"refresh": true}))?;
    assert_eq!(shop.running()?, json!({"gunicorn": ["1", 2], "default": ["1", 1]}));
    assert_eq!(shop.updates()?, 0, "the update had ended well");
    shop.nothing_to_do()?;
    shop.project.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}

#[test]
fn a_service_that_never_gets_healthy_is_told_and_the_next_release_recovers() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "rollbacks")?;
    shop.up()?;
    shop.updates()?;
    let ill = json!({"fails": true, "inProgress": 1, "task": {"containers": {"gunicorn": {
        "exitCode": 3, "log": {"lines": ["ImproperlyConfigured: no SECRET_KEY"]},
    }}}});
    cloud.tell("services", &json!({"alpha-gunicorn": ill}))?;
    shop.set("image", json!("shop/backend:v2"))?;
    let told = shop.fails(&json!({}))?;
    for part in ["alpha-gunicorn", "rolled", "ImproperlyConfigured"] {
        assert!(told.contains(part), "`{part}` is not told: {told}");
    }
    assert_eq!(shop.updates()?, 1);
    assert_eq!(shop.running()?["gunicorn"], json!(["1", 2]));

    cloud.tell("services", &json!({}))?;
    shop.set("image", json!("shop/backend:v3"))?;
    shop.up()?;
    assert_eq!(shop.updates()?, 1);
    assert_eq!(shop.running()?, json!({"gunicorn": ["3", 2], "default": ["3", 1]}));
    shop.nothing_to_do()
}

#[test]
fn a_release_that_is_stopped_says_what_is_left_and_the_next_one_goes_on() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "stopped")?;
    cloud.tell("tasks", &json!({"alpha-database": {"running": 4000}}))?;
    let told = shop.project.interrupt_at("all", "up", "ecs:RunTask")?.diagnostics();
    assert!(told.contains("was stopped"), "{told}");
    cloud.tell("tasks", &json!({}))?;
    assert_eq!(shop.updates()?, 0);
    shop.up()?;
    assert_eq!(shop.updates()?, 1);
    shop.set("image", json!("shop/backend:v2"))?;
    for (area, story, call, says, updates) in STOPPED {
        cloud.tell(area, &serde_json::from_str(story)?)?;
        let told = shop.project.interrupt_at("all", "up", call)?.diagnostics();
        assert!(told.contains(says), "`{says}` is not told: {told}");
        cloud.tell(area, &json!({}))?;
        assert_eq!(shop.updates()?, updates, "{story}");
    }
    shop.project.run("all", "up", &json!({"refresh": true}))?;
    assert_eq!(shop.updates()?, 0, "the update had ended well");
    assert_eq!(shop.running()?, json!({"gunicorn": ["2", 2], "default": ["2", 1]}));
    shop.nothing_to_do()?;
    shop.project.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}

#[test]
fn whatever_is_made_anew_is_put_to_work_again() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let shop = Shop::new(&cloud, "anew")?;
    shop.up()?;
    shop.updates()?;
    let running = shop.running()?;
    let anew = [
        // Another generation: it cannot be known what is in the database.
        (DATABASE, "alpha-database"),
        ("aws:rds/instance:Instance", "dev-database"),
        // A release that has forgotten all it has done.
        (RELEASE, "alpha-app"),
        // Services that are made anew have no task.
        ("aws:ecs/service:Service", "alpha-gunicorn"),
        ("aws:ecs/cluster:Cluster", "alpha-app"),
        // What reads a parameter that is made anew is a new revision.
        ("aws:ssm/parameter:Parameter", "alpha-postgres-password"),
        ("aws:ssm/parameter:Parameter", "alpha-secret-key"),
    ];
    for (token, name) in anew {
        let urn = shop.project.urn("all", token, name)?;
        shop.project.run("all", "up", &json!({"replace": [urn]})).with_context(|| name.to_owned())?;
        assert_eq!(shop.updates()?, 1, "{name}");
        let now = shop.running()?;
        let counts =
            |running: &Json| running.as_object().map(|all| all.values().map(|it| it[1].clone()).collect::<Vec<_>>());
        assert_eq!(counts(&now), counts(&running), "{name}");
        shop.nothing_to_do().with_context(|| name.to_owned())?;
    }
    shop.project.run("all", "destroy", &json!({}))?;
    assert_eq!(cloud.forgotten()?, json!({}));
    Ok(())
}
