//! The roles of an app: those with which ECS starts its tasks, and the one of the code in them.

use pulumi_component::{Context, Error, Handle, Output, all, list_of};
use serde_json::{Value as Json, json};

use crate::arns::Place;
use crate::aws::{iam, index};
use crate::policy;
use crate::resources::access::AssumeRole;

pub(crate) mod execution;
pub(crate) mod service;
pub(crate) mod task;

/// A role, and what it may do.
pub(crate) struct Role {
    pub(crate) arn: Output<String>,
    pub(crate) name: Output<String>,
    /// The policies, which a task needs as much as the role.
    pub(crate) policies: Vec<Handle>,
}

/// The region, account and partition of the provider that the component was given, and with whose rights it works.
pub(crate) struct Surroundings {
    pub(crate) region: Output<String>,
    pub(crate) account_id: Output<String>,
    pub(crate) partition: Output<String>,
    /// What the names of AWS's services end with.
    pub(crate) dns_suffix: Output<String>,
    /// Profile that the provider uses.
    pub(crate) profile: Output<Option<String>>,
    /// Roles that it takes on.
    pub(crate) assume_roles: Output<Option<Vec<AssumeRole>>>,
}

impl Surroundings {
    /// Asks the provider.
    pub(crate) fn ask(cx: &Context) -> Self {
        let partition = index::GetPartition::new().invoke(cx);
        Self {
            region: index::GetRegion::new().invoke(cx).region,
            account_id: index::GetCallerIdentity::new().invoke(cx).account_id,
            partition: partition.partition,
            dns_suffix: partition.dns_suffix,
            profile: index::profile(cx),
            assume_roles: index::assume_roles(cx),
        }
    }

    /// What `change` makes of texts together with the place, once both are known.
    fn with(
        &self,
        texts: Vec<Output<String>>,
        change: impl FnOnce(&Place, &[String]) -> Result<Vec<String>, Error> + Send + 'static,
    ) -> Output<Vec<String>> {
        all((&self.partition, &self.region, &self.account_id, list_of(texts)))
            .try_map(|(partition, region, account_id, texts)| change(&Place { partition, region, account_id }, &texts))
    }

    /// The names under which KMS knows services of this region, as a condition.
    fn via(&self, services: &[&str]) -> Vec<Output<String>> {
        let (region, suffix) = (&self.region, &self.dns_suffix);
        services.iter().map(|service| pulumi_component::interpolate!("{service}.{region}.{suffix}")).collect()
    }
}

/// A role that tasks of this account take on.
fn for_tasks(
    cx: &Context,
    role: &str,
    about: &str,
    surroundings: &Surroundings,
    tags: &crate::names::Tags,
) -> iam::RoleState {
    let trust = policy::allow("Tasks", ["sts:AssumeRole"])
        .Principal(policy::service("ecs-tasks.amazonaws.com"))
        .Condition(policy::condition("StringEquals", "aws:SourceAccount", [&surroundings.account_id]));
    iam::Role::new(role)
        .assume_role_policy(policy::document(vec![trust]))
        .description(about)
        .tags(tags.of(role))
        .register(cx)
}

/// The text of a policy, without the statements whose list of resources turned out to be empty: IAM refuses those,
/// and what is not named needs no right.
fn document(statements: Vec<policy::Statement>) -> Output<String> {
    policy::document(statements).try_map(|text: String| {
        let unreadable = |error| Error::Bug(format!("a policy that we wrote cannot be read: {error}"));
        let mut document: Json = serde_json::from_str(&text).map_err(unreadable)?;
        if let Some(statements) = document.get_mut("Statement").and_then(Json::as_array_mut) {
            statements.retain(|statement| statement.get("Resource") != Some(&json!([])));
        }
        Ok(document.to_string())
    })
}

/// The key that a base encrypts with, as a list that is empty where it is one of AWS's own.
fn keys(kms_key_arn: &Output<Option<String>>) -> Output<Vec<String>> {
    kms_key_arn.map(|key: Option<String>| key.into_iter().collect::<Vec<_>>())
}
