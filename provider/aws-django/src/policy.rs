//! IAM policies: which rights a command, or `pulumi up` of a component, needs, and on what.
//!
//! `grants.tsv` is made by `tests/aws/rights` from what is called. Its ARNs have placeholders in braces; what is not
//! given is `*` in their place, and a grant on a key that is not given falls away.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

const GRANTS: &str = include_str!("policy/grants.tsv");
/// What a managed policy of IAM holds, in characters that are no white space.
pub const LIMIT: usize = 6_144;

/// What stands in the place of each placeholder.
pub type Names = BTreeMap<&'static str, BTreeSet<String>>;

/// A right on some resources, under conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grant {
    by: &'static str,
    only_looks: bool,
    action: &'static str,
    arns: &'static str,
    condition: &'static str,
}

/// An entry of a policy's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    actions: BTreeSet<&'static str>,
    arns: BTreeSet<String>,
    condition: BTreeSet<Test>,
}

/// A test of a condition: its operator, key and value.
type Test = (String, String, String);

/// The statements for all of these, in a fixed order; those of a preview, and of what changes nothing, if they only look.
pub fn statements(by: &[&str], only_look: bool, names: &Names) -> Vec<Statement> {
    let wanted = grants().filter(|it| by.contains(&it.by) && (it.only_looks || !only_look));
    let mut on: BTreeMap<(&str, BTreeSet<Test>), BTreeSet<String>> = BTreeMap::new();
    for grant in wanted {
        let arns: BTreeSet<_> = grant.arns.split(' ').flat_map(|arn| named(arn, names)).collect();
        if !arns.is_empty() {
            on.entry((grant.action, condition(grant.condition, names))).or_default().extend(arns);
        }
    }
    let mut merged: BTreeMap<(BTreeSet<String>, BTreeSet<Test>), BTreeSet<&str>> = BTreeMap::new();
    for ((action, condition), mut arns) in on {
        if arns.contains("*") {
            arns.retain(|arn| arn == "*");
        }
        merged.entry((arns, condition)).or_default().insert(action);
    }
    let all = merged.into_iter().map(|((arns, condition), actions)| Statement { actions, arns, condition });
    let mut all: Vec<_> = all.collect();
    all.sort_by(|one, other| one.actions.cmp(&other.actions));
    all
}

/// A policy of these statements.
pub fn document(statements: &[Statement]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements.iter().map(Statement::json).collect::<Vec<_>>() })
}

/// How much of a managed policy's room a document takes.
pub fn size(document: &Value) -> usize {
    document.to_string().chars().filter(|it| !it.is_whitespace()).count()
}

/// The statements on as few documents as their order allows, each of which a managed policy holds.
pub fn split(statements: &[Statement]) -> Vec<Value> {
    let mut parts: Vec<Vec<Statement>> = Vec::new();
    for statement in statements {
        let more = |part: &Vec<Statement>| [part.as_slice(), std::slice::from_ref(statement)].concat();
        match parts.iter_mut().find(|part| size(&document(&more(part))) <= LIMIT) {
            Some(part) => part.push(statement.clone()),
            None => parts.push(vec![statement.clone()]),
        }
    }
    parts.iter().map(|part| document(part)).collect()
}

impl Statement {
    fn json(&self) -> Value {
        let mut it = json!({ "Effect": "Allow", "Action": self.actions, "Resource": self.arns });
        for (operator, key, value) in &self.condition {
            it["Condition"][operator][key] = json!([value]);
        }
        it
    }
}

fn grants() -> impl Iterator<Item = Grant> {
    GRANTS.lines().skip(1).filter_map(|line| {
        let [by, access, action, arns, condition] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
        Some(Grant { by, only_looks: access == "read", action, arns, condition })
    })
}

/// A text once for each of the names that a placeholder in it stands for.
fn named(text: &str, names: &Names) -> Vec<String> {
    let mut texts = vec![text.to_owned()];
    for (name, values) in names {
        let placeholder = format!("{{{name}}}");
        if text.contains(&placeholder) {
            let put = |text: &String| values.iter().map(|it| text.replace(&placeholder, it)).collect::<Vec<_>>();
            texts = texts.iter().flat_map(put).collect();
        }
    }
    texts
}

/// `Operator key value & …`; what may be anything needs no test of its value.
fn condition(text: &str, names: &Names) -> BTreeSet<Test> {
    let tests = text.split(" & ").filter_map(|test| test.split_once(' '));
    let all = tests.flat_map(|(operator, rest)| {
        let (key, value) = rest.split_once(' ').unwrap_or((rest, ""));
        named(value, names).into_iter().map(move |value| (operator.to_owned(), key.to_owned(), value))
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_grant() {
        assert_eq!(grants().count(), GRANTS.lines().count() - 1);
    }

    #[test]
    fn no_statement_is_more_than_a_policy_holds() {
        let by: BTreeSet<_> = grants().map(|it| it.by).collect();
        let names: Names = ["partition", "account", "region", "app", "base", "zone", "repository", "stateBucket"]
            .map(|name| (name, BTreeSet::from(["x".repeat(20)])))
            .into();
        let all = statements(&by.into_iter().collect::<Vec<_>>(), false, &names);
        assert!(all.len() > 1);
        for part in split(&all) {
            assert!(size(&part) <= LIMIT, "{}", size(&part));
        }
    }
}
