//! An app named `alpha` with a web process, which has a health check, and a worker, which has none.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_django_release::clock::Clock;
use aws_django_release::plan::{Live, Service};
use aws_django_release::testing::{FakeClock, Simulation, Truth};
use aws_django_release::{
    Container, Count, Done, Engine, Event, Limits, Migrated, Outcome, Progress, ServiceDone, Update, Wanted,
};
use tokio_util::sync::CancellationToken;

pub(crate) const WEB: &str = "alpha-web";
pub(crate) const WORKER: &str = "alpha-worker";
pub(crate) const UPDATE: &str = "alpha-backend_update";

pub(crate) fn revision(family: &str, number: u32) -> String {
    format!("{family}:{number}")
}

/// What release `number` wants.
pub(crate) fn wanted(number: u32) -> Wanted {
    let service = |name: &str, has_health_check| Service {
        revision: revision(name, number),
        count: Count::Exactly(2),
        settings: String::new(),
        has_health_check,
        image: format!("shop:v{number}"),
        containers: vec![container(name.trim_start_matches("alpha-"))],
    };
    Wanted {
        account: "111".to_owned(),
        region: "eu-west-1".to_owned(),
        cluster: "alpha-cluster".to_owned(),
        update: Update {
            revision: revision(UPDATE, number),
            containers: vec![container("backend_update")],
            generation: "one".to_owned(),
        },
        services: [(WEB, true), (WORKER, false)]
            .map(|(name, has_health_check)| (name.to_owned(), service(name, has_health_check)))
            .into(),
        ..Wanted::default()
    }
}

pub(crate) fn container(name: &str) -> Container {
    Container { name: name.to_owned(), log_group: format!("/ecs/alpha/{name}") }
}

/// What is done when release `number` was successful.
pub(crate) fn done(number: u32) -> Done {
    let live = |name: &str| ServiceDone {
        live: Some(Live { revision: revision(name, number), count: 2, settings: String::new() }),
        begun: None,
    };
    Done {
        migrated: Some(Migrated { revision: revision(UPDATE, number), generation: "one".to_owned() }),
        services: [WEB, WORKER].map(|name| (name.to_owned(), live(name))).into(),
    }
}

/// What the engine tells.
#[derive(Default)]
pub(crate) struct Told(pub(crate) Mutex<Vec<Event>>);

impl Progress for Told {
    fn tell(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

pub(crate) struct World {
    pub(crate) aws: Arc<Simulation>,
    pub(crate) told: Arc<Told>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) engine: Engine,
}

impl World {
    /// The app as release `number` has left it.
    pub(crate) fn at(number: u32) -> Self {
        let aws = Arc::new(Simulation::new("111"));
        {
            let mut state = aws.state();
            for name in [WEB, WORKER] {
                state.add_service(name, &revision(name, number), if number == 0 { 0 } else { 2 });
            }
            for number in 0..6 {
                for name in [WEB, WORKER] {
                    let image = (name.trim_start_matches("alpha-").to_owned(), format!("shop:v{number}"));
                    state.images.insert(revision(name, number), BTreeMap::from([image]));
                }
            }
        }
        let (told, clock) = (Arc::new(Told::default()), Arc::new(FakeClock::default()));
        let engine = Engine {
            cloud: aws.clone(),
            clock: clock.clone(),
            progress: told.clone(),
            cancelled: CancellationToken::new(),
        };
        Self { aws, told, clock, engine }
    }

    pub(crate) fn release(&self, wanted: &Wanted, done: Option<&Done>) -> Outcome {
        run(self.engine.release(wanted, done, Limits::default()))
    }

    pub(crate) fn history(&self) -> Vec<Truth> {
        self.aws.state().history.clone()
    }

    /// How many services were moved.
    pub(crate) fn moves(&self) -> usize {
        self.history().iter().filter(|truth| matches!(truth, Truth::Updated(_))).count()
    }

    /// How many update tasks were started.
    pub(crate) fn starts(&self) -> usize {
        self.history().iter().filter(|truth| matches!(truth, Truth::Started(_))).count()
    }

    pub(crate) fn seconds(&self) -> u64 {
        Duration::as_secs(&self.clock.now())
    }
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A failure as people read it must say all of this.
pub(crate) fn assert_says(story: &str, text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{story}: `{part}` is not in:\n{text}");
    }
}
