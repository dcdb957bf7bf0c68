"""The plugin's Check and Diff against `standin/facts.tsv`, property by property: no AWS is asked.

What depends on more than one property stands below, each with the place in the provider's source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from engine import Engine, Failed, called, started
from standin import diff, facts, schema, values
from standin.facts import Fact
from standin.resources import RESOURCES
from standin.values import UNKNOWN, Props

TABLES = Path(__file__).parents[2] / "provider" / "pulumi-resource-aws-django" / "src" / "aws"
ROWS = [(token, path) for token in RESOURCES for path in facts.of(token)]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    nowhere = "http://127.0.0.1:9"
    with (
        started("-m", "standin", "ignored", AWS_ENDPOINT_URL=nowhere, AWS_REGION="eu-central-1") as port,
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield Engine(channel)


def compare(engine: Engine, token: str, state: Props, news: Props, ignore: tuple[str, ...] = ()) -> Any:
    """What the plugin says of a state and new inputs."""
    request = provider_pb2.DiffRequest(id="x", urn=engine.urn(token, "x"), ignoreChanges=ignore)
    request.olds.CopyFrom(values.encode_props(state))
    request.old_inputs.CopyFrom(values.encode_props(news))
    request.news.CopyFrom(values.encode_props(news))
    return called(engine.stub.Diff, request)


# Values made of nothing but the pinned schema.


def properties(kind: str) -> tuple[dict[str, str], list[str]]:
    known = schema.document()["types"][kind.removesuffix("[]")[1:]]
    return known["properties"], known["required"]


def sample(kind: str, number: int = 1) -> Any:
    """A value of a type, another one for another number."""
    if kind.endswith("[]"):
        return [sample(kind.removesuffix("[]"), number)]
    if kind.startswith("#"):
        kinds, required = properties(kind)
        return {name: sample(kinds[name], number) for name in required}
    if kind.startswith("map<"):
        return {"key": sample(kind[4:-1], number)}
    return {"string": f"text{number}", "number": number, "boolean": number % 2 == 1}.get(kind, f"text{number}")


def inputs(token: str, path: str, number: int | None) -> Props:
    """The inputs that a type wants, with or without a property."""
    kinds, required = schema.inputs(token), schema.document()["resources"][token]["required"]
    whole: Props = {name: sample(kinds[name]) for name in required}
    # Without it a change of the strategy is refused, which has a test of its own.
    if "forceNewDeployment" in kinds:
        whole["forceNewDeployment"] = True
    here, steps = whole, path.split(".")
    for step in steps[:-1]:
        here.setdefault(step, sample(kinds[step]))
        here = here[step][0] if kinds[step].endswith("[]") else here[step]
        kinds = properties(kinds[step])[0]
    here.pop(steps[-1], None)
    if number is not None:
        here[steps[-1]] = sample(kinds[steps[-1]], number)
    return whole


def is_object(token: str, path: str) -> bool:
    kinds = schema.inputs(token)
    for step in path.split(".")[:-1]:
        kinds = properties(kinds[step])[0]
    return kinds[path.split(".")[-1]].startswith("#")


LEAVES = [(token, path) for token, path in ROWS if not is_object(token, path)]


@pytest.mark.parametrize(("token", "path"), LEAVES)
def test_a_change_does_what_its_row_says(token: str, path: str, engine: Engine) -> None:
    answer = compare(engine, token, inputs(token, path, 1), inputs(token, path, 2))
    assert list(answer.diffs) == [diff.top(path)]
    assert bool(answer.replaces) == facts.of(token)[path].replaces
    assert not compare(engine, token, inputs(token, path, 1), inputs(token, path, 1)).detailedDiff


@pytest.mark.parametrize(("token", "path"), [row for row in LEAVES if facts.of(row[0])[row[1]].given != "required"])
def test_what_is_no_longer_given_goes_unless_aws_fills_it_in(token: str, path: str, engine: Engine) -> None:
    fact = facts.of(token)[path]
    answer = compare(engine, token, inputs(token, path, 1), inputs(token, path, None))
    goes = fact.given == "optional" and fact.default is None
    assert list(answer.diffs) == ([diff.top(path)] if goes else [])


@pytest.mark.parametrize(("token", "path"), [row for row in LEAVES if facts.of(row[0])[row[1]].default is not None])
def test_check_fills_a_default_in_and_says_so(token: str, path: str, engine: Engine) -> None:
    news: Props = inputs(token, path, None)
    here: Any = engine.check(token, "name", {name: item for name, item in news.items() if name in facts.of(token)})
    *steps, last = path.split(".")
    for step in steps:
        here = here[step][0] if isinstance(here[step], list) else here[step]
    assert here[last] == facts.of(token)[path].default
    assert last in here["__defaults"]


def registered() -> Iterator[tuple[str, str]]:
    """Type and path of everything that the components can register, from the tables of the package."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(TABLES.glob("*.rs")))
    text = re.sub(r"//.*|r#", "", text)
    fields = r"\{([^{}]*)\}"
    objects = {
        name: re.findall(r"(\w+):", body)
        for block in re.findall(r"objects! \{((?:[^{}]|\{[^{}]*\})*)\}", text)
        for name, body in re.findall(rf"(\w+)\s*{fields}", block)
    }

    def below(kinds: dict[str, str], names: list[str], path: str) -> Iterator[str]:
        for name in (re.sub(r"_(\w)", lambda match: match[1].upper(), name) for name in names):
            yield path + name
            kind = kinds[name].removesuffix("[]")
            if kind.startswith("#"):
                yield from below(properties(kind)[0], objects[kind.split(".")[-1].lstrip("#")], f"{path}{name}.")

    for token, body in re.findall(rf'"(aws:[^"]+)"\s+\w+ {fields} =>', text):
        if token in RESOURCES:
            yield from ((token, path) for path in below(schema.inputs(token), re.findall(r"(\w+):", body), ""))


def test_everything_that_can_be_registered_has_a_row() -> None:
    found = set(registered())
    assert {token for token, _ in found} == RESOURCES.keys()
    assert ("aws:lb/targetGroup:TargetGroup", "healthCheck.path") in found
    assert sorted(found - set(ROWS)) == []


def test_every_row_is_a_property_with_a_source() -> None:
    for token, path in ROWS:
        fact: Fact = facts.of(token)[path]
        assert inputs(token, path, 1), path
        assert fact.given in ("required", "optional", "computed"), (token, path)
        assert re.fullmatch(r"[\w./]+\.go:\d+", fact.source), (token, path)


# What is not in a row.

RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SERVICE, SERVER = "aws:ecs/service:Service", "aws:rds/instance:Instance"
FARGATE, SPOT = [{"capacityProvider": name, "weight": 1} for name in ("FARGATE", "FARGATE_SPOT")]
DISCOVERY = "aws:servicediscovery/service:Service"
CACHE, VERSIONING = "aws:elasticache/replicationGroup:ReplicationGroup", "aws:s3/bucketVersioning:BucketVersioning"
WATCHED, UNWATCHED = (
    {"alarms": {"alarmNames": names, "enable": bool(names), "rollback": bool(names)}} for names in (["a"], [])
)


@pytest.mark.parametrize(
    ("token", "state", "news", "diffs", "replaces"),
    [
        # ec2/vpc_security_group_ingress_rule.go:398
        (RULE, {"cidrIpv4": "10.0.0.0/8"}, {"cidrIpv4": "9.0.0.0/8"}, ["cidrIpv4"], []),
        (
            RULE,
            {"cidrIpv4": "10.0.0.0/8"},
            {"referencedSecurityGroupId": "sg-1"},
            ["cidrIpv4", "referencedSecurityGroupId"],
            ["cidrIpv4", "referencedSecurityGroupId"],
        ),
        # ecs/service.go:2502: never replaced, not even when it is the first strategy.
        (
            SERVICE,
            {"capacityProviderStrategies": [FARGATE]},
            {"capacityProviderStrategies": [SPOT], "forceNewDeployment": True},
            ["capacityProviderStrategies", "forceNewDeployment"],
            [],
        ),
        (
            SERVICE,
            {"forceNewDeployment": True},
            {"capacityProviderStrategies": [SPOT], "forceNewDeployment": True},
            ["capacityProviderStrategies"],
            [],
        ),
        # ecs/service.go:950
        (SERVICE, {"propagateTags": "NONE"}, {}, [], []),
        (SERVICE, {"propagateTags": "SERVICE"}, {}, ["propagateTags"], []),
        # ecs/service.go:554: alarms that are not heeded are none.
        (SERVICE, UNWATCHED, {}, [], []),
        (SERVICE, WATCHED, {}, ["alarms"], []),
        # elasticache/engine_version.go:113: there is a way to Valkey, but none back.
        (CACHE, {"engine": "redis"}, {"engine": "valkey"}, ["engine"], []),
        (CACHE, {"engine": "valkey"}, {"engine": "redis"}, ["engine"], ["engine"]),
        # elasticache/replication_group.go:507
        *[
            (
                CACHE,
                {"engineVersionActual": version, "transitEncryptionEnabled": False},
                {"transitEncryptionEnabled": True},
                ["transitEncryptionEnabled"],
                replaces,
            )
            for version, replaces in [("6.2.6", ["transitEncryptionEnabled"]), ("7.0.5", []), ("8.1.0", [])]
        ],
        # elasticache/replication_group.go:332
        (CACHE, {"port": 6379}, {}, [], []),
        (CACHE, {"port": 6380}, {}, ["port"], ["port"]),
        # rds/instance.go:113 and 450
        (SERVER, {"allocatedStorage": 30}, {"allocatedStorage": 20}, ["allocatedStorage"], []),
        (
            SERVER,
            {"allocatedStorage": 30, "maxAllocatedStorage": 100},
            {"allocatedStorage": 20, "maxAllocatedStorage": 100},
            [],
            [],
        ),
        (SERVER, {"allocatedStorage": 20}, {"allocatedStorage": 20, "maxAllocatedStorage": 20}, [], []),
        (
            SERVER,
            {"allocatedStorage": 20},
            {"allocatedStorage": 20, "maxAllocatedStorage": 40},
            ["maxAllocatedStorage"],
            [],
        ),
        # servicediscovery/service.go:121: all of it is fixed, and so is whether there is any.
        (
            DISCOVERY,
            {},
            {"healthCheckCustomConfig": {"failureThreshold": 1}},
            ["healthCheckCustomConfig"],
            ["healthCheckCustomConfig"],
        ),
        (DISCOVERY, {}, {"healthCheckCustomConfig": {}}, ["healthCheckCustomConfig"], ["healthCheckCustomConfig"]),
        (
            DISCOVERY,
            {"dnsConfig": {"dnsRecords": [{"type": "A", "ttl": 10}]}},
            {"dnsConfig": {"dnsRecords": [{"type": "A", "ttl": 20}]}},
            ["dnsConfig"],
            [],
        ),
        (
            DISCOVERY,
            {"dnsConfig": {"dnsRecords": [{"type": "A", "ttl": 10}]}},
            {"dnsConfig": {"dnsRecords": [{"type": "A", "ttl": 10}, {"type": "SRV", "ttl": 10}]}},
            ["dnsConfig"],
            ["dnsConfig"],
        ),
    ],
)
def test_what_depends_on_more_than_a_property(
    token: str, state: Props, news: Props, diffs: list[str], replaces: list[str], engine: Engine
) -> None:
    answer = compare(engine, token, state, news)
    assert (list(answer.diffs), list(answer.replaces)) == (diffs, replaces)


def test_another_strategy_without_a_forced_deployment_cannot_be_planned(engine: Engine) -> None:
    with pytest.raises(Failed, match="force_new_deployment should be true"):
        compare(engine, SERVICE, {"capacityProviderStrategies": [FARGATE]}, {"capacityProviderStrategies": [SPOT]})


def test_a_bucket_that_has_kept_versions_cannot_be_planned_as_one_that_has_not(engine: Engine) -> None:
    before, after = ({"versioningConfiguration": {"status": status}} for status in ("Suspended", "Disabled"))
    with pytest.raises(Failed, match="cannot be updated from 'Suspended' to 'Disabled'"):
        compare(engine, VERSIONING, before, after)
    assert list(compare(engine, VERSIONING, after, before).diffs) == ["versioningConfiguration"]


@pytest.mark.parametrize(
    ("token", "state", "news", "first"),
    [
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"policyArn": "a"}, {"policyArn": "b"}, True),
        ("aws:ecs/cluster:Cluster", {"name": "a"}, {"name": "b", "__defaults": []}, True),
        ("aws:iam/role:Role", {"name": "a", "path": "/"}, {"name": "a", "path": "/x/", "__defaults": []}, True),
        ("aws:iam/role:Role", {"name": "a", "path": "/"}, {"name": "a", "path": "/x/", "__defaults": ["name"]}, False),
    ],
)
def test_what_the_program_names_goes_before_its_replacement(
    token: str, state: Props, news: Props, first: bool, engine: Engine
) -> None:
    answer = compare(engine, token, state, news)
    assert answer.replaces
    assert answer.deleteBeforeReplace == first


TAGGED = "aws:cloudwatch/logGroup:LogGroup"


@pytest.mark.parametrize(
    ("news", "ignore", "paths"),
    [
        # The old inputs are the new ones: what differs was changed by somebody else.
        ({"tags": {"a": "1"}, "retentionInDays": 7}, (), ["retentionInDays", 'tags["b-c"]']),
        ({"tags": {"a": "1"}, "retentionInDays": 7}, ("retentionInDays", 'tags["b-c"]'), []),
        ({"tags": {"a": "1"}, "retentionInDays": 7}, ("tags",), ["retentionInDays"]),
        ({"tags": {"a": "2", "b-c": "2"}, "retentionInDays": 30}, ("tags.a", "nothing[0]"), []),
        ({"retentionInDays": 30}, (), ["tags"]),
        ({"tags": UNKNOWN, "retentionInDays": 30}, (), ["tags"]),
    ],
)
def test_the_state_is_compared_and_what_is_ignored_is_as_it_is(
    news: Props, ignore: tuple[str, ...], paths: list[str], engine: Engine
) -> None:
    state = {"tags": {"a": "1", "b-c": "2"}, "retentionInDays": 30}
    assert sorted(compare(engine, TAGGED, state, news, ignore).detailedDiff) == paths
