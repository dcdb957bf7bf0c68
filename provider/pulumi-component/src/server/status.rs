//! Errors as the engine takes them.

use prost::Message as _;
use prost_types::Any;
use tonic::{Code, Status};

use super::service::object;
use crate::client::{Engine, bounded};
use crate::custom::Unfinished;
use crate::error::{Error, Failure};
use crate::generated::google_rpc;
use crate::generated::pulumirpc::{self as proto, input_properties_error::PropertyError};
use crate::lifecycle::Kept;
use crate::operation::{Display as _, Severity};

/// How much of an error goes into an answer: it travels in a header. All of it then goes to the engine's log.
const MESSAGE_LIMIT: usize = 8 * 1024;

/// How much of the reason of one problem goes into an answer.
const REASON_LIMIT: usize = 2 * 1024;

/// An error as the engine takes it. One too long for an answer is shown to the user in full before. `package` is the
/// plugin's name and version.
pub(super) async fn status(error: Error, package: &str, engine: &Engine) -> Status {
    let parts = Parts::of(error, package);
    let message = shortened(parts.messages.join("\n"), "", engine).await;
    let code = parts.code();
    let detail = proto::InputPropertiesError { errors: parts.properties };
    if detail.errors.is_empty() {
        return Status::new(code, message);
    }
    with_detail(code, message, "InputPropertiesError", detail.encode_to_vec())
}

/// An error of an operation on the resource of that URN, together with what the engine is to keep.
pub(super) async fn unfinished(failed: Unfinished<Kept>, urn: &str, package: &str, engine: &Engine) -> Status {
    let Unfinished { error, made } = failed;
    let Some(Kept { id, properties }) = made else { return status(error, package, engine).await };
    let parts = Parts::of(error, package);
    let mut reasons = Vec::new();
    for message in &parts.messages {
        reasons.push(shortened(message.clone(), urn, engine).await);
    }
    let detail = proto::ErrorResourceInitFailed { id, properties: Some(object(properties)), reasons };
    with_detail(parts.code(), "it is not finished".to_owned(), "ErrorResourceInitFailed", detail.encode_to_vec())
}

/// All that is wrong with arguments, as a check answers it. No place is told to the engine, which would print the value
/// that it finds there, and `nil` for all that is nested: the reasons name it.
pub(super) fn failures(error: Error, package: &str) -> Vec<proto::CheckFailure> {
    let reasons = match error {
        Error::Arguments { shown, hidden } => hidden.iter().chain(&shown).map(Failure::to_string).collect(),
        other => Parts::of(other, package).messages,
    };
    reasons.into_iter().map(|reason| proto::CheckFailure { property: String::new(), reason }).collect()
}

async fn shortened(message: String, urn: &str, engine: &Engine) -> String {
    let shown = bounded(&message, MESSAGE_LIMIT).to_owned();
    if shown.len() == message.len() {
        return message;
    }
    engine.show(Severity::Error, urn, message).await;
    shown + " … (the whole text is in the log of the deployment)"
}

fn with_detail(code: Code, message: String, name: &str, value: Vec<u8>) -> Status {
    let detail = Any { type_url: format!("type.googleapis.com/pulumirpc.{name}"), value };
    let status = google_rpc::Status { code: code.into(), message: message.clone(), details: vec![detail] };
    Status::with_details(code, message, status.encode_to_vec().into())
}

/// An error, taken apart into what the engine can show.
#[derive(Default)]
struct Parts {
    messages: Vec<String>,
    properties: Vec<PropertyError>,
    arguments: bool,
    cancelled: bool,
}

impl Parts {
    fn of(error: Error, package: &str) -> Self {
        let mut parts = Self::default();
        parts.add(error, package);
        parts
    }

    fn add(&mut self, error: Error, package: &str) {
        match error {
            Error::Arguments { shown, hidden } => {
                self.arguments = true;
                // The engine prints the value beside the reason, so that it must not learn the place of a secret.
                self.messages.extend(hidden.iter().map(Failure::to_string));
                let property = |Failure { path, reason }| {
                    // A user's own text may stand in the reason, and all reasons travel in a header.
                    PropertyError { property_path: path, reason: bounded(&reason, REASON_LIMIT).to_owned() }
                };
                self.properties.extend(shown.into_iter().map(property));
            }
            Error::Failed(text) => self.messages.push(text),
            Error::Cancelled(text) => {
                self.cancelled = true;
                self.messages.push(text);
            }
            Error::Bug(text) => {
                self.messages.push(format!("{text}; this is a bug in {package}, please report it"));
            }
            Error::Many(errors) => errors.into_iter().for_each(|error| self.add(error, package)),
        }
    }

    fn code(&self) -> Code {
        match self {
            Self { arguments: true, .. } => Code::InvalidArgument,
            Self { cancelled: true, .. } => Code::Cancelled,
            _ => Code::Unknown,
        }
    }
}
