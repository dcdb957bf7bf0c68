//! The service that the engine calls.
//!
//! Nothing is kept between requests but the engine's address and the configuration: several of them run at the same time,
//! and the process that serves one need not be the one that serves the next.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use prost_types::Struct;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::status;
use crate::client::{CANCELLED, Engine, GrpcMonitor};
use crate::construct;
use crate::custom::Unfinished;
use crate::error::{Error, Failure};
use crate::generated::pulumirpc::diff_response::DiffChanges;
use crate::generated::pulumirpc::resource_provider_server::ResourceProvider;
use crate::generated::pulumirpc::{self as proto};
use crate::lifecycle::{Call, Configuration, Kept};
use crate::operation::Session;
use crate::provider::Provider;
use crate::value::PropertyMap;
use crate::wire::{self, Form};

/// How long an operation may take to say what it has made, once the deployment is interrupted. The engine itself waits
/// half a minute.
const GRACE: Duration = Duration::from_secs(25);

pub(super) struct Service {
    provider: Arc<Provider>,
    engine: Arc<Engine>,
    /// What the engine has said of it, if it has.
    configuration: Mutex<Option<Configuration>>,
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
        let schema = self.told(self.provider.schema_json()).await?;
        Ok(Response::new(proto::GetSchemaResponse { schema }))
    }

    async fn check_config(
        &self,
        request: Request<proto::CheckRequest>,
    ) -> Result<Response<proto::CheckResponse>, Status> {
        let inputs = request.into_inner().news.unwrap_or_default();
        let checked =
            read(inputs.clone()).and_then(|it| self.provider.configurable().check(self.provider.package(), &it));
        Ok(Response::new(self.checked(inputs, checked)))
    }

    /// Leaves the comparison to the engine: other configuration never replaces what was made with it.
    async fn diff_config(&self, _: Request<proto::DiffRequest>) -> Result<Response<proto::DiffResponse>, Status> {
        Ok(Response::new(proto::DiffResponse::default()))
    }

    async fn configure(
        &self,
        request: Request<proto::ConfigureRequest>,
    ) -> Result<Response<proto::ConfigureResponse>, Status> {
        let args = request.into_inner().args.unwrap_or_default();
        let read = read(args).and_then(|args| self.provider.configurable().read(&args));
        *self.configuration.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.told(read).await?);
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
        Ok(Response::new(answer(self.told(outcome).await?)))
    }

    async fn call(&self, request: Request<proto::CallRequest>) -> Result<Response<proto::CallResponse>, Status> {
        let (name, token) = (self.provider.name(), request.into_inner().tok);
        Err(Status::unimplemented(format!("`{name}` has no method `{token}`")))
    }

    async fn invoke(&self, request: Request<proto::InvokeRequest>) -> Result<Response<proto::InvokeResponse>, Status> {
        let proto::InvokeRequest { tok: token, args } = request.into_inner();
        let args = self.told(read(args.unwrap_or_default())).await?;
        let answered = self.operate("", 0.0, move |provider, call| {
            Box::pin(async move { Ok(provider.callable(&token)?.call(provider.package(), call, args).await?) })
        });
        match answered.await {
            Ok(answer) => {
                Ok(Response::new(proto::InvokeResponse { r#return: Some(object(answer)), failures: Vec::new() }))
            }
            Err(Unfinished { error: error @ Error::Arguments { .. }, .. }) => {
                let failures = status::failures(error, &self.provider.package());
                Ok(Response::new(proto::InvokeResponse { r#return: None, failures }))
            }
            Err(failed) => Err(self.status(failed.error).await),
        }
    }

    async fn check(&self, request: Request<proto::CheckRequest>) -> Result<Response<proto::CheckResponse>, Status> {
        let proto::CheckRequest { r#type: token, news, .. } = request.into_inner();
        let lifecycle = self.told(self.provider.custom(&token)).await?;
        let inputs = news.unwrap_or_default();
        let checked = read(inputs.clone()).and_then(|it| lifecycle.check(self.provider.package(), &it));
        Ok(Response::new(self.checked(inputs, checked)))
    }

    async fn diff(&self, request: Request<proto::DiffRequest>) -> Result<Response<proto::DiffResponse>, Status> {
        let proto::DiffRequest { r#type: token, olds, news, old_inputs, .. } = request.into_inner();
        let differing = || {
            let [state, inputs, old_inputs] = [olds, news, old_inputs].map(|it| read(it.unwrap_or_default()));
            let lifecycle = self.provider.custom(&token)?;
            Ok((lifecycle.diff(&old_inputs?, &state?, &inputs?)?, lifecycle.stable()))
        };
        let (changes, stable) = self.told(differing()).await?;
        let answer = if changes.is_empty() { DiffChanges::DiffNone } else { DiffChanges::DiffSome };
        Ok(Response::new(proto::DiffResponse {
            stables: stable.into_iter().filter(|_| changes.replaces.is_empty()).map(str::to_owned).collect(),
            diffs: changes.updates.union(&changes.replaces).cloned().collect(),
            replaces: changes.replaces.into_iter().collect(),
            delete_before_replace: changes.delete_before_replace,
            changes: answer.into(),
        }))
    }

    async fn create(&self, request: Request<proto::CreateRequest>) -> Result<Response<proto::CreateResponse>, Status> {
        let proto::CreateRequest { urn, properties, timeout, preview, r#type: token } = request.into_inner();
        let inputs = self.told(read(properties.unwrap_or_default())).await?;
        if preview {
            let properties = self.told(self.provider.custom(&token)).await?.preview(&inputs, None);
            return Ok(Response::new(proto::CreateResponse {
                id: String::new(),
                properties: Some(object(properties)),
            }));
        }
        let created = self.operate(&urn, timeout, move |provider, call| {
            Box::pin(async move { provider.custom(&token)?.create(call, inputs).await })
        });
        let Kept { id, properties } = self.finished(&urn, created.await).await?;
        Ok(Response::new(proto::CreateResponse { id, properties: Some(object(properties)) }))
    }

    async fn read(&self, request: Request<proto::ReadRequest>) -> Result<Response<proto::ReadResponse>, Status> {
        let proto::ReadRequest { id, urn, properties, inputs, r#type: token, timeout } = request.into_inner();
        let properties = self.told(read(properties.unwrap_or_default())).await?;
        let kept = Kept { id, properties };
        let found = self.operate(&urn, timeout, move |provider, call| {
            Box::pin(async move { Ok(provider.custom(&token)?.read(call, kept).await?) })
        });
        let found = self.finished(&urn, found.await).await?;
        // Without an id the resource is gone. The inputs stay those of the program.
        Ok(Response::new(found.map_or_else(proto::ReadResponse::default, |Kept { id, properties }| {
            proto::ReadResponse { id, properties: Some(object(properties)), inputs }
        })))
    }

    async fn update(&self, request: Request<proto::UpdateRequest>) -> Result<Response<proto::UpdateResponse>, Status> {
        let proto::UpdateRequest { id, urn, olds, news, timeout, preview, r#type: token } = request.into_inner();
        let properties = self.told(read(olds.unwrap_or_default())).await?;
        let inputs = self.told(read(news.unwrap_or_default())).await?;
        if preview {
            let properties = self.told(self.provider.custom(&token)).await?.preview(&inputs, Some(&properties));
            return Ok(Response::new(proto::UpdateResponse { properties: Some(object(properties)) }));
        }
        let kept = Kept { id, properties };
        let updated = self.operate(&urn, timeout, move |provider, call| {
            Box::pin(async move { provider.custom(&token)?.update(call, kept, inputs).await })
        });
        let Kept { properties, .. } = self.finished(&urn, updated.await).await?;
        Ok(Response::new(proto::UpdateResponse { properties: Some(object(properties)) }))
    }

    async fn delete(&self, request: Request<proto::DeleteRequest>) -> Result<Response<()>, Status> {
        let proto::DeleteRequest { id, urn, properties, timeout, r#type: token } = request.into_inner();
        let properties = self.told(read(properties.unwrap_or_default())).await?;
        let kept = Kept { id, properties };
        let deleted = self.operate(&urn, timeout, move |provider, call| {
            Box::pin(async move { Ok(provider.custom(&token)?.delete(call, kept).await?) })
        });
        self.finished(&urn, deleted.await).await?;
        Ok(Response::new(()))
    }

    async fn cancel(&self, _: Request<()>) -> Result<Response<()>, Status> {
        self.run().cancel();
        Ok(Response::new(()))
    }
}

impl Service {
    pub(super) fn new(provider: Provider, engine: Arc<Engine>) -> Self {
        Self { provider: Arc::new(provider), engine, configuration: Mutex::default(), run: Mutex::default() }
    }

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
        let config = std::mem::take(&mut request.config);
        let request =
            construct::Request { dry_run: request.dry_run, config, registration: wire::registration::decode(request)? };
        let provider = self.provider.clone();
        let task = tokio::spawn(async move { provider.construct(request, monitor).await });
        task.await.unwrap_or_else(|ended| Err(Error::ended("the construction", ended)))
    }

    /// Runs an operation in a task of its own. It goes on when the engine has hung up or the deployment is interrupted:
    /// only the operation knows what it has made.
    async fn operate<T: Send + 'static>(
        &self,
        urn: &str,
        timeout_seconds: f64,
        work: impl FnOnce(Arc<Provider>, Call) -> BoxFuture<'static, Result<T, Unfinished<Kept>>>,
    ) -> Result<T, Unfinished<Kept>> {
        let cancelled = self.run().child_token();
        let timeout = Duration::try_from_secs_f64(timeout_seconds).ok().filter(|timeout| !timeout.is_zero());
        let display = self.engine.clone();
        let session = Session { urn: urn.to_owned(), timeout, cancelled: cancelled.clone(), display };
        let call = Call { config: self.configuration()?, session };
        let mut task = tokio::spawn(work(self.provider.clone(), call));
        let late = async {
            cancelled.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            ended = &mut task => ended.unwrap_or_else(|ended| Err(Error::ended("the operation", ended).into())),
            () = late => {
                let text = format!("{CANCELLED}, and the operation did not end within {} s", GRACE.as_secs());
                Err(Error::Cancelled(text).into())
            }
        }
    }

    /// What the engine has said at Configure, or what the package has if nothing is said.
    fn configuration(&self) -> Result<Configuration, Error> {
        let configured = self.configuration.lock().unwrap_or_else(PoisonError::into_inner).clone();
        configured.map_or_else(|| self.provider.configurable().read(&PropertyMap::new()), Ok)
    }

    fn checked(&self, inputs: Struct, checked: Result<(), Error>) -> proto::CheckResponse {
        let failures = checked.err().map(|error| status::failures(error, &self.provider.package()));
        proto::CheckResponse { inputs: Some(inputs), failures: failures.unwrap_or_default() }
    }

    /// The result, or the error as the engine takes it.
    async fn told<T>(&self, result: Result<T, Error>) -> Result<T, Status> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(self.status(error).await),
        }
    }

    /// As [`Self::told`], of an operation on the resource of that URN.
    async fn finished<T>(&self, urn: &str, result: Result<T, Unfinished<Kept>>) -> Result<T, Status> {
        match result {
            Ok(value) => Ok(value),
            Err(failed) => Err(status::unfinished(failed, urn, &self.provider.package(), &self.engine).await),
        }
    }

    async fn status(&self, error: Error) -> Status {
        status::status(error, &self.provider.package(), &self.engine).await
    }
}

/// Properties on the wire. What is nothing is said to be so: left out it would be taken for unknown in a preview.
pub(super) fn object(properties: PropertyMap) -> Struct {
    let form = Form { secrets: true, references: true, outputs: false };
    Struct { fields: properties.into_iter().map(|(key, value)| (key, wire::encode_value(value, form))).collect() }
}

fn read(properties: Struct) -> Result<PropertyMap, Error> {
    // Where the value stands may be inside a secret, so that the engine must not print it.
    wire::decode(properties).map_err(|Failure { path, reason }| Error::argument(&path, reason))
}

/// What the engine is told about a component that is there.
fn answer(constructed: construct::Constructed) -> proto::ConstructResponse {
    let construct::Constructed { urn, outputs } = constructed;
    // The dependencies stay empty: the SDKs add the component itself, and the engine knows what that one holds. With
    // the children in them, the replacement of one would reach everything that was given any output of the component.
    let none = proto::construct_response::PropertyDependencies::default;
    let state_dependencies = outputs.keys().map(|key| (key.clone(), none())).collect();
    proto::ConstructResponse { urn, state: Some(object(outputs)), state_dependencies }
}
