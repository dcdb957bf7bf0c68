//! What the small ECS has around it: an image is there, and so is everything else, unless a test says that it is gone.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{Simulation, missing};
use crate::cloud::{Manifest, Needs, Parameter, Parameters, PutParameter, Result, Secret, Tags};
use crate::images::{EcrImage, Reference};

#[async_trait]
impl Needs for Simulation {
    async fn cluster_status(&self, cluster: &str) -> Result<Option<String>> {
        self.call("ecs:DescribeClusters", |state| {
            let status = state.cluster.clone().unwrap_or_else(|| "ACTIVE".to_owned());
            Ok((!state.gone.contains(cluster)).then_some(status))
        })
        .await
    }

    async fn image_manifest(&self, image: &EcrImage) -> Result<Option<Manifest>> {
        let (Reference::Digest(reference) | Reference::Tag(reference)) = &image.reference;
        self.call("ecr:BatchGetImage", |state| {
            if state.gone.contains(&image.repository) {
                return Err(missing(&image.repository));
            }
            Ok(state.manifests.get(&format!("{}:{reference}", image.repository)).cloned())
        })
        .await
    }

    async fn image_platform(&self, _: &EcrImage, config: &str) -> Result<Option<String>> {
        self.call("ecr:GetDownloadUrlForLayer", |state| Ok(state.platforms.get(config).cloned())).await
    }

    async fn missing_parameters(&self, _: &str, names: &[String]) -> Result<BTreeSet<String>> {
        self.call("ssm:GetParameters", |state| {
            Ok(names.iter().filter(|name| state.gone.contains(*name)).cloned().collect())
        })
        .await
    }

    async fn describe_secret(&self, arn: &str) -> Result<Secret> {
        self.call("secretsmanager:DescribeSecret", |state| {
            state.vault.get(arn).map(|(secret, _)| secret.clone()).ok_or_else(|| missing(arn))
        })
        .await
    }

    async fn secret_keys(&self, arn: &str, _: &str, _: &str) -> Result<Option<BTreeSet<String>>> {
        self.call("secretsmanager:GetSecretValue", |state| {
            let keys = state.vault.get(arn).map(|(_, keys)| keys.clone()).ok_or_else(|| missing(arn))?;
            Ok((!keys.is_empty()).then_some(keys))
        })
        .await
    }

    async fn has_log_group(&self, name: &str) -> Result<bool> {
        self.call("logs:DescribeLogGroups", |state| Ok(!state.gone.contains(name))).await
    }

    async fn find_subnets(&self, ids: &[String]) -> Result<BTreeSet<String>> {
        self.there("ec2:DescribeSubnets", ids).await
    }

    async fn find_security_groups(&self, ids: &[String]) -> Result<BTreeSet<String>> {
        self.there("ec2:DescribeSecurityGroups", ids).await
    }

    async fn refused_to_role(&self, role: &str, _: &str, resources: &[String]) -> Result<BTreeSet<String>> {
        self.call("iam:SimulatePrincipalPolicy", |state| {
            if state.gone.contains(role) {
                return Err(missing(role));
            }
            Ok(resources.iter().filter(|it| state.refused.contains(*it)).cloned().collect())
        })
        .await
    }
}

impl Simulation {
    async fn there(&self, action: &str, ids: &[String]) -> Result<BTreeSet<String>> {
        self.call(action, |state| Ok(ids.iter().filter(|id| !state.gone.contains(*id)).cloned().collect())).await
    }
}

#[async_trait]
impl Parameters for Simulation {
    async fn describe_parameters(&self, path: &str) -> Result<Vec<Parameter>> {
        let path = format!("{path}/");
        self.call("ssm:DescribeParameters", |state| {
            let all = state.parameters.iter().map(|(it, ..)| it).filter(|it| it.name.starts_with(&path));
            Ok(all.cloned().collect())
        })
        .await
    }

    async fn parameter_tags(&self, name: &str) -> Result<Tags> {
        self.call("ssm:ListTagsForResource", |state| {
            let found = state.parameters.iter().find(|(it, ..)| it.name == name);
            found.map(|(.., tags)| tags.clone()).ok_or_else(|| missing(name))
        })
        .await
    }

    async fn put_parameter(&self, put: &PutParameter) -> Result<i64> {
        self.call("ssm:PutParameter", |state| {
            let at = state.tick();
            let Some((it, value, _)) = state.parameters.iter_mut().find(|(it, ..)| it.name == put.name) else {
                let tier = put.tier.clone().or(Some("Standard".to_owned()));
                let key = put.key.clone().or(Some("alias/aws/ssm".to_owned()));
                let it = Parameter { name: put.name.clone(), is_secure: true, key, tier, version: 1, at };
                state.parameters.push((it, put.value.clone(), put.tags.clone().unwrap_or_default()));
                return Ok(1);
            };
            (it.key, it.version, it.at) = (put.key.clone().or(Some("alias/aws/ssm".to_owned())), it.version + 1, at);
            value.clone_from(&put.value);
            Ok(it.version)
        })
        .await
    }

    async fn delete_parameter(&self, name: &str) -> Result<()> {
        self.call("ssm:DeleteParameter", |state| {
            state.parameters.retain(|(it, ..)| it.name != name);
            Ok(())
        })
        .await
    }
}
