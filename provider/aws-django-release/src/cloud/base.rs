//! A base as a tunnel sees it: a host that Session Manager reaches, and the database server behind it.

use async_trait::async_trait;

use super::{Result, Session};

/// Systems Manager and RDS.
#[async_trait]
pub trait Base: Send + Sync {
    /// `DescribeInstanceInformation`: the hosts that Systems Manager knows and that bear these tags.
    async fn find_hosts(&self, tags: &[(&str, &str)]) -> Result<Vec<Host>>;
    /// `DescribeDBInstances` of one server; an error of the kind `NotFound` if there is none.
    async fn describe_db_instance(&self, identifier: &str) -> Result<DbInstance>;
    /// `StartSession` that forwards a port.
    async fn start_session(&self, forward: &Forward) -> Result<Session>;
    /// `TerminateSession`.
    async fn terminate_session(&self, id: &str) -> Result<()>;
}

/// A host that Systems Manager knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Id of its instance.
    pub id: String,
    /// Whether its agent answers.
    pub is_online: bool,
}

/// A database server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DbInstance {
    /// Its address; none while it is being made.
    pub host: Option<String>,
    /// Its port.
    pub port: u16,
    /// Its master user.
    pub user: String,
    /// ARN of the secret in which RDS keeps that user's password.
    pub secret: Option<String>,
}

/// A port of this machine that leads to one that only a host reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forward {
    /// Id of the host.
    pub target: String,
    /// Where it leads to.
    pub host: String,
    /// The port there.
    pub port: u16,
    /// The port here.
    pub local_port: u16,
}

impl Forward {
    /// The document that Systems Manager runs.
    pub const DOCUMENT: &str = "AWS-StartPortForwardingSessionToRemoteHost";

    /// What the document is told.
    pub fn parameters(&self) -> [(&'static str, String); 3] {
        [
            ("host", self.host.clone()),
            ("portNumber", self.port.to_string()),
            ("localPortNumber", self.local_port.to_string()),
        ]
    }
}
