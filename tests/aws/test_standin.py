"""The stand-in plugin against moto, through the gRPC stubs: no engine, no CLI.

One graph holds every type of the token list. Each of its resources is checked, previewed, created, read and compared,
then changed, and in the end everything is deleted in reverse order. A second table holds what AWS refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pulumi.runtime.proto import provider_pb2

import inventory
from cases import Case, container, database, rule, service, task
from engine import REGION, Engine, Failed, client, tell, world
from graph import CASES, create_all
from refusals import BUCKET, DATABASE, REFUSALS, RULE, SERVICE, TASK, Refusal
from refusals_production import OF_PRODUCTION
from standin import schema, values
from standin.resources import FUNCTIONS, RESOURCES
from standin.resources.ecs_task import canonical
from standin.values import UNKNOWN, Props


def by_name(case: Case) -> str:
    return case.name


def test_every_type_of_the_pinned_schema_is_carried_out() -> None:
    assert RESOURCES.keys() == schema.document()["resources"].keys()
    assert FUNCTIONS.keys() == schema.document()["functions"].keys()
    assert {case.token for case in CASES} == RESOURCES.keys()


# Outputs of one resource that others change: they show after a refresh, and are no difference.
OTHERS_CHANGE = {
    "aws:ec2/securityGroup:SecurityGroup": {"egress", "ingress"},
    "aws:ec2/routeTable:RouteTable": {"routes"},
    "aws:iam/role:Role": {"inlinePolicies", "managedPolicyArns"},
    "aws:lb/targetGroup:TargetGroup": {"loadBalancerArns"},
    "aws:s3/bucket:Bucket": {"policy"},
}


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_what_is_unchanged_has_no_difference(case: Case, engine: Engine, made: dict[str, Props]) -> None:
    assert not engine.diff(case.name, case.inputs(made)).detailedDiff
    _, identifier, inputs, outputs = engine.state[case.name]
    answer = engine.read(case.name)
    assert answer.id == identifier
    assert values.decode_props(answer.inputs) == inputs
    read = values.decode_props(answer.properties)
    changed = {name for name in read.keys() | outputs.keys() if read.get(name) != outputs.get(name)}
    assert changed <= OTHERS_CHANGE.get(case.token, set())


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_a_preview_promises_what_comes(case: Case, engine: Engine, made: dict[str, Props]) -> None:
    preview, outputs = engine.preview(case.token, case.name, case.inputs(made)), engine.state[case.name][3]
    # What is not given and has no default is nothing in a preview; AWS may call it false or empty.
    assert preview.keys() >= {key for key, value in outputs.items() if value not in (False, [])}
    promised = {key: value for key, value in preview.items() if not values.has_unknown(value)}
    assert promised.keys() >= case.inputs(made).keys()
    assert promised == {key: outputs.get(key) for key in promised}
    blind = engine.preview(case.token, case.name, dict.fromkeys(case.inputs(made), UNKNOWN))
    assert all(values.has_unknown(blind[key]) for key in case.inputs(made))


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_a_change_is_an_update_or_a_replacement(case: Case, engine: Engine, made: dict[str, Props]) -> None:
    inputs = case.inputs(made)
    if replace := case.replace(made):
        answer = engine.diff(case.name, {**inputs, **replace})
        assert list(answer.replaces) == sorted(replace)
    if change := case.change(made):
        news = {**inputs, **change}
        answer = engine.diff(case.name, news)
        assert not answer.replaces
        assert list(answer.diffs) == sorted(change)
        outputs = engine.update(case.name, news)
        assert {key: outputs[key] for key in change} == values.plain(change)
        read = engine.read(case.name)
        assert values.decode_props(read.inputs) == engine.state[case.name][2]
        engine.update(case.name, inputs)
    assert change or replace


def with_object(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    """A bucket that holds an object and may not be emptied."""
    bucket = engine.create(BUCKET, "full", {})["bucket"]
    client(endpoint, "s3").put_object(Bucket=bucket, Key="a", Body=b"a")
    try:
        engine.delete("full")
    finally:
        client(endpoint, "s3").delete_object(Bucket=bucket, Key="a")
        engine.delete("full")


def with_instance(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    """A Cloud Map service in which a task is still registered."""
    token = "aws:servicediscovery/service:Service"
    dns = {"namespaceId": made["namespace"]["id"], "dnsRecords": [{"type": "A", "ttl": 10}]}
    identifier = engine.create(token, "held", {"name": "held", "dnsConfig": dns})["id"]
    discovery = client(endpoint, "servicediscovery")
    attributes = {"AWS_INSTANCE_IPV4": "10.0.0.1"}
    discovery.register_instance(ServiceId=identifier, InstanceId="a", Attributes=attributes)
    try:
        engine.delete("held")
    finally:
        discovery.deregister_instance(ServiceId=identifier, InstanceId="a")
        engine.delete("held")


@pytest.mark.parametrize("refusal", [*REFUSALS, *OF_PRODUCTION], ids=lambda refusal: refusal.name)
def test_what_aws_refuses_is_refused(refusal: Refusal, engine: Engine, made: dict[str, Props]) -> None:
    before = set(engine.state)
    with pytest.raises(Failed) as caught:
        refusal.attempt(engine, made)
    assert refusal.words in str(caught.value)
    assert set(engine.state) == before


@pytest.mark.parametrize("attempt", [with_object, with_instance])
def test_what_holds_something_stays(
    attempt: Callable[..., None], engine: Engine, made: dict[str, Props], endpoint: str
) -> None:
    with pytest.raises(Failed, match=r"BucketNotEmpty|ResourceInUse"):
        attempt(engine, made, endpoint)


def test_a_released_service_keeps_its_revision_and_count(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    ecs = client(endpoint, "ecs")
    inputs = service(made, name="alpha-released")
    engine.create(SERVICE, "released", inputs)
    released = engine.create(TASK, "released-task", task(made, cpu="512", memory="1024"))
    ecs.update_service(cluster="alpha-cluster", service="alpha-released", taskDefinition="alpha-web", desiredCount=2)
    ecs.get_waiter("services_stable").wait(cluster="alpha-cluster", services=["alpha-released"])
    refreshed = values.decode_props(engine.read("released").inputs)
    assert (refreshed["taskDefinition"], refreshed["desiredCount"]) == (released["arn"], 2)
    engine.update("released", {**inputs, "enableExecuteCommand": False})
    shown = ecs.describe_services(cluster="alpha-cluster", services=["alpha-released"])["services"][0]
    assert (shown["taskDefinition"], shown["desiredCount"], shown["runningCount"]) == (released["arn"], 2, 2)
    assert (shown["enableExecuteCommand"], shown["deploymentConfiguration"]["maximumPercent"]) == (False, 200)
    engine.delete("released")
    engine.delete("released-task")


def test_a_released_service_keeps_its_revision_and_count_over_stored_updates(
    engine: Engine, made: dict[str, Props], endpoint: str
) -> None:
    """The engine puts the inputs of the first day where changes are ignored; what was released is in the state."""
    ecs, released = client(endpoint, "ecs"), ("taskDefinition", "desiredCount")
    inputs = service(made, name="alpha-stored")
    engine.create(SERVICE, "stored", inputs)
    arn = engine.create(TASK, "stored-task", task(made, cpu="512", memory="1024"))["arn"]
    ecs.update_service(cluster="alpha-cluster", service="alpha-stored", taskDefinition=arn, desiredCount=2)
    engine.refresh("stored")
    for number in range(2):
        news = {**inputs, "tags": {"round": str(number)}, "enableExecuteCommand": number == 1}
        assert not {*released} & {*engine.diff("stored", news, released).diffs}
        outputs = engine.update("stored", news, released)
        assert (outputs["taskDefinition"], outputs["desiredCount"]) == (arn, 2)
    shown = ecs.describe_services(cluster="alpha-cluster", services=["alpha-stored"])["services"][0]
    assert (shown["taskDefinition"], shown["desiredCount"]) == (arn, 2)
    # Nothing but that they are ignored holds them.
    assert {*released} <= {*engine.diff("stored", news).diffs}
    engine.delete("stored")
    engine.delete("stored-task")


def test_any_change_of_a_service_but_its_tags_restarts_the_tasks(
    engine: Engine, made: dict[str, Props], endpoint: str
) -> None:
    def deployment() -> str:
        shown = client(endpoint, "ecs").describe_services(cluster="alpha-cluster", services=["alpha-web"])
        return shown["services"][0]["deployments"][0]["id"]

    inputs, before = service(made), deployment()
    engine.update("service", {**inputs, "tags": {"a": "b"}})
    assert deployment() == before
    engine.update("service", {**inputs, "propagateTags": "TASK_DEFINITION"})
    assert deployment() != before
    engine.update("service", inputs)


PARAMETER = "aws:ssm/parameter:Parameter"


@pytest.mark.parametrize(
    ("change", "refreshed", "ignore", "value"),
    [
        # A change of tags alone does not touch it, any other puts what the state says (ssm/parameter.go).
        ({"tags": {"a": "b"}}, False, ("value",), "other"),
        ({"description": "of a key"}, False, ("value",), "first"),
        ({"description": "of a key"}, True, ("value",), "other"),
        ({"description": "of a key"}, True, (), "first"),
    ],
)
def test_a_value_that_somebody_changed(
    change: Props, refreshed: bool, ignore: tuple[str, ...], value: str, engine: Engine, endpoint: str
) -> None:
    ssm, inputs = client(endpoint, "ssm"), {"name": "/dev/put", "type": "SecureString", "value": "first"}
    engine.create(PARAMETER, "put", inputs)
    ssm.put_parameter(Name="/dev/put", Value="other", Type="SecureString", Overwrite=True)
    if refreshed:
        engine.refresh("put")
    engine.update("put", {**inputs, **change}, ignore)
    assert ssm.get_parameter(Name="/dev/put", WithDecryption=True)["Parameter"]["Value"] == value
    engine.delete("put")


def test_a_preview_knows_which_domains_a_certificate_proves(engine: Engine) -> None:
    token = "aws:acm/certificate:Certificate"
    inputs: Props = {"domainName": "a.org", "subjectAlternativeNames": ["*.a.org", "a.org"], "validationMethod": "DNS"}
    options = engine.preview(token, "promised", inputs)["domainValidationOptions"]
    assert [option["domainName"] for option in options] == ["a.org", "*.a.org"]
    others = [value for option in options for name, value in option.items() if name != "domainName"]
    assert others == [UNKNOWN] * 6
    inputs["domainName"] = UNKNOWN
    assert engine.preview(token, "promised", inputs)["domainValidationOptions"] is UNKNOWN


def test_storage_crosses_400_gib_with_operations_a_second(engine: Engine, made: dict[str, Props]) -> None:
    inputs = database(made, identifier="grown-rds", maxAllocatedStorage=500)
    outputs = engine.create(DATABASE, "grown", inputs)
    assert (outputs["iops"], outputs["storageThroughput"]) == (3000, 125)
    large = {**inputs, "allocatedStorage": 400, "iops": 12_000, "storageThroughput": 500}
    outputs = engine.update("grown", large)
    assert (outputs["allocatedStorage"], outputs["iops"], outputs["storageThroughput"]) == (400, 12_000, 500)
    outputs = engine.update("grown", {**large, "allocatedStorage": 420})
    assert (outputs["allocatedStorage"], outputs["iops"], outputs["maxAllocatedStorage"]) == (420, 12_000, 500)
    unlimited = {**large, "allocatedStorage": 420, "maxAllocatedStorage": None}
    assert "maxAllocatedStorage" not in engine.update("grown", unlimited)
    assert not engine.diff("grown", unlimited).detailedDiff
    engine.delete("grown")


def test_a_balancer_has_a_hundred_rules(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    elb, arn = client(endpoint, "elbv2"), made["redirect"]["arn"]
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    rules = [
        elb.create_rule(
            ListenerArn=arn,
            Priority=number + 1,
            Conditions=[{"Field": "host-header", "Values": [f"{number}.example.com"]}],
            Actions=[action],
        )["Rules"][0]["RuleArn"]
        for number in range(100 - sum(case.token == RULE for case in CASES))
    ]
    with pytest.raises(Failed, match="TooManyRules"):
        engine.create(RULE, "hundred", rule(made, priority=500))
    elb.delete_rule(RuleArn=rules.pop())
    engine.create(RULE, "hundred", rule(made, priority=500))
    engine.delete("hundred")
    # Of so many the tags are told at once, if all of them are there.
    assert len(elb.describe_tags(ResourceArns=rules[:20])["TagDescriptions"]) == 20
    with pytest.raises(ClientError, match="ValidationError"):
        elb.describe_tags(ResourceArns=rules[:21])
    for found in rules:
        elb.delete_rule(RuleArn=found)
    with pytest.raises(ClientError, match="RuleNotFound"):
        elb.describe_tags(ResourceArns=rules[:1])


def test_containers_on_fargate_have_what_it_supports(engine: Engine, made: dict[str, Props]) -> None:
    definition = container(
        healthCheck={"command": ["CMD-SHELL", "true"], "interval": 10, "timeout": 5, "retries": 3, "startPeriod": 60},
        linuxParameters={
            "capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]},
            "initProcessEnabled": True,
            "tmpfs": [{"containerPath": "/tmp", "size": 64}],
        },
        repositoryCredentials={"credentialsParameter": f"arn:aws:secretsmanager:{REGION}:123456789012:secret:hub"},
        stopTimeout=120,
    )
    engine.create(TASK, "supported", task(made, definition, family="alpha-supported"))
    assert not engine.diff("supported", task(made, definition, family="alpha-supported")).detailedDiff
    assert values.decode_props(engine.read("supported").inputs) == engine.state["supported"][2]
    engine.state.pop("supported")


def test_check_fills_in_what_the_provider_does(engine: Engine) -> None:
    """As in recorded traffic of the real plugin: defaults and an automatic name, told apart from what is given."""
    checked = engine.check("aws:iam/role:Role", "role-of", {"assumeRolePolicy": "{}", "path": "/x/"})
    assert checked["maxSessionDuration"] == 3600
    assert checked["__defaults"] == ["forceDetachPolicies", "maxSessionDuration", "name"]
    redirect = {"type": "redirect", "redirect": {"statusCode": "HTTP_301", "port": "443"}}
    listener = engine.check("aws:lb/listener:Listener", "l", {"loadBalancerArn": "x", "defaultActions": [redirect]})
    assert listener["defaultActions"][0]["redirect"]["__defaults"] == ["host", "path", "protocol", "query"]
    assert listener["__defaults"] == listener["defaultActions"][0]["__defaults"] == []


def test_a_definition_that_is_not_canonical_differs_after_a_refresh(engine: Engine, made: dict[str, Props]) -> None:
    sloppy = {
        "name": "web",
        "image": "nginx:1",
        "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
        "secrets": [],
    }
    engine.create(TASK, "sloppy", task(made, sloppy, family="alpha-sloppy"))
    read = values.decode_props(engine.read("sloppy").inputs)["containerDefinitions"]
    assert json.loads(read) == canonical([sloppy]) != [sloppy]
    engine.state.pop("sloppy")


def test_a_refresh_shows_what_others_made_and_finds_no_difference(engine: Engine, made: dict[str, Props]) -> None:
    shown = {"lb": "ingress", "table": "routes", "role": "inlinePolicies", "group": "loadBalancerArns"}
    for name, output in {**shown, "bucket": "policy"}.items():
        before, case = engine.state[name], next(case for case in CASES if case.name == name)
        engine.refresh(name)
        assert engine.state[name][3].get(output), name
        assert not engine.diff(name, case.inputs(made)).detailedDiff, name
        engine.state[name] = before


def test_a_secret_stays_one(engine: Engine, made: dict[str, Props]) -> None:
    outputs = engine.state["parameter"][3]
    assert outputs["value"] == values.Secret("hidden")
    assert not values.has_secret(outputs["name"])


def test_unknown_inputs_pass_and_replace_in_a_preview(engine: Engine, made: dict[str, Props]) -> None:
    answer = engine.diff("group", {**next(c for c in CASES if c.name == "group").inputs(made), "vpcId": UNKNOWN})
    assert list(answer.replaces) == ["vpcId"]
    assert not answer.deleteBeforeReplace


@pytest.mark.parametrize(
    ("name", "change", "first"),
    [
        ("group", {"port": 9000}, False),
        ("role", {"path": "/x/"}, False),
        ("logs", {"logGroupClass": "INFREQUENT_ACCESS"}, True),
        ("service", {"launchType": "FARGATE"}, True),
    ],
)
def test_only_a_fixed_name_goes_before_its_replacement(
    name: str, change: Props, first: bool, engine: Engine, made: dict[str, Props]
) -> None:
    answer = engine.diff(name, {**next(c for c in CASES if c.name == name).inputs(made), **change})
    assert answer.replaces
    assert answer.deleteBeforeReplace == first


def test_a_preview_of_an_update_keeps_what_stays_and_does_not_know_the_rest(
    engine: Engine, made: dict[str, Props]
) -> None:
    inputs = {**next(case for case in CASES if case.name == "parameter").inputs(made), "value": UNKNOWN}
    promised = engine.preview_update("parameter", {**inputs, "tags": {"a": "b"}}, ("tags.env",))
    assert {promised["version"], values.plain(promised["value"])} == {UNKNOWN}
    assert promised["arn"] == made["parameter"]["arn"]
    assert promised["tagsAll"] == {"a": "b", "env": "dev"}


def test_ignored_changes_are_no_difference(engine: Engine, made: dict[str, Props]) -> None:
    news = service(made, taskDefinition="alpha-web:9", tags={"env": "dev", "desired-count": "2"})
    assert list(engine.diff("service", news, ("taskDefinition",)).diffs) == ["tags"]
    assert not engine.diff("service", news, ("taskDefinition", 'tags["desired-count"]')).detailedDiff


@pytest.mark.parametrize(
    ("token", "args", "output", "value"),
    [
        (
            "aws:index/getAvailabilityZones:getAvailabilityZones",
            {"state": "available", "filters": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]},
            "names",
            [f"{REGION}a", f"{REGION}b", f"{REGION}c"],
        ),
        ("aws:index/getAvailabilityZones:getAvailabilityZones", {"region": "us-east-1"}, "region", "us-east-1"),
        ("aws:index/getCallerIdentity:getCallerIdentity", {}, "accountId", "123456789012"),
        ("aws:index/getPartition:getPartition", {}, "partition", "aws"),
        ("aws:index/getRegion:getRegion", {}, "region", REGION),
        (
            "aws:rds/getEngineVersion:getEngineVersion",
            {"engine": "postgres", "version": "17"},
            "parameterGroupFamily",
            "postgres17",
        ),
        ("aws:route53/getZone:getZone", {"name": "example.com"}, "name", "example.com"),
    ],
)
def test_functions_answer(
    token: str, args: Props, output: str, value: Any, engine: Engine, made: dict[str, Props]
) -> None:
    assert engine.invoke(token, args)[output] == value


def test_passwords_differ_and_keep_to_their_letters(engine: Engine) -> None:
    args = {"passwordLength": 50, "excludePunctuation": True}
    first, second = (
        engine.invoke("aws:secretsmanager/getRandomPassword:getRandomPassword", args)["randomPassword"]
        for _ in range(2)
    )
    assert first != second
    assert len(first) == 50
    assert first.isalnum()


def test_a_zone_that_is_not_there_is_an_error(engine: Engine) -> None:
    with pytest.raises(Failed, match="no matching Route 53"):
        engine.invoke("aws:route53/getZone:getZone", {"name": "nowhere.org"})


def test_destroy_leaves_revisions_alone() -> None:
    """Everything goes in reverse order; task definition revisions stay."""
    with world() as (engine, endpoint):
        create_all(engine, endpoint)
        for name in reversed(list(engine.state)):
            engine.delete(name)
        left = inventory.collect(endpoint, [REGION])
        assert left.keys() <= inventory.MAY_REMAIN
        assert [item["name"] for item in left["ecs task definition"]] == ["alpha-web:1"]


def test_a_server_that_goes_leaves_a_snapshot_from_which_another_is_made(
    engine: Engine, made: dict[str, Props], endpoint: str
) -> None:
    """Whose the server is and how it is encrypted is the snapshot's, also where something else is asked for."""
    final = {"skipFinalSnapshot": False, "finalSnapshotIdentifier": "old-final", "deletionProtection": True}
    first = database(made, identifier="old-rds", username="owner", allocatedStorage=30, **final)
    engine.create(DATABASE, "old", first)
    with pytest.raises(Failed, match="has deletion protection"):
        engine.delete("old")
    engine.update("old", {**first, "deletionProtection": False})
    engine.delete("old")
    assert [item["name"] for item in inventory.collect(endpoint, [REGION])["rds snapshot"]] == ["old-final"]

    news = database(made, identifier="new-rds", snapshotIdentifier="old-final", multiAz=True, backupRetentionPeriod=14)
    with pytest.raises(Failed, match="cannot shrink below 30"):
        engine.create(DATABASE, "new", news)
    with pytest.raises(Failed, match="DBSnapshot not found: nothing"):
        engine.create(DATABASE, "new", {**news, "allocatedStorage": 30, "snapshotIdentifier": "nothing"})
    news["allocatedStorage"] = 30
    restored = engine.create(DATABASE, "new", news)
    kept = ("username", "multiAz", "backupRetentionPeriod", "vpcSecurityGroupIds")
    assert [restored[name] for name in kept] == ["owner", True, 14, [made["tasks"]["id"]]]
    assert len(restored["masterUserSecrets"]) == 1
    # The name that the program gives is another one: without `ignoreChanges` the server would be replaced.
    assert list(engine.diff("new", news).replaces) == ["username"]
    ignore = ("kmsKeyId", "snapshotIdentifier", "storageEncrypted", "username")
    assert not engine.diff("new", news, ignore).detailedDiff
    engine.delete("new")


def test_the_inventory_sees_every_type(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    client(endpoint, "rds").create_db_snapshot(DBInstanceIdentifier="dev-rds", DBSnapshotIdentifier="kept")
    kinds = inventory.collect(endpoint, [REGION])
    assert kinds.keys() >= inventory.KINDS.keys() - inventory.MAY_REMAIN


def run_command(made: dict[str, Props], endpoint: str, codes: dict[str, int | None]) -> dict[str, Any]:
    """Runs the newest revision of a family as a release does, with exit codes of our choice."""
    containers = {name: {"exitCode": code} for name, code in codes.items()}
    tell(endpoint, "tasks", {"alpha-command": {"containers": containers}})
    ecs = client(endpoint, "ecs")
    network = {"awsvpcConfiguration": {"subnets": [made["private"]["id"]], "securityGroups": [made["tasks"]["id"]]}}
    run = ecs.run_task(
        cluster="alpha-cluster", taskDefinition="alpha-command", launchType="FARGATE", networkConfiguration=network
    )
    arn = run["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_stopped").wait(cluster="alpha-cluster", tasks=[arn])
    return ecs.describe_tasks(cluster="alpha-cluster", tasks=[arn])["tasks"][0]


def test_a_command_ends_with_the_chosen_exit_codes(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    definition = task(
        made,
        container(name="database", portMappings=[], essential=False),
        container(name="update"),
        family="alpha-command",
    )
    engine.create(TASK, "command", definition)
    choices: list[dict[str, int | None]] = [{}, {"database": 3}, {"update": None}]
    for codes in choices:
        stopped = run_command(made, endpoint, codes)
        assert (stopped["lastStatus"], stopped["stoppedReason"]) == ("STOPPED", "Essential container in task exited")
        assert stopped["taskDefinitionArn"] == engine.state["command"][3]["arn"]
        wanted = {"database": 0, "update": 0, **codes}
        assert {c["name"]: c.get("exitCode") for c in stopped["containers"]} == wanted
    interfaces = client(endpoint, "ec2").describe_network_interfaces(
        Filters=[{"Name": "description", "Values": ["task of ECS"]}]
    )
    assert not interfaces["NetworkInterfaces"]
    engine.state.pop("command")


@pytest.mark.parametrize(("secret", "starts"), [("/dev/alpha/SECRET_KEY", True), ("/dev/alpha/NOTHING", False)])
def test_a_task_starts_with_secrets_that_exist(
    secret: str, starts: bool, engine: Engine, made: dict[str, Props], endpoint: str
) -> None:
    source = f"arn:aws:ssm:{REGION}:123456789012:parameter{secret}"
    definition = task(made, container(secrets=[{"name": "KEY", "valueFrom": source}]), family="alpha-command")
    engine.create(TASK, "command", definition)
    stopped = run_command(made, endpoint, {})
    assert (stopped["stopCode"] == "EssentialContainerExited") == starts
    assert ("exitCode" in stopped["containers"][0]) == starts
    engine.state.pop("command")


# What the plugin asks with a filter. What fits nothing finds nothing: an account holds what others made as well.
OTHERS = [
    ("ec2", "describe_instances", "Reservations", {"instance.group-id": "sg-00000000"}),
    ("ec2", "describe_internet_gateways", "InternetGateways", {"attachment.vpc-id": "vpc-00000000"}),
    ("ec2", "describe_nat_gateways", "NatGateways", {"subnet-id": "subnet-00000000"}),
    ("ec2", "describe_nat_gateways", "NatGateways", {"vpc-id": "vpc-00000000"}),
    ("ec2", "describe_network_acls", "NetworkAcls", {"vpc-id": "vpc-00000000", "default": "true"}),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces", {"subnet-id": "subnet-00000000"}),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces", {"vpc-id": "vpc-00000000"}),
    ("ec2", "describe_route_tables", "RouteTables", {"association.subnet-id": "subnet-00000000"}),
    ("ec2", "describe_route_tables", "RouteTables", {"vpc-id": "vpc-00000000", "association.main": "true"}),
    ("ec2", "describe_security_groups", "SecurityGroups", {"vpc-id": "vpc-00000000", "group-name": "default"}),
    ("ec2", "describe_subnets", "Subnets", {"vpc-id": "vpc-00000000"}),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", {"vpc-id": "vpc-00000000"}),
    ("servicediscovery", "list_services", "Services", {"NAMESPACE_ID": "ns-00000000"}),
]


@pytest.mark.parametrize(("service", "call", "key", "filters"), OTHERS)
def test_a_filter_finds_nothing_of_others(
    service: str, call: str, key: str, filters: dict[str, str], made: dict[str, Props], endpoint: str
) -> None:
    ask = getattr(client(endpoint, service), call)
    assert ask()[key]
    assert not ask(Filters=[{"Name": name, "Values": [value]} for name, value in filters.items()])[key]


def test_a_namespace_goes_while_another_has_services(engine: Engine, made: dict[str, Props]) -> None:
    network = engine.create("aws:ec2/vpc:Vpc", "second-vpc", {"cidrBlock": "10.8.0.0/16"})["id"]
    namespace = {"name": "second-ns", "vpc": network}
    engine.create("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "second-namespace", namespace)
    engine.delete("second-namespace")
    engine.delete("second-vpc")


def test_tasks_of_a_cluster_are_not_those_of_one_whose_name_has_its_name_in_it(
    engine: Engine, made: dict[str, Props], endpoint: str
) -> None:
    ecs = client(endpoint, "ecs")
    engine.create("aws:ecs/cluster:Cluster", "within", {"name": "cluster"})
    assert ecs.list_tasks(cluster="alpha-cluster", desiredStatus="STOPPED")["taskArns"]
    assert not ecs.list_tasks(cluster="cluster", desiredStatus="STOPPED")["taskArns"]
    engine.delete("within")


def test_a_cluster_that_exists_is_taken_over_as_it_is(engine: Engine, made: dict[str, Props], endpoint: str) -> None:
    """As `CreateCluster` does: two stacks with one name have one cluster, and the log groups refuse that."""
    ecs = client(endpoint, "ecs")
    before = ecs.describe_clusters(clusters=["alpha-cluster"], include=["TAGS", "SETTINGS"])["clusters"]
    other = {"name": "alpha-cluster", "tags": {"env": "other"}}
    assert engine.create("aws:ecs/cluster:Cluster", "adopted", other)["arn"] == made["cluster"]["arn"]
    assert ecs.describe_clusters(clusters=["alpha-cluster"], include=["TAGS", "SETTINGS"])["clusters"] == before
    with pytest.raises(Failed, match="ClusterContainsServices"):
        engine.delete("adopted")
    engine.state.pop("adopted")
    with pytest.raises(Failed, match="ResourceAlreadyExistsException"):
        engine.create("aws:cloudwatch/logGroup:LogGroup", "second", {"name": "/ecs/alpha/web"})


def test_regions_and_providers_are_kept_apart(engine: Engine, endpoint: str) -> None:
    inputs = {"name": "/ecs/elsewhere/web", "region": "us-east-1"}
    arn = engine.create("aws:cloudwatch/logGroup:LogGroup", "elsewhere", inputs)["arn"]
    assert arn.startswith("arn:aws:logs:us-east-1:")
    here = inventory.log_groups(lambda service: client(endpoint, service))
    assert "/ecs/elsewhere/web" not in [group["name"] for group in here]
    engine.delete("elsewhere")


def test_a_provider_that_would_make_something_else_is_refused(engine: Engine) -> None:
    role = {"roleArn": "arn:aws:iam::123456789012:role/deployer", "sessionName": "pulumi"}
    # A list is a text of JSON in what configures a provider.
    for config, refused in [
        ({"assumeRoles": json.dumps([role])}, []),
        ({"assumeRoles": json.dumps([role | {"externalId": "x"}])}, ["assumeRoles.externalId"]),
        ({"defaultTags": "{}", "region": REGION}, ["defaultTags"]),
    ]:
        answer = engine.stub.CheckConfig(provider_pb2.CheckRequest(news=values.encode_props(config)))
        assert [failure.property for failure in answer.failures] == refused
