use pulumi_component::Args;

/// How hot it is.
#[derive(Args)]
#[args(check = warm)]
enum Heat {
    /// Not at all.
    #[args(default)]
    Cold,
    /// Very.
    Hot,
}

fn main() {}
