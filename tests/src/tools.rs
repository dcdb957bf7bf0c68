//! Where the tools are.

use std::env;
use std::path::{Path, PathBuf};

/// The tools that a test needs, as `cargo xtask test` names them.
pub struct Tools {
    /// The Pulumi CLI.
    pub pulumi: PathBuf,
    /// Folder with our plugin and our command line.
    pub ours: PathBuf,
    /// Python environment with the SDK, boto3, moto and the AWS CLI.
    pub venv: PathBuf,
    /// Node project with the SDK and the compiled programs.
    pub node: PathBuf,
    /// Folder with the compiled Go programs.
    pub go: PathBuf,
}

impl Tools {
    /// The tools, or a line that says why the test is skipped.
    #[expect(clippy::print_stdout, reason = "the line is for whoever runs the tests")]
    pub fn find() -> Option<Self> {
        let tool = |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| name.to_owned());
        let find = || {
            Ok(Self {
                pulumi: tool("E2E_PULUMI")?,
                ours: tool("E2E_BIN")?,
                venv: tool("E2E_VENV")?,
                node: tool("E2E_NODE")?,
                go: tool("E2E_GO")?,
            })
        };
        find().map_err(|name: String| println!("skipped: `{name}` is not set; `cargo xtask test` sets it")).ok()
    }

    /// A program of the Python environment.
    pub fn python(&self, name: &str) -> PathBuf {
        self.venv.join("bin").join(name)
    }
}

/// A file of the repository.
pub fn repository(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(relative)
}
