//! `secrets`: parameters of an app that its program does not make.

use std::fmt::Write as _;

use aws_django_release::cloud::Value;
use aws_django_release::names::{self, DATABASE, PULUMI, UPDATE};
use aws_django_release::{Keeper, Kept, SecretSet, Vault};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::Context;
use crate::stop::{Code, Stop};
use crate::time::utc;

/// What to do with them.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Secrets {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show names, versions and keys, and who has made them; never a value
    List(App),
    /// Set one to what comes on standard input, or is typed
    #[command(after_help = SET_EXAMPLES)]
    Set(Set),
    /// Remove one
    Remove(Remove),
}

/// Whose secrets.
#[derive(Args, Debug)]
struct App {
    /// Name of the app
    app: String,
    #[command(flatten)]
    base: Base,
}

/// Which secret.
#[derive(Args, Debug)]
struct Named {
    /// Name of the app
    app: String,
    /// The variable that it becomes, such as `STRIPE_KEY`
    name: String,
    #[command(flatten)]
    base: Base,
}

/// Where an app's secrets are.
#[derive(Args, Debug)]
struct Base {
    /// Name of its base; by default what the app's revisions say
    #[arg(long)]
    base: Option<String>,
}

#[derive(Args, Debug)]
struct Set {
    #[command(flatten)]
    named: Named,
    /// What would stand in the shell's history: clap would show it with its refusal.
    #[arg(hide = true)]
    value: Vec<String>,
}

#[derive(Args, Debug)]
struct Remove {
    #[command(flatten)]
    named: Named,
    /// Do not ask back
    #[arg(long)]
    yes: bool,
}

/// What its help says.
pub const ABOUT: &str = "\
Keep secrets of an app that its program does not make.

They are encrypted parameters of Systems Manager, `/<base>/<app>/<NAME>`, beside those that the program makes, which are \
shown and never changed. A value comes from standard input, without the line's end, or is typed unseen; it is never shown.

The app sees one once its program names the parameter in `secrets` and its tasks have started anew.";

const EXAMPLES: &str = "\
Examples:
  aws-django secrets list alpha
  aws-django secrets set alpha STRIPE_KEY < stripe-key.txt
  aws-django secrets remove alpha STRIPE_KEY --yes";

const SET_EXAMPLES: &str = "\
Examples:
  aws-django secrets set alpha STRIPE_KEY
  aws-django secrets set alpha STRIPE_KEY < stripe-key.txt
  aws-django secrets set alpha STRIPE_KEY --base dev";

impl Secrets {
    /// As it is typed.
    pub fn name(&self) -> &'static str {
        match self.command {
            Verb::List(_) => "secrets list",
            Verb::Set(_) => "secrets set",
            Verb::Remove(_) => "secrets remove",
        }
    }

    /// Shows, sets or removes.
    ///
    /// # Errors
    /// If it was refused, or has failed.
    pub async fn run(&self, context: &Context) -> Result<Code, Stop> {
        match &self.command {
            Verb::List(app) => list(context, app).await,
            Verb::Set(it) if !it.value.is_empty() => Err(Stop::usage(
                "a value on the command line stays in the shell's history: give it on standard input, `… < FILE`, or \
                 leave it out and type it",
            )),
            Verb::Set(it) => set(context, &it.named).await,
            Verb::Remove(it) => remove(context, it).await,
        }
    }
}

async fn find(context: &Context, app: &str, of: &Base) -> Result<Vault, Stop> {
    let vault = context.engine.find_vault(app, &context.region, of.base.as_deref());
    context.interrupts.or(vault).await
}

async fn list(context: &Context, of: &App) -> Result<Code, Stop> {
    let vault = find(context, &of.app, &of.base).await?;
    let all = context.interrupts.or(context.engine.list_secrets(&*context.parameters, &vault)).await?;
    let document = || {
        let all = all.iter().map(|it| {
            let at = &it.parameter;
            json!({
                "name": it.name, "parameter": at.name, "version": at.version, "setAt": utc(at.at),
                "madeBy": it.keeper.map(word), "key": at.key, "encrypted": at.is_secure,
            })
        });
        let all: Vec<_> = all.collect();
        json!({ "command": "secrets list", "ok": true, "app": vault.app, "base": vault.base, "secrets": all })
    };
    context.show.result(table(&vault, &all).trim_end(), document);
    Ok(Code::DONE)
}

fn table(vault: &Vault, all: &[Kept]) -> String {
    let mut text = format!("{} parameters of {}: {}/…\n", all.len(), vault.app, vault.path());
    let width = all.iter().map(|it| it.name.len()).max().unwrap_or_default();
    for Kept { name, parameter: at, keeper } in all {
        let (by, set) = (keeper.map_or("?", word), utc(at.at));
        let key = if at.is_secure { at.key.as_deref().unwrap_or("-") } else { "not encrypted" };
        let version = format!("version {}", at.version);
        let _ = writeln!(text, "{name:width$}  {version:<10}  {set}  {by:<10}  {key}");
    }
    text
}

fn word(keeper: Keeper) -> &'static str {
    match keeper {
        Keeper::Program => "pulumi up",
        Keeper::CommandLine => "aws-django",
        Keeper::Other => "others",
    }
}

async fn set(context: &Context, named: &Named) -> Result<Code, Stop> {
    let vault = find(context, &named.app, &named.base).await?;
    let slot = context.engine.find_slot(&*context.parameters, &vault, &named.name);
    let slot = context.interrupts.or(slot).await?;
    let question = format!("Value of {}, which is not shown: ", named.name);
    let read = async { value(context.input.secret(&question).await) };
    let value = context.interrupts.or(read).await?;
    // From here on it may have been set: an interruption would not tell.
    let done = context.engine.set_secret(&*context.parameters, &vault, slot, value).await?;
    context.show.result(&told(context, &vault, &named.name, &done), || {
        json!({
            "command": "secrets set", "ok": true, "app": vault.app, "name": named.name, "parameter": done.parameter,
            "arn": done.arn, "version": done.version, "readBy": done.read_by,
        })
    });
    Ok(Code::DONE)
}

/// What was given, without the end of its line.
fn value(read: std::io::Result<Vec<u8>>) -> Result<Value, Stop> {
    let read = read.map_err(|error| Stop::failed(format!("the value cannot be read: {error}")))?;
    let text = String::from_utf8(read)
        .map_err(|_| Stop::usage("the value is no text: encode what is not UTF-8, by `base64` for example"))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        return Err(Stop::usage("the value is empty: give it on standard input, `… < FILE`, or type it in a terminal"));
    }
    if text.contains('\0') {
        return Err(Stop::usage("the value has a byte 0, which no variable can have"));
    }
    Ok(Value(text.to_owned()))
}

fn told(context: &Context, vault: &Vault, name: &str, done: &SecretSet) -> String {
    let (app, region) = (&vault.app, &context.region);
    let head = format!("`{}` is set, version {}.", done.parameter, done.version);
    if done.read_by.is_empty() {
        let release = if vault.deployment.as_deref().is_none_or(|it| it == PULUMI) {
            "pulumi up".to_owned()
        } else {
            format!("pulumi up && aws-django update {app} --region {region} --tag TAG")
        };
        return format!(
            "{head} The app sees it once its program has the first of these lines in the app's `secrets`, and the second \
             has started its tasks anew:\n  \"{name}\": \"{}\"\n  {release}",
            done.arn
        );
    }
    let cluster = names::cluster(app);
    let services = done.read_by.iter().filter(|process| ![UPDATE, DATABASE].contains(&process.as_str()));
    let lines = services.map(|process| {
        let service = names::service(app, process);
        format!("\n  aws ecs update-service --force-new-deployment --region {region} --cluster {cluster} --service {service}")
    });
    format!(
        "{head} Tasks that run keep what they have started with; these lines start them anew:{}",
        lines.collect::<String>()
    )
}

async fn remove(context: &Context, it: &Remove) -> Result<Code, Stop> {
    let Named { app, name, base } = &it.named;
    if !it.yes && !context.input.is_person() {
        return Err(Stop::usage(format!("nobody is here to be asked: `--yes` removes `{name}` without a question")));
    }
    let vault = find(context, app, base).await?;
    let looked = context.engine.check_removable(&*context.parameters, &vault, name);
    let parameter = context.interrupts.or(looked).await?;
    if !it.yes {
        let question = format!("Remove {parameter}, for good? [y/N] ");
        let asked = async {
            let answer = context.input.confirm(&question).await;
            answer.map_err(|error| Stop::failed(format!("the answer cannot be read: {error}")))
        };
        if !context.interrupts.or(asked).await? {
            return Err(Stop::refused(format!("`{parameter}` stays as it is")));
        }
    }
    context.engine.remove_secret(&*context.parameters, &parameter).await?;
    context.show.result(
        &format!("`{parameter}` is removed"),
        || json!({ "command": "secrets remove", "ok": true, "app": vault.app, "name": name, "parameter": parameter }),
    );
    Ok(Code::DONE)
}
