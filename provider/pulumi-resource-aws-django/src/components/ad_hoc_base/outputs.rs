//! What an ad hoc base says of itself to the apps on it.

use pulumi_component::{Args, Input, Outputs};

use crate::components::base::BaseOutputs;

/// What an app needs to know of the base that it runs on.
///
/// It is the output `outputs` of an `AdHocBase`. An app takes the base itself, this object as another stack exports it,
/// or one that is written by hand for a network that exists already.
#[derive(Args, Outputs)]
pub struct AdHocBaseOutputs {
    /// What a base of any kind says.
    #[args(flatten)]
    #[outputs(flatten)]
    pub common: BaseOutputs,
    /// Cloud Map namespace in which the apps' caches are found.
    pub namespace_id: Input<String>,
    /// Name of the Cloud Map namespace, which is the end of the caches' host names.
    pub namespace_name: Input<String>,
}
