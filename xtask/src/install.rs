//! What has to be there before anything runs: the plugin, the Pulumi CLI, and the Python and Node environments with our
//! SDK in them. Each is made once and made again only when what it is made from has changed.

use std::path::{Path, PathBuf};
use std::{fs, slice};

use anyhow::{Context as _, bail, ensure};
use e2e::Tools;
use serde_json::Value;

use crate::languages::{GO, NODE, PYTHON, Version, version};
use crate::process::Call;
use crate::workspace::{Workspace, copy, remove, write};

const PULUMI_MODULE: &str = "github.com/pulumi/pulumi/pkg/v3";
/// The oldest CLI that the demo takes from `PATH`: the first one with the provider handshake.
const OLDEST_PULUMI: Version = (3, 143);

/// All that the end-to-end tests work with.
pub fn tools(workspace: &Workspace) -> anyhow::Result<Tools> {
    Ok(Tools {
        pulumi: pulumi(workspace)?,
        ours: programs(workspace)?,
        venv: python(workspace)?,
        node: node(workspace)?,
        go: go_programs(workspace)?,
    })
}

/// The Pulumi CLI in the version that `tools/go.mod` names, which the tests use.
pub fn pulumi(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let binary = workspace.target("tools/pulumi");
    let module = workspace.path("tools");
    let recipe = "-trimpath -buildvcs=false -s -w version";
    workspace.once("pulumi", &[module.join("go.mod"), module.join("go.sum")], recipe, &binary, || {
        GO.check()?;
        let list = Call::new("go").args(["list", "-m", "-f", "{{.Version}}", PULUMI_MODULE]).dir(&module);
        let version = list.output()?.trim().to_owned();
        Call::new("go")
            .args(["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags"])
            .arg(format!("-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}"))
            .arg("-o")
            .arg(&binary)
            .arg(format!("{PULUMI_MODULE}/cmd/pulumi"))
            .dir(&module)
            .logged(
                &format!("building the Pulumi CLI {version}, some minutes the first time"),
                &workspace.log("pulumi"),
            )
    })?;
    Ok(binary)
}

/// A call of that CLI, in a home of its own.
pub fn pulumi_command(workspace: &Workspace) -> anyhow::Result<Call> {
    let call = Call::new(pulumi(workspace)?).env("PULUMI_HOME", workspace.target("pulumi-home"));
    Ok(call.env("PULUMI_SKIP_UPDATE_CHECK", "true"))
}

/// The CLI on `PATH` if it is new enough, else the one that the tests use.
pub fn pulumi_for_demo(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let found = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).map(|folder| folder.join("pulumi")).find(|file| file.is_file()));
    let Some(found) = found else { return pulumi(workspace) };
    let said = Call::new(&found).arg("version").env("PULUMI_SKIP_UPDATE_CHECK", "true").output();
    match said.ok().and_then(|said| version(&said)) {
        Some(version) if version >= OLDEST_PULUMI => {
            println!("  using `{}`", found.display());
            Ok(found)
        }
        _ => {
            let (major, minor) = OLDEST_PULUMI;
            println!("  `{}` is older than {major}.{minor}, so the pinned one is used", found.display());
            pulumi(workspace)
        }
    }
}

/// The generator of the SDKs.
pub fn gensdk(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    tool(workspace, "gensdk", "building the generator of the SDKs")
}

/// What lays out a project from a template, as `pulumi new` does.
pub fn newproject(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    tool(workspace, "newproject", "building what lays out a project")
}

/// What checks workflows of GitHub, in the version that its own module pins: it needs other versions than Pulumi does.
pub fn actionlint(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let package = "github.com/rhysd/actionlint/cmd/actionlint";
    go_build(workspace, "actionlint", "tools/actionlint", &[], package, "building what checks workflows")
}

/// A program of the module `tools`.
fn tool(workspace: &Workspace, name: &str, what: &str) -> anyhow::Result<PathBuf> {
    go_build(workspace, name, "tools", &[name], &format!("./{name}"), what)
}

/// A program that a Go module of ours has in the folders `sources`, or pins.
fn go_build(
    workspace: &Workspace,
    name: &str,
    module: &str,
    sources: &[&str],
    package: &str,
    what: &str,
) -> anyhow::Result<PathBuf> {
    let (module, binary) = (workspace.path(module), workspace.target("tools").join(name));
    let inputs: Vec<_> = ["go.mod", "go.sum"].iter().chain(sources).map(|path| module.join(path)).collect();
    workspace.once(name, &inputs, "", &binary, || {
        GO.check()?;
        let build = Call::new("go").args(["build", "-v", "-trimpath", "-buildvcs=false", "-o"]).arg(&binary);
        build.arg(package).dir(&module).logged(what, &workspace.log(name))
    })?;
    Ok(binary)
}

/// The folder of what runs a Go program in the tests, in place of the program's own `main.go`.
pub const GO_RUNNER: &str = "tests/programs/go";

/// The Go programs of the tests, each with its runner in one binary; returns their folder.
pub fn go_programs(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let folder = workspace.target("go");
    let example = workspace.path("examples/go");
    // It stands as deep as the runner's own folder, so that `go.mod` finds the SDK from either.
    let (sources, binary) = (folder.join("sources"), folder.join("bin/go"));
    let inputs = [example.clone(), workspace.path(GO_RUNNER), workspace.path("sdk/go")];
    workspace.once("go-programs", &inputs, "", &binary, || {
        GO.check()?;
        copy(&example, &sources)?;
        for file in ["main.go", "go.mod", "go.sum"] {
            copy(&workspace.path(GO_RUNNER).join(file), &sources.join(file))?;
        }
        let build = Call::new("go").args(["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o"]);
        let build = build.arg(&binary).arg(".").dir(&sources);
        build.logged("building the Go program", &workspace.log("go-programs"))
    })?;
    Ok(folder.join("bin"))
}

/// Builds the plugin and puts it into the folder that `Pulumi.yaml` names; returns the folder.
pub fn plugin(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    build(workspace, &["pulumi-resource-aws-django"])
}

/// The plugin of the framework's example.
pub const EXAMPLE_PLUGIN: &str = "pulumi-resource-notes";

/// The same, with the command line and the framework's example beside the plugin. One call builds all: each alone would
/// have its dependencies with other features, and compile them anew.
pub fn programs(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    build(workspace, &["pulumi-resource-aws-django", "aws-django", EXAMPLE_PLUGIN])
}

/// Builds programs of packages of the same names, and puts them into the folder of all; returns the folder.
fn build(workspace: &Workspace, names: &[&str]) -> anyhow::Result<PathBuf> {
    let mut built = Vec::new();
    println!("  building {} ...", names.join(", "));
    let selected = names.iter().flat_map(|name| ["--package", name, "--bin", name]);
    let cargo = Call::new("cargo").arg("build").args(selected).arg("--message-format=json-render-diagnostics");
    let status = cargo.dir(&workspace.root).each_line(&mut |line| {
        let Some(line) = line else { return };
        match serde_json::from_str::<Value>(line) {
            Ok(message) => built.extend(message["executable"].as_str().map(PathBuf::from)),
            Err(_) => println!("    {line}"),
        }
    })?;
    ensure!(status.success() && built.len() == names.len(), "{} do not compile", names.join(", "));
    let folder = workspace.path("bin");
    for program in built {
        let installed = folder.join(program.file_name().context("a program has a name")?);
        if fs::read(&installed).ok() != Some(fs::read(&program)?) {
            // A program that runs can be replaced, but not written over.
            let fresh = installed.with_extension("new");
            fs::copy(&program, &fresh).with_context(|| format!("cannot copy `{}`", program.display()))?;
            fs::rename(&fresh, &installed)?;
        }
    }
    Ok(folder)
}

/// The package's SDK for Python: how it is called, and its folder.
const OURS: (&str, &str) = ("pulumi-aws-django", "sdk/python");
/// That and the SDK of the framework's example.
const PYTHON_SDKS: [(&str, &str); 2] = [OURS, ("pulumi-notes", "provider/pulumi-component/examples/notes/sdk/python")];

/// The Python environment of the demo and the tests, with the SDKs from their wheels; returns its folder.
pub fn python(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let lists = ["tests/aws/requirements.txt", "tests/programs/requirements.txt"];
    let venv = environment(workspace, "venv", &lists, Some(&uv(workspace)?))?;
    for sdk in PYTHON_SDKS {
        let wheel = one_file(&packed(workspace, sdk)?, ".whl")?;
        // Whatever makes the environment anew takes the SDKs with it.
        let (name, _) = sdk;
        let installed = venv.join(name);
        workspace.once(&format!("{name}-installed"), slice::from_ref(&wheel), "", &installed, || {
            let pip = || pip(&venv);
            // The version is the same from build to build, so what is installed has to go first.
            pip().args(["uninstall", "--yes", name]).output()?;
            let install = pip().arg("install").arg(&wheel);
            install
                .logged(&format!("installing `{name}` from its wheel"), &workspace.log(&format!("{name}-install")))?;
            write(&installed, "")
        })?;
    }
    Ok(venv)
}

/// Our SDK for Python as a wheel and as sources; returns the folder of both.
pub fn packed_python_sdk(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    packed(workspace, OURS)
}

fn packed(workspace: &Workspace, (name, sdk): (&str, &str)) -> anyhow::Result<PathBuf> {
    let packed = workspace.target(&format!("sdk/python/{name}"));
    let inputs = [sdk, LICENCE, PACKER].map(|path| workspace.path(path));
    workspace.once(name, &inputs, "", &packed, || {
        // Building leaves files beside the sources, and the sources are committed.
        let sources = workspace.target(&format!("sdk/python-sources/{name}"));
        copy(&workspace.path(sdk), &sources)?;
        copy(&workspace.path(LICENCE), &sources.join(LICENCE))?;
        remove(&packed)?;
        // The wheel is made from the packed sources, which are whole then.
        let build =
            Call::new(packer(workspace)?.join("bin/python")).args(["-m", "build", "--no-isolation", "--outdir"]);
        let build = build.arg(&packed).arg(&sources);
        build.logged(&format!("packing `{name}` for Python"), &workspace.log(name))
    })?;
    Ok(packed)
}

const LICENCE: &str = "LICENSE";
const PACKER: &str = "xtask/requirements.txt";

/// What writes Python packages and installs them; returns the folder of its environment.
pub fn packer(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    environment(workspace, "packer", &[PACKER], None)
}

/// What compiles and links for musl; returns the folder of its environment.
pub fn zig(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    environment(workspace, "zig", &["xtask/zig-requirements.txt"], Some(&uv(workspace)?))
}

/// What installs Python packages in a fifth of pip's time.
fn uv(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    Ok(packer(workspace)?.join("bin/uv"))
}

/// A Python environment with what these files list, by `uv` where it is there and can; returns its folder.
fn environment(workspace: &Workspace, name: &str, lists: &[&str], uv: Option<&Path>) -> anyhow::Result<PathBuf> {
    let folder = workspace.target(name);
    let lists: Vec<_> = lists.iter().map(|list| workspace.path(list)).collect();
    workspace.once(name, &lists, "", &folder.join("bin/python"), || {
        PYTHON.check()?;
        let make = Call::new("python3").args(["-m", "venv", "--clear"]).arg(&folder);
        make.logged("making a Python environment", &workspace.log(name))
            .context("Python's module `venv` is needed; Debian has it in the package `python3-venv`")?;
        let (what, log) = ("installing Python packages", workspace.log(&format!("{name}-packages")));
        let listed = |install: Call| {
            install.args(lists.iter().flat_map(|list| ["--requirement".as_ref(), list.as_os_str()])).logged(what, &log)
        };
        if let Some(uv) = uv {
            // The tests' programs leave no compiled modules behind.
            let uv = Call::new(uv).args(["pip", "install", "--compile-bytecode", "--python"]);
            match listed(uv.arg(folder.join("bin/python"))) {
                Ok(()) => return Ok(()),
                Err(_) => println!("  `uv` cannot, which knows nothing of pip's settings; once more with `pip`"),
            }
        }
        listed(pip(&folder).arg("install"))
    })?;
    Ok(folder)
}

/// The installer of a Python environment.
fn pip(environment: &Path) -> Call {
    Call::new(environment.join("bin/python")).args(["-m", "pip", "--disable-pip-version-check"])
}

/// Where the Node SDK stands when it is packed, below `target`; `examples/typescript/package.json` names it.
const PACKED_NODE_SDK: &str = "sdk/nodejs/aws-django-pulumi.tgz";

/// The Node SDK in one file, for `npm install`.
pub fn packed_node_sdk(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    node(workspace)?;
    Ok(workspace.target(PACKED_NODE_SDK))
}

/// The Node project of the tests, with our SDK from its packed file; returns its folder.
pub fn node(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let project = workspace.target("node");
    let committed = ["package.json", "package-lock.json"].map(|file| workspace.path("tests/programs").join(file));
    let npm = || Call::new("npm").args(["--no-audit", "--no-fund", "--no-update-notifier"]);
    workspace.once("node", &committed, "", &project.join("node_modules"), || {
        NODE.check()?;
        remove(&workspace.target("stamps/node-sdk"))?;
        remove(&project)?;
        for file in &committed {
            copy(file, &project.join(file.file_name().context("a file has a name")?))?;
        }
        npm().arg("ci").dir(&project).logged("installing Node packages", &workspace.log("npm"))
    })?;
    let installed = project.join("node_modules/@aws-django/pulumi");
    let inputs = ["sdk/nodejs", LICENCE].map(|path| workspace.path(path));
    workspace.once("node-sdk", &inputs, PACKED_NODE_SDK, &installed, || {
        // The sources stand inside the project, so that the compiler finds the packages that they import.
        let sources = project.join("sdk");
        copy(&workspace.path("sdk/nodejs"), &sources)?;
        let compiler = Call::new(project.join("node_modules/.bin/tsc")).arg("--project").arg(&sources);
        compiler.logged("compiling the Node SDK", &workspace.log("node-sdk"))?;
        for file in ["package.json", "README.md"] {
            copy(&sources.join(file), &sources.join("bin").join(file))?;
        }
        copy(&workspace.path(LICENCE), &sources.join("bin").join(LICENCE))?;
        let packed = workspace.target("sdk/nodejs");
        remove(&packed)?;
        fs::create_dir_all(&packed)?;
        let pack = npm().arg("pack").arg("--pack-destination").arg(&packed).dir(&sources.join("bin"));
        pack.logged("packing the Node SDK", &workspace.log("node-sdk-pack"))?;
        // The name that npm gives it has the version in it.
        let file = workspace.target(PACKED_NODE_SDK);
        fs::rename(one_file(&packed, ".tgz")?, &file)?;
        // `--no-save` leaves the lock file as it is committed.
        let install = npm().args(["install", "--no-save"]).arg(file).dir(&project);
        install.logged("installing the Node SDK from its packed file", &workspace.log("node-sdk-install"))
    })?;
    Ok(project)
}

/// The only file of a folder whose name ends so.
fn one_file(folder: &Path, ending: &str) -> anyhow::Result<PathBuf> {
    let mut files = crate::workspace::files(folder)?;
    files.retain(|file| file.to_string_lossy().ends_with(ending));
    match (files.pop(), files.is_empty()) {
        (Some(file), true) => Ok(file),
        _ => bail!("`{}` should hold one file `*{ending}`", folder.display()),
    }
}
