//! What commands do, say and end with.

use aws_django_release::cloud::{Entry, Error, Kind};
use aws_django_release::testing::{Cut, DeploymentScript, State, TaskScript, Truth};
use serde_json::Value;

use crate::app::Terminal;

type Set = fn(&mut State);

fn breaks(state: &mut State, action: &str, kind: Kind) {
    let text = format!("`{action}` failed: so it is");
    state.broken.insert(action.to_owned(), Error { kind, text });
}

/// All that must be in a text, or, behind a `!`, must not.
fn says(story: &str, text: &str, parts: &[&str]) {
    for part in parts {
        let (is_wanted, part) = part.strip_prefix('!').map_or((true, *part), |part| (false, part));
        assert_eq!(text.contains(part), is_wanted, "{story}: `{part}`:\n{text}");
    }
}

fn updates(terminal: &Terminal) -> usize {
    terminal.aws.state().history.iter().filter(|truth| matches!(truth, Truth::Updated(_))).count()
}

#[test]
fn each_end_of_a_release_has_its_code_and_says_what_is_left() {
    let fine: Set = |_| ();
    let cases: [(&str, Set, u8, &[&str]); 10] = [
        ("fine", fine, 0, &["backend of `alpha`: `shop:v1` to `shop:v2`", "started `alpha-backend_update`", "live"]),
        (
            "the update fails",
            |state| {
                let pages = vec![vec!["no such table".to_owned(), "SECRET_KEY=hunter2".to_owned()]];
                state.next_tasks = vec![TaskScript { pages, ..TaskScript::exits(1) }].into();
            },
            1,
            &["no service has moved", "exit code 1", "no such table", "!hunter2", "!infrastructure"],
        ),
        (
            "a service fails",
            |state| {
                let end = aws_django_release::cloud::DeploymentStatus::RolledBack;
                let script = DeploymentScript { end, ..DeploymentScript::default() };
                state.services.get_mut("alpha-gunicorn").unwrap().next = vec![script].into();
            },
            1,
            &["ECS took it back", "`alpha-gunicorn` ran `alpha-gunicorn:1`, was sent to `alpha-gunicorn:2`"],
        ),
        (
            "somebody else releases",
            |state| {
                state.deploy("alpha-gunicorn", "alpha-gunicorn:9", DeploymentScript { going: 9, ..Default::default() });
            },
            3,
            &["before anything moved", "somebody else is moving `alpha-gunicorn` to `alpha-gunicorn:9`", "wait until"],
        ),
        ("no such app", |state| state.services.clear(), 3, &["no app `alpha` in account `111`, region `eu-central-1`"]),
        (
            "released by Pulumi",
            |state| {
                for it in state.services.values_mut() {
                    it.service.tags.insert("deployment".to_owned(), "Pulumi".to_owned());
                }
            },
            3,
            &["released by `pulumi up`", "`deployment` to `Pipeline`"],
        ),
        ("denied", |state| breaks(state, "ecs:RunTask", Kind::Denied("iam:PassRole".to_owned())), 4, &["ecs:RunTask"]),
        ("expired", |state| breaks(state, "sts:GetCallerIdentity", Kind::Expired), 4, &["so it is"]),
        ("no credentials", |state| breaks(state, "sts:GetCallerIdentity", Kind::NoCredentials), 4, &["so it is"]),
        ("AWS is broken", |state| breaks(state, "ecs:ListServices", Kind::Other), 1, &["so it is"]),
    ];
    for (story, set, code, told) in cases {
        let terminal = Terminal::new();
        set(&mut terminal.aws.state());
        let ended = terminal.types("update alpha --tag v2");
        assert_eq!(ended.code, code, "{story}: {}", ended.error);
        says(story, &ended.error, told);
        assert_eq!(ended.out, if code == 0 { "`alpha` runs `shop:v2`\n" } else { "" }, "{story}");
        assert_eq!(updates(&terminal) > 0, matches!(story, "fine" | "a service fails"), "{story}");
    }
}

#[test]
fn a_release_that_is_interrupted_at_any_call_says_what_is_true_and_comes_to_a_good_end_when_begun_again() {
    let whole = Terminal::new();
    assert_eq!(whole.types("update alpha --tag v2").code, 0);
    let calls = whole.aws.state().calls.len();
    for after in 1..calls {
        let mut terminal = Terminal::new();
        terminal.aws.state().cut_after = Some((after, Cut::Cancel(terminal.cancelled.clone())));
        let ended = terminal.types("update alpha --tag v2");
        let (ran, moved) = (runs_of_update(&terminal), updates(&terminal));
        if ended.code != 0 {
            assert_eq!(ended.code, 130, "{after}: {}", ended.error);
            let last = ended.error.rsplit("error: ").next().unwrap_or_default();
            let says_nothing = last.contains("nothing has moved") || last.contains("no service has moved");
            assert!(!says_nothing || moved == 0, "{after}: {last}");
            assert!(
                moved == 0 || last.contains("ECS goes on to move") || last.contains("while services moved"),
                "{last}"
            );
            assert!(!last.contains("nothing has moved") || ran == 0, "{after}: {last}");
        }
        terminal.cancelled = tokio_util::sync::CancellationToken::new();
        terminal.aws.state().cut_after = None;
        terminal.aws.state().settle();
        let again = terminal.types("update alpha --tag v2");
        assert_eq!((again.code, again.out.contains("`alpha` runs `shop:v2`")), (0, true), "{after}: {}", again.error);
        assert_eq!(ended_well(&terminal), 1, "{after}: the update has ended well once");
        assert_eq!(terminal.aws.state().revisions("alpha-gunicorn").len(), 2, "{after}");
        assert_eq!(terminal.aws.state().services["alpha-gunicorn"].service.revision, "alpha-gunicorn:2", "{after}");
    }
}

fn runs_of_update(terminal: &Terminal) -> usize {
    terminal.aws.state().history.iter().filter(|truth| matches!(truth, Truth::Started(_))).count()
}

fn ended_well(terminal: &Terminal) -> usize {
    terminal.aws.state().history.iter().filter(|truth| matches!(truth, Truth::EndedWell(_))).count()
}

#[test]
fn a_release_of_what_runs_already_has_nothing_to_do() {
    let terminal = Terminal::new();
    assert_eq!(terminal.types("update alpha --tag v2 --frontend-tag v3").code, 0);
    let moved = updates(&terminal);
    let again = terminal.types("update alpha --tag v2 --frontend-tag v3");
    assert_eq!(again.out, "`alpha` runs `shop:v2` and `front:v3`, as before: nothing had to be done\n");
    assert_eq!((updates(&terminal), again.error.contains("it is not run again")), (moved, true));
}

#[test]
fn going_back_says_that_a_migration_is_not_undone() {
    let terminal = Terminal::new();
    assert_eq!(terminal.types("rollback alpha").code, 3, "there is nothing to go back to");
    assert_eq!(terminal.types("update alpha --tag v2").code, 0);
    let ended = terminal.types("rollback alpha");
    assert_eq!((ended.code, ended.out.as_str()), (0, "`alpha` runs `shop:v1`\n"), "{}", ended.error);
    says("", &ended.error, &["a migration is not undone", "`shop:v2` to `shop:v1`"]);
    assert_eq!(runs_of_update(&terminal), 1);
    for (to, said) in [("alpha-gunicorn:2", ""), ("shop:v2", ", as before: nothing had to be done")] {
        let ended = terminal.types(&format!("rollback alpha --to {to}"));
        assert_eq!(
            ended.out,
            format!(
                "`alpha` runs `shop:v2`{said}
"
            ),
            "{to}: {}",
            ended.error
        );
    }
    assert_eq!(terminal.types("rollback alpha --frontend").code, 3);
}

#[test]
fn a_command_ends_with_the_code_of_what_it_ran() {
    let ends = |script: TaskScript| {
        let terminal = Terminal::new();
        terminal.aws.state().next_tasks = vec![script].into();
        terminal.types("run alpha --process default -- python manage.py x")
    };
    for code in [0, 1, 3, 137] {
        let pages = vec![vec!["PASSWORD=hunter2 \u{1b}[31mred".to_owned()]];
        let ended = ends(TaskScript { pages, ..TaskScript::exits(code) });
        assert_eq!(i32::from(ended.code), code);
        assert_eq!(ended.out, "PASSWORD=hunter2 \u{1b}[31mred\n", "as it is, on standard output");
        says("", &ended.error, &["started `alpha-default`", "!hunter2"]);
    }
    let memory = Some("OutOfMemoryError: Container killed".to_owned());
    let ended = ends(TaskScript { container_reason: memory, ..TaskScript::exits(137) });
    says("", &ended.error, &["OutOfMemoryError", "give it more memory"]);
    assert_eq!(ended.code, 137);
    for script in [
        TaskScript { exit_code: None, ..TaskScript::exits(0) },
        TaskScript { failure: Some("RESOURCE:ENI".to_owned()), ..TaskScript::default() },
    ] {
        assert_eq!(ends(script).code, 125);
    }
    let terminal = Terminal::new();
    assert_eq!(terminal.types("run alpha --process beat -- x").code, 125);
    assert_eq!(terminal.types("run beta -- x").code, 125);
    let starts = |state: &State| state.calls.iter().filter(|call| *call == "ecs:RunTask").count();
    assert_eq!(starts(&terminal.aws.state()), 0);
}

#[test]
fn the_first_interruption_of_a_command_stops_its_task_and_says_so() {
    let terminal = Terminal::new();
    terminal.aws.state().next_tasks = vec![TaskScript { running: 99, ..TaskScript::exits(0) }].into();
    terminal.aws.state().cut_after = Some((12, Cut::Cancel(terminal.cancelled.clone())));
    let ended = terminal.types("run alpha -- sleep 99");
    assert_eq!(ended.code, 130, "{}", ended.error);
    says("", &ended.error, &["was stopped"]);
    assert!(terminal.aws.state().history.iter().any(|truth| matches!(truth, Truth::Stopped(_))));
}

#[test]
fn logs_name_their_process_where_there_are_several() {
    let terminal = Terminal::new();
    let entry =
        |at, message: &str| Entry { id: message.to_owned(), at, stream: "s".to_owned(), message: message.to_owned() };
    let late = i64::MAX / 2;
    for (process, entries) in [
        ("gunicorn", vec![entry(late, "a\r\nb\n"), entry(late + 2, "d")]),
        ("default", vec![entry(late + 1, "c")]),
        ("web-ui", vec![]),
        ("backend_update", vec![entry(late, "migrated"), entry(0, "long ago")]),
    ] {
        terminal.aws.state().written.insert(format!("/ecs/alpha/{process}"), entries);
    }
    assert_eq!(terminal.types("logs alpha").out, "gunicorn | a\ngunicorn | b\ndefault  | c\ngunicorn | d\n");
    assert_eq!(terminal.types("logs alpha web").out, "a\nb\nd\n");
    assert_eq!(terminal.types("logs alpha backend_update").out, "migrated\n");
    let json: Value = serde_json::from_str(&terminal.types("logs alpha default --json").out).unwrap();
    assert_eq!((json["process"].as_str(), json["message"].as_str()), (Some("default"), Some("c")));
    let ended = terminal.types("logs alpha web-ui");
    assert_eq!((ended.code, ended.out.as_str()), (0, ""));
    says("", &ended.error, &["nothing was written", "`--since`"]);
    let ended = terminal.types("logs alpha beat");
    assert_eq!(ended.code, 3);
    says("", &ended.error, &["no process `beat`, but `default`, `gunicorn`, `web-ui`"]);
}

#[test]
fn a_status_tells_what_runs() {
    let terminal = Terminal::new();
    terminal.aws.state().services.get_mut("alpha-default").unwrap().service.pending = 1;
    let ended = terminal.types("status alpha");
    let expected = "\
alpha in account 111, region eu-central-1
default   0/2 (+1)  alpha-default:1   shop:v1
gunicorn  0/2       alpha-gunicorn:1  shop:v1
web-ui    0/2       alpha-web-ui:1    front:v1
";
    assert_eq!(ended.out, expected);
    let json: Value = serde_json::from_str(&terminal.types("status alpha --json").out).unwrap();
    assert_eq!(json["services"][1]["image"], "shop:v1");
    assert_eq!((&json["ok"], &json["services"][0]["pending"]), (&Value::Bool(true), &Value::from(0)));
}
