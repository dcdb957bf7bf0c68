"""Cloud Map: private namespaces, and the services in them."""

from __future__ import annotations

from typing import Any

from standin.resource import (
    Aws,
    Change,
    Function,
    Refused,
    Resource,
    found,
    given,
    pages,
    tag_list,
    tag_map,
    tagged,
    wait,
)
from standin.values import Props


def _finish(aws: Aws, operation: str) -> str:
    """Waits for an operation and answers what it worked on."""

    def status() -> dict[str, Any]:
        return aws.servicediscovery.get_operation(OperationId=operation)["Operation"]

    wait(f"operation `{operation}`", lambda: status()["Status"] in ("SUCCESS", "FAIL"))
    finished = status()
    if finished["Status"] == "FAIL":
        raise Refused(f"{finished.get('ErrorCode')}: {finished.get('ErrorMessage')}")
    targets = finished.get("Targets", {})
    return targets.get("NAMESPACE") or targets.get("SERVICE") or ""


def _tags(aws: Aws, arn: str) -> Props:
    return tagged(tag_map(aws.servicediscovery.list_tags_for_resource(ResourceARN=arn)["Tags"]))


def _update_tags(aws: Aws, change: Change) -> None:
    changed, gone = change.tags()
    if gone:
        aws.servicediscovery.untag_resource(ResourceARN=change.old["arn"], TagKeys=gone)
    if changed:
        aws.servicediscovery.tag_resource(ResourceARN=change.old["arn"], Tags=tag_list(changed))


def _services(aws: Aws, namespace: str) -> list[dict[str, Any]]:
    filters = [{"Name": "NAMESPACE_ID", "Values": [namespace], "Condition": "EQ"}]
    return pages(aws.servicediscovery, "list_services", "Services", Filters=filters)


# Namespaces.


def create_namespace(aws: Aws, props: Props) -> str:
    """Makes a namespace with a private zone in a network."""
    if not found(lambda: aws.ec2.describe_vpcs(VpcIds=[props["vpc"]])):
        raise Refused(f"InvalidInput: there is no network `{props['vpc']}`")
    arguments = given(
        Name=props["name"],
        Vpc=props["vpc"],
        Description=props.get("description"),
        Tags=tag_list(props.get("tags")) or None,
    )
    return _finish(aws, aws.servicediscovery.create_private_dns_namespace(**arguments)["OperationId"])


def read_namespace(aws: Aws, identifier: str, state: Props) -> Props | None:
    """Reads a namespace. Which network it is in is only in the state."""
    answer = found(lambda: aws.servicediscovery.get_namespace(Id=identifier))
    if not answer:
        return None
    namespace = answer["Namespace"]
    return {
        "arn": namespace["Arn"],
        "description": namespace.get("Description") or None,
        "hostedZone": namespace.get("Properties", {}).get("DnsProperties", {}).get("HostedZoneId", "").split("/")[-1],
        "name": namespace["Name"],
        "vpc": state.get("vpc"),
        **_tags(aws, namespace["Arn"]),
    }


def update_namespace(aws: Aws, identifier: str, change: Change) -> None:
    """Changes description and tags."""
    if change.touches("description"):
        # The call wants a description, and the operation it starts is not waited for by the provider either.
        wanted = {"Description": change.new.get("description") or ""}
        aws.servicediscovery.update_private_dns_namespace(Id=identifier, Namespace=wanted)
    _update_tags(aws, change)


def delete_namespace(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a namespace in which no service is left."""
    if read_namespace(aws, identifier, state) is None:
        return
    left = [service["Id"] for service in _services(aws, identifier)]
    if left:
        raise Refused(f"ResourceInUse: namespace `{identifier}` has services: {left}")
    aws.servicediscovery.delete_namespace(Id=identifier)


# Services.


def _dns(config: Props) -> dict[str, Any]:
    records = [{"Type": record["type"], "TTL": record["ttl"]} for record in config["dnsRecords"]]
    named = given(NamespaceId=config.get("namespaceId"), RoutingPolicy=config.get("routingPolicy"))
    return {"DnsRecords": records, **named}


def create_service(aws: Aws, props: Props) -> str:
    """Makes a service."""
    custom = props.get("healthCheckCustomConfig")
    namespace = props.get("namespaceId") or (props.get("dnsConfig") or {}).get("namespaceId") or ""
    if props["name"] in [service["Name"] for service in _services(aws, namespace)]:
        raise Refused(f"ServiceAlreadyExists: namespace `{namespace}` has a service `{props['name']}`")
    arguments = given(
        Name=props["name"],
        Description=props.get("description"),
        NamespaceId=props.get("namespaceId"),
        DnsConfig=_dns(props["dnsConfig"]) if props.get("dnsConfig") else None,
        # The provider sends nothing for a block in which nothing is: it never finds it again, and replaces for ever.
        HealthCheckCustomConfig={"FailureThreshold": 1} if custom else None,
        Type=props.get("type"),
        Tags=tag_list(props.get("tags")) or None,
    )
    return aws.servicediscovery.create_service(**arguments)["Service"]["Id"]


def read_service(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a service."""
    answer = found(lambda: aws.servicediscovery.get_service(Id=identifier))
    if not answer:
        return None
    service = answer["Service"]
    dns, custom = service.get("DnsConfig"), service.get("HealthCheckCustomConfig")
    return {
        "arn": service["Arn"],
        "description": service.get("Description") or None,
        "dnsConfig": given(
            dnsRecords=[{"type": record["Type"], "ttl": record["TTL"]} for record in dns["DnsRecords"]],
            namespaceId=dns.get("NamespaceId") or service.get("NamespaceId"),
            routingPolicy=dns.get("RoutingPolicy") or "MULTIVALUE",
        )
        if dns
        else None,
        "healthCheckCustomConfig": given(failureThreshold=custom.get("FailureThreshold"))
        if custom is not None
        else None,
        "name": service["Name"],
        "namespaceId": service.get("NamespaceId"),
        "type": service.get("Type") or "DNS_HTTP",
        **_tags(aws, service["Arn"]),
    }


def update_service(aws: Aws, identifier: str, change: Change) -> None:
    """Changes lifetimes of records, description and tags."""
    if change.touches("description", "dnsConfig"):
        wanted: dict[str, Any] = given(Description=change.new.get("description"))
        if change.new.get("dnsConfig"):
            wanted["DnsConfig"] = {"DnsRecords": _dns(change.new["dnsConfig"])["DnsRecords"]}
        aws.servicediscovery.update_service(Id=identifier, Service=wanted)
    _update_tags(aws, change)


def delete_service(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a service; instances left in it go first where that is wanted, else they hold it."""
    if read_service(aws, identifier, state) is None:
        return
    instances = [
        item["Id"] for item in pages(aws.servicediscovery, "list_instances", "Instances", ServiceId=identifier)
    ]
    if instances and not state.get("forceDestroy"):
        raise Refused(f"ResourceInUse: service `{identifier}` contains registered instances: {instances}")
    for instance in instances:
        aws.servicediscovery.deregister_instance(ServiceId=identifier, InstanceId=instance)
    aws.servicediscovery.delete_service(Id=identifier)


RESOURCES: dict[str, Resource] = {
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": Resource(
        create_namespace, read_namespace, delete_namespace, update_namespace
    ),
    "aws:servicediscovery/service:Service": Resource(
        create_service,
        read_service,
        delete_service,
        update_service,
        state_only=frozenset({"forceDestroy"}),
    ),
}
FUNCTIONS: dict[str, Function] = {}
