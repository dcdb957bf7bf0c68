//! What the provider says of itself, and of where it works.

use pulumi_component::{Context, Error, Output, functions, objects};
use serde_json::Value as Json;

use crate::resources::access::AssumeRole;

functions! {
    super::VERSION;

    /// The zones of the region.
    "aws:index/getAvailabilityZones:getAvailabilityZones" GetAvailabilityZones {
        filters: Vec<GetAvailabilityZonesFilter>,
        state: String,
    } => AvailabilityZones {
        names: Vec<String>,
    }

    /// The account.
    "aws:index/getCallerIdentity:getCallerIdentity" GetCallerIdentity {} => CallerIdentity {
        account_id: String,
    }

    /// The partition: `aws`, `aws-cn`, `aws-us-gov` and so on.
    "aws:index/getPartition:getPartition" GetPartition {} => Partition {
        dns_suffix: String,
        partition: String,
    }

    /// The region.
    "aws:index/getRegion:getRegion" GetRegion {} => Region {
        region: String,
    }
}

objects! {
    GetAvailabilityZonesFilter { name: String, values: Vec<String> }
}

/// The profile that the provider uses, if it is told one.
pub(crate) fn profile(cx: &Context) -> Output<Option<String>> {
    cx.provider_setting("aws", "profile")
}

/// The roles that the provider takes on, one after the other, if it is told any.
pub(crate) fn assume_roles(cx: &Context) -> Output<Option<Vec<AssumeRole>>> {
    cx.provider_setting("aws", "assumeRoles").try_map(|roles: Option<String>| match roles {
        None => Ok(None),
        Some(text) => assumed(&text).map(Some).ok_or_else(|| {
            Error::failed(
                "the AWS provider's `assumeRoles` cannot be read: say whose rights releases use by \
                 `aws-django:assumeRole` or `aws-django:profile`",
            )
        }),
    })
}

fn assumed(text: &str) -> Option<Vec<AssumeRole>> {
    let roles: Json = serde_json::from_str(text).ok()?;
    let role = |role: &Json| {
        let said = |key: &str| role[key].as_str().map(str::to_owned);
        Some(AssumeRole {
            role_arn: said("roleArn")?,
            external_id: said("externalId"),
            session_name: said("sessionName"),
        })
    };
    roles.as_array()?.iter().map(role).collect()
}
