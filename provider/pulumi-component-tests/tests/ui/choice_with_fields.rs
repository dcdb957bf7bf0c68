use pulumi_component::Args;

/// How hot it is.
#[derive(Args)]
enum Heat {
    /// Not at all.
    Cold,
    /// By degrees.
    Hot(u32),
}

fn main() {}
