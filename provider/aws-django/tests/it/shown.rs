//! How a release looks in each place.

use aws_django::show::Style;
use aws_django_release::testing::TaskScript;
use serde_json::Value;

use crate::app::Terminal;

fn failing() -> Terminal {
    let terminal = Terminal::new();
    let pages = vec![vec!["::set-env name=PATH::evil".to_owned(), "100 % done".to_owned()]];
    terminal.aws.state().next_tasks = vec![TaskScript { pages, ..TaskScript::exits(1) }].into();
    terminal
}

#[test]
fn on_github_a_tasks_lines_are_a_group_that_gives_no_commands_and_an_error_is_an_annotation() {
    let ended = failing().sees("update alpha --tag v2", Style::GitHub);
    let lines: Vec<_> = ended.error.lines().collect();
    let at = |begin: &str| lines.iter().position(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{lines:?}"));
    let stopped = at("::stop-commands::");
    let word = lines[stopped].trim_start_matches("::stop-commands::");
    let (group, evil, on, end) =
        (at("::group::"), at("backend_update: ::set-env"), at(&format!("::{word}::")), at("::endgroup::"));
    assert!(group < stopped && stopped < evil && evil < on && on < end, "{lines:?}");
    assert!(word.len() == 32, "a word that nobody guesses");
    let error = lines[at("::error title=aws-django update::")];
    assert!(error.contains("exit code 1%0A") && error.contains("100 %25 done"), "{error}");
}

#[test]
fn json_is_one_document_on_standard_output_and_one_on_each_line_of_the_other() {
    let terminal = Terminal::new();
    let ended = terminal.types("update alpha --tag v2 --json");
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&document["ok"], &document["command"]), (&Value::Bool(true), &Value::from("update")));
    assert_eq!(document["images"]["backend"]["to"], "shop:v2");
    assert_eq!(document["services"][1]["revision"], "alpha-gunicorn:2");
    assert_eq!(document["update"], "alpha-backend_update:2");
    let events: Vec<Value> = ended.error.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in ["note", "planned", "task", "service"] {
        assert!(events.iter().any(|it| it["event"] == event), "{event}");
    }

    let ended = failing().types("update alpha --tag v2 --json");
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.code, &document["ok"], &document["error"]["cause"]), (1, &Value::Bool(false), &"failed".into()));
    let ended = failing().types("run alpha --json -- x");
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.code, &document["exitCode"], &document["ok"]), (1, &Value::from(1), &Value::Bool(false)));
}

#[test]
fn a_terminal_gets_what_was_asked_for_on_standard_output() {
    let ended = Terminal::new().sees("update alpha --tag v2", Style::Terminal);
    assert_eq!((ended.code, ended.out.as_str()), (0, "`alpha` runs `shop:v2`\n"));
    let ended = failing().sees("run alpha -- x", Style::Terminal);
    assert_eq!(ended.out, "::set-env name=PATH::evil\n100 % done\n");
}
