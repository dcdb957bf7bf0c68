//! A small engine: it records what it is asked, answers as the real one does, and fails on demand.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost_types::Struct;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use super::Answers;
use super::values::{decoded, encoded};
use crate::client::MESSAGE_BYTES;
use crate::generated::grpc_health::health_server::{Health, HealthServer};
use crate::generated::grpc_health::{HealthCheckRequest, HealthCheckResponse};
use crate::generated::pulumirpc::engine_server::{Engine, EngineServer};
use crate::generated::pulumirpc::resource_monitor_server::{ResourceMonitor, ResourceMonitorServer};
use crate::generated::pulumirpc::{self as proto, ResourceMonitorFeature};
use crate::value::{PropertyMap, Value, type_and_name};

/// How old an engine plays: what it can say about what it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// It says all at once.
    Current,
    /// As [`Age::Current`], but for one feature that it lacks.
    Without(ResourceMonitorFeature),
    /// It is asked for one feature after the other, and has those up to structured aliases.
    Probed,
    /// It does not know the question.
    Ancient,
}

/// What the engine is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// What it can do.
    Features,
    /// The registration of a component.
    Component,
    /// The registration of a resource that has a provider.
    Resource,
    /// The outputs of a component.
    Outputs,
    /// A function.
    Function,
}

/// One thing that the engine is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// What for.
    pub asked: Asked,
    /// Type of the resource, or the function's token; empty for what the engine can do.
    pub token: String,
    /// Name of the resource, or of the component that calls the function; empty for what the engine can do.
    pub name: String,
}

/// What becomes of what is asked.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It is done.
    Created,
    /// As in a preview: the id and the outputs of a resource are not known yet.
    Previewed,
    /// The engine reports another result for a resource.
    Result(proto::Result),
    /// The provider finds these faults, as property and reason, with what a function is given.
    Faulty(Vec<(&'static str, &'static str)>),
    /// The call fails.
    Refused(Status),
}

/// Decides, in its own time, what becomes of what is asked.
pub type Decision = dyn Fn(Question) -> BoxFuture<'static, Fate> + Send + Sync;

/// How an engine behaves.
#[derive(Clone)]
pub struct Script {
    age: Age,
    decide: Arc<Decision>,
    answers: Arc<Answers>,
}

impl Script {
    /// An engine that does all it is asked, and whose resources have no outputs beyond their inputs.
    pub fn new(age: Age) -> Self {
        let decide = |_| std::future::ready(Fate::Created).boxed();
        Self { age, decide: Arc::new(decide), answers: Arc::new(|_, _, _| PropertyMap::new()) }
    }

    /// What becomes of what is asked.
    pub fn deciding<F>(self, decide: impl Fn(Question) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Fate> + Send + 'static,
    {
        Self { decide: Arc::new(move |question| decide(question).boxed()), ..self }
    }

    /// What resources and functions answer.
    pub fn answering(self, answers: impl Fn(&str, &str, &PropertyMap) -> PropertyMap + Send + Sync + 'static) -> Self {
        Self { answers: Arc::new(answers), ..self }
    }
}

/// The engine, as long as it lives.
pub struct TestEngine {
    /// Where it listens, as host and port.
    pub address: String,
    /// Told each time when the plugin has looked whether the engine is there.
    pub seen: Arc<Notify>,
    record: Arc<Mutex<Record>>,
    open: watch::Sender<usize>,
    logged: watch::Sender<()>,
    /// Its own, so that its connections end with it.
    runtime: Option<Runtime>,
}

/// What the engine was asked, each in the order in which it came.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each field holds what it is named after")]
pub struct Record {
    pub questions: Vec<Question>,
    pub registrations: Vec<proto::RegisterResourceRequest>,
    pub outputs: Vec<proto::RegisterResourceOutputsRequest>,
    pub invokes: Vec<proto::ResourceInvokeRequest>,
    pub log: Vec<proto::LogRequest>,
    pending: BTreeSet<String>,
}

impl TestEngine {
    /// An engine on a free port.
    ///
    /// # Panics
    /// If there is none.
    pub fn start(script: Script) -> Self {
        let runtime = Runtime::new().expect("there is a runtime");
        let entered = runtime.enter();
        let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).expect("there is a free port");
        let incoming = incoming.with_nodelay(Some(true));
        let address = incoming.local_addr().expect("a listener has an address").to_string();
        let record = Arc::<Mutex<Record>>::default();
        let seen = Arc::<Notify>::default();
        let open = watch::Sender::new(0);
        let logged = watch::Sender::new(());
        let side =
            Side { script, record: record.clone(), seen: seen.clone(), open: open.clone(), logged: logged.clone() };
        let monitor = ResourceMonitorServer::new(side.clone())
            .max_decoding_message_size(MESSAGE_BYTES)
            .max_encoding_message_size(MESSAGE_BYTES);
        let server = Server::builder()
            .add_service(monitor)
            .add_service(HealthServer::new(side.clone()))
            .add_service(EngineServer::new(side).max_decoding_message_size(MESSAGE_BYTES))
            .serve_with_incoming(incoming);
        runtime.spawn(async move { server.await.expect("the engine serves") });
        drop(entered);
        Self { address, seen, record, open, logged, runtime: Some(runtime) }
    }

    /// What it was asked so far.
    pub fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when every call is answered, or has been given up by the plugin.
    pub async fn idle(&self) {
        // The sender is ours, so that this cannot fail.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Ends when the plugin has shown this line, now or before.
    pub async fn logged(&self, line: &str) {
        let mut logged = self.logged.subscribe();
        while !self.record().log.iter().any(|logged| logged.message == line) {
            // The sender is ours, so that this cannot fail.
            let _ = logged.changed().await;
        }
    }

    /// The only registration of that type.
    ///
    /// # Panics
    /// If there is another number of them.
    pub fn registration(&self, token: &str) -> proto::RegisterResourceRequest {
        let record = self.record();
        let found: Vec<_> = record.registrations.iter().filter(|request| request.r#type == token).collect();
        let [registration] = found.as_slice() else { panic!("{} registrations of {token}", found.len()) };
        (*registration).clone()
    }
}

/// It ends as a process does that is killed: all connections break.
impl Drop for TestEngine {
    fn drop(&mut self) {
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

/// URN of a resource in the stack that the engine plays.
pub fn urn(parent: &str, token: &str, name: &str) -> String {
    let chain = match parent.split("::").nth(2) {
        None | Some("pulumi:pulumi:Stack") => String::new(),
        Some(types) => format!("{types}$"),
    };
    format!("urn:pulumi:dev::shop::{chain}{token}::{name}")
}

#[derive(Clone)]
struct Side {
    script: Script,
    record: Arc<Mutex<Record>>,
    seen: Arc<Notify>,
    open: watch::Sender<usize>,
    logged: watch::Sender<()>,
}

/// A call that the engine has to answer, as long as somebody waits for it.
struct Open(watch::Sender<usize>);

impl Open {
    fn new(open: &watch::Sender<usize>) -> Self {
        open.send_modify(|open| *open += 1);
        Self(open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl Side {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn decide(&self, asked: Asked, token: &str, name: &str) -> Result<Fate, Status> {
        let _open = Open::new(&self.open);
        let question = Question { asked, token: token.to_owned(), name: name.to_owned() };
        self.record().questions.push(question.clone());
        match (self.script.decide)(question).await {
            Fate::Refused(status) => Err(status),
            fate => Ok(fate),
        }
    }

    /// A resource as its provider has made it.
    fn created(&self, request: &proto::RegisterResourceRequest) -> (String, Struct) {
        let mut outputs = decoded(request.object.clone().unwrap_or_default());
        let answers = (self.script.answers)(&request.r#type, &request.name, &outputs);
        outputs.extend(answers);
        let id = match outputs.remove("id") {
            Some(Value::String(id)) => id,
            _ => format!("id-{}", request.name),
        };
        (id, encoded(outputs))
    }

    /// The engine's own function: what is known of a component, or of what the program has made before.
    fn state(&self, args: &PropertyMap) -> Option<Struct> {
        let Some(Value::String(urn)) = args.get("urn") else { return None };
        let completed = self.record().outputs.iter().rfind(|completed| completed.urn == *urn).cloned();
        let state = match completed {
            Some(completed) => decoded(completed.outputs?),
            None => {
                let (token, name) = type_and_name(urn);
                (self.script.answers)(token, name, &PropertyMap::new())
            }
        };
        let state = Some(state).filter(|state| !state.is_empty())?;
        Some(encoded(PropertyMap::from([("state".to_owned(), Value::Object(state))])))
    }
}

#[tonic::async_trait]
impl ResourceMonitor for Side {
    async fn get_deployment_info(&self, _: Request<()>) -> Result<Response<proto::DeploymentInfo>, Status> {
        self.decide(Asked::Features, "", "").await?;
        let lacking = match self.script.age {
            Age::Current => None,
            Age::Without(feature) => Some(feature),
            Age::Probed | Age::Ancient => return Err(Status::unimplemented("unknown method")),
        };
        let features = (0..=16).filter_map(|id| ResourceMonitorFeature::try_from(id).ok());
        let features = features.filter(|feature| Some(*feature) != lacking).map(Into::into);
        Ok(Response::new(proto::DeploymentInfo { supported_features: features.collect() }))
    }

    async fn supports_feature(
        &self,
        request: Request<proto::SupportsFeatureRequest>,
    ) -> Result<Response<proto::SupportsFeatureResponse>, Status> {
        if self.script.age != Age::Probed {
            return Err(Status::unimplemented("unknown method"));
        }
        let known = ["secrets", "resourceReferences", "outputValues", "aliasSpecs"];
        let has_support = known.contains(&request.into_inner().id.as_str());
        Ok(Response::new(proto::SupportsFeatureResponse { has_support }))
    }

    async fn register_resource(
        &self,
        request: Request<proto::RegisterResourceRequest>,
    ) -> Result<Response<proto::RegisterResourceResponse>, Status> {
        let request = request.into_inner();
        self.record().registrations.push(request.clone());
        if request.remote {
            return Err(Status::unknown("a component registered itself as remote"));
        }
        let urn = urn(&request.parent, &request.r#type, &request.name);
        let asked = if request.custom { Asked::Resource } else { Asked::Component };
        let fate = self.decide(asked, &request.r#type, &request.name).await?;
        if !request.custom {
            self.record().pending.insert(urn.clone());
            let object = Some(Struct::default());
            return Ok(Response::new(proto::RegisterResourceResponse { urn, object, ..Default::default() }));
        }
        let (id, object) = match fate {
            Fate::Previewed => (String::new(), request.object.unwrap_or_default()),
            _ => self.created(&request),
        };
        let mut answer = proto::RegisterResourceResponse { urn, id, object: Some(object), ..Default::default() };
        if let Fate::Result(result) = fate {
            answer.set_result(result);
        }
        Ok(Response::new(answer))
    }

    async fn register_resource_outputs(
        &self,
        request: Request<proto::RegisterResourceOutputsRequest>,
    ) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        let mut parts = request.urn.rsplit("::");
        let (name, chain) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        self.decide(Asked::Outputs, chain.rsplit('$').next().unwrap_or_default(), name).await?;
        let mut record = self.record();
        if !record.pending.remove(&request.urn) {
            let urn = request.urn;
            return Err(Status::unknown(format!(
                "cannot complete a resource '{urn}' whose registration isn't pending"
            )));
        }
        record.outputs.push(request);
        Ok(Response::new(()))
    }

    async fn invoke(
        &self,
        request: Request<proto::ResourceInvokeRequest>,
    ) -> Result<Response<proto::ResourceInvokeResponse>, Status> {
        let request = request.into_inner();
        self.record().invokes.push(request.clone());
        let name = request.parent.rsplit("::").next().unwrap_or_default();
        let fate = self.decide(Asked::Function, &request.tok, name).await?;
        let mut answer = proto::ResourceInvokeResponse::default();
        if let Fate::Faulty(faults) = fate {
            let faults = faults.into_iter().map(|(property, reason)| (property.to_owned(), reason.to_owned()));
            answer.failures = faults.map(|(property, reason)| proto::CheckFailure { property, reason }).collect();
            return Ok(Response::new(answer));
        }
        let args = decoded(request.args.unwrap_or_default());
        answer.r#return = if request.tok == "pulumi:pulumi:getResource" {
            let state = self.state(&args);
            Some(state.ok_or_else(|| Status::unknown("there is no such resource"))?)
        } else {
            Some(encoded((self.script.answers)(&request.tok, "", &args)))
        };
        Ok(Response::new(answer))
    }
}

#[tonic::async_trait]
impl Engine for Side {
    async fn log(&self, request: Request<proto::LogRequest>) -> Result<Response<()>, Status> {
        self.record().log.push(request.into_inner());
        self.logged.send_replace(());
        Ok(Response::new(()))
    }
}

#[tonic::async_trait]
impl Health for Side {
    /// As an engine that knows nothing of health: that counts as healthy.
    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        self.seen.notify_one();
        Err(Status::unimplemented("unknown service"))
    }
}
