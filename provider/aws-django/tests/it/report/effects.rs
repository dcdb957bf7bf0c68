//! What changes of certain resources mean: what is lost, what moves, what is interrupted, and what differs inside of texts.

use aws_django::report::{document, page, read};
use serde_json::{Value, json};

use super::hostile::log;

const APP: &str = "aws-django:index:AdHocApp";
const DATABASE: &str = "aws-django:index:AppDatabase";
const SERVER: &str = "aws:rds/instance:Instance";
const PARAMETER: &str = "aws:ssm/parameter:Parameter";
const POLICY: &str = "aws:iam/rolePolicy:RolePolicy";

fn names(paths: &[&str], kind: &str) -> Value {
    paths.iter().map(|path| ((*path).to_owned(), json!({"diffKind": kind, "inputDiff": true}))).collect()
}

/// A step on a child of the app `alpha`.
fn step(op: &str, kind: &str, name: &str, old: Value, new: Value, differ: &[&str]) -> Value {
    let state = |it: Value| match it {
        Value::Null => Value::Null,
        inputs => json!({"custom": true, "parent": format!("urn:pulumi:all::shop::{APP}::alpha"), "inputs": inputs}),
    };
    json!({"resourcePreEvent": {"metadata": {
        "op": op, "urn": format!("urn:pulumi:all::shop::{APP}${kind}::{name}"), "old": state(old), "new": state(new),
        "detailedDiff": names(differ, if op == "replace" { "update-replace" } else { "update" }),
    }}})
}

/// As a person reads it, without what Markdown needs.
fn read_by_people(events: &[Value], room: usize) -> String {
    let page = page::page(&super::report(&[&log(events)]), room);
    let plain = page.replace("<code>", "`").replace("</code>", "`").replace("&#95;", "_").replace("<wbr>", "");
    plain.replace("&#58;", ":").replace("&#91;", "[").replace("&#93;", "]")
}

/// What a page of these events says, and what it does not.
fn check(what: &str, events: &[Value], said: &[&str], unsaid: &[&str]) {
    let page = read_by_people(events, page::SUMMARY);
    for text in said {
        assert!(page.contains(text), "{what}: `{text}` is not in\n{page}");
    }
    for text in unsaid {
        assert!(!page.contains(text), "{what}: `{text}` is in\n{page}");
    }
}

fn delete(kind: &str, name: &str, old: Value) -> Value {
    step("delete", kind, name, old, Value::Null, &[])
}

fn update(kind: &str, name: &str, old: Value, new: Value, differ: &[&str]) -> Value {
    step("update", kind, name, old, new, differ)
}

#[test]
fn a_database_that_an_app_leaves_is_told_above_all() {
    let of = |name: &str, drops: bool| json!({"name": name, "dropOnDelete": drops});
    let moved = "**moves from the database `app_a` to `app_b`**, which is made empty if it is not there; `app_a` stays";
    let database =
        |op: &str, old: Value, new: Value, differ: &[&str]| step(op, DATABASE, "alpha-database", old, new, differ);
    check(
        "another name",
        &[database("update", of("app_a", true), of("app_b", true), &["name"])],
        &[
            &format!("> [!WARNING]\n> - `alpha`: {moved}\n"),
            &format!("\n- `alpha`: {moved}; moves nothing\n"),
            "| update | `alpha-database` | `AppDatabase` | `name` |",
        ],
        &["up to date"],
    );
    let unknown = json!({"name": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "dropOnDelete": true});
    check(
        "a name that is not known",
        &[database("update", of("app_a", true), unknown, &["name"])],
        &["**moves from the database `app_a` to another one**, which"],
        &["- `alpha`: **moves from the database `app_a` to `04da"],
    );
    check(
        "the same name",
        &[database("update", of("app_a", true), of("app_a", true), &["taskDefinition"])],
        &["brings the database `app_a` up to date"],
        &["[!"],
    );
    check(
        "deleted, and it stays",
        &[delete(DATABASE, "alpha-database", of("app_a", false))],
        &[
            "> [!WARNING]\n> 1 resource is deleted or replaced.\n",
            "| **delete** | `alpha-database` | `AppDatabase` | leaves the database `app_a` where it is |",
            "\n- `alpha`: leaves the database `app_a` where it is;",
        ],
        &["holds data", "with data"],
    );
    check(
        "deleted, and it goes",
        &[delete(DATABASE, "alpha-database", of("app_a", true))],
        &[
            "**1 resource with data is deleted",
            "- `alpha`: **drops the database `app_a` and its role**;",
            "| **holds data** |",
        ],
        &["leaves"],
    );
    check(
        "replaced, and the one so far stays",
        &[database("replace", of("app_a", false), of("app_a", false), &["host"])],
        &[
            "> [!WARNING]\n> 1 resource is deleted or replaced.\n>\n> - `alpha`: makes the database `app_a` anew, and leaves",
            "and leaves the one so far where it is; forced by `host` |",
        ],
        &["holds data"],
    );
    check("nothing is known", &[delete(DATABASE, "alpha-database", json!({}))], &["**holds data** |"], &["leaves"]);
}

#[test]
fn with_data_is_what_nobody_gets_back() {
    for (kind, name, said) in [
        (PARAMETER, "alpha-redis-url", " |"),
        (PARAMETER, "alpha-celery-broker-url", " |"),
        (PARAMETER, "alpha-celery-result-backend", " |"),
        (PARAMETER, "alpha-database-url", " |"),
        (PARAMETER, "alpha-secret-key", "**holds data** |"),
        (PARAMETER, "alpha-redis-password", "**holds data** |"),
        (PARAMETER, "beta-database-url", "**holds data** |"),
        ("aws:s3/bucket:Bucket", "alpha-storage", "**holds data** |"),
        ("aws:ec2/vpc:Vpc", "network", "**cannot be made again as it was** |"),
        ("aws:acm/certificate:Certificate", "domain", "**cannot be made again as it was** |"),
        ("aws:route53/zone:Zone", "zone", "**cannot be made again as it was** |"),
    ] {
        let is_data = said.contains("data");
        let counted = if is_data { "**1 resource with data is" } else { "> 1 resource is" };
        let events = [delete(kind, name, json!({}))];
        let line = format!("| **delete** | `{name}` | `{}` | {said}\n", kind_of(kind));
        check(name, &events, &[counted, &line], if is_data { &[] } else { &["with data"] });
        let document = document(&super::report(&[&log(&events)]));
        assert_eq!(document["stacks"][0]["rows"][0]["holdsData"], json!(is_data), "{name}");
    }
    // What a project has made by itself comes from elsewhere.
    let own = delete(PARAMETER, "alpha-redis-url", json!({})).to_string().replace(APP, "shop:index:App");
    check("of a project", &[serde_json::from_str(&own).unwrap()], &["**holds data**"], &[]);

    let all = ["aws:lb/listenerRule:ListenerRule", "aws:ec2/vpc:Vpc", PARAMETER, "aws:acm/certificate:Certificate"];
    let page = read_by_people(&all.map(|kind| delete(kind, "x", json!({}))), page::SUMMARY);
    let rows: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| **delete** | `x` | `")).collect();
    let kinds: Vec<_> = rows.iter().filter_map(|row| row.split('`').next()).collect();
    assert_eq!(kinds, ["ssm.Parameter", "acm.Certificate", "ec2.Vpc", "lb.ListenerRule"], "the gravest first");
}

/// As a table has it.
fn kind_of(token: &str) -> String {
    let mut parts = token.split([':', '/']);
    format!("{}.{}", parts.nth(1).unwrap(), parts.next_back().unwrap())
}

/// What it is, the type, what was, what shall be, what differs, and what that interrupts for how long.
type Case = (&'static str, &'static str, Value, Value, &'static [&'static str], Option<&'static str>);

#[test]
fn what_interrupts_the_database_is_told_above_all() {
    let cache = "aws:elasticache/replicationGroup:ReplicationGroup";
    let cases: [Case; 10] = [
        (
            "a class",
            SERVER,
            json!({"multiAz": true}),
            json!({}),
            &["instanceClass"],
            Some("the database for about a minute"),
        ),
        (
            "alone",
            SERVER,
            json!({"multiAz": false}),
            json!({}),
            &["instanceClass"],
            Some("the database for some minutes"),
        ),
        ("who knows", SERVER, json!({}), json!({}), &["instanceClass"], Some("the database")),
        (
            "a major version",
            SERVER,
            json!({"engineVersion": "17", "multiAz": true}),
            json!({"engineVersion": "18"}),
            &["engineVersion", "instanceClass"],
            Some("the database for some minutes"),
        ),
        (
            "a minor version",
            SERVER,
            json!({"engineVersion": "17.2"}),
            json!({"engineVersion": "17.4"}),
            &["engineVersion"],
            Some("the database for about a minute"),
        ),
        ("which version", SERVER, json!({}), json!({}), &["engineVersion"], Some("the database")),
        (
            "a cache",
            cache,
            json!({"multiAzEnabled": true}),
            json!({}),
            &["nodeType"],
            Some("the cache for about a minute"),
        ),
        ("storage", SERVER, json!({}), json!({}), &["allocatedStorage", "multiAz", "tags"], None),
        ("days", cache, json!({}), json!({}), &["snapshotRetentionLimit"], None),
        ("another type", "aws:x/y:Z", json!({}), json!({}), &["instanceClass", "engineVersion"], None),
    ];
    for (what, kind, old, new, differ, told) in cases {
        let events = [update(kind, "server", old, new, differ)];
        match told {
            None => check(what, &events, &[], &["interrupts", "[!"]),
            Some(told) => {
                let top = format!("> [!WARNING]\n> - `server`: **interrupts {told}**\n");
                let row = format!("` | **interrupts {told}**; `{}`", differ[0]);
                check(what, &events, &[&top, &row], &[]);
            }
        }
        let document = document(&super::report(&[&log(&events)]));
        let warnings = told.map(|told| json!({"name": "server", "does": format!("interrupts {told}")}));
        assert_eq!(document["stacks"][0]["warnings"], json!(Vec::from_iter(warnings)), "{what}");
    }
    let replaced = step("replace", SERVER, "server", json!({}), json!({}), &["instanceClass"]);
    check("it is replaced", &[replaced], &["**holds data**; forced by"], &["interrupts"]);
}

#[test]
fn a_server_that_goes_takes_all_databases_with_it() {
    let cases = [
        (json!({"skipFinalSnapshot": true, "finalSnapshotIdentifier": "last"}), "**leaves no snapshot**"),
        (json!({"skipFinalSnapshot": false, "finalSnapshotIdentifier": "last"}), "leaves the snapshot `last`"),
        (json!({"finalSnapshotIdentifier": "last"}), "leaves the snapshot `last`"),
    ];
    for (old, left) in cases {
        let top = format!(
            "> [!CAUTION]\n> **1 resource with data is deleted or replaced.**\n>\n\
             > - `server`: destroys the database server with all databases on it, and {left}\n"
        );
        check(
            "deleted",
            &[delete(SERVER, "server", old.clone())],
            &[&top, &format!("| **holds data**; {left} |")],
            &[],
        );
        let replaced = step("replace", SERVER, "server", old, json!({}), &["kmsKeyId"]);
        check("replaced", &[replaced], &[&top, &format!("| **holds data**; {left}; forced by `kmsKeyId` |")], &[]);
    }
    for old in [json!({}), json!({"skipFinalSnapshot": false}), json!({"finalSnapshotIdentifier": {}})] {
        check("who knows", &[delete(SERVER, "server", old)], &["| **holds data** |"], &["destroys", "> -"]);
    }
    let many: Vec<_> =
        (0..30).map(|at| delete(SERVER, &format!("server-{at}"), json!({"skipFinalSnapshot": true}))).collect();
    check("many", &many, &["> - 10 more are not told here\n"], &[]);
    let least = read_by_people(&many[..1], 500);
    assert!(
        least.contains("**1 to delete, 3 unchanged**") && !least.contains("> - `server-0`"),
        "rows come first: {least}"
    );
}

/// The values that a page shows of a property which was a text and becomes another one.
fn check_values(cases: &[(&str, String, String, &[&str])]) {
    for (what, old, new, lines) in cases {
        let events = [update(POLICY, "task", json!({"policy": old}), json!({"policy": new}), &["policy"])];
        let page = read_by_people(&events, page::SUMMARY);
        let shown: Vec<_> =
            page.lines().skip_while(|line| *line != "```diff").skip(1).take_while(|it| *it != "```").collect();
        assert_eq!(shown, *lines, "{what}");
    }
}

#[test]
fn of_a_policy_what_differs_is_shown() {
    let statement = |sid: &str, resources: Value| json!({"Effect": "Allow", "Resource": resources, "Sid": sid});
    let policy = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let arn = |name: &str| format!("arn:aws:ssm:eu-central-1:123456789012:parameter/dev/alpha/{name}");
    let many: Vec<_> = (0..20).map(|at| arn(&format!("KEY_{at}"))).collect();
    let more: Vec<_> = many.iter().cloned().chain([arn("STRIPE_KEY")]).collect();
    let cases: [(&str, String, String, &[&str]); 4] = [
        (
            "a resource of one statement",
            policy(json!([statement("Shell", json!("*")), statement("ReadSecrets", json!(many))])),
            policy(json!([statement("ReadSecrets", json!(more)), statement("Shell", json!(["*"]))])),
            &[
                "+ policy.Statement[ReadSecrets].Resource: \"arn:aws:ssm:eu-central-1:123456789012:parameter/dev/alpha/STRIPE_KEY\"",
            ],
        ),
        (
            "one that becomes a list",
            policy(json!(statement("Read", json!("a")))),
            policy(json!([statement("Read", json!(["b", "a"]))])),
            &["+ policy.Statement[Read].Resource: \"b\""],
        ),
        (
            "statements that go and come",
            policy(json!([statement("Read", json!("a")), statement("Old", json!("b"))])),
            policy(json!([statement("Read", json!("a")), statement("New", json!("b"))])),
            &[
                "- policy.Statement[Old]: {\"Effect\": \"Allow\", \"Resource\": \"b\", \"Sid\": \"Old\"}",
                "+ policy.Statement[New]: {\"Effect\": \"Allow\", \"Resource\": \"b\", \"Sid\": \"New\"}",
            ],
        ),
        (
            "one without a name",
            policy(json!([{"Action": "x", "Effect": "Allow"}, {"Action": "y", "Effect": "Allow"}])),
            policy(
                json!([{"Action": "x", "Effect": "Allow"}, {"Action": "y", "Effect": "Deny", "Condition": {"a.b": 1}}]),
            ),
            &[
                "+ policy.Statement[1].Condition: {\"a.b\": 1}",
                "- policy.Statement[1].Effect: \"Allow\"",
                "+ policy.Statement[1].Effect: \"Deny\"",
            ],
        ),
    ];
    check_values(&cases);
}

#[test]
fn of_a_text_what_differs_is_shown() {
    let begun = "x".repeat(2_000);
    let cases: [(&str, String, String, &[&str]); 6] = [
        (
            "a text within the text",
            json!({"a": json!({"b.c": [1, 2]}).to_string()}).to_string(),
            json!({"a": json!({"b.c": [1, 3]}).to_string()}).to_string(),
            &["- policy.a[\"b.c\"]: 2", "+ policy.a[\"b.c\"]: 3"],
        ),
        (
            "a secret",
            json!({"variables": [{"name": "API_KEY", "value": "hunter2"}], "password": {"x": "hunter2"}}).to_string(),
            json!({"variables": [{"name": "API_KEY", "value": "hunter3"}], "password": {"x": "hunter3"}}).to_string(),
            &[
                "- policy.password: [redacted]",
                "+ policy.password: [redacted]",
                "- policy.variables[API_KEY].value: [redacted]",
                "+ policy.variables[API_KEY].value: [redacted]",
            ],
        ),
        (
            "a long text within the text",
            json!({"a": format!("{begun}one")}).to_string(),
            json!({"a": format!("{begun}another")}).to_string(),
            &[
                &format!("- policy.a: … (1901 alike) {}one\"", "x".repeat(100)),
                &format!("+ policy.a: … (1901 alike) {}another\"", "x".repeat(100)),
            ],
        ),
        ("the order", "[1, 2]".into(), "[2, 1]".into(), &["# policy: nothing differs but its order or its form"]),
        ("no JSON", "{x".into(), "{y".into(), &["- policy: \"{x\"", "+ policy: \"{y\""]),
        (
            "long texts",
            format!("{begun}one"),
            format!("{begun}another"),
            &[
                &format!("- policy: … (1901 alike) {}one\"", "x".repeat(100)),
                &format!("+ policy: … (1901 alike) {}another\"", "x".repeat(100)),
            ],
        ),
    ];
    check_values(&cases);
}

#[test]
fn an_early_event_is_of_the_stack_that_follows() {
    let (prelude, early) = (
        json!({"preludeEvent": {}}),
        |text: &str| json!({"diagnosticEvent": {"severity": "warning", "message": text}}),
    );
    let stack = |name: &str| {
        let urn = format!("urn:pulumi:{name}::shop::aws:s3/bucket:Bucket::files");
        json!({"resourcePreEvent": {"metadata": {"op": "create", "urn": urn}}})
    };
    let one = |name: &str| format!("{}\n{prelude}\n{}", early(name), log(&[stack(name)]));
    let late = format!("{}\n", early("late"));
    for (what, text, told) in [
        ("one stack", one("a"), vec![("shop/a", vec!["a"])]),
        ("two of them", one("a") + &one("b"), vec![("shop/a", vec!["a"]), ("shop/b", vec!["b"])]),
        ("nothing follows", one("a") + &late, vec![("shop/a", vec!["a", "late"])]),
        ("nothing begins", late.clone(), vec![("", vec!["late"])]),
        ("tried again", one("a") + &one("a"), vec![("shop/a", vec!["a"])]),
    ] {
        let previews = read::read(text.as_bytes()).unwrap();
        let found: Vec<_> = previews
            .iter()
            .map(|it| (it.name(), it.diagnostics.iter().map(|said| said.text.as_str()).collect::<Vec<_>>()))
            .collect();
        let told: Vec<_> = told.into_iter().map(|(name, said)| (name.to_owned(), said)).collect();
        assert_eq!(found, told, "{what}");
        assert_eq!(previews[0].failure.is_some(), what == "nothing begins", "{what}");
    }
}

#[test]
fn the_smallest_page_names_its_stacks() {
    let stack = |name: String| {
        let of = |at| {
            json!({"resourcePreEvent": {"metadata": {
                "op": "delete", "urn": format!("urn:pulumi:{name}::shop::aws:s3/bucket:Bucket::files-{at}"), "old": {"custom": true}
            }}})
        };
        log(&(0..40).map(of).collect::<Vec<_>>())
    };
    let of = |count: usize| {
        let texts: Vec<_> = (0..count).map(|at| stack(format!("stack-{at}"))).collect();
        super::report(&texts.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let named = "\nStacks: <code>shop/stack-0</code>, <code>shop/stack-1</code>\n";
    for (what, count, room, told) in [
        ("two", 2, 2_000, Some(named)),
        ("many", 20, 5_000, Some("<code>shop/stack-11</code> and 8 more\n")),
        ("no room", 2, 330, None),
        ("one, which is the heading", 1, 1_000, None),
    ] {
        let page = page::page(&of(count), room);
        assert!(page.len() <= room, "{what}: {}", page.len());
        assert!(page.contains("There is no room here for"), "{what}: {page}");
        assert!(page.contains(" to delete, "), "{what}: {page}");
        assert_eq!(page.contains("\nStacks: "), told.is_some(), "{what}: {page}");
        assert!(told.is_none_or(|told| page.contains(told)), "{what}: {page}");
    }
    let mut titled = of(1);
    titled.title = Some("Previews".to_owned());
    let page = page::page(&titled, 1_500);
    assert!(
        page.contains("## <code>Previews</code>\n") && page.contains("\nStack: <code>shop/stack-0</code>\n"),
        "{page}"
    );
}
