//! The plugin's life, from its first byte to its last.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pulumi_component::testing::engine::{Age, Fate};
use pulumi_component::testing::plugin::Plugin;
use pulumi_component::testing::proto;
use pulumi_component::testing::values::object;
use serde_json::json;
use tokio::sync::Notify;
use tonic::Code;

use crate::plugin::{command, engine, greeting, stuck, toy};

#[tokio::test]
async fn the_engine_gets_to_know_the_plugin() {
    let engine = engine(Age::Current, Fate::Created);
    let plugin = toy(&engine);
    let mut client = plugin.client.clone();
    let request = proto::ProviderHandshakeRequest { engine_address: engine.address.clone() };
    let shake = client.handshake(request).await.unwrap().into_inner();
    assert_eq!((shake.accept_secrets, shake.accept_resources, shake.accept_outputs), (true, true, true));
    assert_eq!((shake.supports_autonaming_configuration, shake.accepts_byte_string), (false, false));
    assert_eq!(client.get_plugin_info(()).await.unwrap().into_inner().version, "1.0.0");
    let news = Some(object(json!({"version": "1.0.0", "maker": "you"})));
    let check = proto::CheckRequest { news: news.clone(), ..Default::default() };
    let expected = proto::CheckResponse { inputs: news, failures: Vec::new() };
    assert_eq!(client.check_config(check).await.unwrap().into_inner(), expected);
    let diff = client.diff_config(proto::DiffRequest::default()).await.unwrap().into_inner();
    assert_eq!(diff, proto::DiffResponse::default());
    let accepted = client.configure(proto::ConfigureRequest::default()).await.unwrap().into_inner();
    let all = (accepted.accept_secrets, accepted.accept_resources, accepted.accept_outputs, accepted.supports_preview);
    assert_eq!(all, (true, true, true, true));
}

#[tokio::test]
async fn the_schema_needs_no_engine() {
    let plugin = Plugin::start_with(&mut command(), &["ignored"]);
    let schema = plugin.client.clone().get_schema(proto::GetSchemaRequest::default()).await.unwrap().into_inner();
    let schema: serde_json::Value = serde_json::from_str(&schema.schema).unwrap();
    assert_eq!(schema["resources"]["toy:index:Greeter"]["isComponent"], json!(true));
}

#[tokio::test]
async fn a_cancel_ends_what_runs_and_refuses_what_comes() {
    let begun = Arc::new(Notify::new());
    let engine = stuck(&begun);
    let plugin = toy(&engine);
    let cancel = async {
        begun.notified().await;
        let sent = Instant::now();
        plugin.client.clone().cancel(()).await.unwrap();
        assert!(sent.elapsed() < Duration::from_secs(1), "{:?}", sent.elapsed());
    };
    let (status, ()) = tokio::join!(plugin.construct(greeting(&engine)), cancel);
    let cancelled = (Code::Cancelled, "cancelled, because the deployment has ended");
    let status = status.unwrap_err();
    assert_eq!((status.code(), status.message()), cancelled);
    let status = plugin.construct(greeting(&engine)).await.unwrap_err();
    assert_eq!((status.code(), status.message()), cancelled);
    plugin.client.clone().cancel(()).await.unwrap();
}

#[tokio::test]
async fn an_attached_plugin_serves_one_engine_after_the_other() {
    let mut plugin = Plugin::start_with(&mut command(), &[]);
    for _ in 0..2 {
        let engine = engine(Age::Current, Fate::Created);
        let mut client = plugin.client.clone();
        client.handshake(proto::ProviderHandshakeRequest { engine_address: engine.address.clone() }).await.unwrap();
        client.attach(proto::PluginAttach { address: engine.address.clone() }).await.unwrap();
        plugin.construct(greeting(&engine)).await.unwrap();
        client.cancel(()).await.unwrap();
    }
    plugin.signal("-INT");
    let (status, printed) = plugin.ended_within(Duration::from_secs(5));
    assert_eq!((status.code(), printed.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn a_signal_ends_the_process_even_while_it_works() {
    let begun = Arc::new(Notify::new());
    let engine = stuck(&begun);
    let mut plugin = toy(&engine);
    let mut client = plugin.client.clone();
    let request = greeting(&engine);
    let working = tokio::spawn(async move { client.construct(request).await });
    begun.notified().await;
    plugin.signal("-TERM");
    let (status, printed) = plugin.ended_within(Duration::from_secs(5));
    assert_eq!((status.code(), printed.as_str()), (Some(0), ""));
    working.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn the_process_does_not_outlive_its_engine() {
    let engine = engine(Age::Current, Fate::Created);
    let mut plugin = toy(&engine);
    plugin.construct(greeting(&engine)).await.unwrap();
    // It must have seen the engine before it can miss it. The second look comes only if the first was answered.
    engine.seen.notified().await;
    engine.seen.notified().await;
    drop(engine);
    let (status, printed) = plugin.ended_within(Duration::from_secs(10));
    assert_eq!((status.code(), printed.as_str()), (Some(0), ""));
}

#[test]
fn more_than_one_address_is_a_mistake() {
    let output = command().args(["127.0.0.1:1", "127.0.0.1:2"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &[][..]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told, "expected one address of an engine, not `127.0.0.1:1` and more\n");
}
