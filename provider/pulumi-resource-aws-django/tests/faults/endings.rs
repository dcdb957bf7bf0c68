//! What is asked for never comes, or one of those who talk to each other goes away.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pulumi_component::testing::Code;
use pulumi_component::testing::engine::{Age, Asked, Fate, Question, TestEngine};
use pulumi_component::testing::plugin::Plugin;
use tokio::sync::Notify;

use crate::deployment::{BASE, COMPONENTS, DEV, base, command, inputs, plugin, request, script};

/// Within this time whatever is cancelled has ended.
const SOON: Duration = Duration::from_secs(1);

/// Within this time a plugin has ended whose engine is gone.
const GONE: Duration = Duration::from_secs(10);

/// An engine that never answers some questions. It tells when it is asked the first of them.
fn stuck(at: impl Fn(&Question) -> bool + Send + Sync + 'static) -> (TestEngine, Arc<Notify>) {
    let begun = Arc::new(Notify::new());
    let asked = begun.clone();
    let engine = TestEngine::start(script(Age::Current).deciding(move |question| {
        let stuck = at(&question);
        let asked = asked.clone();
        async move {
            if stuck {
                asked.notify_one();
                std::future::pending::<()>().await;
            }
            Fate::Created
        }
    }));
    (engine, begun)
}

/// An engine that never answers for resources.
fn without_resources() -> (TestEngine, Arc<Notify>) {
    stuck(|question| question.asked == Asked::Resource)
}

#[tokio::test]
async fn a_cancel_ends_a_request_wherever_it_is() {
    for (token, of) in COMPONENTS {
        let engine = TestEngine::start(script(Age::Current));
        let plugin = plugin(&engine);
        base(&plugin, &engine, of).await;
        let completed = engine.record().outputs.clone();
        plugin.construct(request(&engine, token, "alpha", inputs(token))).await.expect("nothing fails");
        let questions: BTreeSet<_> = engine.record().questions.iter().cloned().collect();
        let questions = questions.into_iter().filter(|it| !it.name.starts_with(DEV));
        // Every sixth resource, and all else.
        let (resources, others): (Vec<_>, Vec<_>) = questions.partition(|it| it.asked == Asked::Resource);
        for question in others.into_iter().chain(resources.into_iter().step_by(6)) {
            let place = question.clone();
            let (engine, begun) = stuck(move |asked| *asked == place);
            engine.record().outputs.clone_from(&completed);
            plugin.handshake(&engine).await.expect("another engine begins anew");
            let cancel = async {
                begun.notified().await;
                let sent = Instant::now();
                plugin.cancel().await.expect("a cancel is never refused");
                sent
            };
            let asked = request(&engine, token, "alpha", inputs(token));
            let constructing = tokio::time::timeout(GONE, plugin.construct(asked));
            let (ended, sent) = tokio::join!(constructing, cancel);
            assert!(sent.elapsed() < SOON, "{question:?}: {:?}", sent.elapsed());
            let status = ended.expect("a cancelled request ends").expect_err("cancelled");
            let told = (status.code(), status.message());
            assert_eq!(told, (Code::Cancelled, "cancelled, because the deployment has ended"), "{question:?}");
            tokio::time::timeout(SOON, engine.idle()).await.expect("the plugin gives up what it has asked for");
        }
    }
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_ends() {
    let (engine, begun) = without_resources();
    let plugin = plugin(&engine);
    tokio::select! {
        answer = plugin.construct(request(&engine, BASE, DEV, inputs(BASE))) => panic!("{answer:?}"),
        () = begun.notified() => {}
    }
    tokio::time::timeout(SOON, engine.idle()).await.expect("the plugin gives up what it has asked for");
    plugin.client.clone().get_plugin_info(()).await.expect("the plugin lives on");
}

#[tokio::test]
async fn the_plugin_ends_with_its_engine_while_it_works() {
    let (engine, begun) = without_resources();
    let mut plugin = plugin(&engine);
    let mut client = plugin.client.clone();
    let asked = request(&engine, BASE, DEV, inputs(BASE));
    let working = tokio::spawn(async move { client.construct(asked).await });
    begun.notified().await;
    // It must have seen the engine before it can miss it. The second look comes only if the first was answered.
    engine.seen.notified().await;
    engine.seen.notified().await;
    drop(engine);
    let (status, printed) = plugin.ended_within(GONE);
    assert_eq!((status.code(), printed.as_str()), (Some(0), ""));
    let status = working.await.expect("no panic").expect_err("there is nobody to ask");
    let told = status.message();
    assert!(told.lines().all(|line| line.ends_with("failed to register, because the deployment has ended")), "{told}");
}

#[tokio::test]
async fn the_plugin_ends_with_the_process_that_started_it() {
    // The engine that it talks to lives on: only its parent is dead.
    let (engine, begun) = without_resources();
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" \"$@\" & wait"]).arg(command().get_program());
    let mut parent = Plugin::start(&mut shell, &engine);
    let mut client = parent.client.clone();
    let asked = request(&engine, BASE, DEV, inputs(BASE));
    let working = tokio::spawn(async move { client.construct(asked).await });
    begun.notified().await;
    parent.signal("-KILL");
    let (status, _) = tokio::time::timeout(GONE, tokio::task::spawn_blocking(move || parent.ended_within(GONE)))
        .await
        .expect("what the plugin prints ends with it")
        .expect("no panic");
    assert_eq!(status.code(), None, "the shell was killed");
    working.await.expect("no panic").expect_err("the plugin is gone");
    engine.idle().await;
}
