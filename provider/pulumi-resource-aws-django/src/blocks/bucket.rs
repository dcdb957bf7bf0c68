//! A bucket that nobody outside the account can open, and that is reached over TLS only.

use std::collections::BTreeMap;

use pulumi_component::{Context, Handle, Options, Output, interpolate};

use crate::aws::s3;
use crate::names::Tags;
use crate::policy::{self, Statement};

/// What to build.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    /// Services of AWS that may write into it.
    pub(crate) writers: Vec<Writer<'a>>,
    /// For how long objects are kept, if not for ever.
    pub(crate) expiration_days: Option<&'a Output<u32>>,
    /// For how long it keeps what is overwritten or deleted, if it does.
    pub(crate) history_days: Option<u32>,
    /// Where it notes who has read and written in it, if it does.
    pub(crate) access_logs: Option<AccessLogs<'a>>,
    /// Whether it may be deleted while there are objects in it.
    pub(crate) force_destroy: bool,
    /// Whether the engine refuses to delete it, if not as the component's own options say.
    pub(crate) protect: Option<bool>,
    /// Whether it outlives the component with all that is said of it, if not as the component's own options say.
    pub(crate) retain_on_delete: Option<bool>,
    /// Key to encrypt with, if it is not S3's own.
    pub(crate) kms_key_arn: &'a Output<Option<String>>,
    pub(crate) tags: &'a Tags,
}

/// A service of AWS that may write into a bucket.
pub(crate) struct Writer<'a> {
    /// What it writes: letters and digits.
    pub(crate) sid: &'a str,
    /// The service, by the name of its principal.
    pub(crate) service: &'a str,
    /// Where it writes, as a pattern.
    pub(crate) path: Output<String>,
    /// The account for which it must work, where it says for which it does.
    pub(crate) of_account: Option<&'a Output<String>>,
}

/// Where a bucket notes who has read and written in it.
pub(crate) struct AccessLogs<'a> {
    pub(crate) bucket: &'a Output<String>,
    /// What the names of its objects begin with.
    pub(crate) prefix: String,
}

/// What others need of it.
pub(crate) struct Bucket {
    pub(crate) name: Output<String>,
    pub(crate) arn: Output<String>,
    /// Its policy, for what writes into it.
    pub(crate) policy: Handle,
}

pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Bucket {
    let role = spec.role;
    // Without its settings a bucket that stays would be another one.
    let options = || Options::default().retain_on_delete(spec.retain_on_delete);
    let bucket = s3::Bucket::new(role)
        .force_destroy(spec.force_destroy)
        .tags(spec.tags.of(role))
        .register_with(cx, options().protect(spec.protect));

    let block = s3::BucketPublicAccessBlock::new(role)
        .bucket(&bucket.bucket)
        .block_public_acls(true)
        .block_public_policy(true)
        .ignore_public_acls(true)
        .restrict_public_buckets(true)
        .register_with(cx, options());
    let owner = s3::BucketOwnershipControlsRule::new().object_ownership("BucketOwnerEnforced");
    let controls = s3::BucketOwnershipControls::new(role)
        .bucket(&bucket.bucket)
        .rule(owner)
        // S3 refuses two changes of a bucket's access at the same time, here and below.
        .register_with(cx, options().depends_on([block.handle]));
    let statements =
        [tls_only(&bucket.arn)].into_iter().chain(spec.writers.iter().map(|writer| writes(writer, &bucket.arn)));
    let policy = s3::BucketPolicy::new(role)
        .bucket(&bucket.bucket)
        .policy(policy::document(statements.collect()))
        .register_with(cx, options().depends_on([controls.handle]))
        .handle;

    s3::BucketServerSideEncryptionConfiguration::new(role)
        .bucket(&bucket.bucket)
        .rules([encryption(spec.kms_key_arn)])
        .register_with(cx, options());
    let history = spec.history_days.map(|_| {
        let enabled = s3::BucketVersioningVersioningConfiguration::new().status("Enabled");
        let versioning = s3::BucketVersioning::new(role).bucket(&bucket.bucket).versioning_configuration(enabled);
        versioning.register_with(cx, options()).handle
    });
    if let Some(AccessLogs { bucket: to, prefix }) = &spec.access_logs {
        let logging = s3::BucketLogging::new(role).bucket(&bucket.bucket).target_bucket(*to).target_prefix(prefix);
        logging.register_with(cx, options());
    }

    s3::BucketLifecycleConfiguration::new(role)
        .bucket(&bucket.bucket)
        .rules(lifecycle(spec))
        // Rules about what is overwritten want a bucket that keeps it.
        .register_with(cx, options().depends_on(history));

    Bucket { name: bucket.bucket, arn: bucket.arn, policy }
}

/// What becomes of objects by themselves.
fn lifecycle(spec: &Spec<'_>) -> Vec<s3::BucketLifecycleConfigurationRule> {
    let rule = |id: &str| {
        let everything = s3::BucketLifecycleConfigurationRuleFilter::new().prefix("");
        s3::BucketLifecycleConfigurationRule::new().id(id).status("Enabled").filter(everything)
    };
    let after_a_week =
        s3::BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload::new().days_after_initiation(7);
    let uploads = rule("abort-incomplete-uploads").abort_incomplete_multipart_upload(after_a_week);
    let expired = spec
        .expiration_days
        .map(|days| rule("expire").expiration(s3::BucketLifecycleConfigurationRuleExpiration::new().days(days)));
    let overwritten = spec.history_days.map(|days| {
        let after = s3::BucketLifecycleConfigurationRuleNoncurrentVersionExpiration::new().noncurrent_days(days);
        rule("expire-history").noncurrent_version_expiration(after)
    });
    [uploads].into_iter().chain(expired).chain(overwritten).collect()
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
fn tls_only(arn: &Output<String>) -> Statement {
    let anyone = BTreeMap::from([("AWS".to_owned(), ["*"])]);
    policy::deny("TlsOnly", ["s3:*"])
        .Principal(anyone)
        .Resource([interpolate!("{arn}"), interpolate!("{arn}/*")])
        .Condition(policy::condition("Bool", "aws:SecureTransport", ["false"]))
}

/// Lets a service write.
fn writes(writer: &Writer<'_>, arn: &Output<String>) -> Statement {
    let condition = writer.of_account.map(|id| policy::condition("StringEquals", "aws:SourceAccount", [id]));
    policy::allow(writer.sid, ["s3:PutObject"])
        .Principal(policy::service(writer.service))
        .Resource([interpolate!("{arn}/{path}", path = writer.path)])
        .Condition(condition)
}
