"""EC2: records of the traffic in networks."""

from __future__ import annotations

from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, given, tag_map, tagged
from standin.resources.iam import check_service
from standin.resources.network import arn, specification, update_tags
from standin.values import Props


def _find(aws: Aws, identifier: str) -> dict[str, Any] | None:
    shown = aws.ec2.describe_flow_logs(FlowLogIds=[identifier])["FlowLogs"]
    return shown[0] if shown else None


def create(aws: Aws, props: Props) -> str:
    """Begins to record the traffic of a network. The role is tried out at once."""
    if props.get("logDestinationType") == "cloud-watch-logs":
        service, refusal = "vpc-flow-logs.amazonaws.com", "InvalidParameter: Unable to assume given IAM role"
        check_service(aws, props.get("iamRoleArn") or "", service, "logs:CreateLogStream", refusal)
    arguments = given(
        ResourceIds=[props["vpcId"]],
        ResourceType="VPC",
        TrafficType=props.get("trafficType"),
        LogDestinationType=props.get("logDestinationType"),
        LogDestination=(props.get("logDestination") or "").removesuffix(":*") or None,
        DeliverLogsPermissionArn=props.get("iamRoleArn"),
        MaxAggregationInterval=props.get("maxAggregationInterval"),
    )
    answer = aws.ec2.create_flow_logs(**arguments, TagSpecifications=specification("vpc-flow-log", props))
    if answer.get("Unsuccessful"):
        raise Refused(f"creating Flow Log ({props['vpcId']}): {answer['Unsuccessful']}")
    return answer["FlowLogIds"][0]


def read(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads what is recorded, and where."""
    shown = _find(aws, identifier)
    if shown is None:
        return None
    return {
        "arn": arn(aws, "vpc-flow-log", identifier),
        "iamRoleArn": shown.get("DeliverLogsPermissionArn"),
        "logDestination": shown.get("LogDestination"),
        "logDestinationType": shown.get("LogDestinationType"),
        "logFormat": shown.get("LogFormat"),
        "maxAggregationInterval": shown.get("MaxAggregationInterval"),
        "trafficType": shown.get("TrafficType"),
        "vpcId": shown["ResourceId"],
        **tagged(tag_map(shown.get("Tags"))),
    }


def update(aws: Aws, identifier: str, change: Change) -> None:
    """Changes tags."""
    update_tags(aws, identifier, change)


def delete(aws: Aws, identifier: str, _state: Props) -> None:
    """Ends a record."""
    if _find(aws, identifier):
        aws.ec2.delete_flow_logs(FlowLogIds=[identifier])


RESOURCES: dict[str, Resource] = {"aws:ec2/flowLog:FlowLog": Resource(create, read, delete, update)}
FUNCTIONS: dict[str, Function] = {}
