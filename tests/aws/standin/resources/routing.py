"""EC2: route tables, their routes and associations, and endpoints of AWS services in a network."""

from __future__ import annotations

from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, tag_map, tagged, wait
from standin.resources.network import arn, live, specification, update_tags, where
from standin.values import Props

# Route tables. Routes within a table are not carried out: our tables have routes of their own type.


def _table(aws: Aws, identifier: str) -> dict[str, Any] | None:
    answer = found(lambda: aws.ec2.describe_route_tables(RouteTableIds=[identifier]))
    return answer["RouteTables"][0] if answer and answer["RouteTables"] else None


def create_route_table(aws: Aws, props: Props) -> str:
    """Makes a route table."""
    answer = aws.ec2.create_route_table(VpcId=props["vpcId"], TagSpecifications=specification("route-table", props))
    return answer["RouteTable"]["RouteTableId"]


def read_route_table(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a route table, with its routes, whoever owns them. What belongs to an endpoint or the network is none."""
    table = _table(aws, identifier)
    if table is None:
        return None
    return {
        "arn": arn(aws, "route-table", identifier),
        "ownerId": table.get("OwnerId"),
        "propagatingVgws": [],
        "routes": [
            {"cidrBlock": route.get("DestinationCidrBlock"), **{name: route.get(key) for name, key in TARGETS.items()}}
            for route in table["Routes"]
            if route.get("GatewayId") != "local" and not (route.get("GatewayId") or "").startswith("vpce-")
        ],
        "vpcId": table["VpcId"],
        **tagged(tag_map(table.get("Tags"))),
    }


def delete_route_table(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes a route table that no subnet has."""
    table = _table(aws, identifier)
    if table and table["Associations"]:
        raise Refused(f"DependencyViolation: route table `{identifier}` has dependencies and cannot be deleted")
    if table:
        aws.ec2.delete_route_table(RouteTableId=identifier)


# Routes.

TARGETS = {"gatewayId": "GatewayId", "natGatewayId": "NatGatewayId", "networkInterfaceId": "NetworkInterfaceId"}
DESTINATIONS = {"destinationCidrBlock": "DestinationCidrBlock", "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock"}


def _route_arguments(props: Props) -> dict[str, Any]:
    targets = {argument: props[name] for name, argument in TARGETS.items() if props.get(name)}
    destinations = {argument: props[name] for name, argument in DESTINATIONS.items() if props.get(name)}
    if len(targets) != 1 or len(destinations) != 1:
        raise Refused("InvalidParameterCombination: a route has one destination and one target")
    return {**targets, **destinations}


def _check_target(aws: Aws, props: Props) -> None:
    """An internet gateway can be a target only where it is attached."""
    gateway = props.get("gatewayId") or ""
    if gateway.startswith("igw-"):
        shown = aws.ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"][0]
        table = _table(aws, props["routeTableId"])
        if table and table["VpcId"] not in [a["VpcId"] for a in shown["Attachments"]]:
            raise Refused(
                f"InvalidParameterValue: `{gateway}` and `{props['routeTableId']}` belong to different networks"
            )


def _route_id(props: Props) -> str:
    """The provider's id: the table, and a number made of the destination."""
    destination = props.get("destinationCidrBlock") or props.get("destinationIpv6CidrBlock") or ""
    return f"r-{props['routeTableId']}{sum(ord(c) * 31**n for n, c in enumerate(destination)) % 2**32}"


def create_route(aws: Aws, props: Props) -> str:
    """Makes a route; there is one for each destination."""
    arguments = _route_arguments(props)
    _check_target(aws, props)
    if _find_route(aws, props):
        raise Refused(f"RouteAlreadyExists: `{props['routeTableId']}` has a route for that destination")
    aws.ec2.create_route(RouteTableId=props["routeTableId"], **arguments)
    return _route_id(props)


def _find_route(aws: Aws, props: Props) -> dict[str, Any] | None:
    table = _table(aws, props["routeTableId"])
    for route in table["Routes"] if table else []:
        if any(props.get(name) and route.get(key) == props[name] for name, key in DESTINATIONS.items()):
            return route
    return None


def read_route(aws: Aws, _identifier: str, state: Props) -> Props | None:
    """Reads a route."""
    route = _find_route(aws, state)
    if route is None:
        return None
    return {
        "routeTableId": state["routeTableId"],
        "origin": route.get("Origin", "CreateRoute"),
        "state": route.get("State", "active"),
        **{name: route.get(key) for name, key in {**TARGETS, **DESTINATIONS}.items()},
    }


def update_route(aws: Aws, _identifier: str, change: Change) -> None:
    """Points a route to another target."""
    if change.touches(*TARGETS):
        _check_target(aws, change.new)
        aws.ec2.replace_route(RouteTableId=change.new["routeTableId"], **_route_arguments(change.new))


def delete_route(aws: Aws, _identifier: str, state: Props) -> None:
    """Deletes a route."""
    if _find_route(aws, state):
        destination = {argument: state[name] for name, argument in DESTINATIONS.items() if state.get(name)}
        aws.ec2.delete_route(RouteTableId=state["routeTableId"], **destination)


# Associations.


def create_association(aws: Aws, props: Props) -> str:
    """Gives a subnet its route table; it can have one."""
    if _association(aws, props["subnetId"]):
        raise Refused(f"Resource.AlreadyAssociated: subnet `{props['subnetId']}` has a route table")
    answer = aws.ec2.associate_route_table(SubnetId=props["subnetId"], RouteTableId=props["routeTableId"])
    return answer["AssociationId"]


def _association(aws: Aws, subnet: str) -> Props | None:
    """The table of a subnet: a replaced association has another id than the one in the state."""
    for table in aws.ec2.describe_route_tables(Filters=where(**{"association.subnet-id": subnet}))["RouteTables"]:
        for association in table["Associations"]:
            if association.get("SubnetId") == subnet:
                return association
    return None


def read_association(aws: Aws, _identifier: str, state: Props) -> Props | None:
    """Reads an association."""
    association = _association(aws, state["subnetId"])
    return {"routeTableId": association["RouteTableId"], "subnetId": association["SubnetId"]} if association else None


def update_association(aws: Aws, _identifier: str, change: Change) -> None:
    """Gives a subnet another route table, without a moment in which it has none."""
    association = _association(aws, change.old["subnetId"])
    if association is None:
        raise Refused(f"InvalidAssociationID.NotFound: subnet `{change.old['subnetId']}` has no route table")
    aws.ec2.replace_route_table_association(
        AssociationId=association["RouteTableAssociationId"], RouteTableId=change.new["routeTableId"]
    )


def delete_association(aws: Aws, _identifier: str, state: Props) -> None:
    """Takes the route table away from a subnet."""
    association = _association(aws, state["subnetId"])
    if association:
        aws.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])


# Endpoints.

ENDPOINT_LISTS = {"routeTableIds": "RouteTableIds", "subnetIds": "SubnetIds", "securityGroupIds": "SecurityGroupIds"}


def create_endpoint(aws: Aws, props: Props) -> str:
    """Makes an endpoint of the kind that its service has: S3's gateway takes route tables, interfaces take subnets."""
    kind = props.get("vpcEndpointType") or "Gateway"
    if kind == "Gateway" and not props["serviceName"].endswith((".s3", ".dynamodb")):
        raise Refused(f"InvalidParameter: `{props['serviceName']}` has no endpoint of type `Gateway`")
    arguments = given(
        VpcEndpointType=kind,
        VpcId=props["vpcId"],
        ServiceName=props["serviceName"],
        PolicyDocument=props.get("policy"),
        PrivateDnsEnabled=props.get("privateDnsEnabled"),
        **{argument: props.get(name) for name, argument in ENDPOINT_LISTS.items()},
    )
    answer = aws.ec2.create_vpc_endpoint(**arguments, TagSpecifications=specification("vpc-endpoint", props))
    return answer["VpcEndpoint"]["VpcEndpointId"]


def read_endpoint(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads an endpoint."""
    answer = found(lambda: aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[identifier]))
    endpoints = [e for e in answer["VpcEndpoints"] if live(e)] if answer else []
    if not endpoints:
        return None
    endpoint = endpoints[0]
    return {
        "arn": arn(aws, "vpc-endpoint", identifier),
        "dnsEntries": [
            {"dnsName": d.get("DnsName"), "hostedZoneId": d.get("HostedZoneId")} for d in endpoint.get("DnsEntries", [])
        ],
        "networkInterfaceIds": endpoint.get("NetworkInterfaceIds", []),
        "ownerId": endpoint.get("OwnerId") or aws.account(),
        "policy": endpoint.get("PolicyDocument"),
        "prefixListId": f"pl-{identifier[-8:]}" if endpoint["VpcEndpointType"] == "Gateway" else None,
        "privateDnsEnabled": endpoint.get("PrivateDnsEnabled", False),
        "requesterManaged": False,
        "routeTableIds": endpoint.get("RouteTableIds", []),
        "securityGroupIds": [group["GroupId"] for group in endpoint.get("Groups", [])],
        "serviceName": endpoint["ServiceName"],
        "state": endpoint.get("State", "available"),
        "subnetIds": endpoint.get("SubnetIds", []),
        "vpcEndpointType": endpoint["VpcEndpointType"],
        "vpcId": endpoint["VpcId"],
        **tagged(tag_map(endpoint.get("Tags"))),
    }


def update_endpoint(aws: Aws, identifier: str, change: Change) -> None:
    """Changes lists, policy and tags of an endpoint."""
    arguments: dict[str, Any] = {}
    for name, argument in ENDPOINT_LISTS.items():
        if change.touches(name):
            old, new = set(change.old.get(name) or []), set(change.new.get(name) or [])
            arguments |= {f"Add{argument}": sorted(new - old), f"Remove{argument}": sorted(old - new)}
    arguments = {name: value for name, value in arguments.items() if value}
    if change.touches("policy"):
        arguments["PolicyDocument"] = change.new.get("policy")
    if change.touches("privateDnsEnabled"):
        arguments["PrivateDnsEnabled"] = bool(change.new.get("privateDnsEnabled"))
    if arguments:
        aws.ec2.modify_vpc_endpoint(VpcEndpointId=identifier, **arguments)
    update_tags(aws, identifier, change)


def delete_endpoint(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes an endpoint."""
    if read_endpoint(aws, identifier, {}):
        aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[identifier])
        wait(f"the end of `{identifier}`", lambda: read_endpoint(aws, identifier, {}) is None)


RESOURCES: dict[str, Resource] = {
    "aws:ec2/routeTable:RouteTable": Resource(create_route_table, read_route_table, delete_route_table, update_tags),
    "aws:ec2/route:Route": Resource(create_route, read_route, delete_route, update_route),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Resource(
        create_association, read_association, delete_association, update_association
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Resource(
        create_endpoint,
        read_endpoint,
        delete_endpoint,
        update_endpoint,
        json=frozenset({"policy"}),
    ),
}
FUNCTIONS: dict[str, Function] = {}
