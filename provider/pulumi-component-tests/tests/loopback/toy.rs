//! The plugin of a toy package, for the tests beside it: a component and a custom resource that do what their arguments
//! say.

use std::process::ExitCode;

use pulumi_component::schema::PackageSpec;
use pulumi_component::{
    Args, Changes, Component, Context, Created, CustomResource, Error, Former, Function, Input, Operation, Options,
    Output, Outputs, Problem, Provider, Record, Result, Secret, Unfinished, functions, problem, resources,
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
    /// What to do: `greet`, `ask`, `ask_provider`, `panic`, `panic_late`, `panic_everywhere`, `rename` or `fail`.
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
            "ask_provider" => {
                cx.provider_setting("stuff", "place").map(|place: Option<String>| place.unwrap_or_default())
            }
            "panic" => panic!("no idea whom to greet"),
            "fail" => return Err(Error::Failed("cannot greet".repeat(2_000))),
            _ => Output::known(""),
        };
        let former = (args.action == "rename").then(|| Former::default().role("object"));
        let thing = Thing::new("thing").label(&greeting).secret(args.password);
        let thing = thing.register_with(cx, Options::default().aliases(former));
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
    let provider = Provider::new(PackageSpec::new("toy", "1.0.0")).config::<Config>().component::<Greeter>();
    provider.resource::<Chest>().function::<Weight>().main()
}

#[expect(clippy::ptr_arg, reason = "a check is given what the field holds")]
fn short(password: &String) -> Result<(), String> {
    if password.len() < 8 { Err("must have at least 8 letters".to_owned()) } else { Ok(()) }
}

/// How the toys are made.
#[derive(Record)]
struct Config {
    /// Who makes them; `nobody` by default.
    #[record(check = a_name)]
    maker: Option<String>,
    /// How they are painted.
    paint: Option<Paint>,
}

/// How something is painted.
#[derive(Record)]
struct Paint {
    /// Its colour.
    colour: String,
}

fn a_name(maker: &str) -> Result<(), String> {
    if maker.is_empty() { Err("must not be empty".to_owned()) } else { Ok(()) }
}

/// What a chest is like.
#[derive(Record)]
struct ChestArgs {
    /// What stands on it.
    label: String,
    /// What it is made of.
    #[record(replaces)]
    wood: Option<String>,
    /// What opens it.
    password: Option<String>,
    /// What happens to it: `break` before anything is done or `break_late`, `panic`, `wait` until the deployment is
    /// interrupted, or `talk`.
    action: Option<String>,
}

/// A chest that keeps things.
#[derive(Record)]
struct Chest {
    /// What stands on it.
    label: String,
    /// Its number, which it keeps.
    #[record(stable)]
    number: u32,
    /// Who made it, in which colour.
    made: String,
    /// What opens it.
    password: Option<String>,
    /// What nobody knows.
    treasure: Secret<String>,
}

impl ChestArgs {
    fn is_to(&self, action: &str) -> bool {
        self.action.as_deref() == Some(action)
    }
}

impl Chest {
    fn new(operation: &Operation<Config>, args: &ChestArgs) -> Self {
        let Config { maker, paint } = operation.config();
        let maker = maker.as_deref().unwrap_or("nobody");
        let paint = paint.as_ref().map_or("no colour", |paint| &paint.colour);
        Self {
            label: args.label.clone(),
            number: 1,
            made: format!("by {maker} in {paint}"),
            password: args.password.clone(),
            treasure: Secret("gold".to_owned()),
        }
    }

    #[expect(clippy::panic, reason = "how a panic is reported is what a test looks at")]
    async fn work(operation: &Operation<Config>, args: &ChestArgs) -> Result<(), (bool, Error)> {
        let log = operation.log();
        match args.action.as_deref() {
            Some("break") => return Err((false, Error::failed("there is no wood"))),
            Some("break_late") => {
                let reasons = ["the lid is missing", "the key is lost"].map(Error::failed);
                return Err((true, Error::join(reasons.to_vec())));
            }
            Some("panic") => panic!("no idea how to make `{}`", operation.name()),
            Some("wait") => {
                log.status("waiting").await;
                operation.cancelled().cancelled().await;
                log.info("closed").await;
                return Err((true, Error::failed("interrupted, with the lid open")));
            }
            Some("talk") => {
                log.info(format!("{:?}", operation.timeout())).await;
                log.status("sawing").await;
                log.warning("the saw is blunt").await;
                log.error("the saw is broken").await;
            }
            _ => {}
        }
        Ok(())
    }
}

impl CustomResource for Chest {
    const TOKEN: &'static str = "toy:index:Chest";
    type Args = ChestArgs;
    type Config = Config;

    fn check(args: &ChestArgs) -> Vec<Problem> {
        let is_wrong = args.password.as_ref() == Some(&args.label);
        is_wrong.then(|| problem(["password".into()], "stands on the chest")).into_iter().collect()
    }

    fn diff(state: &Self, args: &ChestArgs, mut by_arguments: Changes) -> Changes {
        // The state says what stands on it, whatever was wanted last time.
        by_arguments.updates.remove("label");
        if state.label != args.label {
            by_arguments.updates.insert("label".to_owned());
        }
        by_arguments
    }

    async fn create(
        operation: &Operation<Config>,
        args: ChestArgs,
    ) -> Result<Created<Self>, Unfinished<Created<Self>>> {
        let worked = Self::work(operation, &args).await;
        let created = Created { id: "chest-1".to_owned(), state: Self::new(operation, &args) };
        match worked {
            Ok(()) => Ok(created),
            Err((is_late, error)) => {
                let label = "unfinished".to_owned();
                let state = Self { label, ..created.state };
                let made = is_late.then_some(Created { state, ..created });
                Err(Unfinished { error, made })
            }
        }
    }

    async fn read(_: &Operation<Config>, id: &str, state: Self) -> Result<Option<Self>> {
        Ok((id != "burnt").then_some(state))
    }

    async fn update(
        operation: &Operation<Config>,
        id: &str,
        state: Self,
        args: ChestArgs,
    ) -> Result<Self, Unfinished<Self>> {
        let worked = Self::work(operation, &args).await;
        let number = state.number + u32::from(id == "chest-1");
        match worked {
            Ok(()) => Ok(Self { number, ..Self::new(operation, &args) }),
            Err((is_late, error)) => Err(Unfinished { error, made: is_late.then_some(Self { number, ..state }) }),
        }
    }

    async fn delete(operation: &Operation<Config>, _: &str, state: Self) -> Result<()> {
        let args = ChestArgs { label: state.label.clone(), wood: None, password: None, action: Some(state.label) };
        if args.is_to("heavy") {
            return Err(Error::failed("nobody can lift it"));
        }
        Self::work(operation, &args).await.map_err(|(_, error)| error)
    }
}

/// What is weighed.
#[derive(Record)]
struct WeightArgs {
    /// How many pieces.
    pieces: u32,
    /// How heavy one is, in grams.
    grams: Option<u32>,
}

/// How heavy something is.
#[derive(Record)]
struct Weight {
    /// In grams.
    grams: u32,
    /// What the scales know.
    code: Secret<String>,
}

impl Function for Weight {
    const TOKEN: &'static str = "toy:index:getWeight";
    type Args = WeightArgs;
    type Config = Config;

    async fn call(_: &Operation<Config>, args: WeightArgs) -> Result<Self> {
        match args.grams.unwrap_or(100) {
            0 => Err(Error::failed("the scales show nothing")),
            grams => Ok(Self { grams: args.pieces * grams, code: Secret("xyz".to_owned()) }),
        }
    }
}
