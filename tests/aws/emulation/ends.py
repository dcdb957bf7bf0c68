"""How tasks end, in ECS's words.

The codes are those of the model. The texts are what people saw and posted; `{}` stands for the image, role or container
of the task.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulation.secrets import PULL, RETRIED


@dataclass(frozen=True)
class End:
    """Code and reason of a task, the exit code of its containers, and the reason of each."""

    code: str
    reason: str
    exit_code: int | None = None
    container: str | None = None


_EXITED = "Essential container in task exited"
_IMAGE = (
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
    "failed to resolve ref {image}: {image}: not found"
)
_DENIED = (
    f"{PULL} unable to retrieve secrets from ssm: {RETRIED} AccessDeniedException: User: {{role}}/{{task}} is not "
    "authorized to perform: ssm:GetParameters on resource: {secret} because no identity-based policy allows the "
    "ssm:GetParameters action status code: 400"
)
NO_STREAM = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to "
    "create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist."
)
NEVER = "CannotStartContainerError: the container never started"

ENDS = {
    "exited": End("EssentialContainerExited", _EXITED, 0),
    "imageNotFound": End("TaskFailedToStart", _IMAGE, container=_IMAGE),
    "secretNotReadable": End("TaskFailedToStart", _DENIED),
    "outOfMemory": End(
        "EssentialContainerExited", _EXITED, 137, "OutOfMemoryError: container killed due to memory usage"
    ),
    "spot": End("SpotInterruption", "Your Spot Task was interrupted.", 137),
    "unhealthy": End("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group {group})", 143),
    "unhealthyContainer": End("ServiceSchedulerInitiated", "Task failed container health checks", 143),
    "scaling": End("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment {deployment})", 143),
    "user": End("UserInitiated", "Task stopped by user", 143),
}
