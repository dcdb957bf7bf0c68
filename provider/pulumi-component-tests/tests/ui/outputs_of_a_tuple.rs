use pulumi_component::{Output, Outputs};

/// Two things.
#[derive(Outputs)]
struct Pair(Output<String>, Output<String>);

fn main() {}
