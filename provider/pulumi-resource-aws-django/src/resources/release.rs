//! `Release`: puts the revisions of an app to work.

use std::collections::BTreeMap;

use aws_django_release::{
    self as engine, Begun, Container, Count, Done, Limits, Live, Migrated, Outcome, ServiceDone, Update, Wanted,
};
use pulumi_component::{Changes, Created, CustomResource, Operation, Record, Result, Unfinished};

use super::access::{Config, Place, network, told, with_engine};
use crate::names;

/// What shall be live.
#[derive(Clone, Record)]
pub struct ReleaseArgs {
    #[record(flatten)]
    place: Place,
    /// Subnets in which the update runs.
    subnet_ids: Vec<String>,
    /// Security group of the update.
    security_group_id: String,
    /// What must have run before the services move.
    update: UpdateTask,
    /// Generation of the app's database: the update runs again for another one.
    database: String,
    /// The services, by name.
    services: BTreeMap<String, ReleasedService>,
    /// What changes with the app's secrets: the services then start their tasks anew.
    secrets_version: Option<String>,
}

/// A task that runs once, and ends.
#[derive(Clone, Record)]
pub struct UpdateTask {
    /// Revision of its task definition.
    task_definition: String,
    /// Its container.
    container: String,
    /// Log group of the container.
    log_group: String,
}

/// A service as it shall be.
#[derive(Clone, Record)]
pub struct ReleasedService {
    /// Revision of its task definition.
    task_definition: String,
    /// How many tasks it shall have.
    desired_count: u32,
    /// What its running tasks do not follow by themselves, such as its capacity: they start anew when it changes.
    settings: String,
    /// Container of the app's own code.
    container: String,
    /// Image of that container, to be shown.
    image: String,
    /// Whether there may be more tasks, since something else decides: then they are never fewer.
    is_scaled: Option<bool>,
    /// Log group of the container.
    log_group: String,
    /// Whether a load balancer or ECS checks the health of its tasks.
    has_health_check: bool,
}

/// The release of an app: its update has run and its services are live. Components make it; it is of no use alone.
///
/// A change runs the update first, if its revision is another one, and then moves the services that differ. It ends when
/// each of them is live with its own new revision. What the state says is what has been reached, so that what has failed
/// is done again by the next deployment. Deleting it moves nothing.
#[derive(Record)]
pub struct Release {
    #[record(flatten)]
    place: Place,
    /// The update that has ended well last.
    migrated: Option<MigratedDatabase>,
    /// What is live, by service.
    services: BTreeMap<String, LiveService>,
}

/// An update that has ended well.
#[derive(Clone, Record)]
pub struct MigratedDatabase {
    /// Revision of its task definition.
    task_definition: String,
    /// Generation of the database that it ran on.
    database: String,
}

/// How far a service is.
#[derive(Clone, Record)]
pub struct LiveService {
    /// Revision that is live, if any is.
    task_definition: Option<String>,
    /// How many tasks it has.
    desired_count: Option<u32>,
    /// Fingerprint of the settings with which its tasks were started.
    settings: Option<String>,
    /// Revision to which it was begun to move, and which was not seen live.
    begun: Option<BegunService>,
}

/// A move that was begun.
#[derive(Clone, Record)]
pub struct BegunService {
    /// Revision of the task definition.
    task_definition: String,
    /// Fingerprint of the settings.
    settings: String,
}

impl ReleaseArgs {
    fn wanted(&self) -> Wanted {
        let Self { place, subnet_ids, security_group_id, update, database, services, secrets_version } = self;
        let UpdateTask { task_definition, container, log_group } = update.clone();
        let secrets = secrets_version.as_deref().unwrap_or_default();
        Wanted {
            account: place.account.account_id.clone(),
            region: place.account.region.clone(),
            cluster: place.cluster.clone(),
            network: network(subnet_ids, security_group_id),
            update: Update {
                revision: task_definition,
                containers: vec![Container { name: container, log_group }],
                generation: database.clone(),
            },
            services: services.iter().map(|(name, service)| (name.clone(), service.wanted(secrets))).collect(),
        }
    }
}

impl ReleasedService {
    /// The service with what it starts anew for. The fingerprint tells nothing of the secrets.
    fn wanted(&self, secrets: &str) -> engine::Service {
        engine::Service {
            revision: self.task_definition.clone(),
            count: if self.is_scaled == Some(true) {
                Count::AtLeast(self.desired_count)
            } else {
                Count::Exactly(self.desired_count)
            },
            settings: names::fingerprint(&format!("{}\n{secrets}", self.settings)),
            has_health_check: self.has_health_check,
            image: self.image.clone(),
            containers: vec![Container { name: self.container.clone(), log_group: self.log_group.clone() }],
        }
    }
}

impl Release {
    fn new(place: Place, done: Done) -> Self {
        let Done { migrated, services } = done;
        let migrated = migrated.map(|Migrated { revision, generation }| MigratedDatabase {
            task_definition: revision,
            database: generation,
        });
        let services = services.into_iter().map(|(name, service)| (name, LiveService::new(service))).collect();
        Self { place, migrated, services }
    }

    fn done(&self) -> Done {
        let migrated = self.migrated.clone().map(|MigratedDatabase { task_definition, database }| Migrated {
            revision: task_definition,
            generation: database,
        });
        let services = self.services.iter().map(|(name, service)| (name.clone(), service.done())).collect();
        Done { migrated, services }
    }

    /// Releases, with what was done before if it is not the first time.
    async fn run(
        operation: &Operation<Config>,
        args: ReleaseArgs,
        done: Option<Done>,
    ) -> Result<Self, Unfinished<Self>> {
        let limit = |default| operation.timeout().unwrap_or(default);
        let Limits { update, rollout } = Limits::default();
        let limits = Limits { update: limit(update), rollout: limit(rollout) };
        let wanted = args.wanted();
        let released = with_engine(operation, &args.place.account, async |engine| {
            engine.release(&wanted, done.as_ref(), limits).await
        });
        let Outcome { done, result } = released.await;
        let state = Self::new(args.place, done);
        match result {
            Ok(_) => Ok(state),
            Err(failure) => Err(Unfinished { error: told(&failure), made: failure.begun.then_some(state) }),
        }
    }
}

impl LiveService {
    fn new(done: ServiceDone) -> Self {
        let ServiceDone { live, begun } = done;
        let begun = begun.map(|Begun { revision, settings }| BegunService { task_definition: revision, settings });
        let Some(Live { revision, count, settings }) = live else {
            return Self { task_definition: None, desired_count: None, settings: None, begun };
        };
        Self { task_definition: Some(revision), desired_count: Some(count), settings: Some(settings), begun }
    }

    fn done(&self) -> ServiceDone {
        let Self { task_definition, desired_count, settings, begun } = self.clone();
        let live = task_definition.map(|revision| Live {
            revision,
            count: desired_count.unwrap_or_default(),
            settings: settings.unwrap_or_default(),
        });
        let begun =
            begun.map(|BegunService { task_definition, settings }| Begun { revision: task_definition, settings });
        ServiceDone { live, begun }
    }
}

impl CustomResource for Release {
    const TOKEN: &'static str = "aws-django:index:Release";
    type Args = ReleaseArgs;
    type Config = Config;

    /// What differs between what is wanted and what has been reached, never between what is wanted now and what was
    /// wanted before. Of the place the arguments tell.
    fn diff(state: &Self, args: &ReleaseArgs, mut by_arguments: Changes) -> Changes {
        let of_place = Place::keys();
        by_arguments.updates.retain(|key| of_place.contains(&key.as_str()));
        let plan = engine::changes(&args.wanted(), &state.done());
        if plan.update.is_some() {
            by_arguments.updates.insert("update".to_owned());
        }
        if !plan.moves.is_empty() {
            by_arguments.updates.insert("services".to_owned());
        }
        by_arguments
    }

    async fn create(
        operation: &Operation<Config>,
        args: ReleaseArgs,
    ) -> Result<Created<Self>, Unfinished<Created<Self>>> {
        let id = args.place.cluster.clone();
        let created = |state| Created { id: id.clone(), state };
        Self::run(operation, args, None).await.map(created).map_err(|unfinished| unfinished.map(created))
    }

    async fn read(operation: &Operation<Config>, _: &str, state: Self) -> Result<Option<Self>> {
        let (place, done) = (&state.place, state.done());
        let read = with_engine(operation, &place.account, async |engine| {
            engine.read(&place.account.account_id, &place.cluster, &done).await
        });
        let now = read.await.map_err(|failure| told(&failure))?;
        Ok(now.map(|now| Self::new(state.place.clone(), now)))
    }

    async fn update(
        operation: &Operation<Config>,
        _: &str,
        state: Self,
        args: ReleaseArgs,
    ) -> Result<Self, Unfinished<Self>> {
        Self::run(operation, args, Some(state.done())).await
    }

    async fn delete(operation: &Operation<Config>, _: &str, state: Self) -> Result<()> {
        let place = &state.place;
        let deleted = with_engine(operation, &place.account, async |engine| {
            engine.delete(&place.account.account_id, &place.cluster).await
        });
        deleted.await.map_err(|failure| told(&failure))
    }
}
