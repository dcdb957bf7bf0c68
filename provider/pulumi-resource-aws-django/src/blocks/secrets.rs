//! The secrets of an app: those that we make, as encrypted parameters, and those that the user keeps elsewhere.

use std::collections::BTreeMap;

use pulumi_component::{Context, Options, Output, interpolate, list_of};

use crate::aws::{secretsmanager, ssm};
use crate::names::{self, Tags};

/// Key with which Django signs sessions, tokens and cookies.
pub(crate) const SECRET_KEY: &str = "SECRET_KEY";
/// Password of the app's own role in the database.
pub(crate) const POSTGRES_PASSWORD: &str = "POSTGRES_PASSWORD";
/// Address of the app's database, with that password.
pub(crate) const DATABASE_URL: &str = "DATABASE_URL";
/// Password of the app's own cache.
pub(crate) const REDIS_PASSWORD: &str = "REDIS_PASSWORD";
/// Address of the queue of Celery's tasks.
pub(crate) const CELERY_BROKER_URL: &str = "CELERY_BROKER_URL";

/// Addresses of the cache, with its password: variable, role of the parameter, number of the database, description. One
/// number for each use, so that emptying the cache leaves the queues alone.
const CACHE_URLS: [(&str, &str, &str, &str); 3] = [
    ("REDIS_URL", "redis-url", "0", "Address of the cache, with its password"),
    (CELERY_BROKER_URL, "celery-broker-url", "1", "Address of the queue of Celery, with its password"),
    ("CELERY_RESULT_BACKEND", "celery-result-backend", "2", "Address of the results of Celery, with its password"),
];

/// What the secrets are made of.
pub(crate) struct Spec<'a> {
    pub(crate) base: &'a Output<String>,
    pub(crate) app: &'a str,
    /// Where the user keeps secrets, by the variables' names; these are not made.
    pub(crate) given: &'a BTreeMap<String, Output<String>>,
    pub(crate) database: Database<'a>,
    /// The app's own cache, if it has one.
    pub(crate) cache: Option<Cache<'a>>,
    /// Key to encrypt with, if it is not AWS's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    pub(crate) tags: &'a Tags,
}

/// Where the database answers.
pub(crate) struct Database<'a> {
    /// Name of the database, and of the role that owns it.
    pub(crate) name: &'a Output<String>,
    pub(crate) host: &'a Output<String>,
    pub(crate) port: &'a Output<u32>,
}

/// Where the cache answers.
pub(crate) struct Cache<'a> {
    pub(crate) host: &'a Output<String>,
    pub(crate) port: u32,
}

/// Where ECS reads the secrets.
pub(crate) struct Secrets {
    /// What stands in `valueFrom`, by the variables' names.
    pub(crate) value_from: BTreeMap<String, Output<String>>,
    /// The password of the app's own role.
    pub(crate) database_password: Password,
    /// The password of the app's own cache, if it has one.
    pub(crate) cache_password: Option<Password>,
    /// ARNs of the parameters that were registered.
    pub(crate) made: Vec<Output<String>>,
    /// What changes with any of their values.
    pub(crate) version: Output<String>,
}

/// Where ECS reads a password.
pub(crate) struct Password {
    /// What stands in `valueFrom`.
    pub(crate) from: Output<String>,
    /// A number that changes with the password, which `from` does not; none if the user keeps the password.
    pub(crate) version: Option<Output<u32>>,
}

/// The names of what an app makes for its cache.
pub(crate) fn of_cache() -> impl Iterator<Item = &'static str> {
    [REDIS_PASSWORD].into_iter().chain(cache_urls())
}

/// The names of the cache's addresses, which hold its password.
pub(crate) fn cache_urls() -> impl Iterator<Item = &'static str> {
    CACHE_URLS.into_iter().map(|(name, ..)| name)
}

/// Registers the parameters of those that are not given.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Secrets {
    let mut parameters = Parameters { cx, spec, made: BTreeMap::new(), values: Vec::new() };
    if !spec.given.contains_key(SECRET_KEY) {
        parameters.once(SECRET_KEY, "secret-key", "Key with which Django signs sessions, tokens and cookies");
    }
    let database_password = parameters.of_database();
    let cache_password = spec.cache.as_ref().map(|cache| parameters.of_cache(cache));
    let made: Vec<_> = parameters.made.values().cloned().collect();
    let version = fingerprint(parameters.values);
    let own = parameters.made.into_iter().map(|(name, arn)| (name.to_owned(), arn));
    let value_from = spec.given.clone().into_iter().chain(own).collect();
    Secrets { value_from, database_password, cache_password, made, version }
}

/// The parameters that are registered, with their ARNs.
struct Parameters<'a> {
    cx: &'a Context,
    spec: &'a Spec<'a>,
    made: BTreeMap<&'static str, Output<String>>,
    /// What they hold.
    values: Vec<Output<String>>,
}

impl Parameters<'_> {
    /// Where the password of the app's role is kept. The address holds it: the user gives both of them or neither.
    fn of_database(&mut self) -> Password {
        if let Some(given) = self.spec.given.get(POSTGRES_PASSWORD) {
            return Password { from: given.clone(), version: None };
        }
        let Database { name, host, port } = self.spec.database;
        let port = port.map(|port: u32| port.to_string());
        let made = self.once(POSTGRES_PASSWORD, "postgres-password", "Password of the app's own role in the database");
        let password = made.value;
        let url = interpolate!("postgresql://{name}:{password}@{host}:{port}/{name}?sslmode=require");
        let about = "Address of the app's database, with the password";
        // The password's own version begins anew when its parameter is replaced; an address is updated.
        let address = self.composed(DATABASE_URL, "database-url", about, &url);
        Password { from: made.arn, version: Some(address.version) }
    }

    /// Where the password of the cache is kept. The addresses hold it: who gives the password gives all of them.
    fn of_cache(&mut self, cache: &Cache<'_>) -> Password {
        if let Some(given) = self.spec.given.get(REDIS_PASSWORD) {
            return Password { from: given.clone(), version: None };
        }
        let Cache { host, port } = *cache;
        let made = self.once(REDIS_PASSWORD, "redis-password", "Password of the app's own cache");
        let mut version = None;
        for (name, role, number, about) in CACHE_URLS {
            if !self.spec.given.contains_key(name) {
                let (password, port) = (&made.value, port.to_string());
                let url = interpolate!("redis://:{password}@{host}:{port}/{number}");
                version = Some(self.composed(name, role, about, &url).version);
            }
        }
        Password { from: made.arn, version }
    }

    /// Registers a parameter whose value is made once: each deployment asks for a new one, and all but the first are
    /// ignored.
    fn once(&mut self, name: &'static str, role: &str, about: &str) -> ssm::ParameterState {
        // 50 letters and digits, which need no quoting anywhere.
        let random = secretsmanager::GetRandomPassword::new().password_length(50).exclude_punctuation(true);
        let value = random.invoke(self.cx).random_password.secret();
        let options = Options::default()
            .ignore_changes(&["value"])
            .secret_outputs(&["value"])
            // Only a replacement that somebody asks for makes it anew, and AWS knows a parameter by its name alone.
            .delete_before_replace(true);
        self.register(name, role, about, &value, options)
    }

    /// Registers a parameter that is made of others. It ignores nothing, so that it follows them: they answer what they
    /// hold, which is not what this deployment has made.
    fn composed(&mut self, name: &'static str, role: &str, about: &str, value: &Output<String>) -> ssm::ParameterState {
        let options = Options::default().secret_outputs(&["value"]);
        self.register(name, role, about, &value.secret(), options)
    }

    fn register(
        &mut self,
        name: &'static str,
        role: &str,
        about: &str,
        value: &Output<String>,
        options: Options,
    ) -> ssm::ParameterState {
        let (base, app) = (self.spec.base, self.spec.app);
        let registered = ssm::Parameter::new(role)
            .name(interpolate!("/{base}/{app}/{name}"))
            .description(about)
            .r#type("SecureString")
            .key_id(self.spec.kms_key_arn)
            .value(value)
            .tags(self.spec.tags.of(role))
            .register_with(self.cx, options);
        self.made.insert(name, registered.arn.clone());
        self.values.push(registered.value.clone());
        registered
    }
}

/// A short text that changes with secrets and tells nothing of them: each is longer than anybody can guess. A number
/// that AWS counts would begin anew when a parameter is replaced.
fn fingerprint(secrets: impl IntoIterator<Item = Output<String>>) -> Output<String> {
    list_of(secrets).map(|secrets: Vec<String>| names::fingerprint(&secrets.join("\n")))
}
