//! The types of a schema: what may share a name, and what may hold itself.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::monitor::Registration;
use crate::schema::PackageSpec;
use crate::value::PropertyMap;
use crate::{Args, Component, Context, Input, Output, Outputs, Provider, testing};

/// What a cellar is dug into.
#[derive(Args)]
struct SoilArgs {
    /// How deep it goes.
    depth: u32,
}

/// What a cellar has come to stand in.
#[derive(Outputs)]
struct Soil {
    /// What it is called.
    kind: Output<String>,
}

/// What a cellar says of its door, and what it can be told of it.
#[derive(Args, Outputs)]
struct Door {
    /// What it is made of.
    #[args(default = "oak")]
    material: Input<String>,
}

/// A shelf, which may hold other ones.
#[derive(Args)]
struct ShelfArgs {
    /// The shelves on it.
    shelves: Option<Vec<ShelfArgs>>,
    /// The boxes on it, which hold shelves as well.
    boxes: Option<BTreeMap<String, BoxArgs>>,
}

/// A box on a shelf.
#[derive(Args)]
struct BoxArgs {
    /// What is in it.
    inner: Vec<ShelfArgs>,
}

impl ShelfArgs {
    /// How many shelves there are, with this one.
    fn count(&self) -> u32 {
        let shelves = self.shelves.iter().flatten();
        let boxed = self.boxes.iter().flatten().flat_map(|(_, boxed)| &boxed.inner);
        1 + shelves.chain(boxed).map(Self::count).sum::<u32>()
    }
}

/// What a cellar is made of.
#[derive(Args)]
struct CellarArgs {
    /// Its door.
    #[args(default)]
    door: Door,
    /// Its shelf.
    shelf: Option<ShelfArgs>,
}

/// A cellar.
#[derive(Outputs)]
struct Cellar {
    /// Its door.
    door: Door,
    /// How many shelves it has.
    shelves: Output<u32>,
}

impl Component for Cellar {
    const TOKEN: &'static str = "toy:index:Cellar";
    type Args = CellarArgs;

    fn construct(_: &Context, args: CellarArgs) -> crate::Result<Self> {
        let shelves = args.shelf.map_or(0, |shelf| shelf.count());
        Ok(Self { door: args.door, shelves: Output::known(shelves) })
    }
}

/// What a pit is made of.
#[derive(Args)]
struct PitArgs {
    /// Where it is dug.
    soil: Option<SoilArgs>,
}

/// A pit.
#[derive(Outputs)]
struct Pit {
    /// Where it was dug.
    soil: Soil,
}

impl Component for Pit {
    const TOKEN: &'static str = "toy:index:Pit";
    type Args = PitArgs;

    fn construct(_: &Context, args: PitArgs) -> crate::Result<Self> {
        let depth = args.soil.map_or(0, |soil| soil.depth);
        Ok(Self { soil: Soil { kind: Output::known(if depth > 3 { "rock" } else { "sand" }) } })
    }
}

/// What an attic is made of.
#[derive(Args)]
struct AtticArgs {}

/// An attic, which is described before anything that takes a door.
#[derive(Outputs)]
struct Attic {
    /// Its door.
    door: Door,
}

impl Component for Attic {
    const TOKEN: &'static str = "toy:index:Attic";
    type Args = AtticArgs;

    fn construct(_: &Context, _: AtticArgs) -> crate::Result<Self> {
        Ok(Self { door: Door { material: Output::known("pine") } })
    }
}

fn toy() -> Provider {
    Provider::new(PackageSpec::new("toy", "9.9.9"))
}

#[test]
fn two_types_of_one_schema_name_are_a_bug_that_every_test_sees() {
    let text = "`toy:index:Soil` is the schema's name of two types, \
                `pulumi_component::tests::schema::SoilArgs` and `pulumi_component::tests::schema::Soil`: \
                give one of them another name; this is a bug in the package, please report it";
    let provider = toy().component::<Cellar>().component::<Pit>();
    assert_eq!(provider.schema_json().expect_err("fails").to_string(), text);
    let own = Registration::of_component(Cellar::TOKEN, "c", PropertyMap::new());
    let run = testing::run(&provider, testing::Asked::new(own), |_, _, _| PropertyMap::new());
    assert_eq!(run.err().expect("fails").to_string(), text);
}

#[test]
fn one_type_for_arguments_and_outputs_has_one_schema() {
    let provider = toy().component::<Cellar>().component::<Attic>();
    let schema = serde_json::to_value(provider.schema().expect("is sound")).expect("is JSON");
    let door = json!({"$ref": "#/types/toy:index:Door", "description": "Its door."});
    assert_eq!(schema["resources"]["toy:index:Cellar"]["inputProperties"]["door"], door);
    assert_eq!(schema["resources"]["toy:index:Cellar"]["properties"]["door"], door);
    assert_eq!(schema["types"]["toy:index:Door"]["properties"]["material"]["default"], json!("oak"));
    assert_eq!(schema["types"]["toy:index:Door"]["required"], Json::Null);
}

/// A lamp, which hangs by `hookName` and whose `lightLevel` is measured.
#[derive(Outputs)]
struct Lamp {
    /// Falls with `hookName`, as `bulb.wattCount` and `lightlevel` do.
    light_level: Output<u32>,
}

/// What a lamp is made of.
#[derive(Args)]
struct LampArgs {
    /// Hook of the `lamp`, for `lightLevel`; not `HookName`, and not `bulb.hookName`.
    ///
    /// ```python
    /// if `hookName`:
    ///
    ///     pass
    /// ```
    ///
    /// See `bulbs.wattCount`.
    hook_name: Input<String>,
    /// One bulb.
    #[args(default)]
    bulb: BulbArgs,
    /// More bulbs, as many as there are for `hookName`.
    #[args(default = ["hookName"])]
    bulbs: Vec<String>,
}

/// A bulb of so many `wattCount`.
#[derive(Args)]
struct BulbArgs {
    /// Watts; `hookName` is not known here.
    #[args(default = 40)]
    watt_count: u32,
}

impl Component for Lamp {
    const TOKEN: &'static str = "toy:index:Lamp";
    type Args = LampArgs;

    fn construct(_: &Context, args: LampArgs) -> crate::Result<Self> {
        let watts = args.bulb.watt_count;
        let bulbs = args.bulbs.len();
        Ok(Self { light_level: args.hook_name.map(move |_: String| if bulbs > 0 { watts } else { 0 }) })
    }
}

#[test]
fn a_description_refers_to_what_each_language_spells_in_its_own_way() {
    let schema = serde_json::to_value(toy().component::<Lamp>().schema().expect("is sound")).expect("is JSON");
    let lamp = &schema["resources"]["toy:index:Lamp"];
    let hook = "{{% ref #/resources/toy:index:Lamp/inputProperties/hookName %}}";
    let level = "{{% ref #/resources/toy:index:Lamp/properties/lightLevel %}}";
    let watts = "{{% ref #/types/toy:index:Bulb/properties/wattCount %}}";
    assert_eq!(lamp["description"], json!(format!("A lamp, which hangs by {hook} and whose {level} is measured.")));
    let said = format!("Falls with {hook}, as {watts} and `lightlevel` do.");
    assert_eq!(lamp["properties"]["lightLevel"]["description"], json!(said));
    let said = format!(
        "Hook of the `lamp`, for {level}; not `HookName`, and not `bulb.hookName`.\n\n    if `hookName`:\n\n        pass\n\n\
         See `bulbs.wattCount`.\n\nRequired."
    );
    assert_eq!(lamp["inputProperties"]["hookName"]["description"], json!(said));
    let said = format!("More bulbs, as many as there are for {hook}.\n\nDefault: `[\"hookName\"]`.");
    assert_eq!(lamp["inputProperties"]["bulbs"]["description"], json!(said));
    let bulb = &schema["types"]["toy:index:Bulb"];
    assert_eq!(bulb["description"], json!(format!("A bulb of so many {watts}.")));
    let said = "Watts; `hookName` is not known here.\n\nDefault: `40`.";
    assert_eq!(bulb["properties"]["wattCount"]["description"], json!(said));
}

#[test]
fn an_argument_can_hold_others_of_its_own_type() {
    let schema = serde_json::to_value(toy().component::<Cellar>().schema().expect("is sound")).expect("is JSON");
    let shelf = &schema["types"]["toy:index:Shelf"];
    let reference = json!({"$ref": "#/types/toy:index:Shelf", "plain": true});
    assert_eq!(shelf["properties"]["shelves"]["items"], reference);
    assert_eq!(schema["types"]["toy:index:Box"]["properties"]["inner"]["items"], reference);

    let shelf = json!({"shelves": [{}], "boxes": {"a": {"inner": [{}, {}]}}});
    assert_eq!(shelves(&shelf), json!(4));
}

/// How many shelves a cellar with this one has.
fn shelves(shelf: &Json) -> Json {
    let inputs = PropertyMap::from([("shelf".to_owned(), testing::value(shelf.clone()))]);
    let own = Registration::of_component(Cellar::TOKEN, "c", inputs);
    let run = testing::run(&toy().component::<Cellar>(), testing::Asked::new(own), |_, _, _| PropertyMap::new());
    crate::value::to_json(&run.expect("constructs").outputs["shelves"]).expect("is JSON")
}
