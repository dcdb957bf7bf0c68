//! The package as somebody installs it who has no repository: the template, the SDKs from their files, and the plugin,
//! which Pulumi downloads by itself from a place that a server on this machine plays.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use e2e::home::{self, Home};
use e2e::tools::repository;
use e2e::{Cloud, Python, Site, Tools, call};
use serde_json::{Value as Json, json};

use crate::documents::{of, succeeded};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What is served where releases are downloaded: nothing else is asked for, and nobody else is.
const RELEASES: &str = "https://github.com/aws-django/aws-django/releases/download";
const PLUGIN: &str = "pulumi-resource-aws-django";
const PROVIDER: &str = "pulumi:providers:aws-django";

/// In JavaScript, so that nothing has to be compiled against the SDK first; a check of its types is elsewhere.
const NODE_PROGRAM: &str = "
const aws_django = require(\"@aws-django/pulumi\");
exports.base = new aws_django.AdHocBase(\"dev\", { domainName: \"example.com\" }).outputs;
";

/// A base, with an SDK that asks for a version.
const PYTHON_PROGRAM: &str = "
import pulumi
import pulumi_aws_django as aws_django

options = pulumi.ResourceOptions(version=pulumi.Config(\"install\").get(\"version\"))
aws_django.AdHocBase(\"dev\", domain_name=\"example.com\", opts=options)
";

#[test]
fn the_template_is_deployed_by_who_has_the_packages_alone() -> anyhow::Result<()> {
    let (Some(cloud), Some(packages), Some(newproject)) = (Cloud::start()?, Tools::packages(), Tools::newproject())
    else {
        return Ok(());
    };
    let (user, project) = User::with_template(&cloud, &packages, &newproject)?;
    let venv = user.venv(&cloud.tools, &packages)?;
    let mut pip = Command::new(cloud.tools.python("python"));
    pip.args(["-m", "pip", "--python"]).arg(venv.join("bin/python")).args(["install", "--no-index", "--requirement"]);
    succeeded(pip.arg(project.join("iac/requirements.txt"))).context("the template wants another version")?;

    let program = project.join("iac/__main__.py");
    let run = |stack: &str, operation: &str| {
        user.run(&venv.join("bin/python"), "run.py", &project, &program, stack, operation)?.succeeded()
    };
    run("dev", "preview")?;
    assert_eq!(user.site.asked(), [path_of_plugin(VERSION)], "the plugin is all that is downloaded");
    run("dev", "up")?;
    run("alpha", "up")?;
    assert_eq!(user.site.asked().len(), 1, "what is installed is not downloaded again");
    let status = succeeded(user.command(&venv.join("bin/aws-django")).args(["status", "alpha", "--events", "0"]))?;
    assert!(status.contains("gunicorn  1/1"), "{status}");

    let mut export = user.command(&cloud.tools.pulumi);
    let state = succeeded(export.args(["stack", "export", "--stack", "alpha"]).current_dir(&project))?;
    // What a component makes of this package comes from where the component itself comes from.
    assert_eq!(state.matches(&format!("\"type\": \"{PROVIDER}\"")).count(), 1);
    assert!(state.contains(&format!("\"pluginDownloadURL\": \"{RELEASES}/v${{VERSION}}\"")));

    // Another machine has nothing but the project and its state, and runs no program.
    let other = User::new(&cloud.tools, cloud.folder().join("other"), cloud.endpoint(), &packages)?;
    let mut destroy = other.command(&cloud.tools.pulumi);
    destroy.args(["destroy", "--yes", "--skip-preview", "--stack", "alpha"]).current_dir(&project);
    succeeded(destroy.env("PULUMI_BACKEND_URL", user.state()))?;
    assert_eq!(other.site.asked(), [path_of_plugin(VERSION)], "the state tells where the plugin is");
    Ok(())
}

#[test]
fn the_node_sdk_is_installed_from_its_file_and_deploys() -> anyhow::Result<()> {
    let (Some(cloud), Some(packages)) = (Cloud::start()?, Tools::packages()) else { return Ok(()) };
    let user = User::new(&cloud.tools, cloud.folder().join("user"), cloud.endpoint(), &packages)?;
    let project = user.folder.join("shop");
    fs::create_dir_all(&project)?;
    fs::copy(cloud.tools.node.join("package.json"), project.join("package.json"))?;
    npm_install(&cloud.tools, &packages, &project)?;
    fs::write(project.join("Pulumi.yaml"), "name: shop\nruntime: nodejs\n")?;
    let program = project.join("index.js");
    fs::write(&program, NODE_PROGRAM)?;

    let told = user.run(Path::new("node"), "run.mjs", &project, &program, "dev", "up")?.succeeded()?;
    assert!(told["summary"]["create"].as_u64() > Some(30), "{}", told["summary"]);
    assert_eq!(user.site.asked(), [path_of_plugin(VERSION)]);
    Ok(())
}

/// `docs/languages.md` puts a program in TypeScript into the template's place.
#[test]
fn the_template_is_deployed_by_the_documented_program_in_typescript() -> anyhow::Result<()> {
    let (Some(cloud), Some(packages), Some(newproject)) = (Cloud::start()?, Tools::packages(), Tools::newproject())
    else {
        return Ok(());
    };
    let (user, project) = User::with_template(&cloud, &packages, &newproject)?;
    for (language, says, file) in [
        ("ts", "iac/index.ts", "iac/index.ts"),
        ("json", "@pulumi/pulumi", "iac/package.json"),
        ("yaml", "stackConfigDir", "Pulumi.yaml"),
    ] {
        let block = of(language)?.into_iter().find(|block| block.text.contains(says)).context(file)?;
        ensure!(block.place.starts_with("languages.md"), "{file} stands in {}", block.place);
        fs::write(project.join(file), block.text)?;
    }
    let iac = project.join("iac");
    let (wanted, ours): (Json, _) = (serde_json::from_str(&fs::read_to_string(iac.join("package.json"))?)?, "^0.1.0");
    ensure!(
        wanted["dependencies"]["@aws-django/pulumi"] == ours && VERSION.starts_with("0.1."),
        "another SDK: {wanted}"
    );
    npm_install(&cloud.tools, &packages, &iac)?;
    let options = ["--strict", "--target", "es2022", "--module", "commonjs", "--moduleResolution", "node", "index.ts"];
    succeeded(Command::new(iac.join("node_modules/.bin/tsc")).args(options).current_dir(&iac))?;

    for (stack, least) in [("dev", 30), ("alpha", 30), ("live", 50), ("production", 50)] {
        let program = iac.join("index.js");
        let told = user.run(Path::new("node"), "run.mjs", &project, &program, stack, "up")?.succeeded()?;
        assert!(told["summary"]["create"].as_u64() > Some(least), "{stack}: {}", told["summary"]);
    }
    Ok(())
}

#[test]
fn a_plugin_that_does_not_come_is_told_as_documented() -> anyhow::Result<()> {
    let (Some(tools), Some(packages)) = (Tools::find(), Tools::packages()) else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let nobody = "http://127.0.0.1:9";
    let user = User::new(&tools, folder.path().join("user"), nobody, &packages)?;
    let python = user.venv(&tools, &packages)?.join("bin/python");
    let project = user.folder.join("shop");
    let (program, config) = (project.join("__main__.py"), project.join("Pulumi.dev.yaml"));
    fs::create_dir_all(&project)?;
    fs::write(project.join("Pulumi.yaml"), "name: shop\nruntime: python\n")?;
    fs::write(&program, PYTHON_PROGRAM)?;
    let whole = fs::read(packages.join(name_of_plugin(VERSION)))?;
    let half = whole.split_at(whole.len() / 2).0;

    let blocks = of("text")?;
    let documented: Vec<_> = blocks.iter().filter(|block| block.place.starts_with("install.md")).collect();
    let [missing, strange, broken, silent] = documented.as_slice() else { anyhow::bail!("a message has no case") };
    let cases = [
        ("9.9.9", Served::Nothing, missing),
        (VERSION, Served::Nothing, missing),
        (VERSION, Served::Archive(b"<html>Your password, please</html>"), strange),
        (VERSION, Served::Archive(half), broken),
        (VERSION, Served::NoAnswer, silent),
    ];
    for (version, served, documented) in cases {
        user.serve(served)?;
        fs::write(&config, format!("config:\n  install:version: {version}\n"))?;
        let told = user.run(&python, "run.py", &project, &program, "dev", "preview")?;
        let said = user.documented(&told.errors(), version);
        assert!(said.starts_with("Could not automatically download and install resource plugin"), "{said}");
        let documented = documented.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.ends_with(&documented), "the documentation says\n{documented}\nand Pulumi\n{said}");
    }
    Ok(())
}

#[test]
fn the_plugin_is_installed_by_hand_as_documented() -> anyhow::Result<()> {
    let (Some(tools), Some(packages)) = (Tools::find(), Tools::packages()) else { return Ok(()) };
    let blocks = of("sh")?;
    let lines =
        blocks.iter().filter(|block| block.place.starts_with("install.md")).flat_map(|block| block.text.lines());
    let by_hand: Vec<_> = lines.filter(|line| line.starts_with("pulumi plugin install ")).collect();
    assert_eq!(by_hand.len(), 2, "from a server, and from a file");
    for line in by_hand {
        let folder = tempfile::tempdir()?;
        let user = User::new(&tools, folder.path().join("user"), "http://127.0.0.1:9", &packages)?;
        let line = line.replace("${VERSION}", "${}").replace("VERSION", VERSION).replace("${}", "${VERSION}");
        let line = line.replace("OS-ARCH", &platform());
        succeeded(user.command(Path::new("sh")).args(["-c", &line]).current_dir(&packages)).context(line)?;
        let installed = user.folder.join(format!("home/plugins/resource-aws-django-v{VERSION}/{PLUGIN}"));
        assert!(installed.is_file(), "`{}` is not there", installed.display());
    }
    Ok(())
}

/// Somebody's machine: Pulumi, a fresh home in which the stand-in `aws` plugin is, and nothing of ours.
struct User {
    folder: PathBuf,
    home: Home,
    site: Site,
}

impl User {
    /// One for whom these packages are what is released.
    fn new(tools: &Tools, folder: PathBuf, endpoint: &str, packages: &Path) -> anyhow::Result<Self> {
        let nothing = folder.join("nothing");
        let home = Home::install(
            &folder,
            endpoint.to_owned(),
            Python::new(tools.venv.clone()),
            tools.pulumi.clone(),
            nothing,
        )?;
        let user = Self { site: Site::serve(folder.join("releases"))?, folder, home };
        fs::create_dir_all(user.releases())?;
        symlink(packages, user.releases().join(format!("v{VERSION}")))?;
        Ok(user)
    }

    /// One with the template's project in a folder.
    fn with_template(cloud: &Cloud, packages: &Path, newproject: &Path) -> anyhow::Result<(Self, PathBuf)> {
        let user = Self::new(&cloud.tools, cloud.folder().join("user"), cloud.endpoint(), packages)?;
        let project = user.folder.join("my shop");
        fs::create_dir_all(&project)?;
        call::lay_out(newproject, &project, "my-shop")?;
        Ok((user, project))
    }

    /// What the site serves: a folder for each version.
    fn releases(&self) -> PathBuf {
        self.folder.join("releases")
    }

    /// Has the site serve this from now on, in place of what is released.
    fn serve(&self, served: Served<'_>) -> anyhow::Result<()> {
        fs::remove_dir_all(self.releases())?;
        let release = self.releases().join(format!("v{VERSION}"));
        match served {
            Served::Nothing => fs::create_dir_all(&release)?,
            Served::Archive(content) => {
                fs::create_dir_all(&release)?;
                fs::write(release.join(name_of_plugin(VERSION)), content)?;
            }
            Served::NoAnswer => {}
        }
        Ok(())
    }

    /// What Pulumi says as the documentation has it: for any version, on any machine, with the real place of releases.
    fn documented(&self, said: &str, version: &str) -> String {
        let plain = said.replace(self.site.address(), RELEASES).replace(version, "VERSION");
        let home = self.folder.join("home").display().to_string();
        plain.replace(&platform(), "OS-ARCH").replace(&home, "~/.pulumi").trim().to_owned()
    }

    /// A Python environment with our packages from their files. What they depend on is in the tests' own environment.
    fn venv(&self, tools: &Tools, packages: &Path) -> anyhow::Result<PathBuf> {
        let venv = self.folder.join("venv");
        let theirs = tools.python("python");
        succeeded(Command::new(&theirs).args(["-m", "venv", "--without-pip"]).arg(&venv))?;
        let modules = |python: &Path| {
            let told =
                succeeded(Command::new(python).args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]))?;
            anyhow::Ok(PathBuf::from(told.trim()))
        };
        let ours = venv.join("bin/python");
        fs::write(modules(&ours)?.join("dependencies.pth"), modules(&theirs)?.display().to_string())?;
        let mut pip = Command::new(&theirs);
        pip.args(["-m", "pip", "--python"]).arg(&ours).args([
            "install",
            "--no-index",
            "--no-deps",
            "--ignore-installed",
        ]);
        let wheels = fs::read_dir(packages)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
        succeeded(pip.args(wheels.iter().filter(|file| file.extension().is_some_and(|ending| ending == "whl"))))?;
        Ok(venv)
    }

    /// A call on this machine, where Pulumi may download what it needs.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        home::strangers().for_each(|stranger| {
            command.env_remove(stranger);
        });
        let (releases, site) = (RELEASES.replace('.', "\\."), self.site.address());
        // Whatever else somebody asks for is not there, and seen.
        let overrides = format!("^{releases}/(?P<tag>.+)$={site}/${{tag}},.*={site}/elsewhere");
        command.envs(self.home.environment()).env_remove("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION");
        command.env("PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES", overrides).env("PATH", self.home.search_path());
        command
    }

    /// Where the states of this machine's stacks are.
    fn state(&self) -> OsString {
        let state = self.home.environment().into_iter().find(|(name, _)| *name == "PULUMI_BACKEND_URL");
        state.map(|(_, url)| url).unwrap_or_default()
    }

    /// Runs an operation on a program, as `tests/programs` does for its language.
    fn run(
        &self,
        language: &Path,
        runner: &str,
        project: &Path,
        program: &Path,
        stack: &str,
        operation: &str,
    ) -> anyhow::Result<Told> {
        let [request, result] = ["request", "result"].map(|name| self.folder.join(name));
        let content = json!({
            "project_dir": project, "program": program, "stack": stack, "operation": operation, "result_file": result,
        });
        fs::write(&request, content.to_string())?;
        let output = self.command(language).arg(repository("tests/programs").join(runner)).arg(&request).output()?;
        let told = fs::read_to_string(&result).with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        fs::remove_file(&result)?;
        Ok(Told(serde_json::from_str(&told)?))
    }
}

/// What the site has for who asks for the plugin.
#[derive(Clone, Copy)]
enum Served<'a> {
    Nothing,
    Archive(&'a [u8]),
    /// It hangs up.
    NoAnswer,
}

/// What a runner tells.
struct Told(Json);

impl Told {
    /// The errors of an operation that failed.
    fn errors(&self) -> String {
        let diagnostics = self.0["diagnostics"].as_array().into_iter().flatten();
        let errors = diagnostics.filter(|it| it["severity"] == "error").filter_map(|it| it["message"].as_str());
        errors.collect()
    }

    fn succeeded(self) -> anyhow::Result<Json> {
        ensure!(self.0["result"] == "succeeded", "{:#}", self.0);
        Ok(self.0)
    }
}

/// Installs our SDK from its file into a project. What it depends on is there, and comes from no registry.
fn npm_install(tools: &Tools, packages: &Path, project: &Path) -> anyhow::Result<()> {
    succeeded(Command::new("cp").arg("--recursive").arg(tools.node.join("node_modules")).arg(project))?;
    fs::remove_dir_all(project.join("node_modules/@aws-django"))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--offline", "--no-save", "--no-package-lock", "--no-audit", "--no-fund"]);
    succeeded(npm.arg(packages.join(format!("aws-django-pulumi-{VERSION}.tgz"))).current_dir(project)).map(drop)
}

/// Where Pulumi looks for the plugin of a version for this machine, below the releases.
fn path_of_plugin(version: &str) -> String {
    format!("/v{version}/{}", name_of_plugin(version))
}

fn name_of_plugin(version: &str) -> String {
    format!("{PLUGIN}-v{version}-{}.tar.gz", platform())
}

/// This machine as Pulumi calls it.
fn platform() -> String {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    format!("{os}-{arch}")
}
