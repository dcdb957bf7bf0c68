use pulumi_component::{Args, Component, Context, Input, Outputs, Result};

/// What a thing says of itself.
#[derive(Args, Outputs)]
struct ThingOutputs {
    /// Where it is.
    place: Input<String>,
}

/// What it is made of.
#[derive(Args)]
struct ThingArgs {
    /// Another one.
    #[args(component = Thing, default)]
    other: ThingOutputs,
    /// A name, perhaps.
    #[args(default = "a")]
    name: Option<Input<String>>,
    #[args(flatten, default)]
    rest: ThingOutputs,
    /// Its neighbour.
    #[args(unlike = ThingOutputs)]
    neighbour: ThingOutputs,
    /// A size.
    #[args(default = 1, default = 2)]
    size: u32,
}

/// A thing.
#[derive(Outputs)]
struct Thing {
    /// What it says of itself.
    outputs: ThingOutputs,
}

impl Component for Thing {
    const TOKEN: &'static str = "toy:index:Thing";
    type Args = ThingOutputs;

    fn construct(_: &Context, args: ThingOutputs) -> Result<Self> {
        Ok(Self { outputs: args })
    }
}

fn main() {}
