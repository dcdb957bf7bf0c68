//! A bucket that nobody outside the account can open, and that is reached over TLS only.

use std::collections::BTreeMap;

use pulumi_component::{Context, Options, Output, interpolate};

use crate::aws::s3;
use crate::names::Tags;
use crate::policy;

/// What to build.
pub(crate) struct Spec<'a> {
    /// Whether it may be deleted while there are objects in it.
    pub(crate) force_destroy: bool,
    /// Key to encrypt with, if it is not S3's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    pub(crate) tags: &'a Tags,
}

/// What others need of it.
pub(crate) struct Bucket {
    pub(crate) name: Output<String>,
    pub(crate) arn: Output<String>,
}

/// What it is for.
const ROLE: &str = "storage";

pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Bucket {
    let bucket = s3::Bucket::new(ROLE).force_destroy(spec.force_destroy).tags(spec.tags.of(ROLE)).register(cx);

    let block = s3::BucketPublicAccessBlock::new(ROLE)
        .bucket(&bucket.bucket)
        .block_public_acls(true)
        .block_public_policy(true)
        .ignore_public_acls(true)
        .restrict_public_buckets(true)
        .register(cx);
    let owner = s3::BucketOwnershipControlsRule::new().object_ownership("BucketOwnerEnforced");
    let controls = s3::BucketOwnershipControls::new(ROLE)
        .bucket(&bucket.bucket)
        .rule(owner)
        // S3 refuses two changes of a bucket's access at the same time, here and below.
        .register_with(cx, Options::default().depends_on([block.handle]));
    s3::BucketPolicy::new(ROLE)
        .bucket(&bucket.bucket)
        .policy(tls_only(&bucket.arn))
        .register_with(cx, Options::default().depends_on([controls.handle]));

    s3::BucketServerSideEncryptionConfiguration::new(ROLE)
        .bucket(&bucket.bucket)
        .rules([encryption(spec.kms_key_arn)])
        .register(cx);

    let after_a_week =
        s3::BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload::new().days_after_initiation(7);
    let uploads = s3::BucketLifecycleConfigurationRule::new()
        .id("abort-incomplete-uploads")
        .status("Enabled")
        .filter(s3::BucketLifecycleConfigurationRuleFilter::new().prefix(""))
        .abort_incomplete_multipart_upload(after_a_week);
    s3::BucketLifecycleConfiguration::new(ROLE).bucket(&bucket.bucket).rules([uploads]).register(cx);

    Bucket { name: bucket.bucket, arn: bucket.arn }
}

/// With a key of one's own, S3 asks KMS once for many objects: each question costs.
fn encryption(key: &Output<Option<String>>) -> s3::BucketServerSideEncryptionConfigurationRule {
    let algorithm = key.map(|key: Option<String>| if key.is_some() { "aws:kms" } else { "AES256" }.to_owned());
    let by_default = s3::BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefault::new()
        .kms_master_key_id(key)
        .sse_algorithm(algorithm);
    s3::BucketServerSideEncryptionConfigurationRule::new()
        .apply_server_side_encryption_by_default(by_default)
        .bucket_key_enabled(key.map(|key: Option<String>| key.map(|_| true)))
}

/// Refuses every request without TLS, whoever makes it.
fn tls_only(arn: &Output<String>) -> Output<String> {
    let anyone = BTreeMap::from([("AWS".to_owned(), ["*"])]);
    let statement = policy::deny("TlsOnly", ["s3:*"])
        .Principal(anyone)
        .Resource([interpolate!("{arn}"), interpolate!("{arn}/*")])
        .Condition(policy::condition("Bool", "aws:SecureTransport", ["false"]));
    policy::document(vec![statement])
}
