//! Slots at a listener: whose they are, and which are free.

use std::collections::BTreeSet;

use aws_django_release::cloud::{Error, Kind, Tags};
use aws_django_release::slots::{SLOTS, priority};
use aws_django_release::testing::{SimulatedRule, State};
use aws_django_release::{Cause, Failure, Search, SlotOf};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::world::{World, assert_says, run};

const LISTENER: &str = "listener/dev/443";

/// Who has a rule: an app, or what else stands at the listener.
#[derive(Clone, Copy, Debug)]
enum Whose {
    App(&'static str),
    /// Somebody whose tags say this environment, and this name.
    Tagged(&'static str, &'static str),
    Nobody,
}
use Whose::{App, Nobody, Tagged};

fn tags_of(whose: Whose, place: u32) -> Tags {
    let tags =
        |environment: &str, name: String| [("env".to_owned(), environment.to_owned()), ("Name".to_owned(), name)];
    match whose {
        App(app) => tags(app, format!("{app}-web-{place}")).into(),
        Tagged(environment, name) => tags(environment, name.to_owned()).into(),
        Nobody => Tags::new(),
    }
}

/// Whose rules there are, by slot and place.
type Standing = Vec<(Whose, u32, u32)>;

/// A rule at a place of a slot.
fn stand(state: &mut State, whose: Whose, slot: u32, place: u32) {
    let host_names = match whose {
        App(app) => vec![format!("{app}.example.com")],
        Tagged(..) | Nobody => vec!["Alpha.example.com".to_owned()],
    };
    let (listener, priority, tags) = (LISTENER.to_owned(), priority(slot, place), tags_of(whose, place));
    let rule = SimulatedRule { listener, priority, host_names, tags };
    state.rules.insert(format!("rule/{slot}/{place}"), rule);
}

fn world() -> World {
    let world = World::at(0);
    world.aws.state().listeners.insert(LISTENER.to_owned());
    world
}

/// An app with two rules of Django, and a front end, which goes through the slots one by one.
fn alpha(from: u32) -> SlotOf {
    SlotOf {
        account: "111".to_owned(),
        listener: LISTENER.to_owned(),
        app: "alpha".to_owned(),
        host_names: vec!["alpha.example.com".to_owned()],
        places: vec![1, 2, 9],
        search: Search { from, step: 1 },
    }
}

fn slot(world: &World, of: &SlotOf) -> Result<u32, Failure> {
    run(world.engine.slot(of))
}

#[test]
fn an_app_keeps_the_slot_that_it_has_or_gets_the_first_free_one() {
    let last = SLOTS - 1;
    let own = App("alpha");
    let other = App("beta");
    let stories: [(&str, u32, Standing, u32); 18] = [
        ("nothing is there", 7, vec![], 7),
        ("its own rules are there", 7, vec![(own, 7, 1), (own, 7, 2)], 7),
        ("its own rules are elsewhere", 7, vec![(own, 3, 1), (own, 3, 9)], 3),
        ("elsewhere, and its first choice is another's", 7, vec![(other, 7, 1), (own, 8, 1)], 8),
        ("only what redirects to it is there", 7, vec![(own, 5, 10)], 5),
        ("another app is there", 7, vec![(other, 7, 1)], 8),
        ("an app whose name begins alike", 7, vec![(App("alpha-2"), 7, 1)], 8),
        ("a slot of which another has but the last place", 7, vec![(other, 7, 10)], 8),
        ("several are taken, by whomever", 7, vec![(other, 7, 1), (Nobody, 8, 4), (App("gamma"), 9, 9)], 10),
        ("the last is taken: around", last, vec![(other, last, 1)], 0),
        ("around, and on", last, vec![(other, last, 1), (Nobody, 0, 1)], 1),
        ("neighbours begin and end beside it", 7, vec![(other, 6, 10), (other, 8, 1)], 7),
        ("somebody says the same environment", 7, vec![(Tagged("alpha", "shop"), 7, 1)], 8),
        ("somebody has a name of its kind", 7, vec![(Tagged("production", "alpha-web-1"), 7, 1)], 8),
        ("a stranger stands where it needs nothing", 7, vec![(own, 7, 1), (Nobody, 7, 5)], 7),
        ("another got a part of its slot", 7, vec![(own, 7, 2), (other, 7, 1)], 8),
        ("in two slots: the nearer one", 7, vec![(own, 9, 1), (own, 8, 2)], 8),
        ("in two slots, of which one is lost", 7, vec![(own, 9, 1), (own, 8, 2), (other, 8, 9)], 9),
    ];
    for (story, from, rules, expected) in stories {
        let world = world();
        for (whose, slot, place) in rules {
            stand(&mut world.aws.state(), whose, slot, place);
        }
        assert_eq!(slot(&world, &alpha(from)), Ok(expected), "{story}");
    }
}

#[test]
fn all_pages_of_rules_are_read_and_their_tags_some_at_a_time() {
    let world = world();
    for number in 0..41 {
        stand(&mut world.aws.state(), Nobody, number, 1);
    }
    stand(&mut world.aws.state(), App("alpha"), 99, 1);
    assert_eq!(slot(&world, &alpha(0)), Ok(99));
    let calls = world.aws.state().calls.clone();
    let count = |action: &str| calls.iter().filter(|call| *call == action).count();
    assert_eq!(count("elasticloadbalancing:DescribeRules"), 14);
    assert_eq!(count("elasticloadbalancing:DescribeTags"), 3);
    assert_eq!((count("sts:GetCallerIdentity"), calls.len()), (1, 18), "nothing else is asked");
}

#[test]
fn rules_of_other_listeners_do_not_count() {
    let world = world();
    let listener = "listener/prod/443".to_owned();
    let rule = SimulatedRule { listener, priority: 71, tags: tags_of(App("beta"), 1), ..SimulatedRule::default() };
    world.aws.state().rules.insert("rule/elsewhere".to_owned(), rule);
    assert_eq!(slot(&world, &alpha(7)), Ok(7));
    assert_eq!(run(world.engine.apps("111", LISTENER)), Ok(BTreeSet::new()));
}

#[test]
fn a_name_at_which_another_app_answers_is_refused() {
    let world = world();
    stand(&mut world.aws.state(), App("beta"), 3, 1);
    for (names, told) in [
        (vec!["alpha.example.com"], None),
        (
            vec!["alpha.example.com", "Beta.example.com"],
            Some("`alpha` cannot answer at `Beta.example.com`, where `beta` does"),
        ),
    ] {
        let of = SlotOf { host_names: names.into_iter().map(str::to_owned).collect(), ..alpha(7) };
        match (slot(&world, &of), told) {
            (Ok(slot), None) => assert_eq!(slot, 7),
            (Err(failure), Some(told)) => {
                assert_says("taken", &failure.text, &[told, "deploy `beta` without this one"]);
            }
            (answer, told) => panic!("{answer:?}, not {told:?}"),
        }
    }
}

#[test]
fn the_apps_at_a_listener_are_those_whose_rules_are_there() {
    let world = world();
    for (whose, slot) in [(App("beta"), 3), (App("alpha"), 7), (Tagged("production", "alpha-web-1"), 8), (Nobody, 9)] {
        for place in [1, 2] {
            stand(&mut world.aws.state(), whose, slot, place);
        }
    }
    let apps = |listener| run(world.engine.apps("111", listener));
    assert_eq!(apps(LISTENER), Ok(["alpha".to_owned(), "beta".to_owned()].into()));
    assert_eq!(apps("listener/gone"), Ok(BTreeSet::new()));
    assert_says("account", &run(world.engine.apps("222", LISTENER)).unwrap_err().text, &["222"]);
    let denied = Error { kind: Kind::Denied("DescribeTags".to_owned()), text: "no right".to_owned() };
    world.aws.state().broken.insert("elasticloadbalancing:DescribeTags".to_owned(), denied);
    assert_says("denied", &apps(LISTENER).unwrap_err().text, &["no right"]);
}

#[test]
fn a_listener_that_cannot_be_read_is_not_free() {
    let denied =
        |action: &str| Error { kind: Kind::Denied(action.to_owned()), text: format!("no right to `{action}`") };
    let gone = Error { kind: Kind::NotFound, text: "no rule".to_owned() };
    for (action, error, told) in [
        ("DescribeRules", denied("DescribeRules"), "no right to `DescribeRules`"),
        ("DescribeTags", denied("DescribeTags"), "no right to `DescribeTags`"),
        ("DescribeTags", gone, "no rule"),
    ] {
        let world = world();
        stand(&mut world.aws.state(), Nobody, 7, 1);
        let kind = error.kind.clone();
        world.aws.state().broken.insert(format!("elasticloadbalancing:{action}"), error);
        let failure = slot(&world, &alpha(7)).unwrap_err();
        assert_eq!(failure.cause, Cause::Cloud(kind));
        assert_says(action, &failure.text, &[told]);
        assert!(world.aws.state().calls.len() < 20, "it is asked for ever");
    }
    let nowhere = SlotOf { listener: "listener/gone".to_owned(), ..alpha(7) };
    let failure = slot(&world(), &nowhere).unwrap_err();
    assert_eq!(failure.cause, Cause::Cloud(Kind::NotFound));
    assert_says(
        "gone",
        &failure.text,
        &["no listener `listener/gone`", "`alpha`", "`pulumi up --refresh` of the base"],
    );
    let elsewhere = SlotOf { account: "222".to_owned(), ..alpha(7) };
    assert_eq!(slot(&world(), &elsewhere).unwrap_err().cause, Cause::Refused);
}

#[test]
fn a_call_that_is_throttled_is_made_again() {
    let world = world();
    stand(&mut world.aws.state(), App("beta"), 7, 1);
    let throttled = Error { kind: Kind::Throttled, text: "Rate exceeded".to_owned() };
    world.aws.state().faults = [(2, throttled.clone()), (4, throttled)].into();
    assert_eq!(slot(&world, &alpha(7)), Ok(8));
}

#[test]
fn rules_that_go_while_they_are_read_are_free() {
    let world = world();
    stand(&mut world.aws.state(), App("beta"), 7, 1);
    stand(&mut world.aws.state(), App("gamma"), 8, 1);
    world.aws.state().meanwhile = Some(|state| drop(state.rules.remove("rule/7/1")));
    assert_eq!(slot(&world, &alpha(7)), Ok(7));
}

#[test]
fn a_listener_without_a_free_slot_is_told() {
    let world = world();
    for number in 0..SLOTS {
        stand(&mut world.aws.state(), Nobody, number, 1);
    }
    let failure = slot(&world, &alpha(7)).unwrap_err();
    assert_eq!(failure.cause, Cause::Refused);
    assert_says("full", &failure.text, &["all 4999 slots", LISTENER]);
}

/// What happens at a listener.
#[derive(Clone, Debug)]
enum Deed {
    /// The app of that number is deployed, up to its n-th rule.
    Deploy(usize, usize),
    /// It is destroyed.
    Destroy(usize),
    /// Somebody makes a rule by hand at this distance of where all of them begin.
    ByHand(u32),
}

fn deeds(apps: usize) -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        6 => (0..apps, 1..=3_usize).prop_map(|(app, rules)| Deed::Deploy(app, rules)),
        1 => (0..apps).prop_map(Deed::Destroy),
        1 => (0..200_u32).prop_map(Deed::ByHand),
    ];
    prop::collection::vec(deed, 1..40)
}

/// Deploys an app as Pulumi and AWS do: its rules move to the slot or are made in it, unless AWS refuses one.
fn deploy(world: &World, of: &SlotOf, rules: usize) -> u32 {
    let slot = slot(world, of).expect("a slot");
    let mut state = world.aws.state();
    for place in of.places.iter().take(rules) {
        let (arn, priority) = (format!("{}/{place}", of.app), priority(slot, *place));
        let taken = state.rules.iter().find(|(_, rule)| rule.priority == priority).map(|(arn, _)| arn.clone());
        assert!(taken.is_none_or(|taken| taken == arn), "PriorityInUse: {priority} for {arn}");
        let name = ("Name".to_owned(), format!("{}-web-{place}", of.app));
        let tags = [("env".to_owned(), of.app.clone()), name].into();
        state
            .rules
            .insert(arn, SimulatedRule { listener: LISTENER.to_owned(), priority, tags, ..SimulatedRule::default() });
    }
    slot
}

/// An app of that number, whose search is what a hash says.
fn app(number: usize, search: Search) -> SlotOf {
    SlotOf { app: format!("pr-{number}"), search, ..alpha(0) }
}

#[test]
fn the_search_of_a_name_never_changes() {
    // Another one would move the rules of every app that runs.
    let of = |name| (Search::of(name).from, Search::of(name).step);
    assert_eq!(["alpha", "beta", "a"].map(of), [(180, 1127), (566, 2006), (2887, 3824)]);
}

#[test]
fn a_search_goes_through_all_slots() {
    let world = world();
    for number in (0..SLOTS).filter(|number| *number != 6) {
        stand(&mut world.aws.state(), Nobody, number, 1);
    }
    for step in [1, 2, 4_157, SLOTS - 1] {
        assert_eq!(slot(&world, &app(1, Search { from: 7, step })), Ok(6), "{step}");
    }
}

/// Each got a part of one slot, and each looks before the other has moved.
#[test]
fn apps_that_come_up_at_once_do_not_meet_twice() {
    for [one, other] in [["pr-58", "pr-92"], ["pr-66", "pr-367"]] {
        let of = |name: &str| SlotOf { app: name.to_owned(), search: Search::of(name), ..alpha(0) };
        let (one, other) = (of(one), of(other));
        let from = one.search.from;
        assert_eq!(other.search.from, from, "they begin at one slot");
        let world = world();
        for (place, app) in [(1, &one), (9, &other)] {
            let name = ("Name".to_owned(), format!("{}-web-{place}", app.app));
            let tags = [("env".to_owned(), app.app.clone()), name].into();
            let rule = SimulatedRule {
                listener: LISTENER.to_owned(),
                priority: priority(from, place),
                tags,
                ..SimulatedRule::default()
            };
            world.aws.state().rules.insert(app.app.clone(), rule);
        }
        let found = [&one, &other].map(|app| slot(&world, app).unwrap());
        assert!(found[0] != found[1] && !found.contains(&from), "{found:?}");
    }
}

#[test]
fn fifty_apps_never_meet() {
    let alike = vec![Search { from: SLOTS - 20, step: 1 }; 50];
    let close = (0..50).map(|number| Search { from: 4_990 + number % 5, step: 1 + number % 3 }).collect();
    for (story, searches) in [("the same hash", alike), ("close ones", close)] {
        let world = world();
        let deploy = |number: usize| deploy(&world, &app(number, searches[number]), 3);
        let first: Vec<_> = (0..50).map(deploy).collect();
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 50, "{story}");
        let again: Vec<_> = (0..50).rev().map(deploy).rev().collect();
        assert_eq!(again, first, "{story}: a second deployment has moved something");
    }
}

proptest! {
    // Always the same cases, so that nothing fails by chance; `PROPTEST_CASES` says how many.
    #![proptest_config(ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(8),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever is deployed, destroyed and made by hand, one after the other: AWS refuses nothing, and what is deployed
    /// again stays where it is.
    #[test]
    fn apps_never_meet(
        hashes in prop::collection::vec(SLOTS - 6..SLOTS + 6, 12),
        steps in prop::collection::vec(1..4_u32, 12),
        deeds in deeds(12),
    ) {
        let world = world();
        let app = |number: usize| app(number, Search { from: hashes[number] % SLOTS, step: steps[number] });
        for deed in deeds {
            match deed {
                Deed::Deploy(number, rules) => {
                    let slot = deploy(&world, &app(number), rules);
                    prop_assert_eq!(deploy(&world, &app(number), rules), slot);
                }
                Deed::Destroy(number) => {
                    let prefix = format!("{}/", app(number).app);
                    world.aws.state().rules.retain(|arn, _| !arn.starts_with(&prefix));
                }
                Deed::ByHand(distance) => {
                    let priority = priority((SLOTS - 6 + distance / 10) % SLOTS, 1 + distance % 10);
                    let mut state = world.aws.state();
                    if state.rules.values().all(|rule| rule.priority != priority) {
                        let rule = SimulatedRule { listener: LISTENER.to_owned(), priority, ..SimulatedRule::default() };
                        state.rules.insert(format!("by-hand/{priority}"), rule);
                    }
                }
            }
        }
    }
}
