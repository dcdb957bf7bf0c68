//! Requests that nobody would make on purpose.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use pulumi_component::testing::engine::{Age, Asked, Fate, TestEngine};
use pulumi_component::testing::plugin::{Plugin, bytes, faults};
use pulumi_component::testing::values::encoded_inputs;
use pulumi_component::testing::{Code, Status, proto, value};
use pulumi_component::value::Value;
use serde_json::{Value as Json, json};

use crate::answers::answers;
use crate::deployment::{BASE, COMPONENTS, PROD_BASE, base, inputs, plugin, request, script};
use crate::random::Random;

/// How many requests there are in a round.
const REQUESTS: u64 = 250;

/// Longer than any request takes, on a machine that is busy with other things too.
const LIMIT: Duration = Duration::from_secs(20);

/// By how much the memory of the plugin may differ between two rounds of the same requests.
const GROWTH: usize = 4 * 1024 * 1024;

/// With these letters the names of components begin that are updated, previewed, and told nonsense about AWS.
const UPDATED: char = 'u';
const PREVIEWED: char = 'p';
const LIED_TO: char = 'l';

/// An engine that goes by the names of the components.
fn engine() -> TestEngine {
    let script = script(Age::Current).deciding(|question| {
        let previewed = question.name.starts_with(PREVIEWED) && question.asked == Asked::Resource;
        std::future::ready(if previewed { Fate::Previewed } else { Fate::Created })
    });
    TestEngine::start(script.answering(|token, name, inputs| {
        let mut answer = answers(token, name, inputs);
        if name.starts_with(LIED_TO) {
            let seed = token.bytes().chain(name.bytes()).map(u64::from).fold(0, |sum, byte| sum * 31 % 65_537 + byte);
            let mut random = Random::new(seed);
            for value in answer.values_mut().filter(|_| random.percent(10)).collect::<Vec<_>>() {
                *value = random.value(2);
            }
        }
        answer
    }))
}

/// A request, by the number of its seed.
fn random_request(engine: &TestEngine, schema: &Json, seed: u64) -> (proto::ConstructRequest, Random) {
    let mut random = Random::new(seed);
    let token = random.pick(&COMPONENTS).0;
    let arguments = if random.percent(50) {
        let described = &schema["resources"][token];
        random.of_properties(schema, &described["inputProperties"], &described["requiredInputs"], 6)
    } else {
        let mut arguments = value(inputs(token));
        for _ in 0..random.below(4) {
            random.disturb(&mut arguments);
        }
        match arguments {
            Value::Object(arguments) => arguments,
            other => [("value".to_owned(), other)].into(),
        }
    };
    let kind = *random.pick(&[UPDATED, PREVIEWED, LIED_TO]);
    let name = if random.percent(5) { random.text() } else { format!("{kind}{seed}") };
    let mut asked = request(engine, token, &name, json!({}));
    asked.inputs = Some(encoded_inputs(arguments));
    asked.dry_run = kind == PREVIEWED;
    if random.percent(3) {
        asked.r#type = random.text();
    }
    if random.percent(5) {
        asked.parent = random.text();
    }
    asked.dependencies = random.urns().into_iter().collect();
    if random.percent(5) {
        asked.additional_secret_outputs = vec![random.text()];
        asked.deleted_with = random.text();
        asked.protect = Some(random.percent(50));
        asked.providers = [(random.text(), random.text())].into();
    }
    (asked, random)
}

/// A person can do something with each sentence: what a program prints of its own values does not help.
fn check_understandable(text: &str, of: &str) {
    let machine = ["Some(", "Ok(", "Err(", "Error(", "Value::", "unwrap", "panicked", "broke off", "{:"];
    let found = machine.iter().find(|word| text.contains(*word));
    assert_eq!(found, None, "`{text}` of {of}");
    assert!(text.split_whitespace().count() >= 3, "`{text}` of {of} says too little");
    assert!(!text.ends_with('.') && text.len() < 9 * 1024, "`{text}` of {of}");
    let begins = text.chars().next().is_some_and(|first| first.is_lowercase() || first == '`');
    assert!(begins, "`{text}` of {of}");
}

fn check_status(status: &Status, of: &str, lied_to: bool) {
    let faults = faults(status);
    assert!(!faults.is_empty() || !status.message().is_empty(), "{of} fails without a word");
    status.message().lines().for_each(|line| check_understandable(line, of));
    for (path, reason) in &faults {
        check_understandable(reason, &format!("`{path}` of {of}"));
    }
    // Only an AWS that answers what it never answers is a reason to doubt the package.
    assert!(lied_to || !status.message().contains("bug"), "{status} of {of}");
    let expected = if faults.is_empty() { [Code::Unknown, Code::InvalidArgument] } else { [Code::InvalidArgument; 2] };
    assert!(expected.contains(&status.code()), "{status} of {of}");
}

/// How requests ended: done, refused, not even read.
#[derive(Debug, Default, PartialEq)]
struct Ends {
    done: usize,
    refused: usize,
    unread: usize,
}

/// Makes every request of a round, some at a time.
async fn round(plugin: &Plugin, engine: &TestEngine, schema: &Json) -> Ends {
    let ends = stream::iter(0..REQUESTS).map(async |seed| {
        let of = format!("seed {seed}");
        let (asked, mut random) = random_request(engine, schema, seed);
        let lied_to = asked.name.starts_with(LIED_TO);
        let disturbed = random.percent(20);
        let answer = if disturbed {
            let mut bytes = bytes(&asked);
            random.disturb_bytes(&mut bytes);
            tokio::time::timeout(LIMIT, plugin.construct_bytes(bytes)).await
        } else {
            tokio::time::timeout(LIMIT, plugin.construct(asked)).await
        };
        match answer.unwrap_or_else(|_| panic!("{of} takes for ever")) {
            Ok(_) => Ends { done: 1, ..Ends::default() },
            // No engine sends what is no request; what reads it is not ours.
            Err(status) if disturbed && status.code() == Code::Internal => Ends { unread: 1, ..Ends::default() },
            Err(status) => {
                check_status(&status, &of, lied_to);
                Ends { refused: 1, ..Ends::default() }
            }
        }
    });
    ends.buffer_unordered(8)
        .fold(Ends::default(), async |all, one| Ends {
            done: all.done + one.done,
            refused: all.refused + one.refused,
            unread: all.unread + one.unread,
        })
        .await
}

#[tokio::test]
async fn random_requests_end_with_a_result_or_a_sentence() {
    let schema = serde_json::to_value(pulumi_resource_aws_django::provider().schema().expect("the schema is sound"))
        .expect("the schema is JSON");
    let engine = engine();
    let plugin = plugin(&engine);
    for token in [BASE, PROD_BASE] {
        base(&plugin, &engine, token).await;
    }
    let first = round(&plugin, &engine, &schema).await;
    assert!(first.done > 10 && first.refused > 100 && first.unread > 10, "{first:?}");
    let before = plugin.memory();
    assert_eq!(round(&plugin, &engine, &schema).await, first);
    match (before, plugin.memory()) {
        (Some((before, _)), Some((after, _))) => assert!(after < before + GROWTH, "{before} bytes, then {after}"),
        _ => println!("skipped: this system does not say how much memory a process has"),
    }
    engine.idle().await;
}
