//! The Django project of the documentation: it runs with what an app gives its containers, and in the image as described.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use e2e::Tools;

use crate::documents::{of, succeeded};
use crate::registered::App;

/// What the project has besides, as `django-admin startproject` writes it.
const WSGI: &str = r#"
import os
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
application = get_wsgi_application()
"#;
const URLS: &str = "urlpatterns: list[object] = []\n";
/// Asks as the load balancer does, by the task's address and without TLS: for its own path, and for another one.
pub(crate) const ASK: &str = "import django; django.setup(); from django.test import Client; c = Client(); \
                   a = [c.get(path, headers={'host': '10.0.16.7:8000'}).status_code for path in \
                   ('/api/health-check/', '/')]; assert a == [200, 400], a";
/// What a hardened container runs as.
const USER: &str = "1000:1000";

#[test]
fn the_documented_project_runs_with_what_an_app_gives_it() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    let folder = project()?;
    let given = given()?;
    let python = |args: &[&str], environment: &BTreeMap<String, String>| {
        let mut command = Command::new(tools.python("python"));
        command.args(args).current_dir(folder.path()).env_clear().env("DJANGO_SETTINGS_MODULE", "shop.settings");
        succeeded(command.envs(environment))
    };
    let building = BTreeMap::from([("BUILDING".to_owned(), "1".to_owned())]);
    python(&["-m", "django", "collectstatic", "--no-input"], &building)?;
    let said = python(&["-m", "django", "check", "--deploy"], &given)?;
    let warnings = said.split_whitespace().filter(|word| word.starts_with("(security.")).collect::<Vec<_>>();
    // Other hosts below the app's, and the lists of the browsers, are for the owner of the domain to decide.
    assert_eq!(warnings, ["(security.W005)", "(security.W021)"], "{said}");
    python(&["-c", ASK], &given)?;

    let settings = fs::read_to_string(folder.path().join("shop/settings.py"))?;
    let read = given.keys().filter(|name| settings.contains(&format!("env[\"{name}\"]"))).collect::<Vec<_>>();
    assert_eq!(read.len(), settings.matches("env[\"").count(), "the settings read what no app gives");
    for name in read {
        let mut without = given.clone();
        without.remove(name);
        assert!(python(&["-c", "import shop.settings"], &without).is_err(), "`{name}` is missing, and nobody is told");
    }
    Ok(())
}

#[test]
fn the_documented_image_runs_hardened() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    let blocks = of("dockerfile")?;
    assert_eq!(blocks.len(), 1, "the documentation shows an image");
    let folder = project()?;
    for block in blocks {
        let command = command_of(&block.text).context(block.place)?;
        let (program, args) = command.split_first().context("an image has a command")?;
        let mut server = Command::new(tools.python(program));
        succeeded(server.args(args).arg("--check-config").current_dir(folder.path()).envs(given()?))?;
    }
    Ok(())
}

#[test]
fn an_image_that_ecs_could_not_run_is_found() {
    let right = format!("FROM python\nUSER {USER}\nCMD [\"gunicorn\", \"--bind=0.0.0.0:8000\", \"--keep-alive=65\"]\n");
    assert!(command_of(&right).is_ok());
    for (wrong, reason) in [
        (right.replace("FROM", "FORM"), "`FORM`"),
        (right.replace(USER, "root"), "user"),
        (right.replace("8000", "80"), "port"),
        (right.replace("65", "2"), "idle"),
        (right.replace("CMD", "RUN"), "command"),
    ] {
        let error = command_of(&wrong).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

/// With what ECS starts the web container of an app.
pub(crate) fn given() -> anyhow::Result<BTreeMap<String, String>> {
    let password = "abcdefghij".repeat(5);
    Ok(App::new("alpha", 5432, &password)?.container("gunicorn", "gunicorn")?.environment)
}

/// A project that has the documentation's files: the first line of each tells which one it is.
pub(crate) fn project() -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    write(folder.path(), "shop/wsgi.py", WSGI)?;
    write(folder.path(), "shop/urls.py", URLS)?;
    for block in of("python")? {
        if let Some(file) = file_of(&block.text) {
            write(folder.path(), file, &block.text)?;
        }
    }
    Ok(folder)
}

/// The file of the project that a block of Python is, if it is one.
pub(crate) fn file_of(text: &str) -> Option<&str> {
    text.lines().next()?.split('`').find(|word| Path::new(word).extension().is_some_and(|kind| kind == "py"))
}

pub(crate) fn write(folder: &Path, file: &str, text: &str) -> anyhow::Result<()> {
    let file = folder.join(file);
    fs::create_dir_all(file.parent().context("a file has a folder")?)?;
    Ok(fs::write(file, text)?)
}

/// What the image of a Dockerfile runs, if ECS can run it as web, and hardened.
pub(crate) fn command_of(dockerfile: &str) -> anyhow::Result<Vec<String>> {
    let known = ["CMD", "COPY", "ENV", "FROM", "RUN", "USER", "WORKDIR"];
    let lines = dockerfile.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let lines = lines.map(|line| line.split_once(' ').unwrap_or((line, ""))).collect::<Vec<_>>();
    for (instruction, _) in &lines {
        ensure!(known.contains(instruction), "`{instruction}` is no instruction that the test knows");
    }
    let last = |wanted: &str| lines.iter().rfind(|(instruction, _)| *instruction == wanted).map(|(_, rest)| *rest);
    ensure!(last("USER") == Some(USER), "the image has another user than its containers");
    let command: Vec<String> = serde_json::from_str(last("CMD").context("the image has no command")?)?;
    ensure!(command.iter().any(|word| word == "--bind=0.0.0.0:8000"), "web answers at another port");
    ensure!(
        command.iter().any(|word| word == "--keep-alive=65"),
        "the load balancer keeps connections for 60 seconds idle"
    );
    Ok(command)
}
