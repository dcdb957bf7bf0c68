//! What the description of an argument says of changing it: the sentence that the tests hold a preview to, and of which
//! `docs/changes.md` is made.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use serde_json::Value as Json;

/// So begins the sentence that tells it.
pub const SENTENCE: &str = "Changing it ";
/// What a sentence says in place of names of types.
pub const ALL_WITH_TAGS: &str = "updates all that takes tags";
/// The same of a replacement.
pub const EVERYTHING: &str = "replaces nearly everything";
/// What begins the last part of a sentence, for what has a varying count.
pub const WHERE_IT_SCALES: &str = "where it scales, ";
/// What begins the part of a sentence that is for one kind alone.
const IN_PRODUCTION: &str = "; in production ";

/// What must not be replaced where somebody says that data shall stay.
const HOLDS_DATA: [&str; 4] = ["ec2.Vpc", "elasticache.ReplicationGroup", "rds.Instance", "s3.Bucket"];

/// What a change does, each with the types of AWS's resources, as programs name them.
#[derive(Debug, Default, PartialEq)]
pub struct Effect {
    /// Types of which resources are made anew, and the old ones deleted.
    pub replaces: BTreeSet<String>,
    /// Types of which resources change in place.
    pub updates: BTreeSet<String>,
    /// Types of which there is one more, or one less.
    pub adds_or_removes: BTreeSet<String>,
}

impl Effect {
    /// What a sentence says: verbs, each with the types in backticks that follow it.
    pub fn stated(sentence: &str) -> Self {
        let mut effect = Self::default();
        let mut verb = "";
        for word in sentence.split_whitespace() {
            match word {
                "replaces" | "updates" | "adds" => verb = word,
                _ => {
                    let Some(name) = word.strip_prefix('`').and_then(|word| word.split('`').next()) else { continue };
                    let list = match verb {
                        "replaces" => &mut effect.replaces,
                        "updates" => &mut effect.updates,
                        _ => &mut effect.adds_or_removes,
                    };
                    list.insert(name.to_owned());
                }
            }
        }
        effect
    }
}

/// Whether a change is refused as long as production is protected, since it would replace what holds data.
pub fn is_refused(sentence: &str) -> bool {
    let replaces = Effect::stated(sentence).replaces;
    sentence.contains(EVERYTHING) || HOLDS_DATA.iter().any(|data| replaces.contains(*data))
}

/// The sentences of the arguments of a component and of the objects among them, by type and name, such as `ProdApp.image`.
/// One without a sentence is an object whose fields have theirs.
///
/// # Errors
/// If there is no such component, or an argument says nothing.
pub fn sentences(schema: &Json, component: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let token = |name: &str| format!("aws-django:index:{name}");
    let mut todo = vec![(component.to_owned(), &schema["resources"][token(component)]["inputProperties"])];
    while let Some((name, properties)) = todo.pop() {
        for (key, property) in properties.as_object().with_context(|| format!("the schema has no `{name}`"))? {
            let object = [&property["$ref"], &property["items"]["$ref"]].into_iter().find_map(Json::as_str);
            let object = object.and_then(|reference| reference.rsplit(':').next());
            let fields = object.map(|object| (object, &schema["types"][token(object)]["properties"]));
            let fields = fields.filter(|(_, fields)| fields.is_object());
            let text = property["description"].as_str().unwrap_or_default().replace('\n', " ");
            match text.split_once(SENTENCE) {
                Some((_, sentence)) => {
                    let sentence = sentence.split(". ").next().unwrap_or_default();
                    let part = sentence.split_once(IN_PRODUCTION).filter(|_| !component.starts_with("Prod"));
                    let sentence = part.map_or(sentence, |(for_all, _)| for_all);
                    found.insert(format!("{name}.{key}"), sentence.to_owned());
                }
                None => ensure!(fields.is_some(), "`{name}.{key}` does not say what changing it does"),
            }
            todo.extend(fields.map(|(object, fields)| (object.to_owned(), fields)));
        }
    }
    Ok(found)
}
