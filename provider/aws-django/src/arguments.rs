//! What a user may say.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::commands::{logs, policy, report, rollback, run, secrets, shell, status, tunnel, update, verify};

/// Releases and operates Django projects on AWS ECS.
///
/// It finds an app by its name alone: its cluster is `<app>-cluster`, its services are `<app>-<process>`, and its logs
/// go to `/ecs/<app>/<process>`. It needs no Pulumi state, only credentials for the app's account.
#[derive(Debug, Parser)]
#[command(name = "aws-django", version, max_term_width = 100, after_help = CODES, arg_required_else_help = true)]
pub struct Cli {
    /// What goes for all commands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const CODES: &str = "\
Exit codes:
  0    done
  1    failed: a task failed, a service did not become live, `verify` has found something, AWS did not answer
  2    the command line is wrong
  3    refused, before anything moved: something else is at work, there is no such app, `pulumi up` releases it,
       what was approved is not what would be done
  4    the credentials are missing, expired, or lack a right
  130  interrupted
`run` ends with the code of its command, and with 125 if that has none; `shell` and `tunnel` with the code of the session.

With `--json` standard output is one JSON document (with `logs` one on each line), also of a failure; what happens
meanwhile is told on standard error, one JSON document on each line.";

/// What goes for all commands.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Region of the app; by default `AWS_REGION`, or that of the profile
    #[arg(long, global = true)]
    pub region: Option<String>,
    /// Profile of AWS's configuration files; by default AWS's own chain of credentials decides
    #[arg(long, global = true)]
    pub profile: Option<String>,
    /// Role to assume with these credentials
    #[arg(long, global = true, value_name = "ARN", value_parser = role)]
    pub assume_role: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no colours and move nothing on the screen; so does the variable `NO_COLOR`
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Tell more
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Release a new image: run the update, move the services, wait until they are live
    #[command(long_about = update::ABOUT)]
    Update(update::Update),
    /// Look whether a release could begin, and change nothing
    #[command(long_about = verify::ABOUT)]
    Verify(verify::Verify),
    /// Go back to what was live before
    #[command(long_about = rollback::ABOUT)]
    Rollback(rollback::Rollback),
    /// Run a command in a task of its own, with the image that is live
    #[command(long_about = run::ABOUT)]
    Run(run::Run),
    /// Show what processes write
    Logs(logs::Logs),
    /// Show what runs
    Status(status::Status),
    /// Keep secrets of an app that its program does not make
    #[command(long_about = secrets::ABOUT)]
    Secrets(secrets::Secrets),
    /// Open a shell in a running task
    #[command(long_about = shell::ABOUT)]
    Shell(shell::Shell),
    /// Open a tunnel to the database of a base, through its bastion
    #[command(long_about = tunnel::ABOUT)]
    Tunnel(tunnel::Tunnel),
    /// Report what a preview would do, in Markdown
    #[command(long_about = report::ABOUT)]
    Report(report::Previews),
    /// Print the least IAM policy for a command, or for `pulumi up` of a component
    #[command(long_about = policy::ABOUT)]
    Policy(policy::Policy),
    /// Print completions for a shell
    #[command(after_help = "Example:\n  aws-django completions bash > /etc/bash_completion.d/aws-django")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print this reference as Markdown
    #[command(hide = true)]
    Markdown,
}

impl Command {
    /// As it is typed.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Update(_) => "update",
            Self::Verify(_) => "verify",
            Self::Rollback(_) => "rollback",
            Self::Run(_) => "run",
            Self::Logs(_) => "logs",
            Self::Status(_) => "status",
            Self::Secrets(it) => it.name(),
            Self::Shell(_) => "shell",
            Self::Tunnel(_) => "tunnel",
            Self::Report(_) => "report",
            Self::Policy(_) => "policy",
            Self::Completions { .. } => "completions",
            Self::Markdown => "markdown",
        }
    }
}

/// A time such as `90s`, `30m`, `2h` or `1d`.
///
/// # Errors
/// If it is none.
pub fn time(text: &str) -> Result<Duration, String> {
    let error = || "a time is a number and `s`, `m`, `h` or `d`, such as `30m`".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(error)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(error()),
    };
    let number: u32 = number.parse().map_err(|_| error())?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

fn role(text: &str) -> Result<String, String> {
    let is_role = text.starts_with("arn:") && text.contains(":role/");
    if is_role {
        Ok(text.to_owned())
    } else {
        Err("a role is given by its ARN, `arn:aws:iam::…:role/…`".to_owned())
    }
}
