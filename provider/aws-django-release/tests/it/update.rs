//! How updates end, and what a release makes of it.

use aws_django_release::cloud::{Error, Kind, StopCode};
use aws_django_release::testing::{Cut, TaskScript, Truth};
use aws_django_release::{Cause, Event, STARTED_BY, Step, Wanted};

use crate::world::{UPDATE, WEB, World, assert_says, done, revision, run, wanted};

fn error(kind: Kind, text: &str) -> Error {
    Error { kind, text: text.to_owned() }
}

fn never_started(reason: &str) -> TaskScript {
    let stop_code = Some(StopCode::TaskFailedToStart);
    TaskScript { stop_code, reason: Some(reason.to_owned()), ..TaskScript::default() }
}

fn ends(stop_code: StopCode, exit_code: Option<i32>) -> TaskScript {
    TaskScript { running: 1, stop_code: Some(stop_code), exit_code, ..TaskScript::default() }
}

const NO_ROLE: &str = "ClientException: ECS was unable to assume the role 'r' that was provided for this task.";
const NO_RIGHTS: &str =
    "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: …";
/// As ECS says it of a parameter that is not there.
const NO_PARAMETER: &str = "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve \
                            secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: \
                            /dev/alpha/NOPE";

#[test]
fn a_release_goes_on_after_an_update_that_has_ended_well() {
    let role = TaskScript { refused: Some(error(Kind::Invalid, NO_ROLE)), ..TaskScript::default() };
    let full = TaskScript { failure: Some("Capacity is unavailable at this time".to_owned()), ..TaskScript::default() };
    for (story, scripts) in [
        ("it takes its time", vec![TaskScript { starting: 9, running: 30, ..TaskScript::exits(0) }]),
        (
            "it goes from pending to stopped between two looks",
            vec![TaskScript { exit_code: Some(0), ..Default::default() }],
        ),
        ("ECS does not know it yet", vec![TaskScript { unknown: 4, ..TaskScript::exits(0) }]),
        ("its role is not known yet", vec![role, TaskScript::exits(0)]),
        (
            "its role may not read secrets yet",
            vec![never_started(NO_RIGHTS), never_started(NO_RIGHTS), TaskScript::exits(0)],
        ),
        ("there is no room for a moment", vec![full, TaskScript::exits(0)]),
        (
            "calls are throttled",
            vec![
                TaskScript { refused: Some(error(Kind::Throttled, "Rate exceeded")), ..TaskScript::default() },
                TaskScript::exits(0),
            ],
        ),
    ] {
        let world = World::at(1);
        world.aws.state().next_tasks = scripts.into();
        let outcome = world.release(&wanted(2), Some(&done(1)));
        assert!(outcome.result.is_ok(), "{story}: {:?}", outcome.result);
        assert_eq!((outcome.done, world.moves()), (done(2), 2), "{story}");
        assert!(world.release(&wanted(2), Some(&done(2))).result.unwrap().is_empty(), "{story}: nothing is left to do");
    }
}

#[test]
fn a_release_stops_at_an_update_that_has_not_ended_well_and_the_next_one_runs_it_again() {
    let memory = "OutOfMemoryError: Container killed due to memory usage";
    let pass = "User: ci is not authorized to perform: iam:PassRole";
    for (story, script, cause, told) in [
        ("an exit code", TaskScript::exits(1), Cause::Failed, "exit code 1"),
        (
            "no memory",
            TaskScript { container_reason: Some(memory.to_owned()), ..TaskScript::exits(137) },
            Cause::Failed,
            "give it more memory",
        ),
        ("no exit code", TaskScript { exit_code: None, ..TaskScript::exits(0) }, Cause::Failed, "no exit code"),
        ("no image", never_started("CannotPullContainerError: not found"), Cause::Failed, "never started: CannotPull"),
        ("taken down", ends(StopCode::SpotInterruption, Some(0)), Cause::Failed, "AWS took it down"),
        ("stopped", ends(StopCode::UserInitiated, Some(0)), Cause::Failed, "somebody stopped it"),
        ("never known", TaskScript { unknown: u32::MAX, ..TaskScript::exits(0) }, Cause::Failed, "does not know"),
        ("endless", TaskScript { running: 100_000, ..TaskScript::exits(0) }, Cause::TimeLimit, "was stopped"),
        (
            "no right",
            TaskScript { refused: Some(error(Kind::Denied("iam:PassRole".to_owned()), pass)), ..Default::default() },
            Cause::Cloud(Kind::Denied("iam:PassRole".to_owned())),
            "iam:PassRole",
        ),
        (
            "refused as data",
            TaskScript { failure: Some("MISSING".to_owned()), ..Default::default() },
            Cause::Failed,
            "MISSING",
        ),
    ] {
        let world = World::at(1);
        world.aws.state().next_tasks = vec![script].into();
        let outcome = world.release(&wanted(2), Some(&done(1)));
        let failure = outcome.result.unwrap_err();
        assert_eq!((failure.step, failure.cause.clone(), failure.begun), (Step::Update, cause, true), "{story}");
        assert_says(
            story,
            &failure.to_string(),
            &[told, "no service has moved", "`alpha-web` ran `alpha-web:1`: 2 of 2"],
        );
        assert_eq!((&outcome.done, world.moves()), (&done(1), 0), "{story}");
        let started = world.starts();
        world.aws.state().settle();
        let again = world.release(&wanted(2), Some(&outcome.done));
        assert_eq!((again.done, world.starts()), (done(2), started + 1), "{story}");
    }
}

#[test]
fn a_role_that_never_comes_to_be_known_is_not_waited_for_for_ever() {
    let world = World::at(1);
    world.aws.state().next_tasks = vec![never_started(NO_RIGHTS); 100].into();
    let failure = world.release(&wanted(2), Some(&done(1))).result.unwrap_err();
    assert_says("", &failure.to_string(), &["AccessDenied"]);
    assert!((60..90).contains(&world.seconds()), "{} s", world.seconds());
}

#[test]
fn a_secret_that_is_missing_is_not_waited_for() {
    let world = World::at(1);
    world.aws.state().next_tasks = vec![never_started(NO_PARAMETER); 9].into();
    let failure = world.release(&wanted(2), Some(&done(1))).result.unwrap_err();
    assert_says("", &failure.to_string(), &["/dev/alpha/NOPE", "`aws-django verify`"]);
    assert_eq!(world.starts(), 1);
}

#[test]
fn an_update_runs_only_if_its_revision_or_its_database_is_another() {
    let same: fn(&mut Wanted) = |_| ();
    for (story, change, starts) in [
        ("the same", same, 0),
        ("another size of web", |wanted| wanted.services.get_mut(WEB).unwrap().revision = revision(WEB, 3), 0),
        ("another database", |wanted| wanted.update.generation = "two".to_owned(), 1),
        ("another revision", |wanted| wanted.update.revision = revision(UPDATE, 3), 1),
    ] {
        let (world, mut wanted) = (World::at(2), wanted(2));
        change(&mut wanted);
        let outcome = world.release(&wanted, Some(&done(2)));
        assert!(outcome.result.is_ok(), "{story}: {:?}", outcome.result);
        assert_eq!(world.starts(), starts, "{story}");
    }
}

#[test]
fn lines_are_told_as_they_come_and_the_last_ones_are_kept_without_secrets() {
    let world = World::at(1);
    let mut pages: Vec<Vec<String>> = vec![vec!["Operations to perform:\n  Apply all\r\n".to_owned()], Vec::new()];
    pages.extend((0..40).map(|page| (0..10_000).map(|line| format!("line {page} {line}")).collect()));
    pages.push(vec!["DATABASE_URL=postgres://app:hunter2@db/app \u{FFFD}".to_owned(), "the \u{1b}[31mend".to_owned()]);
    world.aws.state().next_tasks = vec![TaskScript { running: 9, pages, ..TaskScript::exits(1) }].into();
    let failure = world.release(&wanted(2), Some(&done(1))).result.unwrap_err();
    let text = failure.to_string();
    assert_says("", &text, &["line 39 9999", "DATABASE_URL=[redacted]", "[31mend"]);
    assert!(!text.contains("hunter2") && !text.contains("line 39 9000"), "{text}");
    assert!(failure.details.len() < 60, "{} lines", failure.details.len());
    let told = world.told.0.lock().unwrap();
    let lines: Vec<_> = told
        .iter()
        .filter_map(|event| match event {
            Event::Line { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(lines.iter().take(2).collect::<Vec<_>>(), [&"Operations to perform:", &"  Apply all"]);
    assert_eq!(lines.len(), 2 + 400_000 + 2, "each line is told once");
    assert!(!lines.iter().any(|line| line.contains("hunter2")));
}

#[test]
fn a_log_that_cannot_be_read_fails_nothing_and_is_told_once() {
    let world = World::at(1);
    let denied = error(Kind::Denied("logs:GetLogEvents".to_owned()), "no right to logs");
    world.aws.state().broken.insert("logs:GetLogEvents".to_owned(), denied);
    assert_eq!(world.release(&wanted(2), Some(&done(1))).done, done(2));
    let told = world.told.0.lock().unwrap();
    assert_eq!(told.iter().filter(|event| matches!(event, Event::Warning(_))).count(), 1);
}

#[test]
fn of_two_releases_at_once_the_later_one_yields_and_waits_for_the_other() {
    let world = World::at(1);
    // ECS lists the other one's task only when ours has been made.
    let script = TaskScript { unknown: 0, running: 8, ..TaskScript::exits(0) };
    world.aws.state().next_tasks = vec![script, TaskScript { starting: 5, ..TaskScript::exits(0) }].into();
    let mut other = wanted(2).update;
    let one_off = aws_django_release::cloud::RunTask {
        revision: std::mem::take(&mut other.revision),
        started_by: STARTED_BY.to_owned(),
        ..Default::default()
    };
    run(aws_django_release::cloud::Ecs::run_task(&*world.aws, &one_off)).unwrap();
    world.aws.state().tasks.last_mut().unwrap().1.unknown = 1;
    let outcome = world.release(&wanted(2), Some(&done(1)));
    assert_eq!(outcome.done, done(2), "{:?}", outcome.result);
    let update = || revision(UPDATE, 2);
    let tasks: Vec<_> = world.history().into_iter().filter(|truth| !matches!(truth, Truth::Updated(_))).collect();
    assert_eq!(
        tasks,
        [Truth::Started(update()), Truth::Started(update()), Truth::Stopped(update()), Truth::EndedWell(update()),]
    );
}

#[test]
fn a_cancelled_update_is_stopped_and_one_that_has_ended_meanwhile_is_not_lost() {
    for (story, running, migrated) in [("it runs", 50, 1), ("it has ended meanwhile", 0, 2)] {
        let world = World::at(1);
        world.aws.state().next_tasks = vec![TaskScript { starting: 0, running, ..TaskScript::exits(0) }].into();
        // The call that starts the task is where it is in a release that nobody cancels.
        let whole = World::at(1);
        whole.release(&wanted(2), Some(&done(1))).result.unwrap();
        let started = whole.aws.state().calls.iter().position(|call| call == "ecs:RunTask").unwrap() + 1;
        world.aws.state().cut_after = Some((started, Cut::Cancel(world.engine.cancelled.clone())));
        let outcome = world.release(&wanted(2), Some(&done(1)));
        let failure = outcome.result.unwrap_err();
        assert_eq!((failure.cause, failure.begun), (Cause::Cancelled, true), "{story}: {}", failure.text);
        assert_eq!(outcome.done.migrated, done(migrated).migrated, "{story}: {:?}", world.aws.state().calls);
        assert_eq!(world.moves(), 0, "{story}");
    }
}
