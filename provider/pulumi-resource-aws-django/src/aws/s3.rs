//! Storage of files.

use std::collections::BTreeMap;

use pulumi_component::{objects, resources};

resources! {
    super::VERSION;

    /// A bucket.
    "aws:s3/bucket:Bucket" Bucket {
        force_destroy: bool,
        tags: BTreeMap<String, String>,
    } => BucketState {
        arn: String,
        bucket: String,
    }

    /// What happens to a bucket's objects by themselves.
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration" BucketLifecycleConfiguration {
        bucket: String,
        rules: Vec<BucketLifecycleConfigurationRule>,
    } => BucketLifecycleConfigurationState {}

    /// Where a bucket notes who has read and written in it.
    "aws:s3/bucketLogging:BucketLogging" BucketLogging {
        bucket: String,
        target_bucket: String,
        target_prefix: String,
    } => BucketLoggingState {}

    /// Who owns the objects in a bucket.
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls" BucketOwnershipControls {
        bucket: String,
        rule: BucketOwnershipControlsRule,
    } => BucketOwnershipControlsState {}

    /// The policy of a bucket.
    "aws:s3/bucketPolicy:BucketPolicy" BucketPolicy {
        bucket: String,
        policy: String,
    } => BucketPolicyState {}

    /// Keeps a bucket from being opened to the public.
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock" BucketPublicAccessBlock {
        block_public_acls: bool,
        block_public_policy: bool,
        bucket: String,
        ignore_public_acls: bool,
        restrict_public_buckets: bool,
    } => BucketPublicAccessBlockState {}

    /// How a bucket encrypts.
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    BucketServerSideEncryptionConfiguration {
        bucket: String,
        rules: Vec<BucketServerSideEncryptionConfigurationRule>,
    } => BucketServerSideEncryptionConfigurationState {}

    /// Whether a bucket keeps what is overwritten or deleted.
    "aws:s3/bucketVersioning:BucketVersioning" BucketVersioning {
        bucket: String,
        versioning_configuration: BucketVersioningVersioningConfiguration,
    } => BucketVersioningState {}
}

objects! {
    BucketLifecycleConfigurationRule {
        abort_incomplete_multipart_upload: BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
        expiration: BucketLifecycleConfigurationRuleExpiration,
        filter: BucketLifecycleConfigurationRuleFilter,
        id: String,
        noncurrent_version_expiration: BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
        status: String,
    }
    BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload { days_after_initiation: u32 }
    BucketLifecycleConfigurationRuleExpiration { days: u32 }
    BucketLifecycleConfigurationRuleFilter { prefix: String }
    BucketLifecycleConfigurationRuleNoncurrentVersionExpiration { noncurrent_days: u32 }
    BucketOwnershipControlsRule { object_ownership: String }
    BucketServerSideEncryptionConfigurationRule {
        apply_server_side_encryption_by_default:
            BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefault,
        bucket_key_enabled: bool,
    }
    BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefault {
        kms_master_key_id: String,
        sse_algorithm: String,
    }
    BucketVersioningVersioningConfiguration { status: String }
}
