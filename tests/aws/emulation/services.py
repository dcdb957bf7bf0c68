"""Services: how their tasks follow their deployments. What is told of a service moves with what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.exceptions import EcsClientException
from moto.ecs.models import ecs_backends

from emulation.deployments import (
    ALARMED,
    NO_CANDIDATE,
    REPLACED,
    ROLLED_BACK_BY_USER,
    STOPPED_BY_ALARM,
    STOPPED_BY_BREAKER,
    THRESHOLD,
    Deployment,
    heeded,
)
from emulation.ends import ENDS
from emulation.life import Phase
from emulation.tasks import Task, identifier
from emulation.told import TOLD, ServiceStory, TaskStory

# How a task lives that nothing was told of: until it is replaced.
STAYS = TaskStory(running=None)
# DescribeServices shows so many of the events.
EVENTS = 100


class Scheduler:
    """ECS's scheduler, for one service."""

    def __init__(self, backend: Any, service: Any) -> None:
        self._backend, self.service = backend, service
        self.deployments: list[Deployment] = []  # newest first
        self.primary: Deployment | None = None
        self.events: list[dict[str, Any]] = []  # newest first
        self.created = utcnow()

    @property
    def current(self) -> str | None:
        """The newest service deployment that the API knows."""
        return next((deployment.arn for deployment in self.deployments if deployment.listed), None)

    def begin(self, others: bool = False) -> Deployment:
        """Begins a deployment of the service as it is now; one that is under way is stopped."""
        told = None if others else TOLD.story("services", self.service.name)
        deployment = Deployment(self.service, told or ServiceStory())
        deployment.sources = [each for each in self.deployments if each.alive] or [
            each for each in [self.primary] if each
        ]
        for other in self.deployments:
            if not other.over:
                other.life.turn(("STOPPED", None))
                list(other.life.moves())
                self._finish(other, REPLACED)
        self.deployments.insert(0, deployment)
        self.primary = deployment
        self.settle()
        return deployment

    def settle(self) -> None:
        """Enters all that has come to its time, in deployments and in tasks, and brings the counts up to date."""
        for deployment in list(self.deployments):
            for status in deployment.life.moves():
                deployment.updated = utcnow()
                self._enter(deployment, status)
        for deployment in list(self.deployments):
            for task in deployment.alive:
                task.settle()
        self._replace_ended()
        counts = [deployment.count() for deployment in self.deployments]
        self.service.running_count = sum(running for running, _ in counts)
        self.service.pending_count = sum(pending for _, pending in counts)

    def look(self, *deployments: Deployment) -> None:
        """Counts an answer that showed deployments and their tasks."""
        for deployment in deployments:
            deployment.life.look()
            if deployment.status == "IN_PROGRESS" and deployment.failing:
                self._fail_task(deployment)
            for task in deployment.alive:
                task.life.look()
        self.settle()

    def scale(self, desired: int) -> None:
        """Wants another count: no deployment, only tasks that come and go."""
        self.service.desired_count = desired
        primary = self.primary
        if primary is None:
            return
        if primary.rollout_state == "COMPLETED":
            self._fit(primary, pending=self._story().scaling)
        self.settle()

    def request_rollback(self, deployment: Deployment) -> None:
        """Somebody stops a deployment: it goes back, whatever the circuit breaker is told."""
        self._drain(deployment)
        deployment.life.turn(("ROLLBACK_REQUESTED", 1), *self._roll_back(deployment, ROLLED_BACK_BY_USER))
        self.settle()

    def end(self) -> None:
        """The service is deleted: its tasks go."""
        self.service.desired_count = 0
        for deployment in self.deployments:
            self._drain(deployment)
        self.settle()

    def _story(self) -> ServiceStory:
        return TOLD.story("services", self.service.name, meets=False) or ServiceStory()

    def _enter(self, deployment: Deployment, status: str) -> None:
        match status:
            case "IN_PROGRESS":
                deployment.started = utcnow()
                # Tasks that the load balancer finds unhealthy, or an alarm, run; others that are not there yet do not.
                self._fit(deployment, pending=0 if deployment.story.health or deployment.story.alarms else None)
            case "SUCCESSFUL":
                self._succeed(deployment)
            case "FAILING":
                self._fail(deployment)
            case "ROLLBACK_SUCCESSFUL" | "ROLLBACK_FAILED":
                self._finish_rollback(deployment, status)
            case "STOPPED" if deployment.story.others:
                self._give_way(deployment)

    def _succeed(self, deployment: Deployment) -> None:
        for other in self.deployments:
            if other is not deployment:
                self._drain(other)
                other.rollout = None
        self._run(deployment)
        self._finish(deployment)

    def _run(self, deployment: Deployment) -> None:
        """All tasks that are wanted run, and the deployment is the one that serves."""
        for task in deployment.alive:
            if not task.running:
                task.life.turn(*_running(deployment.story.task or STAYS))
                task.settle()
        self._fit(deployment, pending=0)
        self._say(f"(deployment {deployment.id}) deployment completed.")
        self._say("has reached a steady state.")

    def _fail(self, deployment: Deployment) -> None:
        """The circuit breaker has seen enough, or an alarm has come: what follows is in the settings of what saw it, and
        in what there was before."""
        alarmed = bool(deployment.story.alarms)
        while deployment.failed < deployment.threshold and not alarmed:
            self._fail_task(deployment)
        self._drain(deployment)
        self._say_failed(deployment)
        if not deployment.goes_back:
            deployment.life.turn(("STOPPED", None))
            self._finish(deployment, STOPPED_BY_ALARM if alarmed else STOPPED_BY_BREAKER)
            return
        deployment.life.turn(*self._roll_back(deployment, ALARMED if alarmed else THRESHOLD))

    def _say_failed(self, deployment: Deployment) -> None:
        why = "alarm detected" if deployment.story.alarms else "tasks failed to start"
        self._say(f"(deployment {deployment.id}) deployment failed: {why}.")

    def _roll_back(self, deployment: Deployment, reason: str) -> list[Phase]:
        """Begins to go back to the last deployment that was completed; says what becomes of the one that failed."""
        candidate = self._candidate(deployment)
        if candidate is None:
            return [("ROLLBACK_FAILED", None)]
        deployment.rollback = {
            "reason": reason,
            "startedAt": utcnow(),
            "serviceRevisionArn": candidate.revision.arn,
        }
        self.primary, candidate.rollout = candidate, "IN_PROGRESS"
        self.service.task_definition = candidate.revision.settings["taskDefinition"]
        self._say(f"rolling back to deployment {candidate.id}.")
        self._fit(candidate, pending=None)
        story = deployment.story
        reached = "ROLLBACK_FAILED" if story.rollback_fails else "ROLLBACK_SUCCESSFUL"
        return [("ROLLBACK_IN_PROGRESS", story.rollback_in_progress), (reached, None)]

    def _candidate(self, failed: Deployment) -> Deployment | None:
        return next(
            (each for each in self.deployments if each is not failed and each.rollout_state == "COMPLETED"), None
        )

    def _finish_rollback(self, deployment: Deployment, status: str) -> None:
        candidate = self.primary
        if deployment.rollback is None or candidate is None:
            self._finish(deployment, NO_CANDIDATE)
            return
        succeeded = status == "ROLLBACK_SUCCESSFUL"
        candidate.rollout = "COMPLETED" if succeeded else "FAILED"
        if succeeded:
            self._run(candidate)
        else:
            self._say(f"(deployment {candidate.id}) deployment failed: tasks failed to start.")
        self._finish(deployment, deployment.rollback["reason"])

    def _give_way(self, deployment: Deployment) -> None:
        """Somebody else deploys."""
        self._finish(deployment, REPLACED)
        told = deployment.story.others and deployment.story.others.task_definition
        before = deployment.sources[0].revision.settings["taskDefinition"] if deployment.sources else None
        wanted = told or before or self.service.task_definition
        self.service.task_definition = self._backend.describe_task_definition(wanted).arn
        self.begin(others=True)

    def _finish(self, deployment: Deployment, reason: str | None = None) -> None:
        deployment.finished, deployment.reason = utcnow(), reason

    def _fit(self, deployment: Deployment, pending: int | None) -> None:
        """Gives a deployment as many tasks as are wanted, new ones pending for so many answers."""
        story, wanted = deployment.story.task or STAYS, self.service.desired_count or 0
        phases = [("PENDING", pending), *_running(story)]
        new = [self._add(deployment, story, phases) for _ in range(wanted - len(deployment.alive))]
        if new:
            self._say(f"has started {len(new)} tasks: {_listed(new)}.")
        for task in deployment.alive[wanted:]:
            task.stop(ENDS["scaling"])

    def _add(self, deployment: Deployment, story: TaskStory, phases: list[Any]) -> Task:
        settings = deployment.revision.settings
        strategy = settings.get("capacityProviderStrategy") or [{}]
        asked = {
            "capacityProvider": strategy[0].get("capacityProvider"),
            "enableExecuteCommand": getattr(self.service, "enable_execute_command", False),
            "facts": {"group": deployment.revision.target_group, "deployment": deployment.id},
            "group": f"service:{self.service.name}",
            "networkConfiguration": settings.get("networkConfiguration"),
            "startedBy": deployment.id,
            "tags": self.service.tags if self.service.propagate_tags == "SERVICE" else [],
        }
        cluster = self._backend._get_cluster(self.service.cluster_name)
        task = Task(self._backend, cluster, deployment.revision.definition, story, asked, of_service=True)
        if task.end.code != "TaskFailedToStart":
            task.life.turn(*phases)
        deployment.tasks.append(task)
        self._backend.tasks.setdefault(cluster.name, {})[task.task_arn] = task
        task.settle()
        return task

    def _fail_task(self, deployment: Deployment) -> None:
        """One of its tasks ends, as it was told, and counts."""
        told = deployment.story.task or TaskStory(ends="unhealthy" if deployment.story.health else "exited")
        story = TaskStory(ends=told.ends, containers=told.containers)
        task = self._add(deployment, story, [("RUNNING", 0), ("STOPPED", None)])
        deployment.failed += 1
        if deployment.story.health:
            group, reason = deployment.revision.target_group, deployment.story.health.description
            self._say(f"(task {task.id}) is unhealthy in (target-group {group}) due to (reason {reason}).")
        elif task.end.code == "TaskFailedToStart":
            self._say(f"was unable to place a task. Reason: {task.stopped_reason}.")

    def _replace_ended(self) -> None:
        """Puts a new task in the place of one that has ended by itself or was stopped."""
        primary = self.primary
        if primary is not None and primary.rollout_state == "COMPLETED" and self.service.status == "ACTIVE":
            self._fit(primary, pending=self._story().scaling)

    def _drain(self, deployment: Deployment) -> None:
        stopped = deployment.alive
        for task in stopped:
            task.stop(ENDS["scaling"])
        if stopped:
            self._say(f"has stopped {len(stopped)} running tasks: {_listed(stopped)}.")

    def _say(self, message: str) -> None:
        event = {"id": identifier(), "createdAt": utcnow(), "message": f"(service {self.service.name}) {message}"}
        self.events = [event, *self.events[: EVENTS - 1]]


def _listed(tasks: list[Task]) -> str:
    return " ".join(f"(task {task.id})" for task in tasks)


def _running(story: TaskStory) -> list[Any]:
    return [("RUNNING", story.running), ("DEPROVISIONING", story.deprovisioning), ("STOPPED", None)]


def check_story(name: str, settings: dict[str, Any] | None) -> None:
    """Refuses to begin a deployment that was told to fail by an alarm which does not watch the service."""
    told = TOLD.story("services", name, meets=False) or ServiceStory()
    watching = heeded(settings).get("alarmNames", [])
    strange = sorted(set(told.alarms) - set(watching))
    if strange:
        raise EcsClientException(f"a test told `{name}` to fail by {strange}, but it is watched by {sorted(watching)}")


def scheduler(service: Any) -> Scheduler:
    """The scheduler of a service."""
    if not hasattr(service, "scheduler"):
        service.scheduler = Scheduler(service._backend, service)
    return service.scheduler


def everywhere() -> Iterator[Scheduler]:
    """The schedulers of all services that there are, in all accounts and regions."""
    for account in list(ecs_backends.values()):
        for backend in list(account.values()):
            for service in list(backend.services.values()):
                if service.status == "ACTIVE":
                    yield scheduler(service)


def autoscale() -> None:
    """Sets the counts that a test has told an autoscaler's are."""
    for each in everywhere():
        told = TOLD.story("services", each.service.name, meets=False)
        if told and told.desired is not None:
            each.scale(told.desired)
