"""Elastic Load Balancing: load balancers and target groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, pages, tag_list, tag_map, tagged
from standin.resources.network import where
from standin.values import Props

# The emulation takes such tags only as a list that is not empty.


def new_tags(props: Props) -> dict[str, Any]:
    """The tags of a new thing, as an argument."""
    return {"Tags": tag_list(props["tags"])} if props.get("tags") else {}


def tags_of(aws: Aws, arn: str) -> Props:
    """The outputs that say which tags a thing has."""
    return tagged(tag_map(aws.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]))


def update_tags(aws: Aws, arn: str, change: Change) -> None:
    """Brings the tags of anything in load balancing up to date."""
    changed, gone = change.tags()
    if gone:
        aws.elbv2.remove_tags(ResourceArns=[arn], TagKeys=gone)
    if changed:
        aws.elbv2.add_tags(ResourceArns=[arn], Tags=tag_list(changed))


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_value(text: str, like: str) -> Any:
    return {"boolean": text == "true", "number": int(text) if text.isdigit() else None}.get(like, text)


# Load balancers.

# Property, its attribute, its type.
BALANCER_ATTRIBUTES = {
    "clientKeepAlive": ("client_keep_alive.seconds", "number"),
    "desyncMitigationMode": ("routing.http.desync_mitigation_mode", "string"),
    "dropInvalidHeaderFields": ("routing.http.drop_invalid_header_fields.enabled", "boolean"),
    "enableDeletionProtection": ("deletion_protection.enabled", "boolean"),
    "enableHttp2": ("routing.http2.enabled", "boolean"),
    "enableTlsVersionAndCipherSuiteHeaders": ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "boolean"),
    "enableWafFailOpen": ("waf.fail_open.enabled", "boolean"),
    "enableXffClientPort": ("routing.http.xff_client_port.enabled", "boolean"),
    "idleTimeout": ("idle_timeout.timeout_seconds", "number"),
    "preserveHostHeader": ("routing.http.preserve_host_header.enabled", "boolean"),
    "xffHeaderProcessingMode": ("routing.http.xff_header_processing.mode", "string"),
}
LOGS = {"enabled": "access_logs.s3.enabled", "bucket": "access_logs.s3.bucket", "prefix": "access_logs.s3.prefix"}


def _balancer_attributes(props: Props) -> list[dict[str, str]]:
    wanted = {
        key: _as_text(props[name]) for name, (key, _) in BALANCER_ATTRIBUTES.items() if props.get(name) is not None
    }
    logs = props.get("accessLogs") or {}
    wanted |= {LOGS[name]: _as_text(value) for name, value in logs.items()}
    return [{"Key": key, "Value": text} for key, text in wanted.items()]


def _check_logs(aws: Aws, props: Props) -> None:
    """Load balancing writes a first object at once: into a bucket with S3's own key, whose policy lets it."""
    logs = props.get("accessLogs") or {}
    if not logs.get("enabled"):
        return
    refusal = (
        f"InvalidConfigurationRequest: Access Denied for bucket: {logs['bucket']}. Please check S3bucket permission"
    )
    policy = found(lambda: aws.s3.get_bucket_policy(Bucket=logs["bucket"]))
    if not policy or "logdelivery.elasticloadbalancing.amazonaws.com" not in policy["Policy"]:
        raise Refused(refusal)
    rules = aws.s3.get_bucket_encryption(Bucket=logs["bucket"])["ServerSideEncryptionConfiguration"]["Rules"]
    if any(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] != "AES256" for rule in rules):
        raise Refused(refusal)


def _balancer(aws: Aws, arn: str) -> dict[str, Any] | None:
    answer = found(lambda: aws.elbv2.describe_load_balancers(LoadBalancerArns=[arn]))
    return answer["LoadBalancers"][0] if answer and answer["LoadBalancers"] else None


def create_balancer(aws: Aws, props: Props) -> str:
    """Makes a load balancer in at least two zones; a public one needs an internet gateway."""
    subnets = aws.ec2.describe_subnets(SubnetIds=props["subnets"])["Subnets"]
    zones = {subnet["AvailabilityZone"] for subnet in subnets}
    if len(zones) < 2 or len(zones) < len(subnets):
        raise Refused("ValidationError: at least two subnets in two different availability zones must be specified")
    vpc = subnets[0]["VpcId"]
    attached = aws.ec2.describe_internet_gateways(Filters=where(**{"attachment.vpc-id": vpc}))["InternetGateways"]
    if not props.get("internal") and not attached:
        raise Refused(f"InvalidSubnet: network `{vpc}` has no internet gateway")
    if found(lambda: aws.elbv2.describe_load_balancers(Names=[props["name"]])):
        raise Refused(f"DuplicateLoadBalancerName: a load balancer `{props['name']}` exists")
    _check_logs(aws, props)
    arguments = given(
        Name=props["name"],
        Subnets=props["subnets"],
        SecurityGroups=props.get("securityGroups"),
        Scheme="internal" if props.get("internal") else "internet-facing",
        Type=props.get("loadBalancerType") or "application",
        IpAddressType=props.get("ipAddressType"),
    )
    arn = aws.elbv2.create_load_balancer(**arguments, **new_tags(props))["LoadBalancers"][0]["LoadBalancerArn"]
    attributes = _balancer_attributes(props)
    if attributes:
        aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)
    return arn


def read_balancer(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a load balancer."""
    balancer = _balancer(aws, identifier)
    if balancer is None:
        return None
    answer = aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=identifier)["Attributes"]
    attributes = {item["Key"]: item["Value"] for item in answer}
    logs = {name: attributes[key] for name, key in LOGS.items() if attributes.get(key)}
    if logs:
        logs = {**logs, "enabled": logs.get("enabled") == "true"}
    return {
        **{n: _as_value(attributes[key], kind) for n, (key, kind) in BALANCER_ATTRIBUTES.items() if key in attributes},
        "accessLogs": logs if logs.get("bucket") else None,
        "arn": identifier,
        "arnSuffix": identifier.split(":loadbalancer/")[1],
        "dnsName": balancer["DNSName"],
        "internal": balancer["Scheme"] == "internal",
        "ipAddressType": balancer.get("IpAddressType") or "ipv4",
        "loadBalancerType": balancer["Type"],
        "name": balancer["LoadBalancerName"],
        "securityGroups": balancer.get("SecurityGroups", []),
        "subnets": [zone["SubnetId"] for zone in balancer["AvailabilityZones"]],
        "vpcId": balancer["VpcId"],
        "zoneId": balancer["CanonicalHostedZoneId"],
        **tags_of(aws, identifier),
    }


def update_balancer(aws: Aws, identifier: str, change: Change) -> None:
    """Changes attributes, groups, subnets and tags."""
    attributes = _balancer_attributes(change.only(*BALANCER_ATTRIBUTES, "accessLogs"))
    if attributes:
        _check_logs(aws, change.new)
        aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=identifier, Attributes=attributes)
    if change.touches("securityGroups"):
        aws.elbv2.set_security_groups(LoadBalancerArn=identifier, SecurityGroups=change.new["securityGroups"])
    if change.touches("subnets"):
        aws.elbv2.set_subnets(LoadBalancerArn=identifier, Subnets=change.new["subnets"])
    if change.touches("ipAddressType"):
        aws.elbv2.set_ip_address_type(LoadBalancerArn=identifier, IpAddressType=change.new["ipAddressType"])
    update_tags(aws, identifier, change)


def delete_balancer(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a load balancer, and with it its listeners, unless it is protected."""
    actual = read_balancer(aws, identifier, state)
    if actual is None:
        return
    if actual.get("enableDeletionProtection"):
        raise Refused(f"OperationNotPermitted: load balancer `{identifier}` has deletion protection")
    aws.elbv2.delete_load_balancer(LoadBalancerArn=identifier)


# Target groups.

HEALTH = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}
GROUP_ATTRIBUTES = {
    "deregistrationDelay": ("deregistration_delay.timeout_seconds", "number"),
    "loadBalancingAlgorithmType": ("load_balancing.algorithm.type", "string"),
    "loadBalancingCrossZoneEnabled": ("load_balancing.cross_zone.enabled", "string"),
    "slowStart": ("slow_start.duration_seconds", "number"),
}
STICKINESS = {
    "enabled": "stickiness.enabled",
    "type": "stickiness.type",
    "cookieDuration": "stickiness.lb_cookie.duration_seconds",
    "cookieName": "stickiness.app_cookie.cookie_name",
}


def _health_arguments(props: Props) -> dict[str, Any]:
    health = props.get("healthCheck") or {}
    arguments = {HEALTH[name]: value for name, value in health.items() if name in HEALTH}
    if health.get("matcher"):
        arguments["Matcher"] = {"HttpCode": health["matcher"]}
    timeout, interval = arguments.get("HealthCheckTimeoutSeconds", 5), arguments.get("HealthCheckIntervalSeconds", 30)
    if timeout >= interval:
        raise Refused(
            f"ValidationError: health check timeout `{timeout}` must be smaller than the interval `{interval}`"
        )
    return arguments


def _group_attributes(props: Props) -> list[dict[str, str]]:
    wanted = {key: _as_text(props[name]) for name, (key, _) in GROUP_ATTRIBUTES.items() if props.get(name) is not None}
    wanted |= {STICKINESS[name]: _as_text(value) for name, value in (props.get("stickiness") or {}).items()}
    return [{"Key": key, "Value": text} for key, text in wanted.items()]


def group(aws: Aws, arn: str) -> dict[str, Any] | None:
    """A target group as the API shows it."""
    answer = found(lambda: aws.elbv2.describe_target_groups(TargetGroupArns=[arn]))
    return answer["TargetGroups"][0] if answer and answer["TargetGroups"] else None


def create_group(aws: Aws, props: Props) -> str:
    """Makes a target group."""
    if found(lambda: aws.elbv2.describe_target_groups(Names=[props["name"]])):
        raise Refused(f"DuplicateTargetGroupName: a target group `{props['name']}` exists")
    arguments = given(
        Name=props["name"],
        Port=props.get("port"),
        Protocol=props.get("protocol"),
        ProtocolVersion=props.get("protocolVersion"),
        TargetType=props.get("targetType") or "instance",
        VpcId=props.get("vpcId"),
        IpAddressType=props.get("ipAddressType"),
    )
    answer = aws.elbv2.create_target_group(**arguments, **_health_arguments(props), **new_tags(props))
    arn = answer["TargetGroups"][0]["TargetGroupArn"]
    attributes = _group_attributes(props)
    if attributes:
        aws.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)
    return arn


def read_group(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a target group, with the load balancers whose listeners send requests to it."""
    shown = group(aws, identifier)
    if shown is None:
        return None
    answer = aws.elbv2.describe_target_group_attributes(TargetGroupArn=identifier)["Attributes"]
    attributes = {item["Key"]: item["Value"] for item in answer}
    health = {name: shown.get(key) for name, key in HEALTH.items()}
    stickiness: Props = {name: attributes[key] for name, key in STICKINESS.items() if attributes.get(key)}
    if stickiness:
        duration = stickiness.get("cookieDuration")
        stickiness |= given(
            enabled=stickiness.get("enabled") == "true", cookieDuration=int(duration) if duration else None
        )
    return {
        **{n: _as_value(attributes[key], kind) for n, (key, kind) in GROUP_ATTRIBUTES.items() if key in attributes},
        "arn": identifier,
        "arnSuffix": identifier.split(":")[-1],
        "healthCheck": {**health, "matcher": shown.get("Matcher", {}).get("HttpCode")},
        "ipAddressType": shown.get("IpAddressType") or "ipv4",
        "loadBalancerArns": shown.get("LoadBalancerArns", []),
        "name": shown["TargetGroupName"],
        "port": shown.get("Port"),
        "protocol": shown.get("Protocol"),
        "protocolVersion": shown.get("ProtocolVersion") or "HTTP1",
        "stickiness": stickiness if "type" in stickiness else None,
        "targetType": shown["TargetType"],
        "vpcId": shown.get("VpcId"),
        **tags_of(aws, identifier),
    }


def update_group(aws: Aws, identifier: str, change: Change) -> None:
    """Changes health check, attributes and tags."""
    health = _health_arguments(change.only("healthCheck"))
    if health:
        aws.elbv2.modify_target_group(TargetGroupArn=identifier, **health)
    attributes = _group_attributes(change.only(*GROUP_ATTRIBUTES, "stickiness"))
    if attributes:
        aws.elbv2.modify_target_group_attributes(TargetGroupArn=identifier, Attributes=attributes)
    update_tags(aws, identifier, change)


def targets(actions: list[dict[str, Any]]) -> set[str]:
    """The target groups of some actions."""
    arns = {action.get("TargetGroupArn") for action in actions}
    arns |= {t["TargetGroupArn"] for a in actions for t in a.get("ForwardConfig", {}).get("TargetGroups", [])}
    return {arn for arn in arns if arn}


def every_listener(aws: Aws) -> Iterator[dict[str, Any]]:
    """The listeners of all load balancers."""
    for balancer in pages(aws.elbv2, "describe_load_balancers", "LoadBalancers"):
        yield from pages(aws.elbv2, "describe_listeners", "Listeners", LoadBalancerArn=balancer["LoadBalancerArn"])


def certificates_of(aws: Aws, listener: str) -> list[dict[str, Any]]:
    """The certificates that a listener has, the one that it shows by default among them."""
    return pages(aws.elbv2, "describe_listener_certificates", "Certificates", ListenerArn=listener)


def listeners_of(aws: Aws, arn: str) -> list[str]:
    """The listeners and rules that send requests to a target group."""
    users = []
    for listener in every_listener(aws):
        if arn in targets(listener["DefaultActions"]):
            users.append(listener["ListenerArn"])
        rules = pages(aws.elbv2, "describe_rules", "Rules", ListenerArn=listener["ListenerArn"])
        users += [r["RuleArn"] for r in rules if not r["IsDefault"] and arn in targets(r["Actions"])]
    return users


def delete_group(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a target group that no listener uses."""
    if group(aws, identifier) is None:
        return
    users = listeners_of(aws, identifier)
    if users:
        raise Refused(
            f"ResourceInUse: target group `{identifier}` is currently in use by a listener or a rule: {users}"
        )
    aws.elbv2.delete_target_group(TargetGroupArn=identifier)


RESOURCES: dict[str, Resource] = {
    "aws:lb/loadBalancer:LoadBalancer": Resource(create_balancer, read_balancer, delete_balancer, update_balancer),
    "aws:lb/targetGroup:TargetGroup": Resource(create_group, read_group, delete_group, update_group),
}
FUNCTIONS: dict[str, Function] = {}
