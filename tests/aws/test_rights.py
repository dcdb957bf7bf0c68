"""`aws-django policy`: its table is what the others beside it say, and AWS knows what it prints."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rights import grants, reference
from rights.grants import COMPONENTS, ROOT, TABLE
from standin import schema
from test_policies import findings, single_conditions

# What a policy is asked for with.
NAMES = [
    *["--account", "111122223333", "--region", "eu-west-1", "--app", "alpha", "--base", "dev", "--zone-id", "Z1"],
    *["--data-key", "arn:aws:kms:eu-west-1:111122223333:key/it"],
]
STATE = ["--state-bucket", "it", "--kms-key", "arn:aws:kms:eu-west-1:111122223333:key/it"]
PROGRAM = Path(os.environ.get("E2E_BIN", ROOT / "bin")) / "aws-django"
LINES = TABLE.read_text(encoding="utf-8").splitlines()[1:]
BY = sorted({line.split("\t")[0] for line in LINES})
# Rights on everything although AWS takes less; the reason stands there.
EVERYWHERE = {row["action"] for row in grants.rows("wide") if row["arns"] == "*"}


def test_the_table_is_what_the_others_say() -> None:
    assert TABLE.read_text(encoding="utf-8") == grants.table(), "`python -m rights.grants` in tests/aws writes it anew"


def test_every_type_and_function_has_its_operations() -> None:
    ours = {*schema.document()["resources"], *schema.document()["functions"]}
    assert {row["token"] for row in grants.rows("types")} == ours
    # These two are answered by the provider itself.
    asked = ours - {"aws:index/getPartition:getPartition", "aws:index/getRegion:getRegion"}
    assert {row["token"] for row in grants.rows("operations")} == asked


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_type_that_a_component_registers_is_granted(component: str) -> None:
    types = grants.registered(component)
    assert len(types) > 15
    assert {token for _, token, _ in grants.made(component)} >= types.keys()


def test_what_is_left_out_is_an_operation_of_a_property_that_is_not_ours() -> None:
    made = {(row["token"], grants.called(row["operation"])) for row in grants.rows("operations")}
    for row in grants.rows("untaken"):
        operations = {(row["token"], grants.called(it)) for it in row["operations"].split()}
        assert operations <= made, f"{row['token']} does not call {operations - made}"
        assert bool(row["property"]) != bool(row["reason"]), row
        if row["property"]:
            assert row["property"] in schema.inputs(row["token"]), f"{row['token']} has no {row['property']}"


def test_what_a_right_depends_on_is_granted_or_told() -> None:
    """By the reference. What `needs.tsv` tells of a service's rights may depend on a property, or be of no use here."""
    told = {(row["call"].split(":")[0], it) for row in grants.rows("needs") for it in row["action"].split()}
    granted = {tuple(line.split("\t")[0:3:2]) for line in LINES}
    missing = {
        (by, action, needed)
        for by, action in granted
        for needed in reference.action(action).dependent
        if (by, needed) not in granted and (action.split(":")[0], needed) not in told
    }
    assert sorted(missing) == []


def printed(*words: str) -> list[dict[str, Any]]:
    """The policies that a line prints."""
    result = subprocess.run([PROGRAM, "policy", *words], capture_output=True, text=True, check=True)
    return [json.loads(Path(it).read_text(encoding="utf-8")) for it in result.stdout.splitlines()]


@pytest.mark.skipif(not PROGRAM.exists(), reason="`aws-django` is not built")
@pytest.mark.parametrize("what", BY)
def test_aws_knows_what_is_printed(what: str, tmp_path: Path) -> None:
    more = {"state": STATE, "image": ["--repository", "shop/backend"]}.get(what, [])
    for policy in printed(what, *NAMES, *more, "--split", str(tmp_path / "it")):
        assert [problem for statement in policy["Statement"] for problem in problems(statement)] == []


def problems(statement: dict[str, Any]) -> list[str]:
    """What the reference has against a statement. A right may take several kinds of resources at once, and a pattern may
    be all of them: that is looked at here."""
    found = []
    for condition in single_conditions(statement) or [{}]:
        for it in findings(statement | {"Sid": "It", "Condition": condition}):
            star = "RESOURCE_STAR" in it and set(statement["Action"]) & EVERYWHERE
            # Who deploys writes the policies of buckets and roles: its help says so.
            if "RESOURCE_MISMATCH" not in it and "PRIVILEGE_ESCALATION" not in it and not star:
                found.append(it)
    known = [action for action in statement["Action"] if reference.knows(action)]
    for action in statement["Action"]:
        if action not in known or not any(it == "*" or reference.takes(action, it) for it in statement["Resource"]):
            found.append(f"`{action}` does not work on {statement['Resource']}")
    for resource in statement["Resource"]:
        if resource != "*" and not any(reference.takes(action, resource) for action in known):
            found.append(f"`{resource}` is of no use to any of {statement['Action']}")
    return found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Action": ["s3:ListObjects"]}, "UNKNOWN_ACTION"),
        ({"Action": ["s3:*"]}, "`s3:*` does not work on"),
        ({"Action": ["s3:GetObject"]}, "`s3:GetObject` does not work on"),
        ({"Resource": ["arn:aws:s3:::it", "arn:aws:iam::1:role/it"]}, "`arn:aws:iam::1:role/it` is of no use"),
        ({"Resource": ["*"]}, "RESOURCE_STAR"),
        ({"Condition": {"StringLike": {"s3:prefixes": ["a"]}}}, "UNKNOWN_CONDITION_FOR_ACTION"),
    ],
)
def test_what_aws_does_not_know_is_told(change: dict[str, Any], told: str) -> None:
    right = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::it"]}
    assert problems(right) == []
    assert [problem for problem in problems(right | change) if told in problem] != []
