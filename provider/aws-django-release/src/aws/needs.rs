//! What tasks need beside ECS.

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::call::{EC2, ECR, IAM, SECRETS_MANAGER, element};
use super::{Aws, error};
use crate::cloud::{Manifest, Needs, Result, Secret};
use crate::images::{EcrImage, Reference};

/// What manifests ECR may answer: of one image, and lists of several, of Docker and of OCI.
const MANIFESTS: [&str; 4] = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
];

/// How many parameters are asked for at once: the limit of Systems Manager.
const PARAMETERS: usize = 10;
/// Where IAM is, whatever the region.
const IAM_REGION: &str = "us-east-1";

#[async_trait]
impl Needs for Aws {
    async fn cluster_status(&self, cluster: &str) -> Result<Option<String>> {
        let answer = self.clients().await.ecs.describe_clusters().clusters(cluster).send().await;
        let answer = answer.map_err(|it| error::of("ecs:DescribeClusters", cluster, &it))?;
        Ok(answer.clusters.unwrap_or_default().into_iter().next().and_then(|it| it.status))
    }

    async fn image_manifest(&self, image: &EcrImage) -> Result<Option<Manifest>> {
        let id = match &image.reference {
            Reference::Digest(digest) => json!({ "imageDigest": digest }),
            Reference::Tag(tag) => json!({ "imageTag": tag }),
        };
        let input = json!({
            "registryId": image.account,
            "repositoryName": image.repository,
            "imageIds": [id],
            "acceptedMediaTypes": MANIFESTS,
        });
        let answer = self.json((&ECR, &image.region), "BatchGetImage", &image.repository, &input).await?;
        let Some(text) = answer["images"][0]["imageManifest"].as_str() else { return Ok(None) };
        let manifest: Value = serde_json::from_str(text).unwrap_or_default();
        let all = manifest["manifests"].as_array().into_iter().flatten();
        let platforms = all.filter_map(|it| platform(&it["platform"])).collect();
        Ok(Some(Manifest { platforms, config: manifest["config"]["digest"].as_str().map(str::to_owned) }))
    }

    async fn image_platform(&self, image: &EcrImage, config: &str) -> Result<Option<String>> {
        let input = json!({ "registryId": image.account, "repositoryName": image.repository, "layerDigest": config });
        let answer = self.json((&ECR, &image.region), "GetDownloadUrlForLayer", &image.repository, &input).await?;
        let Some(address) = answer["downloadUrl"].as_str() else { return Ok(None) };
        let text = self.download("ecr:GetDownloadUrlForLayer", &image.repository, address).await?;
        Ok(platform(&serde_json::from_slice(&text).unwrap_or_default()))
    }

    async fn missing_parameters(&self, region: &str, names: &[String]) -> Result<BTreeSet<String>> {
        let mut missing = BTreeSet::new();
        let ssm = self.ssm_in(region).await;
        for some in names.chunks(PARAMETERS) {
            let call = ssm.get_parameters().set_names(Some(some.to_vec())).with_decryption(false);
            let answer = call.send().await.map_err(|it| error::of("ssm:GetParameters", &some.join(", "), &it))?;
            missing.extend(answer.invalid_parameters.unwrap_or_default());
        }
        Ok(missing)
    }

    async fn describe_secret(&self, arn: &str) -> Result<Secret> {
        let input = json!({ "SecretId": arn });
        let answer = self.json((&SECRETS_MANAGER, self.region_of(arn)), "DescribeSecret", arn, &input).await?;
        let versions = answer["VersionIdsToStages"].as_object().into_iter().flatten();
        let stages = versions.clone().flat_map(|(_, stages)| stages.as_array().into_iter().flatten());
        Ok(Secret {
            is_deleted: !answer["DeletedDate"].is_null(),
            stages: stages.filter_map(|stage| stage.as_str().map(str::to_owned)).collect(),
            versions: versions.map(|(id, _)| id.clone()).collect(),
        })
    }

    async fn secret_keys(&self, arn: &str, stage: &str, version: &str) -> Result<Option<BTreeSet<String>>> {
        let mut input = json!({ "SecretId": arn });
        for (name, value) in [("VersionStage", stage), ("VersionId", version)] {
            if !value.is_empty() {
                input[name] = value.into();
            }
        }
        let answer = self.json((&SECRETS_MANAGER, self.region_of(arn)), "GetSecretValue", arn, &input).await?;
        let value: Value =
            serde_json::from_str(answer["SecretString"].as_str().unwrap_or_default()).unwrap_or_default();
        Ok(value.as_object().map(|object| object.keys().cloned().collect()))
    }

    async fn has_log_group(&self, name: &str) -> Result<bool> {
        // They come in the order of their names: a name comes before all others that begin with it.
        let call = self.clients().await.logs.describe_log_groups().log_group_name_prefix(name).limit(1);
        let answer = call.send().await.map_err(|it| error::of("logs:DescribeLogGroups", name, &it))?;
        Ok(answer.log_groups.unwrap_or_default().iter().any(|it| it.log_group_name.as_deref() == Some(name)))
    }

    async fn find_subnets(&self, ids: &[String]) -> Result<BTreeSet<String>> {
        self.find("DescribeSubnets", "subnet-id", "subnetId", ids).await
    }

    async fn find_security_groups(&self, ids: &[String]) -> Result<BTreeSet<String>> {
        self.find("DescribeSecurityGroups", "group-id", "groupId", ids).await
    }

    async fn refused_to_role(&self, role: &str, action: &str, resources: &[String]) -> Result<BTreeSet<String>> {
        let mut refused = BTreeSet::new();
        // One after the other: of several resources IAM answers in pages.
        for resource in resources {
            let parameters = [
                ("PolicySourceArn".to_owned(), role),
                ("ActionNames.member.1".to_owned(), action),
                ("ResourceArns.member.1".to_owned(), resource),
            ];
            let answer = self.query((&IAM, IAM_REGION), "SimulatePrincipalPolicy", role, &parameters).await?;
            // What depends on a condition is not known here.
            let depends = element(&answer, "MissingContextValues").any(|it| !it.is_empty());
            if !depends && element(&answer, "EvalDecision").any(|it| it != "allowed") {
                refused.insert(resource.clone());
            }
        }
        Ok(refused)
    }
}

impl Aws {
    /// Those of these ids that there are; as a filter an id that there is not is no error.
    async fn find(&self, operation: &str, filter: &str, id: &str, ids: &[String]) -> Result<BTreeSet<String>> {
        let values = ids.iter().enumerate().map(|(at, id)| (format!("Filter.1.Value.{}", at + 1), id.as_str()));
        let parameters: Vec<_> = std::iter::once(("Filter.1.Name".to_owned(), filter)).chain(values).collect();
        let region = self.access.region.as_str();
        let answer = self.query((&EC2, region), operation, &ids.join(", "), &parameters).await?;
        Ok(element(&answer, id).filter(|it| ids.contains(it)).collect())
    }

    /// The region that an ARN names, or else that of all calls.
    fn region_of<'a>(&'a self, arn: &'a str) -> &'a str {
        let named = arn.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2));
        named.filter(|region| !region.is_empty()).unwrap_or(&self.access.region)
    }
}

/// `linux/amd64`, as lists and configurations name it; what is no image, such as an attestation, has none.
fn platform(it: &Value) -> Option<String> {
    let (os, processor) = (it["os"].as_str()?, it["architecture"].as_str()?);
    (os != "unknown").then(|| format!("{os}/{processor}"))
}
