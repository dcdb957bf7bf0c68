//! What the provider says of itself, and of where it works.

use pulumi_component::{functions, objects};

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
