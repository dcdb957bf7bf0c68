//! What the schema says of each thing, in every language.

use std::collections::BTreeSet;

use serde_json::Value as Json;

#[test]
fn no_description_has_a_name_that_only_some_languages_spell_so() {
    let schema = crate::provider().schema().expect("the schema is sound");
    let schema = serde_json::to_value(schema).expect("a schema is JSON");
    let mut names = BTreeSet::new();
    each_object(&schema, &mut |key, object| {
        if ["inputProperties", "properties"].contains(&key) {
            names.extend(object.keys().filter(|name| name.contains(char::is_uppercase)).cloned());
        }
    });
    assert!(names.contains("hostName"), "the schema has names");
    let mut told = Vec::new();
    each_object(&schema, &mut |key, object| {
        let description = object.get("description").and_then(Json::as_str).unwrap_or_default();
        for code in description.split('`').skip(1).step_by(2) {
            let mut words = code.split(|letter: char| !letter.is_alphanumeric());
            told.extend(words.find(|word| names.contains(*word)).map(|word| format!("`{key}` names `{word}`")));
        }
    });
    assert!(told.is_empty(), "what is not found beside it is named in words: {told:#?}");
}

/// All objects in a value, with the keys at which they stand.
fn each_object(value: &Json, see: &mut impl FnMut(&str, &serde_json::Map<String, Json>)) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        if let Json::Object(object) = inner {
            see(key, object);
        }
        each_object(inner, see);
    }
}
