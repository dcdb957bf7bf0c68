use pulumi_component::{Output, interpolate};

fn slips(host: &Output<String>) {
    interpolate!("{host");
    interpolate!("host}");
    interpolate!("{}");
    interpolate!("{0}", host);
    interpolate!("{host:?}");
    interpolate!("{host}", port = "8", path = "/");
    interpolate!("{port}", port = "8", port = "9");
    interpolate!("{r#type}");
    interpolate!("{prot}");
}

fn main() {}
