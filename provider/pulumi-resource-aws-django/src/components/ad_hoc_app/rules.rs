//! Rules that need more than one argument of an `AdHocApp`, and those about names of variables and paths.

use std::collections::BTreeMap;

use pulumi_component::{Input, Known as _, Problem, Step, problem};

use super::args::AdHocAppArgs;
use crate::arns::{Source, check_policy};
use crate::blocks::secrets::{DATABASE_URL, POSTGRES_PASSWORD, SECRET_KEY};
use crate::blocks::web::PATTERNS_PER_RULE;

/// How many rules web can have: one of an app's ten is the front end's.
const WEB_RULES: usize = 9;

/// Variables by which AWS's SDKs and the ECS agent take credentials.
const CREDENTIALS: [&str; 5] =
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN", "ECS_ENGINE_AUTH_DATA"];

/// All that is wrong with arguments which are each right.
pub(super) fn check(args: &AdHocAppArgs) -> Vec<Problem> {
    let mut problems = names(args);
    problems.extend(variables(args));
    problems.extend(secrets(&args.secrets));
    problems.extend(host(args));
    let policies = args.task_policy_arns.iter().flatten().enumerate();
    problems.extend(policies.filter_map(|(index, arn)| {
        let reason = check_policy(&arn.known()?).err()?;
        Some(problem(["taskPolicyArns".into(), index.into()], reason))
    }));
    problems
}

/// Checks the paths that web answers.
///
/// # Errors
/// Says which form a pattern has, or how many there can be.
pub(super) fn check_patterns(patterns: &[String]) -> Result<(), String> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "_-.$/~\"'@:+&*?".contains(c);
    let limit = WEB_RULES * PATTERNS_PER_RULE;
    if patterns.is_empty() {
        return Err("is empty, so that nothing would reach Django: leave it out, or give at least one path".to_owned());
    }
    if patterns.len() > limit {
        return Err(format!(
            "has {} patterns, but {limit} is what the app's rules at the load balancer hold: join some with `*`",
            patterns.len()
        ));
    }
    match patterns.iter().find(|pattern| pattern.is_empty() || pattern.len() > 128 || !pattern.chars().all(is_letter)) {
        None => Ok(()),
        Some(pattern) => Err(format!(
            "has the pattern `{pattern}`, but the load balancer takes 1 to 128 letters, digits, wildcards `*` and `?`, \
             and of other characters only `_-.$/~\"'@:+&`"
        )),
    }
}

/// Every process of the app needs a name of its own.
fn names(args: &AdHocAppArgs) -> Vec<Problem> {
    let mut taken: BTreeMap<&str, String> = BTreeMap::new();
    let mut problems = Vec::new();
    let web = [(vec!["web".into(), "name".into()], args.web.name.as_str())];
    let frontend = args.frontend.iter().map(|it| (vec!["frontend".into(), "name".into()], it.name.as_str()));
    let beat = args.beat.iter().map(|_| (vec!["beat".into()], super::BEAT));
    let workers = args.workers.iter().flatten().enumerate();
    let workers = workers.map(|(index, it)| (vec!["workers".into(), index.into(), "name".into()], it.name.as_str()));
    for (place, name) in web.into_iter().chain(frontend).chain(beat).chain(workers) {
        let written = written(&place);
        if let Some(other) = taken.get(name) {
            problems
                .push(problem(place, format!("is also the name at `{other}`: give each process a name of its own")));
        } else {
            taken.insert(name, written);
        }
    }
    problems
}

/// What stands in plain text in the task definitions.
fn variables(args: &AdHocAppArgs) -> Vec<Problem> {
    let workers = args.workers.iter().flatten().enumerate();
    let workers = workers.map(|(index, worker)| (vec![Step::from("workers"), index.into()], &worker.environment));
    let all = [(Vec::new(), &args.environment)].into_iter().chain(workers);
    let mut problems = Vec::new();
    for (place, environment) in all {
        for name in environment.keys() {
            let place = place.iter().cloned().chain(["environment".into(), name.as_str().into()]);
            problems.extend(match (check_variable(name), check_plain(name, &args.secrets)) {
                (Err(reason), _) => Some(problem(place, reason)),
                // What stands there is a secret, although the program does not call it one.
                (_, Err(reason)) => Some(problem(place, reason).hidden()),
                _ => None,
            });
        }
    }
    problems
}

fn secrets(secrets: &BTreeMap<String, Input<String>>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, value_from) in secrets {
        let form = value_from.known().map_or(Ok(()), |value_from| Source::parse(&value_from).map(drop));
        let refused = check_variable(name).and(form);
        problems.extend(refused.err().map(|reason| problem(["secrets".into(), name.as_str().into()], reason)));
    }
    for (given, missing) in [(POSTGRES_PASSWORD, DATABASE_URL), (DATABASE_URL, POSTGRES_PASSWORD)] {
        if secrets.contains_key(given) && !secrets.contains_key(missing) {
            let reason = format!(
                "is given without `{missing}`, so that the two would not fit together: give both, or leave both to \
                 the app"
            );
            problems.push(problem(["secrets".into(), given.into()], reason));
        }
    }
    problems
}

/// The certificate of the base covers the domain and one label below it.
fn host(args: &AdHocAppArgs) -> Option<Problem> {
    let host = args.host_name.as_ref()?.known()?;
    let domain = args.base.domain_name.known()?;
    let label = host.strip_suffix(&domain).and_then(|label| label.strip_suffix('.'));
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(is_letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host == domain || label.is_some_and(is_label) {
        return None;
    }
    let reason = "must be the base's `domainName` or one label below it, in lower case: its certificate covers no \
                  other name";
    Some(problem(["hostName".into()], reason))
}

fn check_variable(name: &str) -> Result<(), String> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.chars().all(is_letter) && name.starts_with(|c: char| !c.is_ascii_digit()) {
        return Ok(());
    }
    Err("is no name that a variable can have: use letters, digits and underscores, and no digit first".to_owned())
}

/// Whether a variable may stand in plain text.
fn check_plain(name: &str, secrets: &BTreeMap<String, Input<String>>) -> Result<(), String> {
    if CREDENTIALS.contains(&name) {
        return Err("is a credential, which everyone who may read the task definition would see: give the task its \
                    rights by `taskPolicyArns`"
            .to_owned());
    }
    if [SECRET_KEY, POSTGRES_PASSWORD, DATABASE_URL].contains(&name) {
        return Err(
            "is a secret, which everyone who may read the task definition would see: give it in `secrets`".to_owned()
        );
    }
    if secrets.contains_key(name) {
        return Err(format!("is also in `secrets[\"{name}\"]`: give it in one of the two"));
    }
    Ok(())
}

/// A place as the user writes it.
fn written(place: &[Step]) -> String {
    place.iter().fold(String::new(), |written, step| match step {
        Step::Index(index) => format!("{written}[{index}]"),
        Step::Key(key) if written.is_empty() => key.clone(),
        Step::Key(key) => format!("{written}.{key}"),
    })
}
