//! Certificates.

use std::collections::BTreeMap;

use pulumi_component::{answered, resources};

resources! {
    super::VERSION;

    /// A certificate of ACM.
    "aws:acm/certificate:Certificate" Certificate {
        domain_name: String,
        subject_alternative_names: Vec<String>,
        tags: BTreeMap<String, String>,
        validation_method: String,
    } => CertificateState {
        arn: String,
        domain_validation_options: Vec<CertificateDomainValidationOption>,
    }

    /// Nothing in AWS: it waits until ACM has issued the certificate.
    "aws:acm/certificateValidation:CertificateValidation" CertificateValidation {
        certificate_arn: String,
        validation_record_fqdns: Vec<String>,
    } => CertificateValidationState {
        certificate_arn: String,
    }
}

answered! {
    /// The record by which the owner of a domain shows that it is theirs.
    CertificateDomainValidationOption {
        domain_name: String,
        resource_record_name: String,
        resource_record_type: String,
        resource_record_value: String,
    }
}
