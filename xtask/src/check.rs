//! `cargo xtask test`: everything that guards the code, step by step, and one closing line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use e2e::Tools;

use crate::counts::Counts;
use crate::interrupt::{self, Interrupted};
use crate::process::Call;
use crate::workspace::{Workspace, copy, remove, write};
use crate::{framework, generate, install, languages, package, rehearsal};

type Step = fn(&Workspace) -> anyhow::Result<Counts>;

/// The steps in their order: what fails fast comes first. Each gets by itself what it needs, so each can fail alone.
const STEPS: [(&str, Step); 17] = [
    ("languages", languages),
    ("format", format),
    ("lints", lints),
    ("unit tests", unit_tests),
    ("framework", framework),
    ("generated files", generated_files),
    ("schema", schema),
    ("Python SDK", python_sdk),
    ("Node SDK", node_sdk),
    ("TypeScript programs", typescript_programs),
    ("Go code", go_code),
    ("workflows", workflows),
    ("Python types", python_types),
    ("Python lints", python_lints),
    ("stand-in plugin", stand_in_plugin),
    ("end to end", end_to_end),
    ("demo", rehearsal::run),
];

/// Runs every step, also after one that failed; the last line counts, and nothing follows it.
pub fn run(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let before = git_status(workspace)?;
    let mut total = Counts::default();
    let mut table = Vec::new();
    for (name, step) in STEPS {
        println!("\n==> {name}");
        let begin = Instant::now();
        let outcome = step(workspace);
        if interrupt::happened() {
            return Err(Interrupted.into());
        }
        let counts = judged(outcome);
        table.push(format!("  {name:<22} {:>7.1} s   {counts}", begin.elapsed().as_secs_f64()));
        total += counts;
    }
    let clean = git_status(workspace)? == before;
    total += if clean { Counts::PASSED } else { Counts::FAILED };
    println!("\n{}", table.join("\n"));
    if !clean {
        println!("  error: the steps changed what `git status` shows");
    }
    for (reason, tests) in &total.skipped {
        println!("  {tests} skipped: {reason}");
    }
    println!("\n{total}");
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a step counts; one that failed, or that checked nothing, counts as a check that does not hold.
fn judged(outcome: anyhow::Result<Counts>) -> Counts {
    let found = outcome.and_then(|counts| {
        ensure!(counts != Counts::default(), "the step checked nothing");
        Ok(counts)
    });
    found.unwrap_or_else(|error| {
        println!("  error: {error:#}");
        Counts::FAILED
    })
}

fn git_status(workspace: &Workspace) -> anyhow::Result<String> {
    Call::new("git").args(["status", "--porcelain"]).dir(&workspace.root).output()
}

fn languages(_: &Workspace) -> anyhow::Result<Counts> {
    passed(languages::check())
}

fn format(workspace: &Workspace) -> anyhow::Result<Counts> {
    passed(Call::new("cargo").args(["fmt", "--all", "--check"]).dir(&workspace.root).shown())
}

fn lints(workspace: &Workspace) -> anyhow::Result<Counts> {
    let clippy = Call::new("cargo").args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
    passed(clippy.dir(&workspace.root).shown())
}

/// The tests of what is not end to end, in two calls: together with the dependencies of `xtask` those of the packages
/// would have features that nothing else here builds them with, and be compiled twice.
fn unit_tests(workspace: &Workspace) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    for package in [&[][..], &["--package", "xtask"]] {
        let tests = Call::new("cargo").arg("test").args(package).args(["--no-fail-fast", "--", "--show-output"]);
        counts += counted(tests.dir(&workspace.root))?;
    }
    Ok(counts)
}

fn framework(workspace: &Workspace) -> anyhow::Result<Counts> {
    let mut counts = passed(framework::document(workspace))?;
    counts += passed(framework::package(workspace))?;
    Ok(counts)
}

fn generated_files(workspace: &Workspace) -> anyhow::Result<Counts> {
    passed(generate::run(workspace, true))
}

fn schema(workspace: &Workspace) -> anyhow::Result<Counts> {
    let schemas = ["schema.json", "provider/pulumi-component/examples/notes/schema.json"];
    each(schemas.map(|path| workspace.path(path)).into(), |schema| {
        install::pulumi_command(workspace)?.args(["schema", "check"]).arg(schema).shown()
    })
}

fn python_sdk(workspace: &Workspace) -> anyhow::Result<Counts> {
    let python = install::python(workspace)?.join("bin/python");
    let import = Call::new(python).args(["-c", "import pulumi_aws_django as sdk; sdk.AdHocBase, sdk.AdHocApp"]);
    passed(import.dir(&workspace.target("venv")).shown())
}

fn node_sdk(workspace: &Workspace) -> anyhow::Result<Counts> {
    let project = install::node(workspace)?;
    let script = "const sdk = require('@aws-django/pulumi'); if (!sdk.AdHocBase || !sdk.AdHocApp) process.exit(1)";
    passed(Call::new("node").args(["-e", script]).dir(&project).shown())
}

/// Compiles the TypeScript programs into the Node project, where the end-to-end tests run them.
fn typescript_programs(workspace: &Workspace) -> anyhow::Result<Counts> {
    let project = install::node(workspace)?;
    let compiled = project.join("programs");
    remove(&compiled)?;
    each(folders_with(workspace, "index.ts")?, |folder| {
        let target = compiled.join(folder.file_name().context("a program has a folder")?);
        for file in ["index.ts", "tsconfig.json"] {
            copy(&folder.join(file), &target.join(file))?;
        }
        Call::new(project.join("node_modules/.bin/tsc")).arg("--project").arg(&target).shown()
    })
}

/// Vets the Go modules: the tools, the SDK, the example as users run it and as the tests run it, and what reads the source
/// of AWS's provider.
fn go_code(workspace: &Workspace) -> anyhow::Result<Counts> {
    install::go_programs(workspace)?;
    let ours = ["tools", "sdk/go", "examples/go", "target/go/sources", "tests/aws/rights/reader"]
        .map(|path| workspace.path(path));
    each(ours.into(), |folder| {
        // The flags are those with which the Pulumi CLI was built, so that Go finds what it has compiled.
        let vet = Call::new("go").args(["vet", "-trimpath", "-buildvcs=false", "./..."]).dir(folder);
        vet.logged("vetting", &workspace.log("go-vet"))?;
        let unformatted = Call::new("gofmt").args(["-l", "."]).dir(folder).output()?;
        ensure!(unformatted.is_empty(), "`gofmt -w` has to format {}", unformatted.trim().replace('\n', ", "));
        Ok(())
    })
}

/// A workflow with a slip: there is no `matrx`.
const SLIP: &str = "on: push
jobs:
  build:
    strategy: { matrix: { system: [ubuntu-24.04] } }
    runs-on: ${{ matrx.system }}
    steps: [{ run: 'true' }]
";

/// Checks what GitHub runs of ours and of the template's, and that a slip in it would be found. What `actionlint` calls if
/// it is there, it does not call, so that it says the same everywhere.
fn workflows(workspace: &Workspace) -> anyhow::Result<Counts> {
    let actionlint = install::actionlint(workspace)?;
    // A workflow that calls another is looked at from the root of its repository.
    let project = workspace.target("template-at-github");
    remove(&project)?;
    copy(&workspace.path("template/.github"), &project.join(".github"))?;
    Call::new("git").args(["init", "--quiet"]).dir(&project).shown()?;
    let slip = project.join(".github/workflows/slip.yml");
    let call = || Call::new(&actionlint).args(["-no-color", "-shellcheck=", "-pyflakes="]);
    let counts = each(vec![workspace.root.clone(), project.clone()], |root| call().dir(root).shown())?;
    write(&slip, SLIP)?;
    ensure!(call().dir(&project).output().is_err(), "`actionlint` takes a workflow with a slip in it");
    Ok(counts)
}

/// Checks the types of every Python program, each on its own, since all are called `__main__`.
fn python_types(workspace: &Workspace) -> anyhow::Result<Counts> {
    let venv = install::python(workspace)?;
    let ours = [
        "__main__.py",
        "provider/pulumi-component/examples/notes/program/__main__.py",
        "template/iac/__main__.py",
        "tests/programs/recorded.py",
        "tests/programs/run.py",
        "tests/programs/visitor.py",
        "tests/src/certificate.py",
    ];
    let mut programs = ours.map(|path| workspace.path(path)).to_vec();
    programs.extend(folders_with(workspace, "__main__.py")?.into_iter().map(|folder| folder.join("__main__.py")));
    each(programs, |program| {
        let mypy = Call::new(venv.join("bin/mypy")).args(["--strict", "--no-error-summary"]).arg(program);
        mypy.env("MYPY_CACHE_DIR", workspace.target("mypy")).dir(&workspace.root).shown()
    })
}

/// One check for each program, also after one that failed.
fn each(programs: Vec<PathBuf>, check: impl Fn(&Path) -> anyhow::Result<()>) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    for program in programs {
        println!("  {}", program.display());
        counts += match check(&program) {
            Ok(()) => Counts::PASSED,
            Err(error) if interrupt::happened() => return Err(error),
            Err(error) => {
                println!("  error: {error:#}");
                Counts::FAILED
            }
        };
    }
    Ok(counts)
}

fn python_lints(workspace: &Workspace) -> anyhow::Result<Counts> {
    let ruff = install::python(workspace)?.join("bin/ruff");
    let sources = ["__main__.py", "examples", "provider/pulumi-component/examples/notes/program", "template", "tests"]
        .map(|path| workspace.path(path));
    let call = || Call::new(&ruff).env("RUFF_CACHE_DIR", workspace.target("ruff")).dir(&workspace.root);
    call().arg("check").args(&sources).shown()?;
    passed(call().args(["format", "--check"]).args(&sources).shown())
}

fn stand_in_plugin(workspace: &Workspace) -> anyhow::Result<Counts> {
    let venv = install::python(workspace)?;
    let pytest = Call::new(venv.join("bin/python")).args(["-m", "pytest", "-rs", "tests/aws"]);
    let pytest = pytest.args(["-p", "no:cacheprovider"]).env("PYTHONDONTWRITEBYTECODE", "1");
    counted(pytest.envs(tool_paths(workspace)?).dir(&workspace.root))
}

fn end_to_end(workspace: &Workspace) -> anyhow::Result<Counts> {
    let tests = Call::new("cargo").args(["test", "--package", "e2e", "--no-fail-fast"]);
    // A test waits for polls about as long as it computes.
    let threads = thread::available_parallelism().map_or(1, usize::from) * 2;
    let threads = format!("--test-threads={threads}");
    counted(tests.envs(tool_paths(workspace)?).dir(&workspace.root).args(["--", "--show-output", &threads]))
}

/// Where the tests find what they need: every tool is there, so none of them has a reason to skip.
fn tool_paths(workspace: &Workspace) -> anyhow::Result<[(&'static str, PathBuf); 7]> {
    let Tools { pulumi, ours, venv, node, go } = install::tools(workspace)?;
    Ok([
        ("E2E_PULUMI", pulumi),
        ("E2E_BIN", ours),
        ("E2E_VENV", venv),
        ("E2E_NODE", node),
        ("E2E_GO", go),
        ("E2E_NEWPROJECT", install::newproject(workspace)?),
        ("E2E_PACKAGES", package::rehearsed(workspace)?),
    ])
}

/// The folders below `examples` and `tests/programs` that hold a file of this name.
fn folders_with(workspace: &Workspace, name: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for parent in ["examples", "tests/programs"].map(|path| workspace.path(path)) {
        for entry in fs::read_dir(&parent).with_context(|| format!("cannot read `{}`", parent.display()))? {
            let folder = entry?.path();
            if folder.join(name).is_file() {
                found.push(folder);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// One check, which is the success of a call.
fn passed(call: anyhow::Result<()>) -> anyhow::Result<Counts> {
    call.map(|()| Counts::PASSED)
}

/// The checks of a test runner; what tests that pass have written stays hidden.
fn counted(call: Call) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let (mut skipped, mut hidden) = (Vec::new(), false);
    // Without the first, a stale snapshot would leave its successor beside the sources; a test's name says where it is.
    let call = call.env("INSTA_UPDATE", "no").env("RUST_BACKTRACE", "0");
    let status = call.each_line(&mut |line| {
        let Some(line) = line else { return };
        counts += Counts::of_line(line);
        match line {
            "successes:" => hidden = true,
            "failures:" => hidden = false,
            line if line.starts_with("test result: ") => hidden = false,
            _ => {}
        }
        if let Some(reason) = line.strip_prefix("skipped: ") {
            skipped.push(reason.to_owned());
        } else if !hidden {
            println!("  {line}");
        }
    })?;
    for reason in &skipped {
        counts.skip(reason);
    }
    if !status.success() && counts.failed == 0 {
        counts += Counts::FAILED;
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::{Counts, judged};

    #[test]
    fn a_step_that_fails_or_checks_nothing_does_not_hold() {
        assert_eq!(judged(Err(anyhow!("no"))), Counts::FAILED);
        assert_eq!(judged(Ok(Counts::default())), Counts::FAILED);
        assert_eq!(judged(Ok(Counts::PASSED)), Counts::PASSED);
    }
}
