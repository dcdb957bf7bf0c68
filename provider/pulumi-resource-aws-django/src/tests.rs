//! Components over the fake monitor: what they register is the test's subject.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use pulumi_component::testing::{Pinned, Run, difference, run, value};
use pulumi_component::value::PropertyMap;
use pulumi_component::{Component, Error, Failure, Value};
use serde_json::{Value as Json, json};

mod ad_hoc_app;
mod ad_hoc_base;
mod arguments;
mod surface;

static PINNED: LazyLock<Pinned> =
    LazyLock::new(|| Pinned::parse(include_str!("aws.schema.json")).expect("the pinned schema can be read"));

/// Constructs a component in an update. Every registration must fit the pinned schema.
pub(crate) fn up<C: Component>(name: &str, args: Json) -> Result<Run, Error> {
    construct::<C>(name, args, false)
}

/// Constructs a component in a preview.
pub(crate) fn preview<C: Component>(name: &str, args: Json) -> Result<Run, Error> {
    construct::<C>(name, args, true)
}

fn construct<C: Component>(name: &str, args: Json, preview: bool) -> Result<Run, Error> {
    let Value::Object(args) = value(args) else { panic!("arguments are an object") };
    construct_with::<C>(name, args, preview)
}

/// As [`up`] and [`preview`], with arguments that may hold secrets, unknowns and references.
pub(crate) fn construct_with<C: Component>(name: &str, args: PropertyMap, preview: bool) -> Result<Run, Error> {
    let run = run(&crate::provider(), C::TOKEN, name, args, preview, Arc::new(answers))?;
    let problems: Vec<_> = run.children.iter().flat_map(|child| PINNED.check_registration(child)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(run)
}

/// The problems that a component reports with these arguments: `path: reason`, in the order in which they are told.
pub(crate) fn problems<C: Component>(name: &str, args: Json) -> Vec<String> {
    match preview::<C>(name, args) {
        Ok(_) => Vec::new(),
        Err(Error::Arguments { shown, hidden }) => {
            let tell = |Failure { path, reason }: &Failure| format!("{path}: {reason}");
            shown.iter().chain(&hidden).map(tell).collect()
        }
        Err(error) => vec![error.to_string()],
    }
}

/// Compares a text with the snapshot of that name.
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// What differs between two runs, for a snapshot that can be read.
pub(crate) fn changes(before: &Run, after: &Run) -> String {
    difference(&before.text(), &after.text())
}

/// What AWS answers: every output that a resource declares, called after the resource and the output, so that a
/// snapshot shows where a value comes from; and a few functions.
fn answers(token: &str, name: &str, given: &PropertyMap) -> PropertyMap {
    let answer = match token {
        "aws:index/getAvailabilityZones:getAvailabilityZones" => {
            json!({"names": ["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d"]})
        }
        "aws:index/getCallerIdentity:getCallerIdentity" => json!({"accountId": "111122223333"}),
        "aws:index/getPartition:getPartition" => json!({"partition": "aws", "dnsSuffix": "amazonaws.com"}),
        "aws:index/getRegion:getRegion" => json!({"region": "eu-west-1", "id": "eu-west-1"}),
        "aws:route53/getZone:getZone" => json!({"zoneId": "Z0ZONE", "id": "Z0ZONE"}),
        "aws:secretsmanager/getRandomPassword:getRandomPassword" => json!({"randomPassword": "random"}),
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
    let outputs = PINNED.outputs(token).into_iter().filter(|(output, _)| !given.contains_key(output));
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
        let option = json!({
            "domainName": "example.com", "resourceRecordName": "_check.example.com", "resourceRecordType": "CNAME",
            "resourceRecordValue": "_value.acm-validations.aws",
        });
        answer.insert("domainValidationOptions".to_owned(), json!([option]));
    }
    if token == "aws:rds/instance:Instance" {
        let secret = json!({"secretArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds-master-Ab12Cd"});
        answer.insert("masterUserSecrets".to_owned(), json!([secret]));
    }
    Json::Object(answer)
}
