//! Every block of code in the documentation: each language has a check of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use aws_django::{Cli, Parser as _};
use e2e::tools::repository;
use e2e::{Cloud, Project, Tools};
use serde_json::{Value as Json, json};

use crate::django::file_of;

/// What a block of shell may call. Of what is our own, the test below knows the commands and options.
const PROGRAMS: [&str; 22] = [
    ".venv/bin/pip",
    "aws",
    "aws-django",
    "cargo",
    "cd",
    "docker",
    "export",
    "gh",
    "git",
    "go",
    "npm",
    "pg_dump",
    "pg_restore",
    "psql",
    "pulumi",
    "python3",
    "rm",
    "sed",
    "sh",
    "sha256sum",
    "uv",
    "uvx",
];

/// A fenced block.
pub(crate) struct Block {
    /// File and line, for whoever has to mend it.
    pub(crate) place: String,
    language: String,
    pub(crate) text: String,
}

#[test]
fn every_block_is_in_a_language_that_is_checked() -> anyhow::Result<()> {
    // Drawings are `text`; `django.rs` has the check of Dockerfiles, `moving.rs` that of SQL, `install.rs` that of a package
    // in JSON, and `tests/aws/test_policies.py` that of policies.
    let known = ["dockerfile", "go", "json", "python", "sh", "sql", "text", "ts", "yaml"];
    let unknown: Vec<_> = blocks()?.into_iter().filter(|block| !known.contains(&block.language.as_str())).collect();
    let places: Vec<_> = unknown.iter().map(|block| format!("{}: `{}`", block.place, block.language)).collect();
    assert!(places.is_empty(), "no test checks {places:#?}");
    Ok(())
}

#[test]
fn python_is_well_typed_and_runs() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let folder = cloud.folder().join("python");
    fs::create_dir_all(&folder)?;
    let (mut files, mut programs) = (Vec::new(), 0);
    for (number, block) in of("python")?.iter().enumerate() {
        let file = folder.join(format!("block_{number}.py"));
        fs::write(&file, &block.text)?;
        if block.text.contains("import pulumi_aws_django") {
            let project = Project::with_program(&cloud, &format!("block-{number}"), &block.text)?;
            let steps = project.run("all", "preview", &json!({})).context(block.place.clone())?.steps();
            assert!(steps.len() > 70, "{} registers {} resources", block.place, steps.len());
            programs += 1;
        } else if file_of(&block.text).is_none() {
            let mut django = cloud.command(cloud.tools.python("python"));
            django.arg(repository("tests/programs/middleware.py")).arg(&file);
            cloud.output(&mut django).context(block.place.clone())?;
        }
        files.push(file);
    }
    assert_eq!(programs, 1, "the README shows a program");
    let mut mypy = cloud.command(cloud.tools.python("mypy"));
    mypy.args(["--check-untyped-defs", "--ignore-missing-imports", "--no-error-summary", "--cache-dir=/dev/null"]);
    cloud.output(mypy.args(files)).map(drop)
}

#[test]
fn typescript_is_well_typed() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    // The compiler looks for packages in the folders above a file.
    let folder = tempfile::tempdir_in(&tools.node)?;
    let files = written(folder.path(), "ts", "ts")?;
    let options = ["--noEmit", "--strict", "--target", "es2022", "--module", "commonjs", "--moduleResolution", "node"];
    succeeded(Command::new(tools.node.join("node_modules/.bin/tsc")).args(options).args(files)).map(drop)
}

#[test]
fn go_is_well_typed() -> anyhow::Result<()> {
    if Tools::find().is_none() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let module = fs::read_to_string(repository("examples/go/go.mod"))?;
    let sdk = repository("sdk/go").canonicalize()?;
    fs::write(folder.path().join("go.mod"), module.replace("../../sdk/go", &sdk.display().to_string()))?;
    fs::copy(repository("examples/go/go.sum"), folder.path().join("go.sum"))?;
    for file in written(folder.path(), "go", "go")? {
        // The flags are those with which everything else in Go was built.
        succeeded(
            Command::new("go").args(["vet", "-trimpath", "-buildvcs=false"]).arg(file).current_dir(folder.path()),
        )?;
    }
    Ok(())
}

#[test]
fn yaml_fits_the_schema() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    let schema: Json = serde_json::from_str(&fs::read_to_string(repository("schema.json"))?)?;
    let example = Block {
        place: "examples/yaml/Main.yaml".to_owned(),
        language: "yaml".to_owned(),
        text: fs::read_to_string(repository("examples/yaml/Main.yaml"))?,
    };
    let mut resources = 0;
    for block in of("yaml")?.into_iter().chain([example]) {
        let parse = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.argv[1])))";
        let output = Command::new(tools.python("python")).args(["-c", parse, &block.text]).output()?;
        ensure!(output.status.success(), "{}: {}", block.place, String::from_utf8_lossy(&output.stderr));
        let parsed: Json = serde_json::from_slice(&output.stdout)?;
        for (name, resource) in parsed["resources"].as_object().into_iter().flatten() {
            let token = resource["type"].as_str().unwrap_or_default().replace("aws-django:", "aws-django:index:");
            let component = &schema["resources"][&token];
            let of = json!({"properties": component["inputProperties"], "required": component["requiredInputs"]});
            fits(&schema, &of, &resource["properties"]).with_context(|| format!("{}: `{name}`", block.place))?;
            resources += 1;
        }
    }
    assert_eq!(resources, 4, "the documentation and the example have a base and an app each");
    Ok(())
}

#[test]
fn shell_calls_what_there_is() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    for block in of("sh")? {
        let syntax = Command::new("sh").args(["-n", "-c", &block.text]).output()?;
        ensure!(syntax.status.success(), "{}: {}", block.place, String::from_utf8_lossy(&syntax.stderr));
        let mut folder = repository(".");
        for call in calls_of(&block) {
            check_call(&tools, &mut folder, &call).with_context(|| format!("{}: `{}`", block.place, call.trim()))?;
        }
    }
    Ok(())
}

#[test]
fn aws_takes_what_it_is_called_with() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    let calls: Vec<_> = of("sh")?.iter().flat_map(calls_of).filter(|call| call.starts_with("aws ")).collect();
    assert_eq!(refused_by_aws(&tools, &calls)?, json!({}));

    let wrong = [
        "aws rds fly",
        "aws rds wait db-instance-flown",
        "aws s3 fly",
        "aws ecs update-service --cluster alpha-cluster",
        "aws ecs update-service --cluster alpha-cluster --service alpha-beat --sideways",
        "aws ecs update-service --cluster alpha-cluster --service alpha-beat --desired-count many",
        "aws s3api put-bucket-versioning --bucket it --versioning-configuration State=On",
    ];
    let told = refused_by_aws(&tools, &wrong.map(str::to_owned))?;
    assert_eq!(told.as_object().map(serde_json::Map::len), Some(wrong.len()), "{told:#}");
    Ok(())
}

/// The calls of AWS's command line that it does not take, with the reasons.
fn refused_by_aws(tools: &Tools, calls: &[String]) -> anyhow::Result<Json> {
    let mut check = Command::new(tools.python("python"));
    check.arg(repository("tests/programs/aws_calls.py")).env("AWS_EC2_METADATA_DISABLED", "true");
    check.envs([("AWS_ACCESS_KEY_ID", "it"), ("AWS_SECRET_ACCESS_KEY", "it"), ("AWS_DEFAULT_REGION", "eu-central-1")]);
    let mut check = check.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    serde_json::to_writer(check.stdin.take().context("it reads")?, calls)?;
    let output = check.wait_with_output()?;
    ensure!(output.status.success(), "the calls of AWS cannot be checked");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The calls in a block of shell, those of a script in a script as well.
fn calls_of(block: &Block) -> Vec<String> {
    let mut calls = Vec::new();
    for line in block.text.replace("\\\n", " ").lines() {
        let line = line.split(" #").next().unwrap_or_default();
        let inner = line.split_once("$(").and_then(|(_, inner)| inner.split(')').next());
        let outer = line.split(" && ").flat_map(|calls| calls.split(" | "));
        // What is called in a loop stands in lines of its own.
        let called = outer.chain(inner).map(str::trim).filter(|call| !call.starts_with("for ") && *call != "done");
        calls.extend(called.map(str::to_owned));
    }
    calls
}

#[test]
fn links_lead_somewhere() -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for page in pages()? {
        let folder = page.parent().context("a page is in a folder")?;
        for link in links_of(&fs::read_to_string(&page)?) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { folder.join(file) };
            let is_there =
                target.exists() && (anchor.is_empty() || anchors(&fs::read_to_string(&target)?).contains(anchor));
            if !is_there {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn a_call_that_cannot_succeed_is_told() {
    let Some(tools) = Tools::find() else { return };
    for (folder, call) in [
        ("", "cd examples/cobol"),
        ("examples/go", "npm install"),
        ("", "pip install ./sdk/python"),
        ("", "python3 __main__.py nowhere.py"),
        ("", "pulumi up --sideways"),
        ("", "pulumi config set --sideways"),
        ("", "pulumi state unprotect --sideways"),
        ("", "cargo xtask fly"),
        ("", "aws-django update alpha"),
        ("", "aws-django status alpha --sideways"),
        ("", "gh workflow run fly.yml"),
        ("", "gh workflow run infra.yml -f sideways=true"),
    ] {
        assert!(check_call(&tools, &mut repository(folder), call).is_err(), "`{call}` passes in `{folder}`");
    }
}

/// Whether a command of Pulumi's has commands of its own.
fn has_inner(command: &str) -> bool {
    ["config", "plugin", "stack", "state"].contains(&command)
}

/// Whether a call, in the folder where it is made, is one that can succeed.
fn check_call(tools: &Tools, folder: &mut PathBuf, call: &str) -> anyhow::Result<()> {
    let words: Vec<_> = call.split_whitespace().collect();
    let [program, rest @ ..] = words.as_slice() else { return Ok(()) };
    ensure!(PROGRAMS.contains(program), "`{program}` is no program that the test knows");
    // What comes after `--` is called somewhere else.
    let here = rest.split(|word| *word == "--").next().unwrap_or_default();
    // What is taken away is in the reader's repository.
    let files = here.iter().filter(|word| [".txt", ".py", ".toml"].iter().any(|ending| word.ends_with(ending)));
    for file in files.filter(|_| *program != "rm") {
        ensure!(folder.join(file).exists(), "there is no file `{file}`");
    }
    let options = rest.iter().filter(|word| word.starts_with('-'));
    match (*program, rest) {
        ("pulumi", [command, ..]) => {
            // Commands that have commands of their own.
            let inner = rest.get(1).filter(|word| has_inner(command) && !word.starts_with('-'));
            let output = Command::new(&tools.pulumi).arg(command).args(inner).arg("--help").output()?;
            let help = String::from_utf8_lossy(&output.stdout).into_owned();
            ensure!(help.contains(&format!("pulumi {command}")), "there is no `pulumi {command}`");
            for option in options {
                ensure!(help.contains(&format!("{option},")) || help.contains(&format!("{option} ")), "no `{option}`");
            }
        }
        ("aws-django", _) => {
            Cli::try_parse_from(words.iter().map(|word| filled_in(word)))?;
        }
        ("uvx", _) => {
            Cli::try_parse_from(rest)?;
        }
        ("gh", ["workflow", "run", file, ..]) => {
            let workflow = fs::read_to_string(repository("template/.github/workflows").join(file));
            let workflow = workflow.with_context(|| format!("there is no workflow `{file}`"))?;
            for input in rest.windows(2).filter(|words| words[0] == "-f").filter_map(|words| words[1].split('=').next())
            {
                ensure!(workflow.contains(&format!("\n      {input}:\n")), "`{file}` has no input `{input}`");
            }
        }
        ("cargo", ["xtask", command, ..]) => {
            let source = fs::read_to_string(repository("xtask/src/main.rs"))?;
            let name = format!("\n    {}{}", command[..1].to_uppercase(), &command[1..]);
            let is_there = [",", " {", "("].iter().any(|end| source.contains(&format!("{name}{end}")));
            ensure!(is_there, "there is no `cargo xtask {command}`");
            for option in options {
                ensure!(source.contains(&format!("{}: bool", &option[2..])), "`cargo xtask` has no `{option}`");
            }
        }
        ("cargo", [.., "-p", package]) => {
            ensure!(repository("provider").join(package).exists(), "there is no package `{package}`");
        }
        ("cd", [path]) => {
            *folder = folder.join(path);
            ensure!(folder.is_dir(), "there is no folder `{path}`");
        }
        ("npm", ["install"]) => {
            let project: Json = serde_json::from_str(&fs::read_to_string(folder.join("package.json"))?)?;
            let versions = project["dependencies"].as_object().context("there are dependencies")?.values();
            for file in versions.filter_map(|version| version.as_str()?.strip_prefix("file:")) {
                ensure!(folder.join(file).is_file(), "the commands before do not make `{file}`");
            }
        }
        _ => {}
    }
    Ok(())
}

/// A word as a shell hands it on, with an account's number for each variable but for a key's.
fn filled_in(word: &str) -> String {
    let word = word.trim_matches(['"', '\'']).replace("$KEY", "arn:aws:kms:eu-central-1:123456789012:key/it");
    let mut parts = word.split('$');
    let first = parts.next().unwrap_or_default().to_owned();
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    parts.fold(first, |filled, part| filled + "123456789012" + part.trim_start_matches(is_name))
}

/// Whether an object has only properties of a type, and all that the type requires.
fn fits(schema: &Json, of: &Json, object: &Json) -> anyhow::Result<()> {
    for required in of["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        ensure!(!object[required].is_null(), "`{required}` is missing");
    }
    for (key, value) in object.as_object().context("properties are an object")? {
        let property = &of["properties"][key];
        ensure!(!property.is_null(), "there is no `{key}`");
        let (items, kind) = if value.is_array() {
            (value.as_array().cloned().unwrap_or_default(), &property["items"])
        } else {
            (vec![value.clone()], property)
        };
        let Some(token) = kind["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/types/")) else {
            continue;
        };
        for item in items.iter().filter(|item| item.is_object()) {
            fits(schema, &schema["types"][token], item).with_context(|| format!("in `{key}`"))?;
        }
    }
    Ok(())
}

/// The blocks of a language, each in a file of its own.
fn written(folder: &Path, language: &str, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let blocks = of(language)?;
    assert!(!blocks.is_empty(), "there is no block of `{language}`");
    let write = |(number, block): (usize, Block)| {
        let file = folder.join(format!("block_{number}.{ending}"));
        fs::write(&file, format!("// {}\n\n{}", block.place, block.text))?;
        Ok(file)
    };
    blocks.into_iter().enumerate().map(write).collect()
}

/// The blocks in a language.
pub(crate) fn of(language: &str) -> anyhow::Result<Vec<Block>> {
    Ok(blocks()?.into_iter().filter(|block| block.language == language).collect())
}

/// All blocks of the documentation.
fn blocks() -> anyhow::Result<Vec<Block>> {
    let mut found = Vec::new();
    for page in pages()? {
        found.extend(blocks_of(&page)?);
    }
    found.sort_by(|one, other| one.place.cmp(&other.place));
    Ok(found)
}

/// The pages of the documentation: the files beside the README, and those in `docs`.
fn pages() -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in ["", "docs"] {
        for entry in fs::read_dir(repository(folder))? {
            found.push(entry?.path());
        }
    }
    found.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    Ok(found)
}

/// Where a page's links lead within the repository.
fn links_of(page: &str) -> Vec<String> {
    let links = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    links.filter(|link| !link.contains("://")).map(str::to_owned).collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |it: char| it.is_alphanumeric() || it == '-' || it == '_' || it == ' ';
    headings
        .map(|heading| heading.to_lowercase().chars().filter(|it| kept(*it)).collect::<String>().replace(' ', "-"))
        .collect()
}

fn blocks_of(path: &Path) -> anyhow::Result<Vec<Block>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(path)?;
    let (mut found, mut open): (Vec<Block>, Option<(Block, usize)>) = (Vec::new(), None);
    for (number, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        open = match open.take() {
            Some((block, _)) if bare == "```" => {
                found.push(block);
                None
            }
            // A block in a list stands as far to the right as its fence does.
            Some((mut block, indent)) => {
                block.text = block.text + line.get(indent..).unwrap_or_default() + "\n";
                Some((block, indent))
            }
            None => bare.strip_prefix("```").map(|language| {
                let place = format!("{name}:{:04}", number + 1);
                (Block { place, language: language.to_owned(), text: String::new() }, line.len() - bare.len())
            }),
        };
    }
    ensure!(open.is_none(), "a block in `{name}` has no end");
    Ok(found)
}

/// All that a command says, which has to succeed.
pub(crate) fn succeeded(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).into_owned()).join("\n");
    ensure!(output.status.success(), "{command:?}\n{said}");
    Ok(said)
}
