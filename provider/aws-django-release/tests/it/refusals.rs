//! What stops a release before anything moves.

use aws_django_release::cloud::{Ecs as _, Error, Kind, RunTask};
use aws_django_release::testing::{DeploymentScript, State, Truth};
use aws_django_release::{Cause, Done, STARTED_BY, STARTED_BY_RUN, Step};

use crate::world::{UPDATE, WEB, WORKER, World, assert_says, done, revision, run, wanted};

type Set = Box<dyn Fn(&mut State)>;

#[test]
fn nothing_moves_while_something_else_is_at_work_or_looks_wrong() {
    let denied =
        |action: &str| Error { kind: Kind::Denied(action.to_owned()), text: format!("no right to `{action}`") };
    let breaks = |action: &'static str| -> Set {
        Box::new(move |state| drop(state.broken.insert(action.to_owned(), denied(action))))
    };
    let others: Set = Box::new(|state| state.deploy(WEB, &revision(WEB, 5), DeploymentScript::default()));
    let elsewhere: Set = Box::new(|state| state.account = "222".to_owned());
    for (story, set, first, cause, told) in [
        ("wrong account", elsewhere, false, Cause::Refused, "of account `222`, the app is in `111`"),
        (
            "no service",
            Box::new(|state: &mut State| drop(state.services.remove(WORKER))),
            false,
            Cause::Cloud(Kind::NotFound),
            "no service `alpha-worker` in cluster `alpha-cluster`",
        ),
        ("somebody else moves a service", others, false, Cause::Refused, "is moving `alpha-web` to `alpha-web:5`"),
        ("another image is live", Box::new(|_: &mut State| ()), true, Cause::Refused, "set the image to `shop:v1`"),
        (
            "no right to look",
            breaks("ecs:ListTasks"),
            false,
            Cause::Cloud(Kind::Denied("ecs:ListTasks".to_owned())),
            "ecs:ListTasks",
        ),
        (
            "no right to ask who we are",
            breaks("sts:GetCallerIdentity"),
            false,
            Cause::Cloud(Kind::Denied("sts:GetCallerIdentity".to_owned())),
            "sts:GetCallerIdentity",
        ),
    ] {
        let (world, done) = (World::at(1), done(1));
        set(&mut world.aws.state());
        let outcome = world.release(&wanted(2), (!first).then_some(&done));
        let failure = outcome.result.unwrap_err();
        assert_eq!((failure.step, failure.cause.clone(), failure.begun), (Step::Check, cause, false), "{story}");
        assert_says(story, &failure.to_string(), &[told, "before anything moved"]);
        assert_eq!(outcome.done, if first { Done::default() } else { done }, "{story}");
        assert!(world.history().is_empty(), "{story}");
    }
}

#[test]
fn a_deleted_release_stops_its_own_tasks_and_moves_nothing() {
    let world = World::at(1);
    for by in [STARTED_BY, STARTED_BY_RUN] {
        let task = RunTask { revision: revision(UPDATE, 1), started_by: by.to_owned(), ..RunTask::default() };
        run(world.aws.run_task(&task)).unwrap();
    }
    assert_eq!(run(world.engine.delete("111", "alpha-cluster")), Ok(()));
    let stopped = world.history().iter().filter(|truth| matches!(truth, Truth::Stopped(_))).count();
    assert_eq!((stopped, world.moves()), (1, 0));
    assert_eq!(run(world.engine.delete("222", "alpha-cluster")).unwrap_err().cause, Cause::Refused);
}

#[test]
fn a_first_release_goes_through_where_nothing_runs_or_the_same_image() {
    for (number, wanted_number) in [(0, 1), (1, 1)] {
        let world = World::at(number);
        let outcome = world.release(&wanted(wanted_number), None);
        assert_eq!(outcome.done, done(wanted_number), "{:?}", outcome.result);
        assert_eq!((world.starts(), world.moves()), (1, 2));
    }
}

#[test]
fn a_running_update_of_another_revision_or_database_stops_a_release_and_a_persons_task_does_not() {
    for (story, number, by, generation, is_refused) in [
        ("another revision", 1, "ci", None, true),
        ("the same", 2, "ci", None, false),
        ("the same on another database", 2, "ci", Some("zero"), true),
        ("a person's", 1, STARTED_BY_RUN, None, false),
    ] {
        let world = World::at(1);
        let generation =
            generation.map(|it: &str| (aws_django_release::plan::GENERATION_TAG.to_owned(), it.to_owned()));
        let task = RunTask {
            revision: revision(UPDATE, number),
            started_by: by.to_owned(),
            tags: generation.into_iter().collect(),
            ..RunTask::default()
        };
        run(world.aws.run_task(&task)).unwrap();
        let outcome = world.release(&wanted(2), Some(&done(1)));
        assert_eq!(outcome.result.is_err(), is_refused, "{story}: {:?}", outcome.result);
        if let Err(failure) = outcome.result {
            assert_eq!((failure.step, failure.cause), (Step::Check, Cause::Refused), "{story}");
        }
        let starts = if is_refused || by == "ci" { 1 } else { 2 };
        assert_eq!(world.starts(), starts, "{story}: the wanted one is adopted");
    }
}
