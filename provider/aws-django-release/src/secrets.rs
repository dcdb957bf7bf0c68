//! Secrets of an app that somebody keeps beside its program: encrypted parameters below `/<base>/<app>`, where the
//! program has its own. A value comes in and is never answered.

use futures::future;

use crate::app::App;
use crate::cloud::{self, Definition, Kind, Parameter, Parameters, PutParameter, Tags, Value};
use crate::names::{self, CREDENTIALS, DATABASE, ENVIRONMENT_TAG, KEPT_BY_US, KEPT_TAG, MADE_SECRETS};
use crate::{Cause, Engine, Failure};

/// Where the secrets of an app are.
#[derive(Clone, Debug, PartialEq)]
pub struct Vault {
    /// The app.
    pub app: String,
    /// Its base.
    pub base: String,
    /// Who releases the app, if its services say so: [`names::PULUMI`] or [`names::PIPELINE`].
    pub deployment: Option<String>,
    account: String,
    region: String,
    /// The revisions that run, and those that would with the next release, with their processes.
    definitions: Vec<(String, Definition)>,
}

/// A secret that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The variable.
    pub name: String,
    /// The parameter, without its value.
    pub parameter: Parameter,
    /// Who has made it; `None` if the credentials may not read tags.
    pub keeper: Option<Keeper>,
}

/// Who has made a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// The app's program.
    Program,
    /// The command line.
    CommandLine,
    /// Somebody else.
    Other,
}

/// Where a secret goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    name: String,
    key: Option<String>,
    tier: Option<String>,
    is_new: bool,
}

/// A secret that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSet {
    /// Name of its parameter.
    pub parameter: String,
    /// ARN of its parameter.
    pub arn: String,
    /// Its version: how often it was set.
    pub version: i64,
    /// The processes whose revisions name it.
    pub read_by: Vec<String>,
}

/// The bytes that a parameter of the tier `Standard` takes.
const STANDARD: usize = 4_096;
/// The bytes that one of the tier `Advanced` takes.
const ADVANCED: usize = 8_192;
/// What AWS calls its own key for parameters.
const AWS_KEY: &str = "alias/aws/ssm";

impl Vault {
    /// What their names begin with.
    pub fn path(&self) -> String {
        names::parameters(&self.base, &self.app)
    }

    fn parameter(&self, name: &str) -> String {
        format!("{}/{name}", self.path())
    }

    fn arn(&self, name: &str) -> String {
        let beside = self.definitions.first().map_or("", |(_, it)| it.revision.as_str());
        names::parameter_arn(beside, &self.region, &self.account, &self.parameter(name))
    }

    /// The processes that read a secret.
    fn read_by(&self, name: &str) -> Vec<String> {
        let (parameter, arn) = (self.parameter(name), self.arn(name));
        let reads = |it: &Definition| {
            it.secrets.values().flat_map(|all| all.values()).any(|at| [&arn, &parameter].contains(&at))
        };
        let mut all: Vec<_> =
            self.definitions.iter().filter(|(_, it)| reads(it)).map(|(name, _)| name.clone()).collect();
        all.dedup();
        all
    }
}

impl Engine {
    /// Finds where the secrets of an app are. One that is not there yet has a place as well, if its base is named.
    ///
    /// # Errors
    /// If there is no such app, if nothing tells its base, or if AWS refuses or does not answer.
    pub async fn find_vault(&self, name: &str, region: &str, base: Option<&str>) -> Result<Vault, Failure> {
        if let Some(base) = base.filter(|base| !names::is_environment(base)) {
            let text = format!("`{base}` is no name of a base, which has lower-case letters, digits and hyphens");
            return Err(Failure::refused(text));
        }
        let app = match self.find_app(name, region).await {
            Ok(app) => app,
            Err(failure) if failure.cause == Cause::Cloud(Kind::NotFound) => {
                let Some(base) = base else {
                    let text = format!("{}; for an app that is yet to come give `--base`", failure.text);
                    return Err(Failure { text, ..failure });
                };
                let account = self.insist(|| self.cloud.account()).await.map_err(Failure::check)?;
                return Ok(Vault {
                    app: name.to_owned(),
                    base: base.to_owned(),
                    deployment: None,
                    account,
                    region: region.to_owned(),
                    definitions: Vec::new(),
                });
            }
            Err(failure) => return Err(failure),
        };
        let definitions = self.definitions(&app).await.map_err(Failure::check)?;
        let base = base
            .map(str::to_owned)
            .or_else(|| base_of(&app, &definitions))
            .ok_or_else(|| Failure::refused(format!("nothing tells which base `{name}` is on: give it, `--base`")))?;
        let deployment = app.services.values().find_map(|it| it.service.tags.get(names::DEPLOYMENT_TAG).cloned());
        let App { name: app, account, region, .. } = app;
        Ok(Vault { app, base, deployment, account, region, definitions })
    }

    /// The live revisions, and the newest ones: a release may put them to work.
    async fn definitions(&self, app: &App) -> cloud::Result<Vec<(String, Definition)>> {
        let mut all = Vec::new();
        for it in app.services.values() {
            let live = self.live(&app.cluster(), &it.service).await?;
            all.push((it.process.clone(), self.describe(&live).await?));
        }
        let processes = app.services.keys().map(String::as_str).chain([names::UPDATE, DATABASE]);
        for process in processes {
            let family = names::service(&app.name, process);
            let newest = self.insist(|| self.cloud.list_task_definitions(&family)).await?.into_iter().next();
            if let Some(newest) = newest.filter(|newest| all.iter().all(|(_, it)| it.revision != *newest)) {
                all.push((process.to_owned(), self.describe(&newest).await?));
            }
        }
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(all)
    }

    /// The secrets of an app.
    ///
    /// # Errors
    /// If AWS refuses or does not answer.
    pub async fn list_secrets(&self, aws: &dyn Parameters, vault: &Vault) -> Result<Vec<Kept>, Failure> {
        let mut all = self.stored(aws, vault).await?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let kept = all.into_iter().map(|parameter| async move {
            let name = parameter.name.rsplit('/').next().unwrap_or_default().to_owned();
            let keeper = match self.keeper(aws, vault, &name).await {
                Err(error) if matches!(error.kind, Kind::Denied(_)) => None,
                answer => Some(answer?),
            };
            Ok(Kept { name, parameter, keeper })
        });
        future::try_join_all(kept).await.map_err(Failure::check)
    }

    async fn stored(&self, aws: &dyn Parameters, vault: &Vault) -> Result<Vec<Parameter>, Failure> {
        let path = vault.path();
        self.insist(|| aws.describe_parameters(&path)).await.map_err(Failure::check)
    }

    async fn keeper(&self, aws: &dyn Parameters, vault: &Vault, name: &str) -> cloud::Result<Keeper> {
        if MADE_SECRETS.contains(&name) {
            return Ok(Keeper::Program);
        }
        let parameter = vault.parameter(name);
        let tags = self.insist(|| aws.parameter_tags(&parameter)).await?;
        Ok(match tags.get(ENVIRONMENT_TAG) {
            _ if tags.contains_key(KEPT_TAG) => Keeper::CommandLine,
            Some(_) => Keeper::Program,
            None => Keeper::Other,
        })
    }

    /// Looks where a secret of an app goes, before its value is asked for. One that exists keeps its key and its tier; a
    /// new one is encrypted by the key of the others.
    ///
    /// # Errors
    /// If the name does not do, if the program makes it, or if AWS refuses or does not answer.
    pub async fn find_slot(&self, aws: &dyn Parameters, vault: &Vault, name: &str) -> Result<Slot, Failure> {
        check_name(name)?;
        let all = self.stored(aws, vault).await?;
        let parameter = vault.parameter(name);
        let now = all.iter().find(|it| it.name == parameter);
        if let Some(now) = now {
            self.check_ours(aws, vault, name).await?;
            if !now.is_secure {
                let text = format!(
                    "`{parameter}` is not encrypted, and AWS does not change that: remove it first (`aws-django secrets \
                     remove {} {name}`)",
                    vault.app
                );
                return Err(Failure::refused(text));
            }
        }
        let keys = now.into_iter().chain(all.iter().filter(|_| now.is_none())).filter_map(|it| it.key.clone());
        let key = keys.into_iter().find(|key| key != AWS_KEY);
        Ok(Slot { name: name.to_owned(), key, tier: now.and_then(|it| it.tier.clone()), is_new: now.is_none() })
    }

    /// Sets a secret of an app.
    ///
    /// # Errors
    /// If the value is too long, or if AWS refuses or does not answer.
    pub async fn set_secret(
        &self,
        aws: &dyn Parameters,
        vault: &Vault,
        slot: Slot,
        value: Value,
    ) -> Result<SecretSet, Failure> {
        let Slot { name, key, tier, is_new } = slot;
        check_size(value.0.len(), tier.as_deref())?;
        let own = [(ENVIRONMENT_TAG, vault.app.as_str()), (KEPT_TAG, KEPT_BY_US)];
        let tags = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let tags = is_new.then(|| Tags::from(tags));
        let put = PutParameter { name: vault.parameter(&name), value, key, tier, tags };
        let version = aws.put_parameter(&put).await.map_err(Failure::check)?;
        Ok(SecretSet { parameter: put.name, arn: vault.arn(&name), version, read_by: vault.read_by(&name) })
    }

    /// Looks whether a secret of an app may be removed; its parameter's name.
    ///
    /// # Errors
    /// If there is none, if the program makes it, if a process reads it, or if AWS refuses or does not answer.
    pub async fn check_removable(&self, aws: &dyn Parameters, vault: &Vault, name: &str) -> Result<String, Failure> {
        check_name(name)?;
        let all = self.stored(aws, vault).await?;
        let parameter = vault.parameter(name);
        if !all.iter().any(|it| it.name == parameter) {
            let text =
                format!("there is no parameter `{parameter}`: `aws-django secrets list {}` shows all", vault.app);
            return Err(Failure::refused(text));
        }
        self.check_ours(aws, vault, name).await?;
        let readers = vault.read_by(name);
        if readers.is_empty() {
            return Ok(parameter);
        }
        let readers: Vec<_> = readers.into_iter().map(|it| format!("`{it}`")).collect();
        Err(Failure::refused(format!(
            "`{parameter}` is what tasks of {} start with: take `{name}` out of the app's `secrets`, run `pulumi up`, \
             release if a pipeline does that, and remove it then",
            readers.join(", ")
        )))
    }

    /// Removes a parameter.
    ///
    /// # Errors
    /// If AWS refuses or does not answer.
    pub async fn remove_secret(&self, aws: &dyn Parameters, parameter: &str) -> Result<(), Failure> {
        aws.delete_parameter(parameter).await.map_err(Failure::check)
    }

    async fn check_ours(&self, aws: &dyn Parameters, vault: &Vault, name: &str) -> Result<(), Failure> {
        match self.keeper(aws, vault, name).await.map_err(Failure::check)? {
            Keeper::Program => Err(of_program(name)),
            Keeper::CommandLine | Keeper::Other => Ok(()),
        }
    }
}

/// The base that the parameters of its revisions name, if it is one; or else the one that a variable names.
fn base_of(app: &App, definitions: &[(String, Definition)]) -> Option<String> {
    let sources = definitions.iter().flat_map(|(_, it)| it.secrets.values().flat_map(|all| all.values()));
    let mut bases: Vec<_> = sources.filter_map(|source| base_in(source, &app.name)).collect();
    bases.sort_unstable();
    bases.dedup();
    match bases.as_slice() {
        [base] => Some((*base).to_owned()),
        _ => definitions.iter().find_map(|(_, it)| it.base.clone()),
    }
}

/// `dev` of `…/dev/alpha/SECRET_KEY`.
fn base_in<'a>(source: &'a str, app: &str) -> Option<&'a str> {
    let name = source.split_once(":parameter").map_or(source, |(_, name)| name);
    match name.split('/').collect::<Vec<_>>().as_slice() {
        ["", base, of, _] if *of == app => Some(base),
        _ => None,
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    if !names::is_variable(name) {
        let text = format!(
            "`{name}` is no name that a variable can have: use letters, digits and underscores, and no digit first"
        );
        return Err(Failure::refused(text));
    }
    if CREDENTIALS.contains(&name) {
        let text = format!(
            "`{name}` is a credential of AWS: tasks have a role of their own, give that rights by `taskPolicyArns`"
        );
        return Err(Failure::refused(text));
    }
    if MADE_SECRETS.contains(&name) { Err(of_program(name)) } else { Ok(()) }
}

fn check_size(size: usize, tier: Option<&str>) -> Result<(), Failure> {
    let most = if tier == Some("Advanced") { ADVANCED } else { STANDARD };
    if size <= most {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "the value has {size} bytes, and the parameter takes {most}: keep it in Secrets Manager, and name the ARN of that \
         secret in the app's `secrets`"
    )))
}

fn of_program(name: &str) -> Failure {
    Failure::refused(format!(
        "`{name}` is made by the app's program: have `pulumi up --replace` make it anew, as docs/operations.md#secrets says, \
         or name the ARN of one of your own in the app's `secrets`"
    ))
}
