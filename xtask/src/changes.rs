//! `docs/changes.md`: what changing each argument does, as a table of the sentences that their descriptions have.

use std::collections::BTreeSet;

use e2e::changing::{ALL_WITH_TAGS, EVERYTHING, Effect, is_refused, sentences};
use serde_json::Value;

use crate::reference::{entries, name};

const PREFACE: &str = "# What changing an argument does

<!-- Made from `schema.json` by `cargo xtask generate`; the sentences are those of the structs in `provider`. -->

Each row is one argument changed by itself, by Pulumi's names of AWS's resources; [docs/api.md](api.md) says more of it, and a
test holds a preview of each change to its row.

- **update**: nothing is replaced, but for `ecs.TaskDefinition`, whose replacement is a new revision for the next release.
- **replace**: something is made anew; the argument's description says what that means for those who use it.
- **refused**: it would replace what holds data, and is refused as long as `deletionProtection` holds.
";

/// What is replaced with every release.
const REVISION: &str = "ecs.TaskDefinition";

/// The whole text.
pub fn page(schema: &Value) -> anyhow::Result<String> {
    let mut page = PREFACE.to_owned();
    for (token, _) in entries(&schema["resources"]).filter(|(_, resource)| resource["isComponent"] == true) {
        let component = name(token);
        page.extend(["\n## ", component, "\n\n"]);
        page += "| argument | | replaced | changed in place | made or deleted |\n| --- | --- | --- | --- | --- |\n";
        let sentences = sentences(schema, component)?;
        let (own, of_objects): (Vec<_>, Vec<_>) = sentences
            .iter()
            .partition(|(argument, _)| argument.strip_prefix(component).is_some_and(|rest| rest.starts_with('.')));
        let own = own.into_iter().map(|(argument, said)| (argument.rsplit('.').next().unwrap_or(argument), said));
        let of_objects = of_objects.into_iter().map(|(argument, said)| (argument.as_str(), said));
        own.chain(of_objects).for_each(|(argument, said)| page += &row(component, argument, said));
    }
    Ok(page)
}

fn row(component: &str, argument: &str, said: &str) -> String {
    let Effect { replaces, updates, adds_or_removes } = Effect::stated(said);
    let verdict = if component.starts_with("Prod") && is_refused(said) {
        "**refused**"
    } else if said.contains(EVERYTHING) || replaces.iter().any(|it| it != REVISION) {
        "**replace**"
    } else {
        "**update**"
    };
    let or = |list: &BTreeSet<String>, phrase: &str, meaning: &str| {
        if said.contains(phrase) { meaning.to_owned() } else { listed(list) }
    };
    format!(
        "| `{argument}` | {verdict} | {} | {} | {} |\n",
        or(&replaces, EVERYTHING, "nearly everything"),
        or(&updates, ALL_WITH_TAGS, "all that takes tags"),
        listed(&adds_or_removes),
    )
}

fn listed(types: &BTreeSet<String>) -> String {
    types.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}
