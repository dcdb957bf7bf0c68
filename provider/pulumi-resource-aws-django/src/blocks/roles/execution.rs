//! The role with which ECS starts tasks: it pulls their images, opens their logs and reads their secrets.

use std::collections::BTreeSet;

use pulumi_component::{Context, Output, interpolate};

use super::{Role, Surroundings};
use crate::arns::{Source, repository};
use crate::aws::iam;
use crate::names::Tags;
use crate::policy::{self, Statement};

/// What the tasks need that it starts, and nothing else.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    /// What it is for, in the console.
    pub(crate) about: &'a str,
    pub(crate) surroundings: &'a Surroundings,
    /// Images of the containers.
    pub(crate) images: Vec<Output<String>>,
    pub(crate) log_group_arns: Vec<Output<String>>,
    /// The `valueFrom` of every secret in the containers.
    pub(crate) secrets: Vec<Output<String>>,
    /// Key that the secrets are encrypted with, if it is not one of AWS's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    pub(crate) tags: &'a Tags,
}

/// Registers the role and its policy.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Role {
    let role = super::for_tasks(cx, spec.role, spec.about, spec.surroundings, spec.tags);
    let policy = iam::RolePolicy::new(spec.role)
        .role(&role.name)
        .policy(super::document(statements(spec)))
        .register(cx);
    Role { arn: role.arn, name: role.name, policies: vec![policy.handle] }
}

fn statements(spec: &Spec<'_>) -> Vec<Statement> {
    let streams = spec.log_group_arns.iter().map(|arn| interpolate!("{arn}:*"));
    let repositories = repositories(spec);
    // The token opens no repository by itself, and AWS knows no narrower resource for it.
    let token = repositories.map(|arns: Vec<String>| arns.first().map(|_| "*".to_owned()).into_iter().collect::<Vec<_>>());
    let sources = |is_wanted: fn(&Source) -> bool| {
        spec.surroundings.with(spec.secrets.clone(), move |place, secrets| {
            let sources = secrets.iter().filter_map(|value_from| Source::parse(value_from).ok());
            let arns: BTreeSet<_> = sources.filter(is_wanted).map(|source| source.arn(place)).collect();
            arns.into_iter().collect()
        })
    };
    let is_secret = |source: &Source| matches!(source, Source::Secret(_));
    let is_parameter = |source: &Source| !matches!(source, Source::Secret(_));
    let via = spec.surroundings.via(&["secretsmanager", "ssm"]);

    vec![
        policy::allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"]).Resource(streams.collect::<Vec<_>>()),
        policy::allow("RegistryToken", ["ecr:GetAuthorizationToken"]).Resource(token),
        policy::allow(
            "Images",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        )
        .Resource(repositories),
        policy::allow("Parameters", ["ssm:GetParameters"]).Resource(sources(is_parameter)),
        policy::allow("Secrets", ["secretsmanager:GetSecretValue"]).Resource(sources(is_secret)),
        policy::allow("Key", ["kms:Decrypt"])
            .Resource(super::keys(spec.kms_key_arn))
            .Condition(policy::condition("StringEquals", "kms:ViaService", via)),
    ]
}

/// ARNs of the repositories, of the images that come from ECR.
fn repositories(spec: &Spec<'_>) -> Output<Vec<String>> {
    spec.surroundings.with(spec.images.clone(), |place, images| {
        let arns: BTreeSet<_> = images.iter().filter_map(|image| repository(image, &place.partition)).collect();
        arns.into_iter().collect()
    })
}
