use pulumi_component::{Args, Input, Output, Outputs, __private::Emitted};

/// What it is made of.
#[derive(Args)]
struct ThingArgs<T> {
    /// What is inside.
    inner: Input<T>,
}

/// A thing.
#[derive(Outputs)]
struct Thing<'a, T: Emitted> {
    /// What is inside.
    inner: &'a Output<T>,
}

fn main() {}
