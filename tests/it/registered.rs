//! An app as its component describes it, without an engine: what stands in its task definitions.

use std::collections::BTreeMap;

use anyhow::Context as _;
use e2e::home::REGION;
use e2e::postgres::{MASTER, MASTER_PASSWORD};
use pulumi_component::monitor::Registration;
use pulumi_component::testing::{Asked, Run, run, value};
use pulumi_component::value::{PropertyMap, Value};
use serde_json::{Value as Json, json};

use crate::changes::merged;

const MASTER_SECRET: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds-master-Ab12Cd";
const TASK_DEFINITION: &str = "aws:ecs/taskDefinition:TaskDefinition";
/// The processes of Celery.
pub(crate) const WORKER: &str = "default";
pub(crate) const BEAT: &str = "beat";
const PARAMETER: &str = "aws:ssm/parameter:Parameter";

/// An app on a base whose database server listens on this machine.
pub(crate) struct App {
    name: String,
    registered: Run,
}

/// A container of one of its tasks.
pub(crate) struct Container {
    /// What it runs; nothing where the image says that.
    pub(crate) command: Vec<String>,
    /// With what ECS starts it: plain variables and secrets.
    pub(crate) environment: BTreeMap<String, String>,
}

impl App {
    /// An ad hoc app, with the port of the server and a password for all that has one.
    pub(crate) fn new(name: &str, port: u16, password: &str) -> anyhow::Result<Self> {
        Self::registered("AdHoc", name, port, password)
    }

    /// A production app, as the ad hoc one.
    pub(crate) fn of_production(name: &str, port: u16, password: &str) -> anyhow::Result<Self> {
        Self::registered("Prod", name, port, password)
    }

    fn registered(kind: &str, name: &str, port: u16, password: &str) -> anyhow::Result<Self> {
        let base = json!({
            "name": "base", "domainName": "example.com", "zoneId": "Z0ZONE", "vpcId": "vpc-1",
            "privateSubnetIds": ["subnet-1"], "loadBalancerDnsName": "lb.example.com", "loadBalancerZoneId": "Z0LB",
            "loadBalancerArnSuffix": "app/lb/1", "listenerArn": "arn:aws:elasticloadbalancing:::listener/app/lb/1/2",
            "appSecurityGroupId": "sg-1", "databaseHost": "127.0.0.1", "databasePort": port,
            "databaseSecretArn": MASTER_SECRET,
        });
        let of_base = match kind {
            "AdHoc" => json!({"namespaceId": "ns-1", "namespaceName": "dev-sd-ns"}),
            _ => json!({
                "cacheSecurityGroupId": "sg-2", "isolatedSubnetIds": ["subnet-3", "subnet-4"], "logBucketName": "logs",
            }),
        };
        let celery = |words: &str| format!("celery --quiet --app=shop {words}").split(' ').collect::<Json>();
        let app = json!({
            "base": merged(&base, &of_base), "image": "shop/backend:v1", "deployment": "Pulumi",
            "workers": [{"name": WORKER, "command": celery("worker --loglevel=INFO --concurrency=1")}],
            "beat": {"command": celery("beat --loglevel=INFO --schedule=/tmp/celerybeat")},
        });
        let Value::Object(inputs) = value(app) else {
            anyhow::bail!("arguments are an object");
        };
        let password = password.to_owned();
        let answers = move |_: &str, name: &str, given: &PropertyMap| answer(name, given, &password);
        let provider = pulumi_resource_aws_django::provider();
        let own = Registration::of_component(&format!("aws-django:index:{kind}App"), name, inputs);
        Ok(Self { name: name.to_owned(), registered: run(&provider, Asked::new(own), answers)? })
    }

    /// What a parameter of the app holds.
    pub(crate) fn parameter(&self, role: &str) -> anyhow::Result<String> {
        self.input(PARAMETER, role, "value")
    }

    /// A container of the task of a role.
    pub(crate) fn container(&self, role: &str, name: &str) -> anyhow::Result<Container> {
        let definitions: Json = serde_json::from_str(&self.input(TASK_DEFINITION, role, "containerDefinitions")?)?;
        let containers = definitions.as_array().context("a task has containers")?;
        let container = containers.iter().find(|container| container["name"] == name);
        let container = container.with_context(|| format!("there is no container `{name}`"))?;
        let mut environment = BTreeMap::new();
        for (list, key) in [("environment", "value"), ("secrets", "valueFrom")] {
            for variable in container[list].as_array().into_iter().flatten() {
                let (name, value) = (variable["name"].as_str(), variable[key].as_str());
                let (name, value) = (name.context("a variable has a name")?, value.context("it has a value")?);
                let value = if key == "value" { Some(value.to_owned()) } else { self.secret(value) };
                environment.insert(name.to_owned(), value.with_context(|| format!("`{name}` is from nowhere"))?);
            }
        }
        let words = |key: &str| match &container[key] {
            Json::Null => Ok(Vec::new()),
            words => serde_json::from_value::<Vec<String>>(words.clone()),
        };
        Ok(Container { command: [words("entryPoint")?, words("command")?].concat(), environment })
    }

    /// What ECS reads where it is told to; of a JSON one key.
    fn secret(&self, from: &str) -> Option<String> {
        let master = json!({"username": MASTER, "password": MASTER_PASSWORD});
        match from.strip_prefix(MASTER_SECRET).and_then(|key| key.strip_prefix(':')) {
            Some(key) => master[key.trim_end_matches(':')].as_str().map(str::to_owned),
            None => self.parameter(from.strip_prefix(&arn(&self.name))?.strip_prefix('-')?).ok(),
        }
    }

    fn input(&self, token: &str, role: &str, key: &str) -> anyhow::Result<String> {
        let child = self.registered.child(token, &format!("{}-{role}", self.name));
        child.inputs.get(key).and_then(text).with_context(|| format!("`{role}` has no text `{key}`"))
    }
}

/// What AWS answers to a registration, or to a function, which has no name: enough of each to go on with.
fn answer(name: &str, given: &PropertyMap, password: &str) -> PropertyMap {
    let facts =
        ["id", "accountId", "bucket", "clusterName", "dnsSuffix", "name", "partition", "primaryEndpointAddress"];
    let mut answer: PropertyMap = facts.map(|fact| (fact.to_owned(), Value::String(format!("{name}-{fact}")))).into();
    answer.insert("region".to_owned(), Value::String(REGION.to_owned()));
    answer.insert("arn".to_owned(), Value::String(arn(name)));
    answer.insert("version".to_owned(), Value::Number(1.0));
    answer.insert("slot".to_owned(), Value::Number(1.0));
    answer.insert("randomPassword".to_owned(), Value::String(password.to_owned()));
    answer.retain(|fact, _| !given.contains_key(fact));
    answer
}

fn arn(name: &str) -> String {
    format!("arn:aws:service:eu-central-1:123456789012:{name}")
}

/// A text, also one that is secret.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Eventual(eventual) => eventual.value.as_ref().and_then(text),
        _ => None,
    }
}
