//! How fast the plugin is, and how much memory it takes: run by `cargo xtask bench`, which prints this table.
//!
//! The engine is our own and runs beside the plugin, so that its work counts as well.
#![expect(clippy::expect_used, reason = "a program that talks to the person who runs it")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use pulumi_component::testing::engine::{Age, Asked, Fate, Question, Script, TestEngine, urn};
use pulumi_component::testing::plugin::Plugin;
use pulumi_component::testing::proto;

#[path = "../src/tests/answers.rs"]
mod answers;
#[path = "../tests/faults/deployment.rs"]
mod deployment;
#[path = "numbers/table.rs"]
mod table;

use deployment::{APP, BASE, COMPONENTS, base, inputs, plugin, request, script};
use table::{head, median, memory_row, milliseconds, row};

/// How long the engine takes for each registration where its latency counts.
const LATENCY: Duration = Duration::from_millis(20);

/// How many apps there are at once.
const CROWD: usize = 50;

/// How often what is fast is measured; the median counts.
const TIMES: usize = 20;

#[tokio::main]
async fn main() {
    head("the plugin");
    start().await;
    for (token, of) in COMPONENTS {
        graph(token, of).await;
    }
    crowd().await;
}

/// From the start of the process to its first answer.
async fn start() {
    let engine = TestEngine::start(script(Age::Current));
    let (mut times, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let begun = Instant::now();
        let plugin = plugin(&engine);
        plugin.handshake(&engine).await.expect("the plugin answers");
        times.push(begun.elapsed());
        sizes.extend(plugin.memory().map(|(now, _)| now));
    }
    row("start to the first answer, ms", milliseconds(median(times)), 5.0);
    memory_row("memory after the first answer, MiB", sizes, 12.0);
}

/// How long the engine took for each registration. Its clock is coarse: a sleep takes up to two milliseconds longer.
type Latencies = Arc<Mutex<BTreeMap<Question, Duration>>>;

/// A component under an engine that takes its time, held against the longest chain of its registrations.
async fn graph(token: &str, of: &str) {
    let latencies = Latencies::default();
    let notes = latencies.clone();
    let slow = script(Age::Current).deciding(move |question| {
        let notes = notes.clone();
        async move {
            if matches!(question.asked, Asked::Component | Asked::Resource) {
                let begun = Instant::now();
                tokio::time::sleep(LATENCY).await;
                notes.lock().expect("nobody panics").insert(question, begun.elapsed());
            }
            Fate::Created
        }
    });
    let mut runs = Vec::new();
    for _ in 0..TIMES / 2 {
        let (plugin, engine) = ready(slow.clone(), of).await;
        engine.record().registrations.clear();
        let asked = request(&engine, token, "alpha", inputs(token));
        let begun = Instant::now();
        plugin.construct(asked).await.expect("nothing fails");
        let time = milliseconds(begun.elapsed());
        let path = critical_path(&engine.record().registrations, &latencies.lock().expect("nobody panics"));
        runs.push((time / milliseconds(path), time));
    }
    runs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, time) = runs[runs.len() / 2];
    let what = token.rsplit(':').next().expect("a token has a last part");
    row(&format!("{what}: {time:.0} ms, as a multiple of its critical path"), ratio, 1.15);
}

/// Many apps at once, under an engine that answers at once.
async fn crowd() {
    let (plugin, engine) = ready(script(Age::Current), BASE).await;
    let construct = async |name: String| {
        plugin.construct(request(&engine, APP, &name, inputs(APP))).await.expect("nothing fails");
    };
    // By turns, so that whatever else the machine does slows both down.
    let (mut alone, mut crowds) = (Vec::new(), Vec::new());
    for round in 0..TIMES {
        let begun = Instant::now();
        construct(format!("alone{round}")).await;
        alone.push(begun.elapsed());
        if round % 4 == 0 {
            let begun = Instant::now();
            join_all((0..CROWD).map(|number| construct(format!("app{round}-{number}")))).await;
            crowds.push(begun.elapsed());
        }
    }
    let alone = milliseconds(median(alone));
    let each = milliseconds(median(crowds)) / f64::from(u32::try_from(CROWD).expect("a small number"));
    row(&format!("{CROWD} apps at once: time for each, ms (at most that of one alone)"), each, alone);
    let most = plugin.memory().map(|(_, most)| most);
    memory_row(&format!("{CROWD} apps at once: memory at its highest, MiB"), most.into_iter().collect(), 64.0);
}

/// A plugin that has constructed a base for apps to stand on.
async fn ready(script: Script, of: &str) -> (Plugin, TestEngine) {
    let engine = TestEngine::start(script);
    let plugin = plugin(&engine);
    base(&plugin, &engine, of).await;
    (plugin, engine)
}

/// How long the registrations take that have to follow one another, each after its parent and all that it depends on.
fn critical_path(
    registrations: &[proto::RegisterResourceRequest],
    latencies: &BTreeMap<Question, Duration>,
) -> Duration {
    // In the order in which they came each stands behind those that it waited for.
    let mut ends: BTreeMap<String, Duration> = BTreeMap::new();
    for it in registrations {
        let before = it.dependencies.iter().chain([&it.parent]).filter_map(|urn| ends.get(urn)).max();
        let before = before.copied().unwrap_or_default();
        let asked = if it.custom { Asked::Resource } else { Asked::Component };
        let question = Question { asked, token: it.r#type.clone(), name: it.name.clone() };
        ends.insert(urn(&it.parent, &it.r#type, &it.name), before + latencies[&question]);
    }
    ends.into_values().max().unwrap_or_default()
}
