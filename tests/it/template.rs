//! The template's project, run as ECS runs it: with what the registered task definitions give their containers, as their
//! user, on a file system that cannot be written.

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, ensure};
use e2e::home::REGION;
use e2e::image::{Image, Process};
use e2e::postgres::{MASTER, MASTER_PASSWORD};
use e2e::tools::repository;
use e2e::{Cloud, Postgres, Tools, call};
use serde_json::Value as Json;

use crate::cache::Cache;
use crate::documents::succeeded;
use crate::registered::{App, BEAT, Container, WORKER};
use crate::{database, django};

/// A password as long as Django wants its own secret.
const PASSWORD: &str = "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij";
const HOST: &str = "alpha.example.com";
/// Where the image has the certificate of its cache.
const TRUSTED: &str = "/etc/cache.crt";
/// As the load balancer calls a request.
const REQUEST_ID: &str = "1-67891233-abcdef012345678912345678";

/// Of which kind an app is.
type New = fn(&str, u16, &str) -> anyhow::Result<App>;
const KINDS: [New; 2] = [App::new, App::of_production];

#[test]
fn the_templates_project_runs_with_what_an_ad_hoc_app_gives_it() -> anyhow::Result<()> {
    let Some(shop) = Shop::start(App::new, false)? else { return Ok(()) };
    shop.check()
}

#[test]
fn the_templates_project_runs_with_what_a_production_app_gives_it() -> anyhow::Result<()> {
    let Some(shop) = Shop::start(App::of_production, true)? else { return Ok(()) };
    shop.check()
}

#[test]
fn the_templates_project_tells_all_that_it_misses_at_once() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    let check = ["check", "--deploy", "--fail-level=WARNING"];
    let mut wrong = given(5432)?;
    manage(&tools, &check, &wrong)?;
    wrong.retain(|name, _| !["POSTGRES_NAME", "SECRET_KEY"].contains(&name.as_str()));
    let changes = [("CELERY_BROKER_URL", "http://precious"), ("DEBUG", "maybe"), ("POSTGRES_SERVICE_PORT", "five")];
    wrong.extend(changes.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let said = manage(&tools, &check, &wrong).err().context("nobody misses anything")?.to_string();
    let told = said.lines().rfind(|line| line.contains("ImproperlyConfigured")).context("another error")?;
    for name in changes.map(|(name, _)| name).into_iter().chain(["POSTGRES_NAME", "SECRET_KEY"]) {
        assert!(told.contains(&format!("`{name}`")), "`{name}` is wrong, and nobody is told: {told}");
    }
    assert!(!told.contains("precious"), "{told}");
    Ok(())
}

#[test]
fn the_templates_own_tests_pass() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    let Some(server) = Postgres::start()? else { return Ok(()) };
    let mut environment = given(server.port())?;
    // They make a database of their own.
    let master = [("POSTGRES_USERNAME", MASTER), ("POSTGRES_PASSWORD", MASTER_PASSWORD)];
    environment.extend(master.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let said = manage(&tools, &["test"], &environment)?;
    ensure!(!said.contains("Ran 0 tests"), "there are no tests: {said}");
    Ok(())
}

#[test]
fn the_templates_project_has_the_same_variables_at_home() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    let parse = "import json, yaml; print(json.dumps(yaml.safe_load(open('compose.yaml'))))";
    let mut read = process::Command::new(tools.python("python"));
    let compose = succeeded(read.args(["-c", parse]).current_dir(repository("template/backend")))?;
    let compose: Json = serde_json::from_str(&compose)?;
    let given = given(5432)?;
    for kind in KINDS {
        let of_kind = kind("alpha", 5432, PASSWORD)?.container("gunicorn", "gunicorn")?.environment;
        assert_eq!(of_kind.keys().collect::<Vec<_>>(), given.keys().collect::<Vec<_>>(), "a project reads both");
    }
    for service in ["web", "worker", "beat", "update"] {
        let variables = compose["services"][service]["environment"].as_object().context("it has variables")?;
        let mut names = variables.keys().map(String::as_str).collect::<Vec<_>>();
        // An emulated S3 has an address and keys, where AWS has its own address and a task its role.
        names.retain(|name| !["AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_S3", "AWS_SECRET_ACCESS_KEY"].contains(name));
        names.sort_unstable();
        assert_eq!(names, given.keys().collect::<Vec<_>>(), "{service}");
    }
    Ok(())
}

#[test]
fn the_templates_image_is_well_written() -> anyhow::Result<()> {
    let Some(tools) = Tools::find() else { return Ok(()) };
    let mut lint = process::Command::new(tools.python("hadolint"));
    succeeded(lint.arg("--no-color").arg(repository("template/backend/Dockerfile"))).map(drop)
}

/// The project and all that it talks to.
struct Shop {
    app: App,
    image: Image,
    cloud: Cloud,
    _server: Postgres,
    _cache: Cache,
}

impl Shop {
    /// Starts what it talks to, with a cache that takes TLS alone if it is `encrypted`; `None` after a line that says why
    /// not.
    fn start(app: New, encrypted: bool) -> anyhow::Result<Option<Self>> {
        let Some(server) = Postgres::start()? else { return Ok(None) };
        let Some(cloud) = Cloud::start()? else { return Ok(None) };
        let Some(image) = Image::build(&cloud.tools, &repository("template/backend"))? else { return Ok(None) };
        let app = app("alpha", server.port(), PASSWORD)?;
        database::App::new("alpha", &server, PASSWORD)?.make()?;

        let given = app.container("gunicorn", "gunicorn")?.environment;
        let variable = |name: &str| given.get(name).cloned().with_context(|| format!("an app has no `{name}`"));
        let address = address(encrypted);
        let name = variable("REDIS_SERVICE_HOST")?;
        image.write("etc/hosts", &format!("127.0.0.1 localhost\n{address} {name}\n"))?;
        let settings = if encrypted { with_tls(&cloud, &image, &name)? } else { String::new() };
        // With the settings of an ad hoc app's: those of ElastiCache are AWS's own.
        let of_ad_hoc = App::new("alpha", server.port(), PASSWORD)?;
        let settings = format!("bind {address}\n{settings}");
        let Some(cache) = Cache::start(&of_ad_hoc, 6379, &settings)? else { return Ok(None) };

        // What ECS and AWS's own names would lead to.
        let endpoint = cloud.endpoint();
        let keys = "aws_access_key_id = test\naws_secret_access_key = test";
        image.write("tmp/.aws/config", &format!("[default]\n{keys}\nendpoint_url = {endpoint}\n"))?;
        let place = format!("LocationConstraint={REGION}");
        let bucket = variable("S3_BUCKET_NAME")?;
        cloud.aws(&["s3api", "create-bucket", "--bucket", &bucket, "--create-bucket-configuration", &place])?;
        Ok(Some(Self { app, image, cloud, _server: server, _cache: cache }))
    }

    /// Releases it, and asks it what its visitors ask.
    fn check(&self) -> anyhow::Result<()> {
        let update = self.container("backend_update", "backend_update")?;
        let said = self.image.run(&update.command, &update.environment)?;
        ensure!(said.contains("Applying catalog.0001_initial... OK"), "{said}");
        self.run("python manage.py createsuperuser --no-input --username admin --email admin@example.com")?;
        ensure!(self.run("id --user")? == "1000", "it runs as somebody else");
        let mounts = self.run("cat /proc/self/mounts")?;
        ensure!(mounts.lines().all(is_read_only), "it can be written:\n{mounts}");

        let [mut worker, beat] = [self.begin(WORKER)?, self.begin(BEAT)?];
        let mut web = self.begin("gunicorn")?;
        let listens = web.line_with("Listening at")?;
        let port = listens.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(' ').next());
        worker.line_with(" ready.")?;
        let mut visitor = process::Command::new(self.cloud.tools.python("python"));
        visitor.arg(repository("tests/programs/visitor.py"));
        let visited = succeeded(visitor.args([port.context("it listens at a port")?, HOST, REQUEST_ID]));

        let [web, worker, beat] = [web.end()?, worker.end()?, beat.end()?];
        visited.with_context(|| [&web, &worker, &beat].map(|said| said.join("\n")).join("\n\n"))?;
        check_log(&web, "shop.middleware")?;
        let nowhere = parsed(&web)?.into_iter().find(|line| line["logger"] == "django.request");
        ensure!(nowhere.is_some_and(|line| line["request_id"] != ""), "what Django logs has no id: {web:#?}");
        check_log(&worker, "catalog.tasks")?;
        ensure!(beat.iter().any(|line| line.contains("Sending due task")), "{beat:#?}");
        parsed(&beat).map(drop)
    }

    /// What a person does in a shell of a web container, who knows a password for `admin`.
    fn run(&self, words: &str) -> anyhow::Result<String> {
        let mut environment = self.container("gunicorn", "gunicorn")?.environment;
        environment.insert("DJANGO_SUPERUSER_PASSWORD".to_owned(), HOST.to_owned());
        self.image.run(&words.split(' ').map(str::to_owned).collect::<Vec<_>>(), &environment)
    }

    /// Starts a process, whose role is also its container's name.
    fn begin(&self, role: &str) -> anyhow::Result<Process> {
        let container = self.container(role, role)?;
        self.image.start(&container.command, &container.environment)
    }

    /// A container with what it is given, as the image says where its definition does not.
    fn container(&self, role: &str, name: &str) -> anyhow::Result<Container> {
        let mut container = self.app.container(role, name)?;
        if container.command.is_empty() {
            let image = fs::read_to_string(repository("template/backend/Dockerfile"))?;
            // Other tests run on this machine, too.
            let free = |word: String| if word.starts_with("--bind=") { "--bind=127.0.0.1:0".to_owned() } else { word };
            container.command = django::command_of(&image)?.into_iter().map(free).collect();
        }
        // The image's own trust, in which AWS's authorities are elsewhere.
        container.environment.insert("SSL_CERT_FILE".to_owned(), TRUSTED.to_owned());
        Ok(container)
    }
}

/// With what ECS starts the web container of an app, whose database server listens at a port.
fn given(port: u16) -> anyhow::Result<BTreeMap<String, String>> {
    Ok(App::new("alpha", port, PASSWORD)?.container("gunicorn", "gunicorn")?.environment)
}

/// A command of Django's; all that it says.
fn manage(tools: &Tools, words: &[&str], environment: &BTreeMap<String, String>) -> anyhow::Result<String> {
    let mut command = process::Command::new(tools.python("python"));
    command.arg("manage.py").args(words).current_dir(repository("template/backend"));
    succeeded(command.env_clear().env("PYTHONDONTWRITEBYTECODE", "1").envs(environment))
}

/// An address of this machine's for the cache alone, since the port is that of every cache.
fn address(encrypted: bool) -> Ipv4Addr {
    let [_, second, third, fourth] = process::id().to_be_bytes();
    // Numbers of processes are short: both tests have a half of what these leave.
    let half = if encrypted { 0xC0 } else { 0x80 };
    Ipv4Addr::new(127, second | half, third, fourth)
}

/// The settings of a cache that takes TLS alone, with a certificate for its name, which the image trusts.
fn with_tls(cloud: &Cloud, image: &Image, name: &str) -> anyhow::Result<String> {
    let files = ["cache.crt", "cache.key"].map(|file| cloud.folder().join(file));
    let [certificate, key] = files.each_ref().map(PathBuf::as_path);
    call::certificate(&cloud.tools.python("python"), [certificate, key], name)?;
    image.write(TRUSTED.trim_start_matches('/'), &fs::read_to_string(certificate)?)?;
    let setting = |name: &str, file: &Path| format!("{name} {}\n", file.display());
    let files = setting("tls-cert-file", certificate) + &setting("tls-key-file", key);
    Ok(format!("port 0\ntls-port 6379\ntls-auth-clients no\n{files}"))
}

/// Whether a line of the kernel's list of mounts is one that takes nothing, or what a container writes by design.
fn is_read_only(mount: &str) -> bool {
    let mut fields = mount.split(' ').skip(1);
    let place = fields.next().unwrap_or_default();
    let options = fields.nth(1).unwrap_or_default();
    options.split(',').any(|option| option == "ro")
        || ["/dev", "/proc", "/tmp"].iter().any(|own| place.starts_with(own))
}

/// Whether the upload has its id in what a logger says.
fn check_log(lines: &[String], logger: &str) -> anyhow::Result<()> {
    let parsed = parsed(lines)?;
    let is_upload = |line: &Json| line["logger"] == logger && line["request_id"] == REQUEST_ID;
    ensure!(parsed.iter().any(is_upload), "`{logger}` does not know the upload: {lines:#?}");
    Ok(())
}

/// The lines, each of which is JSON and shows no password.
fn parsed(lines: &[String]) -> anyhow::Result<Vec<Json>> {
    let parse = |line: &String| {
        ensure!(!line.contains(PASSWORD), "a password is shown: {line}");
        serde_json::from_str::<Json>(line).with_context(|| format!("a line of another kind: {line}"))
    };
    lines.iter().map(parse).collect()
}
