//! Whose rights a release has, and what is told where they do not do: once, with the remedy, before anything moves.

use std::fs;

use anyhow::ensure;
use e2e::Cloud;
use serde_json::{Value as Json, json};

use crate::shop::{Shop, UPDATE, moves};

/// A profile of another account, and the key by which it is known there.
const PROFILES: &str = "[other]\naws_access_key_id = AKIAOTHERACCOUNT0000\naws_secret_access_key = test\n";
const OTHER: &str = r#"{"account": "999999999999", "key": "AKIAOTHERACCOUNT0000"}"#;
const ROLE: &str = "arn:aws:iam::123456789012:role/deployer";

#[test]
fn a_deployment_with_rights_that_do_not_do_moves_nothing() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "rights")?;
    shop.up()?;
    let (running, _) = (shop.running()?, shop.updates()?);
    shop.set("image", json!("shop/backend:v2"))?;
    let profiles = cloud.folder().join("credentials");
    fs::write(&profiles, PROFILES)?;
    cloud.tell("identity", &serde_json::from_str(OTHER)?)?;

    let (none, denied, expired) = (json!({}), json!({"error": "denied"}), json!({"error": "expired"}));
    // The stack's config, calls that fail and are made for a release alone, and what is told.
    let stories = [
        (json!({"profile": "other"}), none.clone(), ["account `999999999999`", "give a profile, or a role to assume"]),
        (json!({"profile": "nobody"}), none, ["nobody", "profile"]),
        (json!({}), json!({"ecs:ListServiceDeployments": expired}), ["ecs:ListServiceDeployments", "expired"]),
        (
            json!({}),
            json!({"ecs:ListServiceDeployments": denied}),
            ["not authorized", "give the credentials the right to `ecs:ListServiceDeployments`"],
        ),
        (
            json!({"assumeRole": {"roleArn": ROLE}}),
            json!({"sts:AssumeRole": denied}),
            [
                "the role could not be assumed",
                "give the credentials the right to `sts:AssumeRole`, and let the role trust them",
            ],
        ),
    ];
    for (config, faults, told) in stories {
        configure(&shop, "aws-django", &config)?;
        cloud.tell("faults", &faults)?;
        let outcome = shop.project.attempt_in(
            "all",
            "up",
            &json!({}),
            &[("AWS_SHARED_CREDENTIALS_FILE", profiles.as_os_str())],
        )?;
        let said = outcome.diagnostics();
        let missing: Vec<_> = told.iter().filter(|part| !said.contains(**part)).collect();
        ensure!(outcome.told["result"] == "failed" && missing.is_empty(), "{missing:?} is not told: {said}");
        ensure!((shop.running()?, shop.updates()?) == (running.clone(), 0), "{config} has moved something");
    }
    cloud.tell("faults", &json!({}))?;

    // Of our own provider's role, and of that of AWS's provider.
    for (provider, config, image) in [
        ("aws-django", json!({"assumeRole": {"roleArn": ROLE}}), "v2"),
        ("aws", json!({"assumeRoles": [{"roleArn": ROLE, "sessionName": "pulumi"}]}), "v3"),
    ] {
        configure(&shop, provider, &config)?;
        shop.set("image", json!(format!("shop/backend:{image}")))?;
        cloud.calls()?;
        shop.up()?;
        let made = moves(&cloud)?;
        let is_by_role = |it: &Json| it["principal"].as_str().is_some_and(|by| by.contains("assumed-role/deployer"));
        ensure!(!made.is_empty() && made.iter().all(is_by_role), "{provider}: {made:#?}");
    }
    shop.nothing_to_do()
}

/// Writes the config of a provider anew.
fn configure(shop: &Shop<'_>, provider: &str, config: &Json) -> anyhow::Result<()> {
    let values =
        config.as_object().into_iter().flatten().map(|(key, value)| (format!("{provider}:{key}"), value.clone()));
    let config: Json = json!({ "config": values.collect::<serde_json::Map<_, _>>() });
    shop.project.write("Pulumi.all.yaml", &config)
}

#[test]
fn a_line_with_rights_that_do_not_do_moves_nothing() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "lines")?;
    shop.up()?;
    shop.updates()?;
    // An app that `pulumi up` releases.
    for line in ["update alpha --tag v2", "rollback alpha"] {
        cloud.typed(&format!("aws-django {line}"))?.check(3, &["`pulumi up`", "`deployment`", "`Pipeline`"])?;
    }
    shop.set("deployment", json!("Pipeline"))?;
    shop.up()?;
    let running = shop.running()?;

    let fault = |call: &str, error: &str| json!({call: {"error": error}});
    let none = json!({});
    let stories = [
        ("update beta --tag v2", none.clone(), 3, ["there is no app `beta`", "`beta-cluster`"]),
        ("update alpha --tag v2 --region eu-west-1", none.clone(), 3, ["there is no app `alpha`", "`eu-west-1`"]),
        ("update alpha --tag v2 --profile nobody", none, 4, ["profile", "`nobody`"]),
        ("update alpha --tag v2", fault("sts:GetCallerIdentity", "expired"), 4, ["expired", "sts:GetCallerIdentity"]),
        ("update alpha --tag v2", fault("ecs:ListServices", "denied"), 4, ["ecs:ListServices", "alpha"]),
        (
            "update alpha --tag v2",
            fault("ecs:RegisterTaskDefinition", "denied"),
            4,
            ["ecs:RegisterTaskDefinition", "alpha"],
        ),
        ("update alpha --tag v2", fault("ecs:RunTask", "denied"), 4, ["ecs:RunTask", UPDATE]),
        (
            "update alpha --tag v2 --assume-role arn:aws:iam::123456789012:role/deployer",
            fault("sts:AssumeRole", "denied"),
            4,
            ["the role could not be assumed", "let the role trust them"],
        ),
    ];
    for (line, faults, code, told) in stories {
        cloud.tell("faults", &faults)?;
        cloud.calls()?;
        cloud.typed(&format!("aws-django {line}"))?.check(code, &told)?;
        let done: Vec<_> = moves(&cloud)?.into_iter().filter(|it| it["error"].is_null()).collect();
        ensure!(done.is_empty(), "{line} with {faults}: {done:#?}");
    }
    cloud.tell("faults", &json!({}))?;
    assert_eq!(shop.running()?, running);
    cloud.typed(&format!("aws-django update alpha --tag v2 --assume-role {ROLE}"))?.check(0, &[])?;
    Ok(())
}
