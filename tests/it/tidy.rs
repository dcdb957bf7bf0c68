//! House rules that a text search can hold.
#![expect(clippy::expect_used, reason = "a source that cannot be read has broken the rule")]

use std::fs;

use e2e::tools::repository;

const PLUGIN: &str = "provider/pulumi-resource-aws-django";
const ENGINE: &str = "provider/aws-django-release";

/// One line too many.
const LONG: &str = match str::from_utf8(&[b'\n'; 601]) {
    Ok(text) => text,
    Err(_) => "",
};

/// The modules of the framework, from the ground up.
const FLOORS: &str = "error value problem schema monitor types output input decode table resource context component \
                      construct record operation custom lifecycle provider wire codec client server";

/// A file: its path in the repository, and its text.
type Sample = (&'static str, &'static str);

/// What every file of its folders must keep.
struct Rule {
    says: &'static str,
    folders: &'static [&'static str],
    /// Of which files: how their names end.
    endings: &'static [&'static str],
    /// What a file, by path and text, does against the rule.
    broken: fn(&str, &str) -> Option<String>,
    /// A file that keeps the rule where it is easily mistaken, and one that does not keep it.
    kept: Sample,
    not_kept: Sample,
}

const RULES: [Rule; 18] = [
    Rule {
        says: "the framework knows nothing of AWS",
        folders: &["provider/pulumi-component", "provider/pulumi-component-derive", "provider/pulumi-component-tests"],
        endings: &[".rs", ".proto", ".toml"],
        broken: |_, text| line_with(&text.to_lowercase(), &["aws"]),
        kept: ("provider/pulumi-component/src/lib.rs", "//! For components of any cloud."),
        not_kept: ("provider/pulumi-component-tests/tests/loopback/main.rs", "mod toy;\n\n// As AWS has it."),
    },
    Rule {
        says: "only `client`, `codec` and `server` of the framework touch the world",
        folders: &["provider/pulumi-component/src"],
        endings: &[".rs"],
        broken: |path, text| {
            let is_border =
                ["client", "codec", "server", "testing"].iter().any(|it| path.contains(&format!("/src/{it}")));
            let world = ["tonic", "tokio::net", "std::net", "std::fs", "std::io", "std::env", "std::process"];
            // An example in the documentation is somebody else's code.
            let code =
                text.lines().map(|line| if line.starts_with("//!") { "" } else { line }).collect::<Vec<_>>().join("\n");
            if is_border { None } else { line_with(&code, &world) }
        },
        kept: ("provider/pulumi-component/src/lib.rs", "//! std::fs::write(path, text)"),
        not_kept: ("provider/pulumi-component/src/value.rs", "use std::io::Read;"),
    },
    Rule {
        says: "nobody sees a type of the wire who uses the framework",
        folders: &["provider/pulumi-component/src"],
        endings: &[".rs"],
        broken: |path, text| {
            // What the feature `testing-engine` shows is for the framework's own tests.
            let is_hidden = ["/src/generated/", "/src/testing/"].iter().any(|it| path.contains(it));
            let shown = |line: &str| line.trim_start().starts_with("pub ") && !line.contains("pub use");
            let shown = text.lines().map(|line| if shown(line) { line } else { "" }).collect::<Vec<_>>().join("\n");
            let wire = ["tonic", "prost", "proto::", "Status", "BoxFuture", "Shared<"];
            if is_hidden { None } else { line_with(&shown, &wire) }
        },
        kept: ("provider/pulumi-component/src/construct.rs", "pub(crate) type Work = BoxFuture<'static, ()>;"),
        not_kept: (
            "provider/pulumi-component/src/output.rs",
            "impl Output {\n    pub fn later(self) -> BoxFuture<'static, ()> {",
        ),
    },
    Rule {
        says: "a module of the framework uses only those below it",
        folders: &["provider/pulumi-component/src"],
        endings: &[".rs"],
        broken: |path, text| {
            let module = path.split("/src/").nth(1)?.split(['/', '.']).next()?;
            if ["lib", "generated", "testing", "tests"].contains(&module) {
                return None;
            }
            let Some(floor) = FLOORS.split(' ').position(|it| it == module) else {
                return Some(format!("`{module}` has no floor"));
            };
            let text = text.replace("$crate::", "");
            let above = |used: &&str| FLOORS.split(' ').skip(floor + 1).any(|it| it == *used);
            let used = names_after(&text, "crate::").into_iter().find(above);
            used.map(|above| format!("uses `{above}`, which stands above it"))
        },
        kept: ("provider/pulumi-component/src/decode.rs", "use crate::output::Output;\n\n/// See [`crate::Context`]."),
        not_kept: ("provider/pulumi-component/src/output.rs", "use crate::{decode::Cursor, value::Value};"),
    },
    Rule {
        says: "components never talk gRPC",
        folders: &[PLUGIN],
        endings: &["Cargo.toml"],
        broken: |_, text| line_with(text, &["tonic", "prost"]),
        kept: ("provider/pulumi-resource-aws-django/Cargo.toml", "tokio.workspace = true"),
        not_kept: ("provider/pulumi-resource-aws-django/Cargo.toml", "tonic.workspace = true"),
    },
    Rule {
        says: "the release engine knows neither Pulumi nor gRPC",
        folders: &[ENGINE],
        endings: &[".rs", "Cargo.toml"],
        broken: |_, text| line_with(text, &["pulumi_", "pulumi-", "tonic", "prost"]),
        kept: ("provider/aws-django-release/src/lib.rs", "//! The engine knows neither Pulumi nor a command line."),
        not_kept: ("provider/aws-django-release/src/release.rs", "use pulumi_component::Output;"),
    },
    Rule {
        says: "the release engine knows AWS and time through its traits alone",
        folders: &["provider/aws-django-release/src"],
        endings: &[".rs"],
        broken: |path, text| {
            let is_border = ["aws", "clock"].iter().any(|it| path.contains(&format!("/src/{it}")));
            let world = ["aws_sdk_", "aws_config", "tokio::time", "std::time::Instant", "SystemTime", "std::env"];
            if is_border { None } else { line_with(text, &world) }
        },
        kept: ("provider/aws-django-release/src/aws/ecs.rs", "use aws_sdk_ecs::types;"),
        not_kept: ("provider/aws-django-release/src/task.rs", "use tokio::time::Instant;"),
    },
    Rule {
        says: "only the table names tokens of AWS",
        folders: &["provider/pulumi-resource-aws-django/src"],
        endings: &[".rs"],
        broken: |path, text| {
            let is_table = path.contains("/src/aws/") || path.ends_with("/src/aws.rs");
            let token = |line: &&str| {
                let rest = line.split_once("\"aws:").and_then(|(_, rest)| rest.split('"').next());
                rest.is_some_and(|rest| rest.contains('/') && rest.contains(':'))
            };
            let found = text.lines().find(token).map(|line| format!("names a token: {}", line.trim()));
            if is_table || is_test(path) { None } else { found }
        },
        kept: ("provider/pulumi-resource-aws-django/src/policy.rs", r#"let key = "aws:SecureTransport";"#),
        not_kept: ("provider/pulumi-resource-aws-django/src/blocks/web.rs", r#"let it = "aws:ecs/service:Service";"#),
    },
    Rule {
        says: "components read nothing but their arguments",
        folders: &["provider/pulumi-resource-aws-django/src"],
        endings: &[".rs"],
        broken: |path, text| {
            let world = ["std::env", "SystemTime", "Instant::now", "std::fs", "std::net", "async fn", ".await"];
            // What works at AWS itself waits for it.
            let is_door = ["/src/resources", "/src/functions"].iter().any(|door| path.contains(door));
            if is_test(path) || is_door { None } else { line_with(text, &world) }
        },
        kept: ("provider/pulumi-resource-aws-django/src/resources/release.rs", "engine.release(&wanted).await"),
        not_kept: ("provider/pulumi-resource-aws-django/src/blocks/web.rs", "use std::fs;"),
    },
    Rule {
        says: "blocks know neither components nor each other, but for `task` and `roles`",
        folders: &["provider/pulumi-resource-aws-django/src/blocks"],
        endings: &[".rs"],
        broken: |path, text| {
            let is_block = path.rsplit_once('/').is_some_and(|(folder, _)| folder.ends_with("/src/blocks"));
            let neighbours = if is_block { "use super::" } else { "use super::super::" };
            let mut named = [neighbours, "crate::blocks::"].map(|way| names_after(text, way)).concat();
            named.retain(|name| !["task", "roles", "*"].contains(name));
            let above = line_with(text, &["crate::components", "crate::lib"]);
            above.or_else(|| named.first().map(|name| format!("uses `{name}`")))
        },
        kept: ("provider/pulumi-resource-aws-django/src/blocks/cache.rs", "use super::{roles, task::Size};"),
        not_kept: ("provider/pulumi-resource-aws-django/src/blocks/cache.rs", "use super::{task, secrets};"),
    },
    Rule {
        says: "ad hoc and production differ in values: only a component of either kind knows its kind",
        folders: &["provider/pulumi-resource-aws-django/src"],
        endings: &[".rs"],
        broken: |path, text| {
            let shared = ["/src/blocks", "/components/app.rs", "/components/app/", "/components/base"];
            let knows = line_with(text, &["AdHoc", "ad_hoc", "Prod", "prod_", "is_prod"]);
            if shared.iter().any(|place| path.contains(place)) { knows } else { None }
        },
        kept: (
            "provider/pulumi-resource-aws-django/src/components/app.rs",
            "//! An app, of either kind, or a product.",
        ),
        not_kept: ("provider/pulumi-resource-aws-django/src/blocks/database.rs", "pub(crate) is_prod: bool,"),
    },
    Rule {
        says: "a file is short enough to be read",
        folders: &["provider", "tests", "xtask", "tools", "examples"],
        endings: &[".rs", ".py", ".go", ".mjs", ".ts"],
        broken: |_, text| {
            let lines = text.lines().count();
            (lines > 600).then(|| format!("{lines} lines; at most 600"))
        },
        kept: ("xtask/src/main.rs", LONG.split_at(600).0),
        not_kept: ("xtask/src/main.rs", LONG),
    },
    Rule {
        says: "a file is called after what is in it",
        folders: &["provider", "tests", "xtask", "tools"],
        endings: &[".rs", ".py", ".go", ".mjs"],
        broken: |path, _| {
            let vague = ["util", "utils", "helper", "helpers", "common", "misc", "manager"];
            let named = |part: &&str| vague.contains(&part.split('.').next().unwrap_or_default());
            path.split('/').find(named).map(|part| format!("`{part}` says nothing"))
        },
        kept: ("tests/it/manage.rs", ""),
        not_kept: ("tests/it/common/mod.rs", ""),
    },
    Rule {
        says: "a test always runs, and waits for nothing but what it asked for",
        folders: &["provider/pulumi-resource-aws-django/src", "tests/it", "tests/src"],
        endings: &[".rs"],
        broken: |path, text| {
            // Whole, these words would stand in this file.
            let words = [concat!("#[", "ignore"), concat!("thread::", "sleep"), concat!("time::", "sleep")];
            (path.contains("test")).then(|| line_with(text, &words)).flatten()
        },
        kept: ("tests/it/life.rs", "#[test]\nfn a_base_lives() {}"),
        not_kept: ("tests/it/life.rs", concat!("#[", "ignore = \"slow\"]\n#[test]\nfn a_base_lives() {}")),
    },
    Rule {
        says: "a workflow names each action by its commit or is ours, and says at its top what it may do",
        folders: &[".github", "template/.github"],
        endings: &[".yml"],
        broken: |path, text| {
            let used = text.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, action)| action);
            let is_pinned = |action: &str| {
                let commit = action.split_once('@').and_then(|(_, commit)| commit.split_once(" # v"));
                let pinned = |commit: &str| commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
                action.starts_with("./.github/") || commit.is_some_and(|(commit, _)| pinned(commit))
            };
            let loose = used.into_iter().find(|action| !is_pinned(action)).map(|action| format!("uses `{action}`"));
            // An action has the rights of the job that uses it.
            let has_all = !path.contains("/actions/") && !text.contains("\npermissions:");
            loose.or_else(|| has_all.then(|| "has every right".to_owned()))
        },
        kept: (
            ".github/workflows/ci.yml",
            "\npermissions: {}\n- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2",
        ),
        not_kept: (".github/workflows/ci.yml", "\npermissions: {}\n- uses: actions/checkout@v4"),
    },
    Rule {
        says: "what comes from outside reaches a script of a workflow as a variable",
        folders: &[".github", "template/.github"],
        endings: &[".yml"],
        broken: |_, text| {
            let inside = scripts(text).into_iter().find(|line| line.contains("${{"));
            inside.map(|line| format!("a script has `{}`", line.trim()))
        },
        kept: (
            "template/.github/workflows/image.yml",
            "steps:\n  - run: |\n      echo $TAG\n    env:\n      TAG: ${{ inputs.tag }}",
        ),
        not_kept: (
            "template/.github/workflows/image.yml",
            "steps:\n  - run: |\n      echo one\n\n      echo ${{ inputs.tag }}\n    shell: bash",
        ),
    },
    Rule {
        says: "a workflow never runs a pull request's code with rights that only its target has",
        folders: &[".github", "template/.github"],
        endings: &[".yml"],
        broken: |_, text| {
            let [all, without] = ["actions/checkout@", "persist-credentials: false"].map(|it| text.matches(it).count());
            let kept = (all > without).then(|| "a checkout keeps its credentials".to_owned());
            line_with(text, &["pull_request_target", "${{ secrets.", "secrets: inherit"]).or(kept)
        },
        kept: (".github/workflows/ci.yml", "on: pull_request"),
        not_kept: (".github/workflows/ci.yml", "on: [pull_request_target]"),
    },
    Rule {
        says: "lock files name no place of their own",
        folders: &["."],
        endings: &["Cargo.lock", "package-lock.json", "go.sum"],
        broken: |_, text| {
            let url = |line: &&str| line.contains("://") && !line.contains("github.com/rust-lang/crates.io-index");
            let homepage = |line: &&str| line.contains("\"url\":");
            text.lines().filter(|line| !homepage(line)).find(url).map(|line| format!("names `{}`", line.trim()))
        },
        kept: ("tests/programs/package-lock.json", r#""url": "https://opencollective.com/it""#),
        not_kept: ("tests/programs/package-lock.json", r#""resolved": "https://mirror.example.com/it.tgz""#),
    },
];

#[test]
fn every_rule_of_the_house_is_kept() {
    let broken: Vec<_> = RULES.iter().flat_map(breaches).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_rule_of_the_house_can_be_broken() {
    for Rule { says, folders, endings, broken, kept, not_kept } in RULES {
        for (path, _) in [kept, not_kept] {
            let is_looked_at = folders.iter().any(|folder| *folder == "." || path.starts_with(folder))
                && endings.iter().any(|ending| path.ends_with(ending));
            assert!(is_looked_at, "{says}: nobody looks at the sample `{path}`");
        }
        assert_eq!(broken(kept.0, kept.1), None, "{says}");
        assert!(broken(not_kept.0, not_kept.1).is_some(), "{says}: cannot be broken");
    }
}

/// What the sources do against a rule.
fn breaches(rule: &Rule) -> Vec<String> {
    let mut breaches = Vec::new();
    for folder in rule.folders {
        let files = files(folder, rule.endings);
        assert!(!files.is_empty(), "{}: no file in `{folder}` was looked at", rule.says);
        let found = files.iter().filter_map(|(path, text)| Some((path, (rule.broken)(path, text)?)));
        breaches.extend(found.map(|(path, problem)| format!("{path}: {problem}; but {}", rule.says)));
    }
    breaches
}

/// All files below a folder of the repository whose names end so, by their paths in it, with their texts.
pub(crate) fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let root = repository("");
    let (mut folders, mut found) = (vec![root.join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder can be read") {
            let path = entry.expect("an entry can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let left_out = ["target", "node_modules", "generated", "snapshots", ".git", ".venv", "__pycache__"];
            if path.is_dir() && !left_out.contains(&name.as_str()) {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let text = fs::read_to_string(&path).expect("a source is text");
                let path = path.strip_prefix(&root).expect("it is in the repository");
                found.push((path.to_string_lossy().into_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// The lines of a workflow's scripts: what stands behind a `run:`, or deeper below it.
pub(crate) fn scripts(text: &str) -> Vec<&str> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let (mut within, mut lines) = (None, Vec::new());
    for line in text.lines() {
        let key = line.trim_start().trim_start_matches("- ");
        if within.is_some_and(|run| line.trim().is_empty() || depth(line) > run) {
            lines.push(line);
        } else if key.starts_with("run:") {
            within = Some(line.find("run:").unwrap_or_default());
            lines.push(line);
        } else {
            within = None;
        }
    }
    lines
}

/// Whether a file of the plugin is part of its tests. Its path begins in the repository, whose own tests are elsewhere.
fn is_test(path: &str) -> bool {
    path.contains("/src/tests/") || path.ends_with("/src/tests.rs")
}

/// The first line that holds one of these words.
fn line_with(text: &str, words: &[&str]) -> Option<String> {
    words.iter().find_map(|word| {
        let at = text.lines().position(|line| line.contains(word))?;
        Some(format!("line {} says `{word}`", at + 1))
    })
}

/// The modules that a text names after this path: one, or several in braces.
fn names_after<'a>(text: &'a str, path: &str) -> Vec<&'a str> {
    let name = |path: &'a str| path.trim().split(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').next();
    let named = |rest: &'a str| match rest.strip_prefix('{').and_then(|rest| rest.split('}').next()) {
        Some(several) => several.split(',').filter_map(name).collect::<Vec<_>>(),
        None => name(rest).into_iter().collect(),
    };
    text.split(path).skip(1).flat_map(named).collect()
}
