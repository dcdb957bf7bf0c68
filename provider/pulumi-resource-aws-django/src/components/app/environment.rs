//! What an app tells its containers in plain text.

use std::collections::BTreeMap;

use aws_django_release::names::BASE_VARIABLE;
use pulumi_component::{Output, interpolate};

use crate::blocks::cache;
use crate::components::base::BaseOutputs;

/// What the variables tell.
pub(super) struct Facts<'a> {
    pub(super) app: &'a str,
    pub(super) base: &'a BaseOutputs,
    pub(super) region: &'a Output<String>,
    pub(super) host: &'a Output<String>,
    /// Where the app's own cache answers, if it has one.
    pub(super) cache_host: Option<&'a Output<String>>,
    /// Name of the app's database, and of the role that owns it.
    pub(super) database: &'a Output<String>,
    /// The app's own bucket.
    pub(super) bucket: &'a Output<String>,
}

/// Variables of every container of the backend.
pub(super) fn backend(facts: &Facts<'_>) -> BTreeMap<String, Output<String>> {
    let Facts { app, base, region, host, cache_host, database, bucket } = *facts;
    let site = interpolate!("https://{host}");
    let mut variables = named([
        ("ALLOWED_HOSTS", host.clone()),
        ("APP_NAME", Output::known(app)),
        ("AWS_S3_REGION_NAME", region.clone()),
        ("AWS_STORAGE_BUCKET_NAME", bucket.clone()),
        (BASE_VARIABLE, base.name.clone()),
        ("CSRF_TRUSTED_ORIGINS", site.clone()),
        ("DEBUG", Output::known("0")),
        ("DOMAIN_NAME", base.domain_name.clone()),
        ("FRONTEND_URL", site.clone()),
        ("PGSSLMODE", Output::known("require")),
        ("POSTGRES_NAME", database.clone()),
        ("POSTGRES_SERVICE_HOST", base.database_host.clone()),
        ("POSTGRES_SERVICE_PORT", base.database_port.map(|port: u32| port.to_string())),
        ("POSTGRES_USERNAME", database.clone()),
        ("S3_BUCKET_NAME", bucket.clone()),
        ("SITE_URL", site),
    ]);
    if let Some(cache_host) = cache_host {
        let port = Output::known(cache::PORT.to_string());
        variables.extend(named([("REDIS_SERVICE_HOST", cache_host.clone()), ("REDIS_SERVICE_PORT", port)]));
    }
    variables
}

/// Variables of the front end.
pub(super) fn frontend(host: &Output<String>) -> BTreeMap<String, Output<String>> {
    let site = interpolate!("https://{host}");
    named([("API_URL", site.clone()), ("NUXT_PUBLIC_API_BASE", site)])
}

fn named<const N: usize>(variables: [(&str, Output<String>); N]) -> BTreeMap<String, Output<String>> {
    variables.map(|(name, value)| (name.to_owned(), value)).into()
}
