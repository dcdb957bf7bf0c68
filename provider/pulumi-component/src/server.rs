//! The plugin's process, from the port on stdout to the end.

use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::client::{Engine, MESSAGE_BYTES};
use crate::generated::pulumirpc::resource_provider_server::ResourceProviderServer;
use crate::provider::Provider;

mod process;
mod service;
mod status;

use process::{engine_address, orphaned, parent_id, stop_signal};
use service::Service;

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
    let service = ResourceProviderServer::new(Service::new(provider, engine.clone()))
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
