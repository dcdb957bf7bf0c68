//! What `verify` finds wrong, all at once, and what it cannot know.

use std::collections::{BTreeMap, BTreeSet};

use aws_django_release::cloud::{
    Definition, Error, Kind, Manifest, Processor, REGISTRY_LOGIN, Secret, Task, TaskStatus,
};
use aws_django_release::testing::{DeploymentScript, State, TaskScript};
use serde_json::Value;

use crate::app::Terminal;

const REGISTRY: &str = "111.dkr.ecr.eu-central-1.amazonaws.com";
const MAIL: &str = "arn:aws:secretsmanager:eu-central-1:111:secret:mail-Ab12Cd";
const LOGIN: &str = "arn:aws:secretsmanager:eu-central-1:111:secret:login-Ab12Cd";
const ROLE: &str = "arn:aws:iam::111:role/alpha-exec-1234567";
const ABROAD: &str = "arn:aws:ssm:eu-west-1:111:parameter/shared/sentry";
const UPDATE: &str = "alpha-backend_update:1";

fn platforms(all: &[&str]) -> Manifest {
    Manifest { platforms: all.iter().map(|it| (*it).to_owned()).collect(), config: None }
}

/// The app, with all that its tasks need.
fn sound() -> Terminal {
    let terminal = Terminal::new();
    let mut state = terminal.aws.state();
    let all: Vec<_> = state.images.keys().cloned().collect();
    for revision in all {
        let process = revision["alpha-".len()..].split(':').next().unwrap().to_owned();
        let repository = if process == "web-ui" { "front" } else { "shop" };
        state
            .images
            .insert(revision.clone(), BTreeMap::from([(process.clone(), format!("{REGISTRY}/{repository}:v1"))]));
        let mut secrets = BTreeMap::from([(REGISTRY_LOGIN.to_owned(), LOGIN.to_owned())]);
        if process != "web-ui" {
            let own = [
                ("SECRET_KEY", "/dev/alpha/SECRET_KEY".to_owned()),
                ("SENTRY", ABROAD.to_owned()),
                ("MAIL_PASSWORD", format!("{MAIL}:password::")),
            ];
            secrets.extend(own.map(|(name, from)| (name.to_owned(), from)));
        }
        let settings = Definition {
            log_groups: BTreeMap::from([(process.clone(), format!("/ecs/alpha/{process}"))]),
            secrets: BTreeMap::from([(process, secrets)]),
            execution_role: Some(ROLE.to_owned()),
            base: Some("dev".to_owned()),
            ..Definition::default()
        };
        state.settings.insert(revision, settings);
    }
    for it in state.services.values_mut() {
        it.service.network.subnets = vec!["subnet-1".to_owned(), "subnet-2".to_owned()];
        it.service.network.security_groups = vec!["sg-1".to_owned()];
    }
    for tag in ["v1", "v2"] {
        let one = Manifest { config: Some("sha256:config".to_owned()), ..Manifest::default() };
        state.manifests.insert(format!("shop:{tag}"), one);
        state.manifests.insert(format!("front:{tag}"), platforms(&["linux/amd64", "linux/arm64/v8"]));
    }
    state.platforms.insert("sha256:config".to_owned(), "linux/amd64".to_owned());
    let secret = |keys: &[&str]| {
        let stages = BTreeSet::from(["AWSCURRENT".to_owned()]);
        (Secret { stages, ..Secret::default() }, keys.iter().map(|key| (*key).to_owned()).collect())
    };
    state.vault.insert(MAIL.to_owned(), secret(&["password", "username"]));
    state.vault.insert(LOGIN.to_owned(), secret(&[]));
    drop(state);
    terminal
}

type Set = fn(&mut State);

fn gone(state: &mut State, names: &[&str]) {
    state.gone.extend(names.iter().map(|name| (*name).to_owned()));
}

fn settings<'a>(state: &'a mut State, revision: &str) -> &'a mut Definition {
    state.settings.get_mut(revision).unwrap()
}

fn deny(state: &mut State, action: &str) {
    let error = Error { kind: Kind::Denied(action.to_owned()), text: format!("`{action}` failed: you may not") };
    state.broken.insert(action.to_owned(), error);
}

/// What is wrong, the line, what each problem is about, and what is told of it.
type Case = (Set, &'static str, &'static [&'static str], &'static [&'static str]);

/// Images, and nothing at all.
fn of_images() -> Vec<Case> {
    vec![
        (|_| (), "", &[], &[]),
        (|_| (), "--tag v2", &[], &[]),
        (|_| (), "--frontend-tag v2", &[], &[]),
        (|_| (), "--tag v3 --frontend-tag v3", &["image", "image"], &["shop:v3", "front:v3", "push it first"]),
        (|it| gone(it, &["shop"]), "", &["image"], &["shop:v1", "`alpha-backend_update`, `alpha-default`"]),
        (
            |it| drop(it.platforms.insert("sha256:config".to_owned(), "linux/arm64".to_owned())),
            "",
            &["image"],
            &["is for linux/arm64", "--platform linux/amd64", "`cpuArchitecture`"],
        ),
        (
            |it| settings(it, UPDATE).processor = Processor::Arm,
            "",
            &["image"],
            &["`alpha-backend_update` run on linux/arm64"],
        ),
        (|it| settings(it, "alpha-web-ui:1").processor = Processor::Arm, "", &[], &[]),
    ]
}

/// Parameters, secrets and who reads them.
fn of_secrets() -> Vec<Case> {
    vec![
        (
            |it| gone(it, &["/dev/alpha/SECRET_KEY", ABROAD]),
            "",
            &["parameter", "parameter"],
            &["`SECRET_KEY` of `gunicorn`"],
        ),
        (|it| gone(it, &["/dev/alpha/SECRET_KEY"]), "--frontend-tag v2", &[], &[]),
        (|it| drop(it.vault.remove(MAIL)), "", &["secret"], &["is gone"]),
        (|it| drop(it.vault.remove(LOGIN)), "", &["secret"], &["`repositoryCredentials` of `web-ui`", "is gone"]),
        (|it| it.vault.get_mut(MAIL).unwrap().0.is_deleted = true, "", &["secret"], &["marked for deletion"]),
        (
            |it| it.vault.get_mut(MAIL).unwrap().1.retain(|key| key != "password"),
            "",
            &["secret"],
            &["has no key `password`"],
        ),
        (|it| it.vault.get_mut(MAIL).unwrap().1.clear(), "", &["secret"], &["is no JSON object"]),
        (
            |it| {
                let secrets = settings(it, UPDATE).secrets.get_mut("backend_update").unwrap();
                secrets.insert("A".to_owned(), format!("{MAIL}:password:AWSPENDING:"));
                secrets.insert("B".to_owned(), format!("{MAIL}:::7"));
            },
            "",
            &["secret", "secret"],
            &["no version of stage `AWSPENDING`", "no version `7`"],
        ),
        (|it| it.refused.extend([MAIL.to_owned()]), "", &["role"], &["may not `secretsmanager:GetSecretValue`", MAIL]),
        (
            |it| it.refused.extend(["arn:aws:ssm:eu-central-1:111:parameter/dev/alpha/SECRET_KEY".to_owned()]),
            "",
            &["role"],
            &["the role `alpha-exec-1234567`", "may not `ssm:GetParameters`"],
        ),
        (|it| gone(it, &[ROLE]), "", &["role"], &["there is no role `alpha-exec-1234567`"]),
    ]
}

/// Where tasks run, and what else is at work.
fn of_the_place() -> Vec<Case> {
    vec![
        (|it| gone(it, &["/ecs/alpha/default"]), "", &["logGroup"], &["`/ecs/alpha/default`, to which `default`"]),
        (|it| gone(it, &["subnet-2"]), "", &["subnet"], &["no subnet `subnet-2`", "`alpha-gunicorn`"]),
        (|it| gone(it, &["sg-1"]), "", &["securityGroup"], &["no security group `sg-1`"]),
        (|it| it.cluster = Some("DEPROVISIONING".to_owned()), "", &["cluster"], &["`alpha-cluster` is DEPROVISIONING"]),
        (|it| it.inactive.extend([UPDATE.to_owned()]), "", &["revision"], &["no revision of `alpha-backend_update`"]),
        (
            others_at_work,
            "",
            &["release", "release", "release"],
            &["runs `alpha-backend_update:9`", "`alpha-gunicorn` to `alpha-gunicorn:9`", "`alpha-default` to"],
        ),
        (
            |it| {
                gone(it, &["/dev/alpha/SECRET_KEY", "/ecs/alpha/default", "subnet-1", "shop"]);
                it.vault.clear();
            },
            "",
            &["image", "logGroup", "parameter", "secret", "secret", "subnet"],
            &[],
        ),
    ]
}

/// Which settings count, and for which apps.
fn of_settings() -> Vec<Case> {
    vec![
        // Settings that the program has registered since count, and nobody else's.
        (
            |it| {
                let images = it.images["alpha-gunicorn:1"].clone();
                for (env, group) in [("alpha", "/new"), ("other", "/others")] {
                    let tags = BTreeMap::from([("env".to_owned(), env.to_owned())]);
                    let new = it.register("alpha-gunicorn", images.clone(), tags);
                    let log_groups = BTreeMap::from([("gunicorn".to_owned(), group.to_owned())]);
                    it.settings.insert(new, Definition { log_groups, ..Definition::default() });
                }
                gone(it, &["/new", "/others", "/ecs/alpha/gunicorn"]);
            },
            "--tag v2",
            &["logGroup"],
            &["`/new`"],
        ),
        (
            |it| {
                for service in it.services.values_mut() {
                    service.service.tags.insert("deployment".to_owned(), "Pulumi".to_owned());
                }
                gone(it, &["sg-1"]);
            },
            "",
            &["securityGroup"],
            &[],
        ),
    ]
}

/// An update and two deployments of somebody else.
fn others_at_work(state: &mut State) {
    for name in ["alpha-gunicorn", "alpha-default"] {
        state.deploy(name, &format!("{name}:9"), DeploymentScript { going: 9, ..Default::default() });
    }
    let task = Task {
        arn: "task/1".to_owned(),
        revision: "alpha-backend_update:9".to_owned(),
        started_by: None,
        status: TaskStatus::Running,
        created_at: 1,
        stop_code: None,
        stopped_reason: None,
        containers: Vec::new(),
        tags: BTreeMap::new(),
    };
    state.tasks.push((task, TaskScript { running: 99, ..TaskScript::default() }));
}

#[test]
fn each_thing_that_is_wrong_is_told_and_nothing_moves() {
    let cases = [of_images(), of_secrets(), of_the_place(), of_settings()].concat();
    for (number, (set, line, subjects, told)) in cases.into_iter().enumerate() {
        let typed = format!("verify alpha {line}");
        let story = format!("{number}: {typed}");
        let terminal = sound();
        set(&mut terminal.aws.state());
        let ended = terminal.types(typed.trim());
        assert_eq!(ended.code, u8::from(!subjects.is_empty()), "{story}: {ended:#?}");
        for part in told {
            assert!(ended.error.contains(part), "{story}: `{part}` is not told: {}", ended.error);
        }
        let terminal = sound();
        set(&mut terminal.aws.state());
        let document: Value =
            serde_json::from_str(&terminal.types(&format!("{typed} --json").replace("  ", " ")).out).unwrap();
        let found = document["problems"].as_array().unwrap().iter().map(|it| it["subject"].as_str().unwrap());
        let mut found: Vec<_> = found.collect();
        found.sort_unstable();
        assert_eq!((found.as_slice(), &document["ok"]), (subjects, &Value::Bool(subjects.is_empty())), "{story}");
        let state = terminal.aws.state();
        let moves = ["ecs:RunTask", "ecs:UpdateService", "ecs:RegisterTaskDefinition"];
        assert!(state.history.is_empty() && !state.calls.iter().any(|it| moves.contains(&it.as_str())), "{story}");
    }
}

#[test]
fn what_may_not_be_looked_at_is_told_as_not_checked() {
    let cases: [(Set, &str, &str); 11] = [
        (|it| deny(it, "ecs:DescribeClusters"), "cluster", "ecs:DescribeClusters"),
        (|it| deny(it, "ecr:BatchGetImage"), "image", "ecr:BatchGetImage"),
        (|it| deny(it, "ecr:GetDownloadUrlForLayer"), "image", "ecr:GetDownloadUrlForLayer"),
        (|it| it.platforms.clear(), "image", "does not say which processor it is for"),
        (
            |it| {
                let side = ("side".to_owned(), "docker.io/side:1".to_owned());
                it.images.get_mut(UPDATE).unwrap().extend([side]);
            },
            "image",
            "`docker.io/side:1` is not in ECR",
        ),
        (|it| deny(it, "ssm:GetParameters"), "parameter", "ssm:GetParameters"),
        (|it| deny(it, "secretsmanager:DescribeSecret"), "secret", "secretsmanager:DescribeSecret"),
        (|it| deny(it, "secretsmanager:GetSecretValue"), "secret", "secretsmanager:GetSecretValue"),
        (|it| deny(it, "iam:SimulatePrincipalPolicy"), "role", "iam:SimulatePrincipalPolicy"),
        (|it| deny(it, "logs:DescribeLogGroups"), "logGroup", "logs:DescribeLogGroups"),
        (|it| deny(it, "ec2:DescribeSubnets"), "subnet", "ec2:DescribeSubnets"),
    ];
    for (set, subject, told) in cases {
        let terminal = sound();
        set(&mut terminal.aws.state());
        let ended = terminal.types("verify alpha");
        assert_eq!(ended.code, 0, "{told}: {}", ended.error);
        assert!(ended.error.contains("not checked: ") && ended.error.contains(told), "{told}: {}", ended.error);
        let document: Value = serde_json::from_str(&terminal.types("verify alpha --json").out).unwrap();
        assert_eq!(document["unchecked"][0]["subject"], subject, "{told}");
    }
    // A right without which nothing can be said, and what is no answer at all.
    for (action, kind, code) in [
        ("ecs:ListServiceDeployments", Kind::Denied("ecs:ListServiceDeployments".to_owned()), 4),
        ("logs:DescribeLogGroups", Kind::Other, 1),
    ] {
        let terminal = sound();
        let error = Error { kind, text: "so it is".to_owned() };
        terminal.aws.state().broken.insert(action.to_owned(), error);
        assert_eq!(terminal.types("verify alpha").code, code, "{action}");
    }
}

#[test]
fn what_was_looked_at_is_counted() {
    let ended = sound().types("verify alpha --tag v2");
    let expected = format!(
        "a release of `alpha` with `{REGISTRY}/shop:v2` could begin; looked at: 1 cluster, 3 revisions, 1 image, 2 \
         parameters, 2 secrets, 1 role, 3 log groups, 2 subnets, 1 security group\n"
    );
    assert_eq!((ended.out, ended.error), (expected, String::new()));
}

#[test]
fn a_slip_has_one_sentence() {
    for (line, code, told) in [
        ("verify alpha --tag latest", 3, "is another one tomorrow"),
        ("verify alpha --image shop", 3, "has no tag or digest"),
        ("verify Alpha", 3, "is no name of an app"),
    ] {
        let ended = sound().types(line);
        assert_eq!(ended.code, code, "{line}: {}", ended.error);
        assert!(ended.error.contains(told) && ended.error.lines().count() == 1, "{line}: {}", ended.error);
    }
}
