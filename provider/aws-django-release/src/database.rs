//! The database of an app: made and dropped by a one-off task of the family `<app>-database`.
//!
//! The script in that task does the work. The engine tells it what to do and with which id, by the variables `ACTION` and
//! `DATABASE_ID`, and understands the exit codes that are constants here; any other code but 0 is a failure.

use std::time::Duration;

use crate::cloud::{Kind, Network, Tags};
use crate::names::PURPOSE_TAG;
use crate::release::failed;
use crate::{Container, End, Engine, Failure, OneOff, Ran, Step};

/// What a drop ends with if the database bears another id: another resource has taken it over, and it is left alone. A
/// create takes over whatever it finds. psql itself ends with 1, 2 and 3.
pub const EXIT_OTHER_ID: i32 = 65;
/// What a drop ends with if there is no server of that name any more.
pub const EXIT_NO_SERVER: i32 = 68;

/// `startedBy` of its tasks.
const STARTED_BY: &str = "aws-django-database";

/// A database of an app.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Database {
    /// The account of the app.
    pub account: String,
    /// Name of the app's cluster.
    pub cluster: String,
    /// Where the task runs.
    pub network: Network,
    /// The revision that does it.
    pub revision: String,
    /// The container that does it.
    pub container: Container,
    /// What the database bears, so that nobody drops one that is not his.
    pub id: String,
    /// Name of the database and of its role, for people.
    pub name: String,
    /// The server, for people.
    pub host: String,
}

/// What the script shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make role and database if they are missing, and set the role's password.
    Create,
    /// Drop both, if they bear the id.
    Drop,
}

/// What has become of a database that was to be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// It is gone.
    Gone,
    /// There was nothing to drop; why.
    Nothing(String),
    /// It could not be dropped, and nobody can any more: what is left, for a warning.
    Left(String),
}

impl Engine {
    /// Makes the database, or brings it up to date; it may be there already.
    ///
    /// # Errors
    /// If the task does not end with 0; the failure says whether one was started.
    pub async fn create_database(&self, database: &Database, limit: Duration) -> Result<(), Failure> {
        let ran = self.run_on(database, Action::Create, limit).await?;
        if ran.end == End::Succeeded { Ok(()) } else { Err(failed(Step::Database, &database.revision, ran)) }
    }

    /// Drops the database and its role, if they are there and bear the id.
    ///
    /// # Errors
    /// If the task does not end as it should.
    pub async fn drop_database(&self, database: &Database, limit: Duration) -> Result<Dropped, Failure> {
        let (name, host) = (&database.name, &database.host);
        let ran = self.run_on(database, Action::Drop, limit).await?;
        Ok(match &ran.end {
            End::Succeeded => Dropped::Gone,
            End::Exited { code: EXIT_OTHER_ID, .. } => {
                Dropped::Nothing(format!("the database `{name}` bears another id by now"))
            }
            End::Exited { code: EXIT_NO_SERVER, .. } => Dropped::Nothing(format!("the server `{host}` is gone")),
            End::NeverStarted(reason) if is_secret_gone(reason) => {
                Dropped::Nothing(format!("the secret of the server `{host}` is gone, and the server with it"))
            }
            End::Cloud(error) if error.kind == Kind::NotFound => Dropped::Left(format!(
                "the database `{name}` and the role `{name}` are left on `{host}`, since there is no cluster `{}` any \
                 more to drop them from: drop both by hand",
                database.cluster
            )),
            _ => return Err(failed(Step::Database, &database.revision, ran)),
        })
    }

    async fn run_on(&self, database: &Database, action: Action, limit: Duration) -> Result<Ran, Failure> {
        self.check_account(&database.account, Step::Database).await?;
        let action = match action {
            Action::Create => "create",
            Action::Drop => "drop",
        };
        let environment = [("ACTION", action), ("DATABASE_ID", &database.id)];
        let one_off = OneOff {
            cluster: database.cluster.clone(),
            network: database.network.clone(),
            revision: database.revision.clone(),
            containers: vec![database.container.clone()],
            started_by: STARTED_BY.to_owned(),
            tags: Tags::from([(PURPOSE_TAG.to_owned(), action.to_owned())]),
            command: None,
            environment: environment.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            raw: false,
        };
        Ok(self.run(&one_off, limit).await)
    }
}

/// Whether a task could not start because the server's secret, which RDS keeps as long as the server, is gone.
fn is_secret_gone(reason: &str) -> bool {
    let says = |part: &str| reason.contains(part);
    says("secret") && (says("ResourceNotFound") || says("can't find") || says("marked for deletion"))
}
