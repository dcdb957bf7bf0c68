//! How what goes wrong is told to the engine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use pulumi_component::testing::engine::{Age, Fate, TestEngine};
use pulumi_component::testing::plugin::faults;
use pulumi_component::testing::proto;
use pulumi_component::testing::values::{output, secret};
use serde_json::{Value as Json, json};
use tokio::sync::Notify;
use tonic::{Code, Status};

use crate::plugin::{engine, greeting, request, script, toy};

/// What is said of a panic of the toy.
const PANIC: &str = "broke off: no idea whom to greet; this is a bug in toy v1.0.0, please report it";

/// Where the toy gives away the closure that panics.
fn closure() -> String {
    let mut lines = include_str!("toy.rs").lines().enumerate();
    let place = lines.find_map(|(line, text)| Some((line + 1, text.find("map(|_: String| -> String { panic!")? + 1)));
    let (line, column) = place.unwrap();
    format!("the closure at `provider/pulumi-component-tests/tests/loopback/toy.rs:{line}:{column}`")
}

#[tokio::test]
async fn wrong_arguments_are_told_with_their_places_unless_they_are_secret() {
    let engine = engine(Age::Current, Fate::Created);
    let plugin = toy(&engine);
    let check = async |inputs: Json, message: &str, places: &[(&str, &str)]| {
        let status = plugin.construct(request(&engine, inputs)).await.unwrap_err();
        let places: Vec<_> = places.iter().map(|(path, reason)| ((*path).to_owned(), (*reason).to_owned())).collect();
        let found = (status.code(), status.message(), faults(&status));
        assert_eq!(found, (Code::InvalidArgument, message, places));
    };
    let short = "must have at least 8 letters";
    check(json!({"whom": 3, "password": "short"}), "", &[("whom", "must be a text"), ("password", short)]).await;
    check(json!({"whom": "you", "password": secret("short")}), "`password` must have at least 8 letters", &[]).await;
    let hidden = output(json!({"value": "short", "secret": true}));
    let both = ("`password` must have at least 8 letters", &[("whom", "must be a text")]);
    check(json!({"whom": 3, "password": hidden}), both.0, both.1).await;
    let unknown_mark = json!({"4dabf18193072939515e22adb298388d": "something new"});
    let reason = "`whom[\"a.b\"]` is marked as something that this version of the package does not know";
    check(json!({"whom": {"a.b": unknown_mark}}), reason, &[]).await;
    assert_eq!(engine.record().registrations.len(), 0, "registered in spite of wrong arguments");
}

#[tokio::test]
async fn a_resource_that_fails_ends_the_request_with_its_name() {
    let check = async |fate: Fate, code: Code, message: &str| {
        let engine = engine(Age::Current, fate);
        let plugin = toy(&engine);
        let status = plugin.construct(greeting(&engine)).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (code, message));
        assert_eq!(engine.record().outputs.len(), 0, "completed in spite of a failure");
    };
    let thing = "`hi-thing` (`stuff:index:Thing`)";
    let failed = format!("{thing} failed to register");
    let skipped = format!("{thing} was skipped, since something it depends on failed");
    check(Fate::Result(proto::Result::Fail), Code::Unknown, &failed).await;
    check(Fate::Result(proto::Result::Skip), Code::Unknown, &skipped).await;
    check(Fate::Refused(Status::internal("it broke")), Code::Unknown, &format!("{failed}: it broke")).await;
    let ended = format!("{failed}, because the deployment has ended");
    check(Fate::Refused(Status::unavailable("resource monitor shut down")), Code::Cancelled, &ended).await;
    // More than an HTTP/2 client takes by default.
    let long = "ä".repeat(20 * 1024);
    let bounded = format!("{failed}: {}", "ä".repeat(2 * 1024));
    check(Fate::Refused(Status::unknown(long)), Code::Unknown, &bounded).await;
}

#[tokio::test]
async fn a_function_that_refuses_ends_the_request_with_its_reasons() {
    let engine = engine(Age::Current, Fate::Faulty(vec![("", "too early"), ("zone", "is no zone")]));
    let plugin = toy(&engine);
    let status = plugin.construct(request(&engine, json!({"whom": "you", "action": "ask"}))).await.unwrap_err();
    let text = "the function `stuff:index:where` failed: too early; `zone`: is no zone";
    assert_eq!((status.code(), status.message()), (Code::Unknown, text));
}

#[tokio::test]
async fn a_panic_is_our_bug_and_ends_only_its_request() {
    // While the others panic, a neighbour waits for its resource.
    let (begun, panicked) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (asked, go) = (begun.clone(), panicked.clone());
    let engine = TestEngine::start(script(Age::Current).deciding(move |question| {
        let (asked, go) = (asked.clone(), go.clone());
        async move {
            if question.name == "hi-thing" {
                asked.notify_one();
                go.notified().await;
            }
            Fate::Created
        }
    }));
    let plugin = toy(&engine);
    let panics = async {
        begun.notified().await;
        let closure = closure();
        for (action, place) in [("panic", "the construction"), ("panic_late", &closure)] {
            let asked = request(&engine, json!({"whom": "you", "action": action}));
            let asked = proto::ConstructRequest { name: "ho".to_owned(), ..asked };
            let status = plugin.construct(asked).await.unwrap_err();
            let text = format!("{place} {PANIC}");
            assert_eq!((status.code(), status.message()), (Code::Unknown, text.as_str()), "{action}");
        }
        panicked.notify_one();
    };
    let (neighbour, ()) = tokio::join!(plugin.construct(greeting(&engine)), panics);
    neighbour.unwrap();
    plugin.construct(proto::ConstructRequest { name: "ho".to_owned(), ..greeting(&engine) }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_that_many_wait_for_ends_every_request_with_its_reason() {
    let engine = engine(Age::Current, Fate::Created);
    let plugin = toy(&engine);
    // Few at a time, so that those who wait for the panic are polled on several threads at once.
    let answers = stream::iter(0..100).map(async |number| {
        let asked = request(&engine, json!({"whom": "you", "action": "panic_everywhere"}));
        let asked = proto::ConstructRequest { name: format!("hi{number}"), ..asked };
        tokio::time::timeout(Duration::from_secs(20), plugin.construct(asked)).await
    });
    let mut told = BTreeMap::<_, usize>::new();
    let answers: Vec<_> = answers.buffer_unordered(4).collect().await;
    for answer in answers {
        let answer = answer.map(|answer| answer.unwrap_err().message().to_owned());
        *told.entry(answer.unwrap_or_else(|_| "hangs".to_owned())).or_default() += 1;
    }
    assert_eq!(told, BTreeMap::from([(format!("{} {PANIC}", closure()), 100)]));
}

#[tokio::test]
async fn an_error_too_long_for_an_answer_is_logged_in_full() {
    let engine = engine(Age::Current, Fate::Created);
    let plugin = toy(&engine);
    let status = plugin.construct(request(&engine, json!({"whom": "you", "action": "fail"}))).await.unwrap_err();
    assert!(status.message().len() < 9 * 1024, "{} bytes", status.message().len());
    let record = engine.record();
    let log: Vec<_> = record.log.iter().map(|log| (log.severity(), log.message.as_str())).collect();
    assert_eq!(log, [(proto::LogSeverity::Error, "cannot greet".repeat(2_000).as_str())]);
}

#[tokio::test]
async fn what_the_package_does_not_have_is_refused_by_name() {
    let engine = engine(Age::Current, Fate::Created);
    let plugin = toy(&engine);
    let mut client = plugin.client.clone();
    let tok = "toy:index:nothing".to_owned();
    let status = client.invoke(proto::InvokeRequest { tok: tok.clone(), args: None }).await.unwrap_err();
    let text = "toy v1.0.0 has no function `toy:index:nothing`; it has `toy:index:getWeight`: install the plugin's version \
                that the SDK names";
    assert_eq!((status.code(), status.message()), (Code::Unknown, text));
    let status = client.call(proto::CallRequest { tok }).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unimplemented, "`toy` has no method `toy:index:nothing`"));
    let check = proto::CheckRequest { r#type: "toy:index:Nothing".to_owned(), ..Default::default() };
    let status = client.check(check).await.unwrap_err();
    assert!(status.message().contains("has no resource `toy:index:Nothing`"), "{}", status.message());
    let status = client.get_schema(proto::GetSchemaRequest { version: 1 }).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unknown, "unsupported schema version 1"));
    let other = proto::ConstructRequest { r#type: "toy:index:Other".to_owned(), ..greeting(&engine) };
    let status = plugin.construct(other).await.unwrap_err();
    assert!(status.message().contains("has no component `toy:index:Other`"), "{}", status.message());
}
