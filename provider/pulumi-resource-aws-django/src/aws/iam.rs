//! Identity and Access Management.

use std::collections::BTreeMap;

use pulumi_component::{objects, resources};

resources! {
    super::VERSION;

    /// The role that an EC2 instance takes on.
    "aws:iam/instanceProfile:InstanceProfile" InstanceProfile {
        role: String,
        tags: BTreeMap<String, String>,
    } => InstanceProfileState {
        name: String,
    }

    /// A set of rights that a service takes on.
    "aws:iam/role:Role" Role {
        assume_role_policy: String,
        description: String,
        tags: BTreeMap<String, String>,
    } => RoleState {
        arn: String,
        name: String,
    }

    /// Rights that belong to one role.
    "aws:iam/rolePolicy:RolePolicy" RolePolicy {
        policy: String,
        role: String,
    } => RolePolicyState {}

    /// Rights that are defined elsewhere, given to a role.
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment" RolePolicyAttachment {
        policy_arn: String,
        role: String,
    } => RolePolicyAttachmentState {}
}

objects! {}
