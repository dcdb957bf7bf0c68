//! The engine over gRPC: the monitor of one request, and the engine's own services.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use prost_types::Struct;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Response, Status};

use crate::error::Error;
use crate::generated::grpc_health::HealthCheckRequest;
use crate::generated::grpc_health::health_client::HealthClient;
use crate::generated::pulumirpc::engine_client::EngineClient;
use crate::generated::pulumirpc::resource_monitor_client::ResourceMonitorClient;
use crate::generated::pulumirpc::{self as proto, LogSeverity, ResourceMonitorFeature as Id};
use crate::monitor::{Answer, Feature, Features, Invocation, Monitor, Registered, Registration};
use crate::operation::{Display, Severity};
use crate::value::PropertyMap;
use crate::wire::{self, Form};

/// The largest message that Pulumi's own programs take and send.
pub(crate) const MESSAGE_BYTES: usize = 400 * 1024 * 1024;

/// Error texts of the engine travel in headers; the default of 16 KiB is too little for some of them.
const HEADER_BYTES: u32 = 8 * 1024 * 1024;

/// How much of a text of the engine goes into an error.
const TEXT_BYTES: usize = 4 * 1024;

/// What is said of a request that the engine has given up.
pub(crate) const CANCELLED: &str = "cancelled, because the deployment has ended";

/// What an engine can do: our name, the engine's number, and the text by which engines without numbers know it.
const FEATURES: [(Feature, Id, Option<&str>); 10] = [
    (Feature::Secrets, Id::Secrets, Some("secrets")),
    (Feature::ResourceReferences, Id::ResourceReferences, Some("resourceReferences")),
    (Feature::OutputValues, Id::OutputValues, Some("outputValues")),
    (Feature::AliasSpecs, Id::AliasSpecs, Some("aliasSpecs")),
    (Feature::ReplacementTrigger, Id::ReplacementTrigger, Some("replacementTrigger")),
    (Feature::DeletedWith, Id::DeletedWith, Some("deletedWith")),
    (Feature::ReplaceWith, Id::ReplaceWith, Some("replaceWith")),
    (Feature::ResourceHooks, Id::ResourceHooks, Some("resourceHooks")),
    (Feature::InvokeDependsOn, Id::InvokeDependsOn, None),
    (Feature::InvokeParent, Id::InvokeParent, None),
];

/// The engine's monitor, for one request.
pub(crate) struct GrpcMonitor {
    client: ResourceMonitorClient<Channel>,
    /// Where in the user's program the component stands, as the engine knows it.
    stack_trace: String,
    cancelled: CancellationToken,
    features: OnceCell<Features>,
}

impl GrpcMonitor {
    /// A monitor that connects when it is first needed. All its calls end when `cancelled` says so.
    pub(crate) fn new(address: &str, stack_trace: String, cancelled: CancellationToken) -> Result<Self, Error> {
        let client = ResourceMonitorClient::new(channel(address)?)
            .max_decoding_message_size(MESSAGE_BYTES)
            .max_encoding_message_size(MESSAGE_BYTES);
        Ok(Self { client, stack_trace, cancelled, features: OnceCell::new() })
    }

    async fn known_features(&self) -> Result<&Features, Error> {
        self.features.get_or_try_init(|| self.ask_features()).await
    }

    async fn ask_features(&self) -> Result<Features, Error> {
        let what = "the engine does not say what it can do";
        let answer = self.unless_cancelled(self.client.clone().get_deployment_info(())).await?;
        match answer {
            Ok(info) => {
                let supported: Vec<_> = info.supported_features().collect();
                let known = FEATURES.iter().filter(|(_, id, _)| supported.contains(id));
                Ok(known.map(|(feature, _, _)| *feature).collect())
            }
            Err(status) if status.code() == Code::Unimplemented => self.probe_features().await,
            Err(status) => Err(explain(&status, what)),
        }
    }

    /// Asks an older engine for one feature after the other. One that knows no features has none.
    async fn probe_features(&self) -> Result<Features, Error> {
        let mut features = Features::new();
        for (feature, _, name) in FEATURES {
            let Some(name) = name else { continue };
            let request = proto::SupportsFeatureRequest { id: name.to_owned() };
            match self.unless_cancelled(self.client.clone().supports_feature(request)).await? {
                Ok(answer) if answer.has_support => {
                    features.insert(feature);
                }
                Ok(_) => {}
                Err(status) if status.code() == Code::Unimplemented => break,
                Err(status) => return Err(explain(&status, "the engine does not say what it can do")),
            }
        }
        Ok(features)
    }

    /// What the engine answers, unless the request ends before.
    async fn unless_cancelled<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<Result<T, Status>, Error> {
        tokio::select! {
            () = self.cancelled.cancelled() => Err(Error::Cancelled(CANCELLED.to_owned())),
            answer = call => Ok(answer.map(Response::into_inner)),
        }
    }
}

#[async_trait]
impl Monitor for GrpcMonitor {
    async fn features(&self) -> Result<Features, Error> {
        self.known_features().await.cloned()
    }

    async fn register(&self, registration: Registration) -> Result<Registered, Error> {
        let subject = format!("`{}` (`{}`)", registration.name, registration.token);
        let failed = format!("{subject} failed to register");
        let features = self.known_features().await?;
        let request = wire::registration::encode(registration, features, &self.stack_trace)?;
        let answer = self.unless_cancelled(self.client.clone().register_resource(request)).await?;
        let answer = answer.map_err(|status| explain(&status, &failed))?;
        match answer.result() {
            proto::Result::Success => {}
            // The engine has told the user why.
            proto::Result::Fail => return Err(Error::Failed(failed)),
            proto::Result::Skip => {
                return Err(Error::Failed(format!("{subject} was skipped, since something it depends on failed")));
            }
        }
        let proto::RegisterResourceResponse { urn, id, object, unknown, .. } = answer;
        Ok(Registered { urn, id, outputs: decode(object, &format!("of {subject}"))?, unknown })
    }

    async fn register_outputs(&self, urn: &str, outputs: PropertyMap) -> Result<(), Error> {
        let outputs = Some(wire::encode(outputs, wire::form(self.known_features().await?)));
        let request = proto::RegisterResourceOutputsRequest { urn: urn.to_owned(), outputs };
        let answer = self.unless_cancelled(self.client.clone().register_resource_outputs(request)).await?;
        answer.map_err(|status| explain(&status, &format!("the outputs of `{urn}` failed to register")))
    }

    async fn invoke(&self, invocation: Invocation) -> Result<Answer, Error> {
        let features = self.known_features().await?;
        let failed = format!("the function `{}` failed", invocation.token);
        let form = Form { secrets: false, ..wire::form(features) };
        let parent = Some(invocation.parent).filter(|_| features.contains(&Feature::InvokeParent));
        let request = proto::ResourceInvokeRequest {
            tok: invocation.token,
            args: Some(wire::encode(invocation.args, form)),
            provider: invocation.provider,
            version: invocation.version,
            plugin_download_url: invocation.plugin_download_url,
            accept_resources: form.references,
            parent_stack_trace_handle: self.stack_trace.clone(),
            depends_on: Vec::new(),
            parent: parent.unwrap_or_default(),
        };
        let answer = self.unless_cancelled(self.client.clone().invoke(request)).await?;
        let answer = answer.map_err(|status| explain(&status, &failed))?;
        if !answer.failures.is_empty() {
            let reasons = answer.failures.into_iter().map(|failure| match failure.property.as_str() {
                "" => failure.reason,
                property => format!("`{property}`: {}", failure.reason),
            });
            return Err(Error::Failed(format!("{failed}: {}", reasons.collect::<Vec<_>>().join("; "))));
        }
        Ok(Answer { result: decode(answer.r#return, &failed)?, unknown: answer.unknown })
    }
}

/// The engine's own services: what a plugin may ask outside any request.
#[derive(Default)]
pub(crate) struct Engine {
    channel: RwLock<Option<Channel>>,
}

/// What became of a look at the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It answered, whatever it said.
    Answers,
    /// Nobody is there.
    Gone,
    /// It did not answer in time: perhaps it is busy, perhaps somebody debugs it.
    Silent,
}

impl Engine {
    /// Talks to the engine at `address` from now on; connects when there is something to say. An address that is none
    /// leaves the engine unknown: a plugin can do a part of its work without.
    pub(crate) fn set_address(&self, address: &str) {
        let channel = channel(address).ok();
        *self.channel.write().unwrap_or_else(PoisonError::into_inner) = channel;
    }

    /// Looks whether the engine is still there; `None` if none is known.
    pub(crate) async fn health(&self) -> Option<Health> {
        let mut client = HealthClient::new(self.channel()?);
        let check = client.check(HealthCheckRequest::default());
        Some(match tokio::time::timeout(Duration::from_secs(2), check).await {
            Ok(Err(status)) if status.code() == Code::Unavailable => Health::Gone,
            Ok(_) => Health::Answers,
            Err(_) => Health::Silent,
        })
    }

    fn channel(&self) -> Option<Channel> {
        self.channel.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Display for Engine {
    async fn show(&self, severity: Severity, urn: &str, line: String) {
        let Some(channel) = self.channel() else { return };
        let (severity, ephemeral) = match severity {
            Severity::Info => (LogSeverity::Info, false),
            Severity::Warning => (LogSeverity::Warning, false),
            Severity::Error => (LogSeverity::Error, false),
            Severity::Status => (LogSeverity::Info, true),
        };
        let request = proto::LogRequest {
            severity: severity.into(),
            message: line,
            urn: urn.to_owned(),
            stream_id: 0,
            ephemeral,
        };
        let mut client = EngineClient::new(channel).max_encoding_message_size(MESSAGE_BYTES);
        // It may fail to arrive, which must not matter to anybody.
        let _ = tokio::time::timeout(Duration::from_secs(5), client.log(request)).await;
    }
}

/// A text of at most `bytes` bytes, cut between characters.
pub(crate) fn bounded(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// A connection that is made when it is first used.
fn channel(address: &str) -> Result<Channel, Error> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))
        .map_err(|_| Error::Failed(format!("`{address}` is not the address of an engine")))?;
    Ok(endpoint.http2_max_header_list_size(HEADER_BYTES).connect_lazy())
}

/// An error of the engine in our words: what failed, and what the engine says about it.
fn explain(status: &Status, what: &str) -> Error {
    // What the engine says itself has no source: the connection has broken, and nothing else breaks it.
    let broken = std::error::Error::source(status).is_some();
    match (status.code(), bounded(status.message(), TEXT_BYTES)) {
        (code, _) if broken || matches!(code, Code::Unavailable | Code::Cancelled) => {
            Error::Cancelled(format!("{what}, because the deployment has ended"))
        }
        (code, "") => Error::Failed(format!("{what}: {}", code.description())),
        (_, message) => Error::Failed(format!("{what}: {message}")),
    }
}

fn decode(properties: Option<Struct>, whose: &str) -> Result<PropertyMap, Error> {
    let properties = wire::decode(properties.unwrap_or_default());
    properties.map_err(|failure| Error::Failed(format!("an output {whose} cannot be read: {failure}")))
}
