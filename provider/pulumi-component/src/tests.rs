//! The framework over its own fake monitor, with a toy component that has an argument of each kind.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::monitor::{Alias, AliasParent, Registration};
use crate::output::Later;
use crate::problem::{Path, Problems};
use crate::testing::{self, Asked, Run, value};
use crate::value::{Eventual, PropertyMap, ResourceReference, Urns, Value};
use crate::{
    Args, Component, Context, Error, Former, Input, Options, Output, Outputs, Problem, Provider, all, interpolate,
    list_of, problem,
    schema::{PackageDependency, PackageSpec},
};

mod records;
mod schema;

mod toy {
    #![expect(dead_code, unreachable_pub, reason = "a table is public, and this component uses only a part of it")]

    crate::resources! { "1.2.3";
        /// A thing.
        "toy:things/thing:Thing" Thing {
            name: String, size: u32, parts: Vec<Part>, labels: std::collections::BTreeMap<String, String>, note: String,
        } => ThingState { address: String, name: String }
    }

    crate::objects! {
        Part { title: String }
    }

    crate::functions! { "1.2.3";
        /// Where we are.
        "toy:things/getPlace:getPlace" GetPlace { near: String } => Place { full_name: String }
    }
}

/// How hot a drink is.
#[derive(Args, Clone, Copy, Debug, PartialEq)]
enum Heat {
    /// As it comes.
    Cold,
    /// Heated.
    #[args(value = "HOT_1")]
    Hot,
}

/// A guest at the table.
#[derive(Args)]
struct GuestArgs {
    /// What the guest is called.
    #[args(check = short)]
    name: String,
    /// What the guest says, by occasion.
    words: Option<BTreeMap<String, Input<String>>>,
    /// How many chairs the guest needs.
    #[args(default = 1)]
    chairs: u32,
}

/// What another table says of itself.
#[derive(Args, Outputs)]
struct TableOutputs {
    /// Where it stands.
    place: Input<String>,
    /// How many sit there.
    seats: Input<u32>,
    /// What is on it.
    cloth: Input<Option<String>>,
}

/// What a chair says of itself.
#[derive(Args)]
#[expect(dead_code, reason = "its names are what counts")]
struct ChairOutputs {
    /// Where it is.
    place: Input<String>,
    /// How many legs it has.
    leg_count: Input<u32>,
}

/// A table for guests.
#[derive(Args)]
#[args(check = distinct)]
struct TableArgs {
    /// What it is made of.
    #[args(check = not_gold)]
    material: Input<String>,
    /// The guests.
    guests: Option<Vec<GuestArgs>>,
    /// How its drinks are.
    #[args(default = Heat::Cold)]
    heat: Heat,
    /// The table next to it.
    #[args(component = Table, unlike = ChairOutputs)]
    neighbour: Option<TableOutputs>,
    /// Who may sit there.
    #[args(default = ["all"])]
    allowed: Vec<String>,
    /// A guest who always comes.
    host: Option<GuestArgs>,
}

/// A table.
#[derive(Outputs)]
struct Table {
    /// What it says of itself.
    outputs: TableOutputs,
    /// Address of its thing.
    address: Output<String>,
}

fn short(name: &str) -> Result<(), String> {
    if name.len() <= 5 { Ok(()) } else { Err("is too long, take at most 5 letters".to_owned()) }
}

fn not_gold(material: &str) -> Result<(), String> {
    if material == "gold" { Err("is too soft, take wood".to_owned()) } else { Ok(()) }
}

fn distinct(args: &TableArgs) -> Vec<Problem> {
    let told = args.host.iter().flat_map(|host| host.words.iter().flatten()).filter(|(name, _)| *name == "password");
    let told = told
        .map(|_| problem(["host".into(), "words".into(), "password".into()], "is told to everybody, keep it").hidden());
    let guests = args.guests.iter().flatten().enumerate();
    let same = guests.filter(|(index, guest)| args.guests.iter().flatten().take(*index).any(|g| g.name == guest.name));
    same.map(|(index, _)| problem(["guests".into(), index.into(), "name".into()], "sits there already"))
        .chain(told)
        .collect()
}

impl Component for Table {
    const TOKEN: &'static str = "toy:index:Table";
    type Args = TableArgs;

    fn check(own: &Registration) -> Vec<String> {
        let old = own.aliases.iter().map(|alias| format!("was called `{}`", alias.name()));
        old.chain(own.protect.map(|_| "needs no protection".to_owned())).collect()
    }

    fn construct(cx: &Context, args: TableArgs) -> crate::Result<Self> {
        let place = toy::GetPlace::new().near(&args.material).invoke(cx).full_name;
        let board = toy::Thing::new("board").name(&args.material).note(&place).register(cx);
        let mut seats = 0;
        for guest in args.guests.iter().flatten().chain(&args.host) {
            seats += guest.chairs;
            let labels = guest.words.clone().unwrap_or_default();
            let chair =
                toy::Thing::new(&guest.name).size(guest.chairs).labels(labels).parts([toy::Part::new().title("leg")]);
            let options = Options::default().depends_on([board.handle.clone()]);
            let stool = Former::default().role(format!("stool-{}", guest.name)).token("toy:things/stool:Stool");
            let ignore_changes: &[_] = if guest.name == "odd" { &["seize"] } else { &["size"] };
            chair.register_with(cx, options.ignore_changes(ignore_changes).aliases([stool]));
        }
        let cloth = args.neighbour.as_ref().map(|neighbour| neighbour.place.clone());
        if let Some(neighbour) = &args.neighbour {
            toy::Thing::new("rope").name(&neighbour.place).note(&neighbour.cloth).register(cx);
        }
        let checked = args.material.try_map(|material: String| match material.as_str() {
            "glass" => Err(Error::argument("material", "breaks, take wood")),
            _ => Ok(material),
        });
        let _ = (args.heat, args.allowed, cloth);
        Ok(Self {
            outputs: TableOutputs {
                place: interpolate!("{checked} at {place}"),
                seats: Output::known(seats),
                cloth: Output::known(None),
            },
            address: board.address,
        })
    }
}

fn provider() -> Provider {
    let spec = PackageSpec::new("toy", "9.9.9");
    Provider::new(spec).component::<Table>()
}

fn run(inputs: PropertyMap, preview: bool) -> Result<Run, Error> {
    run_with(inputs, Registration::default(), preview)
}

/// As [`run`], with what the program says beside the arguments.
fn run_with(inputs: PropertyMap, own: Registration, preview: bool) -> Result<Run, Error> {
    let answers = |token: &str, name: &str, _: &PropertyMap| {
        let answer = match token {
            "toy:things/getPlace:getPlace" => json!({"fullName": "here"}),
            _ => json!({"address": format!("address of {name}")}),
        };
        object(answer)
    };
    let Registration { token, name, inputs, .. } = Registration::of_component(Table::TOKEN, "t", inputs);
    let own = Registration { token, name, inputs, ..own };
    testing::run(&provider(), Asked { preview, ..Asked::new(own) }, answers)
}

fn object(json: Json) -> PropertyMap {
    match value(json) {
        Value::Object(map) => map,
        _ => panic!("wants an object"),
    }
}

fn with(mut inputs: PropertyMap, key: &str, value: Value) -> PropertyMap {
    inputs.insert(key.to_owned(), value);
    inputs
}

fn depending(value: Value, urn: &str) -> Value {
    Value::Eventual(Box::new(Eventual {
        value: Some(value),
        secret: false,
        dependencies: Urns::from([urn.to_owned()]),
    }))
}

fn wood() -> PropertyMap {
    object(json!({"material": "wood"}))
}

/// The problems that are told of `inputs`, as `path: reason`; those without a place behind a dash.
#[track_caller]
fn check(inputs: PropertyMap, expected: &[&str]) {
    let told = match run(inputs, true) {
        Ok(_) => Vec::new(),
        Err(Error::Arguments { shown, hidden }) => {
            let shown = shown.into_iter().map(|failure| format!("{}: {}", failure.path, failure.reason));
            shown.chain(hidden.into_iter().map(|failure| format!("- {failure}"))).collect()
        }
        Err(other) => vec![format!("another error: {other}")],
    };
    assert_eq!(told, expected);
}

#[test]
fn wrong_arguments_are_told_with_their_place_and_all_at_once() {
    let later = "must be known before anything is created, since it decides what is created: give a value, \
                 not an output of another resource";
    let later = format!("guests[0].name: {later}");
    let given: &[(Json, &[&str])] = &[
        (json!({"material": "wood"}), &[]),
        (json!({}), &["material: is required and was not given"]),
        (json!({"material": null}), &["material: is required and was not given"]),
        (json!({"material": 7}), &["material: must be a text"]),
        (json!({"material": "gold"}), &["material: is too soft, take wood"]),
        (json!({"material": "wood", "heat": "Warm"}), &["heat: must be `Cold` or `HOT_1`"]),
        (json!({"material": "wood", "heat": "HOT_1"}), &[]),
        (json!({"material": "wood", "guests": {}}), &["guests: must be a list"]),
        (json!({"material": "wood", "host": []}), &["host: must be an object"]),
        (
            json!({"material": "wood", "guests": [{"name": "a", "chairs": 1.5}]}),
            &["guests[0].chairs: must be a whole number from 0 to 4294967295"],
        ),
        (
            json!({"material": "wood", "guests": [{"name": "a", "words": {"a.b": 1}}]}),
            &["guests[0].words[\"a.b\"]: must be a text"],
        ),
        (
            json!({"material": "gold", "matrial": "x", "guests": [{"name": "a"}, {}, {"name": "a"}, {"name": "toolong"}]}),
            &[
                "matrial: is not known to toy v9.9.9; did you mean `material`",
                "material: is too soft, take wood",
                "guests[1].name: is required and was not given",
                "guests[3].name: is too long, take at most 5 letters",
                "guests[1].name: sits there already",
            ],
        ),
        (
            json!({"material": "wood", "xyz": 1}),
            &[
                "xyz: is not known to toy v9.9.9; known are `material`, `guests`, `heat`, `neighbour`, `allowed`, `host`",
            ],
        ),
    ];
    for (inputs, expected) in given {
        check(object(inputs.clone()), expected);
    }
    check(with(wood(), "guests", value(json!([{"name": "a"}]))), &[]);
    let unknown = Value::Array(vec![Value::Object(PropertyMap::from([("name".to_owned(), Value::unknown())]))]);
    check(with(wood(), "guests", unknown), &[&later]);
}

#[test]
fn what_a_package_refuses_of_a_component_is_told_with_its_arguments() {
    let aliases = vec![Alias::Urn("urn:pulumi:stack::project::toy:index:Table::old".to_owned())];
    let own = Registration { aliases, protect: Some(true), ..Registration::default() };
    let Err(error) = run_with(with(wood(), "material", value(json!("gold"))), own, true) else { panic!("it is taken") };
    let told = "`material` is too soft, take wood\nwas called `old`\nneeds no protection";
    assert_eq!(error.to_string(), told);
    let ignore_changes = vec!["material".to_owned()];
    let run =
        run_with(wood(), Registration { ignore_changes: ignore_changes.clone(), ..Registration::default() }, true);
    assert_eq!(run.expect("it is taken").own.ignore_changes, ignore_changes);
}

#[test]
fn a_problem_of_a_secret_is_told_without_its_place() {
    check(with(wood(), "material", Value::from("gold").into_secret()), &["- `material` is too soft, take wood"]);
    let guest = PropertyMap::from([
        ("name".to_owned(), Value::from("toolong")),
        ("words".to_owned(), Value::Object(PropertyMap::from([("hi".to_owned(), Value::from("x").into_secret())]))),
    ]);
    let guests = Value::Array(vec![Value::Object(guest)]);
    check(with(wood(), "guests", guests), &["guests[0].name: is too long, take at most 5 letters"]);
    let secret_guests = value(json!([{"name": "toolong"}])).into_secret();
    check(
        with(wood(), "guests", secret_guests),
        &["- `guests[0].name` must not be a secret, since it decides what is created"],
    );
}

#[test]
fn a_problem_that_is_hidden_points_nowhere_and_nothing_else_points_to_its_value() {
    let told = |host: Json, expected: &[&str]| check(object(json!({"material": "wood", "host": host})), expected);
    let hidden = "- `host.words.password` is told to everybody, keep it";
    told(json!({"name": "a", "words": {"password": "x", "hello": 1}}), &["host.words.hello: must be a text", hidden]);
    told(
        json!({"name": "a", "chairs": "x", "words": {"password": "x"}}),
        &["host.chairs: must be a whole number from 0 to 4294967295", hidden],
    );
    // The whole table holds the password too.
    let problems = Problems::new(String::new());
    problems.add(&Path::default(), problem(["host".into()], "is late"));
    problems.add(&Path::default(), problem(["host".into(), "password".into()], "is told").hidden());
    let Err(Error::Arguments { shown, hidden }) = problems.into_result(&PropertyMap::new()) else {
        panic!("two problems")
    };
    assert_eq!((shown.len(), hidden.len()), (0, 2));
}

#[test]
fn an_empty_key_has_a_place_of_its_own() {
    let known = "known are `material`, `guests`, `heat`, `neighbour`, `allowed`, `host`";
    let reason = format!("[\"\"]: is not known to toy v9.9.9; {known}");
    check(with(wood(), "", Value::from("x")), &[&reason]);
}

#[test]
fn a_plain_value_must_not_depend_on_a_resource() {
    let reason = "must be a plain value, not an output of another resource, since it decides what is created";
    check(with(wood(), "heat", depending(Value::from("Cold"), "urn:a")), &[&format!("heat: {reason}")]);
}

#[test]
fn marks_of_a_container_reach_its_eventual_leaves() {
    let words = depending(Value::Object(PropertyMap::from([("hi".to_owned(), Value::from("ho"))])), "urn:a");
    let guest = PropertyMap::from([("name".to_owned(), Value::from("a")), ("words".to_owned(), words)]);
    let run = run(with(wood(), "guests", Value::Array(vec![Value::Object(guest)])), false).expect("constructs");
    let chair = run.child("toy:things/thing:Thing", "t-a");
    assert_eq!(chair.property_dependencies["labels"], Urns::from(["urn:a".to_owned()]));
    assert_eq!(chair.property_dependencies["size"], Urns::new());
}

#[test]
fn a_secret_stays_secret_wherever_it_goes() {
    let run = run(with(wood(), "material", Value::from("oak").into_secret()), false).expect("constructs");
    let board = run.child("toy:things/thing:Thing", "t-board");
    assert_eq!(board.inputs["name"], Value::from("oak").into_secret());
    assert!(board.inputs["note"].has_secret(), "the function's result was made from a secret");
    assert_eq!(run.invocations[0].args["near"], Value::from("oak"));
    assert!(run.outputs["outputs"].has_secret());
    assert!(!format!("{:?}", run.outputs).contains("oak"));
}

#[test]
fn a_preview_registers_what_an_update_registers() {
    let inputs = with(wood(), "guests", value(json!([{"name": "a"}])));
    let (preview, update) = (run(inputs.clone(), true).expect("previews"), run(inputs, false).expect("updates"));
    assert_eq!(preview.identities(), update.identities());
    let dependencies = |run: &Run| run.children.iter().map(|c| c.property_dependencies.clone()).collect::<Vec<_>>();
    assert_eq!(dependencies(&preview), dependencies(&update));
    assert_eq!(preview.outputs["address"].flatten().value, None);
    assert_eq!(update.outputs["address"].flatten().value, Some(Value::from("address of t-board")));
}

#[test]
fn children_carry_parent_version_dependencies_and_options() {
    let inputs = with(wood(), "guests", value(json!([{"name": "a"}])));
    let run = run(inputs, false).expect("constructs");
    let chair = run.child("toy:things/thing:Thing", "t-a");
    assert_eq!(chair.parent, "urn:pulumi:stack::project::toy:index:Table::t");
    assert_eq!(chair.version, "1.2.3");
    assert!(chair.custom);
    assert_eq!(chair.ignore_changes, ["size"]);
    assert_eq!(
        chair.aliases,
        [Alias::Spec {
            name: "t-stool-a".to_owned(),
            token: "toy:things/stool:Stool".to_owned(),
            stack: String::new(),
            project: String::new(),
            parent: AliasParent::Same,
        }]
    );
    let board = "urn:pulumi:stack::project::toy:index:Table$toy:things/thing:Thing::t-board";
    assert_eq!(chair.dependencies, Urns::from([board.to_owned()]));
    assert_eq!(chair.property_dependencies.keys().collect::<Vec<_>>(), ["labels", "parts", "size"]);
    assert_eq!(run.own.name, "t");
    assert!(!run.own.custom);
}

#[test]
fn the_fields_of_a_component_depend_on_it_alone_and_are_known_one_by_one() {
    let urn = "urn:pulumi:stack::project::toy:index:Table::other";
    let outputs =
        PropertyMap::from([("place".to_owned(), Value::from("there")), ("seats".to_owned(), Value::unknown())]);
    let state = Some(PropertyMap::from([("outputs".to_owned(), Value::Object(outputs))]));
    let reference = ResourceReference { state, ..ResourceReference::new(urn.to_owned()) };
    let run = run(with(wood(), "neighbour", Value::Reference(Box::new(reference.clone()))), true).expect("previews");
    let rope = run.child("toy:things/thing:Thing", "t-rope");
    assert_eq!(rope.inputs["name"].flatten().value, Some(Value::from("there")));
    assert_eq!(rope.dependencies, Urns::from([urn.to_owned()]));

    let other = ResourceReference { urn: urn.replace("Table", "Chair"), ..reference };
    check(
        with(wood(), "neighbour", Value::Reference(Box::new(other))),
        &["neighbour: must be the component `Table` or its outputs, not `Chair`"],
    );
    for key in ["legCount", "leg_count"] {
        check(
            with(wood(), "neighbour", value(json!({"place": "there", key: 4}))),
            &["neighbour: must be the component `Table` or its outputs, not `ChairOutputs`"],
        );
    }
    check(
        with(wood(), "neighbour", Value::from("other")),
        &["neighbour: must be the component `Table` or its outputs"],
    );
    let nothing = Eventual { value: Some(Value::Null), dependencies: Urns::from([urn.to_owned()]), secret: false };
    let told = "neighbour: must be the component `Table` or its outputs, and is null: an output of another stack is, \
                as long as that stack does not have it";
    check(with(wood(), "neighbour", Value::Eventual(Box::new(nothing))), &[told]);
}

#[test]
fn an_object_may_be_unknown_as_a_whole_or_written_in_snake_case() {
    let urn = "urn:a";
    let unknown =
        Value::Eventual(Box::new(Eventual { dependencies: Urns::from([urn.to_owned()]), ..Eventual::default() }));
    let run = run(with(wood(), "neighbour", unknown), true).expect("previews");
    let rope = run.child("toy:things/thing:Thing", "t-rope");
    assert_eq!(rope.inputs["name"].flatten().value, None);
    assert_eq!(rope.dependencies, Urns::from([urn.to_owned()]));

    let missing = ["neighbour.seats: is required and was not given"];
    check(with(wood(), "neighbour", value(json!({"place": "there"}))), &missing);
}

#[test]
fn a_problem_that_is_known_late_ends_the_request() {
    let error = run(with(wood(), "material", value(json!("glass"))), false).err().expect("fails");
    assert_eq!(error, Error::argument("material", "breaks, take wood"));
}

#[test]
fn two_resources_of_one_type_and_role_are_a_bug() {
    let inputs = with(wood(), "host", value(json!({"name": "board"})));
    let text = run(inputs, false).err().expect("fails").to_string();
    assert!(text.contains("two resources of type `toy:things/thing:Thing` are called `t-board`"), "{text}");
}

#[test]
fn the_schema_is_made_from_the_structs() {
    let schema: Json = serde_json::from_str(&provider().schema_json().expect("writes")).expect("reads");
    let table = &schema["resources"]["toy:index:Table"];
    assert_eq!(table["isComponent"], json!(true));
    assert_eq!(table["requiredInputs"], json!(["material"]));
    assert_eq!(
        table["inputProperties"]["material"],
        json!({"description": "What it is made of.\n\nRequired.", "type": "string"})
    );
    let heat = json!({
        "description": "How its drinks are.\n\nDefault: `Cold`.", "$ref": "#/types/toy:index:Heat", "plain": true,
        "default": "Cold",
    });
    assert_eq!(table["inputProperties"]["heat"], heat);
    let neighbour = json!({
        "description": "The table next to it.",
        "oneOf": [{"$ref": "#/resources/toy:index:Table"}, {"$ref": "#/types/toy:index:TableOutputs"}],
    });
    assert_eq!(table["inputProperties"]["neighbour"], neighbour);
    let allowed = json!({
        "description": "Who may sit there.\n\nDefault: `[\"all\"]`.", "type": "array",
        "items": {"type": "string", "plain": true}, "plain": true,
    });
    assert_eq!(table["inputProperties"]["allowed"], allowed);
    let words = json!({
        "description": "What the guest says, by occasion.", "type": "object",
        "additionalProperties": {"type": "string"}, "plain": true,
    });
    assert_eq!(schema["types"]["toy:index:Guest"]["properties"]["words"], words);
    assert_eq!(table["required"], json!(["address", "outputs"]));
    assert_eq!(schema["types"]["toy:index:TableOutputs"]["required"], json!(["place", "seats"]));
}

#[test]
fn what_is_likely_stands_for_what_is_not_known_with_all_that_is_said_of_it() {
    let at = |value: Option<&str>| {
        let dependencies = Urns::from(["urn".to_owned()]);
        let value = value.map(Value::from);
        Value::Eventual(Box::new(Eventual { value, secret: true, dependencies }))
    };
    for (given, expected) in [(None, "likely"), (Some("known"), "known")] {
        let output = Output::<String>::new(Later::ready(at(given))).until_known("likely".to_owned());
        assert_eq!(crate::output::known(&output.later), Some(at(Some(expected))));
    }
}

#[test]
fn joined_outputs_keep_all_that_is_said_of_their_items() {
    let (a, b) = (Output::<String>::known("a"), Output::<String>::known("b").secret());
    let check = |joined: Output<String>, text: &str| {
        assert_eq!(crate::output::known(&joined.later), Some(Value::from(text).into_secret()));
    };
    check(all([&a, &b]).map(|[a, b]| a + &b), "ab");
    check(list_of([&a, &b, &a]).map(|texts| texts.concat()), "aba");
    let three: Output<u32> = Output::known(3_u32);
    check(all((&a, b.clone(), &three)).map(|(a, b, three)| format!("{a}{b}{three}")), "ab3");
    check(all((list_of([&a]), &b)).map(|(list, b)| (list, b)).map(|(list, b)| list.concat() + &b), "ab");
}

#[test]
fn an_option_for_a_property_that_is_not_in_the_table_is_a_bug() {
    let told = |ignore_changes, secret_outputs| {
        let options = Options::default().ignore_changes(ignore_changes).secret_outputs(secret_outputs);
        options.unknown_properties(&toy::RESOURCES[0])
    };
    assert_eq!(told(&["name", "labels"], &["address", "note"]), Vec::<&str>::new());
    assert_eq!(told(&["Name", "address"], &["adress"]), ["Name", "address", "adress"]);
    let text = "`t-odd` (`toy:things/thing:Thing`) has an option for `seize`, which is not in its table; \
                this is a bug in the package, please report it";
    let error = run(with(wood(), "host", value(json!({"name": "odd"}))), false).err().expect("fails");
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_package_that_cannot_be_is_told() {
    let check = |name: &str, version: &str, mistakes: &[&str]| {
        let spec = PackageSpec::new(name, version);
        let told = match Provider::new(spec).component::<Table>().schema() {
            Ok(_) => Vec::new(),
            Err(Error::Many(errors)) => errors.iter().map(Error::to_string).collect(),
            Err(error) => vec![error.to_string()],
        };
        let bug = |mistake: &&str| format!("{mistake}; this is a bug in the package, please report it");
        assert_eq!(told, mistakes.iter().map(bug).collect::<Vec<_>>(), "{name} {version}");
    };
    for version in ["0.1.0", "1.2.3-beta.1", "1.2.3+7.x", "1.2.3-rc+1", "10.0.0-a-b"] {
        check("toy", version, &[]);
    }
    for version in ["", "1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.x", "1.2.3+"] {
        let mistake = format!("`{version}` is not a version such as `1.2.3`, `1.2.3-beta.1` or `1.2.3+build`");
        check("toy", version, &[&mistake]);
    }
    let foreign = "the token `toy:index:Table` is not of the form `joy:index:Thing`";
    check("joy", "1.0.0", &[foreign]);
    check("joy", "1", &["`1` is not a version such as `1.2.3`, `1.2.3-beta.1` or `1.2.3+build`", foreign]);
    let twice = provider().component::<Table>().schema().expect_err("fails").to_string();
    assert!(twice.starts_with("two things have the token `toy:index:Table`"), "{twice}");
}

#[test]
fn what_is_said_of_a_package_stands_in_its_schema() {
    let mut spec = PackageSpec::new("toy", "1.0.0");
    spec.namespace = "shop".into();
    spec.plugin_download_url = "https://example.com/plugins".into();
    spec.dependencies = vec![PackageDependency::new("random", "4.18.0")];
    let schema: Json = serde_json::from_str(&Provider::new(spec).schema_json().expect("is sound")).expect("is JSON");
    let versioned = json!({"respectSchemaVersion": true});
    let python = json!({"pyproject": {"enabled": true}, "respectSchemaVersion": true});
    let expected = json!({
        "name": "toy", "version": "1.0.0", "namespace": "shop", "pluginDownloadURL": "https://example.com/plugins",
        "dependencies": [{"name": "random", "version": "4.18.0"}], "resources": {},
        "language": {"csharp": versioned, "go": versioned, "nodejs": versioned, "python": python},
    });
    assert_eq!(schema, expected);
}
