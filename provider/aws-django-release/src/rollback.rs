//! Back to what ran before.
//!
//! The way back is that of the service that answers requests: its last successful deployment before the one that is
//! live. A deployment that is under way is left as well, so that going back in the middle of a bad release leads to what
//! was live before it. The other services of the same image follow to their own last successful deployment of that
//! image, and stay where they run it already: what was released at different times comes together again.

use futures::future;

use crate::app::{App, Runs};
use crate::cloud::{self, Definition, DeploymentStatus, short};
use crate::deploy::{Prepared, Standing};
use crate::{Engine, Failure};

/// Where to go back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// The last successful deployment before the live one.
    Last,
    /// A revision of the service that answers requests, such as `alpha-web:7`.
    Revision(String),
    /// An image that was live, by its address, or by its tag or digest alone.
    Image(String),
}

/// How many deployments back are looked at.
const LOOKED_AT: usize = 20;

impl Engine {
    /// Makes ready to go back. Nothing moves, and nothing is registered: all that is gone to has been live.
    ///
    /// # Errors
    /// If `pulumi up` releases the app, if there is nothing to go back to, or if AWS refuses or does not answer.
    pub async fn prepare_rollback(&self, app: &App, runs: Runs, to: &To) -> Result<Prepared, Failure> {
        app.check_pipeline()?;
        let standing = self.standing(app, runs).await?;
        let pasts = future::try_join_all(standing.iter().map(|it| self.past(app, it))).await;
        let pasts = pasts.map_err(Failure::check)?;
        let mut prepared = Prepared::of(app);
        let mut image: Option<String> = None;
        for (it, past) in standing.iter().zip(&pasts) {
            let target = match &image {
                None => leads(it, past, to)?,
                Some(image) => follows(it, past, image)?,
            };
            let Some(of_target) = target.images.get(&it.of.process) else {
                return Err(Failure::refused(format!(
                    "`{}` has no container `{}`",
                    short(&target.revision),
                    it.of.process
                )));
            };
            if !target.is_active {
                return Err(Failure::refused(format!(
                    "`{}` was deregistered and cannot run again: release its image `{of_target}` instead",
                    short(&target.revision)
                )));
            }
            let name = it.of.service.name.clone();
            prepared.wanted.services.insert(name.clone(), it.service(app, target, of_target)?);
            prepared.done.services.insert(name, it.done_over_others());
            image.get_or_insert_with(|| of_target.clone());
        }
        let now = standing.first().and_then(Standing::image).cloned().unwrap_or_default();
        prepared.images.insert(runs, (now, image.unwrap_or_default()));
        Ok(prepared)
    }

    /// The revisions of successful deployments, newest first, each once.
    async fn past(&self, app: &App, it: &Standing<'_>) -> cloud::Result<Vec<Definition>> {
        let cluster = app.cluster();
        let all = || self.cloud.list_service_deployments(&cluster, &it.of.service.name, None);
        let mut listed = self.insist(all).await?;
        listed.retain(|it| it.status == DeploymentStatus::Successful);
        listed.sort_by_key(|it| std::cmp::Reverse(it.created_at));
        let arns: Vec<_> = listed.into_iter().filter_map(|it| it.target).take(LOOKED_AT).collect();
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let named = self.insist(|| self.cloud.describe_service_revisions(&arns)).await?;
        let mut past: Vec<Definition> = Vec::new();
        for revision in arns.iter().filter_map(|arn| named.get(arn)) {
            if past.iter().all(|known| known.revision != *revision) {
                past.push(self.describe(revision).await?);
            }
        }
        Ok(past)
    }
}

/// Where the service goes that answers requests.
fn leads<'a>(it: &'a Standing<'_>, past: &'a [Definition], to: &To) -> Result<&'a Definition, Failure> {
    let name = &it.of.service.name;
    let image = |past: &'a Definition| past.images.get(&it.of.process).map(String::as_str).unwrap_or_default();
    let known: Vec<_> = past.iter().map(|past| format!("`{}` with `{}`", short(&past.revision), image(past))).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let found = match to {
        To::Last if it.under_way.as_ref().is_some_and(|at| *at != it.live.revision) => Some(&it.live),
        To::Last => past.iter().find(|past| past.revision != it.live.revision),
        To::Revision(to) => past.iter().find(|past| past.revision == *to || short(&past.revision) == to),
        To::Image(to) => past.iter().find(|past| is_image(image(past), to)),
    };
    found.ok_or_else(|| {
        let what = match to {
            To::Last => "another revision".to_owned(),
            To::Revision(to) | To::Image(to) => format!("`{to}`"),
        };
        Failure::refused(format!(
            "no successful deployment of `{name}` that ECS remembers was of {what} (there were {known}): release an \
             image instead"
        ))
    })
}

/// Whether an image is the one of that address, tag or digest.
fn is_image(image: &str, wanted: &str) -> bool {
    let name = image.strip_suffix(wanted);
    name.is_some_and(|name| name.is_empty() || (!wanted.contains('/') && name.ends_with([':', '@'])))
}

/// Where another service goes.
fn follows<'a>(it: &'a Standing<'_>, past: &'a [Definition], image: &String) -> Result<&'a Definition, Failure> {
    if it.image() == Some(image) {
        return Ok(&it.live);
    }
    let found = past.iter().find(|past| past.images.get(&it.of.process) == Some(image));
    found.ok_or_else(|| {
        Failure::refused(format!(
            "`{}` has never run `{image}`, as far as ECS remembers: release that image without its update instead",
            it.of.service.name
        ))
    })
}
