"""AWS's service authorization reference, as parliament has it: what a right works on, and what it may depend on."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cache

with warnings.catch_warnings():
    # It finds its own data by what setuptools no longer likes.
    warnings.simplefilter("ignore")
    import parliament


@dataclass(frozen=True)
class Action:
    """A right. `types` are the kinds of resources that it takes, and whether one of each has to be named."""

    level: str
    types: dict[str, bool]
    # Condition keys, those of each kind and, under "", those of the call.
    keys: dict[str, frozenset[str]]
    dependent: frozenset[str]


@cache
def _services() -> dict[str, dict[str, Action]]:
    return {
        service["prefix"]: {it["privilege"]: _action(it) for it in service["privileges"]}
        for service in parliament.iam_definition
    }


def _action(told: dict) -> Action:
    rows = told["resource_types"]
    return Action(
        told["access_level"],
        {row["resource_type"].rstrip("*"): row["resource_type"].endswith("*") for row in rows if row["resource_type"]},
        {row["resource_type"].rstrip("*"): frozenset(row["condition_keys"]) for row in rows},
        frozenset(it for row in rows for it in row["dependent_actions"]),
    )


def knows(name: str) -> bool:
    """Whether AWS has such a right."""
    service, _, of = name.partition(":")
    return of in _services().get(service, {})


def action(name: str) -> Action:
    """One right, `service:Action`. There is an error if AWS knows none."""
    service, _, of = name.partition(":")
    return _services()[service][of]


@cache
def arn(kind: str) -> str:
    """The ARN of a kind of resource, `service:kind`, up to what is its own, with our placeholders."""
    service, _, of = kind.partition(":")
    for it in parliament.iam_definition:
        if it["prefix"] == service:
            for resource in it["resources"]:
                if resource["resource"] == of:
                    return ":".join(resource["arn"].split(":", 5)[:5]).translate(PLACEHOLDERS)
    raise KeyError(kind)


def takes(name: str, resource: str) -> bool:
    """Whether a right is about such resources: what a policy names may be a pattern as well."""
    service = name.partition(":")[0]
    of_service = next(it["resources"] for it in parliament.iam_definition if it["prefix"] == service)
    kinds = action(name).types
    known = [re.sub(r"\$\{\w+\}", "*", it["arn"]) for it in of_service if it["resource"] in kinds]
    return any(_meet(resource, it) for it in known)


@cache
def _meet(one: str, other: str) -> bool:
    """Whether some text fits both patterns."""
    if not one or not other:
        return set(one + other) <= {"*"}
    if one[0] == "*":
        return _meet(one[1:], other) or _meet(one, other[1:])
    if other[0] == "*":
        return _meet(other, one)
    return one[0] == other[0] and _meet(one[1:], other[1:])


PLACEHOLDERS = str.maketrans({"$": None, "P": "p", "R": "r", "A": "a"})
