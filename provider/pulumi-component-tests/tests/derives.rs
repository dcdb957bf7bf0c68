//! What the derives make, in the cases where it is easy to get wrong.

use std::collections::BTreeMap;

use pulumi_component::monitor::Registration;
use pulumi_component::schema::PackageSpec;
use pulumi_component::value::PropertyMap;
use pulumi_component::{Args, Component, Context, Error, Input, Output, Outputs, Provider, Result, testing};
use serde_json::{Value as Json, json};

/// Nothing at all.
#[derive(Args, Outputs)]
struct Nothing {}

/// Nothing, said shortly.
#[derive(Args)]
struct NothingShortArgs;

/// How hot it is.
#[derive(Args, Clone, Copy, Default)]
enum Heat {
    /// Not at all.
    Cold,
    /// As one likes it.
    #[default]
    Warm,
}

/// Arguments called as what stands in the code that reads them.
#[derive(Args)]
struct NamesArgs {
    /// One of them.
    #[args(default = fields(), check = known)]
    fields: String,
    /// One of them.
    #[args(default = 1)]
    cursor: u32,
    /// One of them.
    #[args(default = fields())]
    decoded: String,
    /// One of them.
    #[args(default = of())]
    properties: String,
    /// One of them.
    #[args(default = of())]
    types: Input<String>,
    /// A word of Rust.
    #[args(default = "t")]
    r#type: String,
}

fn fields() -> &'static str {
    "f"
}

fn of() -> &'static str {
    "o"
}

fn known(text: &str) -> std::result::Result<(), String> {
    if text == "wrong" { Err("is wrong".to_owned()) } else { Ok(()) }
}

/// Each type of argument, with the default of its type.
#[derive(Args)]
struct DefaultsArgs {
    /// A text.
    #[args(default)]
    text: Input<String>,
    /// A number.
    #[args(default)]
    number: u32,
    /// Yes or no.
    #[args(default)]
    flag: bool,
    /// A list.
    #[args(default)]
    list: Vec<Input<String>>,
    /// A map.
    #[args(default)]
    map: BTreeMap<String, Input<String>>,
    /// A choice.
    #[args(default)]
    heat: Heat,
    /// An object.
    #[args(default)]
    size: SizeArgs,
}

/// What several things have.
#[derive(Args)]
#[args(check = not_flat)]
struct SizeArgs {
    /// How long it is.
    #[args(default = 2)]
    length: u32,
    /// How wide it is.
    #[args(default = 3)]
    width: u32,
}

fn not_flat(size: &SizeArgs) -> Vec<pulumi_component::Problem> {
    let flat = size.width == 0;
    flat.then(|| pulumi_component::problem(["width".into()], "is flat")).into_iter().collect()
}

/// A thing of some size.
#[derive(Args)]
struct ThingArgs {
    /// What it is called.
    name: String,
    #[args(flatten)]
    size: SizeArgs,
}

/// Everything.
#[derive(Args)]
struct AllArgs {
    /// Nothing.
    nothing: Option<Nothing>,
    /// Nothing.
    short: Option<NothingShortArgs>,
    /// Names.
    #[args(default)]
    names: NamesArgs,
    /// Defaults.
    #[args(default)]
    defaults: DefaultsArgs,
    /// Things.
    #[args(default)]
    things: Vec<ThingArgs>,
}

/// All of it, as it was read.
#[derive(Outputs)]
struct All {
    /// Nothing.
    nothing: Nothing,
    #[outputs(flatten)]
    told: Told,
}

/// What is told.
#[derive(Outputs)]
struct Told {
    /// What was read.
    read: Output<Vec<String>>,
    /// What came later.
    later: Output<String>,
}

impl Component for All {
    const TOKEN: &'static str = "toy:index:All";
    type Args = AllArgs;

    fn construct(_: &Context, args: AllArgs) -> Result<Self> {
        let NamesArgs { fields, cursor, decoded, properties, types, r#type } = args.names;
        let DefaultsArgs { text, number, flag, list, map, heat, size } = args.defaults;
        let mut read = vec![
            format!("{fields} {cursor} {decoded} {properties} {}", r#type),
            format!("{number} {flag} {} {} {}", list.len(), map.len(), matches!(heat, Heat::Warm)),
            format!("{} {}", size.length, size.width),
            format!("{} {}", args.nothing.is_some(), args.short.is_some()),
        ];
        read.extend(args.things.iter().map(|thing| format!("{} {}", thing.name, thing.size.length * thing.size.width)));
        let later = pulumi_component::interpolate!("[{text}{types}]");
        Ok(Self { nothing: Nothing {}, told: Told { read: Output::known(read), later } })
    }
}

fn provider() -> Provider {
    let spec = PackageSpec::new("toy", "1.0.0");
    Provider::new(spec).component::<All>()
}

fn run(inputs: &Json) -> std::result::Result<PropertyMap, Error> {
    let inputs = inputs.as_object().into_iter().flatten();
    let inputs = inputs.map(|(key, input)| (key.clone(), testing::value(input.clone()))).collect();
    let own = Registration::of_component(All::TOKEN, "a", inputs);
    Ok(testing::run(&provider(), testing::Asked::new(own), |_, _, _| PropertyMap::new())?.outputs)
}

/// What was read from `inputs`, as the component says it, or the problems that were found.
#[track_caller]
fn check(inputs: &Json, read: &[&str]) {
    match run(inputs) {
        Ok(outputs) => assert_eq!(outputs["read"], testing::value(json!(read))),
        Err(error) => assert_eq!(error.to_string(), read.join("\n")),
    }
}

#[test]
fn arguments_are_read_whatever_they_are_called() {
    check(&json!({}), &["f 1 f o t", "0 false 0 0 true", "2 3", "false false"]);
    let names = json!({"fields": "a", "cursor": 2, "decoded": "b", "properties": "c", "types": "d", "type": "e"});
    check(&json!({"names": names}), &["a 2 b c e", "0 false 0 0 true", "2 3", "false false"]);
    check(&json!({"names": {"fields": "wrong"}}), &["`names.fields` is wrong"]);
    check(&json!({"nothing": {}, "short": {}}), &["f 1 f o t", "0 false 0 0 true", "2 3", "true true"]);
    check(&json!({"nothing": {"any": 1}}), &["`nothing.any` is not known to toy v1.0.0; nothing is known here"]);
}

#[test]
fn default_alone_is_what_the_type_has() {
    let outputs = run(&json!({})).expect("constructs");
    assert_eq!(outputs["later"], testing::value(json!("[o]")));
    assert_eq!(outputs["nothing"], testing::value(json!({})));

    let schema = serde_json::to_value(provider().schema().expect("is sound")).expect("is JSON");
    let defaults = &schema["types"]["toy:index:Defaults"];
    let of = |name: &str| defaults["properties"][name]["default"].clone();
    assert_eq!([of("text"), of("number"), of("flag"), of("heat")], [json!(""), json!(0), json!(false), json!("Warm")]);
    assert_eq!([of("list"), of("map"), of("size")], [Json::Null, Json::Null, Json::Null]);
    assert_eq!(defaults["required"], Json::Null);
}

#[test]
fn the_arguments_of_a_flattened_struct_are_those_of_the_whole() {
    let schema = serde_json::to_value(provider().schema().expect("is sound")).expect("is JSON");
    let properties = &schema["types"]["toy:index:Thing"]["properties"];
    let names: Vec<_> = properties.as_object().expect("is an object").keys().collect();
    assert_eq!(names, ["length", "name", "width"]);
    assert_eq!(
        properties["width"],
        json!({"description": "How wide it is.\n\nDefault: `3`.", "type": "integer", "plain": true, "default": 3})
    );

    let rest = ["f 1 f o t", "0 false 0 0 true", "2 3", "false false"];
    let things = json!([{"name": "a"}, {"name": "b", "width": 5}]);
    check(&json!({"things": things}), &[&rest[..], &["a 6", "b 10"]].concat());
    let things = json!([{"name": "a", "width": 0, "lenght": 1, "length": "x"}]);
    check(
        &json!({"things": things}),
        &[
            "`things[0].lenght` is not known to toy v1.0.0; did you mean `length`",
            "`things[0].length` must be a whole number from 0 to 4294967295",
            "`things[0].width` is flat",
        ],
    );
}

#[test]
fn the_outputs_of_a_flattened_struct_are_those_of_the_whole() {
    let schema = serde_json::to_value(provider().schema().expect("is sound")).expect("is JSON");
    let component = &schema["resources"][All::TOKEN];
    assert_eq!(component["required"], json!(["later", "nothing", "read"]));
    assert_eq!(component["properties"]["later"], json!({"description": "What came later.", "type": "string"}));
    assert_eq!(schema["types"]["toy:index:Told"], Json::Null);
    let outputs = run(&json!({})).expect("constructs");
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["later", "nothing", "read"]);
}

/// A thing that says twice how wide it is.
#[derive(Args)]
struct WideArgs {
    /// How wide it is.
    width: u32,
    #[args(flatten)]
    size: SizeArgs,
}

/// A wide thing.
#[derive(Outputs)]
struct Wide {
    /// How much larger one width is.
    more: Output<u32>,
}

impl Component for Wide {
    const TOKEN: &'static str = "toy:index:Wide";
    type Args = WideArgs;

    fn construct(_: &Context, args: WideArgs) -> Result<Self> {
        Ok(Self { more: Output::known(args.width.abs_diff(args.size.width)) })
    }
}

#[test]
fn an_argument_that_a_flattened_struct_has_too_is_a_bug() {
    let text = provider().component::<Wide>().schema_json().expect_err("fails").to_string();
    let expected = "`derives::WideArgs` has `width`, and `derives::SizeArgs`, which is a part of it, as well; \
                    this is a bug in the package, please report it";
    assert_eq!(text, expected);
}
