"""ECS: clusters, their capacity providers, and services."""

from __future__ import annotations

from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, pages, tag_list, tag_map, tagged
from standin.resources.lb import group, listeners_of
from standin.values import UNKNOWN, Props


def update_tags(aws: Aws, arn: str, change: Change) -> None:
    """Brings the tags of anything in ECS up to date."""
    changed, gone = change.tags()
    if gone:
        aws.ecs.untag_resource(resourceArn=arn, tagKeys=gone)
    if changed:
        aws.ecs.tag_resource(resourceArn=arn, tags=tag_list(changed, "key", "value"))


# Clusters.


def cluster(aws: Aws, name: str) -> dict[str, Any] | None:
    """A cluster that is not deleted, by name or ARN."""
    shown = aws.ecs.describe_clusters(clusters=[name], include=["TAGS", "SETTINGS", "CONFIGURATIONS"])["clusters"]
    return shown[0] if shown and shown[0]["status"] == "ACTIVE" else None


def services_of(aws: Aws, name: str) -> list[str]:
    """Names of the services that a cluster has."""
    arns = pages(aws.ecs, "list_services", "serviceArns", cluster=name)
    shown = [
        s
        for at in range(0, len(arns), 10)
        for s in aws.ecs.describe_services(cluster=name, services=arns[at : at + 10])["services"]
    ]
    return [service["serviceName"] for service in shown if service["status"] == "ACTIVE"]


def _check_sessions(props: Props) -> None:
    """Refuses sessions that are written somewhere of one's own, but not where."""
    sessions = (props.get("configuration") or {}).get("executeCommandConfiguration") or {}
    if sessions.get("logging") == "OVERRIDE" and not sessions.get("logConfiguration"):
        raise Refused("InvalidParameterException: logging `OVERRIDE` needs a `logConfiguration`")


def create_cluster(aws: Aws, props: Props) -> str:
    """Makes a cluster."""
    _check_sessions(props)
    arguments = given(
        clusterName=props["name"],
        settings=props.get("settings"),
        configuration=props.get("configuration"),
        serviceConnectDefaults=props.get("serviceConnectDefaults"),
        tags=tag_list(props.get("tags"), "key", "value") or None,
    )
    return aws.ecs.create_cluster(**arguments)["cluster"]["clusterArn"]


def read_cluster(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a cluster."""
    shown = cluster(aws, identifier)
    if shown is None:
        return None
    return {
        "arn": shown["clusterArn"],
        "configuration": shown.get("configuration") or None,
        "name": shown["clusterName"],
        "serviceConnectDefaults": shown.get("serviceConnectDefaults") or None,
        "settings": shown.get("settings", []),
        **tagged(tag_map(shown.get("tags"), "key", "value")),
    }


def update_cluster(aws: Aws, identifier: str, change: Change) -> None:
    """Changes settings and tags of a cluster."""
    _check_sessions(change.new)
    arguments = change.only("settings", "configuration", "serviceConnectDefaults")
    if arguments:
        aws.ecs.update_cluster(cluster=identifier, **given(**arguments))
    update_tags(aws, identifier, change)


def delete_cluster(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a cluster in which nothing runs."""
    if cluster(aws, identifier) is None:
        return
    left = services_of(aws, identifier)
    if left:
        raise Refused(f"ClusterContainsServicesException: cluster `{identifier}` has services: {left}")
    running = pages(aws.ecs, "list_tasks", "taskArns", cluster=identifier, desiredStatus="RUNNING")
    if running:
        raise Refused(f"ClusterContainsTasksException: cluster `{identifier}` has tasks: {running}")
    aws.ecs.delete_cluster(cluster=identifier)


# Capacity providers of a cluster.


def _strategy(items: list[Props] | None) -> list[dict[str, Any]]:
    return [
        given(capacityProvider=i["capacityProvider"], base=i.get("base"), weight=i.get("weight")) for i in items or []
    ]


def _put_providers(aws: Aws, props: Props) -> None:
    aws.ecs.put_cluster_capacity_providers(
        cluster=props["clusterName"],
        capacityProviders=props.get("capacityProviders") or [],
        defaultCapacityProviderStrategy=_strategy(props.get("defaultCapacityProviderStrategies")),
    )


def create_providers(aws: Aws, props: Props) -> str:
    """Associates capacity providers with a cluster."""
    if cluster(aws, props["clusterName"]) is None:
        raise Refused(f"ClusterNotFoundException: there is no cluster `{props['clusterName']}`")
    strange = {i["capacityProvider"] for i in props.get("defaultCapacityProviderStrategies") or []}
    strange -= set(props.get("capacityProviders") or [])
    if strange:
        raise Refused(
            f"InvalidParameterException: the strategy names providers that are not associated: {sorted(strange)}"
        )
    _put_providers(aws, props)
    return props["clusterName"]


def read_providers(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads the association."""
    shown = cluster(aws, identifier)
    if shown is None:
        return None
    return {
        "capacityProviders": shown.get("capacityProviders") or [],
        "clusterName": shown["clusterName"],
        "defaultCapacityProviderStrategies": _strategy(shown.get("defaultCapacityProviderStrategy")),
    }


def update_providers(aws: Aws, _identifier: str, change: Change) -> None:
    """Changes the association."""
    if change.touches("capacityProviders", "defaultCapacityProviderStrategies"):
        _put_providers(aws, change.new)


def delete_providers(aws: Aws, identifier: str, _state: Props) -> None:
    """Takes the providers away from a cluster; AWS refuses that as long as services use them."""
    if cluster(aws, identifier) is None:
        return
    left = services_of(aws, identifier)
    if left:
        raise Refused(
            f"ResourceInUseException: the capacity providers of `{identifier}` are in use by services: {left}"
        )
    _put_providers(aws, {"clusterName": identifier})


# Services.

# Properties that go into `create_service` and `update_service` as they are, by the name of the API.
PLAIN = {
    "availabilityZoneRebalancing": "availabilityZoneRebalancing",
    "deploymentController": "deploymentController",
    "desiredCount": "desiredCount",
    "enableEcsManagedTags": "enableECSManagedTags",
    "enableExecuteCommand": "enableExecuteCommand",
    "healthCheckGracePeriodSeconds": "healthCheckGracePeriodSeconds",
    "platformVersion": "platformVersion",
    "propagateTags": "propagateTags",
    "taskDefinition": "taskDefinition",
}
DEPLOYMENT = ("alarms", "deploymentMaximumPercent", "deploymentMinimumHealthyPercent", "deploymentCircuitBreaker")
BALANCER = {"targetGroupArn": "targetGroupArn", "containerName": "containerName", "containerPort": "containerPort"}
REGISTRY = {
    "registryArn": "registryArn",
    "containerName": "containerName",
    "containerPort": "containerPort",
    "port": "port",
}


def _picked(value: Props, names: dict[str, str]) -> dict[str, Any]:
    return {new: value[old] for old, new in names.items() if value.get(old) is not None}


def _network(value: Props) -> dict[str, Any]:
    public = "ENABLED" if value.get("assignPublicIp") else "DISABLED"
    groups = value.get("securityGroups") or []
    return {"awsvpcConfiguration": {"subnets": value["subnets"], "securityGroups": groups, "assignPublicIp": public}}


def _deployment(props: Props) -> dict[str, Any]:
    return given(
        maximumPercent=props.get("deploymentMaximumPercent"),
        minimumHealthyPercent=props.get("deploymentMinimumHealthyPercent"),
        deploymentCircuitBreaker=props.get("deploymentCircuitBreaker"),
        alarms=props.get("alarms"),
    )


def _arguments(props: Props) -> dict[str, Any]:
    """What making and changing a service have in common."""
    arguments = {argument: props[name] for name, argument in PLAIN.items() if props.get(name) is not None}
    if props.get("capacityProviderStrategies") is not None:
        arguments["capacityProviderStrategy"] = _strategy(props["capacityProviderStrategies"])
    if props.get("loadBalancers") is not None:
        arguments["loadBalancers"] = [_picked(item, BALANCER) for item in props["loadBalancers"]]
    if props.get("networkConfiguration"):
        arguments["networkConfiguration"] = _network(props["networkConfiguration"])
    if props.get("serviceRegistries"):
        arguments["serviceRegistries"] = [_picked(props["serviceRegistries"], REGISTRY)]
    return arguments


def _check_definition(aws: Aws, props: Props) -> None:
    """The revision must be ACTIVE and have the containers and ports that balancers and registries name."""
    name = props.get("taskDefinition")
    shown = found(lambda: aws.ecs.describe_task_definition(taskDefinition=name), "ClientException") if name else None
    if shown is None or shown["taskDefinition"]["status"] != "ACTIVE":
        raise Refused(f"ClientException: there is no active task definition `{name}`")
    definition = shown["taskDefinition"]
    ports = {(c["name"], m["containerPort"]) for c in definition["containerDefinitions"] for m in c["portMappings"]}
    for balancer in props.get("loadBalancers") or []:
        if (balancer["containerName"], balancer["containerPort"]) not in ports:
            raise Refused(
                f"InvalidParameterException: the task definition has no container with the port of {balancer}"
            )
    if definition["networkMode"] == "awsvpc" and not props.get("networkConfiguration"):
        raise Refused("InvalidParameterException: network mode `awsvpc` needs `networkConfiguration`")


def _check_balancers(aws: Aws, props: Props) -> None:
    for balancer in props.get("loadBalancers") or []:
        arn = balancer.get("targetGroupArn") or ""
        if group(aws, arn) is None:
            raise Refused(f"InvalidParameterException: there is no target group `{arn}`")
        if not listeners_of(aws, arn):
            raise Refused(
                f"InvalidParameterException: the target group `{arn}` does not have an associated load balancer"
            )


def _check_capacity(aws: Aws, props: Props) -> None:
    shown = cluster(aws, props.get("cluster") or "default")
    if shown is None:
        raise Refused(f"ClusterNotFoundException: there is no cluster `{props.get('cluster')}`")
    strategy = props.get("capacityProviderStrategies") or []
    if strategy and props.get("launchType"):
        raise Refused(
            "InvalidParameterException: a service has a launch type or a capacity provider strategy, not both"
        )
    strange = {item["capacityProvider"] for item in strategy} - set(shown.get("capacityProviders") or [])
    if strange:
        raise Refused(
            f"InvalidParameterException: capacity providers not associated with the cluster: {sorted(strange)}"
        )
    if sum(1 for item in strategy if item.get("base")) > 1:
        raise Refused("InvalidParameterException: only one capacity provider of a strategy can have a `base`")


def _check_percentages(props: Props) -> None:
    least, most = props.get("deploymentMinimumHealthyPercent", 100), props.get("deploymentMaximumPercent", 200)
    if least >= most:
        raise Refused(
            f"InvalidParameterException: `deploymentMaximumPercent` {most} must be greater than the minimum {least}"
        )
    if props.get("availabilityZoneRebalancing") == "ENABLED" and most <= 100:
        raise Refused("InvalidParameterException: zone rebalancing needs a `deploymentMaximumPercent` greater than 100")


def _check_alarms(aws: Aws, props: Props) -> None:
    """Refuses alarms without a name, and such that are not there: ECS takes those, and watches nothing."""
    alarms = props.get("alarms")
    if alarms is None:
        return
    if not alarms["alarmNames"]:
        raise Refused("missing required field, DeploymentConfiguration.Alarms.AlarmNames")
    shown = aws.cloudwatch.describe_alarms(AlarmNames=alarms["alarmNames"])
    missing = set(alarms["alarmNames"]) - {alarm["AlarmName"] for alarm in shown["MetricAlarms"]}
    if alarms["enable"] and missing:
        raise Refused(f"the service would watch alarms that are not there, which ECS does not say: {sorted(missing)}")


def create_service(aws: Aws, props: Props) -> str:
    """Makes a service; everything that it refers to must be there and in use already."""
    cluster_name = props.get("cluster") or "default"
    _check_capacity(aws, props)
    _check_definition(aws, props)
    _check_balancers(aws, props)
    _check_percentages(props)
    _check_alarms(aws, props)
    if props["name"] in services_of(aws, cluster_name):
        raise Refused(f"InvalidParameterException: creation of service `{props['name']}` was not idempotent")
    arguments = given(
        cluster=cluster_name,
        serviceName=props["name"],
        launchType=props.get("launchType"),
        schedulingStrategy=props.get("schedulingStrategy"),
        deploymentConfiguration=_deployment(props) or None,
        tags=tag_list(props.get("tags"), "key", "value") or None,
    )
    return aws.ecs.create_service(**arguments, **_arguments(props))["service"]["serviceArn"]


def _find_service(aws: Aws, identifier: str, state: Props) -> dict[str, Any] | None:
    name = state.get("cluster") or identifier.split("/")[-2]
    if cluster(aws, name) is None:
        return None
    shown = aws.ecs.describe_services(cluster=name, services=[identifier], include=["TAGS"])["services"]
    return shown[0] if shown and shown[0]["status"] == "ACTIVE" else None


def read_service(aws: Aws, identifier: str, state: Props) -> Props | None:
    """Reads a service: its real revision and count, whoever set them."""
    shown = _find_service(aws, identifier, state)
    if shown is None:
        return None
    network = shown.get("networkConfiguration", {}).get("awsvpcConfiguration")
    deployment = shown.get("deploymentConfiguration", {})
    registries = shown.get("serviceRegistries", [])
    # The provider keeps the form, name or ARN, in which the cluster was given.
    clusters = (shown["clusterArn"], shown["clusterArn"].split("/")[-1])
    return {
        **{name: shown.get(argument) for name, argument in PLAIN.items() if argument in shown},
        "arn": shown["serviceArn"],
        "capacityProviderStrategies": _strategy(shown.get("capacityProviderStrategy")),
        "cluster": state["cluster"] if state.get("cluster") in clusters else shown["clusterArn"],
        "alarms": deployment.get("alarms"),
        "deploymentCircuitBreaker": deployment.get("deploymentCircuitBreaker"),
        "deploymentMaximumPercent": deployment.get("maximumPercent", 200),
        "deploymentMinimumHealthyPercent": deployment.get("minimumHealthyPercent", 100),
        "launchType": None if shown.get("capacityProviderStrategy") else shown.get("launchType"),
        "loadBalancers": [_picked(item, BALANCER) for item in shown.get("loadBalancers", [])],
        "name": shown["serviceName"],
        "networkConfiguration": {
            "assignPublicIp": network.get("assignPublicIp") == "ENABLED",
            "securityGroups": network.get("securityGroups", []),
            "subnets": network["subnets"],
        }
        if network
        else None,
        "schedulingStrategy": shown.get("schedulingStrategy", "REPLICA"),
        "serviceRegistries": _picked(registries[0], REGISTRY) if registries else None,
        **tagged(tag_map(shown.get("tags"), "key", "value")),
    }


def _refuse_other_port(change: Change) -> None:
    """A live service keeps the port of its container."""
    if not change.touches("loadBalancers"):
        return
    old = {item["containerName"]: item["containerPort"] for item in change.old.get("loadBalancers") or []}
    for item in change.new.get("loadBalancers") or []:
        if old.get(item["containerName"], item["containerPort"]) != item["containerPort"]:
            raise Refused(
                f"InvalidParameterException: unable to change the port of `{item['containerName']}` on a live service"
            )


def update_service(aws: Aws, identifier: str, change: Change) -> None:
    """Sends what differs, and nothing of what somebody else owns now. Whatever it is, but tags, a forced deployment
    goes with it, and restarts the tasks."""
    _refuse_other_port(change)
    new = change.new
    wanted = change.only(
        *PLAIN, *DEPLOYMENT, "capacityProviderStrategies", "loadBalancers", "networkConfiguration", "serviceRegistries"
    )
    if "taskDefinition" in wanted:
        _check_definition(aws, new)
    if "capacityProviderStrategies" in wanted:
        _check_capacity(aws, new)
    if "loadBalancers" in wanted:
        _check_balancers(aws, new)
    _check_percentages(new)
    arguments = _arguments(wanted)
    if "alarms" in wanted:
        # Of alarms that are no longer given the provider sends all but the names, which its SDK wants.
        _check_alarms(aws, {"alarms": wanted["alarms"] or {"alarmNames": []}})
    if any(name in wanted for name in DEPLOYMENT):
        arguments["deploymentConfiguration"] = _deployment(new)
    if change.names - {"forceDelete", "tags"}:
        forced = given(forceNewDeployment=new.get("forceNewDeployment"))
        aws.ecs.update_service(cluster=new.get("cluster") or "default", service=identifier, **arguments, **forced)
    update_tags(aws, identifier, change)


def plan_service(state: Props, news: Props) -> frozenset[str]:
    """A capacity provider strategy changes in place, but only with a forced deployment."""

    def strategy(props: Props) -> Any:
        items = props.get("capacityProviderStrategies") or []
        return items is UNKNOWN or sorted(
            (str(i["capacityProvider"]), i.get("base") or 0, i.get("weight") or 0) for i in items
        )

    if strategy(state) != strategy(news) and not news.get("forceNewDeployment"):
        raise Refused("force_new_deployment should be true when capacity_provider_strategy is being updated")
    return frozenset()


def suppress_service(state: Props, news: Props) -> frozenset[str]:
    """Tags that are propagated from nowhere are what is propagated when nothing is said, and so it is with no alarms."""
    same = {"propagateTags"} if state.get("propagateTags") == "NONE" and not news.get("propagateTags") else set()
    none = {"alarms"} if not any((state.get("alarms") or {}).values()) and not news.get("alarms") else set()
    return frozenset(same | none)


def delete_service(aws: Aws, identifier: str, state: Props) -> None:
    """Lets the service drain, then deletes it."""
    shown = _find_service(aws, identifier, state)
    if shown is None:
        return
    name = shown["clusterArn"]
    if shown["desiredCount"] and shown.get("schedulingStrategy") != "DAEMON":
        aws.ecs.update_service(cluster=name, service=identifier, desiredCount=0)
    aws.ecs.delete_service(cluster=name, service=identifier, force=bool(state.get("forceDelete")))


RESOURCES: dict[str, Resource] = {
    "aws:ecs/cluster:Cluster": Resource(create_cluster, read_cluster, delete_cluster, update_cluster),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Resource(
        create_providers, read_providers, delete_providers, update_providers
    ),
    "aws:ecs/service:Service": Resource(
        create_service,
        read_service,
        delete_service,
        update_service,
        plan=plan_service,
        suppress=suppress_service,
        state_only=frozenset({"forceNewDeployment", "forceDelete", "sigintRollback", "triggers", "waitForSteadyState"}),
    ),
}
FUNCTIONS: dict[str, Function] = {}
