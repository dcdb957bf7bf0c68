use pulumi_component::Args;

/// What it is made of.
#[derive(Args)]
struct ThingArgs {
    /// How large it is.
    #[args(defualt = 3)]
    size: u32,
}

fn main() {}
