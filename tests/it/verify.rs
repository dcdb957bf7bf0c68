//! What a release would need, looked at before it; and secrets that somebody keeps beside the program.

use anyhow::{Context as _, ensure};
use e2e::Cloud;
use serde_json::{Value as Json, json};

use crate::rights::check_commands;
use crate::shop::{Shop, moves_in};

const REPOSITORY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop";
const VALUE: &str = "c0ffee-of-sentry";
const PASSWORD: &str = "hunter2-of-mail";

/// `base64` of each part of a configuration would need a crate: these are `{"os": "linux", "architecture": …}`.
const CONFIGURATIONS: [(&str, &str); 2] = [
    ("amd64", "eyJvcyI6ICJsaW51eCIsICJhcmNoaXRlY3R1cmUiOiAiYW1kNjQifQ=="),
    ("arm64", "eyJvcyI6ICJsaW51eCIsICJhcmNoaXRlY3R1cmUiOiAiYXJtNjQifQ=="),
];

/// Pushes an image of one processor, as `docker push` does.
fn push(cloud: &Cloud, tag: &str, processor: &str) -> anyhow::Result<()> {
    let configuration = CONFIGURATIONS.iter().find(|(name, _)| *name == processor).context("a processor")?.1;
    let upload = cloud.call("ecr:InitiateLayerUpload", &json!({"repositoryName": "shop"}))?["uploadId"].clone();
    let part = json!({
        "repositoryName": "shop", "uploadId": upload, "partFirstByte": 0, "partLastByte": 40,
        "layerPartBlob": configuration,
    });
    cloud.call("ecr:UploadLayerPart", &part)?;
    let complete = json!({"repositoryName": "shop", "uploadId": upload, "layerDigests": []});
    let digest = cloud.call("ecr:CompleteLayerUpload", &complete)?["layerDigest"].clone();
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest =
        json!({"schemaVersion": 2, "mediaType": kind, "config": {"digest": digest}, "layers": [], "tag": tag});
    put(cloud, tag, &manifest)
}

/// Pushes a list of images, as `docker buildx` does, with an attestation beside them.
fn push_list(cloud: &Cloud, tag: &str, processors: &[&str]) -> anyhow::Result<()> {
    let platforms = processors.iter().map(|it| json!({"platform": {"os": "linux", "architecture": it}}));
    let attestation = json!({"platform": {"os": "unknown", "architecture": "unknown"}});
    let all: Vec<_> = platforms.chain([attestation]).collect();
    let kind = "application/vnd.oci.image.index.v1+json";
    put(cloud, tag, &json!({"schemaVersion": 2, "mediaType": kind, "manifests": all}))
}

fn put(cloud: &Cloud, tag: &str, manifest: &Json) -> anyhow::Result<()> {
    let image = json!({"repositoryName": "shop", "imageTag": tag, "imageManifest": manifest.to_string()});
    cloud.call("ecr:PutImage", &image).map(drop)
}

/// An app with all that it reads elsewhere, as a pipeline has released it; the ARN of the secret that it reads.
fn released(cloud: &Cloud, name: &str) -> anyhow::Result<Json> {
    cloud.call("ecr:CreateRepository", &json!({"repositoryName": "shop"}))?;
    push(cloud, "v1", "amd64")?;
    push_list(cloud, "v2", &["amd64", "arm64"])?;
    push(cloud, "arm", "arm64")?;
    push_list(cloud, "arms", &["arm64"])?;
    let value = json!({"password": PASSWORD}).to_string();
    let secret =
        json!({"Name": "mail", "SecretString": value, "ClientRequestToken": "1b47061264138c4ac30d75fd1eb44270"});
    let mail = cloud.call("secretsmanager:CreateSecret", &secret)?["ARN"].clone();
    let set = cloud.given("aws-django secrets set alpha SENTRY --base dev --json", VALUE)?.check(0, &[])?;
    let sentry = set.document()?["arn"].clone();
    let mut shop = Shop::new(cloud, name)?;
    shop.set("deployment", json!("Pipeline"))?;
    shop.set("image", json!(format!("{REPOSITORY}:v1")))?;
    let mail = mail.as_str().context("a secret has an ARN")?;
    shop.set("secrets", json!({"SENTRY": sentry, "MAIL": format!("{mail}:password::"), "ALL": mail}))?;
    shop.up()?;
    cloud.typed(&format!("aws-django update alpha --image {REPOSITORY}:v1"))?.check(0, &[])?;
    Ok(json!(mail))
}

/// Takes from under the app what its tasks need, and moves a service; the subnet that is gone.
fn break_all(cloud: &Cloud, mail: &Json) -> anyhow::Result<String> {
    let empty =
        json!({"SecretId": mail, "SecretString": "{}", "ClientRequestToken": "4dabf18193072939515e22adb298388d"});
    cloud.call("secretsmanager:PutSecretValue", &empty)?;
    cloud.call("ssm:DeleteParameter", &json!({"Name": "/dev/alpha/SENTRY"}))?;
    cloud.call("ssm:DeleteParameter", &json!({"Name": "/dev/alpha/SECRET_KEY"}))?;
    cloud.call("logs:DeleteLogGroup", &json!({"logGroupName": "/ecs/alpha/default"}))?;
    let services = json!({"cluster": "alpha-cluster", "services": ["alpha-gunicorn"]});
    let network = &cloud.call("ecs:DescribeServices", &services)?["services"][0]["networkConfiguration"];
    let subnet = network["awsvpcConfiguration"]["subnets"][0].as_str().context("it has a subnet")?.to_owned();
    cloud.aws(&["ec2", "delete-subnet", "--subnet-id", &subnet])?;
    let revision = json!({"taskDefinition": "alpha-gunicorn"});
    let role = cloud.call("ecs:DescribeTaskDefinition", &revision)?["taskDefinition"]["executionRoleArn"].clone();
    let role = role.as_str().and_then(|arn| arn.rsplit('/').next()).context("it has a role")?.to_owned();
    let policies = cloud.aws(&["iam", "list-role-policies", "--role-name", &role])?["PolicyNames"].clone();
    for policy in policies.as_array().into_iter().flatten().filter_map(Json::as_str) {
        cloud.aws(&["iam", "delete-role-policy", "--role-name", &role, "--policy-name", policy])?;
    }
    cloud.tell("services", &json!({"alpha-default": {"inProgress": 9999}}))?;
    let other = json!({"cluster": "alpha-cluster", "service": "alpha-default", "taskDefinition": "alpha-redis"});
    cloud.call("ecs:UpdateService", &other)?;
    Ok(subnet)
}

#[test]
fn all_that_a_release_would_miss_is_told_before_it() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mail = released(&cloud, "verified")?;
    cloud.calls()?;
    for (line, told) in
        [("", "1 image, 8 parameters, 2 secrets, 1 role, 3 log groups, 2 subnets"), ("--tag v2", "1 image")]
    {
        let sound = cloud.typed(&format!("aws-django verify alpha {line}"))?.check(0, &[])?;
        ensure!(sound.out.contains(told) && sound.err.is_empty(), "{line}: {sound:#?}");
    }
    for (tag, told) in [("v9", "push it first"), ("arm", "is for linux/arm64"), ("arms", "--platform linux/amd64")] {
        let wrong =
            cloud.typed(&format!("aws-django verify alpha --tag {tag}"))?.check(1, &[told, "one thing is wrong"])?;
        ensure!(wrong.out.is_empty(), "{wrong:#?}");
    }
    let elsewhere = "aws-django verify alpha --image docker.io/shop:v2";
    cloud.typed(elsewhere)?.check(0, &["not checked: `docker.io/shop:v2` is not in ECR"])?;
    let missing = "aws-django verify alpha --image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/shoop:v1";
    cloud.typed(missing)?.check(1, &["there is no image", "shoop:v1"])?;

    let subnet = break_all(&cloud, &mail)?;
    let told = [
        "these things are wrong",
        "somebody else is moving `alpha-default`",
        "`123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:arm` is for linux/arm64",
        "parameter/dev/alpha/SENTRY",
        "parameter/dev/alpha/SECRET_KEY",
        "has no key `password`",
        "may not `ssm:GetParameters`",
        "may not `secretsmanager:GetSecretValue`",
        "no log group `/ecs/alpha/default`",
        &format!("no subnet `{subnet}`"),
    ];
    let wrong = cloud.typed("aws-django verify alpha --tag arm")?.check(1, &told)?;
    let document = cloud.typed("aws-django verify alpha --tag arm --json")?.check(1, &[])?;
    for text in [&wrong.err, &document.out, &document.err] {
        ensure!(!text.contains(VALUE) && !text.contains(PASSWORD), "a secret is shown: {text}");
    }
    let subjects = document.document()?["problems"].as_array().map_or(0, Vec::len);
    assert_eq!(subjects, told.len() - 1, "{document:#?}");

    // The secret itself; what the credentials have no right for; and then nothing has moved.
    let delete = json!({"SecretId": mail, "RecoveryWindowInDays": 7});
    cloud.call("secretsmanager:DeleteSecret", &delete)?;
    cloud.typed("aws-django verify alpha")?.check(1, &["marked for deletion"])?;
    cloud.call("secretsmanager:DeleteSecret", &json!({"SecretId": mail, "ForceDeleteWithoutRecovery": true}))?;
    let calls = ["ecr:*", "ec2:*", "iam:*", "ssm:*", "logs:*", "ecs:DescribeClusters"];
    let denied = calls.map(|call| (call.to_owned(), json!({"error": "denied"})));
    cloud.tell("faults", &Json::Object(denied.into_iter().collect()))?;
    let told = ["is gone", "not checked: `ec2:DescribeSubnets`", "not checked: `iam:SimulatePrincipalPolicy`"];
    cloud.typed("aws-django verify alpha")?.check(1, &told)?;
    cloud.tell("faults", &json!({}))?;
    let calls = cloud.calls()?;
    let made = moves_in(&calls)?;
    assert_eq!(made.len(), 1, "more than what somebody else has moved: {made:#?}");
    check_commands(&cloud, &calls, &["verify"])
}

#[test]
fn a_secret_is_kept_beside_those_of_the_program() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "kept")?;
    shop.up()?;
    let parameters = || -> anyhow::Result<Json> { Ok(cloud.inventory()?["ssm parameter"].clone()) };
    let before = parameters()?;
    ensure!(before.as_array().is_some_and(|all| all.len() == 7), "{before:#}");
    let mut said = Vec::new();
    let set = "aws-django secrets set alpha SENTRY";
    let first = cloud.given(set, &format!("{VALUE}\n"))?.check(0, &[])?;
    let arn = "arn:aws:ssm:eu-central-1:123456789012:parameter/dev/alpha/SENTRY";
    ensure!(first.out.contains(&format!("\"SENTRY\": \"{arn}\"\n  pulumi up")), "{first:#?}");
    said.push(first);
    let got = cloud.call("ssm:GetParameter", &json!({"Name": "/dev/alpha/SENTRY", "WithDecryption": true}))?;
    assert_eq!((&got["Parameter"]["Value"], &got["Parameter"]["Type"]), (&json!(VALUE), &json!("SecureString")));

    shop.set("secrets", json!({"SENTRY": arn}))?;
    shop.up()?;
    said.push(cloud.typed("aws-django verify alpha --verbose")?.check(0, &[])?);
    shop.nothing_to_do()?;
    said.push(cloud.given(set, "another")?.check(0, &[])?);
    ensure!(
        said.iter().any(|it| it.out.contains("version 2") && it.out.contains("--service alpha-gunicorn")),
        "{said:#?}"
    );
    let listed = cloud.typed("aws-django secrets list alpha --json")?.check(0, &[])?;
    let by = |who: &str| -> anyhow::Result<Vec<String>> {
        let document = listed.document()?;
        let all = document["secrets"].as_array().into_iter().flatten().filter(|it| it["madeBy"] == who);
        Ok(all.filter_map(|it| it["name"].as_str().map(str::to_owned)).collect())
    };
    let made =
        "CELERY_BROKER_URL CELERY_RESULT_BACKEND DATABASE_URL POSTGRES_PASSWORD REDIS_PASSWORD REDIS_URL SECRET_KEY";
    assert_eq!((by("pulumi up")?.join(" "), by("aws-django")?), (made.to_owned(), vec!["SENTRY".to_owned()]));
    for (line, code, told) in [
        ("set alpha SECRET_KEY", 3, "docs/operations.md#secrets"),
        ("set beta SENTRY", 3, "give `--base`"),
        ("remove alpha SENTRY", 2, "`--yes`"),
        ("remove alpha SENTRY --yes", 3, "start with"),
        ("remove alpha NOWHERE --yes", 3, "there is no parameter"),
    ] {
        said.push(cloud.given(&format!("aws-django secrets {line}"), VALUE)?.check(code, &[told])?);
    }
    cloud.tell("faults", &json!({"ssm:PutParameter": {"error": "server", "message": format!("{VALUE} is bad")}}))?;
    said.push(cloud.given(set, VALUE)?.check(1, &[])?);
    cloud.tell("faults", &json!({}))?;

    shop.set("secrets", json!({}))?;
    shop.up()?;
    said.push(cloud.typed("aws-django secrets remove alpha SENTRY --yes")?.check(0, &[])?);
    assert_eq!(parameters()?, before);
    said.push(listed);
    for it in &said {
        ensure!(!it.out.contains(VALUE) && !it.err.contains(VALUE), "a value is shown: {it:#?}");
    }
    check_commands(&cloud, &cloud.calls()?, &["secrets"])
}
