//! Sessions of Session Manager: a shell in a task, and a port that leads to a base's database.

use crate::app::App;
use crate::cloud::{Base, Forward, Kind, Session, TaskStatus, TasksOf};
use crate::names::{self, BASTION, ENVIRONMENT_TAG};
use crate::{Cause, Engine, Failure, Step};

/// A shell in a task.
#[derive(Clone, PartialEq, Eq)]
pub struct Shell {
    /// Where it opens, as Session Manager names it.
    pub target: String,
    /// Id of the task.
    pub task: String,
    /// The container.
    pub container: String,
    /// The session that was opened.
    pub session: Session,
}

/// A port that leads to a base's database.
#[derive(Clone, PartialEq, Eq)]
pub struct Tunnel {
    /// From where to where.
    pub forward: Forward,
    /// The database server's master user.
    pub user: String,
    /// ARN of the secret with that user's password, if RDS keeps it.
    pub secret: Option<String>,
    /// The session that was opened.
    pub session: Session,
}

impl Engine {
    /// Opens a shell in the newest task of a process.
    ///
    /// # Errors
    /// If no task runs, if its service does not allow it, or if AWS refuses or does not answer.
    pub async fn open_shell(&self, app: &App, process: &str, command: &str) -> Result<Shell, Failure> {
        let it = app.service(process)?;
        let (name, container) = (&it.service.name, &it.process);
        if !it.service.execute_command {
            return Err(Failure::refused(format!(
                "`{name}` does not allow shells: set `executeCommand` in the program, run `pulumi up`, and release once"
            )));
        }
        let (cluster, of) = (app.cluster(), TasksOf::Service(name.clone()));
        let tasks = self.insist(|| self.tasks(&cluster, &of)).await.map_err(Failure::check)?;
        let running = tasks.into_iter().filter(|task| task.status == TaskStatus::Running);
        let Some(task) = running.max_by_key(|task| task.created_at) else {
            return Err(Failure::refused(format!(
                "no task of `{name}` runs: release the app, or wait until one has started"
            )));
        };
        let state = task.containers.iter().find(|state| state.name == *container);
        let Some(runtime) = state.and_then(|state| state.runtime_id.as_ref()) else {
            return Err(Failure::refused(format!(
                "container `{container}` of task `{}` does not run yet: try again",
                task.id()
            )));
        };
        let session = match self.cloud.execute_command(&cluster, &task.arn, container, command).await {
            Err(error) if error.kind == Kind::Invalid => {
                return Err(Failure::refused(format!(
                    "{error}: a task allows shells only if it was started after `executeCommand` was set, and for a \
                     minute after its start it is not ready: release once more, or try again"
                )));
            }
            answer => answer.map_err(Failure::check)?,
        };
        let target = format!("ecs:{cluster}_{}_{runtime}", task.id());
        Ok(Shell { target, task: task.id().to_owned(), container: container.clone(), session })
    }
}

/// Opens a tunnel to the database of a base, through its bastion.
///
/// # Errors
/// If there is no such base, if it has no bastion, or if AWS refuses or does not answer.
pub async fn open_tunnel(cloud: &dyn Base, base: &str, local_port: u16) -> Result<Tunnel, Failure> {
    let server_name = names::server(base);
    let server = match cloud.describe_db_instance(&server_name).await {
        Err(error) if error.kind == Kind::NotFound => {
            let text = format!(
                "there is no base `{base}` here (no database server `{server_name}`): look at its name, or give the \
                 profile, role or region that it is in"
            );
            return Err(Failure::new(Step::Check, Cause::Cloud(Kind::NotFound), text));
        }
        answer => answer.map_err(Failure::check)?,
    };
    let Some(host) = server.host else {
        return Err(Failure::refused(format!(
            "the database server `{server_name}` has no address yet: wait until it is made"
        )));
    };
    let name = format!("{base}-{BASTION}");
    let hosts = cloud.find_hosts(&[(ENVIRONMENT_TAG, base), ("Name", &name)]).await.map_err(Failure::check)?;
    let Some(bastion) = hosts.iter().find(|host| host.is_online) else {
        return Err(Failure::refused(match hosts.first() {
            Some(host) => format!("the bastion `{}` does not answer: start it, or wait a minute", host.id),
            None => format!("the base `{base}` has no bastion: set `bastion` in its program and run `pulumi up`"),
        }));
    };
    let forward = Forward { target: bastion.id.clone(), host, port: server.port, local_port };
    let session = cloud.start_session(&forward).await.map_err(Failure::check)?;
    Ok(Tunnel { forward, user: server.user, secret: server.secret, session })
}
