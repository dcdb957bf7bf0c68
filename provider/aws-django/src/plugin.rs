//! The Session Manager plugin, AWS's own program, which carries a session that was opened. It is called as the AWS CLI
//! calls it.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use aws_django_release::cloud::{Forward, Session};
use serde_json::json;
use tokio::process::Command;

use crate::Context;
use crate::stop::{Code, Stop};

/// What carries sessions, and whether it takes them from a variable, where other users of the machine do not see them.
pub struct Plugin {
    path: PathBuf,
    takes_variable: bool,
}

/// The variable, and the last version that did not know it.
const VARIABLE: &str = "AWS_SSM_START_SESSION_RESPONSE";
const WITHOUT_VARIABLE: [u32; 4] = [1, 2, 497, 0];

const NAME: &str = "session-manager-plugin";
const MISSING: &str = "the program `session-manager-plugin`, which carries the session, is not installed: install it by \
    `brew install --cask session-manager-plugin`, or as \
    https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html says";

impl Plugin {
    /// Finds it; nothing is opened before it is there.
    ///
    /// # Errors
    /// If it is not installed: the text says how to.
    pub async fn find() -> Result<Self, Stop> {
        let path = on_path(env::var_os("PATH").as_deref()).ok_or_else(|| Stop::refused(MISSING))?;
        let told = Command::new(&path).arg("--version").output().await;
        let told = told.map_err(|error| Stop::refused(format!("`{}` does not run: {error}", path.display())))?;
        let version = version(&String::from_utf8_lossy(&told.stdout));
        Ok(Self { path, takes_variable: version.is_some_and(|version| version > WITHOUT_VARIABLE) })
    }

    /// Carries a session to its end, and answers what the plugin ends with.
    ///
    /// # Errors
    /// If it could not be started.
    pub async fn carry(&self, context: &Context, session: &Session, request: &str) -> Result<Code, Stop> {
        let document = json!({ "SessionId": session.id, "TokenValue": session.token, "StreamUrl": session.url });
        let document = document.to_string();
        let mut command = Command::new(&self.path);
        let first = if self.takes_variable { VARIABLE } else { &document };
        if self.takes_variable {
            command.env(VARIABLE, &document);
        }
        let profile = context.profile.as_deref().unwrap_or_default();
        command.args([first, &context.region, "StartSession", profile, request, &session.endpoint]);
        if context.show.is_json() {
            // What it says is not the document.
            command.stdout(std::io::stderr());
        }
        context.interrupts.leave_to_child();
        let ended = command.status().await;
        let ended = ended.map_err(|error| Stop::failed(format!("`{}` does not run: {error}", self.path.display())))?;
        Ok(ended.code().and_then(|code| u8::try_from(code).ok()).map_or(Code::FAILED, Code))
    }
}

/// What was asked of ECS, as the plugin wants to know it.
pub fn request_of_shell(target: &str) -> String {
    json!({ "Target": target }).to_string()
}

/// What was asked of Systems Manager.
pub fn request_of_tunnel(forward: &Forward) -> String {
    let parameters = forward.parameters().into_iter().map(|(name, value)| (name.to_owned(), json!([value])));
    let parameters: serde_json::Map<_, _> = parameters.collect();
    json!({ "Target": forward.target, "DocumentName": Forward::DOCUMENT, "Parameters": parameters }).to_string()
}

fn on_path(path: Option<&OsStr>) -> Option<PathBuf> {
    let name = format!("{NAME}{}", env::consts::EXE_SUFFIX);
    env::split_paths(path?).map(|folder| folder.join(&name)).find(|path: &PathBuf| Path::is_file(path))
}

/// A version of up to four numbers.
fn version(text: &str) -> Option<[u32; 4]> {
    let mut version = [0; 4];
    let mut parts = text.trim().split('.');
    for place in &mut version {
        let Some(part) = parts.next() else { break };
        *place = part.parse().ok()?;
    }
    if parts.next().is_some() { None } else { Some(version) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_passed_in_a_variable_to_a_plugin_that_knows_it() {
        for (text, takes) in [
            ("1.2.497.0\n", false),
            ("1.2.498.0", true),
            ("1.2.536.0", true),
            ("1.2.0.0", false),
            ("2", true),
            ("something else", false),
            ("1.2.3.4.5", false),
        ] {
            assert_eq!(version(text).is_some_and(|version| version > WITHOUT_VARIABLE), takes, "{text}");
        }
    }

    #[test]
    fn the_plugin_is_told_what_was_asked_for() {
        let forward =
            Forward { target: "i-1".to_owned(), host: "db.internal".to_owned(), port: 5432, local_port: 15432 };
        assert_eq!(
            request_of_tunnel(&forward),
            r#"{"Target":"i-1","DocumentName":"AWS-StartPortForwardingSessionToRemoteHost","Parameters":{"host":["db.internal"],"portNumber":["5432"],"localPortNumber":["15432"]}}"#
        );
        assert_eq!(request_of_shell("ecs:c_t_r"), r#"{"Target":"ecs:c_t_r"}"#);
        assert_eq!(on_path(Some(OsStr::new("/nowhere"))), None);
    }
}
