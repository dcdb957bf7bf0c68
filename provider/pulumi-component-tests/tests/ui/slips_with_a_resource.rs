use pulumi_component::{Context, Output, resources};

resources! { "1.0.0";
    /// A thing.
    "toy:index:Thing" Thing { size: u32, name: String } => ThingState { address: String }
}

fn misspelt_property(cx: &Context) {
    Thing::new("a").nmae("b").register(cx);
}

fn ill_typed_property(cx: &Context) {
    Thing::new("a").size("large").register(cx);
}

fn misspelt_output(cx: &Context) -> Output<String> {
    Thing::new("a").register(cx).adress
}

fn registered_inside_map(cx: &Context, name: &Output<String>) -> Output<String> {
    name.map(|name: String| {
        Thing::new(name.as_str()).register(cx);
        name
    })
}

fn main() {}
