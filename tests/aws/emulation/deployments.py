"""Deployments of a service: what each is to bring, how far it has come, and what the API shows of it."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import Any

from moto.core.utils import utcnow

from emulation.answers import given
from emulation.life import Life, Phase
from emulation.tasks import IDS, Task
from emulation.told import ServiceStory

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# What `rolloutState` of DescribeServices says while DescribeServiceDeployments says more.
ROLLOUT = {"PENDING": "IN_PROGRESS", "IN_PROGRESS": "IN_PROGRESS", "SUCCESSFUL": "COMPLETED", "": "IN_PROGRESS"}
OVER = frozenset({"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"})

THRESHOLD = "Service deployment rolled back because the circuit breaker threshold was exceeded."
# Of alarms people saw the event only, `deployment failed: alarm detected.`; these are worded as the others are.
ALARMED = "Service deployment rolled back because an alarm was detected."
STOPPED_BY_ALARM = "Service deployment stopped because an alarm was detected."
NO_CANDIDATE = "No rollback candidate was found to run the rollback."
STOPPED_BY_BREAKER = "Service deployment stopped because the circuit breaker threshold was exceeded."
ROLLED_BACK_BY_USER = "Service deployment rolled back because it was stopped by a user."
REPLACED = "Service deployment stopped because a new service deployment was started."


def heeded(settings: dict[str, Any] | None) -> dict[str, Any]:
    """The alarms of a deployment configuration, if they are heeded."""
    alarms = (settings or {}).get("alarms") or {}
    return alarms if alarms.get("enable") else {}


class Deployment:
    """A deployment, and the service revision that it brings."""

    def __init__(self, service: Any, story: ServiceStory) -> None:
        # ECS gives the deployment and its revision one number; the service deployment has an id of its own.
        number = IDS.randrange(10**18, 10**19)
        self.id = f"ecs-svc/{number}"
        self.arn = _arn(service, "service-deployment", "".join(IDS.choices(LETTERS, k=21)))
        self.revision = Revision(service, _arn(service, "service-revision", str(number)))
        self.story = story
        self.created = self.updated = utcnow()
        self.started: datetime | None = None
        self.finished: datetime | None = None
        self.reason: str | None = None
        self.rollback: dict[str, Any] | None = None
        self.tasks: list[Task] = []
        self.failed = 0
        self.threshold = min(max(3, ceil((service.desired_count or 0) / 2)), 200)
        self.sources: list[Deployment] = []
        # The rollout of a deployment that was rolled back to goes on, though its service deployment is over.
        self.rollout: str | None = None
        self._asked = 0
        self._settings = getattr(service, "deployment_configuration", None) or {}
        self.life = Life(*self._phases())

    def _phases(self) -> list[Phase]:
        story = self.story
        first: list[Phase] = [("PENDING", story.pending)]
        if story.others:
            return [*first, ("IN_PROGRESS", story.others.after), ("STOPPED", None)]
        if story.alarms:
            return [*first, ("IN_PROGRESS", story.in_progress), ("FAILING", 0)]
        if not story.fails:
            return [*first, ("IN_PROGRESS", story.in_progress), ("SUCCESSFUL", None)]
        # Without a circuit breaker it goes on trying for ever.
        return [*first, ("IN_PROGRESS", story.in_progress if self.breaker.get("enable") else None), ("FAILING", 0)]

    @property
    def breaker(self) -> dict[str, Any]:
        """The settings of the circuit breaker that it began with."""
        return self._settings.get("deploymentCircuitBreaker") or {}

    @property
    def alarms(self) -> dict[str, Any]:
        """The settings of the alarms that it began with, if they are heeded."""
        return heeded(self._settings)

    @property
    def goes_back(self) -> bool:
        """Whether ECS goes back to the deployment before when this one fails."""
        return bool((self.alarms if self.story.alarms else self.breaker).get("rollback"))

    @property
    def status(self) -> str:
        """As DescribeServiceDeployments has it."""
        return self.life.state or "PENDING"

    @property
    def failing(self) -> bool:
        """Whether another of its tasks is to fail."""
        return self.story.fails and not (self.breaker.get("enable") and self.failed >= self.threshold)

    @property
    def over(self) -> bool:
        """Whether nothing comes any more."""
        return self.status in OVER

    @property
    def rollout_state(self) -> str:
        """As DescribeServices has it."""
        return self.rollout or ROLLOUT.get(self.status, "FAILED")

    @property
    def listed(self) -> bool:
        """Whether the API that lists them knows it already."""
        return self._asked >= self.story.listed

    @property
    def alive(self) -> list[Task]:
        """Its tasks that are to run."""
        return [task for task in self.tasks if not task.stopped]

    def ask(self) -> None:
        """Counts an answer that may have listed it."""
        self._asked += 1

    def count(self) -> tuple[int, int]:
        """How many of its tasks run, and how many are to."""
        running = sum(task.running for task in self.alive)
        return running, len(self.alive) - running

    def brief(self) -> dict[str, Any]:
        """As ListServiceDeployments shows it."""
        return given(
            serviceDeploymentArn=self.arn,
            serviceArn=self.revision.service,
            clusterArn=self.revision.cluster,
            startedAt=self.started,
            createdAt=self.created,
            finishedAt=self.finished,
            targetServiceRevisionArn=self.revision.arn,
            status=self.status,
            statusReason=self.reason,
        )

    def shown(self, desired: int) -> dict[str, Any]:
        """As DescribeServiceDeployments shows it."""
        brief = self.brief()
        del brief["targetServiceRevisionArn"]
        return brief | given(
            updatedAt=self.updated,
            stoppedAt=self.finished if self.status == "STOPPED" else None,
            sourceServiceRevisions=[source.summary(len(source.alive)) for source in self.sources],
            targetServiceRevision=self.summary(desired),
            deploymentConfiguration=self._settings or {"maximumPercent": 200, "minimumHealthyPercent": 100},
            rollback=self.rollback,
            deploymentCircuitBreaker=self._monitor(),
            alarms=self._watched(),
        )

    def summary(self, desired: int) -> dict[str, Any]:
        """The counts of its revision."""
        running, pending = self.count()
        return {
            "arn": self.revision.arn,
            "requestedTaskCount": desired,
            "runningTaskCount": running,
            "pendingTaskCount": pending,
        }

    def _monitor(self) -> dict[str, Any]:
        if not self.breaker.get("enable"):
            return {"status": "DISABLED"}
        status = self._watch(triggered=self.failed >= self.threshold)
        return {"status": status, "failureCount": self.failed, "threshold": self.threshold}

    def _watched(self) -> dict[str, Any]:
        if not self.alarms:
            return {"status": "DISABLED"}
        # They go into ALARM when it fails.
        triggered = list(self.story.alarms) if self.status not in ("PENDING", "IN_PROGRESS") else []
        status = self._watch(triggered=bool(triggered))
        return {"status": status, "alarmNames": self.alarms["alarmNames"], "triggeredAlarmNames": triggered}

    def _watch(self, triggered: bool) -> str:
        if triggered:
            return "TRIGGERED"
        return "MONITORING_COMPLETE" if self.status in ("SUCCESSFUL", "STOPPED") else "MONITORING"

    def row(self, primary: bool, desired: int) -> dict[str, Any]:
        """As DescribeServices shows it, among the deployments of the service."""
        running, pending = self.count()
        words = {
            "COMPLETED": f"ECS deployment {self.id} completed.",
            "FAILED": "ECS deployment failed: alarm detected."
            if self.story.alarms
            else "ECS deployment circuit breaker: tasks failed to start.",
            "IN_PROGRESS": f"ECS deployment {self.id} in progress.",
        }
        revision = self.revision.settings
        kept = ("capacityProviderStrategy", "launchType", "networkConfiguration", "platformFamily", "platformVersion")
        return {
            "id": self.id,
            "status": "PRIMARY" if primary else "ACTIVE",
            "taskDefinition": revision["taskDefinition"],
            "desiredCount": desired if primary else len(self.alive),
            "pendingCount": pending,
            "runningCount": running,
            "failedTasks": self.failed,
            "createdAt": self.created,
            "updatedAt": self.updated,
            "rolloutState": self.rollout_state,
            "rolloutStateReason": words[self.rollout_state],
            **{name: revision[name] for name in kept if name in revision},
        }


class Revision:
    """A service revision: the settings that a deployment brings. They never change."""

    def __init__(self, service: Any, arn: str) -> None:
        self.arn, self.service, self.cluster = arn, service.arn, service.cluster_arn
        self.created = utcnow()
        strategy = getattr(service, "capacity_provider_strategy", None)
        self.definition = service._backend.describe_task_definition(service.task_definition)
        self.settings = given(
            taskDefinition=service.task_definition,
            capacityProviderStrategy=strategy,
            launchType=None if strategy else service.launch_type,
            platformVersion="1.4.0",
            platformFamily="Linux",
            loadBalancers=service.load_balancers or None,
            serviceRegistries=service.service_registries or None,
            networkConfiguration=service.network_configuration or None,
        )

    @property
    def target_group(self) -> str:
        """The ARN of its first target group; empty if nothing balances it."""
        return next((each["targetGroupArn"] for each in self.settings.get("loadBalancers") or []), "")

    def shown(self) -> dict[str, Any]:
        """As DescribeServiceRevisions shows it."""
        images = [{"containerName": c["name"], "image": c["image"]} for c in self.definition.container_definitions]
        return {
            "serviceRevisionArn": self.arn,
            "serviceArn": self.service,
            "clusterArn": self.cluster,
            "containerImages": images,
            "guardDutyEnabled": False,
            "createdAt": self.created,
            **self.settings,
        }


def _arn(service: Any, kind: str, identifier: str) -> str:
    """`arn:aws:ecs:REGION:ACCOUNT:KIND/CLUSTER/SERVICE/ID`."""
    return service.arn.replace(":service/", f":{kind}/") + f"/{identifier}"
