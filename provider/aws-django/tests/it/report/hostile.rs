//! Whatever a preview has in it, its report fits, shows no secret, and has no effect but that of a report.

use std::fmt::Write as _;

use aws_django::report::{Report, document, page, read};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::rendered::{cells, foreign};

/// Address of the run in these reports.
pub(super) const RUN: &str = "https://github.com/shop/shop/actions/runs/1";

/// Texts with a meaning in Markdown, HTML or on GitHub.
const EVIL: [&str; 34] = [
    "|",
    "\\|",
    "a | b \\",
    "`",
    "```",
    "````\n```diff\n# x",
    "<b>",
    "</code>",
    "</details>",
    "<!-- x -->",
    "-->",
    "@octocat",
    "a@evil.example",
    "#123",
    "GH-1",
    "[x](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "https://evil.example",
    "www.evil.example",
    "WWW.evil.example",
    "**x**",
    "_x_",
    "~~x~~",
    "$x$",
    ":tada:",
    "[^1]",
    "&lt;b&gt;",
    "&amp;",
    "\n\n# heading\n\n- [ ] x",
    "> [!NOTE]\n> x",
    "\r\n---\r\n",
    "\u{202e}x\u{0}\u{7}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
];

fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![4 => select(&EVIL[..]).prop_map(str::to_owned), 2 => "\\PC{0,12}", 1 => "[a-z]{1,600}"];
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.concat())
}

/// A property of any shape.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(json!("04da6b54-80e4-46f7-96ec-b56ff0331ba9")),
        Just(json!({"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"})),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..3).prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

fn kind() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 5] = [
        "aws:rds/instance:Instance",
        "aws:ecs/taskDefinition:TaskDefinition",
        "aws:ssm/parameter:Parameter",
        "aws-django:index:Release",
        "aws-django:index:AppDatabase",
    ];
    prop_oneof![3 => select(&KNOWN[..]).prop_map(str::to_owned), 1 => text()]
}

fn properties() -> impl Strategy<Value = Map<String, Value>> {
    let containers = (text(), text(), text(), text()).prop_map(|(container, image, name, value)| {
        json!([{"name": container, "image": image, "command": [value],
                "environment": [{"name": name, "value": value}], "secrets": [{"name": value, "valueFrom": name}]}])
        .to_string()
    });
    let services = (text(), text()).prop_map(|(name, image)| json!({name: {"image": image, "taskDefinition": image}}));
    (prop::collection::vec((text(), value()), 0..4), containers, services, text()).prop_map(
        |(properties, containers, services, name)| {
            let mut properties: Map<_, _> = properties.into_iter().collect();
            properties.insert("containerDefinitions".to_owned(), containers.into());
            properties.insert("services".to_owned(), services);
            // A text of JSON is shown by what differs in it.
            let within: Vec<_> = properties.iter().map(|(key, it)| json!({"Sid": key, "Resource": it})).collect();
            properties.insert("policy".to_owned(), json!({"Statement": within, &name: name}).to_string().into());
            properties.insert("name".to_owned(), name.into());
            properties
        },
    )
}

/// A line of an event log.
fn event() -> impl Strategy<Value = Value> {
    const STEPS: [&str; 8] = ["create", "update", "delete", "replace", "create-replacement", "import", "x|y", "same"];
    let step = (select(&STEPS[..]), kind(), text(), properties(), properties(), text(), any::<bool>());
    let step = step.prop_map(|(op, kind, name, old, new, path, of_inputs)| {
        let urn = format!("urn:pulumi:all::shop::aws-django:index:AdHocApp${kind}::{name}");
        let parent = format!("urn:pulumi:all::shop::aws-django:index:AdHocApp::{name}");
        let mut paths: Map<_, _> = old.keys().map(|key| (key.clone(), json!({"diffKind": "update"}))).collect();
        paths.insert(path, json!({"diffKind": "add-replace", "inputDiff": of_inputs}));
        json!({"resourcePreEvent": {"metadata": {
            "op": op, "urn": urn, "type": kind, "detailedDiff": paths, "keys": ["name"],
            "old": {"custom": true, "parent": parent, "inputs": old.clone(), "outputs": old},
            "new": {"custom": true, "parent": parent, "inputs": new, "outputs": {}},
        }}})
    });
    let diagnostic = (text(), text(), select(&["warning", "error"][..])).prop_map(|(message, name, severity)| {
        json!({"diagnosticEvent": {"message": message, "urn": format!("urn:pulumi:all::shop::x::{name}"), "severity": severity}})
    });
    prop_oneof![5 => step, 1 => diagnostic]
}

/// A log of these events, and of its end.
pub(super) fn log(events: &[Value]) -> String {
    let mut log = String::new();
    for event in events {
        let _ = writeln!(log, "{event}");
    }
    let _ = writeln!(log, "{}", json!({"summaryEvent": {"isPreview": true, "resourceChanges": {"same": 3}}}));
    log
}

fn reported(log: &str, title: Option<String>) -> Report {
    Report { previews: read::read(log.as_bytes()).unwrap(), title, run_url: Some(RUN.to_owned()) }
}

/// Rooms of every rung, and none at all.
const ROOMS: [usize; 5] = [0, 200, 1_000, 5_000, page::SUMMARY];

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_report_fits_and_has_no_effect(
        events in prop::collection::vec(event(), 0..12),
        title in prop::option::of(text()),
        room in 0..20_000_usize,
    ) {
        let report = reported(&log(&events), title);
        let destructive = report.previews[0].changes.iter().filter(|it| it.operation.is_destructive()).count();
        for room in ROOMS.into_iter().chain([room]) {
            let page = page::page(&report, room);
            prop_assert!(page.len() <= room, "{} of {room}", page.len());
            prop_assert_eq!(foreign(&page), Vec::<String>::new(), "{}", page);
            prop_assert!(cells(&page).iter().all(|count| [3, 4].contains(count)), "{}", page);
            prop_assert!(page.is_empty() || page.starts_with("<!-- aws-django report: ") || room < 200);
            // What is lost stands in each of them, or is counted above.
            let lost = page.lines().filter(|it| it.starts_with("| **delete") || it.starts_with("| **replace")).count();
            let is_told = page.contains("There is no room here for");
            prop_assert!(lost == destructive || is_told || room < 1_000, "{lost} of {destructive} in {room}: {page}");
        }
        // One byte less than a page takes is room for a smaller one alone.
        let mut room = page::SUMMARY;
        for _ in 0..8 {
            let page = page::page(&report, room);
            prop_assert!(page.len() <= room, "{} of {room}", page.len());
            room = page.len().saturating_sub(1);
        }
        let _ = document(&report);
    }
}

#[test]
fn no_secret_is_shown() {
    for more in ["", "`|` @x", "```\n<b>"] {
        for (what, event, canary) in planted(more) {
            let report = reported(&log(&[event]), None);
            let shown = ROOMS.map(|room| page::page(&report, room)).concat() + &document(&report).to_string();
            assert!(!shown.contains(&canary), "{what}: {shown}");
        }
    }
}

/// Secrets of every form in every place, old and new: what is planted, and what of it must not be shown.
fn planted(more: &str) -> Vec<(String, Value, String)> {
    const CANARY: &str = "hunter2canary";
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlY2FuYXJ5";
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIEcanarycanary\n-----END PRIVATE KEY-----";
    let forms = [
        ("an address", format!("postgres://app:{CANARY}@db/app"), CANARY),
        ("a JWT", jwt.to_owned(), "c2lnbmF0dXJlY2FuYXJ5"),
        ("PEM", pem.to_owned(), "canarycanary"),
        ("an access key", "AKIACANARYCANARYCANA".to_owned(), "CANARYCANARY"),
        ("a secret access key", "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".to_owned(), "CANARYCANARY"),
        ("a token of GitHub", format!("ghp_{}", "canary".repeat(6)), "canarycanary"),
        ("behind its name", format!("x API_TOKEN={CANARY} y"), CANARY),
    ];
    let resource = |kind: &str, path: &str, old: Value, new: Value| {
        let state = |it: Value| json!({"custom": true, "inputs": it, "outputs": it});
        json!({"resourcePreEvent": {"metadata": {
            "op": "update", "urn": format!("urn:pulumi:all::shop::{kind}::planted"),
            "detailedDiff": {path: {"diffKind": "update", "inputDiff": true}}, "old": state(old), "new": state(new),
        }}})
    };
    let mut all = Vec::new();
    let mut plant = |what: &str, kind: &str, path: &str, value: Value, canary: &str| {
        let harmless = json!({"x": more});
        for (old, new) in [(&value, &harmless), (&harmless, &value)] {
            all.push((what.to_owned(), resource(kind, path, old.clone(), new.clone()), canary.to_owned()));
        }
    };
    for (what, form, canary) in &forms {
        plant(what, "aws:x/y:Z", "x", json!({"x": form}), canary);
        plant(what, "aws:x/y:Z", "x", json!({"x": [{"deep": {"er": form}}]}), canary);
        plant(what, "aws:x/y:Z", "x", json!({"x": json!({"in": form}).to_string()}), canary);
        plant(what, "aws:x/y:Z", "x[\"a\"]", json!({"x": {"a": format!("{more} {form}")}}), canary);
        let definitions = |name: &str, value: &str, command: &str| {
            let it = json!([{"name": "web", "image": "a:v1", "command": ["sh", "-c", command],
                             "environment": [{"name": name, "value": value}]}]);
            json!({"containerDefinitions": it.to_string()})
        };
        let tasks = "aws:ecs/taskDefinition:TaskDefinition";
        plant(what, tasks, "containerDefinitions", definitions("HARMLESS", form, ""), canary);
        plant(what, tasks, "containerDefinitions", definitions("HARMLESS", "", form), canary);
    }
    for (kind, name) in [
        ("aws:rds/instance:Instance", "password"),
        ("aws:rds/instance:Instance", "masterPassword"),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "authToken"),
        ("aws:secretsmanager/secretVersion:SecretVersion", "secretString"),
        ("aws:ssm/parameter:Parameter", "value"),
        ("random:index/x:X", "SECRET_KEY"),
    ] {
        plant(name, kind, name, json!({name: CANARY}), CANARY);
    }
    let tasks = "aws:ecs/taskDefinition:TaskDefinition";
    let variable = json!([{"name": "web", "environment": [{"name": "SECRET_KEY", "value": CANARY}]}]).to_string();
    plant("a variable", tasks, "containerDefinitions", json!({"containerDefinitions": variable}), CANARY);
    plant("a variable in a map", "aws:x/y:Z", "variables", json!({"variables": {"DB_PASSWORD": CANARY}}), CANARY);
    plant("a part of a password", "aws:x/y:Z", "password.part", json!({"password": {"part": CANARY}}), CANARY);
    let marked = json!({"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": CANARY});
    plant("what the engine has marked", "aws:x/y:Z", "x", json!({"x": marked}), CANARY);
    for (what, form, canary) in &forms {
        let event = json!({"diagnosticEvent": {"severity": "error", "message": format!("cannot use {form}")}});
        all.push((format!("{what} in an error"), event, (*canary).to_owned()));
        for (old, new) in policies(form, more) {
            all.push(((*what).to_owned(), resource("aws:x/y:Z", "x", old, new), (*canary).to_owned()));
        }
    }
    all
}

/// Texts of JSON of which only what differs is shown.
fn policies(form: &str, more: &str) -> Vec<(Value, Value)> {
    let policy = |of: Value| json!({"x": json!({"Statement": [{"Sid": "a", "Resource": of}]}).to_string()});
    let all = [json!(form), json!([more, form]), json!([{"name": form, "x": more}]), json!({"a": {(form): more}})];
    all.into_iter().map(|it| (policy(json!(more)), policy(it))).collect()
}

#[test]
fn what_is_lost_is_counted_where_it_does_not_fit() {
    let name = |at: usize| format!("urn:pulumi:all::shop::aws:s3/bucket:Bucket::bucket-{at:04}");
    let event =
        |at| json!({"resourcePreEvent": {"metadata": {"op": "delete", "urn": name(at), "old": {"custom": true}}}});
    let events: Vec<_> = (0..3_000).map(event).collect();
    let page = page::page(&reported(&log(&events), None), page::COMMENT);
    let shown = page.lines().filter(|line| line.starts_with("| **delete")).count();
    assert!(shown > 300 && page.len() > page::COMMENT - 1_000, "{shown} lines in {} bytes", page.len());
    assert!(page.contains(&format!("There is no room here for {} of the lines", 3_000 - shown)), "{page}");
    assert!(page.contains("**3000 to delete, 3 unchanged**"), "{page}");
}
