//! AWS itself, behind the traits of [`cloud`](crate::cloud): which credentials, and each call in our own terms.
//!
//! Nothing is set up before the first call. Profiles, SSO, OIDC, `credential_process` and `AWS_ENDPOINT_URL` work as in
//! all tools of AWS; throttling and broken connections are dealt with by the SDK's own retries.

#[cfg(feature = "operate")]
mod call;
mod definitions;
mod ecs;
mod error;
mod listeners;
#[cfg(feature = "operate")]
mod needs;
mod others;
#[cfg(feature = "operate")]
mod parameters;
#[cfg(feature = "operate")]
mod tunnel;

use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::sync::OnceCell;

/// Whose rights, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The region.
    pub region: String,
    /// A profile of AWS's configuration files; without one the default chain decides.
    pub profile: Option<String>,
    /// Roles to assume with those credentials, each with those of the one before.
    pub assume_roles: Vec<AssumeRole>,
}

/// A role to assume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssumeRole {
    /// Its ARN.
    pub arn: String,
    /// What its trust policy may ask for.
    pub external_id: Option<String>,
    /// How the session is called in `CloudTrail`; `aws-django` if not given.
    pub session_name: Option<String>,
}

/// AWS, with one set of credentials in one region.
pub struct Aws {
    access: Access,
    clients: OnceCell<Clients>,
}

struct Clients {
    ecs: aws_sdk_ecs::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    targets: aws_sdk_elasticloadbalancingv2::Client,
    sts: aws_sdk_sts::Client,
    /// For parts of the SDK that few callers need.
    config: aws_config::SdkConfig,
}

impl Clients {
    /// The address of a service of this region, as a session's own program wants to know it.
    fn endpoint(&self, service: &str) -> String {
        self.endpoint_in(service, self.config.region().map(Region::as_ref).unwrap_or_default())
    }

    /// The address of a service of some region. IAM has one for all of them.
    fn endpoint_in(&self, service: &str, region: &str) -> String {
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let given = self.config.endpoint_url().map(str::to_owned);
        let host = if service == "iam" { service.to_owned() } else { format!("{service}.{region}") };
        given.unwrap_or_else(|| format!("https://{host}.{suffix}"))
    }
}

/// The region that the environment names, or else a profile of AWS's configuration files, the default one if none is
/// named. Nobody is asked over a network.
pub async fn default_region(profile: Option<&str>) -> Option<String> {
    let files = ProfileFileRegionProvider::builder();
    let files = profile.into_iter().fold(files, aws_config::profile::region::Builder::profile_name).build();
    let chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(files);
    chain.region().await.map(|region| region.to_string())
}

/// How often the SDK makes a call before it gives up; between them it waits up to 20 seconds, longer each time.
const ATTEMPTS: u32 = 5;
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(5);

impl Aws {
    /// Makes no call, and reads nothing yet.
    pub fn new(access: Access) -> Self {
        Self { access, clients: OnceCell::new() }
    }

    async fn clients(&self) -> &Clients {
        self.clients.get_or_init(|| set_up(&self.access)).await
    }
}

async fn set_up(access: &Access) -> Clients {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(access.region.clone()))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build());
    if let Some(profile) = &access.profile {
        // A profile that was named is meant, whatever credentials are in the environment; the default chain would take
        // those, and without such a profile go on to look for other ones.
        let place = ProviderConfig::without_region().with_region(Some(Region::new(access.region.clone())));
        let credentials = ProfileFileCredentialsProvider::builder().configure(&place).profile_name(profile).build();
        loader = loader.profile_name(profile).credentials_provider(credentials);
    }
    let mut config = loader.load().await;
    for role in &access.assume_roles {
        let session = role.session_name.as_deref().unwrap_or("aws-django");
        let mut provider = AssumeRoleProvider::builder(&role.arn).session_name(session).configure(&config);
        if let Some(id) = &role.external_id {
            provider = provider.external_id(id);
        }
        let credentials = SharedCredentialsProvider::new(provider.build().await);
        config = config.into_builder().credentials_provider(credentials).build();
    }
    Clients {
        ecs: aws_sdk_ecs::Client::new(&config),
        logs: aws_sdk_cloudwatchlogs::Client::new(&config),
        targets: aws_sdk_elasticloadbalancingv2::Client::new(&config),
        sts: aws_sdk_sts::Client::new(&config),
        config,
    }
}

/// A count of AWS's: never negative.
fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}
