//! The role with which ECS starts tasks: it pulls their images, opens their logs and reads their secrets.

use std::collections::BTreeSet;

use pulumi_component::{Context, Error, Output, all, interpolate, list_of};

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
    /// Parameters that the containers' secrets are read from.
    pub(crate) parameter_arns: Vec<Output<String>>,
    /// As `valueFrom` has them, the places that the containers' other secrets are read from.
    pub(crate) sources: Vec<Output<String>>,
    /// Key that the secrets are encrypted with, if it is not one of AWS's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    pub(crate) tags: &'a Tags,
}

/// Registers the role and its policy.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Role {
    let role = super::for_tasks(cx, spec.role, spec.about, spec.surroundings, spec.tags);
    let policy =
        iam::RolePolicy::new(spec.role).role(&role.name).policy(super::document(statements(spec))).register(cx);
    Role { arn: role.arn, name: role.name, policies: vec![policy.handle] }
}

fn statements(spec: &Spec<'_>) -> Vec<Statement> {
    let streams = spec.log_group_arns.iter().map(|arn| interpolate!("{arn}:*"));
    let repositories = repositories(spec);
    // The token opens no repository by itself, and AWS knows no narrower resource for it.
    let token =
        repositories.map(|arns: Vec<String>| arns.first().map(|_| "*".to_owned()).into_iter().collect::<Vec<_>>());
    let via = spec.surroundings.via(&["secretsmanager", "ssm"]);

    vec![
        policy::allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"]).Resource(streams.collect::<Vec<_>>()),
        policy::allow("RegistryToken", ["ecr:GetAuthorizationToken"]).Resource(token),
        policy::allow("Images", ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])
            .Resource(repositories),
        policy::allow("Parameters", ["ssm:GetParameters"]).Resource(parameters(spec)),
        policy::allow("Secrets", ["secretsmanager:GetSecretValue"]).Resource(secrets(spec)),
        policy::allow("Key", ["kms:Decrypt"]).Resource(super::keys(spec.kms_key_arn)).Condition(policy::condition(
            "StringEquals",
            "kms:ViaService",
            via,
        )),
    ]
}

/// ARNs of the parameters: ours, and those that the user keeps.
fn parameters(spec: &Spec<'_>) -> Output<Vec<String>> {
    let given = sources(spec, |source| !matches!(source, Source::Secret(_)));
    all([list_of(&spec.parameter_arns), given]).map(|lists: [Vec<String>; 2]| lists.concat())
}

/// ARNs of the secrets that the user keeps in Secrets Manager.
fn secrets(spec: &Spec<'_>) -> Output<Vec<String>> {
    sources(spec, |source| matches!(source, Source::Secret(_)))
}

fn sources(spec: &Spec<'_>, is_wanted: fn(&Source) -> bool) -> Output<Vec<String>> {
    spec.surroundings.with(spec.sources.clone(), move |place, sources| {
        let mut arns = BTreeSet::new();
        for source in sources {
            // Whoever gave it was told, if it has none of the forms.
            let source = Source::parse(source).map_err(|reason| Error::Bug(format!("a secret {reason}")))?;
            if is_wanted(&source) {
                arns.insert(source.arn(place));
            }
        }
        Ok(arns.into_iter().collect())
    })
}

/// ARNs of the repositories, of the images that come from ECR.
fn repositories(spec: &Spec<'_>) -> Output<Vec<String>> {
    spec.surroundings.with(spec.images.clone(), |place, images| {
        let arns: BTreeSet<_> = images.iter().filter_map(|image| repository(image, &place.partition)).collect();
        Ok(arns.into_iter().collect())
    })
}
