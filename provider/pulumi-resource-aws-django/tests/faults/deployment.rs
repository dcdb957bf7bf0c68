//! What the plugin is asked to construct, and the engine that asks it.

use std::process::Command;

use pulumi_component::testing::engine::{Age, Script, TestEngine, urn};
use pulumi_component::testing::plugin::Plugin;
use pulumi_component::testing::proto;
use pulumi_component::testing::values::{object, reference};
use serde_json::{Value as Json, json};

use crate::answers::answers;

pub(crate) const BASE: &str = "aws-django:index:AdHocBase";
pub(crate) const APP: &str = "aws-django:index:AdHocApp";
pub(crate) const PROD_BASE: &str = "aws-django:index:ProdBase";
pub(crate) const PROD_APP: &str = "aws-django:index:ProdApp";

/// Every component, with the base that it stands on where it is none.
pub(crate) const COMPONENTS: [(&str, &str); 4] =
    [(BASE, BASE), (APP, BASE), (PROD_BASE, PROD_BASE), (PROD_APP, PROD_BASE)];

/// Name of the base that the apps stand on.
pub(crate) const DEV: &str = "dev";

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:alarms";

/// The plugin's program.
pub(crate) fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_pulumi-resource-aws-django"))
}

/// The plugin, started by an engine.
pub(crate) fn plugin(engine: &TestEngine) -> Plugin {
    Plugin::start(&mut command(), engine)
}

/// An engine of that age that does all it is asked, on an AWS that answers.
pub(crate) fn script(age: Age) -> Script {
    Script::new(age).answering(answers)
}

/// The inputs of a component with all that it can have; an app is on the base of the stack.
pub(crate) fn inputs(token: &str) -> Json {
    match token {
        BASE => base_inputs(),
        PROD_BASE => with(
            base_inputs(),
            json!({
                "database": {"instanceClass": "db.m8g.large", "snapshotId": "before"},
                "kmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/1",
                "webAclArn": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/shop/1",
                "alarmTopicArn": TOPIC,
            }),
        ),
        APP => app_inputs(BASE),
        _ => with(
            app_inputs(PROD_BASE),
            json!({
                "deployment": "Pulumi",
                "web": {"scaling": {"minCount": 2, "maxCount": 8, "requestsPerTarget": 600}},
                "domain": {
                    "hostName": "shop.example.org", "zoneId": "Z0SHOP", "redirectHostNames": ["www.shop.example.org"],
                },
                "executeCommand": true,
                "alarmTopicArn": TOPIC,
            }),
        ),
    }
}

fn base_inputs() -> Json {
    json!({
        "domainName": "dev.example.com",
        "availabilityZoneCount": 3,
        "natGateways": "PerAvailabilityZone",
        "interfaceEndpoints": ["ecr.api", "logs"],
        "allowedCidrBlocks": ["203.0.113.0/24"],
        "bastion": true,
        "tags": {"team": "shop"},
    })
}

fn app_inputs(base: &str) -> Json {
    json!({
        "base": reference(&urn("", base, DEV)),
        "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1.0.0",
        "frontend": {"image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop-ui:1.0.0"},
        "workers": [
            {"name": "default", "command": ["celery", "worker"], "environment": {"QUEUE": "default"}},
            {"name": "mail", "command": ["celery", "worker", "-Q", "mail"]},
        ],
        "beat": {"command": ["celery", "beat", "--schedule=/tmp/celerybeat"]},
        "environment": {"LEVEL": "app"},
        "secrets": {"MAIL_PASSWORD": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mail-Ab12Cd:password::"},
        "taskPolicyArns": ["arn:aws:iam::111122223333:policy/send-mail"],
        "tags": {"team": "shop"},
    })
}

fn with(mut inputs: Json, more: Json) -> Json {
    if let (Some(inputs), Json::Object(more)) = (inputs.as_object_mut(), more) {
        inputs.extend(more);
    }
    inputs
}

/// A request to construct a component with these inputs.
pub(crate) fn request(engine: &TestEngine, token: &str, name: &str, inputs: Json) -> proto::ConstructRequest {
    proto::ConstructRequest {
        project: "shop".to_owned(),
        stack: "dev".to_owned(),
        monitor_endpoint: engine.address.clone(),
        r#type: token.to_owned(),
        name: name.to_owned(),
        parent: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev".to_owned(),
        inputs: Some(object(inputs)),
        accepts_output_values: true,
        ..Default::default()
    }
}

/// Constructs the base that apps stand on.
pub(crate) async fn base(plugin: &Plugin, engine: &TestEngine, token: &str) -> proto::ConstructResponse {
    plugin.construct(request(engine, token, DEV, inputs(token))).await.expect("the base can be constructed")
}
