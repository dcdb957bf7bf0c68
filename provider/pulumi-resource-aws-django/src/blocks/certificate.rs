//! A certificate for some names, issued by ACM once records in their zone show that they are ours.

use pulumi_component::{Context, Error, Options, Output};

use crate::aws::{acm, route53};
use crate::names::Tags;

/// What to build.
pub(crate) struct Spec<'a> {
    /// Its role in the component.
    pub(crate) role: &'a str,
    pub(crate) domain_name: &'a Output<String>,
    /// Further names that it is for.
    pub(crate) alternative_names: Vec<Output<String>>,
    /// The names for which there are records, by the roles of these: a domain and the wildcard below it are shown to be
    /// ours by the same one.
    pub(crate) proofs: Vec<(String, Output<String>)>,
    /// Public hosted zone in which the names are found.
    pub(crate) zone_id: &'a Output<String>,
    pub(crate) tags: &'a Tags,
}

/// The ARN of the certificate, once it has been issued.
pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Output<String> {
    let certificate = acm::Certificate::new(spec.role)
        .domain_name(spec.domain_name)
        .subject_alternative_names((!spec.alternative_names.is_empty()).then(|| spec.alternative_names.clone()))
        .validation_method("DNS")
        .tags(spec.tags.of(spec.role))
        .register(cx);
    let records: Vec<_> = spec.proofs.iter().map(|(role, name)| record(cx, spec, role, name, &certificate)).collect();
    acm::CertificateValidation::new(spec.role)
        .certificate_arn(&certificate.arn)
        .validation_record_fqdns(records)
        .register(cx)
        .certificate_arn
}

/// The record that shows a name to be ours.
fn record(
    cx: &Context,
    spec: &Spec<'_>,
    role: &str,
    name: &Output<String>,
    certificate: &acm::CertificateState,
) -> Output<String> {
    type Wanted = acm::CertificateDomainValidationOption;
    let wanted = pulumi_component::all((&certificate.domain_validation_options, name)).try_map(
        |(options, name): (Vec<Wanted>, String)| {
            let option = options.into_iter().find(|option| option.domain_name == name);
            option.ok_or_else(|| Error::failed(format!("ACM did not say which record it wants to see for `{name}`")))
        },
    );
    let record = route53::Record::new(role)
        .zone_id(spec.zone_id)
        .name(wanted.map(|wanted: Wanted| wanted.resource_record_name))
        .r#type(wanted.map(|wanted: Wanted| wanted.resource_record_type))
        .records([wanted.map(|wanted: Wanted| wanted.resource_record_value)])
        .ttl(300)
        // Every certificate of a domain in an account is validated, and renewed, by the same record: another base may
        // have made it, and may need it when this one is gone.
        .allow_overwrite(true)
        .register_with(cx, Options::default().retain_on_delete(true));
    record.fqdn
}
