//! Where the rules of an app stand at the listener of its base.

use pulumi_component::monitor::Registration;
use pulumi_component::testing::{Asked, Run, value};
use pulumi_component::value::{Eventual, PropertyMap, Urns, Value};
use serde_json::json;

use super::{LISTENER_RULE, NAME, base, known, merge, minimal, run, whole};
use crate::components::ad_hoc_app::AdHocApp;
use crate::components::prod_app::ProdApp;
use crate::tests::{answers, construct_with, prod_app};

const FUNCTION: &str = "aws-django:index:getListenerSlot";

/// The priorities of an app's rules, by their names.
fn priorities(run: &Run) -> Vec<(&str, Value)> {
    let rules = run.children.iter().filter(|child| child.token == LISTENER_RULE);
    rules.map(|rule| (rule.name.as_str(), known(&rule.inputs["priority"]))).collect()
}

/// What the function is asked.
fn asked(run: &Run) -> Option<&PropertyMap> {
    run.invocations.iter().find(|call| call.token == FUNCTION).map(|call| &call.args)
}

#[test]
fn rules_stand_in_the_slot_that_the_listener_has_for_the_app() {
    let own = Asked::component::<AdHocApp>(NAME, whole());
    let answer = |token: &str, name: &str, given: &PropertyMap| match token {
        FUNCTION => PropertyMap::from([("slot".to_owned(), Value::from(12))]),
        _ => answers(token, name, given),
    };
    let run = pulumi_component::testing::run(&crate::provider(), own, answer).expect("the arguments are right");
    let expected = [("alpha-ui-1", 129), ("alpha-web-1", 121), ("alpha-web-2", 122), ("alpha-web-3", 123)];
    assert_eq!(priorities(&run), expected.map(|(name, priority)| (name, Value::from(priority))));
    let asked = asked(&run).expect("the listener is asked");
    for (argument, expected) in [
        ("accountId", json!("111122223333")),
        ("app", json!("alpha")),
        ("hostNames", json!(["alpha.example.com"])),
        ("listenerArn", base()["listenerArn"].clone()),
        ("places", json!([1, 2, 3, 9])),
        ("region", json!("eu-west-1")),
    ] {
        assert_eq!(asked[argument], value(expected), "{argument}");
    }
}

#[test]
fn an_app_says_which_places_and_names_it_needs() {
    let places = |asked: Option<&PropertyMap>| asked.map(|asked| asked["places"].clone());
    let frontend = json!({"frontend": {"image": "ui:1"}, "web": {"pathPatterns": ["/a", "/b", "/c", "/d"]}});
    for (more, expected) in [(json!({}), json!([1])), (frontend, json!([1, 2, 9]))] {
        assert_eq!(places(asked(&run(merge(minimal(), more)))), Some(value(expected)));
    }
    let redirects = json!({"domain": {"hostName": "example.com", "redirectHostNames": ["www.example.com"]}});
    let run = super::super::up::<ProdApp>(NAME, merge(prod_app::minimal(), redirects)).expect("it is right");
    assert_eq!(places(asked(&run)), Some(value(json!([1, 10]))));
    let names = asked(&run).map(|asked| asked["hostNames"].clone());
    assert_eq!(names, Some(value(json!(["example.com", "www.example.com"]))));
}

#[test]
fn a_slot_that_the_program_says_is_not_asked_for() {
    let run = run(merge(minimal(), json!({"priority": 7})));
    assert_eq!(priorities(&run), [("alpha-web-1", Value::from(71))]);
    assert_eq!(asked(&run), None);
}

#[test]
fn a_preview_shows_the_slot_of_the_name_for_a_listener_that_is_still_to_be_made() {
    let urn = "urn:pulumi:stack::project::aws-django:index:AdHocBase::dev";
    let dependencies = Urns::from([urn.to_owned()]);
    let listener = |preview: bool| {
        let arn = (!preview).then(|| Value::from("arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/1"));
        Value::Eventual(Box::new(Eventual { value: arn, dependencies: dependencies.clone(), ..Eventual::default() }))
    };
    for preview in [true, false] {
        let Value::Object(mut args) = value(minimal()) else { panic!("arguments are an object") };
        let Some(Value::Object(base)) = args.get_mut("base") else { panic!("a base is an object") };
        base.insert("listenerArn".to_owned(), listener(preview));
        let run = construct_with::<AdHocApp>(NAME, args, preview).expect("the arguments are right");
        let rule: &Registration = run.child(LISTENER_RULE, "alpha-web-1");
        assert_eq!(known(&rule.inputs["priority"]), Value::from(1801));
        assert_eq!(rule.property_dependencies["priority"], dependencies);
        assert_eq!(asked(&run).is_some(), !preview, "only one that is there can be asked");
    }
}
