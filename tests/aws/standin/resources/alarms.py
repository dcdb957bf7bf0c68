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
    "extendedStatistic": "ExtendedStatistic",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "okActions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "treatMissingData": "TreatMissingData",
}


# Properties of one metric, which an alarm on several has not.
OF_ONE = ("dimensions", "extendedStatistic", "metricName", "namespace", "period", "statistic")


def _check(props: Props) -> None:
    """Refuses what measures nothing, or more than one thing."""
    queries, statistics = props.get("metricQueries") or [], [props.get("statistic"), props.get("extendedStatistic")]
    if queries and any(props.get(name) for name in OF_ONE):
        raise Refused('"metric_query": conflicts with metric_name')
    if props.get("metricName") and statistics.count(None) != 1:
        raise Refused("One of `statistic` or `extended_statistic` must be set for a cloudwatch metric alarm")
    if any(query.get("expression") and query.get("metric") for query in queries):
        raise Refused("No metric_query may have both `expression` and a `metric` specified")
    if queries and sum(bool(query.get("returnData")) for query in queries) != 1:
        raise Refused("ValidationError: Exactly one element of the metrics list should return data.")


def _query(query: Props) -> dict[str, Any]:
    """What is measured, or worked out of what is, in the form of the API."""
    metric = query.get("metric")
    if metric:
        of = given(MetricName=metric["metricName"], Namespace=metric.get("namespace"))
        of["Dimensions"] = tag_list(metric.get("dimensions"), "Name")
        metric = {"Metric": of, "Period": metric["period"], "Stat": metric["stat"]}
    return given(
        Id=query["id"],
        Expression=query.get("expression"),
        Label=query.get("label"),
        MetricStat=metric,
        ReturnData=bool(query.get("returnData")),
    )


def _shown_query(query: dict[str, Any]) -> Props:
    metric = query.get("MetricStat")
    if metric:
        of = metric["Metric"]
        metric = given(
            dimensions=tag_map(of.get("Dimensions"), "Name"),
            metricName=of["MetricName"],
            namespace=of.get("Namespace"),
            period=metric["Period"],
            stat=metric["Stat"],
        )
    return given(
        id=query["Id"],
        expression=query.get("Expression"),
        label=query.get("Label"),
        metric=metric,
        returnData=query.get("ReturnData", False),
    )


def _find(aws: Aws, name: str) -> dict[str, Any] | None:
    alarms = aws.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarms[0] if alarms else None


def _put(aws: Aws, name: str, props: Props, **more: Any) -> None:
    actions = [*(props.get("alarmActions") or []), *(props.get("okActions") or [])]
    wrong = [arn for arn in actions if not arn.startswith("arn:")]
    if wrong:
        raise Refused(f"ValidationError: Invalid arn syntax: {wrong[0]}")
    _check(props)
    arguments = given(**{key: props.get(property) for property, key in FIELDS.items()})
    if props.get("metricQueries"):
        arguments["Metrics"] = [_query(query) for query in props["metricQueries"]]
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
        "metricQueries": [_shown_query(query) for query in alarm.get("Metrics") or []],
        "name": identifier,
        **tagged(tag_map(tags)),
    }


def update(aws: Aws, identifier: str, change: Change) -> None:
    """Puts the whole alarm again, as the provider does, and its tags by themselves."""
    if change.touches(*FIELDS, "dimensions", "metricQueries"):
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
