"""Every IAM policy that the components write, as the full snapshots of their registrations hold it, against AWS's service
authorization reference: actions that there are, resources that they take, conditions that they know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import parliament
import pytest

ROOT = Path(__file__).parents[2]
SNAPSHOTS = ROOT / "provider/pulumi-resource-aws-django/src/snapshots"
ACCOUNT = "eu-west-1:111122223333"
# What AWS answers where a snapshot says `[Bucket alpha-storage: arn]`, by the type of the resource.
ARNS = {
    "Bucket": "arn:aws:s3:::it",
    "LogGroup": f"arn:aws:logs:{ACCOUNT}:log-group:it",
    "Parameter": f"arn:aws:ssm:{ACCOUNT}:parameter/it",
    "Secret": f"arn:aws:secretsmanager:{ACCOUNT}:secret:it-Ab12Cd",
}
# GitHub tells who asks by the same claims as Cognito, which parliament knows.
GITHUB = ("token.actions.githubusercontent.com", "cognito-identity.amazonaws.com")
# What a trust policy leaves out: it stands at the role itself.
ROLE = {"Resource": ["arn:aws:iam::111122223333:role/it"]}

Policy = dict[str, Any]


def policies() -> Iterator[tuple[str, Policy]]:
    """Each policy, after the file, the resource and the property that has it."""
    for file in sorted(SNAPSHOTS.glob("*.snap")):
        resource, lines = "", iter(file.read_text(encoding="utf-8").splitlines())
        for line in lines:
            if line.startswith("aws:"):
                resource = line.split(",")[0]
            elif re.fullmatch(r" {4}(policy|assumeRolePolicy): JSON", line):
                text = "\n".join(takewhile(lambda it: it != "        }", lines)) + "}"
                known = re.sub(r"\[(\w+) [\w-]+: arn\]", lambda it: ARNS[it[1]], text)
                yield f"{file.stem}, {resource}, {line.strip()}", json.loads(known)


def problems(policy: Policy) -> list[str]:
    """What the reference has against a policy."""
    found = []
    for statement in policy["Statement"]:
        whole = ROLE | statement
        for condition in single_conditions(whole) or [{}]:
            found += findings(whole | {"Condition": condition})
        # It is content with one resource that fits an action; here each must fit one.
        for resource in whole["Resource"] if whole["Effect"] == "Allow" else []:
            if all(findings(whole | {"Condition": {}, "Resource": resource, "Action": it}) for it in whole["Action"]):
                found.append(f"{whole['Sid']}: `{resource}` is of no use to any of its actions")
    return found


def single_conditions(statement: Policy) -> list[Policy]:
    """Each value of each condition alone: parliament takes no lists under `Bool`."""
    return [
        {operator: {key: value}}
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
        for value in values
    ]


def findings(statement: Policy) -> list[str]:
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return [f"{statement['Sid']}: {it.issue}: {it.detail}" for it in parliament.analyze_policy_string(text).findings]


def documented() -> Iterator[tuple[str, Policy]]:
    """Each policy in the documentation: that of a key, in which `*` is the key itself, and whom a role trusts. What leaves all
    to the account's own policies, as AWS writes it for every key, is more than a key takes."""
    for file in sorted((ROOT / "docs").glob("*.md")):
        for text in re.findall(r"```json\n(.*?)```", file.read_text(encoding="utf-8"), re.DOTALL):
            text = text.replace('"Resource": ["*"]', f'"Resource": ["arn:aws:kms:{ACCOUNT}:key/it"]')
            text = re.sub("arn:aws:iam::[0-9]+:oidc-provider/", "", text).replace(*GITHUB)
            policy = json.loads(text)
            if "Statement" in policy:
                yield file.name, {"Statement": [it for it in policy["Statement"] if it["Action"] != ["kms:*"]]}


def test_every_documented_policy_says_what_aws_knows() -> None:
    found = list(documented())
    assert [name for name, _ in found] == ["guide.md", "operations.md", "operations.md"]
    assert [problems(policy) for _, policy in found] == [[], [], []]


def test_a_documented_role_trusts_one_environment_alone() -> None:
    guide = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    [statement] = json.loads(text)["Statement"]
    claims = {
        "token.actions.githubusercontent.com:aud": ["sts.amazonaws.com"],
        "token.actions.githubusercontent.com:sub": ["repo:OWNER/shop:environment:ENVIRONMENT"],
    }
    # With a pattern, or without a claim, whoever has a repository at GitHub could have the role.
    assert statement["Condition"] == {"StringEquals": claims}


def test_every_policy_says_what_aws_knows() -> None:
    found = dict(policies())
    kinds = ["alpha-execution, policy", "alpha-task, policy", "alpha-task, assumeRolePolicy", "BucketPolicy"]
    assert all(any(kind in name for name in found) for kind in kinds), list(found)
    wrong = {name: problems(policy) for name, policy in found.items()}
    assert {name: told for name, told in wrong.items() if told} == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Action": ["s3:ListObjects"]}, "UNKNOWN_ACTION"),
        ({"Action": ["s4:ListBucket"]}, "UNKNOWN_PREFIX"),
        ({"Action": ["s3:ListBucket", "s3:GetObject"]}, "RESOURCE_MISMATCH"),
        ({"Resource": ["arn:aws:s3:::it", "arn:aws:s3:::it/*"]}, "`arn:aws:s3:::it/*` is of no use"),
        ({"Resource": ["*"]}, "RESOURCE_STAR"),
        ({"Condition": {"StringLike": {"s3:prefixes": ["a"]}}}, "UNKNOWN_CONDITION_FOR_ACTION"),
        ({"Condition": {"Bool": {"aws:SecureTransport": ["true", "never"]}}}, "MISMATCHED_TYPE"),
    ],
)
def test_what_aws_does_not_know_is_told(change: Policy, told: str) -> None:
    right = {"Sid": "List", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::it"]}
    assert problems({"Statement": [right]}) == []
    assert [problem for problem in problems({"Statement": [right | change]}) if told in problem] != []
