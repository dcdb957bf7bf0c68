//! The plugin of a toy package, for the tests beside it: a component that does what its argument says.

use std::process::ExitCode;

use pulumi_component::schema::PackageSpec;
use pulumi_component::{
    Args, Component, Context, Error, Former, Input, Options, Output, Outputs, Provider, Result, functions, resources,
};

resources! { "1.2.3";
    /// A thing.
    "stuff:index:Thing" Thing { label: String, secret: String } => ThingState { label: String }
}

functions! { "1.2.3";
    /// Where we are.
    "stuff:index:where" Where {} => WhereAnswer { place: String }
}

/// Arguments of the toy.
#[derive(Args)]
struct GreeterArgs {
    /// Whom to greet.
    whom: Input<String>,
    /// A word that nobody may see.
    #[args(check = short)]
    password: Option<Input<String>>,
    /// What to do: `greet`, `ask`, `panic`, `panic_late`, `panic_everywhere`, `rename` or `fail`.
    #[args(default = "greet")]
    action: String,
}

/// A component that greets.
#[derive(Outputs)]
struct Greeter {
    /// The greeting.
    greeting: Output<String>,
    /// Id of the thing that holds it.
    thing_id: Output<String>,
    /// Where it was said; empty if nobody asked.
    place: Output<String>,
    /// What there is to add, which is nothing.
    remark: Output<Option<String>>,
}

impl Component for Greeter {
    const TOKEN: &'static str = "toy:index:Greeter";
    type Args = GreeterArgs;

    #[expect(clippy::panic, reason = "how a panic is reported is what a test looks at")]
    fn construct(cx: &Context, args: GreeterArgs) -> Result<Self> {
        let greeting = args.whom.map(|whom: String| format!("hello {whom}"));
        let place = match args.action.as_str() {
            "ask" => Where::new().invoke(cx).place,
            "panic" => panic!("no idea whom to greet"),
            "fail" => return Err(Error::Failed("cannot greet".repeat(2_000))),
            _ => Output::known(""),
        };
        let former = Former { role: Some("object".to_owned()), ..Former::default() };
        let aliases = if args.action == "rename" { vec![former] } else { Vec::new() };
        let thing = Thing::new("thing").label(&greeting).secret(args.password);
        let thing = thing.register_with(cx, Options { aliases, ..Options::default() });
        let place = match args.action.as_str() {
            "panic_late" | "panic_everywhere" => {
                thing.id.map(|_: String| -> String { panic!("no idea whom to greet") })
            }
            _ => place,
        };
        if args.action == "panic_everywhere" {
            for number in 0..8 {
                Thing::new(format!("thing-{number}")).label(&place).register(cx);
            }
        }
        Ok(Self { greeting: thing.label, thing_id: thing.id, place, remark: Output::known(None) })
    }
}

fn main() -> ExitCode {
    let spec = PackageSpec { name: "toy".to_owned(), version: "1.0.0".to_owned(), ..PackageSpec::default() };
    Provider::new(spec).component::<Greeter>().main()
}

#[expect(clippy::ptr_arg, reason = "a check is given what the field holds")]
fn short(password: &String) -> std::result::Result<(), String> {
    if password.len() < 8 { Err("must have at least 8 letters".to_owned()) } else { Ok(()) }
}
