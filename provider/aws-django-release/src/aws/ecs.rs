//! ECS.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types as ecs;

use super::{Aws, count, definitions, error};
use crate::cloud::{
    ContainerState, Definition, Deployment, DeploymentStatus, Ecs, Event, Millis, Network, Override, Result, RunTask,
    RunTaskAnswer, Service, Session, StopCode, Tags, Task, TaskStatus, TasksOf, UpdateService,
};

/// How many services, deployments and tasks are described at once: ECS's own limits.
const SERVICES: usize = 10;
const DEPLOYMENTS: usize = 20;
const TASKS: usize = 100;

#[async_trait]
impl Ecs for Aws {
    async fn describe_services(&self, cluster: &str, services: &[String]) -> Result<Vec<Service>> {
        let mut found = Vec::new();
        for some in services.chunks(SERVICES) {
            let call = self.clients().await.ecs.describe_services().cluster(cluster).include(ecs::ServiceField::Tags);
            let answer = call.set_services(Some(some.to_vec())).send().await;
            let answer = answer.map_err(|it| error::of("ecs:DescribeServices", cluster, &it))?;
            // A deleted service is told as inactive for a while.
            let all = answer.services.unwrap_or_default().into_iter();
            found.extend(all.filter(|it| it.status.as_deref() != Some("INACTIVE")).map(service));
        }
        Ok(found)
    }

    async fn list_services(&self, cluster: &str) -> Result<Vec<String>> {
        let pages = self.clients().await.ecs.list_services().cluster(cluster).max_results(100).into_paginator();
        let arns = pages.items().send().collect::<std::result::Result<Vec<_>, _>>().await;
        let arns = arns.map_err(|it| error::of("ecs:ListServices", cluster, &it))?;
        Ok(arns.iter().filter_map(|arn| arn.rsplit('/').next()).map(str::to_owned).collect())
    }

    async fn update_service(&self, update: &UpdateService) -> Result<()> {
        let call = self.clients().await.ecs.update_service().cluster(&update.cluster).service(&update.service);
        let call = call.set_task_definition(update.revision.clone()).force_new_deployment(update.force);
        let call = call.set_desired_count(update.count.map(|count| i32::try_from(count).unwrap_or(i32::MAX)));
        let answer = call.send().await;
        answer.map(drop).map_err(|it| error::of("ecs:UpdateService", &update.service, &it))
    }

    async fn list_service_deployments(
        &self,
        cluster: &str,
        service: &str,
        after: Option<Millis>,
    ) -> Result<Vec<Deployment>> {
        let ecs = &self.clients().await.ecs;
        // A second more than asked for: AWS does not say whether the moment itself is left out.
        let after = after.map(|it| ecs::CreatedAt::builder().after(DateTime::from_millis(it - 1_000)).build());
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let call = ecs.list_service_deployments().cluster(cluster).service(service).max_results(100);
            let answer = call.set_created_at(after.clone()).set_next_token(token).send().await;
            let answer = answer.map_err(|it| error::of("ecs:ListServiceDeployments", service, &it))?;
            found.extend(answer.service_deployments.unwrap_or_default().into_iter().map(|it| Deployment {
                arn: it.service_deployment_arn.unwrap_or_default(),
                created_at: millis(it.created_at),
                status: deployment_status(it.status.as_ref()),
                reason: it.status_reason,
                // A list does not tell them.
                alarms: Vec::new(),
                target: it.target_service_revision_arn,
                rolled_back_to: None,
            }));
            token = answer.next_token;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    async fn describe_service_deployments(&self, arns: &[String]) -> Result<Vec<Deployment>> {
        let mut found = Vec::new();
        for some in arns.chunks(DEPLOYMENTS) {
            let call = self.clients().await.ecs.describe_service_deployments();
            let answer = call.set_service_deployment_arns(Some(some.to_vec())).send().await;
            let answer = answer.map_err(|it| error::of("ecs:DescribeServiceDeployments", &some.join(", "), &it))?;
            found.extend(answer.service_deployments.unwrap_or_default().into_iter().map(|it| Deployment {
                arn: it.service_deployment_arn.unwrap_or_default(),
                created_at: millis(it.created_at),
                status: deployment_status(it.status.as_ref()),
                reason: it.status_reason,
                alarms: it.alarms.and_then(|alarms| alarms.triggered_alarm_names).unwrap_or_default(),
                target: it.target_service_revision.and_then(|revision| revision.arn),
                rolled_back_to: it.rollback.and_then(|rollback| rollback.service_revision_arn),
            }));
        }
        Ok(found)
    }

    async fn describe_service_revisions(&self, arns: &[String]) -> Result<BTreeMap<String, String>> {
        let mut found = BTreeMap::new();
        for some in arns.chunks(DEPLOYMENTS) {
            let call = self.clients().await.ecs.describe_service_revisions();
            let answer = call.set_service_revision_arns(Some(some.to_vec())).send().await;
            let answer = answer.map_err(|it| error::of("ecs:DescribeServiceRevisions", &some.join(", "), &it))?;
            let all = answer.service_revisions.unwrap_or_default().into_iter();
            found.extend(all.filter_map(|it| Some((it.service_revision_arn?, it.task_definition?))));
        }
        Ok(found)
    }

    async fn run_task(&self, run: &RunTask) -> Result<RunTaskAnswer> {
        let call = self.clients().await.ecs.run_task().cluster(&run.cluster).task_definition(&run.revision).count(1);
        // The launch type is on demand; spare capacity would take a capacity provider.
        let call = call.launch_type(ecs::LaunchType::Fargate).network_configuration(network(&run.network));
        let tags = run.tags.iter().map(|(key, value)| ecs::Tag::builder().key(key).value(value).build());
        let call = call.started_by(&run.started_by).set_tags(Some(tags.collect()));
        let changes: Vec<_> = run.overrides.iter().map(|(name, it)| container_override(name, it)).collect();
        let changes = ecs::TaskOverride::builder().set_container_overrides(Some(changes)).build();
        let answer = call.overrides(changes).send().await;
        let answer = answer.map_err(|it| error::of("ecs:RunTask", &run.revision, &it))?;
        let failures = answer.failures.unwrap_or_default().into_iter().map(|failure| {
            let told = [failure.reason, failure.detail];
            told.into_iter().flatten().collect::<Vec<_>>().join(": ")
        });
        Ok(RunTaskAnswer {
            task: answer.tasks.unwrap_or_default().into_iter().next().map(task),
            failures: failures.collect(),
        })
    }

    async fn describe_tasks(&self, cluster: &str, tasks: &[String]) -> Result<Vec<Task>> {
        let mut found = Vec::new();
        for some in tasks.chunks(TASKS) {
            let call = self.clients().await.ecs.describe_tasks().cluster(cluster).include(ecs::TaskField::Tags);
            let answer = call.set_tasks(Some(some.to_vec())).send().await;
            let answer = answer.map_err(|it| error::of("ecs:DescribeTasks", cluster, &it))?;
            found.extend(answer.tasks.unwrap_or_default().into_iter().map(task));
        }
        Ok(found)
    }

    async fn list_tasks(&self, cluster: &str, of: &TasksOf) -> Result<Vec<String>> {
        let call = self.clients().await.ecs.list_tasks().cluster(cluster);
        let call = match of {
            TasksOf::Family(family) => call.family(family),
            // The only filter that ECS takes together with no other.
            TasksOf::StartedBy(by) => call.started_by(by),
            TasksOf::Service(service) => call.service_name(service),
            TasksOf::Stopped(service) => call.service_name(service).desired_status(ecs::DesiredStatus::Stopped),
            TasksOf::Over => call.desired_status(ecs::DesiredStatus::Stopped),
        };
        let arns = call.into_paginator().items().send().collect::<std::result::Result<Vec<_>, _>>().await;
        arns.map_err(|it| error::of("ecs:ListTasks", cluster, &it))
    }

    async fn stop_task(&self, cluster: &str, task: &str, reason: &str) -> Result<()> {
        let call = self.clients().await.ecs.stop_task().cluster(cluster).task(task).reason(reason);
        call.send().await.map(drop).map_err(|it| error::of("ecs:StopTask", task, &it))
    }

    async fn describe_task_definition(&self, revision: &str) -> Result<Definition> {
        let (definition, tags) = self.definition(revision).await?;
        Ok(definitions::read(definition, tags))
    }

    async fn list_task_definitions(&self, family: &str) -> Result<Vec<String>> {
        let call = self.clients().await.ecs.list_task_definitions().family_prefix(family).max_results(100);
        let call = call.status(ecs::TaskDefinitionStatus::Active).sort(ecs::SortOrder::Desc);
        let answer = call.send().await.map_err(|it| error::of("ecs:ListTaskDefinitions", family, &it))?;
        let mut arns = answer.task_definition_arns.unwrap_or_default();
        arns.retain(|arn| crate::cloud::family(arn) == family);
        // ECS sorts by text or by number, as it likes; what counts here is the number.
        arns.sort_by_key(|arn| std::cmp::Reverse(crate::cloud::number(arn)));
        Ok(arns)
    }

    async fn register_copy(&self, of: &str, images: &BTreeMap<String, String>, tags: &Tags) -> Result<String> {
        let (definition, own) = self.definition(of).await?;
        let call = self.clients().await.ecs.register_task_definition();
        let answer = definitions::copy(call, definition, own, images, tags).send().await;
        let answer = answer.map_err(|it| error::of("ecs:RegisterTaskDefinition", of, &it))?;
        Ok(answer.task_definition.and_then(|it| it.task_definition_arn).unwrap_or_default())
    }

    async fn execute_command(&self, cluster: &str, task: &str, container: &str, command: &str) -> Result<Session> {
        let clients = self.clients().await;
        let call = clients.ecs.execute_command().cluster(cluster).task(task).container(container);
        let answer = call.command(command).interactive(true).send().await;
        let answer = answer.map_err(|it| error::of("ecs:ExecuteCommand", task, &it))?;
        let session = answer.session;
        Ok(Session {
            id: session.as_ref().and_then(|it| it.session_id.clone()).unwrap_or_default(),
            url: session.as_ref().and_then(|it| it.stream_url.clone()).unwrap_or_default(),
            token: session.and_then(|it| it.token_value).unwrap_or_default(),
            endpoint: clients.endpoint("ecs"),
        })
    }
}

fn service(it: ecs::Service) -> Service {
    let primary = it.deployments.unwrap_or_default().into_iter().find(|it| it.status.as_deref() == Some("PRIMARY"));
    let balancers = it.load_balancers.unwrap_or_default().into_iter();
    let events = it.events.unwrap_or_default().into_iter();
    let events =
        events.filter_map(|event| Some(Event { id: event.id?, at: millis(event.created_at), text: event.message? }));
    Service {
        name: it.service_name.unwrap_or_default(),
        revision: it.task_definition.unwrap_or_default(),
        desired: count(it.desired_count),
        running: count(it.running_count),
        pending: count(it.pending_count),
        primary: primary.and_then(|it| it.id),
        target_groups: balancers.filter_map(|it| it.target_group_arn).collect(),
        events: events.collect(),
        tags: tags(it.tags),
        network: place(it.network_configuration),
        execute_command: it.enable_execute_command,
    }
}

fn task(it: ecs::Task) -> Task {
    let containers = it.containers.unwrap_or_default().into_iter().map(|it| ContainerState {
        name: it.name.unwrap_or_default(),
        exit_code: it.exit_code,
        reason: it.reason,
        runtime_id: it.runtime_id,
    });
    Task {
        arn: it.task_arn.unwrap_or_default(),
        revision: it.task_definition_arn.unwrap_or_default(),
        started_by: it.started_by,
        status: task_status(it.last_status.as_deref()),
        created_at: millis(it.created_at),
        stop_code: it.stop_code.as_ref().and_then(stop_code),
        stopped_reason: it.stopped_reason,
        containers: containers.collect(),
        tags: tags(it.tags),
    }
}

/// By the stations of a task's life; one that this code does not know comes before its end.
fn task_status(status: Option<&str>) -> TaskStatus {
    match status.unwrap_or_default() {
        "PROVISIONING" | "PENDING" | "ACTIVATING" => TaskStatus::Starting,
        "DEACTIVATING" | "STOPPING" | "DEPROVISIONING" => TaskStatus::Stopping,
        "STOPPED" | "DELETED" => TaskStatus::Stopped,
        _ => TaskStatus::Running,
    }
}

fn stop_code(code: &ecs::TaskStopCode) -> Option<StopCode> {
    Some(match code {
        ecs::TaskStopCode::EssentialContainerExited => StopCode::EssentialContainerExited,
        ecs::TaskStopCode::TaskFailedToStart => StopCode::TaskFailedToStart,
        ecs::TaskStopCode::SpotInterruption => StopCode::SpotInterruption,
        ecs::TaskStopCode::UserInitiated => StopCode::UserInitiated,
        ecs::TaskStopCode::ServiceSchedulerInitiated => StopCode::ServiceSchedulerInitiated,
        ecs::TaskStopCode::InfrastructureHealth | ecs::TaskStopCode::TerminationNotice => StopCode::Infrastructure,
        _ => return None,
    })
}

/// What this code does not know goes on.
fn deployment_status(status: Option<&ecs::ServiceDeploymentStatus>) -> DeploymentStatus {
    match status {
        Some(ecs::ServiceDeploymentStatus::Successful) => DeploymentStatus::Successful,
        Some(ecs::ServiceDeploymentStatus::StopRequested) => DeploymentStatus::Stopping,
        Some(ecs::ServiceDeploymentStatus::Stopped) => DeploymentStatus::Stopped,
        Some(ecs::ServiceDeploymentStatus::RollbackRequested | ecs::ServiceDeploymentStatus::RollbackInProgress) => {
            DeploymentStatus::RollingBack
        }
        Some(ecs::ServiceDeploymentStatus::RollbackSuccessful) => DeploymentStatus::RolledBack,
        Some(ecs::ServiceDeploymentStatus::RollbackFailed) => DeploymentStatus::RollbackFailed,
        _ => DeploymentStatus::Going,
    }
}

fn network(network: &Network) -> ecs::NetworkConfiguration {
    let address = if network.public_address { ecs::AssignPublicIp::Enabled } else { ecs::AssignPublicIp::Disabled };
    let vpc = ecs::AwsVpcConfiguration::builder()
        .set_subnets(Some(network.subnets.clone()))
        .set_security_groups(Some(network.security_groups.clone()))
        .assign_public_ip(address)
        .build();
    // The builder wants subnets, which are given.
    ecs::NetworkConfiguration::builder().set_awsvpc_configuration(vpc.ok()).build()
}

fn place(network: Option<ecs::NetworkConfiguration>) -> Network {
    let Some(vpc) = network.and_then(|it| it.awsvpc_configuration) else { return Network::default() };
    Network {
        subnets: vpc.subnets,
        security_groups: vpc.security_groups.unwrap_or_default(),
        public_address: vpc.assign_public_ip == Some(ecs::AssignPublicIp::Enabled),
    }
}

fn container_override(name: &str, change: &Override) -> ecs::ContainerOverride {
    let pair = |(name, value): (&String, &String)| ecs::KeyValuePair::builder().name(name).value(value).build();
    ecs::ContainerOverride::builder()
        .name(name)
        .set_command(change.command.clone())
        .set_environment(Some(change.environment.iter().map(pair).collect()))
        .build()
}

pub(super) fn tags(tags: Option<Vec<ecs::Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}

fn millis(time: Option<DateTime>) -> Millis {
    time.and_then(|time| time.to_millis().ok()).unwrap_or_default()
}
