//! What moves from which revision to which, and why: decided by pure functions over data.
//!
//! [`changes`] answers a preview, [`plan`] a release; they are the same code. Both compare what is wanted with what the
//! last releases have *done*, never with what was wanted before: so a failed migration is run again and never skipped.

use std::collections::BTreeMap;
use std::fmt;

use crate::cloud::{self, Deployment, Network, Task, short};

/// What shall be live.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// The account of the app.
    pub account: String,
    /// Its region.
    pub region: String,
    /// Name of its cluster.
    pub cluster: String,
    /// Where its one-off tasks run.
    pub network: Network,
    /// What must have run before a new image serves.
    pub update: Update,
    /// Its services by name.
    pub services: BTreeMap<String, Service>,
}

/// What must have run before a new image serves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// The revision to run: the ARN of its task definition, here as everywhere.
    pub revision: String,
    /// Its containers; each must end with 0.
    pub containers: Vec<Container>,
    /// Which database it runs against: another value means that it must run again.
    pub generation: String,
}

/// A container, and where its lines go. Its streams are `<name>/<name>/<task id>`: in this project a container has its
/// own name as its stream prefix.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its log group.
    pub log_group: String,
}

/// What a service shall be.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// The revision to run.
    pub revision: String,
    /// How many tasks.
    pub count: Count,
    /// A fingerprint of settings that running tasks do not follow (capacity, versions of secrets): another value
    /// restarts them.
    pub settings: String,
    /// Whether a target group or a container health check tells ECS if a task works. Without one a task is good for ECS
    /// as soon as it runs.
    pub has_health_check: bool,
    /// The image that the app's own container runs, for people.
    pub image: String,
    /// Its containers, the app's own first.
    pub containers: Vec<Container>,
}

/// How many tasks a service shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many: the program owns the count.
    Exactly(u32),
    /// No less than so many: an autoscaler, or whoever deploys, owns the count.
    AtLeast(u32),
}

impl Count {
    /// The count to ask for where there are so many now.
    pub fn over(self, now: u32) -> u32 {
        match self {
            Self::Exactly(count) => count,
            Self::AtLeast(count) => count.max(now),
        }
    }
}

/// What releases have done so far: what must be kept between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// The update that has ended with 0 last.
    pub migrated: Option<Migrated>,
    /// The services by name.
    pub services: BTreeMap<String, ServiceDone>,
}

/// An update that has ended with 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The revision that ran.
    pub revision: String,
    /// The database that it ran against.
    pub generation: String,
}

/// What releases have done to a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceDone {
    /// What was live when somebody looked last.
    pub live: Option<Live>,
    /// What was begun and not seen live. It may have become live since, or have been rolled back: the next release moves
    /// the service again.
    pub begun: Option<Begun>,
}

/// What is live in a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// The revision.
    pub revision: String,
    /// How many tasks.
    pub count: u32,
    /// The fingerprint of its settings.
    pub settings: String,
}

/// A roll-out that was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// Its revision.
    pub revision: String,
    /// The fingerprint of its settings.
    pub settings: String,
}

/// What was found before anything moves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Update tasks that run, whoever started them.
    pub update_tasks: Vec<Task>,
    /// The services by name.
    pub services: BTreeMap<String, Seen>,
}

/// What was found of a service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// As ECS describes it.
    pub service: cloud::Service,
    /// The revision that it came to last.
    pub live: String,
    /// Its newest deployment, if it is under way, and the revision that it brings.
    pub under_way: Option<(Deployment, String)>,
    /// The image that it runs, where that was asked: only if it has tasks.
    pub image: Option<String>,
}

/// What a release does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The update, unless it has run.
    pub update: Option<RunUpdate>,
    /// The services that move, by name.
    pub moves: BTreeMap<String, Move>,
}

/// An update that must run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunUpdate {
    /// The revision that ran last.
    pub from: Option<String>,
    /// The revision to run.
    pub to: String,
    /// Why.
    pub why: UpdateWhy,
    /// A task that does it already.
    pub adopt: Option<Task>,
}

/// Why an update must run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateWhy {
    /// None has ended with 0.
    First,
    /// Another revision has.
    Revision,
    /// It did on another database.
    Database,
}

/// A service that moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The revision that was live.
    pub from: Option<String>,
    /// The revision that shall be.
    pub to: String,
    /// How many tasks it shall have.
    pub count: u32,
    /// Why.
    pub why: Why,
    /// How.
    pub how: How,
}

/// Why a service moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// No release has moved it.
    New,
    /// A release has begun to and has not seen it live.
    Unfinished,
    /// Another revision is live.
    Revision,
    /// Its tasks must follow other settings.
    Settings,
    /// It has another number of tasks.
    Count,
    /// Something else has moved it since the last release, or is about to; a preview, which looks at nothing, does not
    /// know.
    Drift,
}

/// How a service moves.
#[derive(Clone, Debug, PartialEq)]
pub enum How {
    /// By a new deployment. It is always forced: with the revision that runs already, or from 0 tasks, ECS would make
    /// none, and an old one is complete at once.
    Deploy,
    /// By the deployment that is under way.
    Adopt(Deployment),
    /// By another count alone.
    Scale,
}

/// Why nothing may move now.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// An update of another revision, or on another database, runs.
    OtherUpdate {
        /// Its task.
        task: String,
        /// What it runs.
        revision: String,
    },
    /// Somebody else is moving a service.
    OtherDeployment {
        /// The service.
        service: String,
        /// What it is being moved to.
        revision: String,
    },
    /// A first release would replace an image that it knows nothing of.
    OtherImage {
        /// The service.
        service: String,
        /// What it runs.
        live: String,
        /// What it would run.
        wanted: String,
    },
}

/// Tag of an update task: the database that it runs against.
pub const GENERATION_TAG: &str = "aws-django:generation";

/// What differs: what a preview shows. Services that are wanted no more move nothing and are forgotten.
pub fn changes(wanted: &Wanted, done: &Done) -> Plan {
    let update = &wanted.update;
    let why = match &done.migrated {
        None => Some(UpdateWhy::First),
        Some(migrated) if migrated.revision != update.revision => Some(UpdateWhy::Revision),
        Some(migrated) if migrated.generation != update.generation => Some(UpdateWhy::Database),
        Some(_) => None,
    };
    let update = why.map(|why| RunUpdate {
        from: done.migrated.as_ref().map(|migrated| migrated.revision.clone()),
        to: update.revision.clone(),
        why,
        adopt: None,
    });
    let moves = wanted.services.iter().filter_map(|(name, service)| {
        let done = done.services.get(name).cloned().unwrap_or_default();
        let now = done.live.as_ref().map_or(0, |live| live.count);
        let why = why_it_moves(service, &done)?;
        let how = if why == Why::Count { How::Scale } else { How::Deploy };
        let from = done.live.map(|live| live.revision);
        Some((name.clone(), Move { from, to: service.revision.clone(), count: service.count.over(now), why, how }))
    });
    Plan { update, moves: moves.collect() }
}

fn why_it_moves(wanted: &Service, done: &ServiceDone) -> Option<Why> {
    let Some(live) = &done.live else { return Some(if done.begun.is_some() { Why::Unfinished } else { Why::New }) };
    if live.revision != wanted.revision {
        Some(Why::Revision)
    } else if live.settings != wanted.settings {
        Some(Why::Settings)
    } else if done.begun.is_some() {
        Some(Why::Unfinished)
    } else if live.count != wanted.count.over(live.count) {
        Some(Why::Count)
    } else {
        None
    }
}

/// What a release does now, with what was found; or why it does nothing.
///
/// # Errors
/// If an update of another revision runs, if somebody else is moving a service, or if a first release would replace an
/// image that it knows nothing of.
pub fn plan(wanted: &Wanted, done: &Done, observed: &Observed) -> Result<Plan, Refusal> {
    if let Some(refusal) = refusals(wanted, done, observed).into_iter().next() {
        return Err(refusal);
    }
    let mut plan = changes(wanted, done);
    for (name, service) in &wanted.services {
        let Some(seen) = observed.services.get(name) else { continue };
        let done = done.services.get(name).cloned().unwrap_or_default();
        let is_at = [&seen.live, &seen.service.revision].into_iter().all(|it| *it == service.revision);
        let has_drifted = !is_at || seen.under_way.is_some();
        if has_drifted && !plan.moves.contains_key(name) {
            let from = Some(seen.live.clone());
            let drift = Move { from, to: service.revision.clone(), count: 0, why: Why::Drift, how: How::Deploy };
            plan.moves.insert(name.clone(), drift);
        }
        let Some(moves) = plan.moves.get_mut(name) else { continue };
        moves.count = service.count.over(seen.service.desired);
        moves.how = how_it_moves(service, &done, seen, &moves.how);
    }
    if let Some(update) = &mut plan.update {
        update.adopt = observed.update_tasks.first().cloned();
    }
    Ok(plan)
}

/// All that speaks against moving anything now.
pub fn refusals(wanted: &Wanted, done: &Done, observed: &Observed) -> Vec<Refusal> {
    let others = observed.update_tasks.iter().filter(|task| !is_wanted(task, &wanted.update));
    let updates =
        others.map(|task| Refusal::OtherUpdate { task: task.id().to_owned(), revision: task.revision.clone() });
    let services = wanted.services.iter().filter_map(|(name, service)| {
        let done = done.services.get(name).cloned().unwrap_or_default();
        refuse(name, service, &done, observed.services.get(name)?).err()
    });
    updates.chain(services).collect()
}

/// Whether a running update task does what is wanted. One that somebody else started does not say for which database:
/// it is the one that there is.
pub(crate) fn is_wanted(task: &Task, update: &Update) -> bool {
    task.revision == update.revision && task.tags.get(GENERATION_TAG).is_none_or(|it| *it == update.generation)
}

fn refuse(name: &str, wanted: &Service, done: &ServiceDone, seen: &Seen) -> Result<(), Refusal> {
    if let Some((_, revision)) = &seen.under_way {
        let live = done.live.iter().map(|live| &live.revision);
        let mut known = live.chain(done.begun.iter().map(|begun| &begun.revision)).chain([&wanted.revision]);
        if !known.any(|known| known == revision) {
            return Err(Refusal::OtherDeployment { service: name.to_owned(), revision: revision.clone() });
        }
    }
    match &seen.image {
        Some(live) if *live != wanted.image => {
            Err(Refusal::OtherImage { service: name.to_owned(), live: live.clone(), wanted: wanted.image.clone() })
        }
        _ => Ok(()),
    }
}

fn how_it_moves(wanted: &Service, done: &ServiceDone, seen: &Seen, how: &How) -> How {
    if seen.service.desired == 0 {
        return How::Deploy;
    }
    let Some((deployment, revision)) = &seen.under_way else { return how.clone() };
    // Tasks of a deployment that was begun with other settings may have them still.
    let known = done.begun.as_ref().map(|begun| &begun.settings).or(done.live.as_ref().map(|live| &live.settings));
    let is_stale = known.is_some_and(|settings| *settings != wanted.settings);
    let goes_on = deployment.status == cloud::DeploymentStatus::Going;
    if goes_on && *revision == wanted.revision && !is_stale { How::Adopt(deployment.clone()) } else { How::Deploy }
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.update.is_none() && self.moves.is_empty()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let update = self.update.iter().map(|update| {
            format!(
                "run `{}`: {}{}",
                short(&update.to),
                update.why,
                if update.adopt.is_some() { ", runs already" } else { "" }
            )
        });
        let moves = self.moves.iter().map(|(name, it)| {
            let (from, to) = (it.from.as_deref().map_or("nothing", short), short(&it.to));
            let tasks = if it.count == 1 { "1 task".to_owned() } else { format!("{} tasks", it.count) };
            match it.how {
                How::Scale => format!("`{name}`: {tasks} of `{to}`"),
                _ => format!("`{name}`: `{from}` to `{to}`, {tasks}: {}", it.why),
            }
        });
        let lines: Vec<_> = update.chain(moves).collect();
        f.write_str(if lines.is_empty() { "nothing differs".to_owned() } else { lines.join("\n") }.as_str())
    }
}

impl fmt::Display for UpdateWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "no release has run it yet",
            Self::Revision => "it has changed",
            Self::Database => "the database is another one",
        })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "no release has moved it yet",
            Self::Unfinished => "the last release did not see it live",
            Self::Revision => "another revision",
            Self::Settings => "its tasks must follow changed settings",
            Self::Count => "another number of tasks",
            Self::Drift => "something else has moved it since",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherUpdate { task, revision } => write!(
                f,
                "task `{}` runs `{}` now, which is not what this release runs: wait until it has ended, or stop it",
                task,
                short(revision)
            ),
            Self::OtherDeployment { service, revision } => write!(
                f,
                "somebody else is moving `{service}` to `{}`: wait until that deployment has ended, or stop it",
                short(revision)
            ),
            Self::OtherImage { service, live, wanted } => write!(
                f,
                "`{service}` runs the image `{live}`, which no release of this app's program put there, and would go to \
                 `{wanted}`: set the image to `{live}` for this first release"
            ),
        }
    }
}
