//! What is asked of tasks, services and load balancers.

use serde_json::json;

use super::super::Stance::{Excepted, Met};
use super::{CLUSTER, COSTS, Control, GOES, LISTENER, LOAD_BALANCER, SERVICE, TARGET_GROUP, TASK_DEFINITION};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        ids: "ECS.2, ECS.16",
        about: "no public addresses",
        types: &[SERVICE],
        holds: |it| it.at("networkConfiguration.assignPublicIp") == json!(false),
        prod: Met,
        ad_hoc: Met,
        how: "private subnets",
    },
    Control {
        ids: "ECS.3, ECS.4, ECS.17",
        about: "no host namespaces, not privileged",
        types: &[TASK_DEFINITION],
        holds: |it| {
            it.at("networkMode") == json!("awsvpc")
                && it.at("pidMode").is_null()
                && it.containers().all(|container| container["privileged"].is_null())
        },
        prod: Met,
        ad_hoc: Met,
        how: "Fargate, `awsvpc`",
    },
    Control {
        ids: "ECS.5",
        about: "read-only root file systems",
        types: &[TASK_DEFINITION],
        holds: |it| it.containers().all(|container| container["readonlyRootFilesystem"] == json!(true)),
        prod: Met,
        ad_hoc: Met,
        how: "`hardened`, the default",
    },
    Control {
        ids: "ECS.8",
        about: "no credentials as environment",
        types: &[TASK_DEFINITION],
        holds: |it| {
            let mut variables =
                it.containers().flat_map(|container| container["environment"].as_array().cloned().unwrap_or_default());
            !variables.any(|variable| {
                let name = variable["name"].as_str().unwrap_or_default();
                ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"].contains(&name)
            })
        },
        prod: Met,
        ad_hoc: Met,
        how: "refused as arguments",
    },
    Control {
        ids: "ECS.9",
        about: "log configuration in every container",
        types: &[TASK_DEFINITION],
        holds: |it| it.containers().all(|container| container["logConfiguration"]["logDriver"] == json!("awslogs")),
        prod: Met,
        ad_hoc: Met,
        how: "log groups of ours",
    },
    Control {
        ids: "ECS.10",
        about: "latest platform",
        types: &[SERVICE],
        holds: |it| it.at("platformVersion") == json!("LATEST"),
        prod: Met,
        ad_hoc: Met,
        how: "`LATEST`",
    },
    Control {
        ids: "ECS.12",
        about: "Container Insights",
        types: &[CLUSTER],
        holds: |it| it.at("settings.0.value") == json!("enabled"),
        prod: Met,
        ad_hoc: COSTS,
        how: "its log group is ours, with retention",
    },
    Control {
        ids: "ECS.13, ECS.14, ECS.15",
        about: "tags",
        types: &[SERVICE, CLUSTER, TASK_DEFINITION],
        holds: |it| it.at("tags.env").is_string(),
        prod: Met,
        ad_hoc: Met,
        how: "and propagated to tasks",
    },
    Control {
        ids: "ECS.20",
        about: "containers name a user that is not root",
        types: &[TASK_DEFINITION],
        holds: |it| it.containers().all(|container| container["user"] == json!("1000:1000")),
        prod: Met,
        ad_hoc: Met,
        how: "`hardened`, the default",
    },
    Control {
        ids: "ECS.21",
        about: "Linux is named",
        types: &[TASK_DEFINITION],
        holds: |it| it.at("runtimePlatform.operatingSystemFamily") == json!("LINUX"),
        prod: Met,
        ad_hoc: Met,
        how: "`runtimePlatform` always",
    },
    Control {
        ids: "ELB.1, ELB.18",
        about: "HTTP redirects to HTTPS, all else is HTTPS",
        types: &[LISTENER],
        holds: |it| {
            let redirects = it.at("defaultActions.0.redirect.protocol") == json!("HTTPS");
            it.at("protocol") == json!("HTTPS") || redirects
        },
        prod: Met,
        ad_hoc: Met,
        how: "301",
    },
    Control {
        ids: "ELB.4",
        about: "invalid headers dropped",
        types: &[LOAD_BALANCER],
        holds: |it| it.at("dropInvalidHeaderFields") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "ELB.5",
        about: "access logs",
        types: &[LOAD_BALANCER],
        holds: |it| it.at("accessLogs.enabled") == json!(true),
        prod: Met,
        ad_hoc: COSTS,
        how: "a bucket of the base, with S3's own key: load balancers write to no other",
    },
    Control {
        ids: "ELB.6",
        about: "deletion protection",
        types: &[LOAD_BALANCER],
        holds: |it| it.at("enableDeletionProtection") == json!(true),
        prod: Met,
        ad_hoc: GOES,
        how: "`deletionProtection`, the default",
    },
    Control {
        ids: "ELB.12",
        about: "desync mitigation",
        types: &[LOAD_BALANCER],
        holds: |it| it.at("desyncMitigationMode") == json!("defensive"),
        prod: Met,
        ad_hoc: Met,
        how: "defensive",
    },
    Control {
        ids: "ELB.13",
        about: "two zones or more",
        types: &[LOAD_BALANCER],
        holds: |it| it.at("subnets").as_array().is_some_and(|subnets| subnets.len() > 1),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "ELB.16 (not FSBP)",
        about: "WAF",
        types: &[LOAD_BALANCER],
        holds: |it| it.has("aws:wafv2/webAclAssociation:WebAclAssociation"),
        prod: Excepted("on request: `webAclArn`; its rules are the user's to choose, and to pay for"),
        ad_hoc: COSTS,
        how: "",
    },
    Control {
        ids: "ELB.17",
        about: "recommended TLS policy",
        types: &[LISTENER],
        holds: |it| {
            it.at("protocol") == json!("HTTP") || it.at("sslPolicy") == json!("ELBSecurityPolicy-TLS13-1-2-2021-06")
        },
        prod: Met,
        ad_hoc: Met,
        how: "TLS 1.3 and 1.2",
    },
    Control {
        ids: "ELB.21, ELB.22",
        about: "TLS to the target",
        types: &[TARGET_GROUP],
        holds: |it| it.at("protocol") == json!("HTTPS") && it.at("healthCheck.protocol") == json!("HTTPS"),
        prod: Excepted("TLS ends at the load balancer; its security group alone reaches the tasks"),
        ad_hoc: Excepted("TLS ends at the load balancer; its security group alone reaches the tasks"),
        how: "",
    },
];
