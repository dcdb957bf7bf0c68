//! The toy as a process, and what it is asked for.

use std::process::Command;
use std::sync::Arc;

use pulumi_component::testing::engine::{Age, Asked, Fate, Script, TestEngine};
use pulumi_component::testing::plugin::Plugin;
use pulumi_component::testing::values::object;
use pulumi_component::testing::{proto, value};
use pulumi_component::value::PropertyMap;
use serde_json::{Value as Json, json};
use tokio::sync::Notify;

/// An engine that knows where we are, and a provider that was told another place.
pub(crate) fn script(age: Age) -> Script {
    Script::new(age).answering(|token, _, _| {
        let place = match token {
            "stuff:index:where" => "here",
            "pulumi:providers:stuff" => "in the attic",
            _ => return PropertyMap::new(),
        };
        PropertyMap::from([("place".to_owned(), value(json!(place)))])
    })
}

/// An engine of that age, and what becomes of every resource and of every function.
pub(crate) fn engine(age: Age, fate: Fate) -> TestEngine {
    TestEngine::start(script(age).deciding(move |question| {
        let asked = matches!(question.asked, Asked::Resource | Asked::Function);
        std::future::ready(if asked { fate.clone() } else { Fate::Created })
    }))
}

/// An engine that never answers for a resource, and tells when it is asked for one.
pub(crate) fn stuck(begun: &Arc<Notify>) -> TestEngine {
    let begun = begun.clone();
    TestEngine::start(script(Age::Current).deciding(move |question| {
        let begun = begun.clone();
        async move {
            if question.asked == Asked::Resource {
                begun.notify_one();
                std::future::pending::<()>().await;
            }
            Fate::Created
        }
    }))
}

/// The toy, started by an engine.
pub(crate) fn toy(engine: &TestEngine) -> Plugin {
    Plugin::start(&mut command(), engine)
}

/// The toy's program.
pub(crate) fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_toy"))
}

/// A request to construct a greeter with these inputs.
pub(crate) fn request(engine: &TestEngine, inputs: Json) -> proto::ConstructRequest {
    proto::ConstructRequest {
        project: "shop".to_owned(),
        stack: "dev".to_owned(),
        monitor_endpoint: engine.address.clone(),
        r#type: "toy:index:Greeter".to_owned(),
        name: "hi".to_owned(),
        parent: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev".to_owned(),
        inputs: Some(object(inputs)),
        accepts_output_values: true,
        stack_trace_handle: "trace".to_owned(),
        ..Default::default()
    }
}

/// One that greets you.
pub(crate) fn greeting(engine: &TestEngine) -> proto::ConstructRequest {
    request(engine, json!({"whom": "you"}))
}
