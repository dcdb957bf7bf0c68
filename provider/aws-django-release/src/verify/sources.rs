//! Where tasks read secrets: parameters and secrets, and the role that may.

use std::collections::{BTreeMap, BTreeSet};

use super::{Looking, Subject, Users, told};
use crate::cloud::{self, Kind, Secret};
use crate::names;

/// What stands in `valueFrom`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// A parameter, by its name or its ARN.
    Parameter(String),
    /// A secret by its ARN, and what of it is taken: a key of its JSON, a stage, a version; empty ones are not said.
    Secret { arn: String, key: String, stage: String, version: String },
}

/// How many parts the ARN of a secret has.
const PARTS: usize = 7;

impl Source {
    pub(super) fn parse(value_from: &str) -> Self {
        let parts: Vec<_> = value_from.split(':').collect();
        if parts.get(2) != Some(&"secretsmanager") {
            return Self::Parameter(value_from.to_owned());
        }
        let part = |number: usize| parts.get(number).copied().unwrap_or_default().to_owned();
        let arn = parts.iter().take(PARTS).copied().collect::<Vec<_>>().join(":");
        Self::Secret { arn, key: part(PARTS), stage: part(PARTS + 1), version: part(PARTS + 2) }
    }

    /// A secret that is taken whole.
    pub(super) fn whole(arn: &str) -> Self {
        let none = String::new;
        Self::Secret { arn: arn.to_owned(), key: none(), stage: none(), version: none() }
    }

    fn subject(&self) -> Subject {
        if matches!(self, Self::Parameter(_)) { Subject::Parameter } else { Subject::Secret }
    }

    /// Where it is, if its address says so.
    fn region(&self) -> Option<&str> {
        let (Self::Parameter(name) | Self::Secret { arn: name, .. }) = self;
        name.strip_prefix("arn:")?.split(':').nth(2)
    }
}

impl Looking<'_> {
    pub(super) async fn sources(&mut self, all: &Users<Source>) -> cloud::Result<()> {
        let mut parameters: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for source in all.keys() {
            if let Source::Parameter(name) = source {
                parameters.entry(source.region().unwrap_or(&self.app.region)).or_default().push(name.clone());
            }
        }
        for (region, names) in parameters {
            self.parameters(region, &names, all).await?;
        }
        for (source, users) in all {
            if let Source::Secret { arn, key, stage, version } = source {
                self.secret(arn, [key, stage, version], users).await?;
            }
        }
        Ok(())
    }

    async fn parameters(&mut self, region: &str, names: &[String], all: &Users<Source>) -> cloud::Result<()> {
        let (engine, needs) = (self.engine, self.needs);
        let answer = engine.insist(|| needs.missing_parameters(region, names)).await;
        let Some(missing) = self.answered(Subject::Parameter, &names.join(", "), answer)? else { return Ok(()) };
        for name in names {
            if !missing.contains(name) {
                self.sound(Subject::Parameter, name);
                continue;
            }
            let users = all.get(&Source::Parameter(name.clone())).map(told).unwrap_or_default();
            let text = format!(
                "there is no parameter `{name}`, which is {users}: make it (`aws-django secrets set`), or take it out of \
                 `secrets`"
            );
            self.wrong(Subject::Parameter, name, text);
        }
        Ok(())
    }

    async fn secret(&mut self, arn: &str, part: [&String; 3], users: &BTreeSet<String>) -> cloud::Result<()> {
        let (engine, needs, [key, stage, version]) = (self.engine, self.needs, part);
        let described = match engine.insist(|| needs.describe_secret(arn)).await {
            Err(error) if error.kind == Kind::NotFound => Ok(None),
            answer => answer.map(Some),
        };
        let Some(secret) = self.answered(Subject::Secret, arn, described)? else { return Ok(()) };
        let users = told(users);
        if let Some(why) = unreadable(secret.as_ref(), stage, version) {
            let text = format!("the secret `{arn}`, which is {users}, {why}");
            self.wrong(Subject::Secret, arn, text);
            return Ok(());
        }
        if key.is_empty() {
            self.sound(Subject::Secret, arn);
            return Ok(());
        }
        let name = format!("{arn}:{key}");
        let keys = match engine.insist(|| needs.secret_keys(arn, stage, version)).await {
            // It is there, and has no value of that stage and version.
            Err(error) if error.kind == Kind::NotFound => Err(cloud::Error { kind: Kind::Invalid, ..error }),
            answer => answer,
        };
        let Some(keys) = self.answered(Subject::Secret, &name, keys)? else { return Ok(()) };
        if keys.as_ref().is_some_and(|keys| keys.contains(key)) {
            self.sound(Subject::Secret, &name);
        } else {
            let has = if keys.is_some() { format!("has no key `{key}`") } else { "is no JSON object".to_owned() };
            self.wrong(Subject::Secret, &name, format!("the secret `{arn}`, whose `{key}` is {users}, {has}"));
        }
        Ok(())
    }

    /// Whether a role may read all that its tasks start with.
    pub(super) async fn role(&mut self, role: &str, sources: &BTreeSet<Source>) -> cloud::Result<()> {
        let (engine, needs) = (self.engine, self.needs);
        let (name, app) = (role.rsplit('/').next().unwrap_or(role), &self.app.name);
        let mut is_sound = true;
        for (action, subject) in
            [("ssm:GetParameters", Subject::Parameter), ("secretsmanager:GetSecretValue", Subject::Secret)]
        {
            let of_kind = sources.iter().filter(|source| source.subject() == subject);
            let resources: BTreeSet<_> = of_kind.map(|source| self.arn(role, source)).collect();
            let resources: Vec<_> = resources.into_iter().collect();
            if resources.is_empty() {
                continue;
            }
            let refused = match engine.insist(|| needs.refused_to_role(role, action, &resources)).await {
                Err(error) if error.kind == Kind::NotFound => {
                    let text = format!(
                        "there is no role `{name}`, by which tasks start: run `pulumi up --refresh` for `{app}`"
                    );
                    self.wrong(Subject::Role, role, text);
                    return Ok(());
                }
                answer => answer,
            };
            let Some(refused) = self.answered(Subject::Role, role, refused)? else { return Ok(()) };
            if refused.is_empty() {
                continue;
            }
            is_sound = false;
            let refused: Vec<_> = refused.into_iter().map(|it| format!("`{it}`")).collect();
            let text = format!(
                "the role `{name}`, by which tasks start, may not `{action}` of {}: run `pulumi up --refresh` for `{app}`",
                refused.join(", ")
            );
            self.wrong(Subject::Role, role, text);
        }
        if is_sound {
            self.sound(Subject::Role, role);
        }
        Ok(())
    }

    /// As a policy names it.
    fn arn(&self, role: &str, source: &Source) -> String {
        let (Source::Parameter(name) | Source::Secret { arn: name, .. }) = source;
        if name.starts_with("arn:") {
            return name.clone();
        }
        names::parameter_arn(role, &self.app.region, &self.app.account, name)
    }
}

/// Why nobody can read a secret; none if it is there.
fn unreadable(secret: Option<&Secret>, stage: &str, version: &str) -> Option<String> {
    let Some(secret) = secret else { return Some("is gone: make it, or take it out of `secrets`".to_owned()) };
    if secret.is_deleted {
        return Some("is marked for deletion: `aws secretsmanager restore-secret` brings it back".to_owned());
    }
    if !stage.is_empty() && !secret.stages.contains(stage) {
        return Some(format!("has no version of stage `{stage}`"));
    }
    let is_missing = !version.is_empty() && !secret.versions.contains(version);
    is_missing.then(|| format!("has no version `{version}`"))
}
