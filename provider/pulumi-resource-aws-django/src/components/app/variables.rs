//! Rules about the variables of an app's containers: what may be given in plain text, and what as a secret.

use aws_django_release::Runs;
use aws_django_release::names::{CREDENTIALS, is_variable};
use pulumi_component::{Input, Known as _, Problem, Step, problem};

use super::{Spec, Variables};
use crate::arns::Source;
use crate::blocks::secrets::{DATABASE_URL, POSTGRES_PASSWORD, REDIS_PASSWORD, SECRET_KEY, cache_urls, of_cache};

/// All that is wrong with the variables of all containers.
pub(super) fn check(app: &Spec<'_>) -> Vec<Problem> {
    let mut ours = vec![SECRET_KEY, POSTGRES_PASSWORD, DATABASE_URL];
    if app.cache.is_some() {
        ours.extend(of_cache());
    }
    let mut problems = environment(&[], &app.common.environment, &app.common.secrets, &ours);
    problems.extend(secrets(&[], &app.common.secrets));
    problems.extend(together(&app.common.secrets));
    for process in &app.processes {
        let place = process.place.steps();
        // Nothing of the backend's reaches the front end, so that nothing there stands for one of its secrets.
        let (beside, ours) = match process.runs {
            Runs::Backend => (&app.common.secrets, ours.as_slice()),
            Runs::Frontend => (process.secrets, [].as_slice()),
        };
        problems.extend(environment(&place, process.environment, beside, ours));
        problems.extend(secrets(&place, process.secrets));
    }
    problems
}

/// What stands in plain text in the task definitions. `ours` are the secrets that the app makes.
fn environment(place: &[Step], environment: &Variables, secrets: &Variables, ours: &[&str]) -> Vec<Problem> {
    let check = |name: &String| {
        let place = below(place, "environment", name);
        match (check_name(name), check_plain(name, secrets, ours)) {
            (Err(reason), _) => Some(problem(place, reason)),
            // What stands there is a secret, although the program does not call it one.
            (_, Err(reason)) => Some(problem(place, reason).hidden()),
            _ => None,
        }
    };
    environment.keys().filter_map(check).collect()
}

fn secrets(place: &[Step], secrets: &Variables) -> Vec<Problem> {
    let check = |(name, value_from): (&String, &Input<String>)| {
        let form = value_from.known().map_or(Ok(()), |value_from| Source::parse(&value_from).map(drop));
        let place = below(place, "secrets", name);
        match (check_name(name), form) {
            (Err(reason), _) => Some(problem(place, reason)),
            // It may be the secret itself.
            (_, Err(reason)) => Some(problem(place, reason).hidden()),
            _ => None,
        }
    };
    secrets.iter().filter_map(check).collect()
}

/// A password, and the addresses that hold it, are kept by the same hands.
fn together(secrets: &Variables) -> Vec<Problem> {
    let pairs = [(POSTGRES_PASSWORD, DATABASE_URL), (DATABASE_URL, POSTGRES_PASSWORD)];
    let pairs = pairs.into_iter().chain(cache_urls().map(|url| (REDIS_PASSWORD, url)));
    let torn = pairs.filter(|(given, missing)| secrets.contains_key(*given) && !secrets.contains_key(*missing));
    let tell = |(given, missing)| {
        let reason = format!(
            "is given without `{missing}`, so that the two would not fit together: give both, or leave both to the app"
        );
        problem(below(&[], "secrets", given), reason)
    };
    torn.map(tell).collect()
}

fn check_name(name: &str) -> Result<(), String> {
    if is_variable(name) {
        return Ok(());
    }
    Err("is no name that a variable can have: use letters, digits and underscores, and no digit first".to_owned())
}

/// Whether a variable may stand in plain text.
fn check_plain(name: &str, secrets: &Variables, ours: &[&str]) -> Result<(), String> {
    if CREDENTIALS.contains(&name) {
        return Err("is a credential, which everyone who may read the task definition would see: give the task its \
                    rights by `taskPolicyArns`"
            .to_owned());
    }
    if ours.contains(&name) {
        return Err(
            "is a secret, which everyone who may read the task definition would see: give it in `secrets`".to_owned()
        );
    }
    if secrets.contains_key(name) {
        return Err("is also in `secrets`: give it in one of the two".to_owned());
    }
    Ok(())
}

fn below<'a>(place: &'a [Step], list: &'a str, name: &'a str) -> impl Iterator<Item = Step> + 'a {
    place.iter().cloned().chain([list.into(), name.into()])
}
