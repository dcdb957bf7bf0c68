//! What live means.

use std::time::Duration;

use aws_django_release::cloud::{DeploymentStatus, UpdateService};
use aws_django_release::plan::{Begun, Live};
use aws_django_release::testing::{Cut, DeploymentScript, Truth};
use aws_django_release::{Cause, Count, Done, ServiceDone, Step};

use crate::world::{WEB, WORKER, World, assert_says, done, revision, run, wanted};

#[test]
fn a_service_is_live_when_its_own_deployment_is_successful() {
    for (story, script) in [
        ("at once", DeploymentScript { unlisted: 0, going: 0, ..DeploymentScript::default() }),
        ("it is not listed yet", DeploymentScript { unlisted: 9, ..DeploymentScript::default() }),
        ("it takes its time", DeploymentScript { going: 60, ..DeploymentScript::default() }),
    ] {
        let world = World::at(1);
        for name in [WEB, WORKER] {
            world.aws.state().services.get_mut(name).unwrap().next = vec![script.clone()].into();
        }
        let outcome = world.release(&wanted(2), Some(&done(1)));
        assert_eq!(outcome.done, done(2), "{story}: {:?}", outcome.result);
        assert!(world.seconds() >= 60, "{story}: a worker without health check is watched for a minute");
    }
}

#[test]
fn a_service_that_does_not_become_live_is_a_failure_that_tells_why() {
    let ends = |end| DeploymentScript { end, ..DeploymentScript::default() };
    let replaced = DeploymentScript { replaced_by: Some(revision(WEB, 5)), ..DeploymentScript::default() };
    let dies = DeploymentScript { dies: true, ..DeploymentScript::default() };
    let alarms = ["web-5xx", "web-slow"].map(str::to_owned).to_vec();
    let alarmed = DeploymentScript { alarms, ..ends(DeploymentStatus::RollingBack) };
    let endless = DeploymentScript { going: u32::MAX, ..DeploymentScript::default() };
    for (story, name, script, cause, told) in [
        ("on its way back", WEB, ends(DeploymentStatus::RollingBack), Cause::Failed, "ECS takes it back"),
        (
            "taken back",
            WEB,
            ends(DeploymentStatus::RolledBack),
            Cause::Failed,
            "did not get healthy, and ECS took it back",
        ),
        ("an alarm", WEB, alarmed, Cause::Failed, "set off the alarms `web-5xx`, `web-slow`, and ECS takes it back"),
        ("not even taken back", WEB, ends(DeploymentStatus::RollbackFailed), Cause::Failed, "could not take it back"),
        ("stopped", WORKER, ends(DeploymentStatus::Stopped), Cause::Failed, "was stopped"),
        ("another release", WEB, replaced, Cause::Failed, "somebody else has moved `alpha-web` to `alpha-web:5`"),
        ("dies on import", WORKER, dies, Cause::Failed, "did not stay up"),
        ("endless", WEB, endless, Cause::TimeLimit, "ECS goes on to move it"),
    ] {
        let world = World::at(1);
        {
            let mut state = world.aws.state();
            let service = state.services.get_mut(name).unwrap();
            service.next = vec![script].into();
            service.service.target_groups = vec!["group".to_owned()];
        }
        let outcome = world.release(&wanted(2), Some(&done(1)));
        let failure = outcome.result.unwrap_err();
        assert_eq!((failure.step, failure.cause.clone()), (Step::Rollout, cause), "{story}");
        let all = [told, "has started tasks", "target 10.0.1.7: unhealthy", "must stay until a release has succeeded"];
        assert_says(story, &failure.to_string(), &all);
        let begun = Some(Begun { revision: revision(name, 2), settings: String::new() });
        let mut expected = done(2);
        expected.services.insert(name.to_owned(), ServiceDone { begun, ..done(1).services[name].clone() });
        assert_eq!(outcome.done, expected, "{story}: the other service is live, and the update has ended with 0");

        if let Some((.., script)) = world.aws.state().services.get_mut(name).unwrap().deployments.last_mut() {
            script.going = 0;
        }
        world.aws.state().settle();
        let again = world.release(&wanted(2), Some(&outcome.done));
        assert_eq!((again.done, world.starts()), (done(2), 1), "{story}: {:?}", again.result);
    }
}

#[test]
fn a_deployment_is_always_forced_and_counts_are_raised_but_not_lowered_where_others_own_them() {
    let web = |update: &UpdateService| (update.revision.is_some(), update.force, update.count);
    for (story, count, now, live, expected) in [
        ("from 0 tasks", Count::AtLeast(2), 0, 0, (true, true, Some(2))),
        ("an autoscaler has made five", Count::AtLeast(2), 5, 5, (true, true, Some(5))),
        ("the program says two", Count::Exactly(2), 5, 5, (true, true, Some(2))),
        ("more tasks", Count::Exactly(4), 2, 2, (false, false, Some(4))),
        ("more at least", Count::AtLeast(3), 2, 2, (false, false, Some(3))),
        ("somebody took them to 0", Count::Exactly(3), 0, 2, (true, true, Some(3))),
    ] {
        let (world, mut wanted, mut done) = (World::at(2), wanted(2), done(2));
        world.aws.state().services.get_mut(WEB).unwrap().service.desired = now;
        wanted.services.get_mut(WEB).unwrap().count = count;
        let is_scale = !expected.1 || story.contains("somebody");
        done.services.get_mut(WEB).unwrap().live =
            Some(Live { revision: revision(WEB, if is_scale { 2 } else { 1 }), count: live, settings: String::new() });
        let outcome = world.release(&wanted, Some(&done));
        let truth = world.history();
        let [Truth::Updated(update)] = truth.as_slice() else { panic!("{story}: {truth:?}, {:?}", outcome.result) };
        assert_eq!(web(update), expected, "{story}");
        assert_eq!(outcome.done.services[WEB].live.as_ref().map(|live| Some(live.count)), Some(expected.2), "{story}");
    }
}

#[test]
fn only_services_that_differ_move_and_those_that_are_wanted_no_more_are_forgotten() {
    let (world, mut wanted) = (World::at(2), wanted(2));
    wanted.services.remove(WORKER);
    let mut outcome = world.release(&wanted, Some(&done(2)));
    assert!(outcome.result.as_ref().unwrap().is_empty() && !outcome.done.services.contains_key(WORKER));
    wanted.services.get_mut(WEB).unwrap().settings = "another password".to_owned();
    outcome = world.release(&wanted, Some(&outcome.done));
    assert_eq!((outcome.result.unwrap().moves.len(), world.moves(), world.starts()), (1, 1, 0));
}

#[test]
fn what_a_run_has_left_under_way_is_adopted_or_superseded() {
    let begun = |number| Some(Begun { revision: revision(WEB, number), settings: String::new() });
    for (story, number, moves) in [("the same revision is adopted", 2, 0), ("an older one of ours is superseded", 3, 1)]
    {
        let (world, mut done) = (World::at(1), done(1));
        world.aws.state().deploy(WEB, &revision(WEB, 2), DeploymentScript { going: 9, ..DeploymentScript::default() });
        done.services.get_mut(WEB).unwrap().begun = begun(2);
        let mut wanted = wanted(1);
        wanted.services.get_mut(WEB).unwrap().revision = revision(WEB, number);
        let outcome = world.release(&wanted, Some(&done));
        assert!(outcome.result.is_ok(), "{story}: {:?}", outcome.result);
        assert_eq!(world.moves(), moves, "{story}");
        let live = outcome.done.services[WEB].live.as_ref().map(|live| live.revision.clone());
        assert_eq!((live, outcome.done.services[WEB].begun.clone()), (Some(revision(WEB, number)), None), "{story}");
    }
}

#[test]
fn a_deployment_of_the_wanted_revision_with_older_settings_is_not_adopted() {
    let (world, mut wanted) = (World::at(1), wanted(2));
    wanted.update.revision = crate::world::revision(crate::world::UPDATE, 1);
    world.aws.state().deploy(WEB, &revision(WEB, 2), DeploymentScript { going: 9, ..DeploymentScript::default() });
    wanted.services.get_mut(WEB).unwrap().settings = "another password".to_owned();
    assert!(world.release(&wanted, Some(&done(1))).result.is_ok());
    assert_eq!(world.moves(), 2);
}

#[test]
fn a_cancelled_roll_out_says_that_ecs_goes_on() {
    let world = World::at(1);
    for name in [WEB, WORKER] {
        let script = DeploymentScript { going: 90, ..DeploymentScript::default() };
        world.aws.state().services.get_mut(name).unwrap().next = vec![script].into();
    }
    let mut wanted = wanted(2);
    wanted.update.revision = crate::world::revision(crate::world::UPDATE, 1);
    world.aws.state().cut_after = Some((40, Cut::Cancel(world.engine.cancelled.clone())));
    let outcome = world.release(&wanted, Some(&done(1)));
    let failure = outcome.result.unwrap_err();
    assert_eq!((failure.cause.clone(), failure.begun), (Cause::Cancelled, true));
    assert_says("", &failure.to_string(), &["ECS goes on to move `alpha-web`", "ECS goes on to move `alpha-worker`"]);
    assert!(outcome.done.services.values().all(|service| service.begun.is_some()));
}

#[test]
fn a_refresh_tells_what_is_live_and_keeps_what_was_migrated() {
    let world = World::at(1);
    world.aws.state().deploy(WEB, &revision(WEB, 5), DeploymentScript { going: 0, ..DeploymentScript::default() });
    world.aws.state().settle();
    world.aws.state().services.remove(WORKER);
    let read: Done = run(world.engine.read("111", "alpha-cluster", &done(2))).unwrap().unwrap();
    assert_eq!(read.migrated, done(2).migrated);
    assert_eq!(read.services.keys().collect::<Vec<_>>(), [WEB]);
    assert_eq!(read.services[WEB].live.as_ref().unwrap().revision, revision(WEB, 5));
}

#[test]
fn limits_are_values() {
    let world = World::at(1);
    let script = DeploymentScript { going: u32::MAX, ..DeploymentScript::default() };
    world.aws.state().services.get_mut(WEB).unwrap().next = vec![script].into();
    let limits = aws_django_release::Limits { rollout: Duration::from_mins(2), ..Default::default() };
    let outcome = run(world.engine.release(&wanted(2), Some(&done(1)), limits));
    assert_eq!(outcome.result.unwrap_err().cause, Cause::TimeLimit);
    assert!((120..200).contains(&world.seconds()), "{}", world.seconds());
}
