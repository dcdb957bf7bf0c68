//! Which revision of a family a release by hand puts to work, so that it has another image and nothing else by accident.
//!
//! Two hands register revisions. The program's (`pulumi up`) bear the app's name as [`ENVIRONMENT_TAG`]; they carry its
//! settings, and the image that ran when it looked, which may be an old one by now. Those that are made here bear
//! [`COPY_TAG`], which names the program's revision whose settings they have. Revisions of anybody else bear neither, and
//! count only while they are live. The rule:
//!
//! 1. *Settings* are those of the live revision, unless the program has registered a revision since that is newer than
//!    the one that the live one was copied from: then that. So a changed memory goes to work with the next release, and
//!    what somebody tried by hand and never deployed does not.
//! 2. *The image* of the app's own container is what the release was told, or the live one. It is never that of the
//!    revision that is copied: whatever is copied, no old image comes back.
//! 3. A revision that is both already is used as it is: the one that is copied, if it has that image, or else the oldest
//!    copy of it that has it. Two releases of one image come to one revision by that, and so does one that is begun
//!    again after it was interrupted. After a copy was registered it is looked once more, since another release, or the
//!    program, may have been registering at the same time.
//!
//! What runs before a new image serves has no service, and nothing of it is live: its settings are those of the
//! program's newest revision.

use std::collections::BTreeMap;

use crate::cloud::{self, Definition, Tags, number, short};
use crate::names::ENVIRONMENT_TAG;
use crate::{Engine, Failure};

/// Tag of a copy: the revision whose settings it has, such as `alpha-web:7`.
pub const COPY_TAG: &str = "aws-django:copy-of";

/// How many of the newest revisions are looked at: the program's last one is among them, or a copy that names it.
const LOOKED_AT: usize = 10;
/// How often is looked once more.
const ROUNDS: u32 = 3;

/// What is wanted of a family.
pub(crate) struct Revision<'a> {
    /// The app.
    pub(crate) app: &'a str,
    pub(crate) family: String,
    /// The revision that is live, if there is a service.
    pub(crate) live: Option<&'a Definition>,
    /// The app's own container, and its image.
    pub(crate) container: &'a str,
    pub(crate) image: &'a str,
}

impl Engine {
    /// The revision to put to work; it is registered if there is none.
    pub(crate) async fn revision(&self, wanted: &Revision<'_>) -> Result<Definition, Failure> {
        let mut ours = None;
        for _ in 0..ROUNDS {
            let (source, equal) = self.known(wanted).await?;
            if let Some(equal) = equal {
                return Ok(equal);
            }
            if let Some(ours) = ours.take_if(|ours: &mut Definition| is_copy(ours, &source)) {
                // It is not listed yet.
                return Ok(ours);
            }
            let images = BTreeMap::from([(wanted.container.to_owned(), wanted.image.to_owned())]);
            let tags = Tags::from([(COPY_TAG.to_owned(), origin_of(&source))]);
            let register = || self.cloud.register_copy(&source.revision, &images, &tags);
            let revision = self.insist(register).await.map_err(Failure::check)?;
            ours = Some(self.describe(&revision).await.map_err(Failure::check)?);
        }
        let text = format!("others register revisions of `{}` at the same time: try again later", wanted.family);
        Err(Failure::refused(text))
    }

    /// The revision whose settings count, and the one that has these and the image already, if there is one.
    pub(crate) async fn known(&self, wanted: &Revision<'_>) -> Result<(Definition, Option<Definition>), Failure> {
        let known = self.newest(wanted).await.map_err(Failure::check)?;
        let Some(source) = source(wanted, &known) else { return Err(nothing(wanted)) };
        let source = match known.iter().chain(wanted.live).find(|it| short(&it.revision) == source) {
            Some(found) => found.clone(),
            None => self.describe(&source).await.map_err(Failure::check)?,
        };
        if !source.images.contains_key(wanted.container) {
            return Err(no_container(wanted, &source));
        }
        let equal = equal(wanted, &source, &known).cloned();
        Ok((source, equal))
    }

    pub(crate) async fn describe(&self, revision: &str) -> cloud::Result<Definition> {
        self.insist(|| self.cloud.describe_task_definition(revision)).await
    }

    /// The newest revisions, newest first: as far back as the live one, or as the first one that says whose settings
    /// count.
    async fn newest(&self, wanted: &Revision<'_>) -> cloud::Result<Vec<Definition>> {
        let listed = self.insist(|| self.cloud.list_task_definitions(&wanted.family)).await?;
        let oldest = wanted.live.map_or(0, |live| number(&live.revision));
        let mut known: Vec<Definition> = Vec::new();
        for revision in listed.iter().filter(|it| number(it) > oldest).take(LOOKED_AT) {
            let definition = self.describe(revision).await?;
            let is_last = is_program(&definition, wanted.app);
            known.push(definition);
            if is_last {
                break;
            }
        }
        Ok(known)
    }
}

/// The revision whose settings count, as people read it. `known` are the newest revisions that are newer than the live
/// one, newest first. A copy tells of a revision of the program as well; it may be older than one beside it, if both were
/// registered at the same time.
fn source(wanted: &Revision<'_>, known: &[Definition]) -> Option<String> {
    let tells = known.iter().filter(|it| it.tags.contains_key(COPY_TAG) || is_program(it, wanted.app));
    let told = tells.map(origin_of).max_by_key(|origin| number(origin));
    let own = |it: &Definition| short(&it.revision).to_owned();
    match (told, wanted.live) {
        (Some(told), Some(live)) if number(&told) <= number(&origin_of(live)) => Some(own(live)),
        (Some(told), _) => Some(told),
        (None, Some(live)) => Some(own(live)),
        (None, None) => known.first().map(own),
    }
}

/// A revision that has the settings and the image already: the oldest one that was made of them.
fn equal<'a>(wanted: &'a Revision<'_>, source: &'a Definition, known: &'a [Definition]) -> Option<&'a Definition> {
    let has_image =
        |it: &&Definition| it.is_active && it.images.get(wanted.container).is_some_and(|at| at == wanted.image);
    let copies = known.iter().rev().filter(|it| is_copy(it, source));
    let live = wanted.live.filter(|it| is_copy(it, source));
    std::iter::once(source).chain(live).chain(copies).find(has_image)
}

/// Whether one has the settings of the other.
fn is_copy(it: &Definition, of: &Definition) -> bool {
    it.tags.contains_key(COPY_TAG) && origin_of(it) == origin_of(of)
}

/// The revision that the settings came from first, as people read it.
fn origin_of(it: &Definition) -> String {
    it.tags.get(COPY_TAG).cloned().unwrap_or_else(|| short(&it.revision).to_owned())
}

fn is_program(it: &Definition, app: &str) -> bool {
    it.tags.get(ENVIRONMENT_TAG).is_some_and(|env| env == app) && !it.tags.contains_key(COPY_TAG)
}

fn nothing(wanted: &Revision<'_>) -> Failure {
    let text = format!("there is no revision of `{}`: run `pulumi up` for `{}`", wanted.family, wanted.app);
    Failure::refused(text)
}

fn no_container(wanted: &Revision<'_>, source: &Definition) -> Failure {
    let text = format!(
        "`{}` has no container `{}`, whose image a release changes: run `pulumi up` for `{}`",
        short(&source.revision),
        wanted.container,
        wanted.app
    );
    Failure::refused(text)
}
