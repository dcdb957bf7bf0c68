//! An app that is deployed, changed and looked at.

use anyhow::{Context as _, ensure};
use e2e::project::{APP_ARGS, Outcome};
use e2e::{Cloud, Project};
use serde_json::{Value as Json, json};

/// The family of its update.
pub(crate) const UPDATE: &str = "alpha-backend_update";

/// One app with a worker, and what a test does to it.
pub(crate) struct Shop<'a> {
    pub(crate) cloud: &'a Cloud,
    pub(crate) project: Project<'a>,
    app: Json,
}

impl<'a> Shop<'a> {
    pub(crate) fn new(cloud: &'a Cloud, name: &str) -> anyhow::Result<Self> {
        let app = json!({"web": {"desired_count": 2}, "workers": [worker("default")]});
        let project = Project::base_and_apps(cloud, name, &json!({"dev": {}}), &json!({"alpha": app}))?;
        Ok(Self { cloud, project, app })
    }

    /// One of production, with what is as with an ad hoc one; nothing of it is protected.
    pub(crate) fn of_production(cloud: &'a Cloud, name: &str) -> anyhow::Result<Self> {
        let app = json!({
            "kind": "Prod", "deployment": "Pulumi", "deletion_protection": false, "workers": [worker("default")],
        });
        let base = json!({"kind": "Prod", "deletion_protection": false});
        let project = Project::base_and_apps(cloud, name, &json!({"live": base}), &json!({"alpha": app}))?;
        Ok(Self { cloud, project, app })
    }

    /// Changes arguments of the app.
    pub(crate) fn set(&mut self, key: &str, value: Json) -> anyhow::Result<()> {
        self.app[key] = value;
        self.project.write(APP_ARGS, &json!({"alpha": self.app}))
    }

    pub(crate) fn up(&self) -> anyhow::Result<Outcome> {
        self.project.run("all", "up", &json!({}))
    }

    /// An `up` that fails; what was told.
    pub(crate) fn fails(&self, options: &Json) -> anyhow::Result<String> {
        let outcome = self.project.attempt("all", "up", options)?;
        ensure!(outcome.told["result"] == "failed", "it succeeded: {:#?}", outcome.steps());
        Ok(outcome.diagnostics())
    }

    /// What runs: revision and count of each service that a release moves.
    pub(crate) fn running(&self) -> anyhow::Result<Json> {
        let cluster = "alpha-cluster";
        let listed = self.cloud.call("ecs:ListServices", &json!({"cluster": cluster, "maxResults": 100}))?;
        let all = json!({"cluster": cluster, "services": listed["serviceArns"]});
        let told = self.cloud.call("ecs:DescribeServices", &all)?;
        let running = |service: &Json| {
            let revision = service["taskDefinition"].as_str()?.rsplit(':').next()?.to_owned();
            let name = service["serviceName"].as_str()?.strip_prefix("alpha-")?.to_owned();
            // The cache belongs to the program, and ECS knows deleted services for a while.
            (name != "redis" && service["status"] == "ACTIVE")
                .then(|| (name, json!([revision, service["runningCount"]])))
        };
        Ok(Json::Object(told["services"].as_array().into_iter().flatten().filter_map(running).collect()))
    }

    /// How often the update has been started since this was asked last.
    pub(crate) fn updates(&self) -> anyhow::Result<usize> {
        let is_update = |call: &&Json| {
            call["call"] == "ecs:RunTask"
                && call["request"]["taskDefinition"].as_str().is_some_and(|it| it.contains(UPDATE))
        };
        Ok(moves(self.cloud)?.iter().filter(is_update).count())
    }

    pub(crate) fn nothing_to_do(&self) -> anyhow::Result<()> {
        for options in [json!({}), json!({"refresh": true})] {
            let steps = self.project.run("all", "preview", &options)?.steps();
            ensure!(steps.is_empty(), "with {options}: {steps:#?}");
        }
        Ok(())
    }
}

/// The calls that start a task or move a service, since the calls were asked for last.
pub(crate) fn moves(cloud: &Cloud) -> anyhow::Result<Vec<Json>> {
    moves_in(&cloud.calls()?)
}

/// Those of these calls.
pub(crate) fn moves_in(calls: &Json) -> anyhow::Result<Vec<Json>> {
    let is_move = |call: &&Json| call["call"] == "ecs:RunTask" || call["call"] == "ecs:UpdateService";
    Ok(calls.as_array().context("calls are a list")?.iter().filter(is_move).cloned().collect())
}

/// A worker that is live as soon as ECS finds it healthy.
pub(crate) fn worker(name: &str) -> Json {
    json!({"name": name, "command": ["celery", "-Q", name], "health_check_command": ["true"]})
}
