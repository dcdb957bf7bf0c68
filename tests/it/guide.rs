//! `docs/guide.md`, from its first command on: AWS's and Pulumi's own command lines carry it out on an emulated AWS, up to the
//! first push. GitHub is played, and remembers what it is told; what an index of packages has is there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use e2e::tools::repository;
use e2e::{Cloud, Tools};
use serde_json::{Value as Json, json};

use crate::documents::{Block, of};

/// How GitHub spells the repository in its tokens.
const SUBJECT: &str = "repo:OWNER@1234/shop@5678";
/// Answers what the guide asks for, and writes down the rest: a call in each line.
const GITHUB: &str = r#"#!/bin/sh
case "$*" in
*/customization/sub\ *) echo SUBJECT ;;
"api user "*) echo 42 ;;
*) printf '%s\n' "$*" >> "$GITHUB_LOG" ;;
esac
"#;
/// Pulumi fetches templates from GitHub.
const PULUMI: &str = r#"#!/bin/sh
if [ "$1" != new ]; then exec PULUMI "$@"; fi
exec NEWPROJECT -template TEMPLATE -out . -name "$4"
"#;
/// The roles, and the environments that each trusts.
const ROLES: [(&str, &str); 5] = [
    ("github-preview", "preview"),
    ("github-ad-hoc", "ad-hoc"),
    ("github-image", "image"),
    ("github-production-preview", "production-preview"),
    ("github-production", "production"),
];

#[test]
fn the_guide_leads_to_accounts_that_github_may_use_and_to_stacks() -> anyhow::Result<()> {
    let (Some(cloud), Some(newproject)) = (Cloud::start()?, Tools::newproject()) else { return Ok(()) };
    let folder = cloud.folder().join("guide");
    let (programs, project, log) = (folder.join("bin"), folder.join("shop"), folder.join("github.log"));
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
    shell.env("PATH", path).env("GITHUB_LOG", &log).env_remove("PULUMI_BACKEND_URL").current_dir(&project);
    cloud.output(shell.args(["-e", "-c", &script()?]))?;

    let account = cloud.aws(&["sts", "get-caller-identity"])?["Account"].clone();
    let account = account.as_str().context("the account has a number")?;
    check_state(&cloud, account)?;
    let told = fs::read_to_string(log)?;
    for (role, environment) in ROLES {
        check_role(&cloud, account, role, environment)?;
        let is_told = |it: &str| told.lines().any(|line| line.contains(it));
        assert!(is_told(&format!("api --method PUT repos/OWNER/shop/environments/{environment} ")), "{told}");
        let variable = format!("--env {environment} --body arn:aws:iam::{account}:role/{role}");
        assert!(is_told(&format!("variable set AWS_ROLE_ARN --repo OWNER/shop {variable}")), "{told}");
    }
    check_stacks(&cloud, &project)
}

/// All that the guide has for a shell until there is something to push, with the files that it has beside.
fn script() -> anyhow::Result<String> {
    let mut blocks: Vec<Block> = of("sh")?.into_iter().chain(of("json")?).collect();
    blocks.retain(|block| block.place.starts_with("guide.md"));
    blocks.sort_by(|one, other| one.place.cmp(&other.place));
    let mut script = String::new();
    for block in blocks.iter().take_while(|block| !block.text.contains("git push")) {
        if block.text.starts_with('{') {
            writeln!(script, "cat > trust.json <<'END'\n{}END", block.text)?;
        } else {
            script += &block.text;
        }
    }
    ensure!(
        script.contains("trust.json <<") && script.contains("pulumi stack init production"),
        "the guide is another"
    );
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

/// A role trusts one environment of the repository, by the provider of its own account.
fn check_role(cloud: &Cloud, account: &str, role: &str, environment: &str) -> anyhow::Result<()> {
    let trust = cloud.aws(&["iam", "get-role", "--role-name", role])?["Role"]["AssumeRolePolicyDocument"].clone();
    let statement = &trust["Statement"][0];
    let providers = cloud.aws(&["iam", "list-open-id-connect-providers"])?;
    assert_eq!(statement["Principal"]["Federated"][0], providers["OpenIDConnectProviderList"][0]["Arn"]);
    assert!(statement["Principal"].to_string().contains(account), "{statement}");
    let subject = &statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"];
    assert_eq!(*subject, json!([format!("{SUBJECT}:environment:{environment}")]));
    let rights = cloud.aws(&["iam", "list-attached-role-policies", "--role-name", role])?;
    assert!(!rights["AttachedPolicies"].as_array().context("a role has a list")?.is_empty(), "`{role}` may do nothing");
    Ok(())
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
