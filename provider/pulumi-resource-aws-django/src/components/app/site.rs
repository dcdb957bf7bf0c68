//! The names at which an app answers, and what shows that they are its own.

use pulumi_component::{Context, Handle, Output};

use super::foundation::Foundation;
use crate::aws::lb;
use crate::blocks::{certificate, record, redirect};
use crate::components::base::given;

/// The place of the rule that sends other names on, among the app's ten at the listener: behind all that answers.
pub(super) const REDIRECT_RULE: u32 = 10;

/// Registers the records, and a certificate and a rule where there must be one. What a visitor needs.
pub(super) fn build(cx: &Context, app: &Foundation<'_>) -> Vec<Handle> {
    let (base, site) = (app.spec.base, &app.spec.site);
    let zone_id = site.domain.as_ref().and_then(|domain| domain.zone_id);
    let zone_id = zone_id.map_or_else(|| base.zone_id.clone(), given);
    let redirects = site.redirect_host_names();
    if let Some(certificate_arn) = certificate_of(cx, app, &zone_id) {
        lb::ListenerCertificate::new("site")
            .listener_arn(&base.listener_arn)
            .certificate_arn(certificate_arn)
            .register(cx);
    }
    if !redirects.is_empty() {
        redirect::build(
            cx,
            &redirect::Spec {
                role: "redirect",
                listener_arn: &base.listener_arn,
                from: redirects,
                to: &app.host,
                priority: &app.slot.priority(REDIRECT_RULE),
                tags: &app.tags,
            },
        );
    }
    let record = |role: &str, host: &Output<String>| {
        record::build(
            cx,
            &record::Spec {
                role,
                zone_id: &zone_id,
                host,
                load_balancer_dns_name: &base.load_balancer_dns_name,
                load_balancer_zone_id: &base.load_balancer_zone_id,
            },
        )
    };
    let site_record = record("site", &app.host);
    let redirects =
        redirects.iter().map(|name| record(&format!("redirect-{}", word(name)), &Output::known(name.as_str())));
    [site_record].into_iter().chain(redirects).collect()
}

/// The certificate for the app's names, where the base's does not cover them: one that is given, or one that is issued
/// because the names are in another zone.
fn certificate_of(cx: &Context, app: &Foundation<'_>, zone_id: &Output<String>) -> Option<Output<String>> {
    let domain = app.spec.site.domain.as_ref()?;
    if let Some(arn) = domain.certificate_arn {
        return Some(given(arn));
    }
    domain.zone_id?;
    let names: Vec<_> = domain.redirect_host_names.iter().map(|name| Output::known(name.as_str())).collect();
    let redirects = domain.redirect_host_names.iter().zip(&names);
    let redirects = redirects.map(|(name, output)| (format!("redirect-{}-validation", word(name)), output.clone()));
    let proofs = [("site-validation".to_owned(), app.host.clone())].into_iter().chain(redirects).collect();
    let spec = certificate::Spec {
        role: "site",
        domain_name: &app.host,
        alternative_names: names,
        proofs,
        zone_id,
        tags: &app.tags,
    };
    Some(certificate::build(cx, &spec))
}

/// A host name as a part of a resource's name.
fn word(host: &str) -> String {
    host.replace('.', "-")
}
