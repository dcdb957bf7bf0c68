//! `docs/guide.md`, from its first command to its last: the command lines of AWS, Pulumi and Git carry it out on an emulated
//! AWS. GitHub is played: it remembers what it is told, and then runs the workflows on what was pushed, with the variables and
//! the roles of the guide. What an index of packages has is there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use e2e::github::{Event, NAME, Repository, SUBJECT, Settings};
use e2e::tools::repository;
use e2e::{Cloud, Tools};
use serde_json::{Map, Value as Json, json};

use crate::documents::{Block, of};
use crate::github::{REGISTRY, comment, image};
use crate::rights::{check_names, check_roles};

/// Answers what the guide asks for, and writes down the rest: a call in each line, and a push.
const GITHUB: &str = r#"#!/bin/sh
case "$*" in
*/customization/sub\ *) echo SUBJECT ;;
"api user "*) echo 42 ;;
"repo create "*)
  git init --quiet --bare "$GITHUB_ORIGIN"
  hook="$GITHUB_ORIGIN/hooks/post-receive"
  printf '#!/bin/sh\nwhile read -r _ commit ref; do echo "push $ref $commit"; done >> "$GITHUB_LOG"\n' > "$hook"
  chmod +x "$hook"
  git remote add origin "$GITHUB_ORIGIN" ;;
*) printf '%s\n' "$*" >> "$GITHUB_LOG" ;;
esac
"#;
/// Who commits.
const PERSON: [(&str, &str); 5] = [
    ("GIT_AUTHOR_NAME", "Somebody"),
    ("GIT_AUTHOR_EMAIL", "somebody@example.com"),
    ("GIT_COMMITTER_NAME", "Somebody"),
    ("GIT_COMMITTER_EMAIL", "somebody@example.com"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
];
/// Pulumi fetches templates from GitHub.
const PULUMI: &str = r#"#!/bin/sh
if [ "$1" != new ]; then exec PULUMI "$@"; fi
exec NEWPROJECT -template TEMPLATE -out . -name "$4"
"#;
/// The roles that each event has something called by.
const ROLES: [&[&str]; 8] = [
    &["github-production", "github-production-preview"], // the first push
    &["github-ad-hoc", "github-preview"],                // `dev`
    &[],                                                 // the branch is pushed
    &["github-preview"],                                 // a pull request
    &["github-production-preview"],                      // `live`, which is there
    &["github-production-preview"],                      // `production`
    &["github-image"],
    &["github-production"], // a release
];

#[test]
fn the_guide_leads_to_a_pull_requests_environment_and_to_production() -> anyhow::Result<()> {
    let (Some(cloud), Some(newproject)) = (Cloud::start()?, Tools::newproject()) else { return Ok(()) };
    let folder = cloud.folder().join("guide");
    let (programs, project, log) = (folder.join("bin"), folder.join("shop"), folder.join("github.log"));
    let origin = folder.join("shop.git");
    fs::create_dir_all(&programs)?;
    fs::create_dir_all(&project)?;
    let pulumi = PULUMI
        .replace("PULUMI", &cloud.tools.pulumi.display().to_string())
        .replace("NEWPROJECT", &newproject.display().to_string())
        .replace("TEMPLATE", &repository("template").display().to_string());
    for (name, text) in
        [("gh", GITHUB.replace("SUBJECT", SUBJECT)), ("pulumi", pulumi), ("uv", "#!/bin/sh\n".to_owned())]
    {
        fs::write(programs.join(name), text)?;
        fs::set_permissions(programs.join(name), fs::Permissions::from_mode(0o755))?;
    }
    // The tests' own key has the name that the guide's will have.
    cloud.aws(&["kms", "delete-alias", "--alias-name", "alias/pulumi"])?;

    let mut shell = cloud.command("sh");
    let path = shell.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, path)| path).unwrap_or_default();
    let path = format!("{}:{}", programs.display(), path.display());
    shell.env("PATH", path).env("GITHUB_LOG", &log).env("GITHUB_ORIGIN", &origin).envs(PERSON);
    shell.env_remove("PULUMI_BACKEND_URL").current_dir(&project);
    cloud.output(shell.args(["-e", "-c", &script()?]))?;

    let account = cloud.aws(&["sts", "get-caller-identity"])?["Account"].clone();
    let account = account.as_str().context("the account has a number")?;
    check_state(&cloud, account)?;
    let iam = cloud.aws(&["iam", "get-account-authorization-details", "--filter", "Role", "LocalManagedPolicy"])?;
    let providers = cloud.aws(&["iam", "list-open-id-connect-providers"])?;
    let provider = &providers["OpenIDConnectProviderList"][0]["Arn"];
    let mut told = Told::read(&fs::read_to_string(log)?)?;
    for role in iam["RoleDetailList"].as_array().into_iter().flatten() {
        let arn = role["Arn"].as_str().context("a role has an ARN")?;
        told.settings.roles.insert(arn.to_owned(), trusted(role, provider)?);
    }
    check_stacks(&cloud, &project)?;

    let team = Repository::with(&cloud, told.settings)?;
    for (event, roles) in told.events.iter().zip(ROLES) {
        cloud.calls()?;
        event.happen(&cloud, &team, &origin).with_context(|| format!("{event:?}"))?;
        check_roles(&cloud, &iam, roles).with_context(|| format!("{event:?}"))?;
    }
    assert_eq!(told.events.len(), ROLES.len(), "{:?}", told.events);
    let made_by = [("dev", "ad-hoc"), ("pr-1", "preview"), ("live", "production"), ("production", "production")];
    for (stack, environment) in made_by {
        let state = format!("s3://pulumi-{account}/.pulumi/stacks/shop/{stack}.json");
        let state: Json = serde_json::from_str(&cloud.output(cloud.command("aws").args(["s3", "cp", &state, "-"]))?)?;
        check_names(&iam, &format!("github-{environment}"), &state["checkpoint"]["latest"]["resources"])?;
    }
    assert_eq!(team.comments(1)?, [comment("pr-1.dev.example.com", "colour")]);
    cloud.typed("aws-django status pr-1")?.check(0, &[])?;
    assert!(image(&cloud, "pr-1")?.starts_with(&format!("{REGISTRY}/shop/backend@sha256:")));
    assert_eq!(image(&cloud, "production")?, format!("{REGISTRY}/shop/backend:v1.0.0"));
    Ok(())
}

/// What GitHub was told.
#[derive(Default)]
struct Told {
    settings: Settings,
    /// What starts workflows, in its order.
    events: Vec<Happening>,
}

#[derive(Debug)]
enum Happening {
    /// A ref is pushed, which is this commit.
    Push(String, String),
    /// The branch that was pushed last becomes the first pull request.
    PullRequest,
    /// A workflow is started by hand.
    Run(String, Json),
}

impl Told {
    fn read(log: &str) -> anyhow::Result<Self> {
        let mut told = Self::default();
        for line in log.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words.as_slice() {
                ["variable", "set", name, "--repo", NAME, "--body", value] => {
                    told.settings.variables.insert((*name).to_owned(), json!(value));
                }
                ["variable", "set", name, "--repo", NAME, "--env", environment, "--body", value] => {
                    told.environment(environment)["vars"][name] = json!(value);
                }
                ["api", "--method", method @ ("PUT" | "POST"), path, fields @ ..] => {
                    let environment = path.strip_prefix("repos/OWNER/shop/environments/").context(line.to_owned())?;
                    told.protect(method, environment, fields);
                }
                ["push", git_ref, commit] => {
                    told.events.push(Happening::Push((*git_ref).to_owned(), (*commit).to_owned()));
                }
                ["pr", "create", "--fill"] => told.events.push(Happening::PullRequest),
                ["workflow", "run", file, "--repo", NAME, inputs @ ..] => {
                    let inputs: Map<_, _> =
                        fields_of(inputs).map(|(name, value)| (name.to_owned(), json!(value))).collect();
                    told.events.push(Happening::Run((*file).to_owned(), inputs.into()));
                }
                ["run" | "pr", "watch" | "checks", ..] => {}
                _ => anyhow::bail!("nobody plays `gh {line}`"),
            }
        }
        Ok(told)
    }

    fn environment(&mut self, name: &str) -> &mut Json {
        self.settings.environments.entry(name).or_insert_with(|| json!({"vars": {}, "refs": null}))
    }

    /// An environment is made, or a ref may use it.
    fn protect(&mut self, method: &str, environment: &str, fields: &[&str]) {
        let fields: BTreeMap<_, _> = fields_of(fields).collect();
        if method == "PUT" {
            let is_limited = fields.get("deployment_branch_policy[custom_branch_policies]") == Some(&"true");
            self.environment(environment)["refs"] = if is_limited { json!([]) } else { Json::Null };
            return;
        }
        let name = environment.trim_end_matches("/deployment-branch-policies");
        let kind = if fields.get("type") == Some(&"tag") { "tags" } else { "heads" };
        let allowed = fields.get("name").map(|name| json!(format!("refs/{kind}/{name}")));
        self.environment(name)["refs"].as_array_mut().into_iter().for_each(|all| all.extend(allowed.clone()));
    }
}

/// What options say: `name=value` behind `-f` or `-F`.
fn fields_of<'a>(words: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let fields = words.windows(2).filter(|words| ["-f", "-F"].contains(&words[0]));
    fields.filter_map(|words| words[1].split_once('='))
}

impl Happening {
    /// Runs the workflows that it starts.
    fn happen(&self, cloud: &Cloud, team: &Repository<'_>, origin: &Path) -> anyhow::Result<()> {
        match self {
            Self::Push(git_ref, commit) => {
                let name = git_ref.rsplit('/').next().unwrap_or_default();
                fs::create_dir_all(team.folder(name))?;
                let mut unpack = Command::new("sh");
                unpack.args(["-c", "git archive \"$1\" | tar --extract --directory \"$2\"", "unpack", commit]);
                cloud.output(unpack.arg(team.folder(name)).env("GIT_DIR", origin))?;
                let workflow = match git_ref.as_str() {
                    "refs/heads/main" => "infra.yml",
                    tag if tag.starts_with("refs/tags/") => "image.yml",
                    _ => return Ok(()),
                };
                team.run(workflow, &Event::push(git_ref), None)?.succeeded()?;
            }
            Self::PullRequest => {
                team.pull_request(1, "open", "colour")?;
                team.run("environment.yml", &Event::pull_request("opened", 1, "colour"), None)?.succeeded()?;
            }
            Self::Run(workflow, inputs) => {
                team.run(workflow, &Event::by_hand("main", inputs), None)?.succeeded()?;
            }
        }
        Ok(())
    }
}

/// All that the guide has for a shell, with the files that it has beside; what looks at an app is for later.
fn script() -> anyhow::Result<String> {
    let mut blocks: Vec<Block> = of("sh")?.into_iter().chain(of("json")?).collect();
    blocks.retain(|block| block.place.starts_with("guide.md"));
    blocks.sort_by(|one, other| one.place.cmp(&other.place));
    let mut script = String::new();
    let looks = |block: &&Block| block.text.lines().all(|line| line.starts_with("aws-django "));
    for block in blocks.iter().filter(|block| !looks(block)) {
        if block.text.starts_with('{') {
            writeln!(script, "cat > trust.json <<'END'\n{}END", block.text)?;
        } else {
            script += &block.text;
        }
    }
    ensure!(script.contains("trust.json <<") && script.contains("gh workflow run update.yml"), "the guide is another");
    Ok(script)
}

/// Where the states are: a bucket that keeps each version of them, and a key that is made anew each year.
fn check_state(cloud: &Cloud, account: &str) -> anyhow::Result<()> {
    let bucket = format!("pulumi-{account}");
    let versions = cloud.aws(&["s3api", "get-bucket-versioning", "--bucket", &bucket])?;
    assert_eq!(versions["Status"], "Enabled");
    let key = cloud.aws(&["kms", "describe-key", "--key-id", "alias/pulumi"])?["KeyMetadata"]["KeyId"].clone();
    let key = key.as_str().context("the alias has a key")?;
    assert_eq!(cloud.aws(&["kms", "get-key-rotation-status", "--key-id", key])?["KeyRotationEnabled"], true);
    let repositories = cloud.aws(&["ecr", "describe-repositories", "--repository-names", "shop/backend"])?;
    assert_eq!(repositories["repositories"][0]["imageTagMutability"], "IMMUTABLE");
    let zones = cloud.aws(&["route53", "list-hosted-zones-by-name", "--dns-name", "dev.example.com"])?;
    assert_eq!(zones["HostedZones"][0]["Name"], "dev.example.com.");
    Ok(())
}

/// The subjects that a role trusts, by the provider of its own account.
fn trusted(role: &Json, provider: &Json) -> anyhow::Result<Json> {
    let statement = &role["AssumeRolePolicyDocument"]["Statement"][0];
    ensure!(statement["Principal"]["Federated"][0] == *provider, "{role:#}");
    Ok(statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"].clone())
}

/// Each stack is there, with a key of its own and what its live config says.
fn check_stacks(cloud: &Cloud, project: &Path) -> anyhow::Result<()> {
    let wanted = [
        ("dev", vec![("domainName", json!("dev.example.com"))]),
        ("live", vec![("domainName", json!("example.com")), ("production", json!("true"))]),
        (
            "production",
            vec![
                ("base", json!("live")),
                ("hostName", json!("example.com")),
                ("redirectHostNames", json!("[\"www.example.com\"]")),
            ],
        ),
    ];
    for (stack, values) in wanted {
        let text = fs::read_to_string(project.join(format!("iac/Pulumi.{stack}.yaml")))?;
        assert!(text.contains("secretsprovider: awskms://alias/pulumi?region=eu-central-1"), "{text}");
        let mut config = cloud.command(&cloud.tools.pulumi);
        config.args(["config", "--json", "--stack", stack]).current_dir(project).env_remove("PULUMI_BACKEND_URL");
        let config: BTreeMap<String, Json> = serde_json::from_str(&cloud.output(&mut config)?)?;
        for (key, value) in values {
            let found = config.get(&format!("django:{key}")).with_context(|| format!("`{stack}` has no `{key}`"))?;
            assert_eq!(found["value"], value, "{stack}: {key}");
        }
    }
    Ok(())
}
