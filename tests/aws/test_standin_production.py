"""The plugin against moto: caches, scaling and further certificates, as far as a case of the graph does not say it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine import Engine, client, tell
from graph_production import cache, policy, target, watched
from refusals_production import CACHE, CPU, POLICY, TARGET
from standin import values
from standin.values import Props


def test_a_cache_has_the_name_that_tls_gives_it(engine: Engine, made: dict[str, Props]) -> None:
    outputs = made["cache"]
    name = outputs["replicationGroupId"]
    assert outputs["primaryEndpointAddress"] == f"master.{name}.x7k2pq.euc1.cache.amazonaws.com"
    assert outputs["memberClusters"] == [f"{name}-001", f"{name}-002"]
    assert (outputs["engine"], outputs["engineVersion"], outputs["port"]) == ("valkey", "8.1", 6379)
    plain = cache(made, transitEncryptionEnabled=False, transitEncryptionMode=None)
    plain |= {"authToken": None, "authTokenUpdateStrategy": None}
    assert re.fullmatch(
        r"plain-[0-9a-f]{7}\.x7k2pq\.ng\.0001\.euc1\.cache\.amazonaws\.com",
        engine.create(CACHE, "plain", plain)["primaryEndpointAddress"],
    )
    engine.delete("plain")


def test_a_token_is_rotated_and_nobody_answers_it(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    def changed() -> Any:
        shown = client(endpoint, "elasticache").describe_replication_groups(ReplicationGroupId=made["cache"]["id"])
        assert "0123456789abcdef" not in str(shown)
        return shown["ReplicationGroups"][0]["AuthTokenLastModifiedDate"]

    assert engine.state["cache"][3]["authToken"] == values.Secret("0123456789abcdef")
    before = changed()
    inputs = cache(made)
    engine.update("cache", {**inputs, "description": "the same token"})
    assert changed() == before
    engine.update("cache", inputs)
    tell(endpoint, "calls", method="DELETE")
    engine.update("cache", {**inputs, "authToken": values.Secret("fedcba9876543210")})
    assert changed() > before
    assert engine.state["cache"][3]["authToken"] == values.Secret("fedcba9876543210")
    calls = [call["call"] for call in tell(endpoint, "calls", method="DELETE")]
    assert calls.count("elasticache:ModifyReplicationGroup") == 1
    engine.update("cache", inputs)


def test_replicas_come_before_they_are_needed_and_go_last(
    engine: Engine, made: dict[str, Props], endpoint: str
) -> None:
    inputs, made_calls = cache(made), []
    alone = {"numCacheClusters": 1, "automaticFailoverEnabled": False, "multiAzEnabled": False}
    for news in ({**inputs, **alone}, inputs):
        tell(endpoint, "calls", method="DELETE")
        engine.update("cache", news)
        names = [call["call"].split(":")[-1] for call in tell(endpoint, "calls", method="DELETE")]
        made_calls.append([name for name in names if name.startswith(("Modify", "Increase", "Decrease"))])
    assert made_calls == [
        ["ModifyReplicationGroup", "DecreaseReplicaCount"],
        ["IncreaseReplicaCount", "ModifyReplicationGroup"],
    ]
    assert engine.state["cache"][3]["memberClusters"] == made["cache"]["memberClusters"]


def test_snapshots_begin_at_the_server_that_is_written_to(
    engine: Engine, made: dict[str, Props], endpoint: str
) -> None:
    engine.update("cache", cache(made, snapshotRetentionLimit=0))
    engine.update("cache", cache(made))
    shown = client(endpoint, "elasticache").describe_replication_groups(ReplicationGroupId=made["cache"]["id"])
    assert shown["ReplicationGroups"][0]["SnapshottingClusterId"] == made["cache"]["memberClusters"][0]


@pytest.mark.parametrize(
    ("bounds", "count"),
    [((2, 3), 2), ((0, 5), 1), ((1, 1), 1), ((0, 0), 0)],
    ids=["raised", "within", "exact", "lowered"],
)
def test_a_count_is_brought_between_its_bounds(
    bounds: tuple[int, int], count: int, engine: Engine, made: dict[str, Props], endpoint: str
) -> None:
    """With a new target, and with one that changes."""
    ecs, least = client(endpoint, "ecs"), {"minCapacity": bounds[0], "maxCapacity": bounds[1]}
    inputs = target(made, resourceId="service/alpha-cluster/alpha-watched")

    def counts(name: str) -> tuple[int, int]:
        shown = ecs.describe_services(cluster="alpha-cluster", services=[name])["services"][0]
        return shown["desiredCount"], shown["runningCount"]

    ecs.update_service(cluster="alpha-cluster", service="alpha-watched", desiredCount=1)
    engine.create(TARGET, "counted", {**inputs, **least})
    assert counts("alpha-watched") == (count, count)
    engine.update("counted", {**inputs, "minCapacity": 1, "maxCapacity": 1})
    assert counts("alpha-watched") == (1, 1)
    engine.update("counted", {**inputs, **least})
    assert counts("alpha-watched") == (count, count)
    engine.delete("counted")
    ecs.update_service(cluster="alpha-cluster", service="alpha-watched", desiredCount=0)


def test_a_target_takes_its_policies_with_it(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    scaling, place = client(endpoint, "application-autoscaling"), "service/alpha-cluster/alpha-watched"
    engine.create(TARGET, "taken", target(made, resourceId=place))
    alarms = engine.create(POLICY, "taken-policy", {**policy(made, 60, CPU), "resourceId": place})["alarmArns"]
    assert len(alarms) == 2
    engine.delete("taken")
    left = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert place not in [each["ResourceId"] for each in left]
    names = [arn.split(":alarm:")[1] for arn in alarms]
    assert not client(endpoint, "cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    engine.delete("taken-policy")


def test_a_policy_that_changes_keeps_its_alarms(engine: Engine, made: dict[str, Props]) -> None:
    before = made["by-cpu"]
    after = engine.update("by-cpu", policy(made, 80, CPU))
    assert [after[name] for name in ("arn", "alarmArns")] == [before[name] for name in ("arn", "alarmArns")]
    assert after["targetTrackingScalingPolicyConfiguration"]["targetValue"] == 80
    engine.update("by-cpu", policy(made, 60, CPU))


def test_a_listener_keeps_its_further_certificates(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    elb, listener = client(endpoint, "elbv2"), made["listener"]["arn"]

    def shown() -> list[tuple[str, bool]]:
        answer = elb.describe_listener_certificates(ListenerArn=listener)["Certificates"]
        return [(each["CertificateArn"], each["IsDefault"]) for each in answer]

    before = [(made["certificate"]["arn"], True), (made["other-certificate"]["arn"], False)]
    inputs = engine.state["listener"][2]
    engine.update("listener", {**inputs, "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"})
    engine.update("listener", inputs)
    assert shown() == before
    # To add one again changes nothing, and the first one cannot be taken away.
    elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": before[1][0]}])
    elb.remove_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": before[0][0]}])
    assert shown() == before


def test_alarms_of_a_service_stay_while_others_of_its_settings_change(
    engine: Engine, made: dict[str, Props], endpoint: str
) -> None:
    """Neither the provider nor ECS touches what did not change."""
    alarms = watched(made)["alarms"]
    client(endpoint, "ecs").update_service(
        cluster="alpha-cluster",
        service="alpha-watched",
        deploymentConfiguration={"maximumPercent": 150, "minimumHealthyPercent": 100},
    )
    engine.refresh("watched")
    assert (engine.state["watched"][3]["alarms"], engine.state["watched"][3]["deploymentMaximumPercent"]) == (
        alarms,
        150,
    )
    engine.update("watched", watched(made))
    assert not engine.diff("watched", watched(made)).detailedDiff
