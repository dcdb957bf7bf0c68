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

/// Addresses of the cache, with its password. One number for each use, so that emptying the cache leaves the queues alone.
const CACHE_URLS: [CacheUrl; 3] = [
    CacheUrl {
        name: "REDIS_URL",
        role: "redis-url",
        number: "0",
        about: "Address of the cache, with its password",
        checks: "required",
    },
    CacheUrl {
        name: CELERY_BROKER_URL,
        role: "celery-broker-url",
        number: "1",
        about: "Address of the queue of Celery, with its password",
        checks: "CERT_REQUIRED",
    },
    CacheUrl {
        name: "CELERY_RESULT_BACKEND",
        role: "celery-result-backend",
        number: "2",
        about: "Address of the results of Celery, with its password",
        checks: "CERT_REQUIRED",
    },
];

/// An address of the cache.
struct CacheUrl {
    name: &'static str,
    /// Role of the parameter.
    role: &'static str,
    /// Number of the database.
    number: &'static str,
    about: &'static str,
    /// How its reader calls it that a server has to show a certificate: redis-py and Celery have different words.
    checks: &'static str,
}

/// What the secrets are made of.
pub(crate) struct Spec<'a> {
    pub(crate) base: &'a Output<String>,
    pub(crate) app: &'a str,
    /// Where the user keeps secrets, by the variables' names; these are not made.
    pub(crate) given: &'a BTreeMap<String, Output<String>>,
    pub(crate) database: Database<'a>,
    /// Whether the engine refuses to delete what is made once, if not as the component's own options say.
    pub(crate) protect: Option<bool>,
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
    /// Whether it speaks TLS, and shows a certificate.
    pub(crate) has_tls: bool,
}

/// Where ECS reads the secrets.
pub(crate) struct Secrets {
    /// What stands in `valueFrom`, by the variables' names.
    pub(crate) value_from: BTreeMap<String, Output<String>>,
    /// The password of the app's own role.
    pub(crate) database_password: Password,
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

/// The password of a cache.
pub(crate) enum CachePassword {
    /// The parameter that we have made for it.
    Made(ssm::ParameterState),
    /// Where the user keeps it.
    Given(Output<String>),
}

/// The names of what an app makes for its cache.
pub(crate) fn of_cache() -> impl Iterator<Item = &'static str> {
    [REDIS_PASSWORD].into_iter().chain(cache_urls())
}

/// The names of the cache's addresses, which hold its password.
pub(crate) fn cache_urls() -> impl Iterator<Item = &'static str> {
    CACHE_URLS.iter().map(|url| url.name)
}

/// Registers parameters, one after the other: a cache may be made with its password, and its addresses of both.
pub(crate) struct Builder<'a> {
    parameters: Parameters<'a>,
    database_password: Password,
}

impl<'a> Builder<'a> {
    /// Registers the parameters of those that are not given and that no cache needs.
    pub(crate) fn new(cx: &'a Context, spec: &'a Spec<'a>) -> Self {
        let mut parameters = Parameters { cx, spec, made: BTreeMap::new(), values: Vec::new() };
        if !spec.given.contains_key(SECRET_KEY) {
            parameters.once(SECRET_KEY, "secret-key", "Key with which Django signs sessions, tokens and cookies");
        }
        let database_password = parameters.of_database();
        Self { parameters, database_password }
    }

    /// The cache's password.
    pub(crate) fn cache_password(&mut self) -> CachePassword {
        match self.parameters.spec.given.get(REDIS_PASSWORD) {
            Some(given) => CachePassword::Given(given.clone()),
            None => {
                let about = "Password of the app's own cache";
                CachePassword::Made(self.parameters.once(REDIS_PASSWORD, "redis-password", about))
            }
        }
    }

    /// Registers the addresses of a cache with that password.
    pub(crate) fn cache_urls(&mut self, password: &CachePassword, cache: &Cache<'_>) -> Password {
        match password {
            CachePassword::Made(made) => self.parameters.cache_urls(made, cache),
            // The addresses hold the password: who gives it gives all of them.
            CachePassword::Given(from) => Password { from: from.clone(), version: None },
        }
    }

    /// All of them.
    pub(crate) fn build(self) -> Secrets {
        let Parameters { spec, made, values, .. } = self.parameters;
        let arns: Vec<_> = made.values().cloned().collect();
        let own = made.into_iter().map(|(name, arn)| (name.to_owned(), arn));
        Secrets {
            value_from: spec.given.clone().into_iter().chain(own).collect(),
            database_password: self.database_password,
            made: arns,
            version: fingerprint(values),
        }
    }
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

    /// The addresses of the cache, and where the password in them is kept.
    fn cache_urls(&mut self, made: &ssm::ParameterState, cache: &Cache<'_>) -> Password {
        let Cache { host, port, has_tls } = *cache;
        let port = port.to_string();
        let (password, scheme) = (&made.value, if has_tls { "rediss" } else { "redis" });
        let mut version = None;
        for CacheUrl { name, role, number, about, checks } in &CACHE_URLS {
            if !self.spec.given.contains_key(*name) {
                let query = if has_tls { format!("?ssl_cert_reqs={checks}") } else { String::new() };
                let url = interpolate!("{scheme}://:{password}@{host}:{port}/{number}{query}");
                version = Some(self.composed(name, role, about, &url).version);
            }
        }
        Password { from: made.arn.clone(), version }
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
            .protect(self.spec.protect)
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
