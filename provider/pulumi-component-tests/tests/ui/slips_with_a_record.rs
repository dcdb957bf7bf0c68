use pulumi_component::Record;

/// What it is made of.
#[derive(Record)]
struct WoodArgs {
    /// Its name.
    name: String,
}

/// What it is made of.
#[derive(Record)]
struct ThingArgs {
    /// How large it is.
    #[record(default = 3)]
    size: u32,
    #[record(flatten, replaces)]
    wood: WoodArgs,
    colour: String,
}

fn main() {}
