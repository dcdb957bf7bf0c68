//! IAM policy documents as data. They are serialised in a fixed order, so that equal policies are equal texts.
#![expect(non_snake_case, reason = "the properties have the names of IAM's JSON")]

use std::collections::BTreeMap;

use pulumi_component::{IntoInput, Output, json, objects};

objects! {
    /// A policy document.
    Document { Version: String, Statement: Vec<Statement> }

    /// One statement of a policy.
    Statement {
        Sid: String,
        Effect: String,
        Principal: BTreeMap<String, Vec<String>>,
        Action: Vec<String>,
        Resource: Vec<String>,
        Condition: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    }
}

/// A statement that allows `actions`, called `sid`: letters and digits only.
pub(crate) fn allow(sid: &str, actions: impl IntoInput<Vec<String>>) -> Statement {
    Statement::new().Sid(sid).Effect("Allow").Action(actions)
}

/// A statement that denies `actions`.
pub(crate) fn deny(sid: &str, actions: impl IntoInput<Vec<String>>) -> Statement {
    Statement::new().Sid(sid).Effect("Deny").Action(actions)
}

/// The text of a policy with these statements.
pub(crate) fn document(statements: Vec<Statement>) -> Output<String> {
    json::<Document>(Document::new().Version("2012-10-17").Statement(statements))
}

/// A condition: an operator, a key, and the values that it takes.
pub(crate) fn condition<V>(operator: &str, key: &str, values: V) -> BTreeMap<String, BTreeMap<String, V>> {
    BTreeMap::from([(operator.to_owned(), BTreeMap::from([(key.to_owned(), values)]))])
}

/// A principal: the service that may assume a role.
pub(crate) fn service(name: &str) -> BTreeMap<String, [String; 1]> {
    BTreeMap::from([("Service".to_owned(), [name.to_owned()])])
}
