//! Whatever ECS does, and wherever a run ends: what a release says is true, and the next one comes to a good end.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_django_release::cloud::{DeploymentStatus, Error, Kind, StopCode};
use aws_django_release::testing::{Cut, DeploymentScript, SimulatedService, TaskScript, Truth};
use aws_django_release::{Done, Engine, Limits, Outcome, Step};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tokio_util::sync::CancellationToken;

use crate::world::{UPDATE, WEB, WORKER, World, done, revision, run, wanted};

/// One run of the engine, and what ECS does in it.
#[derive(Clone, Debug)]
struct Run {
    number: u32,
    tasks: Vec<TaskScript>,
    web: DeploymentScript,
    worker: DeploymentScript,
    /// After which call it is cut off, and whether it is dropped rather than cancelled.
    cut: Option<(usize, bool)>,
    /// Which calls are throttled, or get no answer.
    faults: Vec<(usize, bool)>,
    /// Whether somebody else deploys before it.
    others: bool,
    /// Whether all that is under way ends before it.
    settles: bool,
}

fn tasks() -> impl Strategy<Value = TaskScript> {
    let end = prop_oneof![
        4 => Just((None, Some(0))),
        1 => Just((None, Some(1))),
        1 => Just((None, None)),
        1 => Just((Some(StopCode::SpotInterruption), Some(0))),
        1 => Just((Some(StopCode::TaskFailedToStart), None)),
    ];
    (0..2_u32, 0..3_u32, 1..6_u32, end).prop_map(|(unknown, starting, running, (stop_code, exit_code))| TaskScript {
        unknown,
        starting,
        running,
        stop_code,
        exit_code,
        ..TaskScript::default()
    })
}

fn deployments(name: &'static str) -> impl Strategy<Value = DeploymentScript> {
    let end = prop_oneof![
        5 => Just(DeploymentStatus::Successful),
        1 => Just(DeploymentStatus::RolledBack),
        1 => Just(DeploymentStatus::RollingBack),
        1 => Just(DeploymentStatus::Stopped),
    ];
    let replaced_by = prop_oneof![6 => Just(None), 1 => Just(Some(revision(name, 5)))];
    (0..4_u32, 0..6_u32, end, replaced_by, prop::bool::weighted(0.2)).prop_map(
        |(unlisted, going, end, replaced_by, dies)| DeploymentScript {
            unlisted,
            going,
            end,
            replaced_by,
            dies,
            alarms: Vec::new(),
        },
    )
}

fn runs() -> impl Strategy<Value = Vec<Run>> {
    let often = || prop::bool::weighted(0.3);
    let ecs = (prop::collection::vec(tasks(), 0..3), deployments(WEB), deployments(WORKER));
    let faults = prop::collection::vec((1..60_usize, often()), 0..4);
    let cut = prop::option::of((1..60_usize, any::<bool>()));
    let run = (1..5_u32, ecs, cut, faults, prop::bool::weighted(0.1), often());
    let run = run.prop_map(|(number, (tasks, web, worker), cut, faults, others, settles)| Run {
        number,
        tasks,
        web,
        worker,
        cut,
        faults,
        others,
        settles,
    });
    prop::collection::vec(run, 1..6)
}

/// Releases; `None` if the run was dropped.
fn release(world: &World, number: u32, done: &Done, cut: Option<(usize, bool)>) -> Option<Outcome> {
    let cancelled = CancellationToken::new();
    let engine = Engine { cancelled: cancelled.clone(), ..world.engine.clone() };
    let calls = world.aws.state().calls.len();
    world.aws.state().cut_after =
        cut.map(|(after, drops)| (calls + after, if drops { Cut::Drop } else { Cut::Cancel(cancelled) }));
    let (aws, wanted) = (Arc::clone(&world.aws), wanted(number));
    let outcome = run(async {
        tokio::select! {
            biased;
            () = aws.cut.notified() => None,
            outcome = engine.release(&wanted, Some(done), Limits::default()) => Some(outcome),
        }
    });
    world.aws.state().cut_after = None;
    outcome
}

/// Holds what a release says against what truly happened in it.
fn judge(world: &World, number: u32, before: &Done, outcome: &Outcome, truth: &[Truth], calls: &[String]) {
    let update = revision(UPDATE, number);
    let is_begun = calls.iter().any(|call| call == "ecs:RunTask" || call == "ecs:UpdateService");
    if let Err(failure) = &outcome.result
        && !failure.begun
    {
        assert!(!is_begun && failure.step == Step::Check && !failure.text.is_empty(), "{failure}");
        assert_eq!(&outcome.done, before);
        return;
    }
    let needs_update = before.migrated != done(number).migrated;
    let ended_well = Truth::EndedWell(update.clone());
    let times = truth.iter().filter(|it| **it == ended_well).count();
    assert_eq!(times, usize::from(times > 0 && needs_update), "an update has run more often than it had to: {truth:?}");
    if !needs_update {
        assert!(!truth.contains(&Truth::Started(update)), "what is migrated was started again");
    }
    let moved = truth.iter().position(|it| matches!(it, Truth::Updated(_)));
    if let Some(moved) = moved {
        let is_ready = !needs_update || truth.iter().take(moved).any(|it| *it == ended_well);
        assert!(is_ready, "a service has moved before its update has ended with 0: {truth:?}");
    }
    let expected = if times > 0 { &done(number).migrated } else { &before.migrated };
    assert_eq!(&outcome.done.migrated, expected, "{truth:?}");
    let state = world.aws.state();
    for (name, service) in &outcome.done.services {
        if service.live != before.services.get(name).and_then(|before| before.live.clone()) {
            let (last, revision, _) = state.services[name].deployments.last().unwrap();
            let live = service.live.as_ref().map(|live| &live.revision);
            assert_eq!((live, last.status), (Some(revision), DeploymentStatus::Successful), "{name} is not live");
        }
    }
    match &outcome.result {
        Ok(_) => {
            assert_eq!(outcome.done, done(number));
            assert_eq!(times, usize::from(needs_update));
            for (name, it) in &state.services {
                assert_eq!(what_runs(it), BTreeSet::from([revision(name, number)]));
                assert_eq!(it.service.desired, 2);
            }
        }
        Err(failure) => {
            let ready = !needs_update || times > 0;
            let step = if moved.is_some() || ready { Step::Rollout } else { Step::Update };
            assert!(failure.step == step && !failure.text.is_empty(), "{failure}: {truth:?}");
        }
    }
}

/// The revisions that tasks of a service may have. One whose deployment was stopped may have left some.
fn what_runs(service: &SimulatedService) -> BTreeSet<String> {
    let mut runs = BTreeSet::new();
    for (deployment, revision, _) in &service.deployments {
        match deployment.status {
            DeploymentStatus::Successful => runs = BTreeSet::from([revision.clone()]),
            DeploymentStatus::RolledBack => {
                let back = deployment.rolled_back_to.as_deref().and_then(|arn| arn.splitn(3, '/').nth(2));
                runs = back.into_iter().map(str::to_owned).collect();
            }
            _ => drop(runs.insert(revision.clone())),
        }
    }
    runs
}

proptest! {
    // Always the same cases, so that nothing fails by chance; `PROPTEST_CASES` says how many.
    #![proptest_config(ProptestConfig {
        cases: 500,
        rng_seed: RngSeed::Fixed(8),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_a_release_says_is_true_and_the_next_one_comes_to_a_good_end(runs in runs(), last in 1..5_u32) {
        let world = World::at(1);
        let mut kept = done(1);
        for it in &runs {
            {
                let mut state = world.aws.state();
                if it.settles {
                    state.settle();
                }
                // One that ends just while the next run looks for it would be nobody's.
                state.tasks.iter_mut().for_each(|(_, script)| script.running = script.running.max(3));
                if it.others {
                    state.deploy(WEB, &revision(WEB, 5), DeploymentScript::default());
                }
                state.next_tasks = it.tasks.clone().into();
                for (name, script) in [(WEB, &it.web), (WORKER, &it.worker)] {
                    state.services.get_mut(name).unwrap().next = vec![script.clone()].into();
                }
                let calls = state.calls.len();
                state.faults = it.faults.iter().map(|(after, throttled)| {
                    let kind = if *throttled { Kind::Throttled } else { Kind::Unreachable };
                    (calls + after, Error { kind, text: "no luck".to_owned() })
                }).collect();
            }
            let (truths, calls) = (world.history().len(), world.aws.state().calls.len());
            if let Some(outcome) = release(&world, it.number, &kept, it.cut) {
                let made = world.aws.state().calls[calls..].to_vec();
                judge(&world, it.number, &kept, &outcome, &world.history()[truths..], &made);
                kept = outcome.done;
            }
        }
        {
            let mut state = world.aws.state();
            state.settle();
            state.faults.clear();
            state.next_tasks.clear();
            state.services.values_mut().for_each(|it| it.next.clear());
        }
        let (truths, calls) = (world.history().len(), world.aws.state().calls.len());
        let outcome = release(&world, last, &kept, None).unwrap();
        prop_assert!(outcome.result.is_ok(), "the last run: {:?}", outcome.result);
        let made = world.aws.state().calls[calls..].to_vec();
        judge(&world, last, &kept, &outcome, &world.history()[truths..], &made);
    }
}
