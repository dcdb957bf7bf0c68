//! Every argument that the schema names, missing and ill-typed: each problem is told at its place.

use pulumi_component::Component;
use serde_json::{Value as Json, json};

use super::problems;
use crate::components::ad_hoc_app::AdHocApp;
use crate::components::ad_hoc_base::AdHocBase;
use crate::components::prod_app::ProdApp;
use crate::components::prod_base::ProdBase;

/// One place among the arguments, and what its type is. An item of a list is at a number.
struct Place {
    path: Vec<String>,
    kind: Json,
    is_required: bool,
}

#[test]
fn the_arguments_of_an_ad_hoc_base_are_told_where_they_are_wrong() {
    check::<AdHocBase>("dev", &json!({"domainName": "example.com", "database": {}}), &[]);
}

#[test]
fn the_arguments_of_a_prod_base_are_told_where_they_are_wrong() {
    let minimal = json!({"domainName": "example.com", "database": {"instanceClass": "db.t4g.medium"}});
    check::<ProdBase>("live", &minimal, &[("database", "database.instanceClass: is required and was not given")]);
}

#[test]
fn the_arguments_of_an_ad_hoc_app_are_told_where_they_are_wrong() {
    check::<AdHocApp>("alpha", &app(&super::ad_hoc_app::base()), &[]);
}

#[test]
fn the_arguments_of_a_prod_app_are_told_where_they_are_wrong() {
    let scaling = json!({"minCount": 1, "maxCount": 2});
    let more = json!({
        "deployment": "Pulumi", "web": {"scaling": scaling}, "frontend": {"image": "ui:v1", "scaling": scaling},
        "workers": [{"name": "default", "command": ["celery"], "scaling": scaling}], "domain": {}, "cache": {},
    });
    let suffix = "base: has no `loadBalancerArnSuffix`, by which CloudWatch names the load balancer: alarms and scaling by \
                  requests need it";
    let minimal = super::merge(app(&super::prod_app::base()), more);
    check::<ProdApp>("alpha", &minimal, &[("base.loadBalancerArnSuffix", suffix)]);
}

/// The arguments of an app, with all objects that they can have.
fn app(base: &Json) -> Json {
    json!({
        "base": base, "image": "shop:v1", "web": {}, "frontend": {"image": "ui:v1"},
        "workers": [{"name": "default", "command": ["celery"]}], "beat": {"command": ["celery"]}, "update": {},
    })
}

/// `missed` are arguments that nobody has to give and that something else misses, each with what is said then.
fn check<C: Component>(name: &str, minimal: &Json, missed: &[(&str, &str)]) {
    let schema =
        serde_json::to_value(crate::provider().schema().expect("the schema is sound")).expect("a schema is JSON");
    let component = &schema["resources"][C::TOKEN];
    let places = places(&schema, &component["inputProperties"], &component["requiredInputs"], &[]);
    assert!(places.len() > 5, "the schema has arguments");
    for Place { path, kind, is_required } in places {
        let shown = path.join(".").replace(".0", "[0]");
        let (ill_typed, reason) = ill_typed(&schema, &kind);
        assert_eq!(problems::<C>(name, with(minimal, &path, Some(ill_typed))), [format!("{shown}: {reason}")]);
        let missed = missed.iter().filter(|(path, _)| *path == shown).map(|(_, problem)| (*problem).to_owned());
        let required = is_required.then(|| format!("{shown}: is required and was not given"));
        let expected: Vec<_> = required.into_iter().chain(missed).collect();
        assert_eq!(problems::<C>(name, with(minimal, &path, None)), expected);
    }
}

/// All arguments, and those of the objects among them.
fn places(schema: &Json, properties: &Json, required: &Json, above: &[String]) -> Vec<Place> {
    let properties = properties.as_object().expect("arguments have names");
    let mut places = Vec::new();
    for (key, kind) in properties {
        let path = [above, std::slice::from_ref(key)].concat();
        let is_required = required.as_array().is_some_and(|required| required.contains(&json!(key)));
        let of = resolve(schema, kind);
        let item = resolve(schema, &of["items"]);
        if of["properties"].is_object() {
            places.extend(self::places(schema, &of["properties"], &of["required"], &path));
        } else if item["properties"].is_object() {
            let path = [path.as_slice(), &["0".to_owned()]].concat();
            places.extend(self::places(schema, &item["properties"], &item["required"], &path));
        }
        places.push(Place { path, kind: kind.clone(), is_required });
    }
    places
}

/// The type that a reference in the schema is to, or the type itself; of a component or an object, the object.
fn resolve<'a>(schema: &'a Json, kind: &'a Json) -> &'a Json {
    let kind = kind["oneOf"].as_array().and_then(|kinds| kinds.last()).unwrap_or(kind);
    kind["$ref"].as_str().and_then(|at| at.strip_prefix("#/types/")).map_or(kind, |token| &schema["types"][token])
}

/// A value that is not of this type, and what is said about it.
fn ill_typed(schema: &Json, kind: &Json) -> (Json, String) {
    let component = kind["oneOf"][0]["$ref"].as_str().and_then(|at| at.strip_prefix("#/resources/aws-django:index:"));
    if let Some(component) = component {
        return (json!("one"), format!("must be the component `{component}` or its outputs"));
    }
    let of = resolve(schema, kind);
    if let Some(choices) = of["enum"].as_array() {
        let choices: Vec<_> = choices.iter().filter_map(|choice| choice["value"].as_str()).collect();
        return (json!("Neither"), format!("must be `{}`", choices.join("` or `")));
    }
    let (value, reason) = match of["type"].as_str() {
        Some("string") => (json!(true), "must be a text"),
        Some("integer") => (json!(1.5), "must be a whole number from 0 to 4294967295"),
        Some("boolean") => (json!("yes"), "must be `true` or `false`"),
        Some("array") => (json!("one"), "must be a list"),
        Some("object") if of["properties"].is_object() => (json!("one"), "must be an object"),
        Some("object") => (json!("one"), "must be a map"),
        other => panic!("an argument has the type {other:?}"),
    };
    (value, reason.to_owned())
}

/// The arguments with a value at a place, or without one.
fn with(args: &Json, path: &[String], value: Option<Json>) -> Json {
    let mut args = args.clone();
    let (last, above) = path.split_last().expect("a place has a name");
    let pointer = above.iter().fold(String::new(), |pointer, key| pointer + "/" + key);
    let object = args.pointer_mut(&pointer).and_then(Json::as_object_mut).expect("places are in objects");
    match value {
        Some(value) => object.insert(last.clone(), value),
        None => object.remove(last),
    };
    args
}
