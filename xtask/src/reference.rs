//! `docs/api.md`: what the schema says of each component, custom resource and function, for people.

use anyhow::Context as _;
use serde_json::Value;

const PREFACE: &str = "# Arguments and outputs

<!-- Made from `schema.json` by `cargo xtask generate`; the texts are those of the structs in `provider`. -->

Names are those of TypeScript and YAML; Python writes them in snake case (`domain_name`), Go with a capital
(`DomainName`). An argument without a default that is not required is left out where it is not wanted. *Plain* arguments
must be known when the program runs, of a list or a map at least its length or its keys; all others may be outputs of
other resources.

What changing an argument does is said by Pulumi's names of AWS's resources, and stands as a table in
[docs/changes.md](changes.md). A replaced `ecs.TaskDefinition` is a new
revision, which the next release puts to work: the one at the end of the same deployment, unless a pipeline releases.
";

/// The whole text.
pub fn page(schema: &Value) -> anyhow::Result<String> {
    let mut page = PREFACE.to_owned();
    let resources = || entries(&schema["resources"]);
    let (components, others): (Vec<_>, Vec<_>) = resources().partition(|(_, resource)| resource["isComponent"] == true);
    for (token, resource) in components.into_iter().chain(others) {
        page += &section(token, resource);
        page += "\n### Arguments\n";
        page += &properties(token, &resource["inputProperties"], &resource["requiredInputs"])?;
        page += "\n### Outputs\n";
        page += &properties(token, &resource["properties"], &Value::Null)?;
    }
    for (token, function) in entries(&schema["functions"]) {
        page += &section(token, function);
        page += "\n### Arguments\n";
        page += &properties(token, &function["inputs"]["properties"], &function["inputs"]["required"])?;
        page += "\n### Answer\n";
        page += &properties(token, &function["outputs"]["properties"], &Value::Null)?;
    }
    page += "\n## Configuration\n\n";
    page += schema["provider"]["description"].as_str().unwrap_or_default();
    page += " A stack's configuration has these keys behind `aws-django:`, and so has a provider in the program.\n";
    page += &properties("", &schema["config"]["variables"], &Value::Null)?;
    for (token, object) in entries(&schema["types"]) {
        page += &section(token, object);
        for choice in object["enum"].as_array().into_iter().flatten() {
            page += &item(&json_text(&choice["value"]), "", &said(token, choice));
        }
        if object["properties"].is_object() {
            page += &properties(token, &object["properties"], &object["required"])?;
        }
    }
    Ok(page)
}

fn section(token: &str, thing: &Value) -> String {
    format!("\n## {}\n\n{}\n", name(token), said(token, thing))
}

fn properties(token: &str, properties: &Value, required: &Value) -> anyhow::Result<String> {
    let mut list = String::new();
    for (key, property) in entries(properties) {
        let mut facts = kind(property).with_context(|| format!("the type of `{key}` is not known"))?;
        if required.as_array().is_some_and(|keys| keys.iter().any(|required| required == key)) {
            facts += ", required";
        }
        if property["plain"] == true {
            facts += ", plain";
        }
        list += &item(key, &facts, &said(token, property));
    }
    Ok(list)
}

/// One entry of a list, whose paragraphs stand below its first line.
fn item(name: &str, facts: &str, text: &str) -> String {
    let facts = if facts.is_empty() { String::new() } else { format!(" ({facts})") };
    let lines = text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") });
    format!("\n- `{name}`{facts}\n\n{}", lines.collect::<String>())
}

/// A type, as people call it.
fn kind(of: &Value) -> Option<String> {
    if let Some(kinds) = of["oneOf"].as_array() {
        return Some(kinds.iter().map(kind).collect::<Option<Vec<_>>>()?.join(" or "));
    }
    if let Some(reference) = of["$ref"].as_str() {
        let token = reference.rsplit('/').next()?;
        return Some(format!("[{0}](#{1})", name(token), name(token).to_lowercase()));
    }
    match of["type"].as_str()? {
        "array" => Some(format!("list of {}", kind(&of["items"])?)),
        "object" => Some(format!("map of {}", kind(&of["additionalProperties"])?)),
        plain => Some(plain.to_owned()),
    }
}

/// What the struct of that token, or a field of it, says in its doc comment: names as TypeScript has them, code between
/// fences.
fn said(token: &str, thing: &Value) -> String {
    let description = thing["description"].as_str().unwrap_or_default();
    // The facts beside the name say it.
    let description = description.strip_suffix("\n\nRequired.").unwrap_or(description);
    let mut parts = description.split("{{% ref ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (reference, rest) = part.split_once(" %}}").unwrap_or((part, ""));
        text += &(referred(token, reference) + rest);
    }
    fenced(&text)
}

/// A property to which a description refers, with a link if it is not one of the struct of that token.
fn referred(token: &str, reference: &str) -> String {
    let steps: Vec<_> = reference.split('/').collect();
    let ["#", _, of, .., property] = steps.as_slice() else { return format!("`{reference}`") };
    if *of == token {
        return format!("`{property}`");
    }
    format!("[`{0}.{property}`](#{1})", name(of), name(of).to_lowercase())
}

/// The same text with code between fences, where a schema has it indented. What we show is a Django project's.
fn fenced(text: &str) -> String {
    let is_code = |paragraph: &str| paragraph.starts_with("    ");
    let paragraphs: Vec<_> = text.split("\n\n").collect();
    let runs = paragraphs.chunk_by(|one, next| is_code(one) && is_code(next)).map(|run| {
        let run = run.join("\n\n");
        if !is_code(&run) {
            return run;
        }
        let lines: Vec<_> = run.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
        format!("```python\n{}\n```", lines.join("\n"))
    });
    runs.collect::<Vec<_>>().join("\n\n")
}

/// The last part of a token or a reference.
pub(crate) fn name(token: &str) -> &str {
    token.rsplit(':').next().unwrap_or(token)
}

fn json_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The members of an object, in their order.
pub(crate) fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}
