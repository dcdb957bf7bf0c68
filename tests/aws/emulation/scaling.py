"""What Application Auto Scaling does and moto does not: a service's count is brought between the bounds, targets have
tags and take their policies with them, and a policy that changes stays the one that it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend as Backend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Response

from emulation.answers import answers
from emulation.patch import replaced
from emulation.services import scheduler

# What AWS shows of a target of which nothing was said.
RUNNING = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}
ROLE = (
    "arn:aws:iam::{}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_ECSService"
)

_register = Response.register_scalable_target


@answers(Response, "register_scalable_target")
def register_scalable_target(self: Any) -> dict[str, Any]:
    """Makes or changes a target. What it scales is brought between the bounds at once."""
    _register(self)
    backend, asked = self.applicationautoscaling_backend, json.loads(self.body)
    target = backend.targets[asked["ScalableDimension"]][asked["ResourceId"]]
    target.role_arn = target.role_arn or ROLE.format(backend.account_id)
    target.suspended_state = RUNNING | (target.suspended_state or {})
    _tags(target).update(asked.get("Tags") or {})
    _, cluster, name = target.resource_id.split("/")
    service = backend.ecs_backend.services[f"{cluster}:{name}"]
    desired = service.desired_count or 0
    wanted = min(max(desired, target.min_capacity), target.max_capacity)
    if wanted != desired and service.status == "ACTIVE":
        scheduler(service).scale(wanted)
    return {"ScalableTargetARN": target.arn}


def _tags(target: Any) -> dict[str, str]:
    return target.__dict__.setdefault("tags", {})


def _named(self: Any) -> dict[str, str]:
    """The tags of the target that a request names by its ARN."""
    arn, targets = json.loads(self.body)["ResourceARN"], self.applicationautoscaling_backend.targets
    return next(_tags(target) for group in targets.values() for target in group.values() if target.arn == arn)


@answers(Response, "list_tags_for_resource")
def list_tags_for_resource(self: Any) -> dict[str, Any]:
    """Shows the tags of a target."""
    return {"Tags": _named(self)}


@answers(Response, "tag_resource")
def tag_resource(self: Any) -> dict[str, Any]:
    """Sets tags of a target."""
    _named(self).update(json.loads(self.body)["Tags"])
    return {}


@answers(Response, "untag_resource")
def untag_resource(self: Any) -> dict[str, Any]:
    """Takes tags of a target away."""
    for key in json.loads(self.body)["TagKeys"]:
        _named(self).pop(key, None)
    return {}


@replaced(Backend, "deregister_scalable_target")
def deregister_scalable_target(
    original: Callable[..., Any], self: Any, namespace: str, r_id: str, dimension: str
) -> None:
    """Deletes a target, and its policies with it."""
    original(self, namespace, r_id, dimension)
    of = (namespace, r_id, dimension)
    for policy in list(self.policies.values()):
        if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == of:
            self.delete_scaling_policy(policy.policy_name, *of)


@replaced(Backend, "put_scaling_policy")
def put_scaling_policy(original: Callable[..., Any], self: Any, **said: Any) -> Any:
    """Makes or changes a policy: moto puts another one with further alarms in its place."""
    place = (said["service_namespace"], said["resource_id"], said["scalable_dimension"], said["policy_name"])
    before = self.policies.get("\t".join(place))
    policy = original(self, **said)
    if before is not None:
        policy.delete_alarms(self.account_id, self.region_name)
        policy.policy_arn, policy.alarms, policy.creation_time = before.policy_arn, before.alarms, before.creation_time
    return policy
