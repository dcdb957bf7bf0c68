//! Whether a release could begin now: all that it would find wrong, and what its tasks would miss when they start, told
//! at once. Nothing moves, and nothing is registered.
//!
//! Which image and which revisions a release takes is decided where a release decides it; what a copy of a revision would
//! need is what that revision needs. A check that the credentials lack a right for is not made, and that is told.

mod sources;

use std::collections::{BTreeMap, BTreeSet};

use crate::app::{App, Runs};
use crate::cloud::{self, Definition, Kind, Needs, Processor, REGISTRY_LOGIN, short};
use crate::deploy::{Change, Prepared, Standing, containers, running, update_revision};
use crate::images::EcrImage;
use crate::names::UPDATE;
use crate::plan::{Migrated, Update};
use crate::revisions::Revision;
use crate::{Cause, Engine, Failure};
use sources::Source;

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// The images that would run.
    pub images: BTreeMap<Runs, String>,
    /// What is as it must be, by name.
    pub sound: BTreeMap<Subject, BTreeSet<String>>,
    /// What is not.
    pub problems: Vec<Finding>,
    /// What could not be looked at.
    pub unchecked: Vec<Finding>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is about.
    pub subject: Subject,
    /// Its name, ARN or id.
    pub name: String,
    /// A sentence: what is wrong, and what to do; or why nobody knows.
    pub text: String,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The app's cluster.
    Cluster,
    /// What else is at work on the app.
    Release,
    /// A revision whose settings count.
    Revision,
    /// An image.
    Image,
    /// A parameter of Systems Manager.
    Parameter,
    /// A secret of Secrets Manager.
    Secret,
    /// A role that reads them.
    Role,
    /// A log group.
    LogGroup,
    /// A subnet.
    Subnet,
    /// A security group.
    SecurityGroup,
}

impl Subject {
    /// As programs read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Release => "release",
            Self::Revision => "revision",
            Self::Image => "image",
            Self::Parameter => "parameter",
            Self::Secret => "secret",
            Self::Role => "role",
            Self::LogGroup => "logGroup",
            Self::Subnet => "subnet",
            Self::SecurityGroup => "securityGroup",
        }
    }
}

impl Engine {
    /// Looks whether a release of this change could begin; without an image of what runs.
    ///
    /// # Errors
    /// If an image is none, if no service runs it, or if ECS refuses or does not answer.
    pub async fn verify(&self, needs: &dyn Needs, app: &App, change: &Change) -> Result<Verified, Failure> {
        app.check_tags()?;
        let mut looking = Looking { engine: self, needs, app, verified: Verified::default() };
        let needed = looking.intend(change).await?;
        looking.look(&needed).await.map_err(Failure::check)?;
        Ok(looking.verified)
    }
}

/// A look at an app.
struct Looking<'a> {
    engine: &'a Engine,
    needs: &'a dyn Needs,
    app: &'a App,
    verified: Verified,
}

/// Who needs a thing, in the words of whoever reads of it.
type Users<T> = BTreeMap<T, BTreeSet<String>>;

/// What tasks of the release would need.
#[derive(Default)]
struct Needed {
    /// Images and the processor that each must be for, with the families that run them.
    images: Users<(String, Processor)>,
    /// Where secrets are kept, with the variables that they become.
    sources: Users<Source>,
    /// Which role reads which.
    roles: BTreeMap<String, BTreeSet<Source>>,
    log_groups: Users<String>,
    subnets: Users<String>,
    security_groups: Users<String>,
}

impl Looking<'_> {
    /// What a release would put to work, and what speaks against that.
    async fn intend(&mut self, change: &Change) -> Result<Needed, Failure> {
        let (app, mut needed) = (self.app, Needed::default());
        let mut prepared = Prepared::of(app);
        let is_whole = change.backend.is_none() && change.frontend.is_none();
        for (runs, image) in [(Runs::Backend, &change.backend), (Runs::Frontend, &change.frontend)] {
            let is_asked = if is_whole { !app.services_of(runs).is_empty() } else { image.is_some() };
            if !is_asked {
                continue;
            }
            let standing = self.engine.standing(app, runs).await?;
            let now = running(app, runs, &standing)?;
            let image = match image {
                Some(image) => image.over(&now).map_err(Failure::refused)?,
                None => now,
            };
            for it in &standing {
                self.intend_service(it, &image, &mut prepared, &mut needed).await?;
            }
            if runs == Runs::Backend {
                self.intend_update(&image, &mut prepared, &mut needed).await?;
            }
            self.verified.images.insert(runs, image);
        }
        for refusal in self.engine.refusals(&prepared.wanted, &prepared.done).await.map_err(Failure::check)? {
            self.wrong(Subject::Release, &app.name, refusal.to_string());
        }
        Ok(needed)
    }

    async fn intend_service(
        &mut self,
        it: &Standing<'_>,
        image: &str,
        prepared: &mut Prepared,
        needed: &mut Needed,
    ) -> Result<(), Failure> {
        let name = &it.of.service.name;
        let Some(definition) = self.settings(&it.revision(self.app, image)).await? else { return Ok(()) };
        needed.add(&definition, &it.of.process, image);
        for (subnet, all) in [(true, &it.of.service.network.subnets), (false, &it.of.service.network.security_groups)] {
            let users = if subnet { &mut needed.subnets } else { &mut needed.security_groups };
            for id in all {
                users.entry(id.clone()).or_default().insert(format!("`{name}`"));
            }
        }
        prepared.wanted.services.insert(name.clone(), it.service(self.app, &definition, image)?);
        prepared.done.services.insert(name.clone(), it.done());
        Ok(())
    }

    async fn intend_update(
        &mut self,
        image: &str,
        prepared: &mut Prepared,
        needed: &mut Needed,
    ) -> Result<(), Failure> {
        let Some(definition) = self.settings(&update_revision(self.app, image)).await? else { return Ok(()) };
        needed.add(&definition, UPDATE, image);
        let containers = containers(self.app, UPDATE, &definition);
        let (revision, generation) = (definition.revision, String::new());
        prepared.done.migrated = Some(Migrated { revision: revision.clone(), generation: generation.clone() });
        prepared.wanted.update = Update { revision, containers, generation };
        Ok(())
    }

    /// The revision that a release would put to work. One that it would have to register has no number yet, as no
    /// revision has the number 0.
    async fn settings(&mut self, wanted: &Revision<'_>) -> Result<Option<Definition>, Failure> {
        match self.engine.known(wanted).await {
            Ok((source, equal)) => {
                self.sound(Subject::Revision, short(&source.revision));
                let copy = || Definition { revision: format!("{}:0", wanted.family), ..source };
                Ok(Some(equal.unwrap_or_else(copy)))
            }
            Err(failure) if failure.cause == Cause::Refused => {
                self.wrong(Subject::Revision, &wanted.family, failure.text);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn look(&mut self, needed: &Needed) -> cloud::Result<()> {
        self.cluster().await?;
        for ((image, processor), users) in &needed.images {
            self.image(image, *processor, users).await?;
        }
        self.sources(&needed.sources).await?;
        for (role, sources) in &needed.roles {
            self.role(role, sources).await?;
        }
        for (group, users) in &needed.log_groups {
            self.log_group(group, users).await?;
        }
        self.network(Subject::Subnet, &needed.subnets).await?;
        self.network(Subject::SecurityGroup, &needed.security_groups).await
    }

    async fn cluster(&mut self) -> cloud::Result<()> {
        let (engine, needs, cluster) = (self.engine, self.needs, self.app.cluster());
        let answer = engine.insist(|| needs.cluster_status(&cluster)).await;
        match self.answered(Subject::Cluster, &cluster, answer)? {
            Some(Some(status)) if status == "ACTIVE" => self.sound(Subject::Cluster, &cluster),
            Some(status) => {
                let status = status.unwrap_or_else(|| "missing".to_owned());
                let text = format!("the cluster `{cluster}` is {status}: run `pulumi up` for `{}`", self.app.name);
                self.wrong(Subject::Cluster, &cluster, text);
            }
            None => {}
        }
        Ok(())
    }

    async fn image(&mut self, image: &str, processor: Processor, users: &BTreeSet<String>) -> cloud::Result<()> {
        let (engine, needs) = (self.engine, self.needs);
        let Some(ecr) = EcrImage::parse(image) else {
            self.unknown(
                Subject::Image,
                image,
                format!("`{image}` is not in ECR: it is not known whether it is there"),
            );
            return Ok(());
        };
        let manifest = match engine.insist(|| needs.image_manifest(&ecr)).await {
            Err(error) if error.kind == Kind::NotFound => Ok(None),
            answer => answer,
        };
        let Some(manifest) = self.answered(Subject::Image, image, manifest)? else { return Ok(()) };
        let Some(manifest) = manifest else {
            let text = format!("there is no image `{image}`, which {} would run: push it first", told(users));
            self.wrong(Subject::Image, image, text);
            return Ok(());
        };
        let mut platforms = manifest.platforms;
        if let Some(config) = manifest.config {
            let answer = engine.insist(|| needs.image_platform(&ecr, &config)).await;
            let Some(platform) = self.answered(Subject::Image, image, answer)? else { return Ok(()) };
            platforms.extend(platform);
        }
        let wanted = processor.platform();
        if platforms.is_empty() {
            let text = format!("`{image}` does not say which processor it is for: {} want `{wanted}`", told(users));
            self.unknown(Subject::Image, image, text);
        } else if platforms.iter().any(|it| it == wanted || it.starts_with(&format!("{wanted}/"))) {
            self.sound(Subject::Image, image);
        } else {
            let platforms: Vec<_> = platforms.into_iter().collect();
            let text = format!(
                "`{image}` is for {}, and {} run on {wanted}: build it with `--platform {wanted}`, or set \
                 `cpuArchitecture`",
                platforms.join(" and "),
                told(users),
            );
            self.wrong(Subject::Image, image, text);
        }
        Ok(())
    }

    async fn log_group(&mut self, group: &str, users: &BTreeSet<String>) -> cloud::Result<()> {
        let (engine, needs) = (self.engine, self.needs);
        let answer = engine.insist(|| needs.has_log_group(group)).await;
        match self.answered(Subject::LogGroup, group, answer)? {
            Some(true) => self.sound(Subject::LogGroup, group),
            Some(false) => {
                let text = format!(
                    "there is no log group `{group}`, to which {} would write: run `pulumi up --refresh` for `{}`",
                    told(users),
                    self.app.name
                );
                self.wrong(Subject::LogGroup, group, text);
            }
            None => {}
        }
        Ok(())
    }

    async fn network(&mut self, subject: Subject, all: &Users<String>) -> cloud::Result<()> {
        let (engine, needs) = (self.engine, self.needs);
        let ids: Vec<_> = all.keys().cloned().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let is_subnet = subject == Subject::Subnet;
        let answer =
            engine.insist(|| if is_subnet { needs.find_subnets(&ids) } else { needs.find_security_groups(&ids) }).await;
        let Some(found) = self.answered(subject, &ids.join(", "), answer)? else { return Ok(()) };
        for (id, users) in all {
            if found.contains(id) {
                self.sound(subject, id);
                continue;
            }
            let what = if is_subnet { "subnet" } else { "security group" };
            let text = format!(
                "there is no {what} `{id}`, in which {} would run: run `pulumi up --refresh` for the base, then for `{}`",
                told(users),
                self.app.name
            );
            self.wrong(subject, id, text);
        }
        Ok(())
    }

    fn sound(&mut self, subject: Subject, name: &str) {
        self.verified.sound.entry(subject).or_default().insert(name.to_owned());
    }

    fn wrong(&mut self, subject: Subject, name: &str, text: String) {
        self.verified.problems.push(Finding { subject, name: name.to_owned(), text });
    }

    fn unknown(&mut self, subject: Subject, name: &str, text: String) {
        self.verified.unchecked.push(Finding { subject, name: name.to_owned(), text });
    }

    /// What was answered. What the credentials may not ask for is not known, and what AWS calls nonsense is wrong.
    fn answered<T>(&mut self, subject: Subject, name: &str, answer: cloud::Result<T>) -> cloud::Result<Option<T>> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.kind == Kind::Invalid => {
                self.wrong(subject, name, error.text);
                Ok(None)
            }
            Err(error) if matches!(error.kind, Kind::Denied(_)) => {
                self.unknown(subject, name, error.text);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl Needed {
    /// Adds what tasks of a revision need, with another image in the app's own container.
    fn add(&mut self, definition: &Definition, process: &str, image: &str) {
        let family = cloud::family(&definition.revision).to_owned();
        for (container, own) in &definition.images {
            let image = if container == process { image } else { own };
            let wanted = (image.to_owned(), definition.processor);
            self.images.entry(wanted).or_default().insert(format!("`{family}`"));
        }
        for (container, secrets) in &definition.secrets {
            for (variable, from) in secrets {
                let source = if variable == REGISTRY_LOGIN { Source::whole(from) } else { Source::parse(from) };
                self.sources.entry(source.clone()).or_default().insert(format!("`{variable}` of `{container}`"));
                if let Some(role) = &definition.execution_role {
                    self.roles.entry(role.clone()).or_default().insert(source);
                }
            }
        }
        for (container, group) in &definition.log_groups {
            self.log_groups.entry(group.clone()).or_default().insert(format!("`{container}`"));
        }
    }
}

/// All of them, for people.
fn told(users: &BTreeSet<String>) -> String {
    users.iter().cloned().collect::<Vec<_>>().join(", ")
}
