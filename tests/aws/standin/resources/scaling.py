"""Application Auto Scaling: the bounds of a service's count, and what it follows."""

from __future__ import annotations

import re
from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, given, pages, tagged
from standin.resources.ecs import services_of
from standin.values import Props

# What the calls name a target by.
PLACE = {
    "resourceId": "ResourceId",
    "scalableDimension": "ScalableDimension",
    "serviceNamespace": "ServiceNamespace",
}
BOUNDS = {"maxCapacity": "MaxCapacity", "minCapacity": "MinCapacity"}
OF_SERVICES = {"scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs"}
BY_REQUESTS = "ALBRequestCountPerTarget"
METRICS = ("ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization", BY_REQUESTS)


def _place(props: Props) -> dict[str, str]:
    return {argument: props[name] for name, argument in PLACE.items()}


def _service(props: Props) -> tuple[str, str]:
    """Cluster and name of the service that is scaled."""
    strange = {name: props[name] for name, value in OF_SERVICES.items() if props[name] != value}
    parts = props["resourceId"].split("/")
    if strange or len(parts) != 3 or parts[0] != "service":
        raise Refused(
            f"ValidationException: the stand-in scales services of ECS only, not {strange or props['resourceId']}"
        )
    return parts[1], parts[2]


# Targets.


def _target(aws: Aws, props: Props) -> dict[str, Any] | None:
    place = _place(props)
    place["ResourceIds"] = [place.pop("ResourceId")]
    targets = aws.application_autoscaling.describe_scalable_targets(**place)["ScalableTargets"]
    return targets[0] if targets else None


def _register(aws: Aws, props: Props, **more: Any) -> None:
    cluster, name = _service(props)
    if props["minCapacity"] > props["maxCapacity"]:
        raise Refused(
            f"ValidationException: the maximum capacity {props['maxCapacity']} is less than the minimum capacity "
            f"{props['minCapacity']}"
        )
    clusters = [arn.split("/")[-1] for arn in pages(aws.ecs, "list_clusters", "clusterArns")]
    if cluster not in clusters or name not in services_of(aws, cluster):
        raise Refused(f"ValidationException: ECS service doesn't exist: {props['resourceId']}")
    bounds = {argument: props[name] for name, argument in BOUNDS.items()}
    aws.application_autoscaling.register_scalable_target(**_place(props), **bounds, **more)


def create_target(aws: Aws, props: Props) -> str:
    """Says between which bounds a service's count is; AWS brings it there at once."""
    _register(aws, props, **given(Tags=props.get("tags") or None))
    return props["resourceId"]


def read_target(aws: Aws, _identifier: str, state: Props) -> Props | None:
    """Reads a target."""
    shown = _target(aws, state)
    if shown is None:
        return None
    arn, suspended = shown["ScalableTargetARN"], shown["SuspendedState"]
    tags = aws.application_autoscaling.list_tags_for_resource(ResourceARN=arn)["Tags"]
    return {
        **{name: shown[argument] for name, argument in {**PLACE, **BOUNDS}.items()},
        "arn": arn,
        "roleArn": shown["RoleARN"],
        "suspendedState": {name[0].lower() + name[1:]: value for name, value in suspended.items()},
        **tagged(tags or None),
    }


def update_target(aws: Aws, _identifier: str, change: Change) -> None:
    """Sends both bounds, whichever changes, and the tags by themselves."""
    if change.touches(*BOUNDS):
        _register(aws, change.new)
    changed, gone = change.tags()
    if gone:
        aws.application_autoscaling.untag_resource(ResourceARN=change.old["arn"], TagKeys=gone)
    if changed:
        aws.application_autoscaling.tag_resource(ResourceARN=change.old["arn"], Tags=changed)


def delete_target(aws: Aws, _identifier: str, state: Props) -> None:
    """Deletes a target, and with it its policies."""
    if _target(aws, state):
        aws.application_autoscaling.deregister_scalable_target(**_place(state))


# Policies.


def _check_label(aws: Aws, props: Props, metric: Props) -> None:
    """Requests are counted for a target group of the service, and its load balancer; nothing else has a label."""
    label = metric.get("resourceLabel")
    if metric["predefinedMetricType"] != BY_REQUESTS:
        if label:
            raise Refused(f"ValidationException: a resource label goes with {BY_REQUESTS} only")
        return
    if not re.fullmatch(r"app/[^/]+/[^/]+/targetgroup/[^/]+/[^/]+", label or ""):
        raise Refused(f"ValidationException: {BY_REQUESTS} needs a resource label of load balancer and target group")
    cluster, name = _service(props)
    shown = aws.ecs.describe_services(cluster=cluster, services=[name])["services"]
    groups = [balancer["targetGroupArn"] for each in shown for balancer in each.get("loadBalancers", [])]
    if not any(label.endswith(f"/{group.split(':')[-1]}") for group in groups):
        raise Refused(f"ValidationException: the target group of `{label}` is not attached to service `{name}`")


def _put(aws: Aws, props: Props) -> None:
    configuration = props.get("targetTrackingScalingPolicyConfiguration")
    if props.get("policyType") != "TargetTrackingScaling" or not configuration:
        raise Refused("the stand-in carries out policies of type `TargetTrackingScaling` only")
    if _target(aws, props) is None:
        raise Refused(
            f"ObjectNotFoundException: No scalable target registered for service namespace: {props['serviceNamespace']}, "
            f"resource ID: {props['resourceId']}, scalable dimension: {props['scalableDimension']}"
        )
    metric = configuration.get("predefinedMetricSpecification") or {}
    if metric.get("predefinedMetricType") not in METRICS:
        raise Refused(f"ValidationException: the metric of a service is one of {list(METRICS)}")
    _check_label(aws, props, metric)
    aws.application_autoscaling.put_scaling_policy(
        PolicyName=props["name"],
        PolicyType=props["policyType"],
        **_place(props),
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": configuration["targetValue"],
            "DisableScaleIn": bool(configuration.get("disableScaleIn")),
            "PredefinedMetricSpecification": given(
                PredefinedMetricType=metric["predefinedMetricType"], ResourceLabel=metric.get("resourceLabel")
            ),
        },
    )


def create_policy(aws: Aws, props: Props) -> str:
    """Says what a count follows. A policy of the name would be changed: AWS does not say that there is one."""
    _put(aws, props)
    return props["name"]


def _policy(aws: Aws, props: Props) -> dict[str, Any] | None:
    call = aws.application_autoscaling.describe_scaling_policies
    shown = call(PolicyNames=[props["name"]], **_place(props))["ScalingPolicies"]
    own = (props["name"], props["resourceId"])
    return next((policy for policy in shown if (policy["PolicyName"], policy["ResourceId"]) == own), None)


def read_policy(aws: Aws, _identifier: str, state: Props) -> Props | None:
    """Reads a policy, with the alarms that AWS has made for it."""
    shown = _policy(aws, state)
    if shown is None:
        return None
    followed = shown["TargetTrackingScalingPolicyConfiguration"]
    metric = followed["PredefinedMetricSpecification"]
    return {
        **{name: shown[argument] for name, argument in PLACE.items()},
        "alarmArns": [alarm["AlarmARN"] for alarm in shown["Alarms"]],
        "arn": shown["PolicyARN"],
        "name": shown["PolicyName"],
        "policyType": shown["PolicyType"],
        "targetTrackingScalingPolicyConfiguration": {
            "disableScaleIn": followed["DisableScaleIn"],
            "predefinedMetricSpecification": given(
                predefinedMetricType=metric["PredefinedMetricType"], resourceLabel=metric.get("ResourceLabel")
            ),
            "targetValue": followed["TargetValue"],
        },
    }


def update_policy(aws: Aws, _identifier: str, change: Change) -> None:
    """Puts the whole policy again, as the provider does."""
    if change.touches("policyType", "targetTrackingScalingPolicyConfiguration"):
        _put(aws, change.new)


def delete_policy(aws: Aws, _identifier: str, state: Props) -> None:
    """Deletes a policy, and with it its alarms."""
    if _policy(aws, state):
        aws.application_autoscaling.delete_scaling_policy(PolicyName=state["name"], **_place(state))


RESOURCES: dict[str, Resource] = {
    "aws:appautoscaling/target:Target": Resource(create_target, read_target, delete_target, update_target),
    "aws:appautoscaling/policy:Policy": Resource(create_policy, read_policy, delete_policy, update_policy),
}
FUNCTIONS: dict[str, Function] = {}
