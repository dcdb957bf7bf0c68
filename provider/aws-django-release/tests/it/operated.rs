//! An app that is released by hand: `alpha` with `web`, `worker` and the front end `ui`, whose program has registered
//! revision 1 of everything, with the images `shop:v1` and `front:v1`.

use std::collections::BTreeMap;

use aws_django_release::cloud::{Tags, Task, TaskStatus};
use aws_django_release::plan::{UpdateWhy, Why};
use aws_django_release::testing::{DeploymentScript, State, TaskScript, Truth};
use aws_django_release::{
    App, COPY_TAG, Cause, Change, Failure, Limits, NewImage, Prepared, Runs, STARTED_BY_RUN, Step, To,
};

use crate::world::{UPDATE, WEB, WORKER, World, assert_says, run};

const UI: &str = "alpha-ui";
const OF_PROGRAM: (&str, &str) = ("env", "alpha");

pub(crate) fn tags(tags: &[(&str, &str)]) -> Tags {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn images(family: &str, image: &str) -> BTreeMap<String, String> {
    let container = family.strip_prefix("alpha-").unwrap_or_default();
    BTreeMap::from([(container.to_owned(), image.to_owned())])
}

/// `pulumi up` registers a revision; it moves nothing.
fn up(state: &mut State, family: &str, image: &str) -> String {
    state.register(family, images(family, image), tags(&[OF_PROGRAM]))
}

/// The app as `pulumi up` has made it, with its first release live.
pub(crate) fn app_at_v1() -> World {
    let world = World::at(1);
    let mut state = world.aws.state();
    state.images.clear();
    for (family, image) in [(WEB, "shop:v1"), (WORKER, "shop:v1"), (UI, "front:v1"), (UPDATE, "shop:v1")] {
        up(&mut state, family, image);
    }
    state.add_service(UI, "alpha-ui:1", 2);
    for (name, kind) in [(WEB, "backend"), (WORKER, "backend"), (UI, "frontend")] {
        let it = &mut state.services.get_mut(name).unwrap().service;
        it.tags = tags(&[("deployment", "Pipeline"), ("aws-django:image", kind), ("desired-count", "2")]);
        if name != WORKER {
            it.target_groups = vec![format!("group-of-{name}")];
        }
    }
    drop(state);
    world
}

pub(crate) fn found(world: &World) -> App {
    run(world.engine.find_app("alpha", "eu-west-1")).unwrap()
}

fn backend(tag: &str) -> Change {
    Change { backend: Some(NewImage::Tag(tag.to_owned())), ..Change::default() }
}

fn prepare(world: &World, change: &Change) -> Result<Prepared, Failure> {
    run(world.engine.prepare(&found(world), change))
}

/// A whole release by hand.
fn release(world: &World, change: &Change) -> Result<(), Failure> {
    let it = prepare(world, change)?;
    run(world.engine.release_alone(&it.wanted, Some(&it.done), Limits::default())).result.map(drop)
}

fn wanted(prepared: &Prepared) -> Vec<String> {
    let services = prepared.wanted.services.values().map(|service| service.revision.clone());
    services.chain([prepared.wanted.update.revision.clone()]).collect()
}

fn live(world: &World, name: &str) -> String {
    world.aws.state().services[name].service.revision.clone()
}

#[test]
fn a_new_image_is_put_into_a_copy_of_what_is_live_and_moves_all_that_run_it() {
    let world = app_at_v1();
    release(&world, &backend("v2")).unwrap();
    assert_eq!([WEB, WORKER, UI].map(|name| live(&world, name)), ["alpha-web:2", "alpha-worker:2", "alpha-ui:1"]);
    assert_eq!(world.starts(), 1);
    let state = world.aws.state();
    assert_eq!(state.images["alpha-web:2"]["web"], "shop:v2");
    assert_eq!(state.tags["alpha-web:2"], tags(&[OF_PROGRAM, (COPY_TAG, "alpha-web:1")]));
    assert_eq!(state.images["alpha-backend_update:2"]["backend_update"], "shop:v2");
}

#[test]
fn the_front_end_moves_alone_and_nothing_runs_before_it() {
    let world = app_at_v1();
    release(&world, &Change { frontend: Some(NewImage::Tag("v2".to_owned())), ..Change::default() }).unwrap();
    assert_eq!([WEB, UI].map(|name| live(&world, name)), ["alpha-web:1", "alpha-ui:2"]);
    assert_eq!((world.starts(), world.aws.state().images["alpha-ui:2"]["ui"].as_str()), (0, "front:v2"));
}

/// What happens before a release, and the revision whose settings the release must have.
type Story = (&'static str, fn(&World), &'static str);

const STORIES: [Story; 8] = [
    ("nothing has changed", |_| (), "alpha-web:1"),
    (
        "other settings, with the image that runs",
        |world| drop(up(&mut world.aws.state(), WEB, "shop:v1")),
        "alpha-web:2",
    ),
    (
        "other settings, after three releases",
        |world| {
            for tag in ["v2", "v3", "v4"] {
                release(world, &backend(tag)).unwrap();
            }
            up(&mut world.aws.state(), WEB, "shop:v4");
        },
        "alpha-web:5",
    ),
    (
        "other settings with an old image: `up` looked before the last release and registered after it",
        |world| {
            release(world, &backend("v2")).unwrap();
            up(&mut world.aws.state(), WEB, "shop:v1");
        },
        "alpha-web:3",
    ),
    (
        "other settings, and a release of them that failed",
        |world| {
            up(&mut world.aws.state(), WEB, "shop:v1");
            world.aws.state().next_tasks = vec![TaskScript::exits(1)].into();
            assert!(release(world, &backend("v2")).is_err());
        },
        "alpha-web:2",
    ),
    (
        "somebody has tried something by hand and never deployed it",
        |world| drop(world.aws.state().register(WEB, images(WEB, "debug:1"), Tags::new())),
        "alpha-web:1",
    ),
    (
        "somebody has changed and deployed something by hand",
        |world| {
            let mut state = world.aws.state();
            let by_hand = state.register(WEB, images(WEB, "shop:v1"), Tags::new());
            state.deploy(WEB, &by_hand, DeploymentScript { going: 0, unlisted: 0, ..DeploymentScript::default() });
            state.settle();
        },
        "alpha-web:2",
    ),
    (
        "it went back after other settings",
        |world| {
            up(&mut world.aws.state(), WEB, "shop:v1");
            release(world, &backend("v2")).unwrap();
            let back = back(world, &To::Last).unwrap();
            run(world.engine.release_alone(&back.wanted, Some(&back.done), Limits::default())).result.unwrap();
            assert_eq!(live(world, WEB), "alpha-web:1");
        },
        "alpha-web:2",
    ),
];

#[test]
fn settings_that_the_program_has_changed_go_to_work_and_no_image_of_before_does() {
    for (story, happens, settings) in STORIES {
        let world = app_at_v1();
        happens(&world);
        release(&world, &backend("v9")).unwrap();
        let (at, state) = (live(&world, WEB), world.aws.state());
        assert_eq!(state.images[&at]["web"], "shop:v9", "{story}: {at}");
        assert_eq!(state.tags[&at][COPY_TAG], settings, "{story}: {at}");
    }
}

#[test]
fn what_the_program_registers_with_the_image_that_runs_is_released_as_it_is() {
    let world = app_at_v1();
    for family in [WEB, WORKER, UPDATE] {
        up(&mut world.aws.state(), family, "shop:v1");
    }
    let prepared = prepare(&world, &backend("v1")).unwrap();
    assert_eq!(wanted(&prepared), ["alpha-web:2", "alpha-worker:2", "alpha-backend_update:2"]);
    assert!(!world.aws.state().calls.contains(&"ecs:RegisterTaskDefinition".to_owned()));
}

#[test]
fn two_releases_of_one_image_come_to_the_same_revisions_also_at_the_same_time() {
    let world = app_at_v1();
    let first = prepare(&world, &backend("v2")).unwrap();
    assert_eq!(wanted(&prepare(&world, &backend("v2")).unwrap()), wanted(&first));
    assert_eq!(world.aws.state().revisions(WEB).len(), 2);

    let world = app_at_v1();
    world.aws.state().meanwhile = Some(|state| {
        for family in [WEB, WORKER, UPDATE] {
            let tags = tags(&[OF_PROGRAM, (COPY_TAG, &format!("{family}:1"))]);
            state.register(family, images(family, "shop:v2"), tags);
        }
    });
    let second = prepare(&world, &backend("v2")).unwrap();
    assert_eq!(wanted(&second), wanted(&first), "those that the other one has registered");
}

#[test]
fn what_the_program_registers_at_the_same_time_is_not_lost() {
    let world = app_at_v1();
    world.aws.state().meanwhile = Some(|state| drop(up(state, WEB, "shop:v1")));
    let prepared = prepare(&world, &backend("v2")).unwrap();
    let state = world.aws.state();
    let at = &prepared.wanted.services[WEB].revision;
    assert_eq!((state.images[at]["web"].as_str(), state.tags[at][COPY_TAG].as_str()), ("shop:v2", "alpha-web:2"));
}

#[test]
fn a_release_that_is_begun_again_does_not_run_an_update_that_has_ended() {
    for (story, happens, starts) in [
        ("at once", None, 1),
        ("somebody has run a command since", Some(STARTED_BY_RUN), 2),
        ("the database was made anew since", Some("aws-django-database"), 2),
        ("a task of a service has ended since", Some("ecs-svc/1"), 1),
    ] {
        let world = app_at_v1();
        let stuck = DeploymentScript { going: u32::MAX, ..DeploymentScript::default() };
        world.aws.state().services.get_mut(WEB).unwrap().next = vec![stuck].into();
        let failure = release(&world, &backend("v2")).unwrap_err();
        assert_eq!((failure.step, failure.cause), (Step::Rollout, Cause::TimeLimit), "{story}");
        if let Some(by) = happens {
            let task = over(by);
            world.aws.state().tasks.push((task, TaskScript::default()));
        }
        world.aws.state().services.get_mut(WEB).unwrap().deployments.last_mut().unwrap().2.going = 0;
        let again = prepare(&world, &backend("v2")).unwrap();
        assert_eq!(again.notes.is_empty(), starts == 2, "{story}: {:?}", again.notes);
        let outcome = run(world.engine.release_alone(&again.wanted, Some(&again.done), Limits::default()));
        assert!(outcome.result.is_ok(), "{story}: {:?}", outcome.result);
        assert_eq!((world.starts(), live(&world, WEB).as_str()), (starts, "alpha-web:2"), "{story}");
    }
}

/// A task that has ended well, later than all others.
fn over(by: &str) -> Task {
    Task {
        arn: format!("task/by-{by}"),
        revision: "alpha-web:1".to_owned(),
        started_by: Some(by.to_owned()),
        status: TaskStatus::Stopped,
        created_at: 1_000_000,
        stop_code: None,
        stopped_reason: None,
        containers: Vec::new(),
        tags: Tags::new(),
    }
}

#[test]
fn an_update_that_has_not_ended_well_runs_again_and_one_without_it_runs_none() {
    let world = app_at_v1();
    world.aws.state().next_tasks = vec![TaskScript::exits(1)].into();
    assert_eq!(release(&world, &backend("v2")).unwrap_err().step, Step::Update);
    let again = prepare(&world, &backend("v2")).unwrap();
    let plan = aws_django_release::changes(&again.wanted, &again.done);
    assert_eq!(plan.update.map(|update| update.why), Some(UpdateWhy::First));
    assert!(plan.moves.values().all(|it| it.why == Why::Revision && it.count == 2));

    release(&world, &Change { only_services: true, ..backend("v3") }).unwrap();
    assert_eq!((world.starts(), live(&world, WEB).as_str()), (1, "alpha-web:3"));
}

#[test]
fn a_release_without_its_update_waits_for_one_that_runs() {
    let world = app_at_v1();
    let task =
        aws_django_release::cloud::RunTask { revision: "alpha-backend_update:1".to_owned(), ..Default::default() };
    run(aws_django_release::cloud::Ecs::run_task(&*world.aws, &task)).unwrap();
    let failure = release(&world, &Change { only_services: true, ..backend("v2") }).unwrap_err();
    assert_eq!((failure.cause, failure.begun), (Cause::Refused, false));
}

#[test]
fn counts_are_raised_to_what_the_program_says_and_never_lowered() {
    for (now, count) in [(5, 5), (0, 2), (1, 2)] {
        let world = app_at_v1();
        world.aws.state().services.get_mut(WEB).unwrap().service.desired = now;
        release(&world, &backend("v2")).unwrap();
        let asked = world.history().into_iter().find_map(|truth| match truth {
            Truth::Updated(update) if update.service == WEB => update.count,
            _ => None,
        });
        assert_eq!(asked, Some(count), "from {now}");
    }
}

#[test]
fn an_image_names_a_certain_one() {
    let tag = |tag: &str| NewImage::Tag(tag.to_owned());
    let whole = |image: &str| NewImage::Whole(image.to_owned());
    for (new, now, expected) in [
        (tag("v2"), "shop:v1", Ok("shop:v2")),
        (tag("v2"), "1.ecr:5000/a/shop:v1@sha256:ab", Ok("1.ecr:5000/a/shop:v2")),
        (tag("v2"), "localhost:5000/shop", Ok("localhost:5000/shop:v2")),
        (whole("shop@sha256:ab"), "x:1", Ok("shop@sha256:ab")),
        (tag("latest"), "shop:v1", Err("another one tomorrow")),
        (whole("localhost:5000/shop"), "shop:v1", Err("has no tag")),
        (whole("shop:"), "shop:v1", Err("has no tag")),
        (whole(""), "shop:v1", Err("has no tag")),
        (tag("a b"), "shop:v1", Err("is no tag")),
        (tag("sha256:ab"), "shop:v1", Err("whole address")),
        (tag(""), "shop:v1", Err("is no tag")),
    ] {
        match (new.over(now), expected) {
            (Ok(image), Ok(expected)) => assert_eq!(image, expected),
            (Err(text), Err(part)) => assert_says(now, &text, &[part]),
            (got, _) => panic!("{new:?}: {got:?}"),
        }
    }
}

fn back(world: &World, to: &To) -> Result<Prepared, Failure> {
    run(world.engine.prepare_rollback(&found(world), Runs::Backend, to))
}

#[test]
fn going_back_leads_to_what_was_live_before_and_brings_all_to_one_image() {
    let targets = |prepared: &Prepared| [WEB, WORKER].map(|name| prepared.wanted.services[name].revision.clone());
    let world = app_at_v1();
    for tag in ["v2", "v3"] {
        release(&world, &backend(tag)).unwrap();
    }
    assert_eq!(targets(&back(&world, &To::Last).unwrap()), ["alpha-web:2", "alpha-worker:2"]);
    let images = ["shop:v1", "v1"].map(|image| To::Image(image.to_owned()));
    for to in [To::Revision("alpha-web:1".to_owned())].into_iter().chain(images) {
        assert_eq!(targets(&back(&world, &to).unwrap()), ["alpha-web:1", "alpha-worker:1"], "{to:?}");
    }

    // Only web was released again, with other settings: the worker stays where it is.
    up(&mut world.aws.state(), WEB, "shop:v3");
    release(&world, &backend("v3")).unwrap();
    assert_eq!(live(&world, WEB), "alpha-web:4");
    let prepared = back(&world, &To::Last).unwrap();
    assert_eq!(targets(&prepared), ["alpha-web:3", "alpha-worker:3"]);
    let (starts, moves) = (world.starts(), world.moves());
    let outcome = run(world.engine.release_alone(&prepared.wanted, Some(&prepared.done), Limits::default()));
    assert_eq!(outcome.result.unwrap().moves.into_keys().collect::<Vec<_>>(), [WEB]);
    assert_eq!((world.starts(), world.moves()), (starts, moves + 1), "no update runs");
}

#[test]
fn a_service_that_has_run_the_image_for_longer_than_ecs_remembers_stays() {
    let world = app_at_v1();
    up(&mut world.aws.state(), WEB, "shop:v1");
    release(&world, &Change { only_services: true, ..backend("v1") }).unwrap();
    assert_eq!(live(&world, WEB), "alpha-web:2");
    world.aws.state().services.get_mut(WORKER).unwrap().deployments.clear();
    let prepared = back(&world, &To::Last).unwrap();
    let services = &prepared.wanted.services;
    assert_eq!([WEB, WORKER].map(|name| services[name].revision.as_str()), ["alpha-web:1", "alpha-worker:1"]);
}

#[test]
fn going_back_leaves_a_deployment_that_is_under_way() {
    let world = app_at_v1();
    let stuck = || DeploymentScript { going: 9, ..DeploymentScript::default() };
    release(&world, &backend("v2")).unwrap();
    let revision = up(&mut world.aws.state(), WEB, "shop:v3");
    world.aws.state().deploy(WEB, &revision, stuck());
    let prepared = back(&world, &To::Last).unwrap();
    assert_eq!(prepared.wanted.services[WEB].revision, "alpha-web:2");
    let outcome = run(world.engine.release_alone(&prepared.wanted, Some(&prepared.done), Limits::default()));
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!([WEB, WORKER].map(|name| live(&world, name)), ["alpha-web:2", "alpha-worker:2"]);
}

#[test]
fn what_was_never_live_is_not_gone_back_to() {
    let world = app_at_v1();
    for (to, told) in [
        (To::Last, "of another revision (there were `alpha-web:1` with `shop:v1`)"),
        (To::Image("shop:v7".to_owned()), "of `shop:v7`"),
        (To::Image("1".to_owned()), "of `1`"),
        (To::Image("hop:v1".to_owned()), "of `hop:v1`"),
        (To::Revision("alpha-web:7".to_owned()), "of `alpha-web:7`"),
    ] {
        let failure = back(&world, &to).unwrap_err();
        assert_eq!(failure.cause, Cause::Refused, "{to:?}");
        assert_says("", &failure.text, &[told, "release an image instead"]);
    }
    release(&world, &backend("v2")).unwrap();
    world.aws.state().inactive.insert("alpha-web:1".to_owned());
    assert_says("", &back(&world, &To::Last).unwrap_err().text, &["was deregistered", "`shop:v1`"]);
}
