//! `aws-django policy`.

use std::collections::BTreeSet;
use std::fs;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::arguments::Global;
use crate::policy::{self, LIMIT, Names};
use crate::show::Show;
use crate::stop::Stop;

/// What is granted, and on what.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Policy {
    /// What the rights are for
    #[arg(required = true, value_name = "WHAT", hide_possible_values = true)]
    pub what: Vec<What>,
    /// Only what `pulumi preview` needs, with `--refresh` too, or a command until it changes something
    #[arg(long)]
    pub read_only: bool,
    /// Account, by its 12 digits
    #[arg(long, value_name = "ID", default_value = "*", value_parser = account)]
    pub account: String,
    /// Partition of AWS: `aws`, `aws-cn`, `aws-us-gov`
    #[arg(long, default_value = "aws")]
    pub partition: String,
    /// Name of the app; `pr-*` is all whose names begin so
    #[arg(long, value_name = "NAME", default_value = "*", value_parser = name)]
    pub app: String,
    /// Name of the base
    #[arg(long, value_name = "NAME", default_value = "*", value_parser = name)]
    pub base: String,
    /// Id of the hosted zone in which the records stand
    #[arg(long, value_name = "ID", default_value = "*", value_parser = id)]
    pub zone_id: String,
    /// The base's `kmsKeyArn`
    #[arg(long, value_name = "ARN", value_parser = key)]
    pub data_key: Option<String>,
    /// Bucket of Pulumi's state, for `state`
    #[arg(long, value_name = "NAME", value_parser = id)]
    pub state_bucket: Option<String>,
    /// Key of the stacks' secrets, and of the bucket if it is encrypted with one, for `state`
    #[arg(long, value_name = "ARN", value_parser = key)]
    pub kms_key: Option<String>,
    /// Repository of ECR, for `image`; can be given several times
    #[arg(long, value_name = "NAME", value_parser = id)]
    pub repository: Vec<String>,
    /// Write it as PREFIX-1.json, PREFIX-2.json and so on, each of which a managed policy holds
    #[arg(long, value_name = "PREFIX")]
    pub split: Option<String>,
}

/// What needs rights. The table of grants calls it as a user types it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[expect(missing_docs, reason = "they are called after what needs the rights")]
pub enum What {
    #[value(name = "AdHocBase")]
    AdHocBase,
    #[value(name = "AdHocApp")]
    AdHocApp,
    #[value(name = "ProdBase")]
    ProdBase,
    #[value(name = "ProdApp")]
    ProdApp,
    State,
    Image,
    Update,
    Rollback,
    Run,
    Logs,
    Status,
    Shell,
    Tunnel,
    Verify,
    Secrets,
}

/// What its help says.
pub const ABOUT: &str = "\
Print the least IAM policy for what a role or a user is to do.

WHAT is a component, `AdHocBase`, `AdHocApp`, `ProdBase` or `ProdApp`, for `pulumi up`, `preview`, `refresh` and \
`destroy` of it; `state` for Pulumi's state in a bucket; `image` to push images to ECR; or a command: `update`, \
`rollback`, `run`, `logs`, `status`, `shell`, `tunnel`, `verify`, `secrets`. Several give one policy for all.

What is not said is `*` in the ARNs: without `--app` and `--base` the policy is for all apps and bases of the account, and \
names narrow it. A name is the beginning of those of its roles and buckets: with `--app shop` the app `shop-two` is \
included. Who may deploy may write roles for the app, and so give its tasks any right: keep accounts apart, or set a \
permissions boundary.

A managed policy holds 6,144 characters without white space. What is longer is refused, but for `--split`. It needs no \
credentials, and calls nobody.";

const EXAMPLES: &str = "\
Examples:
  aws-django policy update status logs --account 123456789012 --region eu-central-1 --app production
  aws-django policy AdHocBase --region eu-central-1 --base dev --split deploy-dev
  aws-django policy AdHocApp --account 123456789012 --region eu-central-1 --base dev --app 'pr-*' > app.json
  aws-django policy ProdBase ProdApp --read-only --region eu-central-1 --split preview
  aws-django policy state --state-bucket shop-state --kms-key arn:aws:kms:eu-central-1:123456789012:key/1234abcd
  aws-django policy image --region eu-central-1 --repository shop/backend --repository shop/frontend";

impl Policy {
    /// Prints it, or writes it.
    ///
    /// # Errors
    /// If something is not said that it is about, it does not fit, or a file cannot be written.
    pub fn run(&self, global: &Global, show: &Show) -> Result<(), Stop> {
        self.check()?;
        let what: BTreeSet<_> = self.what.iter().copied().collect();
        let values: Vec<_> = what.iter().filter_map(ValueEnum::to_possible_value).collect();
        let by: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
        let statements = policy::statements(&by, self.read_only, &self.names(global));
        if let Some(prefix) = &self.split {
            return write(prefix, &policy::split(&statements), show);
        }
        let document = policy::document(&statements);
        let size = policy::size(&document);
        if size > LIMIT {
            let parts = policy::split(&statements).len();
            return Err(Stop::usage(format!(
                "the policy has {size} characters, and a managed policy holds {LIMIT}: `--split PREFIX` writes it as \
                 {parts} files, PREFIX-1.json and so on"
            )));
        }
        show.out(&format!("{document:#}"));
        Ok(())
    }

    /// What has to be said for what is asked.
    fn check(&self) -> Result<(), Stop> {
        let has = |what: What| self.what.contains(&what);
        let mut wrong = Vec::new();
        for (what, option, is_given) in [
            (What::State, "`state` is a bucket's: give `--state-bucket`", self.state_bucket.is_some()),
            (What::Image, "`image` is a repository's: give `--repository`", !self.repository.is_empty()),
        ] {
            if has(what) && !is_given {
                wrong.push(option);
            }
        }
        if !has(What::State) && (self.state_bucket.is_some() || self.kms_key.is_some()) {
            wrong.push("`--state-bucket` and `--kms-key` are for `state`, which is not asked for");
        }
        if !has(What::Image) && !self.repository.is_empty() {
            wrong.push("`--repository` is for `image`, which is not asked for");
        }
        if wrong.is_empty() { Ok(()) } else { Err(Stop::usage(wrong.join("; "))) }
    }

    fn names(&self, global: &Global) -> Names {
        let one = |text: &str| BTreeSet::from([text.to_owned()]);
        let any = |it: &Option<String>| it.iter().cloned().collect();
        Names::from([
            ("partition", one(&self.partition)),
            ("account", one(&self.account)),
            ("region", one(global.region.as_deref().unwrap_or("*"))),
            ("app", one(&self.app)),
            ("base", one(&self.base)),
            ("zone", one(&self.zone_id)),
            ("dataKey", any(&self.data_key)),
            ("stateBucket", any(&self.state_bucket)),
            ("stateKey", any(&self.kms_key)),
            ("repository", self.repository.iter().cloned().collect()),
        ])
    }
}

/// What a longer policy has left behind goes.
fn write(prefix: &str, parts: &[Value], show: &Show) -> Result<(), Stop> {
    let path = |number: usize| format!("{prefix}-{number}.json");
    for (at, part) in parts.iter().enumerate() {
        let path = path(at + 1);
        fs::write(&path, format!("{part:#}\n")).map_err(|error| Stop::failed(format!("`{path}`: {error}")))?;
        show.out(&path);
    }
    for stale in (parts.len() + 1..).map(path).take_while(|path| fs::exists(path).is_ok_and(|it| it)) {
        fs::remove_file(&stale).map_err(|error| Stop::failed(format!("`{stale}`: {error}")))?;
    }
    Ok(())
}

fn account(text: &str) -> Result<String, String> {
    let is_account = text == "*" || (text.len() == 12 && text.chars().all(|it| it.is_ascii_digit()));
    if is_account { Ok(text.to_owned()) } else { Err("an account is 12 digits".to_owned()) }
}

fn name(text: &str) -> Result<String, String> {
    let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-' || it == '*';
    if !text.is_empty() && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("a name is lower-case letters, digits and hyphens, and `*` for any of them".to_owned())
    }
}

/// What AWS itself has named.
fn id(text: &str) -> Result<String, String> {
    let fits = |it: char| it.is_ascii_alphanumeric() || "-_./*".contains(it);
    if !text.is_empty() && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("it is letters, digits and `-_./`, and `*` for any of them".to_owned())
    }
}

fn key(text: &str) -> Result<String, String> {
    if text.starts_with("arn:") && text.contains(":key/") {
        Ok(text.to_owned())
    } else {
        Err("a key is given by its ARN, `arn:aws:kms:…:key/…`; an alias is not checked for rights".to_owned())
    }
}
