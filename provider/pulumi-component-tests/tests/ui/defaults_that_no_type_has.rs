use pulumi_component::{Args, Input};

/// How hot it is.
#[derive(Args)]
enum Heat {
    /// Not at all.
    Cold,
}

/// What it is made of.
#[derive(Args)]
struct ThingArgs {
    /// How hot it is.
    #[args(default)]
    heat: Heat,
    /// What it is called, perhaps.
    #[args(default)]
    name: Input<Option<String>>,
}

fn main() {}
