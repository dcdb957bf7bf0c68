//! What an app tells its containers in plain text.

use std::collections::BTreeMap;

use pulumi_component::{Output, interpolate};

use crate::components::base_outputs::BaseOutputs;

/// What the variables tell.
pub(super) struct Facts<'a> {
    pub(super) app: &'a str,
    pub(super) base: &'a BaseOutputs,
    pub(super) host: &'a Output<String>,
    pub(super) cache_host: &'a Output<String>,
    /// Name of the app's database, and of the role that owns it.
    pub(super) database: &'a str,
    /// The part of the bucket that is the app's own.
    pub(super) prefix: &'a str,
}

/// Variables of every container of the backend.
pub(super) fn backend(facts: &Facts<'_>) -> BTreeMap<String, Output<String>> {
    let Facts { app, base, host, cache_host, database, prefix } = facts;
    let site = interpolate!("https://{host}");
    // One number for each use, so that emptying the cache leaves the queues alone.
    let cache = |number: &str| interpolate!("redis://{cache_host}:6379/{number}");
    named([
        ("ALLOWED_HOSTS", Output::clone(host)),
        ("APP_NAME", Output::known(*app)),
        ("AWS_STORAGE_BUCKET_NAME", base.bucket_name.clone()),
        ("BASE_STACK_NAME", base.name.clone()),
        ("CELERY_BROKER_URL", cache("1")),
        ("CELERY_RESULT_BACKEND", cache("2")),
        ("CSRF_TRUSTED_ORIGINS", site.clone()),
        ("DEBUG", Output::known("0")),
        ("DOMAIN_NAME", base.domain_name.clone()),
        ("FRONTEND_URL", site.clone()),
        ("PGSSLMODE", Output::known("require")),
        ("POSTGRES_NAME", Output::known(*database)),
        ("POSTGRES_SERVICE_HOST", base.database_host.clone()),
        ("POSTGRES_SERVICE_PORT", base.database_port.map(|port: u32| port.to_string())),
        ("POSTGRES_USERNAME", Output::known(*database)),
        ("REDIS_SERVICE_HOST", Output::clone(cache_host)),
        ("REDIS_URL", cache("0")),
        ("S3_BUCKET_NAME", base.bucket_name.clone()),
        ("S3_PREFIX", Output::known(*prefix)),
        ("SITE_URL", site),
    ])
}

/// Variables of the front end.
pub(super) fn frontend(host: &Output<String>) -> BTreeMap<String, Output<String>> {
    let site = interpolate!("https://{host}");
    named([("API_URL", site.clone()), ("NUXT_PUBLIC_API_BASE", site)])
}

fn named<const N: usize>(variables: [(&str, Output<String>); N]) -> BTreeMap<String, Output<String>> {
    variables.map(|(name, value)| (name.to_owned(), value)).into()
}
