use pulumi_component::{Args, Component, Context, Input, Output, Outputs, Result};

/// What a thing says of itself.
#[derive(Args, Outputs)]
struct ThingOutputs {
    /// Where it is.
    place: Input<String>,
}

/// What it is made of.
#[derive(Args)]
struct ThingArgs {
    /// One that says nothing of itself.
    #[args(component = Silent)]
    silent: ThingOutputs,
    /// One that says something else.
    #[args(component = Other)]
    other: Option<ThingOutputs>,
}

/// Says nothing of itself.
#[derive(Outputs)]
struct Silent {
    /// Where it is.
    place: Output<String>,
}

/// Says something else.
#[derive(Outputs)]
struct Other {
    /// Something else.
    outputs: Output<String>,
}

impl Component for Silent {
    const TOKEN: &'static str = "toy:index:Silent";
    type Args = ThingOutputs;

    fn construct(_: &Context, args: ThingOutputs) -> Result<Self> {
        Ok(Self { place: args.place })
    }
}

impl Component for Other {
    const TOKEN: &'static str = "toy:index:Other";
    type Args = ThingOutputs;

    fn construct(_: &Context, args: ThingOutputs) -> Result<Self> {
        Ok(Self { outputs: args.place })
    }
}

fn main() {}
