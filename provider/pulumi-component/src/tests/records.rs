//! What the schema says of custom resources, functions and configuration.

use serde_json::{Value as Json, json};

use crate::schema::PackageSpec;
use crate::{CustomResource, Error, Function, Operation, Provider, Record, Result, Secret, Unfinished};

/// Whose tools are used.
#[derive(Record)]
struct Workshop {
    /// Its name.
    name: Option<String>,
}

/// What a key is cut from.
#[derive(Record)]
struct BlankArgs {
    /// How long it is, in millimetres.
    #[record(replaces)]
    length: u32,
    /// What it is made of; with `colourOf` its colour.
    metals: Option<Vec<Metal>>,
}

/// A metal.
#[derive(Record)]
struct Metal {
    /// Its name.
    name: String,
}

/// A key.
#[derive(Record)]
struct Key {
    #[record(flatten)]
    blank: BlankArgs,
    /// Its number.
    #[record(stable)]
    number: u32,
    /// Its teeth.
    teeth: Secret<Option<String>>,
}

impl CustomResource for Key {
    const TOKEN: &'static str = "toy:index:Key";
    type Args = BlankArgs;
    type Config = Workshop;

    async fn create(
        _: &Operation<Workshop>,
        _: BlankArgs,
    ) -> std::result::Result<crate::Created<Self>, Unfinished<crate::Created<Self>>> {
        Err(Error::failed("is not made here").into())
    }

    async fn delete(_: &Operation<Workshop>, _: &str, _: Self) -> Result<()> {
        Ok(())
    }
}

/// Whose key it is.
#[derive(Record)]
struct Owner {
    /// Its name.
    name: String,
}

impl Function for Owner {
    const TOKEN: &'static str = "toy:index:getOwner";
    type Args = Metal;
    type Config = ();

    async fn call(_: &Operation, args: Metal) -> Result<Self> {
        Ok(Self { name: args.name })
    }
}

fn provider() -> Provider {
    let spec = PackageSpec::new("toy", "1.0.0");
    Provider::new(spec)
}

#[test]
fn records_are_described_where_they_stand() {
    let schema = provider().config::<Workshop>().resource::<Key>().schema().expect("is sound");
    let schema = serde_json::to_value(schema).expect("is JSON");
    let metals = json!({
        "description": "What it is made of; with `colourOf` its colour.",
        "type": "array",
        "items": {"$ref": "#/types/toy:index:Metal"},
    });
    let length = |ending: &str| {
        let description = format!("How long it is, in millimetres.{ending}");
        json!({"description": description, "type": "integer", "willReplaceOnChanges": true})
    };
    let key = json!({
        "description": "A key.",
        "inputProperties": {"length": length("\n\nRequired."), "metals": metals},
        "requiredInputs": ["length"],
        "properties": {
            "length": length(""),
            "metals": metals,
            "number": {"description": "Its number.", "type": "integer"},
            "teeth": {"description": "Its teeth.", "type": "string", "secret": true},
        },
        "required": ["length", "number"],
    });
    assert_eq!(schema["resources"], json!({"toy:index:Key": key}));
    let name = json!({"name": {"description": "Its name.", "type": "string"}});
    assert_eq!(schema["config"], json!({"variables": name}));
    assert_eq!(schema["provider"]["inputProperties"], name);
    assert_eq!(schema["types"]["toy:index:Metal"]["required"], json!(["name"]));
    assert_eq!(schema["functions"], Json::Null);

    let schema = provider().function::<Owner>().schema().expect("is sound");
    let schema = serde_json::to_value(schema).expect("is JSON");
    let argument = json!({"name": {"description": "Its name.\n\nRequired.", "type": "string"}});
    let owner = json!({
        "description": "Whose key it is.",
        "inputs": {"description": "A metal.", "type": "object", "properties": argument, "required": ["name"]},
        "outputs": {"description": "Whose key it is.", "type": "object", "properties": name, "required": ["name"]},
    });
    assert_eq!(schema["functions"], json!({"toy:index:getOwner": owner}));
    assert_eq!((&schema["config"], &schema["provider"]), (&Json::Null, &Json::Null));
}

#[test]
fn what_cannot_work_together_is_a_bug_that_every_test_sees() {
    let check = |provider: Provider, expected: &str| {
        let text = provider.schema().expect_err("fails").to_string();
        assert_eq!(text, format!("{expected}; this is a bug in the package, please report it"));
    };
    let module = "pulumi_component::tests::records";
    let wants = format!("`toy:index:Key` wants the configuration `{module}::Workshop`, and the package has `()`");
    check(provider().resource::<Key>(), &wants);
    let configured = || provider().config::<Workshop>().resource::<Key>();
    check(configured().resource::<Key>(), "two things have the token `toy:index:Key`");
    let wants = format!("`toy:index:getOwner` wants the configuration `()`, and the package has `{module}::Workshop`");
    check(configured().function::<Owner>(), &wants);
}
