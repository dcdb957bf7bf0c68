//! What `secrets` shows, sets, removes and refuses. No value is ever shown.

use std::collections::BTreeMap;

use aws_django_release::cloud::{Definition, Error, Kind, Parameter, Tags, Value};
use aws_django_release::testing::State;
use serde_json::Value as Json;

use crate::app::{Ended, Terminal};

const VALUE: &str = "hunter2-of-stripe";
const KEY: &str = "arn:aws:kms:eu-central-1:111:key/1234";

fn tags(all: &[(&str, &str)]) -> Tags {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn keep(state: &mut State, name: &str, key: &str, own: &[(&str, &str)]) {
    let it = Parameter {
        name: format!("/dev/alpha/{name}"),
        is_secure: !key.is_empty(),
        key: (!key.is_empty()).then(|| key.to_owned()),
        tier: Some("Standard".to_owned()),
        version: 1,
        at: 1_798_761_599_000,
    };
    state.parameters.push((it, Value("kept".to_owned()), tags(own)));
}

/// The app on the base `dev`, of which the program has made two parameters.
fn kept(key: &str) -> Terminal {
    let mut terminal = Terminal::new();
    terminal.input = format!("{VALUE}\n").into_bytes();
    let mut state = terminal.aws.state();
    let from = [("SECRET_KEY", "arn:aws:ssm:eu-central-1:111:parameter/dev/alpha/SECRET_KEY")];
    for process in ["gunicorn", "backend_update"] {
        let settings = Definition {
            secrets: BTreeMap::from([(process.to_owned(), tags(&from))]),
            base: Some("dev".to_owned()),
            ..Definition::default()
        };
        state.settings.insert(format!("alpha-{process}:1"), settings);
    }
    keep(&mut state, "SECRET_KEY", key, &[("env", "alpha")]);
    keep(&mut state, "OF_PROGRAM", key, &[("env", "alpha"), ("Name", "alpha-x")]);
    drop(state);
    terminal
}

fn reads(state: &mut State, process: &str, name: &str) {
    let it = state.settings.get_mut(&format!("alpha-{process}:1")).unwrap();
    it.secrets.get_mut(process).unwrap().insert(name.to_owned(), format!("/dev/alpha/{name}"));
}

fn stored(terminal: &Terminal, name: &str) -> Option<(Parameter, Value, Tags)> {
    let name = format!("/dev/alpha/{name}");
    terminal.aws.state().parameters.iter().find(|(it, ..)| it.name == name).cloned()
}

fn check(terminal: &Terminal, line: &str, code: u8, told: &[&str]) -> Ended {
    let ended = terminal.types(line);
    assert_eq!(ended.code, code, "{line}: {ended:#?}");
    for part in told {
        assert!(ended.out.contains(part) || ended.error.contains(part), "{line}: `{part}` is not told: {ended:#?}");
    }
    assert!(!format!("{ended:?}").contains(VALUE), "{line} shows the value: {ended:#?}");
    ended
}

#[test]
fn a_secret_is_set_with_the_key_of_the_others_and_what_is_left_to_do_is_told() {
    let terminal = kept(KEY);
    let arn = "arn:aws:ssm:eu-central-1:111:parameter/dev/alpha/STRIPE_KEY";
    let lines = format!("app's `secrets`, and the second has started its tasks anew:\n  \"STRIPE_KEY\": \"{arn}\"\n");
    check(&terminal, "secrets set alpha STRIPE_KEY", 0, &["version 1", &lines, "pulumi up && aws-django update alpha"]);
    let (it, value, own) = stored(&terminal, "STRIPE_KEY").unwrap();
    assert_eq!((it.key.as_deref(), value.0.as_str()), (Some(KEY), VALUE), "without the end of the line");
    assert_eq!(own, tags(&[("env", "alpha"), ("aws-django:kept-by", "secrets")]));

    // One that exists keeps its own, and tasks that read it start anew by hand.
    terminal.aws.state().parameters.last_mut().unwrap().0.key = Some("own".to_owned());
    reads(&mut terminal.aws.state(), "gunicorn", "STRIPE_KEY");
    reads(&mut terminal.aws.state(), "backend_update", "STRIPE_KEY");
    let ended = check(&terminal, "secrets set alpha STRIPE_KEY", 0, &["version 2", "--service alpha-gunicorn"]);
    assert!(!ended.out.contains("--service alpha-backend_update"), "{}", ended.out);
    assert_eq!(stored(&terminal, "STRIPE_KEY").unwrap().0.key.as_deref(), Some("own"));
    let ended = check(&terminal, "secrets set alpha STRIPE_KEY --json", 0, &[]);
    let document: Json = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&document["version"], &document["arn"]), (&Json::from(3), &Json::from(arn)));

    for (deployment, told) in [("Pulumi", "\n  pulumi up\n"), ("Pipeline", "pulumi up && aws-django update")] {
        let terminal = kept("alias/aws/ssm");
        for it in terminal.aws.state().services.values_mut() {
            it.service.tags.insert("deployment".to_owned(), deployment.to_owned());
        }
        check(&terminal, "secrets set alpha STRIPE_KEY", 0, &[told]);
        assert_eq!(stored(&terminal, "STRIPE_KEY").unwrap().0.key.as_deref(), Some("alias/aws/ssm"), "AWS's own");
    }
}

#[test]
fn a_slip_has_one_sentence_and_sets_nothing() {
    let on_line = format!("set alpha STRIPE_KEY {VALUE} {VALUE}");
    let cases: [(&str, Vec<u8>, u8, &str); 14] = [
        (&on_line, VALUE.into(), 2, "stays in the shell's history"),
        ("set alpha SECRET_KEY", VALUE.into(), 3, "made by the app's program"),
        ("set alpha DATABASE_URL", VALUE.into(), 3, "docs/operations.md#secrets"),
        ("set alpha OF_PROGRAM", VALUE.into(), 3, "made by the app's program"),
        ("set alpha PLAIN", VALUE.into(), 3, "is not encrypted"),
        ("set alpha AWS_SECRET_ACCESS_KEY", VALUE.into(), 3, "`taskPolicyArns`"),
        ("set alpha stripe-key", VALUE.into(), 3, "letters, digits and underscores"),
        ("set alpha 1KEY", VALUE.into(), 3, "no digit first"),
        ("set alpha STRIPE_KEY", b"\n".into(), 2, "is empty"),
        ("set alpha STRIPE_KEY", b"a\xff".into(), 2, "is no text"),
        ("set alpha STRIPE_KEY", b"a\0b".into(), 2, "byte 0"),
        ("set alpha STRIPE_KEY", VALUE.repeat(300).into(), 3, "Secrets Manager"),
        ("set alpha STRIPE_KEY --base Dev_1", VALUE.into(), 3, "no name of a base"),
        ("set beta STRIPE_KEY", VALUE.into(), 3, "give `--base`"),
    ];
    for (line, input, code, told) in cases {
        let mut terminal = kept(KEY);
        terminal.input = input;
        if line.contains("beta") {
            terminal.aws.state().services.clear();
        }
        keep(&mut terminal.aws.state(), "PLAIN", "", &[]);
        let ended = check(&terminal, &format!("secrets {line}"), code, &[told]);
        assert_eq!(ended.error.lines().count(), 1, "{line}: {}", ended.error);
        assert!(!terminal.aws.state().calls.contains(&"ssm:PutParameter".to_owned()), "{line}");
    }
}

#[test]
fn the_base_is_read_off_the_revisions_or_told() {
    let set = |terminal: &Terminal, more: &str| {
        let code = terminal.types(format!("secrets set alpha STRIPE_KEY {more}").trim()).code;
        (code, terminal.aws.state().parameters.last().unwrap().0.name.clone())
    };
    let name = |base: &str| (0, format!("/{base}/alpha/STRIPE_KEY"));
    assert_eq!(set(&kept(KEY), ""), name("dev"));
    assert_eq!(set(&kept(KEY), "--base live"), name("live"));
    // A variable alone; a program that names another one; nothing at all.
    let terminal = kept(KEY);
    terminal.aws.state().settings.values_mut().for_each(|it| it.secrets.clear());
    assert_eq!(set(&terminal, ""), name("dev"));
    let terminal = kept(KEY);
    terminal.aws.state().settings.values_mut().for_each(|it| it.base = Some("other".to_owned()));
    assert_eq!(set(&terminal, ""), name("dev"));
    let terminal = kept(KEY);
    terminal.aws.state().settings.clear();
    check(&terminal, "secrets list alpha", 3, &["nothing tells which base `alpha` is on", "`--base`"]);
    // An app that is yet to come.
    let terminal = kept(KEY);
    terminal.aws.state().services.clear();
    assert_eq!(set(&terminal, "--base dev"), name("dev"));
}

#[test]
fn secrets_are_listed_without_values() {
    let terminal = kept(KEY);
    keep(&mut terminal.aws.state(), "BY_HAND", "alias/aws/ssm", &[]);
    terminal.types("secrets set alpha STRIPE_KEY");
    terminal.aws.state().parameters.last_mut().unwrap().0.at = 0;
    let expected = "\
4 parameters of alpha: /dev/alpha/…
BY_HAND     version 1   2026-12-31T23:59:59Z  others      alias/aws/ssm
OF_PROGRAM  version 1   2026-12-31T23:59:59Z  pulumi up   arn:aws:kms:eu-central-1:111:key/1234
SECRET_KEY  version 1   2026-12-31T23:59:59Z  pulumi up   arn:aws:kms:eu-central-1:111:key/1234
STRIPE_KEY  version 1   1970-01-01T00:00:00Z  aws-django  arn:aws:kms:eu-central-1:111:key/1234
";
    assert_eq!(check(&terminal, "secrets list alpha", 0, &[]).out, expected);
    let document: Json = serde_json::from_str(&check(&terminal, "secrets list alpha --json", 0, &[]).out).unwrap();
    assert_eq!((&document["base"], &document["secrets"][3]["madeBy"]), (&Json::from("dev"), &Json::from("aws-django")));
    let denied = Kind::Denied("ssm:ListTagsForResource".to_owned());
    let error = Error { kind: denied, text: "you may not".to_owned() };
    terminal.aws.state().broken.insert("ssm:ListTagsForResource".to_owned(), error);
    check(&terminal, "secrets list alpha", 0, &["Z  ?           alias/aws/ssm", "Z  pulumi up   arn"]);
    check(&terminal, "secrets set alpha STRIPE_KEY", 4, &["you may not"]);
}

#[test]
fn a_secret_is_removed_if_nobody_makes_or_reads_it() {
    let terminal = kept(KEY);
    terminal.types("secrets set alpha STRIPE_KEY");
    reads(&mut terminal.aws.state(), "backend_update", "STRIPE_KEY");
    for (name, more, code, told) in [
        ("SECRET_KEY", " --yes", 3, "made by the app's program"),
        ("OF_PROGRAM", " --yes", 3, "made by the app's program"),
        ("NOWHERE", " --yes", 3, "there is no parameter `/dev/alpha/NOWHERE`"),
        ("STRIPE_KEY", "", 2, "`--yes`"),
        ("STRIPE_KEY", " --yes", 3, "tasks of `backend_update` start with"),
    ] {
        let ended = check(&terminal, &format!("secrets remove alpha {name}{more}"), code, &[told]);
        assert_eq!(ended.error.lines().count(), 1, "{name}: {}", ended.error);
        assert!(!terminal.aws.state().calls.contains(&"ssm:DeleteParameter".to_owned()), "{name}");
    }
    for it in terminal.aws.state().settings.values_mut() {
        it.secrets.values_mut().for_each(|all| drop(all.remove("STRIPE_KEY")));
    }
    check(&terminal, "secrets remove alpha STRIPE_KEY --yes", 0, &["`/dev/alpha/STRIPE_KEY` is removed"]);
    assert_eq!(stored(&terminal, "STRIPE_KEY"), None);
}
