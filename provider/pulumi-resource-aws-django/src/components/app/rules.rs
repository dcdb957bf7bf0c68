//! Rules that need more than one argument of an app, and those about paths.

use std::collections::BTreeMap;

use pulumi_component::{Known, Problem, Step, problem};

use super::{Cache, Domain, Place, Spec, Variables, variables};
use crate::arns::check_policy;
use crate::blocks::secrets::{CELERY_BROKER_URL, REDIS_PASSWORD};
use crate::blocks::web::{WILDCARDS_PER_RULE, by_rule, wildcards};
use crate::components::base::rules as base_rules;

/// How many of an app's ten rules at the listener are Django's: the first ones.
const WEB_RULES: usize = 8;

/// All that is wrong with arguments which are each right.
pub(super) fn check(app: &Spec<'_>) -> Vec<Problem> {
    let mut problems = names(app);
    problems.extend(variables::check(app));
    problems.extend(site(app));
    problems.extend(cache_password(app));
    problems.extend(schedule(app));
    problems.extend(broker(app));
    let policies = app.common.task_policy_arns.iter().flatten().enumerate();
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
    if patterns.is_empty() {
        return Err("is empty, so that nothing would reach Django: leave it out, or give at least one path".to_owned());
    }
    if let Some(pattern) = patterns.iter().find(|pattern| wildcards(pattern) > WILDCARDS_PER_RULE) {
        return Err(format!(
            "has the pattern `{pattern}` with more than {WILDCARDS_PER_RULE} wildcards, which is what AWS takes in a rule"
        ));
    }
    let rules = by_rule(patterns).len();
    if rules > WEB_RULES {
        return Err(format!(
            "has {} patterns, which need {rules} rules at the load balancer, but Django has {WEB_RULES}, each for three \
             patterns with five wildcards: join some with `*`",
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
fn names(app: &Spec<'_>) -> Vec<Problem> {
    let mut taken: BTreeMap<&str, String> = BTreeMap::new();
    let mut problems = Vec::new();
    let mut processes: Vec<_> = app.processes.iter().collect();
    // A worker gives way: the name of beat is fixed.
    processes.sort_by_key(|process| matches!(process.place, Place::Worker(_)));
    for process in processes {
        let mut place = process.place.steps();
        if process.place != Place::Beat {
            place.push("name".into());
        }
        let written = written(&place);
        if let Some(other) = taken.get(process.name) {
            problems
                .push(problem(place, format!("is also the name at `{other}`: give each process a name of its own")));
        } else {
            taken.insert(process.name, written);
        }
    }
    problems
}

/// Beat keeps its times in a file beside which it starts, unless it is told otherwise, and a hardened container can
/// write below `/tmp` alone. A program of one's own is taken as it is: what it starts cannot be seen.
fn schedule(app: &Spec<'_>) -> Option<Problem> {
    let beat = app.processes.iter().find(|process| app.common.hardened && process.place == Place::Beat)?;
    let words = beat.command?.known()?;
    let words: Vec<_> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    let is_celery = |word: &&str| word.rsplit('/').next() == Some("celery");
    let file = option(&words, "-s", "--schedule");
    let scheduler = option(&words, "-S", "--scheduler");
    let is_beat = words.iter().any(is_celery) && words.contains(&"beat");
    let is_kept = file.is_some_and(|file| file.starts_with("/tmp/"))
        || scheduler.is_some_and(|scheduler| !scheduler.ends_with("PersistentScheduler"));
    if !is_beat || is_kept {
        return None;
    }
    let reason = "would write its schedule to a file system that is read-only: append `--schedule=/tmp/celerybeat`, or name \
                  a scheduler that keeps its times elsewhere, such as `--scheduler=django_celery_beat.schedulers:\
                  DatabaseScheduler`, or set `hardened` to false";
    Some(problem(["beat".into(), "command".into()], reason))
}

/// The value of an option of a command, in each of the ways in which Celery takes it.
fn option<'a>(words: &[&'a str], short: &str, long: &str) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == short || *word == long {
            return words.next().copied();
        }
        let joined = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
        if let Some(value) = joined.or_else(|| word.strip_prefix(short)) {
            return Some(value);
        }
    }
    None
}

/// Without a cache of the app's own, something else must hold the queue.
fn broker(app: &Spec<'_>) -> Vec<Problem> {
    let has_broker = |variables: &Variables| variables.contains_key(CELERY_BROKER_URL);
    if app.cache.is_some() || has_broker(&app.common.environment) || has_broker(&app.common.secrets) {
        return Vec::new();
    }
    let celery = app.processes.iter().filter(|process| matches!(process.place, Place::Worker(_) | Place::Beat));
    let lost = celery.filter(|process| !has_broker(process.environment));
    let reason = format!(
        "has no queue, since `cache` is false: give `{CELERY_BROKER_URL}` in `environment` or `secrets`, or leave `cache` out"
    );
    lost.map(|process| problem(process.place.steps(), reason.clone())).collect()
}

/// A cache of servers is made with its password, so that nobody else can keep it.
fn cache_password(app: &Spec<'_>) -> Option<Problem> {
    let is_given = matches!(app.cache, Some(Cache::Servers(_))) && app.common.secrets.contains_key(REDIS_PASSWORD);
    let reason = "is the password with which the app makes its own cache: leave it out";
    is_given.then(|| problem(["secrets".into(), REDIS_PASSWORD.into()], reason))
}

/// How many names can be sent on: AWS takes three values in the condition of a rule.
const REDIRECTS: usize = 3;

/// The names at which the app answers, and those that are sent on.
fn site(app: &Spec<'_>) -> Vec<Problem> {
    let place = |end: &[Step]| {
        let object = app.site.domain.as_ref().map(|_| Step::from("domain"));
        object.into_iter().chain(end.iter().cloned()).collect::<Vec<_>>()
    };
    let domain = app.base.domain_name.known();
    let host = app.site.host_name.and_then(Known::known);
    let uncovered = |name: &String| uncovered(app, name, domain.as_ref()?);
    let redirects = app.site.redirect_host_names();
    let mut problems = Vec::new();
    let reason = host.as_ref().and_then(uncovered);
    problems.extend(reason.map(|reason| problem(place(&["hostName".into()]), reason)));
    for (index, name) in redirects.iter().enumerate() {
        let again = redirects.iter().take(index).any(|other| other == name);
        let reason = base_rules::domain_name(name)
            .err()
            .or_else(|| uncovered(name))
            .or_else(|| (host.as_ref() == Some(name)).then(|| "is the host name itself: remove it".to_owned()))
            .or_else(|| again.then(|| "is there twice; remove one of them".to_owned()));
        problems.extend(reason.map(|reason| problem(place(&["redirectHostNames".into(), index.into()]), reason)));
    }
    if redirects.len() > REDIRECTS {
        let reason = format!("has {} names, but the load balancer takes {REDIRECTS} in a rule", redirects.len());
        problems.push(problem(place(&["redirectHostNames".into()]), reason));
    }
    problems
}

/// Why a name is not one that the app can have, if it is not: the certificate of the base covers the domain and one label
/// below it, and its zone has no names but those below it.
fn uncovered(app: &Spec<'_>, host: &str, domain: &str) -> Option<String> {
    let below = host.strip_suffix(domain).and_then(|label| label.strip_suffix('.'));
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(is_letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host == domain || below.is_some_and(is_label) {
        return None;
    }
    let Some(Domain { zone_id, certificate_arn, .. }) = &app.site.domain else {
        let reason = "must be the base's `domainName` or one label below it, in lower case: its certificate covers no \
                      other name";
        return Some(reason.to_owned());
    };
    let is_in_zone = below.is_some_and(|below| below.split('.').all(is_label));
    let is_covered = zone_id.is_some() || (is_in_zone && certificate_arn.is_some());
    let reason = format!(
        "is not `{domain}`, the base's `domainName`, nor one label below it, so that the base's certificate does not cover \
         it: give the public hosted zone in which it is as `zoneId`"
    );
    (!is_covered).then_some(reason)
}

/// A place as the user writes it.
fn written(place: &[Step]) -> String {
    place.iter().fold(String::new(), |written, step| match step {
        Step::Index(index) => format!("{written}[{index}]"),
        Step::Key(key) if written.is_empty() => key.clone(),
        Step::Key(key) => format!("{written}.{key}"),
    })
}
