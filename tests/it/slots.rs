//! Apps whose names hash alike on one base, and what is told where nobody can say which slot is free.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use aws_django_release::Search;
use aws_django_release::slots::{SLOTS, priority};
use e2e::project::{APP_ARGS, BASE_ARGS};
use e2e::{Cloud, Outcome, Project};
use serde_json::{Value as Json, json};

use crate::life::check_nothing_to_do;

/// Two names whose searches begin at slot 3038, and two for 4135.
const ALIKE: [&str; 2] = ["pr-66", "pr-367"];
const ALSO_ALIKE: [&str; 2] = ["pr-58", "pr-92"];

/// The slot that an app comes to after so many that are taken.
fn slot(app: &str, taken: u32) -> u32 {
    let Search { from, step } = Search::of(app);
    (from + taken * step) % SLOTS
}

/// A base with an app, each app with a stack of its own from here on.
struct Shared<'a> {
    cloud: &'a Cloud,
    project: Project<'a>,
    /// What the base's stack says to others.
    base: Json,
}

impl<'a> Shared<'a> {
    fn with(cloud: &'a Cloud, name: &str, app: &str) -> anyhow::Result<Self> {
        let project = Project::base_and_apps(cloud, name, &json!({"dev": {}}), &json!({(app): {}}))?;
        project.run("first", "up", &json!({}))?;
        let base = project.urn("first", "aws-django:index:AdHocBase", "dev")?;
        let base = project.resources("first")?[&base]["outputs"]["outputs"].clone();
        Ok(Self { cloud, project, base })
    }

    /// Puts these apps into the program, without the base.
    fn program(&self, apps: &[&str], more: &Json) -> anyhow::Result<()> {
        let args = |app: &&str| {
            let mut args = more.clone();
            args["base"] = self.base.clone();
            ((*app).to_owned(), args)
        };
        self.project.write(BASE_ARGS, &json!({}))?;
        self.project.write(APP_ARGS, &Json::Object(apps.iter().map(args).collect()))
    }

    /// The priorities of the rules of a stack.
    fn priorities(&self, stack: &str) -> anyhow::Result<BTreeSet<u64>> {
        let resources = self.project.resources(stack)?;
        let rules = resources.values().filter(|it| it["type"] == "aws:lb/listenerRule:ListenerRule");
        rules.map(|rule| rule["outputs"]["priority"].as_u64().context("a rule has a priority")).collect()
    }

    /// How often Elastic Load Balancing was asked what in a preview that finds nothing to do.
    fn asked(&self, stack: &str) -> anyhow::Result<Vec<String>> {
        self.cloud.calls()?;
        let preview = self.project.run(stack, "preview", &json!({}))?;
        ensure!(preview.steps().is_empty(), "{:?}", preview.steps());
        let calls = self.cloud.calls()?;
        let calls = calls.as_array().into_iter().flatten().filter_map(|it| it["call"].as_str());
        Ok(calls.filter_map(|call| call.strip_prefix("elbv2:")).map(str::to_owned).collect())
    }
}

/// An operation has failed, and tells all of these.
fn check_failed(outcome: &Outcome, told: &[&str]) -> anyhow::Result<()> {
    let said = outcome.diagnostics();
    let missing: Vec<_> = told.iter().filter(|part| !said.contains(**part)).collect();
    ensure!(outcome.told["result"] == "failed" && missing.is_empty(), "{missing:?} is not told: {said}");
    Ok(())
}

#[test]
fn apps_whose_names_hash_alike_come_to_slots_of_their_own_and_stay_there() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let shared = Shared::with(&cloud, "alike", ALIKE[0])?;
    let project = &shared.project;
    assert_eq!(shared.priorities("first")?, [30381].into());
    check_nothing_to_do(project, "first")?;

    // As one that has found the same slot free at the same moment: AWS refuses it, and it goes on from there.
    shared.program(&ALIKE[1..], &json!({"priority": 3038}))?;
    check_failed(&project.attempt("second", "up", &json!({}))?, &["PriorityInUse"])?;
    shared.program(&ALIKE[1..], &json!({}))?;
    project.run("second", "up", &json!({}))?;
    assert_eq!(shared.priorities("second")?, [u64::from(priority(slot(ALIKE[1], 1), 1))].into());
    check_nothing_to_do(project, "second")?;
    assert_eq!(shared.asked("second")?, ["DescribeRules", "DescribeTags"]);

    // Two at the same moment: one of them was faster, or one is refused, or each has got a part and both go on.
    shared.program(&ALSO_ALIKE, &json!({"frontend": {"image": "shop/ui:v1"}}))?;
    let both = project.attempt("both", "up", &json!({}))?;
    if both.told["result"] == "failed" {
        check_failed(&both, &["PriorityInUse"])?;
        project.run("both", "up", &json!({}))?;
    }
    let rules = |slot: u32| [1, 2, 3, 9].map(|place| u64::from(priority(slot, place)));
    let [one, other] = ALSO_ALIKE;
    let may_be = [(0, 1), (1, 0), (1, 1)].map(|(of_one, of_other)| {
        let slots = [slot(one, of_one), slot(other, of_other)];
        slots.map(rules).concat().into_iter().collect::<BTreeSet<_>>()
    });
    let found = shared.priorities("both")?;
    ensure!(may_be.contains(&found), "{found:?}");
    check_nothing_to_do(project, "both")?;

    // At the name of another app nothing is begun.
    shared.program(&ALIKE[1..], &json!({"host_name": format!("{}.example.com", ALIKE[0])}))?;
    let told = format!("cannot answer at `{0}.example.com`, where `{0}` does", ALIKE[0]);
    check_failed(&project.attempt("second", "preview", &json!({}))?, &[&told])?;

    // What was said and is not said any more moves nothing.
    shared.program(&ALIKE[1..], &json!({"priority": 77}))?;
    let steps = project.run("second", "up", &json!({}))?.steps();
    assert!(steps.contains(&"update aws:lb/listenerRule:ListenerRule pr-367-web-1".to_owned()), "{steps:?}");
    assert_eq!(shared.asked("second")?, Vec::<String>::new());
    shared.program(&ALIKE[1..], &json!({}))?;
    let steps = project.run("second", "up", &json!({}))?.steps();
    assert_eq!(steps, ["update aws-django:index:AdHocApp pr-367"], "more than the argument itself");
    check_nothing_to_do(project, "second")?;
    assert_eq!(shared.priorities("second")?, [771].into());
    Ok(())
}

#[test]
fn a_listener_that_cannot_be_read_is_told_with_the_remedy() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let shared = Shared::with(&cloud, "unread", ALIKE[0])?;
    let project = &shared.project;
    shared.program(&ALIKE[1..], &json!({}))?;
    for call in ["DescribeRules", "DescribeTags"] {
        cloud.tell("faults", &json!({format!("elbv2:{call}"): {"error": "denied"}}))?;
        let remedy = format!("give the credentials the right to `elasticloadbalancing:{call}`");
        check_failed(&project.attempt("second", "preview", &json!({}))?, &["not authorized", &remedy])?;
    }
    cloud.tell("faults", &json!({"elbv2:Describe*": {"error": "throttled", "times": 2}}))?;
    project.run("second", "up", &json!({}))?;

    let listener = shared.base["listener_arn"].as_str().or(shared.base["listenerArn"].as_str());
    let listener = listener.context("a base has a listener")?;
    cloud.aws(&["elbv2", "delete-listener", "--listener-arn", listener])?;
    let told = ["there is no listener", listener, "`pr-367`", "`pulumi up --refresh` of the base"];
    check_failed(&project.attempt("second", "preview", &json!({}))?, &told)?;
    // What the program says is not asked for, and a destroy asks nothing.
    shared.program(&ALIKE[1..], &json!({"priority": 3038}))?;
    project.run("second", "preview", &json!({}))?;
    project.run("second", "destroy", &json!({}))?;
    Ok(())
}
