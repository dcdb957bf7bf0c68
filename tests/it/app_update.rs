//! The public workflow "[CD] App Update" and its two actions, call by call: what teams release with that have one
//! already. It finds all by names and tags, copies the newest revision of a family, and sets the count to 1.

use anyhow::{Context as _, bail, ensure};
use e2e::Cloud;
use serde_json::{Map, Value as Json, json};

const CLUSTER: &str = "alpha-cluster";
/// How many answers are waited for.
const ANSWERS: u32 = 20;
/// What `DescribeTaskDefinition` answers and `RegisterTaskDefinition` does not take.
const ANSWERED: [&str; 8] = [
    "compatibilities",
    "deregisteredAt",
    "registeredAt",
    "registeredBy",
    "requiresAttributes",
    "revision",
    "status",
    "taskDefinitionArn",
];

/// The job `pre-backend-update`: a revision with the image, and a task of it in the base's private subnets.
pub(crate) fn pre_backend_update(cloud: &Cloud, base: &str, image: &str) -> anyhow::Result<()> {
    register(cloud, "backend_update", image)?;
    let tagged = format!("Name=tag:env,Values={base}");
    let subnets = cloud.aws(&["ec2", "describe-subnets", "--filters", &tagged, "Name=tag:Name,Values=*private*"])?;
    let subnets: Vec<_> = listed(&subnets["Subnets"], "SubnetId");
    let vpcs = cloud.aws(&["ec2", "describe-vpcs", "--filters", &tagged])?;
    let [vpc] = listed(&vpcs["Vpcs"], "VpcId").try_into().ok().context("the base has one VPC")?;
    let (vpc, name) = (format!("Name=vpc-id,Values={vpc}"), format!("Name=tag:Name,Values={base}-ecs-sg"));
    let groups = cloud.aws(&["ec2", "describe-security-groups", "--filters", &vpc, &tagged, &name])?;
    let groups: Vec<_> = listed(&groups["SecurityGroups"], "GroupId");
    ensure!(subnets.len() == 2 && groups.len() == 1, "subnets {subnets:?}, groups {groups:?}");

    // The second action registers the newest revision once more, and runs that.
    let revision = register(cloud, "backend_update", image)?;
    let network = json!({"subnets": subnets, "securityGroups": groups, "assignPublicIp": "DISABLED"});
    let run = json!({
        "cluster": CLUSTER, "launchType": "FARGATE", "taskDefinition": revision,
        "networkConfiguration": {"awsvpcConfiguration": network},
    });
    let ran = cloud.call("ecs:RunTask", &run)?;
    ensure!(ran["tasks"][0].is_object(), "no task was started: {ran}");
    let task = json!({"cluster": CLUSTER, "tasks": [ran["tasks"][0]["taskArn"]]});
    let over = poll(|| cloud.call("ecs:DescribeTasks", &task), |it| it["tasks"][0]["lastStatus"] == "STOPPED")?;
    let containers = over["tasks"][0]["containers"].as_array().cloned().unwrap_or_default();
    let failed = containers.iter().any(|container| container["exitCode"] != 0);
    ensure!(!containers.is_empty() && !failed, "the update has failed: {containers:?}");
    Ok(())
}

/// The action `app-update`: a revision with the image, to which the service moves. Answers its number.
pub(crate) fn app_update(cloud: &Cloud, process: &str, image: &str) -> anyhow::Result<String> {
    let revision = register(cloud, process, image)?;
    let service = format!("alpha-{process}");
    let update = json!({"cluster": CLUSTER, "service": service, "taskDefinition": revision, "desiredCount": 1});
    cloud.call("ecs:UpdateService", &update)?;
    let describe = json!({"cluster": CLUSTER, "services": [service]});
    let is_stable = |it: &Json| {
        let service = &it["services"][0];
        service["deployments"].as_array().is_some_and(|all| all.len() == 1)
            && service["runningCount"] == service["desiredCount"]
    };
    poll(|| cloud.call("ecs:DescribeServices", &describe), is_stable)?;
    Ok(revision.rsplit(':').next().unwrap_or_default().to_owned())
}

/// Registers the newest revision of a family with another image in the process's own container.
fn register(cloud: &Cloud, process: &str, image: &str) -> anyhow::Result<String> {
    let family = format!("alpha-{process}");
    let listed = cloud.call("ecs:ListTaskDefinitions", &json!({"familyPrefix": family, "sort": "DESC"}))?;
    let newest = &listed["taskDefinitionArns"][0];
    let described = cloud.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": newest}))?;
    let mut definition: Map<String, Json> = described["taskDefinition"].as_object().cloned().unwrap_or_default();
    definition.retain(|key, _| !ANSWERED.contains(&key.as_str()));
    let containers = definition.get_mut("containerDefinitions").and_then(Json::as_array_mut);
    let mut own = containers.into_iter().flatten().filter(|it| it["name"] == process);
    own.next().with_context(|| format!("{newest} has no container `{process}`"))?["image"] = json!(image);
    let registered = cloud.call("ecs:RegisterTaskDefinition", &json!(definition))?;
    let arn = registered["taskDefinition"]["taskDefinitionArn"].as_str();
    Ok(arn.context("a revision has an ARN")?.to_owned())
}

/// Asks until it is so. What the emulation does moves with what it is asked.
fn poll(ask: impl Fn() -> anyhow::Result<Json>, is_so: impl Fn(&Json) -> bool) -> anyhow::Result<Json> {
    for _ in 0..ANSWERS {
        let answer = ask()?;
        if is_so(&answer) {
            return Ok(answer);
        }
    }
    bail!("it does not come to that within {ANSWERS} answers")
}

fn listed(things: &Json, id: &str) -> Vec<String> {
    things.as_array().into_iter().flatten().filter_map(|thing| thing[id].as_str().map(str::to_owned)).collect()
}
