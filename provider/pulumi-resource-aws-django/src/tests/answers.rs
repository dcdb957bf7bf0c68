//! What AWS answers to a component, in tests.

use std::sync::LazyLock;

use aws_django_release::Search;
use pulumi_component::testing::{Pinned, value};
use pulumi_component::value::{Eventual, PropertyMap, Value};
use serde_json::{Value as Json, json};

/// What we use of Pulumi's AWS package.
pub(crate) static PINNED: LazyLock<Pinned> =
    LazyLock::new(|| Pinned::parse(include_str!("../aws.schema.json")).expect("the pinned schema can be read"));

/// What the package has itself.
pub(crate) static OWN: LazyLock<Pinned> =
    LazyLock::new(|| Pinned::of(&pulumi_resource_aws_django::provider().schema().expect("the package is sound")));

/// What AWS answers: every output that a resource declares, called after the resource and the output, so that a
/// snapshot shows where a value comes from; and a few functions.
pub(crate) fn answers(token: &str, name: &str, given: &PropertyMap) -> PropertyMap {
    let answer = match token {
        "aws:index/getAvailabilityZones:getAvailabilityZones" => {
            json!({"names": ["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d"]})
        }
        "aws:index/getCallerIdentity:getCallerIdentity" => json!({"accountId": "111122223333"}),
        "aws:index/getPartition:getPartition" => json!({"partition": "aws", "dnsSuffix": "amazonaws.com"}),
        "aws:index/getRegion:getRegion" => json!({"region": "eu-west-1", "id": "eu-west-1"}),
        "aws:route53/getZone:getZone" => json!({"zoneId": "Z0ZONE", "id": "Z0ZONE"}),
        "aws:secretsmanager/getRandomPassword:getRandomPassword" => json!({"randomPassword": "random"}),
        // Nothing is at the listener.
        "aws-django:index:getListenerSlot" => {
            let app = if let Value::String(app) = &given["app"] { app } else { "" };
            json!({"slot": Search::of(app).from})
        }
        "aws-django:index:getRunningImages" => {
            json!({"backend": "registry.example.com/shop:live", "counts": {"alpha-gunicorn": 3}})
        }
        "aws:ssm/getParameter:getParameter" => json!({"value": "ami-1", "insecureValue": "ami-1"}),
        _ => declared(token, name, given),
    };
    match value(answer) {
        Value::Object(answer) => answer,
        _ => PropertyMap::new(),
    }
}

/// The outputs that a resource declares beyond its inputs.
fn declared(token: &str, name: &str, given: &PropertyMap) -> Json {
    let kind = token.rsplit(':').next().unwrap_or_default();
    let pinned = if OWN.has(token) { &OWN } else { &PINNED };
    let outputs = pinned.outputs(token).into_iter().filter(|(output, _)| !given.contains_key(output));
    let mut answer: serde_json::Map<_, _> = outputs
        .filter_map(|(output, of)| {
            let value = match of.as_str() {
                "string" => json!(format!("[{kind} {name}: {output}]")),
                "number" => json!(5432),
                _ => return None,
            };
            Some((output, value))
        })
        .collect();
    answer.insert("id".to_owned(), json!(format!("[{kind} {name}: id]")));
    if token == "aws:acm/certificate:Certificate" {
        let option = |name: &Value| {
            let name = match name.flatten().value {
                Some(Value::String(name)) => name,
                _ => String::new(),
            };
            let record = format!("_check.{name}");
            json!({
                "domainName": name, "resourceRecordName": record, "resourceRecordType": "CNAME",
                "resourceRecordValue": "_value.acm-validations.aws",
            })
        };
        let others = match given.get("subjectAlternativeNames").map(Value::flatten) {
            Some(Eventual { value: Some(Value::Array(names)), .. }) => names,
            _ => Vec::new(),
        };
        let options: Vec<_> = given.get("domainName").into_iter().chain(&others).map(option).collect();
        answer.insert("domainValidationOptions".to_owned(), json!(options));
    }
    if token == "aws:rds/instance:Instance" {
        let secret = json!({"secretArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds-master-Ab12Cd"});
        answer.insert("masterUserSecrets".to_owned(), json!([secret]));
    }
    Json::Object(answer)
}
