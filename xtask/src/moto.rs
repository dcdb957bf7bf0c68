//! The emulated AWS of the demo: moto's server, which goes on when the demo ends, so that one can look at what is in it.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::interrupt::{self, Interrupted};
use crate::process::Call;
use crate::workspace::{Workspace, remove, write};

const POLL: Duration = Duration::from_millis(50);
/// Tells later runs, and whoever looks, where the server is.
const NOTE: &str = "moto.json";

/// A moto server that runs, of this run or of an earlier one.
pub struct Moto {
    pub port: u16,
    pid: Pid,
    note: PathBuf,
    /// The process, if this run started it.
    child: Option<Child>,
}

impl Moto {
    /// The server that an earlier run left, if it still answers.
    pub fn find(folder: &Path) -> Option<Self> {
        let note = folder.join(NOTE);
        let told = serde_json::from_str::<Value>(&fs::read_to_string(&note).ok()?).ok()?;
        let port = u16::try_from(told["port"].as_u64()?).ok()?;
        let pid = Pid::from_raw(i32::try_from(told["pid"].as_i64()?).ok()?);
        answers(port).then_some(Self { port, pid, note, child: None })
    }

    /// Starts a server with nothing in it.
    pub fn start(workspace: &Workspace, folder: &Path, venv: &Path) -> anyhow::Result<Self> {
        let said = folder.join("moto.port");
        let log = folder.join("moto.log");
        let mut child = Call::new(venv.join("bin/python"))
            .arg(workspace.path("tests/aws/moto_server.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .dir(folder)
            .detached(Stdio::from(File::create(&said)?), Stdio::from(File::create(&log)?))?;
        let pid = Pid::from_raw(i32::try_from(child.id())?);
        let port = loop {
            if let Some(line) = fs::read_to_string(&said)?.strip_suffix('\n') {
                break line.trim().parse().with_context(|| format!("moto said `{line}` instead of its port"))?;
            }
            if interrupt::happened() {
                child.kill()?;
                return Err(Interrupted.into());
            }
            if let Some(status) = child.try_wait()? {
                bail!("moto ended ({status}); what it said is in `{}`", log.display());
            }
            thread::sleep(POLL);
        };
        let note = folder.join(NOTE);
        write(&note, &json!({ "port": port, "pid": pid.as_raw() }).to_string())?;
        Ok(Self { port, pid, note, child: Some(child) })
    }

    /// Whether this run started it.
    pub fn is_ours(&self) -> bool {
        self.child.is_some()
    }

    /// Where the AWS clients find it.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it, and all that is in it.
    pub fn stop(mut self) -> anyhow::Result<()> {
        remove(&self.note)?;
        // It may have ended by itself; then there is nobody to tell.
        let _ = kill(self.pid, Signal::SIGTERM);
        match &mut self.child {
            Some(child) => drop(child.wait()?),
            None => {
                while kill(self.pid, None).is_ok() && answers(self.port) {
                    thread::sleep(POLL);
                }
            }
        }
        Ok(())
    }
}

/// Whether a moto server answers at a port: another program may have taken it since.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /moto-api/ HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains(" 200 ") && answer.to_lowercase().contains("moto"))
}
