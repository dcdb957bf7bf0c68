//! Components over the fake monitor: what they register is the test's subject.

use std::collections::BTreeSet;
use std::path::Path;

use pulumi_component::monitor::Registration;
use pulumi_component::testing::{Asked, Run, difference, run, value};
use pulumi_component::value::{Eventual, PropertyMap, Value};
use pulumi_component::{Component, Error, Failure};
use serde_json::Value as Json;

mod ad_hoc_app;
mod ad_hoc_base;
mod answers;
mod arguments;
mod controls;
mod descriptions;
mod options;
mod prod_app;
mod prod_base;
mod surface;

use answers::{OWN, PINNED, answers};

/// Constructs a component in an update. Every registration must fit the pinned schema.
pub(crate) fn up<C: Component>(name: &str, args: Json) -> Result<Run, Error> {
    construct::<C>(name, args, false)
}

/// Constructs a component in a preview.
pub(crate) fn preview<C: Component>(name: &str, args: Json) -> Result<Run, Error> {
    construct::<C>(name, args, true)
}

fn construct<C: Component>(name: &str, args: Json, preview: bool) -> Result<Run, Error> {
    let Value::Object(args) = value(args) else { panic!("arguments are an object") };
    construct_with::<C>(name, args, preview)
}

/// As [`up`] and [`preview`], with arguments that may hold secrets, unknowns and references.
pub(crate) fn construct_with<C: Component>(name: &str, args: PropertyMap, preview: bool) -> Result<Run, Error> {
    construct_as(Registration::of_component(C::TOKEN, name, args), preview)
}

/// As [`construct_with`], with what the program says beside the arguments.
pub(crate) fn construct_as(own: Registration, preview: bool) -> Result<Run, Error> {
    let mut asked = Asked::new(own);
    asked.preview = preview;
    let run = run(&crate::provider(), asked, answers)?;
    let pinned = |token: &str| if OWN.has(token) { &OWN } else { &PINNED };
    let problems: Vec<_> =
        run.children.iter().flat_map(|child| pinned(&child.token).check_registration(child)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(run)
}

/// The problems that a component reports with these arguments: `path: reason`, in the order in which they are told.
pub(crate) fn problems<C: Component>(name: &str, args: Json) -> Vec<String> {
    match preview::<C>(name, args) {
        Ok(_) => Vec::new(),
        Err(Error::Arguments { shown, hidden }) => {
            let tell = |Failure { path, reason, .. }: &Failure| format!("{path}: {reason}");
            shown.iter().chain(&hidden).map(tell).collect()
        }
        Err(error) => vec![error.to_string()],
    }
}

/// Compares a text with the snapshot of that name.
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// What differs between two runs, for a snapshot that can be read.
pub(crate) fn changes(before: &Run, after: &Run) -> String {
    difference(&before.text(), &after.text())
}

/// A preview registers what an update registers, with the same properties and options.
pub(crate) fn is_previewed<C: Component>(name: &str, args: &Json) {
    let previewed = preview::<C>(name, args.clone()).expect("a preview");
    let updated = up::<C>(name, args.clone()).expect("the arguments are right");
    assert_eq!(previewed.identities(), updated.identities());
    for (before, after) in previewed.children.iter().zip(&updated.children) {
        let said = |child: &Registration| {
            let properties: Vec<_> = child.inputs.keys().cloned().collect();
            let (dependencies, by_property) = (child.dependencies.clone(), child.property_dependencies.clone());
            (properties, dependencies, by_property, child.ignore_changes.clone(), child.protect)
        };
        assert_eq!(said(before), said(after), "{} {}", after.token, after.name);
    }
    assert_eq!(previewed.outputs.keys().collect::<Vec<_>>(), updated.outputs.keys().collect::<Vec<_>>());
}

/// Each of these arguments has one problem, at this place and with this reason.
pub(crate) fn refuses<'a, C: Component>(name: &str, cases: impl IntoIterator<Item = (Json, &'a str, &'a str)>) {
    for (args, place, reason) in cases {
        assert_eq!(problems::<C>(name, args.clone()), [format!("{place}: {reason}")], "{args}");
    }
}

/// Types and names of what is in `after` and not in `before`.
pub(crate) fn added(before: &Run, after: &Run) -> Vec<String> {
    let identities = |run: &Run| run.identities().lines().map(str::to_owned).collect::<BTreeSet<_>>();
    identities(after).difference(&identities(before)).cloned().collect()
}

/// What a child says about itself beside its inputs: the URNs that it waits for, shortly.
pub(crate) fn waits_for(run: &Run, token: &str, name: &str) -> Vec<String> {
    let dependencies = run.child(token, name).dependencies.iter();
    dependencies.map(|urn| urn.rsplit(['$', ':']).next().unwrap_or_default().to_owned()).collect()
}

/// A property of a child as text, without its marks.
pub(crate) fn text(run: &Run, token: &str, name: &str, property: &str) -> String {
    match run.child(token, name).inputs.get(property).map(Value::flatten) {
        Some(Eventual { value: Some(Value::String(text)), .. }) => text,
        other => panic!("`{property}` of {token} {name} is {other:?}"),
    }
}

/// The names of all children of a type.
pub(crate) fn names<'a>(run: &'a Run, token: &str) -> Vec<&'a str> {
    run.children.iter().filter(|child| child.token == token).map(|child| child.name.as_str()).collect()
}

/// Arguments with more of them; objects are merged.
pub(crate) fn merge(to: Json, more: Json) -> Json {
    match (to, more) {
        (Json::Object(mut to), Json::Object(more)) => {
            for (key, more) in more {
                let merged = merge(to.remove(&key).unwrap_or(Json::Null), more);
                to.insert(key, merged);
            }
            Json::Object(to)
        }
        (_, more) => more,
    }
}
