//! What the arguments of a base must be, whichever kind it is of.
#![expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "checks take references to known values")]

use std::collections::BTreeSet;

use ipnet::Ipv4Net;
use pulumi_component::{Problem, problem};

use crate::blocks::endpoints;
use crate::names;

/// How long a certificate's common name may be: RFC 5280's limit, which ACM holds to.
const COMMON_NAME: usize = 64;

/// How many ports there can be beside the other rules of the tasks' group: AWS takes 60 in a group.
const EGRESS_PORTS: usize = 50;

/// The name of a base stands in the names of its public subnets too.
pub(crate) fn name(name: &str) -> Result<(), String> {
    names::check_base(name)?;
    if name.contains("private") {
        let reason = "must not contain `private`: delivery pipelines find the private subnets, and only them, by it";
        return Err(format!("the component's name `{name}` {reason}; choose another name"));
    }
    Ok(())
}

/// Who may reach the load balancer: each problem stands at its item of the list.
pub(crate) fn allowed_cidr_blocks(list: &str, blocks: &[String]) -> Vec<Problem> {
    each(list, blocks, String::clone, |block| parse_block(block, "203.0.113.0/24").map(drop))
}

/// Services that are reached inside the network.
pub(crate) fn interface_endpoints(list: &str, services: &[String]) -> Vec<Problem> {
    each(list, services, |name| endpoints::role(name), |name| service(name))
}

/// Where tasks may call the internet.
pub(crate) fn egress_ports(list: &str, ports: &[u32]) -> Vec<Problem> {
    let mut problems = each(list, ports, u32::to_string, |port| match port {
        1..=65_535 => Ok(()),
        _ => Err("must be a port from 1 to 65535".to_owned()),
    });
    if !ports.contains(&443) {
        let reason = "lacks 443, by which tasks pull their images, read their secrets and write their logs: add it";
        problems.push(problem([list.into()], reason));
    }
    if ports.len() > EGRESS_PORTS {
        let reason = format!("has more than {EGRESS_PORTS} ports; AWS takes 60 rules in a security group");
        problems.push(problem([list.into()], reason));
    }
    problems
}

/// The problems of a list whose items must be sound, and different by `key`.
fn each<T>(
    list: &str,
    items: &[T],
    key: impl Fn(&T) -> String,
    check: impl Fn(&T) -> Result<(), String>,
) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let check = |(index, item): (usize, &T)| {
        let is_first = seen.insert(key(item));
        let checked = check(item)
            .and_then(|()| if is_first { Ok(()) } else { Err("is there twice; remove one of them".to_owned()) });
        checked.err().map(|reason| problem([list.into(), index.into()], reason))
    };
    items.iter().enumerate().filter_map(check).collect()
}

/// A block of IPv4 addresses, written as AWS writes it.
fn parse_block(block: &str, example: &str) -> Result<Ipv4Net, String> {
    let Ok(parsed) = block.parse::<Ipv4Net>() else {
        let hint = if format!("{block}/32").parse::<Ipv4Net>().is_ok() { "; for one address add `/32`" } else { "" };
        return Err(format!("must be a block of IPv4 addresses, such as `{example}`{hint}"));
    };
    let canonical = parsed.trunc();
    if canonical.to_string() == block {
        Ok(parsed)
    } else {
        Err(format!("must be the first address of a block and its length; write `{canonical}`"))
    }
}

pub(crate) fn cidr_block(block: &str) -> Result<(), String> {
    let block = parse_block(block, "10.0.0.0/16")?;
    if !(16..=22).contains(&block.prefix_len()) {
        let reason = "AWS takes no larger network, and a smaller one has too few addresses for its subnets";
        return Err(format!("must be between /16 and /22: {reason}"));
    }
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
    if private.iter().filter_map(|private| private.parse().ok()).any(|private: Ipv4Net| private.contains(&block)) {
        Ok(())
    } else {
        Err(format!("must be private addresses, within one of `{}`", private.join("`, `")))
    }
}

fn service(service: &str) -> Result<(), String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
    if service == "s3" {
        Err("is always there, without cost, as a gateway endpoint; remove it here".to_owned())
    } else if service.starts_with("com.") || service.is_empty() || !service.chars().all(is_name) {
        Err("must be a service as AWS calls it behind `com.amazonaws.<region>.`, such as `ecr.api`".to_owned())
    } else {
        Ok(())
    }
}

pub(crate) fn domain_name(name: &str) -> Result<(), String> {
    let is_label = |label: &str| {
        let letters = label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        letters && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.contains('.') && name.split('.').all(is_label) {
        return Ok(());
    }
    Err("must be a domain name such as `dev.example.com`, in lower case and without a dot at its end".to_owned())
}

/// A domain for which ACM is to issue a certificate.
pub(crate) fn common_name(place: &str, domain: &str) -> Option<Problem> {
    if domain.len() <= COMMON_NAME {
        return None;
    }
    let reason = format!(
        "has {} characters, but ACM issues certificates for at most {COMMON_NAME}: give a shorter one, or a certificate of \
         your own as `certificateArn`",
        domain.len()
    );
    Some(problem([place.into()], reason))
}

pub(crate) fn certificate_arn(arn: &Option<String>) -> Result<(), String> {
    let is_certificate = |arn: &&String| arn.starts_with("arn:") && arn.contains(":certificate/");
    match present(arn)? {
        arn if is_certificate(&arn) => Ok(()),
        _ => Err("must be the ARN of a certificate in ACM".to_owned()),
    }
}

pub(crate) fn zone_id(id: &Option<String>) -> Result<(), String> {
    present(id).map(drop)
}

pub(crate) fn kms_key_arn(arn: &Option<String>) -> Result<(), String> {
    let is_key = |parts: &[&str]| matches!(parts, ["arn", _, "kms", _, _, key] if key.starts_with("key/"));
    let form =
        "must be the ARN of a key in KMS, not of an alias, such as `arn:aws:kms:eu-west-1:111122223333:key/1234abcd-…`";
    of_form(arn, is_key, form)
}

pub(crate) fn web_acl_arn(arn: &Option<String>) -> Result<(), String> {
    let is_regional =
        |parts: &[&str]| matches!(parts, ["arn", _, "wafv2", _, _, acl] if acl.starts_with("regional/webacl/"));
    let form = "must be the ARN of a regional web ACL of WAF, such as \
                `arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/live/1234abcd-…`";
    of_form(arn, is_regional, form)
}

pub(crate) fn topic_arn(arn: &Option<String>) -> Result<(), String> {
    let is_topic = |parts: &[&str]| matches!(parts, ["arn", _, "sns", _, _, topic] if !topic.is_empty());
    of_form(arn, is_topic, "must be the ARN of a topic in SNS, such as `arn:aws:sns:eu-west-1:111122223333:alarms`")
}

/// Checks an ARN by its parts.
fn of_form(arn: &Option<String>, is_sound: impl Fn(&[&str]) -> bool, form: &str) -> Result<(), String> {
    let parts: Vec<_> = present(arn)?.split(':').collect();
    if is_sound(&parts) { Ok(()) } else { Err(form.to_owned()) }
}

/// What decides the shape of the graph cannot turn out to be missing after the preview.
fn present(value: &Option<String>) -> Result<&String, String> {
    let reason =
        "is null, but whether it is given decides what is created: give a value, or leave it out in the program";
    value.as_ref().ok_or_else(|| reason.to_owned())
}

pub(crate) fn instance_class(class: &str) -> Result<(), String> {
    let is_class = class.starts_with("db.") && class.split('.').count() == 3;
    if is_class { Ok(()) } else { Err("must be a class of RDS, such as `db.t4g.micro`".to_owned()) }
}

pub(crate) fn engine_version(version: &str) -> Result<(), String> {
    let is_major = version.len() == 2 && version.parse().is_ok_and(|version: u32| version >= 15);
    if is_major {
        return Ok(());
    }
    // Below 15 the parameter `rds.force_ssl` takes effect only after a restart.
    Err("must be a major version of PostgreSQL from `15` on, such as `17`; RDS chooses the minor version".to_owned())
}

pub(crate) fn availability_zone_count(count: &u32) -> Result<(), String> {
    if (2..=4).contains(count) { Ok(()) } else { Err("must be 2, 3 or 4".to_owned()) }
}

pub(crate) fn storage_gib(size: &u32) -> Result<(), String> {
    if (20..=65_536).contains(size) {
        return Ok(());
    }
    Err("must be from 20 to 65536, the sizes of gp3 storage that RDS takes for PostgreSQL".to_owned())
}

/// Up to how much the storage may grow by itself.
pub(crate) fn max_storage_gib(place: &str, size: u32, limit: u32) -> Option<Problem> {
    // From RDS's guide on storage autoscaling: a tenth more than there is, at least.
    let least = size.saturating_add(size.div_ceil(10));
    if storage_gib(&size).is_err() || limit == size || limit >= least {
        return None;
    }
    let reason = format!(
        "must be `{size}`, the `storageGib`, if the storage shall not grow by itself, or at least `{least}`, a tenth more"
    );
    Some(problem([place.into()], reason))
}

/// The zone at a position in the order of names.
pub(crate) fn zone_at(names: Vec<String>, position: usize) -> Result<String, String> {
    let sorted: BTreeSet<_> = names.into_iter().collect();
    let count = sorted.len();
    let found = sorted.into_iter().nth(position);
    found.ok_or_else(|| format!("must be at most {count}: the region has no more zones without opt-in"))
}
