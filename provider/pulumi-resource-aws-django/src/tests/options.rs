//! What may be said of a component beside its arguments.

use pulumi_component::monitor::{Alias, AliasParent, Registration};
use pulumi_component::value::Value;
use pulumi_component::{Component, Error};

use super::construct_as;
use crate::components::ad_hoc_base::AdHocBase;

/// What is told of a base called `dev` with these options.
fn refused(options: Registration) -> Vec<String> {
    let inputs = [("domainName".to_owned(), Value::from("example.com"))].into();
    let Registration { token, name, inputs, .. } = Registration::of_component(AdHocBase::TOKEN, "dev", inputs);
    match construct_as(Registration { token, name, inputs, ..options }, true) {
        Ok(_) => Vec::new(),
        Err(Error::Arguments { shown, hidden }) => shown.iter().chain(&hidden).map(|it| it.reason.clone()).collect(),
        Err(error) => vec![error.to_string()],
    }
}

fn alias(name: &str, parent: AliasParent) -> Alias {
    let name = name.to_owned();
    Alias::Spec { name, token: String::new(), stack: String::new(), project: String::new(), parent }
}

#[test]
fn options_that_would_do_harm_are_refused() {
    let options = Registration {
        aliases: vec![alias("old", AliasParent::Same)],
        replace_with: vec!["urn:a".to_owned()],
        replacement_trigger: Some(Value::from("x")),
        ..Registration::default()
    };
    let told = refused(options);
    let beginnings = [
        "cannot take over `old` by `aliases`",
        "cannot be replaced by `replaceWith`",
        "cannot be replaced by `replacementTrigger`",
    ];
    assert_eq!(told.len(), beginnings.len(), "{told:#?}");
    for (told, beginning) in told.iter().zip(beginnings) {
        assert!(told.starts_with(beginning), "{told}");
    }
    let urn = "urn:pulumi:all::shop::aws-django:index:AdHocBase::old".to_owned();
    assert_eq!(refused(Registration { aliases: vec![Alias::Urn(urn)], ..Registration::default() }).len(), 1);
}

#[test]
fn what_a_transform_sets_for_everything_is_taken() {
    let every = |path: &str| vec![path.to_owned()];
    let options = Registration {
        aliases: vec![alias("", AliasParent::Stack), alias("dev", AliasParent::Same)],
        delete_before_replace: Some(true),
        ignore_changes: every("tags"),
        replace_on_changes: every("tags"),
        protect: Some(true),
        retain_on_delete: Some(true),
        ..Registration::default()
    };
    assert_eq!(refused(options), Vec::<String>::new());
}
