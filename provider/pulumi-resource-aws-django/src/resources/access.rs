//! As whom the package calls AWS itself: where its custom resources and functions work, and with whose rights.

use aws_django_release::cloud::Network;
use aws_django_release::{self as engine, Engine, Failure};
use pulumi_component::{Error, Operation, Record};
use tokio_util::sync::CancellationToken;

use super::shown::Shown;

/// Whose rights the package uses for what it does itself at AWS: releases, and the databases of apps. What is not said
/// is as the AWS provider of the app has it. Credentials themselves are never given here: they come from a profile, or
/// from where AWS's SDKs look for them.
#[derive(Record)]
pub struct Config {
    /// Profile of AWS's configuration files.
    pub profile: Option<String>,
    /// Role to take on.
    pub assume_role: Option<AssumeRole>,
}

/// A role to take on.
#[derive(Clone, Record)]
pub struct AssumeRole {
    /// ARN of the role.
    pub role_arn: String,
    /// What the role's owner wants to hear.
    pub external_id: Option<String>,
    /// Name of the session, which AWS writes into its logs; by default `aws-django`.
    pub session_name: Option<String>,
}

/// An account of AWS in a region, and as whom an app's AWS provider works there.
#[derive(Clone, Record)]
pub struct Account {
    /// Account of the app. Credentials of another account are refused before anything is done.
    pub account_id: String,
    /// Region of the app.
    pub region: String,
    /// Profile that the app's AWS provider uses.
    pub profile: Option<String>,
    /// Roles that the app's AWS provider takes on, one after the other.
    pub assume_roles: Option<Vec<AssumeRole>>,
}

/// Where an app runs.
#[derive(Clone, Record)]
pub struct Place {
    /// The account, and as whom.
    #[record(flatten)]
    pub account: Account,
    /// Cluster of the app, by name. A cluster that is made anew replaces neither the app's database nor its release.
    pub cluster: String,
}

impl Account {
    /// The release engine there, as the package is configured, else as the app's AWS provider is. What it tells is shown
    /// by `shown`.
    pub(crate) fn engine(&self, config: &Config, shown: &Shown, cancelled: CancellationToken) -> Engine {
        let is_configured = config.profile.is_some() || config.assume_role.is_some();
        let (profile, roles) = if is_configured {
            (config.profile.clone(), config.assume_role.iter().cloned().collect())
        } else {
            (self.profile.clone(), self.assume_roles.clone().unwrap_or_default())
        };
        let assume_roles = roles.into_iter().map(|role| engine::AssumeRole {
            arn: role.role_arn,
            external_id: role.external_id,
            session_name: role.session_name,
        });
        let access = engine::Access { region: self.region.clone(), profile, assume_roles: assume_roles.collect() };
        Engine::on_aws(access, shown.progress(), cancelled)
    }
}

/// Where one-off tasks run: as all of an app, without public addresses.
pub(crate) fn network(subnet_ids: &[String], security_group_id: &str) -> Network {
    Network { subnets: subnet_ids.to_vec(), security_groups: vec![security_group_id.to_owned()], public_address: false }
}

/// Works with the engine of an account, and shows what it tells until it has ended.
pub(crate) async fn with_engine<T>(
    operation: &Operation<Config>,
    account: &Account,
    work: impl AsyncFnOnce(&Engine) -> T,
) -> T {
    let shown = Shown::new(operation.log());
    let worked = work(&account.engine(operation.config(), &shown, operation.cancelled())).await;
    shown.end().await;
    worked
}

/// A failure of the engine as the user reads it.
pub(crate) fn told(failure: &Failure) -> Error {
    Error::failed(failure.to_string())
}
