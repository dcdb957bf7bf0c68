use pulumi_component::{Args, Output, Outputs};

/// What it is made of.
#[derive(Args)]
struct ThingArgs {
    /// How large it is.
    #[args(defualt = 3)]
    size: u32,
}

/// What it is.
#[derive(Outputs)]
struct Thing {
    /// How large it is.
    #[outputs(flaten)]
    size: Size,
}

/// How large it is.
#[derive(Outputs)]
struct Size {
    /// How wide it is.
    width: Output<u32>,
}

fn main() {}
