//! Slots: where the rules of an app stand at a listener that it shares with others.
//!
//! A slot is ten priorities in a row. Which one an app has is kept nowhere but at the listener: what it has stays its
//! own, and one that has none gets one that is free.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::cloud::{self, Kind, ListenerRule, TAGGED_AT_ONCE, Tags};
use crate::names::ENVIRONMENT_TAG;
use crate::{Cause, Engine, Failure, Step};

/// How many slots a listener has: AWS counts its rules up to 50,000. It is a prime, so that steps of any width lead through
/// all of them.
pub const SLOTS: u32 = 4_999;

/// How many rules a slot has room for.
const RULES: u32 = 10;

/// How often the rules are read if one of them goes before its tags have been read.
const LOOKS: u32 = 5;

/// Whose slot, and where.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlotOf {
    /// The account of the app.
    pub account: String,
    /// ARN of the listener.
    pub listener: String,
    /// Name of the app.
    pub app: String,
    /// The names at which it shall answer.
    pub host_names: Vec<String>,
    /// The places that the app needs in its slot, from 1 to 10.
    pub places: Vec<u32>,
    /// Where a free one is looked for.
    pub search: Search,
}

/// The order in which an app goes through all slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The slot that comes first, below [`SLOTS`].
    pub from: u32,
    /// How far it is to the next one, from 1 to [`SLOTS`] - 1.
    pub step: u32,
}

impl Search {
    /// That of a name: always the same for one, and rarely the same for two. Two that begin at one slot go on to others: they
    /// may come up at once, and would meet at each.
    #[must_use]
    pub fn of(app: &str) -> Self {
        // Digit by digit in base 256, which keeps the whole hash and needs no cast.
        let hash =
            |below: u32| Sha256::digest(app).iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % below);
        Self { from: hash(SLOTS), step: 1 + hash(SLOTS - 1) }
    }

    fn slots(self) -> impl Iterator<Item = u32> {
        (0..SLOTS).map(move |steps| (self.from + steps * self.step) % SLOTS)
    }
}

/// The priority of a place, from 1 to 10, in a slot.
pub fn priority(slot: u32, place: u32) -> u32 {
    RULES * slot + place
}

impl Engine {
    /// The slot that the app has at the listener, or else the first free one of its search. It has
    /// the one where rules of its own are, unless a place that it needs there is somebody else's: two apps that have
    /// come up at once may each have got a part of one slot.
    ///
    /// # Errors
    /// If the credentials are of another account, if there is no such listener, if the rules and their tags may not be
    /// read, if another app answers at one of its names, or if no slot is free.
    pub async fn slot(&self, of: &SlotOf) -> Result<u32, Failure> {
        self.check_account(&of.account, Step::Check).await?;
        let (mut own, mut others) = (BTreeSet::new(), BTreeSet::new());
        let rules = self.tagged_rules(&of.listener).await.map_err(Failure::check)?;
        for (rule, tags) in rules.ok_or_else(|| no_listener(of))? {
            let is_own = is_own(&of.app, &tags);
            if let Some(other) = app_of(&tags).filter(|_| !is_own) {
                check_names(of, &rule, other)?;
            }
            if is_own { &mut own } else { &mut others }.insert(rule.priority);
        }
        choose(of, &own, &others).ok_or_else(|| {
            Failure::refused(format!(
                "all {SLOTS} slots for apps at the listener `{}` are taken: delete rules that nobody needs",
                of.listener
            ))
        })
    }

    /// The apps that answer at a listener, by name; none where there is no such listener.
    ///
    /// # Errors
    /// If the credentials are of another account, or if the rules and their tags may not be read.
    pub async fn apps(&self, account: &str, listener: &str) -> Result<BTreeSet<String>, Failure> {
        self.check_account(account, Step::Check).await?;
        let rules = self.tagged_rules(listener).await.map_err(Failure::check)?.unwrap_or_default();
        Ok(rules.iter().filter_map(|(_, tags)| app_of(tags)).cloned().collect())
    }

    /// All rules and their tags, if there is such a listener.
    async fn tagged_rules(&self, listener: &str) -> cloud::Result<Option<Vec<(ListenerRule, Tags)>>> {
        let mut looks = 1..LOOKS;
        loop {
            let rules = match self.rules(listener).await {
                Err(error) if error.kind == Kind::NotFound => return Ok(None),
                answer => answer?,
            };
            match self.tags(&rules).await {
                // A rule has gone since, with its app for example: look again.
                Err(error) if error.kind == Kind::NotFound && looks.next().is_some() => {}
                answer => return answer.map(|tags| Some(rules.into_iter().zip(tags).collect())),
            }
        }
    }

    async fn rules(&self, listener: &str) -> cloud::Result<Vec<ListenerRule>> {
        let (mut rules, mut marker) = (Vec::new(), None);
        loop {
            let page = self.insist(|| self.cloud.describe_rules(listener, marker.as_deref())).await?;
            rules.extend(page.rules);
            marker = page.next;
            if marker.is_none() {
                return Ok(rules);
            }
        }
    }

    /// The tags of each rule.
    async fn tags(&self, rules: &[ListenerRule]) -> cloud::Result<Vec<Tags>> {
        let mut all = Vec::new();
        for some in rules.chunks(TAGGED_AT_ONCE) {
            let arns: Vec<_> = some.iter().map(|rule| rule.arn.clone()).collect();
            let mut tags = self.insist(|| self.cloud.describe_tags(&arns)).await?;
            all.extend(arns.iter().map(|arn| tags.remove(arn).unwrap_or_default()));
        }
        Ok(all)
    }
}

/// The app whose rule has these tags.
fn app_of(tags: &Tags) -> Option<&String> {
    tags.get(ENVIRONMENT_TAG).filter(|app| is_own(app, tags))
}

/// Two apps cannot answer at one name.
fn check_names(of: &SlotOf, rule: &ListenerRule, other: &str) -> Result<(), Failure> {
    let is_taken = |name: &&String| rule.host_names.iter().any(|taken| taken.eq_ignore_ascii_case(name));
    let Some(name) = of.host_names.iter().find(is_taken) else { return Ok(()) };
    Err(Failure::refused(format!(
        "`{app}` cannot answer at `{name}`, where `{other}` does: take another host name, or deploy `{other}` without this \
         one first",
        app = of.app
    )))
}

/// Whether a rule is the app's, by what everything of an app is tagged with. Its host name would tell less: it changes
/// with the program, and somebody else's rule may have it too. `env` alone is a tag that others use as well.
fn is_own(app: &str, tags: &Tags) -> bool {
    let is_named = |name: &String| name.strip_prefix(app).is_some_and(|role| role.starts_with('-'));
    tags.get(ENVIRONMENT_TAG).is_some_and(|environment| environment == app) && tags.get("Name").is_some_and(is_named)
}

/// The app's slot among those of its rules, else the first without a rule.
fn choose(of: &SlotOf, own: &BTreeSet<u32>, others: &BTreeSet<u32>) -> Option<u32> {
    let has =
        |taken: &BTreeSet<u32>, slot: u32| taken.range(priority(slot, 1)..=priority(slot, RULES)).next().is_some();
    let is_lost = |slot: u32| of.places.iter().any(|place| others.contains(&priority(slot, *place)));
    let kept = of.search.slots().find(|slot| has(own, *slot) && !is_lost(*slot));
    kept.or_else(|| of.search.slots().find(|slot| !has(own, *slot) && !has(others, *slot)))
}

fn no_listener(of: &SlotOf) -> Failure {
    let SlotOf { listener, app, .. } = of;
    let text = format!(
        "there is no listener `{listener}`, at which `{app}` shall answer: where it was deleted by hand, `pulumi up \
         --refresh` of the base makes it anew; else look at the region and the account"
    );
    Failure::new(Step::Check, Cause::Cloud(Kind::NotFound), text)
}
