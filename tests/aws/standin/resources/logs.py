"""CloudWatch Logs."""

from __future__ import annotations

from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, given, tagged
from standin.values import Props

RETENTION_DAYS = {
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
}


def _find(aws: Aws, name: str) -> dict[str, Any] | None:
    groups = aws.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next((group for group in groups if group["logGroupName"] == name), None)


def _retain(aws: Aws, name: str, days: int) -> None:
    if days == 0:
        aws.logs.delete_retention_policy(logGroupName=name)
    elif days not in RETENTION_DAYS:
        raise Refused(f"InvalidParameterException: `retentionInDays` is one of {sorted(RETENTION_DAYS)}, got `{days}`")
    else:
        aws.logs.put_retention_policy(logGroupName=name, retentionInDays=days)


def create(aws: Aws, props: Props) -> str:
    """Makes a log group; one that exists, because a service made it, is refused."""
    name = props["name"]
    if _find(aws, name):
        raise Refused(f"ResourceAlreadyExistsException: log group `{name}` exists")
    arguments = given(logGroupName=name, kmsKeyId=props.get("kmsKeyId"), logGroupClass=props.get("logGroupClass"))
    aws.logs.create_log_group(**arguments, **given(tags=props.get("tags") or None))
    if props.get("retentionInDays"):
        _retain(aws, name, props["retentionInDays"])
    return name


def _arn(group: dict[str, Any]) -> str:
    return group["arn"].removesuffix(":*")


def read(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a log group."""
    group = _find(aws, identifier)
    if group is None:
        return None
    return {
        "arn": _arn(group),
        "kmsKeyId": group.get("kmsKeyId"),
        "logGroupClass": group.get("logGroupClass") or "STANDARD",
        "name": identifier,
        "retentionInDays": group.get("retentionInDays") or 0,
        **tagged(aws.logs.list_tags_for_resource(resourceArn=_arn(group))["tags"] or None),
    }


def update(aws: Aws, identifier: str, change: Change) -> None:
    """Changes retention, key and tags."""
    group = _find(aws, identifier)
    if group is None:
        raise Refused(f"ResourceNotFoundException: there is no log group `{identifier}`")
    if change.touches("retentionInDays"):
        _retain(aws, identifier, change.new.get("retentionInDays") or 0)
    if change.touches("kmsKeyId") and change.new.get("kmsKeyId"):
        aws.logs.associate_kms_key(logGroupName=identifier, kmsKeyId=change.new["kmsKeyId"])
    elif change.touches("kmsKeyId"):
        aws.logs.disassociate_kms_key(logGroupName=identifier)
    changed, gone = change.tags()
    if gone:
        aws.logs.untag_resource(resourceArn=_arn(group), tagKeys=gone)
    if changed:
        aws.logs.tag_resource(resourceArn=_arn(group), tags=changed)


def delete(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a log group unless it is to be left behind."""
    if not state.get("skipDestroy") and _find(aws, identifier):
        aws.logs.delete_log_group(logGroupName=identifier)


RESOURCES: dict[str, Resource] = {
    "aws:cloudwatch/logGroup:LogGroup": Resource(
        create,
        read,
        delete,
        update,
        state_only=frozenset({"skipDestroy"}),
    )
}
FUNCTIONS: dict[str, Function] = {}
