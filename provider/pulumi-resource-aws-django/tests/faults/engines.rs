//! Engines that answer in another way than usual: late, at length, or without knowing much.

use std::time::Duration;

use pulumi_component::testing::Code;
use pulumi_component::testing::engine::{Age, Fate, Script, TestEngine, urn};
use pulumi_component::testing::proto::{self, ResourceMonitorFeature as Feature};
use pulumi_component::testing::values::{decoded, encoded, secret};
use pulumi_component::value::Value;
use serde_json::json;

use crate::answers::answers;
use crate::deployment::{APP, BASE, DEV, base, inputs, plugin, request, script};

type Change = fn(&mut proto::ConstructRequest);

/// What comes of a base and of an app under an engine that behaves like this.
#[derive(Clone, Debug, PartialEq)]
struct Outcome {
    base: proto::ConstructResponse,
    app: proto::ConstructResponse,
    registrations: Vec<proto::RegisterResourceRequest>,
    invokes: Vec<proto::ResourceInvokeRequest>,
}

async fn outcome(script: Script) -> Outcome {
    let engine = TestEngine::start(script);
    let plugin = plugin(&engine);
    let base = base(&plugin, &engine, BASE).await;
    let mut inputs = inputs(APP);
    inputs["environment"] = json!({"TOKEN": secret("hunter2")});
    let app = plugin.construct(request(&engine, APP, "alpha", inputs)).await.expect("the app can be constructed");
    let mut record = engine.record().clone();
    record.registrations.sort_by_key(|it| (it.r#type.clone(), it.name.clone()));
    record.invokes.sort_by_key(|it| (it.tok.clone(), it.parent.clone()));
    Outcome { base, app, registrations: record.registrations, invokes: record.invokes }
}

#[tokio::test]
async fn late_and_long_answers_change_nothing() {
    let usual = outcome(script(Age::Current)).await;
    let late = script(Age::Current).deciding(|question| async move {
        let seconds = if question.token == "aws:ec2/vpc:Vpc" { 5.0 } else { 0.02 };
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        Fate::Created
    });
    assert_eq!(outcome(late).await, usual);
    // More than a gRPC client takes by default.
    let filler = Value::String("x".repeat(5 * 1024 * 1024));
    let long = script(Age::Current).answering(move |token, name, inputs| {
        let mut answer = answers(token, name, inputs);
        if ["aws:ec2/vpc:Vpc", "aws:index/getAvailabilityZones:getAvailabilityZones"].contains(&token) {
            answer.insert("filler".to_owned(), filler.clone());
        }
        answer
    });
    assert_eq!(outcome(long).await, usual);
}

/// A value as it is written for an engine that lacks a feature.
fn plain(value: Value, lacking: Feature) -> Value {
    match value {
        Value::Eventual(eventual) if lacking == Feature::Secrets => {
            plain(eventual.value.unwrap_or(Value::unknown()), lacking)
        }
        Value::Reference(reference) if lacking == Feature::ResourceReferences => Value::String(reference.urn),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| plain(item, lacking)).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, plain(value, lacking))).collect()),
        other => other,
    }
}

/// What differs in an engine that lacks a feature: nothing but what the feature is for.
fn without(lacking: Feature, mut outcome: Outcome) -> Outcome {
    for registration in &mut outcome.registrations {
        let properties = decoded(registration.object.take().unwrap_or_default()).into_iter();
        let properties = properties.map(|(key, value)| (key, plain(value, lacking))).collect();
        registration.object = Some(encoded(properties));
        registration.accept_resources &= lacking != Feature::ResourceReferences;
        registration.alias_specs &= lacking != Feature::AliasSpecs;
        if lacking == Feature::ReplaceWith {
            registration.replace_with.clear();
        }
    }
    for invoke in &mut outcome.invokes {
        invoke.accept_resources &= lacking != Feature::ResourceReferences;
        if lacking == Feature::InvokeParent {
            invoke.parent.clear();
        }
    }
    outcome
}

#[tokio::test]
async fn an_engine_that_lacks_a_feature_gets_the_rest() {
    let usual = outcome(script(Age::Current)).await;
    for feature in (0..=16).filter_map(|id| Feature::try_from(id).ok()) {
        let lacking = outcome(script(Age::Without(feature))).await;
        assert_eq!(lacking, without(feature, usual.clone()), "{feature:?}");
    }
    for age in [Age::Probed, Age::Ancient] {
        outcome(script(age)).await;
    }
}

#[tokio::test]
async fn an_option_that_the_engine_lacks_is_refused_by_name() {
    let options: [(Feature, &str, Change); 2] = [
        (Feature::DeletedWith, "`deletedWith`", |it| it.deleted_with = urn("", "stuff:index:Thing", "other")),
        (Feature::ResourceHooks, "resource hooks", |it| {
            let after_create = vec!["told".to_owned()];
            it.resource_hooks =
                Some(proto::construct_request::ResourceHooksBinding { after_create, ..Default::default() });
        }),
    ];
    for (feature, option, change) in options {
        let engine = TestEngine::start(script(Age::Without(feature)));
        let plugin = plugin(&engine);
        let mut asked = request(&engine, BASE, DEV, inputs(BASE));
        change(&mut asked);
        let status = plugin.construct(asked).await.expect_err("refused");
        let text = format!("`{DEV}` (`{BASE}`): the Pulumi CLI does not support {option}; update it");
        assert_eq!((status.code(), status.message()), (Code::Unknown, text.as_str()));
    }
}
