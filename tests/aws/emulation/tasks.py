"""Tasks: how they begin, run and end, and what DescribeTasks shows of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Address
from itertools import count
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends

from emulation import logs, secrets
from emulation.answers import given
from emulation.ends import ENDS, NEVER, NO_STREAM, End
from emulation.life import Life, Phase
from emulation.run import Process
from emulation.told import TOLD, ContainerStory, Run, TaskStory, Unsaid

# Ids are the same in each run of a server, as long as it is asked for the same.
IDS = random.Random(8)
# Each task has an address of its own.
ADDRESSES = map(IPv4Address, count(int(IPv4Address("10.0.1.0"))))


def identifier() -> str:
    """An id as tasks have it."""
    return f"{IDS.getrandbits(128):032x}"


@dataclass
class Container:
    """A container of a task, by its definition."""

    definition: dict[str, Any]
    arn: str
    exit_code: int | None = None
    reason: str | None = None
    started: bool = False

    @property
    def name(self) -> str:
        """Its name, which is one in the task."""
        return self.definition["name"]

    @property
    def essential(self) -> bool:
        """Whether the task ends with it."""
        return self.definition.get("essential", True)


class Task:
    """A task of a definition, alone or of a service."""

    def __init__(
        self,
        backend: Any,
        cluster: Any,
        definition: Any,
        story: TaskStory,
        asked: dict[str, Any],
        of_service: bool = False,
    ) -> None:
        self._backend, self._story, self._asked, self._of_service = backend, story, asked, of_service
        self.definition, self.cluster_arn, self.id = definition, cluster.arn, identifier()
        prefix = f"arn:aws:ecs:{backend.region_name}:{backend.account_id}"
        self.task_arn = f"{prefix}:task/{cluster.name}/{self.id}"
        self.tags: list[dict[str, str]] = asked.get("tags") or []
        self.group = asked.get("group") or f"family:{definition.family}"
        self.started_by = asked.get("startedBy") or ""
        self.times: dict[str, datetime] = {"createdAt": utcnow()}
        self.containers = [
            Container(each, f"{prefix}:container/{cluster.name}/{self.id}/{identifier()}")
            for each in definition.container_definitions
        ]
        self.stop_code = self.stopped_reason = None
        self.network = ((asked.get("networkConfiguration") or {}).get("awsvpcConfiguration")) or {}
        self._interface: Any = None
        self.address = str(next(ADDRESSES))
        self._run: Run | None = None
        self._process: Process | None = None
        self.life = Life(*self._phases())

    def _phases(self) -> list[Phase]:
        """What is told, unless the task cannot start."""
        story = self._story
        self.end = ENDS[story.ends]
        refused = None if self._of_service else self._refused()
        if refused:
            self.end = End("TaskFailedToStart", refused)
        first = [("MISSING", story.missing), ("PROVISIONING", story.provisioning), ("PENDING", story.pending)]
        last: list[Phase] = [("DEPROVISIONING", story.deprovisioning), ("STOPPED", None)]
        if self.end.code == "TaskFailedToStart":
            return [*first, *last]
        self._run = None if self._of_service else TOLD.story("run", self.definition.family)
        return [*first, ("RUNNING", None if self._run else story.running), *last]

    def _refused(self) -> str | None:
        for container in self.definition.container_definitions:
            if logs.lacks_group(self._backend, container):
                return NO_STREAM
            try:
                secrets.variables(self._backend, container)
            except secrets.Unreadable as error:
                return str(error)
        return None

    @property
    def known(self) -> bool:
        """Whether ECS knows it already."""
        return self.life.state != "MISSING"

    @property
    def running(self) -> bool:
        """Whether its containers run."""
        return self.life.state == "RUNNING"

    @property
    def stopped(self) -> bool:
        """Whether it runs no longer, and will not again: its desired status."""
        return self.stop_code is not None

    @property
    def overrides(self) -> dict[str, Any]:
        """What RunTask said of the containers, by name."""
        return {each["name"]: each for each in (self._asked.get("overrides") or {}).get("containerOverrides") or []}

    def attach(self) -> None:
        """Gives it an interface in its subnet, which is in the way of whoever deletes that."""
        ec2 = ec2_backends[self._backend.account_id][self._backend.region_name]
        groups = self.network.get("securityGroups") or []
        subnet = self.network["subnets"][0]
        self._interface = ec2.create_network_interface(
            subnet, self.address, group_ids=groups, description="task of ECS"
        )
        self._interface.status = "in-use"

    def settle(self) -> None:
        """Enters the states whose time has come."""
        for state in self.life.moves():
            if state == "RUNNING":
                self._start()
            elif state in ("DEPROVISIONING", "STOPPED"):
                self._end()
            if state == "STOPPED":
                self.times["stoppedAt"] = utcnow()
                self._detach()

    def stop(self, end: End, reason: str | None = None) -> None:
        """Ends it from outside; processes are asked to, and may take their time."""
        if self.stopped:
            return
        self.end = replace(end, reason=reason or end.reason)
        if self._process:
            self._say()
            self._process.stop()
        else:
            self.exited()

    def exited(self) -> None:
        """Its containers have ended."""
        self.life.turn(("DEPROVISIONING", self._story.deprovisioning), ("STOPPED", None))
        self.settle()

    def _start(self) -> None:
        self.times["startedAt"] = utcnow()
        streams = {}
        for container in self.containers:
            container.started = True
            told = self._told(container)
            streams[container.name] = logs.opened(self._backend, container.definition, self.id, told.log)
        if self._run:
            self._process = Process(self, self._backend, streams, self._run)
            self._process.begin()

    def _end(self) -> None:
        if "executionStoppedAt" in self.times:
            return
        self._say()
        self.times["executionStoppedAt"] = utcnow()
        # Processes have codes of their own.
        for container in [] if self._process else self.containers:
            self._end_container(container)

    def _say(self) -> None:
        """From now on it is to stop, and for this reason."""
        self.times.setdefault("stoppingAt", utcnow())
        self.stop_code, self.stopped_reason = self.end.code, self._filled(self.end.reason)

    def _end_container(self, container: Container) -> None:
        told = self._told(container)
        if container.started:
            said = not isinstance(told.exit_code, Unsaid)
            container.exit_code = told.exit_code if said else self.end.exit_code
        never = NEVER if container.started and container.exit_code is None else None
        container.reason = told.reason or self._filled(self.end.container, container) or never

    def _told(self, container: Container) -> ContainerStory:
        return self._story.containers.get(container.name, ContainerStory())

    def _filled(self, words: str | None, container: Container | None = None) -> str | None:
        """Puts what is this task's own into ECS's words."""
        if words is None:
            return None
        definition = (container or self.containers[0]).definition
        secret = next((each["valueFrom"] for each in definition.get("secrets") or []), "*")
        role = (getattr(self.definition, "execution_role_arn", "") or "").replace(":iam:", ":sts:")
        facts = {"image": definition["image"], "task": self.id, "secret": secret, **self._asked.get("facts", {})}
        facts["role"] = role.replace(":role/", ":assumed-role/")
        for place, fact in facts.items():
            words = words.replace(f"{{{place}}}", fact)
        return words

    def _detach(self) -> None:
        if self._interface is not None:
            ec2_backends[self._backend.account_id][self._backend.region_name].delete_network_interface(
                self._interface.id
            )
            self._interface = None

    def shown(self, tags: bool = False) -> dict[str, Any]:
        """As DescribeTasks shows it."""
        definition = self.definition
        return given(
            attachments=self._attachments(),
            capacityProviderName=self._asked.get("capacityProvider"),
            clusterArn=self.cluster_arn,
            connectivity="CONNECTED" if self.running else None,
            containers=[self._shown_container(each) for each in self.containers],
            cpu=definition.cpu,
            desiredStatus="STOPPED" if self.stopped else "RUNNING",
            enableExecuteCommand=bool(self._asked.get("enableExecuteCommand")),
            group=self.group,
            healthStatus="UNKNOWN",
            lastStatus=self.life.state if self.known and self.life.state else "PROVISIONING",
            launchType="FARGATE",
            memory=definition.memory,
            overrides={
                "containerOverrides": [self.overrides.get(each.name, {"name": each.name}) for each in self.containers],
                "inferenceAcceleratorOverrides": [],
            },
            platformFamily="Linux",
            platformVersion="1.4.0",
            startedBy=self.started_by or None,
            stopCode=self.stop_code,
            stoppedReason=self.stopped_reason,
            tags=self.tags if tags else [],
            taskArn=self.task_arn,
            taskDefinitionArn=definition.arn,
            version=1,
            **self.times,
        )

    def _attachments(self) -> list[dict[str, Any]]:
        if not self.network:
            return []
        details = {"subnetId": self.network["subnets"][0], "privateIPv4Address": self.address}
        if self._interface is not None:
            details |= {"networkInterfaceId": self._interface.id, "macAddress": self._interface.mac_address}
        return [
            {
                "id": self.id,
                "type": "ElasticNetworkInterface",
                "status": "DELETED" if self.life.state == "STOPPED" else "ATTACHED",
                "details": [{"name": name, "value": value} for name, value in details.items()],
            }
        ]

    def _shown_container(self, container: Container) -> dict[str, Any]:
        state = {"RUNNING": "RUNNING", "DEPROVISIONING": "STOPPED", "STOPPED": "STOPPED"}.get(
            self.life.state, "PENDING"
        )
        if self._process and container.exit_code is not None:
            state = "STOPPED"
        interface = {"attachmentId": self.id, "privateIpv4Address": self.address}
        return given(
            containerArn=container.arn,
            cpu=str(container.definition.get("cpu", 0)),
            exitCode=container.exit_code,
            healthStatus="UNKNOWN",
            image=container.definition["image"],
            lastStatus=state,
            name=container.name,
            networkBindings=[],
            networkInterfaces=[interface] if self.network else [],
            reason=container.reason,
            runtimeId=f"{self.id}-{container.name}" if container.started else None,
            taskArn=self.task_arn,
        )
