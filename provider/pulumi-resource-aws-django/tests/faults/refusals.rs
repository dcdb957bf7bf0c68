//! The engine refuses something that it is asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use pulumi_component::testing::engine::{Age, Asked, Fate, Question, TestEngine, urn};
use pulumi_component::testing::{Code, Status, proto};
use tokio::sync::Barrier;

use crate::deployment::{APP, BASE, COMPONENTS, DEV, base, inputs, plugin, request, script};

/// All that the engine is asked for by a component of this type and name, on a base of that type, when nothing fails.
async fn asked_for(token: &str, of: &str, name: &str) -> BTreeSet<Question> {
    let engine = TestEngine::start(script(Age::Current));
    let plugin = plugin(&engine);
    base(&plugin, &engine, of).await;
    plugin.construct(request(&engine, token, name, inputs(token))).await.expect("nothing fails");
    let questions = engine.record().questions.clone();
    questions.into_iter().filter(|question| question.name.starts_with(name)).collect()
}

/// What a request says that failed because of this.
fn failed(question: &Question) -> String {
    let Question { asked, token, name } = question;
    match asked {
        Asked::Features => "the engine does not say what it can do".to_owned(),
        Asked::Component | Asked::Resource => format!("`{name}` (`{token}`) failed to register"),
        Asked::Outputs => format!("the outputs of `urn:pulumi:dev::shop::{token}::{name}` failed to register"),
        Asked::Function => format!("the function `{token}` failed"),
    }
}

/// The same question about a component of another name.
fn renamed(question: &Question, from: &str, to: &str) -> Question {
    let role = question.name.strip_prefix(from).expect("what a component asks for bears its name");
    Question { name: format!("{to}{role}"), ..question.clone() }
}

#[tokio::test]
async fn a_refusal_ends_the_request_with_its_error_alone() {
    for (token, of) in COMPONENTS {
        let questions = asked_for(token, of, "first").await;
        // One component for each of them, all at once.
        let questions = questions.iter().enumerate();
        let refused: Vec<_> = questions.map(|(k, question)| renamed(question, "first", &format!("no{k}"))).collect();
        let among: BTreeSet<_> = refused.iter().cloned().collect();
        let engine = TestEngine::start(script(Age::Current).deciding(move |question| {
            let reason = format!("no room for {}", question.name);
            let refused = among.contains(&question);
            std::future::ready(if refused { Fate::Refused(Status::unknown(reason)) } else { Fate::Created })
        }));
        let plugin = plugin(&engine);
        base(&plugin, &engine, of).await;
        let requests = refused.iter().enumerate().map(async |(k, question)| {
            let name = format!("no{k}");
            let status = plugin.construct(request(&engine, token, &name, inputs(token))).await.expect_err("refused");
            let told = format!("{}: no room for {}", failed(question), question.name);
            assert_eq!(status.code(), Code::Unknown, "{status}");
            // The advice on what to do about a function follows behind a semicolon.
            let said = status.message();
            assert!(said == told || said.starts_with(&format!("{told}; ")), "{said}, not {told}");
            assert_eq!(said.lines().count(), 1, "{said}");
            name
        });
        let names = join_all(requests).await;
        engine.idle().await;
        let record = engine.record();
        let completed = |name: &String| record.outputs.iter().any(|it| it.urn.ends_with(&format!("::{name}")));
        assert_eq!(names.iter().filter(|name| completed(name)).count(), 0, "completed in spite of a failure");
        for question in refused.iter().filter(|question| question.asked == Asked::Resource) {
            let waiting = |it: &&proto::RegisterResourceRequest| {
                it.dependencies.iter().any(|urn| urn.ends_with(&format!("{}::{}", question.token, question.name)))
            };
            assert_eq!(record.registrations.iter().find(waiting), None, "registered in spite of what it depends on");
        }
    }
}

#[tokio::test]
async fn what_is_asked_before_anything_is_registered_can_fail_too() {
    let check = async |asked: Asked, message: &str| {
        let engine = TestEngine::start(script(Age::Current).deciding(move |question| {
            let refused = question.asked == asked && question.name.is_empty();
            std::future::ready(if refused { Fate::Refused(Status::unknown("no room")) } else { Fate::Created })
        }));
        let status = plugin(&engine).construct(request(&engine, APP, "alpha", inputs(APP))).await.expect_err("refused");
        assert_eq!((status.code(), status.message()), (Code::Unknown, message));
        assert_eq!(engine.record().registrations, [], "registered in spite of a failure");
    };
    check(Asked::Features, "the engine does not say what it can do: no room").await;
    let urn = urn("", BASE, DEV);
    let unreadable = "which the engine cannot read: the function `pulumi:pulumi:getResource` failed: no room";
    check(Asked::Function, &format!("an argument refers to `{urn}`, {unreadable}")).await;
}

#[tokio::test]
async fn all_that_fails_at_the_same_time_is_told() {
    for (token, of) in COMPONENTS {
        let engine = TestEngine::start(script(Age::Current));
        let calm = plugin(&engine);
        base(&calm, &engine, of).await;
        calm.construct(request(&engine, token, "first", inputs(token))).await.expect("nothing fails");
        // What waits for no other resource is under way together with all else that does not.
        let roots: BTreeSet<_> = engine
            .record()
            .registrations
            .iter()
            .filter(|it| it.custom && it.name.starts_with("first-") && it.dependencies.is_empty())
            .map(|it| Question { asked: Asked::Resource, token: it.r#type.clone(), name: it.name.clone() })
            .collect();
        assert!(roots.len() > 5, "{} resources wait for no other", roots.len());

        let (together, among) = (Arc::new(Barrier::new(roots.len())), roots.clone());
        let engine = TestEngine::start(script(Age::Current).deciding(move |question| {
            let (together, refused) = (together.clone(), among.contains(&question));
            async move {
                if !refused {
                    return Fate::Created;
                }
                together.wait().await;
                Fate::Refused(Status::unknown("no room"))
            }
        }));
        let plugin = plugin(&engine);
        base(&plugin, &engine, of).await;
        let status = plugin.construct(request(&engine, token, "first", inputs(token))).await.expect_err("refused");
        let told: BTreeSet<_> = status.message().lines().map(str::to_owned).collect();
        let expected: BTreeSet<_> = roots.iter().map(|question| format!("{}: no room", failed(question))).collect();
        assert_eq!(told, expected);
        assert_eq!(status.message().lines().count(), expected.len(), "{}", status.message());
    }
}
