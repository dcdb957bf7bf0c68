"""Deployments of services, as a test tells: what the API shows of them, of their tasks and of their targets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError

from emulated import BREAKER, Account

ONE, TWO = "shop/backend:v1", "shop/backend:v2"


def released(account: Account, desired: int = 2, **more: Any) -> tuple[str, str]:
    """A service that runs a first revision; answers it, and a second one."""
    first, second = account.define("web", {"image": ONE}), account.define("web", {"image": TWO})
    account.create("web", first, desired, **more)
    return first, second


def test_a_deployment_is_done_at_once_if_nothing_is_told(account: Account) -> None:
    first, second = released(account)
    account.update("web", taskDefinition=second)
    shown = account.service("web")
    (row,) = shown["deployments"]
    assert (shown["desiredCount"], shown["runningCount"], shown["pendingCount"]) == (2, 2, 0)
    assert (row["status"], row["rolloutState"], row["taskDefinition"]) == ("PRIMARY", "COMPLETED", second)
    newest, oldest = account.deployments("web")
    assert [newest["status"], oldest["status"]] == ["SUCCESSFUL", "SUCCESSFUL"]
    assert shown["currentServiceDeployment"] == newest["serviceDeploymentArn"]
    deployment = account.deployment(newest["serviceDeploymentArn"])
    target = {"requestedTaskCount": 2, "runningTaskCount": 2, "pendingTaskCount": 0}
    assert deployment["targetServiceRevision"] == {"arn": newest["targetServiceRevisionArn"], **target}
    # What the real provider relies on to find a deployment (service.go, findPrimaryDeploymentARN).
    assert newest["targetServiceRevisionArn"].endswith("/" + row["id"].removeprefix("ecs-svc/"))
    revisions = account.ecs.describe_service_revisions(
        serviceRevisionArns=[each["targetServiceRevisionArn"] for each in (newest, oldest)]
    )["serviceRevisions"]
    assert [each["taskDefinition"] for each in revisions] == [second, first]
    assert [each["containerImages"][0]["image"] for each in revisions] == [TWO, ONE]


# What is changed, and whether a deployment begins.
CHANGES: list[tuple[dict[str, Any], bool]] = [
    ({"desiredCount": 5}, False),
    ({"deploymentConfiguration": {**BREAKER, "maximumPercent": 150}}, False),
    ({"enableExecuteCommand": True}, False),
    ({"healthCheckGracePeriodSeconds": 30}, False),
    ({"propagateTags": "SERVICE"}, False),
    ({"platformVersion": "1.4.0"}, True),
    ({"forceNewDeployment": True}, True),
]


@pytest.mark.parametrize(("change", "begins"), CHANGES, ids=lambda value: str(value))
def test_a_deployment_begins_where_the_model_says_so(change: dict[str, Any], begins: bool, account: Account) -> None:
    released(account)
    before = account.update("web", **change)["deployments"][0]
    assert len(account.deployments("web")) == 1 + begins
    assert (account.service("web")["deployments"][0]["id"] == before["id"]) and len(account.tasks()) == (
        change.get("desiredCount", 2)
    )


def test_a_service_of_no_task_has_a_deployment_and_the_same_revision_makes_none(account: Account) -> None:
    first, _ = released(account, desired=0)
    assert [each["status"] for each in account.deployments("web")] == ["SUCCESSFUL"]
    account.update("web", taskDefinition=first, desiredCount=1)
    assert (len(account.deployments("web")), account.service("web")["runningCount"]) == (1, 1)


def statuses(account: Account, arn: str, answers: int) -> list[str]:
    return [account.deployment(arn)["status"] for _ in range(answers)]


# A story, and what so many answers of DescribeServiceDeployments show.
ROLLOUTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"pending": 1, "inProgress": 2}, ["PENDING", "IN_PROGRESS", "IN_PROGRESS", "SUCCESSFUL", "SUCCESSFUL"]),
    ({"inProgress": 1, "fails": True}, ["IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]),
    (
        {"inProgress": 1, "fails": True, "rollbackInProgress": 2},
        ["IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"],
    ),
    ({"fails": True, "rollbackInProgress": 1, "rollbackFails": True}, ["ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED"]),
    ({"others": {"after": 2}}, ["IN_PROGRESS", "IN_PROGRESS", "STOPPED"]),
]


@pytest.mark.parametrize(("story", "shown"), ROLLOUTS, ids=lambda value: str(value))
def test_a_deployment_goes_as_it_was_told(story: dict[str, Any], shown: list[str], account: Account) -> None:
    first, second = released(account)
    account.tell("services", web=story)
    account.update("web", taskDefinition=second)
    arn = account.deployments("web")[0 if "others" not in story else -2]["serviceDeploymentArn"]
    assert statuses(account, arn, len(shown)) == shown
    service = account.service("web")
    assert service["taskDefinition"] == (second if shown[-1] == "SUCCESSFUL" else first)
    assert (service["runningCount"], service["pendingCount"]) == (2, 0)


def test_a_deployment_on_its_way_is_the_same_in_all_answers(account: Account) -> None:
    first, second = released(account)
    account.tell("services", web={"inProgress": 2})
    updated = account.update("web", taskDefinition=second)
    primary, active = updated["deployments"]
    assert [primary["taskDefinition"], active["taskDefinition"]] == [second, first]
    assert (primary["rolloutState"], primary["pendingCount"], active["runningCount"]) == ("IN_PROGRESS", 2, 2)
    assert (updated["runningCount"], updated["pendingCount"]) == (2, 2)
    assert {task["lastStatus"] for task in account.tasks(startedBy=primary["id"])} == {"PENDING"}
    deployment = account.deployment(account.deployments("web")[0]["serviceDeploymentArn"])
    assert [source["runningTaskCount"] for source in deployment["sourceServiceRevisions"]] == [2]
    assert deployment["deploymentCircuitBreaker"] == {"status": "MONITORING", "failureCount": 0, "threshold": 3}
    account.service("web")
    (row,) = account.service("web")["deployments"]
    assert (row["id"], row["rolloutState"], row["runningCount"]) == (primary["id"], "COMPLETED", 2)
    stopped = account.tasks(serviceName=f"{account.cluster}-web", desiredStatus="STOPPED")
    reason = f"Scaling activity initiated by (deployment {active['id']})"
    assert [(task["startedBy"], task["stoppedReason"]) for task in stopped] == [(active["id"], reason)] * 2


def test_a_deployment_is_listed_when_it_was_told(account: Account) -> None:
    _, second = released(account)
    account.tell("services", web={"listed": 2})
    account.update("web", taskDefinition=second)
    assert [len(account.deployments("web")) for _ in range(3)] == [1, 1, 2]
    before = account.service("web")["currentServiceDeployment"]
    account.update("web", forceNewDeployment=True)
    assert [account.service("web")["currentServiceDeployment"] == before for _ in range(3)] == [True, True, False]


def test_deployments_are_found_by_time_and_status(account: Account) -> None:
    _, second = released(account)
    account.tell("services", web={"inProgress": 9})
    account.update("web", taskDefinition=second)
    now, hour = datetime.now(UTC), timedelta(hours=1)
    filters: list[tuple[dict[str, Any], int]] = [
        ({"createdAt": {"after": now - hour}}, 2),
        ({"createdAt": {"after": now + hour}}, 0),
        ({"createdAt": {"before": now - hour}}, 0),
        ({"status": ["IN_PROGRESS"]}, 1),
        ({"maxResults": 1}, 1),
    ]
    for asked, count in filters:
        answer = account.ecs.list_service_deployments(
            cluster=account.cluster, service=f"{account.cluster}-web", **asked
        )
        assert (len(answer["serviceDeployments"]), "nextToken" in answer) == (count, "maxResults" in asked), asked
    with pytest.raises(ClientError, match="ServiceNotFoundException"):
        account.ecs.list_service_deployments(cluster=account.cluster, service="nobody")
    missing = account.ecs.describe_service_deployments(serviceDeploymentArns=["arn:none"])["failures"]
    assert missing == [{"arn": "arn:none", "reason": "MISSING"}]


def test_a_failed_deployment_leaves_its_reasons(account: Account) -> None:
    _, second = released(account)
    log = {"lines": ["ImportError: no module named shop"]}
    account.tell("services", web={"fails": True, "task": {"containers": {"app": {"exitCode": 3, "log": log}}}})
    account.update("web", taskDefinition=second)
    newest, oldest = account.deployments("web")
    failed = account.deployment(newest["serviceDeploymentArn"])
    threshold = "Service deployment rolled back because the circuit breaker threshold was exceeded."
    assert (failed["status"], failed["statusReason"]) == ("ROLLBACK_SUCCESSFUL", threshold)
    assert failed["rollback"]["serviceRevisionArn"] == oldest["targetServiceRevisionArn"]
    assert failed["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    name = "ecs-svc/" + newest["targetServiceRevisionArn"].split("/")[-1]
    stopped = account.tasks(startedBy=name, desiredStatus="STOPPED")
    exited = [task for task in stopped if task["stopCode"] == "EssentialContainerExited"]
    assert [task["containers"][0]["exitCode"] for task in exited] == [3, 3, 3]
    events = account.logs.get_log_events(**account.stream("web", exited[0]["taskArn"]))["events"]
    assert [event["message"] for event in events] == log["lines"]
    service, back = account.service("web"), "ecs-svc/" + oldest["targetServiceRevisionArn"].split("/")[-1]
    assert [(row["id"], row["rolloutState"]) for row in service["deployments"]] == [(back, "COMPLETED")]
    words = [event["message"].removeprefix(f"(service {account.cluster}-web) ") for event in service["events"]]
    assert words[:4] == [
        "has reached a steady state.",
        f"(deployment {back}) deployment completed.",
        f"rolling back to deployment {back}.",
        f"(deployment {name}) deployment failed: tasks failed to start.",
    ]


# Settings of the circuit breaker, what DescribeServiceDeployments says, why, and the state of the rollout.
BREAKERS: list[tuple[dict[str, Any], str, str | None, str]] = [
    (BREAKER, "ROLLBACK_FAILED", "No rollback candidate was found to run the rollback.", "FAILED"),
    (
        {"deploymentCircuitBreaker": {"enable": True, "rollback": False}},
        "STOPPED",
        "Service deployment stopped",
        "FAILED",
    ),
    ({"deploymentCircuitBreaker": {"enable": False, "rollback": False}}, "IN_PROGRESS", None, "IN_PROGRESS"),
]


@pytest.mark.parametrize(("settings", "status", "reason", "rollout"), BREAKERS)
def test_a_first_deployment_that_fails_has_nothing_to_go_back_to(
    settings: dict[str, Any], status: str, reason: str | None, rollout: str, account: Account
) -> None:
    account.tell("services", web={"fails": True, "task": {"ends": "imageNotFound"}})
    released(account, deploymentConfiguration=settings)
    (brief,) = account.deployments("web")
    for _ in range(2):
        shown = account.deployment(brief["serviceDeploymentArn"])
    assert shown["status"] == status and (reason or "") in shown.get("statusReason", "")
    service = account.service("web")
    assert (service["deployments"][0]["rolloutState"], service["runningCount"]) == (rollout, 0)
    assert any("CannotPullContainerError" in event["message"] for event in service["events"])
    # The next one recovers.
    account.tell("services")
    account.update("web", forceNewDeployment=True)
    assert account.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"


# Settings of the alarms, and what DescribeServiceDeployments shows in each answer of a deployment during which one of
# them goes off.
ALARMS: list[tuple[dict[str, Any], list[str]]] = [
    ({"enable": True, "rollback": True}, ["IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]),
    ({"enable": True, "rollback": False}, ["IN_PROGRESS", "STOPPED", "STOPPED"]),
]


@pytest.mark.parametrize(("settings", "shown"), ALARMS, ids=lambda value: str(value))
def test_an_alarm_goes_off_while_the_tasks_are_well(
    settings: dict[str, Any], shown: list[str], account: Account
) -> None:
    alarms = {"alarmNames": ["errors", "latency"], **settings}
    first, second = released(account, deploymentConfiguration={**BREAKER, "alarms": alarms})
    account.tell("services", web={"inProgress": 1, "alarms": ["errors"], "rollbackInProgress": 1})
    begun = account.update("web", taskDefinition=second)["deployments"][0]
    assert (begun["runningCount"], begun["rolloutState"]) == (2, "IN_PROGRESS")
    newest, oldest = account.deployments("web")
    answers = [account.deployment(newest["serviceDeploymentArn"]) for _ in shown]
    assert [answer["status"] for answer in answers] == shown
    monitoring = {"status": "MONITORING", "alarmNames": ["errors", "latency"], "triggeredAlarmNames": []}
    triggered = {**monitoring, "status": "TRIGGERED", "triggeredAlarmNames": ["errors"]}
    assert [answer["alarms"] for answer in answers] == [monitoring, triggered, triggered]
    assert {answer["deploymentCircuitBreaker"]["failureCount"] for answer in answers} == {0}
    done = "rolled back" if settings["rollback"] else "stopped"
    assert answers[-1]["statusReason"] == f"Service deployment {done} because an alarm was detected."
    service = account.service("web")
    assert service["taskDefinition"] == (first if settings["rollback"] else second)
    assert any(event["message"].endswith("deployment failed: alarm detected.") for event in service["events"])
    stopped = account.tasks(startedBy=begun["id"], desiredStatus="STOPPED")
    assert [task["stopCode"] for task in stopped] == ["ServiceSchedulerInitiated"] * 2
    assert account.deployment(oldest["serviceDeploymentArn"])["alarms"]["status"] == "MONITORING_COMPLETE"


@pytest.mark.parametrize("alarms", [None, {"alarmNames": ["errors"], "enable": False, "rollback": False}])
def test_a_deployment_cannot_be_told_to_fail_by_an_alarm_that_nobody_heeds(
    alarms: dict[str, Any] | None, account: Account
) -> None:
    first, second = released(account, deploymentConfiguration={**BREAKER, **({"alarms": alarms} if alarms else {})})
    account.tell("services", web={"alarms": ["errors"]})
    with pytest.raises(ClientError, match=r"told `\w+-web` to fail by \['errors'\], but it is watched by \[\]"):
        account.update("web", taskDefinition=second)
    with pytest.raises(ClientError, match="but it is watched by"):
        account.update("web", forceNewDeployment=True)
    # Nothing was changed, and nothing that begins no deployment is refused.
    assert account.update("web", enableExecuteCommand=True)["taskDefinition"] == first
    assert [each["status"] for each in account.deployments("web")] == ["SUCCESSFUL"]
    account.tell("services", new={"alarms": ["errors"]})
    with pytest.raises(ClientError, match="-new` to fail by"):
        account.create("new", first)
    with pytest.raises(HTTPError, match="400"):
        account.tell("services", web={"alarms": ["errors"], "fails": True})


def test_settings_of_deployments_that_are_not_given_stay(account: Account) -> None:
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    released(account, deploymentConfiguration={**BREAKER, "alarms": alarms})
    updated = account.update("web", deploymentConfiguration={"maximumPercent": 150, "minimumHealthyPercent": 50})
    wanted = {**BREAKER, "alarms": alarms, "maximumPercent": 150, "minimumHealthyPercent": 50}
    assert updated["deploymentConfiguration"] == wanted


def test_somebody_else_deploys(account: Account) -> None:
    _, second = released(account)
    third = account.define("web", {"image": "shop/backend:v3"})
    account.tell("services", web={"others": {"after": 1, "taskDefinition": third}})
    ours = account.update("web", taskDefinition=second)["deployments"][0]["id"]
    account.service("web")
    service = account.service("web")
    assert (service["taskDefinition"], service["deployments"][0]["id"] == ours) == (third, False)
    assert [each["status"] for each in account.deployments("web")] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]


def test_a_new_deployment_stops_the_one_that_is_under_way(account: Account) -> None:
    first, second = released(account)
    account.tell("services", web={"inProgress": 9, "times": 1})
    account.update("web", taskDefinition=second)
    account.update("web", taskDefinition=first)
    assert [each["status"] for each in account.deployments("web")] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    assert {task["taskDefinitionArn"] for task in account.tasks()} == {first}


def test_a_deployment_is_stopped_by_hand(account: Account) -> None:
    first, second = released(account)
    account.tell("services", web={"inProgress": 9, "rollbackInProgress": 1})
    account.update("web", taskDefinition=second)
    arn = account.deployments("web")[0]["serviceDeploymentArn"]
    account.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    assert statuses(account, arn, 3) == ["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]
    assert account.service("web")["taskDefinition"] == first


def test_an_autoscaler_has_set_the_count(account: Account) -> None:
    _, second = released(account)
    account.tell("services", web={"desired": 5})
    service = account.service("web")
    assert (service["desiredCount"], service["runningCount"], len(account.deployments("web"))) == (5, 5, 1)
    account.update("web", taskDefinition=second)
    assert (account.service("web")["desiredCount"], len(account.tasks())) == (5, 5)


def test_a_changed_count_takes_answers_to_come(account: Account) -> None:
    released(account)
    account.tell("services", web={"scaling": 2})
    account.update("web", desiredCount=3)
    counts = [(each["runningCount"], each["pendingCount"]) for each in (account.service("web") for _ in range(3))]
    assert counts == [(2, 1), (2, 1), (3, 0)]


def test_a_worker_that_dies_after_its_deployment_is_put_back_again_and_again(account: Account) -> None:
    _, second = released(account, desired=1)
    account.tell("services", web={"task": {"running": 2, "containers": {"app": {"exitCode": 1}}}})
    updated = account.update("web", taskDefinition=second)["deployments"][0]
    assert account.deployments("web")[0]["status"] == "SUCCESSFUL"
    (own,) = account.tasks(startedBy=updated["id"])
    assert account.statuses(own["taskArn"], 2) == ["RUNNING", "STOPPED"]
    (another,) = account.tasks(startedBy=updated["id"])
    assert another["taskArn"] != own["taskArn"]


def test_a_task_of_a_service_that_is_stopped_is_replaced(account: Account) -> None:
    released(account, desired=1)
    (task,) = account.tasks()
    account.ecs.stop_task(cluster=account.cluster, task=task["taskArn"])
    (another,) = account.tasks()
    assert another["taskArn"] != task["taskArn"]


def test_a_deleted_service_leaves_no_task(account: Account) -> None:
    released(account)
    account.ecs.delete_service(cluster=account.cluster, service=f"{account.cluster}-web", force=True)
    assert not account.tasks()
    cluster = account.ecs.describe_clusters(clusters=[account.cluster])["clusters"][0]
    assert (cluster["runningTasksCount"], cluster["pendingTasksCount"]) == (0, 0)


# Target health.


def balanced(account: Account) -> tuple[str, str]:
    """A service behind a target group; answers the group, and a second revision."""
    vpc = account.subnet["VpcId"]
    group = account.client("elbv2").create_target_group(
        Name=account.cluster, Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    balancer = {"targetGroupArn": group, "containerName": "app", "containerPort": 8000}
    return group, released(account, loadBalancers=[balancer])[1]


def health(account: Account, group: str) -> list[tuple[str, str | None]]:
    answer = account.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [(each["TargetHealth"]["State"], each["TargetHealth"].get("Reason")) for each in answer]


def test_targets_are_healthy_after_their_deployment(account: Account) -> None:
    group, _ = balanced(account)
    assert health(account, group) == [("healthy", None)] * 2
    answer = account.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    addresses = {task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for task in account.tasks()}
    assert {each["Target"]["Id"] for each in answer} == addresses


def test_targets_are_unhealthy_as_told(account: Account) -> None:
    group, second = balanced(account)
    reason = {"reason": "Target.ResponseCodeMismatch", "description": "Health checks failed with these codes: [500]"}
    account.tell("services", web={"fails": True, "inProgress": 1, "health": reason})
    updated = account.update("web", taskDefinition=second)["deployments"][0]
    unhealthy = ("unhealthy", "Target.ResponseCodeMismatch")
    assert health(account, group) == [unhealthy, unhealthy, ("healthy", None), ("healthy", None)]
    service = account.service("web")
    assert account.deployments("web")[0]["status"] == "ROLLBACK_SUCCESSFUL"
    assert health(account, group) == [("healthy", None)] * 2
    stopped = account.tasks(startedBy=updated["id"], desiredStatus="STOPPED")
    assert f"Task failed ELB health checks in (target-group {group})" in {task["stoppedReason"] for task in stopped}
    service = account.service("web")
    assert any(
        "due to (reason Health checks failed with these codes: [500])" in e["message"] for e in service["events"]
    )
