"""EC2: networks, subnets, gateways and addresses."""

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


def specification(kind: str, props: Props) -> list[dict[str, Any]]:
    """The tags of a new thing."""
    tags = tag_list(props.get("tags"))
    return [{"ResourceType": kind, "Tags": tags}] if tags else []


def update_tags(aws: Aws, identifier: str, change: Change) -> None:
    """Brings the tags of anything in EC2 up to date."""
    changed, gone = change.tags()
    if gone:
        aws.ec2.delete_tags(Resources=[identifier], Tags=[{"Key": key} for key in gone])
    if changed:
        aws.ec2.create_tags(Resources=[identifier], Tags=tag_list(changed))


def where(**filters: str) -> list[dict[str, Any]]:
    """Filters of a `describe` call, underscores for hyphens."""
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]


def arn(aws: Aws, kind: str, identifier: str) -> str:
    """The ARN of something in EC2."""
    return f"arn:aws:ec2:{aws.region}:{aws.account()}:{kind}/{identifier}"


# Networks.

VPC_ATTRIBUTES = {
    "enableDnsSupport": "EnableDnsSupport",
    "enableDnsHostnames": "EnableDnsHostnames",
    "enableNetworkAddressUsageMetrics": "EnableNetworkAddressUsageMetrics",
}


def _set_vpc_attributes(aws: Aws, identifier: str, wanted: Props) -> None:
    for name, value in wanted.items():
        aws.ec2.modify_vpc_attribute(VpcId=identifier, **{VPC_ATTRIBUTES[name]: {"Value": bool(value)}})


def create_vpc(aws: Aws, props: Props) -> str:
    """Makes a network, and waits for the group, list and table that come with it."""
    arguments = given(CidrBlock=props["cidrBlock"], InstanceTenancy=props.get("instanceTenancy"))
    answer = aws.ec2.create_vpc(**arguments, TagSpecifications=specification("vpc", props))
    identifier = answer["Vpc"]["VpcId"]
    _set_vpc_attributes(aws, identifier, {name: props[name] for name in VPC_ATTRIBUTES if name in props})
    return identifier


def read_vpc(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a network."""
    answer = found(lambda: aws.ec2.describe_vpcs(VpcIds=[identifier]))
    if not answer:
        return None
    vpc = answer["Vpcs"][0]
    in_vpc = where(vpc_id=identifier)
    tables = aws.ec2.describe_route_tables(Filters=[*in_vpc, *where(**{"association.main": "true"})])["RouteTables"]
    lists = aws.ec2.describe_network_acls(Filters=[*in_vpc, *where(default="true")])["NetworkAcls"]
    groups = aws.ec2.describe_security_groups(Filters=[*in_vpc, *where(group_name="default")])["SecurityGroups"]
    outputs = {
        "arn": arn(aws, "vpc", identifier),
        "cidrBlock": vpc["CidrBlock"],
        "defaultNetworkAclId": lists[0]["NetworkAclId"] if lists else None,
        "defaultRouteTableId": tables[0]["RouteTableId"] if tables else None,
        "defaultSecurityGroupId": groups[0]["GroupId"] if groups else None,
        "dhcpOptionsId": vpc.get("DhcpOptionsId"),
        "instanceTenancy": vpc.get("InstanceTenancy", "default"),
        "mainRouteTableId": tables[0]["RouteTableId"] if tables else None,
        "ownerId": aws.account(),
        **tagged(tag_map(vpc.get("Tags"))),
    }
    for name, attribute in VPC_ATTRIBUTES.items():
        answer = aws.ec2.describe_vpc_attribute(VpcId=identifier, Attribute=attribute[0].lower() + attribute[1:])
        outputs[name] = answer[attribute]["Value"]
    return outputs


def update_vpc(aws: Aws, identifier: str, change: Change) -> None:
    """Changes attributes and tags of a network."""
    _set_vpc_attributes(aws, identifier, change.only(*VPC_ATTRIBUTES))
    update_tags(aws, identifier, change)


def delete_vpc(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a network in which nothing is left but what came with it."""
    in_vpc = where(vpc_id=identifier)
    groups = aws.ec2.describe_security_groups(Filters=in_vpc)["SecurityGroups"]
    tables = aws.ec2.describe_route_tables(Filters=in_vpc)["RouteTables"]
    left = [group["GroupId"] for group in groups if group["GroupName"] != "default"]
    left += [t["RouteTableId"] for t in tables if not any(a.get("Main") for a in t["Associations"])]
    left += [subnet["SubnetId"] for subnet in aws.ec2.describe_subnets(Filters=in_vpc)["Subnets"]]
    left += [e["VpcEndpointId"] for e in aws.ec2.describe_vpc_endpoints(Filters=in_vpc)["VpcEndpoints"] if live(e)]
    gateways = aws.ec2.describe_internet_gateways(Filters=where(**{"attachment.vpc-id": identifier}))
    left += [gateway["InternetGatewayId"] for gateway in gateways["InternetGateways"]]
    if left:
        raise Refused(f"DependencyViolation: vpc `{identifier}` has dependencies and cannot be deleted: {left}")
    found(lambda: aws.ec2.delete_vpc(VpcId=identifier))


def live(thing: dict[str, Any]) -> bool:
    """Whether something that EC2 still shows for a while is not deleted yet."""
    return thing.get("State", "available").lower() not in ("deleted", "deleting")


# Subnets.

SUBNET_ATTRIBUTES = {
    "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
    "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
}


def _set_subnet_attributes(aws: Aws, identifier: str, wanted: Props) -> None:
    for name, value in wanted.items():
        aws.ec2.modify_subnet_attribute(SubnetId=identifier, **{SUBNET_ATTRIBUTES[name]: {"Value": bool(value)}})


def create_subnet(aws: Aws, props: Props) -> str:
    """Makes a subnet."""
    arguments = given(
        VpcId=props["vpcId"],
        CidrBlock=props.get("cidrBlock"),
        AvailabilityZone=props.get("availabilityZone"),
        AvailabilityZoneId=props.get("availabilityZoneId"),
    )
    answer = aws.ec2.create_subnet(**arguments, TagSpecifications=specification("subnet", props))
    identifier = answer["Subnet"]["SubnetId"]
    _set_subnet_attributes(aws, identifier, {name: props[name] for name in SUBNET_ATTRIBUTES if name in props})
    return identifier


def read_subnet(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a subnet."""
    answer = found(lambda: aws.ec2.describe_subnets(SubnetIds=[identifier]))
    if not answer:
        return None
    subnet = answer["Subnets"][0]
    return {
        "arn": subnet.get("SubnetArn"),
        "assignIpv6AddressOnCreation": subnet.get("AssignIpv6AddressOnCreation", False),
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet.get("AvailabilityZoneId"),
        "cidrBlock": subnet["CidrBlock"],
        "mapPublicIpOnLaunch": subnet.get("MapPublicIpOnLaunch", False),
        "ownerId": subnet.get("OwnerId"),
        "vpcId": subnet["VpcId"],
        **tagged(tag_map(subnet.get("Tags"))),
    }


def update_subnet(aws: Aws, identifier: str, change: Change) -> None:
    """Changes attributes and tags of a subnet."""
    _set_subnet_attributes(aws, identifier, change.only(*SUBNET_ATTRIBUTES))
    update_tags(aws, identifier, change)


def delete_subnet(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a subnet that nothing has an address in."""
    in_subnet = where(subnet_id=identifier)
    interfaces = aws.ec2.describe_network_interfaces(Filters=in_subnet)["NetworkInterfaces"]
    left = [i["NetworkInterfaceId"] for i in interfaces]
    left += [
        gateway["NatGatewayId"]
        for gateway in aws.ec2.describe_nat_gateways(Filters=in_subnet)["NatGateways"]
        if live(gateway)
    ]
    balancers = pages(aws.elbv2, "describe_load_balancers", "LoadBalancers")
    left += [
        b["LoadBalancerArn"] for b in balancers if any(z["SubnetId"] == identifier for z in b["AvailabilityZones"])
    ]
    if left:
        raise Refused(f"DependencyViolation: subnet `{identifier}` has dependencies and cannot be deleted: {left}")
    found(lambda: aws.ec2.delete_subnet(SubnetId=identifier))


# Internet gateways.


def create_internet_gateway(aws: Aws, props: Props) -> str:
    """Makes an internet gateway and attaches it."""
    answer = aws.ec2.create_internet_gateway(TagSpecifications=specification("internet-gateway", props))
    identifier = answer["InternetGateway"]["InternetGatewayId"]
    if props.get("vpcId"):
        aws.ec2.attach_internet_gateway(InternetGatewayId=identifier, VpcId=props["vpcId"])
    return identifier


def read_internet_gateway(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads an internet gateway."""
    answer = found(lambda: aws.ec2.describe_internet_gateways(InternetGatewayIds=[identifier]))
    if not answer:
        return None
    gateway = answer["InternetGateways"][0]
    return {
        "arn": arn(aws, "internet-gateway", identifier),
        "ownerId": aws.account(),
        "vpcId": gateway["Attachments"][0]["VpcId"] if gateway["Attachments"] else None,
        **tagged(tag_map(gateway.get("Tags"))),
    }


def _detach(aws: Aws, identifier: str, vpc: str) -> None:
    public = [a for a in aws.ec2.describe_addresses()["Addresses"] if a.get("NetworkInterfaceId")]
    interfaces = [a["NetworkInterfaceId"] for a in public]
    if interfaces:
        shown = aws.ec2.describe_network_interfaces(Filters=where(vpc_id=vpc))["NetworkInterfaces"]
        if any(i["NetworkInterfaceId"] in interfaces for i in shown):
            raise Refused(f"DependencyViolation: network `{vpc}` has some mapped public addresses; unmap those first")
    aws.ec2.detach_internet_gateway(InternetGatewayId=identifier, VpcId=vpc)


def update_internet_gateway(aws: Aws, identifier: str, change: Change) -> None:
    """Moves an internet gateway to another network."""
    if change.touches("vpcId"):
        if change.old.get("vpcId"):
            _detach(aws, identifier, change.old["vpcId"])
        if change.new.get("vpcId"):
            aws.ec2.attach_internet_gateway(InternetGatewayId=identifier, VpcId=change.new["vpcId"])
    update_tags(aws, identifier, change)


def delete_internet_gateway(aws: Aws, identifier: str, state: Props) -> None:
    """Detaches and deletes an internet gateway. NAT gateways and public load balancers hold it in its place."""
    vpc = state.get("vpcId")
    if not found(lambda: aws.ec2.describe_internet_gateways(InternetGatewayIds=[identifier])):
        return
    if vpc:
        gateways = aws.ec2.describe_nat_gateways(Filters=where(vpc_id=vpc))["NatGateways"]
        balancers = pages(aws.elbv2, "describe_load_balancers", "LoadBalancers")
        left = [gateway["NatGatewayId"] for gateway in gateways if live(gateway)]
        left += [b["LoadBalancerArn"] for b in balancers if b["VpcId"] == vpc and b["Scheme"] == "internet-facing"]
        if left:
            raise Refused(
                f"DependencyViolation: network `{vpc}` has some mapped public addresses; unmap those first: {left}"
            )
        _detach(aws, identifier, vpc)
    aws.ec2.delete_internet_gateway(InternetGatewayId=identifier)


# Elastic addresses and NAT gateways.


def create_eip(aws: Aws, props: Props) -> str:
    """Allocates an address."""
    arguments = given(Domain=props.get("domain") or "vpc")
    return aws.ec2.allocate_address(**arguments, TagSpecifications=specification("elastic-ip", props))["AllocationId"]


def read_eip(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads an address. What it is attached to is left out: that changes after it was made."""
    answer = found(lambda: aws.ec2.describe_addresses(AllocationIds=[identifier]))
    if not answer or not answer["Addresses"]:
        return None
    address = answer["Addresses"][0]
    dashed = address["PublicIp"].replace(".", "-")
    return {
        "allocationId": identifier,
        "arn": arn(aws, "elastic-ip", identifier),
        "domain": address["Domain"],
        "publicDns": f"ec2-{dashed}.{aws.region}.compute.amazonaws.com",
        "publicIp": address["PublicIp"],
        **tagged(tag_map(address.get("Tags"))),
    }


def delete_eip(aws: Aws, identifier: str, _state: Props) -> None:
    """Releases an address that no gateway uses."""
    gateways = aws.ec2.describe_nat_gateways()["NatGateways"]
    users = [
        g["NatGatewayId"]
        for g in gateways
        if live(g) and any(a.get("AllocationId") == identifier for a in g["NatGatewayAddresses"])
    ]
    if users:
        raise Refused(f"AuthFailure: you do not have permission to release address `{identifier}` which {users} use")
    found(lambda: aws.ec2.release_address(AllocationId=identifier))


def create_nat_gateway(aws: Aws, props: Props) -> str:
    """Makes a NAT gateway and waits for it; it fails without an internet gateway in its network."""
    kind = props.get("connectivityType") or "public"
    if kind == "public" and not props.get("allocationId"):
        raise Refused("MissingParameter: a public NAT gateway needs `allocationId`")
    vpc = aws.ec2.describe_subnets(SubnetIds=[props["subnetId"]])["Subnets"][0]["VpcId"]
    attached = aws.ec2.describe_internet_gateways(Filters=where(**{"attachment.vpc-id": vpc}))["InternetGateways"]
    if kind == "public" and not attached:
        raise Refused(f"Gateway.NotAttached: network `{vpc}` has no internet gateway attached")
    arguments = given(SubnetId=props["subnetId"], AllocationId=props.get("allocationId"), ConnectivityType=kind)
    answer = aws.ec2.create_nat_gateway(**arguments, TagSpecifications=specification("natgateway", props))
    return answer["NatGateway"]["NatGatewayId"]


def read_nat_gateway(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a NAT gateway."""
    answer = found(lambda: aws.ec2.describe_nat_gateways(NatGatewayIds=[identifier]))
    gateways = [g for g in answer["NatGateways"] if live(g)] if answer else []
    if not gateways:
        return None
    gateway = gateways[0]
    address = gateway["NatGatewayAddresses"][0] if gateway.get("NatGatewayAddresses") else {}
    return {
        "allocationId": address.get("AllocationId"),
        "associationId": address.get("AssociationId"),
        "connectivityType": gateway.get("ConnectivityType", "public"),
        "networkInterfaceId": address.get("NetworkInterfaceId"),
        "privateIp": address.get("PrivateIp"),
        "publicIp": address.get("PublicIp"),
        "subnetId": gateway["SubnetId"],
        "vpcId": gateway.get("VpcId"),
        **tagged(tag_map(gateway.get("Tags"))),
    }


def delete_nat_gateway(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a NAT gateway and waits until it is gone."""
    if found(lambda: aws.ec2.delete_nat_gateway(NatGatewayId=identifier)):
        wait(f"the end of `{identifier}`", lambda: read_nat_gateway(aws, identifier, {}) is None)


RESOURCES: dict[str, Resource] = {
    "aws:ec2/vpc:Vpc": Resource(create_vpc, read_vpc, delete_vpc, update_vpc),
    "aws:ec2/subnet:Subnet": Resource(create_subnet, read_subnet, delete_subnet, update_subnet),
    "aws:ec2/internetGateway:InternetGateway": Resource(
        create_internet_gateway, read_internet_gateway, delete_internet_gateway, update_internet_gateway
    ),
    "aws:ec2/eip:Eip": Resource(create_eip, read_eip, delete_eip, update_tags),
    "aws:ec2/natGateway:NatGateway": Resource(create_nat_gateway, read_nat_gateway, delete_nat_gateway, update_tags),
}
FUNCTIONS: dict[str, Function] = {}
