//! A certificate for a domain and everything one label below it, issued by ACM once a record in the domain's zone
//! shows that it is ours.

use pulumi_component::{Context, Error, Options, Output, interpolate};

use crate::aws::{acm, route53};
use crate::names::Tags;

/// What to build.
pub(crate) struct Spec<'a> {
    pub(crate) domain_name: &'a Output<String>,
    /// Public hosted zone in which names of the domain are found.
    pub(crate) zone_id: &'a Output<String>,
    pub(crate) tags: &'a Tags,
}

/// What it is for.
const ROLE: &str = "domain";

/// The ARN of the certificate, once it has been issued.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Output<String> {
    let certificate = acm::Certificate::new(ROLE)
        .domain_name(spec.domain_name)
        .subject_alternative_names([interpolate!("*.{domain}", domain = spec.domain_name)])
        .validation_method("DNS")
        .tags(spec.tags.of(ROLE))
        .register(cx);

    // A domain and the wildcard below it are shown to be ours by the same record.
    let proof =
        certificate.domain_validation_options.try_map(|options: Vec<acm::CertificateDomainValidationOption>| {
            let option = options.into_iter().next();
            option.ok_or_else(|| Error::failed("ACM did not say which record it wants to see"))
        });
    let record = route53::Record::new("domain-validation")
        .zone_id(spec.zone_id)
        .name(proof.map(|proof: acm::CertificateDomainValidationOption| proof.resource_record_name))
        .r#type(proof.map(|proof: acm::CertificateDomainValidationOption| proof.resource_record_type))
        .records([proof.map(|proof: acm::CertificateDomainValidationOption| proof.resource_record_value)])
        .ttl(300)
        // Every certificate of a domain in an account is validated, and renewed, by the same record: another
        // base may have made it, and may need it when this one is gone.
        .allow_overwrite(true)
        .register_with(cx, Options::default().retain_on_delete(true));

    acm::CertificateValidation::new(ROLE)
        .certificate_arn(&certificate.arn)
        .validation_record_fqdns([record.fqdn])
        .register(cx)
        .certificate_arn
}
