//! A small engine: it records what it is asked, answers as the real one does, and fails on demand.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use prost_types::Struct;
use tokio::runtime::Runtime;
use tokio::sync::{Barrier, Notify};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::generated::grpc_health::health_server::{Health, HealthServer};
use crate::generated::grpc_health::{HealthCheckRequest, HealthCheckResponse};
use crate::generated::pulumirpc::engine_server::{Engine, EngineServer};
use crate::generated::pulumirpc::resource_monitor_server::{ResourceMonitor, ResourceMonitorServer};
use crate::generated::pulumirpc::{self as proto, ResourceMonitorFeature};

/// How old an engine plays: what it can say about what it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// It says all at once.
    Current,
    /// It is asked for one feature after the other, and has those up to structured aliases.
    Probed,
    /// It does not know the question.
    Ancient,
}

/// What becomes of a resource that has a provider.
#[derive(Clone)]
pub(crate) enum Fate {
    Created,
    /// A preview: the id is not known yet.
    Previewed,
    Result(proto::Result),
    Status(Status),
    /// It takes for ever. Tells when it has begun.
    Never(Arc<Notify>),
    /// It waits until that many resources are being created.
    Together(Arc<Barrier>),
}

/// The engine, as long as it lives.
pub(crate) struct TestEngine {
    pub(crate) address: String,
    pub(crate) record: Arc<Mutex<Record>>,
    /// Told each time when the plugin has looked whether the engine is there.
    pub(crate) seen: Arc<Notify>,
    /// Its own, so that its connections end with it.
    runtime: Option<Runtime>,
}

/// What the engine was asked.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) registrations: Vec<proto::RegisterResourceRequest>,
    pub(crate) outputs: Vec<proto::RegisterResourceOutputsRequest>,
    pub(crate) invokes: Vec<proto::ResourceInvokeRequest>,
    pub(crate) log: Vec<proto::LogRequest>,
    pending: BTreeSet<String>,
}

impl TestEngine {
    pub(crate) fn start(age: Age, fate: Fate) -> Self {
        let runtime = Runtime::new().unwrap();
        let entered = runtime.enter();
        let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = incoming.local_addr().unwrap().to_string();
        let record = Arc::<Mutex<Record>>::default();
        let seen = Arc::<Notify>::default();
        let side = Side { age, fate, record: record.clone(), seen: seen.clone() };
        let limit = 400 * 1024 * 1024;
        let server = Server::builder()
            .add_service(ResourceMonitorServer::new(side.clone()).max_decoding_message_size(limit))
            .add_service(HealthServer::new(side.clone()))
            .add_service(EngineServer::new(side).max_decoding_message_size(limit))
            .serve_with_incoming(incoming);
        runtime.spawn(async move { server.await.unwrap() });
        drop(entered);
        Self { address, record, seen, runtime: Some(runtime) }
    }

    /// The only registration of that type.
    pub(crate) fn registration(&self, token: &str) -> proto::RegisterResourceRequest {
        let record = self.record.lock().unwrap();
        let found: Vec<_> = record.registrations.iter().filter(|request| request.r#type == token).collect();
        assert_eq!(found.len(), 1, "registrations of {token}");
        found[0].clone()
    }
}

/// It ends as a process does that is killed: all connections break.
impl Drop for TestEngine {
    fn drop(&mut self) {
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

#[derive(Clone)]
struct Side {
    age: Age,
    fate: Fate,
    record: Arc<Mutex<Record>>,
    seen: Arc<Notify>,
}

#[tonic::async_trait]
impl ResourceMonitor for Side {
    async fn get_deployment_info(&self, _: Request<()>) -> Result<Response<proto::DeploymentInfo>, Status> {
        if self.age != Age::Current {
            return Err(Status::unimplemented("unknown method"));
        }
        let features = (0..=16).map(|id| ResourceMonitorFeature::try_from(id).unwrap().into());
        Ok(Response::new(proto::DeploymentInfo { supported_features: features.collect() }))
    }

    async fn supports_feature(
        &self,
        request: Request<proto::SupportsFeatureRequest>,
    ) -> Result<Response<proto::SupportsFeatureResponse>, Status> {
        if self.age != Age::Probed {
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
        self.record.lock().unwrap().registrations.push(request.clone());
        assert!(!request.remote, "a component registered itself as remote");
        let chain = match request.parent.split("::").nth(2) {
            None | Some("pulumi:pulumi:Stack") => String::new(),
            Some(types) => format!("{types}$"),
        };
        let urn = format!("urn:pulumi:dev::shop::{chain}{}::{}", request.r#type, request.name);
        if !request.custom {
            self.record.lock().unwrap().pending.insert(urn.clone());
            let object = Some(Struct::default());
            return Ok(Response::new(proto::RegisterResourceResponse { urn, object, ..Default::default() }));
        }
        let mut answer = proto::RegisterResourceResponse {
            id: format!("id-{}", request.name),
            urn,
            object: request.object,
            ..Default::default()
        };
        match &self.fate {
            Fate::Created => {}
            Fate::Previewed => answer.id.clear(),
            Fate::Result(result) => answer.set_result(*result),
            Fate::Status(status) => return Err(status.clone()),
            Fate::Never(begun) => {
                begun.notify_one();
                std::future::pending::<()>().await;
            }
            Fate::Together(barrier) => {
                barrier.wait().await;
            }
        }
        Ok(Response::new(answer))
    }

    async fn register_resource_outputs(
        &self,
        request: Request<proto::RegisterResourceOutputsRequest>,
    ) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        let mut record = self.record.lock().unwrap();
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
        let answer = if let Fate::Result(_) = self.fate {
            let failure = |property: &str, reason: &str| proto::CheckFailure {
                property: property.to_owned(),
                reason: reason.to_owned(),
            };
            let failures = vec![failure("", "too early"), failure("zone", "is no zone")];
            proto::ResourceInvokeResponse { failures, ..Default::default() }
        } else {
            let place = crate::values::object(serde_json::json!({"place": "here"}));
            proto::ResourceInvokeResponse { r#return: Some(place), ..Default::default() }
        };
        self.record.lock().unwrap().invokes.push(request);
        Ok(Response::new(answer))
    }
}

#[tonic::async_trait]
impl Engine for Side {
    async fn log(&self, request: Request<proto::LogRequest>) -> Result<Response<()>, Status> {
        self.record.lock().unwrap().log.push(request.into_inner());
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
