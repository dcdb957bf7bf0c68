use pulumi_component::{Input, Record};

/// What it is made of.
#[derive(Record)]
struct ThingArgs {
    /// How large it is.
    size: Input<u32>,
}

fn main() {}
