//! A plugin as a process, as the engine starts it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use prost::Message as _;
use prost::bytes::BufMut as _;
use tonic::codec::{Codec, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use super::engine::TestEngine;
use crate::client::MESSAGE_BYTES;
use crate::generated::google_rpc;
use crate::generated::pulumirpc::resource_provider_client::ResourceProviderClient;
use crate::generated::pulumirpc::{self as proto, ConstructResponse};

/// A running plugin, ended with the test.
pub struct Plugin {
    child: Child,
    stdout: BufReader<ChildStdout>,
    channel: Channel,
    /// What the engine calls.
    pub client: ResourceProviderClient<Channel>,
}

impl Plugin {
    /// Starts the plugin as the engine does, flags first.
    ///
    /// # Panics
    /// If it does not start, or does not say where it listens.
    pub fn start(command: &mut Command, engine: &TestEngine) -> Self {
        Self::start_with(command, &["--logtostderr", "-v=9", "--tracing", "somewhere", &engine.address])
    }

    /// Starts the plugin with these arguments.
    ///
    /// # Panics
    /// As [`Plugin::start`].
    pub fn start_with(command: &mut Command, args: &[&str]) -> Self {
        let command = command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the plugin starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("what it prints is piped"));
        let mut port = String::new();
        stdout.read_line(&mut port).expect("the plugin prints text");
        let port: u16 = port.trim_end_matches('\n').parse().expect("the plugin prints its port");
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}")).expect("an address");
        let channel = endpoint.http2_max_header_list_size(16 * 1024 * 1024).connect_lazy();
        let client = ResourceProviderClient::new(channel.clone())
            .max_encoding_message_size(MESSAGE_BYTES)
            .max_decoding_message_size(MESSAGE_BYTES);
        Self { child, stdout, channel, client }
    }

    /// Tells the plugin who it works for, from now on.
    ///
    /// # Errors
    /// What the plugin answers.
    pub async fn handshake(&self, engine: &TestEngine) -> Result<proto::ProviderHandshakeResponse, Status> {
        let request = proto::ProviderHandshakeRequest { engine_address: engine.address.clone() };
        Ok(self.client.clone().handshake(request).await?.into_inner())
    }

    /// Has it construct a component.
    ///
    /// # Errors
    /// What the plugin answers.
    pub async fn construct(&self, request: proto::ConstructRequest) -> Result<proto::ConstructResponse, Status> {
        Ok(self.client.clone().construct(request).await?.into_inner())
    }

    /// Has it construct what these bytes say, if they say anything.
    ///
    /// # Errors
    /// What the plugin answers.
    pub async fn construct_bytes(&self, request: Vec<u8>) -> Result<proto::ConstructResponse, Status> {
        let mut client = tonic::client::Grpc::new(self.channel.clone());
        client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let method = PathAndQuery::from_static("/pulumirpc.ResourceProvider/Construct");
        Ok(client.unary(Request::new(request), method, Uninterpreted).await?.into_inner())
    }

    /// Ends all that it does.
    ///
    /// # Errors
    /// What the plugin answers.
    pub async fn cancel(&self) -> Result<(), Status> {
        self.client.clone().cancel(()).await.map(drop)
    }

    /// Sends it a signal, such as `-INT`.
    ///
    /// # Panics
    /// If it is gone.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "kill {signal}");
    }

    /// Waits until the process has ended by itself; says how, and what it printed after its port.
    ///
    /// # Panics
    /// If it does not.
    pub fn ended_within(&mut self, limit: Duration) -> (ExitStatus, String) {
        let begun = Instant::now();
        let status = loop {
            match self.child.try_wait().expect("the process can be waited for") {
                Some(status) => break status,
                None => assert!(begun.elapsed() < limit, "the plugin still runs after {limit:?}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).expect("the plugin prints text");
        (status, printed)
    }

    /// Its memory in bytes, as the system counts it: now, and at most so far. `None` where the system does not say.
    pub fn memory(&self) -> Option<(usize, usize)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: usize = line.trim().trim_end_matches(" kB").parse().ok()?;
            Some(kibibytes * 1024)
        };
        Some((field("VmRSS:")?, field("VmHWM:")?))
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends bytes as they are; what comes back is an answer.
#[derive(Clone, Copy)]
struct Uninterpreted;

impl Codec for Uninterpreted {
    type Encode = Vec<u8>;
    type Decode = ConstructResponse;
    type Encoder = Self;
    type Decoder = <ProstCodec<(), ConstructResponse> as Codec>::Decoder;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<(), ConstructResponse>::default().decoder()
    }
}

impl Encoder for Uninterpreted {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

/// A request as it goes over the wire.
pub fn bytes(request: &proto::ConstructRequest) -> Vec<u8> {
    request.encode_to_vec()
}

/// What a status says that the engine is to keep of a resource, if it says so.
///
/// # Panics
/// If the details of the status are not of the form that the engine reads.
pub fn unfinished(status: &Status) -> Option<proto::ErrorResourceInitFailed> {
    let value = detail(status, "ErrorResourceInitFailed")?;
    Some(proto::ErrorResourceInitFailed::decode(value.as_slice()).expect("the detail is about a resource"))
}

/// The properties that a status finds fault with, and why.
///
/// # Panics
/// If the details of the status are not of the form that the engine reads.
pub fn faults(status: &Status) -> Vec<(String, String)> {
    let Some(value) = detail(status, "InputPropertiesError") else { return Vec::new() };
    let error = proto::InputPropertiesError::decode(value.as_slice()).expect("the detail is about properties");
    error.errors.into_iter().map(|error| (error.property_path, error.reason)).collect()
}

/// The one detail of a status, if it has any; its name is `name`.
fn detail(status: &Status, name: &str) -> Option<Vec<u8>> {
    if status.details().is_empty() {
        return None;
    }
    let whole = google_rpc::Status::decode(status.details()).expect("the details are a status");
    assert_eq!((Code::from(whole.code), whole.message.as_str()), (status.code(), status.message()));
    let [detail] = whole.details.as_slice() else { panic!("{} details", whole.details.len()) };
    assert_eq!(detail.type_url, format!("type.googleapis.com/pulumirpc.{name}"));
    Some(detail.value.clone())
}
