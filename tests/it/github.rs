//! The template's workflows, each step of them, on what happens to a repository at GitHub.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use e2e::Cloud;
use e2e::github::{Event, IMAGES, Repository};
use e2e::home::REGION;
use serde_json::{Value as Json, json};

use crate::tidy;

/// Where the account has its images.
pub(crate) const REGISTRY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
/// The files of `.github` with scripts, each with the story that carries all of them out.
const PULL_REQUEST: [&str; 4] =
    ["actions/pulumi/action.yml", "workflows/comment.yml", "workflows/environment.yml", "workflows/stack.yml"];
const PRODUCTION: [&str; 3] = ["actions/preview/action.yml", "workflows/image.yml", "workflows/update.yml"];
const STRANGERS: [&str; 1] = ["workflows/fork.yml"];
/// A file of the images, of which each commit has its own.
const README: &str = "backend/README.md";

#[test]
fn each_script_is_carried_out_by_a_story() {
    let files = tidy::files("template/.github", &[".yml"]);
    let with: BTreeSet<_> =
        files.iter().filter(|(_, text)| !tidy::scripts(text).is_empty()).map(|(it, _)| it).collect();
    let of_stories = [&PULL_REQUEST[..], &PRODUCTION, &STRANGERS].concat();
    let of_stories = of_stories.iter().map(|file| format!("template/.github/{file}"));
    assert_eq!(with, of_stories.collect::<Vec<_>>().iter().collect());
}

#[test]
fn a_pull_request_has_an_environment_until_it_is_closed() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let Some(team) = Repository::new(&cloud)? else { return Ok(()) };
    let dev = |destroy: bool| Event::by_hand("main", &json!({"stack": "dev", "destroy": destroy}));
    let made = team.run("infra.yml", &dev(false), None)?.succeeded()?;
    assert_eq!(made.ran(), ["stack (dev) / change", "stack (dev) / preview"]);

    team.talk(7, 130)?;
    let first = push(&team, 7, "first")?;
    team.run("environment.yml", &Event::pull_request("opened", 7, "first"), None)?.succeeded()?;
    assert_eq!(image(&cloud, "pr-7")?, first.image(&cloud)?);
    assert_eq!(team.comments(7)?, [comment("pr-7.example.com", "first")]);
    let second = push(&team, 7, "second")?;
    let run = team.run("environment.yml", &Event::pull_request("synchronize", 7, "second"), None)?.succeeded()?;
    assert_eq!(image(&cloud, "pr-7")?, second.image(&cloud)?);
    assert_eq!(
        team.comments(7)?,
        [comment("pr-7.example.com", "second")],
        "one comment, which is found among those of others"
    );
    assert_eq!(run.job("environment (7)")?["group"], "environment-7");
    assert_eq!(run.job("comment / comment")?["permissions"], json!({"pull-requests": "write"}));
    assert!(run.summary().contains("4 new revisions"), "{}", run.summary());

    // An image took so long that another push came first.
    let late = team.run("environment.yml", &Event::pull_request("synchronize", 7, "first"), None)?.succeeded()?;
    assert!(late.summary().contains("open second: nothing to do"), "{}", late.summary());
    assert_eq!(image(&cloud, "pr-7")?, second.image(&cloud)?);

    at_once(&cloud, &team)?;
    let night = team.run("environment.yml", &Event::night(), None)?.succeeded()?;
    assert_eq!(night.job("environment (8)")?["group"], "environment-8");
    assert_eq!(night.ran(), ["environment (8)", "left"]);
    assert_eq!(team.stacks()?, ["dev", "pr-7"]);

    let preview = team.run("infra.yml", &Event::pull_request("synchronize", 7, "second"), None)?.succeeded()?;
    assert_eq!(preview.ran(), ["comment / comment", "stack (dev) / preview"]);
    assert_eq!(preview.job("stack (dev) / preview")?["environment"], "preview");
    assert!(team.comments(7)?[1].starts_with("<!-- aws-django report: shop/dev -->"), "{:?}", team.comments(7)?);

    team.pull_request(7, "closed", "second")?;
    let closed = team.run("environment.yml", &Event::pull_request("closed", 7, "second"), None)?.succeeded()?;
    assert_eq!(closed.job("environment (7)")?["group"], "environment-7", "it waits for what goes on");
    assert_eq!(team.stacks()?, ["dev"]);
    let gone = team.run("infra.yml", &dev(true), None)?.succeeded()?;
    assert!(gone.summary().contains("dev-network"), "{}", gone.summary());
    assert_eq!(team.left()?, [".pulumi/meta.yaml"]);
    // The emulation has the layers of images in a bucket that is AWS's own.
    let buckets = ["prod-eu-central-1-starport-layer-bucket", "state"].map(|name| json!({"id": name, "name": name}));
    assert_eq!(cloud.forgotten()?, json!({"s3 bucket": buckets}));
    team.check_ran(&PULL_REQUEST)
}

/// Two pushes and a close at once, and an environment that does not come up. GitHub would have the others wait, since they
/// are of one group; without that Pulumi itself refuses them, and what is left goes by night.
fn at_once(cloud: &Cloud, team: &Repository<'_>) -> anyhow::Result<()> {
    let update = "pr-8-backend_update";
    cloud.tell("tasks", &json!({update: {"running": null}}))?;
    push(team, 8, "third")?;
    cloud.calls()?;
    let running = team.begin("environment.yml", &Event::pull_request("opened", 8, "third"), None)?;
    cloud.wait_for("ecs:RunTask")?;
    push(team, 8, "fourth")?;
    let refused = team.run("environment.yml", &Event::pull_request("synchronize", 8, "fourth"), None)?;
    refused.failed("the stack is currently locked")?;
    team.pull_request(8, "closed", "fourth")?;
    let close = team.run("environment.yml", &Event::pull_request("closed", 8, "fourth"), None)?;
    close.failed("the stack is currently locked")?;
    let tasks = cloud.call("ecs:ListTasks", &json!({"cluster": "pr-8-cluster", "family": update}))?;
    cloud.call("ecs:StopTask", &json!({"cluster": "pr-8-cluster", "task": tasks["taskArns"][0]}))?;
    running.wait()?.failed(update)?;
    assert_eq!(team.comments(8)?, [""; 0], "nobody is sent to what does not run");
    assert_eq!(team.stacks()?, ["dev", "pr-7", "pr-8"]);
    cloud.tell("tasks", &json!({}))
}

#[test]
fn production_is_what_was_approved_and_runs_what_was_released() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let Some(team) = Repository::new(&cloud)? else { return Ok(()) };
    let to_main = Event::push("refs/heads/main");
    let made = team.run("infra.yml", &to_main, None)?.succeeded()?;
    for stack in ["live", "production"] {
        let of_stack = |job: &str| made.job(&format!("stack ({stack}) / {job}"));
        assert_eq!(of_stack("preview")?["environment"], "production-preview");
        assert_eq!(of_stack("change")?["environment"], "production");
        assert_eq!(made.job(&format!("stack ({stack})"))?["group"], format!("infra-{stack}-change"));
    }

    let tag = Event::push("refs/tags/v1.1.0");
    let built = team.run("image.yml", &tag, None)?.succeeded()?;
    let again = team.run("image.yml", &tag, None)?.succeeded()?;
    assert_eq!(built.job("image")?["outputs"], again.job("image")?["outputs"], "a tag is never moved");
    assert_eq!(built.job("image")?["outputs"]["image"], Image("v1.1.0".to_owned()).image(&cloud)?);

    check_scan(&cloud, &team)?;

    let release = |tag: &str| Event::by_hand("main", &json!({"app": "production", "tag": tag}));
    let missing = team.run("update.yml", &release("v9"), None)?.failed("there is no image")?;
    assert!(missing.summary().contains("there is no image"), "{}", missing.summary());
    let released = team.run("update.yml", &release("v1.1.0"), None)?.succeeded()?;
    assert_eq!(image(&cloud, "production")?, format!("{REGISTRY}/{IMAGES}:v1.1.0"));
    assert!(released.summary().contains("`production-gunicorn`: live"), "{}", released.summary());

    // While it waits for the approval, somebody changes what would be done.
    let config = team.folder("main").join("iac/Pulumi.production.yaml");
    let before = json!({"change": format!("sed -i s/www/shop/ '{}'", config.display())});
    let other =
        team.run("infra.yml", &to_main, Some(&before))?.failed("what was approved is not what would be done")?;
    let stopped = other.job("stack (production) / change")?;
    assert_eq!(outcome(stopped, "pulumi up")?, "skipped");
    assert_eq!(other.job("stack (live) / change")?["result"], "skipped", "nothing of the base changes");

    let by_hand = |branch: &str, destroy: bool| {
        let event = Event::by_hand(branch, &json!({"stack": "production", "destroy": destroy}));
        team.run("infra.yml", &event, None)
    };
    let elsewhere = by_hand("feature", false)?.failed("is not allowed to deploy to production-preview")?;
    assert_eq!(elsewhere.ran(), ["stack (production) / preview"]);
    let protected = by_hand("main", true)?.failed("the preview has failed")?;
    assert!(protected.summary().contains("protected"), "{}", protected.summary());
    assert_eq!(protected.ran(), ["stack (production) / preview"]);
    team.check_ran(&PRODUCTION)
}

/// The image of `v1.1.0` turns out to have a hole: nothing gets it any more, and nothing comes up with it.
fn check_scan(cloud: &Cloud, team: &Repository<'_>) -> anyhow::Result<()> {
    let image = Image("v1.1.0".to_owned()).image(cloud)?;
    let findings = json!({
        "imageScanFindings": {"findingSeverityCounts": {"CRITICAL": 1, "LOW": 3}},
        "imageScanStatus": {"status": "COMPLETE"}, "registryId": "123456789012", "repositoryName": IMAGES,
        "imageId": {"imageDigest": image.split('@').next_back()},
    });
    let told = json!({"region": REGION, "results": [findings]}).to_string();
    ureq::post(format!("{}/moto-api/static/ecr/scan-finding-results", cloud.endpoint())).send(told)?;
    // Another commit with the same image.
    team.commit("same", "iac/Pulumi.alpha.yaml", "v1.0.0", "v1.0.1")?;
    team.pull_request(5, "open", "same")?;
    let run = team.run("environment.yml", &Event::pull_request("opened", 5, "same"), None)?;
    let run = run.failed("the image has critical vulnerabilities")?;
    assert_eq!(run.ran(), ["image / image"]);
    assert!(run.summary().contains("- 1 CRITICAL\n- 3 LOW"), "{}", run.summary());
    ensure!(Image("same".to_owned()).image(cloud).is_err(), "it has a tag");
    Ok(())
}

#[test]
fn who_has_no_right_gets_nowhere() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let Some(team) = Repository::new(&cloud)? else { return Ok(()) };
    push(&team, 9, "strange")?;
    for workflow in ["infra.yml", "environment.yml"] {
        for repository in [json!({"full_name": "stranger/shop"}), Json::Null] {
            let run = team.run(workflow, &Event::fork(9, "strange", &repository), None)?.succeeded()?;
            assert_eq!(run.ran(), ["fork / fork"], "{workflow}");
            assert_eq!(run.job("fork / fork")?["permissions"], json!({}));
            assert!(run.summary().contains("comes from a fork"), "{}", run.summary());
        }
    }
    assert_eq!(
        (team.comments(9)?, cloud.aws(&["ecr", "list-images", "--repository-name", IMAGES])?["imageIds"].clone()),
        (vec![], json!([]))
    );
    team.check_ran(&STRANGERS)?;

    // Each guard, taken away: what is behind it holds, or these tests would not see a slip either.
    let same = "github.event.pull_request.head.repo.full_name == github.repository";
    let (environment, stack, comment) = ("workflows/environment.yml", "workflows/stack.yml", "workflows/comment.yml");
    let ours = json!({"full_name": e2e::github::NAME});
    let cases = [
        (environment, same, "true", json!({"full_name": "stranger/shop"}), "no `id-token: write`"),
        (
            stack,
            "'production-preview' || 'preview'",
            "'production' || 'production'",
            ours.clone(),
            "not allowed to deploy",
        ),
        (stack, "    environment: ${{ contains", "    environment_: ${{ contains", ours.clone(), "is not known"),
        (stack, "      id-token: write\n", "", ours.clone(), "no `id-token: write`"),
        (stack, "checkout@11bd7190", "checkout@v4", ours.clone(), "nothing stands in for"),
        (stack, "persist-credentials: false", "persist-credentials: true", ours.clone(), "keeps its credentials"),
        (
            "workflows/infra.yml",
            "cancel-in-progress: false",
            "cancel-in-progress: true",
            ours.clone(),
            "end this one half-way",
        ),
        (comment, "      pull-requests: write\n", "      contents: read\n", ours.clone(), "its caller does not have"),
        ("actions/preview/action.yml", "--stack \"$STACK\"", "--stack ${{ inputs.stack }}", ours, "is code to whoever"),
    ];
    for (at, (file, old, new, repository, why)) in cases.iter().enumerate() {
        let commit = format!("slip-{at}");
        team.commit(&commit, &format!(".github/{file}"), old, new)?;
        team.pull_request(9, "open", &commit)?;
        let workflow = if *file == environment { "environment.yml" } else { "infra.yml" };
        let run = team.run(workflow, &Event::fork(9, &commit, repository), None)?;
        ensure!(run.0["conclusion"] != "success" && run.log().contains(why), "{file}, {old}: {}", run.log());
    }
    Ok(())
}

/// The image of a commit or of a tag.
struct Image(String);

impl Image {
    /// By its digest, of which the repository knows the tag.
    fn image(&self, cloud: &Cloud) -> anyhow::Result<String> {
        let tag = format!("imageTag={}", self.0);
        let found = cloud.aws(&["ecr", "describe-images", "--repository-name", IMAGES, "--image-ids", &tag])?;
        let digest = found["imageDetails"][0]["imageDigest"].as_str().context("an image has a digest")?;
        Ok(format!("{REGISTRY}/{IMAGES}@{digest}"))
    }
}

/// Pushes a commit with an image of its own to a pull request.
fn push(team: &Repository<'_>, number: u32, commit: &str) -> anyhow::Result<Image> {
    team.commit(commit, README, "# ", &format!("# {commit} "))?;
    team.pull_request(number, "open", commit)?;
    Ok(Image(commit.to_owned()))
}

/// What the workflow says of an environment that is up.
pub(crate) fn comment(host: &str, commit: &str) -> String {
    format!("<!-- aws-django environment -->\nhttps://{host} runs {commit}.")
}

/// The image that an app's web service runs.
pub(crate) fn image(cloud: &Cloud, app: &str) -> anyhow::Result<String> {
    let service = json!({"cluster": format!("{app}-cluster"), "services": [format!("{app}-gunicorn")]});
    let service = &cloud.call("ecs:DescribeServices", &service)?["services"][0];
    ensure!(service["runningCount"].as_u64() > Some(0), "nothing of `{app}` runs");
    let definition = cloud.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": service["taskDefinition"]}))?;
    let image = definition["taskDefinition"]["containerDefinitions"][0]["image"].as_str();
    Ok(image.context("a container has an image")?.to_owned())
}

/// What became of the step of a job whose name begins so.
fn outcome<'a>(job: &'a Json, name: &str) -> anyhow::Result<&'a str> {
    let mut steps = job["steps"].as_array().into_iter().flatten();
    let step = steps.find(|step| step["name"].as_str().is_some_and(|it| it.starts_with(name)));
    step.and_then(|step| step["outcome"].as_str()).with_context(|| format!("no step `{name}`: {job:#}"))
}
