"""Target groups of services: what the load balancer says of the health of each task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.elbv2.responses import ELBV2Response

from emulation.answers import answers, given
from emulation.deployments import Deployment
from emulation.services import everywhere
from emulation.tasks import Task

_describe = ELBV2Response.describe_target_health


@answers(ELBV2Response, "describe_target_health")
def describe_target_health(self: Any) -> dict[str, Any]:
    """Shows the tasks of services that are registered, and what somebody registered by hand."""
    wanted = {target["Id"] for target in self._get_param("Targets") or []}
    own = [each for each in targets(self._get_param("TargetGroupArn")) if not wanted or each["Target"]["Id"] in wanted]
    if own:
        return {"TargetHealthDescriptions": own}
    others = _describe(self).result["TargetHealthDescriptions"]
    return {"TargetHealthDescriptions": [_plain(each) for each in others]}


def targets(group: str) -> Iterator[dict[str, Any]]:
    """The tasks that a target group has, by the services that name it."""
    for each in everywhere():
        balancers = [b for b in each.service.load_balancers or [] if b.get("targetGroupArn") == group]
        for deployment in each.deployments if balancers else []:
            for task in deployment.alive:
                if task.running:
                    yield _description(task, balancers[0]["containerPort"], _health(deployment))


def _health(deployment: Deployment) -> dict[str, str]:
    told = deployment.story.health
    if told:
        return given(State=told.state, Reason=told.reason, Description=told.description)
    return {"State": "healthy"}


def _description(task: Task, port: int, health: dict[str, str]) -> dict[str, Any]:
    return {
        "Target": {"Id": task.address, "Port": port},
        "HealthCheckPort": str(port),
        "TargetHealth": health,
    }


def _plain(described: Any) -> dict[str, Any]:
    """As a dictionary; moto has objects."""
    target, health = described.target, {k: v for k, v in described.target_health.items() if v is not None}
    return {
        "Target": {"Id": target["Id"], **({"Port": int(target["Port"])} if target.get("Port") else {})},
        "TargetHealth": health,
    }
