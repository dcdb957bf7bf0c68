//! Where the tools are.

use std::env;
use std::path::{Path, PathBuf};

/// The tools that a test needs, as `cargo xtask test` names them.
#[derive(Clone)]
pub struct Tools {
    /// The Pulumi CLI.
    pub pulumi: PathBuf,
    /// Folder with our plugin, our command line, and the plugin of the framework's example.
    pub ours: PathBuf,
    /// Python environment with the SDKs of both, boto3, moto and the AWS CLI.
    pub venv: PathBuf,
    /// Node project with the SDK and the compiled programs.
    pub node: PathBuf,
    /// Folder with the compiled Go programs.
    pub go: PathBuf,
}

impl Tools {
    /// The tools, or a line that says why the test is skipped.
    pub fn find() -> Option<Self> {
        let find = || {
            Ok(Self {
                pulumi: found("E2E_PULUMI")?,
                ours: found("E2E_BIN")?,
                venv: found("E2E_VENV")?,
                node: found("E2E_NODE")?,
                go: found("E2E_GO")?,
            })
        };
        find().map_err(skipped).ok()
    }

    /// What a release consists of, as `cargo xtask package --debug` packs it, or a line that says why the test is skipped.
    pub fn packages() -> Option<PathBuf> {
        found("E2E_PACKAGES").map_err(skipped).ok()
    }

    /// What lays out a project from a template, or a line that says why the test is skipped.
    pub fn newproject() -> Option<PathBuf> {
        found("E2E_NEWPROJECT").map_err(skipped).ok()
    }

    /// A program of the Python environment.
    pub fn python(&self, name: &str) -> PathBuf {
        self.venv.join("bin").join(name)
    }
}

/// What a variable names, or the variable's name.
fn found(name: &'static str) -> Result<PathBuf, &'static str> {
    env::var_os(name).map(PathBuf::from).ok_or(name)
}

#[expect(clippy::print_stdout, reason = "the line is for whoever runs the tests")]
fn skipped(name: &str) {
    println!("skipped: `{name}` is not set; `cargo xtask test` sets it");
}

/// A file of the repository.
pub fn repository(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(relative)
}
