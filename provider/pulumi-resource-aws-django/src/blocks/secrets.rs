//! The secrets of an app: those that we make, as encrypted parameters, and those that the user keeps elsewhere.

use std::collections::BTreeMap;

use pulumi_component::{Context, Options, Output, interpolate};

use crate::aws::{secretsmanager, ssm};
use crate::names::Tags;

/// Key with which Django signs sessions, tokens and cookies.
pub(crate) const SECRET_KEY: &str = "SECRET_KEY";
/// Password of the app's own role in the database.
pub(crate) const POSTGRES_PASSWORD: &str = "POSTGRES_PASSWORD";
/// Address of the app's database, with that password.
pub(crate) const DATABASE_URL: &str = "DATABASE_URL";

/// What the secrets are made of.
pub(crate) struct Spec<'a> {
    pub(crate) base: &'a Output<String>,
    pub(crate) app: &'a str,
    /// Where the user keeps secrets, by the variables' names; these are not made.
    pub(crate) given: &'a BTreeMap<String, Output<String>>,
    /// Name of the app's database, and of the role that owns it.
    pub(crate) database: &'a str,
    pub(crate) database_host: &'a Output<String>,
    pub(crate) database_port: &'a Output<u32>,
    /// Key to encrypt with, if it is not AWS's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    pub(crate) tags: &'a Tags,
}

/// Where ECS reads the secrets.
pub(crate) struct Secrets {
    /// What stands in `valueFrom`, by the variables' names.
    pub(crate) value_from: BTreeMap<String, Output<String>>,
    /// As above, of the password of the app's own role.
    pub(crate) password_from: Output<String>,
    /// ARNs of the parameters that were registered.
    pub(crate) made: Vec<Output<String>>,
}

/// Registers the parameters of those that are not given.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Secrets {
    let mut made = BTreeMap::new();
    if !spec.given.contains_key(SECRET_KEY) {
        let about = "Key with which Django signs sessions, tokens and cookies";
        let parameter = parameter(spec, "secret-key", SECRET_KEY, about, &random(cx));
        made.insert(SECRET_KEY, once(cx, parameter).arn);
    }
    // The address holds the password: the user gives both of them or neither.
    let password_from = spec.given.get(POSTGRES_PASSWORD).cloned().unwrap_or_else(|| {
        let about = "Password of the app's own role in the database";
        let password = once(cx, parameter(spec, "postgres-password", POSTGRES_PASSWORD, about, &random(cx)));
        let about = "Address of the app's database, with the password";
        let url = parameter(spec, "database-url", DATABASE_URL, about, &url(spec, &password.value));
        let url = url.register_with(cx, Options { secret_outputs: &["value"], ..Options::default() });
        made.extend([(POSTGRES_PASSWORD, password.arn.clone()), (DATABASE_URL, url.arn)]);
        password.arn
    });
    let arns = made.values().cloned().collect();
    let made = made.into_iter().map(|(name, arn)| (name.to_owned(), arn));
    Secrets { value_from: spec.given.clone().into_iter().chain(made).collect(), password_from, made: arns }
}

/// 50 letters and digits, which need no quoting anywhere.
fn random(cx: &Context) -> Output<String> {
    let made = secretsmanager::GetRandomPassword::new().password_length(50).exclude_punctuation(true).invoke(cx);
    made.random_password.secret()
}

fn parameter(spec: &Spec<'_>, role: &str, name: &str, about: &str, value: &Output<String>) -> ssm::Parameter {
    let (base, app) = (spec.base, spec.app);
    ssm::Parameter::new(role)
        .name(interpolate!("/{base}/{app}/{name}"))
        .description(about)
        .r#type("SecureString")
        .key_id(spec.kms_key_arn)
        .value(value)
        .tags(spec.tags.of(role))
}

/// Registers a parameter whose value is made once: each deployment asks for a new one, and all but the first are
/// ignored.
fn once(cx: &Context, parameter: ssm::Parameter) -> ssm::ParameterState {
    let options = Options { ignore_changes: &["value"], secret_outputs: &["value"], ..Options::default() };
    parameter.register_with(cx, options)
}

/// The address with the password that the parameter holds, which is not the one that this deployment has made.
fn url(spec: &Spec<'_>, password: &Output<String>) -> Output<String> {
    let (database, host) = (spec.database, spec.database_host);
    let port = spec.database_port.map(|port: u32| port.to_string());
    interpolate!("postgresql://{database}:{password}@{host}:{port}/{database}?sslmode=require").secret()
}
