//! A home for Pulumi in which the `aws` plugin is the stand-in, and the environment of all that works there. The demo
//! has one as well.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::Value as Json;

use crate::python::Python;
use crate::tools::repository;

/// The region in which everything is.
pub const REGION: &str = "eu-central-1";

/// The services that speak JSON, and what they call themselves.
const TARGETS: [(&str, &str); 5] = [
    ("ecr", "AmazonEC2ContainerRegistry_V20150921"),
    ("ecs", "AmazonEC2ContainerServiceV20141113"),
    ("logs", "Logs_20140328"),
    ("secretsmanager", "secretsmanager"),
    ("ssm", "AmazonSSM"),
];

/// A home in a folder, beside the state of its stacks.
pub struct Home {
    folder: PathBuf,
    endpoint: String,
    python: Python,
    pulumi: PathBuf,
    ours: PathBuf,
}

impl Home {
    /// Puts a launcher of the stand-in where the engine looks for the `aws` plugin in the version that we pin. The
    /// plugin talks to the AWS at `endpoint` and runs by `python`. Our own programs are in the folder `ours`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn install(
        folder: &Path,
        endpoint: String,
        python: Python,
        pulumi: PathBuf,
        ours: PathBuf,
    ) -> anyhow::Result<Self> {
        let home = Self { folder: folder.to_owned(), endpoint, python, pulumi, ours };
        let schema = fs::read_to_string(repository("provider/pulumi-resource-aws-django/src/aws.schema.json"))?;
        let schema = serde_json::from_str::<Json>(&schema)?;
        let version = schema["version"].as_str().context("the pinned schema of AWS tells no version")?;
        fs::create_dir_all(home.folder.join("state"))?;
        home.install_aws(version)?;
        fs::create_dir_all(home.folder.join("programs"))?;
        write_launcher(&home.folder.join("programs/aws"), &format!("exec {} -m awscli", words(&home.python)))?;
        Ok(home)
    }

    /// Puts the launcher where the engine looks for this version of the `aws` plugin.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn install_aws(&self, version: &str) -> anyhow::Result<()> {
        let plugin = self.folder.join(format!("home/plugins/resource-aws-v{version}"));
        fs::create_dir_all(&plugin)?;
        let (package, python) = (quoted(repository("tests/aws")), words(&self.python));
        write_launcher(&plugin.join("pulumi-resource-aws"), &format!("PYTHONPATH={package} exec {python} -m standin"))
    }

    /// Where the emulated AWS answers.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The variables that everything here is run with, but [`PATH`](Self::search_path). Those of the user that are
    /// [`strangers`] must go first.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("AWS_ACCESS_KEY_ID", "test".into()),
            ("AWS_SECRET_ACCESS_KEY", "test".into()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone().into()),
            ("AWS_REGION", REGION.into()),
            ("AWS_DEFAULT_REGION", REGION.into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            // Nothing takes its time in an emulation: a minute of a release is less than a second.
            ("AWS_DJANGO_CLOCK_PACE", "100".into()),
            ("AWS_PAGER", "".into()),
            // Profiles of the user have no say here.
            ("AWS_CONFIG_FILE", "/dev/null".into()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".into()),
            ("PULUMI_HOME", self.folder.join("home").into()),
            ("PULUMI_BACKEND_URL", format!("file://{}", self.folder.join("state").display()).into()),
            ("PULUMI_CONFIG_PASSPHRASE", "".into()),
            ("PULUMI_SKIP_UPDATE_CHECK", "true".into()),
            ("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true".into()),
            ("PULUMI_DISABLE_REGISTRY_RESOLVE", "true".into()),
            ("PULUMI_IGNORE_AMBIENT_PLUGINS", "true".into()),
            ("PYTHONDONTWRITEBYTECODE", "1".into()),
        ]
    }

    /// The tools' own programs come first; Node and the shell are where the user has them.
    pub fn search_path(&self) -> OsString {
        let mut path = OsString::new();
        for folder in self.programs() {
            path.push(folder);
            path.push(":");
        }
        path.push(env::var_os("PATH").unwrap_or_default());
        path
    }

    /// Shell commands that bring a shell into the environment.
    pub fn script(&self) -> String {
        let exports = self.environment().into_iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
        let programs = self.programs().map(quoted).join(":");
        exports.collect::<String>() + &format!("export PATH={programs}:\"$PATH\"\n")
    }

    /// Asks the emulated AWS by a path that is for tests: `tests/aws/README.md` has them.
    ///
    /// # Errors
    /// If it is not understood.
    pub fn ask(&self, method: &str, path: &str, body: &Json) -> anyhow::Result<Json> {
        self.send(method, &format!("/_test/{path}"), &[], body.to_string())
    }

    /// Calls the emulated AWS by the JSON protocol, as an SDK does; `target` is such as `ecs:ListServices`.
    ///
    /// # Errors
    /// With what AWS says, if it refuses.
    pub fn call(&self, call: &str, request: &Json) -> anyhow::Result<Json> {
        let (service, operation) = call.split_once(':').context("a call is a service and an operation")?;
        let target = format!("{}.{operation}", TARGETS.iter().find(|it| it.0 == service).context("no such service")?.1);
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let headers = [
            ("X-Amz-Target", target),
            ("Authorization", credential),
            ("Content-Type", "application/x-amz-json-1.1".to_owned()),
        ];
        self.send("POST", "/", &headers, request.to_string()).with_context(|| format!("`{call}` was refused"))
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, String)], body: String) -> anyhow::Result<Json> {
        let agent = ureq::Agent::new_with_config(ureq::config::Config::builder().http_status_as_error(false).build());
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.endpoint));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let mut answer =
            agent.run(agent.configure_request(request.body(body)?).allow_non_standard_methods(true).build())?;
        let (status, text) = (answer.status(), answer.body_mut().read_to_string()?);
        ensure!(status.is_success(), "{status}: {text}");
        Ok(if text.is_empty() { Json::Null } else { serde_json::from_str(&text)? })
    }

    fn programs(&self) -> [PathBuf; 4] {
        [
            self.folder.join("programs"),
            self.pulumi.parent().map(Path::to_owned).unwrap_or_default(),
            self.python.venv().join("bin"),
            self.ours.clone(),
        ]
    }
}

/// Writes a program that is a line of a shell, to which its arguments are added.
///
/// # Errors
/// If the file cannot be written.
pub fn write_launcher(file: &Path, line: &str) -> anyhow::Result<()> {
    fs::write(file, format!("#!/bin/sh\n{line} \"$@\"\n"))?;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o755))?)
}

/// What begins a Python program, before its name, in a shell.
pub fn words(python: &Python) -> String {
    python.words().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The variables of the user's that could lead Pulumi or an AWS client elsewhere than into a home.
pub fn strangers() -> impl Iterator<Item = OsString> {
    env::vars_os().map(|(name, _)| name).filter(|name| is_stranger(name))
}

fn is_stranger(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("AWS_") || name.starts_with("PULUMI_"))
}

/// A text as one word of a POSIX shell.
fn quoted(text: impl AsRef<OsStr>) -> String {
    format!("'{}'", text.as_ref().to_string_lossy().replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{is_stranger, quoted};

    #[test]
    fn a_quote_in_a_word_stays_in_the_word() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn the_users_own_account_stays_out() {
        assert!(is_stranger("AWS_PROFILE".as_ref()));
        assert!(is_stranger("PULUMI_ACCESS_TOKEN".as_ref()));
        assert!(!is_stranger("PATH".as_ref()));
    }
}
