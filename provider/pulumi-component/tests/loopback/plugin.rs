//! The plugin as a process.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::engine::TestEngine;
use crate::generated::pulumirpc as proto;
use crate::generated::pulumirpc::resource_provider_client::ResourceProviderClient;
use crate::values::object;

/// A running plugin, ended with the test.
pub(crate) struct Plugin {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) client: ResourceProviderClient<Channel>,
}

impl Plugin {
    /// Starts the plugin as the engine does, flags first.
    pub(crate) fn start(engine: &TestEngine) -> Self {
        Self::start_with(&["--logtostderr", "-v=9", "--tracing", "somewhere", &engine.address])
    }

    pub(crate) fn start_with(args: &[&str]) -> Self {
        let mut child = command().args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        stdout.read_line(&mut port).unwrap();
        let port: u16 = port.strip_suffix('\n').unwrap().parse().unwrap();
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap();
        let channel = endpoint.http2_max_header_list_size(16 * 1024 * 1024).connect_lazy();
        let limit = 400 * 1024 * 1024;
        let client = ResourceProviderClient::new(channel).max_encoding_message_size(limit);
        Self { child, stdout, client: client.max_decoding_message_size(limit) }
    }

    pub(crate) async fn construct(&self, request: proto::ConstructRequest) -> Result<proto::ConstructResponse, Status> {
        Ok(self.client.clone().construct(request).await?.into_inner())
    }

    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success(), "kill {signal}");
    }

    /// Waits until the process has ended by itself; says how, and what it printed after its port.
    pub(crate) fn ended_within(&mut self, limit: Duration) -> (ExitStatus, String) {
        let begun = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(begun.elapsed() < limit, "the plugin still runs after {limit:?}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).unwrap();
        (status, printed)
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The toy's program, which `cargo test` builds and puts beside the tests. (With `--test loopback` it does not build it.)
pub(crate) fn command() -> Command {
    let tests = std::env::current_exe().unwrap();
    let program: PathBuf = tests.parent().unwrap().parent().unwrap().join("examples").join("toy");
    assert!(program.exists(), "build the toy first: cargo build --package pulumi-component --example toy");
    Command::new(program)
}

/// A request to construct a greeter with these inputs.
pub(crate) fn request(engine: &TestEngine, inputs: Json) -> proto::ConstructRequest {
    proto::ConstructRequest {
        project: "shop".to_owned(),
        stack: "dev".to_owned(),
        monitor_endpoint: engine.address.clone(),
        r#type: "toy:index:Greeter".to_owned(),
        name: "hi".to_owned(),
        parent: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev".to_owned(),
        inputs: Some(object(inputs)),
        accepts_output_values: true,
        stack_trace_handle: "trace".to_owned(),
        ..Default::default()
    }
}

/// One that greets you.
pub(crate) fn greeting(engine: &TestEngine) -> proto::ConstructRequest {
    request(engine, json!({"whom": "you"}))
}
