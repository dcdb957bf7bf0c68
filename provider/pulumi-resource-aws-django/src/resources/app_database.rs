//! `AppDatabase`: the database and the role of an app on a shared server.

use std::time::Duration;

use aws_django_release::{self as engine, Dropped};
use pulumi_component::{Changes, Created, CustomResource, Operation, Record, Result, Unfinished};

use super::access::{Config, Place, network, told, with_engine};

/// How long making or dropping a database may take, if the user does not say: the task pulls a small image and runs a few
/// statements.
const LIMIT: Duration = Duration::from_mins(10);

/// What the database of an app is made of.
#[derive(Clone, Record)]
pub struct AppDatabaseArgs {
    #[record(flatten)]
    place: Place,
    /// Subnets in which the task that makes it runs.
    subnet_ids: Vec<String>,
    /// Security group of that task.
    security_group_id: String,
    /// Server on which it is, by host name.
    #[record(replaces)]
    host: String,
    /// Secret of the server's master user, by ARN. Each server has one of its own, so that another one is another server.
    #[record(replaces)]
    server_secret_arn: String,
    /// Name of the database, and of the role that owns it. Another name is another database; the old one is left.
    name: String,
    /// Revision of the task definition that makes the database.
    task_definition: String,
    /// Revision that drops it: it names no secret of the app, which may be gone before.
    drop_task_definition: String,
    /// Container of both that does it.
    container: String,
    /// Log group of the container.
    log_group: String,
    /// What changes with the password of the role.
    password_version: Option<u32>,
    /// Whether database and role go when the resource is deleted; otherwise they are left.
    drop_on_delete: bool,
}

/// The database and the role of an app on the server of its base. Components make it; it is of no use alone.
///
/// It is made by a task of the family `<app>-database`, on the server itself, and bears an id of its own there. What is
/// deleted is dropped only if it still bears the id: a resource that is replaced never drops what has taken its place.
#[derive(Record)]
pub struct AppDatabase {
    #[record(flatten)]
    args: AppDatabaseArgs,
    /// What the database bears: another one is another database.
    #[record(stable)]
    generation: String,
}

impl AppDatabase {
    fn database(args: &AppDatabaseArgs, revision: &str, generation: &str) -> engine::Database {
        engine::Database {
            account: args.place.account.account_id.clone(),
            cluster: args.place.cluster.clone(),
            network: network(&args.subnet_ids, &args.security_group_id),
            revision: revision.to_owned(),
            container: engine::Container { name: args.container.clone(), log_group: args.log_group.clone() },
            id: generation.to_owned(),
            name: args.name.clone(),
            host: args.host.clone(),
        }
    }

    /// Makes it, or brings it up to date.
    async fn make(
        operation: &Operation<Config>,
        args: AppDatabaseArgs,
        generation: String,
    ) -> Result<Self, Unfinished<Self>> {
        let database = Self::database(&args, &args.task_definition, &generation);
        let limit = operation.timeout().unwrap_or(LIMIT);
        let made =
            with_engine(operation, &args.place.account, async |engine| engine.create_database(&database, limit).await);
        match made.await {
            Ok(()) => Ok(Self { args, generation }),
            Err(failure) => {
                let error = told(&failure);
                // Made again at the next deployment: what the state says was not reached.
                let args = AppDatabaseArgs { task_definition: String::new(), ..args };
                Err(Unfinished { error, made: failure.begun.then_some(Self { args, generation }) })
            }
        }
    }
}

impl CustomResource for AppDatabase {
    const TOKEN: &'static str = "aws-django:index:AppDatabase";
    type Args = AppDatabaseArgs;
    type Config = Config;

    fn diff(state: &Self, args: &AppDatabaseArgs, mut by_arguments: Changes) -> Changes {
        if state.args.task_definition != args.task_definition {
            by_arguments.updates.insert("taskDefinition".to_owned());
        }
        by_arguments
    }

    async fn create(
        operation: &Operation<Config>,
        args: AppDatabaseArgs,
    ) -> Result<Created<Self>, Unfinished<Created<Self>>> {
        let generation = uuid::Uuid::new_v4().to_string();
        let created = |state: Self| Created { id: state.generation.clone(), state };
        Self::make(operation, args, generation).await.map(created).map_err(|unfinished| unfinished.map(created))
    }

    async fn update(
        operation: &Operation<Config>,
        _: &str,
        state: Self,
        args: AppDatabaseArgs,
    ) -> Result<Self, Unfinished<Self>> {
        let Self { args: old, generation } = state;
        let is_as_it_was = old.task_definition == args.task_definition
            && old.password_version == args.password_version
            && old.name == args.name;
        if is_as_it_was {
            return Ok(Self { args, generation });
        }
        Self::make(operation, args, generation).await
    }

    async fn delete(operation: &Operation<Config>, _: &str, state: Self) -> Result<()> {
        let Self { args, generation } = state;
        if !args.drop_on_delete {
            return Ok(());
        }
        let database = Self::database(&args, &args.drop_task_definition, &generation);
        let limit = operation.timeout().unwrap_or(LIMIT);
        let dropped =
            with_engine(operation, &args.place.account, async |engine| engine.drop_database(&database, limit).await);
        match dropped.await {
            Ok(Dropped::Gone) => {}
            Ok(Dropped::Nothing(why)) => operation.log().info(why).await,
            Ok(Dropped::Left(what)) => operation.log().warning(what).await,
            Err(failure) => return Err(told(&failure)),
        }
        Ok(())
    }
}
