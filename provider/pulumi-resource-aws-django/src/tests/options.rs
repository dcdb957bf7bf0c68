//! What may be said of a component beside its arguments.

use pulumi_component::monitor::{Alias, AliasParent, Registration};
use pulumi_component::value::Value;
use pulumi_component::{Component, Error};

use super::construct_as;
use crate::components::ad_hoc_base::AdHocBase;

/// What is told of a base called `dev` whose program says this of it.
fn refused(say: impl FnOnce(&mut Registration)) -> Vec<String> {
    let inputs = [("domainName".to_owned(), Value::from("example.com"))].into();
    let mut own = Registration::of_component(AdHocBase::TOKEN, "dev", inputs);
    say(&mut own);
    match construct_as(own, true) {
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
    let told = refused(|own| {
        own.aliases = vec![alias("old", AliasParent::Same)];
        own.replace_with = vec!["urn:a".to_owned()];
        own.replacement_trigger = Some(Value::from("x"));
    });
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
    assert_eq!(refused(|own| own.aliases = vec![Alias::Urn(urn)]).len(), 1);
}

#[test]
fn what_a_transform_sets_for_everything_is_taken() {
    let every = |path: &str| vec![path.to_owned()];
    let told = refused(|own| {
        own.aliases = vec![alias("", AliasParent::Stack), alias("dev", AliasParent::Same)];
        own.delete_before_replace = Some(true);
        own.ignore_changes = every("tags");
        own.replace_on_changes = every("tags");
        own.protect = Some(true);
        own.retain_on_delete = Some(true);
    });
    assert_eq!(told, Vec::<String>::new());
}
