//! The plugin's process: the service that the engine calls, from the port on stdout to the end.
//!
//! Nothing is kept between requests but the engine's address: several of them run at the same time, and the process
//! that serves one need not be the one that serves the next.

use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prost::Message as _;
use prost_types::Struct;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

use crate::client::{CANCELLED, Engine, GrpcMonitor, Health, MESSAGE_BYTES, bounded};
use crate::construct;
use crate::error::{Error, Failure};
use crate::generated::google_rpc;
use crate::generated::pulumirpc::resource_provider_server::{ResourceProvider, ResourceProviderServer};
use crate::generated::pulumirpc::{self as proto, input_properties_error::PropertyError};
use crate::provider::Provider;
use crate::wire::{self, Form};

/// How much of an error goes into an answer: it travels in a header. All of it then goes to the engine's log.
const MESSAGE_LIMIT: usize = 8 * 1024;

/// How much of the reason of one problem goes into an answer.
const REASON_LIMIT: usize = 2 * 1024;

/// Values are read recursively, and nothing limits how deep a program nests them: a level takes a few kilobytes.
const STACK_BYTES: usize = 16 * 1024 * 1024;

impl Provider {
    /// Serves the package to the engine until the engine goes or says so: the whole `main` of a plugin.
    pub fn main(self) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build();
        let served = engine_address(std::env::args().skip(1)).and_then(|address| {
            let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
            let served = runtime.block_on(serve(self, address));
            // What still runs has nobody left who waits for it.
            runtime.shutdown_background();
            served.map_err(|error| format!("cannot serve: {error}"))
        });
        match served {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => {
                let _ = writeln!(io::stderr(), "{problem}");
                ExitCode::FAILURE
            }
        }
    }
}

/// Serves a package on a free port, which it prints. `address` is the engine's; without one, whoever connects tells it
/// later (attach mode), and the process stays for the next one.
///
/// # Errors
/// If there is no port to be had, or nobody to tell it to.
async fn serve(provider: Provider, address: Option<String>) -> Result<(), Box<dyn std::error::Error>> {
    let incoming = TcpIncoming::bind((Ipv4Addr::LOCALHOST, 0).into())?.with_nodelay(Some(true));
    let port = incoming.local_addr()?.port();
    let engine = Arc::new(Engine::default());
    let service = Service { provider: Arc::new(provider), engine: engine.clone(), run: Mutex::default() };
    let service = ResourceProviderServer::new(service)
        .max_decoding_message_size(MESSAGE_BYTES)
        .max_encoding_message_size(MESSAGE_BYTES);
    // A component may hold another one of this package, and so on: a limit would leave them waiting for each other.
    let server = Server::builder().max_concurrent_streams(u32::MAX).add_service(service);
    let serving = server.serve_with_incoming(incoming);
    let stopped = stop_signal()?;
    // Before anybody can know that this process is there, and leave it behind.
    let parent = address.as_ref().map(|_| parent_id());

    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{port}")?;
    stdout.flush()?;
    drop(stdout);

    if let Some(address) = &address {
        engine.set_address(address);
    }
    tokio::select! {
        ended = serving => Ok(ended?),
        () = stopped => Ok(()),
        () = orphaned(&engine, parent) => Ok(()),
    }
}

/// The engine's address among the arguments: the only one that is no flag.
fn engine_address(args: impl IntoIterator<Item = String>) -> Result<Option<String>, String> {
    let mut args = args.into_iter();
    let mut address = None;
    while let Some(arg) = args.next() {
        if arg.starts_with('-') {
            // The only flag of the engine whose value is an argument of its own.
            if arg.trim_start_matches('-') == "tracing" {
                args.next();
            }
        } else if let Some(first) = address.replace(arg) {
            return Err(format!("expected one address of an engine, not `{first}` and more"));
        }
    }
    Ok(address)
}

/// A future that ends when somebody tells the process to stop, from this call on.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// A future that ends when somebody tells the process to stop, from this call on.
#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_break()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

#[cfg(unix)]
fn parent_id() -> u32 {
    std::os::unix::process::parent_id()
}

/// There is no such thing as a new parent on this system.
#[cfg(windows)]
fn parent_id() -> u32 {
    0
}

/// Ends when the engine that started this process is no more, so that the process does not stay behind. Without a
/// `parent`, in attach mode, it never ends.
async fn orphaned(engine: &Engine, parent: Option<u32>) {
    let Some(parent) = parent else { return std::future::pending().await };
    let adopted = async {
        while parent_id() == parent {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let gone = async {
        // Only an engine that was there can go: a plugin that is asked for its schema alone may have no engine at all.
        let (mut seen, mut refusals) = (false, 0);
        while !(seen && refusals >= 2) {
            tokio::time::sleep(Duration::from_secs(2)).await;
            match engine.health().await {
                Some(Health::Answers) => (seen, refusals) = (true, 0),
                Some(Health::Gone) => refusals += 1,
                Some(Health::Silent) | None => refusals = 0,
            }
        }
    };
    tokio::select! {
        () = adopted => {}
        () = gone => {}
    }
}

struct Service {
    provider: Arc<Provider>,
    engine: Arc<Engine>,
    /// Cancelled when the engine ends what it asked for. In attach mode another engine then begins anew.
    run: Mutex<CancellationToken>,
}

#[tonic::async_trait]
impl ResourceProvider for Service {
    async fn handshake(
        &self,
        request: Request<proto::ProviderHandshakeRequest>,
    ) -> Result<Response<proto::ProviderHandshakeResponse>, Status> {
        self.begin(&request.into_inner().engine_address);
        Ok(Response::new(proto::ProviderHandshakeResponse {
            accept_secrets: true,
            accept_resources: true,
            accept_outputs: true,
            supports_autonaming_configuration: false,
            accepts_byte_string: false,
        }))
    }

    async fn attach(&self, request: Request<proto::PluginAttach>) -> Result<Response<()>, Status> {
        self.begin(&request.into_inner().address);
        Ok(Response::new(()))
    }

    async fn get_plugin_info(&self, _: Request<()>) -> Result<Response<proto::PluginInfo>, Status> {
        Ok(Response::new(proto::PluginInfo { version: self.provider.version().to_owned() }))
    }

    async fn get_schema(
        &self,
        request: Request<proto::GetSchemaRequest>,
    ) -> Result<Response<proto::GetSchemaResponse>, Status> {
        match request.into_inner().version {
            0 => {}
            version => return Err(Status::unknown(format!("unsupported schema version {version}"))),
        }
        match self.provider.schema_json() {
            Ok(schema) => Ok(Response::new(proto::GetSchemaResponse { schema })),
            Err(error) => Err(self.status(error).await),
        }
    }

    async fn check_config(
        &self,
        request: Request<proto::CheckRequest>,
    ) -> Result<Response<proto::CheckResponse>, Status> {
        Ok(Response::new(proto::CheckResponse { inputs: request.into_inner().news, failures: Vec::new() }))
    }

    /// Leaves the comparison to the engine: a package without configuration never needs to be replaced.
    async fn diff_config(&self, _: Request<proto::DiffRequest>) -> Result<Response<proto::DiffResponse>, Status> {
        Ok(Response::new(proto::DiffResponse::default()))
    }

    async fn configure(
        &self,
        _: Request<proto::ConfigureRequest>,
    ) -> Result<Response<proto::ConfigureResponse>, Status> {
        Ok(Response::new(proto::ConfigureResponse {
            accept_secrets: true,
            supports_preview: true,
            accept_resources: true,
            accept_outputs: true,
            supports_autonaming_configuration: false,
        }))
    }

    async fn construct(
        &self,
        request: Request<proto::ConstructRequest>,
    ) -> Result<Response<proto::ConstructResponse>, Status> {
        let cancelled = self.run().child_token();
        // Nobody waits for an answer any more if this future is dropped: then the request's calls end too.
        let _ended = cancelled.clone().drop_guard();
        let work = self.work(request.into_inner(), cancelled.clone());
        let outcome = tokio::select! {
            () = cancelled.cancelled() => Err(Error::Cancelled(CANCELLED.to_owned())),
            outcome = work => outcome,
        };
        match outcome {
            Ok(constructed) => Ok(Response::new(answer(constructed))),
            Err(error) => Err(self.status(error).await),
        }
    }

    async fn call(&self, request: Request<proto::CallRequest>) -> Result<Response<proto::CallResponse>, Status> {
        let (name, token) = (self.provider.name(), request.into_inner().tok);
        Err(Status::unimplemented(format!("`{name}` has no method `{token}`")))
    }

    async fn invoke(&self, request: Request<proto::InvokeRequest>) -> Result<Response<proto::InvokeResponse>, Status> {
        Err(Status::unknown(format!("unknown function `{}`", request.into_inner().tok)))
    }

    async fn check(&self, request: Request<proto::CheckRequest>) -> Result<Response<proto::CheckResponse>, Status> {
        Err(self.no_resource(&request.into_inner().r#type))
    }

    async fn read(&self, request: Request<proto::ReadRequest>) -> Result<Response<proto::ReadResponse>, Status> {
        Err(self.no_resource(&request.into_inner().r#type))
    }

    async fn cancel(&self, _: Request<()>) -> Result<Response<()>, Status> {
        self.run().cancel();
        Ok(Response::new(()))
    }
}

impl Service {
    fn run(&self) -> CancellationToken {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves the engine at `address` from now on.
    fn begin(&self, address: &str) {
        if !address.is_empty() {
            self.engine.set_address(address);
        }
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        if run.is_cancelled() {
            *run = CancellationToken::new();
        }
    }

    /// Constructs a component in a task of its own, so that a panic ends the request and not the process.
    async fn work(
        &self,
        mut request: proto::ConstructRequest,
        cancelled: CancellationToken,
    ) -> Result<construct::Constructed, Error> {
        let stack_trace = std::mem::take(&mut request.stack_trace_handle);
        let monitor = Arc::new(GrpcMonitor::new(&request.monitor_endpoint, stack_trace, cancelled)?);
        let request =
            construct::Request { dry_run: request.dry_run, registration: wire::registration::decode(request)? };
        let provider = self.provider.clone();
        let task = tokio::spawn(async move { provider.construct(request, monitor).await });
        task.await.unwrap_or_else(|ended| Err(construct::broken_off(ended)))
    }

    fn no_resource(&self, token: &str) -> Status {
        Status::unimplemented(format!("`{}` has no resource `{token}`", self.provider.name()))
    }

    /// An error as the engine takes it. One too long for an answer is shown to the user in full before.
    async fn status(&self, error: Error) -> Status {
        let package = format!("{} v{}", self.provider.name(), self.provider.version());
        let mut parts = Parts::default();
        parts.add(error, &package);
        let message = parts.messages.join("\n");
        let mut shown = bounded(&message, MESSAGE_LIMIT).to_owned();
        if shown.len() < message.len() {
            self.engine.log_error(message).await;
            shown.push_str(" … (the whole text is in the log of the deployment)");
        }
        parts.into_status(shown)
    }
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

    fn into_status(self, message: String) -> Status {
        let code = match self {
            Self { arguments: true, .. } => Code::InvalidArgument,
            Self { cancelled: true, .. } => Code::Cancelled,
            _ => Code::Unknown,
        };
        if self.properties.is_empty() {
            return Status::new(code, message);
        }
        let detail = prost_types::Any {
            type_url: "type.googleapis.com/pulumirpc.InputPropertiesError".to_owned(),
            value: proto::InputPropertiesError { errors: self.properties }.encode_to_vec(),
        };
        let status = google_rpc::Status { code: code.into(), message: message.clone(), details: vec![detail] };
        Status::with_details(code, message, status.encode_to_vec().into())
    }
}

/// What the engine is told about a component that is there.
fn answer(constructed: construct::Constructed) -> proto::ConstructResponse {
    let construct::Constructed { urn, outputs } = constructed;
    // The dependencies stay empty: the SDKs add the component itself, and the engine knows what that one holds. With
    // the children in them, the replacement of one would reach everything that was given any output of the component.
    let none = proto::construct_response::PropertyDependencies::default;
    let state_dependencies = outputs.keys().map(|key| (key.clone(), none())).collect();
    let form = Form { secrets: true, references: true, outputs: false };
    let fields = outputs.into_iter().map(|(key, value)| (key, wire::encode_value(value, form))).collect();
    proto::ConstructResponse { urn, state: Some(Struct { fields }), state_dependencies }
}
