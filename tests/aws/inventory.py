"""Prints what exists in an AWS account, asked of its API: all that the components make, and nothing of AWS's own.

    AWS_ENDPOINT_URL=http://127.0.0.1:PORT python inventory.py [--table] [--left] [REGION ...]

prints JSON, `{kind: [{"id": …, "name": …, …}]}`, kinds without a thing left out. With `--table` people can read it.
With `--left` the kinds in `MAY_REMAIN` are left out too: what is then printed, a destroy has forgotten.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

import boto3

from standin.resource import credentials, pages

Item = dict[str, Any]
Client = Callable[[str], Any]

# What outlives a destroy on purpose: revisions cost nothing, and the record that proves a domain is shared by all its
# certificates. Zones are made by who owns the domain.
MAY_REMAIN = frozenset({"ecs task definition", "route53 validation record", "route53 zone"})


def tag(item: Item, name: str = "Name") -> str:
    """The value of a tag."""
    tags = item.get("Tags") or item.get("tags") or []
    return next((t.get("Value", t.get("value")) for t in tags if t.get("Key", t.get("key")) == name), "")


def ec2(
    call: str, key: str, identifier: str, keep: Callable[[Item], bool] = lambda _item: True
) -> Callable[[Client], list[Item]]:
    """What EC2 lists, with the tag `Name`."""

    def collect(client: Client) -> list[Item]:
        return [{"id": item[identifier], "name": tag(item)} for item in pages(client("ec2"), call, key) if keep(item)]

    return collect


def own_networks(client: Client) -> set[str]:
    """The networks that are not the account's default one."""
    return {vpc["VpcId"] for vpc in pages(client("ec2"), "describe_vpcs", "Vpcs") if not vpc["IsDefault"]}


def in_own_network(
    kind: str, key: str, identifier: str, keep: Callable[[Item], bool]
) -> Callable[[Client], list[Item]]:
    """What EC2 lists, in networks that are not the account's default one."""

    def collect(client: Client) -> list[Item]:
        networks = own_networks(client)
        return ec2(kind, key, identifier, lambda item: item["VpcId"] in networks and keep(item))(client)

    return collect


def alive(item: Item) -> bool:
    """Whether EC2 shows it because it is there, not because it was."""
    state = item.get("State", "")
    return (state["Name"] if isinstance(state, dict) else state).lower() not in ("deleted", "deleting", "terminated")


def instances(client: Client) -> list[Item]:
    found = [i for r in pages(client("ec2"), "describe_instances", "Reservations") for i in r["Instances"]]
    return [{"id": item["InstanceId"], "name": tag(item)} for item in found if alive(item)]


def routes(client: Client) -> list[Item]:
    tables = pages(client("ec2"), "describe_route_tables", "RouteTables")
    networks = own_networks(client)
    return [
        {"id": table["RouteTableId"], "name": route.get("DestinationCidrBlock", "")}
        for table in tables
        for route in table["Routes"]
        if table["VpcId"] in networks
        and route.get("GatewayId") != "local"
        and not route.get("GatewayId", "").startswith("vpce-")
    ]


def associations(client: Client) -> list[Item]:
    tables = pages(client("ec2"), "describe_route_tables", "RouteTables")
    return [
        {"id": association["RouteTableAssociationId"], "name": association["SubnetId"]}
        for table in tables
        for association in table["Associations"]
        if association.get("SubnetId")
    ]


def rules(client: Client) -> list[Item]:
    groups = {
        group["GroupId"]
        for group in pages(client("ec2"), "describe_security_groups", "SecurityGroups")
        if group["GroupName"] != "default"
    }
    found = pages(client("ec2"), "describe_security_group_rules", "SecurityGroupRules")
    return [{"id": r["SecurityGroupRuleId"], "name": r.get("Description", "")} for r in found if r["GroupId"] in groups]


def simple(
    service: str, call: str, key: str, identifier: str, name: str, keep: Callable[[Item], bool] = lambda _i: True
) -> Callable[[Client], list[Item]]:
    """What a service lists, with two of its fields."""

    def collect(client: Client) -> list[Item]:
        return [
            {"id": item[identifier], "name": item[name]} for item in pages(client(service), call, key) if keep(item)
        ]

    return collect


def listeners(client: Client) -> list[Item]:
    balancers = pages(client("elbv2"), "describe_load_balancers", "LoadBalancers")
    found = [
        listener
        for b in balancers
        for listener in pages(client("elbv2"), "describe_listeners", "Listeners", LoadBalancerArn=b["LoadBalancerArn"])
    ]
    return [{"id": item["ListenerArn"], "name": f"{item['Protocol']} {item['Port']}"} for item in found]


def listener_rules(client: Client) -> list[Item]:
    found = [
        r
        for item in listeners(client)
        for r in pages(client("elbv2"), "describe_rules", "Rules", ListenerArn=item["id"])
    ]
    return [{"id": item["RuleArn"], "name": item["Priority"]} for item in found if not item["IsDefault"]]


def listener_certificates(client: Client) -> list[Item]:
    found = [
        (item["id"], certificate["CertificateArn"])
        for item in listeners(client)
        for certificate in pages(
            client("elbv2"), "describe_listener_certificates", "Certificates", ListenerArn=item["id"]
        )
        if not certificate["IsDefault"]
    ]
    return [{"id": f"{listener}_{certificate}", "name": certificate} for listener, certificate in found]


def clusters(client: Client) -> list[Item]:
    arns = pages(client("ecs"), "list_clusters", "clusterArns")
    found = client("ecs").describe_clusters(clusters=arns)["clusters"] if arns else []
    return [{"id": item["clusterArn"], "name": item["clusterName"]} for item in found if item["status"] == "ACTIVE"]


def services(client: Client) -> list[Item]:
    found = []
    for cluster in clusters(client):
        arns = pages(client("ecs"), "list_services", "serviceArns", cluster=cluster["id"])
        for at in range(0, len(arns), 10):
            found += client("ecs").describe_services(cluster=cluster["id"], services=arns[at : at + 10])["services"]
    return [
        {
            "id": item["serviceArn"],
            "name": item["serviceName"],
            "taskDefinition": item["taskDefinition"],
            "runningCount": item["runningCount"],
            "desiredCount": item["desiredCount"],
        }
        for item in found
        if item["status"] == "ACTIVE"
    ]


def definitions(client: Client) -> list[Item]:
    arns = pages(client("ecs"), "list_task_definitions", "taskDefinitionArns", status="ACTIVE")
    return [{"id": arn, "name": arn.split("/")[-1]} for arn in arns]


def scaling(call: str, key: str, identifier: str, name: str) -> Callable[[Client], list[Item]]:
    """What Application Auto Scaling lists of ECS."""

    def collect(client: Client) -> list[Item]:
        found = pages(client("application-autoscaling"), call, key, ServiceNamespace="ecs")
        return [{"id": item[identifier], "name": item[name]} for item in found]

    return collect


def log_groups(client: Client) -> list[Item]:
    found = pages(client("logs"), "describe_log_groups", "logGroups")
    return [
        {"id": item["logGroupName"], "name": item["logGroupName"], "retentionInDays": item.get("retentionInDays")}
        for item in found
    ]


def role_policies(client: Client) -> list[Item]:
    return [
        {"id": f"{r['id']}:{n}", "name": n}
        for r in roles(client)
        for n in pages(client("iam"), "list_role_policies", "PolicyNames", RoleName=r["id"])
    ]


def attached_policies(client: Client) -> list[Item]:
    found = [
        (role, p)
        for role in roles(client)
        for p in pages(client("iam"), "list_attached_role_policies", "AttachedPolicies", RoleName=role["id"])
    ]
    return [{"id": f"{role['id']}/{policy['PolicyArn']}", "name": policy["PolicyName"]} for role, policy in found]


def roles(client: Client) -> list[Item]:
    return [
        {"id": r["RoleName"], "name": r["RoleName"]}
        for r in pages(client("iam"), "list_roles", "Roles")
        if not r["Path"].startswith("/aws-service-role/")
    ]


def parameter_groups(client: Client) -> list[Item]:
    found = pages(client("rds"), "describe_db_parameter_groups", "DBParameterGroups")
    return [
        {"id": g["DBParameterGroupName"], "name": g["DBParameterGroupFamily"]}
        for g in found
        if not g["DBParameterGroupName"].startswith("default.")
    ]


def zones(private: bool) -> Callable[[Client], list[Item]]:
    """Public zones, or private ones: those are Cloud Map's, and go with their namespaces."""

    def collect(client: Client) -> list[Item]:
        found = pages(client("route53"), "list_hosted_zones", "HostedZones")
        found = [zone for zone in found if bool(zone["Config"].get("PrivateZone")) == private]
        return [{"id": zone["Id"].split("/")[-1], "name": zone["Name"]} for zone in found]

    return collect


def records(validation: bool) -> Callable[[Client], list[Item]]:
    """Records of public zones but those that each zone has; those that prove a domain to ACM are another kind."""

    def collect(client: Client) -> list[Item]:
        found = []
        for zone in zones(private=False)(client):
            for record in pages(
                client("route53"), "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["id"]
            ):
                targets = [value["Value"] for value in record.get("ResourceRecords", [])]
                proof = record["Type"] == "CNAME" and any("acm-validations" in target for target in targets)
                if record["Type"] not in ("NS", "SOA") and proof == validation:
                    found.append({"id": f"{zone['id']}_{record['Name']}_{record['Type']}", "name": record["Name"]})
        return found

    return collect


def secrets(client: Client) -> list[Item]:
    found = pages(client("secretsmanager"), "list_secrets", "SecretList")
    return [{"id": item["ARN"], "name": item["Name"]} for item in found if not item.get("DeletedDate")]


KINDS: dict[str, Callable[[Client], list[Item]]] = {
    "acm certificate": simple("acm", "list_certificates", "CertificateSummaryList", "CertificateArn", "DomainName"),
    "cloud map namespace": simple("servicediscovery", "list_namespaces", "Namespaces", "Id", "Name"),
    "cloud map service": simple("servicediscovery", "list_services", "Services", "Id", "Name"),
    "cloudwatch alarm": simple("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmArn", "AlarmName"),
    "ec2 address": ec2("describe_addresses", "Addresses", "AllocationId"),
    "ec2 endpoint": ec2("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", alive),
    "ec2 flow log": ec2("describe_flow_logs", "FlowLogs", "FlowLogId"),
    "ec2 instance": instances,
    "ec2 internet gateway": ec2("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "ec2 nat gateway": ec2("describe_nat_gateways", "NatGateways", "NatGatewayId", alive),
    "ec2 route": routes,
    "ec2 route table": in_own_network(
        "describe_route_tables",
        "RouteTables",
        "RouteTableId",
        lambda item: not any(a.get("Main") for a in item["Associations"]),
    ),
    "ec2 route table association": associations,
    "ec2 security group": ec2(
        "describe_security_groups", "SecurityGroups", "GroupId", lambda item: item["GroupName"] != "default"
    ),
    "ec2 security group rule": rules,
    "ec2 subnet": in_own_network("describe_subnets", "Subnets", "SubnetId", lambda _item: True),
    "ec2 vpc": ec2("describe_vpcs", "Vpcs", "VpcId", lambda item: not item["IsDefault"]),
    "ecs cluster": clusters,
    "ecs service": services,
    "ecs task definition": definitions,
    "elasticache replication group": simple(
        "elasticache", "describe_replication_groups", "ReplicationGroups", "ARN", "ReplicationGroupId"
    ),
    "elasticache subnet group": simple(
        "elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups", "ARN", "CacheSubnetGroupName"
    ),
    "iam attached policy": attached_policies,
    "iam instance profile": simple(
        "iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName", "InstanceProfileName"
    ),
    "iam role": roles,
    "iam role policy": role_policies,
    "lb listener": listeners,
    "lb listener certificate": listener_certificates,
    "lb listener rule": listener_rules,
    "lb load balancer": simple(
        "elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn", "LoadBalancerName"
    ),
    "lb target group": simple("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn", "TargetGroupName"),
    "log group": log_groups,
    "rds instance": simple("rds", "describe_db_instances", "DBInstances", "DBInstanceArn", "DBInstanceIdentifier"),
    "rds parameter group": parameter_groups,
    "rds snapshot": simple(
        "rds",
        "describe_db_snapshots",
        "DBSnapshots",
        "DBSnapshotArn",
        "DBSnapshotIdentifier",
        lambda item: item["SnapshotType"] == "manual",
    ),
    "rds subnet group": simple(
        "rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupArn", "DBSubnetGroupName"
    ),
    "route53 record": records(validation=False),
    "route53 validation record": records(validation=True),
    "route53 private zone": zones(private=True),
    "route53 zone": zones(private=False),
    "s3 bucket": simple("s3", "list_buckets", "Buckets", "Name", "Name"),
    "scalable target": scaling("describe_scalable_targets", "ScalableTargets", "ScalableTargetARN", "ResourceId"),
    "scaling policy": scaling("describe_scaling_policies", "ScalingPolicies", "PolicyARN", "PolicyName"),
    "secrets manager secret": secrets,
    "ssm parameter": simple(
        "ssm", "describe_parameters", "Parameters", "Name", "Name", lambda p: not p["Name"].startswith("/aws/")
    ),
}


def collect(endpoint: str, regions: Iterable[str]) -> dict[str, list[Item]]:
    """What exists, by kind. Things without a region are asked for once."""
    found: dict[str, list[Item]] = {}
    for region in regions:
        session = boto3.session.Session(region_name=region, **credentials())
        clients: dict[str, Any] = {}

        def client(service: str, session: Any = session, clients: dict[str, Any] = clients) -> Any:
            if service not in clients:
                clients[service] = session.client(service, endpoint_url=endpoint)
            return clients[service]

        for kind, collector in KINDS.items():
            known = found.setdefault(kind, [])
            known += [item for item in collector(client) if item not in known]
    return {
        kind: sorted(items, key=lambda item: (item["name"] or "", item["id"])) for kind, items in found.items() if items
    }


def table(found: dict[str, list[Item]]) -> str:
    """One line for each kind: how many there are, and their names."""
    width = max((len(kind) for kind in found), default=0)
    return "\n".join(f"{kind:<{width}}  {len(items):>3}  {summary(items)}" for kind, items in found.items())


def summary(items: list[Item], most: int = 6) -> str:
    """Names of the things, or ids where there are none, with the counts of services."""
    shown = []
    for item in items[:most]:
        counts = f" {item['runningCount']}/{item['desiredCount']}" if "desiredCount" in item else ""
        shown.append(f"{item['name'] or item['id']}{counts}")
    return ", ".join(shown) + (f" and {len(items) - most} more" if len(items) > most else "")


def main() -> None:
    """Reads the command line and prints."""
    parser = argparse.ArgumentParser(description="what exists in an emulated AWS account")
    parser.add_argument("regions", nargs="*", help="default: AWS_REGION or AWS_DEFAULT_REGION")
    parser.add_argument("--table", action="store_true", help="for people")
    parser.add_argument("--left", action="store_true", help="without what may outlive a destroy")
    options = parser.parse_args()
    regions = options.regions or [os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")]
    if None in regions or "AWS_ENDPOINT_URL" not in os.environ:
        sys.exit("give a region and set `AWS_ENDPOINT_URL`")
    found = collect(os.environ["AWS_ENDPOINT_URL"], regions)
    if options.left:
        found = {kind: items for kind, items in found.items() if kind not in MAY_REMAIN}
    print(table(found) if options.table else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
