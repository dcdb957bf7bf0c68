"""EC2: security groups, and their rules as resources of their own."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, pages, tag_map, tagged
from standin.resources.elasticache import servers
from standin.resources.network import arn, live, specification, update_tags, where
from standin.values import Props


def _group(aws: Aws, identifier: str) -> dict[str, Any] | None:
    answer = found(lambda: aws.ec2.describe_security_groups(GroupIds=[identifier]), "InvalidGroup.NotFound")
    return answer["SecurityGroups"][0] if answer else None


def _revoke_all(aws: Aws, group: dict[str, Any], egress_only: bool) -> None:
    if group["IpPermissionsEgress"]:
        aws.ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    if group["IpPermissions"] and not egress_only:
        aws.ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])


def _refuse_inline(props: Props) -> None:
    for name in ("ingress", "egress"):
        if props.get(name):
            raise Refused(f"the stand-in does not carry out `{name}`: rules are resources of their own")


def create_group(aws: Aws, props: Props) -> str:
    """Makes a group without the rule that lets all out: the provider takes it away."""
    _refuse_inline(props)
    description = props.get("description") or "Managed by Pulumi"
    answer = aws.ec2.create_security_group(
        **given(GroupName=props["name"], Description=description, VpcId=props.get("vpcId")),
        TagSpecifications=specification("security-group", props),
    )
    group = _group(aws, answer["GroupId"])
    if group:
        _revoke_all(aws, group, egress_only=True)
    return answer["GroupId"]


def read_group(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a group, with its rules, whoever owns them."""
    group = _group(aws, identifier)
    if group is None:
        return None
    return {
        "arn": arn(aws, "security-group", identifier),
        "description": group["Description"],
        "egress": _inline(group["IpPermissionsEgress"]),
        "ingress": _inline(group["IpPermissions"]),
        "name": group["GroupName"],
        "ownerId": group.get("OwnerId"),
        "vpcId": group.get("VpcId"),
        **tagged(tag_map(group.get("Tags"))),
    }


def update_group(aws: Aws, identifier: str, change: Change) -> None:
    """Changes the tags of a group."""
    _refuse_inline(change.new)
    update_tags(aws, identifier, change)


def _users(aws: Aws, identifier: str) -> list[str]:
    """What uses a group: other groups' rules, balancers, services, instances, endpoints, databases and caches."""
    users = []
    for rule in aws.ec2.describe_security_group_rules()["SecurityGroupRules"]:
        referenced = (rule.get("ReferencedGroupInfo") or {}).get("GroupId")
        if referenced == identifier and rule["GroupId"] != identifier:
            users.append(rule["SecurityGroupRuleId"])
    for balancer in pages(aws.elbv2, "describe_load_balancers", "LoadBalancers"):
        if identifier in balancer.get("SecurityGroups", []):
            users.append(balancer["LoadBalancerArn"])
    for endpoint in aws.ec2.describe_vpc_endpoints()["VpcEndpoints"]:
        if live(endpoint) and identifier in [group["GroupId"] for group in endpoint.get("Groups", [])]:
            users.append(endpoint["VpcEndpointId"])
    for database in pages(aws.rds, "describe_db_instances", "DBInstances"):
        if identifier in [group["VpcSecurityGroupId"] for group in database.get("VpcSecurityGroups", [])]:
            users.append(database["DBInstanceArn"])
    for server in servers(aws):
        if identifier in [group["SecurityGroupId"] for group in server.get("SecurityGroups", [])]:
            users.append(server["ARN"])
    for reservation in aws.ec2.describe_instances(Filters=where(**{"instance.group-id": identifier}))["Reservations"]:
        users += [i["InstanceId"] for i in reservation["Instances"] if i["State"]["Name"] != "terminated"]
    return users + _services(aws, identifier)


def _services(aws: Aws, identifier: str) -> list[str]:
    users = []
    for cluster in pages(aws.ecs, "list_clusters", "clusterArns"):
        arns = pages(aws.ecs, "list_services", "serviceArns", cluster=cluster)
        for at in range(0, len(arns), 10):
            for service in aws.ecs.describe_services(cluster=cluster, services=arns[at : at + 10])["services"]:
                network = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
                if identifier in network.get("securityGroups", []) and service["status"] == "ACTIVE":
                    users.append(service["serviceArn"])
    return users


def delete_group(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a group that nothing uses."""
    if _group(aws, identifier) is None:
        return
    users = _users(aws, identifier)
    if users:
        raise Refused(f"DependencyViolation: resource `{identifier}` has a dependent object: {users}")
    aws.ec2.delete_security_group(GroupId=identifier)


# The group that a network comes with: it is taken over rather than made, and stays when it is let go.


def create_default_group(aws: Aws, props: Props) -> str:
    """Empties the default group of a network."""
    _refuse_inline(props)
    filters = [*where(vpc_id=props["vpcId"]), *where(group_name="default")]
    group = aws.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]
    _revoke_all(aws, group, egress_only=False)
    if props.get("tags"):
        aws.ec2.create_tags(Resources=[group["GroupId"]], Tags=specification("security-group", props)[0]["Tags"])
    return group["GroupId"]


def _inline(permissions: list[dict[str, Any]]) -> list[Props]:
    return [
        {
            "protocol": permission["IpProtocol"],
            "fromPort": permission.get("FromPort", 0),
            "toPort": permission.get("ToPort", 0),
            "cidrBlocks": [entry["CidrIp"] for entry in permission.get("IpRanges", [])],
            "securityGroups": [pair["GroupId"] for pair in permission.get("UserIdGroupPairs", [])],
        }
        for permission in permissions
    ]


def delete_default_group(_aws: Aws, _identifier: str, _state: Props) -> None:
    """Leaves the group alone: it goes with its network."""


# Rules.


PEERS = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


def _peers(props: Props) -> list[str]:
    return [name for name in PEERS if props.get(name)]


def _plan_rule(state: Props, news: Props) -> frozenset[str]:
    """A rule whose peer becomes one of another kind is replaced."""
    old, new = _peers(state), _peers(news)
    return frozenset() if old == new else frozenset(old + new)


def _permission(props: Props) -> dict[str, Any]:
    """The rule in the form of the API; it has exactly one peer."""
    peers = _peers(props)
    if len(peers) != 1:
        raise Refused(f"InvalidParameterCombination: a rule has one peer, got {peers}")
    if props.get("cidrIpv4"):
        network = ipaddress.ip_network(props["cidrIpv4"], strict=False)
        if str(network) != props["cidrIpv4"]:
            raise Refused(f"InvalidParameterValue: `{props['cidrIpv4']}` is not a network, `{network}` is")
    if props["ipProtocol"] != "-1" and (props.get("fromPort") is None or props.get("toPort") is None):
        raise Refused("MissingParameter: a rule for a protocol has `fromPort` and `toPort`")
    if props["ipProtocol"] == "-1" and (props.get("fromPort") is not None or props.get("toPort") is not None):
        raise Refused("InvalidParameterCombination: a rule for all protocols has no ports")
    note = given(Description=props.get("description"))
    shapes = {
        "cidrIpv4": lambda peer: {"IpRanges": [{"CidrIp": peer, **note}]},
        "cidrIpv6": lambda peer: {"Ipv6Ranges": [{"CidrIpv6": peer, **note}]},
        "prefixListId": lambda peer: {"PrefixListIds": [{"PrefixListId": peer, **note}]},
        "referencedSecurityGroupId": lambda peer: {"UserIdGroupPairs": [{"GroupId": peer, **note}]},
    }
    ports = given(FromPort=props.get("fromPort"), ToPort=props.get("toPort"))
    return {"IpProtocol": props["ipProtocol"], **ports, **shapes[peers[0]](props[peers[0]])}


def _create_rule(egress: bool) -> Callable[[Aws, Props], str]:
    def create(aws: Aws, props: Props) -> str:
        permission = _permission(props)
        call = aws.ec2.authorize_security_group_egress if egress else aws.ec2.authorize_security_group_ingress
        answer = call(
            GroupId=props["securityGroupId"],
            IpPermissions=[permission],
            TagSpecifications=specification("security-group-rule", props),
        )
        return answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    return create


def read_rule(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a rule."""
    answer = found(lambda: aws.ec2.describe_security_group_rules(SecurityGroupRuleIds=[identifier]))
    if not answer or not answer["SecurityGroupRules"]:
        return None
    rule = answer["SecurityGroupRules"][0]
    everything = rule["IpProtocol"] == "-1"
    return {
        "arn": arn(aws, "security-group-rule", identifier),
        "cidrIpv4": rule.get("CidrIpv4"),
        "cidrIpv6": rule.get("CidrIpv6"),
        "description": rule.get("Description") or None,
        "fromPort": None if everything else rule.get("FromPort"),
        "ipProtocol": rule["IpProtocol"],
        "prefixListId": rule.get("PrefixListId"),
        "referencedSecurityGroupId": (rule.get("ReferencedGroupInfo") or {}).get("GroupId"),
        "securityGroupId": rule["GroupId"],
        "securityGroupRuleId": identifier,
        "toPort": None if everything else rule.get("ToPort"),
        **tagged(tag_map(rule.get("Tags"))),
    }


RULE_PROPERTIES = (*PEERS, "description", "fromPort", "toPort", "ipProtocol")


def update_rule(aws: Aws, identifier: str, change: Change) -> None:
    """Changes a rule in place."""
    if change.touches(*RULE_PROPERTIES):
        _permission(change.new)
        new = change.new
        rule = given(
            IpProtocol=new["ipProtocol"],
            FromPort=new.get("fromPort"),
            ToPort=new.get("toPort"),
            CidrIpv4=new.get("cidrIpv4"),
            CidrIpv6=new.get("cidrIpv6"),
            PrefixListId=new.get("prefixListId"),
            ReferencedGroupId=new.get("referencedSecurityGroupId"),
            Description=new.get("description"),
        )
        rules = [{"SecurityGroupRuleId": identifier, "SecurityGroupRule": rule}]
        aws.ec2.modify_security_group_rules(GroupId=new["securityGroupId"], SecurityGroupRules=rules)
    update_tags(aws, identifier, change)


def _delete_rule(egress: bool) -> Callable[[Aws, str, Props], None]:
    def delete(aws: Aws, identifier: str, state: Props) -> None:
        call = aws.ec2.revoke_security_group_egress if egress else aws.ec2.revoke_security_group_ingress
        if read_rule(aws, identifier, state):
            call(GroupId=state["securityGroupId"], SecurityGroupRuleIds=[identifier])

    return delete


def _rule(egress: bool) -> Resource:
    return Resource(_create_rule(egress), read_rule, _delete_rule(egress), update_rule, plan=_plan_rule)


RESOURCES: dict[str, Resource] = {
    "aws:ec2/securityGroup:SecurityGroup": Resource(
        create_group,
        read_group,
        delete_group,
        update_group,
        state_only=frozenset({"revokeRulesOnDelete"}),
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Resource(
        create_default_group,
        read_group,
        delete_default_group,
        update_group,
        state_only=frozenset({"revokeRulesOnDelete"}),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule(egress=True),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule(egress=False),
}
FUNCTIONS: dict[str, Function] = {}
