//! What tasks need beside ECS, as somebody looks at it before a release. Nothing of it moves, and no value of a secret is
//! answered.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::Result;
use crate::images::EcrImage;

/// ECR, Systems Manager, Secrets Manager, CloudWatch Logs, EC2 and IAM, and what of ECS no release asks for.
#[async_trait]
pub trait Needs: Send + Sync {
    /// `ecs:DescribeClusters`: the status of a cluster, such as `ACTIVE`; `None` if there is none.
    async fn cluster_status(&self, cluster: &str) -> Result<Option<String>>;
    /// `ecr:BatchGetImage`: `None` if there is no such image; an error of the kind `NotFound` if there is no such
    /// repository.
    async fn image_manifest(&self, image: &EcrImage) -> Result<Option<Manifest>>;
    /// `ecr:GetDownloadUrlForLayer` of an image's configuration, and what that says of its platform.
    async fn image_platform(&self, image: &EcrImage, config: &str) -> Result<Option<String>>;
    /// `ssm:GetParameters` in a region, without decryption: those of the names or ARNs that there are not.
    async fn missing_parameters(&self, region: &str, names: &[String]) -> Result<BTreeSet<String>>;
    /// `secretsmanager:DescribeSecret`; an error of the kind `NotFound` if there is none.
    async fn describe_secret(&self, arn: &str) -> Result<Secret>;
    /// `secretsmanager:GetSecretValue`: the keys of a secret's JSON, and nothing else of it; `None` if it is no object.
    /// An empty stage and an empty version are those that AWS takes where none is said.
    async fn secret_keys(&self, arn: &str, stage: &str, version: &str) -> Result<Option<BTreeSet<String>>>;
    /// `logs:DescribeLogGroups`: whether there is one of that name.
    async fn has_log_group(&self, name: &str) -> Result<bool>;
    /// `ec2:DescribeSubnets`: those that there are.
    async fn find_subnets(&self, ids: &[String]) -> Result<BTreeSet<String>>;
    /// `ec2:DescribeSecurityGroups`: those that there are.
    async fn find_security_groups(&self, ids: &[String]) -> Result<BTreeSet<String>>;
    /// `iam:SimulatePrincipalPolicy`: on which resources the policies of a role refuse an action; an error of the kind
    /// `NotFound` if there is no such role.
    async fn refused_to_role(&self, role: &str, action: &str, resources: &[String]) -> Result<BTreeSet<String>>;
}

/// What ECR keeps of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// For which platforms there is an image, such as `linux/amd64`, if it is a list of several.
    pub platforms: BTreeSet<String>,
    /// Digest of the configuration, if it is one image.
    pub config: Option<String>,
}

/// What Secrets Manager tells of a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secret {
    /// Whether somebody has deleted it: AWS keeps it for some days, and nobody can read it.
    pub is_deleted: bool,
    /// The stages of its versions.
    pub stages: BTreeSet<String>,
    /// The ids of its versions.
    pub versions: BTreeSet<String>,
}
