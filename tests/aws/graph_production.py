"""What an environment for production has beside the rest of the graph, in the order of creation."""

from __future__ import annotations

import json
from typing import Any

from cases import RETAGGED, TAGS, TOPIC, Case, bucket_policy, certificate_record, retag, rule, service
from standin import values
from standin.values import Props


def cache(made: dict[str, Props], **more: Any) -> Props:
    return {
        "description": "cache",
        "engine": "valkey",
        "nodeType": "cache.t4g.small",
        "numCacheClusters": 2,
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "autoMinorVersionUpgrade": True,
        "port": 6379,
        "subnetGroupName": made["cache-subnets"]["name"],
        "securityGroupIds": [made["cache-group"]["id"]],
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "atRestEncryptionEnabled": True,
        "authToken": values.Secret("0123456789abcdef"),
        "authTokenUpdateStrategy": "ROTATE",
        "snapshotRetentionLimit": 3,
        "maintenanceWindow": "sun:02:00-sun:03:00",
        "applyImmediately": True,
        **TAGS,
        **more,
    }


def target(made: dict[str, Props], **more: Any) -> Props:
    return {
        "serviceNamespace": "ecs",
        "scalableDimension": "ecs:service:DesiredCount",
        "resourceId": f"service/{made['cluster']['name']}/{made['service']['name']}",
        "minCapacity": 0,
        "maxCapacity": 3,
        **TAGS,
        **more,
    }


def policy(made: dict[str, Props], value: int, metric: str, **more: str) -> Props:
    place = {name: made["bounds"][name] for name in ("serviceNamespace", "scalableDimension", "resourceId")}
    followed = {
        "disableScaleIn": False,
        "predefinedMetricSpecification": {"predefinedMetricType": metric, **more},
        "targetValue": value,
    }
    return {"policyType": "TargetTrackingScaling", "targetTrackingScalingPolicyConfiguration": followed, **place}


def requests(made: dict[str, Props], value: int) -> Props:
    label = f"{made['balancer']['arnSuffix']}/{made['group']['arnSuffix']}"
    return policy(made, value, "ALBRequestCountPerTarget", resourceLabel=label)


def watched(made: dict[str, Props], **more: Any) -> Props:
    alarms = {"alarmNames": [made["difference"]["name"]], "enable": True, "rollback": True}
    return service(made, **{"name": "alpha-watched", "loadBalancers": [], "alarms": alarms, **more})


def sent_on(host: str) -> Props:
    """An action that keeps path and query."""
    kept = {"path": "/#{path}", "query": "#{query}"}
    redirect = {"host": host, "port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301", **kept}
    return {"type": "redirect", "redirect": redirect}


def query(name: str, metric: str) -> Props:
    of = {"LoadBalancer": "app/x/1"}
    source = {"namespace": "AWS/ApplicationELB", "metricName": metric, "dimensions": of, "period": 60, "stat": "Sum"}
    return {"id": name, "metric": source, "returnData": False}


def measured(**more: Any) -> Props:
    return {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 2, "threshold": 5, **more}


def logged(group: str) -> Props:
    """A cluster whose sessions are written down."""
    logs = {"cloudWatchEncryptionEnabled": True, "cloudWatchLogGroupName": group}
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd"
    return {"executeCommandConfiguration": {"logging": "OVERRIDE", "kmsKeyId": key, "logConfiguration": logs}}


def for_logs(made: dict[str, Props], name: str) -> str:
    """A policy that lets S3 write its logs into a bucket."""
    principal = {"Service": "logging.s3.amazonaws.com"}
    written = {"Action": ["s3:PutObject"], "Resource": f"{made[name]['arn']}/requests/*"}
    closed = json.loads(bucket_policy({"bucket": made[name]}, "Deny"))
    closed["Statement"].append({"Effect": "Allow", "Principal": principal, **written})
    return json.dumps(closed)


PRODUCTION = [
    Case(
        "aws:acm/certificate:Certificate",
        "other-certificate",
        lambda _: {"domainName": "example.com", "validationMethod": "DNS", **TAGS},
        retag,
    ),
    Case(
        "aws:route53/record:Record",
        "other-proof",
        lambda m: certificate_record({**m, "certificate": m["other-certificate"]}),
        lambda _: {"ttl": 120},
    ),
    Case(
        "aws:lb/listenerCertificate:ListenerCertificate",
        "further",
        lambda m: {"listenerArn": m["listener"]["arn"], "certificateArn": m["other-certificate"]["arn"]},
        replace=lambda m: {"listenerArn": m["redirect"]["arn"]},
    ),
    Case(
        "aws:lb/listenerRule:ListenerRule",
        "sent-on",
        lambda m: rule(
            m,
            priority=30,
            conditions=[{"hostHeader": {"values": ["www.example.com"]}}],
            actions=[sent_on("example.com")],
        ),
        lambda _: {"actions": [sent_on("example.org")]},
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "difference",
        lambda _: measured(
            alarmActions=[TOPIC],
            metricQueries=[
                {"id": "difference", "label": "difference", "expression": "first - second", "returnData": True},
                query("first", "HTTPCode_ELB_5XX_Count"),
                query("second", "HTTPCode_Target_5XX_Count"),
            ],
        ),
        lambda _: {
            "metricQueries": [
                {"id": "difference", "label": "sum", "expression": "first + second", "returnData": True},
                query("first", "HTTPCode_ELB_5XX_Count"),
                query("second", "HTTPCode_ELB_4XX_Count"),
            ]
        },
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "slow",
        lambda _: measured(
            extendedStatistic="p95", metricName="TargetResponseTime", namespace="AWS/ApplicationELB", period=60
        ),
        lambda _: {"extendedStatistic": "p99"},
    ),
    Case(
        "aws:ecs/service:Service",
        "watched",
        watched,
        lambda m: {"alarms": {"alarmNames": [m["slow"]["name"]], "enable": False, "rollback": False}},
        lambda _: {"name": "alpha-unwatched"},
    ),
    Case(
        "aws:appautoscaling/target:Target",
        "bounds",
        target,
        lambda _: {"maxCapacity": 4, **RETAGGED},
        lambda m: {"resourceId": f"service/{m['cluster']['name']}/{m['watched']['name']}"},
    ),
    Case(
        "aws:appautoscaling/policy:Policy",
        "by-cpu",
        lambda m: policy(m, 60, "ECSServiceAverageCPUUtilization"),
        lambda m: {
            name: item
            for name, item in policy(m, 70, "ECSServiceAverageMemoryUtilization").items()
            if name == "targetTrackingScalingPolicyConfiguration"
        },
        lambda _: {"name": "another"},
    ),
    Case(
        "aws:appautoscaling/policy:Policy",
        "by-requests",
        lambda m: requests(m, 600),
        lambda m: {
            "targetTrackingScalingPolicyConfiguration": requests(m, 900)["targetTrackingScalingPolicyConfiguration"]
        },
    ),
    Case(
        "aws:ec2/securityGroup:SecurityGroup",
        "cache-group",
        lambda m: {"vpcId": m["vpc"]["id"], "description": "cache", **TAGS},
        retag,
    ),
    Case(
        "aws:elasticache/subnetGroup:SubnetGroup",
        "cache-subnets",
        lambda m: {"description": "isolated", "subnetIds": [m["public-a"]["id"], m["public-b"]["id"]], **TAGS},
        lambda m: {"description": "other", "subnetIds": [m["private"]["id"], m["public-b"]["id"]], **RETAGGED},
        lambda _: {"name": "other-subnets"},
    ),
    Case(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "cache",
        cache,
        lambda _: {
            "authToken": values.Secret("fedcba9876543210"),
            "maintenanceWindow": "mon:02:00-mon:03:00",
            "nodeType": "cache.m7g.large",
            "numCacheClusters": 3,
            "snapshotRetentionLimit": 0,
            **RETAGGED,
        },
        lambda _: {"port": 6380},
    ),
    Case("aws:s3/bucket:Bucket", "log-bucket", lambda _: {"forceDestroy": True, **TAGS}, retag),
    Case(
        "aws:s3/bucketPolicy:BucketPolicy",
        "log-policy",
        lambda m: {"bucket": m["log-bucket"]["id"], "policy": for_logs(m, "log-bucket")},
        lambda m: {"policy": for_logs(m, "log-bucket").replace("requests/", "")},
    ),
    Case(
        "aws:s3/bucketLogging:BucketLogging",
        "requests",
        lambda m: {
            "bucket": m["bucket"]["id"],
            "targetBucket": m["log-bucket"]["id"],
            "targetPrefix": "requests/media/",
        },
        lambda _: {"targetPrefix": "requests/other/"},
        lambda m: {"bucket": m["log-bucket"]["id"]},
    ),
    Case(
        "aws:s3/bucketVersioning:BucketVersioning",
        "versions",
        lambda m: {"bucket": m["bucket"]["id"], "versioningConfiguration": {"status": "Enabled"}},
        lambda _: {"versioningConfiguration": {"status": "Suspended"}},
        lambda m: {"bucket": m["log-bucket"]["id"]},
    ),
]
