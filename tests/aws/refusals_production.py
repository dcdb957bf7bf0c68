"""What AWS refuses of what an environment for production has, with words of its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cases import bucket_policy, rule
from engine import Engine
from graph_production import cache, measured, policy, query, requests, target, watched
from refusals import BUCKET, RULE, SERVICE, Refusal, creating, deleting, updating
from standin.values import Props

CACHE, SUBNETS = "aws:elasticache/replicationGroup:ReplicationGroup", "aws:elasticache/subnetGroup:SubnetGroup"
TARGET, POLICY = "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy"
CERTIFICATE, FURTHER = "aws:acm/certificate:Certificate", "aws:lb/listenerCertificate:ListenerCertificate"
ALARM, CLUSTER = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:ecs/cluster:Cluster"
LOGGING, VERSIONING = "aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketVersioning:BucketVersioning"
CPU = "ECSServiceAverageCPUUtilization"

Attempt = Callable[[Engine, dict[str, Props]], Any]


def caching(**more: Any) -> Attempt:
    return creating(CACHE, lambda made: cache(made, **more))


def scaling(**more: Any) -> Attempt:
    return creating(TARGET, lambda made: target(made, **more))


def following(metric: str, **more: str) -> Attempt:
    return creating(POLICY, lambda made: policy(made, 60, metric, **more))


def alarming(**more: Any) -> Attempt:
    return creating(ALARM, lambda _: measured(**more))


def unproved(engine: Engine, made: dict[str, Props]) -> None:
    """A certificate for whose proof nobody made a record, on a listener."""
    domain = {"domainName": "unproved.org", "validationMethod": "DNS"}
    arn = engine.create(CERTIFICATE, "unproved", domain)["arn"]
    try:
        engine.create(FURTHER, "refused", {"listenerArn": made["listener"]["arn"], "certificateArn": arn})
    finally:
        engine.delete("unproved")


def without_right(engine: Engine, made: dict[str, Props]) -> None:
    """Logs of requests in a bucket that lets everybody do something, but not S3 write there."""
    bucket = engine.create(BUCKET, "silent", {"forceDestroy": True})
    statements = bucket_policy({"bucket": bucket}, "Allow").replace("s3:*", "s3:GetObject")
    engine.create("aws:s3/bucketPolicy:BucketPolicy", "silent-policy", {"bucket": bucket["id"], "policy": statements})
    logs = {"bucket": made["bucket"]["id"], "targetBucket": bucket["id"], "targetPrefix": "requests/"}
    try:
        engine.create(LOGGING, "refused", logs)
    finally:
        engine.delete("silent-policy")
        engine.delete("silent")


def unattached(engine: Engine, made: dict[str, Props]) -> None:
    """Requests of a target group that is not the service's."""
    group = {"port": 8000, "protocol": "HTTP", "targetType": "ip", "vpcId": made["vpc"]["id"]}
    suffix = engine.create("aws:lb/targetGroup:TargetGroup", "unattached", group)["arnSuffix"]
    label = f"{made['balancer']['arnSuffix']}/{suffix}"
    try:
        following("ALBRequestCountPerTarget", resourceLabel=label)(engine, made)
    finally:
        engine.delete("unattached")


def after_versions(engine: Engine, made: dict[str, Props]) -> None:
    """A bucket that has kept versions, and never shall have."""
    engine.update("versions", {"bucket": made["bucket"]["id"], "versioningConfiguration": {"status": "Disabled"}})


OF_PRODUCTION = [
    Refusal("a cache subnet group in use", "CacheSubnetGroupInUse", deleting("cache-subnets")),
    Refusal("a group of a cache", "dependent object", deleting("cache-group")),
    Refusal(
        "a cache in no subnets",
        "CacheSubnetGroupNotFoundFault",
        caching(subnetGroupName="nowhere"),
    ),
    Refusal("a cache's name with other letters", "not a name that AWS takes", caching(replicationGroupId="a--b")),
    Refusal(
        "an automatic name of a cache too long",
        "longer than 40",
        lambda e, m: e.create(CACHE, "a-cache-whose-name-is-somewhat-too-long", cache(m)),
    ),
    Refusal("subnets of a cache by a reserved name", "not a name", creating(SUBNETS, lambda _: {"name": "default"})),
    Refusal("a cache twice", "AlreadyExists", creating(CACHE, lambda m: cache(m, replicationGroupId=m["cache"]["id"]))),
    Refusal(
        "zones that nobody takes over in",
        "automatic_failover_enabled must be true if multi_az_enabled is true",
        caching(automaticFailoverEnabled=False),
    ),
    Refusal("one server that is taken over from", "must be at least 2", caching(numCacheClusters=1)),
    Refusal(
        "a last server that is taken over from",
        "must be at least 2",
        updating("cache", lambda _: {"numCacheClusters": 1}),
    ),
    Refusal("seven servers", "at most 6", caching(numCacheClusters=7)),
    Refusal("snapshots for ever", "to be at most (35)", caching(snapshotRetentionLimit=36)),
    *[
        Refusal(f"a token {what}", "must contain from 16 to 128", caching(authToken=token))
        for what, token in [("too short", "x" * 15), ("too long", "x" * 129), ("with other symbols", "@" * 16)]
    ],
    Refusal(
        "a token without TLS",
        "only be specified with transit encryption",
        caching(transitEncryptionEnabled=False, transitEncryptionMode=None),
    ),
    Refusal("a strategy without a token", '"auth_token" must be specified', caching(authToken=None)),
    Refusal(
        "a token that goes",
        "from 16 to 128 characters",
        updating("cache", lambda _: {"authToken": None, "authTokenUpdateStrategy": None}),
    ),
    Refusal(
        "TLS that goes at once",
        "preferred before TLS is disabled",
        updating(
            "cache",
            lambda _: {
                "transitEncryptionEnabled": False,
                "transitEncryptionMode": None,
                "authToken": None,
                "authTokenUpdateStrategy": None,
            },
        ),
    ),
    Refusal("a count of no service", "ECS service doesn't exist", scaling(resourceId="service/alpha-cluster/nobody")),
    Refusal("a count in no cluster", "ECS service doesn't exist", scaling(resourceId="service/nowhere/alpha-web")),
    Refusal("bounds the wrong way round", "is less than the minimum capacity 4", scaling(minCapacity=4)),
    Refusal(
        "a change of bounds the wrong way round",
        "is less than the minimum capacity 4",
        updating("bounds", lambda _: {"minCapacity": 4}),
    ),
    Refusal(
        "a count of something else", "services of ECS only", scaling(serviceNamespace="rds", resourceId="cluster:alpha")
    ),
    Refusal(
        "a policy for no target",
        "No scalable target registered for service namespace: ecs",
        creating(POLICY, lambda m: {**policy(m, 60, CPU), "resourceId": "service/alpha-cluster/alpha-watched"}),
    ),
    Refusal("requests to nobody", "needs a resource label", following("ALBRequestCountPerTarget")),
    Refusal("requests to others", "is not attached to service `alpha-web`", unattached),
    Refusal(
        "a label beside the processor", "goes with ALBRequestCountPerTarget only", following(CPU, resourceLabel="x")
    ),
    Refusal("a metric of something else", "the metric of a service", following("RDSReaderAverageCPUUtilization")),
    Refusal(
        "steps",
        "`TargetTrackingScaling` only",
        creating(POLICY, lambda m: {**requests(m, 600), "policyType": "StepScaling"}),
    ),
    Refusal(
        "a service that watches nothing",
        "alarms that are not there",
        creating(
            SERVICE,
            lambda m: watched(m, name="x", alarms={"alarmNames": ["nobody"], "enable": True, "rollback": True}),
        ),
    ),
    Refusal(
        "a service that watches no names",
        "missing required field, DeploymentConfiguration.Alarms.AlarmNames",
        creating(
            SERVICE, lambda m: watched(m, name="x", alarms={"alarmNames": [], "enable": False, "rollback": False})
        ),
    ),
    Refusal(
        "a service's alarms that go",
        "missing required field, DeploymentConfiguration.Alarms.AlarmNames",
        updating("watched", lambda _: {"alarms": None}),
    ),
    Refusal("a further certificate without proof", "is not an issued certificate", unproved),
    Refusal("a further certificate in use", "ResourceInUse", deleting("other-certificate")),
    Refusal(
        "a certificate where nobody speaks TLS",
        "UnsupportedProtocol",
        creating(
            FURTHER,
            lambda m: {"listenerArn": m["redirect"]["arn"], "certificateArn": m["certificate"]["arn"]},
        ),
    ),
    Refusal(
        "a certificate of no listener",
        "ListenerNotFound",
        creating(
            FURTHER,
            lambda m: {"listenerArn": f"{m['listener']['arn']}0", "certificateArn": m["certificate"]["arn"]},
        ),
    ),
    Refusal(
        "a circle",
        "not to go in a circle",
        creating(
            RULE,
            lambda m: rule(m, priority=40, actions=[{"type": "redirect", "redirect": {"statusCode": "HTTP_301"}}]),
        ),
    ),
    Refusal(
        "an alarm on nothing of a metric",
        "One of `statistic` or `extended_statistic`",
        alarming(metricName="x", namespace="y", period=60),
    ),
    Refusal(
        "an alarm on two statistics",
        "One of `statistic` or `extended_statistic`",
        alarming(metricName="x", namespace="y", period=60, statistic="Sum", extendedStatistic="p95"),
    ),
    Refusal(
        "an alarm on a metric and others",
        "conflicts with metric_name",
        alarming(metricName="x", statistic="Sum", metricQueries=[query("a", "b")]),
    ),
    Refusal(
        "an alarm on no result",
        "Exactly one element of the metrics list should return data",
        alarming(metricQueries=[query("a", "b")]),
    ),
    Refusal(
        "a result that is measured",
        "both `expression` and a `metric`",
        alarming(metricQueries=[{**query("a", "b"), "expression": "a", "returnData": True}]),
    ),
    Refusal(
        "sessions that are written nowhere",
        "needs a `logConfiguration`",
        creating(
            CLUSTER,
            lambda _: {"name": "x", "configuration": {"executeCommandConfiguration": {"logging": "OVERRIDE"}}},
        ),
    ),
    Refusal(
        "versions in no bucket",
        "NoSuchBucket",
        creating(VERSIONING, lambda _: {"bucket": "nowhere", "versioningConfiguration": {"status": "Enabled"}}),
    ),
    Refusal("versions that there never were", "cannot be updated from 'Enabled' to 'Disabled'", after_versions),
    Refusal("logs where S3 may not write", "InvalidTargetBucketForLogging", without_right),
    *[
        Refusal(
            f"logs {what}",
            words,
            creating(
                LOGGING,
                lambda m, names=names: {
                    "targetPrefix": "requests/",
                    "bucket": m["bucket"]["id"],
                    "targetBucket": m["log-bucket"]["id"],
                    **names,
                },
            ),
        )
        for what, words, names in [
            ("of no bucket", "NoSuchBucket", {"bucket": "nowhere"}),
            ("in no bucket", "The target bucket for logging does not exist", {"targetBucket": "nowhere"}),
            ("below another prefix", "InvalidTargetBucketForLogging", {"targetPrefix": "answers/"}),
        ]
    ],
]
