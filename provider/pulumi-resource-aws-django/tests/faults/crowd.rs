//! Many requests at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use pulumi_component::testing::engine::{Age, Asked, Fate, TestEngine};
use pulumi_component::testing::plugin::Plugin;
use pulumi_component::testing::proto;
use pulumi_component::testing::values::secret;
use serde_json::json;
use tokio::sync::Barrier;

use crate::deployment::{APP, BASE, base, inputs, plugin, request, script};

/// An app that shares nothing with another one but the base.
fn app(engine: &TestEngine, name: &str) -> proto::ConstructRequest {
    let mut inputs = inputs(APP);
    inputs["image"] = json!(format!("registry.example.com/{name}:1.0.0"));
    inputs["environment"] = json!({"TOKEN": secret(format!("token-of-{name}"))});
    request(engine, APP, name, inputs)
}

/// What was registered for each app.
fn registered(engine: &TestEngine) -> BTreeMap<String, Vec<proto::RegisterResourceRequest>> {
    let mut apps: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for registration in &engine.record().registrations {
        let app = registration.name.split('-').next().unwrap_or_default().to_owned();
        apps.entry(app).or_default().push(registration.clone());
    }
    for registrations in apps.values_mut() {
        registrations.sort_by_key(|it| (it.r#type.clone(), it.name.clone()));
    }
    apps
}

async fn construct(plugin: &Plugin, request: proto::ConstructRequest) -> proto::ConstructResponse {
    plugin.construct(request).await.expect("the app can be constructed")
}

#[tokio::test]
async fn fifty_apps_at_once_stay_apart() {
    let names: Vec<_> = (10..60).map(|number| format!("app{number}")).collect();
    let alone = TestEngine::start(script(Age::Current));
    let one_by_one = plugin(&alone);
    base(&one_by_one, &alone, BASE).await;
    let mut expected = Vec::new();
    for name in &names {
        expected.push(construct(&one_by_one, app(&alone, name)).await);
    }

    // No app goes on before all of them have begun.
    let all = Arc::new(Barrier::new(names.len()));
    let engine = TestEngine::start(script(Age::Current).deciding(move |question| {
        let all = all.clone();
        async move {
            if question.asked == Asked::Component && question.token == APP {
                all.wait().await;
            }
            Fate::Created
        }
    }));
    let plugin = plugin(&engine);
    base(&plugin, &engine, BASE).await;
    let found = join_all(names.iter().map(|name| construct(&plugin, app(&engine, name)))).await;
    assert_eq!(found, expected);
    assert_eq!(registered(&engine), registered(&alone));
}
