use pulumi_component::{Args, Input};

/// What it is made of.
#[derive(Args)]
struct ThingArgs {
    name: Input<String>,
}

fn main() {}
