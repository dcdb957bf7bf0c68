"""What ECS does and moto does not: clusters and task definitions as they are, services with deployments, tasks that
begin, run and end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.ecs import models
from moto.ecs.exceptions import EcsClientException, InvalidParameterException, ServiceNotFoundException
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from emulation.answers import answers, given, page
from emulation.deployments import Deployment
from emulation.ends import ENDS
from emulation.patch import replaced
from emulation.services import Scheduler, check_story, everywhere, scheduler
from emulation.tasks import Task
from emulation.told import TOLD, TaskStory

Backend = models.EC2ContainerServiceBackend

# Settings of a service that the API shows, other than those that are worked out.
SETTINGS = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "deploymentController",
    "desiredCount",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "pendingCount",
    "platformVersion",
    "propagateTags",
    "roleArn",
    "runningCount",
    "schedulingStrategy",
    "serviceRegistries",
    "status",
    "taskDefinition",
)
# What moto's `create_service` does not pass on.
FORGOTTEN = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
)
# Of the arguments of UpdateService, those of which the model says that they trigger a new service deployment.
TRIGGERS = ("loadBalancers", "networkConfiguration", "platformVersion", "serviceRegistries", "taskDefinition")


@replaced(Backend, "create_cluster")
def create_cluster(original: Callable[..., Any], self: Any, cluster_name: str, *args: Any, **kwargs: Any) -> Any:
    """Answers a cluster that exists as it is: moto puts an empty one in its place."""
    existing = self.clusters.get(cluster_name)
    if existing is not None and existing.status == "ACTIVE":
        return existing
    return original(self, cluster_name, *args, **kwargs)


@replaced(Backend, "describe_clusters")
def describe_clusters(original: Callable[..., Any], self: Any, cluster_names: list[str]) -> Any:
    """Counts the tasks that run."""
    clusters, failures = original(self, cluster_names)
    for cluster in clusters:
        alive = [task for task in self.tasks.get(cluster.name, {}).values() if not task.stopped]
        cluster.running_tasks_count = sum(task.running for task in alive)
        cluster.pending_tasks_count = len(alive) - cluster.running_tasks_count
    return clusters, failures


@replaced(Backend, "describe_task_definition")
def describe_task_definition(original: Callable[..., Any], self: Any, task_definition_str: str) -> Any:
    """A bare family means its newest revision that is active."""
    bare = task_definition_str.split("/")[-1]
    if ":" in bare:
        return original(self, task_definition_str)
    active = [
        revision
        for revision, definition in self.task_definitions.get(bare, {}).items()
        if definition.status == "ACTIVE"
    ]
    return original(self, f"{bare}:{max(active)}" if active else task_definition_str)


def active(backend: Any, name: str) -> Any:
    """The revision that is to run; one that was deregistered runs no longer in anything new."""
    definition = backend.describe_task_definition(name)
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")
    return definition


# Services.

_create = Response.create_service


@answers(Response, "create_service")
def create_service(self: Any) -> dict[str, Any]:
    """Makes a service with all of its settings; its first deployment begins, also of no task."""
    if self._get_param("taskDefinition"):
        active(self.ecs_backend, self._get_param("taskDefinition"))
    check_story(self._get_param("serviceName"), self._get_param("deploymentConfiguration"))
    service = _create(self).result["service"]
    for name in FORGOTTEN:
        value = self._get_param(name)
        if value is not None:
            setattr(service, camelcase_to_underscores(name), value)
    if self._get_param("capacityProviderStrategy"):
        service.launch_type = None
    service.running_count = service.pending_count = 0
    made = scheduler(service)
    made.begin()
    return {"service": shown(made, tags=True)}


@answers(Response, "update_service")
def update_service(self: Any) -> dict[str, Any]:
    """Changes a service. A deployment begins if it is forced, or if the revision of the service changes."""
    backend, arguments = self.ecs_backend, dict(self._get_params())
    if arguments.get("taskDefinition"):
        arguments["taskDefinition"] = active(backend, arguments["taskDefinition"]).arn
    forced = arguments.pop("forceNewDeployment", False)
    service = found(backend, arguments.get("cluster"), arguments["service"])
    desired = arguments.pop("desiredCount", None)
    # What of it is not given stays.
    settings = getattr(service, "deployment_configuration", None) or {}
    if arguments.get("deploymentConfiguration"):
        settings = arguments["deploymentConfiguration"] = settings | arguments["deploymentConfiguration"]
    changed = any(
        arguments[name] != getattr(service, camelcase_to_underscores(name), None)
        for name in TRIGGERS
        if arguments.get(name) is not None
    )
    if changed or forced:
        check_story(service.name, settings)
    backend.update_service({camelcase_to_underscores(name): value for name, value in arguments.items()})
    if arguments.get("capacityProviderStrategy"):
        service.launch_type = None
    made = scheduler(service)
    if changed or forced:
        service.desired_count = service.desired_count if desired is None else desired
        made.begin()
    elif desired is not None:
        made.scale(desired)
    return {"service": shown(made, tags=True)}


@answers(Response, "delete_service")
def delete_service(self: Any) -> dict[str, Any]:
    """Deletes a service, and its tasks with it."""
    backend = self.ecs_backend
    cluster, name = self._get_param("cluster", "default"), self._get_param("service").split("/")[-1]
    service = backend.delete_service(cluster, name, self._get_param("force", False))
    scheduler(service).end()
    return {"service": shown(scheduler(service), tags=True)}


@answers(Response, "describe_services")
def describe_services(self: Any) -> dict[str, Any]:
    """Shows services; each has been looked at."""
    cluster, names = self._get_param("cluster", "default"), self._get_param("services", [])
    services, failures = self.ecs_backend.describe_services(cluster, names)
    answer = []
    for each in map(scheduler, services):
        answer.append(shown(each, tags="TAGS" in self._get_param("include", [])))
        for deployment in each.deployments:
            deployment.ask()
        each.look(*each.deployments)
    return {"services": answer, "failures": failures}


def found(backend: Any, cluster: str | None, name: str) -> Any:
    """The service of that name or ARN."""
    service = backend.services.get(f"{backend._get_cluster(cluster or 'default').name}:{name.split('/')[-1]}")
    if service is None or service.status != "ACTIVE":
        raise ServiceNotFoundException()
    return service


def shown(made: Scheduler, tags: bool) -> dict[str, Any]:
    """As DescribeServices shows it."""
    service, primary = made.service, made.primary
    desired = service.desired_count or 0
    rows = [d for d in made.deployments if d is not primary and (d.alive or not d.over)]
    members = {name: getattr(service, camelcase_to_underscores(name), None) for name in SETTINGS}
    if not members["networkConfiguration"]:
        del members["networkConfiguration"]
    revisions = [d for d in made.deployments if d.alive or d is primary]
    return given(
        **members,
        serviceArn=service.arn,
        serviceName=service.name,
        clusterArn=service.cluster_arn,
        createdAt=made.created,
        currentServiceDeployment=made.current,
        currentServiceRevisions=[d.summary(desired if d is primary else len(d.alive)) for d in revisions],
        deployments=[d.row(d is primary, desired) for d in [primary, *rows] if d is not None],
        events=made.events,
        platformFamily="Linux",
        tags=service.tags if tags else None,
    )


# Deployments of services.


@answers(Response, "list_service_deployments")
def list_service_deployments(self: Any) -> dict[str, Any]:
    """Lists the deployments of a service, newest first; each that may be listed has been asked for."""
    made = scheduler(found(self.ecs_backend, self._get_param("cluster"), self._get_param("service")))
    listed = [deployment for deployment in made.deployments if deployment.listed]
    for deployment in made.deployments:
        deployment.ask()
    created, statuses = self._get_param("createdAt") or {}, self._get_param("status")
    answer = [
        deployment.brief()
        for deployment in listed
        if _within(deployment.created, created) and (not statuses or deployment.status in statuses)
    ]
    return page(answer, "serviceDeployments", self._get_param("maxResults"), self._get_param("nextToken"))


def _within(when: datetime, created: dict[str, Any]) -> bool:
    """Times of the API are whole seconds or have fractions; moto's own have no zone."""
    after, before = (_plain(created.get(name)) for name in ("after", "before"))
    return (after is None or when > after) and (before is None or when < before)


def _plain(when: Any) -> datetime | None:
    return when.replace(tzinfo=None) if isinstance(when, datetime) else when


def _deployments(self: Any) -> dict[str, tuple[Scheduler, Deployment]]:
    own = [each for each in everywhere() if each.service._backend is self.ecs_backend]
    return {deployment.arn: (each, deployment) for each in own for deployment in each.deployments if deployment.listed}


@answers(Response, "describe_service_deployments")
def describe_service_deployments(self: Any) -> dict[str, Any]:
    """Shows deployments; each has been looked at."""
    known, answer, failures = _deployments(self), [], []
    for arn in self._get_param("serviceDeploymentArns"):
        if arn not in known:
            failures.append({"arn": arn, "reason": "MISSING"})
            continue
        each, deployment = known[arn]
        wanted = each.service.desired_count if deployment is each.primary else len(deployment.alive)
        answer.append(deployment.shown(wanted or 0))
        each.look(deployment)
    return {"serviceDeployments": answer, "failures": failures}


@answers(Response, "describe_service_revisions")
def describe_service_revisions(self: Any) -> dict[str, Any]:
    """Shows service revisions."""
    known = {each.revision.arn: each.revision for _, each in _deployments(self).values()}
    wanted = self._get_param("serviceRevisionArns")
    return {
        "serviceRevisions": [known[arn].shown() for arn in wanted if arn in known],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn not in known],
    }


@answers(Response, "stop_service_deployment")
def stop_service_deployment(self: Any) -> dict[str, Any]:
    """Stops a deployment that is under way; ECS goes back to the one before."""
    arn = self._get_param("serviceDeploymentArn")
    known = _deployments(self)
    if arn not in known:
        raise EcsClientException("The specified service deployment was not found.")
    each, deployment = known[arn]
    if deployment.over:
        raise EcsClientException("The specified service deployment is not in a state that can be stopped.")
    each.request_rollback(deployment)
    return {"serviceDeploymentArn": arn}


# Tasks.


@answers(Response, "run_task")
def run_task(self: Any) -> dict[str, Any]:
    """Runs tasks, each as it was told of its family. The same `clientToken` answers the same tasks."""
    backend, asked = self.ecs_backend, dict(self._get_params())
    cluster = backend._get_cluster(asked.get("cluster") or "default")
    definition = active(backend, asked["taskDefinition"])
    if definition.network_mode == "awsvpc" and not asked.get("networkConfiguration"):
        raise InvalidParameterException(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    if asked.get("launchType") and asked.get("capacityProviderStrategy"):
        raise InvalidParameterException("Specify either Launch Type or Capacity Provider Strategy, but not both.")
    token, ran = asked.get("clientToken"), backend.__dict__.setdefault("client_tokens", {})
    tasks, failures = ran.get(token) or _run(backend, cluster, definition, asked)
    if token:
        ran[token] = tasks, failures
    answer = {"tasks": [task.shown(tags=True) for task in tasks], "failures": failures}
    for task in tasks:
        task.settle()
    return answer


def _run(backend: Any, cluster: Any, definition: Any, asked: dict[str, Any]) -> tuple[list[Task], list[Any]]:
    strategy = asked.get("capacityProviderStrategy") or cluster.default_capacity_provider_strategy or []
    if strategy and not asked.get("launchType"):
        asked["capacityProvider"] = strategy[0]["capacityProvider"]
    if asked.get("propagateTags") == "TASK_DEFINITION":
        own = {tag["key"] for tag in asked.get("tags") or []}
        asked["tags"] = [*(asked.get("tags") or []), *(t for t in definition.tags if t["key"] not in own)]
    tasks: list[Task] = []
    for _ in range(asked.get("count") or 1):
        story = TOLD.story("tasks", definition.family) or TaskStory()
        if story.failures:
            return tasks, [{"arn": cluster.arn, "reason": reason} for reason in story.failures]
        task = Task(backend, cluster, definition, story, asked)
        if task.network:
            task.attach()
        backend.tasks.setdefault(cluster.name, {})[task.task_arn] = task
        tasks.append(task)
    return tasks, []


def _tasks(self: Any) -> list[Task]:
    """The tasks of the cluster that is asked about, also of one that was deleted."""
    name = (self._get_param("cluster") or "default").split("/")[-1]
    self.ecs_backend._get_cluster(name)
    return [task for task in self.ecs_backend.tasks.get(name, {}).values() if task.known]


def _settle_services(self: Any) -> None:
    for each in everywhere():
        if each.service._backend is self.ecs_backend:
            each.settle()


@answers(Response, "describe_tasks")
def describe_tasks(self: Any) -> dict[str, Any]:
    """Shows tasks; each has been looked at, also those that ECS does not know yet."""
    wanted = self._get_param("tasks") or []
    if not wanted:
        raise InvalidParameterException("Tasks cannot be empty.")
    name = self.ecs_backend._get_cluster(self._get_param("cluster") or "default").name
    own = {task.id: task for task in self.ecs_backend.tasks.get(name, {}).values()}
    answer, failures = [], []
    for identifier in wanted:
        task = own.get(identifier.split("/")[-1])
        if task is not None and task.known:
            answer.append(task.shown(tags="TAGS" in (self._get_param("include") or [])))
        else:
            prefix = f"arn:aws:ecs:{self.region}:{self.current_account}:task/{name}/"
            failures.append({"arn": prefix + identifier.split("/")[-1], "reason": "MISSING"})
        if task is not None:
            task.life.look()
            task.settle()
    _settle_services(self)
    return {"tasks": answer, "failures": failures}


@answers(Response, "list_tasks")
def list_tasks(self: Any) -> dict[str, Any]:
    """Lists the tasks of one cluster; those that are to run, if nothing else is asked."""
    family, started_by, service = (self._get_param(name) for name in ("family", "startedBy", "serviceName"))
    if started_by and (family or service):
        raise InvalidParameterException("startedBy must be the only filter that you use.")
    if service:
        found(self.ecs_backend, self._get_param("cluster"), service)
    status = self._get_param("desiredStatus") or "RUNNING"
    arns = [
        task.task_arn
        for task in _tasks(self)
        if (task.stopped == (status == "STOPPED") and status != "PENDING")
        and (not family or task.definition.family == family)
        and (not started_by or task.started_by == started_by)
        and (not service or task.group == f"service:{service.split('/')[-1]}")
    ]
    return page(arns, "taskArns", self._get_param("maxResults"), self._get_param("nextToken"))


@answers(Response, "stop_task")
def stop_task(self: Any) -> dict[str, Any]:
    """Stops a task."""
    wanted = self._get_param("task").split("/")[-1]
    task = next((task for task in _tasks(self) if task.id == wanted), None)
    if task is None:
        raise InvalidParameterException("The referenced task was not found.")
    task.stop(ENDS["user"], self._get_param("reason"))
    answer = task.shown(tags=True)
    _settle_services(self)
    return {"task": answer}


@replaced(Backend, "list_tasks")
def tasks_of(_original: Callable[..., Any], self: Any, cluster_str: str | None = None, **_filters: Any) -> list[Task]:
    """All tasks, for the tags that moto keeps on them."""
    name = (cluster_str or "").split("/")[-1]
    return [task for cluster, tasks in self.tasks.items() for task in tasks.values() if name in ("", cluster)]
