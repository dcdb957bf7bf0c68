//! Names that AWS keeps: which letters they take, how long they may be, and how they come from a component's name. Those
//! by which the release engine finds things are its own.

use std::collections::BTreeMap;

pub(crate) use aws_django_release::names::{
    BASTION, COUNT_TAG, DATABASE, DEPLOYMENT_TAG, ENVIRONMENT_TAG, IMAGE_TAG, PIPELINE, PULUMI, UPDATE, cluster,
    log_group, server, service,
};
use pulumi_component::Output;
use sha2::{Digest as _, Sha256};

/// How long the name of a base, an app or a process may be. With all three in one name the shortest limit of AWS
/// that applies, 32 for a target group, still holds the 8 characters that Pulumi appends.
const LIMIT: usize = 20;

/// Processes of that name would take over names that an app has for itself.
const TAKEN: [&str; 6] = [UPDATE, DATABASE, "lb", "redis", "ui", "web"];

/// Master user of a database server: not `postgres`, the name that is tried first (Security Hub's control RDS.25).
pub(crate) const MASTER: &str = "django_admin";

/// How many tags AWS takes on a resource.
const TAGS: usize = 50;

/// Tags that are set here, on everything or on services.
const OWN_TAGS: [&str; 5] = ["Name", IMAGE_TAG, DEPLOYMENT_TAG, COUNT_TAG, ENVIRONMENT_TAG];

/// Checks the name of a base.
///
/// # Errors
/// Says which letters or which length a name has, or why AWS would refuse it.
pub(crate) fn check_base(name: &str) -> Result<(), String> {
    let refused = match name {
        "sg" => Some("since AWS takes no security group whose name begins with `sg-`"),
        "internal" => Some("since AWS takes no load balancer whose name begins with `internal-`"),
        _ if name.starts_with("aws") || name.starts_with("ssm") => {
            Some("since AWS keeps parameters whose path begins with `aws` or `ssm` to itself")
        }
        _ => None,
    };
    let checked =
        refused.map_or_else(|| check_form(name), |why| Err(format!("is refused, {why}: choose another name")));
    checked.map_err(|reason| of_component(name, &reason))
}

/// Checks the name of an app.
///
/// # Errors
/// Says which letters or which length a name has.
pub(crate) fn check_app(name: &str) -> Result<(), String> {
    check_form(name).map_err(|reason| of_component(name, &reason))
}

/// Checks the name of a process.
///
/// # Errors
/// Says which letters or which length a name has, or that the app needs it for itself.
pub(crate) fn check_process(name: &str) -> Result<(), String> {
    if TAKEN.contains(&name) {
        return Err(format!("is taken by the app itself, as are `{}`: choose another name", TAKEN.join("`, `")));
    }
    check_form(name)
}

/// Checks the name of a database, which is that of the role that owns it too.
///
/// # Errors
/// Says which letters a name has, or that PostgreSQL or RDS needs it for itself.
pub(crate) fn check_database(name: &str) -> Result<(), String> {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    // PostgreSQL cuts a longer name.
    let is_sound = name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if !name.chars().all(is_letter) || !is_sound {
        let form = "must be at most 63 lower-case letters, digits and underscores, with no digit first";
        return Err(form.to_owned());
    }
    // As a name of a role or of a database, each of these is somebody else's.
    let is_taken = ["postgres", "rdsadmin", "template0", "template1", "public", "none", MASTER].contains(&name);
    if is_taken || name.starts_with("pg_") || name.starts_with("rds_") {
        return Err("is taken by PostgreSQL, by RDS or by the server's master user: choose another name".to_owned());
    }
    Ok(())
}

/// What a log group is for, in names that no process can have.
pub(crate) const INSIGHTS: &str = "container_insights";
pub(crate) const SESSIONS: &str = "exec_sessions";

/// Name of the log group in which CloudWatch keeps what the containers of an app's cluster have used.
pub(crate) fn insights_log_group(app: &str) -> String {
    format!("/aws/ecs/containerinsights/{}/performance", cluster(app))
}

/// Name of the log group of the traffic that a base's network has refused.
pub(crate) fn traffic_log_group(base: &str) -> String {
    format!("/vpc/{base}/traffic")
}

/// Name of an app's database, and of the role that owns it.
pub(crate) fn database(app: &str) -> String {
    format!("app_{}", app.replace('-', "_"))
}

/// Ends of names for things that have none of their own: each is made from what the thing comes from, so that it
/// stays when others come and go. Things of one origin are numbered.
pub(crate) fn marks(origins: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mark = |origin: String| {
        let mark = format!("{:08x}", hash(&origin, 4));
        let count = seen.entry(mark.clone()).or_default();
        *count += 1;
        if *count == 1 { mark } else { format!("{mark}-{count}") }
    };
    origins.into_iter().map(mark).collect()
}

/// A short text that changes with a longer one, of which it tells nothing that can be guessed.
pub(crate) fn fingerprint(text: &str) -> String {
    format!("{:012x}", hash(text, 6))
}

/// The first bytes of a text's hash, at most 8, as one number.
fn hash(text: &str, bytes: usize) -> u64 {
    Sha256::digest(text).iter().take(bytes).fold(0, |hash, byte| hash * 256 + u64::from(*byte))
}

/// The tags of one component's resources.
#[derive(Clone)]
pub(crate) struct Tags {
    environment: String,
    given: BTreeMap<String, Output<String>>,
}

impl Tags {
    /// `environment` is the component's name; `given` are the tags that the user asks for.
    pub(crate) fn new(environment: &str, given: BTreeMap<String, Output<String>>) -> Self {
        Self { environment: environment.to_owned(), given }
    }

    /// The tags of the resource with that role. What tools find resources by wins over what was given.
    pub(crate) fn of(&self, role: &str) -> BTreeMap<String, Output<String>> {
        self.named(&format!("{}-{role}", self.environment))
    }

    /// The tags of a resource that has a name of its own.
    pub(crate) fn named(&self, name: &str) -> BTreeMap<String, Output<String>> {
        let mut tags = self.given.clone();
        tags.insert("Name".to_owned(), Output::known(name));
        tags.insert(ENVIRONMENT_TAG.to_owned(), Output::known(self.environment.as_str()));
        tags
    }
}

/// Checks the tags that a user gives.
///
/// # Errors
/// Says which key AWS refuses.
pub(crate) fn check_tags<V>(tags: &BTreeMap<String, V>) -> Result<(), String> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for key in tags.keys() {
        let small = key.to_ascii_lowercase();
        if let Some(own) = OWN_TAGS.iter().find(|own| own.eq_ignore_ascii_case(key)) {
            let reason = "is set here, and IAM takes no two keys that differ by case alone: remove it, or rename it";
            return Err(format!("has the key `{key}`, but `{own}` {reason}"));
        }
        let is_of_aws = small.starts_with("aws:");
        if let Some(other) = seen.insert(small, key) {
            return Err(format!(
                "has the keys `{other}` and `{key}`, but IAM takes no two that differ by case alone: remove one"
            ));
        }
        if is_of_aws {
            return Err(format!("has the key `{key}`, but AWS keeps keys that begin with `aws:` to itself: rename it"));
        }
        if key.is_empty() || key.chars().count() > 128 {
            return Err("has a key that is empty or longer than the 128 characters that AWS takes".to_owned());
        }
    }
    let limit = TAGS - OWN_TAGS.len();
    if tags.len() > limit {
        return Err(format!("has more than {limit} tags; AWS takes {TAGS}, and {} are set here", OWN_TAGS.len()));
    }
    Ok(())
}

fn check_form(name: &str) -> Result<(), String> {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_sound = name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-') && !name.contains("--");
    if !name.chars().all(is_letter) || !is_sound {
        return Err(
            "must consist of lower-case letters, digits and single hyphens, with a letter first and no hyphen \
                    last"
                .to_owned(),
        );
    }
    match name.len() {
        0..=LIMIT => Ok(()),
        length => Err(format!("has {length} characters, but at most {LIMIT} fit into the names that AWS takes")),
    }
}

/// A component's name is no argument, so that its problem stands beside those of the arguments without a path.
fn of_component(name: &str, reason: &str) -> String {
    format!("the component's name `{name}` {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(checked: Result<(), impl ToString>) -> String {
        checked.map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn a_name_has_lower_case_letters_digits_and_single_hyphens() {
        let cases = [
            ("a", "fine"),
            ("alpha-2", "fine"),
            ("twenty-letters-long1", "fine"),
            ("twenty-one-characters", "`the component's name"),
            ("", "must consist"),
            ("Alpha", "must consist"),
            ("2nd", "must consist"),
            ("a--b", "must consist"),
            ("a-", "must consist"),
            ("a_b", "must consist"),
            ("é", "must consist"),
        ];
        for (name, expected) in cases {
            let reason = reason(check_app(name));
            match expected {
                "fine" => assert_eq!(reason, "fine", "{name}"),
                _ if name.len() > LIMIT => assert_eq!(
                    reason,
                    format!(
                        "the component's name `{name}` has 21 characters, but at most 20 fit into the names that AWS takes"
                    )
                ),
                _ => assert!(reason.contains("must consist of lower-case letters"), "{name}: {reason}"),
            }
        }
    }

    #[test]
    fn a_base_has_no_name_that_aws_keeps_to_itself() {
        for name in ["aws", "awsome", "ssm-1", "sg", "internal"] {
            assert!(reason(check_base(name)).contains("is refused, since AWS"), "{name}");
        }
        for name in ["sg-1", "internal-tools", "dev"] {
            assert_eq!(reason(check_base(name)), "fine");
        }
    }

    #[test]
    fn a_process_has_no_name_that_the_app_needs() {
        for name in TAKEN {
            assert!(reason(check_process(name)).starts_with("is taken by the app itself"), "{name}");
        }
        assert_eq!(reason(check_process("worker")), "fine");
    }

    #[test]
    fn a_database_has_underscores_for_hyphens() {
        assert_eq!(database("feature-1-x"), "app_feature_1_x");
    }
}
