//! Reports of real previews: `tests/report` has what the engine has written for an ad hoc app and a base of production, as
//! `--event-log` (`.log`) and as `--json`, without the events that a report does not read and without most resources that
//! stay or are alike.

use std::fs;
use std::path::Path;

use aws_django::arguments::Command;
use aws_django::commands::report::Previews;
use aws_django::report::{Report, document, page, read};
use aws_django::show::{Show, Style};
use aws_django::{Cli, Parser as _};
use serde_json::{Value, json};

use crate::app::Shared;

mod effects;
mod hostile;
mod rendered;

/// What the engine has written.
fn recorded(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn report(texts: &[&str]) -> Report {
    let previews = texts.iter().flat_map(|text| read::read(text.as_bytes()).unwrap()).collect();
    Report { previews, ..Report::default() }
}

fn of(files: &[&str]) -> Report {
    let texts: Vec<_> = files.iter().map(|file| recorded(file)).collect();
    report(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

fn check(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report/snapshots"));
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn each_preview_is_told_as_people_read_it() {
    for name in ["create", "nothing", "image", "memory", "failed", "destroy", "database"] {
        let report = of(&[&format!("{name}.log")]);
        check(name, &page::page(&report, page::SUMMARY));
    }
    check("several", &page::page(&of(&["database.log", "nothing.log"]), page::SUMMARY));
    check("document", &format!("{:#}", document(&of(&["image.log"]))));
}

#[test]
fn where_there_is_no_room_the_values_go_first_and_then_what_is_harmless() {
    let report = of(&["destroy.log", "create.log"]);
    for (name, room) in [("table", 4_000), ("counts", 2_400), ("least", 1_000), ("marker", 150), ("empty", 10)] {
        let page = page::page(&report, room);
        assert!(page.len() <= room, "{name}: {}", page.len());
        check(&format!("room_{name}"), &page);
    }
}

#[test]
fn both_forms_of_one_preview_say_the_same() {
    for name in ["image", "database", "nothing"] {
        let (log, json) = (of(&[&format!("{name}.log")]), of(&[&format!("{name}.json")]));
        assert_eq!(log.digest(), json.digest(), "{name}");
        assert_eq!(page::page(&log, page::SUMMARY), page::page(&json, page::SUMMARY), "{name}");
        assert_eq!(document(&log), document(&json), "{name}");
    }
}

/// The lines of a log, changed by hand.
fn changed(file: &str, change: impl Fn(&mut Value)) -> String {
    let events = recorded(file);
    let events = events.lines().map(|line| {
        let mut event: Value = serde_json::from_str(line).unwrap();
        if let Some(metadata) = event.pointer_mut("/resourcePreEvent/metadata") {
            change(metadata);
        }
        event.to_string() + "\n"
    });
    events.collect()
}

#[test]
fn a_digest_is_of_what_is_done_and_not_of_what_is_by_chance() {
    type Change = fn(&mut Value);
    let digest = |text: &str| report(&[text]).digest().unwrap();
    let approved = digest(&recorded("image.log"));
    let is_gunicorn = |it: &Value| it["urn"].as_str().is_some_and(|urn| urn.ends_with("::alpha-gunicorn"));
    assert!(recorded("image.log").lines().any(|line| line.contains("::alpha-gunicorn")));
    let same: [(&str, Change); 5] = [
        ("an id", |it| it["old"]["id"] = json!("other")),
        ("a value that is computed", |it| {
            it["new"]["inputs"]["taskRoleArn"] = json!("arn:aws:iam::1:role/task-0a1b2c3");
        }),
        ("an output", |it| it["old"]["outputs"]["arn"] = json!("other")),
        ("the provider's own id", |it| it["provider"] = json!("urn:pulumi:all::shop::pulumi:providers:aws::x::1")),
        ("a provider that nobody has named", |it| {
            if it["type"] == "pulumi:pulumi:Stack" {
                it["op"] = json!("update");
            }
        }),
    ];
    for (what, change) in same {
        assert_eq!(digest(&changed("image.log", change)), approved, "{what}");
    }
    let other: [(&str, Change); 5] = [
        ("another image", |it| {
            let text = it["new"]["inputs"]["containerDefinitions"].as_str().map(|text| text.replace(":v2", ":v3"));
            it["new"]["inputs"]["containerDefinitions"] = json!(text);
        }),
        ("another operation", |it| {
            if it["op"] == "replace" {
                it["op"] = json!("update");
            }
        }),
        ("another property", |it| it["detailedDiff"]["family"] = json!({"diffKind": "update", "inputDiff": true})),
        ("another kind", |it| it["detailedDiff"]["containerDefinitions"]["diffKind"] = json!("update")),
        ("another resource", |it| it["urn"] = json!(it["urn"].as_str().unwrap().replace("gunicorn", "uvicorn"))),
    ];
    for (what, change) in other {
        let change = |it: &mut Value| {
            if is_gunicorn(it) {
                change(it);
            }
        };
        assert_ne!(digest(&changed("image.log", change)), approved, "{what}");
    }
    let image = recorded("image.log");
    let reversed = image.lines().skip(1).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n");
    assert_eq!(digest(&reversed), approved, "the order of the engine");
}

#[test]
fn a_log_that_is_not_whole_has_no_digest() {
    let whole = recorded("image.log");
    let lines: Vec<_> = whole.lines().collect();
    for (what, text) in [
        ("no summary", lines.iter().filter(|it| !it.contains("summaryEvent")).copied().collect::<Vec<_>>().join("\n")),
        ("half a line", whole[..whole.len() / 2].to_owned()),
        ("one line", lines[0].to_owned()),
        ("canceled", whole.replace("\"result\":\"succeeded\"", "\"result\":\"canceled\"")),
        ("an error", format!("{whole}{}", json!({"diagnosticEvent": {"severity": "error", "message": "no"}}))),
        ("a policy", format!("{whole}{}", json!({"policyEvent": {"enforcementLevel": "mandatory", "message": "no"}}))),
        (
            "JSON with an error",
            json!({"duration": 1, "diagnostics": [{"severity": "error", "message": "no"}]}).to_string(),
        ),
        ("JSON without an end", json!({"config": {}, "steps": []}).to_string()),
    ] {
        let report = report(&[&text]);
        assert_eq!(report.digest(), None, "{what}");
        let page = page::page(&report, page::SUMMARY);
        let warned = page.lines().position(|line| line == "> [!CAUTION]");
        assert!(warned.is_some_and(|at| at < 5), "{what}: {page}");
    }
    // Whoever tries again into the same file has the last word.
    assert_eq!(report(&[&format!("{}\n{whole}", lines[..5].join("\n"))]).digest(), report(&[&whole]).digest());
}

/// What is typed behind `aws-django report`; the code, and both streams.
fn types(line: &str) -> (u8, String, String) {
    let words = ["aws-django", "report"].into_iter().chain(line.split(' '));
    let cli = Cli::try_parse_from(words).unwrap();
    let Command::Report(report) = &cli.command else { panic!("{line}") };
    let report: &Previews = report;
    let style = if cli.global.json { Style::Json } else { Style::Plain };
    let (out, error) = (Shared::default(), Shared::default());
    let show = Show::new(style, false, Box::new(out.clone()), Box::new(error.clone()));
    let code = report.run(&show).unwrap_or_else(|stop| {
        show.failed("report", &stop);
        stop.code
    });
    (code.0, out.text(), error.text())
}

fn path(file: &str) -> String {
    format!("{}/tests/report/{file}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_file_of_something_else_is_refused_with_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8], &str); 9] = [
        ("empty", b" \n", "is empty"),
        ("text", b"Previewing update (dev)\n", "begins with `Previewing update (dev)`, which is no JSON object"),
        ("list", b"[1]", "begins with `[1]`"),
        ("other", b"{\"version\": 3, \"deployment\": {}}", "is a JSON object with `version`, `deployment` in it"),
        ("nothing", b"{}", "is a JSON object with nothing in it"),
        ("cut", b"{\"steps\": [\n{\"op\"", "breaks off in line 2"),
        ("summary", b"{\"result\": \"succeeded\", \"resources\": []}", "is what `--output json` prints"),
        ("bytes", &[0xff, 0xfe], "is not a text in UTF-8"),
        ("events", b"{\"sequence\": 1, \"timestamp\": 2}\nno\n{}", "is an event log whose line 2 is no event"),
    ];
    let mut files = Vec::new();
    for (name, bytes, told) in cases {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        let (code, out, error) = types(&file.display().to_string());
        assert_eq!((code, out.as_str()), (2, ""), "{name}");
        assert!(error.contains(told) && error.contains(&format!("{name}` ")), "{name}: {error}");
        files.push(file.display().to_string());
    }
    let all = format!("{} {} {}", files.join(" "), path("image.log"), path("no-such.log"));
    let (code, out, error) = types(&all);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(error.starts_with("error: 10 of the 11 files cannot be reported\n"), "{error}");
    assert!(cases.iter().all(|(_, _, told)| error.contains(told)), "{error}");
}

#[test]
fn a_report_goes_where_it_was_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let [summary, comment, outputs] = ["summary", "comment", "outputs"].map(|name| at(name).display().to_string());
    fs::write(&summary, "before").unwrap();
    fs::write(&comment, "an old one").unwrap();
    let line = format!(
        "{} --summary {summary} --comment {comment} --outputs {outputs} --run-url https://github.com/a/b/actions/runs/1",
        path("database.log")
    );
    assert_eq!(types(&line), (0, String::new(), String::new()));
    let text = |file: &str| fs::read_to_string(file).unwrap();
    let first = "<!-- aws-django report: production/all -->\n";
    assert!(text(&summary).starts_with(&format!("before\n{first}")));
    assert!(text(&comment).starts_with(first), "{}", text(&comment));
    assert!(text(&comment).ends_with(" · [the run and its log](https://github.com/a/b/actions/runs/1)\n"));
    let digest = of(&["database.log"]).digest().unwrap();
    assert_eq!(text(&outputs), format!("digest={digest}\nchanges=true\ndestructive=true\n"));

    // What was approved is what would be done, or nothing is.
    let (code, ..) = types(&format!("{} --expect {digest}", path("database.json")));
    assert_eq!(code, 0);
    let line = format!("{} --expect {digest} --outputs {outputs}", path("image.log"));
    let (code, out, error) = types(&line);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(error.contains("what was approved is not what would be done") && error.contains("start the run again"));
    assert!(text(&outputs).ends_with("changes=true\ndestructive=false\n"), "it is written all the same");
    let (code, _, error) = types(&format!("{} --expect {digest}", path("failed.log")));
    assert!(code == 3 && error.contains("the preview has failed"), "{error}");

    // There is no room beyond what GitHub takes.
    for there in [page::SUMMARY - 3_000, page::SUMMARY - 10, page::SUMMARY + 10] {
        fs::write(&summary, "x".repeat(there)).unwrap();
        let (code, _, error) = types(&format!("{} --summary {summary}", path("destroy.log")));
        let length = text(&summary).len();
        assert!(code == 0 && length <= page::SUMMARY.max(there), "{length}");
        assert_eq!(length == there, error.contains("has no room for the report"), "{error}");
    }
}

#[test]
fn a_stack_that_is_not_named_is_called_as_its_file_or_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pr-12.json");
    fs::write(&file, json!({"duration": 1}).to_string()).unwrap();
    for (more, first) in [("", "pr-12"), (" --stack shop/pr-12", "shop/pr-12")] {
        let (_, out, _) = types(&format!("{}{more}", file.display()));
        assert!(out.starts_with(&format!("<!-- aws-django report: {first} -->\n")), "{out}");
        assert!(out.contains("\nNo changes.\n"), "{out}");
    }
    let (_, out, _) = types(&format!("{} --json", file.display()));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&document["ok"], &document["changes"]), (&json!(true), &json!(false)));
}
