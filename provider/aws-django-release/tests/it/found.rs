//! How an app is found, and what of it is read and opened; nothing moves by that.

use std::collections::BTreeMap;

use aws_django_release::cloud::{DbInstance, Entry, Error, Host, Kind};
use aws_django_release::testing::{DeploymentScript, State, TaskScript};
use aws_django_release::{Cause, Change, End, Event, Journal, NewImage, To, open_tunnel};
use aws_django_release::{Failure, Runs};

use crate::operated::{app_at_v1, found, tags};
use crate::world::{WEB, WORKER, World, assert_says, run};

type Set = Box<dyn Fn(&mut State)>;

fn breaks(action: &'static str, kind: Kind) -> Set {
    let error = Error { kind, text: format!("`{action}` failed: log in again") };
    Box::new(move |state| drop(state.broken.insert(action.to_owned(), error.clone())))
}

fn retag(name: &'static str, key: &'static str, value: Option<&'static str>) -> Set {
    Box::new(move |state| {
        let tags = &mut state.services.get_mut(name).unwrap().service.tags;
        match value {
            Some(value) => drop(tags.insert(key.to_owned(), value.to_owned())),
            None => drop(tags.remove(key)),
        }
    })
}

#[test]
fn what_is_wrong_is_told_before_anything_moves_or_is_registered() {
    let denied = |action: &str| Kind::Denied(action.to_owned());
    let cases: Vec<(&str, Set, Cause, &[&str])> = vec![
        (
            "another account or region, or a misspelt name",
            breaks("ecs:ListServices", Kind::NotFound),
            Cause::Cloud(Kind::NotFound),
            &[
                "no app `alpha` in account `111`, region `eu-west-1`",
                "alpha-cluster",
                "give the profile, role or region",
            ],
        ),
        (
            "an empty cluster",
            Box::new(|state| state.services.clear()),
            Cause::Cloud(Kind::NotFound),
            &["it has no service"],
        ),
        ("expired", breaks("sts:GetCallerIdentity", Kind::Expired), Cause::Cloud(Kind::Expired), &["log in again"]),
        (
            "no right to look",
            breaks("ecs:DescribeServices", denied("ecs:DescribeServices")),
            Cause::Cloud(denied("ecs:DescribeServices")),
            &["ecs:DescribeServices"],
        ),
        (
            "no right to register",
            breaks("ecs:RegisterTaskDefinition", denied("iam:PassRole")),
            Cause::Cloud(denied("iam:PassRole")),
            &["ecs:RegisterTaskDefinition"],
        ),
        (
            "released by Pulumi",
            retag(WORKER, "deployment", Some("Pulumi")),
            Cause::Refused,
            &["released by `pulumi up`", "set `image`", "`deployment` to `Pipeline`"],
        ),
        ("no tags", retag(WEB, "deployment", None), Cause::Refused, &["`deployment`", "run `pulumi up` once"]),
        ("no count", retag(WORKER, "desired-count", Some("many")), Cause::Refused, &["`desired-count`"]),
    ];
    for (story, set, cause, told) in cases {
        let world = app_at_v1();
        set(&mut world.aws.state());
        let change = Change { backend: Some(NewImage::Tag("v2".to_owned())), ..Change::default() };
        let result = run(async {
            let app = world.engine.find_app("alpha", "eu-west-1").await?;
            world.engine.prepare(&app, &change).await
        });
        let failure = result.unwrap_err();
        assert_eq!((&failure.cause, failure.begun), (&cause, false), "{story}");
        assert_says(story, &failure.text, told);
        assert_eq!(world.aws.state().revisions(WEB), ["alpha-web:1"], "{story}");
        assert!(world.history().is_empty(), "{story}");
        let is_registering = story.contains("register");
        let back = run(async {
            let app = world.engine.find_app("alpha", "eu-west-1").await?;
            world.engine.prepare_rollback(&app, Runs::Backend, &To::Last).await
        });
        assert!(is_registering || back.unwrap_err().cause == cause, "{story}");
    }
    let world = app_at_v1();
    assert_eq!(run(world.engine.find_app("Alpha x", "eu-west-1")).unwrap_err().cause, Cause::Refused);
}

#[test]
fn a_process_is_found_by_its_name_and_web_by_what_it_does() {
    let world = app_at_v1();
    {
        let mut state = world.aws.state();
        let mut service = state.services.remove(WEB).unwrap();
        service.service.name = "alpha-gunicorn".to_owned();
        state.services.insert("alpha-gunicorn".to_owned(), service);
    }
    let app = found(&world);
    for (named, process) in [("web", "gunicorn"), ("gunicorn", "gunicorn"), ("worker", "worker")] {
        assert_eq!(app.service(named).unwrap().process, process);
    }
    assert_says("", &app.service("beat").unwrap_err().text, &["no process `beat`, but `gunicorn`, `ui`, `worker`"]);
}

#[test]
fn a_persons_command_runs_with_the_live_image_and_its_lines_are_shown_as_they_are() {
    let world = app_at_v1();
    let line = "DATABASE_URL=postgres://app:hunter2@db/app \u{1b}[31mred\r\n\n  x";
    let mut pages: Vec<Vec<String>> = vec![vec![line.to_owned()]];
    pages.extend((0..150).map(|page| (0..100).map(|line| format!("{page} {line}")).collect()));
    world.aws.state().next_tasks = vec![TaskScript { pages, running: 1, ..TaskScript::exits(3) }].into();
    let command: Vec<_> = ["python", "manage.py", "x"].map(str::to_owned).into();
    let one_off = run(world.engine.prepare_run(&found(&world), "worker", command.clone())).unwrap();
    assert_eq!((one_off.revision.as_str(), &one_off.command), ("alpha-worker:1", &Some(command)));
    let ran = run(world.engine.run(&one_off, std::time::Duration::from_mins(9)));
    assert!(matches!(ran.end, End::Exited { code: 3, .. }), "{:?}", ran.end);
    let told = world.told.0.lock().unwrap();
    let lines = told.iter().filter_map(|event| match event {
        Event::Line { text, .. } => Some(text.as_str()),
        _ => None,
    });
    let lines: Vec<_> = lines.collect();
    let first = ["DATABASE_URL=postgres://app:hunter2@db/app \u{1b}[31mred", "", "  x", "0 0"];
    assert_eq!(lines.iter().take(4).copied().collect::<Vec<_>>(), first);
    assert_eq!((lines.len(), lines.last()), (3 + 15_000, Some(&"149 99")), "all of it, however long it is");
    assert!(!ran.lines.iter().any(|line| line.contains("hunter2")), "what is kept for an error is redacted");
}

fn entry(id: u32, at: i64) -> Entry {
    Entry { id: id.to_string(), at, stream: "s".to_owned(), message: id.to_string() }
}

fn journal(world: &World, follow: bool, cancel_after: usize) -> Result<Vec<String>, Failure> {
    let groups = ["web", "worker"].map(|it| (it.to_owned(), format!("/ecs/alpha/{it}")));
    let journal = Journal { groups: groups.into(), since: 5_000, follow };
    let mut shown = Vec::new();
    let result = run(world.engine.read_journal(&journal, &mut |process, entry| {
        shown.push(format!("{process} {}", entry.message));
        // What is written while somebody reads; it comes late, and is dated before what was read.
        if entry.message == "5" {
            world.aws.state().written.get_mut("/ecs/alpha/web").unwrap().insert(2, self::entry(6, 5_500));
        }
        if shown.len() == cancel_after {
            world.engine.cancelled.cancel();
        }
    }));
    result.map(|()| shown)
}

#[test]
fn what_processes_write_is_shown_in_the_order_of_time_and_each_once() {
    let written = || {
        let web = vec![entry(0, 4_999), entry(1, 5_000), entry(3, 7_000), entry(5, 9_000)];
        BTreeMap::from([
            ("/ecs/alpha/web".to_owned(), web),
            ("/ecs/alpha/worker".to_owned(), vec![entry(2, 6_000), entry(4, 8_000)]),
        ])
    };
    let world = app_at_v1();
    world.aws.state().written = written();
    assert_eq!(journal(&world, false, 99).unwrap(), ["web 1", "worker 2", "web 3", "worker 4", "web 5"]);
    let world = app_at_v1();
    world.aws.state().written = written();
    let all = journal(&world, true, 6).unwrap();
    assert_eq!(all, ["web 1", "worker 2", "web 3", "worker 4", "web 5", "web 6"]);
    world.aws.state().written.clear();
    let world = app_at_v1();
    assert_says("", &journal(&world, false, 9).unwrap_err().text, &["no log group `/ecs/alpha/w"]);
}

#[test]
fn a_shell_opens_in_the_newest_task_if_its_service_allows_it() {
    let open = |world: &World| run(world.engine.open_shell(&found(world), "web", "/bin/sh"));
    let world = app_at_v1();
    assert_says("", &open(&world).err().unwrap().text, &["does not allow shells", "executeCommand"]);
    let allow = |state: &mut State| state.services.get_mut(WEB).unwrap().service.execute_command = true;
    allow(&mut world.aws.state());
    let shell = open(&world).ok().unwrap();
    assert_eq!((shell.container.as_str(), shell.session.id.is_empty()), ("web", false));
    assert!(shell.target.starts_with("ecs:alpha-cluster_alpha-web-1-") && shell.target.contains("_runtime-"));
    world.aws.state().tasks.clear();
    assert_says("", &open(&world).err().unwrap().text, &["no task of `alpha-web` runs", "release the app"]);

    let world = app_at_v1();
    allow(&mut world.aws.state());
    breaks("ecs:ExecuteCommand", Kind::Invalid)(&mut world.aws.state());
    let failure = open(&world).err().unwrap();
    assert_eq!(failure.cause, Cause::Refused);
    assert_says("", &failure.text, &["only if it was started after"]);
}

#[test]
fn a_tunnel_leads_through_the_bastion_to_the_database() {
    let server = || DbInstance {
        host: Some("db.internal".to_owned()),
        port: 5432,
        user: "django_admin".to_owned(),
        secret: Some("arn:secret".to_owned()),
    };
    let host = |is_online| Host { id: "i-1".to_owned(), is_online };
    let open = |server: Option<DbInstance>, hosts: Vec<Host>| {
        let world = app_at_v1();
        world.aws.state().servers = server.map(|it| ("dev-rds".to_owned(), it)).into_iter().collect();
        world.aws.state().hosts = hosts;
        let tunnel = run(open_tunnel(&*world.aws, "dev", 15432));
        let opened = world.aws.state().calls.contains(&"ssm:StartSession".to_owned());
        assert_eq!(tunnel.is_ok(), opened);
        tunnel
    };
    let tunnel = open(Some(server()), vec![host(false), host(true)]).ok().unwrap();
    assert_eq!((tunnel.user.as_str(), tunnel.secret.as_deref()), ("django_admin", Some("arn:secret")));
    assert_eq!(
        (tunnel.forward.host.as_str(), tunnel.forward.port, tunnel.forward.local_port),
        ("db.internal", 5432, 15432)
    );
    for (server, hosts, told) in [
        (None, vec![host(true)], "there is no base `dev`"),
        (Some(server()), vec![], "has no bastion: set `bastion`"),
        (Some(server()), vec![host(false)], "`i-1` does not answer"),
        (Some(DbInstance::default()), vec![host(true)], "has no address yet"),
    ] {
        assert_says(told, &open(server, hosts).err().unwrap().text, &[told]);
    }
}

#[test]
fn a_status_says_what_is_live_and_what_is_on_its_way() {
    let world = app_at_v1();
    world.aws.state().images.insert("alpha-web:7".to_owned(), tags(&[("web", "shop:v7")]));
    world.aws.state().deploy(WEB, "alpha-web:7", DeploymentScript { going: 9, ..DeploymentScript::default() });
    world.aws.state().services.get_mut(WEB).unwrap().deployments.last_mut().unwrap().2.unlisted = 0;
    let status = run(world.engine.status(&found(&world))).unwrap();
    let web = status.iter().find(|it| it.process == "web").unwrap();
    assert_eq!((web.live.as_str(), web.image.as_deref(), web.counts[0]), ("alpha-web:1", Some("shop:v1"), 2));
    assert_eq!(web.under.as_ref().map(|under| under.revision.as_str()), Some("alpha-web:7"));
    assert!(status.iter().filter(|it| it.process != "web").all(|it| it.under.is_none()));
}
