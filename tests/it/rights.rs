//! What `aws-django policy` grants, against the calls that are really made: nothing is made that is not granted, and of our
//! own programs nothing granted that is not made, or told why.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, ensure};
use e2e::Cloud;
use e2e::tools::repository;
use e2e::typed::APP_ID;
use serde_json::{Value as Json, json};

use crate::shop::Shop;

/// The SDK of our own programs; that of the stand-in is Python's.
const OURS: &str = "aws-sdk-rust";
const SESSIONS: &str = "#!/bin/sh\necho 1.2.707.0\n";
/// The secrets of a stack are encrypted with a key.
const STATE: &str = "state --state-bucket it --kms-key arn:aws:kms:eu-central-1:123456789012:key/it";
/// What the stand-in looks up to refuse what AWS refuses by itself.
const STAND_IN: [&str; 3] = ["ecs:ListClusters", "elasticache:DescribeCacheClusters", "servicediscovery:ListServices"];
/// The commands whose calls `verify.rs` has made.
const IN_VERIFY: [&str; 2] = ["secrets", "verify"];
const NAMES: &str = "--account 123456789012 --region eu-central-1 --app alpha";

#[test]
fn every_command_has_the_rights_to_what_it_calls() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let mut shop = Shop::new(&cloud, "commands")?;
    shop.set("deployment", json!("Pipeline"))?;
    cloud.calls()?;
    during(&shop, "up")?;
    let plugin = cloud.folder().join("session-manager-plugin");
    fs::write(&plugin, SESSIONS)?;
    fs::set_permissions(&plugin, fs::Permissions::from_mode(0o755))?;
    for line in [
        "aws-django update alpha --image shop/backend:v1",
        "aws-django update alpha --tag v2",
        "aws-django status alpha",
        "aws-django logs alpha",
        "aws-django rollback alpha",
        "aws-django run alpha -- true",
    ] {
        cloud.typed(line)?.check(0, &[])?;
    }
    // The emulation carries no sessions: what comes before is called all the same.
    cloud.typed_with("aws-django shell alpha", cloud.folder())?;
    cloud.typed_with("aws-django tunnel dev", cloud.folder())?;
    // Now there is an image that runs.
    during(&shop, "up")?;
    let calls = cloud.calls()?;
    let (made, told) = (Made::of(&calls)?, made_and_unseen()?);
    ensure_told(
        "a function",
        &made.by("up", OURS),
        &of_resources(&told, &["AppDatabase", "getListenerSlot", "getRunningImages"]),
    )?;
    let commands = told.keys().map(String::as_str).filter(|by| !by.starts_with("aws-django:"));
    let (elsewhere, here): (Vec<_>, Vec<_>) = commands.partition(|it| IN_VERIFY.contains(it));
    assert_eq!(elsewhere, IN_VERIFY);
    check_commands(&cloud, &calls, &here)
}

/// What these commands have called, against what is told of them and granted to them.
pub(crate) fn check_commands(cloud: &Cloud, calls: &Json, commands: &[&str]) -> anyhow::Result<()> {
    let (made, told) = (Made::of(calls)?, made_and_unseen()?);
    let mut wrong = Vec::new();
    for command in commands {
        let (calls, policy) = (made.by(command, OURS), granted(cloud, command)?);
        let checked = [ensure_granted(command, &calls, &policy), ensure_told(command, &calls, &told[*command])];
        wrong.extend(checked.into_iter().filter_map(Result::err).map(|error| error.to_string()));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// What each of these roles, and nobody else, has called since calls were asked for last, against its policies, as `iam` has
/// them of the whole account. The emulation takes a role for a user of its name.
pub(crate) fn check_roles(cloud: &Cloud, iam: &Json, roles: &[&str]) -> anyhow::Result<()> {
    let mut made: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for call in cloud.calls()?.as_array().into_iter().flatten() {
        let principal = call["principal"].as_str().unwrap_or_default();
        made.entry(principal.rsplit('/').next().unwrap_or_default().to_owned()).or_default().push(call.clone());
    }
    // What has an address that is signed already, such as that of a layer of an image, needs no right.
    made.remove("");
    ensure!(made.keys().eq(roles), "these have called something: {:?}", made.keys());
    let granted = |(role, calls): (&String, &Vec<Json>)| {
        ensure_granted(role, &Made::of(&json!(calls))?.all(), &Policy::of_role(iam, role)?)
    };
    made.iter().try_for_each(granted)
}

/// The resources of a stack, against the policies of the role that made them.
pub(crate) fn check_names(iam: &Json, role: &str, resources: &Json) -> anyhow::Result<()> {
    let resources = resources.as_array().with_context(|| format!("{resources:#}"))?;
    ensure_named(&Policy::of_role(iam, role)?, resources).with_context(|| format!("of `{role}`"))
}

#[test]
fn an_ad_hoc_environment_has_the_rights_to_what_it_calls() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    check(Shop::new(&cloud, "granted")?, "AdHocBase AdHocApp", "dev")
}

#[test]
fn production_has_the_rights_to_what_it_calls() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    check(Shop::of_production(&cloud, "granted")?, "ProdBase ProdApp", "live")
}

/// Deploys, changes and destroys a shop, and compares what was called with what is granted.
fn check(mut shop: Shop<'_>, components: &str, base: &str) -> anyhow::Result<()> {
    let cloud = shop.cloud;
    cloud.calls()?;
    during(&shop, "up")?;
    shop.set("image", json!("shop/backend:v2"))?;
    during(&shop, "up")?;
    let policy = granted(cloud, &format!("{components} {STATE} --base {base}"))?;
    ensure_named(&policy, shop.project.resources("all")?.values())?;
    during(&shop, "destroy")?;
    let made = Made::of(&cloud.calls()?)?;
    let by = |sdk| ["up", "destroy"].iter().flat_map(|operation| made.by(operation, sdk)).collect::<BTreeSet<_>>();
    let all = made.all();
    ensure!(all.len() > 100, "the stand-in calls more than {}", all.len());
    ensure_granted(components, &all, &policy)?;
    let told = made_and_unseen()?;
    ensure_told(
        "a custom resource",
        &by(OURS),
        &of_resources(&told, &["AppDatabase", "DeletionProtection", "getListenerSlot", "Release"]),
    )
}

/// An operation of Pulumi's whose calls are known by its name.
fn during(shop: &Shop<'_>, operation: &str) -> anyhow::Result<()> {
    let outcome = shop.project.attempt_in("all", operation, &json!({}), &[(APP_ID, operation.as_ref())])?;
    ensure!(outcome.told["result"] == "succeeded", "{operation}: {}", outcome.diagnostics());
    Ok(())
}

/// The rights that calls are checked for, by whose they were and by the SDK that made them.
struct Made(Vec<(String, String, String)>);

impl Made {
    /// Of protocols that tell an operation by its path only those are known that our own
    /// programs speak, which is none.
    fn of(calls: &Json) -> anyhow::Result<Self> {
        let one = |call: &Json| {
            let text = |key: &str| call[key].as_str().unwrap_or_default().to_owned();
            (text("app"), text("sdk"), action(&text("call")))
        };
        let all = calls.as_array().context("calls are a list")?.iter().map(one);
        Ok(Self(all.filter(|(.., action)| !action.contains(' ')).collect()))
    }

    fn by(&self, app: &str, sdk: &str) -> BTreeSet<String> {
        let its = self.0.iter().filter(|(by, with, _)| by == app && with == sdk);
        its.map(|(.., action)| action.clone()).collect()
    }

    fn all(&self) -> BTreeSet<String> {
        let all = self.0.iter().map(|(.., action)| action.clone());
        all.filter(|action| !STAND_IN.contains(&action.as_str())).collect()
    }
}

/// The right that a call of an SDK is checked for.
fn action(call: &str) -> String {
    match call.split_once(':') {
        Some(("elbv2", operation)) => format!("elasticloadbalancing:{operation}"),
        Some(("monitoring", operation)) => format!("cloudwatch:{operation}"),
        _ => call.to_owned(),
    }
}

/// What a policy allows.
struct Policy {
    actions: BTreeSet<String>,
    resources: BTreeSet<String>,
}

impl Policy {
    fn of(documents: &[Json]) -> Self {
        let (mut actions, mut resources) = (BTreeSet::new(), BTreeSet::new());
        for statement in documents.iter().flat_map(|it| it["Statement"].as_array().into_iter().flatten()) {
            actions.extend(texts(&statement["Action"]));
            resources.extend(texts(&statement["Resource"]));
        }
        Self { actions, resources }
    }

    /// What a role's policies allow together.
    fn of_role(iam: &Json, role: &str) -> anyhow::Result<Self> {
        let all = |list: &Json| list.as_array().cloned().unwrap_or_default();
        let roles = all(&iam["RoleDetailList"]);
        let role = roles.iter().find(|it| it["RoleName"] == role).with_context(|| format!("there is no `{role}`"))?;
        let attached: BTreeSet<_> =
            all(&role["AttachedManagedPolicies"]).iter().map(|it| it["PolicyArn"].to_string()).collect();
        let policies = all(&iam["Policies"]).into_iter().filter(|it| attached.contains(&it["Arn"].to_string()));
        let versions = policies.flat_map(|it| all(&it["PolicyVersionList"]));
        let documents = versions.filter(|it| it["IsDefaultVersion"] == true).map(|it| it["Document"].clone());
        Ok(Self::of(&documents.collect::<Vec<_>>()))
    }

    /// Whether a statement is about it: that all resources may be read says nothing.
    fn names(&self, arn: &str) -> bool {
        self.resources.iter().any(|resource| resource != "*" && fits(resource, arn))
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(head) else { return false };
    (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| fits(rest, text)))
}

fn texts(list: &Json) -> impl Iterator<Item = String> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned)
}

fn granted(cloud: &Cloud, what: &str) -> anyhow::Result<Policy> {
    let prefix = cloud.folder().join("policy");
    let line = format!("aws-django policy {what} {NAMES} --split {}", prefix.display());
    let written = cloud.typed(&line)?.check(0, &[])?;
    let read = |file: &str| Ok(serde_json::from_str(&fs::read_to_string(file)?)?);
    Ok(Policy::of(&written.out.lines().map(read).collect::<anyhow::Result<Vec<_>>>()?))
}

fn ensure_granted(what: &str, made: &BTreeSet<String>, policy: &Policy) -> anyhow::Result<()> {
    ensure!(!made.is_empty(), "`{what}` has called nothing");
    let missing: Vec<_> = made.difference(&policy.actions).collect();
    ensure!(missing.is_empty(), "`{what}` calls what its policy does not grant: {missing:?}");
    Ok(())
}

/// Whether a policy names each of these resources that has an ARN.
fn ensure_named<'a>(policy: &Policy, resources: impl IntoIterator<Item = &'a Json>) -> anyhow::Result<()> {
    let mut named = 0;
    for resource in resources {
        if let Some(arn) = resource["outputs"]["arn"].as_str() {
            ensure!(policy.names(arn), "no statement names `{arn}` of {}", resource["urn"]);
            named += 1;
        }
    }
    ensure!(named > 10, "{named} resources have an ARN");
    Ok(())
}

/// Whether `made.tsv` tells of what was made, and of nothing else but for a reason.
fn ensure_told(what: &str, made: &BTreeSet<String>, told: &[(String, bool)]) -> anyhow::Result<()> {
    let all: BTreeSet<_> = told.iter().map(|(action, _)| action.clone()).collect();
    let seen: BTreeSet<_> = told.iter().filter(|(_, is_seen)| *is_seen).map(|(action, _)| action.clone()).collect();
    let (untold, unmade) = (made.difference(&all), seen.difference(made));
    let (untold, unmade): (Vec<_>, Vec<_>) = (untold.collect(), unmade.collect());
    ensure!(untold.is_empty() && unmade.is_empty(), "`{what}` calls {untold:?}, and never {unmade:?}: see made.tsv");
    Ok(())
}

/// What is told of some of our own resources and functions.
fn of_resources(told: &BTreeMap<String, Vec<(String, bool)>>, names: &[&str]) -> Vec<(String, bool)> {
    names.iter().flat_map(|name| told[&format!("aws-django:index:{name}")].clone()).collect()
}

/// The rights of `made.tsv` by what needs them, and whether the call is to be seen here.
fn made_and_unseen() -> anyhow::Result<BTreeMap<String, Vec<(String, bool)>>> {
    let mut all: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for line in fs::read_to_string(repository("tests/aws/rights/made.tsv"))?.lines().skip(1) {
        let [by, actions, unseen] = line.split('\t').collect::<Vec<_>>().try_into().ok().context("three columns")?;
        let actions = actions.split(' ').map(|action| (action.to_owned(), unseen.is_empty()));
        all.entry(by.to_owned()).or_default().extend(actions);
    }
    Ok(all)
}
