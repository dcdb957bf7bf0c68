"""Tasks that are run, as a test tells: how they begin, run, end, and what they write."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulated import Account
from emulation import contained

SECRET = "arn:aws:ssm:eu-central-1:123456789012:parameter/alpha/KEY"
EXITED, NEVER = "EssentialContainerExited", "TaskFailedToStart"

# A story, and what so many answers show.
LIVES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["STOPPED", "STOPPED"]),
    ({"missing": 2}, ["MISSING", "MISSING", "STOPPED"]),
    ({"provisioning": 1, "pending": 2, "running": 1}, ["PROVISIONING", "PENDING", "PENDING", "RUNNING", "STOPPED"]),
    ({"pending": 1, "running": 0}, ["PENDING", "STOPPED"]),
    ({"running": 1, "deprovisioning": 1}, ["RUNNING", "DEPROVISIONING", "STOPPED"]),
    ({"pending": 1, "ends": "imageNotFound"}, ["PENDING", "STOPPED"]),
]


@pytest.mark.parametrize(("story", "shown"), LIVES, ids=lambda value: str(value))
def test_a_task_lives_as_it_was_told(story: dict[str, Any], shown: list[str], account: Account) -> None:
    account.define("update")
    account.tell("tasks", update=story)
    ran = account.run("update")["tasks"][0]
    assert (ran["lastStatus"], ran["desiredStatus"]) == ("PROVISIONING", "RUNNING")
    assert account.statuses(ran["taskArn"], len(shown)) == shown


# A story, and the code, the reason, the exit code and the container's reason that it ends with.
ENDS: list[tuple[dict[str, Any], tuple[str, str, int | None, str | None]]] = [
    ({}, (EXITED, "Essential container in task exited", 0, None)),
    ({"containers": {"app": {"exitCode": 1}}}, (EXITED, "Essential container", 1, None)),
    ({"containers": {"app": {"exitCode": None}}}, (EXITED, "Essential container", None, "CannotStartContainerError")),
    ({"containers": {"app": {"exitCode": 2, "reason": "why"}}}, (EXITED, "Essential container", 2, "why")),
    ({"ends": "outOfMemory"}, (EXITED, "Essential container", 137, "OutOfMemoryError: container killed")),
    ({"ends": "spot"}, ("SpotInterruption", "Your Spot Task was interrupted.", 137, None)),
    ({"ends": "imageNotFound"}, (NEVER, "CannotPullContainerError", None, "failed to resolve ref shop/backend:v1")),
    ({"ends": "secretNotReadable"}, (NEVER, f"ssm:GetParameters on resource: {SECRET}", None, None)),
]


@pytest.mark.parametrize(("story", "end"), ENDS, ids=lambda value: str(value))
def test_a_task_ends_as_it_was_told(
    story: dict[str, Any], end: tuple[str, str, int | None, str | None], account: Account
) -> None:
    account.client("ssm").put_parameter(Name="/alpha/KEY", Value="v", Type="SecureString", Overwrite=True)
    account.define("update", {"secrets": [{"name": "KEY", "valueFrom": SECRET}]})
    account.tell("tasks", update=story)
    stopped = account.task(account.run("update")["tasks"][0]["taskArn"])
    code, reason, exit_code, why = end
    container = stopped["containers"][0]
    assert (stopped["stopCode"], container.get("exitCode"), container["lastStatus"]) == (code, exit_code, "STOPPED")
    assert reason in stopped["stoppedReason"]
    assert (why or "") in container.get("reason", "") and ("reason" in container) == (why is not None)
    assert ("startedAt" in stopped) == (code != NEVER)


def test_a_task_without_its_secret_or_its_log_group_never_starts(account: Account) -> None:
    account.define("update", {"secrets": [{"name": "KEY", "valueFrom": "/nowhere"}]})
    stopped = account.task(account.run("update")["tasks"][0]["taskArn"])
    assert (stopped["stopCode"], "invalid ssm parameters: /nowhere" in stopped["stoppedReason"]) == (NEVER, True)
    account.logs.delete_log_group(logGroupName=account.group)
    account.define("update")
    stopped = account.task(account.run("update")["tasks"][0]["taskArn"])
    assert "log group does not exist" in stopped["stoppedReason"]


def test_a_story_is_met_so_many_times(account: Account) -> None:
    account.define("update")
    account.tell("tasks", update={"times": 1, "containers": {"app": {"exitCode": 1}}})
    codes = [account.task(account.run("update")["tasks"][0]["taskArn"])["containers"][0]["exitCode"] for _ in range(2)]
    assert codes == [1, 0]


def test_no_task_is_run_but_failures_are_answered(account: Account) -> None:
    account.define("update")
    account.tell("tasks", update={"failures": ["RESOURCE:ENI"]})
    answer = account.run("update")
    assert (answer["tasks"], [failure["reason"] for failure in answer["failures"]]) == ([], ["RESOURCE:ENI"])


def test_what_is_asked_of_a_task_is_kept(account: Account) -> None:
    arn = account.define("update", tags=[{"key": "app", "value": "alpha"}])
    overrides = {
        "containerOverrides": [
            {"name": "app", "command": ["migrate"], "environment": [{"name": "A", "value": "1"}]},
        ]
    }
    asked = {"startedBy": "release/1", "overrides": overrides, "tags": [{"key": "a", "value": "b"}]}
    task = account.run("update", propagateTags="TASK_DEFINITION", clientToken="once", **asked)["tasks"][0]
    assert account.run("update", clientToken="once", **asked)["tasks"][0]["taskArn"] == task["taskArn"]
    shown = account.ecs.describe_tasks(cluster=account.cluster, tasks=[task["taskArn"]], include=["TAGS"])["tasks"][0]
    assert shown["overrides"]["containerOverrides"] == overrides["containerOverrides"]
    assert (shown["startedBy"], shown["taskDefinitionArn"]) == ("release/1", arn)
    assert shown["tags"] == [{"key": "a", "value": "b"}, {"key": "app", "value": "alpha"}]


def test_a_task_is_listed_by_family_starter_and_desired_status(account: Account) -> None:
    account.define("update")
    account.define("other")
    account.tell("tasks", update={"running": None})
    running = account.run("update", startedBy="me")["tasks"][0]["taskArn"]
    ended = account.run("other")["tasks"][0]["taskArn"]
    filters: list[tuple[dict[str, str], list[str]]] = [
        ({}, [running]),
        ({"desiredStatus": "STOPPED"}, [ended]),
        ({"family": f"{account.cluster}-update"}, [running]),
        ({"family": f"{account.cluster}-other"}, []),
        ({"startedBy": "me"}, [running]),
        ({"startedBy": "me", "desiredStatus": "STOPPED"}, []),
    ]
    for asked, found in filters:
        assert account.ecs.list_tasks(cluster=account.cluster, **asked)["taskArns"] == found, asked
    account.ecs.stop_task(cluster=account.cluster, task=running, reason="enough")
    stopped = account.task(running)
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")
    assert stopped["containers"][0]["exitCode"] == 143


def test_a_task_holds_its_subnet_until_it_has_stopped(account: Account) -> None:
    account.define("update")
    account.tell("tasks", update={"running": 1})
    task = account.run("update")["tasks"][0]
    held = [{"Name": "description", "Values": ["task of ECS"]}]
    counts = []
    for _ in range(2):
        counts.append(len(account.client("ec2").describe_network_interfaces(Filters=held)["NetworkInterfaces"]))
        account.task(task["taskArn"])
    assert counts == [1, 0]


def test_a_revision_that_was_deregistered_is_not_run(account: Account) -> None:
    arn = account.define("update")
    account.ecs.deregister_task_definition(taskDefinition=arn)
    with pytest.raises(ClientError, match="inactive"):
        account.run("update:1")


# Logs.


def read(account: Account, stream: dict[str, str], **more: Any) -> list[list[str]]:
    """The pages from the head, until a token comes back as it went."""
    pages, token = [], None
    while True:
        asked = {"nextToken": token} if token else {}
        answer = account.logs.get_log_events(**stream, startFromHead=True, **asked, **more)
        pages.append([event["message"] for event in answer["events"]])
        if answer["nextForwardToken"] == token:
            return pages
        token = answer["nextForwardToken"]


PAGES: list[tuple[dict[str, Any], list[list[str]]]] = [
    ({"lines": []}, [[], []]),
    ({"lines": ["a", "b"]}, [["a", "b"], []]),
    ({"lines": ["a", "b", "c"], "page": 2}, [["a", "b"], ["c"], []]),
    ({"lines": ["a"], "gaps": 2}, [[], [], ["a"], []]),
    ({"lines": ["a"], "late": 1}, [[], ["a"], []]),
    ({"lines": [{"hex": "61ff62e282"}]}, [["a\ufffdb\ufffd\ufffd"], []]),
    ({"lines": ["{number}/2"], "count": 2}, [["0/2", "1/2"], []]),
]


@pytest.mark.parametrize(("log", "pages"), PAGES, ids=lambda value: str(value))
def test_a_container_writes_what_it_was_told(log: dict[str, Any], pages: list[list[str]], account: Account) -> None:
    account.define("update")
    account.tell("tasks", update={"containers": {"app": {"log": log}}})
    task = account.run("update")["tasks"][0]["taskArn"]
    assert read(account, account.stream("update", task)) == pages


def test_a_stream_is_absent_as_told_and_of_a_task_that_never_started(account: Account) -> None:
    account.define("update")
    account.tell("tasks", update={"containers": {"app": {"log": {"lines": ["a"], "absent": 1}}}})
    stream = account.stream("update", account.run("update")["tasks"][0]["taskArn"])
    with pytest.raises(ClientError, match="log stream does not exist"):
        read(account, stream)
    assert read(account, stream) == [["a"], []]
    account.tell("tasks", update={"ends": "imageNotFound"})
    with pytest.raises(ClientError, match="log stream does not exist"):
        read(account, account.stream("update", account.run("update")["tasks"][0]["taskArn"]))


def test_a_million_lines_are_read_from_any_place(account: Account) -> None:
    account.define("update")
    log = {"lines": ["line {number}"], "count": 1_000_000, "perSecond": 10_000}
    account.tell("tasks", update={"containers": {"app": {"log": log}}})
    stream = account.stream("update", account.run("update")["tasks"][0]["taskArn"])
    head = account.logs.get_log_events(**stream, startFromHead=True)
    tail = account.logs.get_log_events(**stream, limit=2)
    assert [len(head["events"]), head["events"][-1]["message"]] == [10_000, "line 9999"]
    assert [event["message"] for event in tail["events"]] == ["line 999998", "line 999999"]
    assert tail["events"][-1]["timestamp"] - head["events"][0]["timestamp"] == 99_999
    later = account.logs.get_log_events(**stream, startFromHead=True, startTime=tail["events"][0]["timestamp"])
    assert [event["message"] for event in later["events"]] == [f"line {number}" for number in range(999_990, 1_000_000)]
    before = account.logs.get_log_events(**stream, limit=1, nextToken=tail["nextBackwardToken"])
    assert [event["message"] for event in before["events"]] == ["line 999997"]


def test_the_lines_of_many_streams_are_filtered_together(account: Account) -> None:
    account.define("update")
    log = {"lines": ["line {number}"], "count": 10_000, "perSecond": 10_000}
    account.tell("tasks", update={"containers": {"app": {"log": log}}})
    streams = {account.stream("update", account.run("update")["tasks"][0]["taskArn"])["logStreamName"] for _ in "ab"}
    asked: dict[str, Any] = {"logGroupName": account.group, "limit": 3}
    seen = []
    for _ in range(2):
        answer = account.logs.filter_log_events(**asked)
        seen += [(event["logStreamName"], event["message"]) for event in answer["events"]]
        asked["nextToken"] = answer["nextToken"]
    for stream in streams:
        own = [line for name, line in seen if name == stream]
        assert own == [f"line {number}" for number in range(len(own))]
    assert len(set(seen)) == 6
    answer = account.logs.filter_log_events(logGroupName=account.group, filterPattern='"line 9999"')
    assert ([event["message"] for event in answer["events"]], "nextToken" in answer) == (["line 9999"] * 2, False)


# Tasks that are carried out.


def ended(account: Account, arn: str) -> dict[str, Any]:
    """A task that is carried out takes real time."""
    for _ in range(600):
        shown = account.task(arn)
        if shown["lastStatus"] == "STOPPED":
            return shown
        time.sleep(0.05)
    raise AssertionError(f"{arn} does not end")


def shell(script: str, **more: Any) -> dict[str, Any]:
    return {"command": ["sh", "-c", script], **more}


def test_a_command_is_carried_out_with_its_variables_and_secrets(account: Account) -> None:
    account.client("ssm").put_parameter(Name="/alpha/KEY", Value="k", Type="SecureString", Overwrite=True)
    secret = account.client("secretsmanager").create_secret(Name=account.cluster, SecretString='{"password": "p"}')
    account.define(
        "update",
        {
            "entryPoint": ["sh", "-c"],
            "command": ["exit 9"],
            "environment": [{"name": "PGHOST", "value": "db.internal"}, {"name": "URL", "value": "x://db.internal/"}],
            "secrets": [
                {"name": "KEY", "valueFrom": "/alpha/KEY"},
                {"name": "PASSWORD", "valueFrom": f"{secret['ARN']}:password::"},
            ],
        },
    )
    account.tell("run", update={"environment": {"PGPORT": "5433"}, "replace": {"db.internal": "127.0.0.1"}})
    script = "env | grep -v -e PWD -e SHLVL -e ^_= | sort; printf 'no end\\377'; exit 3"
    override = {"name": "app", "command": [script], "environment": [{"name": "MORE", "value": "m"}]}
    task = account.run("update", overrides={"containerOverrides": [override]})["tasks"][0]["taskArn"]
    assert ended(account, task)["containers"][0]["exitCode"] == 3
    lines = ["KEY=k", "MORE=m", "PASSWORD=p", "PATH=/usr/local/bin:/usr/bin:/bin", "PGHOST=127.0.0.1", "PGPORT=5433"]
    assert read(account, account.stream("update", task)) == [[*lines, "URL=x://127.0.0.1/", "no end\ufffd"], []]


# Containers, the exit code of each, and whether the task waits for the first.
ORDERS: list[tuple[str, str, list[int | None]]] = [
    ("exit 0", "exit 0", [0, 0]),
    ("exit 0", "exit 5", [0, 5]),
    ("exit 4", "exit 0", [4, None]),
]


@pytest.mark.parametrize(("first", "second", "codes"), ORDERS)
def test_a_container_waits_for_what_it_depends_on(
    first: str, second: str, codes: list[int | None], account: Account
) -> None:
    depends = [{"containerName": "first", "condition": "SUCCESS"}]
    account.define("update", shell(first, name="first", essential=False), shell(second, name="app", dependsOn=depends))
    account.tell("run", update={})
    stopped = ended(account, account.run("update")["tasks"][0]["taskArn"])
    assert [container.get("exitCode") for container in stopped["containers"]] == codes


def test_a_command_that_is_stopped_gets_sigterm(account: Account) -> None:
    account.define("update", shell("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done"))
    account.tell("run", update={})
    task = account.run("update")["tasks"][0]["taskArn"]
    stream = account.stream("update", task)
    while read(account, stream)[0] != ["ready"]:
        time.sleep(0.05)
    assert account.task(task)["lastStatus"] == "RUNNING"
    account.ecs.stop_task(cluster=account.cluster, task=task)
    stopped = ended(account, task)
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("UserInitiated", 7)
    assert read(account, stream)[0] == ["ready", "bye"]


def test_the_command_of_a_service_is_not_carried_out(account: Account) -> None:
    service = account.create("web", account.define("web", shell("exit 3")), 0)["serviceName"]
    account.tell("run", web={})
    account.update("web", desiredCount=1)
    (task,) = account.ecs.list_tasks(cluster=account.cluster, serviceName=service)["taskArns"]
    assert ended(account, account.run("web")["tasks"][0]["taskArn"])["containers"][0]["exitCode"] == 3
    assert account.task(task)["lastStatus"] == "RUNNING"


def test_a_command_that_is_not_there_never_starts(account: Account) -> None:
    account.define("update", {"command": ["no-such-program"]})
    account.tell("run", update={})
    container = ended(account, account.run("update")["tasks"][0]["taskArn"])["containers"][0]
    assert ("exitCode" in container, "CannotStartContainerError" in container["reason"]) == (False, True)


def test_a_command_ends_with_the_server() -> None:
    command = [sys.executable, "-I", contained.__file__, "sleep", "600"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        process.communicate('{"PATH": "/usr/bin:/bin"}\n', timeout=60)
    assert process.returncode == 137
