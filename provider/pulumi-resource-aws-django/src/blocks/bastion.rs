//! A small host without a public address, reached through Systems Manager, for tunnels to what is private.

use pulumi_component::{Context, Handle, Options, Output, interpolate};

use super::roles::Surroundings;
use crate::aws::{ec2, iam, ssm};
use crate::names::{self, Tags};
use crate::policy;

/// What to build.
pub(crate) struct Spec<'a> {
    pub(crate) surroundings: &'a Surroundings,
    /// Private subnets; it stands in the first.
    pub(crate) subnet_ids: &'a [Output<String>],
    pub(crate) security_group_id: &'a Output<String>,
    /// The ways from the subnets to Systems Manager.
    pub(crate) outbound: Vec<Handle>,
    pub(crate) tags: &'a Tags,
}

/// What it is for.
const ROLE: &str = names::BASTION;

/// Where AWS publishes the id of the newest image of Amazon Linux 2023 for Graviton.
const IMAGE: &str = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";

/// The id of the host.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Output<String> {
    let trust = policy::allow("Ec2", ["sts:AssumeRole"]).Principal(policy::service("ec2.amazonaws.com"));
    let role =
        iam::Role::new(ROLE).assume_role_policy(policy::document(vec![trust])).tags(spec.tags.of(ROLE)).register(cx);
    let rights = iam::RolePolicy::new(ROLE).role(&role.id).policy(session_manager(spec)).register(cx);
    let profile = iam::InstanceProfile::new(ROLE).role(&role.name).tags(spec.tags.of(ROLE)).register(cx);

    let image = ssm::GetParameter::new().name(IMAGE).invoke(cx);
    ec2::Instance::new(ROLE)
        .ami(image.insecure_value)
        .instance_type("t4g.nano")
        .subnet_id(spec.subnet_ids.first())
        .associate_public_ip_address(false)
        .vpc_security_group_ids([spec.security_group_id])
        .iam_instance_profile(&profile.name)
        .metadata_options(
            ec2::InstanceMetadataOptions::new()
                .http_endpoint("enabled")
                .http_tokens("required")
                .http_put_response_hop_limit(1),
        )
        .root_block_device(
            ec2::InstanceRootBlockDevice::new().encrypted(true).volume_type("gp3").tags(spec.tags.of(ROLE)),
        )
        .tags(spec.tags.of(ROLE))
        .register_with(
            cx,
            Options::default()
                // The agent registers the host when it starts, and waits long after a failure.
                .depends_on(spec.outbound.iter().cloned().chain([rights.handle]))
                // AWS publishes images all the time; a running host stays as it is.
                .ignore_changes(&["ami"]),
        )
        .id
}

/// Just what Session Manager needs.
fn session_manager(spec: &Spec<'_>) -> Output<String> {
    let Surroundings { partition, region, account_id, .. } = spec.surroundings;
    let hosts = interpolate!("arn:{partition}:ec2:{region}:{account_id}:instance/*");
    let channels = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ];
    policy::document(vec![
        policy::allow("Register", ["ssm:UpdateInstanceInformation"]).Resource([hosts]),
        // AWS has no narrower resource for these.
        policy::allow("Sessions", channels).Resource(["*"]),
    ])
}
