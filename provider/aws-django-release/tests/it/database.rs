//! Databases and images.

use std::time::Duration;

use aws_django_release::cloud::{Error, Kind, StopCode};
use aws_django_release::testing::{DeploymentScript, TaskScript};
use aws_django_release::{
    Cause, Database, Dropped, EXIT_NO_SERVER, EXIT_OTHER_ID, Images, ImagesOf, Process, Step, names,
};

use crate::world::{WEB, WORKER, World, assert_says, container, revision, run};

const LIMIT: Duration = Duration::from_mins(10);

fn database() -> Database {
    Database {
        account: "111".to_owned(),
        cluster: "alpha-cluster".to_owned(),
        revision: "alpha-database:1".to_owned(),
        container: container("database"),
        id: "id-1".to_owned(),
        name: "app_alpha".to_owned(),
        host: "dev-rds".to_owned(),
        ..Database::default()
    }
}

fn never_started(reason: &str) -> TaskScript {
    let stop_code = Some(StopCode::TaskFailedToStart);
    TaskScript { stop_code, reason: Some(reason.to_owned()), ..TaskScript::default() }
}

#[test]
fn a_database_is_dropped_or_it_is_said_what_is_left() {
    let secret = "ResourceInitializationError: unable to pull secrets or registry auth: ResourceNotFoundException: \
                  Secrets Manager can't find the specified secret.";
    let log = "ResourceInitializationError: failed to validate logger args: ResourceNotFoundException: The specified \
               log group does not exist.";
    let cluster = Error { kind: Kind::NotFound, text: "Cluster not found.".to_owned() };
    for (story, script, expected) in [
        ("it is there", TaskScript::exits(0), Ok((0, ""))),
        ("another resource has it", TaskScript::exits(EXIT_OTHER_ID), Ok((1, "another id"))),
        ("no server", TaskScript::exits(EXIT_NO_SERVER), Ok((1, "`dev-rds` is gone"))),
        ("no secret", never_started(secret), Ok((1, "the secret"))),
        ("no cluster", TaskScript { refused: Some(cluster), ..TaskScript::default() }, Ok((2, "`app_alpha` are left"))),
        ("no log group", never_started(log), Err("log group")),
        (
            "psql fails",
            TaskScript { pages: vec![vec!["FATAL: PGPASSWORD=x".to_owned()]], ..TaskScript::exits(2) },
            Err("FATAL: PGPASSWORD=[redacted]"),
        ),
    ] {
        let world = World::at(1);
        world.aws.state().next_tasks = vec![script].into();
        let kind = |dropped: Dropped| match dropped {
            Dropped::Gone => (0, String::new()),
            Dropped::Nothing(text) => (1, text),
            Dropped::Left(text) => (2, text),
        };
        match (run(world.engine.drop_database(&database(), LIMIT)).map(kind), expected) {
            (Ok((kind, text)), Ok((expected, part))) => {
                assert_eq!(kind, expected, "{story}: {text}");
                assert_says(story, &text, &[part]);
            }
            (Err(failure), Err(part)) => {
                assert_eq!((failure.step, failure.begun), (Step::Database, true), "{story}");
                assert_says(story, &failure.to_string(), &[part]);
            }
            other => panic!("{story}: {other:?}"),
        }
    }
}

#[test]
fn a_database_that_could_not_be_made_is_told_as_begun() {
    let world = World::at(1);
    assert_eq!(run(world.engine.create_database(&database(), LIMIT)), Ok(()));
    world.aws.state().next_tasks = vec![TaskScript::exits(3)].into();
    let failure = run(world.engine.create_database(&database(), LIMIT)).unwrap_err();
    assert_eq!((failure.begun, failure.cause), (true, Cause::Failed));
    let elsewhere = Database { account: "222".to_owned(), ..database() };
    assert!(!run(world.engine.create_database(&elsewhere, LIMIT)).unwrap_err().begun);
}

fn images_of() -> ImagesOf {
    let process = |name: &str| Process { service: format!("alpha-{name}"), container: name.to_owned() };
    ImagesOf {
        account: "111".to_owned(),
        cluster: "alpha-cluster".to_owned(),
        web: process("web"),
        frontend: Some(process("web-ui")),
        others: vec![process("worker")],
    }
}

#[test]
fn the_image_that_runs_is_that_of_the_last_successful_deployment() {
    let world = World::at(2);
    let found = |world: &World, of: &ImagesOf| run(world.engine.running_images(of)).map(|images| images.backend);
    let image = |number: u32| Ok(Some(format!("shop:v{number}")));
    assert_eq!(found(&world, &images_of()), image(2));
    world.aws.state().deploy(WEB, &revision(WEB, 3), DeploymentScript { going: 99, ..DeploymentScript::default() });
    assert_eq!(found(&world, &images_of()), image(2), "one that is under way does not count");
    world.aws.state().services.get_mut(WEB).unwrap().service.desired = 0;
    world.aws.state().settle();
    assert_eq!(found(&world, &images_of()), image(3), "also at 0 tasks");
    world.aws.state().services.remove(WEB);
    assert_eq!(found(&world, &images_of()), image(2), "the worker's");
    let renamed = ImagesOf { others: Vec::new(), ..images_of() };
    assert_eq!(found(&world, &renamed), Ok(None));
    let tags = [(names::IMAGE_TAG.to_owned(), "backend".to_owned())];
    world.aws.state().services.get_mut(WORKER).unwrap().service.tags = tags.into();
    assert_eq!(found(&world, &renamed), image(2), "found by its tag");
}

#[test]
fn what_may_not_be_seen_is_not_nothing() {
    let world = World::at(2);
    let denied = Error { kind: Kind::Denied("ecs:ListServices".to_owned()), text: String::new() };
    let gone = Error { kind: Kind::NotFound, text: String::new() };
    for (error, expected) in [(denied, None), (gone, Some(Images::default()))] {
        world.aws.state().broken.insert("ecs:ListServices".to_owned(), error);
        assert_eq!(run(world.engine.running_images(&images_of())).ok(), expected);
    }
}
