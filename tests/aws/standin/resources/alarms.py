"""CloudWatch: alarms on metrics."""

from __future__ import annotations

from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, given, tag_list, tag_map, tagged
from standin.values import Props

# Property, and its name in the API.
FIELDS = {
    "actionsEnabled": "ActionsEnabled",
    "alarmActions": "AlarmActions",
    "alarmDescription": "AlarmDescription",
    "comparisonOperator": "ComparisonOperator",
    "evaluationPeriods": "EvaluationPeriods",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "okActions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "treatMissingData": "TreatMissingData",
}


def _find(aws: Aws, name: str) -> dict[str, Any] | None:
    alarms = aws.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarms[0] if alarms else None


def _put(aws: Aws, name: str, props: Props, **more: Any) -> None:
    actions = [*(props.get("alarmActions") or []), *(props.get("okActions") or [])]
    wrong = [arn for arn in actions if not arn.startswith("arn:")]
    if wrong:
        raise Refused(f"ValidationError: Invalid arn syntax: {wrong[0]}")
    arguments = given(**{key: props.get(property) for property, key in FIELDS.items()})
    dimensions = tag_list(props.get("dimensions"), "Name")
    aws.cloudwatch.put_metric_alarm(AlarmName=name, Dimensions=dimensions, **arguments, **more)


def create(aws: Aws, props: Props) -> str:
    """Makes an alarm. One of the name would be overwritten: AWS does not say that there is one."""
    _put(aws, props["name"], props, **given(Tags=tag_list(props.get("tags")) or None))
    return props["name"]


def read(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads an alarm."""
    alarm = _find(aws, identifier)
    if alarm is None:
        return None
    tags = aws.cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    return {
        **{property: alarm[key] for property, key in FIELDS.items() if alarm.get(key) is not None},
        "arn": alarm["AlarmArn"],
        "dimensions": tag_map(alarm.get("Dimensions"), "Name"),
        "name": identifier,
        **tagged(tag_map(tags)),
    }


def update(aws: Aws, identifier: str, change: Change) -> None:
    """Puts the whole alarm again, as the provider does, and its tags by themselves."""
    if change.touches(*FIELDS, "dimensions"):
        _put(aws, identifier, change.new)
    changed, gone = change.tags()
    if gone:
        aws.cloudwatch.untag_resource(ResourceARN=change.old["arn"], TagKeys=gone)
    if changed:
        aws.cloudwatch.tag_resource(ResourceARN=change.old["arn"], Tags=tag_list(changed))


def delete(aws: Aws, identifier: str, _state: Props) -> None:
    """Deletes an alarm."""
    if _find(aws, identifier):
        aws.cloudwatch.delete_alarms(AlarmNames=[identifier])


RESOURCES: dict[str, Resource] = {"aws:cloudwatch/metricAlarm:MetricAlarm": Resource(create, read, delete, update)}
FUNCTIONS: dict[str, Function] = {}
