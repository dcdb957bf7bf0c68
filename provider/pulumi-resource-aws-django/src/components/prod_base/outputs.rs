//! What a production base says of itself to the apps on it.

use pulumi_component::{Args, Input, Outputs};

use crate::components::base::BaseOutputs;

/// What an app needs to know of the production base that it runs on.
///
/// It is the output `outputs` of a `ProdBase`. An app takes the base itself, this object as another stack exports it, or
/// one that is written by hand for a network that exists already.
#[derive(Args, Outputs)]
pub struct ProdBaseOutputs {
    /// What a base of any kind says.
    #[args(flatten)]
    #[outputs(flatten)]
    pub common: BaseOutputs,
    /// Security group of the apps' caches, which the tasks may reach.
    pub cache_security_group_id: Input<String>,
    /// Subnets without a way to the internet, in which the apps' caches stand.
    pub isolated_subnet_ids: Input<Vec<String>>,
    /// Bucket to which the apps' own buckets write who has read and written in them.
    pub log_bucket_name: Input<String>,
}
