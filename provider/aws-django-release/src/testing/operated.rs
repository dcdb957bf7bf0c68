//! What the small ECS answers to somebody who operates an app: revisions, logs, sessions, a base.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Simulation, State, missing};
use crate::cloud::{
    Base, DbInstance, Definition, Forward, Host, Millis, Result, Session, Tags, Written, family, number,
};

/// How many entries a page of a log has.
const PAGE: usize = 2;

impl State {
    /// A revision as its tags and images say.
    pub(super) fn definition(&self, revision: &str) -> Result<Definition> {
        Ok(Definition {
            revision: revision.to_owned(),
            is_active: !self.inactive.contains(revision),
            images: self.images.get(revision).cloned().ok_or_else(|| missing(revision))?,
            tags: self.tags.get(revision).cloned().unwrap_or_default(),
            ..self.settings.get(revision).cloned().unwrap_or_default()
        })
    }

    /// The active revisions of a family, newest first.
    pub fn revisions(&self, name: &str) -> Vec<String> {
        let is_listed = |it: &&String| family(it) == name && !self.inactive.contains(*it);
        let mut all: Vec<_> = self.images.keys().filter(is_listed).cloned().collect();
        all.sort_by_key(|it| std::cmp::Reverse(number(it)));
        all
    }

    /// Registers a revision of a family.
    pub fn register(&mut self, name: &str, images: BTreeMap<String, String>, tags: Tags) -> String {
        let last = self.images.keys().filter(|it| family(it) == name).map(|it| number(it)).max().unwrap_or_default();
        let revision = format!("{name}:{}", last + 1);
        self.images.insert(revision.clone(), images);
        self.tags.insert(revision.clone(), tags);
        revision
    }

    pub(super) fn register_copy(&mut self, of: &str, images: &BTreeMap<String, String>, tags: &Tags) -> Result<String> {
        if let Some(meanwhile) = self.meanwhile.take() {
            meanwhile(self);
        }
        let of = self.definition(of)?;
        let (mut all, mut own) = (of.images, of.tags);
        all.extend(images.clone());
        own.extend(tags.clone());
        Ok(self.register(family(&of.revision), all, own))
    }

    pub(super) fn written_since(&self, group: &str, since: Millis, token: Option<&str>) -> Result<Written> {
        let all = self.written.get(group).ok_or_else(|| missing(group))?;
        let at = token.and_then(|token| token.parse().ok()).unwrap_or(0);
        let mut entries: Vec<_> = all.iter().filter(|entry| entry.at >= since).skip(at).cloned().collect();
        let next = (entries.len() > PAGE).then(|| (at + PAGE).to_string());
        entries.truncate(PAGE);
        Ok(Written { entries, next })
    }
}

#[async_trait]
impl Base for Simulation {
    async fn find_hosts(&self, _: &[(&str, &str)]) -> Result<Vec<Host>> {
        self.call("ssm:DescribeInstanceInformation", |state| Ok(state.hosts.clone())).await
    }

    async fn describe_db_instance(&self, identifier: &str) -> Result<DbInstance> {
        let find = |state: &mut State| state.servers.get(identifier).cloned().ok_or_else(|| missing(identifier));
        self.call("rds:DescribeDBInstances", find).await
    }

    async fn start_session(&self, forward: &Forward) -> Result<Session> {
        self.call("ssm:StartSession", |_| Ok(session(&forward.target))).await
    }

    async fn terminate_session(&self, _: &str) -> Result<()> {
        self.call("ssm:TerminateSession", |_| Ok(())).await
    }
}

pub(super) fn session(of: &str) -> Session {
    Session {
        id: format!("session-{of}"),
        url: format!("wss://sessions.example/{of}"),
        token: "a token".to_owned(),
        endpoint: "https://sessions.example".to_owned(),
    }
}
