use pulumi_component::{Args, Input, Output, Outputs};

#[derive(Args)]
#[args(default)]
struct ThingArgs {
    name: Input<String>,
    /// How large it is.
    #[args(defualt = 3, chek, check = positive)]
    size: u32,
    /// What it is called.
    r#type: String,
    type_: String,
}

#[derive(Outputs)]
struct Thing {
    name: Output<String>,
    size: Output<u32>,
}

/// How hot it is.
#[derive(Args)]
enum Heat {
    Cold,
    /// By degrees.
    #[args(value = 3)]
    Hot(u32),
}

fn main() {}
