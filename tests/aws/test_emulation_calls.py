"""Calls: how they are refused as a test tells, who makes them, and that answers of ours are of AWS's form."""

from __future__ import annotations

import datetime
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from emulated import Account
from emulation.answers import WrongShape, check
from engine import tell

# A call, how it is refused, and the code and the words that a client gets.
FAULTS: list[tuple[str, str, str, str]] = [
    ("ecs:DescribeServices", "throttled", "ThrottlingException", "Rate exceeded"),
    ("ecs:DescribeServices", "denied", "AccessDeniedException", "is not authorized to perform: ecs:DescribeServices"),
    ("ecs:DescribeServices", "expired", "ExpiredTokenException", "security token included in the request is expired"),
    ("ecs:DescribeServices", "server", "ServerException", "try again later"),
    ("sts:GetCallerIdentity", "expired", "ExpiredToken", "security token included in the request is expired"),
    ("elbv2:DescribeLoadBalancers", "denied", "AccessDenied", "elasticloadbalancing:DescribeLoadBalancers"),
    ("ec2:DescribeSubnets", "throttled", "Throttling", "Rate exceeded"),
]


def call(account: Account, name: str) -> str | None:
    """Makes a call; answers the code and the words with which it is refused."""
    service, operation = name.split(":")
    client = account.client(service)
    arguments = {"cluster": account.cluster, "services": ["nobody"]} if service == "ecs" else {}
    try:
        client._make_api_call(operation, arguments)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return None


@pytest.mark.parametrize(("name", "error", "code", "words"), FAULTS)
def test_a_call_is_refused_as_it_was_told(name: str, error: str, code: str, words: str, account: Account) -> None:
    tell(account.endpoint, "faults", {name: {"error": error, "after": 1, "times": 2}})
    answers = [call(account, name) for _ in range(4)]
    assert [answer is None for answer in answers] == [True, False, False, True]
    assert all((answer or "").startswith(f"{code}: ") and words in (answer or "") for answer in answers[1:3])


def test_a_role_is_not_known_to_ecs_yet(account: Account) -> None:
    account.define("update")
    role = "arn:aws:iam::123456789012:role/alpha"
    tell(account.endpoint, "faults", {"ecs:RunTask": {"error": "role", "times": 1, "resource": role}})
    with pytest.raises(ClientError, match=f"ClientException.*unable to assume the role '{role}'"):
        account.run("update")
    assert account.run("update")["tasks"]


def test_another_account_is_answered(account: Account) -> None:
    sts = account.client("sts")
    assert sts.get_caller_identity()["Account"] == "123456789012"
    tell(account.endpoint, "identity", {"account": "999999999999"})
    identity = sts.get_caller_identity()
    assert (identity["Account"], ":999999999999:" in identity["Arn"]) == ("999999999999", True)
    key = "AKIAOTHERACCOUNT0000"
    tell(account.endpoint, "identity", {"account": "999999999999", "key": key})
    other = account.client("sts", aws_access_key_id=key, aws_secret_access_key="testing")
    assert [each.get_caller_identity()["Account"] for each in (sts, other)] == ["123456789012", "999999999999"]


def test_calls_are_written_down_with_who_made_them(account: Account) -> None:
    role = account.client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/deploy", RoleSessionName="me")
    session = {
        "aws_access_key_id": role["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": role["Credentials"]["SecretAccessKey"],
        "aws_session_token": role["Credentials"]["SessionToken"],
    }
    account.calls()
    account.client("sts", **session).get_caller_identity()
    account.client("ecs", **session).describe_clusters(clusters=[account.cluster])
    call(account, "elbv2:DescribeLoadBalancers")
    with pytest.raises(ClientError):
        account.ecs.describe_services(cluster="nowhere", services=["a"])
    made = account.calls()
    assumed = "arn:aws:sts::123456789012:assumed-role/deploy/me"
    assert [(each["call"], each["principal"] == assumed, bool(each["error"])) for each in made] == [
        ("sts:GetCallerIdentity", True, False),
        ("ecs:DescribeClusters", True, False),
        ("elbv2:DescribeLoadBalancers", False, False),
        ("ecs:DescribeServices", False, True),
    ]
    assert made[1]["request"] == {"clusters": [account.cluster]}
    assert not account.calls()


def test_a_call_is_awaited(account: Account) -> None:
    account.calls()
    with ThreadPoolExecutor() as pool:
        awaited = pool.submit(tell, account.endpoint, "calls/ecs:DescribeServices", method="GET")
        call(account, "elbv2:DescribeLoadBalancers")
        assert not awaited.done()
        call(account, "ecs:DescribeServices")
        assert awaited.result(timeout=10) is True
    assert tell(account.endpoint, "calls/elbv2:DescribeLoadBalancers", method="GET") is True


@pytest.mark.parametrize(
    ("area", "document", "words"),
    [
        ("task", {}, "none of the paths"),
        ("tasks", {"a": {"runing": 1}}, "knows no ['runing']"),
        ("tasks", {"a": {"running": "1"}}, "must be int"),
        ("tasks", {"a": {"ends": "badly"}}, "ends as one of"),
        ("tasks", {"a": {"containers": {"b": {"log": {"lines": "c"}}}}}, "must be list"),
        ("services", {"a": {"others": {"before": 1}}}, "knows no ['before']"),
        ("faults", {"a": {"error": "odd"}}, "refused as one of"),
        ("faults", {"a": {}}, "error"),
        ("identity", {"account": 1}, "must be str"),
        ("run", [], "must be dict"),
    ],
)
def test_what_is_misspelt_is_refused(area: str, document: Any, words: str, account: Account) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        tell(account.endpoint, area, document)
    assert words in caught.value.read().decode()


# Answers that are not of the form of the model, each in one thing.
BRIEF = {"serviceDeploymentArn": "a", "createdAt": datetime.datetime(2026, 1, 1), "status": "SUCCESSFUL"}
WRONG: list[tuple[str, Any]] = [
    ("has no ['odd']", {"serviceDeployments": [{**BRIEF, "odd": 1}]}),
    ("is none of", {"serviceDeployments": [{**BRIEF, "status": "FAILED"}]}),
    ("is no timestamp", {"serviceDeployments": [{**BRIEF, "createdAt": "now"}]}),
    ("is no string", {"serviceDeployments": [{**BRIEF, "serviceDeploymentArn": None}]}),
    ("is no Sequence", {"serviceDeployments": "a"}),
    ("is no Mapping", {"serviceDeployments": ["a"]}),
]


@pytest.mark.parametrize(("words", "answer"), WRONG)
def test_an_answer_is_of_the_form_of_the_model(words: str, answer: Any) -> None:
    model = botocore.session.get_session().get_service_model("ecs")
    shape = model.operation_model("ListServiceDeployments").output_shape
    check({"serviceDeployments": [BRIEF]}, shape)
    with pytest.raises(WrongShape) as caught:
        check(answer, shape)
    assert words in str(caught.value)


def test_an_answer_must_have_what_the_model_requires() -> None:
    model = botocore.session.get_session().get_service_model("ecs")
    with pytest.raises(WrongShape, match="must have"):
        check({"enable": True}, model.shape_for("DeploymentCircuitBreaker"))
